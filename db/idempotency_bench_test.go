package db_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// BenchmarkIdempotencyKey changes stock without a key, with one, and once more with the same, by turns: on a machine that others use, only
// what ran side by side can be compared, and the quarter that was disturbed least.
func BenchmarkIdempotencyKey(b *testing.B) {
	d := dbtest.New(b)
	store := openStore(b, d.DB, "bench")
	upsert(b, d.DB, store, products(1)...)
	var variant, location int64
	require.NoError(b, d.SQL.QueryRow(`SELECT variant_id, location_id FROM inventory_levels WHERE store_id = $1 ORDER BY variant_id LIMIT 1`, int64(store.ID)).
		Scan(&variant, &location))
	change := commerce.StockChange{
		Action: "inventoryAdjustQuantities", Name: commerce.InventoryOnHand, Reason: commerce.InventoryCorrection,
		Lines: []commerce.StockLine{{Variant: commerce.VariantID(variant), Location: commerce.LocationID(location), Quantity: 1}},
	}
	var took [3][]time.Duration
	for n := 0; b.Loop(); n++ {
		key := commerce.IdempotencyKey{Hash: sha256.Sum256(fmt.Append(nil, n))}
		keyed := commerce.WithIdempotencyKey(b.Context(), key)
		for i := range took {
			ctx := b.Context()
			if i > 0 {
				ctx = keyed
			}
			start := time.Now()
			_, err := d.ChangeStock(ctx, commerce.Author{}, store, change)
			took[i] = append(took[i], time.Since(start))
			require.Equal(b, i == 2, err != nil)
		}
	}
	for i, name := range []string{"without", "with", "replay"} {
		slices.Sort(took[i])
		b.ReportMetric(float64(took[i][len(took[i])/4].Microseconds()), "µs-"+name)
		b.ReportMetric(float64(took[i][len(took[i])*99/100].Microseconds()), "p99-µs-"+name)
	}
}
