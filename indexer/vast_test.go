package indexer_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// One statement changes all products of a store, of which there are many, and something else changes after it: in the end the index says
// what the database says, also when the run ended in between.
func TestAVastTransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`
		WITH p AS (
			INSERT INTO products (store_id, handle, title, status, published_at)
			SELECT $1, 'vast-' || i, 'Vast ' || i, 'ACTIVE', now() - interval '1 day' FROM generate_series(1, 3000) i RETURNING store_id, id
		)
		INSERT INTO product_variants (store_id, product_id, position, option_values, price_minor) SELECT store_id, id, 1, '{M}', 100 FROM p`, w.store.ID)
	w.start()
	w.settle()
	w.exec(`UPDATE products SET title = 'Renamed ' || id WHERE store_id = $1`, w.store.ID)
	w.exec(`UPDATE products SET title = 'Later' WHERE store_id = $1 AND handle = 'vast-3000'`, w.store.ID)
	w.settle()
	w.requireOracle()
	w.exec(`UPDATE products SET title = 'Again ' || id WHERE store_id = $1`, w.store.ID)
	w.stop()
	w.exec(`DELETE FROM products WHERE store_id = $1 AND id % 2 = 0`, w.store.ID)
	w.start()
	w.settle()
	w.requireOracle()
	require.Equal(t, 0, w.find("vast"))
}
