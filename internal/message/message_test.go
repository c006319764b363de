package message_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func code(to commerce.CustomerContact) commerce.CodeMessage {
	return commerce.CodeMessage{To: to, StoreName: "Asha's\r\nBcc: all@example.com Corner", Code: "042317", ValidFor: 10 * time.Minute}
}

var (
	asha  = commerce.CustomerContact{Email: "asha@example.com"}
	phone = commerce.CustomerContact{Phone: "+919876543210"}
)

func TestSenders(t *testing.T) {
	t.Parallel()
	require.False(t, message.Senders(nil).Reaches(asha))
	require.Error(t, message.Senders(nil).SendCode(t.Context(), code(asha)))
	m, err := message.NewMail("smtp://127.0.0.1:1?from=shop@example.com")
	require.NoError(t, err)
	require.False(t, message.Senders{m}.Reaches(phone))
	require.True(t, message.Senders{m}.Reaches(asha))
	var out bytes.Buffer
	require.NoError(t, message.Senders{m, message.Console{Out: &out}}.SendCode(t.Context(), code(phone)))
	require.Contains(t, out.String(), "for development")
	require.Contains(t, out.String(), "042317")
}

// mailServer talks to one client, and refuses the recipient when told to. What it was told comes out of the channel.
func mailServer(t *testing.T, refuse bool) (address string, said chan string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	said = make(chan string, 1)
	go func() {
		defer l.Close() //nolint:errcheck // the test ends
		conn, err := l.Accept()
		if err != nil {
			return
		}
		said <- converse(conn, refuse)
	}()
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String(), said
}

func converse(conn net.Conn, refuse bool) string {
	defer conn.Close() //nolint:errcheck // the test ends
	var all strings.Builder
	lines := bufio.NewScanner(conn)
	answer := func(text string) { _, _ = fmt.Fprint(conn, text+"\r\n") }
	answer("220 here")
	for data := false; lines.Scan(); {
		line := lines.Text()
		all.WriteString(line + "\n")
		switch {
		case data && line == ".":
			data = false
			answer("250 taken")
		case data:
		case strings.HasPrefix(line, "RCPT") && refuse:
			answer("550 5.1.1 <asha@example.com>: nobody here")
		case line == "DATA":
			data = true
			answer("354 go on")
		case line == "QUIT":
			answer("221 bye")
			return all.String()
		default:
			answer("250 yes")
		}
	}
	return all.String()
}

func TestMail(t *testing.T) {
	t.Parallel()
	address, said := mailServer(t, false)
	m, err := message.NewMail("smtp://" + address + "?from=shop@example.com")
	require.NoError(t, err)
	require.NoError(t, m.SendCode(t.Context(), code(asha)))
	text := <-said
	require.Contains(t, text, "MAIL FROM:<shop@example.com>")
	require.Contains(t, text, "RCPT TO:<asha@example.com>")
	require.Contains(t, text, "    042317\n")
	require.NotContains(t, text, "\nBcc:", "a name is no header")
}

// What goes wrong is told without the recipient, whom mail servers repeat, and without passwords.
func TestMailFailures(t *testing.T) {
	t.Parallel()
	address, said := mailServer(t, true)
	m, err := message.NewMail("smtp://" + address + "?from=shop@example.com")
	require.NoError(t, err)
	err = m.SendCode(t.Context(), code(asha))
	require.ErrorContains(t, err, "status 550")
	require.NotContains(t, err.Error(), "asha")
	require.Contains(t, <-said, "RCPT TO")

	gone, err := message.NewMail("smtp://user:hunter2@127.0.0.1:1?from=shop@example.com")
	require.NoError(t, err)
	err = gone.SendCode(t.Context(), code(asha))
	require.ErrorContains(t, err, "talk to the mail server")
	require.NotContains(t, err.Error(), "hunter2")

	for name, bad := range map[string]string{
		"no address": "smtp://%zz", "no host": "smtp://?from=shop@example.com", "no sender": "smtp://user:hunter2@mail.example.com",
		"a sender that is none": "smtp://user:hunter2@mail.example.com?from=shop", "no port": "smtp://user:hunter2@mail.example.com:99999?from=a@example.com",
	} {
		_, err := message.NewMail(bad)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), "hunter2", name)
	}
}
