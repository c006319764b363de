package db_test

import (
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// mall is two published stores and one that is not, each with products that buyers see (handles begin with p-) and with one
// of each kind that they don't.
func mall(t *testing.T) *dbtest.Database {
	t.Helper()
	d := dbtest.New(t)
	for _, handle := range []string{"alpha", "beta", "closed"} {
		store := openStore(t, d.DB, handle)
		draft, archived, unpublished, future := product("draft"), product("archived"), product("unpublished"), product("future")
		draft.Status, archived.Status, unpublished.Published = commerce.ProductDraft, commerce.ProductArchived, false
		upsert(t, d.DB, store, append(products(2), draft, archived, unpublished, future)...)
	}
	run(t, d, `UPDATE products SET published_at = now() + interval '1 hour' WHERE handle = 'future'`)
	run(t, d, `UPDATE stores SET status = 'DRAFT' WHERE handle = 'closed'`)
	run(t, d, `
INSERT INTO collections (store_id, handle, title, published_at)
SELECT s.id, c.handle, upper(c.handle), c.at FROM stores s, (VALUES ('hidden', NULL), ('later', now() + interval '1 hour')) AS c (handle, at)`)
	run(t, d, `
INSERT INTO pages (store_id, handle, title, published_at)
SELECT s.id, c.handle, upper(c.handle), c.at FROM stores s, (VALUES ('about', now()), ('hidden', NULL), ('later', now() + interval '1 hour')) AS c (handle, at)`)
	run(t, d, `INSERT INTO menus (store_id, handle, title, items) SELECT id, 'help', 'Help', '[]' FROM stores`)
	run(t, d, `
INSERT INTO collection_products (store_id, collection_id, product_id, position)
SELECT p.store_id, c.id, p.id, 1 FROM products p JOIN collections c ON c.store_id = p.store_id AND c.handle IN ('hidden', 'later')`)
	return d
}

// pairs are the rows of a statement, as "store/id".
func pairs(t *testing.T, d *dbtest.Database, text string) []string {
	t.Helper()
	var keys []string
	for _, row := range queryRows(t, d, text) {
		keys = append(keys, row[0]+"/"+row[1])
	}
	slices.Sort(keys)
	return keys
}

func pair[S, I ~int64](store S, id I) string { return fmt.Sprintf("%d/%d", store, id) }

// everyKey is every id of a table under every store, also those that it does not belong to, and one that nothing has.
func everyKey[K any](t *testing.T, d *dbtest.Database, table string, key func(store commerce.StoreID, id int64) K) []K {
	t.Helper()
	keys := []K{key(99, 1), key(1, 999999)}
	for _, row := range queryRows(t, d, "SELECT s.id, t.id FROM stores s, "+table+" t") {
		store, err := strconv.ParseInt(row[0], 10, 64)
		require.NoError(t, err)
		id, err := strconv.ParseInt(row[1], 10, 64)
		require.NoError(t, err)
		keys = append(keys, key(commerce.StoreID(store), id))
	}
	return keys
}

func productRef(s commerce.StoreID, id int64) commerce.ProductRef {
	return commerce.ProductRef{Store: s, ID: commerce.ProductID(id)}
}

// found renders the keys of a reader's answer that have something in them, as pairs.
func found[K comparable, V any](m map[K]V, render func(K) string, empty func(V) bool) []string {
	var keys []string
	for k, v := range m {
		if !empty(v) {
			keys = append(keys, render(k))
		}
	}
	slices.Sort(keys)
	return keys
}

func never[V any](V) bool { return false }

// What buyers see of a table t: what belongs to the two first products of the two published stores.
func visible(table string) string {
	return "SELECT p.store_id, t.id FROM " + table + " t JOIN products p ON p.id = t.product_id WHERE p.handle LIKE 'p-%' AND p.store_id < 3"
}

// A reader by key finds exactly what buyers see, whatever it is asked for, under its own store alone.
func TestReadersByKey(t *testing.T) {
	t.Parallel()
	d := mall(t)
	for _, test := range []struct {
		name string
		read func(t *testing.T) ([]string, error)
		want string
	}{
		{"StoresByID", func(*testing.T) ([]string, error) {
			m, err := d.StoresByID(t.Context(), []commerce.StoreID{0, 1, 2, 3, 99})
			return found(m, func(id commerce.StoreID) string { return pair(id, id) }, never), err
		}, "SELECT id, id FROM stores WHERE handle <> 'closed'"},
		{"StoresByHandle", func(*testing.T) ([]string, error) {
			m, err := d.StoresByHandle(t.Context(), []string{"alpha", "beta", "closed", "none", "", "\x00", "\xff"})
			return found(m, func(handle string) string { return pair(m[handle].ID, m[handle].ID) }, never), err
		}, "SELECT id, id FROM stores WHERE handle <> 'closed'"},
		{"ProductsByID", func(t *testing.T) ([]string, error) {
			t.Helper()
			m, err := d.ProductsByID(t.Context(), everyKey(t, d, "products", productRef))
			return found(m, func(r commerce.ProductRef) string { return pair(r.Store, r.ID) }, never), err
		}, "SELECT store_id, id FROM products WHERE handle LIKE 'p-%' AND store_id < 3"},
		{"ProductsByHandle", func(*testing.T) ([]string, error) {
			refs := everyHandle("p-0", "p-1", "draft", "archived", "unpublished", "future", "none", "P-0", "", "\x00", "p\xff")
			m, err := d.ProductsByHandle(t.Context(), refs)
			return found(m, func(r commerce.HandleRef) string { return pair(r.Store, m[r].ID) }, never), err
		}, "SELECT store_id, id FROM products WHERE handle LIKE 'p-%' AND store_id < 3"},
		{"OptionsByID", func(t *testing.T) ([]string, error) {
			t.Helper()
			m, err := d.OptionsByID(t.Context(), everyKey(t, d, "product_options", func(s commerce.StoreID, id int64) commerce.OptionRef {
				return commerce.OptionRef{Store: s, ID: commerce.OptionID(id)}
			}))
			return found(m, func(r commerce.OptionRef) string { return pair(r.Store, r.ID) }, never), err
		}, visible("product_options")},
		{"VariantsByID", func(t *testing.T) ([]string, error) {
			t.Helper()
			m, err := d.VariantsByID(t.Context(), everyKey(t, d, "product_variants", variantRef))
			return found(m, func(r commerce.VariantRef) string { return pair(r.Store, r.ID) }, never), err
		}, visible("product_variants")},
		{"MediaByID", func(t *testing.T) ([]string, error) {
			t.Helper()
			m, err := d.MediaByID(t.Context(), everyKey(t, d, "product_media", func(s commerce.StoreID, id int64) commerce.MediaRef {
				return commerce.MediaRef{Store: s, ID: commerce.MediaID(id)}
			}))
			return found(m, func(r commerce.MediaRef) string { return pair(r.Store, r.ID) }, never), err
		}, visible("product_media")},
		{"CollectionsByID", func(t *testing.T) ([]string, error) {
			t.Helper()
			m, err := d.CollectionsByID(t.Context(), everyKey(t, d, "collections", collectionRef))
			return found(m, func(r commerce.CollectionRef) string { return pair(r.Store, r.ID) }, never), err
		}, "SELECT store_id, id FROM collections WHERE handle = 'summer' AND store_id < 3"},
		{"PagesByID", func(t *testing.T) ([]string, error) {
			t.Helper()
			m, err := d.PagesByID(t.Context(), everyKey(t, d, "pages", func(s commerce.StoreID, id int64) commerce.PageRef {
				return commerce.PageRef{Store: s, ID: commerce.PageID(id)}
			}))
			return found(m, func(r commerce.PageRef) string { return pair(r.Store, r.ID) }, never), err
		}, "SELECT store_id, id FROM pages WHERE handle = 'about' AND store_id < 3"},
		{"PagesByHandle", func(*testing.T) ([]string, error) {
			m, err := d.PagesByHandle(t.Context(), everyHandle("about", "hidden", "later", "none", "\x00"))
			return found(m, func(r commerce.HandleRef) string { return pair(r.Store, m[r].ID) }, never), err
		}, "SELECT store_id, id FROM pages WHERE handle = 'about' AND store_id < 3"},
		{"MenusByID", func(t *testing.T) ([]string, error) {
			t.Helper()
			m, err := d.MenusByID(t.Context(), everyKey(t, d, "menus", func(s commerce.StoreID, id int64) commerce.MenuRef {
				return commerce.MenuRef{Store: s, ID: commerce.MenuID(id)}
			}))
			return found(m, func(r commerce.MenuRef) string { return pair(r.Store, r.ID) }, never), err
		}, "SELECT store_id, id FROM menus WHERE store_id < 3"},
		{"MenusByHandle", func(*testing.T) ([]string, error) {
			m, err := d.MenusByHandle(t.Context(), everyHandle("help", "none", "\xff"))
			return found(m, func(r commerce.HandleRef) string { return pair(r.Store, m[r].ID) }, never), err
		}, "SELECT store_id, id FROM menus WHERE store_id < 3"},
		{"CollectionsByHandle", func(*testing.T) ([]string, error) {
			refs := everyHandle("summer", "hidden", "later", "none", "\x00")
			m, err := d.CollectionsByHandle(t.Context(), refs)
			return found(m, func(r commerce.HandleRef) string { return pair(r.Store, m[r].ID) }, never), err
		}, "SELECT store_id, id FROM collections WHERE handle = 'summer' AND store_id < 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := test.read(t)
			require.NoError(t, err)
			want := pairs(t, d, test.want)
			require.NotEmpty(t, want)
			require.Equal(t, want, got)
		})
	}
}

func variantRef(s commerce.StoreID, id int64) commerce.VariantRef {
	return commerce.VariantRef{Store: s, ID: commerce.VariantID(id)}
}

func collectionRef(s commerce.StoreID, id int64) commerce.CollectionRef {
	return commerce.CollectionRef{Store: s, ID: commerce.CollectionID(id)}
}

// A reader by parent finds nothing under another store's parent.
func TestReadersByParent(t *testing.T) {
	t.Parallel()
	d := mall(t)
	parents := everyKey(t, d, "products", productRef)
	product := func(r commerce.ProductRef) string { return pair(r.Store, r.ID) }
	everyProduct := "SELECT store_id, id FROM products"
	for _, test := range []struct {
		name string
		read func(t *testing.T) ([]string, error)
		want string
	}{
		{"ProductOptions", func(*testing.T) ([]string, error) {
			m, err := d.ProductOptions(t.Context(), parents)
			return found(m, product, func(o []*commerce.ProductOption) bool { return len(o) != 2 || o[0].Name != "Size" }), err
		}, everyProduct},
		{"ProductSummaries", func(*testing.T) ([]string, error) {
			m, err := d.ProductSummaries(t.Context(), parents)
			want := commerce.ProductSummary{
				VariantsCount: 3, PriceMin: 5000, PriceMax: 5200, CompareAtMin: 9900, CompareAtMax: 9900, TotalInventory: 3, AvailableForSale: true,
			}
			return found(m, product, func(s commerce.ProductSummary) bool { return s != want }), err
		}, everyProduct},
		{"VariantImages", func(t *testing.T) ([]string, error) {
			t.Helper()
			m, err := d.VariantImages(t.Context(), everyKey(t, d, "product_variants", variantRef))
			return found(m, func(r commerce.VariantRef) string { return pair(r.Store, r.ID) }, never), err
		}, "SELECT store_id, id FROM product_variants"},
		{"ChosenVariants", func(*testing.T) ([]string, error) {
			m, err := d.ChosenVariants(t.Context(), choiceKeys(t, parents, "M"))
			return found(m, func(k commerce.ChoiceKey) string { return product(k.Product) },
				func(v *commerce.ProductVariant) bool { return v.Title() != "M / Red" }), err
		}, everyProduct},
		{"AdjacentVariants", func(*testing.T) ([]string, error) {
			m, err := d.AdjacentVariants(t.Context(), choiceKeys(t, parents, "M"))
			return found(m, func(k commerce.ChoiceKey) string { return product(k.Product) },
				func(v []*commerce.ProductVariant) bool { return len(v) != 2 }), err
		}, everyProduct},
		{"FirstVariants", func(*testing.T) ([]string, error) {
			m, err := d.FirstVariants(t.Context(), parents)
			return found(m, product, func(v map[commerce.SelectedOption]*commerce.ProductVariant) bool { return len(v) != 4 }), err
		}, everyProduct},
		{"ProductDocuments", func(*testing.T) ([]string, error) {
			m, err := d.ProductDocuments(t.Context(), nil, parents)
			return found(m, product, never), err
		}, "SELECT store_id, id FROM products WHERE handle NOT IN ('draft', 'archived', 'unpublished')"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := test.read(t)
			require.NoError(t, err)
			want := pairs(t, d, test.want)
			require.NotEmpty(t, want)
			require.Equal(t, want, got)
		})
	}
}

// A list under a parent is as long as the parent's own, and empty under another store's.
func TestListsByParent(t *testing.T) {
	t.Parallel()
	d := mall(t)
	page := commerce.FirstPage(2, commerce.Ordering{Key: commerce.ProductSortID})
	var keys []commerce.ProductPageKey
	for _, p := range everyKey(t, d, "products", productRef) {
		keys = append(keys, commerce.ProductPageKey{Product: p, Page: page})
	}
	parent := func(k commerce.ProductPageKey) string { return pair(k.Product.Store, k.Product.ID) }
	everyProduct := "SELECT store_id, id FROM products"
	for _, test := range []struct {
		name string
		read func(t *testing.T) ([]string, error)
		want string
	}{
		{"VariantLists", func(*testing.T) ([]string, error) {
			m, err := d.VariantLists(t.Context(), keys)
			require.Len(t, m, len(keys), "every key has a list")
			return found(m, parent, func(l commerce.List[*commerce.ProductVariant]) bool { return len(l.Items) != 2 || !l.HasNext }), err
		}, everyProduct},
		{"MediaLists", func(*testing.T) ([]string, error) {
			m, err := d.MediaLists(t.Context(), keys)
			require.Len(t, m, len(keys), "every key has a list")
			return found(m, parent, func(l commerce.List[*commerce.MediaImage]) bool { return len(l.Items) != 2 || l.HasNext }), err
		}, everyProduct},
		{"ProductCollections", func(*testing.T) ([]string, error) {
			m, err := d.ProductCollections(t.Context(), keys)
			require.Len(t, m, len(keys), "every key has a list")
			return found(m, parent, func(l commerce.List[*commerce.Collection]) bool { return len(l.Items) != 1 || l.HasNext }), err
		}, "SELECT store_id, id FROM products WHERE store_id < 3"},
		{"CollectionProducts", func(t *testing.T) ([]string, error) {
			t.Helper()
			m, err := d.CollectionProducts(t.Context(), everyKey(t, d, "collections", func(s commerce.StoreID, id int64) commerce.CollectionPageKey {
				return commerce.CollectionPageKey{Collection: collectionRef(s, id), Page: page}
			}))
			return found(m, func(k commerce.CollectionPageKey) string { return pair(k.Collection.Store, k.Collection.ID) },
				func(l commerce.List[*commerce.Product]) bool {
					return len(l.Items) != 2 || l.HasNext || l.Items[0].Node.Handle != "p-0"
				}), err
		}, "SELECT store_id, id FROM collections WHERE store_id < 3"},
		{"ProductLists", func(t *testing.T) ([]string, error) {
			t.Helper()
			m, err := d.ProductLists(t.Context(), []commerce.ProductListKey{{Store: 1, Page: page}, {Store: 2, Page: page}, {Store: 3, Page: page}, {Store: 99, Page: page}})
			require.Len(t, m, 4)
			return found(m, func(k commerce.ProductListKey) string { return pair(k.Store, k.Store) },
				func(l commerce.List[*commerce.Product]) bool {
					return len(l.Items) != 2 || l.HasNext || l.Items[1].Node.Handle != "p-1"
				}), err
		}, "SELECT id, id FROM stores WHERE id < 3"},
		{"PageLists", func(*testing.T) ([]string, error) {
			m, err := d.PageLists(t.Context(), []commerce.TextPageListKey{{Store: 1, Page: page}, {Store: 2, Page: page}, {Store: 3, Page: page}, {Store: 99, Page: page}})
			return found(m, func(k commerce.TextPageListKey) string { return pair(k.Store, k.Store) },
				func(l commerce.List[*commerce.TextPage]) bool { return len(l.Items) != 1 || l.HasNext }), err
		}, "SELECT id, id FROM stores WHERE id < 3"},
		{"CollectionLists", func(t *testing.T) ([]string, error) {
			t.Helper()
			m, err := d.CollectionLists(t.Context(), []commerce.CollectionListKey{{Store: 1, Page: page}, {Store: 2, Page: page}, {Store: 3, Page: page}, {Store: 99, Page: page}})
			return found(m, func(k commerce.CollectionListKey) string { return pair(k.Store, k.Store) },
				func(l commerce.List[*commerce.Collection]) bool { return len(l.Items) != 1 || l.HasNext }), err
		}, "SELECT id, id FROM stores WHERE id < 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := test.read(t)
			require.NoError(t, err)
			want := pairs(t, d, test.want)
			require.NotEmpty(t, want)
			require.Equal(t, want, got)
		})
	}
}

func TestStoresDirectory(t *testing.T) {
	t.Parallel()
	d := mall(t)
	for words, want := range map[string]int{"": 2, "alpha": 1, "THE": 2, "the beta": 1, "closed": 0, "the gamma": 0, "%": 0} {
		l, err := d.Stores(t.Context(), commerce.FirstPage(10, commerce.Ordering{Key: commerce.StoreSortID}), words)
		require.NoError(t, err)
		require.Len(t, l.Items, want, "%q", words)
	}
}

// The picture of a variant is its own, else its product's first, and there is none without pictures.
func TestVariantImages(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	in, bare := product("p"), product("bare")
	in.Variants[2].ImageURL = ""
	bare.Media = nil
	for i := range bare.Variants {
		bare.Variants[i].ImageURL = ""
	}
	upsert(t, d.DB, store, in, bare)
	run(t, d, `UPDATE product_media SET position = position + 10 WHERE url = '/pictures/p-1.svg'`)
	images, err := d.VariantImages(t.Context(), everyKey(t, d, "product_variants", variantRef))
	require.NoError(t, err)
	got := make(map[string]string)
	for _, row := range queryRows(t, d, `SELECT v.id, p.handle || v.position FROM product_variants v JOIN products p ON p.id = v.product_id`) {
		id, err := strconv.ParseInt(row[0], 10, 64)
		require.NoError(t, err)
		if m := images[variantRef(store.ID, id)]; m != nil {
			got[row[1]] = m.Image.URL
		}
	}
	require.Equal(t, map[string]string{"p1": "/pictures/p-1.svg", "p2": "/pictures/p-2.svg", "p3": "/pictures/p-2.svg"}, got)
}

// What a summary counts: only tracked stock, and what can be bought.
func TestProductSummaries(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	soldOut, untracked, sellsOn, mixed := product("sold-out"), product("untracked"), product("sells-on"), product("mixed")
	for i := range 3 {
		soldOut.Variants[i].InventoryQuantity = -i
		soldOut.Variants[i].CompareAtMinor = nil
		untracked.Variants[i].InventoryTracked = false
		sellsOn.Variants[i].InventoryQuantity = 0
		sellsOn.Variants[i].InventoryPolicy = commerce.InventoryContinue
		mixed.Variants[i].InventoryTracked = i > 0
	}
	upsert(t, d.DB, store, soldOut, untracked, sellsOn, mixed)
	products, err := d.ProductsByHandle(t.Context(), []commerce.HandleRef{
		{Store: store.ID, Handle: "sold-out"}, {Store: store.ID, Handle: "untracked"}, {Store: store.ID, Handle: "sells-on"}, {Store: store.ID, Handle: "mixed"},
	})
	require.NoError(t, err)
	summary := func(handle string) commerce.ProductSummary {
		ref := products[commerce.HandleRef{Store: store.ID, Handle: handle}].Ref()
		m, err := d.ProductSummaries(t.Context(), []commerce.ProductRef{ref})
		require.NoError(t, err)
		return m[ref]
	}
	base := commerce.ProductSummary{VariantsCount: 3, PriceMin: 5000, PriceMax: 5200, CompareAtMin: 9900, CompareAtMax: 9900}
	with := func(stock int, available bool, compareAt int64) commerce.ProductSummary {
		s := base
		s.TotalInventory, s.AvailableForSale, s.CompareAtMin, s.CompareAtMax = stock, available, compareAt, compareAt
		return s
	}
	require.Equal(t, with(-3, false, 0), summary("sold-out"))
	require.Equal(t, with(0, true, 9900), summary("untracked"))
	require.Equal(t, with(0, true, 9900), summary("sells-on"))
	require.Equal(t, with(3, true, 9900), summary("mixed"))
}

// The number of statements depends on the call alone, not on the number of keys.
func TestStatementsPerCall(t *testing.T) {
	t.Parallel()
	var count atomic.Int64
	plain := mall(t)
	d, err := db.Open(plain.URL, nil, db.Options{OnStatement: func(pool string) {
		if pool == "primary" {
			count.Add(1)
		}
	}})
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	parents := everyKey(t, plain, "products", productRef)
	page := commerce.FirstPage(2, commerce.Ordering{Key: commerce.VariantSortPosition})
	var keys []commerce.ProductPageKey
	for _, p := range parents {
		keys = append(keys, commerce.ProductPageKey{Product: p, Page: page})
	}
	for name, read := range map[string]func() error{
		"ProductsByID": func() error { _, err := d.ProductsByID(t.Context(), parents); return err },
		"VariantLists": func() error { _, err := d.VariantLists(t.Context(), keys); return err },
		"MediaLists":   func() error { _, err := d.MediaLists(t.Context(), keys); return err },
	} {
		count.Store(0)
		require.NoError(t, read())
		require.Equal(t, int64(1), count.Load(), name)
	}
	count.Store(0)
	other := page
	other.Limit = 3
	_, err = d.VariantLists(t.Context(), append(slices.Clone(keys), commerce.ProductPageKey{Product: parents[0], Page: other}))
	require.NoError(t, err)
	require.Equal(t, int64(2), count.Load(), "one for each page that is different")
}

// What the rest of the house asks of the database.
var (
	_ commerce.StoreReader      = (*db.DB)(nil)
	_ commerce.ProductReader    = (*db.DB)(nil)
	_ commerce.OptionReader     = (*db.DB)(nil)
	_ commerce.VariantReader    = (*db.DB)(nil)
	_ commerce.MediaReader      = (*db.DB)(nil)
	_ commerce.CollectionReader = (*db.DB)(nil)
	_ commerce.CatalogWriter    = (*db.DB)(nil)
	_ commerce.DocumentReader   = (*db.DB)(nil)
	_ commerce.PriceReader      = (*db.DB)(nil)
	_ commerce.DiscountReader   = (*db.DB)(nil)
	_ commerce.DeliveryEditor   = (*db.DB)(nil)
	_ commerce.TaxEditor        = (*db.DB)(nil)
	_ commerce.DiscountEditor   = (*db.DB)(nil)
	_ commerce.PaymentReader    = (*db.DB)(nil)
	_ commerce.PaymentEditor    = (*db.DB)(nil)
	_ commerce.CardBook         = (*db.DB)(nil)
	_ commerce.CardWatch        = (*db.DB)(nil)
	_ commerce.HoldSweeper      = (*db.DB)(nil)
	_ commerce.WalkStore        = (*db.DB)(nil)
	_ commerce.IndexStateStore  = (*db.DB)(nil)
	_ commerce.DeadLetterStore  = (*db.DB)(nil)
)
