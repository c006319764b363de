package graph

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/generated"
	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/resolvers"
)

// deletions writes down under which key each page is deleted, "" for none.
type deletions struct {
	commerce.TextPageWriter

	keys []commerce.IdempotencyKey
}

func (d *deletions) DeletePage(ctx context.Context, _ commerce.Author, _ commerce.PageRef) error {
	k, keyed := commerce.IdempotencyKeyFrom(ctx)
	if keyed == (k == commerce.IdempotencyKey{}) {
		panic("a key is something")
	}
	d.keys = append(d.keys, k)
	return nil
}

// keyedHandler serves mutations of pages to a merchant.
func keyedHandler(t *testing.T, newSchema func(generated.Config) graphql.ExecutableSchema) (*deletions, http.Handler) {
	t.Helper()
	pages := &deletions{}
	schema := newSchema(generated.Config{Schema: publicSchema(), Resolvers: &resolvers.Resolver{PageWriter: pages}, Directives: directives()})
	h, err := newHandler(schema, Options{
		Logger: slog.New(slog.DiscardHandler),
		PerResponse: func(ctx context.Context, _ bool) context.Context {
			viewer := &commerce.Viewer{Merchant: 7, Grants: []commerce.Grant{{Store: 1, Handle: "corner", Scopes: commerce.Scopes()}}}
			ctx = auth.With(ctx, auth.Request{StoreHandle: "corner", Viewer: viewer})
			return dataloader.With(ctx, dataloader.New(dataloader.Readers{Stores: twoStores{}}))
		},
	})
	require.NoError(t, err)
	return pages, h
}

// keysOf are the keys under which the mutations of a request are carried out, and the codes of its faults.
func keysOf(t *testing.T, newSchema func(generated.Config) graphql.ExecutableSchema, query, header string, variables map[string]any) (keys []commerce.IdempotencyKey, codes []string) {
	t.Helper()
	pages, h := keyedHandler(t, newSchema)
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(t, err)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	if header != "" {
		r.Header.Set("Idempotency-Key", header)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var answer struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	for _, e := range answer.Errors {
		codes = append(codes, e.Extensions.Code)
	}
	return pages.keys, codes
}

// keyOfPage is the key of the mutation that the documents below ask.
func keyOfPage(t *testing.T, key, place, page string) commerce.IdempotencyKey {
	t.Helper()
	k, err := commerce.KeyedMutation{
		Viewer: &commerce.Viewer{Merchant: 7}, Name: "pageDelete", Key: key, Place: place,
		Arguments: map[string]any{"input": map[string]any{"id": page}},
	}.IdempotencyKey()
	require.NoError(t, err)
	return k
}

// Both executors carry a mutation out under the key that its document or its request says.
func TestKeysOfMutations(t *testing.T) {
	t.Parallel()
	const one, two, key = "gid://kirana/Page/1/1", "gid://kirana/Page/1/2", "0123456789abcdef"
	none := commerce.IdempotencyKey{}
	executors := map[string]func(generated.Config) graphql.ExecutableSchema{
		"plan":   func(c generated.Config) graphql.ExecutableSchema { return generated.NewPlan(c) },
		"gqlgen": generated.NewExecutableSchema,
	}
	for name, c := range map[string]struct {
		query, header string
		variables     map[string]any
		keys          []commerce.IdempotencyKey
		codes         []string
	}{
		"none": {query: `mutation { pageDelete(input: {id: "` + one + `"}) { deletedPageId } }`, keys: []commerce.IdempotencyKey{none}},
		"a literal": {
			query: `mutation { pageDelete(input: {id: "` + one + `"}) @idempotent(key: "` + key + `") { deletedPageId } }`,
			keys:  []commerce.IdempotencyKey{keyOfPage(t, key, "", one)},
		},
		"variables, an alias and a fragment": {
			query: `mutation($k: String!, $id: ID!) { ...f } fragment f on Mutation { a: pageDelete(input: {id: $id}) @idempotent(key: $k) { deletedPageId } }`,
			keys:  []commerce.IdempotencyKey{keyOfPage(t, key, "", one)}, variables: map[string]any{"k": key, "id": one},
		},
		"the header": {
			query: `mutation { a: pageDelete(input: {id: "` + one + `"}) { deletedPageId } b: pageDelete(input: {id: "` + one + `"}) { deletedPageId } }`,
			keys:  []commerce.IdempotencyKey{keyOfPage(t, key, "a", one), keyOfPage(t, key, "b", one)}, header: key,
		},
		"the header in quotation marks": {
			query: `mutation { a: pageDelete(input: {id: "` + one + `"}) { deletedPageId } }`,
			keys:  []commerce.IdempotencyKey{keyOfPage(t, key, "a", one)}, header: `"` + key + `"`,
		},
		"the directive comes first": {
			query: `mutation { a: pageDelete(input: {id: "` + one + `"}) @idempotent(key: "` + key + `") { deletedPageId } b: pageDelete(input: {id: "` + two + `"}) { deletedPageId } }`,
			keys:  []commerce.IdempotencyKey{keyOfPage(t, key, "", one), keyOfPage(t, key+"2", "b", two)}, header: key + "2",
		},
		"the same field twice": {
			query: `mutation { pageDelete(input: {id: "` + one + `"}) @idempotent(key: "` + key + `") { deletedPageId } pageDelete(input: {id: "` + one + `"}) @idempotent(key: "` + key + `") { __typename } }`,
			keys:  []commerce.IdempotencyKey{keyOfPage(t, key, "", one)},
		},
		"the same field under two keys": {
			query: `mutation { pageDelete(input: {id: "` + one + `"}) @idempotent(key: "` + key + `") { deletedPageId } pageDelete(input: {id: "` + one + `"}) { __typename } }`,
			codes: []string{"GRAPHQL_VALIDATION_FAILED"},
		},
		"too short": {
			query: `mutation { pageDelete(input: {id: "` + one + `"}) @idempotent(key: "123456789012345") { deletedPageId } }`, codes: []string{"BAD_USER_INPUT"},
		},
		"empty":            {query: `mutation { pageDelete(input: {id: "` + one + `"}) @idempotent(key: "") { deletedPageId } }`, codes: []string{"BAD_USER_INPUT"}},
		"no key":           {query: `mutation { pageDelete(input: {id: "` + one + `"}) @idempotent { deletedPageId } }`, codes: []string{"GRAPHQL_VALIDATION_FAILED"}},
		"not a mutation":   {query: `{ shop @idempotent(key: "` + key + `") { name } }`, codes: []string{"GRAPHQL_VALIDATION_FAILED"}},
		"below a mutation": {query: `mutation { pageDelete(input: {id: "x"}) { deletedPageId @idempotent(key: "` + key + `") } }`, codes: []string{"GRAPHQL_VALIDATION_FAILED"}},
		"of a mutation":    {query: `mutation @idempotent(key: "` + key + `") { pageDelete(input: {id: "x"}) { deletedPageId } }`, codes: []string{"GRAPHQL_VALIDATION_FAILED"}},
	} {
		for executor, newSchema := range executors {
			t.Run(name+", "+executor, func(t *testing.T) {
				t.Parallel()
				keys, codes := keysOf(t, newSchema, c.query, c.header, c.variables)
				require.Equal(t, c.codes, codes)
				require.Equal(t, c.keys, keys)
			})
		}
	}
}

// A document with keys runs on a plan.
func TestKeyedMutationsRunOnAPlan(t *testing.T) {
	t.Parallel()
	schema := generated.NewPlan(generated.Config{Schema: publicSchema(), Directives: directives()})
	e := newExecutor(schema, Options{Logger: slog.New(slog.DiscardHandler)})
	x, faults := e.prepare(t.Context(), &graphql.RawParams{
		Query:     `mutation($k: String!) { pageDelete(input: {id: "x"}) @idempotent(key: $k) { deletedPageId } }`,
		Variables: map[string]any{"k": "0123456789abcdef"},
	}, "")
	require.Empty(t, faults)
	_, err := x.operation.plans.Plan(&x.OperationContext)
	require.NoError(t, err)
}

// withHeader sends every request with a header.
type withHeader struct {
	http.RoundTripper

	name, value string
}

// RoundTrip adds the header.
func (w withHeader) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set(w.name, w.value)
	return w.RoundTripper.RoundTrip(r)
}

// A connection has one header and many mutations, which it is not the key of.
func TestHeaderOfAConnectionIsNoKey(t *testing.T) {
	t.Parallel()
	pages, h := keyedHandler(t, func(c generated.Config) graphql.ExecutableSchema { return generated.NewPlan(c) })
	client := serve(t, h)
	client.Transport = withHeader{client.Transport, "Idempotency-Key", "0123456789abcdef"}
	p := dial(t, client, "graphql-transport-ws")
	p.say(hello, `{"id":"1","type":"subscribe","payload":{"query":"mutation { pageDelete(input: {id: \"gid://kirana/Page/1/1\"}) { deletedPageId } }"}}`)
	p.hear(ack, `{"id":"1","type":"next","payload":{"data":{"pageDelete":{"deletedPageId":"gid://kirana/Page/1/1"}}}}`, end("1"))
	require.Equal(t, []commerce.IdempotencyKey{{}}, pages.keys)
}
