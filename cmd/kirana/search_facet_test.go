package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Everything that can be wrong with the filters of searches, with path and code; and nothing is written.
func TestSearchFacetRefusals(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	s.mine.run(t, "searchFacetsSet", object{"filters": []string{"filter.p.tag"}}, "", &struct{}{})
	before := s.dump(t)
	metafield := func(pairs ...any) object {
		m := object{"key": "fabric", "type": "single_line_text_field", "label": "Fabric"}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1]
		}
		return m
	}
	list := func(n int, of func(i int) any) []any {
		all := make([]any, n)
		for i := range all {
			all[i] = of(i)
		}
		return all
	}
	swatch := func(value, color string) object { return object{"value": value, "color": color} }
	for _, c := range []struct {
		input object
		want  []string
	}{
		{input("filters", []string{"filter.p.tag"}, "expectedVersion", 0), []string{"input.expectedVersion STALE_OBJECT"}},
		{input("filters", []string{"", "filter.p.tag", " filter.p.tag ", "filter.v.option. ", "filter.v.option.Size", "filter.v.option.SIZE", "filter.p.nonsense"}), []string{
			"input.filters.0 BLANK", "input.filters.2 DUPLICATE", "input.filters.3 INVALID", "input.filters.5 DUPLICATE", "input.filters.6 INVALID",
		}},
		{input("filters", []string{"filter.v.option." + strings.Repeat("x", 300)}), []string{"input.filters.0 TOO_LONG"}},
		{input("filters", []string{"filter.p.m.custom.fabric", "filter.p.m.custom", "filter.p.m.a b.c"}), []string{
			"input.filters.0 NOT_FOUND", "input.filters.1 INVALID", "input.filters.2 INVALID",
		}},
		{input("filters", list(51, func(i int) any { return fmt.Sprint("filter.v.option.", i) })), []string{"input.filters TOO_MANY"}},
		{input("metafields", []any{metafield("namespace", "a.b", "key", "", "type", "json", "label", " ")}), []string{
			"input.metafields.0.namespace INVALID", "input.metafields.0.key INVALID", "input.metafields.0.type INVALID", "input.metafields.0.label BLANK",
		}},
		{input("metafields", []any{metafield(), metafield("namespace", "custom", "label", strings.Repeat("x", 256))}), []string{
			"input.metafields.1.label TOO_LONG", "input.metafields.1.key DUPLICATE",
		}},
		{input("metafields", []any{metafield("type", "list.multi_line_text_field"), metafield("key", "x", "type", "")}), []string{
			"input.metafields.0.type INVALID", "input.metafields.1.type INVALID",
		}},
		{input("metafields", list(21, func(i int) any { return metafield("key", fmt.Sprint("k", i)) })), []string{"input.metafields TOO_MANY"}},
		{input("swatches", []any{swatch(" ", "#ffffff"), swatch("x", "red"), swatch("Y", "#FFFFFF"), swatch("y ", "#000000"), swatch(strings.Repeat("x", 256), "#000000")}), []string{
			"input.swatches.0.value BLANK", "input.swatches.1.color INVALID", "input.swatches.3.value DUPLICATE", "input.swatches.4.value TOO_LONG",
		}},
		{input("swatches", list(501, func(i int) any { return swatch(fmt.Sprint(i), "#000000") })), []string{"input.swatches TOO_MANY"}},
	} {
		require.Equal(t, c.want, s.mine.ask(t, mutationText("searchFacetsSet", ""), c.input).refusals(t, "searchFacetsSet"), "%.200v", c.input)
	}
	require.Equal(t, before, s.dump(t))
}

// What was decided about filters is read back as it was written, by those who may.
func TestSearchFacetsAreRead(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	const fields = `{ store { searchFacets { version filters metafields { namespace key type label } swatches { value color } } } }`
	require.JSONEq(t, `{"data":{"store":{"searchFacets":{"version":0,"filters":null,"metafields":[],"swatches":[]}}}}`, s.mine.ask(t, fields, nil).text)
	s.mine.run(t, "searchFacetsSet", object{
		"filters":    []string{"filter.p.m.custom.fabric", " filter.v.option.Size "},
		"metafields": []any{object{"key": "fabric", "type": "list.single_line_text_field", "label": " Fabric "}},
		"swatches":   []any{object{"value": "Monsoon", "color": "#4A6670"}}, "expectedVersion": 0,
	}, "", &struct{}{})
	require.JSONEq(t, `{"data":{"store":{"searchFacets":{"version":1,"filters":["filter.p.m.custom.fabric","filter.v.option.size"],
		"metafields":[{"namespace":"custom","key":"fabric","type":"list.single_line_text_field","label":"Fabric"}],
		"swatches":[{"value":"Monsoon","color":"#4a6670"}]}}}}`, s.mine.ask(t, fields, nil).text)
	for _, who := range []client{s.as(""), s.theirs, s.mine.key(t, "orders:read")} {
		require.NotContains(t, who.in(s.mine.store).ask(t, fields, nil).text, "Monsoon")
	}
	require.Equal(t, []string{"FORBIDDEN"}, s.mine.key(t, "catalog:write").ask(t, mutationText("searchFacetsSet", ""), input("filters", []string{})).codes())

	s.mine.run(t, "searchFacetsSet", object{"filters": []string{}}, "", &struct{}{})
	require.JSONEq(t, `{"data":{"store":{"searchFacets":{"version":2,"filters":[],"metafields":[],"swatches":[]}}}}`, s.mine.ask(t, fields, nil).text, "none is not all")
	s.mine.run(t, "searchFacetsSet", object{}, "", &struct{}{})
	require.JSONEq(t, `{"data":{"store":{"searchFacets":{"version":3,"filters":null,"metafields":[],"swatches":[]}}}}`, s.mine.ask(t, fields, nil).text)
}

// A value of an option has the colour that its store says, or that its name means.
func TestOptionSwatches(t *testing.T) {
	t.Parallel()
	s := newStocked(t)
	s.mine.run(t, "searchFacetsSet", object{"swatches": []any{object{"value": "monsoon", "color": "#4a6670"}}}, "", &struct{}{})
	values := func(colour, size string) []any {
		return []any{object{"optionName": "Colour", "name": colour}, object{"optionName": "Size", "name": size}}
	}
	var made struct{ Product struct{ ID string } }
	s.mine.run(t, "productSet", object{
		"title": "Scarf", "productOptions": []any{object{"name": "Colour"}, object{"name": "Size"}},
		"variants": []any{
			object{"price": "10.00", "optionValues": values("Monsoon", "S")},
			object{"price": "10.00", "optionValues": values("Navy Blue", "S")},
			object{"price": "10.00", "optionValues": values("Nameless", "S")},
		},
	}, "product { id }", &made)
	require.JSONEq(t, `{"data":{"product":{"options":[{"optionValues":[
			{"name":"Monsoon","swatch":{"color":"#4a6670","image":null}},{"name":"Navy Blue","swatch":{"color":"#0a1f44","image":null}},{"name":"Nameless","swatch":null}]},
			{"optionValues":[{"name":"S","swatch":null}]}]}}}`,
		s.mine.ask(t, `query($id: ID!) { product(id: $id) { options { optionValues { name swatch { color image { id } } } } } }`, object{"id": made.Product.ID}).text)
}
