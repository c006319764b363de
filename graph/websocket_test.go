package graph

import (
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// wire is a connection without a network, so that synctest can own the clock. The server is that of net/http.
type wire struct {
	conns chan net.Conn
	done  chan struct{}
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.done:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error   { return nil }
func (w *wire) Addr() net.Addr { return &net.TCPAddr{} }

// serve runs a handler until the test ends, and returns the way to it.
func serve(t *testing.T, h http.Handler) *http.Client {
	t.Helper()
	w := &wire{conns: make(chan net.Conn), done: make(chan struct{})}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Second}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Serve(w)
	}()
	t.Cleanup(func() {
		close(w.done)
		_ = s.Close()
		<-ended
	})
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		w.conns <- far
		return near, nil
	}}}
}

// peer is a client of websockets, which reads while it writes, as a wire without a network holds nothing.
type peer struct {
	t     *testing.T
	conn  *websocket.Conn
	heard chan string // closed with the connection
	end   error
}

func dial(t *testing.T, client *http.Client, protocols ...string) *peer {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), "ws://kirana/graphql", &websocket.DialOptions{HTTPClient: client, Subprotocols: protocols}) //nolint:bodyclose // Dial says that it need not be
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.CloseNow() })
	p := &peer{t: t, conn: conn, heard: make(chan string, 200)}
	go func() {
		defer close(p.heard)
		for p.end == nil {
			var text []byte
			if _, text, p.end = conn.Read(t.Context()); p.end == nil {
				p.heard <- string(text)
			}
		}
	}()
	return p
}

func (p *peer) say(messages ...string) {
	p.t.Helper()
	for _, m := range messages {
		require.NoError(p.t, p.conn.Write(p.t.Context(), websocket.MessageText, []byte(m)))
	}
}

func (p *peer) hear(messages ...string) {
	p.t.Helper()
	for _, want := range messages {
		got, ok := <-p.heard
		if !ok {
			require.NoError(p.t, p.end, "instead of %s", want)
		}
		require.JSONEq(p.t, want, got)
	}
}

// hearClose expects the end of the connection.
func (p *peer) hearClose(code int, reason string) {
	p.t.Helper()
	got, more := <-p.heard
	require.False(p.t, more, got)
	var closed websocket.CloseError
	require.ErrorAs(p.t, p.end, &closed)
	require.Equal(p.t, websocket.CloseError{Code: websocket.StatusCode(code), Reason: reason}, closed)
}

const (
	hello = `{"type":"connection_init"}`
	ack   = `{"type":"connection_ack"}`
)

func subscribe(id string) string {
	return `{"id":"` + id + `","type":"subscribe","payload":{"query":"subscription { a }"}}`
}

func event(id string) string { return `{"id":"` + id + `","type":"next","payload":{"data":{"a":1}}}` }
func end(id string) string   { return `{"id":"` + id + `","type":"complete"}` }

// TestSocket is the protocol of graphql-ws: what is said, what is heard, and how the connection is closed.
func TestSocket(t *testing.T) {
	t.Parallel()
	const invalid = "Invalid message received"
	for _, c := range []struct {
		name       string
		schema     *ticker
		say, hear  []string
		code       int
		reason     string
		binaryThen bool
	}{
		{name: "a subscription", schema: &ticker{events: 2}, say: []string{hello, subscribe("1")}, hear: []string{ack, event("1"), event("1"), end("1")}},
		{name: "a query", say: []string{hello, `{"id":"q","type":"subscribe","payload":{"query":"{ a }","variables":null}}`}, hear: []string{ack, event("q"), end("q")}},
		{name: "a payload to begin with", say: []string{`{"type":"connection_init","payload":{"token":"x"}}`}, hear: []string{ack}},
		{name: "a ping", say: []string{hello, `{"type":"ping"}`, `{"type":"ping","payload":{"a":1}}`, `{"type":"pong"}`}, hear: []string{ack, `{"type":"pong"}`, `{"type":"pong","payload":{"a":1}}`}},
		{name: "a ping before all", say: []string{hello, `{"type":"ping"}`}, hear: []string{ack, `{"type":"pong"}`}},
		{name: "the end of what is not there", say: []string{hello, end("7"), `{"type":"ping"}`}, hear: []string{ack, `{"type":"pong"}`}},
		{
			name: "not valid", say: []string{hello, `{"id":"1","type":"subscribe","payload":{"query":"{ b }"}}`, `{"type":"ping"}`},
			hear: []string{ack, `{"id":"1","type":"error","payload":[{"message":"Cannot query field \"b\" on type \"Query\".","locations":[{"line":1,"column":3}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`, `{"type":"pong"}`},
		},
		{
			name: "unknown", say: []string{hello, `{"id":"1","type":"subscribe","payload":{"documentId":"x"}}`, `{"type":"ping"}`},
			hear: []string{ack, `{"id":"1","type":"error","payload":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}`, `{"type":"pong"}`},
		},
		{
			name: "a panic", schema: &ticker{panics: true}, say: []string{hello, subscribe("1")},
			hear: []string{ack, `{"id":"1","type":"next","payload":{"data":null,"errors":[{"message":"Something went wrong on our side.","extensions":{"code":"INTERNAL"}}]}}`, end("1")},
		},
		{name: "too early", say: []string{subscribe("1")}, code: 4401, reason: "Unauthorized"},
		{name: "begun twice", say: []string{hello, hello}, hear: []string{ack}, code: 4429, reason: "Too many initialisation requests"},
		{name: "an id twice", schema: &ticker{stays: true}, say: []string{hello, subscribe("1"), subscribe("1")}, hear: []string{ack}, code: 4409, reason: "Subscriber for this id already exists"},
		{name: "not JSON", say: []string{hello, "{"}, hear: []string{ack}, code: 4400, reason: invalid},
		{name: "not JSON from the start", say: []string{"hunter2"}, code: 4400, reason: invalid},
		{name: "a list", say: []string{hello, "[]"}, hear: []string{ack}, code: 4400, reason: invalid},
		{name: "no such type", say: []string{hello, `{"type":"hunter2"}`}, hear: []string{ack}, code: 4400, reason: invalid},
		{name: "no type", say: []string{hello, `{}`}, hear: []string{ack}, code: 4400, reason: invalid},
		{name: "what only servers say", say: []string{hello, event("1")}, hear: []string{ack}, code: 4400, reason: invalid},
		{name: "the older protocol's word", say: []string{hello, `{"id":"1","type":"start","payload":{"query":"{ a }"}}`}, hear: []string{ack}, code: 4400, reason: invalid},
		{name: "no id", say: []string{hello, `{"type":"subscribe","payload":{"query":"{ a }"}}`}, hear: []string{ack}, code: 4400, reason: invalid},
		{name: "an id that is no text", say: []string{hello, `{"id":1,"type":"subscribe","payload":{"query":"{ a }"}}`}, hear: []string{ack}, code: 4400, reason: invalid},
		{name: "no payload", say: []string{hello, `{"id":"1","type":"subscribe"}`}, hear: []string{ack}, code: 4400, reason: invalid},
		{name: "no query", say: []string{hello, `{"id":"1","type":"subscribe","payload":{}}`}, hear: []string{ack}, code: 4400, reason: `The request has no "query".`},
		{name: "another type of query", say: []string{hello, `{"id":"1","type":"subscribe","payload":[]}`}, hear: []string{ack}, code: 4400, reason: "The body must be a single JSON object."},
		{name: "another payload to begin with", say: []string{`{"type":"connection_init","payload":"x"}`}, code: 4400, reason: "The payload is not an object"},
		{name: "bytes", say: []string{hello}, hear: []string{ack}, binaryThen: true, code: 4400, reason: invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := dial(t, serve(t, cmp.Or(c.schema, &ticker{}).handler(Options{})), protocolTransport)
			p.say(c.say...)
			p.hear(c.hear...)
			if c.binaryThen {
				require.NoError(t, p.conn.Write(t.Context(), websocket.MessageBinary, []byte(hello)))
			}
			if c.code != 0 {
				p.hearClose(c.code, c.reason)
			}
		})
	}
}

// TestSocketIDs is about ids that are used again, and ends that cross each other.
func TestSocketIDs(t *testing.T) {
	t.Parallel()
	k := &ticker{events: 1, stays: true}
	p := dial(t, serve(t, k.handler(Options{})), protocolTransport)
	p.say(hello)
	p.hear(ack)
	for range 3 {
		p.say(subscribe("1"))
		p.hear(event("1"))
		<-k.entered
		p.say(end("1"), `{"type":"ping"}`)
		p.hear(`{"type":"pong"}`) // and no end of what the client has ended itself
	}
	for i := range maxOperations {
		p.say(subscribe("many" + strconv.Itoa(i)))
		p.hear(event("many" + strconv.Itoa(i)))
	}
	p.say(subscribe("more"))
	p.hear(`{"id":"more","type":"error","payload":[{"message":"At most 50 operations may run on one connection.","extensions":{"code":"MAX_COST_EXCEEDED"}}]}`)
	p.say(end("many7"), subscribe("more"))
	p.hear(event("more"))
}

func TestSocketSubprotocols(t *testing.T) {
	t.Parallel()
	k := &ticker{events: 1}
	client := serve(t, k.handler(Options{}))
	for _, protocols := range [][]string{nil, {"soap"}} {
		dial(t, client, protocols...).hearClose(4406, "Subprotocol not acceptable")
	}
	require.Equal(t, protocolTransport, dial(t, client, protocolTransport, protocolLegacy).conn.Subprotocol())

	p := dial(t, client, protocolLegacy)
	p.say(hello)
	p.hear(ack, `{"type":"ka"}`)
	p.say(`{"id":"1","type":"start","payload":{"query":"subscription { a }"}}`)
	p.hear(`{"id":"1","type":"data","payload":{"data":{"a":1}}}`, end("1"))
	p.say(`{"id":"1","type":"stop"}`, `{"type":"connection_terminate"}`)
	p.hearClose(1000, "terminated")
}

// TestSocketOrigin is about pages: any may open a websocket to anywhere, with what its browser has for that server.
func TestSocketOrigin(t *testing.T) {
	t.Parallel()
	k := &ticker{}
	client := serve(t, k.handler(Options{AllowOrigin: func(o string) bool { return o == "https://friend.example" }}))
	for origin, allowed := range map[string]bool{
		"":                            true,
		"http://kirana":               true,
		"https://KIRANA":              true,
		"https://friend.example":      true,
		"https://evil.example":        false,
		"http://kirana.evil.example":  false,
		"null":                        false,
		"https://friend.example:8443": false,
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		conn, resp, err := websocket.Dial(t.Context(), "ws://kirana/graphql", &websocket.DialOptions{HTTPClient: client, HTTPHeader: header, Subprotocols: []string{protocolTransport}}) //nolint:bodyclose // of a handshake there is nothing to close
		require.Equal(t, allowed, err == nil, origin)
		if allowed {
			require.NoError(t, conn.CloseNow())
			continue
		}
		require.Equal(t, 403, resp.StatusCode)
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.JSONEq(t, `{"errors":[{"message":"Pages of this origin may not open websockets here.","extensions":{"code":"BAD_USER_INPUT"}}]}`, string(text))
	}
}

func TestSocketRequests(t *testing.T) {
	t.Parallel()
	h := (&ticker{}).handler(Options{})
	for _, c := range []struct {
		method, upgrade string
		status          int
	}{
		{"GET", "websocket", 426}, // without the rest of a handshake
		{"GET", "h2c", 400},       // as if it had not been asked for
		{"POST", "websocket", 415},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, "/graphql", nil)
		r.Header.Set("Upgrade", c.upgrade)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, c.status, w.Code, c)
	}
}

func TestSocketLimits(t *testing.T) {
	t.Parallel()
	p := dial(t, serve(t, (&ticker{}).handler(Options{Limits: Limits{BodyBytes: 100}})), protocolTransport)
	p.say(hello)
	p.hear(ack)
	p.say(strings.Repeat(" ", 200))
	_, more := <-p.heard
	require.False(t, more)
	require.Equal(t, websocket.StatusMessageTooBig, websocket.CloseStatus(p.end))
}

// TestSocketTime is about the clock of a connection.
func TestSocketTime(t *testing.T) {
	t.Parallel()
	t.Run("a client that does not begin", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := dial(t, serve(t, (&ticker{}).handler(Options{})), protocolTransport)
			begin := time.Now()
			p.hearClose(4408, "Connection initialisation timeout")
			require.Equal(t, initTimeout, time.Since(begin))
		})
	})
	t.Run("a client that is silent", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := dial(t, serve(t, (&ticker{}).handler(Options{})), protocolTransport)
			p.say(hello)
			p.hear(ack)
			begin := time.Now()
			p.hear(`{"type":"ping"}`)
			require.Equal(t, pulse, time.Since(begin))
			for range p.heard {
			}
			require.Equal(t, 2*pulse, time.Since(begin))
		})
	})
	t.Run("the server goes away", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			going, gone := context.WithCancel(t.Context())
			var freed atomic.Bool
			k := &ticker{stays: true}
			h := k.handler(Options{LongLived: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
				context.AfterFunc(going, cancel)
				return ctx, func() { freed.Store(true); cancel() }
			}})
			p := dial(t, serve(t, h), protocolTransport)
			p.say(hello, subscribe("1"))
			p.hear(ack)
			<-k.entered
			gone()
			p.hearClose(1001, "The server goes away")
			synctest.Wait()
			require.EqualValues(t, 1, k.ended.Load())
			require.True(t, freed.Load())
		})
	})
	t.Run("a query that takes long", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := (&ticker{}).handler(Options{Timeout: 5 * time.Second})
			h.exec = slow{h.exec}
			p := dial(t, serve(t, h), protocolTransport)
			p.say(hello, `{"id":"1","type":"subscribe","payload":{"query":"{ a }"}}`)
			p.hear(ack)
			begin := time.Now()
			p.hear(`{"id":"1","type":"next","payload":{"data":null,"errors":[{"message":"The request took too long.","extensions":{"code":"UNAVAILABLE"}}]}}`, end("1"))
			require.Equal(t, 5*time.Second, time.Since(begin))
		})
	})
}

// slow executes nothing until its time is up.
type slow struct{ graphExecutor }

// DispatchOperation waits for the end of the context.
func (slow) DispatchOperation(ctx context.Context, _ *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	return func(ctx context.Context) *graphql.Response { <-ctx.Done(); return nil }, ctx
}
