package search_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

// BenchmarkShelf measures a store of 5,000 products (20,000 variants) without the engine: making its shelf, and searches in it.
func BenchmarkShelf(b *testing.B) {
	random := rand.New(rand.NewPCG(7, 7))
	docs := make([]*commerce.ProductDocument, 5_000)
	for i := range docs {
		d := benchProduct(random, 1, commerce.ProductID(i+1))
		docs[i] = &d
	}
	b.Run("making", func(b *testing.B) {
		for b.Loop() {
			search.NewShelf(docs)
		}
	})
	shelf := search.NewShelf(docs)
	for _, text := range []string{"", "cotton", "cotton wordd7"} {
		q := benchQuery(text, commerce.SearchSortRelevance)
		q.Store, q.WantTotal, q.WantFacets, q.Prefix = 1, true, true, true
		b.Run(fmt.Sprintf("%q with facets", text), func(b *testing.B) {
			for b.Loop() {
				if _, err := shelf.Search(q, time.Now()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
