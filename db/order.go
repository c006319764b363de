package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

const orderColumns = `o.store_id, o.id, o.number, o.key, o.currency::text, (date_part('epoch', o.created_at) * 1000000)::bigint,
    (date_part('epoch', o.updated_at) * 1000000)::bigint, (date_part('epoch', o.confirmed_at) * 1000000)::bigint,
    (date_part('epoch', o.cancelled_at) * 1000000)::bigint, o.cancel_reason, o.financial_status, o.fulfillment_status, o.name, o.email, o.phone,
    coalesce(o.address::text, 'null'), o.note, o.attributes::text, o.delivery::text, o.discounts::text, o.taxes::text, o.taxes_included, o.payment_method,
    o.subtotal_minor, o.discount_minor, o.delivery_minor, o.tax_minor, o.total_minor, o.paid_minor, o.refunded_minor`

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
	o.PaidMinor, o.RefundedMinor = r.int(), r.int()
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
    l.fulfilled, l.refunded`

func scanOrderLine(r *row) *commerce.OrderLine {
	l := &commerce.OrderLine{
		Order: commerce.OrderRef{Store: commerce.StoreID(r.int()), ID: commerce.OrderID(r.int())}, ID: r.int(), Currency: commerce.Currency(r.text()),
		Product: commerce.ProductID(r.int()), Variant: commerce.VariantID(r.int()), Title: r.text(), VariantTitle: r.text(), SKU: r.text(), ImageURL: r.text(),
	}
	r.json(&l.Attributes)
	l.Quantity, l.PriceMinor, l.SubtotalMinor, l.DiscountMinor = int(r.int()), r.int(), r.int(), r.int()
	l.TaxMinor, l.TotalMinor, l.RequiresShipping, l.Stocked = r.int(), r.int(), r.bool(), r.bool()
	l.Fulfilled, l.Refunded = int(r.int()), int(r.int())
	return l
}

const orderLinesSQL = `
SELECT ` + orderLineColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN orders o ON o.store_id = k.store_id AND o.id = k.id
JOIN order_lines l ON l.store_id = o.store_id AND l.order_id = o.id
ORDER BY l.store_id, l.order_id, l.id`

// OrderLines reads the lines of orders, which whoever asks has read.
func (v View) OrderLines(ctx context.Context, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.OrderLine, error) {
	found := make(map[commerce.OrderRef][]*commerce.OrderLine, len(orders))
	err := v.db.eachFresh(ctx, func(r *row) {
		l := scanOrderLine(r)
		found[l.Order] = append(found[l.Order], l)
	}, orderLinesSQL,
		bigints(orders, func(o commerce.OrderRef) int64 { return int64(o.Store) }),
		bigints(orders, func(o commerce.OrderRef) int64 { return int64(o.ID) }))
	return found, err
}
