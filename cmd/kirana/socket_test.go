package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// socket is a websocket to an office, on which one thing is said and one is heard at a time.
type socket struct {
	t    *testing.T
	conn *websocket.Conn
}

func (c client) dial(t *testing.T) socket {
	t.Helper()
	s := httptest.NewServer(c.handler)
	t.Cleanup(s.Close)
	conn, _, err := websocket.Dial(t.Context(), strings.Replace(s.URL, "http", "ws", 1)+"/stores/"+c.store+"/graphql", &websocket.DialOptions{ //nolint:bodyclose // Dial says that it need not be
		Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: http.Header{"Authorization": {"Bearer " + c.token}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.CloseNow() })
	l := socket{t, conn}
	l.say(`{"type":"connection_init"}`)
	ack, _ := l.hear()
	require.JSONEq(t, `{"type":"connection_ack"}`, ack)
	return l
}

func (l socket) say(text string) {
	l.t.Helper()
	require.NoError(l.t, l.conn.Write(l.t.Context(), websocket.MessageText, []byte(text)))
}

// hear returns what the other side says next, but that it is there, or the code that it closed the connection with.
func (l socket) hear() (string, websocket.StatusCode) {
	l.t.Helper()
	for {
		_, text, err := l.conn.Read(l.t.Context())
		if err != nil {
			return "", websocket.CloseStatus(err)
		}
		if string(text) != `{"type":"ping"}` {
			return string(text), 0
		}
	}
}

// ask sends a query and returns the answer, or the code that the connection was closed with.
func (l socket) ask(id, query string) (string, websocket.StatusCode) {
	l.t.Helper()
	text, err := json.Marshal(map[string]any{"type": "subscribe", "id": id, "payload": map[string]string{"query": query}})
	require.NoError(l.t, err)
	l.say(string(text))
	answer, closed := l.hear()
	if closed == 0 {
		end, _ := l.hear()
		require.JSONEq(l.t, `{"type":"complete","id":"`+id+`"}`, end, answer)
	}
	return answer, closed
}

// A connection that is open is of no use any more to somebody whose session has ended, whose key was revoked, or who does not work
// in the store any more.
func TestSocketsEndWithTheirTokens(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	asha := o.as(o.signUp(t, "asha@shop.test"))
	asha = asha.in(asha.open(t, "Corner"))
	const drafts = `{ store { id staff { role } } }`
	key := asha.issue(t, "staff:write")
	session := o.as(o.signIn(t, "asha@shop.test", goodPassword)).in(asha.store)
	keyed, signedIn := o.as(key.Secret).in(asha.store).dial(t), session.dial(t)
	for _, l := range []socket{keyed, signedIn} {
		answer, closed := l.ask("1", drafts)
		require.Contains(t, answer, "OWNER")
		require.Zero(t, closed)
	}
	var revoked struct{ APIKey struct{ RevokedAt string } }
	asha.run(t, "apiKeyRevoke", map[string]any{"id": key.APIKey.ID}, "apiKey { revokedAt }", &revoked)
	require.Empty(t, session.ask(t, `mutation { merchantSignOut { userErrors { code } } }`, nil).Errors)
	for _, l := range []socket{keyed, signedIn} {
		answer, closed := l.ask("2", drafts)
		require.Empty(t, answer)
		require.EqualValues(t, 4403, closed)
	}

	still := asha.dial(t)
	o.exec(t, `UPDATE store_staff SET role = 'PACKER'`)
	answer, _ := still.ask("1", drafts)
	require.Contains(t, answer, "FORBIDDEN", "what they may do is asked for anew too")
}
