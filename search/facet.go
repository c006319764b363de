package search

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// The names of aggregations in requests and answers.
const (
	aggLabels       = "labels"
	aggSeen         = "seen"
	aggVariants     = "variants"
	aggAvailability = "availability"
	aggPrice        = "price"
	aggOptions      = "options"
	aggOption       = "option_" // and the selected option's index in the selection
	aggVendor       = "vendor"
	aggProductType  = "product_type"
	aggTags         = "tags"
	aggMetafields   = "metafields"
	aggValues       = "values"
	aggSelected     = "selected"
	aggProducts     = "products"
	aggLow          = "low"
	aggHigh         = "high"
	aggSpread       = "spread"
)

// The bounds of the aggregations. Counts are exact as long as the products that match have no more than
// maxOptionValues option values together; beyond that the rarest values are missing. Buckets of one request: 4,000
// option values and 8,000 spellings, 250 values and at most MaxFilters selected ones for each of three product fields
// and of at most 40 metafields, and the same for each of at most four selected options (a variant has three, so five can hold on none), and
// some 400 of prices: under 30,000 of the 65,536 that the engine allows.
const (
	maxOptionValues    = 4_000
	maxOptionSpellings = 2 * maxOptionValues
)

// longestPattern is the engine's default bound of a regular expression, in characters.
const longestPattern = 1_000

// aggregations counts the values of every facet under all conditions but the facet's own. The conditions on variants
// must hold for one variant, so they are applied inside the variants, and the way back out counts products.
func aggregations(q commerce.SearchQuery, c conditions) object {
	s := q.Selection
	aggs := object{}
	if metafields := countMetafields(q, c); len(metafields) > 0 {
		aggs[aggMetafields] = object{"filter": everything(), "aggs": metafields}
	}
	for _, f := range []struct {
		name, facet, field string
		selected           []string
	}{
		{aggVendor, commerce.FilterVendor, fieldVendor, s.Vendors},
		{aggProductType, commerce.FilterProductType, fieldProductType, s.ProductTypes},
		{aggTags, commerce.FilterTag, fieldTags, s.Tags},
	} {
		if shows(q, f.facet, len(f.selected)) {
			aggs[f.name] = c.productFacet(f.facet, f.field, f.selected, nil)
		}
	}
	if variants := countVariants(q, c); len(variants) > 0 {
		aggs[aggVariants] = object{"filter": allOf(clausesExcept(c.product, "")...), "aggs": object{aggVariants: insideVariants(variants)}}
	}
	if q.Filters.ShowsOptions() || len(s.Options) > 0 {
		// A label does not depend on the selection, so that filters keep their names while they are clicked.
		aggs[aggLabels] = insideVariants(object{aggLabels: object{"terms": object{"field": variantOptionLabels, "size": maxOptionSpellings}}})
	}
	return aggs
}

// shows reports whether a filter is shown: the store shows it, or something of it is chosen. What is not shown is not counted.
func shows(q commerce.SearchQuery, facet string, chosen int) bool {
	return chosen > 0 || q.Filters.Place(facet) >= 0
}

// countVariants counts the values of the facets on variants.
func countVariants(q commerce.SearchQuery, c conditions) object {
	s, variants := q.Selection, object{}
	if shows(q, commerce.FilterAvailability, len(s.Availability)) {
		variants[aggAvailability] = c.matchingVariants(commerce.FilterAvailability, object{aggValues: countAvailability()})
	}
	if shows(q, commerce.FilterPrice, len(s.Prices)) {
		variants[aggPrice] = c.matchingVariants(commerce.FilterPrice, countPrices(q))
	}
	if q.Filters.ShowsOptions() {
		variants[aggOptions] = c.matchingVariants("", object{aggValues: countOptions(maxOptionValues, nil)})
	}
	for i, o := range s.Options {
		if pattern, ok := optionPattern(o.Name); ok {
			variants[aggOption+strconv.Itoa(i)] = c.matchingVariants(commerce.FilterOptionPrefix+o.Name, object{
				aggValues:   countOptions(commerce.MaxFacetValues, pattern),
				aggSelected: countOptions(len(o.Values), optionTokens(o)),
			})
		}
	}
	return variants
}

// shownMetafields are the metafields that are filters, and those of which something is chosen: shown in the order of the store, then of the selection.
func shownMetafields(q commerce.SearchQuery) []commerce.SearchMetafield {
	var all []commerce.SearchMetafield
	if q.Filters != nil {
		for _, m := range q.Filters.Metafields {
			if shows(q, m.FilterID(), len(chosenOf(q, m))) {
				all = append(all, m)
			}
		}
	}
	for _, s := range q.Selection.Metafields {
		m := commerce.SearchMetafield{Namespace: s.Namespace, Key: s.Key, Type: string(commerce.MetafieldLine), Label: s.Key}
		if !slices.ContainsFunc(all, func(known commerce.SearchMetafield) bool { return known.FilterID() == m.FilterID() }) {
			all = append(all, m)
		}
	}
	return all
}

// chosenOf is the chosen values of a metafield.
func chosenOf(q commerce.SearchQuery, m commerce.SearchMetafield) []string {
	for _, s := range q.Selection.Metafields {
		if s.Namespace == m.Namespace && s.Key == m.Key {
			return s.Values
		}
	}
	return nil
}

// countMetafields counts the values of each metafield that is shown, by its place among them.
func countMetafields(q commerce.SearchQuery, c conditions) object {
	aggs := object{}
	for i, m := range shownMetafields(q) {
		chosen := metafieldTokens(commerce.MetafieldSelection{Namespace: m.Namespace, Key: m.Key, Values: chosenOf(q, m)})
		aggs[strconv.Itoa(i)] = c.productFacet(m.FilterID(), fieldAttributes, chosen, escapePattern(attributeToken(m.Namespace, m.Key, ""))+".*")
	}
	return aggs
}

func countPrices(q commerce.SearchQuery) object {
	aggs := object{
		aggLow: object{"min": object{"field": variantPrice}}, aggHigh: object{"max": object{"field": variantPrice}}, aggProducts: backToProducts(),
	}
	if q.WantSpread {
		aggs[aggSpread] = object{"filter": everything(), "aggs": countSpread(q.Currency)}
	}
	return aggs
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

func (c conditions) matchingVariants(facet string, aggs object) object {
	return object{"filter": allOf(clausesExcept(c.variant, facet)...), "aggs": aggs}
}

// productFacet counts the values of a field; include narrows them to a pattern.
func (c conditions) productFacet(facet, field string, selected []string, include any) object {
	count := func(size int, include any) object {
		return countTerms(field, size, include, list{object{"_count": "desc"}, object{"_key": "asc"}})
	}
	aggs := object{aggValues: count(commerce.MaxFacetValues, include)}
	if len(selected) > 0 {
		aggs[aggSelected] = count(len(selected), selected)
	}
	return object{"filter": allOf(c.except(facet)...), "aggs": aggs}
}

// countTerms counts the most frequent values of a field. include narrows them to a pattern or a list of values. The
// engine counts by global ordinals: the execution hint "map", which need not rebuild them at a refresh, was 3 to 7 times
// slower with 5,000 to 20,000 matching products, also at six to nine refreshes a second.
func countTerms(field string, size int, include any, order list) object {
	t := object{"field": field, "size": size, "order": order}
	if include != nil {
		t["include"] = include
	}
	return object{"terms": t}
}

// countOptions orders by products, since a value's own count is that of variants.
func countOptions(size int, include any) object {
	order := list{object{aggProducts: "desc"}, object{"_key": "asc"}}
	return countTerms(variantOptions, size, include, order).with("aggs", object{aggProducts: backToProducts()})
}

// countAvailability answers with two buckets: what can be bought, then what cannot.
func countAvailability() object {
	return object{
		"filters": object{"filters": list{term(variantAvailable, true), term(variantAvailable, false)}},
		"aggs":    object{aggProducts: backToProducts()},
	}
}

// optionPattern matches the tokens of one option. It reports false for a name so long that no product can have it.
func optionPattern(name string) (string, bool) {
	pattern := escapePattern(optionKey(name)+optionSeparator) + ".*"
	return pattern, len(pattern) <= longestPattern
}

// escapePattern takes the meaning off every character that has one in the engine's regular expressions.
func escapePattern(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`.?+*|{}[]()"\#@&<>~^$-`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
