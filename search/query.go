package search

import (
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// request is one search as the engine gets it.
type request struct {
	routing string
	body    object
	// fields is the order that the sort values of the hits stand in.
	fields []sortField
	// later says that it is for a page after the first: after the sort values, on the walk where the order is by scores.
	later bool
	after list
	walk  walk
	// key signs walks; without one there are none.
	key []byte
	// older says that the index is of an older definition. typing says that only so many matches are looked at (see typed).
	older, typing bool
}

// newRequest builds the request of a query. It is the only builder: every request is routed to the store's shard and
// filtered by the store, and sees only products that are published by now. Code BAD_USER_INPUT.
func newRequest(q commerce.SearchQuery, now time.Time, older bool) (request, error) {
	return newPageRequest(q, now, older, nil)
}

// newPageRequest is newRequest for a page of a walk.
func newPageRequest(q commerce.SearchQuery, now time.Time, older bool, key []byte) (request, error) {
	fields, err := checkedFields(q)
	if err != nil {
		return request{}, err
	}
	r := request{routing: Routing(q.Store), fields: fields, later: q.Page.Bounded, older: older, typing: types(q) && !older, key: key}
	if r.later {
		if r.after, r.walk, err = searchAfter(q, fields, key); err != nil {
			return request{}, err
		}
	}
	r.build(q, r.walk.time(now), false)
	return r, nil
}

// build writes the request's body. What goes on from the top has no place to go on from.
func (r *request) build(q commerce.SearchQuery, now time.Time, fromTop bool) {
	r.body = object{
		"size": q.Page.Limit + 1, "sort": sortClause(r.fields),
		// The sort values hold the id: nothing of the document is read.
		"_source": false, "stored_fields": "_none_",
		"track_total_hits": counting(q),
	}
	if r.later && !fromTop {
		r.body["search_after"] = r.after
	}
	if r.typing {
		r.body["terminate_after"] = mostTyped
	}
	r.addSelection(q, now)
}

// counting is how many of the hits the engine counts: all, enough to tell whether they are few, or none.
func counting(q commerce.SearchQuery) any {
	if q.WantSuggestion && !q.WantTotal {
		return commerce.FewResults
	}
	return q.WantTotal
}

// addSelection filters the hits by the selection: before everything else when only they are wanted, after the facets
// when each of those must leave a part of it out. What the walk has seen counts, and is not shown again.
func (r *request) addSelection(q commerce.SearchQuery, now time.Time) {
	c := newConditions(q)
	c.older = r.older
	filters, after := scope(q, now), list{}
	if q.WantFacets {
		r.body["aggs"] = aggregations(q, c)
		after = c.except("")
	} else {
		filters = append(filters, c.except("")...)
	}
	if len(r.walk.Seen) > 0 {
		if counting(q) != false {
			r.countSeen(after)
		}
		after = append(after, r.walk.unseen())
	}
	if len(after) > 0 {
		r.body["post_filter"] = allOf(after...)
	}
	query := object{"filter": append(filters, within(q)...)}
	if scored := relevance(q, merit{dayOf(now), r.older}); scored != nil {
		query["must"] = list{scored}
	}
	r.body["query"] = object{"bool": query}
}

// scope is what no part of an answer may look beyond.
func scope(q commerce.SearchQuery, now time.Time) list {
	filters := list{
		term(fieldStore, Routing(q.Store)),
		object{"range": object{fieldPublishedAt: object{"lte": now.UnixMilli()}}},
	}
	if id := q.Selection.Collection; id != 0 {
		filters = append(filters, term(fieldCollections, id))
	}
	if hidden := q.Placement.Hidden; len(hidden) > 0 {
		filters = append(filters, object{"bool": object{"must_not": terms(fieldProduct, hidden)}})
	}
	return filters
}

// condition is one group of a selection as a clause, and the id of the facet that must not be narrowed by it.
type condition struct {
	facet  string
	clause object
}

// conditions are a selection's groups: those on the product, and those that one and the same variant must meet.
type conditions struct {
	product, variant []condition
	// older says that products do not have what their variants have.
	older bool
}

func newConditions(q commerce.SearchQuery) conditions {
	var c conditions
	s := q.Selection
	c.product = appendTerms(c.product, commerce.FilterVendor, fieldVendor, s.Vendors)
	c.product = appendTerms(c.product, commerce.FilterProductType, fieldProductType, s.ProductTypes)
	c.product = appendTerms(c.product, commerce.FilterTag, fieldTags, s.Tags)
	for _, m := range s.Metafields {
		c.product = appendTerms(c.product, commerce.MetafieldFilterID(m.Namespace, m.Key), fieldAttributes, metafieldTokens(m))
	}
	c.variant = appendTerms(c.variant, commerce.FilterAvailability, variantAvailable, s.Availability)
	if q.Unavailable == commerce.UnavailableHide { // belongs to no facet, so it narrows them all
		c.variant = append(c.variant, condition{clause: term(variantAvailable, true)})
	}
	if len(s.Prices) > 0 {
		c.variant = append(c.variant, condition{commerce.FilterPrice, priceClause(s.Prices)})
	}
	for _, o := range s.Options {
		c.variant = appendTerms(c.variant, commerce.FilterOptionPrefix+o.Name, variantOptions, optionTokens(o))
	}
	return c
}

func appendTerms[T any](to []condition, facet, field string, values []T) []condition {
	if len(values) == 0 {
		return to
	}
	return append(to, condition{facet, terms(field, values)})
}

func priceClause(ranges []commerce.PriceRange) object {
	var clauses list
	for _, r := range ranges {
		clauses = append(clauses, object{"range": object{variantPrice: object{"gte": r.Min, "lte": r.Max}}})
	}
	return anyOf(clauses...)
}

func optionTokens(o commerce.OptionSelection) []string {
	tokens := make([]string, len(o.Values))
	for i, v := range o.Values {
		tokens[i] = optionToken(o.Name, v.Key)
	}
	return tokens
}

func metafieldTokens(m commerce.MetafieldSelection) []string {
	tokens := make([]string, len(m.Values))
	for i, v := range m.Values {
		tokens[i] = attributeToken(m.Namespace, m.Key, v)
	}
	return tokens
}

// except is the clauses of all conditions but those of one facet; "" leaves none out.
func (c conditions) except(facet string) list {
	clauses := clausesExcept(c.product, facet)
	if variant := clausesExcept(c.variant, facet); len(variant) > 0 {
		clauses = append(clauses, object{"nested": object{"path": fieldVariants, "query": allOf(variant...)}})
	}
	return clauses
}

func clausesExcept(all []condition, facet string) list {
	clauses := list{}
	for _, c := range all {
		if facet == "" || c.facet != facet {
			clauses = append(clauses, c.clause)
		}
	}
	return clauses
}
