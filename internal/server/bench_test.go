package server_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/graph"
	"github.com/kirana-commerce/kirana/internal/server"
	"github.com/kirana-commerce/kirana/internal/telemetry"
	"github.com/kirana-commerce/kirana/resolvers"
)

// sink is a client that only counts.
type sink struct {
	header http.Header
	status int
	bytes  int
}

func (s *sink) Header() http.Header { return s.header }

func (s *sink) WriteHeader(status int) { s.status = status }

func (s *sink) Write(b []byte) (int, error) {
	s.bytes += len(b)
	return len(b), nil
}

// nowhere is where the log goes. slog knows io.Discard, and would not write at all.
type nowhere struct{}

func (nowhere) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkRequest is what the server and the handler cost around the smallest document: all but net/http's own part.
func BenchmarkRequest(b *testing.B) {
	handler, err := graph.NewHandler(&resolvers.Resolver{}, graph.Options{Logger: slog.New(slog.DiscardHandler), RequestID: server.RequestID})
	require.NoError(b, err)
	for _, c := range []struct {
		name    string
		handler http.Handler
	}{
		{"server", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })},
		{"server and handler", handler},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := server.New(server.Options{
				GraphQL: c.handler, Logger: slog.New(slog.NewJSONHandler(nowhere{}, nil)), Now: time.Now,
				Requests: telemetry.NewRequests(telemetry.NewRegistry()),
			})
			body := strings.NewReader("")
			r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", io.NopCloser(body))
			r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
			w := &sink{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				body.Reset(`{"query":"{ __typename }"}`)
				clear(w.header)
				s.ServeHTTP(w, r)
			}
			if w.bytes == 0 {
				b.Fatal("nothing was answered")
			}
		})
	}
}
