package commerce

import (
	"slices"
	"strings"
)

// The bounds of what a store decides about filters.
const (
	// MaxSearchMetafields bounds the metafields that are filters in a store, and those that one search is narrowed by.
	MaxSearchMetafields = 20

	maxShownFilters = 50
	maxSwatches     = 500
)

// SearchFacetsSetInput is what a store decides about the filters of its searches, all of it.
type SearchFacetsSetInput struct {
	// ExpectedVersion is what the merchant has seen; nil for whatever it is.
	ExpectedVersion *int
	// Filters is nil for all filters.
	Filters    []string
	Metafields []*SearchMetafield
	Swatches   []*SearchSwatch
}

// Facets is what the input asks for. Refusals.
func (in SearchFacetsSetInput) Facets(store StoreID) (*StoreSearchFacets, error) {
	var r Refusals
	f := &StoreSearchFacets{StoreID: store, Metafields: in.metafields(&r), Swatches: in.swatches(&r)}
	f.Filters = in.filters(&r, f.Metafields)
	return f, r.Err()
}

// tooMany reports a list that is too long.
func tooMany(r *Refusals, field string, n, most int) bool {
	if n > most {
		r.Add(RefusalTooMany, []any{"input", field}, "%d are too many: at most %d.", n, most)
	}
	return n > most
}

// filters are the ids in the form in which they compare. nil stays nil: it means all.
func (in SearchFacetsSetInput) filters(r *Refusals, metafields []SearchMetafield) []string {
	if in.Filters == nil || tooMany(r, "filters", len(in.Filters), maxShownFilters) {
		return nil
	}
	ids := make([]string, len(in.Filters))
	for i, text := range in.Filters {
		path := []any{"input", "filters", i}
		id := strings.TrimSpace(text)
		if name, is := strings.CutPrefix(id, FilterOptionPrefix); is {
			id = FilterOptionPrefix + OptionKey(name)
		}
		switch {
		case id == "":
			r.Add(RefusalBlank, path, "The id is empty.")
		case Characters(MaxLabel + len(FilterOptionPrefix)).Exceeded(id):
			r.Add(RefusalTooLong, path, "The id is longer than that of any filter.")
		case !storable(id) || !IsFilterID(id):
			r.Add(RefusalInvalid, path, "%.80q is no filter: they are filter.v.availability, filter.v.price, filter.p.vendor, filter.p.product_type, "+
				"filter.p.tag, filter.v.option.NAME and filter.p.m.NAMESPACE.KEY.", text)
		case slices.Contains(ids[:i], id):
			r.Add(RefusalDuplicate, path, "The filter %.80q stands there twice.", id)
		case strings.HasPrefix(id, FilterMetafieldPrefix) && !slices.ContainsFunc(metafields, func(m SearchMetafield) bool { return m.FilterID() == id }):
			r.Add(RefusalNotFound, path, "The metafield of %.80q is no filter: name it among the metafields as well.", id)
		}
		ids[i] = id
	}
	return ids
}

// IsFilterID reports whether there can be a filter of the id.
func IsFilterID(id string) bool {
	switch id {
	case FilterAvailability, FilterPrice, FilterVendor, FilterProductType, FilterTag:
		return true
	}
	if name, is := strings.CutPrefix(id, FilterOptionPrefix); is {
		return name != ""
	}
	name, is := strings.CutPrefix(id, FilterMetafieldPrefix)
	namespace, key, two := strings.Cut(name, ".")
	return is && two && metafieldNamespace.MatchString(namespace) && metafieldKey.MatchString(key)
}

func (in SearchFacetsSetInput) metafields(r *Refusals) []SearchMetafield {
	if tooMany(r, "metafields", len(in.Metafields), MaxSearchMetafields) {
		return nil
	}
	all := make([]SearchMetafield, len(in.Metafields))
	for i, m := range in.Metafields {
		at := func(field string) []any { return []any{"input", "metafields", i, field} }
		if !metafieldNamespace.MatchString(m.Namespace) {
			r.Add(RefusalInvalid, at("namespace"), "A namespace is 1 to 255 of letters, digits, - and _.")
		}
		if !metafieldKey.MatchString(m.Key) {
			r.Add(RefusalInvalid, at("key"), "A key is 1 to 64 of letters, digits, - and _.")
		}
		if !MetafieldType(m.Type).filters() {
			r.Add(RefusalInvalid, at("type"), "Metafields of type %.40q cannot be filters: single_line_text_field, number_integer, number_decimal, boolean, "+
				"date and color can, and lists of these.", m.Type)
		}
		all[i] = SearchMetafield{m.Namespace, m.Key, m.Type, strings.TrimSpace(m.Label)}
		checkRuleText(r, all[i].Label, at("label"), "label")
		if slices.ContainsFunc(all[:i], func(other SearchMetafield) bool { return other.FilterID() == all[i].FilterID() }) {
			r.Add(RefusalDuplicate, at("key"), "The metafield %.80s.%s stands there twice.", m.Namespace, m.Key)
		}
	}
	return all
}

func (in SearchFacetsSetInput) swatches(r *Refusals) []SearchSwatch {
	if tooMany(r, "swatches", len(in.Swatches), maxSwatches) {
		return nil
	}
	all, known := make([]SearchSwatch, len(in.Swatches)), make(map[string]bool, len(in.Swatches))
	for i, s := range in.Swatches {
		at := func(field string) []any { return []any{"input", "swatches", i, field} }
		all[i] = SearchSwatch{strings.TrimSpace(s.Value), strings.ToLower(s.Color)}
		checkRuleText(r, all[i].Value, at("value"), "value")
		if _, is := ParseColour(all[i].Color); !is {
			r.Add(RefusalInvalid, at("color"), "%.40q is no colour: write it as #d9a441.", s.Color)
		}
		if key := OptionKey(s.Value); known[key] {
			r.Add(RefusalDuplicate, at("value"), "The value %.80q stands there twice.", all[i].Value)
		} else {
			known[key] = true
		}
	}
	return all
}
