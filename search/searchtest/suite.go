package searchtest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// NewSearcher makes a searcher that finds docs, of several stores, and nothing else.
type NewSearcher func(tb testing.TB, docs []commerce.ProductDocument) commerce.ProductSearcher

// Run runs the engine suite: what every product searcher owes its callers.
func Run(t *testing.T, newSearcher NewSearcher) {
	t.Helper()
	t.Run("text", func(t *testing.T) { t.Parallel(); runText(t, newSearcher) })
	t.Run("placement", func(t *testing.T) { t.Parallel(); runPlacement(t, newSearcher) })
	t.Run("suggestions", func(t *testing.T) { t.Parallel(); runSuggestions(t, newSearcher) })
	t.Run("random suggestions", func(t *testing.T) { t.Parallel(); runRandomSuggestions(t, newSearcher) })
	t.Run("merit", func(t *testing.T) { t.Parallel(); runMerit(t, newSearcher) })
	t.Run("facets", func(t *testing.T) { t.Parallel(); runFacets(t, newSearcher) })
	t.Run("pages", func(t *testing.T) { t.Parallel(); runPages(t, newSearcher) })
	t.Run("refusals", func(t *testing.T) { t.Parallel(); runRefusals(t, newSearcher) })
	for i := range catalogues {
		t.Run(fmt.Sprintf("oracle %d", i), func(t *testing.T) { t.Parallel(); runOracle(t, newSearcher, i) })
	}
}

// catalogues is how many random catalogues the oracle is asked about, each with rapid's number of checks (100).
const catalogues = 3

// runOracle compares random searches over one random catalogue with brute force: the catalogue is the same in each run
// and loaded once, the searches differ.
func runOracle(t *testing.T, newSearcher NewSearcher, seed int) {
	t.Helper()
	docs := Catalogues(25 * (seed + 1)).Example(seed + 1)
	searcher := newSearcher(t, docs)
	oracle := NewOracle(docs, time.Now())
	rapid.Check(t, func(rt *rapid.T) {
		q := Queries().Draw(rt, "query")
		want := oracle.Products(q)
		got := ask(t, searcher, q)
		require.Equal(rt, len(want), got.Total, "total")
		oracle.checkHistogram(rt, q, got.Facets)
		require.Equal(rt, oracle.Facets(q), withoutSpread(got.Facets))
		require.Equal(rt, want, walk(t, searcher, q), "forwards")
		q.Page.Backward = true
		slices.Reverse(want)
		require.Equal(rt, want, walk(t, searcher, q), "backwards")
	})
}

// ask asks one query.
func ask(t *testing.T, s commerce.ProductSearcher, q commerce.SearchQuery) commerce.SearchResult {
	t.Helper()
	results, err := s.SearchProducts(t.Context(), []commerce.SearchQuery{q})
	require.NoError(t, err)
	require.Len(t, results, 1)
	return results[0]
}

// walk reads all pages of a query from its first, in the page's reading direction, as clients do: by rendered cursors.
func walk(t *testing.T, s commerce.ProductSearcher, q commerce.SearchQuery) []commerce.ProductRef {
	t.Helper()
	q.WantTotal, q.WantFacets = false, false
	all := []commerce.ProductRef{}
	for {
		hits := ask(t, s, q).Hits
		require.LessOrEqual(t, len(hits.Items), q.Page.Limit)
		more, before := hits.HasNext, hits.HasPrevious
		edge := len(hits.Items) - 1
		page := refs(hits)
		if q.Page.Backward {
			more, before, edge = before, more, 0
			slices.Reverse(page)
		}
		require.Equal(t, q.Page.Bounded, before, "whether something lies behind the reader")
		all = append(all, page...)
		if !more {
			return all
		}
		require.Len(t, hits.Items, q.Page.Limit, "only the last page may be short")
		cursor, ok := commerce.ParseCursor(hits.CursorAt(edge), q.Page.Ordering)
		require.True(t, ok, "a cursor that cannot be read again")
		q.Page.Bounded, q.Page.Bound = true, cursor
	}
}

func refs(l commerce.List[commerce.ProductRef]) []commerce.ProductRef {
	all := make([]commerce.ProductRef, len(l.Items))
	for i, item := range l.Items {
		all[i] = item.Node
	}
	return all
}

// runPages checks what random pages do not reach.
func runPages(t *testing.T, newSearcher NewSearcher) {
	t.Helper()
	docs := numbered(storeA, 12)
	s := newSearcher(t, docs)
	q := browse(storeA)
	q.Page.Limit = 0
	empty := ask(t, s, q).Hits
	require.Empty(t, empty.Items)
	require.True(t, empty.HasNext, "there are products after none")

	q.Text = "mug"
	q.Page.Limit = 5
	for _, backward := range []bool{false, true} {
		q.Page.Backward = backward
		got := walk(t, s, q)
		require.Len(t, got, len(docs), "a walk by relevance, backwards: %t", backward)
		require.Len(t, unique(got), len(docs), "without repeats")
	}

	several := []commerce.SearchQuery{browse(storeA), browse(storeB), q}
	results, err := s.SearchProducts(t.Context(), several)
	require.NoError(t, err)
	require.Len(t, results, len(several))
	require.Len(t, results[0].Hits.Items, 10)
	require.Empty(t, results[1].Hits.Items, "another store")
	require.Len(t, results[2].Hits.Items, 5)
	require.Zero(t, results[0].Total, "nobody asked for it")
	require.Empty(t, results[0].Facets, "nobody asked for them")

	none, err := s.SearchProducts(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

// runRefusals checks the codes of what cannot be answered.
func runRefusals(t *testing.T, newSearcher NewSearcher) {
	t.Helper()
	s := newSearcher(t, numbered(storeA, 3))
	for _, value := range []string{"", "x", "{}", "[]", "[1]", "[null,null]", `["price_min","x"]`, `["created_at",1,2]`, "[[[[", `["title_sort",7]`, `["popularity",1.5]`, `["popularity","1"]`} {
		for _, key := range []commerce.SortKey{commerce.SearchSortPrice, commerce.SearchSortTitle, commerce.SearchSortRelevance, commerce.SearchSortBestSelling} {
			q := browse(storeA)
			q.Page.Key, q.Page.Bounded = key, true
			q.Page.Bound = commerce.Cursor{Ordering: q.Page.Ordering, Value: value, ID: 1}
			_, err := s.SearchProducts(t.Context(), []commerce.SearchQuery{q})
			require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err), "cursor %q of %s: %v", value, key, err)
		}
	}
	q := browse(storeA)
	q.Page.Key = "VENDOR"
	_, err := s.SearchProducts(t.Context(), []commerce.SearchQuery{q})
	require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err), "an unknown order: %v", err)
}

func unique(all []commerce.ProductRef) map[commerce.ProductRef]bool {
	set := make(map[commerce.ProductRef]bool, len(all))
	for _, ref := range all {
		set[ref] = true
	}
	return set
}

// browse is a search for everything in a store, ten at a time.
func browse(store commerce.StoreID) commerce.SearchQuery {
	return commerce.SearchQuery{
		Store: store, Currency: currencyOf(store), Unavailable: commerce.UnavailableShow,
		Page: commerce.FirstPage(10, commerce.Ordering{Key: commerce.SearchSortRelevance}),
	}
}

// numbered is n mugs.
func numbered(store commerce.StoreID, n int) []commerce.ProductDocument {
	docs := make([]commerce.ProductDocument, n)
	for i := range docs {
		docs[i] = product(store, commerce.ProductID(i+1), fmt.Sprintf("Mug number %d", i+1))
	}
	return docs
}

// product is a published product with one variant that can be bought.
func product(store commerce.StoreID, id commerce.ProductID, title string) commerce.ProductDocument {
	return commerce.ProductDocument{
		Ref: commerce.ProductRef{Store: store, ID: id}, Currency: currencyOf(store), Title: title, PublishedAt: birth, CreatedAt: birth.Add(time.Duration(id) * time.Hour),
		Variants: []commerce.DocumentVariant{{PriceMinor: 100 * int64(id), Available: true}},
	}
}
