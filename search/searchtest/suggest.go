package searchtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// runSuggestions checks what is suggested where little is found.
func runSuggestions(t *testing.T, newSearcher NewSearcher) {
	t.Helper()
	docs := append(textCatalogue(), product(storeB, foreignShirt+1, "Marmalade jar"), product(storeB, foreignShirt+2, "Marmalade spoon"))
	for i := range commerce.FewResults {
		docs = append(docs, product(storeB, foreignShirt+10+commerce.ProductID(i), "Lantern"))
	}
	s := newSearcher(t, docs)
	for _, tt := range []struct {
		name, text, want string
		prefix, unasked  bool
		store            commerce.StoreID
		change           func(*commerce.SearchQuery)
	}{
		{name: "two slips", text: "Cotno", want: "cotton"},
		{name: "beside a right word", text: "red cotno", want: "red cotton"},
		{name: "as it is written", text: "brxle", want: "brûlée"},
		{name: "a word that there is not", text: "nike zzzzz", want: "nike"},
		{name: "a word of a description", text: "ribbon silk", want: "ribbon"},
		{name: "another number", text: "smartphone 7654", want: "smartphone"},
		{name: "right as it is", text: "cotton"},
		{name: "right words that no product has together", text: "cotton smartphone"},
		{name: "forgiven anyway", text: "smartphoen"},
		{name: "nothing like it", text: "zzzzzzzz"},
		{name: "no words", text: "!!!"},
		{name: "no text", text: " "},
		{name: "a word between words", text: "fir"},
		{name: "the beginning of a word", text: "cott smartp", prefix: true, want: "smartphone"},
		{name: "a beginning behind a slip", text: "cotno sh", prefix: true, want: "cotton shirt"},
		{name: "a beginning that is forgiven", text: "cotton sh", prefix: true},
		{name: "nobody asks", text: "cotno", unasked: true},
		{name: "another store's word", text: "marma lade"},
		{name: "its own", text: "marmalxdx jxx", store: storeB, want: "marmalade"},
		{name: "enough is found", text: "lanterm", store: storeB},
		{name: "a store without products", text: "cotno", store: 9},
		{name: "not under the filters", text: "cotno", change: func(q *commerce.SearchQuery) { q.Selection.Vendors = []string{"Nike"} }},
		{name: "hidden", text: "cotno", change: func(q *commerce.SearchQuery) { q.Placement.Hidden = []commerce.ProductID{redShirt} }},
		{name: "pinned", text: "cotno", change: func(q *commerce.SearchQuery) { q.Placement.Pinned = []commerce.ProductID{phone} }, want: ""},
	} {
		q := browse(max(tt.store, storeA))
		q.Text, q.Prefix, q.WantSuggestion = tt.text, tt.prefix, !tt.unasked
		if tt.change != nil {
			tt.change(&q)
		}
		require.Equal(t, tt.want, ask(t, s, q).Suggestion, tt.name)
	}
}

// The words of random suggestions' stores: each has some of its own.
var suggestedWords = map[commerce.StoreID][]string{
	storeA: {"shirt", "skirt", "kurta", "kurti", "cotton", "lamp", "brass", "चावल", "crème", "saree", "kettle"},
	storeB: {"shirt", "short", "kurtas", "button", "lime", "glass", "दाल", "sorry", "settle", "mustard"},
}

// runRandomSuggestions checks for random texts that a suggestion finds more than the text did, in the store, and has words of the store alone.
func runRandomSuggestions(t *testing.T, newSearcher NewSearcher) {
	t.Helper()
	docs := rapid.Custom(func(t *rapid.T) []commerce.ProductDocument {
		var all []commerce.ProductDocument
		for store, vocabulary := range suggestedWords {
			for i := range 12 {
				some := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 1, 3).Draw(t, "title")
				all = append(all, product(store, commerce.ProductID(i+1), strings.Join(some, " ")))
			}
		}
		return all
	}).Example(1)
	s := newSearcher(t, docs)
	has := func(store commerce.StoreID, word string) bool {
		plain := strings.NewReplacer("è", "e") // as search reads it
		return slices.ContainsFunc(docs, func(d commerce.ProductDocument) bool {
			return d.Ref.Store == store && slices.Contains(strings.Fields(plain.Replace(d.Title)), plain.Replace(word))
		})
	}
	suggested := 0
	rapid.Check(t, func(rt *rapid.T) {
		q := browse(rapid.SampledFrom([]commerce.StoreID{storeA, storeB}).Draw(rt, "store"))
		q.Text, q.WantSuggestion, q.Prefix = drawTypos(rt), true, rapid.Bool().Draw(rt, "prefix")
		got := ask(t, s, q)
		if got.Suggestion == "" {
			return
		}
		suggested++
		require.Less(rt, len(got.Hits.Items), commerce.FewResults)
		for word := range strings.FieldsSeq(got.Suggestion) {
			require.True(rt, has(q.Store, word), "%q of %q", word, got.Suggestion)
		}
		q.Text = got.Suggestion
		require.Greater(rt, len(ask(t, s, q).Hits.Items), len(got.Hits.Items), "%q", q.Text)
	})
	require.Positive(t, suggested, "a test of nothing")
}

// drawTypos draws up to three words of any store with letters that are wrong, missing or too many.
func drawTypos(t *rapid.T) string {
	vocabulary := slices.Concat(suggestedWords[storeA], suggestedWords[storeB])
	words := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 1, 3).Draw(t, "words")
	for i, word := range words {
		letters := []rune(word)
		for range rapid.IntRange(0, 3).Draw(t, "slips") {
			at := rapid.IntRange(0, len(letters)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				letters[at] = 'x'
			case 1:
				letters = slices.Insert(letters, at, 'e')
			default:
				if len(letters) > 1 {
					letters = slices.Delete(letters, at, at+1)
				}
			}
		}
		words[i] = string(letters)
	}
	return strings.Join(words, " ")
}
