package graph

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	gqlgen "github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/internal/persisted"
)

// echo is a schema that answers every operation with its document.
func echo(schema *ast.Schema) graphql.ExecutableSchema {
	return &graphql.ExecutableSchemaMock{
		SchemaFunc:     func() *ast.Schema { return schema },
		ComplexityFunc: func(context.Context, string, string, int, map[string]any) (int, bool) { return 1, true },
		ExecFunc: func(ctx context.Context) graphql.ResponseHandler {
			text, err := json.Marshal(graphql.GetOperationContext(ctx).RawQuery)
			if err != nil {
				panic(err)
			}
			return graphql.OneShot(&graphql.Response{Data: text})
		},
	}
}

func newEcho(tb testing.TB, o Options, documents map[string]string) *executor {
	tb.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	e := newExecutor(echo(loadPets()), o)
	files := fstest.MapFS{}
	for name, text := range documents {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	set, err := persisted.Load(files)
	require.NoError(tb, err)
	require.NoError(tb, e.documents.persist(set))
	return e
}

// answerTo takes a request all the way, as a transport does.
func (e *executor) answerTo(ctx context.Context, params *graphql.RawParams, documentID string) *graphql.Response {
	r, faults := e.prepare(ctx, params, documentID)
	if len(faults) > 0 {
		return e.DispatchError(graphql.WithOperationContext(ctx, &r.OperationContext), faults)
	}
	return e.run(ctx, r, &bytes.Buffer{})
}

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func apollo(version any, hash any) map[string]any {
	return map[string]any{"persistedQuery": map[string]any{"version": version, "sha256Hash": hash}}
}

func TestPersisted(t *testing.T) {
	t.Parallel()
	const dog, cat = "{ dog { name } }", "query Cat { cat { name } }"
	documents := map[string]string{"dog.graphql": dog, "cats.json": `{"cat-1":"` + cat + `"}`}
	one := json.Number("1")
	for _, c := range []struct {
		name, query, id string
		extensions      map[string]any
		text            string // what is executed
		code, says      string
	}{
		{name: "a text", query: "{ dog { id } }", text: "{ dog { id } }"},
		{name: "the text of a document", query: dog, text: dog},
		{name: "a hash", id: hashed(dog), text: dog},
		{name: "a hash with its name", id: "sha256:" + hashed(dog), text: dog},
		{name: "an id of a manifest", id: "cat-1", text: cat},
		{name: "the hash of one in a manifest", id: "sha256:" + hashed(cat), text: cat},
		{name: "an id and its text", id: "cat-1", query: cat, text: cat},
		{name: "an id and another text", id: "cat-1", query: dog, code: "BAD_USER_INPUT", says: "The query is not the document of this id."},
		{name: "no such id", id: "cat-2", code: "PERSISTED_QUERY_NOT_FOUND", says: "PersistedQueryNotFound"},
		{name: "no such id, with a text", id: "cat-2", query: dog, code: "PERSISTED_QUERY_NOT_FOUND", says: "PersistedQueryNotFound"},
		{name: "Apollo's hash", extensions: apollo(one, hashed(dog)), text: dog},
		{name: "Apollo's hash and text", extensions: apollo(one, hashed(dog)), query: dog, text: dog},
		{name: "no such hash", extensions: apollo(one, hashed("x")), code: "PERSISTED_QUERY_NOT_FOUND", says: "PersistedQueryNotFound"},
		{name: "a hash to register", extensions: apollo(one, hashed("{ cat { id } }")), query: "{ cat { id } }", code: "PERSISTED_QUERY_NOT_SUPPORTED", says: "PersistedQueryNotSupported"},
		{name: "the hash of another text", extensions: apollo(one, hashed("x")), query: "{ cat { id } }", code: "BAD_USER_INPUT", says: "provided sha does not match query"},
		{name: "the hash of another document", extensions: apollo(one, hashed(cat)), query: dog, code: "BAD_USER_INPUT", says: "not the document of this id"},
		{name: "another version", extensions: apollo(json.Number("2"), hashed(dog)), code: "BAD_USER_INPUT", says: "Unsupported persisted query version"},
		{name: "no version", extensions: map[string]any{"persistedQuery": map[string]any{"sha256Hash": hashed(dog)}}, code: "BAD_USER_INPUT", says: "Unsupported"},
		{name: "no hash", extensions: apollo(one, nil), code: "BAD_USER_INPUT", says: "is not a SHA-256"},
		{name: "a short hash", extensions: apollo(one, "abc"), code: "BAD_USER_INPUT", says: "is not a SHA-256"},
		{name: "another shape", extensions: map[string]any{"persistedQuery": "x"}, code: "BAD_USER_INPUT", says: "Unsupported"},
		{name: "null", extensions: map[string]any{"persistedQuery": nil}, query: dog, text: dog},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newEcho(t, Options{}, documents)
			response := e.answerTo(t.Context(), &graphql.RawParams{Query: c.query, Extensions: c.extensions}, c.id)
			if c.code != "" {
				require.Len(t, response.Errors, 1)
				require.Equal(t, c.code, response.Errors[0].Extensions["code"])
				require.Contains(t, response.Errors[0].Message, c.says)
				return
			}
			require.Empty(t, response.Errors)
			var text string
			require.NoError(t, json.Unmarshal(response.Data, &text))
			require.Equal(t, c.text, text)
		})
	}
}

func TestPersistedIsPreparedAtStart(t *testing.T) {
	t.Parallel()
	e := newEcho(t, Options{}, map[string]string{"a.graphql": "{ dog { name } }", "b.json": `{"b":"{ dog { name } }"}`})
	require.Same(t, e.documents.byID[hashed("{ dog { name } }")], e.documents.byID["b"])
	require.Same(t, e.documents.byID["b"], e.documents.known("{ dog { name } }"))

	for text, says := range map[string]string{
		"{ dog { wrong } }": `persisted document m.graphql: 1:9: Cannot query field "wrong" on type "Dog".`,
		"{ dog { name }":    "persisted document m.graphql: 1:15: Expected Name, found <EOF>",
		"{ " + strings.Repeat("named { ", 15) + "other { name }" + strings.Repeat("}", 16): "persisted document m.graphql: ",
	} {
		set, err := persisted.Load(fstest.MapFS{"m.graphql": {Data: []byte(text)}})
		require.NoError(t, err)
		_, err = newHandler(echo(loadPets()), Options{Documents: set, Logger: slog.New(slog.DiscardHandler)})
		require.ErrorContains(t, err, says)
	}
}

func TestPersistedOnly(t *testing.T) {
	t.Parallel()
	e := newEcho(t, Options{PersistedOnly: true, MayRegister: func(context.Context) bool { return true }}, map[string]string{"a.graphql": "{ dog { name } }"})
	require.Empty(t, e.answerTo(t.Context(), &graphql.RawParams{}, hashed("{ dog { name } }")).Errors)
	require.Empty(t, e.answerTo(t.Context(), &graphql.RawParams{Query: "{ dog { name } }"}, "").Errors)
	const other = "{ cat { name } }"
	for _, params := range []*graphql.RawParams{{Query: other}, {Query: other, Extensions: apollo(json.Number("1"), hashed(other))}} {
		response := e.answerTo(t.Context(), params, "")
		require.Len(t, response.Errors, 1)
		require.Equal(t, "PERSISTED_QUERY_REQUIRED", response.Errors[0].Extensions["code"])
	}
}

// TestRegistration is the conversation of Apollo's clients.
func TestRegistration(t *testing.T) {
	t.Parallel()
	type signedIn struct{}
	e := newEcho(t, Options{MayRegister: func(ctx context.Context) bool { return ctx.Value(signedIn{}) != nil }}, nil)
	merchant := context.WithValue(t.Context(), signedIn{}, true)
	const text = "{ dog { name } }"
	one := json.Number("1")
	code := func(ctx context.Context, query string) any {
		r := e.answerTo(ctx, &graphql.RawParams{Query: query, Extensions: apollo(one, hashed(text))}, "")
		if len(r.Errors) == 0 {
			return nil
		}
		return r.Errors[0].Extensions["code"]
	}
	require.Equal(t, "PERSISTED_QUERY_NOT_FOUND", code(merchant, ""))
	require.Equal(t, "PERSISTED_QUERY_NOT_SUPPORTED", code(t.Context(), text))
	require.Equal(t, "PERSISTED_QUERY_NOT_FOUND", code(merchant, ""), "a visitor registers nothing")
	require.Nil(t, code(merchant, text))
	require.Nil(t, code(t.Context(), ""), "once registered it is for everybody")
}

func TestCostExtension(t *testing.T) {
	t.Parallel()
	e := newEcho(t, Options{Limits: Limits{Cost: 50}}, nil)
	throttle := map[string]any{"maximumAvailable": 50, "currentlyAvailable": 50, "restoreRate": 50}
	ask := func(n int, value string) *graphql.Response {
		return e.answerTo(t.Context(), &graphql.RawParams{
			Query:     "query($n: Int) { pets(first: $n) { __typename } }",
			Variables: map[string]any{"n": json.Number(fmt.Sprint(n))},
			Headers:   http.Header{"Kirana-Cost": {value}},
		}, "")
	}
	require.Empty(t, ask(10, "").Extensions)
	require.Equal(t, map[string]any{"cost": map[string]any{"requestedQueryCost": 11, "actualQueryCost": 11, "throttleStatus": throttle}}, ask(10, "1").Extensions)
	for _, header := range []string{"", "1"} {
		refused := ask(50, header)
		require.Equal(t, map[string]any{"cost": map[string]any{"requestedQueryCost": 51, "actualQueryCost": nil, "throttleStatus": throttle}}, refused.Extensions)
		require.Len(t, refused.Errors, 1)
		require.Equal(t, "The operation costs 51 points, at most 50.", refused.Errors[0].Message)
		require.Equal(t, "MAX_COST_EXCEEDED", refused.Errors[0].Extensions["code"])
	}
}

func TestOperationIsChosen(t *testing.T) {
	t.Parallel()
	e := newEcho(t, Options{}, nil)
	for name, says := range map[string]string{"A": "", "B": "", "C": "operation C not found", "": "name one in operationName"} {
		response := e.answerTo(t.Context(), &graphql.RawParams{Query: "query A { dog { name } } query B { cat { name } }", OperationName: name}, "")
		if says == "" {
			require.Empty(t, response.Errors)
			continue
		}
		require.Len(t, response.Errors, 1)
		require.Contains(t, response.Errors[0].Message, says)
		require.Equal(t, "GRAPHQL_VALIDATION_FAILED", response.Errors[0].Extensions["code"])
	}
}

// TestOverload is about new documents that come faster than they can be prepared.
func TestOverload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEcho(t, Options{Limits: Limits{Compiles: 1, CompileWait: time.Second}}, nil)
		known := &graphql.RawParams{Query: "{ dog { name } }"}
		require.Empty(t, e.answerTo(t.Context(), known, "").Errors)
		e.documents.turns <- struct{}{} // a document is being prepared and never ends
		require.Empty(t, e.answerTo(t.Context(), known, "").Errors, "known documents do not wait")

		start := time.Now()
		response := e.answerTo(t.Context(), &graphql.RawParams{Query: "{ cat { name } }"}, "")
		require.Equal(t, "OVERLOADED", response.Errors[0].Extensions["code"])
		require.Equal(t, time.Second, time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		response = e.answerTo(ctx, &graphql.RawParams{Query: "{ cat { name } }"}, "")
		require.Equal(t, "UNAVAILABLE", response.Errors[0].Extensions["code"])

		done := make(chan *graphql.Response)
		go func() { done <- e.answerTo(t.Context(), &graphql.RawParams{Query: "{ cat { name } }"}, "") }()
		synctest.Wait()
		<-e.documents.turns
		require.Empty(t, (<-done).Errors, "it had its turn in time")
	})
}

func TestRefusedIsNotRemembered(t *testing.T) {
	t.Parallel()
	e := newEcho(t, Options{}, nil)
	for _, text := range []string{"{", "{ wrong }", "{ dog { name } } #" + strings.Repeat("x", 33<<10)} {
		require.NotEmpty(t, e.answerTo(t.Context(), &graphql.RawParams{Query: text}, "").Errors)
		require.Nil(t, e.documents.known(text))
	}
	require.Zero(t, e.documents.recent.bytes)
}

// TestCache holds the cache against a plain list.
func TestCache(t *testing.T) {
	t.Parallel()
	const budget = 100
	rapid.Check(t, func(t *rapid.T) {
		c := newCache(budget)
		type entry struct {
			key   string
			doc   *document
			bytes int
		}
		var want []entry // the last used last
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			key := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}).Draw(t, "key")
			at := -1
			for i, e := range want {
				if e.key == key {
					at = i
				}
			}
			if rapid.Bool().Draw(t, "get") {
				if got := c.get(key); at < 0 {
					require.Nil(t, got)
				} else {
					require.Same(t, want[at].doc, got)
					want = append(append(want[:at:at], want[at+1:]...), want[at])
				}
				continue
			}
			e := entry{key, &document{text: key}, rapid.IntRange(1, budget+10).Draw(t, "bytes")}
			c.add(key, e.doc, e.bytes)
			if e.bytes > budget {
				continue
			}
			if at >= 0 {
				want = append(want[:at:at], want[at+1:]...)
			}
			want = append(want, e)
			sum := 0
			for _, e := range want {
				sum += e.bytes
			}
			for ; sum > budget; want = want[1:] {
				sum -= want[0].bytes
			}
			require.Equal(t, sum, c.bytes)
			require.Equal(t, len(want), c.list.Len())
		}
	})
}

// TestWeight compares what the cache believes with what the heap says.
//
//nolint:paralleltest // it measures
func TestWeight(t *testing.T) {
	l := newLibrary(loadPets(), DefaultLimits(), true, true)
	for family, size := range map[string]int{
		"aliases": 300, "repeated leaves": 300, "doubled nests": 300, "wide lists": 1 << 10, "wide objects": 1 << 10,
		"variables": 700, "type conditions": 800, "long fragment chains": 200, "long comments": 1 << 10,
	} {
		text := attacks()[family](size)
		const copies = 200
		kept := make([]*document, copies)
		var before, after runtime.MemStats
		runtime.GC() // twice: what earlier tests left in pools is gone after the second alone
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range kept {
			var faults gqlerror.List
			kept[i], faults = l.prepare(text)
			require.Empty(t, faults, family)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		real := float64(len(text)) + float64(after.HeapAlloc-before.HeapAlloc)/copies // the copies share the text
		believed := float64(kept[0].bytes)
		require.InDelta(t, 1, believed/real, 0.5, "%s: %.0f bytes, believed to be %.0f", family, real, believed)
		runtime.KeepAlive(kept)
	}
}

// TestManyAtOnce asks known and new documents from many sides.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	e := newEcho(t, Options{Limits: Limits{CacheBytes: 8 << 10, CompileWait: time.Minute}}, map[string]string{"a.graphql": "{ dog { name } }"})
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			for j := range 50 {
				text := fmt.Sprintf("query($n: Int) { pets(first: $n) { __typename } a%d: pets { __typename } }", (i+j)%7)
				response := e.answerTo(t.Context(), &graphql.RawParams{Query: text, Variables: map[string]any{"n": json.Number("3")}}, "")
				if len(response.Errors) > 0 {
					t.Error(response.Errors)
				}
			}
		})
	}
	group.Wait()
	require.LessOrEqual(t, e.documents.recent.bytes, 8<<10)
}

// TestSubscription goes the way of gqlgen's transports, which ask for one answer after the other.
func TestSubscription(t *testing.T) {
	t.Parallel()
	left, responses := 3, 0
	schema := echo(loadPets()).(*graphql.ExecutableSchemaMock)
	schema.ExecFunc = func(context.Context) graphql.ResponseHandler {
		return func(ctx context.Context) *graphql.Response {
			if left == 0 {
				return nil
			}
			left--
			graphql.AddError(ctx, fault("NOT_FOUND", "%d left", left))
			return &graphql.Response{Data: []byte("1")}
		}
	}
	e := newExecutor(schema, Options{Logger: slog.New(slog.DiscardHandler), PerResponse: func(ctx context.Context, _ bool) context.Context { responses++; return ctx }})
	x, faults := e.prepare(t.Context(), &graphql.RawParams{Query: "subscription { tick }"}, "")
	require.Empty(t, faults)
	next, ctx := e.DispatchOperation(t.Context(), &x.OperationContext)
	for i := range 3 {
		response := next(ctx)
		require.Len(t, response.Errors, 1, "an answer has its own errors")
		require.Equal(t, fmt.Sprintf("%d left", 2-i), response.Errors[0].Message)
	}
	require.Nil(t, next(ctx))
	require.GreaterOrEqual(t, responses, 3)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	require.Nil(t, next(ended))
}

const listDocument = `query List($n: Int!) { pets(first: $n) { __typename ... on Dog { id name size bark(loud: true) friend { name meow } } ... on Cat { id name meow } } }`

// BenchmarkKnown takes a request with a known document up to the execution and back, the execution itself left out.
func BenchmarkKnown(b *testing.B) {
	schema := echo(loadPets()).(*graphql.ExecutableSchemaMock)
	schema.ExecFunc = func(context.Context) graphql.ResponseHandler {
		return func(context.Context) *graphql.Response { return &graphql.Response{} }
	}
	ctx := graphql.StartOperationTrace(b.Context())
	params := func(text string) *graphql.RawParams {
		return &graphql.RawParams{Query: text, Variables: map[string]any{"n": json.Number("20")}}
	}
	ours := newExecutor(schema, Options{Logger: slog.New(slog.DiscardHandler)})
	set, err := persisted.Load(fstest.MapFS{"list.graphql": {Data: []byte(listDocument + " ")}})
	require.NoError(b, err)
	require.NoError(b, ours.documents.persist(set))
	id := hashed(listDocument + " ")
	for name, run := range map[string]func(){
		"by text": func() { ours.answerTo(ctx, params(listDocument), "") },
		"by id":   func() { ours.answerTo(ctx, params(""), id) },
		"no variables": func() {
			ours.answerTo(ctx, &graphql.RawParams{Query: "{ dog { name } }"}, "")
		},
		"gqlgen": gqlgenRun(ctx, schema, params),
	} {
		b.Run(name, func(b *testing.B) {
			run()
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
		})
	}
}

// gqlgenRun is the same with gqlgen's executor, which measures complexity as the handler did before.
func gqlgenRun(ctx context.Context, schema graphql.ExecutableSchema, params func(string) *graphql.RawParams) func() {
	theirs := gqlgen.New(schema)
	theirs.SetQueryCache(lru.New[*ast.QueryDocument](100))
	theirs.Use(extension.FixedComplexityLimit(50_000))
	return func() {
		op, faults := theirs.CreateOperationContext(ctx, params(listDocument))
		if len(faults) > 0 {
			panic(faults)
		}
		next, ctx := theirs.DispatchOperation(ctx, op)
		next(ctx)
	}
}
