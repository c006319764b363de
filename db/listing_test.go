package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

var _ commerce.ListingWriter = (*db.DB)(nil)

// list puts listings in, and holds what CompareListings said before against what became of them.
func list(t *testing.T, d *dbtest.Database, store *commerce.Store, in ...commerce.Listing) []commerce.ListingOutcome {
	t.Helper()
	rows := catalogue(t, d)
	compared, err := d.CompareListings(t.Context(), store, in)
	require.NoError(t, err)
	require.Equal(t, rows, catalogue(t, d), "comparing writes nothing")
	outcomes, err := d.UpsertListings(t.Context(), store, in)
	require.NoError(t, err)
	require.Equal(t, compared, outcomes)
	return outcomes
}

// A listing changes what it says and nothing else of a product that exists.
func TestListingsChangeWhatTheySay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		listing commerce.Listing
		want    []string
	}{
		{"nothing", commerce.Listing{SKU: "p-M"}, nil},
		{"what is so already", commerce.Listing{SKU: "p-M", PriceMinor: new(int64(5100)), CompareAtMinor: new(int64(9900)), Quantity: new(1), Category: "Shirt", ImageURL: "/pictures/p-1.svg"}, nil},
		{"a price", commerce.Listing{SKU: "p-M", PriceMinor: new(int64(1))}, []string{"product_variants"}},
		{"no reduction", commerce.Listing{SKU: "p-M", PriceMinor: new(int64(1)), CompareAtMinor: new(int64(1))}, []string{"product_variants"}},
		{"stock", commerce.Listing{SKU: "p-M", Quantity: new(70)}, []string{"product_variants"}},
		{"a category", commerce.Listing{SKU: "p-M", Category: "Kurta"}, []string{"products"}},
		{"one more picture", commerce.Listing{SKU: "p-M", ImageURL: "/new"}, []string{"+product_media"}},
		{"another name", commerce.Listing{SKU: "p-M", Name: "Something else"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			store := openStore(t, d.DB, "alpha")
			upsert(t, d.DB, store, product("p"), product("other"))
			rows := catalogue(t, d)
			outcome := updated
			if test.want == nil {
				outcome = unchanged
			}
			require.Equal(t, []commerce.ListingOutcome{{Outcome: outcome}}, list(t, d, store, test.listing))
			now := catalogue(t, d)
			require.Equal(t, test.want, written(rows, now))
			require.Equal(t, []commerce.ListingOutcome{{Outcome: unchanged}}, list(t, d, store, test.listing))
			require.Equal(t, now, catalogue(t, d))
		})
	}
}

// Products are created, found by handle or SKU, and refused, each listing for itself.
func TestListingsFindTheirProducts(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	twin := product("twin")
	twin.Variants[1].SKU = twin.Variants[0].SKU
	upsert(t, d.DB, store, product("p"), twin)
	upsert(t, d.DB, openStore(t, d.DB, "beta"), product("q"))
	price := new(int64(100))
	require.Equal(t, []commerce.ListingOutcome{
		{Outcome: created},
		{Outcome: updated},
		{Outcome: updated},
		{Refusal: `the product "p" has 3 variants: say by its SKU which one is meant`},
		{Refusal: "several variants have this SKU: give each its own first"},
		{Refusal: `there is no product "Q", and without a price it cannot be created`},
		{Refusal: `nothing has the SKU "q-S", and without a name it cannot be created`},
		{Refusal: "an earlier line is about the same product"},
		{Refusal: "an earlier line is about the same product"},
		{Refusal: "the price is higher than the price before the reduction"},
	}, list(t, d, store,
		commerce.Listing{Name: "चावल 5 kg", SKU: "C5", PriceMinor: price, Quantity: new(4)},
		commerce.Listing{SKU: "p-S", PriceMinor: price},
		commerce.Listing{SKU: "p-M", PriceMinor: price},
		commerce.Listing{Name: "P", PriceMinor: price},
		commerce.Listing{SKU: "twin-S", PriceMinor: price},
		commerce.Listing{Name: "Q"},
		commerce.Listing{SKU: "q-S", PriceMinor: price},
		commerce.Listing{SKU: "p-S", Quantity: new(1)},
		commerce.Listing{Name: "चावल 5 KG", PriceMinor: price},
		commerce.Listing{Name: "New", PriceMinor: price, CompareAtMinor: new(int64(1))},
	))
	require.Equal(t, [][]string{{"चावल-5-kg", "C5", "100", "4", "true"}}, queryRows(t, d, `
SELECT p.handle, v.sku, v.price_minor, v.inventory_quantity, v.inventory_tracked FROM products p JOIN product_variants v ON v.product_id = p.id
WHERE p.store_id = $1 AND p.handle NOT IN ('p', 'twin')`, store.ID))
	require.Equal(t, []commerce.ListingOutcome{{Outcome: updated}}, list(t, d, store, commerce.Listing{Name: "चावल 5 kg", PriceMinor: new(int64(200))}))
}

// A product that a refused listing names is not touched, not even to put its positions in order.
func TestListingsLeaveOthersAlone(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	upsert(t, d.DB, store, product("p"))
	run(t, d, `UPDATE product_variants SET position = position * 10`)
	rows := catalogue(t, d)
	require.NotEmpty(t, list(t, d, store, commerce.Listing{Name: "p", PriceMinor: new(int64(1))})[0].Refusal)
	require.Equal(t, rows, catalogue(t, d))
}

func TestListingsRefuseWhatCannotBeLookedFor(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	for _, bad := range []commerce.Listing{{}, {SKU: "a\x00"}, {Name: "\xff"}} {
		_, err := d.UpsertListings(t.Context(), store, []commerce.Listing{{Name: "a", PriceMinor: new(int64(1))}, bad})
		require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err), "%v", err)
		_, err = d.CompareListings(t.Context(), store, []commerce.Listing{bad})
		require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err), "%v", err)
	}
	require.Empty(t, catalogue(t, d))
	_, err := d.UpsertListings(t.Context(), &commerce.Store{ID: 99}, []commerce.Listing{{Name: "a"}})
	require.Equal(t, commerce.CodeNotFound, commerce.CodeOf(err))
}
