package commerce

import (
	"context"
	"slices"
	"strings"
	"time"
)

// StoreSearchFacets are what a store has decided about the filters of its searches. The zero value shows all there are.
type StoreSearchFacets struct {
	StoreID StoreID
	// Version counts the changes, 0 while nothing was set.
	Version   int
	UpdatedAt *time.Time
	// Filters are the ids of those that searches show, in their order; nil for all.
	Filters []string
	// Metafields are those of products that are filters.
	Metafields []SearchMetafield
	// Swatches are the colours of values.
	Swatches []SearchSwatch
}

// SearchMetafield is a metafield of products that is a filter.
type SearchMetafield struct {
	Namespace string `json:"namespace"`
	Key       string `json:"key"`
	Type      string `json:"type"`
	Label     string `json:"label"`
}

// FilterID is the id of the metafield's filter.
func (m SearchMetafield) FilterID() string { return MetafieldFilterID(m.Namespace, m.Key) }

// SearchSwatch is the colour of a value.
type SearchSwatch struct {
	Value string `json:"value"`
	Color string `json:"color"`
}

// MetafieldFilterID is the id of the filter of a metafield. Neither name has a full stop.
func MetafieldFilterID(namespace, key string) string {
	return FilterMetafieldPrefix + namespace + "." + key
}

// Place is where a filter stands among those that are shown, -1 when it is not.
func (f *StoreSearchFacets) Place(id string) int {
	if f == nil || f.Filters == nil {
		return 0
	}
	return slices.Index(f.Filters, id)
}

// ShowsOptions reports whether any option may be shown.
func (f *StoreSearchFacets) ShowsOptions() bool {
	return f == nil || f.Filters == nil || slices.ContainsFunc(f.Filters, func(id string) bool { return strings.HasPrefix(id, FilterOptionPrefix) })
}

// Arrange is the filters of a search in the store's order. One that the store does not show is left out, unless something of it is chosen:
// then it comes last, so that it can be taken back.
func (f *StoreSearchFacets) Arrange(all []Facet) []Facet {
	if f == nil || f.Filters == nil {
		return all
	}
	chosen := func(v FacetValue) bool { return v.Selected }
	all = slices.DeleteFunc(all, func(one Facet) bool { return f.Place(one.ID) < 0 && !slices.ContainsFunc(one.Values, chosen) })
	place := func(id string) int {
		if n := f.Place(id); n >= 0 {
			return n
		}
		return len(f.Filters)
	}
	slices.SortStableFunc(all, func(a, b Facet) int { return place(a.ID) - place(b.ID) })
	return all
}

// SearchFacetReader reads what stores have decided about the filters of their searches.
type SearchFacetReader interface {
	// SearchFacetsOf has an answer for every store that there is.
	SearchFacetsOf(ctx context.Context, stores []StoreID) (map[StoreID]*StoreSearchFacets, error)
}

// SearchFacetEditor changes which filters the searches of stores show. Refusals come as errors; then nothing was written.
type SearchFacetEditor interface {
	SetSearchFacets(ctx context.Context, by Author, store StoreID, in SearchFacetsSetInput) (*StoreSearchFacets, error)
}
