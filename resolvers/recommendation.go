package resolvers

import (
	"context"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

// recommendations finds products to show beside one in each store, by exactly one of handle and id: what the merchant chose, then, for
// related ones, what has most in common. Nil where there is no such product.
func recommendations(ctx context.Context, stores []*commerce.Store, intent *model.ProductRecommendationIntent, handle, id *string) ([][]*commerce.Product, error) {
	if (handle == nil) == (id == nil) {
		return nil, commerce.BadInput("productHandle", "give exactly one of productHandle and productId.")
	}
	products, err := storeProducts(ctx, stores, handle, id)
	if err != nil {
		return nil, err
	}
	related := value(intent, model.ProductRecommendationIntentRelated) == model.ProductRecommendationIntentRelated
	found := slices.DeleteFunc(slices.Clone(products), func(p *commerce.Product) bool { return p == nil })
	lists, err := recommended(ctx, found, related)
	if err != nil {
		return nil, err
	}
	each := make([][]*commerce.Product, len(stores))
	for i, p := range products {
		if p != nil {
			each[i], lists = lists[0], lists[1:]
		}
	}
	return each, nil
}

// recommended are the recommendations beside each product.
func recommended(ctx context.Context, products []*commerce.Product, related bool) ([][]*commerce.Product, error) {
	key := commerce.ComplementaryKey
	if related {
		key = commerce.RelatedKey
	}
	lists, err := chosenProducts(ctx, products, key)
	if err != nil || !related {
		return lists, err
	}
	alike, err := loadEach(ctx, &dataloader.From(ctx).RelatedProducts, products, (*commerce.Product).Ref)
	if err != nil {
		return nil, err
	}
	for i, more := range alike {
		for _, p := range more {
			lists[i] = recommend(lists[i], products[i], p)
		}
	}
	return lists, nil
}

// chosenProducts are the products that a merchant chose in a metafield of each product.
func chosenProducts(ctx context.Context, products []*commerce.Product, key string) ([][]*commerce.Product, error) {
	namespace := commerce.RecommendationNamespace
	fields, err := metafield(ctx, products, &namespace, key)
	if err != nil {
		return nil, err
	}
	chosen := slices.DeleteFunc(slices.Clone(fields), func(m *commerce.Metafield) bool { return m == nil })
	found, err := references(ctx, chosen, true)
	if err != nil {
		return nil, err
	}
	lists := make([][]*commerce.Product, len(products))
	for i, m := range fields {
		lists[i] = []*commerce.Product{}
		if m == nil {
			continue
		}
		for _, one := range found[0] {
			if p, is := one.(*commerce.Product); is {
				lists[i] = recommend(lists[i], products[i], p)
			}
		}
		found = found[1:]
	}
	return lists, nil
}

// recommend adds a product to those beside another, unless it is there already, is the other itself or of another store, or no buyer
// can see it: what a merchant is recommended is what their buyers are.
func recommend(list []*commerce.Product, beside, p *commerce.Product) []*commerce.Product {
	if len(list) == commerce.MaxRecommendations || p.Hidden || p.StoreID != beside.StoreID || p.ID == beside.ID ||
		slices.ContainsFunc(list, func(other *commerce.Product) bool { return other.ID == p.ID }) {
		return list
	}
	return append(list, p)
}
