package db_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// BenchmarkLapseHolds gives back what 500 orders of two lines hold, of twenty stores, all of which come due at once.
func BenchmarkLapseHolds(b *testing.B) {
	const stores, each = 20, 25
	database := dbtest.New(b)
	counters := make([]counter, stores)
	for i := range counters {
		counters[i] = counter{furnish(b, database, fmt.Sprintf("store-%d", i))}
		s := counters[i]
		s.stock(b, set(s.variants[1], s.shop, 1_000_000, nil), set(s.variants[2], s.shop, 1_000_000, nil))
	}
	for b.Loop() {
		b.StopTimer()
		for _, s := range counters {
			for range each {
				s.paidBy(b, commerce.PaymentManual, 1, 1)
			}
		}
		run(b, database, `UPDATE orders SET hold_expires_at = now() WHERE hold_expires_at IS NOT NULL`)
		b.StartTimer()
		n, err := database.LapseHolds(b.Context())
		require.NoError(b, err)
		require.Equal(b, stores*each, n)
	}
	b.ReportMetric(float64(stores*each*b.N)/b.Elapsed().Seconds(), "orders/s")
}
