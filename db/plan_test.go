package db_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// fillSQL makes a published store of $1 products, with three variants each whose prices are not far apart.
const fillSQL = `
WITH store AS (
    INSERT INTO stores (handle, name, currency, status) VALUES ('store-' || $1::int, 'Store', 'INR', 'PUBLISHED') RETURNING id
), added AS (
    INSERT INTO products (store_id, handle, title, vendor, product_type, status, published_at, created_at, updated_at, popularity)
    SELECT store.id, 'p-' || i, 'Product ' || hashint4(i), 'Vendor ' || i % 50, 'Type ' || i % 20, CASE WHEN i % 20 = 0 THEN 'DRAFT' ELSE 'ACTIVE' END,
        now() - interval '1 day', '2026-01-01'::timestamptz + hashint4(i) % 1000000 * interval '1 second', '2026-01-01'::timestamptz + hashint4(i + 1) % 1000000 * interval '1 second',
        CASE WHEN i % 3 = 0 THEN abs(hashint4(i + 2)::bigint) % 90000 ELSE 0 END
    FROM store, generate_series(1, $1::int) i RETURNING store_id, id
)
INSERT INTO product_variants (store_id, product_id, position, sku, option_values, price_minor)
SELECT store_id, id, j, 'sku-' || id || '-' || j, ARRAY['v' || j], 1000 + abs(hashint8(id)::bigint) % 100000 + 500 * j FROM added, generate_series(1, 3) j`

func fill(tb testing.TB, d *dbtest.Database, sizes ...int) {
	tb.Helper()
	for _, n := range sizes {
		run(tb, d, fillSQL, n)
	}
	run(tb, d, `VACUUM ANALYZE`)
}

// node is one step of a plan as EXPLAIN tells it.
type node struct {
	Type  string  `json:"Node Type"`
	Table string  `json:"Relation Name"`
	Rows  float64 `json:"Actual Rows"`
	Loops float64 `json:"Actual Loops"`
	Lost  float64 `json:"Rows Removed by Filter"`
	Plans []node  `json:"Plans"`
}

func (n node) each(visit func(node)) {
	visit(n)
	for _, child := range n.Plans {
		child.each(visit)
	}
}

// pageOf20 is the page that begins in the middle of the list, or the first.
func pageOf20(tb testing.TB, d *db.DB, store commerce.StoreID, order commerce.Ordering, deep bool) commerce.Page {
	tb.Helper()
	p := commerce.FirstPage(20, order)
	if !deep {
		return p
	}
	p.Limit = 250
	for range 20 {
		key := commerce.ProductListKey{Store: store, Page: p}
		m, err := d.ProductLists(tb.Context(), []commerce.ProductListKey{key})
		require.NoError(tb, err)
		last := m[key].Items[len(m[key].Items)-1]
		p.Bounded, p.Bound = true, commerce.Cursor{Ordering: order, Value: last.Value, ID: last.ID}
	}
	p.Limit = 20
	return p
}

// explain runs the only statement that reading the page takes, with the plan for these values or the one for any.
func explain(t *testing.T, d *dbtest.Database, store commerce.StoreID, p commerce.Page, generic bool) node {
	t.Helper()
	one, err := db.Open(d.URL, nil, db.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, one.Close()) }()
	key := commerce.ProductListKey{Store: store, Page: p}
	_, err = one.ProductLists(t.Context(), []commerce.ProductListKey{key})
	require.NoError(t, err)
	texts, err := one.Prepared(t.Context())
	require.NoError(t, err)
	require.Len(t, texts, 1)

	conn, err := d.SQL.Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	args := []string{fmt.Sprintf("'{%d}'", store), strconv.Itoa(p.Limit + 1)}
	if p.Bounded {
		value := p.Bound.Value
		if strings.HasSuffix(string(p.Key), "_AT") {
			n, err := strconv.ParseInt(value, 10, 64)
			require.NoError(t, err)
			value = time.UnixMicro(n).UTC().Format(time.RFC3339Nano)
		}
		args = append(args, pq.QuoteLiteral(value), strconv.FormatInt(p.Bound.ID, 10))
	}
	mode := map[bool]string{false: "force_custom_plan", true: "force_generic_plan"}[generic]
	for _, text := range []string{"SET plan_cache_mode = " + mode, "PREPARE page AS " + texts[0]} {
		_, err = conn.ExecContext(t.Context(), text)
		require.NoError(t, err)
	}
	var out string
	require.NoError(t, conn.QueryRowContext(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE page ("+strings.Join(args, ", ")+")").Scan(&out))
	_, err = conn.ExecContext(t.Context(), "DEALLOCATE page")
	require.NoError(t, err)
	var plans []struct {
		Plan node `json:"Plan"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &plans))
	if os.Getenv("TEST_SHOW_PLANS") == "1" {
		t.Log(out)
	}
	return plans[0].Plan
}

// A page of a large store costs what a page costs: it is read from an index of its order, at any depth, whether the server
// plans for these values or for any.
func TestPagesAreReadFromAnIndex(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	fill(t, d, 20000, 300)
	for _, key := range db.Orders()["ProductLists"] {
		for choice := range 8 {
			order := commerce.Ordering{Key: key, Reverse: choice&1 > 0}
			deep, generic := choice&2 > 0, choice&4 > 0
			name := fmt.Sprintf("%s reverse=%t deep=%t generic=%t", key, order.Reverse, deep, generic)
			read := 0.0
			explain(t, d, 1, pageOf20(t, d.DB, 1, order, deep), generic).each(func(n node) {
				if n.Table != "" && n.Table != "stores" { // there are two stores: nothing is faster than looking at both
					require.NotEqual(t, "Seq Scan", n.Type, "%s: %s", name, n.Table)
					read += (n.Rows + n.Lost) * n.Loops
				}
			})
			require.Less(t, read, 2000.0, "%s: rows read for 21 of 20,000 products and 60,000 variants", name)
		}
	}
}
