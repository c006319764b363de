package db_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

const batch = 500

// BenchmarkUpsertNew writes batches of new products: 3 variants and 2 pictures each.
func BenchmarkUpsertNew(b *testing.B) {
	d := dbtest.New(b)
	store := openStore(b, d.DB, "bench")
	n := 0
	for b.Loop() {
		in := make([]commerce.ProductInput, batch)
		for i := range in {
			in[i] = product(fmt.Sprintf("p-%d", n+i))
		}
		upsert(b, d.DB, store, in...)
		n += batch
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "products/s")
}

// BenchmarkUpsertUnchanged writes a batch that is stored already.
func BenchmarkUpsertUnchanged(b *testing.B) {
	d := dbtest.New(b)
	store := openStore(b, d.DB, "bench")
	in := products(batch)
	upsert(b, d.DB, store, in...)
	for b.Loop() {
		require.Equal(b, commerce.OutcomeUnchanged, upsert(b, d.DB, store, in...)[0])
	}
	b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "products/s")
}

// BenchmarkProductLists reads pages of 20 products of a large store: the first and one 5,000 products in.
func BenchmarkProductLists(b *testing.B) {
	for _, size := range []int{20000, 100000} {
		d := dbtest.New(b)
		fill(b, d, size)
		for _, key := range db.Orders()["ProductLists"] {
			for choice := range 4 {
				order := commerce.Ordering{Key: key, Reverse: choice&1 > 0}
				p := pageOf20(b, d.DB, 1, order, choice&2 > 0)
				b.Run(fmt.Sprintf("of=%d/by=%s/reverse=%t/deep=%t", size, key, order.Reverse, p.Bounded), func(b *testing.B) {
					for b.Loop() {
						_, err := d.ProductLists(b.Context(), []commerce.ProductListKey{{Store: 1, Page: p}})
						require.NoError(b, err)
					}
				})
			}
		}
	}
}

// BenchmarkProductTotals counts the products of a large store: all, those with a price, and what a query finds.
func BenchmarkProductTotals(b *testing.B) {
	d := dbtest.New(b)
	fill(b, d, 100000)
	for _, key := range []commerce.SortKey{commerce.ProductSortID, commerce.ProductSortPrice} {
		for _, words := range []string{"", `vendor:"Vendor 7" price:>100`, "Vendor 7"} {
			asked := commerce.ProductListKey{Store: 1, Page: commerce.FirstPage(0, commerce.Ordering{Key: key}), Words: words}.Counting()
			b.Run(fmt.Sprintf("by=%s/query=%s", key, words), func(b *testing.B) {
				for b.Loop() {
					_, err := d.ProductLists(b.Context(), []commerce.ProductListKey{asked})
					require.NoError(b, err)
				}
			})
		}
	}
}

// shelf is a store of 1,000 products and the keys of the first n.
func shelf(b *testing.B, n int) (*dbtest.Database, []commerce.ProductRef) {
	b.Helper()
	d := dbtest.New(b)
	store := openStore(b, d.DB, "bench")
	for i := range 2 {
		upsert(b, d.DB, store, products(1000)[i*500:(i+1)*500]...)
	}
	run(b, d, `VACUUM ANALYZE`)
	refs := make([]commerce.ProductRef, n)
	for i := range refs {
		refs[i] = productRef(store.ID, int64(i+1))
	}
	return d, refs
}

// BenchmarkStorefrontList reads what a page of a storefront shows: 20 products, three variants and two pictures of each.
func BenchmarkStorefrontList(b *testing.B) {
	d, refs := shelf(b, 20)
	var variants, media []commerce.ProductPageKey
	for _, r := range refs {
		variants = append(variants, commerce.ProductPageKey{Product: r, Page: commerce.FirstPage(3, commerce.Ordering{Key: commerce.VariantSortPosition})})
		media = append(media, commerce.ProductPageKey{Product: r, Page: commerce.FirstPage(2, commerce.Ordering{Key: commerce.MediaSortPosition})})
	}
	list := []commerce.ProductListKey{{Store: refs[0].Store, Page: commerce.FirstPage(20, commerce.Ordering{Key: commerce.ProductSortTitle})}}
	for name, read := range map[string]func() error{
		"products": func() error { _, err := d.ProductLists(b.Context(), list); return err },
		"variants": func() error { _, err := d.VariantLists(b.Context(), variants); return err },
		"media":    func() error { _, err := d.MediaLists(b.Context(), media); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, read())
			}
		})
	}
}

// BenchmarkProductDocuments builds documents as the indexer asks for them.
func BenchmarkProductDocuments(b *testing.B) {
	for _, n := range []int{1, 100, 500} {
		d, refs := shelf(b, n)
		b.Run(fmt.Sprintf("refs=%d", n), func(b *testing.B) {
			for b.Loop() {
				docs, err := d.ProductDocuments(b.Context(), nil, refs)
				require.NoError(b, err)
				require.Len(b, docs, n)
			}
		})
	}
}
