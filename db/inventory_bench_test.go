package db_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// withoutLedgerSQL takes the triggers of stock off the catalogue: what an import was before there were any.
const withoutLedgerSQL = `
DROP TRIGGER product_variants_inserted ON product_variants;
DROP TRIGGER product_variants_updated ON product_variants;
DROP TRIGGER product_variants_deleted ON product_variants`

// BenchmarkUpsertStock writes batches of 500 products of three variants with a ledger of their stock and without one, by turns: on a
// machine that others use, only what ran side by side can be compared, and the quarter that was disturbed least.
func BenchmarkUpsertStock(b *testing.B) {
	for _, c := range []struct {
		name   string
		change func(*commerce.ProductInput, int)
	}{
		{"new", func(p *commerce.ProductInput, n int) { p.Handle = fmt.Sprintf("%s-%d", p.Handle, n) }},
		{"restocked", func(p *commerce.ProductInput, n int) {
			for i := range p.Variants {
				p.Variants[i].InventoryQuantity += n
			}
		}},
		{"repriced", func(p *commerce.ProductInput, n int) {
			for i := range p.Variants {
				p.Variants[i].PriceMinor += int64(n)
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			plain, explained := dbtest.New(b), dbtest.New(b)
			run(b, plain, withoutLedgerSQL)
			without, with := upserter(b, plain, c.change), upserter(b, explained, c.change)
			var took [2][]time.Duration
			for b.Loop() {
				took[0] = append(took[0], without())
				took[1] = append(took[1], with())
			}
			slices.Sort(took[0])
			slices.Sort(took[1])
			before, after := took[0][len(took[0])/4], took[1][len(took[1])/4]
			b.ReportMetric(batch/before.Seconds(), "products/s-without")
			b.ReportMetric(batch/after.Seconds(), "products/s-with")
			b.ReportMetric(before.Seconds()/after.Seconds(), "ratio")
		})
	}
}

// upserter returns what upserts the next version of a batch and tells how long it took.
func upserter(b *testing.B, d *dbtest.Database, change func(*commerce.ProductInput, int)) func() time.Duration {
	b.Helper()
	store := openStore(b, d.DB, "bench")
	upsert(b, d.DB, store, products(batch)...)
	n := 0
	return func() time.Duration {
		n++
		in := products(batch)
		for i := range in {
			change(&in[i], n)
		}
		start := time.Now()
		upsert(b, d.DB, store, in...)
		return time.Since(start)
	}
}
