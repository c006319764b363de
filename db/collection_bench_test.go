package db_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// automaticCollections opens a store with n collections, each with a rule on the vendor, one on the price and one on tags.
func automaticCollections(b *testing.B, d *dbtest.Database, n int) *commerce.Store {
	b.Helper()
	store := openStore(b, d.DB, fmt.Sprintf("store-%d", n))
	for i := range n {
		setCollection(b, d, store, commerce.CollectionEdit{Title: "c", Rules: rules(
			rule("VENDOR", "EQUALS", fmt.Sprintf("vendor %d", i%10)), rule("VARIANT_PRICE", "LESS_THAN", "52"), rule("TAG", "EQUALS", "new"))})
	}
	return store
}

// BenchmarkImportWithRules imports batches of 200 products of three variants. "unwatched" has no triggers.
func BenchmarkImportWithRules(b *testing.B) {
	for _, n := range []int{-1, 0, 5, 50} {
		name := fmt.Sprintf("collections=%d", n)
		if n < 0 {
			name = "unwatched"
		}
		b.Run(name, func(b *testing.B) {
			d := dbtest.New(b)
			store := automaticCollections(b, d, max(n, 0))
			if n < 0 {
				run(b, d, `ALTER TABLE products DISABLE TRIGGER USER`)
				run(b, d, `ALTER TABLE product_variants DISABLE TRIGGER USER`)
			}
			batch := 0
			b.ResetTimer()
			for b.Loop() {
				in := plain(200)
				for i := range in {
					in[i].Handle = fmt.Sprintf("p-%d-%d", batch, i)
					in[i].Vendor = fmt.Sprintf("Vendor %d", i%10)
				}
				batch++
				upsert(b, d.DB, store, in...)
			}
			b.ReportMetric(200*float64(batch)/b.Elapsed().Seconds(), "products/s")
		})
	}
}

// BenchmarkPriceWithRules changes the price of one variant, as a merchant or an order would.
func BenchmarkPriceWithRules(b *testing.B) {
	for _, n := range []int{-1, 0, 5, 50} {
		b.Run(fmt.Sprintf("collections=%d", n), func(b *testing.B) {
			d := dbtest.New(b)
			store := automaticCollections(b, d, max(n, 0))
			upsert(b, d.DB, store, plain(200)...)
			if n < 0 {
				run(b, d, `ALTER TABLE product_variants DISABLE TRIGGER USER`)
			}
			price := 0
			b.ResetTimer()
			for b.Loop() {
				price++
				run(b, d, `UPDATE product_variants SET price_minor = $1 WHERE store_id = $2 AND id = $3`, 5000+price%400, int64(store.ID), 1+price%500)
			}
		})
	}
}

// BenchmarkRuleChange gives a collection over 20,000 products other rules, which changes half of the members.
func BenchmarkRuleChange(b *testing.B) {
	d := dbtest.New(b)
	fill(b, d, 20_000)
	stores, err := d.StoresByHandle(b.Context(), []string{"store-20000"})
	require.NoError(b, err)
	sets := []*commerce.CollectionRuleSet{rules(rule("VENDOR", "CONTAINS", "1")), rules(rule("VENDOR", "CONTAINS", "2"))}
	c := setCollection(b, d, stores["store-20000"], commerce.CollectionEdit{Title: "c", Rules: sets[0]})
	n := 0
	for b.Loop() {
		n++
		setCollection(b, d, stores["store-20000"], commerce.CollectionEdit{ID: &c.ID, Title: "c", Rules: sets[n%2]})
	}
}
