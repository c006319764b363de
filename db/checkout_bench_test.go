package db_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// BenchmarkCompleteCart places orders from 16 buyers at once: of one product that all want, and each of products of their own, in one
// store. Making the carts is not counted.
func BenchmarkCompleteCart(b *testing.B) {
	for name, products := range map[string]int{"hot": 1, "own": 64} {
		b.Run(name, func(b *testing.B) {
			s := newStockroom(b)
			var variants []string
			for i := range products {
				in := product(fmt.Sprintf("p-%d", i))
				in.Variants = in.Variants[:1]
				in.Variants[0].InventoryQuantity = 1_000_000
				upsert(b, s.DB, s.store, in)
			}
			for _, row := range queryRows(b, s.Database, `SELECT v.id FROM product_variants v JOIN products p ON p.id = v.product_id WHERE p.handle LIKE 'p-%' ORDER BY v.id`) {
				variants = append(variants, fmt.Sprintf("gid://kirana/ProductVariant/%d/%s", s.store.ID, row[0]))
			}
			carts := make([]*commerce.Cart, b.N)
			for i := range carts {
				made, err := s.CreateCart(b.Context(), s.store, commerce.AddCartLines(nil, []*commerce.CartLineInput{wanted(variants[i%products], 1)}))
				require.NoError(b, err)
				carts[i] = made.Cart
			}
			priced, err := s.PriceCarts(b.Context(), carts[:1])
			require.NoError(b, err)
			in := cash(priced[carts[0]].Cost.TotalAmount.Amount().String())
			var next atomic.Int64
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := s.CompleteCart(context.Background(), carts[next.Add(1)-1].Ref(), in); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
		})
	}
}
