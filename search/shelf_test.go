package search_test

import (
	"context"
	"testing"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

// shelves search without an engine.
type shelves map[commerce.StoreID]*search.Shelf

func (s shelves) SearchProducts(_ context.Context, queries []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	results := make([]commerce.SearchResult, len(queries))
	for i, q := range queries {
		shelf := s[q.Store]
		if shelf == nil {
			shelf = search.NewShelf(nil)
		}
		var err error
		if results[i], err = shelf.Search(q, time.Now()); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func newShelves(_ testing.TB, docs []commerce.ProductDocument) commerce.ProductSearcher {
	of := map[commerce.StoreID][]*commerce.ProductDocument{}
	for i := range docs {
		of[docs[i].Ref.Store] = append(of[docs[i].Ref.Store], &docs[i])
	}
	s := shelves{}
	for store, all := range of {
		s[store] = search.NewShelf(all)
	}
	return s
}

// TestShelf: without the engine the same searches have the same answers.
func TestShelf(t *testing.T) {
	t.Parallel()
	searchtest.Run(t, newShelves)
}
