package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/internal/server"
	"github.com/kirana-commerce/kirana/internal/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bundle is a server without a network, and its log.
type bundle struct {
	server *server.Server
	log    *logs
}

type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// lines are the log's lines with the given message.
func (l *logs) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(l.String()) {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &fields))
		if fields["msg"] == message {
			found = append(found, fields)
		}
	}
	return found
}

func setup(o server.Options) bundle {
	log := &logs{}
	o.Logger = slog.New(slog.NewJSONHandler(log, nil))
	if o.Now == nil {
		o.Now = time.Now
	}
	return bundle{server: server.New(o), log: log}
}

func (b bundle) send(t *testing.T, method, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	return w
}

func says(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	const noVersion = `{"errors":[{"message":"The version in the address is none: write it as 2026-01, or unstable.","extensions":{"code":"NOT_FOUND","requestId":"ID"}}]}`
	b := setup(server.Options{
		GraphQL: says("graphql"), Playground: says("playground"), Schema: says("schema"), Pictures: says("pictures"), Metrics: says("metrics"),
	})
	for _, c := range []struct {
		method, target string
		status         int
		body           string
	}{
		{"POST", "/graphql", 200, "graphql"},
		{"GET", "/graphql?query={__typename}", 200, "graphql"},
		{"DELETE", "/graphql", 200, "graphql"}, // GraphQL refuses in its own shape
		{"POST", "/stores/corner/graphql", 200, "graphql"},
		{"POST", "/stores//graphql", 307, ""},
		{"POST", "/api/2026-01/graphql.json", 200, "graphql"},
		{"POST", "/api/unstable/graphql.json", 200, "graphql"},
		{"POST", "/stores/corner/api/2026-12/graphql.json", 200, "graphql"},
		{"POST", "/api/2026-13/graphql.json", 404, noVersion},
		{"POST", "/api/2026-00/graphql.json", 404, noVersion},
		{"POST", "/api/2026-1/graphql.json", 404, noVersion},
		{"POST", "/api/2026_01/graphql.json", 404, noVersion},
		{"POST", "/api/20a6-01/graphql.json", 404, noVersion},
		{"POST", "/stores/corner/api/latest/graphql.json", 404, noVersion},
		{"POST", "/api/2026-01/graphql", 404, "404 page not found\n"},
		{"GET", "/", 200, "playground"},
		{"GET", "/playground/assets/x.js", 200, "playground"},
		{"GET", "/schema.graphql", 200, "schema"},
		{"GET", "/pictures/corner/x.svg", 200, "pictures"},
		{"GET", "/metrics", 200, "metrics"},
		{"GET", "/livez", 200, `{"status":"ok"}` + "\n"},
		{"GET", "/readyz", 200, `{"status":"ok"}` + "\n"},
		{"POST", "/livez", 405, "Only GET and HEAD.\n"},
		{"GET", "/other", 404, "404 page not found\n"},
		{"GET", "/stores/corner", 404, "404 page not found\n"},
	} {
		w := b.send(t, c.method, c.target)
		require.Equal(t, c.status, w.Code, c.target)
		switch c.body {
		case "":
		case noVersion:
			require.JSONEq(t, strings.Replace(noVersion, "ID", w.Header().Get("X-Request-Id"), 1), w.Body.String(), c.target)
		default:
			require.Equal(t, c.body, w.Body.String(), c.target)
		}
		require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
		require.NotEmpty(t, w.Header().Get("Content-Security-Policy"))
		require.NotEmpty(t, w.Header().Get("X-Request-Id"))
	}
	require.Equal(t, 404, setup(server.Options{}).send(t, "POST", "/graphql").Code, "nothing is served there")
}

func TestCurrentStore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, target string
		header       []string
		options      server.Options
		status       int
		want         auth.Request
	}{
		{name: "none", target: "/graphql", want: auth.Request{BaseURL: "http://example.com"}},
		{name: "path", target: "/stores/corner/graphql", want: auth.Request{StoreHandle: "corner", BaseURL: "http://example.com"}},
		{name: "header", target: "/graphql", header: []string{"Kirana-Store", "boutique"}, want: auth.Request{StoreHandle: "boutique", BaseURL: "http://example.com"}},
		{
			name: "the path wins", target: "/stores/corner/graphql", header: []string{"Kirana-Store", "boutique"},
			want: auth.Request{StoreHandle: "corner", BaseURL: "http://example.com"},
		},
		{name: "host and port", target: "/graphql", header: []string{"Host", "127.0.0.1:8080"}, want: auth.Request{BaseURL: "http://127.0.0.1:8080"}},
		{name: "TLS", target: "https://example.com/graphql", want: auth.Request{BaseURL: "https://example.com"}},
		{
			name: "anybody's forwarded scheme", target: "/graphql", header: []string{"X-Forwarded-Proto", "https"},
			want: auth.Request{BaseURL: "http://example.com"},
		},
		{
			name: "the proxy's forwarded scheme", target: "/graphql", header: []string{"X-Forwarded-Proto", "https"},
			options: server.Options{TrustProxy: true}, want: auth.Request{BaseURL: "https://example.com"},
		},
		{
			name: "no such scheme", target: "/graphql", header: []string{"X-Forwarded-Proto", "javascript"},
			options: server.Options{TrustProxy: true}, want: auth.Request{BaseURL: "http://example.com"},
		},
		{
			name: "public address", target: "/graphql", header: []string{"Host", "evil.example"},
			options: server.Options{PublicURL: "https://kirana.example/"}, want: auth.Request{BaseURL: "https://kirana.example"},
		},
		{
			name: "the host of a store", target: "/graphql", header: []string{"Host", "Corner.Kirana.example:8080"},
			options: server.Options{BaseDomain: "kirana.Example"}, want: auth.Request{StoreHandle: "corner", BaseURL: "http://Corner.Kirana.example:8080"},
		},
		{
			name: "the host of a store, as Shopify's clients ask", target: "/api/2026-01/graphql.json", header: []string{"Host", "corner.kirana.example", "X-Shopify-Storefront-Access-Token", "x"},
			options: server.Options{BaseDomain: "kirana.example"}, want: auth.Request{StoreHandle: "corner", BaseURL: "http://corner.kirana.example"},
		},
		{
			name: "a path as Shopify's clients ask", target: "/stores/corner/api/2026-01/graphql.json", header: []string{"Kirana-Store", "boutique"},
			want: auth.Request{StoreHandle: "corner", BaseURL: "http://example.com"},
		},
		{
			name: "the header wins over the host", target: "/graphql", header: []string{"Host", "corner.kirana.example", "Kirana-Store", "boutique"},
			options: server.Options{BaseDomain: "kirana.example"}, want: auth.Request{StoreHandle: "boutique", BaseURL: "http://corner.kirana.example"},
		},
		{
			name: "the base domain itself", target: "/graphql", header: []string{"Host", "kirana.example"},
			options: server.Options{BaseDomain: "kirana.example"}, want: auth.Request{BaseURL: "http://kirana.example"},
		},
		{
			name: "a domain that only ends like it", target: "/graphql", header: []string{"Host", "corner.notkirana.example"},
			options: server.Options{BaseDomain: "kirana.example"}, want: auth.Request{BaseURL: "http://corner.notkirana.example"},
		},
		{
			name: "deeper than a store", target: "/graphql", header: []string{"Host", "a.corner.kirana.example"},
			options: server.Options{BaseDomain: "kirana.example"}, want: auth.Request{BaseURL: "http://a.corner.kirana.example"},
		},
		{
			name: "no base domain", target: "/graphql", header: []string{"Host", "corner.kirana.example"},
			want: auth.Request{BaseURL: "http://corner.kirana.example"},
		},
		{name: "no text", target: "/stores/%00/graphql", status: 400},
		{name: "no UTF-8", target: "/graphql", header: []string{"Kirana-Store", "\xff"}, status: 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got auth.Request
			c.options.GraphQL = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = auth.From(r.Context()) })
			w := setup(c.options).send(t, "POST", c.target, c.header...)
			if c.status != 0 {
				require.Equal(t, c.status, w.Code)
				require.Contains(t, w.Body.String(), `"code":"BAD_USER_INPUT"`)
				return
			}
			c.want.Address = "192.0.2.1" // of httptest's requests
			c.want.BaseDomain = strings.ToLower(c.options.BaseDomain)
			require.Equal(t, 200, w.Code)
			require.Equal(t, c.want, got)
		})
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	var seen string
	b := setup(server.Options{GraphQL: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = server.RequestID(r.Context()) })})
	for _, c := range []struct {
		given string
		kept  bool
	}{
		{"abc-123_X.y", true},
		{strings.Repeat("a", 64), true},
		{"", false},
		{strings.Repeat("a", 65), false},
		{"a b", false},
		{`a"b`, false},
		{"a\tb", false},
		{"é", false},
	} {
		got := b.send(t, "POST", "/graphql", "X-Request-Id", c.given).Header().Get("X-Request-Id")
		require.Equal(t, c.kept, got == c.given, c.given)
		require.Equal(t, got, seen)
		require.Regexp(t, `^[A-Za-z0-9._-]{11,64}$`, got)
	}
}

func TestAccessLogAndMetrics(t *testing.T) {
	t.Parallel()
	registry := telemetry.NewRegistry()
	clock := time.Unix(0, 0)
	b := setup(server.Options{
		GraphQL: says("hello"), Requests: telemetry.NewRequests(registry), Metrics: registry.Handler(),
		Now: func() time.Time { clock = clock.Add(250 * time.Millisecond); return clock },
	})
	b.send(t, "POST", "/stores/corner/graphql", "X-Request-Id", "id-1")
	b.send(t, "GET", "/livez")
	b.send(t, "PROPFIND", "/no/such/path")

	lines := b.log.lines(t, "request")
	require.Len(t, lines, 2)
	for _, l := range lines {
		delete(l, "time")
	}
	require.Equal(t, map[string]any{
		"level": "INFO", "msg": "request", "method": "POST", "route": "/stores/{handle}/graphql", "status": 200.0, "bytes": 5.0, "ms": 250.0, "request_id": "id-1",
	}, lines[0])
	require.Equal(t, "other", lines[1]["method"])
	require.Equal(t, "none", lines[1]["route"])
	require.EqualValues(t, 404, lines[1]["status"])

	scraped := b.send(t, "GET", "/metrics").Body.String()
	for _, line := range []string{
		`kirana_http_request_duration_seconds_count{route="/stores/{handle}/graphql",status="200"} 1`,
		`kirana_http_request_duration_seconds_count{route="none",status="404"} 1`,
		`kirana_http_request_duration_seconds_bucket{route="/livez",status="200",le="0.25"} 1`,
	} {
		require.Contains(t, scraped, "\n"+line+"\n")
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	b := setup(server.Options{
		GraphQL: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("password=hunter2") }),
		Schema: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			panic("late")
		}),
	})
	w := b.send(t, "POST", "/graphql", "X-Request-Id", "id-1")
	require.Equal(t, 500, w.Code)
	require.JSONEq(t, `{"errors":[{"message":"Something went wrong on our side.","extensions":{"code":"INTERNAL","requestId":"id-1"}}]}`, w.Body.String())
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	logged := b.log.lines(t, "a handler panicked")
	require.Len(t, logged, 1)
	require.Equal(t, "password=hunter2", logged[0]["panic"])
	require.Contains(t, logged[0]["stack"], "server_test.go")
	require.EqualValues(t, 500, b.log.lines(t, "request")[0]["status"])

	require.PanicsWithValue(t, http.ErrAbortHandler, func() { b.send(t, "GET", "/schema.graphql") })
}

func TestReady(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		fine := server.Check{Name: "postgres", Check: func(context.Context) error { return nil }}
		slow := server.Check{Name: "slow", Check: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		deaf := server.Check{Name: "deaf", Check: func(context.Context) error { <-release; return nil }}
		broken := server.Check{Name: "elasticsearch", Check: func(context.Context) error { return errors.New("dial tcp search-7.internal:9200") }}

		w := setup(server.Options{Ready: []server.Check{fine}}).send(t, "GET", "/readyz")
		require.Equal(t, 200, w.Code)
		require.JSONEq(t, `{"status":"ok","checks":{"postgres":"ok"}}`, w.Body.String())

		w = setup(server.Options{Ready: []server.Check{broken}, Role: func() string { return "standby" }}).send(t, "GET", "/readyz")
		require.Equal(t, 503, w.Code)
		require.JSONEq(t, `{"status":"failing","role":"standby","checks":{"elasticsearch":"failing"}}`, w.Body.String())

		b := setup(server.Options{Ready: []server.Check{slow, deaf, fine, broken}})
		begin := time.Now()
		w = b.send(t, "GET", "/readyz")
		require.Equal(t, 2*time.Second, time.Since(begin), "the checks run at the same time")
		require.Equal(t, 503, w.Code)
		require.JSONEq(t, `{"status":"failing","checks":{"postgres":"ok","slow":"failing","deaf":"failing","elasticsearch":"failing"}}`, w.Body.String())
		require.Contains(t, b.log.String(), "search-7.internal")
		close(release)
	})
}

func TestTimeLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(server.Options{RequestTimeout: 3 * time.Second, GraphQL: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })})
		begin := time.Now()
		b.send(t, "POST", "/graphql")
		require.Equal(t, 3*time.Second, time.Since(begin))
	})
}

// pipes is a listener without a network, so that synctest can own the clock.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		select {
		case p.conns <- far:
			return near, nil
		case <-p.closed:
			return nil, errors.New("connection refused")
		}
	}}}
}

// status is 0 when there was no answer. It may be called from any goroutine.
func status(ctx context.Context, c *http.Client, path string) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://kirana"+path, nil)
	if err != nil {
		return 0
	}
	resp, err := c.Do(r)
	if err != nil {
		return 0
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if errors.Join(err, resp.Body.Close()) != nil {
		return 0
	}
	return resp.StatusCode
}

func TestDrain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		work     time.Duration // of the request under way when the server is told to end
		answer   int
		fails    bool
		stopping time.Duration
	}{
		{name: "requests under way finish", work: 7 * time.Second, answer: 200, stopping: 7 * time.Second},
		{name: "but not for ever", work: time.Hour, answer: 0, fails: true, stopping: 12 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(server.Options{
					DrainDelay: 2 * time.Second, RequestTimeout: 2 * time.Hour,
					GraphQL: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
						select {
						case <-time.After(c.work):
						case <-r.Context().Done():
						}
					}),
				})
				listener := newPipes()
				client := listener.client()
				ctx, end := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- b.server.Run(ctx, listener) }()
				require.Equal(t, 200, status(t.Context(), client, "/readyz"))

				answered := make(chan int, 1)
				go func() { answered <- status(t.Context(), client, "/graphql") }()
				synctest.Wait()
				begin := time.Now()
				end()
				synctest.Wait()
				require.Equal(t, 503, status(t.Context(), client, "/readyz"), "load balancers see it first")
				require.Equal(t, 200, status(t.Context(), client, "/livez"))

				err := <-done
				require.Equal(t, c.fails, err != nil)
				if c.fails {
					require.ErrorContains(t, err, "requests were still under way after 10s")
				}
				require.WithinDuration(t, begin.Add(c.stopping), time.Now(), time.Second)
				require.Equal(t, c.answer, <-answered)
				require.Equal(t, 0, status(t.Context(), client, "/livez"), "new connections are refused")
			})
		})
	}
}

func TestRunTellsWhyItCannotServe(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.ErrorIs(t, setup(server.Options{}).server.Run(t.Context(), l), net.ErrClosed)
}
