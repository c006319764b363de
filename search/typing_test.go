package search_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

// The products of typedCatalogue that stand out among its cups.
const (
	cupboard commerce.ProductID = 9_001 + iota // sells best of all
	soldCup
	bestCup
	goneCup // sold best while there were any
	codedLamp
	cupInText
)

// typedCatalogue has more cups than are ranked while somebody types.
func typedCatalogue(now time.Time) []commerce.ProductDocument {
	docs := make([]commerce.ProductDocument, 0, 2_300)
	add := func(id commerce.ProductID, title string, sold float64, change func(*commerce.ProductDocument)) {
		d := commerce.ProductDocument{
			Ref: commerce.ProductRef{Store: 1, ID: id}, Currency: "INR", Title: title, Body: "Made to last.", PublishedAt: now.AddDate(-1, 0, 0), CreatedAt: now.Add(time.Duration(id) * time.Second),
			Variants: []commerce.DocumentVariant{{SKU: fmt.Sprintf("sku-%d", id), PriceMinor: 100, Available: true}},
		}
		if sold > 0 {
			d.Popularity = commerce.NewPopularity(sold, now)
		}
		change(&d)
		docs = append(docs, d)
	}
	as := func(*commerce.ProductDocument) {}
	for i := range 2_200 {
		add(commerce.ProductID(i+1), fmt.Sprintf("Cup %d", i), 0, as)
	}
	add(cupboard, "Cupboard", 900, as)
	add(soldCup, "Cup of tin", 20, as)
	add(bestCup, "Cup of tea", 300, as)
	add(goneCup, "Cup of gold", 500, func(d *commerce.ProductDocument) { d.Variants[0].Available = false })
	add(codedLamp, "Lamp", 0, func(d *commerce.ProductDocument) { d.Variants[0].SKU = "CUP" })
	add(cupInText, "Saucer", 5_000, func(d *commerce.ProductDocument) { d.Body = "Below a cup. Made to last." })
	return docs
}

// TestTyping: where very many products match what is being typed, codes come first, then words, then beginnings, and of each the best sellers.
func TestTyping(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := newSearcher(t, typedCatalogue(now))
	const newest = commerce.ProductID(2_200)
	for _, tt := range []struct {
		name, text string
		mode       commerce.UnavailableMode
		want       []commerce.ProductID
	}{
		{"a word", "cup", commerce.UnavailableLast, []commerce.ProductID{codedLamp, bestCup, soldCup, newest, newest - 1}},
		{"a beginning", "cu", commerce.UnavailableLast, []commerce.ProductID{cupboard, bestCup, soldCup, newest, newest - 1}},
		{"what is gone among the others", "cup", commerce.UnavailableShow, []commerce.ProductID{codedLamp, goneCup, bestCup, soldCup, newest}},
		{"what is gone left out", "cu", commerce.UnavailableHide, []commerce.ProductID{cupboard, bestCup, soldCup, newest, newest - 1}},
		{"few match", "cup of t", commerce.UnavailableLast, []commerce.ProductID{bestCup, soldCup, goneCup}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, typed(t, s, tt.mode, tt.text)[0])
		})
	}
	t.Run("no title goes on with it", func(t *testing.T) {
		t.Parallel()
		ranked := typing(commerce.UnavailableLast, "last")
		ranked.Typing = false
		results, err := s.SearchProducts(t.Context(), []commerce.SearchQuery{ranked})
		require.NoError(t, err)
		require.Equal(t, products(results[0]), typed(t, s, commerce.UnavailableLast, "last")[0])
	})
	t.Run("several at once", func(t *testing.T) {
		t.Parallel()
		found := typed(t, s, commerce.UnavailableLast, "cu", "last", "tea", "cup")
		for i, text := range []string{"cu", "last", "tea", "cup"} {
			require.Equal(t, typed(t, s, commerce.UnavailableLast, text)[0], found[i], text)
		}
	})
}

func typing(mode commerce.UnavailableMode, text string) commerce.SearchQuery {
	return commerce.SearchQuery{
		Store: 1, Currency: "INR", Text: text, Prefix: true, Typing: true, Unavailable: mode,
		Page: commerce.FirstPage(5, commerce.Ordering{Key: commerce.SearchSortRelevance}),
	}
}

// typed is what each of the texts finds while it is typed.
func typed(t *testing.T, s commerce.ProductSearcher, mode commerce.UnavailableMode, texts ...string) [][]commerce.ProductID {
	t.Helper()
	var queries []commerce.SearchQuery
	for _, text := range texts {
		queries = append(queries, typing(mode, text))
	}
	results, err := s.SearchProducts(t.Context(), queries)
	require.NoError(t, err)
	var found [][]commerce.ProductID
	for _, r := range results {
		found = append(found, products(r))
	}
	return found
}

func products(r commerce.SearchResult) []commerce.ProductID {
	var ids []commerce.ProductID
	for _, item := range r.Hits.Items {
		ids = append(ids, item.Node.ID)
	}
	return ids
}

// An index of an earlier definition keeps its products in no order: all are ranked.
func TestTypingInAnOlderIndex(t *testing.T) {
	t.Parallel()
	url, now := searchtest.Server(t), time.Now()
	alias, _ := olderIndex(t, url, typedCatalogue(now)[:40])
	e := open(t, url, search.Options{Alias: alias, Timeout: time.Minute})
	require.Len(t, typed(t, e, commerce.UnavailableLast, "cu")[0], 5)
}
