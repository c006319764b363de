package searchtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// runMetafields checks how the values of metafields of each type are shown, and that what a store decides counts for its filters alone.
func runMetafields(t *testing.T, newSearcher NewSearcher) {
	t.Helper()
	with := func(id commerce.ProductID, pairs ...string) commerce.ProductDocument {
		d := product(storeA, id, "Lamp")
		for i := 0; i < len(pairs); i += 2 {
			d.Attributes = append(d.Attributes, commerce.DocumentAttribute{Namespace: "custom", Key: pairs[i], Value: pairs[i+1]})
		}
		return d
	}
	s := newSearcher(t, []commerce.ProductDocument{
		with(1, "watts", "5", "dimmable", "true", "tone", "#ffaa00", "pack", "1 kg"),
		with(2, "watts", "40", "dimmable", "false", "tone", "#ffaa00", "tone", "#102030", "pack", "500 g"),
		with(3, "watts", "40", "dimmable", "false", "secret", "x", "pack", "10 kg"),
		with(4, "watts", "100"),
	})
	metafield := func(key, of string) commerce.SearchMetafield {
		return commerce.SearchMetafield{Namespace: "custom", Key: key, Type: of, Label: key + "!"}
	}
	q := browse(storeA)
	q.WantFacets = true
	q.Filters = &commerce.StoreSearchFacets{
		Metafields: []commerce.SearchMetafield{
			metafield("watts", "number_integer"), metafield("dimmable", "boolean"), metafield("tone", "list.color"), metafield("pack", "single_line_text_field"),
			metafield("nobody", "date"),
		},
		Swatches: []commerce.SearchSwatch{{Value: "10 KG", Color: "#333333"}},
	}
	facets := ask(t, s, q).Facets
	watts := facet(t, facets, "filter.p.m.custom.watts")
	require.Equal(t, []any{"watts!", commerce.FacetList, []string{"5", "40", "100"}}, []any{watts.Label, watts.Type, labels(watts)})
	require.Equal(t, commerce.FacetValue{
		ID: "filter.p.m.custom.watts.40", Label: "40", Count: 2,
		Input: commerce.ProductFilter{ProductMetafield: &commerce.MetafieldFilter{Namespace: "custom", Key: "watts", Value: "40"}},
	}, watts.Values[1])
	dimmable := facet(t, facets, "filter.p.m.custom.dimmable")
	require.Equal(t, []any{commerce.FacetBoolean, []string{"No", "Yes"}}, []any{dimmable.Type, labels(dimmable)})
	require.Equal(t, "false", dimmable.Values[0].Input.ProductMetafield.Value)
	tone := facet(t, facets, "filter.p.m.custom.tone")
	require.Equal(t, []string{"#ffaa00", "#102030"}, labels(tone))
	require.Equal(t, "#102030", tone.Values[1].Swatch.String(), "a colour is its own swatch")
	pack := facet(t, facets, "filter.p.m.custom.pack")
	require.Equal(t, []string{"500 g", "1 kg", "10 kg"}, labels(pack))
	require.Equal(t, "#333333", pack.Values[2].Swatch.String(), "as the store says")
	require.Nil(t, pack.Values[0].Swatch)
	require.Len(t, facets, 2+4, "neither a metafield that no product has, nor one that nobody made a filter")

	q.Filters.Filters = []string{"filter.p.m.custom.pack", commerce.FilterPrice}
	q.Selection.Metafields = []commerce.MetafieldSelection{{Namespace: "custom", Key: "dimmable", Values: []string{"false"}}}
	facets = ask(t, s, q).Facets
	var ids []string
	for _, f := range facets {
		ids = append(ids, f.ID)
	}
	require.Equal(t, []string{"filter.p.m.custom.pack", commerce.FilterPrice, "filter.p.m.custom.dimmable"}, ids, "the store's order, then what is chosen")
	require.Equal(t, []string{"500 g", "10 kg"}, labels(facets[0]))
	require.Equal(t, []string{"No", "Yes"}, labels(facets[2]), "its own selection is left out")
	q.Filters.Filters = []string{}
	require.Len(t, ask(t, s, q).Facets, 1, "a store that shows none")
}
