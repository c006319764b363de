package db_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// view is what a test looks at in a page.
type view struct {
	ids        []int64
	next, prev bool
	cursors    []string
}

func viewOf[T any](l commerce.List[T]) view {
	v := view{next: l.HasNext, prev: l.HasPrevious}
	for i, item := range l.Items {
		v.ids = append(v.ids, item.ID)
		v.cursors = append(v.cursors, l.CursorAt(i))
	}
	return v
}

// listing is one list with the plain statement that reads all of it in no order: rows of an id and, for each sort key, a value.
type listing struct {
	name   string
	read   func(ctx context.Context, p commerce.Page) (view, error)
	all    string
	values map[commerce.SortKey]string // expressions of the statement all; %s in all stands for one of them
}

// bazaarSQL makes a store whose products share titles, vendors, types, prices and moments, with more than one script.
const bazaarSQL = `
INSERT INTO stores (handle, name, currency, status)
SELECT 'bazaar-' || i, 'Bazaar ' || i % 3, 'INR', 'PUBLISHED' FROM generate_series(1, 23) i;
INSERT INTO products (store_id, handle, title, vendor, product_type, status, popularity, published_at, created_at, updated_at)
SELECT 1, 'p-' || i, (ARRAY['tea', 'Tea', 'चाय', 'Éclair', 'éclair', '_100%', 'Zebra', 'a b'])[1 + i * 7 % 8], (ARRAY['', 'Tata', 'amul'])[1 + i % 3],
    (ARRAY['Food', 'food', 'Ware'])[1 + i % 3], CASE WHEN i % 10 = 0 THEN 'DRAFT' ELSE 'ACTIVE' END, i % 4 * 1000, now() - interval '1 day',
    '2026-01-01'::timestamptz + i % 5 * interval '1 microsecond', '1969-12-31 23:59:59.999998'::timestamptz + i % 4 * interval '1 microsecond'
FROM generate_series(1, 70) i;
INSERT INTO product_variants (store_id, product_id, position, sku, option_values, price_minor)
SELECT 1, p.id, j % 3, (ARRAY['', 'a', 'A', 'b'])[1 + j % 4], ARRAY[(ARRAY['S', 's', 'L'])[1 + j % 3], j::text], 100 + (p.id * 13 + j * 7) % 3
FROM products p, generate_series(1, 4) j;
INSERT INTO product_variants (store_id, product_id, position, sku, option_values, price_minor)
SELECT 1, 1, j % 7, 'sku' || j % 3, ARRAY['x' || j % 5], 500 + j FROM generate_series(1, 40) j;
INSERT INTO product_media (store_id, product_id, position, url) SELECT 1, 1, j % 4, '/' || j FROM generate_series(1, 33) j;
INSERT INTO collections (store_id, handle, title, published_at, updated_at)
SELECT 1, 'c-' || i, (ARRAY['Summer', 'summer', 'सर्दी'])[1 + i % 3], now() - interval '1 day', '2026-01-01'::timestamptz + i % 3 * interval '1 second'
FROM generate_series(1, 31) i;
INSERT INTO pages (store_id, handle, title, published_at, updated_at)
SELECT 1, 't-' || i, (ARRAY['About', 'about', 'हमारे बारे में'])[1 + i % 3], now() - interval '1 day', '2026-01-01'::timestamptz + i % 3 * interval '1 second'
FROM generate_series(1, 31) i;
INSERT INTO collection_products (store_id, collection_id, product_id, position) SELECT 1, 1, id, id % 5 FROM products WHERE id % 7 <> 0;
INSERT INTO collection_products (store_id, collection_id, product_id, position) SELECT 1, c.id, 1, 1 FROM collections c WHERE c.id > 1;
INSERT INTO search_days (store_id, day) SELECT 1, date '2026-01-01' + i FROM generate_series(0, 4) i;
INSERT INTO search_texts (store_id, day, text, searches, zero_results, clicks, cart_adds, orders)
SELECT 1, date '2026-01-01' + j, 'text ' || i, i % 5, 1 + i % 3, (i + j) % 4, i % 2, 0 FROM generate_series(1, 33) i, generate_series(0, 4) j;`

const micros = `(extract(epoch FROM %s) * 1000000)::bigint`

func listings(d *db.DB) []listing {
	productValues := map[commerce.SortKey]string{
		commerce.ProductSortID: "p.id", commerce.ProductSortTitle: "lower(p.title)", commerce.ProductSortVendor: "lower(p.vendor)",
		commerce.ProductSortProductType: "lower(p.product_type)", commerce.ProductSortCreatedAt: fmt.Sprintf(micros, "p.created_at"),
		commerce.ProductSortUpdatedAt:   fmt.Sprintf(micros, "p.updated_at"),
		commerce.ProductSortBestSelling: "p.popularity",
		commerce.ProductSortPrice:       "(SELECT min(price_minor) FROM product_variants v WHERE v.product_id = p.id)",
	}
	memberValues := map[commerce.SortKey]string{
		commerce.CollectionProductSortManual: "(SELECT position FROM collection_products cp WHERE cp.collection_id = 1 AND cp.product_id = p.id)",
	}
	maps.Copy(memberValues, productValues)
	collectionValues := map[commerce.SortKey]string{
		commerce.CollectionSortID: "c.id", commerce.CollectionSortTitle: "lower(c.title)",
		commerce.CollectionSortUpdatedAt: fmt.Sprintf(micros, "c.updated_at"),
	}
	product := commerce.ProductRef{Store: 1, ID: 1}
	words := func(words string) func(context.Context, commerce.Page) (view, error) {
		return func(ctx context.Context, p commerce.Page) (view, error) {
			key := commerce.ProductListKey{Store: 1, Page: p, Words: words}
			found, err := d.ProductLists(ctx, []commerce.ProductListKey{key})
			return viewOf(found[key]), err
		}
	}
	return []listing{
		{"ProductLists", words(""), "SELECT p.id, %s FROM products p WHERE status = 'ACTIVE'", productValues},
		{"ProductListsWords", words("TEA a"), "SELECT p.id, %s FROM products p WHERE status = 'ACTIVE' AND lower(title) = 'tea'", productValues},
		{"CollectionProducts", func(ctx context.Context, p commerce.Page) (view, error) {
			key := commerce.CollectionPageKey{Collection: commerce.CollectionRef{Store: 1, ID: 1}, Page: p}
			found, err := d.CollectionProducts(ctx, []commerce.CollectionPageKey{key})
			return viewOf(found[key]), err
		}, "SELECT p.id, %s FROM products p WHERE status = 'ACTIVE' AND id % 7 <> 0", memberValues},
		{"VariantLists", func(ctx context.Context, p commerce.Page) (view, error) {
			key := commerce.ProductPageKey{Product: product, Page: p}
			found, err := d.VariantLists(ctx, []commerce.ProductPageKey{key})
			return viewOf(found[key]), err
		}, "SELECT v.id, %s FROM product_variants v WHERE product_id = 1", map[commerce.SortKey]string{
			commerce.VariantSortID: "v.id", commerce.VariantSortPosition: "position", commerce.VariantSortSKU: "lower(sku)",
			commerce.VariantSortTitle: "lower(array_to_string(option_values, ' / '))",
		}},
		{"MediaLists", func(ctx context.Context, p commerce.Page) (view, error) {
			key := commerce.ProductPageKey{Product: product, Page: p}
			found, err := d.MediaLists(ctx, []commerce.ProductPageKey{key})
			return viewOf(found[key]), err
		}, "SELECT id, %s FROM product_media", map[commerce.SortKey]string{commerce.MediaSortID: "id", commerce.MediaSortPosition: "position"}},
		{"CollectionLists", func(ctx context.Context, p commerce.Page) (view, error) {
			key := commerce.CollectionListKey{Store: 1, Page: p}
			found, err := d.CollectionLists(ctx, []commerce.CollectionListKey{key})
			return viewOf(found[key]), err
		}, "SELECT c.id, %s FROM collections c", collectionValues},
		{"ProductCollections", func(ctx context.Context, p commerce.Page) (view, error) {
			key := commerce.ProductPageKey{Product: product, Page: p}
			found, err := d.ProductCollections(ctx, []commerce.ProductPageKey{key})
			return viewOf(found[key]), err
		}, "SELECT c.id, %s FROM collections c", collectionValues},
		{"PageLists", func(ctx context.Context, p commerce.Page) (view, error) {
			key := commerce.TextPageListKey{Store: 1, Page: p}
			found, err := d.PageLists(ctx, []commerce.TextPageListKey{key})
			return viewOf(found[key]), err
		}, "SELECT t.id, %s FROM pages t", map[commerce.SortKey]string{
			commerce.TextPageSortID: "t.id", commerce.TextPageSortTitle: "lower(t.title)", commerce.TextPageSortUpdatedAt: fmt.Sprintf(micros, "t.updated_at"),
		}},
		{"SearchTextLists", func(ctx context.Context, p commerce.Page) (view, error) {
			key := commerce.SearchTextListKey{SearchPeriod: period(1, "2026-01-02", "2026-01-04"), Page: p}
			found, err := d.ViewOf([]commerce.StoreID{1}, false).SearchTextLists(ctx, []commerce.SearchTextListKey{key})
			return viewOf(found[key]), err
		}, "SELECT hashtextextended(text, 0), %s FROM search_texts WHERE day BETWEEN '2026-01-02' AND '2026-01-04' GROUP BY text", map[commerce.SortKey]string{
			commerce.SearchTextSortSearches: "sum(searches)", commerce.SearchTextSortZeroResults: "sum(zero_results)",
			commerce.SearchTextSortClicks: "sum(clicks)", commerce.SearchTextSortCartAdds: "sum(cart_adds)", commerce.SearchTextSortOrders: "sum(orders)",
		}},
		{"Stores", func(ctx context.Context, p commerce.Page) (view, error) {
			l, err := d.Stores(ctx, p, "bazaar 1")
			return viewOf(l), err
		}, "SELECT id, %s FROM stores WHERE name LIKE '%1%' OR handle LIKE '%1%'", map[commerce.SortKey]string{commerce.StoreSortID: "id"}},
	}
}

func bazaar(t *testing.T) *dbtest.Database {
	t.Helper()
	d := dbtest.New(t)
	run(t, d, bazaarSQL)
	return d
}

// oracle is the ids of a listing in the order of a key, sorted here and not by Postgres.
func oracle(t *testing.T, d *dbtest.Database, l listing, key commerce.SortKey) []int64 {
	t.Helper()
	type row struct {
		id     int64
		number int64
		text   string
	}
	var rows []row
	numbers := true
	for _, cells := range queryRows(t, d, strings.Replace(l.all, "%s", l.values[key], 1)) {
		id, err := strconv.ParseInt(cells[0], 10, 64)
		require.NoError(t, err)
		number, err := strconv.ParseInt(cells[1], 10, 64)
		numbers = numbers && err == nil
		rows = append(rows, row{id, number, cells[1]})
	}
	slices.SortFunc(rows, func(a, b row) int {
		order := cmp.Compare(a.text, b.text)
		if numbers {
			order = cmp.Compare(a.number, b.number)
		}
		return cmp.Or(order, cmp.Compare(a.id, b.id))
	})
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.id
	}
	return ids
}

// Whatever the sizes of the pages, walking through a list shows every item once and in order, from either end.
func TestPaging(t *testing.T) {
	t.Parallel()
	d := bazaar(t)
	for _, l := range listings(d.DB) {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			orders := db.Orders()
			for key := range l.values {
				want := oracle(t, d, l, key)
				require.Greater(t, len(want), 10)
				rapid.Check(t, func(rt *rapid.T) {
					order := commerce.Ordering{Key: key, Reverse: rapid.Bool().Draw(rt, "reverse")}
					want := slices.Clone(want)
					if order.Reverse {
						slices.Reverse(want)
					}
					walk(t, rt, l, order, rapid.Bool().Draw(rt, "backward"), want)
				})
			}
			for _, key := range orders[l.name] {
				require.Contains(t, l.values, key, "an order that no test walks")
			}
		})
	}
}

func walk(t *testing.T, rt *rapid.T, l listing, order commerce.Ordering, backward bool, want []int64) {
	t.Helper()
	var got []int64
	var cursor *string
	for {
		size := rapid.IntRange(1, 40).Draw(rt, "size")
		args := commerce.PageArgs{First: &size, After: cursor}
		if backward {
			args = commerce.PageArgs{Last: &size, Before: cursor}
		}
		p, err := commerce.NewPage(args, order)
		require.NoError(rt, err)
		v, err := l.read(t.Context(), p)
		require.NoError(rt, err)
		more, before := v.next, v.prev
		if backward {
			got = append(v.ids, got...)
			more, before = v.prev, v.next
		} else {
			got = append(got, v.ids...)
		}
		require.Equal(rt, len(got) < len(want), more, "more to come after %d of %d", len(got), len(want))
		require.Equal(rt, cursor != nil, before)
		if !more {
			break
		}
		require.Len(rt, v.ids, size)
		cursor = &v.cursors[len(v.cursors)-1]
		if backward {
			cursor = &v.cursors[0]
		}
	}
	require.Equal(rt, want, got)
}

func TestPageOfNothing(t *testing.T) {
	t.Parallel()
	d := bazaar(t)
	for _, l := range listings(d.DB) {
		for key := range l.values {
			v, err := l.read(t.Context(), commerce.FirstPage(0, commerce.Ordering{Key: key}))
			require.NoError(t, err)
			require.Equal(t, view{next: true}, v, "%s by %s", l.name, key)
		}
	}
}

// A cursor has no signature: a client can write any value into it.
func TestTamperedCursors(t *testing.T) {
	t.Parallel()
	d := bazaar(t)
	for _, l := range listings(d.DB) {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			for key := range l.values {
				for _, value := range []string{
					"", "x", "-1", "1e5", "0x10", " 1", "1.5", "\x00", "a\x00b", "\xff", "'; DROP TABLE stores; --", "NaN", "infinity",
					"99999999999999999999", "9223372036854775807", "-9223372036854775808", "9223372036854775", "-9223372036854775",
				} {
					for _, backward := range []bool{false, true} {
						order := commerce.Ordering{Key: key, Reverse: backward}
						p := commerce.Page{
							Ordering: order, Limit: 3, Backward: backward, Bounded: true,
							Bound: commerce.Cursor{Ordering: order, Value: value, ID: -1 << 63},
						}
						if _, err := l.read(t.Context(), p); err != nil {
							require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err), "%s %q: %v", key, value, err)
						}
					}
				}
			}
		})
	}
}

func TestTamperedCursorIsNamed(t *testing.T) {
	t.Parallel()
	d := bazaar(t)
	for _, test := range []struct {
		key      commerce.SortKey
		value    string
		backward bool
		argument string
	}{
		{commerce.ProductSortID, "x", false, "after"},
		{commerce.ProductSortTitle, "\x00", true, "before"},
		{commerce.ProductSortCreatedAt, "9223372036854775807", false, "after"},
	} {
		p := commerce.Page{Ordering: commerce.Ordering{Key: test.key}, Limit: 1, Backward: test.backward, Bounded: true}
		p.Bound = commerce.Cursor{Ordering: p.Ordering, Value: test.value, ID: 1}
		_, err := d.ProductLists(t.Context(), []commerce.ProductListKey{{Store: 1, Page: p}})
		var fault *commerce.Error
		require.ErrorAs(t, err, &fault)
		require.Equal(t, commerce.CodeBadUserInput, fault.Code)
		require.Equal(t, test.argument, fault.Argument)
	}
}

// Words are looked for as they stand: nothing in them is a wildcard, and no text breaks the statement.
func TestWords(t *testing.T) {
	t.Parallel()
	d := bazaar(t)
	count := func(words string) int {
		key := commerce.ProductListKey{Store: 1, Page: commerce.FirstPage(250, commerce.Ordering{Key: commerce.ProductSortID}), Words: words}
		found, err := d.ProductLists(t.Context(), []commerce.ProductListKey{key})
		require.NoError(t, err, "%q", words)
		return len(found[key].Items)
	}
	all := count("")
	require.Equal(t, all, count(" \t "))
	require.Equal(t, count("_100%"), count("_"), "only one title has an underscore")
	require.Positive(t, count("_"))
	require.Equal(t, count("%"), count("_"))
	require.Positive(t, count("चाय"))
	require.Positive(t, count("ÉCLAIR"))
	require.Less(t, count("tea tata"), count("tea"))
	require.Positive(t, count("sku2"), "a variant's SKU counts")
	for _, nothing := range []string{`\`, `\\%`, "\x00", "\xff", "te\x00a", "'"} {
		require.Zero(t, count(nothing), "%q", nothing)
	}
}
