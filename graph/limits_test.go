package graph_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/graph"
)

// nested asks for a product and its store in turn, the outermost field included n fields deep.
func nested(n int) string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = "store"
		if i%2 == 1 {
			fields[i] = `product(handle: "rice-1")`
		}
	}
	fields[0], fields[n-1] = `store(handle: "corner")`, "id"
	return "{ " + strings.Join(fields, " { ") + strings.Repeat(" }", n)
}

func repeated(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "#", strconv.Itoa(i)))
	}
	return b.String()
}

// bomb is fragments of fragments: each doubles the one below.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString(`{ store(handle: "corner") { ...F0 } }`)
	for i := range levels {
		fmt.Fprintf(&b, " fragment F%d on Store { ...F%d ...F%d }", i, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Store { name }", levels)
	return b.String()
}

func TestLimits(t *testing.T) {
	t.Parallel()
	b := setup(t, &world{}, graph.Options{})
	for _, c := range []struct{ name, query, says string }{
		{name: "as deep as may be", query: nested(15)},
		{name: "too deep", query: nested(16), says: "Fields stand 16 levels deep"},
		{name: "too deep in fragments", query: `{ store(handle: "corner") { ...A } } fragment A on Store { product(handle: "x") { store ` + strings.TrimPrefix(nested(14), `{ store(handle: "corner")`) + ` }`, says: "16 levels deep"},
		{name: "as many aliases as may be", query: `{ store(handle: "corner") { ` + repeated(50, "a#: name ") + `} }`},
		{name: "too many aliases", query: `{ store(handle: "corner") { ` + repeated(51, "a#: name ") + `} }`, says: "renames 51 fields"},
		{name: "too many aliases in a fragment used twice", query: `{ store(handle: "corner") { ...A } b: store(handle: "corner") { ...A } } fragment A on Store { ` + repeated(26, "a#: name ") + `}`, says: "renames 53 fields"},
		{name: "as many root fields as may be", query: "{ " + repeated(20, `a#: store(handle: "corner") { id } `) + "}"},
		{name: "too many root fields", query: "{ " + repeated(21, `a#: store(handle: "corner") { id } `) + "}", says: "21 fields on its outermost level"},
		{name: "too many root fields in fragments", query: "{ ...A ...A } fragment A on Query { " + repeated(11, `a#: store(handle: "corner") { id } `) + "}", says: "22 fields on its outermost level"},
		{name: "too many tokens", query: `{ store(handle: "corner") { ` + strings.Repeat("name ", 2000) + `} }`, says: "more than 2000 tokens"},
		{name: "too long", query: "{ __typename } #" + strings.Repeat("x", 32<<10), says: "The document has 32784 bytes"},
		{name: "fragments of fragments", query: bomb(8)},
		{name: "many fragments of fragments", query: bomb(90), says: "The document asks for"},
		{name: "too many fragments", query: bomb(150), says: "The document has 151 fragments"},
		{name: "too many operations", query: repeated(21, "query A# { __typename } "), says: "The document has 21 operations"},
		{name: "as many variables as may be", query: "query(" + repeated(100, `$a#: ID! = "gid://kirana/Store/1" `) + ") { nodes(ids: [" + repeated(100, "$a# ") + "]) { __typename } }"},
		{name: "too many variables", query: "query(" + repeated(101, `$a#: ID! = "gid://kirana/Store/1" `) + ") { nodes(ids: [" + repeated(101, "$a# ") + "]) { __typename } }", says: "The document declares 101 variables"},
		{name: "as many directives as may be", query: `{ store(handle: "corner") { ` + repeated(20, "a#: name @skip(if: false) @include(if: true) ") + repeated(10, "... @skip(if: true) { name } ") + "} }"},
		{name: "too many directives", query: "{ __typename " + strings.Repeat("@aa", 51) + " }", says: "The document has 51 directives"},
		{name: "too many directives in one place", query: "{ __typename " + strings.Repeat("@aa", 9) + " }", says: "The document has 9 directives in one place, at most 8."},
		{name: "as many repeats as may be", query: `{ store(handle: "corner") { ` + strings.Repeat("name ", 100) + `} }`},
		{name: "too many repeats", query: `{ store(handle: "corner") { ` + strings.Repeat("name ", 101) + `} }`, says: `The document asks 101 times for "name" in one place`},
		{name: "too many repeats in fragments", query: `{ store(handle: "corner") { ...A ...B ... { ...A name } } } fragment A on Store { ` + strings.Repeat("name ", 50) + `} fragment B on Store { ` + strings.Repeat("name ", 50) + `}`, says: `The document asks 101 times for "name" in one place`},
		{name: "as dear as may be", query: `{ store(handle: "corner") { products(first: 250) { nodes { ` + repeated(40, "a#: id ") + ` variants(first: 30) { nodes { id sku title } } } } } }`},
		{name: "too dear", query: `{ store(handle: "corner") { products(first: 250) { nodes { variants(first: 100) { nodes { id sku } } } } } }`, says: "costs 75"},
		{name: "too dear by far", query: `{ stores(first: 250) { nodes { products(first: 250) { nodes { collections(first: 250) { nodes { products(first: 250) { nodes { variants(first: 250) { nodes { id } } } } } } } } } } }`, says: "The operation costs"},
		{name: "too many nodes", query: `query($n: [ID!]!) { nodes(ids: $n) { ... on Store { products(first: 250) { nodes { id } } } } }`, says: "The operation costs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := b.ask(t, c.query, `{"n":[`+strings.TrimSuffix(repeated(250, `"gid://kirana/Store/#",`), ",")+`]}`)
			if c.says == "" {
				require.Empty(t, a.Errors)
				return
			}
			require.Len(t, a.Errors, 1)
			require.Equal(t, "MAX_COST_EXCEEDED", a.Errors[0].Extensions["code"])
			require.Contains(t, a.Errors[0].Message, c.says)
		})
	}
}

// TestKnownDocuments is about the cache: what is remembered is only what passed.
func TestKnownDocuments(t *testing.T) {
	t.Parallel()
	b := setup(t, &world{}, graph.Options{Limits: graph.Limits{CacheBytes: 1 << 10}})
	for range 3 {
		require.Empty(t, b.ask(t, `{ store(handle: "corner") { id } }`, "").Errors)
		require.Equal(t, "MAX_COST_EXCEEDED", b.ask(t, nested(16), "").Errors[0].Extensions["code"])
		require.Equal(t, "BAD_USER_INPUT", b.ask(t, `query($h: String) { store(handle: $h) { id } }`, `{"h":"\u0000"}`).Errors[0].Extensions["code"])
	}
}

func TestIntrospection(t *testing.T) {
	t.Parallel()
	of := "name"
	for range 12 { // deeper than any other field may stand
		of = "name ofType { " + of + " }"
	}
	query := `{ __schema { queryType { name } directives { name } types { name kind fields { name args { name type { ` + of + ` } } type { ` + of + ` } } } } }`
	closed, open := setup(t, &world{}, graph.Options{}), setup(t, &world{}, graph.Options{Introspection: true})

	a := open.ask(t, query, "")
	require.Empty(t, a.Errors)
	require.Contains(t, string(a.Data), `"ProductVariant"`)
	for _, internal := range []string{"goField", `"defer"`} {
		require.NotContains(t, string(a.Data), internal)
	}
	require.Equal(t, "GRAPHQL_VALIDATION_FAILED", open.ask(t, `{ ... @defer { stores(first: 1) { nodes { id } } } }`, "").Errors[0].Extensions["code"])

	for _, q := range []string{query, `{ __type(name: "Store") { name } }`, `{ ...A } fragment A on Query { __schema { queryType { name } } }`} {
		a = closed.ask(t, q, "")
		require.Len(t, a.Errors, 1)
		require.Equal(t, "GRAPHQL_VALIDATION_FAILED", a.Errors[0].Extensions["code"])
		require.Contains(t, a.Errors[0].Message, "Introspection is off")
	}
	require.Empty(t, closed.ask(t, `{ __typename store(handle: "corner") { __typename } }`, "").Errors)

	// Where it depends on who asks, a document that was prepared for one is refused to the other.
	may := false
	picky := setup(t, &world{}, graph.Options{MayIntrospect: func(context.Context) bool { return may }})
	for range 2 {
		may = true
		require.Contains(t, string(picky.ask(t, query, "").Data), `"ProductVariant"`)
		may = false
		require.Contains(t, picky.ask(t, query, "").Errors[0].Message, "Introspection is off")
	}
	require.NotContains(t, picky.ask(t, `{ stor { id } }`, "").Errors[0].Message, "Did you mean")
}

func TestSchema(t *testing.T) {
	t.Parallel()
	sdl := graph.SDL()
	require.Contains(t, sdl, "type Query {")
	require.Contains(t, sdl, "A shop: it owns products and collections")
	for _, internal := range []string{"goField", "@defer", "__Schema"} {
		require.NotContains(t, sdl, internal)
	}
	w := httptest.NewRecorder()
	graph.Schema().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/schema.graphql", nil))
	require.Equal(t, 200, w.Code)
	require.Equal(t, sdl, w.Body.String())

	r := httptest.NewRequestWithContext(t.Context(), "GET", "/schema.graphql", nil)
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	w = httptest.NewRecorder()
	graph.Schema().ServeHTTP(w, r)
	require.Equal(t, 304, w.Code)
}
