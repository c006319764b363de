package db_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// sales is a store with products of which orders can be made up.
type sales struct {
	*dbtest.Database

	t     *testing.T
	store *commerce.Store
	last  int
}

func newSales(t *testing.T) *sales {
	t.Helper()
	d := dbtest.New(t)
	s := &sales{Database: d, t: t, store: openStore(t, d.DB, "alpha")}
	upsert(t, d.DB, s.store, products(4)...)
	return s
}

// product is the id of a product by its place.
func (s *sales) product(n int) string {
	return queryRows(s.t, s.Database, `SELECT id FROM products WHERE store_id = $1 AND handle = 'p-' || $2::int`, int64(s.store.ID), n)[0][0]
}

// sell makes an order of so many units of a product, as long ago as age, and returns it.
func (s *sales) sell(product string, units int, age time.Duration) commerce.OrderRef {
	s.t.Helper()
	s.last++
	run(s.t, s.Database, `
WITH made AS (
    INSERT INTO orders (store_id, id, number, key, cart_id, currency, created_at, delivery, taxes_included, payment_method, subtotal_minor, discount_minor, delivery_minor, tax_minor, total_minor)
    VALUES ($1, $2, $2, repeat('k', 22), $2, 'INR', now() - make_interval(secs => $5), '{}', true, 'CASH_ON_DELIVERY', 0, 0, 0, 0, 0) RETURNING id
)
INSERT INTO order_lines (store_id, order_id, id, product_id, variant_id, title, variant_title, sku, image_url, quantity, price_minor, subtotal_minor, discount_minor, tax_minor, total_minor, requires_shipping, stocked)
SELECT $1, id, 1, $3, 1, '', '', '', '', $4, 0, 0, 0, 0, 0, false, false FROM made`, int64(s.store.ID), s.last, product, units, age.Seconds())
	return commerce.OrderRef{Store: s.store.ID, ID: commerce.OrderID(s.last)}
}

// count notes orders and counts until nothing is left. It returns how many products were written.
func (s *sales) count(orders ...commerce.OrderRef) (written int) {
	s.t.Helper()
	require.NoError(s.t, s.NoteSales(s.t.Context(), orders))
	for {
		done, err := s.RankSales(s.t.Context())
		require.NoError(s.t, err)
		if written += done.Written; !done.More {
			return written
		}
	}
}

func (s *sales) popularity(product string) int {
	s.t.Helper()
	n, err := strconv.Atoi(queryRows(s.t, s.Database, `SELECT popularity FROM products WHERE store_id = $1 AND id = $2`, int64(s.store.ID), product)[0][0])
	require.NoError(s.t, err)
	return n
}

// What sells is counted with decay, from the orders that were not canceled and the units that were not removed; nothing else of the product moves.
func TestSalesAreCounted(t *testing.T) {
	t.Parallel()
	s := newSales(t)
	tea, cup, pot := s.product(0), s.product(1), s.product(2)
	before := queryRows(t, s.Database, `SELECT id, version, updated_at FROM products ORDER BY id`)
	month := commerce.PopularityHalfLife
	teas := s.sell(tea, 8, 0)
	require.Zero(t, s.popularity(tea), "an order writes nothing of it")
	require.Equal(t, 3, s.count(teas, s.sell(cup, 16, month), s.sell(pot, 16, 2*month)))
	now := time.Now()
	require.InDelta(t, int(commerce.PopularityAt(8, now)), s.popularity(tea), 2)
	require.InDelta(t, int(commerce.PopularityAt(8, now)), s.popularity(cup), 2, "a month ago, so half")
	require.InDelta(t, int(commerce.PopularityAt(4, now)), s.popularity(pot), 2)
	require.Zero(t, s.popularity(s.product(3)))
	require.Equal(t, before, queryRows(t, s.Database, `SELECT id, version, updated_at FROM products ORDER BY id`), "no edit by a merchant")

	require.Equal(t, 0, s.count(teas), "nothing has changed")
	run(t, s.Database, `UPDATE order_lines SET removed = 7 WHERE order_id = $1`, int64(teas.ID))
	require.Equal(t, 1, s.count(teas))
	require.InDelta(t, int(commerce.PopularityAt(1, now)), s.popularity(tea), 2, "seven were removed")
	run(t, s.Database, `UPDATE orders SET cancelled_at = now() WHERE id = $1`, int64(teas.ID))
	require.Equal(t, 1, s.count(teas))
	require.Zero(t, s.popularity(tea), "canceled")

	ancient := s.sell(tea, 1, 1000*month)
	require.Equal(t, 1, s.count(ancient), "of no weight, and no error")
	require.Positive(t, s.popularity(tea))
	run(t, s.Database, `DELETE FROM products WHERE id = $1`, tea)
	require.Equal(t, 0, s.count(ancient), "a product that is gone")
}

// A change of less than a tenth is not written, so that the index is left in peace; what adds up to it is.
func TestSalesAreWrittenWhenTheyMatter(t *testing.T) {
	t.Parallel()
	s := newSales(t)
	tea := s.product(0)
	require.Equal(t, 1, s.count(s.sell(tea, 100, 0)))
	run(t, s.Database, `UPDATE products SET title = title || '!' WHERE id = $1`, tea)
	require.Equal(t, "2", queryRows(t, s.Database, `SELECT version FROM products WHERE id = $1`, tea)[0][0], "other changes move the version")
	for units, want := range []int{0, 0, 1} { // 104, 108, 112
		require.Equal(t, want, s.count(s.sell(tea, 4, 0)), "%d units more", 4*(units+1))
	}
}

// An order of another store with a product's number says nothing about it.
func TestSalesOfAnotherStore(t *testing.T) {
	t.Parallel()
	s := newSales(t)
	other := &sales{Database: s.Database, t: t, store: openStore(t, s.DB, "beta"), last: 100}
	order := other.sell(s.product(0), 5, 0)
	require.Equal(t, 0, s.count(order))
	require.Equal(t, 1, s.count(s.sell(s.product(0), 1, 0)))
	require.InDelta(t, int(commerce.PopularityAt(1, time.Now())), s.popularity(s.product(0)), 2)
}

// marks are the products that have to be counted.
func (s *sales) marks() [][]string {
	s.t.Helper()
	return queryRows(s.t, s.Database, `SELECT product_id FROM sales_changes ORDER BY id`)
}

// requireNoted notes an order, for which nobody has to wait whatever others do.
func (s *sales) requireNoted(order commerce.OrderRef) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Second)
	defer cancel()
	require.NoError(s.t, s.NoteSales(ctx, []commerce.OrderRef{order}), "somebody waits who tells of events")
}

// What is noted while it is being counted is counted again, and whoever notes it does not wait: nothing gets lost in between.
func TestSalesWhileTheyAreCounted(t *testing.T) {
	t.Parallel()
	s := newSales(t)
	tea := s.product(0)
	s.requireNoted(s.sell(tea, 1, 0))
	more := s.sell(tea, 1, 0)
	tx, err := s.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `LOCK TABLE orders`) // the marks are read, the orders cannot be
	require.NoError(t, err)
	ranked := make(chan error)
	go func() {
		_, err := s.RankSales(t.Context())
		ranked <- err
	}()
	requireWaiting(t, s.Database)
	s.requireNoted(more)
	done, err := s.RankSales(t.Context())
	require.NoError(t, err)
	require.Zero(t, done, "one counts at a time")
	require.NoError(t, tx.Commit())
	require.NoError(t, <-ranked)
	require.Equal(t, [][]string{{tea}}, s.marks(), "what was noted meanwhile")
	require.Zero(t, s.count(), "and was counted by the way")
	require.Empty(t, s.marks())
}

// A product that somebody is writing keeps nobody waiting, neither the others nor whoever notes it. It is counted when it is free.
func TestSalesOfBusyProducts(t *testing.T) {
	t.Parallel()
	s := newSales(t)
	tea, cup := s.product(0), s.product(1)
	teas := s.sell(tea, 8, 0)
	s.requireNoted(teas)
	s.requireNoted(s.sell(cup, 8, 0))
	tx, err := s.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `SELECT FROM products WHERE id = $1 FOR UPDATE`, tea)
	require.NoError(t, err)
	ranked := make(chan error, 1)
	var done commerce.SalesCount
	go func() {
		var err error
		done, err = s.RankSales(t.Context())
		ranked <- err
	}()
	s.requireNoted(teas)
	select {
	case err := <-ranked:
		require.NoError(t, err)
	case <-time.After(10 * time.Second):
		require.NoError(t, tx.Rollback())
		require.Fail(t, "the others wait")
	}
	require.Equal(t, commerce.SalesCount{Counted: 1, Written: 1}, done)
	require.Positive(t, s.popularity(cup))
	require.Contains(t, s.marks(), []string{tea})
	require.NotContains(t, s.marks(), []string{cup})
	require.NoError(t, tx.Rollback())
	require.Equal(t, 1, s.count())
	require.Positive(t, s.popularity(tea))
	require.Empty(t, s.marks())
}

// A full page is not the last one, unless all of its products are busy.
func TestPagesOfSales(t *testing.T) {
	t.Parallel()
	s := newSales(t)
	s.requireNoted(s.sell(s.product(0), 1, 0))
	run(t, s.Database, `INSERT INTO sales_changes (store_id, product_id) SELECT s.store_id, s.product_id FROM sales_changes s, generate_series(1, 600)`)
	for _, want := range []commerce.SalesCount{{Counted: 1, Written: 1, More: true}, {Counted: 1}, {}} {
		done, err := s.RankSales(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, done)
	}
	run(t, s.Database, `UPDATE products SET popularity = 0`)
	run(t, s.Database, `INSERT INTO sales_changes (store_id, product_id) SELECT store_id, id FROM products p, generate_series(1, 600) WHERE id = $1`, s.product(0))
	tx, err := s.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `SELECT FROM products FOR UPDATE`)
	require.NoError(t, err)
	done, err := s.RankSales(t.Context())
	require.NoError(t, err)
	require.Zero(t, done)
	require.NoError(t, tx.Rollback())
	require.Len(t, s.marks(), 101, "one for the page")
}
