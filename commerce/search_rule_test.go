package commerce

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPlacement(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	later := noon.Add(time.Hour)
	pins := func(ids ...ProductID) *SearchRule { return &SearchRule{Pinned: ids} }
	with := func(r *SearchRule, change func(*SearchRule)) *SearchRule { change(r); return r }
	for _, tt := range []struct {
		name  string
		text  string
		in    CollectionID
		rules []*SearchRule
		want  []ProductID
	}{
		{"every search", "anything", 0, []*SearchRule{pins(1)}, []ProductID{1}},
		{"browsing too", "", 7, []*SearchRule{pins(1)}, []ProductID{1}},
		{"a text", " green TEAS! ", 0, []*SearchRule{with(pins(1), func(r *SearchRule) { r.Queries = []string{"coffee", "Green tea"} })}, []ProductID{1}},
		{"another text", "tea", 0, []*SearchRule{with(pins(1), func(r *SearchRule) { r.Queries = []string{"Green tea"} })}, nil},
		{"no text", "", 0, []*SearchRule{with(pins(1), func(r *SearchRule) { r.Queries = []string{"tea"} })}, nil},
		{"a collection", "", 7, []*SearchRule{with(pins(1), func(r *SearchRule) { r.Collection = 7 })}, []ProductID{1}},
		{"another collection", "", 8, []*SearchRule{with(pins(1), func(r *SearchRule) { r.Collection = 7 })}, nil},
		{"not yet", "", 0, []*SearchRule{with(pins(1), func(r *SearchRule) { r.StartsAt = &later })}, nil},
		{"from now on", "", 0, []*SearchRule{with(pins(1), func(r *SearchRule) { r.StartsAt, r.EndsAt = &noon, &later })}, []ProductID{1}},
		{"no longer", "", 0, []*SearchRule{with(pins(1), func(r *SearchRule) { r.EndsAt = &noon })}, nil},
		{"the older rule first, and nothing twice", "", 0, []*SearchRule{pins(3, 1), pins(2, 3)}, []ProductID{3, 1, 2}},
		{"who hides wins", "", 0, []*SearchRule{pins(1, 2), {Hidden: []ProductID{1}}}, []ProductID{2}},
	} {
		c := SearchCuration{Rules: tt.rules}
		q := SearchQuery{Text: tt.text}
		q.Selection.Collection = tt.in
		require.Equal(t, tt.want, c.Place(q, noon).Pinned, tt.name)
	}
	c := SearchCuration{Rules: []*SearchRule{{Buried: []ProductID{1, 2, 3}}, pins(2), {Hidden: []ProductID{3}}}}
	p := c.Place(SearchQuery{}, noon)
	require.Equal(t, []ProductID{1, 3}, p.Buried, "what is pinned is not buried")
	require.Len(t, p.Rules, 3)
	require.Equal(t, []ProductID{2}, c.Rules[1].Pinned, "the rules stay as they are")
}

// Placing must not change the rules, which many searches share.
func TestPlacementSharesNothing(t *testing.T) {
	t.Parallel()
	first, second := &SearchRule{Pinned: []ProductID{1, 2}}, &SearchRule{Pinned: []ProductID{3}, Hidden: []ProductID{1}}
	c := SearchCuration{Rules: []*SearchRule{first, second}}
	for range 2 {
		require.Equal(t, []ProductID{2, 3}, c.Place(SearchQuery{}, time.Time{}).Pinned)
	}
	require.Equal(t, []ProductID{1, 2}, first.Pinned)
}

func TestSynonymsOfAStore(t *testing.T) {
	t.Parallel()
	own := StoreSynonyms{Rules: []string{"kaapi, coffee", "not understood"}}
	require.Equal(t, []Span{{0, 1, []string{"coffee"}}}, own.Synonyms().Spans([]string{"kaapi"}))
	require.Empty(t, own.Synonyms().Spans([]string{"chawal"}))
	own.Starter = true
	require.NotEmpty(t, own.Synonyms().Spans([]string{"chawal"}))
}
