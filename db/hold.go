package db

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// overdue are orders o that wait for a payment which did not come in time, by the clock of the database. The index orders_hold has them.
const overdue = `o.hold_expires_at <= now() AND o.cancelled_at IS NULL AND o.financial_status = 'PENDING' AND o.fulfillment_status = 'UNFULFILLED'`

// overdueSQL finds overdue orders, those first that have been for longest.
const overdueSQL = kept + `SELECT o.store_id, o.id FROM orders o WHERE ` + overdue + ` ORDER BY o.hold_expires_at LIMIT 1000`

// The sizes of what lapses together. A batch is one transaction: most of what it costs is the same for one order and for many. Two are under
// way at the same time, since one waits for the disk where the other does not.
const (
	lapseBatch = 25
	lapsers    = 2
)

// LapseHolds cancels every order whose payment is overdue, and tells how many there were. One that cannot be canceled does not keep the
// others from it. When nothing is due it is one statement. Codes UNAVAILABLE.
func (d *DB) LapseHolds(ctx context.Context) (int, error) {
	total := 0
	for {
		var refs []commerce.OrderRef
		err := d.eachFresh(ctx, func(r *row) {
			refs = append(refs, commerce.OrderRef{Store: commerce.StoreID(r.int()), ID: commerce.OrderID(r.int())})
		}, overdueSQL)
		if err != nil {
			return total, err
		}
		lapsed, err := d.lapseAll(ctx, refs)
		total += lapsed
		if err != nil || lapsed == 0 {
			return total, err
		}
	}
}

func (d *DB) lapseAll(ctx context.Context, refs []commerce.OrderRef) (int, error) {
	batches := slices.Collect(slices.Chunk(refs, lapseBatch))
	lapsed, errs := make([]int, len(batches)), make([]error, len(batches))
	var next atomic.Int64
	var working sync.WaitGroup
	for range min(lapsers, len(batches)) {
		working.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(batches) && ctx.Err() == nil; i = next.Add(1) - 1 {
				lapsed[i], errs[i] = d.lapseBatch(ctx, batches[i])
			}
		})
	}
	working.Wait()
	total := 0
	for _, n := range lapsed {
		total += n
	}
	return total, errors.Join(errs...)
}

// lapseBatch cancels orders together, or, when one of them cannot be canceled, one after the other.
func (d *DB) lapseBatch(ctx context.Context, refs []commerce.OrderRef) (int, error) {
	n, err := d.lapse(ctx, refs)
	if err == nil || len(refs) == 1 {
		return n, err
	}
	total := 0
	var errs []error
	for i := range refs {
		n, err := d.lapse(ctx, refs[i:i+1])
		total += n
		errs = append(errs, err)
	}
	return total, errors.Join(errs...)
}

// lockOverdueSQL is lockOrderSQL for those orders that are still overdue. One that somebody is changing right now is theirs.
const lockOverdueSQL = wholeOrdersSQL + ` WHERE ` + overdue + ` ORDER BY o.store_id, o.id FOR NO KEY UPDATE OF o SKIP LOCKED`

// lapse cancels orders, and tells how many were still there to be canceled.
func (d *DB) lapse(ctx context.Context, refs []commerce.OrderRef) (n int, err error) {
	err = d.inTx(ctx, func(tx *sqlx.Tx) error {
		found, err := lockOrders(ctx, tx, lockOverdueSQL, refs)
		if n = len(found); err != nil || n == 0 {
			return err
		}
		changed := make([]changedOrder, n)
		for i, o := range found {
			changed[i] = changedOrder{o, commerce.LapseOrder(o)}
		}
		_, err = writeChanges(ctx, tx, commerce.Author{}, changed)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// lockAgainSQL locks the variants of an order, whether buyers can see them or not.
const lockAgainSQL = `
SELECT v.id, v.inventory_quantity, CASE WHEN v.inventory_tracked THEN v.inventory_policy ELSE 'CONTINUE' END FROM product_variants v
WHERE v.store_id = $1 AND v.id = ANY($2::bigint[]) ORDER BY v.id FOR NO KEY UPDATE`

// takeAgain gives stock to an order that comes back to life, in the order in which everybody locks it, and counts its codes. Refusals.
func takeAgain(ctx context.Context, tx *sqlx.Tx, o *commerce.WholeOrder) error {
	variants := bigints(o.Lines, func(l *commerce.OrderLine) int64 { return int64(l.Variant) })
	stock := make(map[commerce.VariantID]commerce.VariantStock, len(o.Lines))
	err := scanIn(ctx, tx, func(r *row) {
		stock[commerce.VariantID(r.int())] = commerce.VariantStock{Quantity: int(r.int()), Policy: commerce.InventoryPolicy(r.text())}
	}, lockAgainSQL, int64(o.StoreID), variants)
	if err != nil {
		return err
	}
	levels, err := lockLevels(ctx, tx, o.StoreID, variants)
	if err != nil {
		return err
	}
	promised, err := o.PromiseAgain(stock, levels)
	if err != nil {
		return err
	}
	if err := explain(ctx, tx, stockReason{why: commerce.InventoryOrdered, reference: o.NodeID().String()}); err != nil {
		return err
	}
	if err := promise(ctx, tx, o.Ref(), promised); err != nil {
		return err
	}
	return useAgain(ctx, tx, o)
}

// useAgainSQL counts the uses of an order that comes back to life. The price was agreed to and paid, so it counts also where the code
// has been used up since; of two uses by a customer who may use it once, the index knows the other one.
const useAgainSQL = `
WITH wanted AS MATERIALIZED (
    SELECT d.id, d.once_per_customer FROM discounts d WHERE d.store_id = $1 AND d.id = ANY($3::bigint[]) ORDER BY d.id FOR NO KEY UPDATE
), noted AS (
    INSERT INTO discount_uses (store_id, order_id, discount_id, customer, once)
    SELECT $1, $2, w.id, $4, w.once_per_customer AND NOT EXISTS (
        SELECT FROM discount_uses u WHERE u.store_id = $1 AND u.discount_id = w.id AND u.customer = $4 AND u.once)
    FROM wanted w ORDER BY w.id
)
UPDATE discounts d SET usage_count = d.usage_count + 1 FROM wanted w WHERE d.store_id = $1 AND d.id = w.id`

func useAgain(ctx context.Context, tx *sqlx.Tx, o *commerce.WholeOrder) error {
	if len(o.Discounts) == 0 {
		return nil
	}
	ids := bigints(o.Discounts, func(d commerce.OrderDiscount) int64 { return int64(d.ID) })
	_, err := tx.ExecContext(ctx, useAgainSQL, int64(o.StoreID), int64(o.ID), ids, customerKey(o.StoreID, cmp.Or(o.Contact.Email, o.Contact.Phone)))
	return err
}
