package searchtest

import (
	"slices"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// checkHistogram holds a histogram against its definition: as many buckets as asked for at most, side by side, the first with the lowest price
// and the last with the highest under all filters but the price's, each with as many products as are left when its range alone is chosen.
func (o *Oracle) checkHistogram(t *rapid.T, q commerce.SearchQuery, facets []commerce.Facet) {
	i := slices.IndexFunc(facets, func(f commerce.Facet) bool { return f.ID == commerce.FilterPrice })
	if i < 0 {
		return
	}
	most := rapid.IntRange(commerce.MinHistogram, commerce.MaxHistogram).Draw(t, "buckets")
	buckets, err := facets[i].Histogram(&most)
	require.NoError(t, err)
	if !q.WantSpread {
		require.Nil(t, buckets, "nobody asked for a histogram")
		return
	}
	c := o.counter(q)
	s := q.Selection
	s.Prices = nil
	prices := c.prices(s)
	require.Equal(t, len(prices) > 0, len(buckets) > 0)
	require.LessOrEqual(t, len(buckets), most)
	if len(buckets) == 0 {
		return
	}
	first, last := buckets[0], buckets[len(buckets)-1]
	require.True(t, first.Min.Minor <= slices.Min(prices) && slices.Min(prices) <= first.Max.Minor, "the lowest price")
	require.True(t, last.Min.Minor <= slices.Max(prices) && slices.Max(prices) <= last.Max.Minor, "the highest price")
	for i, b := range buckets {
		if i > 0 {
			require.Equal(t, buckets[i-1].Max.Minor+1, b.Min.Minor, "a gap between buckets")
		}
		s.Prices = []commerce.PriceRange{{Min: b.Min.Minor, Max: b.Max.Minor}}
		require.Equal(t, c.left(s), b.Count, "%d to %d", b.Min.Minor, b.Max.Minor)
	}
}

// withoutSpread is facets without what checkHistogram looks at.
func withoutSpread(facets []commerce.Facet) []commerce.Facet {
	facets = slices.Clone(facets)
	for i := range facets {
		facets[i].Prices = nil
	}
	return facets
}
