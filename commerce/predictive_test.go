package commerce_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

func titled(titles ...string) []*commerce.Product {
	products := make([]*commerce.Product, len(titles))
	for i, t := range titles {
		products[i] = &commerce.Product{Title: t}
	}
	return products
}

func TestSuggestQueries(t *testing.T) {
	t.Parallel()
	shirts := titled("Linen Shirt", "Cotton Shirt Dress", "Linen Shirt Dress")
	for _, p := range shirts {
		p.ProductType, p.Vendor, p.Tags = "Shirts", "Shakti", []string{"New", "Summer Sale"}
	}
	for name, tc := range map[string]struct {
		text     string
		products []*commerce.Product
		want     []string
	}{
		"nothing typed":          {" ?! ", shirts, []string{}},
		"one letter":             {"S", shirts, []string{"shirt", "shakti", "shirts", "summer sale", "linen shirt", "shirt dress", "cotton shirt"}},
		"what most have first":   {"shi", shirts, []string{"shirt", "shirts", "linen shirt", "shirt dress", "cotton shirt"}},
		"not what was typed":     {"shirt", shirts, []string{"shirts", "linen shirt", "shirt dress", "cotton shirt"}},
		"the words before it":    {"linen dr", shirts, []string{"linen dress", "linen shirt dress"}},
		"a typing error":         {"shitr", shirts, []string{"linen shirt", "cotton shirt"}},
		"another script":         {"चा", titled("बासमती चावल"), []string{"चावल", "बासमती चावल"}},
		"nothing found":          {"zzz", nil, []string{}},
		"commas are no words":    {"dre", titled("Wrap Dress, Ajrakh"), []string{"dress", "wrap dress", "dress, ajrakh"}},
		"a title is no search":   {"a", titled("a" + strings.Repeat("b", 50)), []string{}},
		"what it has beside tea": {"tea", titled("tea"), []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := []string{}
			for _, s := range commerce.SuggestQueries(tc.text, tc.products, 10) {
				got = append(got, s.Text)
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestSuggestionsAreMarked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"linen dr": "<mark>linen</mark> <mark>dr</mark>ess",
		"x":        "<mark>x</mark>&lt;b&gt;y",
	} {
		products := titled("Dress", "x<b>y")
		if text != "x" {
			products = titled("Linen Dress")
		}
		require.Equal(t, want, commerce.SuggestQueries(text, products, 1)[0].StyledText())
	}
}

// Whatever is typed and sold, there are at most so many suggestions, each once, none is what was typed, and the marks are the only markup.
func TestSuggestionsOfAnything(t *testing.T) {
	t.Parallel()
	word := rapid.StringOfN(rapid.RuneFrom([]rune("abé<&\"चा, -")), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		products := titled(rapid.SliceOfN(word, 0, 5).Draw(t, "titles")...)
		for _, p := range products {
			p.Tags = rapid.SliceOfN(word, 0, 3).Draw(t, "tags")
		}
		text, limit := word.Draw(t, "text"), rapid.IntRange(1, 10).Draw(t, "limit")
		seen := make(map[string]bool)
		for _, s := range commerce.SuggestQueries(text, products, limit) {
			require.False(t, seen[s.Text], "twice")
			seen[s.Text] = true
			require.NotEqual(t, strings.Join(commerce.TypedWords(text), " "), s.Text)
			plain := strings.NewReplacer("<mark>", "", "</mark>", "").Replace(s.StyledText())
			require.NotContains(t, plain, "<")
		}
		require.LessOrEqual(t, len(seen), limit)
	})
}

func TestBeginsWith(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "Red": "red*", "red te": "red* te*", "or -x": "or* x*", "NOT": "not*"} {
		query := commerce.BeginsWith(commerce.TypedWords(text))
		require.Equal(t, want, query)
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ lengths, want []int }{
		{[]int{10, 10, 10, 10}, []int{3, 3, 2, 2}},
		{[]int{10, 1, 0, 10}, []int{5, 1, 0, 4}},
		{[]int{10, 0, 0, 0}, []int{10, 0, 0, 0}},
		{[]int{1, 2, 0, 0}, []int{1, 2, 0, 0}},
	} {
		require.Equal(t, tc.want, commerce.Share(10, tc.lengths...))
	}
}
