package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/config"
)

// titles are those of the products in an answer of the client's store, in its order.
func (c client) titles(t *testing.T, document string) (titles []string) {
	t.Helper()
	var store struct {
		Products, Search struct{ Nodes []struct{ Title string } }
	}
	c.ask(t, document, nil).field(t, "store", &store)
	for _, node := range append(store.Products.Nodes, store.Search.Nodes...) {
		titles = append(titles, node.Title)
	}
	return titles
}

// What is bought comes first where the best selling do, in lists and in searches, until the order is canceled. The buyer's transaction
// writes nothing of it.
func TestBestSelling(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t, func(c *config.Config) { c.Search = config.SearchPostgres }), t}
	store, err := s.database.FindStore(t.Context(), s.mine.store)
	require.NoError(t, err)
	order, _ := s.order() // of rice
	for _, title := range []string{"Chai", "Coffee"} {
		_, err := s.database.UpsertProducts(t.Context(), store, []commerce.ProductInput{{
			Handle: commerce.HandleOf(title), Title: title, Status: commerce.ProductActive, Published: true, Options: []string{"Size"},
			Variants: []commerce.VariantInput{{Options: []string{"S"}, InventoryPolicy: commerce.InventoryContinue, WeightUnit: commerce.WeightGrams}},
		}})
		require.NoError(t, err)
	}
	const list, found = `{ store { products(first: 5, sortKey: BEST_SELLING) { nodes { title } } } }`,
		`{ store { search(query: "", first: 5, sortKey: BEST_SELLING, unavailableProducts: SHOW) { nodes { ... on Product { title } } } } }`
	requireOrder := func(want ...string) {
		t.Helper()
		require.Eventually(t, func() bool {
			_, err := s.database.RankSales(t.Context())
			require.NoError(t, err)
			return s.mine.titles(t, list)[0] == want[0]
		}, time.Minute, 10*time.Millisecond)
		require.Equal(t, want, s.mine.titles(t, list))
		require.Eventually(t, func() bool { return s.mine.titles(t, found)[0] == want[0] }, time.Minute, 50*time.Millisecond)
		require.Equal(t, want, s.mine.titles(t, found))
	}
	requireOrder("Coffee", "Chai", "Rice", "Tea") // nobody was told of the order: the newest first
	require.Equal(t, "0", s.cell(t, `SELECT count(*) FROM sales_changes`))
	s.telling(t)
	requireOrder("Rice", "Coffee", "Chai", "Tea")
	require.Equal(t, []string{"Tea", "Chai", "Coffee", "Rice"}, s.mine.titles(t, `{ store { products(first: 5, sortKey: BEST_SELLING, reverse: true) { nodes { title } } } }`))
	s.mine.run(t, "orderCancel", object{"id": order, "reason": "CUSTOMER"}, "", &struct{}{})
	requireOrder("Coffee", "Chai", "Rice", "Tea")
}

// A search that finds nothing says what may have been meant, in words of the store alone.
func TestDidYouMean(t *testing.T) {
	t.Parallel()
	s := newStocked(t, func(c *config.Config) { c.Search = config.SearchPostgres })
	store, err := s.database.FindStore(t.Context(), s.mine.store)
	require.NoError(t, err)
	_, err = s.database.UpsertProducts(t.Context(), store, []commerce.ProductInput{{
		Handle: "kettle", Title: "Kettle", Status: commerce.ProductActive, Published: true, Options: []string{"Size"},
		Variants: []commerce.VariantInput{{Options: []string{"S"}, InventoryPolicy: commerce.InventoryContinue, WeightUnit: commerce.WeightGrams}},
	}})
	require.NoError(t, err)
	asked := func(c client) (found struct {
		Meant struct {
			DidYouMean *string
			TotalCount int
		}
		Right struct{ DidYouMean *string }
	},
	) {
		c.ask(t, `{ store { meant: search(query: "kexle", first: 5) { didYouMean totalCount } right: search(query: "tea", first: 5) { didYouMean } } }`, nil).field(t, "store", &found)
		return found
	}
	mine := asked(s.mine)
	require.Equal(t, new("kettle"), mine.Meant.DidYouMean)
	require.Zero(t, mine.Meant.TotalCount)
	require.Nil(t, mine.Right.DidYouMean)
	require.Nil(t, asked(s.theirs).Meant.DidYouMean, "a word of another store")
}
