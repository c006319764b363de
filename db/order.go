package db

import (
	"context"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
)

const orderColumns = `o.store_id, o.id, o.number, o.key, o.currency::text, (date_part('epoch', o.created_at) * 1000000)::bigint,
    (date_part('epoch', o.updated_at) * 1000000)::bigint, (date_part('epoch', o.confirmed_at) * 1000000)::bigint,
    (date_part('epoch', o.cancelled_at) * 1000000)::bigint, o.cancel_reason, o.financial_status, o.fulfillment_status, o.name, o.email, o.phone,
    coalesce(o.address::text, 'null'), o.note, o.attributes::text, o.delivery::text, o.discounts::text, o.taxes::text, o.taxes_included, o.payment_method,
    o.subtotal_minor, o.discount_minor, o.delivery_minor, o.tax_minor, o.total_minor, o.paid_minor, o.refunded_minor,
    (date_part('epoch', o.hold_expires_at) * 1000000)::bigint, o.dispute`

// scanOrder reads orderColumns.
func scanOrder(r *row) *commerce.Order {
	o := &commerce.Order{
		StoreID: commerce.StoreID(r.int()), ID: commerce.OrderID(r.int()), Number: r.int(), Key: r.text(), Currency: commerce.Currency(r.text()),
		CreatedAt: r.moment(), UpdatedAt: r.moment(), ConfirmedAt: r.optionalMoment(), CancelledAt: r.optionalMoment(),
	}
	if reason := commerce.OrderCancelReason(r.text()); reason != "" {
		o.CancelReason = &reason
	}
	o.FinancialStatus, o.FulfillmentStatus = commerce.FinancialStatus(r.text()), commerce.FulfillmentStatus(r.text())
	o.Contact = commerce.Contact{Name: r.text(), Email: r.text(), Phone: r.text()}
	r.json(&o.Address)
	o.BuyerNote = r.text()
	r.json(&o.Attributes)
	r.json(&o.Delivery)
	r.json(&o.Discounts)
	r.json(&o.Taxes)
	o.TaxesIncluded, o.PaymentMethod = r.bool(), commerce.PaymentMethod(r.text())
	o.SubtotalMinor, o.DiscountMinor, o.DeliveryMinor, o.TaxMinor, o.TotalMinor = r.int(), r.int(), r.int(), r.int(), r.int()
	o.PaidMinor, o.RefundedMinor, o.PaymentDueAt, o.Dispute = r.int(), r.int(), r.optionalMoment(), commerce.DisputeStatus(r.text())
	return o
}

const orderSQL = `SELECT ` + orderColumns + ` FROM orders o WHERE o.store_id = $1 AND o.id = $2`

// ordersSQL finds orders by their secrets, and those of the view's own stores without.
const ordersSQL = `
SELECT k.key, ` + orderColumns + `
FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS k (store_id, id, key)
JOIN orders o ON o.store_id = k.store_id AND o.id = k.id
WHERE o.key = k.key OR k.key = '' AND o.store_id = ANY($4::bigint[])`

// Orders reads orders, from the primary: a buyer who has just placed one looks at it. The secret is shown to those who have it.
func (v View) Orders(ctx context.Context, keys []commerce.OrderKey) (map[commerce.OrderKey]*commerce.Order, error) {
	found := make(map[commerce.OrderKey]*commerce.Order, len(keys))
	err := v.db.eachFresh(ctx, func(r *row) {
		key := r.text()
		o := scanOrder(r)
		o.Key = key
		found[commerce.OrderKey{Store: o.StoreID, ID: o.ID, Key: key}] = o
	}, ordersSQL,
		bigints(keys, func(k commerce.OrderKey) int64 { return int64(k.Store) }),
		bigints(keys, func(k commerce.OrderKey) int64 { return int64(k.ID) }),
		texts(keys, func(k commerce.OrderKey) string { return k.Key }), v.own)
	return found, err
}

const orderLineColumns = `l.store_id, l.order_id, l.id, o.currency::text, l.product_id, l.variant_id, l.title, l.variant_title, l.sku, l.image_url,
    l.attributes::text, l.quantity, l.price_minor, l.subtotal_minor, l.discount_minor, l.tax_minor, l.total_minor, l.requires_shipping, l.stocked,
    l.fulfilled, l.removed, l.refunded, (date_part('epoch', o.hold_expires_at) * 1000000)::bigint`

func scanOrderLine(r *row, ref commerce.OrderRef) *commerce.OrderLine {
	l := &commerce.OrderLine{
		Order: ref, ID: r.int(), Currency: commerce.Currency(r.text()), Product: commerce.ProductID(r.int()), Variant: commerce.VariantID(r.int()),
		Title: r.text(), VariantTitle: r.text(), SKU: r.text(), ImageURL: r.text(),
	}
	r.json(&l.Attributes)
	l.Quantity, l.PriceMinor, l.SubtotalMinor, l.DiscountMinor = int(r.int()), r.int(), r.int(), r.int()
	l.TaxMinor, l.TotalMinor, l.RequiresShipping, l.Stocked = r.int(), r.int(), r.bool(), r.bool()
	l.Fulfilled, l.Removed, l.Refunded, l.PaymentDueAt = int(r.int()), int(r.int()), int(r.int()), r.optionalMoment()
	return l
}

const orderLinesSQL = `
SELECT ` + orderLineColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN orders o ON o.store_id = k.store_id AND o.id = k.id
JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id
ORDER BY l.store_id, l.order_id, l.id`

// OrderLines reads the lines of orders.
func (v View) OrderLines(ctx context.Context, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.OrderLine, error) {
	return ofOrders(ctx, v, orders, orderLinesSQL, scanOrderLine)
}

func orderOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{
		commerce.OrderSortNumber: byInt("o.number", "o.id"),
		commerce.OrderSortTotal:  byInt("o.total_minor", "o.id"),
	}
}

// orderFields are what a query can ask of orders o.
func orderFields() map[string]queryField {
	return map[string]queryField{
		wordField:            {expr: "'#' || o.number || ' ' || o.name || ' ' || o.email || ' ' || o.phone"},
		"number":             {typ: commerce.QueryInt, expr: "o.number"},
		"financial_status":   {expr: "o.financial_status"},
		"fulfillment_status": {expr: "o.fulfillment_status"},
		"dispute":            {expr: "o.dispute"},
		"email":              {expr: "o.email"},
		"phone":              {expr: "o.phone"},
		"created_at":         {typ: commerce.QueryTime, expr: "o.created_at"},
		"total":              {typ: commerce.QueryDecimal, expr: "o.total_minor"},
	}
}

// orderRow is everything of an order o that orderColumns shows.
const orderRow = `o.store_id, o.id, o.number, o.key, o.currency, o.created_at, o.updated_at, o.confirmed_at, o.cancelled_at, o.cancel_reason,
        o.financial_status, o.fulfillment_status, o.name, o.email, o.phone, o.address, o.note, o.attributes, o.delivery, o.discounts, o.taxes,
        o.taxes_included, o.payment_method, o.subtotal_minor, o.discount_minor, o.delivery_minor, o.tax_minor, o.total_minor, o.paid_minor,
        o.refunded_minor, o.hold_expires_at, o.dispute`

func orderList() queryable {
	return newQueryable(orderOrders(), orderFields(), func(_ reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, o.sort_value, ` + orderColumns + `
FROM unnest($1::bigint[]) WITH ORDINALITY AS k (store_id, ordinal)
JOIN stores s ON s.id = k.store_id
CROSS JOIN LATERAL (
    SELECT ` + orderRow + `, ` + s.value + ` AS sort_value
    FROM orders o WHERE o.store_id = k.store_id` + where + orderBy + `
) o`
	})
}

// OrderLists reads pages of the orders of the view's own stores; of others there are none.
func (v View) OrderLists(ctx context.Context, keys []commerce.OrderListKey) (map[commerce.OrderListKey]commerce.List[*commerce.Order], error) {
	own := slices.DeleteFunc(slices.Clone(keys), func(k commerce.OrderListKey) bool { return !v.owns(k.Store) })
	return lists(ctx, v, v.lists.orders, own,
		func(k commerce.OrderListKey) asked { return asked{k.Page, k.Words, true} },
		func(keys []commerce.OrderListKey) []any {
			return []any{bigints(keys, func(k commerce.OrderListKey) int64 { return int64(k.Store) })}
		}, func(int) func(*row, commerce.OrderListKey) (*commerce.Order, int64) {
			return func(r *row, _ commerce.OrderListKey) (*commerce.Order, int64) {
				o := scanOrder(r)
				o.Key = ""
				return o, int64(o.ID)
			}
		})
}

// ofOrders reads what belongs to orders, which whoever asks has read.
func ofOrders[T any](ctx context.Context, v View, orders []commerce.OrderRef, text string, scan func(*row, commerce.OrderRef) T) (map[commerce.OrderRef][]T, error) {
	found := make(map[commerce.OrderRef][]T, len(orders))
	for _, o := range orders {
		found[o] = []T{}
	}
	err := v.db.eachFresh(ctx, func(r *row) {
		ref := commerce.OrderRef{Store: commerce.StoreID(r.int()), ID: commerce.OrderID(r.int())}
		found[ref] = append(found[ref], scan(r, ref))
	}, text,
		bigints(orders, func(o commerce.OrderRef) int64 { return int64(o.Store) }),
		bigints(orders, func(o commerce.OrderRef) int64 { return int64(o.ID) }))
	return found, err
}

// orderEventsSQL names the author as they are called by now. A merchant and a key are never deleted, so there is a name.
const orderEventsSQL = `
SELECT e.store_id, e.order_id, (date_part('epoch', e.at) * 1000000)::bigint, e.kind, coalesce(e.detail ->> 'text', ''),
    coalesce(m.name, a.name || ' (' || a.prefix || '…)', '')
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN order_events e ON e.store_id = k.store_id AND e.order_id = k.id
LEFT JOIN merchants m ON m.id = e.merchant_id
LEFT JOIN api_keys a ON a.store_id = e.store_id AND a.id = e.api_key_id
ORDER BY e.store_id, e.order_id, e.id`

// OrderEvents reads what happened to orders.
func (v View) OrderEvents(ctx context.Context, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.OrderEvent, error) {
	return ofOrders(ctx, v, orders, orderEventsSQL, func(r *row, ref commerce.OrderRef) *commerce.OrderEvent {
		return &commerce.OrderEvent{Order: ref, At: r.moment(), Kind: commerce.OrderEventKind(r.text()), Detail: r.trimmed(), Author: r.trimmed()}
	})
}

const fulfillmentColumns = `f.store_id, f.order_id, f.id, (date_part('epoch', f.created_at) * 1000000)::bigint, f.tracking_company, f.tracking_number,
    f.tracking_url, f.lines::text`

func scanFulfillment(r *row, ref commerce.OrderRef) *commerce.Fulfillment {
	f := &commerce.Fulfillment{
		Order: ref, ID: r.int(), CreatedAt: r.moment(), TrackingCompany: r.trimmed(), TrackingNumber: r.trimmed(), TrackingURL: r.trimmed(),
	}
	r.json(&f.Lines)
	f.Number()
	return f
}

const fulfillmentsSQL = `
SELECT ` + fulfillmentColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN order_fulfillments f ON f.store_id = k.store_id AND f.order_id = k.id
ORDER BY f.store_id, f.order_id, f.id`

// Fulfillments reads what has left of orders.
func (v View) Fulfillments(ctx context.Context, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.Fulfillment, error) {
	return ofOrders(ctx, v, orders, fulfillmentsSQL, scanFulfillment)
}

const refundColumns = `f.store_id, f.order_id, f.id, (date_part('epoch', f.created_at) * 1000000)::bigint, f.amount_minor, o.currency::text, f.note,
    f.lines::text`

func scanRefund(r *row, ref commerce.OrderRef) *commerce.Refund {
	f := &commerce.Refund{Order: ref, ID: r.int(), CreatedAt: r.moment(), Amount: commerce.Money{Minor: r.int(), Currency: commerce.Currency(r.text())}, Note: r.text()}
	r.json(&f.Lines)
	f.Number()
	return f
}

const refundsSQL = `
SELECT ` + refundColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN orders o ON o.store_id = k.store_id AND o.id = k.id
JOIN order_refunds f ON f.store_id = o.store_id AND f.order_id = o.id
ORDER BY f.store_id, f.order_id, f.id`

// Refunds reads what went back to buyers.
func (v View) Refunds(ctx context.Context, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.Refund, error) {
	return ofOrders(ctx, v, orders, refundsSQL, scanRefund)
}
