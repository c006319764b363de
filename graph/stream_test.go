package graph

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/internal/persisted"
)

// ticker is a schema whose subscription sends n events, then stays silent until it is ended, or ends by itself.
type ticker struct {
	events  int
	stays   bool
	panics  bool
	entered chan struct{} // hears of each subscription that has sent its events
	ended   atomic.Int32  // subscriptions that were ended from outside
	sets    atomic.Int32  // contexts of responses
}

func (k *ticker) schema() graphql.ExecutableSchema {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: "type Query { a: Int } type Mutation { a: Int } type Subscription { a: Int }"})
	return &graphql.ExecutableSchemaMock{
		SchemaFunc:     func() *ast.Schema { return schema },
		ComplexityFunc: func(context.Context, string, string, int, map[string]any) (int, bool) { return 1, true },
		ExecFunc: func(ctx context.Context) graphql.ResponseHandler {
			if graphql.GetOperationContext(ctx).Operation.Operation != ast.Subscription {
				return graphql.OneShot(&graphql.Response{Data: []byte("{\"a\":\n1}")})
			}
			return k.subscription()
		},
	}
}

func (k *ticker) subscription() graphql.ResponseHandler {
	left := k.events
	return func(ctx context.Context) *graphql.Response {
		if left > 0 {
			left--
			return &graphql.Response{Data: []byte(`{"a":1}`)}
		}
		if k.panics {
			panic("hunter2")
		}
		if k.stays {
			k.entered <- struct{}{}
			<-ctx.Done()
			k.ended.Add(1)
		}
		return nil
	}
}

func (k *ticker) handler(o Options) *handler {
	k.entered = make(chan struct{}, 100)
	o.Logger = slog.New(slog.DiscardHandler)
	o.PerResponse = func(ctx context.Context, _ bool) context.Context { k.sets.Add(1); return ctx }
	h, err := newHandler(k.schema(), o)
	if err != nil {
		panic(err) // no document is persisted, so none can be refused
	}
	return h
}

func streamRequest(ctx context.Context, body string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", mediaJSON)
	r.Header.Set("Accept", mediaStream)
	return r
}

const (
	opened    = ":\n\n"
	one       = "event: next\ndata: {\"data\":{\"a\":1}}\n\n"
	completed = "event: complete\ndata:\n\n"
)

func TestStream(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body  string
		schema      *ticker
		status      int
		media, says string
	}{
		{name: "a subscription", body: `{"query":"subscription { a }"}`, schema: &ticker{events: 3}, says: opened + one + one + one + completed},
		{name: "of nothing", body: `{"query":"subscription { a }"}`, says: opened + completed},
		{name: "a query, in one line", body: `{"query":"{ a }"}`, says: opened + "event: next\ndata: {\"data\":{\"a\": 1}}\n\n" + completed},
		{name: "a mutation", body: `{"query":"mutation { a }"}`, says: opened + "event: next\ndata: {\"data\":{\"a\": 1}}\n\n" + completed},
		{
			name: "not valid", body: `{"query":"subscription { b }"}`,
			says: opened + `event: next` + "\n" + `data: {"errors":[{"message":"Cannot query field \"b\" on type \"Subscription\".","locations":[{"line":1,"column":16}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}` + "\n\n" + completed,
		},
		{
			name: "a panic", body: `{"query":"subscription { a }"}`, schema: &ticker{events: 1, panics: true},
			says: opened + one + `event: next` + "\n" + `data: {"errors":[{"message":"Something went wrong on our side.","extensions":{"code":"INTERNAL"}}]}` + "\n\n" + completed,
		},
		{
			name: "not JSON", body: `hunter2`, status: 400, media: mediaJSON,
			says: `{"errors":[{"message":"The body is not JSON.","extensions":{"code":"BAD_USER_INPUT"}}]}`,
		},
		{
			name: "unknown", body: `{"documentId":"x"}`,
			says: opened + `event: next` + "\n" + `data: {"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}` + "\n\n" + completed,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			cmp.Or(c.schema, &ticker{}).handler(Options{}).ServeHTTP(w, streamRequest(t.Context(), c.body))
			status, media := c.status, c.media
			if status == 0 {
				status, media = http.StatusOK, mediaStream
			}
			require.Equal(t, status, w.Code)
			require.Equal(t, media+"; charset=utf-8", w.Header().Get("Content-Type"))
			require.Equal(t, c.says, w.Body.String())
		})
	}
}

// TestSubscriptionNeedsAStream is about subscriptions in requests that have one answer.
func TestSubscriptionNeedsAStream(t *testing.T) {
	t.Parallel()
	for _, accept := range []string{"", "*/*", mediaJSON, mediaGraphQL, mediaGraphQL + ", text/*"} {
		r := streamRequest(t.Context(), `{"query":"subscription { a }"}`)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		(&ticker{events: 1}).handler(Options{}).ServeHTTP(w, r)
		require.Equal(t, 406, w.Code)
		require.Contains(t, w.Body.String(), "accept text/event-stream")
	}
}

// TestStreamLives is about the pulse of a silent stream, its time limit, and each event's own context.
func TestStreamLives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limited, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		k := &ticker{events: 2, stays: true}
		h := k.handler(Options{LongLived: func(context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), 55*time.Second)
		}})
		w := httptest.NewRecorder()
		begin := time.Now()
		h.ServeHTTP(w, streamRequest(limited, `{"query":"subscription { a }"}`))
		require.Equal(t, 55*time.Second, time.Since(begin))
		require.EqualValues(t, 1, k.ended.Load())
		require.EqualValues(t, 3, k.sets.Load(), "one for each event, and one for the end")
		require.True(t, strings.HasPrefix(w.Body.String(), opened+one+one+opened))
		require.Equal(t, 5, strings.Count(w.Body.String(), ":\n\n"), "one for the beginning, four pulses, and no end that would be one")

		begin = time.Now()
		limited, cancel = context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		(&ticker{stays: true}).handler(Options{}).ServeHTTP(httptest.NewRecorder(), streamRequest(limited, `{"query":"subscription { a }"}`))
		require.Equal(t, 15*time.Second, time.Since(begin), "without a way to free it, the limit of the request holds")
	})
}

// TestStreamEndsWithItsClient is about a client that goes away, over a real connection.
func TestStreamEndsWithItsClient(t *testing.T) {
	t.Parallel()
	k := &ticker{events: 1, stays: true}
	h, over := k.handler(Options{}), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(over)
		h.ServeHTTP(w, r)
	}))
	defer s.Close()
	ctx, leave := context.WithCancel(t.Context())
	r := streamRequest(ctx, `{"query":"subscription { a }"}`)
	r.URL.Scheme, r.URL.Host, r.RequestURI = "http", strings.TrimPrefix(s.URL, "http://"), ""
	resp, err := s.Client().Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	read := bufio.NewReader(resp.Body)
	for want := range strings.Lines(opened + one) {
		line, err := read.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want, line)
	}
	leave()
	<-over
	require.EqualValues(t, 1, k.ended.Load())
}

// broken is a client whose connection has failed.
type broken struct{ http.ResponseWriter }

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestStreamToNobody(t *testing.T) {
	t.Parallel()
	k := &ticker{events: 1000}
	k.handler(Options{}).ServeHTTP(broken{httptest.NewRecorder()}, streamRequest(t.Context(), `{"query":"subscription { a }"}`))
	require.EqualValues(t, 1, k.sets.Load(), "the first event that cannot be sent is the last")
}

// TestPersistedDocuments is about the way in for persisted documents.
func TestPersistedDocuments(t *testing.T) {
	t.Parallel()
	h := (&ticker{events: 1}).handler(Options{})
	set, err := persisted.Load(fstest.MapFS{"x.json": {Data: []byte(`{"x":"{ a }"}`)}})
	require.NoError(t, err)
	exec, ok := h.exec.(*executor)
	require.True(t, ok)
	require.NoError(t, exec.documents.persist(set))
	hash := func(text string) string {
		return `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hashed(text) + `"}}}`
	}
	for body, says := range map[string]string{
		`{"documentId":"x"}`:                              `"data"`,
		`{"documentId":"sha256:` + hashed("{ a }") + `"}`: `"data"`,
		hash("{ a }"):                                     `"data"`,
		hash("{ b }"):                                     "PERSISTED_QUERY_NOT_FOUND",
		`{"documentId":"y"}`:                              "PERSISTED_QUERY_NOT_FOUND",
		`{"query":"{ a }"}`:                               `"data"`,
		`{"documentId":null}`:                             "The request has no",
	} {
		r := streamRequest(t.Context(), body)
		r.Header.Set("Accept", mediaJSON)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Contains(t, w.Body.String(), says, body)
	}
}
