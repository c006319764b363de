package resolvers

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

// searchArgs are the arguments of a search field.
type searchArgs struct {
	text        string
	page        commerce.PageArgs
	filters     []*commerce.ProductFilter
	sortKey     *model.SearchSortKeys
	reverse     *bool
	types       []model.SearchType
	prefix      *model.SearchPrefixQueryType
	unavailable *model.SearchUnavailableProductsType
}

// query checks the arguments for a search in the given store. Code BAD_USER_INPUT.
func (a searchArgs) query(store *commerce.Store) (commerce.SearchQuery, error) {
	q := commerce.SearchQuery{
		Store: store.ID, Currency: store.Currency, Text: a.text,
		Prefix:      value(a.prefix, model.SearchPrefixQueryTypeLast) == model.SearchPrefixQueryTypeLast,
		Unavailable: commerce.UnavailableMode(value(a.unavailable, model.SearchUnavailableProductsTypeLast)),
	}
	if len(a.text) > commerce.MaxSearchText {
		return q, commerce.BadInput("query", "%d bytes are too long for a search: at most %d.", len(a.text), commerce.MaxSearchText)
	}
	filters := make([]commerce.ProductFilter, len(a.filters))
	for i, f := range a.filters {
		filters[i] = *f
	}
	var err error
	if q.Selection, err = commerce.NewSelection("productFilters", filters, store.Currency); err != nil {
		return q, err
	}
	order := commerce.Ordering{
		Key:     commerce.SortKey(value(a.sortKey, model.SearchSortKeysRelevance)),
		Reverse: value(a.reverse, false),
	}
	q.Page, err = commerce.NewPage(a.page, order)
	return q, err
}

// searchStores answers one search in each store: one request to the search engine (two more for suggestions), one statement for the products found.
func (r *Resolver) searchStores(ctx context.Context, stores []*commerce.Store, args searchArgs) ([]*model.SearchResultItemConnection, error) {
	wantTotal := graphql.FieldRequested(ctx, "totalCount")
	wantFacets := graphql.FieldRequested(ctx, "productFilters")
	wantSuggestion := graphql.FieldRequested(ctx, "didYouMean")
	wantSpread := graphql.FieldRequested(ctx, "productFilters.histogram")
	queries := make([]commerce.SearchQuery, len(stores))
	for i, s := range stores {
		q, err := args.query(s)
		if err != nil {
			return nil, err
		}
		q.WantTotal, q.WantFacets, q.WantSpread, q.WantSuggestion = wantTotal, wantFacets, wantSpread, wantSuggestion
		queries[i] = q
	}
	if len(args.types) > 0 && !slices.Contains(args.types, model.SearchTypeProduct) {
		return emptySearches(queries), nil
	}
	present := r.present()
	results, err := r.Searcher.SearchProducts(ctx, queries)
	if err != nil {
		return nil, err
	}
	for i, result := range results {
		r.Searches.Note(queries[i], result)
	}
	r.tellSearches(ctx, present, results)
	return hydrate(ctx, results)
}

// emptySearches answers searches for types of things that stores do not have.
func emptySearches(queries []commerce.SearchQuery) []*model.SearchResultItemConnection {
	shown := make([]*model.SearchResultItemConnection, len(queries))
	for i, q := range queries {
		shown[i] = &model.SearchResultItemConnection{
			Connection:     *model.NewConnection(commerce.NewList[model.SearchResultItem](q.Page, nil)),
			ProductFilters: []commerce.Facet{},
		}
	}
	return shown
}

// hydrate reads the products of all hits from the database. A hit that buyers may not see any more is left out, so that a
// late index can never show a wrong price, stock or product.
func hydrate(ctx context.Context, results []commerce.SearchResult) ([]*model.SearchResultItemConnection, error) {
	products, err := productsOf(ctx, results)
	if err != nil {
		return nil, err
	}
	shown := make([]*model.SearchResultItemConnection, len(results))
	for i, res := range results {
		shown[i] = searchConnection(res, products[i])
	}
	return shown, nil
}

// productsOf reads the products of all hits, nil for those that buyers may not see any more.
func productsOf(ctx context.Context, results []commerce.SearchResult) ([][]*commerce.Product, error) {
	var refs []commerce.ProductRef
	for _, res := range results {
		for _, hit := range res.Hits.Items {
			refs = append(refs, hit.Node)
		}
	}
	products, err := dataloader.From(ctx).ProductByID.Load(ctx, refs)
	if err != nil {
		return nil, err
	}
	of := make([][]*commerce.Product, len(results))
	for i, res := range results {
		n := len(res.Hits.Items)
		of[i], products = products[:n], products[n:]
	}
	return of, nil
}

func searchConnection(res commerce.SearchResult, products []*commerce.Product) *model.SearchResultItemConnection {
	list := commerce.List[model.SearchResultItem]{Order: res.Hits.Order, HasNext: res.Hits.HasNext, HasPrevious: res.Hits.HasPrevious}
	for i, hit := range res.Hits.Items {
		if products[i] != nil {
			list.Items = append(list.Items, commerce.Item[model.SearchResultItem]{Node: products[i], Value: hit.Value, ID: hit.ID})
		}
	}
	facets := res.Facets
	if facets == nil {
		facets = []commerce.Facet{}
	}
	shown := &model.SearchResultItemConnection{Connection: *model.NewConnection(list), ProductFilters: facets, TotalCount: res.Total}
	if res.Suggestion != "" {
		shown.DidYouMean = &res.Suggestion
	}
	return shown
}
