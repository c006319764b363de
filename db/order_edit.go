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

// wholeOrdersSQL reads orders for those who change them.
const wholeOrdersSQL = kept + `
SELECT ` + orderColumns + ` FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id) JOIN orders o ON o.store_id = k.store_id AND o.id = k.id`

const lockOrderSQL = wholeOrdersSQL + ` FOR NO KEY UPDATE OF o`

// wholeLinesSQL reads the lines of orders, each with the stock that is promised to it.
const wholeLinesSQL = kept + `
SELECT ` + orderLineColumns + `, coalesce((
    SELECT json_agg(json_build_object('line', r.line_id, 'location', r.location_id, 'variant', r.variant_id, 'quantity', r.quantity) ORDER BY r.location_id)
    FROM stock_reservations r WHERE r.store_id = l.store_id AND r.order_id = l.order_id AND r.line_id = l.id), '[]')::text
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN orders o ON o.store_id = k.store_id AND o.id = k.id
JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id
ORDER BY l.store_id, l.order_id, l.id`

// lockOrder reads an order with everything that changes with it. It stays locked until the transaction ends. Refusals.
func lockOrder(ctx context.Context, tx *sqlx.Tx, ref commerce.OrderRef) (*commerce.WholeOrder, error) {
	found, err := lockOrders(ctx, tx, lockOrderSQL, []commerce.OrderRef{ref})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, commerce.Refuse(commerce.RefusalNotFound, []any{"input"}, "The store has no such order.")
	}
	return found[0], nil
}

// lockOrders is lockOrder for those of several orders that its statement finds.
func lockOrders(ctx context.Context, tx *sqlx.Tx, text string, refs []commerce.OrderRef) ([]*commerce.WholeOrder, error) {
	var found []*commerce.WholeOrder
	byRef := make(map[commerce.OrderRef]*commerce.WholeOrder, len(refs))
	err := scanIn(ctx, tx, func(r *row) {
		o := &commerce.WholeOrder{Order: scanOrder(r)}
		o.Key = "" // whoever changes an order does not need its secret
		found, byRef[o.Ref()] = append(found, o), o
	}, text, orderStores(refs), orderIDs(refs))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found, scanIn(ctx, tx, func(r *row) {
		l := scanOrderLine(r, commerce.OrderRef{Store: commerce.StoreID(r.int()), ID: commerce.OrderID(r.int())})
		var promised []reservationRow
		r.json(&promised)
		o := byRef[l.Order]
		o.Lines = append(o.Lines, l)
		for _, p := range promised {
			o.Reserved = append(o.Reserved, commerce.Reservation(p))
		}
	}, wholeLinesSQL, orderStores(refsOf(found)), orderIDs(refsOf(found)))
}

func refsOf(orders []*commerce.WholeOrder) []commerce.OrderRef {
	refs := make([]commerce.OrderRef, len(orders))
	for i, o := range orders {
		refs[i] = o.Ref()
	}
	return refs
}

func orderStores(refs []commerce.OrderRef) string {
	return bigints(refs, func(r commerce.OrderRef) int64 { return int64(r.Store) })
}

func orderIDs(refs []commerce.OrderRef) string {
	return bigints(refs, func(r commerce.OrderRef) int64 { return int64(r.ID) })
}

// changedOrder is an order, and what is to be written of a change beside it.
type changedOrder struct {
	*commerce.WholeOrder

	change *commerce.OrderChange
}

func writeChange(ctx context.Context, tx *sqlx.Tx, by commerce.Author, o *commerce.WholeOrder, c *commerce.OrderChange) (*commerce.EditedOrder, error) {
	written, err := writeChanges(ctx, tx, by, []changedOrder{{o, c}})
	if err != nil {
		return nil, err
	}
	return &commerce.EditedOrder{Order: written[o.Ref()], Ref: o.Ref(), Fulfillment: c.Fulfillment, Refund: c.Refund}, nil
}

// writeChanges writes changes of orders, with as many statements for many as for one, but for those that say of which order they are: what
// moves stock, and what left or went back.
func writeChanges(ctx context.Context, tx *sqlx.Tx, by commerce.Author, orders []changedOrder) (map[commerce.OrderRef]*commerce.Order, error) {
	if err := lockMoved(ctx, tx, orders); err != nil {
		return nil, err
	}
	var spent []commerce.OrderRef
	for _, o := range orders {
		if err := moveStock(ctx, tx, by, o.Ref(), o.change.Stock); err != nil {
			return nil, err
		}
		if o.change.Again {
			if err := takeAgain(ctx, tx, o.WholeOrder); err != nil {
				return nil, err
			}
		}
		if o.change.Return && len(o.Discounts) > 0 {
			spent = append(spent, o.Ref())
		}
		if err := writeParts(ctx, tx, o.WholeOrder, o.change); err != nil {
			return nil, err
		}
	}
	if err := giveBackDiscounts(ctx, tx, spent); err != nil {
		return nil, err
	}
	return updateOrders(ctx, tx, by, orders)
}

// updateOrdersSQL writes changes of orders and of their lines, what people are told of it, and what the world is to hear.
const updateOrdersSQL = kept + `
WITH changed AS MATERIALIZED (
    SELECT r.store_id, r.id, r.kind, r.detail, r.reason, r.financial, r.fulfillment, r.name, r.email, r.phone, r.address, r.note, r.paid, r.refunded, r.waits
    FROM json_to_recordset($1::json) AS r (store_id bigint, id bigint, kind text, detail text, reason text, financial text, fulfillment text,
        name text, email text, phone text, address jsonb, note text, paid bigint, refunded bigint, waits boolean)
), told AS (
    INSERT INTO order_events (store_id, order_id, kind, detail, merchant_id, api_key_id)
    SELECT r.store_id, r.id, r.kind, jsonb_build_object('text', r.detail), nullif($3::bigint, 0), nullif($4::bigint, 0) FROM changed r
), heard AS (
    INSERT INTO outbox (store_id, topic, version, subject, payload)
    SELECT r.store_id, 'order.' || lower(r.kind), 1, 'gid://kirana/Order/' || r.store_id || '/' || r.id, jsonb_build_object(
        'id', 'gid://kirana/Order/' || r.store_id || '/' || r.id, 'name', '#' || c.number, 'currency', c.currency, 'totalMinor', c.total_minor,
        'financialStatus', r.financial, 'fulfillmentStatus', r.fulfillment, 'refundedMinor', r.refunded)
    FROM changed r JOIN orders c ON c.store_id = r.store_id AND c.id = r.id
), counted AS (
    UPDATE order_lines l SET fulfilled = r.fulfilled, removed = r.removed, refunded = r.refunded
    FROM json_to_recordset($2::json) AS r (store_id bigint, order_id bigint, id bigint, fulfilled integer, removed integer, refunded integer)
    WHERE l.store_id = r.store_id AND l.order_id = r.order_id AND l.id = r.id
        AND (l.fulfilled, l.removed, l.refunded) IS DISTINCT FROM (r.fulfilled, r.removed, r.refunded)
), ended AS ( -- what the buyer of an order that is canceled has begun to pay is ended soon
    UPDATE card_payments p SET look_at = now() FROM changed r
    WHERE r.kind = 'CANCELLED' AND p.store_id = r.store_id AND p.order_id = r.id AND p.status = 'PENDING'
)
UPDATE orders AS o SET confirmed_at = CASE WHEN r.kind = 'CONFIRMED' THEN now() ELSE o.confirmed_at END,
    cancelled_at = CASE WHEN r.kind = 'CANCELLED' THEN now() WHEN r.reason <> '' THEN o.cancelled_at END, cancel_reason = r.reason,
    hold_expires_at = CASE WHEN r.waits THEN o.hold_expires_at END, financial_status = r.financial, fulfillment_status = r.fulfillment,
    name = r.name, email = r.email, phone = r.phone, address = r.address, note = r.note, paid_minor = r.paid, refunded_minor = r.refunded
FROM changed r WHERE o.store_id = r.store_id AND o.id = r.id
RETURNING ` + orderColumns

type changedRow struct {
	Store       commerce.StoreID           `json:"store_id"`
	ID          commerce.OrderID           `json:"id"`
	Kind        commerce.OrderEventKind    `json:"kind"`
	Detail      string                     `json:"detail"`
	Reason      commerce.OrderCancelReason `json:"reason"`
	Financial   commerce.FinancialStatus   `json:"financial"`
	Fulfillment commerce.FulfillmentStatus `json:"fulfillment"`
	Name        string                     `json:"name"`
	Email       string                     `json:"email"`
	Phone       string                     `json:"phone"`
	Address     *commerce.MailingAddress   `json:"address"`
	Note        string                     `json:"note"`
	Paid        int64                      `json:"paid"`
	Refunded    int64                      `json:"refunded"`
	Waits       bool                       `json:"waits"`
}

func (o changedOrder) row() changedRow {
	r := changedRow{
		Store: o.StoreID, ID: o.ID, Kind: o.change.Kind, Detail: o.change.Detail, Financial: o.FinancialStatus, Fulfillment: o.FulfillmentStatus,
		Name: o.Contact.Name, Email: o.Contact.Email, Phone: o.Contact.Phone, Address: o.Address, Note: o.BuyerNote,
		Paid: o.PaidMinor, Refunded: o.RefundedMinor, Waits: o.PaymentDueAt != nil,
	}
	if o.CancelReason != nil {
		r.Reason = *o.CancelReason
	}
	return r
}

type countedRow struct {
	Store     commerce.StoreID `json:"store_id"`
	Order     commerce.OrderID `json:"order_id"`
	ID        int64            `json:"id"`
	Fulfilled int              `json:"fulfilled"`
	Removed   int              `json:"removed"`
	Refunded  int              `json:"refunded"`
}

// updateOrders returns the orders as they are now.
func updateOrders(ctx context.Context, tx *sqlx.Tx, by commerce.Author, orders []changedOrder) (map[commerce.OrderRef]*commerce.Order, error) {
	rows := make([]changedRow, len(orders))
	var lines []countedRow
	for i, o := range orders {
		rows[i] = o.row()
		for _, l := range o.Lines {
			lines = append(lines, countedRow{o.StoreID, o.ID, l.ID, l.Fulfilled, l.Removed, l.Refunded})
		}
	}
	changed, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	counted, err := json.Marshal(lines)
	if err != nil {
		return nil, err
	}
	written := make(map[commerce.OrderRef]*commerce.Order, len(orders))
	err = scanIn(ctx, tx, func(r *row) {
		o := scanOrder(r)
		o.Key = ""
		written[o.Ref()] = o
	}, updateOrdersSQL, string(changed), string(counted), int64(by.Merchant), int64(by.Key))
	return written, err
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
		elsewhere := f.Elsewhere
		if err := scanIn(ctx, tx, func(r *row) { *f = *scanRefund(r, ref(r)) }, insertRefundSQL,
			int64(o.StoreID), int64(o.ID), f.Amount.Minor, f.Note, string(lines)); err != nil {
			return err
		}
		f.Elsewhere = elsewhere
		return refundCard(ctx, tx, o.Order, f)
	}
	return nil
}

// lockMovedSQL locks variants and then their levels, in the order in which everybody does.
const lockMovedSQL = kept + `
WITH named AS MATERIALIZED (
    SELECT DISTINCT k.store_id, k.id FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
), held AS MATERIALIZED (
    SELECT v.id FROM product_variants v JOIN named n ON n.store_id = v.store_id AND n.id = v.id ORDER BY v.store_id, v.id FOR NO KEY UPDATE OF v
)
SELECT FROM inventory_levels l JOIN named n ON n.store_id = l.store_id AND n.id = l.variant_id
WHERE (SELECT count(*) FROM held) >= 0
ORDER BY l.store_id, l.variant_id, l.location_id FOR NO KEY UPDATE OF l`

// lockMoved locks the stock that changes of orders move.
func lockMoved(ctx context.Context, tx *sqlx.Tx, orders []changedOrder) error {
	var variants []commerce.VariantRef
	for _, o := range orders {
		for _, m := range o.change.Stock {
			variants = append(variants, commerce.VariantRef{Store: o.StoreID, ID: m.Variant})
		}
	}
	if len(variants) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, lockMovedSQL, variantStores(variants), variantIDs(variants))
	return err
}

// moveStockSQL changes levels by what an order takes or gives back, and what is promised to it, and says why, as explainSQL
// does. Location 0 is the default one.
const moveStockSQL = kept + `
WITH moved AS (
    SELECT r.line, coalesce(nullif(r.location, 0), d.id) AS location, r.variant, r.on_hand, r.promised
    FROM json_to_recordset($3::json) AS r (line bigint, location bigint, variant bigint, on_hand integer, promised integer)
    JOIN locations d ON d.store_id = $1 AND d.is_default
    CROSS JOIN (
        SELECT set_config('kirana.stock_reason', $4, true), set_config('kirana.stock_reference', $5, true),
            set_config('kirana.stock_merchant', coalesce(nullif($6::bigint, 0)::text, ''), true), set_config('kirana.stock_api_key', coalesce(nullif($7::bigint, 0)::text, ''), true)
    ) why
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

// moveStock carries stock, which is locked, out of the store, back into it, or back to those who may buy it. The triggers of the levels do
// what follows from it. A variant that is gone has no stock.
func moveStock(ctx context.Context, tx *sqlx.Tx, by commerce.Author, order commerce.OrderRef, moves []commerce.StockMove) error {
	if len(moves) == 0 {
		return nil
	}
	rows := make([]moveRow, len(moves))
	for i, m := range moves {
		rows[i] = moveRow(m)
	}
	id := commerce.GlobalID{Kind: commerce.KindOrder, Store: order.Store, ID: int64(order.ID)}
	return execOrder(ctx, tx, moveStockSQL, order, rows, string(commerce.InventoryOrdered), id.String(), int64(by.Merchant), int64(by.Key))
}
