package resolvers

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

// predictiveArgs are the arguments of a predictive search.
type predictiveArgs struct {
	text        string
	limit       *int
	scope       *model.PredictiveSearchLimitScope
	types       []model.PredictiveSearchType
	unavailable *model.SearchUnavailableProductsType
	fields      []model.SearchableField
}

// looksAtTitles reports whether titles are looked at, which is all that is looked at of collections and pages.
func (a predictiveArgs) looksAtTitles() bool {
	return len(a.fields) == 0 || slices.Contains(a.fields, model.SearchableFieldTitle)
}

// ofProducts are the texts of products that are looked at, nil for all.
func (a predictiveArgs) ofProducts() []commerce.SearchField {
	var fields []commerce.SearchField
	for _, f := range a.fields {
		if f != model.SearchableFieldAuthor && !slices.Contains(fields, commerce.SearchField(f)) {
			fields = append(fields, commerce.SearchField(f))
		}
	}
	return fields
}

// wants reports whether things of a type are asked for, by the argument and by a field.
func (a predictiveArgs) wants(ctx context.Context, of model.PredictiveSearchType, field string) bool {
	return (len(a.types) == 0 || slices.Contains(a.types, of)) && graphql.FieldRequested(ctx, field)
}

// predictStores answers a predictive search in each store: one request to the search engine, and a statement for each of the
// products, collections and pages.
func (r *Resolver) predictStores(ctx context.Context, stores []*commerce.Store, a predictiveArgs) ([]*model.PredictiveSearchResult, error) {
	limit := value(a.limit, commerce.MaxPredictions)
	if limit < 1 || limit > commerce.MaxPredictions {
		return nil, commerce.BadInput("limit", "%d is not between 1 and %d.", limit, commerce.MaxPredictions)
	}
	found := make([]*model.PredictiveSearchResult, len(stores))
	for i := range found {
		found[i] = &model.PredictiveSearchResult{
			Products: []*commerce.Product{}, Collections: []*commerce.Collection{}, Pages: []*commerce.TextPage{}, Queries: []*commerce.QuerySuggestion{},
		}
	}
	if len(a.text) > commerce.MaxSearchText {
		return nil, commerce.BadInput("query", "%d bytes are too long for a search: at most %d.", len(a.text), commerce.MaxSearchText)
	}
	if len(commerce.TypedWords(a.text)) == 0 {
		return found, nil
	}
	for _, part := range []func(context.Context, []*commerce.Store, []*model.PredictiveSearchResult, predictiveArgs, int) error{
		r.predictProducts, predictCollections, predictPages,
	} {
		if err := part(ctx, stores, found, a, limit); err != nil {
			return nil, err
		}
	}
	if value(a.scope, model.PredictiveSearchLimitScopeAll) == model.PredictiveSearchLimitScopeAll {
		for _, f := range found {
			share(f, limit)
		}
	}
	return found, nil
}

// share leaves as many things as are asked for, of each type its part.
func share(f *model.PredictiveSearchResult, limit int) {
	n := commerce.Share(limit, len(f.Products), len(f.Queries), len(f.Collections), len(f.Pages))
	f.Products, f.Queries, f.Collections, f.Pages = f.Products[:n[0]], f.Queries[:n[1]], f.Collections[:n[2]], f.Pages[:n[3]]
}

// predictProducts finds products, and the suggestions that are made from them.
func (r *Resolver) predictProducts(ctx context.Context, stores []*commerce.Store, found []*model.PredictiveSearchResult, a predictiveArgs, limit int) error {
	products := a.wants(ctx, model.PredictiveSearchTypeProduct, "products")
	queries := a.wants(ctx, model.PredictiveSearchTypeQuery, "queries")
	fields := a.ofProducts()
	if !products && !queries || len(a.fields) > 0 && len(fields) == 0 {
		return nil
	}
	n := limit
	if queries {
		n = commerce.PredictionPool
	}
	args := searchArgs{text: a.text, page: commerce.PageArgs{First: &n}, unavailable: a.unavailable}
	asked := make([]commerce.SearchQuery, len(stores))
	for i, s := range stores {
		var err error
		if asked[i], err = args.query(s); err != nil {
			return err
		}
		asked[i].Fields, asked[i].Typing = fields, true
	}
	present := r.present()
	results, err := r.Searcher.SearchProducts(ctx, asked)
	if err != nil {
		return err
	}
	r.tellSearches(ctx, present, results)
	shown, err := productsOf(ctx, results)
	if err != nil {
		return err
	}
	for i, all := range shown {
		all = slices.DeleteFunc(all, func(p *commerce.Product) bool { return p == nil })
		if queries {
			found[i].Queries = commerce.SuggestQueries(a.text, all, limit)
		}
		if products {
			found[i].Products = all[:min(limit, len(all))]
		}
	}
	return nil
}

// predictCollections finds collections by the beginnings of the words of their titles.
func predictCollections(ctx context.Context, stores []*commerce.Store, found []*model.PredictiveSearchResult, a predictiveArgs, limit int) error {
	if !a.wants(ctx, model.PredictiveSearchTypeCollection, "collections") || !a.looksAtTitles() {
		return nil
	}
	page, err := commerce.NewPage(commerce.PageArgs{First: &limit}, commerce.Ordering{Key: commerce.CollectionSortTitle})
	if err != nil {
		return err
	}
	words := commerce.BeginsWith(commerce.TypedWords(a.text))
	lists, err := loadEach(ctx, &dataloader.From(ctx).CollectionList, stores, func(s *commerce.Store) commerce.CollectionListKey {
		return commerce.CollectionListKey{Store: s.ID, Page: page, Words: words}
	})
	for i, list := range lists {
		found[i].Collections = nodes(list)
	}
	return err
}

// predictPages finds pages in the same way.
func predictPages(ctx context.Context, stores []*commerce.Store, found []*model.PredictiveSearchResult, a predictiveArgs, limit int) error {
	if !a.wants(ctx, model.PredictiveSearchTypePage, "pages") || !a.looksAtTitles() {
		return nil
	}
	page, err := commerce.NewPage(commerce.PageArgs{First: &limit}, commerce.Ordering{Key: commerce.TextPageSortTitle})
	if err != nil {
		return err
	}
	words := commerce.BeginsWith(commerce.TypedWords(a.text))
	lists, err := loadEach(ctx, &dataloader.From(ctx).PageList, stores, func(s *commerce.Store) commerce.TextPageListKey {
		return commerce.TextPageListKey{Store: s.ID, Page: page, Words: words}
	})
	for i, list := range lists {
		found[i].Pages = nodes(list)
	}
	return err
}

// nodes are what a page of a list has.
func nodes[T any](list commerce.List[T]) []T {
	return mapped(list.Items, func(item commerce.Item[T]) T { return item.Node })
}
