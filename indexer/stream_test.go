package indexer

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
	"github.com/kirana-commerce/kirana/internal/cdc"
)

// streamed is a database whose log passes through a capture.
type streamed struct {
	*dbtest.Database
	t   *testing.T
	out chan *transaction
}

func newStreamed(t *testing.T) streamed {
	t.Helper()
	s := streamed{dbtest.New(t), t, make(chan *transaction, 100)}
	slot := fmt.Sprintf("t%d_capture", os.Getpid())
	stream, err := cdc.Open(t.Context(), cdc.Config{URL: s.URL, Slot: slot, Publication: DefaultPublication})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- stream.Run(ctx, newCapture(ctx, s.out)) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, cdc.DropSlot(context.Background(), s.URL, slot))
	})
	return s
}

// do runs statements in one transaction and returns what the log makes of them.
func (s streamed) do(statements string) *transaction {
	s.t.Helper()
	_, err := s.SQL.ExecContext(s.t.Context(), "BEGIN; "+statements+"; COMMIT")
	require.NoError(s.t, err)
	t := <-s.out
	t.release()
	return t
}

// TestEveryTablesRowsLeadToTheirProducts runs in order: each step builds on those before.
func TestEveryTablesRowsLeadToTheirProducts(t *testing.T) {
	t.Parallel()
	s := newStreamed(t)
	_, err := s.SQL.ExecContext(t.Context(), `INSERT INTO stores (handle, name, currency) VALUES ('s', 'S', 'INR');
		INSERT INTO collections (store_id, handle, title) VALUES (1, 'c', 'C')`)
	require.NoError(t, err, "tables that are not captured")
	one, two := ref(1, 1), ref(1, 2)
	const product = `INSERT INTO products (store_id, handle, title) VALUES (1, '%s', 'P')`
	for _, step := range []struct {
		name, sql string
		want      map[commerce.ProductRef]struct{}
	}{
		{"products", fmt.Sprintf(product, "one") + ";" + fmt.Sprintf(product, "two"), refs(one, two)},
		{"a product's column that is not published", `UPDATE products SET title = 'New' WHERE id = 1`, refs(one)},
		{"an option", `INSERT INTO product_options (store_id, product_id, position, name, values) VALUES (1, 1, 1, 'Size', '{M}')`, refs(one)},
		{"an option's name", `UPDATE product_options SET name = 'Weight'`, refs(one)},
		{"an option that moves", `UPDATE product_options SET product_id = 2`, refs(one, two)},
		{"an option that goes", `DELETE FROM product_options`, refs(two)},
		{"a variant", `INSERT INTO product_variants (store_id, product_id, position, option_values, price_minor) VALUES (1, 1, 1, '{M}', 5)`, refs(one)},
		{"a variant's price", `UPDATE product_variants SET price_minor = 6`, refs(one)},
		{"a variant that moves", `UPDATE product_variants SET product_id = 2`, refs(one, two)},
		{"a variant that goes", `DELETE FROM product_variants`, refs(two)},
		{"a membership", `INSERT INTO collection_products (store_id, collection_id, product_id, position) VALUES (1, 1, 1, 1)`, refs(one)},
		{"a membership that moves", `UPDATE collection_products SET product_id = 2`, refs(one, two)},
		{"a membership that goes", `DELETE FROM collection_products`, refs(two)},
		{"a metafield", `INSERT INTO metafields (store_id, owner_kind, owner_id, namespace, key, type, value)
			VALUES (1, 'Product', 1, 'custom', 'fabric', 'single_line_text_field', 'Silk'), (1, 'Store', 1, 'custom', 'fabric', 'single_line_text_field', 'All')`, refs(one)},
		{"a metafield's value", `UPDATE metafields SET value = 'Cotton'`, refs(one)},
		{"a metafield that moves", `UPDATE metafields SET owner_id = 2 WHERE owner_kind = 'Product'`, refs(one, two)},
		{"a metafield that is a product's no more", `UPDATE metafields SET owner_kind = 'Store', owner_id = 1, key = 'fibre' WHERE owner_kind = 'Product'`, refs(two)},
		{"a metafield that becomes a product's", `UPDATE metafields SET owner_kind = 'Product', owner_id = 2 WHERE key = 'fibre'`, refs(two)},
		{"a metafield that goes", `DELETE FROM metafields`, refs(two)},
		{"a rolled back statement", `SAVEPOINT s; DELETE FROM products; ROLLBACK TO s; UPDATE products SET title = 'Z' WHERE id = 2`, refs(two)},
		{"a step of a walk", `SELECT pg_logical_emit_message(true, 'kirana.resync', 'run:1-1,7-8')`, refs(one, ref(7, 8))},
		{"a product that goes", `DELETE FROM products WHERE id = 1`, refs(one)},
		// INSERT alone works with such a list; it moves the column that names the product.
		{"a table described anew", `INSERT INTO collection_products (store_id, collection_id, product_id, position) VALUES (1, 1, 2, 1);
			ALTER PUBLICATION kirana_search SET TABLE products (store_id, id), collection_products (store_id, product_id)`, refs(two)},
		{"columns that stand elsewhere", `INSERT INTO collections (store_id, handle, title) VALUES (1, 'd', 'D');
			INSERT INTO collection_products (store_id, collection_id, product_id, position) VALUES (1, 2, 2, 1)`, refs(two)},
	} {
		got := s.do(step.sql)
		require.Equal(t, step.want, got.roots.few, step.name)
		require.Empty(t, got.order, step.name)
	}
	require.Equal(t, "products", s.do(`TRUNCATE products CASCADE`).order.truncated)
}
