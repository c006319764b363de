package graph

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// canned is an executor that costs nothing.
type canned struct {
	graphExecutor

	execution execution
	response  graphql.Response
}

func (c *canned) prepare(context.Context, *graphql.RawParams, string) (*execution, gqlerror.List) {
	return &c.execution, nil
}

func (c *canned) run(_ context.Context, _ *execution, into *bytes.Buffer) *graphql.Response {
	begin := into.Len()
	into.Write(c.response.Data)
	c.response.Data = into.Bytes()[begin:]
	return &c.response
}

// sink is a client that only counts.
type sink struct {
	header http.Header
	bytes  int
}

func (s *sink) Header() http.Header { return s.header }

func (s *sink) WriteHeader(int) {}

func (s *sink) Write(b []byte) (int, error) {
	s.bytes += len(b)
	return len(b), nil
}

// exchange returns one request over the handler alone, ready to be sent again and again.
func exchange(tb testing.TB, body string, header ...string) (send func(), w *sink) {
	tb.Helper()
	exec := &canned{}
	exec.execution.Operation = &ast.OperationDefinition{Operation: ast.Query}
	exec.response.Data = []byte(`{"a":"` + strings.Repeat("x", 14<<10) + `"}`)
	h := &handler{exec: exec, limits: DefaultLimits(), present: presenter{logger: slog.New(slog.DiscardHandler)}}
	text := strings.NewReader(body)
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, "/graphql", text)
	r.Header.Set("Content-Type", mediaJSON)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w = &sink{header: http.Header{}}
	return func() {
		text.Reset(body)
		clear(w.header)
		h.ServeHTTP(w, r)
	}, w
}

// hot is a request as clients of a storefront send it: a document of some lines, and no variables.
func hot() string {
	return `{"query":"query List {\n` + strings.Repeat(`  products(first: 20) { nodes { id title } }\n`, 20) + `}","operationName":"List"}`
}

// TestAllocations bounds what the handler adds to each request. The limits leave room for the race detector, which makes
// pools forget.
func TestAllocations(t *testing.T) {
	for _, c := range []struct {
		name, body string
		header     []string
		limit      float64
	}{
		{name: "a document", body: hot(), limit: 14},
		{name: "compressed", body: hot(), header: []string{"Accept-Encoding", "gzip, deflate, br"}, limit: 24},
		{name: "Apollo's headers", body: hot(), header: []string{"Accept", "application/graphql-response+json,application/json;q=0.9", "Content-Type", "application/json"}, limit: 14},
	} {
		send, w := exchange(t, c.body, c.header...)
		require.LessOrEqual(t, testing.AllocsPerRun(100, send), c.limit, c.name)
		require.NotZero(t, w.bytes)
	}
}

// BenchmarkTransport is the handler without the executor.
func BenchmarkTransport(b *testing.B) {
	for _, c := range []struct {
		name, body string
		header     []string
	}{
		{name: "document", body: hot()},
		{name: "variables", body: strings.TrimSuffix(hot(), "}") + `,"variables":{"handle":"corner","first":20,"filters":[{"price":{"min":1}}]}}`},
		{name: "gzip", body: hot(), header: []string{"Accept-Encoding", "gzip"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			send, w := exchange(b, c.body, c.header...)
			b.ReportAllocs()
			for b.Loop() {
				send()
			}
			require.NotZero(b, w.bytes)
		})
	}
}

// TestLargeBuffersAreNotKept is about memory: one large request must not be paid for by all that follow.
func TestLargeBuffersAreNotKept(t *testing.T) {
	t.Parallel()
	var p buffers
	b := p.get()
	b.Grow(maxKept + 1)
	p.put(b)
	require.Zero(t, p.get().Cap())
}
