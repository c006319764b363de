package message

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"github.com/kirana-commerce/kirana/commerce"
)

// Mail sends codes by e-mail, each over a connection of its own.
type Mail struct {
	host, from string
	options    []mail.Option
}

// NewMail reads the address of a mail server: smtp://user:password@host:587?from=shop@example.com, or smtps:// where TLS comes before
// everything else. Without smtps the server has to offer STARTTLS, unless it is on this machine. No error contains a password.
func NewMail(address string) (*Mail, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("the address of the mail server (KIRANA_SMTP_URL) cannot be read")
	}
	m := &Mail{host: u.Hostname(), from: u.Query().Get("from")}
	if err := mail.NewMsg().From(m.from); err != nil {
		return nil, fmt.Errorf("the address of the mail server (KIRANA_SMTP_URL) needs ?from=, the e-mail address that codes come from: %q is none", m.from)
	}
	policy := mail.TLSMandatory
	if ip := net.ParseIP(m.host); m.host == "localhost" || ip.IsLoopback() {
		policy = mail.TLSOpportunistic
	}
	if m.options = []mail.Option{mail.WithTLSPortPolicy(policy)}; u.Scheme == "smtps" {
		m.options = []mail.Option{mail.WithSSLPort(false)}
	}
	if text := u.Port(); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil {
			return nil, errors.New("the port of the mail server (KIRANA_SMTP_URL) is no number")
		}
		m.options = append(m.options, mail.WithPort(port))
	}
	if u.User != nil {
		password, _ := u.User.Password()
		m.options = append(m.options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	_, err = mail.NewClient(m.host, m.options...)
	return m, err
}

// Reaches reports whether it is an e-mail address.
func (*Mail) Reaches(to commerce.CustomerContact) bool { return to.Email != "" }

// SendCode returns when the mail server has taken the message.
func (m *Mail) SendCode(ctx context.Context, c commerce.CodeMessage) error {
	message, err := m.message(c)
	if err != nil {
		return err
	}
	client, err := mail.NewClient(m.host, m.options...)
	if err != nil {
		return err
	}
	return discreet(client.DialAndSendWithContext(ctx, message))
}

func (m *Mail) message(c commerce.CodeMessage) (*mail.Msg, error) {
	store := strings.Join(strings.Fields(c.StoreName), " ")
	msg := mail.NewMsg()
	if err := msg.FromFormat(store, m.from); err != nil {
		return nil, errors.New("a message could not be given its sender")
	}
	if err := msg.To(c.To.Email); err != nil {
		return nil, errors.New("a message could not be given its recipient")
	}
	msg.Subject(c.Code + " is your code for " + store)
	msg.SetDate()
	msg.SetMessageID()
	msg.SetBodyString(mail.TypeTextPlain, fmt.Sprintf(
		"Your code for %s is\n\n    %s\n\nIt is good for %d minutes, and once. Nobody from the shop will ever ask you for it.\n"+
			"If you have not asked for it, somebody has typed your address: you need not do anything.\n", store, c.Code, int(c.ValidFor.Minutes())))
	return msg, nil
}

// discreet is what may be logged of an error: mail servers repeat the recipient's address in what they say.
func discreet(err error) error {
	if err == nil {
		return nil
	}
	if refused, ok := errors.AsType[*mail.SendError](err); ok {
		return fmt.Errorf("the mail server did not take a message: status %d %s", refused.ErrorCode(), refused.EnhancedStatusCode())
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return fmt.Errorf("talk to the mail server: %w", op)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("the mail server took too long")
	}
	return errors.New("the mail server could not be talked to, or did not let the server in")
}
