package graph

import (
	"math"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/generated"
	"github.com/kirana-commerce/kirana/graph/model"
)

// costs says what the fields cost that return many things: a point, and the points of one thing for each thing asked for.
// Every other field costs a point. A field with first or last that is missing here is found by a test.
func costs() generated.ComplexityRoot {
	var c generated.ComplexityRoot
	c.Query.Node = func(child int, _ string) int { return list(child, 1) }
	c.Query.Nodes = func(child int, ids []string) int { return list(child, len(ids)) }
	c.Query.Stores = func(child int, first *int, _, _ *string) int { return page(child, first, nil) }
	c.Query.Products, c.Store.Products = products, products
	c.Query.Collections, c.Store.Collections = collections, collections
	c.Query.Search, c.Store.Search = search, search

	c.Collection.Products = func(child int, first *int, _ *string, last *int, _ *string, _ *model.ProductCollectionSortKeys, _ *bool) int {
		return page(child, first, last)
	}
	c.Product.Collections = func(child int, first *int, _ *string, last *int, _ *string, _ *bool) int {
		return page(child, first, last)
	}
	c.Product.Images = func(child int, first *int, _ *string, last *int, _ *string, _ *model.ProductImageSortKeys, _ *bool) int {
		return page(child, first, last)
	}
	c.Product.Media = func(child int, first *int, _ *string, last *int, _ *string, _ *model.ProductMediaSortKeys, _ *bool) int {
		return page(child, first, last)
	}
	c.Product.Options = func(child int, first *int) int {
		if first == nil {
			return list(child, commerce.MaxOptions)
		}
		return page(child, first, nil)
	}
	c.Product.Variants = func(child int, first *int, _ *string, last *int, _ *string, _ *model.ProductVariantSortKeys, _ *bool) int {
		return page(child, first, last)
	}
	return c
}

func products(child int, first *int, _ *string, last *int, _, _ *string, _ *model.ProductSortKeys, _ *bool) int {
	return page(child, first, last)
}

func collections(child int, first *int, _ *string, last *int, _, _ *string, _ *model.CollectionSortKeys, _ *bool) int {
	return page(child, first, last)
}

func search(
	child int, _ string, first *int, _ *string, last *int, _ *string, _ []*commerce.ProductFilter, _ *model.SearchSortKeys,
	_ *bool, _ []model.SearchType, _ *model.SearchPrefixQueryType, _ *model.SearchUnavailableProductsType,
) int {
	return page(child, first, last)
}

// page costs a page of a list. A size out of bounds is refused later, by whoever can say so best.
func page(child int, first, last *int) int {
	size := 1
	for _, asked := range []*int{first, last} {
		if asked != nil {
			size = max(size, min(*asked, commerce.MaxPageSize))
		}
	}
	return list(child, size)
}

// list costs n things, and never overflows: a sum that wraps round would be cheap.
func list(child, n int) int {
	if child > 0 && n > (math.MaxInt32-1)/child {
		return math.MaxInt32
	}
	return 1 + n*child
}
