package search

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// The names of aggregations in requests and answers.
const (
	aggLabels   = "labels"
	aggSeen     = "seen"
	aggVariants = "variants"
	// Facets.
	aggAvailability = "availability"
	aggPrice        = "price"
	aggOptions      = "options"
	aggOption       = "option_" // and the selected option's index in the selection
	aggVendor       = "vendor"
	aggProductType  = "product_type"
	aggTags         = "tags"
	aggMetafield    = "metafield_" // and its place among those that are shown
	// The parts of a facet's answer.
	partSeparator = ":"
	aggValues     = "values"
	aggSelected   = "selected"
	aggProducts   = "products"
	aggLow        = "low"
	aggHigh       = "high"
	aggSpread     = "spread"
	aggSteps      = "steps"
)

// The bounds of the aggregations. Counts are exact as long as the products that match have no more than
// maxOptionValues option values together; beyond that the rarest values are missing. Buckets of one request: 4,000
// option values and 8,000 spellings, 250 values and at most MaxFilters selected ones for each of three product fields
// and of at most 40 metafields, and the same for each of at most four selected options (a variant has three, so five can hold on none), and
// some 400 of prices: under 30,000 of the 65,536 that the engine allows.
const (
	maxOptionValues    = 4_000
	maxOptionSpellings = 2 * maxOptionValues
	maxPriceSteps      = 1_000 // more than all grids have
)

// longestPattern is the engine's default bound of a regular expression, in characters.
const longestPattern = 1_000

// aggregations counts the values of every facet under all conditions but the facet's own. The conditions on variants
// must hold for one variant, so they are applied inside the variants, and the way back out counts products.
func aggregations(q commerce.SearchQuery, c conditions) object {
	s := q.Selection
	aggs := object{}
	for _, f := range []struct {
		name, facet, field string
		selected           []string
	}{
		{aggVendor, commerce.FilterVendor, fieldVendor, s.Vendors},
		{aggProductType, commerce.FilterProductType, fieldProductType, s.ProductTypes},
		{aggTags, commerce.FilterTag, fieldTags, s.Tags},
	} {
		if shows(q, f.facet, len(f.selected)) {
			addFacet(aggs, f.name, c.except(f.facet), countValues(f.field, f.selected, nil))
		}
	}
	for i, m := range shownMetafields(q) {
		chosen := metafieldTokens(commerce.MetafieldSelection{Namespace: m.Namespace, Key: m.Key, Values: chosenOf(q, m)})
		pattern := escapePattern(attributeToken(m.Namespace, m.Key, "")) + ".*"
		addFacet(aggs, aggMetafield+strconv.Itoa(i), c.except(m.FilterID()), countValues(fieldAttributes, chosen, pattern))
	}
	if inside := countVariants(aggs, q, c); len(inside) > 0 {
		aggs[aggVariants] = insideVariants(inside)
		if narrowed := clausesExcept(c.product, ""); len(narrowed) > 0 {
			aggs[aggVariants] = object{"filter": allOf(narrowed...), "aggs": object{aggVariants: insideVariants(inside)}}
		}
	}
	if q.Filters.ShowsOptions() || len(s.Options) > 0 {
		// A label does not depend on the selection, so that filters keep their names while they are clicked.
		aggs[aggLabels] = object{"terms": object{"field": fieldOptionLabels, "size": maxOptionSpellings}}
	}
	return aggs
}

// shows reports whether a filter is shown: the store shows it, or something of it is chosen. What is not shown is not counted.
func shows(q commerce.SearchQuery, facet string, chosen int) bool {
	return chosen > 0 || q.Filters.Place(facet) >= 0
}

// addFacet adds the parts of a facet's answer, inside a filter where others narrow it: one that lets everything through costs as much as a
// count, for each product that matches. Each part carries the facet's name, so that it does not matter where it stands.
func addFacet(to object, name string, narrowed list, parts object) {
	if len(narrowed) > 0 {
		group := object{}
		to[name] = object{"filter": allOf(narrowed...), "aggs": group}
		to = group
	}
	for part, agg := range parts {
		to[name+partSeparator+part] = agg
	}
}

// countVariants counts the values of the facets on variants: in flat by what products have of their variants, where no other condition is on
// variants, and else inside these.
func countVariants(flat object, q commerce.SearchQuery, c conditions) (inside object) {
	s := q.Selection
	inside = object{}
	count := func(name, facet string, of func(counter) object) {
		narrowed := clausesExcept(c.product, "")
		switch others := clausesExcept(c.variant, facet); {
		case c.older || len(others) > 0:
			addFacet(inside, name, others, of(insideCounter{}))
		case facet == commerce.FilterPrice: // a product without variants has no price
			addFacet(flat, name, append(narrowed, exists(fieldPriceSteps)), of(flatCounter{}))
		default:
			addFacet(flat, name, narrowed, of(flatCounter{}))
		}
	}
	if shows(q, commerce.FilterAvailability, len(s.Availability)) {
		count(aggAvailability, commerce.FilterAvailability, counter.availability)
	}
	if shows(q, commerce.FilterPrice, len(s.Prices)) {
		count(aggPrice, commerce.FilterPrice, func(by counter) object { return by.prices(q) })
	}
	if q.Filters.ShowsOptions() {
		count(aggOptions, "", func(by counter) object { return object{aggValues: by.options(maxOptionValues, nil)} })
	}
	for i, o := range s.Options {
		if pattern, ok := optionPattern(o.Name); ok {
			count(aggOption+strconv.Itoa(i), commerce.FilterOptionPrefix+o.Name, func(by counter) object {
				return object{aggValues: by.options(commerce.MaxFacetValues, pattern), aggSelected: by.options(len(o.Values), optionTokens(o))}
			})
		}
	}
	return inside
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

// countValues counts the values of a field; include narrows them to a pattern.
func countValues(field string, selected []string, include any) object {
	parts := object{aggValues: countTerms(field, commerce.MaxFacetValues, include, mostFirst())}
	if len(selected) > 0 {
		parts[aggSelected] = countTerms(field, len(selected), selected, mostFirst())
	}
	return parts
}

// mostFirst is the order of values by how many products have them.
func mostFirst() list { return list{object{"_count": "desc"}, object{"_key": "asc"}} }

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
