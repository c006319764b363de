package commerce_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// Every grid holds every price once, its edges are numbers people would choose, and a finer grid has more of them.
func TestPriceGrids(t *testing.T) {
	t.Parallel()
	for _, c := range []commerce.Currency{"INR", "JPY", "KWD", "USD"} {
		before := 0
		for grid := range commerce.PriceGrids {
			edges := commerce.PriceGrid(grid, c)
			require.Zero(t, edges[0])
			require.True(t, slices.IsSorted(edges))
			require.Len(t, slices.Compact(slices.Clone(edges)), len(edges), "an empty bucket")
			for _, edge := range edges[1 : len(edges)-1] {
				for edge%10 == 0 {
					edge /= 10
				}
				require.Less(t, edge, int64(100), "an edge with more than two digits in %s", c)
			}
			for _, price := range []int64{0, 1, 99, 100, 101, 149_900, 1_000_000_000_000_000} {
				n := commerce.PriceBucketOf(edges, price)
				require.True(t, edges[n] <= price && price < edges[n+1], "%d in %v", price, edges[n:n+2])
			}
			require.Equal(t, len(edges)-2, commerce.PriceBucketOf(edges, math.MaxInt64), "what only psql can write is in the last bucket")
			if grid == 0 {
				require.LessOrEqual(t, len(edges)-1, commerce.MinHistogram, "any prices fit into the least that can be asked for")
			}
			require.Greater(t, len(edges), before)
			before = len(edges)
		}
	}
}

func histogram(t *testing.T, c commerce.Currency, most int, prices ...int64) []commerce.PriceBucket {
	t.Helper()
	s := &commerce.PriceSpread{Currency: c, Low: slices.Min(prices), High: slices.Max(prices), Products: true}
	for grid := range s.Counts {
		edges := commerce.PriceGrid(grid, c)
		s.Counts[grid] = make([]int, len(edges)-1)
		for _, p := range prices {
			s.Counts[grid][commerce.PriceBucketOf(edges, p)]++
		}
	}
	buckets, err := commerce.Facet{Prices: s}.Histogram(&most)
	require.NoError(t, err)
	return buckets
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		currency commerce.Currency
		most     int
		prices   []int64
		low      []string // of each bucket
		counts   []int
		high     string // of the last
	}{
		{"wide", "INR", 10, []int64{9_900, 9_900, 250_000}, []string{"50.00", "100.00", "200.00", "500.00", "1000.00", "2000.00"}, []int{2, 0, 0, 0, 0, 1}, "4999.99"},
		{"narrow", "USD", 10, []int64{50_000, 69_900}, []string{"500.00", "550.00", "600.00", "650.00"}, []int{1, 0, 0, 1}, "699.99"},
		{"one price", "INR", 10, []int64{10_000}, []string{"100.00"}, []int{1}, "109.99"},
		{"free", "INR", 10, []int64{0}, []string{"0.00"}, []int{1}, "0.99"},
		{"no decimals", "JPY", 5, []int64{120, 900}, []string{"100", "200", "500"}, []int{1, 0, 1}, "999"},
		{"everything", "INR", 5, []int64{0, 1_000_000_000_000_000}, []string{"0.00", "1.00", "10000.00", "100000000.00", "1000000000000.00"}, []int{1, 0, 0, 0, 1}, "10000000000000.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			buckets := histogram(t, c.currency, c.most, c.prices...)
			require.LessOrEqual(t, len(buckets), c.most)
			var low []string
			var counts []int
			for _, b := range buckets {
				low, counts = append(low, b.Min.Amount().String()), append(counts, b.Count)
			}
			require.Equal(t, c.low, low)
			require.Equal(t, c.counts, counts)
			require.Equal(t, c.high, buckets[len(buckets)-1].Max.Amount().String())
		})
	}
}

// A bucket's input is the filter that leaves its products, and knows when it is chosen.
func TestHistogramBuckets(t *testing.T) {
	t.Parallel()
	buckets := histogram(t, "INR", 10, 10_000, 19_900)
	require.JSONEq(t, `{"price":{"min":100,"max":109.99}}`, buckets[0].InputJSON())
	filters := make([]commerce.ProductFilter, len(buckets))
	for i, b := range buckets {
		filters[i] = b.Input
	}
	selection, err := commerce.NewSelection("productFilters", filters, "INR")
	require.NoError(t, err)
	for i, r := range selection.Prices {
		require.Equal(t, commerce.PriceRange{Min: buckets[i].Min.Minor, Max: buckets[i].Max.Minor}, r, "what is echoed back is what was shown")
	}
	s := &commerce.PriceSpread{Currency: "INR", Low: 100, High: 250, Products: true, Chosen: []commerce.PriceRange{{Min: 0, Max: 109}, {Min: 111, Max: 500}}}
	for grid := range s.Counts {
		s.Counts[grid] = make([]int, len(commerce.PriceGrid(grid, "INR")))
	}
	chosen, err := commerce.Facet{Prices: s}.Histogram(nil)
	require.NoError(t, err)
	require.Equal(t, int64(119), chosen[0].Max.Minor)
	require.False(t, chosen[0].Selected, "a part of it is not chosen")
	require.True(t, chosen[1].Selected)
}

func TestHistogramRefuses(t *testing.T) {
	t.Parallel()
	for _, n := range []int{-1, 0, commerce.MinHistogram - 1, commerce.MaxHistogram + 1} {
		_, err := commerce.Facet{}.Histogram(&n)
		require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err), n)
	}
	none, err := commerce.Facet{ID: commerce.FilterVendor}.Histogram(nil)
	require.NoError(t, err)
	require.Nil(t, none, "a filter without prices")
	empty, err := commerce.Facet{Prices: &commerce.PriceSpread{Currency: "INR"}}.Histogram(nil)
	require.NoError(t, err)
	require.Equal(t, []commerce.PriceBucket{}, empty, "prices, but no products")
}
