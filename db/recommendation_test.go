package db_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// What has most in common comes first, what can be bought before what cannot, and nothing that buyers do not see.
func TestRelatedProducts(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	plain := func(handle, kind, vendor string, tags ...string) commerce.ProductInput {
		p := product(handle)
		p.ProductType, p.Vendor, p.Tags, p.Collections = kind, vendor, tags, nil
		return p
	}
	in := []commerce.ProductInput{
		plain("kurta", "Kurta", "Tata", "cotton", "summer"),
		plain("nothing-alike", "Lamp", "Lux"),
		plain("vendor", "Lamp", "tata"),
		plain("type", "kurta", "Lux"),
		plain("type-and-tags", "Kurta", "Lux", "summer", "cotton"),
		plain("collection", "Lamp", "Lux"),
		plain("sold-out", "Kurta", "Tata", "cotton"),
		plain("draft", "Kurta", "Tata"),
		plain("later", "Kurta", "Tata"),
		plain("empty", "", ""),
	}
	in[0].Collections, in[5].Collections = []string{"Festive"}, []string{"Festive"}
	in[7].Status = commerce.ProductDraft
	for i := range in[6].Variants {
		in[6].Variants[i].InventoryQuantity = 0
	}
	upsert(t, d.DB, store, in...)
	upsert(t, d.DB, other, plain("foreign", "Kurta", "Tata", "cotton", "summer"))
	run(t, d, `UPDATE products SET published_at = now() + interval '1 day' WHERE handle = 'later'`)

	ref := func(s *commerce.Store, handle string) commerce.ProductRef {
		key := commerce.HandleRef{Store: s.ID, Handle: handle}
		found, err := d.ViewOf([]commerce.StoreID{s.ID}, true).ProductsByHandle(t.Context(), []commerce.HandleRef{key})
		require.NoError(t, err)
		return found[key].Ref()
	}
	related := func(refs ...commerce.ProductRef) [][]string {
		found, err := d.RelatedProducts(t.Context(), refs)
		require.NoError(t, err)
		lists := make([][]string, len(refs))
		for i, r := range refs {
			for _, p := range found[r] {
				require.Equal(t, r.Store, p.StoreID)
				lists[i] = append(lists[i], p.Handle)
			}
		}
		return lists
	}
	require.Equal(t, [][]string{
		{"type-and-tags", "type", "collection", "vendor", "sold-out"}, nil, nil, nil,
	}, related(ref(store, "kurta"), ref(store, "empty"), ref(other, "foreign"), commerce.ProductRef{Store: store.ID, ID: 9999}), "all with one statement")
	run(t, d, `UPDATE stores SET status = 'DRAFT' WHERE id = $1`, store.ID)
	require.Equal(t, [][]string{nil}, related(ref(store, "kurta")), "a store that buyers do not see")
}

// However many products a shelf has, there are ten, and not the same ten beside each.
func TestRelatedProductsOfALargeShelf(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	upsert(t, d.DB, store, products(300)...)
	var refs []commerce.ProductRef
	for _, id := range queryRows(t, d, `SELECT id FROM products WHERE handle IN ('p-5', 'p-150') ORDER BY id`) {
		var n int64
		_, err := fmt.Sscan(id[0], &n)
		require.NoError(t, err)
		refs = append(refs, commerce.ProductRef{Store: store.ID, ID: commerce.ProductID(n)})
	}
	found, err := d.RelatedProducts(t.Context(), refs)
	require.NoError(t, err)
	require.Len(t, found[refs[0]], commerce.MaxRecommendations)
	require.Len(t, found[refs[1]], commerce.MaxRecommendations)
	require.NotEqual(t, found[refs[0]], found[refs[1]])
}

// The effort for one product does not grow with its store: nothing is read but its neighbours.
func TestRelatedProductsReadNeighboursAlone(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	fill(t, d, 20000, 300)
	run(t, d, `INSERT INTO collections (store_id, handle, title, published_at) VALUES (1, 'all', 'All', now())`)
	run(t, d, `INSERT INTO collection_products (store_id, collection_id, product_id, position) SELECT 1, 1, id, id FROM products WHERE store_id = 1`)
	run(t, d, `VACUUM ANALYZE`)
	var out string
	text := strings.NewReplacer("$1::bigint[]", "'{1}'::bigint[]", "$2::bigint[]", "'{10001}'::bigint[]", "$3::bigint[]", "'{}'::bigint[]", "$4::bigint", "10").
		Replace(db.Statements()["relatedProductsSQL"])
	require.NoError(t, d.SQL.QueryRowContext(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) "+text).Scan(&out))
	var plans []struct {
		Plan node `json:"Plan"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &plans))
	read := 0.0
	plans[0].Plan.each(func(n node) {
		if n.Table != "" && n.Table != "stores" {
			require.NotEqual(t, "Seq Scan", n.Type, n.Table)
			read += (n.Rows + n.Lost) * n.Loops
		}
	})
	require.Less(t, read, 1500.0, "rows read for one of 20,000 products\n%s", out)
	t.Logf("%.0f rows", read)
}
