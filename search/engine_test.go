package search

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// engineAt is an Engine that talks to a handler: for faults, which a real engine does not make on demand, and for
// looking at what is sent.
func engineAt(t *testing.T, o Options, handle http.HandlerFunc) *Engine {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/_mapping/field/") { // its index is one of this program's
			answering(http.StatusOK, `{"index":{"mappings":{"popularity":{}}}}`)(w, r)
			return
		}
		handle(w, r)
	}))
	t.Cleanup(server.Close)
	e, err := Open(server.URL, o)
	require.NoError(t, err)
	t.Cleanup(e.Close)
	return e
}

// answering is a handler that always gives the same answer.
func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const good = `{"hits":{"hits":[]}}`
	tests := []struct {
		name     string
		handle   http.HandlerFunc
		searches int
		want     commerce.Code
	}{
		{"overloaded", answering(429, `{"error":{"type":"es_rejected_execution_exception"}}`), 1, commerce.CodeUnavailable},
		{"broken", answering(500, `{"error":{"type":"x"}}`), 1, commerce.CodeUnavailable},
		{"no index", answering(404, `{"error":{"type":"index_not_found_exception"}}`), 1, commerce.CodeUnavailable},
		{"no entry", answering(401, `{}`), 1, commerce.CodeUnavailable},
		{"refused", answering(400, `{"error":{"type":"parsing_exception"}}`), 1, commerce.CodeInternal},
		{"no JSON", answering(200, `<html>`), 1, commerce.CodeUnavailable},
		{"cut off", answering(200, `{"hits":{"hits":[{"so`), 1, commerce.CodeUnavailable},
		{"too late for a part", answering(200, `{"timed_out":true,"hits":{"hits":[]}}`), 1, commerce.CodeUnavailable},
		{"a shard missing", answering(200, `{"_shards":{"failed":1},"hits":{"hits":[]}}`), 1, commerce.CodeUnavailable},
		{"a hit without its place", answering(200, `{"hits":{"hits":[{"sort":[1]}]}}`), 1, commerce.CodeInternal},
		{"a hit without a number", answering(200, `{"hits":{"hits":[{"sort":[1,"x"]}]}}`), 1, commerce.CodeInternal},
		{"one of several", answering(200, `{"responses":[`+good+`,{"status":503,"error":{"type":"x"}}]}`), 2, commerce.CodeUnavailable},
		{"one of several refused", answering(200, `{"responses":[`+good+`,{"status":400,"error":{"type":"x"}}]}`), 2, commerce.CodeInternal},
		{"too few answers", answering(200, `{"responses":[`+good+`]}`), 2, commerce.CodeInternal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := engineAt(t, Options{}, tt.handle)
			_, err := e.SearchProducts(t.Context(), shapes()[:tt.searches])
			require.Equal(t, tt.want, commerce.CodeOf(err), "%v", err)
		})
	}
}

func TestNoAnswer(t *testing.T) {
	t.Parallel()
	e := engineAt(t, Options{Timeout: 50 * time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the client has gone
		<-r.Context().Done()
	})
	_, err := e.SearchProducts(t.Context(), shapes()[:1])
	require.Equal(t, commerce.CodeUnavailable, commerce.CodeOf(err))
	require.Equal(t, commerce.CodeUnavailable, commerce.CodeOf(e.Ping(t.Context())))

	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	e, err = Open(gone.URL, Options{})
	require.NoError(t, err)
	_, err = e.SearchProducts(t.Context(), shapes()[:1])
	var public *commerce.Error
	require.ErrorAs(t, err, &public)
	require.Equal(t, commerce.CodeUnavailable, public.Code)
	require.NotContains(t, public.Message, "127.0.0.1", "clients must not see where the engine is")
	require.Equal(t, commerce.CodeUnavailable, commerce.CodeOf(e.Ping(t.Context())))
}

func TestOneMoreTry(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	e := engineAt(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	_, err := e.SearchProducts(t.Context(), shapes()[:1])
	require.Equal(t, commerce.CodeUnavailable, commerce.CodeOf(err))
	require.Equal(t, int32(2), calls.Load())
}

// TestViewOfAnotherNode: a point in time of a node that has been replaced is gone, however the engine says so. Only when it makes no other
// one either is it away.
func TestViewOfAnotherNode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		look, open int
		want       commerce.Code
	}{
		"replaced": {503, 200, ""}, "another version": {500, 200, ""}, "over": {404, 200, ""}, "away": {503, 503, commerce.CodeUnavailable},
	} {
		var opened atomic.Int32
		e := engineAt(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			switch {
			case strings.HasSuffix(r.URL.Path, "/_pit"):
				opened.Add(1)
				answering(c.open, `{"id":"new"}`)(w, r)
			case strings.Contains(string(body), `"id":"new"`):
				answering(200, `{"pit_id":"new","hits":{"hits":[]}}`)(w, r)
			default:
				answering(c.look, `{"error":{"type":"x"}}`)(w, r)
			}
		})
		q := commerce.SearchQuery{Store: 7, Currency: "INR", Text: "mug", Unavailable: commerce.UnavailableShow}
		q.Page = commerce.FirstPage(2, commerce.Ordering{Key: commerce.SearchSortRelevance})
		q.Page.Bounded = true
		at := `["_score",1.5]` + walk{View: "old", Made: 1}.sign(7, e.key.of(t.Context(), q))
		q.Page.Bound = commerce.Cursor{Ordering: q.Page.Ordering, Value: at, ID: 3}
		results, err := e.SearchProducts(t.Context(), []commerce.SearchQuery{q})
		require.Positive(t, opened.Load(), name)
		if c.want != "" {
			require.Equal(t, c.want, commerce.CodeOf(err), "%s: %v", name, err)
			continue
		}
		require.NoError(t, err, name)
		require.True(t, results[0].Drifts, name)
	}
}

// TestRoutingIsSent looks at the requests as they leave, one search and several at once.
func TestRoutingIsSent(t *testing.T) {
	t.Parallel()
	queries := shapes()
	sent := make(chan *http.Request, 1)
	recording := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			if err == nil {
				sent <- r
			}
			answering(200, answer)(w, r)
		}
	}
	const none = `{"hits":{"hits":[]}}`
	one := engineAt(t, Options{}, recording(none))
	_, err := one.SearchProducts(t.Context(), queries[5:6])
	require.NoError(t, err)
	r := <-sent
	require.Equal(t, "/"+Alias+"/_search", r.URL.Path)
	require.NoError(t, tenancyFault(queries[5].Store, r.URL.Query().Get("routing"), parsed(t, r.Body)))

	several := engineAt(t, Options{Alias: "other"}, recording(`{"responses":[`+strings.Repeat(none+",", len(queries)-1)+none+`]}`))
	_, err = several.SearchProducts(t.Context(), queries)
	require.NoError(t, err)
	lines := json.NewDecoder((<-sent).Body)
	for _, q := range queries {
		var head struct{ Index, Routing string }
		require.NoError(t, lines.Decode(&head))
		require.Equal(t, "other", head.Index)
		var body map[string]any
		require.NoError(t, lines.Decode(&body))
		require.NoError(t, tenancyFault(q.Store, head.Routing, body))
	}
	require.False(t, lines.More())
}

func parsed(t *testing.T, r io.Reader) map[string]any {
	t.Helper()
	var body map[string]any
	require.NoError(t, json.NewDecoder(r).Decode(&body))
	return body
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "localhost:9200", "ftp://x", "http://", "http://user:secret@%zz", "://"} {
		_, err := Open(address, Options{})
		require.Error(t, err, address)
		require.NotContains(t, err.Error(), "secret")
	}
}
