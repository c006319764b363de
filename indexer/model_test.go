package indexer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/indexer"
)

// model makes random changes to a small catalogue, small enough that they meet.
type model struct {
	*rand.Rand
	store int64
}

// product is a subquery for some product.
func (m model) product() string {
	return fmt.Sprintf(`(SELECT id FROM products ORDER BY md5(id || '%d') LIMIT 1)`, m.Uint32())
}

// row is a condition for some row of a table, by one of its columns.
func (m model) row(table, column string) string {
	return fmt.Sprintf(`%s = (SELECT %s FROM %s ORDER BY md5(%s || '%d') LIMIT 1)`, column, column, table, column, m.Uint32())
}

func (m model) change() string {
	n := m.Uint32()
	switch m.IntN(14) {
	case 0, 1:
		return fmt.Sprintf(`INSERT INTO products (store_id, handle, title, status, published_at) VALUES (%d, 'p-%d', 'Title %d', 'ACTIVE', now()) ON CONFLICT DO NOTHING`, m.store, n%40, n)
	case 2:
		return `DELETE FROM products WHERE ` + m.row("products", "id")
	case 3:
		return fmt.Sprintf(`UPDATE products SET title = 'New %d', tags = '{a,t%d}' WHERE %s`, n, n%5, m.row("products", "id"))
	case 4:
		return fmt.Sprintf(`UPDATE products SET status = '%s' WHERE %s`, []string{"ACTIVE", "DRAFT", "ARCHIVED"}[n%3], m.row("products", "id"))
	case 5, 6:
		return fmt.Sprintf(`INSERT INTO product_variants (store_id, product_id, position, sku, option_values, price_minor)
			SELECT %d, p, 1, 's%d', '{M}', %d FROM (SELECT %s AS p) x WHERE p IS NOT NULL`, m.store, n, n%1000, m.product())
	case 7:
		return fmt.Sprintf(`UPDATE product_variants SET price_minor = %d WHERE %s`, n%1000, m.row("product_variants", "id"))
	case 8:
		return fmt.Sprintf(`UPDATE product_variants SET product_id = coalesce(%s, product_id) WHERE %s`, m.product(), m.row("product_variants", "id"))
	case 9:
		return `DELETE FROM product_variants WHERE ` + m.row("product_variants", "id")
	case 10:
		return fmt.Sprintf(`INSERT INTO product_options (store_id, product_id, position, name, values)
			SELECT %d, p, 1, 'Option %d', '{M}' FROM (SELECT %s AS p) x WHERE p IS NOT NULL`, m.store, n%7, m.product())
	case 11:
		return fmt.Sprintf(`UPDATE product_options SET name = 'Renamed %d' WHERE %s`, n%7, m.row("product_options", "id"))
	case 12:
		return fmt.Sprintf(`INSERT INTO collection_products (store_id, collection_id, product_id, position)
			SELECT %d, c.id, p, 1 FROM collections c, (SELECT %s AS p) x WHERE c.handle = 'c%d' AND p IS NOT NULL ON CONFLICT DO NOTHING`, m.store, m.product(), n%4)
	default:
		return `DELETE FROM collection_products WHERE ` + m.row("collection_products", "collection_id") + ` AND ` + m.row("collection_products", "product_id")
	}
}

// transaction is a few changes that commit together, or not at all.
func (m model) transaction() string {
	changes := make([]string, 1+m.IntN(4))
	for i := range changes {
		changes[i] = m.change()
	}
	end := "COMMIT"
	if m.IntN(10) == 0 {
		end = "ROLLBACK"
	}
	return "BEGIN; " + strings.Join(changes, "; ") + "; " + end
}

// modelTime is how long a model changes the catalogue.
const modelTime = 4 * time.Second

// TestModel lets writers change the catalogue at random while the indexer is ended again and again, a bulk request in ten is
// answered by nobody, and the gate is closed once in a while. Then the index must say what the database says.
func TestModel(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	w := newWorld(t)
	w.exec(`INSERT INTO collections (store_id, handle, title) SELECT $1, 'c' || i, 'C' FROM generate_series(0, 3) i`, w.store.ID)

	ctx, end := context.WithTimeout(t.Context(), modelTime)
	defer end()
	const writers = 3
	done := make(chan error, writers)
	for i := range uint64(writers) {
		m := model{rand.New(rand.NewPCG(seed, i)), int64(w.store.ID)}
		go func() { done <- w.churn(ctx, m) }()
	}
	lives := rand.New(rand.NewPCG(seed, writers))
	for ctx.Err() == nil {
		w.start(w.trouble(lives))
		life := time.NewTimer(time.Duration(50+lives.IntN(600)) * time.Millisecond)
		<-life.C
		w.stop()
	}
	for range writers {
		require.NoError(t, <-done)
	}
	w.start()
	w.settle()
	w.requireOracle()
}

// churn changes the catalogue until ctx ends. Writers that block each other are part of it.
func (w *world) churn(ctx context.Context, m model) error {
	for ctx.Err() == nil {
		conn, err := w.db.SQL.Conn(context.Background())
		if err != nil {
			return err
		}
		if _, err = conn.ExecContext(context.Background(), m.transaction()); err != nil {
			_, err = conn.ExecContext(context.Background(), "ROLLBACK")
		}
		if closed := conn.Close(); err != nil || closed != nil {
			return fmt.Errorf("%w, %w", err, closed)
		}
	}
	return nil
}

// trouble is a life in which a request in ten is lost, before or after the engine has it, and the gate is closed at times.
func (w *world) trouble(lives *rand.Rand) func(*indexer.Config) {
	seed := lives.Uint64()
	var mu sync.Mutex
	chance := rand.New(rand.NewPCG(seed, 0))
	happens := func(oneIn int) bool {
		mu.Lock()
		defer mu.Unlock()
		return chance.IntN(oneIn) == 0
	}
	address := w.proxy(between{
		fault: func(_ http.ResponseWriter, r *http.Request, _ *[]byte) bool {
			if isBulk(r) && happens(20) {
				panic(http.ErrAbortHandler)
			}
			return false
		},
		after: func(r *http.Request) {
			if isBulk(r) && happens(20) {
				panic(http.ErrAbortHandler)
			}
		},
	})
	return func(c *indexer.Config) {
		c.ElasticsearchURL = address
		c.Documents = reader{DocumentReader: w.db, before: func() error {
			if happens(10) {
				return commerce.ErrNotVisible
			}
			return nil
		}}
	}
}
