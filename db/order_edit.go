package db

import (
	"context"
	"encoding/json"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// EditOrder changes an order, in one transaction: the order is locked first, then stock in the order in which everybody does.
// Refusals; code UNAVAILABLE.
func (d *DB) EditOrder(ctx context.Context, by commerce.Author, store *commerce.Store, id commerce.OrderID, action string, edit commerce.OrderEdit) (*commerce.EditedOrder, error) {
	var done *commerce.EditedOrder
	err := mutate(ctx, d, store.ID, &done, func(tx *sqlx.Tx) error {
		whole, err := lockOrder(ctx, tx, commerce.OrderRef{Store: store.ID, ID: id})
		if err != nil {
			return err
		}
		change, err := edit(whole)
		if err != nil {
			return err
		}
		if done, err = writeChange(ctx, tx, by, whole, change); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{
			store: store.ID, by: by, action: action, subject: done.Order.NodeID().String(), detail: map[string]any{"name": whole.Name()},
		})
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

const lockOrderSQL = orderSQL + ` FOR NO KEY UPDATE`

const linesOfOrderSQL = `
SELECT ` + orderLineColumns + ` FROM order_lines l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
WHERE l.store_id = $1 AND l.order_id = $2 ORDER BY l.id`

const reservationsSQL = `
SELECT r.line_id, r.location_id, r.variant_id, r.quantity FROM stock_reservations r
WHERE r.store_id = $1 AND r.order_id = $2 ORDER BY r.line_id, r.location_id`

// lockOrder reads an order with everything that changes with it. It stays locked until the transaction ends. Refusals.
func lockOrder(ctx context.Context, tx *sqlx.Tx, ref commerce.OrderRef) (*commerce.WholeOrder, error) {
	whole, err := lockWhole(ctx, tx, lockOrderSQL, ref)
	if err == nil && whole == nil {
		err = commerce.Refuse(commerce.RefusalNotFound, []any{"input"}, "The store has no such order.")
	}
	return whole, err
}

// lockWhole is lockOrder with its statement; nil when that finds nothing.
func lockWhole(ctx context.Context, tx *sqlx.Tx, text string, ref commerce.OrderRef) (*commerce.WholeOrder, error) {
	whole := &commerce.WholeOrder{}
	store, id := int64(ref.Store), int64(ref.ID)
	err := scanIn(ctx, tx, func(r *row) { whole.Order = scanOrder(r) }, text, store, id)
	if err != nil || whole.Order == nil {
		return nil, err
	}
	whole.Key = "" // whoever changes an order does not need its secret
	err = scanIn(ctx, tx, func(r *row) {
		whole.Lines = append(whole.Lines, scanOrderLine(r, commerce.OrderRef{Store: commerce.StoreID(r.int()), ID: commerce.OrderID(r.int())}))
	}, linesOfOrderSQL, store, id)
	if err != nil {
		return nil, err
	}
	err = scanIn(ctx, tx, func(r *row) {
		whole.Reserved = append(whole.Reserved, commerce.Reservation{
			Line: r.int(), Location: commerce.LocationID(r.int()), Variant: commerce.VariantID(r.int()), Quantity: int(r.int()),
		})
	}, reservationsSQL, store, id)
	return whole, err
}

func writeChange(ctx context.Context, tx *sqlx.Tx, by commerce.Author, o *commerce.WholeOrder, c *commerce.OrderChange) (*commerce.EditedOrder, error) {
	if err := moveStock(ctx, tx, by, o.Ref(), c.Stock); err != nil {
		return nil, err
	}
	if c.Again {
		if err := takeAgain(ctx, tx, o); err != nil {
			return nil, err
		}
	}
	if c.Return {
		if err := giveBackDiscounts(ctx, tx, o.StoreID, int64(o.ID)); err != nil {
			return nil, err
		}
	}
	if err := writeLines(ctx, tx, o); err != nil {
		return nil, err
	}
	done := &commerce.EditedOrder{Ref: o.Ref(), Fulfillment: c.Fulfillment, Refund: c.Refund}
	if err := writeParts(ctx, tx, o, c); err != nil {
		return nil, err
	}
	address, err := json.Marshal(o.Address)
	if err != nil {
		return nil, err
	}
	reason := ""
	if o.CancelReason != nil {
		reason = string(*o.CancelReason)
	}
	err = scanIn(ctx, tx, func(r *row) {
		done.Order = scanOrder(r)
		done.Order.Key = ""
	}, updateOrderSQL, int64(o.StoreID), int64(o.ID), string(c.Kind), reason, string(o.FinancialStatus), string(o.FulfillmentStatus),
		o.Contact.Name, o.Contact.Email, o.Contact.Phone, string(address), o.BuyerNote, o.PaidMinor, o.RefundedMinor,
		c.Detail, int64(by.Merchant), int64(by.Key), o.PaymentDueAt != nil)
	return done, err
}

// updateOrderSQL writes a change of an order, what people are told of it, and what the world is to hear.
const updateOrderSQL = `
WITH told AS (
    INSERT INTO order_events (store_id, order_id, kind, detail, merchant_id, api_key_id)
    VALUES ($1, $2, $3, jsonb_build_object('text', $14::text), nullif($15::bigint, 0), nullif($16::bigint, 0))
), heard AS (
    INSERT INTO outbox (store_id, topic, version, subject, payload)
    SELECT $1, 'order.' || lower($3), 1, 'gid://kirana/Order/' || $1::bigint || '/' || $2::bigint, jsonb_build_object(
        'id', 'gid://kirana/Order/' || $1::bigint || '/' || $2::bigint, 'name', '#' || c.number, 'currency', c.currency, 'totalMinor', c.total_minor,
        'financialStatus', $5::text, 'fulfillmentStatus', $6::text, 'refundedMinor', $13::bigint)
    FROM orders c WHERE c.store_id = $1 AND c.id = $2
)
UPDATE orders AS o SET confirmed_at = CASE WHEN $3 = 'CONFIRMED' THEN now() ELSE o.confirmed_at END,
    cancelled_at = CASE WHEN $3 = 'CANCELLED' THEN now() WHEN $4 <> '' THEN o.cancelled_at END, cancel_reason = $4,
    hold_expires_at = CASE WHEN $17 THEN o.hold_expires_at END, financial_status = $5, fulfillment_status = $6,
    name = $7, email = $8, phone = $9, address = nullif($10::jsonb, 'null'), note = $11, paid_minor = $12, refunded_minor = $13
WHERE o.store_id = $1 AND o.id = $2
RETURNING ` + orderColumns

const writeLinesSQL = `
UPDATE order_lines l SET fulfilled = r.fulfilled, removed = r.removed, refunded = r.refunded
FROM json_to_recordset($3::json) AS r (id bigint, fulfilled integer, removed integer, refunded integer)
WHERE l.store_id = $1 AND l.order_id = $2 AND l.id = r.id
    AND (l.fulfilled, l.removed, l.refunded) IS DISTINCT FROM (r.fulfilled, r.removed, r.refunded)`

type countedRow struct {
	ID        int64 `json:"id"`
	Fulfilled int   `json:"fulfilled"`
	Removed   int   `json:"removed"`
	Refunded  int   `json:"refunded"`
}

func writeLines(ctx context.Context, tx *sqlx.Tx, o *commerce.WholeOrder) error {
	rows := make([]countedRow, len(o.Lines))
	for i, l := range o.Lines {
		rows[i] = countedRow{l.ID, l.Fulfilled, l.Removed, l.Refunded}
	}
	return execOrder(ctx, tx, writeLinesSQL, o.Ref(), rows)
}

const insertFulfillmentSQL = `
INSERT INTO order_fulfillments AS f (store_id, order_id, tracking_company, tracking_number, tracking_url, lines)
VALUES ($1, $2, coalesce($3, ''), coalesce($4, ''), coalesce($5, ''), $6::jsonb)
RETURNING ` + fulfillmentColumns

const insertRefundSQL = `
WITH f AS (
    INSERT INTO order_refunds (store_id, order_id, amount_minor, note, lines) VALUES ($1, $2, $3, $4, $5::jsonb) RETURNING *
)
SELECT ` + refundColumns + ` FROM f JOIN orders o ON o.store_id = f.store_id AND o.id = f.order_id`

// writeParts writes what left, or what went back.
func writeParts(ctx context.Context, tx *sqlx.Tx, o *commerce.WholeOrder, c *commerce.OrderChange) error {
	ref := func(r *row) commerce.OrderRef {
		return commerce.OrderRef{Store: commerce.StoreID(r.int()), ID: commerce.OrderID(r.int())}
	}
	if f := c.Fulfillment; f != nil {
		lines, err := json.Marshal(f.Lines)
		if err != nil {
			return err
		}
		if err := scanIn(ctx, tx, func(r *row) { *f = *scanFulfillment(r, ref(r)) }, insertFulfillmentSQL,
			int64(o.StoreID), int64(o.ID), f.TrackingCompany, f.TrackingNumber, f.TrackingURL, string(lines)); err != nil {
			return err
		}
	}
	if f := c.Refund; f != nil {
		lines, err := json.Marshal(f.Lines)
		if err != nil {
			return err
		}
		if err := scanIn(ctx, tx, func(r *row) { *f = *scanRefund(r, ref(r)) }, insertRefundSQL,
			int64(o.StoreID), int64(o.ID), f.Amount.Minor, f.Note, string(lines)); err != nil {
			return err
		}
		return refundCard(ctx, tx, o.Order, f)
	}
	return nil
}

// moveStockSQL changes levels by what an order takes or gives back, and what is promised to it. Location 0 is the default one.
const moveStockSQL = `
WITH moved AS (
    SELECT r.line, coalesce(nullif(r.location, 0), d.id) AS location, r.variant, r.on_hand, r.promised
    FROM json_to_recordset($3::json) AS r (line bigint, location bigint, variant bigint, on_hand integer, promised integer)
    JOIN locations d ON d.store_id = $1 AND d.is_default
), gone AS (
    DELETE FROM stock_reservations p USING moved m
    WHERE p.store_id = $1 AND p.order_id = $2 AND p.line_id = m.line AND p.location_id = m.location AND m.promised <> 0 AND p.quantity + m.promised = 0
), fewer AS (
    UPDATE stock_reservations p SET quantity = p.quantity + m.promised FROM moved m
    WHERE p.store_id = $1 AND p.order_id = $2 AND p.line_id = m.line AND p.location_id = m.location AND m.promised <> 0 AND p.quantity + m.promised > 0
)
UPDATE inventory_levels l SET on_hand = l.on_hand + r.on_hand, reserved = l.reserved + r.promised
FROM (SELECT variant, location, sum(on_hand) AS on_hand, sum(promised) AS promised FROM moved GROUP BY variant, location) r
WHERE l.store_id = $1 AND l.variant_id = r.variant AND l.location_id = r.location`

type moveRow struct {
	Line     int64               `json:"line"`
	Location commerce.LocationID `json:"location"`
	Variant  commerce.VariantID  `json:"variant"`
	OnHand   int                 `json:"on_hand"`
	Promised int                 `json:"promised"`
}

// moveStock carries stock out of the store, back into it, or back to those who may buy it. The triggers of the levels do what
// follows from it. A variant that is gone has no stock.
func moveStock(ctx context.Context, tx *sqlx.Tx, by commerce.Author, order commerce.OrderRef, moves []commerce.StockMove) error {
	if len(moves) == 0 {
		return nil
	}
	variants := bigints(moves, func(m commerce.StockMove) int64 { return int64(m.Variant) })
	for _, text := range []string{lockVariantsSQL, lockLevelsSQL} {
		if _, err := tx.ExecContext(ctx, text, int64(order.Store), variants); err != nil {
			return err
		}
	}
	id := commerce.GlobalID{Kind: commerce.KindOrder, Store: order.Store, ID: int64(order.ID)}
	if err := explain(ctx, tx, stockReason{why: commerce.InventoryOrdered, reference: id.String(), by: by}); err != nil {
		return err
	}
	rows := make([]moveRow, len(moves))
	for i, m := range moves {
		rows[i] = moveRow(m)
	}
	return execOrder(ctx, tx, moveStockSQL, order, rows)
}
