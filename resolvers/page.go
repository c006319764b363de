package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

// productPage checks the paging arguments of a list of products.
func productPage(args commerce.PageArgs, key *model.ProductSortKeys, reverse *bool) (commerce.Page, error) {
	order := commerce.Ordering{Key: commerce.ProductSortID, Reverse: value(reverse, false)}
	switch value(key, model.ProductSortKeysID) {
	case model.ProductSortKeysBestSelling: // the best first
		order = commerce.Ordering{Key: commerce.ProductSortBestSelling, Reverse: !order.Reverse}
	case model.ProductSortKeysID, model.ProductSortKeysRelevance:
	case model.ProductSortKeysCreatedAt:
		order.Key = commerce.ProductSortCreatedAt
	case model.ProductSortKeysUpdatedAt:
		order.Key = commerce.ProductSortUpdatedAt
	case model.ProductSortKeysPrice:
		order.Key = commerce.ProductSortPrice
	case model.ProductSortKeysProductType:
		order.Key = commerce.ProductSortProductType
	case model.ProductSortKeysTitle:
		order.Key = commerce.ProductSortTitle
	case model.ProductSortKeysVendor:
		order.Key = commerce.ProductSortVendor
	}
	return commerce.NewPage(args, order)
}

// collectionProductPage checks the paging arguments of a collection's products. own is the order that its merchant chose.
func collectionProductPage(args commerce.PageArgs, own commerce.CollectionSortOrder, key *model.ProductCollectionSortKeys, reverse *bool) (commerce.Page, error) {
	order := commerce.Ordering{Key: commerce.CollectionProductSortManual, Reverse: value(reverse, false)}
	switch value(key, model.ProductCollectionSortKeysCollectionDefault) {
	case model.ProductCollectionSortKeysBestSelling: // the best first
		order = commerce.Ordering{Key: commerce.ProductSortBestSelling, Reverse: !order.Reverse}
	case model.ProductCollectionSortKeysCollectionDefault:
		chosen := own.Order()
		order = commerce.Ordering{Key: chosen.Key, Reverse: chosen.Reverse != order.Reverse}
	case model.ProductCollectionSortKeysManual, model.ProductCollectionSortKeysRelevance:
	case model.ProductCollectionSortKeysCreated:
		order.Key = commerce.ProductSortCreatedAt
	case model.ProductCollectionSortKeysID:
		order.Key = commerce.ProductSortID
	case model.ProductCollectionSortKeysPrice:
		order.Key = commerce.ProductSortPrice
	case model.ProductCollectionSortKeysTitle:
		order.Key = commerce.ProductSortTitle
	}
	return commerce.NewPage(args, order)
}

// collectionPage checks the paging arguments of a list of collections.
func collectionPage(args commerce.PageArgs, key *model.CollectionSortKeys, reverse *bool) (commerce.Page, error) {
	order := commerce.Ordering{Key: commerce.CollectionSortID, Reverse: value(reverse, false)}
	switch value(key, model.CollectionSortKeysID) {
	case model.CollectionSortKeysID, model.CollectionSortKeysRelevance:
	case model.CollectionSortKeysTitle:
		order.Key = commerce.CollectionSortTitle
	case model.CollectionSortKeysUpdatedAt:
		order.Key = commerce.CollectionSortUpdatedAt
	}
	return commerce.NewPage(args, order)
}

// variantPage checks the paging arguments of a list of variants.
func variantPage(args commerce.PageArgs, key *model.ProductVariantSortKeys, reverse *bool) (commerce.Page, error) {
	order := commerce.Ordering{Key: commerce.VariantSortPosition, Reverse: value(reverse, false)}
	switch value(key, model.ProductVariantSortKeysPosition) {
	case model.ProductVariantSortKeysPosition, model.ProductVariantSortKeysRelevance:
	case model.ProductVariantSortKeysID:
		order.Key = commerce.VariantSortID
	case model.ProductVariantSortKeysSku:
		order.Key = commerce.VariantSortSKU
	case model.ProductVariantSortKeysTitle:
		order.Key = commerce.VariantSortTitle
	}
	return commerce.NewPage(args, order)
}

// mediaPage checks the paging arguments of a list of pictures. byID says whether they stand in the order of their ids.
func mediaPage(args commerce.PageArgs, byID bool, reverse *bool) (commerce.Page, error) {
	order := commerce.Ordering{Key: commerce.MediaSortPosition, Reverse: value(reverse, false)}
	if byID {
		order.Key = commerce.MediaSortID
	}
	return commerce.NewPage(args, order)
}

// productPages asks for the same page of each product.
func productPages(products []*commerce.Product, page commerce.Page) []commerce.ProductPageKey {
	keys := make([]commerce.ProductPageKey, len(products))
	for i, p := range products {
		keys[i] = commerce.ProductPageKey{Product: p.Ref(), Page: page}
	}
	return keys
}

// connections shows each list as a connection.
func connections[T any](lists []commerce.List[T], err error) ([]*model.Connection[T], error) {
	if err != nil {
		return nil, err
	}
	return model.NewConnections(lists), nil
}

// counted reads one page of a list for each key, and shows it as a connection that can tell how long the list is.
func counted[K commerce.ListKey[K], T any](ctx context.Context, l *dataloader.Loader[K, commerce.List[T]], keys []K) ([]*model.Connection[T], error) {
	shown, err := connections(l.Load(ctx, keys))
	if err != nil {
		return nil, err
	}
	counter := new(model.Counter(func(ctx context.Context) ([]int, error) {
		lists, err := l.Load(ctx, mapped(keys, K.Counting))
		return mapped(lists, func(l commerce.List[T]) int { return l.Total }), err
	}))
	for i, c := range shown {
		c.Counter, c.At = counter, i
	}
	return shown, nil
}

// totalCounts are how many items the lists have that connections are pages of: lists that were read together are counted together.
func totalCounts[T any](ctx context.Context, connections []*model.Connection[T]) ([]int, error) {
	totals, known := make([]int, len(connections)), make(map[*model.Counter][]int, 1)
	for i, c := range connections {
		if known[c.Counter] == nil {
			counts, err := (*c.Counter)(ctx)
			if err != nil {
				return nil, err
			}
			known[c.Counter] = counts
		}
		totals[i] = known[c.Counter][c.At]
	}
	return totals, nil
}

// mapLists shows each item of lists as something else.
func mapLists[T, U any](lists []commerce.List[T], show func(T) U) []commerce.List[U] {
	n := 0
	for _, l := range lists {
		n += len(l.Items)
	}
	items, shown := make([]commerce.Item[U], 0, n), make([]commerce.List[U], len(lists))
	for i, l := range lists {
		from := len(items)
		for _, item := range l.Items {
			items = append(items, commerce.Item[U]{Node: show(item.Node), Value: item.Value, ID: item.ID})
		}
		shown[i] = commerce.List[U]{Order: l.Order, Items: items[from:len(items):len(items)], HasNext: l.HasNext, HasPrevious: l.HasPrevious}
	}
	return shown
}

// mediaLists reads one page of pictures for each product and shows them as U.
func mediaLists[U any](ctx context.Context, products []*commerce.Product, page commerce.Page, show func(*commerce.MediaImage) U) ([]*model.Connection[U], error) {
	lists, err := dataloader.From(ctx).MediaList.Load(ctx, productPages(products, page))
	return connections(mapLists(lists, show), err)
}
