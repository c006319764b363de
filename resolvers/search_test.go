package resolvers

import (
	"context"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/generated"
	"github.com/kirana-commerce/kirana/graph/model"
)

// finder is a search engine that finds fixed products, and notes what it is asked.
type finder struct {
	asked   []commerce.SearchQuery
	results []commerce.SearchResult
	err     error
}

func (f *finder) SearchProducts(_ context.Context, queries []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	f.asked = queries
	return f.results, f.err
}

// selecting is the context of a search field in a request to the store corner, of which the client has selected some fields.
func selecting(t *testing.T, w *world, fields string) context.Context {
	t.Helper()
	c := &catcher{}
	exec := executor.New(generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{Stores: w, Searcher: c}}))
	ctx := graphql.StartOperationTrace(request(t, &world{}, "corner"))
	operation, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: `{ search(query: "", first: 1) { ` + fields + ` } }`})
	require.Empty(t, errs)
	handler, ctx := exec.DispatchOperation(ctx, operation)
	handler(ctx)
	require.NotNil(t, c.caught)
	// The search ran in a world without faults; what follows it reads w.
	return dataloader.With(c.caught, dataloader.From(request(t, w, "corner")))
}

// catcher keeps the context that the resolver of a search field runs in.
type catcher struct{ caught context.Context } //nolint:containedctx // to hand it to the test is what it is for

func (c *catcher) SearchProducts(ctx context.Context, _ []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	c.caught = ctx
	return nil, errDown
}

func hits(ids ...int64) commerce.List[commerce.ProductRef] {
	list := commerce.List[commerce.ProductRef]{Order: commerce.Ordering{Key: commerce.SearchSortRelevance}, HasNext: true}
	for _, id := range ids {
		list.Items = append(list.Items, commerce.Item[commerce.ProductRef]{
			Node: commerce.ProductRef{Store: 1, ID: commerce.ProductID(id)}, Value: "v", ID: id,
		})
	}
	return list
}

func TestSearchQueryMapsEveryArgument(t *testing.T) {
	t.Parallel()
	store := stores()[1]
	page := commerce.PageArgs{First: new(3)}
	for _, key := range model.AllSearchSortKeys {
		for _, reverse := range []bool{false, true} {
			q, err := searchArgs{page: page, sortKey: &key, reverse: &reverse}.query(store)
			require.NoError(t, err)
			require.Equal(t, commerce.FirstPage(3, commerce.Ordering{Key: commerce.SortKey(key), Reverse: reverse}), q.Page)
			require.Contains(t, []commerce.SortKey{
				commerce.SearchSortRelevance, commerce.SearchSortPrice, commerce.SearchSortTitle, commerce.SearchSortCreatedAt, commerce.SearchSortBestSelling,
			}, q.Page.Key)
		}
	}
	for _, mode := range model.AllSearchUnavailableProductsType {
		q, err := searchArgs{page: page, unavailable: &mode}.query(store)
		require.NoError(t, err)
		require.Contains(t, []commerce.UnavailableMode{commerce.UnavailableShow, commerce.UnavailableLast, commerce.UnavailableHide}, q.Unavailable)
		require.Equal(t, string(mode), string(q.Unavailable))
	}
	for _, prefix := range model.AllSearchPrefixQueryType {
		q, err := searchArgs{page: page, prefix: &prefix}.query(store)
		require.NoError(t, err)
		require.Equal(t, prefix == model.SearchPrefixQueryTypeLast, q.Prefix)
	}
	q, err := searchArgs{text: "tea", page: page, filters: []*commerce.ProductFilter{
		{Price: &commerce.PriceRangeFilter{Max: new(1.5)}},
	}}.query(store)
	require.NoError(t, err)
	require.Equal(t, commerce.SearchQuery{
		Store: 2, Currency: "KWD", Text: "tea", Prefix: true, Unavailable: commerce.UnavailableLast,
		Selection: commerce.Selection{Prices: []commerce.PriceRange{{Max: 1500}}},
		Page:      commerce.FirstPage(3, commerce.Ordering{Key: commerce.SearchSortRelevance}),
	}, q, "in the store's own currency")
}

func TestSearchRefuses(t *testing.T) {
	t.Parallel()
	page := commerce.PageArgs{First: new(3)}
	for _, c := range []struct {
		args             searchArgs
		argument, reason string
	}{
		{searchArgs{text: strings.Repeat("a", 501), page: page}, "query", "501 bytes are too long for a search: at most 500."},
		{searchArgs{page: page, filters: []*commerce.ProductFilter{{}}}, "productFilters", "filter 0 must have exactly one of available, price, productType, productVendor, tag, variantOption and productMetafield."},
		{searchArgs{}, "first", "say how many items to return with first or last (at most 250)."},
	} {
		f := &finder{}
		_, err := (&Resolver{Searcher: f}).searchStores(selecting(t, &world{}, "totalCount"), stores(), c.args)
		requireRefusal(t, err, c.argument, c.reason)
		require.Nil(t, f.asked)
	}
}

// Hits are shown as the database has them: what it does not show any more is left out, and the places of the others stay.
func TestSearchHydratesItsHits(t *testing.T) {
	t.Parallel()
	facets := []commerce.Facet{{ID: commerce.FilterVendor}}
	f := &finder{results: []commerce.SearchResult{{Hits: hits(4, 3, 2), Total: 3, Facets: facets}, {Hits: hits(6)}}}
	ctx := selecting(t, &world{}, "totalCount nodes { __typename }")
	got, err := (&Resolver{Searcher: f}).searchStores(ctx, stores(), searchArgs{page: commerce.PageArgs{First: new(3)}})
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, []model.SearchResultItem{product(1, 4), product(1, 2)}, got[0].Nodes())
	require.Equal(t, commerce.Cursor{Ordering: hits().Order, Value: "v", ID: 2}.String(), got[0].Edges()[1].Cursor())
	require.True(t, got[0].PageInfo().HasNextPage)
	require.Equal(t, 3, got[0].TotalCount)
	require.Equal(t, facets, got[0].ProductFilters)
	require.Equal(t, []model.SearchResultItem{product(1, 6)}, got[1].Nodes())
	require.NotNil(t, got[1].ProductFilters, "an empty list, not null")
	for i, q := range f.asked {
		require.Equal(t, stores()[i].ID, q.Store)
		require.True(t, q.WantTotal)
		require.False(t, q.WantFacets, "nobody selected them")
	}
}

func TestSearchAsksForFacetsWhenSelected(t *testing.T) {
	t.Parallel()
	f := &finder{results: []commerce.SearchResult{{}}}
	ctx := selecting(t, &world{}, "productFilters { id }")
	_, err := (&queryResolver{&Resolver{Searcher: f}}).Search(ctx, "tea", new(3), nil, nil, nil, nil, nil, nil, nil, nil, nil)
	require.NoError(t, err)
	require.Len(t, f.asked, 1)
	require.True(t, f.asked[0].WantFacets)
	require.False(t, f.asked[0].WantTotal)
	require.False(t, f.asked[0].WantSpread, "nobody selected a histogram")
	ctx = selecting(t, &world{}, "productFilters { label few: histogram(buckets: 5) { count } }")
	_, err = (&queryResolver{&Resolver{Searcher: f}}).Search(ctx, "tea", new(3), nil, nil, nil, nil, nil, nil, nil, nil, nil)
	require.NoError(t, err)
	require.True(t, f.asked[0].WantFacets && f.asked[0].WantSpread)
}

// A suggestion is asked for when it is selected, and null when there is none.
func TestSearchSuggests(t *testing.T) {
	t.Parallel()
	f := &finder{results: []commerce.SearchResult{{Suggestion: "cotton"}, {}}}
	got, err := (&Resolver{Searcher: f}).searchStores(selecting(t, &world{}, "didYouMean"), stores(), searchArgs{text: "coton", page: commerce.PageArgs{First: new(3)}})
	require.NoError(t, err)
	require.Equal(t, new("cotton"), got[0].DidYouMean)
	require.Nil(t, got[1].DidYouMean)
	require.True(t, f.asked[0].WantSuggestion)
	require.False(t, f.asked[0].WantTotal)
	_, err = (&Resolver{Searcher: f}).searchStores(selecting(t, &world{}, "totalCount"), stores(), searchArgs{page: commerce.PageArgs{First: new(3)}})
	require.NoError(t, err)
	require.False(t, f.asked[0].WantSuggestion)
}

// Stores have products only: a search for anything else finds nothing, and asks nobody.
func TestSearchForOtherTypes(t *testing.T) {
	t.Parallel()
	for _, types := range [][]model.SearchType{{model.SearchTypePage}, {model.SearchTypeArticle, model.SearchTypePage}} {
		f := &finder{}
		got, err := (&storeResolver{&Resolver{Searcher: f}}).Search(selecting(t, &world{}, "totalCount"), stores(), "", new(3), nil, nil, nil, nil, nil, nil, types, nil, nil)
		require.NoError(t, err)
		require.Nil(t, f.asked)
		require.Len(t, got, 2)
		require.Empty(t, got[0].Nodes())
		require.NotNil(t, got[0].ProductFilters)
		require.Zero(t, got[0].TotalCount)
	}
	f := &finder{results: make([]commerce.SearchResult, 2)}
	_, err := (&Resolver{Searcher: f}).searchStores(selecting(t, &world{}, "totalCount"), stores(), searchArgs{
		page: commerce.PageArgs{First: new(3)}, types: []model.SearchType{model.SearchTypePage, model.SearchTypeProduct},
	})
	require.NoError(t, err)
	require.Len(t, f.asked, 2)
}

func TestSearchPassesErrorsOn(t *testing.T) {
	t.Parallel()
	args := searchArgs{page: commerce.PageArgs{First: new(3)}}
	_, err := (&Resolver{Searcher: &finder{err: commerce.Unavailable("Search", errDown)}}).searchStores(selecting(t, &world{}, "totalCount"), stores(), args)
	require.Equal(t, commerce.CodeUnavailable, commerce.CodeOf(err))
	found := &finder{results: []commerce.SearchResult{{Hits: hits(2)}, {}}}
	_, err = (&Resolver{Searcher: found}).searchStores(selecting(t, &world{err: errDown}, "totalCount"), stores(), args)
	require.ErrorIs(t, err, errDown)
}
