package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph"
)

// TestClientFaults is about faults of the client: each names the argument or variable it is about.
func TestClientFaults(t *testing.T) {
	t.Parallel()
	b := setup(t, &world{}, graph.Options{})
	inStore := func(field string) string { return `{ store(handle: "corner") { ` + field + ` } }` }
	for _, c := range []struct {
		name, query, variables string
		code, argument, says   string
		path                   []any
	}{
		{name: "id", query: `{ node(id: "nonsense") { id } }`, code: "BAD_USER_INPUT", argument: "id", says: "is not an id of this API", path: []any{"node"}},
		{
			name: "id of another kind", query: inStore(`product(id: "gid://kirana/Store/1") { id }`), code: "BAD_USER_INPUT", argument: "id",
			says: "is not the id of a Product", path: []any{"store", "product"},
		},
		{
			name: "cursor", query: inStore(`products(first: 1, after: "nonsense") { nodes { id } }`), code: "BAD_USER_INPUT", argument: "after",
			says: "not a cursor of this list", path: []any{"store", "products"},
		},
		{name: "no page size", query: inStore(`products { nodes { id } }`), code: "BAD_USER_INPUT", argument: "first", says: "first or last", path: []any{"store", "products"}},
		{name: "page size", query: inStore(`products(first: 251) { nodes { id } }`), code: "BAD_USER_INPUT", argument: "first", says: "251 is outside 0 to 250", path: []any{"store", "products"}},
		{name: "negative page size", query: inStore(`products(last: -1) { nodes { id } }`), code: "BAD_USER_INPUT", argument: "last", says: "-1 is outside", path: []any{"store", "products"}},
		{
			name: "filter", query: inStore(`search(query: "", first: 1, productFilters: [{ available: true, tag: "x" }]) { totalCount }`), code: "BAD_USER_INPUT",
			argument: "productFilters", says: "exactly one of", path: []any{"store", "search"},
		},
		{name: "no current store", query: `{ products(first: 1) { nodes { id } } }`, code: "STORE_REQUIRED", says: "needs a current store", path: []any{"products"}},
		{name: "literal of another type", query: inStore(`products(first: "1") { nodes { id } }`), code: "BAD_USER_INPUT", says: `Int cannot represent non-integer value: "1"`},
		{name: "literal of another enum", query: inStore(`products(first: 1, sortKey: SIZE) { nodes { id } }`), code: "BAD_USER_INPUT", says: `Value "SIZE" does not exist`},
		{name: "literal without end", query: inStore(`products(first: 99999999999999999999) { nodes { id } }`), code: "BAD_USER_INPUT", says: "The number 99999999999999999999 is out of range."},
		{name: "fraction without end", query: inStore(`search(query: "", first: 1, productFilters: [{ price: { max: 1e999 } }]) { totalCount }`), code: "BAD_USER_INPUT", says: "The number 1e999 is out of range."},
		{name: "U+0000 in a literal", query: `{ store(handle: "a\u0000") { id } }`, code: "BAD_USER_INPUT", says: "U+0000"},
		{name: "unknown argument", query: inStore(`products(size: 1) { nodes { id } }`), code: "GRAPHQL_VALIDATION_FAILED", says: `Unknown argument "size"`},
		{name: "U+0000 in a variable", query: `query($h: String) { store(handle: $h) { id } }`, variables: `{"h":"a\u0000"}`, code: "BAD_USER_INPUT", says: "U+0000"},
		{name: "no variable", query: `query($n: Int!) { stores(first: $n) { nodes { id } } }`, code: "BAD_USER_INPUT", says: `Variable "$n": must be defined.`},
		{name: "variable of another type", query: `query($n: Int!) { stores(first: $n) { nodes { id } } }`, variables: `{"n":"many"}`, code: "BAD_USER_INPUT", says: `Variable "$n": cannot use string as Int.`},
		{name: "variable without end", query: `query($n: Int!) { stores(first: $n) { nodes { id } } }`, variables: `{"n":99999999999999999999}`, code: "BAD_USER_INPUT", says: `Variable "$n": cannot use value`},
		{
			name: "deep in a variable", query: `query($f: [ProductFilter!]) { store(handle: "corner") { search(query: "", first: 1, productFilters: $f) { totalCount } } }`,
			variables: `{"f":[{"tag":"x"},{"price":{"max":"much"}}]}`, code: "BAD_USER_INPUT", says: `Variable "$f[1].price.max": cannot use string as Float.`,
		},
		{
			name: "an enum the validator takes and the type does not", query: `query($s: ProductSortKeys) { store(handle: "corner") { products(first: 1, sortKey: $s) { nodes { id } } } }`,
			variables: `{"s":"title"}`, code: "BAD_USER_INPUT", argument: "sortKey", says: `Argument "sortKey": title is not a valid ProductSortKeys.`, path: []any{"store", "products"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := b.ask(t, c.query, c.variables)
			require.Len(t, a.Errors, 1)
			e := a.Errors[0]
			require.Equal(t, c.code, e.Extensions["code"])
			require.Contains(t, e.Message, c.says)
			require.Equal(t, c.path, e.Path)
			if c.argument == "" {
				require.NotContains(t, e.Extensions, "argument")
			} else {
				require.Equal(t, c.argument, e.Extensions["argument"])
			}
			require.NotContains(t, e.Extensions, "requestId")
		})
	}
	require.Empty(t, b.log.String(), "clients' faults are not logged")
}

func TestUnknownStoreIsNull(t *testing.T) {
	t.Parallel()
	a := setup(t, &world{}, graph.Options{}).ask(t, `{ store(handle: "none") { name } }`, "")
	require.Empty(t, a.Errors)
	require.JSONEq(t, `{"store":null}`, string(a.Data))
}

// TestNothingLeaks is about errors that nobody wrote for clients.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`pq: password authentication failed for user "kirana" at db-3.internal:5432`,
		`dial tcp 10.0.3.7:5432: connect: connection refused`,
		`pq: relation "products" does not exist: SELECT p.id FROM products p WHERE store_id = $1`,
		"goroutine 1 [running]: main.main() db/product.go:12",
	} {
		hidden := errors.New(text)
		for name, w := range map[string]*world{
			"plain":   {err: hidden},
			"wrapped": {err: fmt.Errorf("read products: %w", hidden)},
			"panic":   {panics: hidden},
			"domain":  {err: fmt.Errorf("read products: %w", commerce.Unavailable("The catalogue", hidden))},
		} {
			t.Run(name+" "+text[:8], func(t *testing.T) {
				t.Parallel()
				b := setup(t, w, graph.Options{})
				a := b.ask(t, `{ store(handle: "corner") { name a: product(handle: "rice-1") { title } b: product(handle: "rice-2") { title } products(first: 1) { nodes { id } } } }`, "")
				require.NotEmpty(t, a.Errors)
				shown, err := json.Marshal(a)
				require.NoError(t, err)
				for _, e := range a.Errors {
					code, says := "INTERNAL", "Something went wrong on our side."
					if name == "domain" {
						code, says = "UNAVAILABLE", "The catalogue is not available right now. Try again in a moment."
					}
					require.Equal(t, map[string]any{"code": code, "requestId": "id-1"}, e.Extensions)
					require.Equal(t, says, e.Message)
				}
				for _, word := range []string{"pq", "10.0.3.7", "SELECT", "internal:", "goroutine", ".go", "read products"} {
					require.NotContains(t, string(shown), word)
				}
				quoted, err := json.Marshal(text)
				require.NoError(t, err)
				require.Contains(t, b.log.String(), strings.Trim(string(quoted), `"`))
				require.Contains(t, b.log.String(), `"request_id":"id-1"`)
				if name == "panic" {
					require.Contains(t, b.log.String(), "world_test.go", "the stack")
				} else {
					require.Equal(t, 1, strings.Count(b.log.String(), "\n"), "logged once, however many fields share it")
				}
			})
		}
	}
}

// TestOnlySearchBreaks is about one part being down: what does not need it is answered.
func TestOnlySearchBreaks(t *testing.T) {
	t.Parallel()
	b := setup(t, &world{search: func() error {
		return commerce.Unavailable("Search", errors.New("dial tcp 10.0.3.9:9200: connect: connection refused"))
	}}, graph.Options{})
	a := b.ask(t, `{ store(handle: "corner") { name products(first: 3) { nodes { title } } } down: store(handle: "corner") { search(query: "rice", first: 1) { totalCount } } }`, "")
	require.JSONEq(t, `{"store":{"name":"Corner","products":{"nodes":[{"title":"Rice 1"},{"title":"Rice 2"},{"title":"Rice 3"}]}},"down":null}`, string(a.Data))
	require.Len(t, a.Errors, 1)
	require.Equal(t, "UNAVAILABLE", a.Errors[0].Extensions["code"])
	require.Equal(t, "Search is not available right now. Try again in a moment.", a.Errors[0].Message)
	require.Equal(t, []any{"down", "search"}, a.Errors[0].Path)
}

func TestTimeLimit(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"its own error": context.DeadlineExceeded, "a driver's": errors.New("pq: canceling statement due to user request")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, &world{err: err, wait: func(ctx context.Context) { <-ctx.Done() }}, graph.Options{})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				w, a := b.send(t, postRequest(t, `{"query":"{ store(handle: \"corner\") { products(first: 1) { nodes { id } } } }"}`).WithContext(ctx))
				require.Equal(t, 200, w.Code)
				require.Len(t, a.Errors, 1)
				require.Equal(t, "The request took too long.", a.Errors[0].Message)
				require.Equal(t, map[string]any{"code": "UNAVAILABLE", "requestId": "id-1"}, a.Errors[0].Extensions)
			})
		})
	}
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	closed, open := setup(t, &world{}, graph.Options{}), setup(t, &world{}, graph.Options{Introspection: true})
	for _, query := range []string{
		`{ stor { id } }`, `{ store(handel: "x") { id } }`, `{ store(handle: "x") { products(first: 1, sortKey: TITEL) { nodes { id } } } }`,
		`query($a: Strin) { store(handle: $a) { id } }`, `{ store(handle: "x") { ... on Stor { id } } }`, `{ stores(first: 1) }`,
		`{ store(handle: "x") { search(query: "", first: 1, productFilters: [{ tagg: "x" }]) { totalCount } } }`,
	} {
		for _, e := range closed.ask(t, query, "").Errors {
			require.NotContains(t, e.Message, "Did you mean", query)
		}
		require.NotEmpty(t, open.ask(t, query, "").Errors)
	}
	require.Contains(t, open.ask(t, `{ stor { id } }`, "").Errors[0].Message, `Did you mean`)
}
