package db_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// motleySQL makes of stores that are all alike stores that differ: in what buyers can see, what has variants, and what is where.
const motleySQL = `
SELECT setseed(0.4);
UPDATE stores SET status = 'DRAFT' WHERE id = 3;
UPDATE products SET status = (ARRAY['ACTIVE', 'ACTIVE', 'ACTIVE', 'DRAFT', 'ARCHIVED'])[1 + floor(random() * 5)],
    published_at = (ARRAY[now() - interval '1 day', now() - interval '1 day', now() + interval '1 day', NULL])[1 + floor(random() * 4)],
    title = (ARRAY['Basmati rice', 'Red tea', 'चाय'])[1 + floor(random() * 3)];
DELETE FROM product_variants v USING products p WHERE p.store_id = v.store_id AND p.id = v.product_id AND p.id % 3 = 0;
INSERT INTO collections (store_id, handle, title, published_at)
SELECT s.id, 'c-' || i, (ARRAY['Rice', 'Tea'])[1 + floor(random() * 2)], (ARRAY[now() - interval '1 day', now() + interval '1 day', NULL])[1 + floor(random() * 3)]
FROM stores s, generate_series(1, 9) i;
INSERT INTO collection_products (store_id, collection_id, product_id, position)
SELECT p.store_id, c.id, p.id, 1 FROM products p JOIN collections c ON c.store_id = p.store_id AND c.handle LIKE 'c-%' WHERE random() < 0.3;
INSERT INTO pages (store_id, handle, title, published_at)
SELECT s.id, 't-' || i, (ARRAY['Rice', 'Tea'])[1 + floor(random() * 2)], (ARRAY[now() - interval '1 day', now() + interval '1 day', NULL])[1 + floor(random() * 3)]
FROM stores s, generate_series(1, 9) i;
INSERT INTO locations (store_id, name, position, active) SELECT s.id, 'l-' || i, 9 - i, random() < 0.5 FROM stores s, generate_series(1, 4) i;
INSERT INTO jobs (store_id, kind, state, secret) SELECT s.id, 'PRODUCTS_IMPORT', 'COMPLETED', 's' FROM stores s, generate_series(1, 9) WHERE random() < 0.5;
INSERT INTO job_rejections (store_id, job_id, line, column_name, product, reason)
SELECT j.store_id, j.id, i, '', '', 'r' FROM jobs j, generate_series(1, 9) i WHERE random() < 0.5;
INSERT INTO audit_log (store_id, action) SELECT s.id, 'a' FROM stores s, generate_series(1, 9) WHERE random() < 0.5;
INSERT INTO api_keys (store_id, name, prefix, token_hash, scopes)
SELECT s.id, 'k', 'p', decode(md5(random()::text) || md5(random()::text), 'hex'), '{}' FROM stores s, generate_series(1, 9) WHERE random() < 0.5;
INSERT INTO orders (store_id, number, key, cart_id, currency, name, delivery, taxes_included, payment_method, subtotal_minor, discount_minor, delivery_minor, tax_minor, total_minor)
SELECT s.id, i, repeat('k', 22), i, s.currency, (ARRAY['Asha', 'Ravi'])[1 + floor(random() * 2)], '{}', true, 'MANUAL', 0, 0, 0, 0, floor(random() * 1000)
FROM stores s, generate_series(1, 9) i;
INSERT INTO discounts (store_id, code, code_key, type, starts_at, usage_count)
SELECT s.id, w || '-' || i, w || '-' || i, 'FREE_SHIPPING', now(), floor(random() * 2) FROM stores s, generate_series(1, 5) i, unnest(ARRAY['rice', 'tea']) w;
INSERT INTO search_days (store_id, day) SELECT s.id, date '2026-01-01' + i FROM stores s, generate_series(0, 4) i;
INSERT INTO search_texts (store_id, day, text, zero_results)
SELECT d.store_id, d.day, w || i, floor(random() * 2) FROM search_days d, generate_series(1, 5) i, unnest(ARRAY['rice', 'tea']) w WHERE random() < 0.5;`

// motley is four stores of different sizes. The third is a draft, the fourth is empty; there is no fifth.
func motley(t *testing.T) *dbtest.Database {
	t.Helper()
	d := dbtest.New(t)
	for _, s := range []struct {
		handle string
		n      int
	}{{"alpha", 25}, {"beta", 7}, {"closed", 11}, {"empty", 0}} {
		if store := openStore(t, d.DB, s.handle); s.n > 0 {
			upsert(t, d.DB, store, products(s.n)...)
		}
	}
	run(t, d, motleySQL)
	return d
}

// ids are the ids of a table's rows, under their own store and, now and then, another.
func ids(t *testing.T, d *dbtest.Database, table string) *rapid.Generator[[2]int64] {
	t.Helper()
	pairs := everyKey(t, d, table, func(store commerce.StoreID, id int64) [2]int64 { return [2]int64{int64(store), id} })
	return rapid.SampledFrom(pairs)
}

// requireTotals demands that the total of each list is how many items its pages have. Which they are is what other tests ask.
func requireTotals[K commerce.ListKey[K], T any](t *rapid.T, read func(context.Context, []K) (map[K]commerce.List[T], error), keys []K, at func(K, commerce.Page) K, first commerce.Page) {
	t.Helper()
	counting := make([]K, len(keys))
	for i, k := range keys {
		counting[i] = at(k, first).Counting()
	}
	totals, err := read(t.Context(), counting)
	require.NoError(t, err)
	for i, k := range keys {
		met := 0
		for page, more := first, true; more; {
			k := at(k, page)
			found, err := read(t.Context(), []K{k})
			require.NoError(t, err)
			l := found[k]
			met += len(l.Items)
			if more = l.HasNext; more {
				last := l.Items[len(l.Items)-1]
				page.Bounded, page.Bound = true, commerce.Cursor{Ordering: page.Ordering, Value: last.Value, ID: last.ID}
			}
		}
		require.Equal(t, commerce.List[T]{Total: met}, totals[counting[i]], "%v", k)
	}
}

// The total of a list is the number of items that walking through it meets: for any store or parent, in any order, with any query,
// and for everybody who may look.
func TestTotalsAreWhatPagesHold(t *testing.T) {
	t.Parallel()
	d := motley(t)
	orders := db.Orders()
	stores := rapid.SampledFrom([]commerce.StoreID{1, 2, 3, 4, 5})
	of := map[string]*rapid.Generator[[2]int64]{}
	for _, table := range []string{"products", "collections", "product_variants", "jobs"} {
		of[table] = ids(t, d, table)
	}
	words := map[string]*rapid.Generator[string]{
		"ProductLists":    rapid.OneOf(rapid.Just(""), rapid.Just("rice"), queryText()),
		"CollectionLists": rapid.SampledFrom([]string{"", "tea", "-rice", "title:tea OR handle:summer", "updated_at:>2020-01-01"}),
		"PageLists":       rapid.SampledFrom([]string{"", "tea", "-rice", "title:tea OR handle:t-1", "created_at:>2020-01-01"}),
		"OrderLists":      rapid.SampledFrom([]string{"", "asha", "-ravi", "number:<3 OR total:>5", "created_at:>2020-01-01"}),
		"DiscountLists":   rapid.SampledFrom([]string{"", "rice", "-tea", "usage_count:>0 OR code:tea-1"}),
		"LevelLists":      rapid.SampledFrom([]string{"", "tea", "rice p-1"}),
	}
	rapid.Check(t, func(t *rapid.T) {
		v := d.ViewOf(rapid.SliceOfNDistinct(stores, 0, 3, rapid.ID).Draw(t, "own"), rapid.Bool().Draw(t, "fresh"))
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(orders))).Draw(t, "list")
		first := commerce.FirstPage(rapid.IntRange(1, 9).Draw(t, "size"),
			commerce.Ordering{Key: rapid.SampledFrom(orders[name]).Draw(t, "order"), Reverse: rapid.Bool().Draw(t, "reverse")})
		text := ""
		if words[name] != nil {
			text = words[name].Draw(t, "query")
		}
		drawn := func(table string) [][2]int64 { return rapid.SliceOfNDistinct(of[table], 1, 5, rapid.ID).Draw(t, table) }
		in := rapid.SliceOfNDistinct(stores, 1, 5, rapid.ID).Draw(t, "stores")
		switch name {
		case "ProductLists":
			requireTotals(t, v.ProductLists, keysOf(in, func(s commerce.StoreID) commerce.ProductListKey {
				return commerce.ProductListKey{Store: s, Words: text}
			}),
				func(k commerce.ProductListKey, p commerce.Page) commerce.ProductListKey { k.Page = p; return k }, first)
		case "CollectionLists":
			requireTotals(t, v.CollectionLists, keysOf(in, func(s commerce.StoreID) commerce.CollectionListKey {
				return commerce.CollectionListKey{Store: s, Words: text}
			}),
				func(k commerce.CollectionListKey, p commerce.Page) commerce.CollectionListKey { k.Page = p; return k }, first)
		case "PageLists":
			requireTotals(t, v.PageLists, keysOf(in, func(s commerce.StoreID) commerce.TextPageListKey {
				return commerce.TextPageListKey{Store: s, Words: text}
			}),
				func(k commerce.TextPageListKey, p commerce.Page) commerce.TextPageListKey { k.Page = p; return k }, first)
		case "LevelLists":
			requireTotals(t, v.LevelLists, keysOf(in, func(s commerce.StoreID) commerce.InventoryLevelListKey {
				return commerce.InventoryLevelListKey{Store: s, Words: text}
			}),
				func(k commerce.InventoryLevelListKey, p commerce.Page) commerce.InventoryLevelListKey {
					k.Page = p
					return k
				}, first)
		case "LocationLists":
			inactive := rapid.Bool().Draw(t, "inactive")
			requireTotals(t, v.LocationLists, keysOf(in, func(s commerce.StoreID) commerce.LocationListKey {
				return commerce.LocationListKey{Store: s, Inactive: inactive}
			}),
				func(k commerce.LocationListKey, p commerce.Page) commerce.LocationListKey { k.Page = p; return k }, first)
		case "JobLists":
			requireStoreTotals(t, v.JobLists, in, first)
		case "APIKeyLists":
			requireStoreTotals(t, v.APIKeyLists, in, first)
		case "AuditLogs":
			requireStoreTotals(t, v.AuditLogs, in, first)
		case "CollectionProducts":
			requireTotals(t, v.CollectionProducts, keysOf(drawn("collections"), func(id [2]int64) commerce.CollectionPageKey {
				return commerce.CollectionPageKey{Collection: collectionRef(commerce.StoreID(id[0]), id[1])}
			}), func(k commerce.CollectionPageKey, p commerce.Page) commerce.CollectionPageKey { k.Page = p; return k }, first)
		case "ProductCollections":
			requireProductTotals(t, v.ProductCollections, drawn("products"), first)
		case "VariantLists":
			requireProductTotals(t, v.VariantLists, drawn("products"), first)
		case "MediaLists":
			requireProductTotals(t, v.MediaLists, drawn("products"), first)
		case "InventoryHistories":
			requireTotals(t, v.InventoryHistories, keysOf(drawn("product_variants"), func(id [2]int64) commerce.InventoryHistoryKey {
				return commerce.InventoryHistoryKey{Variant: variantRef(commerce.StoreID(id[0]), id[1])}
			}), func(k commerce.InventoryHistoryKey, p commerce.Page) commerce.InventoryHistoryKey {
				k.Page = p
				return k
			}, first)
		case "JobRejections":
			requireTotals(t, v.JobRejections, keysOf(drawn("jobs"), func(id [2]int64) commerce.JobRejectionKey {
				return commerce.JobRejectionKey{Job: commerce.JobRef{Store: commerce.StoreID(id[0]), ID: commerce.JobID(id[1])}}
			}), func(k commerce.JobRejectionKey, p commerce.Page) commerce.JobRejectionKey { k.Page = p; return k }, first)
		case "OrderLists":
			requireTotals(t, v.OrderLists, keysOf(in, func(s commerce.StoreID) commerce.OrderListKey { return commerce.OrderListKey{Store: s, Words: text} }),
				func(k commerce.OrderListKey, p commerce.Page) commerce.OrderListKey { k.Page = p; return k }, first)
		case "DiscountLists":
			requireTotals(t, v.DiscountLists, keysOf(in, func(s commerce.StoreID) commerce.DiscountListKey {
				return commerce.DiscountListKey{Store: s, Words: text}
			}),
				func(k commerce.DiscountListKey, p commerce.Page) commerce.DiscountListKey { k.Page = p; return k }, first)
		case "SearchTextLists":
			requireTotals(t, v.SearchTextLists, keysOf(in, func(s commerce.StoreID) commerce.SearchTextListKey {
				return commerce.SearchTextListKey{SearchPeriod: period(s, "2026-01-02", "2026-01-03")}
			}), func(k commerce.SearchTextListKey, p commerce.Page) commerce.SearchTextListKey { k.Page = p; return k }, first)
		case "Stores": // the directory of all stores is not counted
		default:
			t.Fatalf("%s: a list without a total", name)
		}
	})
}

func keysOf[T, K any](from []T, key func(T) K) []K {
	keys := make([]K, len(from))
	for i, one := range from {
		keys[i] = key(one)
	}
	return keys
}

func requireStoreTotals[T any](t *rapid.T, read func(context.Context, []commerce.StorePageKey) (map[commerce.StorePageKey]commerce.List[T], error), in []commerce.StoreID, first commerce.Page) {
	t.Helper()
	requireTotals(t, read, keysOf(in, func(s commerce.StoreID) commerce.StorePageKey { return commerce.StorePageKey{Store: s} }),
		func(k commerce.StorePageKey, p commerce.Page) commerce.StorePageKey { k.Page = p; return k }, first)
}

func requireProductTotals[T any](t *rapid.T, read func(context.Context, []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[T], error), of [][2]int64, first commerce.Page) {
	t.Helper()
	requireTotals(t, read, keysOf(of, func(id [2]int64) commerce.ProductPageKey {
		return commerce.ProductPageKey{Product: productRef(commerce.StoreID(id[0]), id[1])}
	}), func(k commerce.ProductPageKey, p commerce.Page) commerce.ProductPageKey { k.Page = p; return k }, first)
}
