package search_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

// shelf is a store with one shirt that everything is asked about, and others that come before it or after it.
func shelf() []commerce.ProductDocument {
	past := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	variant := func(size, colour string, price int64, available bool) commerce.DocumentVariant {
		return commerce.DocumentVariant{
			SKU: "S-" + size, PriceMinor: price, Available: available,
			Options: []commerce.SelectedOption{{Name: "Size", Value: size}, {Name: "Colour", Value: colour}},
		}
	}
	shirt := commerce.ProductDocument{
		Ref: commerce.ProductRef{Store: 1, ID: 1}, Title: "Linen Shirt", Vendor: "Khadi", ProductType: "Shirts", Tags: []string{"summer"},
		PublishedAt: past, CreatedAt: past, Variants: []commerce.DocumentVariant{variant("M", "Red", 500, true), variant("L", "Blue", 900, false)},
	}
	docs := []commerce.ProductDocument{shirt, shirt, shirt, shirt}
	docs[1].Ref.ID, docs[1].Title = 2, "Shirt, a shirt" // says it twice, so it comes first
	docs[2].Ref.ID, docs[2].PublishedAt = 3, time.Now().Add(time.Hour)
	docs[3].Ref, docs[3].Title = commerce.ProductRef{Store: 2, ID: 1}, "Shirt" // of another store
	return docs
}

// TestExplainSearch plants each cause.
func TestExplainSearch(t *testing.T) {
	t.Parallel()
	url := searchtest.Server(t)
	docs := shelf()
	e, err := search.Open(url, search.Options{Alias: searchtest.NewIndex(t, url, docs)})
	require.NoError(t, err)
	t.Cleanup(e.Close)
	found := func(rank int) commerce.SearchMatch {
		return commerce.SearchMatch{Indexed: true, Current: true, Published: true, Available: true, Text: true, SameVariant: true, Rank: rank}
	}
	without := func(change func(*commerce.SearchMatch)) commerce.SearchMatch {
		m := found(0)
		change(&m)
		return m
	}
	option := func(name, value string) commerce.OptionSelection {
		return commerce.OptionSelection{Name: name, Values: []commerce.SelectedValue{{Key: value, Label: value}}}
	}
	changed := docs[0]
	changed.Title = "Cotton Shirt"
	for name, tc := range map[string]struct {
		query  commerce.SearchQuery
		id     commerce.ProductID
		due    *commerce.ProductDocument
		expect commerce.SearchMatch
	}{
		"found, after a better one": {commerce.SearchQuery{Text: "shirt"}, 1, &docs[0], found(2)},
		"found first":               {commerce.SearchQuery{Text: "linen shirt"}, 1, &docs[0], found(1)},
		"found while browsing":      {commerce.SearchQuery{}, 1, &docs[0], found(2)},
		"the beginning of a word":   {commerce.SearchQuery{Text: "linen sh", Prefix: true}, 1, &docs[0], found(1)},
		"not there":                 {commerce.SearchQuery{}, 9, nil, commerce.SearchMatch{}},
		"of another store":          {commerce.SearchQuery{Store: 2}, 2, nil, commerce.SearchMatch{}},
		"not yet":                   {commerce.SearchQuery{}, 3, &docs[2], without(func(m *commerce.SearchMatch) { m.Published = false })},
		"out of date": {commerce.SearchQuery{Text: "linen shirt"}, 1, &changed, func() commerce.SearchMatch {
			m := found(1)
			m.Current = false
			return m
		}()},
		"other words": {commerce.SearchQuery{Text: "linen trousers"}, 1, &docs[0], without(func(m *commerce.SearchMatch) {
			m.Text, m.MissingWords = false, []string{"trousers"}
		})},
		"another vendor": {commerce.SearchQuery{Selection: commerce.Selection{Vendors: []string{"Fab"}, Tags: []string{"summer"}}}, 1, &docs[0], without(func(m *commerce.SearchMatch) {
			m.Failed = []string{commerce.FilterVendor}
		})},
		"another price": {commerce.SearchQuery{Selection: commerce.Selection{Prices: []commerce.PriceRange{{Min: 1, Max: 2}}}}, 1, &docs[0], without(func(m *commerce.SearchMatch) {
			m.Failed, m.SameVariant = []string{commerce.FilterPrice}, false
		})},
		"of another variant": {commerce.SearchQuery{Selection: commerce.Selection{Options: []commerce.OptionSelection{option("size", "l"), option("colour", "red")}}}, 1, &docs[0], without(func(m *commerce.SearchMatch) {
			m.SameVariant = false
		})},
		"the same variant": {commerce.SearchQuery{Selection: commerce.Selection{Options: []commerce.OptionSelection{option("size", "m"), option("colour", "red")}}}, 1, &docs[0], found(2)},
		"only what is sold out": {commerce.SearchQuery{Unavailable: commerce.UnavailableHide, Selection: commerce.Selection{Options: []commerce.OptionSelection{option("size", "l")}}}, 1, &docs[0], without(func(m *commerce.SearchMatch) {
			m.SameVariant = false
		})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := tc.query
			if q.Store == 0 {
				q.Store = 1
			}
			q.Page = commerce.FirstPage(1, commerce.Ordering{Key: commerce.SearchSortRelevance})
			got, err := e.ExplainSearch(t.Context(), q, tc.id, tc.due)
			require.NoError(t, err)
			require.Equal(t, tc.expect, got)
		})
	}
}
