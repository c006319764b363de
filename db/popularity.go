package db

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// salesPage is how many marks are counted in one transaction.
const salesPage = 500

// noteSalesSQL adds a mark for each product of orders. It never waits: other marks of the same products stand beside it.
const noteSalesSQL = `
INSERT INTO sales_changes (store_id, product_id)
SELECT DISTINCT l.store_id, l.product_id FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN order_lines l ON l.store_id = k.store_id AND l.order_id = k.id`

// NoteSales notes that the products of orders have to be counted anew.
func (d *DB) NoteSales(ctx context.Context, orders []commerce.OrderRef) error {
	return d.exec(ctx, noteSalesSQL, orderStores(orders), orderIDs(orders))
}

// lockSalesSQL has one process count at a time: of two that counted the same product the earlier might write last. One that stops in the midst of it
// is not waited for.
const lockSalesSQL = `
SELECT pg_try_advisory_xact_lock(hashtextextended('sales', 0)) FROM set_config('idle_in_transaction_session_timeout', '30s', true)`

// markedSalesSQL reads the oldest marks and locks nothing.
const markedSalesSQL = `SELECT s.store_id, s.id, s.product_id FROM sales_changes s ORDER BY s.id LIMIT $1`

// forgetSalesSQL deletes marks that were counted. By their ids: one that comes meanwhile stays.
const forgetSalesSQL = `
DELETE FROM sales_changes s USING unnest($1::bigint[], $2::bigint[]) AS k (store_id, id) WHERE s.store_id = k.store_id AND s.id = k.id`

// remarkSalesSQL marks products again, behind all others.
const remarkSalesSQL = `
INSERT INTO sales_changes (store_id, product_id) SELECT k.store_id, k.id FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)`

// countSalesSQL counts the units of orders that were not canceled, each halved for every half-life since it was sold. What is older than 60 of them
// counts as if it was not, which keeps the power from being too small a number.
const countSalesSQL = `
SELECT p.store_id, p.id, p.popularity::bigint, (date_part('epoch', now()) * 1000000)::bigint, coalesce((
    SELECT sum((l.quantity - l.removed) * power(2::double precision, greatest(-60, date_part('epoch', o.created_at - now()) / $3)))
    FROM order_lines l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
    WHERE l.store_id = p.store_id AND l.product_id = p.id AND o.cancelled_at IS NULL), 0)
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id) JOIN products p ON p.store_id = k.store_id AND p.id = k.id
ORDER BY p.store_id, p.id`

// rankSalesSQL writes popularities. It waits for no product that somebody else has locked, and returns those it wrote.
const rankSalesSQL = `
WITH ranked AS MATERIALIZED (
    SELECT p.store_id, p.id, k.popularity FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k (store_id, id, popularity)
    JOIN products p ON p.store_id = k.store_id AND p.id = k.id ORDER BY p.store_id, p.id FOR NO KEY UPDATE OF p SKIP LOCKED
)
UPDATE products p SET popularity = r.popularity FROM ranked r WHERE p.store_id = r.store_id AND p.id = r.id
RETURNING p.store_id, p.id`

// ranked is a product with what it sells.
type ranked struct {
	ref        commerce.ProductRef
	popularity commerce.Popularity
}

// markedSale is a mark: something about the orders of a product has changed.
type markedSale struct {
	product commerce.ProductRef
	id      int64
}

// RankSales counts the products of a page of marks, and writes what has changed materially. A statement of its own counts after the page was
// read: it sees every order that was noted before. Nobody waits for it but who edits a product in the moment in which that is written.
func (d *DB) RankSales(ctx context.Context) (done commerce.SalesCount, err error) {
	err = d.inTx(ctx, func(tx *sqlx.Tx) error {
		done = commerce.SalesCount{}
		marks, refs, err := markedSales(ctx, tx)
		if err != nil || len(marks) == 0 {
			return err
		}
		changed, err := countSales(ctx, tx, refs)
		if err != nil {
			return err
		}
		written, busy, err := rankSales(ctx, tx, changed)
		if err != nil {
			return err
		}
		done.Counted, done.Written = len(refs)-len(busy), written
		done.More = len(marks) == salesPage && done.Counted > 0
		return forgetSales(ctx, tx, marks, busy)
	})
	return done, err
}

// markedSales reads a page of marks, and the products they are about, unless somebody else counts.
func markedSales(ctx context.Context, tx *sqlx.Tx) (marks []markedSale, refs []commerce.ProductRef, err error) {
	var mine bool
	if err := tx.GetContext(ctx, &mine, lockSalesSQL); err != nil || !mine {
		return nil, nil, err
	}
	seen := map[commerce.ProductRef]bool{}
	err = scanIn(ctx, tx, func(r *row) {
		m := markedSale{product: commerce.ProductRef{Store: commerce.StoreID(r.int())}, id: r.int()}
		m.product.ID = commerce.ProductID(r.int())
		marks = append(marks, m)
		if !seen[m.product] {
			seen[m.product] = true
			refs = append(refs, m.product)
		}
	}, markedSalesSQL, salesPage)
	return marks, refs, err
}

// rankSales writes popularities, and returns which products were busy.
func rankSales(ctx context.Context, tx *sqlx.Tx, changed []ranked) (written int, busy []commerce.ProductRef, err error) {
	if len(changed) == 0 {
		return 0, nil, nil
	}
	done := map[commerce.ProductRef]bool{}
	err = scanIn(ctx, tx, func(r *row) { done[productOf(r)] = true }, rankSalesSQL,
		bigints(changed, func(r ranked) int64 { return int64(r.ref.Store) }),
		bigints(changed, func(r ranked) int64 { return int64(r.ref.ID) }), bigints(changed, func(r ranked) int64 { return int64(r.popularity) }))
	for _, r := range changed {
		if !done[r.ref] {
			busy = append(busy, r.ref)
		}
	}
	return len(done), busy, err
}

// forgetSales deletes marks. Products that were busy are marked again, behind all others: many of them keep nobody waiting.
func forgetSales(ctx context.Context, tx *sqlx.Tx, marks []markedSale, busy []commerce.ProductRef) error {
	_, err := tx.ExecContext(ctx, forgetSalesSQL, bigints(marks, func(m markedSale) int64 { return int64(m.product.Store) }),
		bigints(marks, func(m markedSale) int64 { return m.id }))
	if err != nil || len(busy) == 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, remarkSalesSQL, productStores(busy), productIDs(busy))
	return err
}

// countSales counts products, and returns those whose popularity has changed materially.
func countSales(ctx context.Context, tx *sqlx.Tx, refs []commerce.ProductRef) (changed []ranked, err error) {
	err = scanIn(ctx, tx, func(r *row) {
		ref, stored := productOf(r), commerce.Popularity(r.int())
		at := r.moment()
		if now := commerce.NewPopularity(r.float(), at); now.Materially(stored) {
			changed = append(changed, ranked{ref, now})
		}
	}, countSalesSQL, productStores(refs), productIDs(refs), float64(commerce.PopularityHalfLife)/float64(time.Second))
	return changed, err
}
