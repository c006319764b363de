package search_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

// desk decides for every store that its first product comes first, and counts how often it is asked.
type desk struct {
	reads [][]commerce.StoreID
	err   error
}

func (d *desk) Curations(_ context.Context, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.SearchCuration, error) {
	d.reads = append(d.reads, stores)
	found := map[commerce.StoreID]*commerce.SearchCuration{}
	for _, s := range stores {
		rule := &commerce.SearchRule{StoreID: s, Pinned: []commerce.ProductID{commerce.ProductID(s) * 10}}
		found[s] = &commerce.SearchCuration{Rules: []*commerce.SearchRule{rule}, Facets: &commerce.StoreSearchFacets{StoreID: s}}
	}
	return found, d.err
}

// asked remembers the queries that come through.
type asked struct{ queries []commerce.SearchQuery }

func (a *asked) SearchProducts(_ context.Context, queries []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	a.queries = queries
	return make([]commerce.SearchResult, len(queries)), nil
}

func (a *asked) ExplainSearch(_ context.Context, q commerce.SearchQuery, _ commerce.ProductID, _ *commerce.ProductDocument) (commerce.SearchMatch, error) {
	a.queries = []commerce.SearchQuery{q}
	return commerce.SearchMatch{}, nil
}

// What a merchant has just decided counts for whoever has seen it, however young what is known is.
func TestCuratedAsSeen(t *testing.T) {
	t.Parallel()
	d := &desk{}
	c := search.NewCurated(&asked{}, d, func() time.Time { return time.Unix(1_800_000_000, 0) })
	for i, step := range []struct {
		seen  commerce.LogPosition
		reads int
	}{{0, 1}, {0, 1}, {7, 2}, {7, 2}, {3, 2}, {8, 3}, {0, 3}} {
		_, err := c.SearchProducts(commerce.WithPosition(t.Context(), step.seen), []commerce.SearchQuery{{Store: 1}})
		require.NoError(t, err)
		require.Len(t, d.reads, step.reads, i)
	}
}

// Each store's searches go by its own decisions, which are read at most every two seconds, for all stores of a request at once.
func TestCurated(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	d, a := &desk{}, &asked{}
	c := search.NewCurated(a, d, func() time.Time { return now })
	of := func(stores ...commerce.StoreID) []commerce.SearchQuery {
		queries := make([]commerce.SearchQuery, len(stores))
		for i, s := range stores {
			queries[i].Store = s
		}
		return queries
	}
	for _, step := range []struct {
		after  time.Duration
		stores []commerce.StoreID
		read   []commerce.StoreID
	}{
		{0, []commerce.StoreID{1, 2, 1}, []commerce.StoreID{1, 2}},
		{time.Second, []commerce.StoreID{2, 3}, []commerce.StoreID{3}},
		{time.Second, []commerce.StoreID{1, 3}, []commerce.StoreID{1}},
		{0, []commerce.StoreID{1}, nil},
	} {
		now = now.Add(step.after)
		d.reads = nil
		_, err := c.SearchProducts(t.Context(), of(step.stores...))
		require.NoError(t, err)
		for i, q := range a.queries {
			require.Equal(t, step.stores[i], q.Store)
			require.Equal(t, []commerce.ProductID{commerce.ProductID(q.Store) * 10}, q.Placement.Pinned)
			require.NotNil(t, q.Synonyms)
			require.Equal(t, q.Store, q.Filters.StoreID)
		}
		if step.read == nil {
			require.Empty(t, d.reads)
			continue
		}
		require.Equal(t, [][]commerce.StoreID{step.read}, d.reads)
	}

	match, err := c.ExplainSearch(t.Context(), commerce.SearchQuery{Store: 1}, 10, nil)
	require.NoError(t, err)
	require.Equal(t, []commerce.ProductID{10}, a.queries[0].Placement.Pinned)
	require.Equal(t, a.queries[0].Placement, match.Placement)

	d.err = errors.New("the database is away")
	_, err = c.SearchProducts(t.Context(), of(7))
	require.ErrorIs(t, err, d.err, "a search without the store's decisions is another search")
	d.err = nil
	_, err = c.SearchProducts(t.Context(), of(7))
	require.NoError(t, err)
	require.Len(t, a.queries[0].Placement.Pinned, 1, "what failed is not remembered")
}
