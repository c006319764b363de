package commerce

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSpans(t *testing.T) {
	t.Parallel()
	base, err := ParseSynonyms("# groceries\n\nchawal, rice, चावल\nsarson ka tel, mustard oil\nshakkar => sugar, raw sugar\n")
	require.NoError(t, err)
	own, err := ParseSynonyms("rice, arroz")
	require.NoError(t, err)
	tests := []struct {
		name, text string
		sets       []Synonyms
		want       []Span
	}{
		{"two-way", "chawal", []Synonyms{base}, []Span{{0, 1, []string{"rice", "चावल"}}}},
		{"two-way, back", "चावल", []Synonyms{base}, []Span{{0, 1, []string{"chawal", "rice"}}}},
		{"case and plural", "old Rices,", []Synonyms{base}, []Span{{1, 2, []string{"chawal", "चावल"}}}},
		{"a phrase among words", "pure sarson ka tel now", []Synonyms{base}, []Span{{1, 4, []string{"mustard oil"}}}},
		{"one-way", "shakkar", []Synonyms{base}, []Span{{0, 1, []string{"sugar", "raw sugar"}}}},
		{"one-way, not back", "sugar", []Synonyms{base}, nil},
		{"a store's own beside the starter set", "rice", []Synonyms{own, base}, []Span{{0, 1, []string{"arroz", "chawal", "चावल"}}}},
		{"none", "rice", []Synonyms{{}}, nil},
		{"no words", "", []Synonyms{base}, nil},
	}
	for _, tt := range tests {
		var all Synonyms
		for _, set := range tt.sets {
			all = all.With(set)
		}
		require.Equal(t, tt.want, all.Spans(strings.Fields(tt.text)), tt.name)
	}
}

// TestSpansAreBounded: no rules and no text make a search grow beyond the bound.
func TestSpansAreBounded(t *testing.T) {
	t.Parallel()
	s, err := ParseSynonyms("a1, a2, a3, a4, a5, a6, a7, a8, a9, b1, b2, b3, b4, b5, b6, b7")
	require.NoError(t, err)
	all := 0
	for _, span := range s.Spans([]string{"a1", "a2", "a3", "a4"}) {
		all += len(span.Alternatives)
	}
	require.Equal(t, maxAlternatives, all)
}

func TestSynonymsAreRefused(t *testing.T) {
	t.Parallel()
	for rule, reason := range map[string]string{
		"alone":                            "nothing to be a synonym of",
		"a, , b":                           "is empty",
		"a => ":                            "is empty",
		"=> a":                             "is empty",
		"a, !!!":                           "is empty",
		"a, one two three four five":       "longer than 4 words",
		"a, " + strings.Repeat("x", 101):   "100 bytes",
		strings.Repeat("a, ", 20) + "last": "more than 20 terms",
	} {
		_, err := ParseSynonyms("rice, chawal\n" + rule)
		require.ErrorContains(t, err, reason, rule)
		require.ErrorContains(t, err, "line 2", rule)
	}
}

func TestStarterSynonyms(t *testing.T) {
	t.Parallel()
	s := StarterSynonyms()
	require.Greater(t, len(s.sets[0]), 200)
	for text, want := range map[string]string{"chawal": "rice", "haldi": "turmeric", "tshirt": "t shirt", "अंडा": "egg"} {
		spans := s.Spans([]string{text})
		require.NotEmpty(t, spans, text)
		require.Contains(t, spans[0].Alternatives, want)
	}
}
