package search_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

// The catalogue of the benchmark: one large store among many small ones.
const (
	largeStore    = 20_000
	smallStores   = 100
	smallStore    = 200
	variantsEach  = 4
	wordsOfLorem  = 40
	benchVendors  = 120
	benchTypes    = 40
	benchTags     = 300
	benchCurrency = "INR"

	benchMetafields = 4
)

// BenchmarkSearchProducts measures searches in a store of 20,000 products (80,000 variants), beside 100 stores of 200.
// Beside the mean it reports the median and the 95th percentile.
func BenchmarkSearchProducts(b *testing.B) {
	url := searchtest.Server(b)
	docs := benchCatalogue()
	alias := searchtest.NewIndex(b, url, docs)
	engine := open(b, url, search.Options{Alias: alias, Timeout: time.Minute})

	text := benchQuery("cotton wordd7", commerce.SearchSortRelevance)
	all := benchQuery("cotton", commerce.SearchSortRelevance)
	all.WantTotal, all.WantFacets = true, true
	narrowed := all
	narrowed.Selection.Options = []commerce.OptionSelection{
		{Name: "size", Values: []commerce.SelectedValue{{Key: "m", Label: "M"}}},
		{Name: "colour", Values: []commerce.SelectedValue{{Key: "red", Label: "Red"}}},
	}
	browse := all
	browse.Text = ""
	spread := browse
	spread.WantSpread = true
	metafields := browse
	metafields.Filters = &commerce.StoreSearchFacets{}
	for i := range benchMetafields {
		metafields.Filters.Metafields = append(metafields.Filters.Metafields, commerce.SearchMetafield{Namespace: "custom", Key: fmt.Sprint("key", i)})
	}
	few := browse
	few.Filters = &commerce.StoreSearchFacets{Filters: []string{commerce.FilterAvailability, commerce.FilterPrice, commerce.FilterVendor}}
	prefix := benchQuery("cotton wo", commerce.SearchSortRelevance)
	prefix.Prefix = true
	for _, c := range []struct {
		name  string
		query commerce.SearchQuery
	}{
		{"two words, one misspelt", text},
		{"prefix", prefix},
		{"a quarter of the store and facets", all},
		{"the same and two options", narrowed},
		{"browse and facets", browse},
		{"browse, facets and the histogram of prices", spread},
		{"browse, facets and four metafields", metafields},
		{"browse and three of the facets", few},
		{"browse by price", benchQuery("", commerce.SearchSortPrice)},
	} {
		b.Run(c.name, func(b *testing.B) { benchSearch(b, engine, c.query) })
	}
}

// BenchmarkLoad measures how fast documents are written in bulks of 4 MiB and made searchable.
func BenchmarkLoad(b *testing.B) {
	url := searchtest.Server(b)
	docs := benchCatalogue()
	for b.Loop() {
		searchtest.NewIndex(b, url, docs)
	}
	b.ReportMetric(float64(len(docs)*b.N)/b.Elapsed().Seconds(), "docs/s")
}

func benchSearch(b *testing.B, engine *search.Engine, q commerce.SearchQuery) {
	b.Helper()
	var times []time.Duration
	for b.Loop() {
		start := time.Now()
		results, err := engine.SearchProducts(b.Context(), []commerce.SearchQuery{q})
		times = append(times, time.Since(start))
		require.NoError(b, err)
		require.NotEmpty(b, results[0].Hits.Items)
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
}

func benchQuery(text string, key commerce.SortKey) commerce.SearchQuery {
	return commerce.SearchQuery{
		Store: 1, Currency: benchCurrency, Text: text, Unavailable: commerce.UnavailableLast,
		Page: commerce.FirstPage(24, commerce.Ordering{Key: key}),
	}
}

func benchCatalogue() []commerce.ProductDocument {
	random := rand.New(rand.NewPCG(1, 2))
	var docs []commerce.ProductDocument
	for i := range largeStore {
		docs = append(docs, benchProduct(random, 1, commerce.ProductID(i+1)))
	}
	for store := range smallStores {
		for i := range smallStore {
			docs = append(docs, benchProduct(random, commerce.StoreID(store+2), commerce.ProductID(i+1)))
		}
	}
	return docs
}

func benchProduct(random *rand.Rand, store commerce.StoreID, id commerce.ProductID) commerce.ProductDocument {
	word := func() string { return fmt.Sprintf("word%d", random.IntN(3000)) }
	body := ""
	for range wordsOfLorem {
		body += word() + " "
	}
	materials := []string{"cotton", "silk", "linen", "wool"}
	d := commerce.ProductDocument{
		Ref:   commerce.ProductRef{Store: store, ID: id},
		Title: materials[random.IntN(4)] + " " + word() + " " + word(), Body: body,
		Vendor: fmt.Sprintf("Vendor %d", random.IntN(benchVendors)), ProductType: fmt.Sprintf("Type %d", random.IntN(benchTypes)),
		Tags:        []string{fmt.Sprintf("tag %d", random.IntN(benchTags)), fmt.Sprintf("tag %d", random.IntN(benchTags))},
		PublishedAt: time.UnixMilli(0), CreatedAt: time.UnixMilli(random.Int64N(1e12)),
	}
	for i := range benchMetafields {
		d.Attributes = append(d.Attributes, commerce.DocumentAttribute{Namespace: "custom", Key: fmt.Sprint("key", i), Value: fmt.Sprint("value ", random.IntN(20))})
	}
	sizes, colours := []string{"S", "M", "L", "XL"}, []string{"Red", "Green", "Blue", "Black", "White", "Yellow", "Pink", "Grey"}
	for i := range variantsEach {
		d.Variants = append(d.Variants, commerce.DocumentVariant{
			SKU: fmt.Sprintf("SKU-%d-%d-%d", store, id, i), PriceMinor: 100 * random.Int64N(5000), Available: random.IntN(4) > 0,
			Options: []commerce.SelectedOption{{Name: "Size", Value: sizes[i]}, {Name: "Colour", Value: colours[random.IntN(8)]}},
		})
	}
	return d
}
