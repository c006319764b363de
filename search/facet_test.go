package search

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestOptionPattern(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"size":      "size␟.*",
		"size (cm)": `size \(cm\)␟.*`,
		`a.b*|[c]\`: `a\.b\*\|\[c\]\\␟.*`,
		"रंग":       "रंग␟.*",
		"x␟y":       "x y␟.*",
	} {
		got, ok := optionPattern(name)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	_, ok := optionPattern(strings.Repeat("x", longestPattern))
	require.False(t, ok)
}

// TestOwnSelectionIsLeftOut checks the rule that every count stands on, clause by clause.
func TestOwnSelectionIsLeftOut(t *testing.T) {
	t.Parallel()
	q := commerce.SearchQuery{Selection: everySelection(), Unavailable: commerce.UnavailableHide}
	c := newConditions(q)
	require.Len(t, c.product, 4)
	require.Len(t, c.variant, 5, "availability, hiding, price, two options")
	require.Len(t, c.except(""), 5, "four on the product and one holding all on the variant")
	require.Len(t, c.except(commerce.FilterVendor), 4)
	require.Len(t, c.except("filter.p.m.custom.fabric"), 4)
	require.Len(t, clausesExcept(c.variant, commerce.FilterPrice), 4)
	require.Len(t, clausesExcept(c.variant, commerce.FilterOptionPrefix+"size"), 4)
	require.Contains(t, clausesExcept(c.variant, commerce.FilterAvailability), term(variantAvailable, true), "hiding is no selection")
	require.Empty(t, newConditions(commerce.SearchQuery{}).except(""))
}

// TestOnlyWhatIsShownIsCounted: a filter that the store does not show costs nothing, unless something of it is chosen.
func TestOnlyWhatIsShownIsCounted(t *testing.T) {
	t.Parallel()
	counted := func(q commerce.SearchQuery) []string {
		q.Currency = "INR"
		aggs := aggregations(q, newConditions(q))
		names := slices.Collect(maps.Keys(aggs))
		if variants, are := aggs[aggVariants].(object); are {
			inside := variants["aggs"].(object)[aggVariants].(object)["aggs"].(object)
			names = slices.AppendSeq(names, maps.Keys(inside))
		}
		if metafields, are := aggs[aggMetafields].(object); are {
			require.NotEmpty(t, metafields["aggs"])
		}
		slices.Sort(names)
		return names
	}
	metafields := []commerce.SearchMetafield{{Namespace: "custom", Key: "watts"}}
	require.Equal(t, []string{aggAvailability, aggLabels, aggOptions, aggPrice, aggProductType, aggTags, aggVariants, aggVendor}, counted(commerce.SearchQuery{}))
	q := commerce.SearchQuery{Filters: &commerce.StoreSearchFacets{Metafields: metafields}}
	require.Contains(t, counted(q), aggMetafields)
	q.Filters.Filters = []string{}
	require.Empty(t, counted(q))
	q.Filters.Filters = []string{commerce.FilterTag, commerce.FilterPrice}
	require.Equal(t, []string{aggPrice, aggTags, aggVariants}, counted(q))
	q.Filters.Filters = []string{"filter.v.option.size", "filter.p.m.custom.watts"}
	require.Equal(t, []string{aggLabels, aggMetafields, aggOptions, aggVariants}, counted(q))
	q.Filters.Filters = []string{}
	q.Selection = commerce.Selection{Vendors: []string{"Acme"}, Availability: []bool{true}, Options: everySelection().Options[:1]}
	require.Equal(t, []string{aggAvailability, aggLabels, aggOption + "0", aggVariants, aggVendor}, counted(q))
}
