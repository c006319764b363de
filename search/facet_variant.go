package search

import (
	"strconv"

	"github.com/kirana-commerce/kirana/commerce"
)

// counter counts the products of the values of a facet on variants.
type counter interface {
	// availability answers with two buckets: what can be bought, then what cannot.
	availability() object
	prices(q commerce.SearchQuery) object
	options(size int, include any) object
}

// flatCounter counts by what products have of their variants.
type flatCounter struct{}

func (flatCounter) availability() object {
	return object{aggValues: object{"filters": object{"filters": list{term(fieldAvailable, true), term(fieldUnavailable, true)}}}}
}

func (flatCounter) prices(q commerce.SearchQuery) object {
	aggs := object{
		aggLow: object{"min": object{"field": fieldPriceMin}}, aggHigh: object{"max": object{"field": fieldPriceMax}},
		aggProducts: object{"filter": everything()},
	}
	if q.WantSpread {
		aggs[aggSteps] = object{"terms": object{"field": fieldPriceSteps, "size": maxPriceSteps}}
	}
	return aggs
}

func (flatCounter) options(size int, include any) object {
	return countTerms(fieldOptions, size, include, mostFirst())
}

// insideCounter counts the variants that meet all conditions, and goes back out to their products.
type insideCounter struct{}

func (insideCounter) availability() object {
	return object{aggValues: object{
		"filters": object{"filters": list{term(variantAvailable, true), term(variantAvailable, false)}},
		"aggs":    object{aggProducts: backToProducts()},
	}}
}

func (insideCounter) prices(q commerce.SearchQuery) object {
	aggs := object{
		aggLow: object{"min": object{"field": variantPrice}}, aggHigh: object{"max": object{"field": variantPrice}}, aggProducts: backToProducts(),
	}
	if q.WantSpread {
		aggs[aggSpread] = object{"filter": everything(), "aggs": countSpread(q.Currency)}
	}
	return aggs
}

// options are ordered by products, since a value's own count is that of variants.
func (insideCounter) options(size int, include any) object {
	order := list{object{aggProducts: "desc"}, object{"_key": "asc"}}
	return countTerms(variantOptions, size, include, order).with("aggs", object{aggProducts: backToProducts()})
}

// countSpread counts the products in every bucket of every grid of prices, some 400 in all: which grid to show is known only when the
// lowest and the highest price are, and counts of fine buckets do not add up to those of coarse ones, since a product's variants may lie in several.
func countSpread(currency commerce.Currency) object {
	grids := object{}
	for grid := range commerce.PriceGrids {
		edges := commerce.PriceGrid(grid, currency)
		ranges := make(list, len(edges)-1)
		for i := range ranges {
			ranges[i] = object{"from": edges[i], "to": edges[i+1]}
		}
		ranges[len(ranges)-1] = object{"from": edges[len(ranges)-1]} // as commerce.PriceBucketOf has it
		grids[strconv.Itoa(grid)] = object{
			"range": object{"field": variantPrice, "ranges": ranges}, "aggs": object{aggProducts: backToProducts()},
		}
	}
	return grids
}

func insideVariants(aggs object) object {
	return object{"nested": object{"path": fieldVariants}, "aggs": aggs}
}

func backToProducts() object { return object{"reverse_nested": object{}} }
