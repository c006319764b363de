package db

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// salesPage is how many products are counted in one transaction.
const salesPage = 200

// noteSalesSQL notes the products of orders, in one order, so that two never wait for each other.
const noteSalesSQL = `
INSERT INTO sales_changes (store_id, product_id)
SELECT DISTINCT l.store_id, l.product_id FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN order_lines l ON l.store_id = k.store_id AND l.order_id = k.id
ORDER BY 1, 2
ON CONFLICT DO NOTHING`

// NoteSales notes that the products of orders have to be counted anew.
func (d *DB) NoteSales(ctx context.Context, orders []commerce.OrderRef) error {
	return d.exec(ctx, noteSalesSQL, orderStores(orders), orderIDs(orders))
}

// takeSalesSQL takes a page of products that nobody else counts. Whoever notes one of them again meanwhile waits until it was counted,
// and then notes it anew.
const takeSalesSQL = `
DELETE FROM sales_changes WHERE (store_id, product_id) IN (
    SELECT s.store_id, s.product_id FROM sales_changes s ORDER BY s.store_id, s.product_id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING store_id, product_id`

// countSalesSQL counts the units of orders that were not canceled, each halved for every half-life since it was sold. What is older than 60 of them
// counts as if it was not, which keeps the power from being too small a number.
const countSalesSQL = `
SELECT p.store_id, p.id, p.popularity::bigint, (date_part('epoch', now()) * 1000000)::bigint, coalesce((
    SELECT sum((l.quantity - l.removed) * power(2::double precision, greatest(-60, date_part('epoch', o.created_at - now()) / $3)))
    FROM order_lines l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
    WHERE l.store_id = p.store_id AND l.product_id = p.id AND o.cancelled_at IS NULL), 0)
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id) JOIN products p ON p.store_id = k.store_id AND p.id = k.id
ORDER BY p.store_id, p.id`

// rankSalesSQL writes popularities. Products are locked in the order in which everybody does.
const rankSalesSQL = `
WITH ranked AS MATERIALIZED (
    SELECT p.store_id, p.id, k.popularity FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k (store_id, id, popularity)
    JOIN products p ON p.store_id = k.store_id AND p.id = k.id ORDER BY p.store_id, p.id FOR NO KEY UPDATE OF p
)
UPDATE products p SET popularity = r.popularity FROM ranked r WHERE p.store_id = r.store_id AND p.id = r.id`

// ranked is a product with what it sells.
type ranked struct {
	ref        commerce.ProductRef
	popularity commerce.Popularity
}

// RankSales counts a page of the products whose orders have changed, and writes what has changed materially. A statement of its own counts after
// the page was taken: it sees every order that was noted before.
func (d *DB) RankSales(ctx context.Context) (counted, written int, err error) {
	err = d.inTx(ctx, func(tx *sqlx.Tx) error {
		var taken []commerce.ProductRef
		if err := scanIn(ctx, tx, func(r *row) { taken = append(taken, productOf(r)) }, takeSalesSQL, salesPage); err != nil {
			return err
		}
		counted, written = len(taken), 0
		if counted == 0 {
			return nil
		}
		changed, err := countSales(ctx, tx, taken)
		if written = len(changed); err != nil || written == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, rankSalesSQL, bigints(changed, func(r ranked) int64 { return int64(r.ref.Store) }),
			bigints(changed, func(r ranked) int64 { return int64(r.ref.ID) }), bigints(changed, func(r ranked) int64 { return int64(r.popularity) }))
		return err
	})
	return counted, written, err
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
