package searchtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// runFacets checks what random catalogues do not reach.
func runFacets(t *testing.T, newSearcher NewSearcher) {
	t.Helper()
	docs := []commerce.ProductDocument{
		withOptions(product(storeA, 1, "Tee"), "Colour", "Red"),
		withOptions(product(storeA, 2, "Cap"), "Colour", "RED"),
		withOptions(product(storeA, 3, "Sock"), "colour ", " Red"),
		withOptions(product(storeA, 4, "Mug"), "Title", "Default Title"),
		withOptions(product(storeA, 5, "Ribbon"), "Grade", "A+"),
		withOptions(product(storeA, 6, "Ribbon"), "Grade", "A-"),
		withOptions(product(storeA, 7, "Ribbon"), "Grade", "++"),
	}
	for i := range commerce.MaxFacetValues + 40 {
		d := product(storeB, commerce.ProductID(i+1), "Thing")
		d.Vendor = fmt.Sprintf("Maker %03d", i)
		d.Variants[0].Options = []commerce.SelectedOption{{Name: "No.", Value: fmt.Sprint(i + 1000)}}
		docs = append(docs, d)
	}
	s := newSearcher(t, docs)
	t.Run("labels", func(t *testing.T) { t.Parallel(); runLabels(t, s) })
	t.Run("ids", func(t *testing.T) { t.Parallel(); runIDs(t, s) })
	t.Run("bound", func(t *testing.T) { t.Parallel(); runBound(t, s) })
	t.Run("prices that nobody can set", func(t *testing.T) { t.Parallel(); runHighPrices(t, newSearcher) })
	t.Run("sizes", func(t *testing.T) { t.Parallel(); runSizes(t, newSearcher) })
	t.Run("metafields", func(t *testing.T) { t.Parallel(); runMetafields(t, newSearcher) })
	t.Run("chosen values", func(t *testing.T) { t.Parallel(); runChosen(t, s) })
	t.Run("names that no product has", func(t *testing.T) { t.Parallel(); runForeignNames(t, s) })
}

// runHighPrices: a price above all that can be set, which psql can write, is one of the highest.
func runHighPrices(t *testing.T, newSearcher NewSearcher) {
	t.Helper()
	docs := []commerce.ProductDocument{product(storeA, 1, "Tee"), product(storeA, 2, "Palace")}
	docs[1].Variants[0].PriceMinor = 2_000_000_000_000_000
	q := browse(storeA)
	q.WantTotal, q.WantFacets, q.WantSpread = true, true, true
	got := ask(t, newSearcher(t, docs), q)
	require.Equal(t, 2, got.Total)
	price := got.Facets[slices.IndexFunc(got.Facets, func(f commerce.Facet) bool { return f.ID == commerce.FilterPrice })]
	for _, most := range []int{commerce.MinHistogram, commerce.MaxHistogram} {
		buckets, err := price.Histogram(&most)
		require.NoError(t, err)
		require.Equal(t, 1, buckets[0].Count)
		require.Equal(t, 1, buckets[len(buckets)-1].Count)
	}
}

func withOptions(d commerce.ProductDocument, name, value string) commerce.ProductDocument {
	d.Variants[0].Options = []commerce.SelectedOption{{Name: name, Value: value}}
	return d
}

func runLabels(t *testing.T, s commerce.ProductSearcher) {
	t.Helper()
	q := browse(storeA)
	q.WantFacets = true
	got := ask(t, s, q).Facets
	names := make([]string, len(got))
	for i, f := range got {
		names[i] = f.ID
	}
	require.Equal(t, []string{"filter.v.availability", "filter.v.price", "filter.v.option.colour", "filter.v.option.grade"}, names, "Title must not show")
	red := "Red"
	require.Equal(t, []commerce.FacetValue{{
		ID: "filter.v.option.colour.red", Label: red, Count: 3,
		Input:  commerce.ProductFilter{VariantOption: &commerce.VariantOptionFilter{Name: "Colour", Value: red}},
		Swatch: &commerce.Colour{R: 0xd5},
	}}, got[2].Values)
	require.Equal(t, "Colour", got[2].Label)
}

func runIDs(t *testing.T, s commerce.ProductSearcher) {
	t.Helper()
	q := browse(storeA)
	q.WantFacets = true
	seen := map[string]bool{}
	values := facet(t, ask(t, s, q).Facets, "filter.v.option.grade").Values
	require.Len(t, values, 3)
	for _, v := range values {
		require.True(t, strings.HasPrefix(v.ID, "filter.v.option.grade."), v.ID)
		require.NotEqual(t, "filter.v.option.grade.", v.ID, "an id for a value without letters")
		require.False(t, seen[v.ID], "two values are %s", v.ID)
		seen[v.ID] = true
	}
}

func runBound(t *testing.T, s commerce.ProductSearcher) {
	t.Helper()
	last := fmt.Sprintf("Maker %03d", commerce.MaxFacetValues+39)
	number := fmt.Sprint(commerce.MaxFacetValues + 1039)
	q := browse(storeB)
	q.WantFacets = true
	q.Selection.Vendors = []string{last, "Nobody"}
	q.Selection.Options = []commerce.OptionSelection{{Name: "no.", Values: []commerce.SelectedValue{{Key: number, Label: number}}}}
	facets := ask(t, s, q).Facets

	makers := facet(t, facets, commerce.FilterVendor).Values
	require.Len(t, makers, 2, "the option leaves one maker, and Nobody stays because it is chosen")
	require.Equal(t, []string{last, "Nobody"}, []string{makers[0].Label, makers[1].Label})
	require.Equal(t, []int{1, 0}, []int{makers[0].Count, makers[1].Count})

	q.Selection.Options = nil
	makers = facet(t, ask(t, s, q).Facets, commerce.FilterVendor).Values
	require.Len(t, makers, commerce.MaxFacetValues)
	require.Equal(t, "Maker 000", makers[0].Label)
	require.Equal(t, []string{last, "Nobody"}, []string{makers[248].Label, makers[249].Label}, "chosen values take the last places")
	require.Equal(t, []int{1, 0}, []int{makers[248].Count, makers[249].Count})

	q.Selection.Vendors = nil
	q.Selection.Options = []commerce.OptionSelection{{Name: "no.", Values: []commerce.SelectedValue{{Key: number, Label: number}}}}
	chosen := facet(t, ask(t, s, q).Facets, "filter.v.option.no.").Values
	require.Len(t, chosen, commerce.MaxFacetValues)
	require.Equal(t, []any{number, 1, true}, []any{chosen[249].Label, chosen[249].Count, chosen[249].Selected})

	q.Selection.Options = nil
	numbers := facet(t, ask(t, s, q).Facets, "filter.v.option.no.").Values
	require.Len(t, numbers, commerce.MaxFacetValues)
	require.Equal(t, "1000", numbers[0].Label)
}

// runSizes expects sizes in their order, however many products each has, and vendors by their products, whatever they are called.
func runSizes(t *testing.T, newSearcher NewSearcher) {
	t.Helper()
	var docs []commerce.ProductDocument
	for i, size := range []string{"XXL", "M", "Petite", "10 Kg", "m", "500 g", "S", "1 kg", "Regular", "petite"} {
		d := withOptions(product(storeA, commerce.ProductID(i+1), "Thing"), "Size", size)
		d.Vendor = []string{"3M", "7 Seas", "7 Seas"}[i%3]
		docs = append(docs, d)
	}
	s := newSearcher(t, docs)
	q := browse(storeA)
	q.WantFacets = true
	q.Selection.Options = []commerce.OptionSelection{{Name: "size", Values: []commerce.SelectedValue{{Key: "3xl", Label: "3XL"}, {Key: "l", Label: "L"}}}}
	facets := ask(t, s, q).Facets
	require.Equal(t, []string{"S", "M", "L", "XXL", "3XL", "500 g", "1 kg", "10 Kg", "Petite", "Regular"}, labels(facet(t, facets, "filter.v.option.size")))
	q.Selection.Options = nil
	require.Equal(t, []string{"7 Seas", "3M"}, labels(facet(t, ask(t, s, q).Facets, commerce.FilterVendor)))
}

func labels(f commerce.Facet) []string {
	names := make([]string, len(f.Values))
	for i, v := range f.Values {
		names[i] = v.Label
	}
	return names
}

// runChosen chooses values that nothing matches: each stays in its filter, with count 0, so that it can be taken back.
func runChosen(t *testing.T, s commerce.ProductSearcher) {
	t.Helper()
	minor := func(n int64) commerce.PriceRange { return commerce.PriceRange{Min: n, Max: n} }
	for id, selection := range map[string]commerce.Selection{
		commerce.FilterAvailability:   {Availability: []bool{false}},
		commerce.FilterPrice:          {Prices: []commerce.PriceRange{minor(7)}, Vendors: []string{"Nobody"}},
		commerce.FilterVendor:         {Vendors: []string{"Nobody"}},
		commerce.FilterProductType:    {ProductTypes: []string{"Nothing"}},
		commerce.FilterTag:            {Tags: []string{"none"}},
		"filter.p.m.custom.fabric":    {Metafields: []commerce.MetafieldSelection{{Namespace: "custom", Key: "fabric", Values: []string{"Silk"}}}},
		"filter.v.option.colour":      {Options: []commerce.OptionSelection{{Name: "colour", Values: []commerce.SelectedValue{{Key: "green", Label: "Green"}}}}},
		"filter.v.option.no such one": {Options: []commerce.OptionSelection{{Name: "no such one", Values: []commerce.SelectedValue{{Key: "green", Label: "Green"}}}}},
	} {
		q := browse(storeA)
		q.WantFacets, q.WantTotal, q.Selection = true, true, selection
		got := ask(t, s, q)
		require.Zero(t, got.Total, id)
		values := facet(t, got.Facets, id).Values
		chosen := slices.IndexFunc(values, func(v commerce.FacetValue) bool { return v.Selected })
		require.GreaterOrEqual(t, chosen, 0, id)
		require.Zero(t, values[chosen].Count, id)
	}
}

// runForeignNames selects what cannot match, in names that mean something to pattern matchers or are too long for one.
func runForeignNames(t *testing.T, s commerce.ProductSearcher) {
	t.Helper()
	for _, name := range []string{"size (cm)", `a\b`, "[", "x␟y", strings.Repeat("long ", 2000), "\x00", "~", `"`, "\xff", "title"} {
		q := browse(storeA)
		q.WantFacets, q.WantTotal = true, true
		q.Selection.Options = []commerce.OptionSelection{{Name: commerce.OptionKey(name), Values: []commerce.SelectedValue{{Key: "l", Label: "L"}}}}
		q.Selection.Vendors = []string{name}
		got := ask(t, s, q)
		require.Zero(t, got.Total, "%.20q", name)
		values := facet(t, got.Facets, commerce.FilterOptionPrefix+commerce.OptionKey(name)).Values
		require.Len(t, values, 1)
		require.Equal(t, "L", values[0].Label)
		require.True(t, values[0].Selected)
		require.Zero(t, values[0].Count)
	}
}

func facet(t *testing.T, all []commerce.Facet, id string) commerce.Facet {
	t.Helper()
	for _, f := range all {
		if f.ID == id {
			return f
		}
	}
	require.Fail(t, "missing filter", "%.60s among %d", id, len(all))
	return commerce.Facet{}
}
