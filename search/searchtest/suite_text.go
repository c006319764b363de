package searchtest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// The products that texts are looked for in.
const (
	redShirt commerce.ProductID = iota + 1
	shirtBody
	skirt
	kajuKatli
	phone
	coffee
	nikeRed
	mugWithSKU
	coverForSKU
	lastOfText   = coverForSKU
	foreignShirt = redShirt // in the other store
)

func textCatalogue() []commerce.ProductDocument {
	docs := []commerce.ProductDocument{
		product(storeA, redShirt, "Red Cotton Shirt"),
		product(storeA, shirtBody, "Gift box"),
		product(storeA, skirt, "Long Skirt"),
		product(storeA, kajuKatli, "काजू कतली मिठाई"),
		product(storeA, phone, "Smartphone 128 GB"),
		product(storeA, coffee, "Crème brûlée coffee"),
		product(storeA, nikeRed, "Running shoes"),
		product(storeA, mugWithSKU, "Plain mug"),
		product(storeA, coverForSKU, "Cover for MUG-77/x"),
		product(storeB, foreignShirt, "Red Cotton Shirt"),
	}
	docs[1].Body = "holds one shirt and a ribbon"
	docs[5].Tags = []string{"Breakfast"}
	docs[6].Vendor, docs[6].ProductType = "Nike", "Footwear"
	docs[6].Variants[0].Options = []commerce.SelectedOption{{Name: "Colour", Value: "Crimson"}}
	docs[7].Variants[0].SKU, docs[7].Variants[0].Barcode = "MUG-77/x", "8901030865278"
	return docs
}

// textCase is a text, the products that come first, in order, and those that come after in any order.
type textCase struct {
	name, text  string
	prefix      bool
	first, then []commerce.ProductID
}

var textCases = []textCase{
	{name: "exact before body before typo", text: "shirt", first: []commerce.ProductID{redShirt, shirtBody, skirt}},
	{name: "case and space do not matter", text: "  SHIRT\t", first: []commerce.ProductID{redShirt, shirtBody, skirt}},
	{name: "all words", text: "cotton red", first: []commerce.ProductID{redShirt}},
	{name: "two words need both", text: "cotton phone"},
	{name: "words in different fields", text: "nike running crimson", first: []commerce.ProductID{nikeRed}},
	{name: "a typo beside a right word", text: "nike runing", first: []commerce.ProductID{nikeRed}}, //nolint:misspell // meant
	{name: "first letter wrong", text: "vmartphone", first: []commerce.ProductID{phone}},
	{name: "first letter missing", text: "martphone", first: []commerce.ProductID{phone}},
	{name: "letters swapped", text: "smartphoen", first: []commerce.ProductID{phone}},
	{name: "accents folded", text: "creme brulee", first: []commerce.ProductID{coffee}},
	{name: "accents typed", text: "Brûlée", first: []commerce.ProductID{coffee}},
	{name: "a tag", text: "breakfast", first: []commerce.ProductID{coffee}},
	{name: "Hindi", text: "कतली", first: []commerce.ProductID{kajuKatli}},
	{name: "Hindi words", text: "मिठाई काजू", first: []commerce.ProductID{kajuKatli}},
	{name: "Hindi beginning", text: "मिठ", prefix: true, first: []commerce.ProductID{kajuKatli}},
	{name: "Hindi digits", text: "१२८", first: []commerce.ProductID{phone}},
	{name: "a beginning", text: "smartp", prefix: true, first: []commerce.ProductID{phone}},
	{name: "a beginning when only words count", text: "smartp"},
	{name: "only the last word is a beginning", text: "cott shi", prefix: true},
	{name: "words, then a beginning", text: "cotton shi", prefix: true, first: []commerce.ProductID{redShirt}},
	{name: "a beginning with a full stop", text: "cotton shi.", prefix: true, first: []commerce.ProductID{redShirt}},
	{name: "one letter", text: "r", prefix: true, then: []commerce.ProductID{redShirt, nikeRed}},
	{name: "SKU before the words of it", text: "mug-77/X", first: []commerce.ProductID{mugWithSKU, coverForSKU}},
	{name: "barcode", text: "8901030865278", first: []commerce.ProductID{mugWithSKU}},
	{name: "SKU beginning", text: "mug-7", prefix: true, first: []commerce.ProductID{mugWithSKU, coverForSKU}},
	{name: "punctuation only", text: `!!! ?? "" () --`},
	{name: "what would be syntax", text: `title:shirt OR *`},
	{name: "nothing like it", text: "zzzzzzzz"},
}

func runText(t *testing.T, newSearcher NewSearcher) {
	t.Helper()
	s := newSearcher(t, textCatalogue())
	for _, c := range textCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			q := browse(storeA)
			q.Text, q.Prefix, q.WantTotal, q.WantFacets = c.text, c.prefix, true, true
			got := ask(t, s, q)
			found := refs(got.Hits)
			require.Len(t, found, len(c.first)+len(c.then), "%v", found)
			require.Equal(t, len(found), got.Total)
			require.Equal(t, idsOf(storeA, c.first), found[:len(c.first)])
			require.ElementsMatch(t, idsOf(storeA, c.then), found[len(c.first):])
			q.Store = 9
			require.Empty(t, ask(t, s, q).Hits.Items, "a store without products")
		})
	}
	t.Run("blank browses", func(t *testing.T) {
		t.Parallel()
		q := browse(storeA)
		q.Text, q.WantTotal = " \n", true
		require.Equal(t, int(lastOfText), ask(t, s, q).Total)
	})
	t.Run("other store", func(t *testing.T) {
		t.Parallel()
		q := browse(storeB)
		q.Text = "shirt"
		require.Equal(t, idsOf(storeB, []commerce.ProductID{foreignShirt}), refs(ask(t, s, q).Hits))
	})
	runNasty(t, s)
	runFields(t, s)
	t.Run("exact before a typo that is rarer", func(t *testing.T) { t.Parallel(); runCommonWord(t, newSearcher) })
}

// runCommonWord looks for a word that many long descriptions hold, where one short title holds a rare misspelling of it:
// by rarity and prominence alone the misspelling would come first.
func runCommonWord(t *testing.T, newSearcher NewSearcher) {
	t.Helper()
	docs := numbered(storeA, 30)
	for i := range docs[1:] {
		docs[i+1].Body = strings.Repeat("some words about it and ", 20) + "cotton"
	}
	docs[0].Title = "Cottom"
	q := browse(storeA)
	q.Text, q.Page.Limit = "cotton", len(docs)
	found := refs(ask(t, newSearcher(t, docs), q).Hits)
	require.Len(t, found, len(docs))
	require.Equal(t, docs[0].Ref, found[len(found)-1], "the misspelling comes last")
}

// NastyTexts are texts that trip query languages, analyzers and bounds. None may be an error.
func NastyTexts() []string {
	return []string{
		"\x00", "\xff\xfe", "\u200d\u200c", "\u202e", "🍎👩‍👩‍👧‍👦", `"`, `\`, `\\"`, `{"match_all":{}}`, "a:b AND (c", "/[a-z", "[* TO *]", "~2", "^9", "+-&&||!",
		strings.Repeat("a", commerce.MaxSearchText), strings.Repeat("a ", commerce.MaxSearchText/2), strings.Repeat("shirt ", commerce.MaxSearchText/6),
		strings.Repeat("字", commerce.MaxSearchText/3), strings.Repeat("क्", commerce.MaxSearchText/6), strings.Repeat("-", commerce.MaxSearchText),
		"'; DROP TABLE products; --", "%00", "<script>", "\u0130\u0131ß", "é\u0301\u0301\u0301",
	}
}

func runNasty(t *testing.T, s commerce.ProductSearcher) {
	t.Helper()
	t.Run("nasty texts", func(t *testing.T) {
		t.Parallel()
		for _, text := range NastyTexts() {
			q := browse(storeA)
			q.Text, q.Prefix, q.WantFacets, q.WantSuggestion = text, true, true, true
			_, err := s.SearchProducts(t.Context(), []commerce.SearchQuery{q, q})
			require.NoError(t, err, "%q", text)
		}
	})
}

func idsOf(store commerce.StoreID, ids []commerce.ProductID) []commerce.ProductRef {
	all := []commerce.ProductRef{}
	for _, id := range ids {
		all = append(all, commerce.ProductRef{Store: store, ID: id})
	}
	return all
}
