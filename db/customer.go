package db

import (
	"context"
	"encoding/json"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// customersOrder says that an order o is customer k's: of whoever has bought or is to get the goods.
const customersOrder = `(k.email <> '' AND o.email = k.email OR k.phone <> '' AND (o.phone = k.phone OR o.address ->> 'phone' = k.phone))`

// customersCart says that a cart c is customer k's, who has signed in as the customers.
const customersCart = `((c.content #>> '{buyer,customer}')::bigint = ANY(k.customers) OR k.email <> '' AND c.content #>> '{buyer,email}' = k.email OR k.phone <> '' AND (c.content #>> '{buyer,phone}' = k.phone
    OR c.content @> jsonb_build_object('places', jsonb_build_array(jsonb_build_object('address', jsonb_build_object('phone', k.phone))))))`

// customerDataSQL reads everything personal, and what it belongs to, with the names that the API has for it. The secrets of orders and
// carts are left out: they are the buyer's. A cart that has become an order has no more about the customer than its content.
const customerDataSQL = `
SELECT k.n,
    (SELECT count(*) FROM orders o WHERE o.store_id = k.store_id AND ` + customersOrder + `),
    (SELECT count(*) FROM carts c WHERE c.store_id = k.store_id AND (` + customersCart + ` OR c.order_id IN (
        SELECT o.id FROM orders o WHERE o.store_id = k.store_id AND ` + customersOrder + `))),
    coalesce(orders.documents, '[]'), coalesce(carts.documents, '[]'), coalesce((
        SELECT jsonb_agg(jsonb_build_object('id', 'gid://kirana/Customer/' || c.store_id || '/' || c.id, 'email', c.email, 'phone', c.phone,
            'firstName', c.first_name, 'lastName', c.last_name, 'createdAt', c.created_at, 'updatedAt', c.updated_at, 'signedInUntil', (
                SELECT max(t.expires_at) FROM customer_tokens t WHERE t.store_id = c.store_id AND t.customer_id = c.id), 'addresses', (
                SELECT coalesce(jsonb_agg(a.address || jsonb_build_object('default', a.id = c.default_address_id) ORDER BY a.id), '[]')
                FROM customer_addresses a WHERE a.store_id = c.store_id AND a.customer_id = c.id)) ORDER BY c.id)::text
        FROM customers c WHERE c.store_id = k.store_id AND c.id = ANY(k.customers)), '[]')
FROM (
    SELECT u.store_id, u.email, u.phone, u.before, u.n, ARRAY(
        SELECT v.id FROM customers v WHERE v.store_id = u.store_id AND (v.email = u.email AND v.phone = '' OR v.email = '' AND v.phone = u.phone)
    ) AS customers
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[]) WITH ORDINALITY AS u (store_id, email, phone, before, n)
) k
CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
        'id', 'gid://kirana/Order/' || o.store_id || '/' || o.id, 'name', '#' || o.number, 'processedAt', o.created_at, 'updatedAt', o.updated_at,
        'confirmedAt', o.confirmed_at, 'paymentDueAt', o.hold_expires_at, 'cancelledAt', o.cancelled_at, 'cancelReason', nullif(o.cancel_reason, ''),
        'financialStatus', o.financial_status, 'fulfillmentStatus', o.fulfillment_status, 'customerName', o.name, 'email', o.email, 'phone', o.phone,
        'shippingAddress', o.address, 'note', o.note, 'customAttributes', o.attributes, 'delivery', o.delivery, 'discounts', o.discounts,
        'taxLines', o.taxes, 'taxesIncluded', o.taxes_included, 'paymentMethod', o.payment_method, 'currencyCode', o.currency,
        'subtotalMinor', o.subtotal_minor, 'discountMinor', o.discount_minor, 'deliveryMinor', o.delivery_minor, 'taxMinor', o.tax_minor,
        'totalMinor', o.total_minor, 'paidMinor', o.paid_minor, 'refundedMinor', o.refunded_minor,
        'lineItems', (SELECT coalesce(jsonb_agg(jsonb_build_object('title', l.title, 'variantTitle', l.variant_title, 'sku', l.sku,
                'customAttributes', l.attributes, 'quantity', l.quantity, 'unitPriceMinor', l.price_minor, 'totalMinor', l.total_minor,
                'fulfilledQuantity', l.fulfilled, 'refundedQuantity', l.refunded) ORDER BY l.id), '[]')
            FROM order_lines l WHERE l.store_id = o.store_id AND l.order_id = o.id),
        'fulfillments', (SELECT coalesce(jsonb_agg(jsonb_build_object('createdAt', f.created_at, 'trackingCompany', f.tracking_company,
                'trackingNumber', f.tracking_number, 'trackingUrl', f.tracking_url) ORDER BY f.id), '[]')
            FROM order_fulfillments f WHERE f.store_id = o.store_id AND f.order_id = o.id),
        'refunds', (SELECT coalesce(jsonb_agg(jsonb_build_object('createdAt', f.created_at, 'amountMinor', f.amount_minor, 'note', f.note) ORDER BY f.id), '[]')
            FROM order_refunds f WHERE f.store_id = o.store_id AND f.order_id = o.id),
        'events', (SELECT coalesce(jsonb_agg(jsonb_build_object('createdAt', e.at, 'kind', e.kind, 'detail', e.detail ->> 'text') ORDER BY e.id), '[]')
            FROM order_events e WHERE e.store_id = o.store_id AND e.order_id = o.id)
    ) ORDER BY o.number DESC)::text AS documents
    FROM (
        SELECT o.store_id, o.id, o.number, o.created_at, o.updated_at, o.confirmed_at, o.hold_expires_at, o.cancelled_at, o.cancel_reason, o.financial_status,
            o.fulfillment_status, o.name, o.email, o.phone, o.address, o.note, o.attributes, o.delivery, o.discounts, o.taxes, o.taxes_included,
            o.payment_method, o.currency, o.subtotal_minor, o.discount_minor, o.delivery_minor, o.tax_minor, o.total_minor, o.paid_minor, o.refunded_minor
        FROM orders o WHERE o.store_id = k.store_id AND (k.before = 0 OR o.number < k.before) AND ` + customersOrder + `
        ORDER BY o.number DESC LIMIT $6
    ) o
) orders
CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('id', 'gid://kirana/Cart/' || c.store_id || '/' || c.id, 'createdAt', c.created_at, 'updatedAt', c.updated_at,
        'orderId', 'gid://kirana/Order/' || c.store_id || '/' || c.order_id, 'content', c.content) ORDER BY c.id DESC)::text AS documents
    FROM (
        SELECT c.store_id, c.id, c.created_at, c.updated_at, c.order_id, c.content FROM carts c
        WHERE c.store_id = k.store_id AND (` + customersCart + ` OR c.order_id IN (
            SELECT o.id FROM orders o WHERE o.store_id = k.store_id AND ` + customersOrder + `))
        ORDER BY c.id DESC LIMIT $6
    ) c
) carts
WHERE k.store_id = ANY($5::bigint[])`

// CustomerData reads what the view's own stores hold about customers, from the primary: nothing that was just written is missing.
func (v View) CustomerData(ctx context.Context, keys []commerce.CustomerDataKey) (map[commerce.CustomerDataKey]*commerce.CustomerData, error) {
	found := make(map[commerce.CustomerDataKey]*commerce.CustomerData, len(keys))
	err := v.db.eachFresh(ctx, func(r *row) {
		key, data := keys[r.int()-1], &commerce.CustomerData{}
		data.OrdersCount, data.CartsCount = int(r.int()), int(r.int())
		data.Orders, data.Carts, data.Accounts = documents(r), documents(r), documents(r)
		found[key] = data
	}, customerDataSQL,
		bigints(keys, func(k commerce.CustomerDataKey) int64 { return int64(k.Store) }),
		texts(keys, func(k commerce.CustomerDataKey) string { return k.Email }),
		texts(keys, func(k commerce.CustomerDataKey) string { return k.Phone }),
		bigints(keys, func(k commerce.CustomerDataKey) int64 { return k.Before }), v.own, commerce.MaxCustomerDocuments)
	return found, err
}

// documents reads an array of JSON.
func documents(r *row) []string {
	var raw []json.RawMessage
	r.json(&raw)
	list := make([]string, len(raw))
	for i, doc := range raw {
		list[i] = string(doc)
	}
	return list
}

// EraseCustomer takes everything personal out of a customer's orders that are over and deletes the customer's carts, in one transaction.
// Refusals; code UNAVAILABLE.
func (d *DB) EraseCustomer(ctx context.Context, by commerce.Author, store *commerce.Store, in *commerce.CustomerEraseInput) (*commerce.CustomerErasure, error) {
	customer, err := in.Contact()
	if err != nil {
		return nil, err
	}
	var done *commerce.CustomerErasure
	err = mutate(ctx, d, store.ID, &done, func(tx *sqlx.Tx) (err error) {
		visitors, err := eraseVisitors(ctx, tx, store.ID, customer)
		if err != nil {
			return err
		}
		if done, err = eraseCustomer(ctx, tx, store.ID, customer, visitors); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{store: store.ID, by: by, action: "customerErase", detail: map[string]any{
			"ordersErased": done.OrdersErased, "ordersRetained": done.OrdersRetained, "cartsDeleted": done.CartsDeleted,
		}})
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

// eraseCartsSQL deletes a customer's carts, locked in the order of their ids.
const eraseCartsSQL = `
DELETE FROM carts WHERE (store_id, id) IN (
    SELECT c.store_id, c.id FROM carts c, (SELECT $2::text AS email, $3::text AS phone, $4::bigint[] AS customers) k
    WHERE c.store_id = $1 AND ` + customersCart + ` ORDER BY c.id FOR UPDATE OF c)`

// eraseCartsOfOrdersSQL deletes the carts that orders were.
const eraseCartsOfOrdersSQL = `
DELETE FROM carts WHERE (store_id, id) IN (
    SELECT c.store_id, c.id FROM carts c WHERE c.store_id = $1 AND c.id = ANY($2::bigint[]) ORDER BY c.id FOR UPDATE)`

// lockCustomersOrdersSQL reads how far a customer's orders are, which nobody changes then until the transaction ends.
const lockCustomersOrdersSQL = `
SELECT o.id, o.cart_id, o.cancelled_at IS NOT NULL, o.financial_status, (
    SELECT coalesce(sum(l.quantity - l.fulfilled - l.removed), 0)::bigint FROM order_lines l WHERE l.store_id = o.store_id AND l.order_id = o.id),
    o.dispute = 'OPEN'
FROM orders o, (SELECT $2::text AS email, $3::text AS phone) k
WHERE o.store_id = $1 AND ` + customersOrder + ` ORDER BY o.id FOR NO KEY UPDATE OF o`

// eraseCustomer takes the carts first, as orders are made of them: one that becomes an order meanwhile is an order by the time they are read.
func eraseCustomer(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, who commerce.CustomerContact, visitors []int64) (*commerce.CustomerErasure, error) {
	done := &commerce.CustomerErasure{}
	if err := eraseRows(ctx, tx, &done.CartsDeleted, eraseCartsSQL, int64(store), who.Email, who.Phone, bigints(visitors, same)); err != nil {
		return nil, err
	}
	var over, carts []int64
	err := scanIn(ctx, tx, func(r *row) {
		id, cart := r.int(), r.int()
		carts = append(carts, cart)
		p := commerce.OrderProgress{Cancelled: r.bool(), Financial: commerce.FinancialStatus(r.text()), Open: r.int(), Disputed: r.bool()}
		if p.Over() {
			over = append(over, id)
		} else {
			done.OrdersRetained++
		}
	}, lockCustomersOrdersSQL, int64(store), who.Email, who.Phone)
	if err != nil {
		return nil, err
	}
	if err := eraseRows(ctx, tx, &done.CartsDeleted, eraseCartsOfOrdersSQL, int64(store), bigints(carts, same)); err != nil {
		return nil, err
	}
	return done, eraseRows(ctx, tx, &done.OrdersErased, eraseOrdersSQL, int64(store), bigints(over, same))
}

func same(id int64) int64 { return id }

// eraseRows runs a statement and adds the rows it was about to count.
func eraseRows(ctx context.Context, tx *sqlx.Tx, count *int, text string, args ...any) error {
	result, err := tx.ExecContext(ctx, text, args...)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	*count += int(n)
	return err
}

// eraseOrdersSQL takes everything personal out of orders, out of all that hangs on them, and out of what is kept for those who send a
// mutation again. Of the address the country and the province stay, which the tax was worked out from. A use of a code stays counted,
// but is nobody's any more. The world hears of the orders, to forget what it was told of them.
const eraseOrdersSQL = `
WITH lines AS (
    UPDATE order_lines l SET attributes = '[]' WHERE l.store_id = $1 AND l.order_id = ANY($2::bigint[])
), sent AS (
    UPDATE order_fulfillments f SET tracking_number = '', tracking_url = '' WHERE f.store_id = $1 AND f.order_id = ANY($2::bigint[])
), went_back AS (
    UPDATE order_refunds f SET note = '' WHERE f.store_id = $1 AND f.order_id = ANY($2::bigint[])
), told AS (
    UPDATE order_events e SET detail = '{}' WHERE e.store_id = $1 AND e.order_id = ANY($2::bigint[])
), used AS (
    UPDATE discount_uses u SET customer = NULL WHERE u.store_id = $1 AND u.order_id = ANY($2::bigint[])
), outcomes AS (
    UPDATE idempotency_keys i SET outcome = i.outcome
        || CASE WHEN jsonb_typeof(i.outcome -> 'Refund') = 'object' THEN jsonb_build_object('Refund', (i.outcome -> 'Refund') || '{"Note": ""}') ELSE '{}' END
        || CASE WHEN jsonb_typeof(i.outcome -> 'Fulfillment') = 'object'
            THEN jsonb_build_object('Fulfillment', (i.outcome -> 'Fulfillment') || '{"TrackingNumber": null, "TrackingURL": null}') ELSE '{}' END
    WHERE i.store_id = $1 AND i.outcome ? 'Refund' AND i.outcome #>> '{Ref,ID}' = ANY($2::text[])
), heard AS (
    INSERT INTO outbox (store_id, topic, version, subject, payload)
    SELECT $1, 'customer.erased', 1, 'gid://kirana/Store/' || $1::bigint,
        jsonb_build_object('orders', jsonb_agg('gid://kirana/Order/' || $1::bigint || '/' || x.id ORDER BY x.id))
    FROM unnest($2::bigint[]) AS x (id) HAVING count(*) > 0
)
UPDATE orders o SET name = '', email = '', phone = '', note = '', attributes = '[]', address = CASE WHEN o.address IS NOT NULL
    THEN jsonb_strip_nulls(jsonb_build_object('country', o.address -> 'country', 'provinceCode', o.address -> 'provinceCode')) END
WHERE o.store_id = $1 AND o.id = ANY($2::bigint[])`
