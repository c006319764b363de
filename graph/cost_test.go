package graph

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/commerce"
)

// prepared prepares a document for the project's own schema.
func prepared(tb testing.TB, text string) *document {
	tb.Helper()
	doc, faults := newLibrary(publicSchema(), Limits{}.orDefault(), true, true).prepare(text)
	require.Empty(tb, faults, text)
	return doc
}

// example is a literal of a type.
func example(schema *ast.Schema, of *ast.Type) string {
	def := schema.Types[of.Name()]
	switch {
	case of.Elem != nil:
		return "[" + example(schema, of.Elem) + "]"
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name
	case of.NamedType == "Int":
		return "1"
	}
	return `""`
}

// pathTo is how the tests reach a thing of each type that has lists.
func pathTo(object string) string {
	return map[string]string{
		"Query":      "{ # }",
		"Store":      `{ store(handle: "") { # } }`,
		"Product":    `{ product(handle: "") { # } }`,
		"Collection": `{ collection(handle: "") { # } }`,
		"Page":       `{ page(handle: "") { # } }`,
		"Shop":       `{ shop { # } }`,

		"Cart":              `{ cart(id: "") { # } }`,
		"Customer":          `{ customer(customerAccessToken: "") { # } }`,
		"CartDeliveryGroup": `{ cart(id: "") { deliveryGroups(first: 1) { nodes { # } } } }`,

		"ProductVariant":  `{ product(handle: "") { variants(first: 1) { nodes { # } } } }`,
		"Metafield":       `{ product(handle: "") { metafield(key: "") { # } } }`,
		"SearchAnalytics": `{ store { searchAnalytics { # } } }`,

		"Job": `{ store { job(id: "gid://kirana/Job/1/1") { # } } }`,
	}[object]
}

// TestEveryListHasACost asks the cost of every field of the schema that takes a page size or a list of ids, both with the
// size in the document and in a variable.
func TestEveryListHasACost(t *testing.T) {
	t.Parallel()
	schema := publicSchema()
	seen := 0
	for _, def := range schema.Types {
		if def.Kind != ast.Object || def.BuiltIn {
			continue
		}
		for _, field := range def.Fields {
			for _, name := range []string{"first", "last", "ids", "identifiers"} {
				sized := field.Arguments.ForName(name)
				if sized == nil {
					continue
				}
				seen++
				others := ""
				for _, a := range field.Arguments {
					if a.Type.NonNull && a.Name != name {
						others += a.Name + ": " + example(schema, a.Type) + " "
					}
				}
				value, variable := any(10), any(json.Number("10"))
				if name == "ids" {
					list := make([]any, 10)
					for i := range list {
						list[i] = "gid://kirana/Store/1"
					}
					text, err := json.Marshal(list)
					require.NoError(t, err)
					value, variable = string(text), list
				}
				if name == "identifiers" {
					value, variable = "["+strings.Repeat(`{key: "a"} `, 10)+"]", slices.Repeat([]any{map[string]any{"key": "a"}}, 10)
				}
				require.NotEmpty(t, pathTo(def.Name), "no path to a %s", def.Name)
				ask := func(size any) string {
					return strings.Replace(pathTo(def.Name), "#", fmt.Sprintf("%s(%s %s: %v) { __typename }", field.Name, others, name, size), 1)
				}
				outside := strings.Count(pathTo(def.Name), "{") - 1
				literal := prepared(t, ask(value)).operations[0].cost
				require.Equal(t, 11+outside, literal.at(nil), "%s.%s(%s: 10)", def.Name, field.Name, name)
				require.Empty(t, literal.lists, "known when it is prepared")
				declared := prepared(t, "query($n: "+sized.Type.String()+")"+ask("$n")).operations[0].cost
				require.Equal(t, 11+outside, declared.at(map[string]any{"n": variable}), "%s.%s(%s: $n)", def.Name, field.Name, name)
			}
		}
	}
	require.GreaterOrEqual(t, seen, 20)
}

func TestCost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, query string
		variables   map[string]any
		want        int
	}{
		{name: "fields", query: `{ a: __typename store(handle: "") { id name } }`, want: 4},
		{name: "none given", query: `{ products { nodes { id } } }`, want: 3},
		{name: "first", query: `{ products(first: 3) { nodes { id } } }`, want: 7},
		{name: "last", query: `{ products(last: 3) { nodes { id } } }`, want: 7},
		{name: "both: the larger", query: `{ products(first: 2, last: 3) { nodes { id } } }`, want: 7},
		{name: "both, one of a request", query: `query($n: Int) { products(first: 2, last: $n) { nodes { id } } }`, variables: map[string]any{"n": int64(3)}, want: 7},
		{name: "nothing", query: `{ products(first: 0) { nodes { id } } }`, want: 3},
		{name: "negative", query: `query($n: Int) { products(first: $n) { nodes { id } } }`, variables: map[string]any{"n": int64(-7)}, want: 3},
		{name: "more than a page", query: `query($n: Int) { products(first: $n) { nodes { id } } }`, variables: map[string]any{"n": int64(1) << 40}, want: 501},
		{name: "a fraction", query: `query($n: Int) { products(first: $n) { nodes { id } } }`, variables: map[string]any{"n": math.Inf(1)}, want: 501},
		{name: "a text", query: `query($n: Int) { products(first: $n) { nodes { id } } }`, variables: map[string]any{"n": "3"}, want: 7},
		{name: "no size", query: `query($n: Int) { products(first: $n) { nodes { id } } }`, want: 3},
		{name: "null", query: `{ products(first: null) { nodes { id } } }`, want: 3},
		{name: "options are few", query: `{ product(handle: "") { options { id name } } }`, want: 2 + 2*commerce.MaxOptions},
		{name: "options, by a variable nobody gives", query: `query($n: Int) { product(handle: "") { options(first: $n) { id name } } }`, want: 2 + 2*commerce.MaxOptions},
		{name: "a variable inside a literal", query: `query($n: Int) { products(first: 10) { nodes { id variants(first: $n) { nodes { id } } } } }`, variables: map[string]any{"n": int64(5)}, want: 1 + 10*(1+1+1+5*2)},
		{name: "a literal inside a variable", query: `query($n: Int) { products(first: $n) { nodes { id variants(first: 5) { nodes { id } } } } }`, variables: map[string]any{"n": int64(10)}, want: 1 + 10*(1+1+1+5*2)},
		{name: "a fragment for each use", query: `query($n: Int) { a: store(handle: "") { ...F } b: store(handle: "") { ...F } } fragment F on Store { id products(first: $n) { nodes { id } } }`, variables: map[string]any{"n": int64(3)}, want: 2 * (2 + 7)},
		{name: "inline fragments", query: `{ node(id: "") { id ... on Store { name } ... on Product { title } } }`, want: 4},
		{name: "recommendations are ten", query: `{ productRecommendations(productHandle: "") { id title } }`, want: 1 + 2*commerce.MaxRecommendations},
		{name: "recommendations of a store", query: `{ store(handle: "") { productRecommendations(productHandle: "") { id title } } }`, want: 2 + 2*commerce.MaxRecommendations},
		{name: "a histogram of ten", query: `{ search(first: 1, query: "") { productFilters { histogram { count } } } }`, want: 1 + 1 + 1 + 10},
		{name: "a histogram", query: `query($n: Int) { search(first: 1, query: "") { productFilters { histogram(buckets: $n) { count } } } }`, variables: map[string]any{"n": int64(50)}, want: 1 + 1 + 1 + 50},
		{name: "no ids", query: `{ nodes(ids: []) { id } }`, want: 1},
		{name: "one id", query: `{ nodes(ids: "a") { id } }`, want: 2},
		{name: "the schema", query: `{ __schema { queryType { name } } id: __typename }`, want: 1},
		{name: "what a mutation is given", query: `mutation { productSet(input: {title: "a", tags: ["a", "b"], variants: [{price: 1, optionValues: []}, {price: 2, optionValues: [{optionName: "a", name: "b"}]}]}) { product { id } } }`, want: 3 + 2 + 2 + 1},
		{
			name: "what a mutation is given by a variable", query: `mutation($in: ProductSetInput!) { productSet(input: $in) { product { id } } }`,
			variables: map[string]any{"in": map[string]any{"title": "a", "tags": []any{"a", "b"}, "variants": []any{map[string]any{"optionValues": []any{map[string]any{}}}}}}, want: 3 + 2 + 1 + 1,
		},
		{name: "parts of what a mutation is given", query: `mutation($tags: [String!]) { productSet(input: {title: "a", tags: $tags, variants: []}) { product { id } } }`, variables: map[string]any{"tags": []any{"a", "b"}}, want: 3 + 2},
		{name: "no overflow", query: `{ stores(first: 250) { nodes { a: products(first: 250) { nodes { b: collections(first: 250) { nodes { c: products(first: 250) { nodes { d: collections(first: 250) { nodes { id } } } } } } } } } } }`, want: math.MaxInt32},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cost := prepared(t, c.query).operations[0].cost
			require.Equal(t, c.want, cost.at(c.variables))
		})
	}
}
