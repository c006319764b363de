package db_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// The pages of the storefront's list: 20 products, three variants and two pictures of each.
const (
	listProducts = 20
	listVariants = 3
	listMedia    = 2
	listParallel = 4 // readers for each processor, as under load: neither side waits for the other
)

// BenchmarkStorefrontDocument does the four reads of the storefront's list (bench/list.go) the way a response does them,
// and, for comparison, with as little as lib/pq allows: only the columns of that document, scanned by hand. Compare the
// arms of one run; absolute times depend on the machine. "cpu-ns" is this process, "pg-cpu-ns" the database's backends.
func BenchmarkStorefrontDocument(b *testing.B) {
	d, _ := shelf(b, 1)
	readers := dataloader.Readers{Stores: d, Products: d, Options: d, Variants: d, Media: d, Collections: d, Labels: d, Choices: d, Pages: d, Menus: d}
	d.SQL.SetMaxIdleConns(16)
	bare := newBareReads(b, d)
	for _, arm := range []struct {
		name string
		read func(context.Context) (int, error)
	}{
		{"loaders", func(ctx context.Context) (int, error) { return listByLoaders(ctx, dataloader.New(readers)) }},
		{"bare", bare.list},
	} {
		for _, deadline := range []bool{true, false} {
			b.Run(fmt.Sprintf("%s/deadline=%t", arm.name, deadline), func(b *testing.B) {
				read := func() {
					ctx := context.Background()
					if deadline {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, time.Minute)
						defer cancel()
					}
					n, err := arm.read(ctx)
					if err != nil || n != listProducts*(1+listVariants+listMedia) {
						b.Errorf("%d nodes, %v", n, err)
					}
				}
				warm(read)
				b.ReportAllocs()
				b.SetParallelism(listParallel)
				cpu := newCPU(b, d)
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						read()
					}
				})
				cpu.report(b)
			})
		}
	}
}

// warm opens the connections and runs each statement on all of them often enough: Postgres plans a prepared statement anew
// for its first executions.
func warm(read func()) {
	var wait sync.WaitGroup
	for range 3 * listParallel {
		wait.Go(func() {
			for range 50 {
				read()
			}
		})
	}
	wait.Wait()
}

// listByLoaders does the reads level by level and returns how many nodes there were.
func listByLoaders(ctx context.Context, set *dataloader.Set) (int, error) {
	store, err := set.StoreByHandle.LoadOne(ctx, "bench")
	if err != nil {
		return 0, err
	}
	lists, err := set.ProductList.Load(ctx, []commerce.ProductListKey{
		{Store: store.ID, Page: commerce.FirstPage(listProducts, commerce.Ordering{Key: commerce.ProductSortID})},
	})
	if err != nil {
		return 0, err
	}
	pages := func(size int, key commerce.SortKey) []commerce.ProductPageKey {
		keys := make([]commerce.ProductPageKey, len(lists[0].Items))
		for i, item := range lists[0].Items {
			keys[i] = commerce.ProductPageKey{Product: item.Node.Ref(), Page: commerce.FirstPage(size, commerce.Ordering{Key: key})}
		}
		return keys
	}
	variants, err := set.VariantList.Load(ctx, pages(listVariants, commerce.VariantSortPosition))
	if err != nil {
		return 0, err
	}
	media, err := set.MediaList.Load(ctx, pages(listMedia, commerce.MediaSortPosition))
	n := len(lists[0].Items)
	for i := range variants {
		n += len(variants[i].Items) + len(media[i].Items)
	}
	return n, err
}

// bareReads are the same four reads without loaders, domain types or columns that the document does not ask for.
type bareReads struct{ store, products, variants, media *sql.Stmt }

func newBareReads(b *testing.B, d *dbtest.Database) *bareReads {
	b.Helper()
	prepare := func(text string) *sql.Stmt {
		s, err := d.SQL.PrepareContext(b.Context(), text)
		require.NoError(b, err)
		b.Cleanup(func() { _ = s.Close() })
		return s
	}
	return &bareReads{
		store: prepare(`SELECT s.id, s.currency FROM stores s WHERE s.handle = $1 AND s.status = 'PUBLISHED'`),
		products: prepare(`
SELECT p.id, p.handle, p.title, p.vendor, p.product_type, p.tags, p.published_at FROM products p
WHERE p.store_id = $1 AND p.status = 'ACTIVE' AND p.published_at <= now() ORDER BY p.id LIMIT $2`),
		variants: prepare(`
SELECT k.ordinal, o.names, v.id, v.sku, v.option_values, v.price_minor, v.available
FROM unnest($2::bigint[]) WITH ORDINALITY AS k (product_id, ordinal)
CROSS JOIN LATERAL (
    SELECT array_agg(o.name ORDER BY o.position, o.id) AS names FROM product_options o WHERE o.store_id = $1 AND o.product_id = k.product_id
) o
CROSS JOIN LATERAL (
    SELECT v.id, v.sku, v.option_values, v.price_minor, NOT v.inventory_tracked OR v.inventory_quantity > 0 OR v.inventory_policy = 'CONTINUE' AS available
    FROM product_variants v WHERE v.store_id = $1 AND v.product_id = k.product_id ORDER BY v.position, v.id LIMIT $3
) v`),
		media: prepare(`
SELECT k.ordinal, m.id, m.url, m.alt
FROM unnest($2::bigint[]) WITH ORDINALITY AS k (product_id, ordinal)
CROSS JOIN LATERAL (
    SELECT m.id, m.url, m.alt FROM product_media m WHERE m.store_id = $1 AND m.product_id = k.product_id ORDER BY m.position, m.id LIMIT $3
) m`),
	}
}

func (r *bareReads) list(ctx context.Context) (int, error) {
	var store int64
	var currency string
	if err := r.store.QueryRowContext(ctx, "bench").Scan(&store, &currency); err != nil {
		return 0, err
	}
	ids := make(pq.Int64Array, 0, listProducts)
	n, err := bareRows(ctx, r.products, func(rows *sql.Rows) error {
		var p struct {
			id                              int64
			handle, title, vendor, category string
			tags                            pq.StringArray
			published                       time.Time
		}
		err := rows.Scan(&p.id, &p.handle, &p.title, &p.vendor, &p.category, &p.tags, &p.published)
		if len(ids) < listProducts {
			ids = append(ids, p.id)
		}
		return err
	}, store, listProducts+1)
	if err != nil {
		return 0, err
	}
	variants, err := bareRows(ctx, r.variants, func(rows *sql.Rows) error {
		var v struct {
			ordinal, id, price int64
			sku                string
			names, values      pq.StringArray
			available          bool
		}
		return rows.Scan(&v.ordinal, &v.names, &v.id, &v.sku, &v.values, &v.price, &v.available)
	}, store, ids, listVariants+1)
	if err != nil {
		return 0, err
	}
	media, err := bareRows(ctx, r.media, func(rows *sql.Rows) error {
		var m struct {
			ordinal, id int64
			url, alt    string
		}
		return rows.Scan(&m.ordinal, &m.id, &m.url, &m.alt)
	}, store, ids, listMedia+1)
	return min(n, listProducts) + variants + media, err
}

func bareRows(ctx context.Context, s *sql.Stmt, scan func(*sql.Rows) error, args ...any) (n int, err error) {
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close() //nolint:errcheck // Err below reports what Close would
	for rows.Next() {
		n++
		if err := scan(rows); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

// cpu measures the processor time of this process and of the backends that serve a database.
type cpu struct {
	backends     []int
	self, theirs time.Duration
}

func newCPU(b *testing.B, d *dbtest.Database) *cpu {
	b.Helper()
	c := &cpu{}
	for _, row := range queryRows(b, d, `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'`) {
		pid, err := strconv.Atoi(row[0])
		require.NoError(b, err)
		c.backends = append(c.backends, pid)
	}
	c.self, c.theirs = c.read(b)
	return c
}

// read returns the time used so far. Where Linux does not tell a process's time, the backends' is 0.
func (c *cpu) read(b *testing.B) (self, theirs time.Duration) {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	self = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	for _, pid := range c.backends {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		if err != nil {
			return self, 0
		}
		running, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(running, 10, 64)
		require.NoError(b, err)
		theirs += time.Duration(n)
	}
	return self, theirs
}

func (c *cpu) report(b *testing.B) {
	b.Helper()
	self, theirs := c.read(b)
	b.ReportMetric(float64(self-c.self)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(theirs-c.theirs)/float64(b.N), "pg-cpu-ns/op")
}
