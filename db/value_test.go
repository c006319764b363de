package db_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// A variant's unit and policy come back as they were written, alone and in a list.
func TestVariantUnitsAndPolicies(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	units := []commerce.WeightUnit{commerce.WeightGrams, commerce.WeightKilograms, commerce.WeightOunces, commerce.WeightPounds}
	policies := []commerce.InventoryPolicy{commerce.InventoryContinue, commerce.InventoryDeny}
	in := product("p")
	in.Variants = nil
	for i, unit := range units {
		v := product("p").Variants[0]
		v.Options, v.WeightUnit, v.InventoryPolicy = []string{string(unit), "Red"}, unit, policies[i%2]
		in.Variants = append(in.Variants, v)
	}
	upsert(t, d.DB, store, in)
	key := commerce.ProductPageKey{Product: refOf(t, d, store, "p"), Page: commerce.FirstPage(9, commerce.Ordering{Key: commerce.VariantSortPosition})}
	lists, err := d.VariantLists(t.Context(), []commerce.ProductPageKey{key})
	require.NoError(t, err)
	require.Len(t, lists[key].Items, len(units))
	for i, item := range lists[key].Items {
		require.Equal(t, units[i], item.Node.WeightUnit)
		require.Equal(t, policies[i%2], item.Node.InventoryPolicy)
		alone, err := d.VariantsByID(t.Context(), []commerce.VariantRef{item.Node.Ref()})
		require.NoError(t, err)
		require.Equal(t, item.Node, alone[item.Node.Ref()])
	}
}

// Moments are read to the microsecond, on both sides of 1970.
func TestMoments(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	upsert(t, d.DB, store, product("p"))
	ref := refOf(t, d, store, "p")
	for _, text := range []string{
		"1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z", "1999-12-31T23:59:59.123457Z",
		"2026-11-25T20:00:00.000003Z", "2038-01-19T03:14:08.999999Z", "2105-12-31T23:59:59.999999Z",
	} {
		want, err := time.Parse(time.RFC3339Nano, text)
		require.NoError(t, err)
		run(t, d, `UPDATE products SET created_at = $1`, text)
		m, err := d.ProductsByID(t.Context(), []commerce.ProductRef{ref})
		require.NoError(t, err)
		require.Equal(t, want, m[ref].CreatedAt)
	}
	// The way that is read is a fast one; this one is exact.
	require.Equal(t, [][]string{{"0"}}, queryRows(t, d, `
SELECT count(*) FROM (SELECT to_timestamp(0) + ((random() * 4e15)::bigint || ' microseconds')::interval AS t FROM generate_series(1, 20000)) r
WHERE (date_part('epoch', t) * 1000000)::bigint <> (extract(epoch FROM t) * 1000000)::bigint`))
}
