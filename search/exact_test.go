package search_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

// TestExactMatchesComeFirst asks many random texts in a store whose words are all near one another: by spelling, by number,
// by synonym, by being joined; some sell well, are new or are there to buy. Whatever else is found: first come the products with all words as typed in their title, and a
// product that has them as typed anywhere is found, too.
func TestExactMatchesComeFirst(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]searchtest.NewSearcher{"engine": newSearcher, "shelf": newShelves} {
		t.Run(name, func(t *testing.T) { t.Parallel(); runExactFirst(t, of) })
	}
}

func runExactFirst(t *testing.T, of searchtest.NewSearcher) {
	t.Helper()
	words := []string{
		"shirt", "shirts", "skirt", "short", "tshirt", "kurta", "kurtas", "kurti", "cotton", "cottom", "rice", "chawal", "mice", "mouse",
		"power", "bank", "powerbank", "phone", "mobile", "चाय", "tea", "चावल",
	}
	random := rand.New(rand.NewPCG(7, 7))
	draw := func(n int) []string {
		some := make([]string, n)
		for i := range some {
			some[i] = words[random.IntN(len(words))]
		}
		return some
	}
	const products = 200
	docs := make([]commerce.ProductDocument, products)
	short, anywhere := make([][]string, products), make([][]string, products)
	for i := range docs {
		title, body := draw(1+random.IntN(3)), draw(random.IntN(9))
		docs[i] = commerce.ProductDocument{
			Ref:   commerce.ProductRef{Store: 1, ID: commerce.ProductID(i + 1)},
			Title: strings.Join(title, " "), Body: strings.Join(body, " "), PublishedAt: time.Now().AddDate(0, 0, -random.IntN(400)),
			Popularity: commerce.NewPopularity(float64(random.IntN(3)*random.IntN(5000)), time.Now()),
			Variants:   []commerce.DocumentVariant{{Available: random.IntN(2) == 0}},
		}
		short[i], anywhere[i] = title, slices.Concat(title, body)
	}
	s := of(t, docs)
	for range 150 {
		text := draw(1 + random.IntN(2))
		q := benchQuery(strings.Join(text, " "), commerce.SearchSortRelevance)
		q.Prefix, q.Page.Limit, q.Unavailable = random.IntN(2) == 0, products, commerce.UnavailableShow
		results, err := s.SearchProducts(t.Context(), []commerce.SearchQuery{q})
		require.NoError(t, err)
		var inShort []bool
		found := map[commerce.ProductID]bool{}
		for _, hit := range results[0].Hits.Items {
			inShort = append(inShort, holdsAll(short[hit.Node.ID-1], text))
			found[hit.Node.ID] = true
		}
		first := slices.Index(append(inShort, false), false)
		require.NotContains(t, inShort[first:], true, "%q: a product that has the words comes behind one that has not", text)
		for i, words := range anywhere {
			if holdsAll(words, text) {
				require.True(t, found[docs[i].Ref.ID], "%q finds %q", text, words)
			}
		}
	}
}

func holdsAll(words, text []string) bool {
	return !slices.ContainsFunc(text, func(w string) bool { return !slices.Contains(words, w) })
}
