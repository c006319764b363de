package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// checkBooksSQL holds, in one snapshot, orders against everything that follows from them: their lines, what is promised to them, what
// left and went back, payments by card and what of them goes back, the numbers of their stores, the carts they were, and the uses of codes. Stock of a variant that is gone is
// promised to nobody. Stock that is held for a payment is held until then, and for the minute that a sweeper may take to come back.
const checkBooksSQL = `
WITH o AS (
    SELECT store_id, id, number, subtotal_minor, discount_minor, delivery_minor, tax_minor, total_minor, paid_minor, refunded_minor, currency, payment_method,
        taxes_included, delivery, dispute,
        hold_expires_at, cancelled_at IS NULL AND financial_status = 'PENDING' AND fulfillment_status = 'UNFULFILLED' AS waits
    FROM orders WHERE $1 = 0 OR store_id = $1
), l AS (
    SELECT store_id, order_id, id, quantity, subtotal_minor, total_minor, stocked, fulfilled, removed FROM order_lines WHERE $1 = 0 OR store_id = $1
),
summed AS (
    SELECT store_id, order_id, sum(subtotal_minor)::bigint AS subtotal, sum(total_minor)::bigint AS total FROM l GROUP BY store_id, order_id
), returned AS (
    SELECT store_id, order_id, sum(amount_minor)::bigint AS amount FROM order_refunds WHERE $1 = 0 OR store_id = $1 GROUP BY store_id, order_id
), counted AS (
    SELECT store_id, order_id, (u ->> 'line')::bigint AS line, sum((u ->> 'quantity')::bigint)::bigint AS units
    FROM order_fulfillments, jsonb_array_elements(lines) u WHERE $1 = 0 OR store_id = $1 GROUP BY 1, 2, 3
), promised AS (
    SELECT store_id, variant_id, location_id, sum(quantity)::bigint AS units FROM stock_reservations WHERE $1 = 0 OR store_id = $1 GROUP BY 1, 2, 3
), c AS (
    SELECT p.store_id, p.order_id, p.settles, p.currency, p.amount_minor, (SELECT coalesce(sum(r.amount_minor), 0)::bigint FROM card_refunds r
        WHERE r.store_id = p.store_id AND r.intent_id = p.intent_id) AS back, p.intent_id, (SELECT coalesce(sum(r.covered_minor), 0)::bigint FROM card_refunds r
        WHERE r.store_id = p.store_id AND r.intent_id = p.intent_id) AS covered, v.booked, v.excess
    FROM card_payments p CROSS JOIN LATERAL (
        SELECT coalesce(sum(v.booked_minor), 0)::bigint AS booked,
            coalesce(sum(v.amount_minor - v.booked_minor) FILTER (WHERE v.currency = p.currency AND (v.kind = 'REFUND' OR v.state = 'LOST')), 0)::bigint AS excess
        FROM card_reversals v WHERE v.store_id = p.store_id AND v.intent_id = p.intent_id
    ) v WHERE p.status = 'SUCCEEDED' AND ($1 = 0 OR p.store_id = $1)
), disputed AS (
    SELECT store_id, order_id, (array_agg(state ORDER BY array_position(ARRAY['OPEN', 'LOST', 'WON'], state)))[1] AS dispute
    FROM card_reversals WHERE kind = 'DISPUTE' AND ($1 = 0 OR store_id = $1) GROUP BY store_id, order_id
), differences AS (
    SELECT o.store_id, '#' || o.number AS about, 'subtotal' AS what, o.subtotal_minor AS stored, coalesce(s.subtotal, 0) AS due
    FROM o LEFT JOIN summed s ON s.store_id = o.store_id AND s.order_id = o.id WHERE o.subtotal_minor <> coalesce(s.subtotal, 0)
    UNION ALL
    SELECT o.store_id, '#' || o.number, 'total', o.total_minor, coalesce(s.total, 0) + o.delivery_minor
    FROM o LEFT JOIN summed s ON s.store_id = o.store_id AND s.order_id = o.id WHERE o.total_minor <> coalesce(s.total, 0) + o.delivery_minor
    UNION ALL
    SELECT o.store_id, '#' || o.number, 'total of its parts', o.total_minor,
        o.subtotal_minor - o.discount_minor + CASE WHEN o.taxes_included THEN 0 ELSE o.tax_minor END + coalesce((o.delivery ->> 'price')::bigint, 0)
    FROM o WHERE o.total_minor <>
        o.subtotal_minor - o.discount_minor + CASE WHEN o.taxes_included THEN 0 ELSE o.tax_minor END + coalesce((o.delivery ->> 'price')::bigint, 0)
    UNION ALL
    SELECT o.store_id, '#' || o.number, 'refunded', o.refunded_minor, coalesce(r.amount, 0)
    FROM o LEFT JOIN returned r ON r.store_id = o.store_id AND r.order_id = o.id WHERE o.refunded_minor <> coalesce(r.amount, 0)
    UNION ALL
    SELECT l.store_id, '#' || o.number || ' line ' || l.id, 'fulfilled', l.fulfilled, coalesce(c.units, 0)
    FROM l JOIN o ON o.store_id = l.store_id AND o.id = l.order_id
    LEFT JOIN counted c ON c.store_id = l.store_id AND c.order_id = l.order_id AND c.line = l.id WHERE l.fulfilled <> coalesce(c.units, 0)
    UNION ALL
    SELECT l.store_id, '#' || o.number || ' line ' || l.id, 'promised', coalesce(p.units, 0), l.quantity - l.fulfilled - l.removed
    FROM l JOIN o ON o.store_id = l.store_id AND o.id = l.order_id
    LEFT JOIN (SELECT store_id, order_id, line_id, sum(quantity)::bigint AS units FROM stock_reservations
        WHERE $1 = 0 OR store_id = $1 GROUP BY 1, 2, 3) p
        ON p.store_id = l.store_id AND p.order_id = l.order_id AND p.line_id = l.id
    WHERE l.stocked AND coalesce(p.units, 0) <> l.quantity - l.fulfilled - l.removed
    UNION ALL
    SELECT o.store_id, '#' || o.number, 'held too long', (SELECT coalesce(sum(p.quantity), 0)::bigint FROM stock_reservations p
        WHERE p.store_id = o.store_id AND p.order_id = o.id), 0
    FROM o WHERE o.waits AND o.hold_expires_at < now() - interval '1 minute'
    UNION ALL
    SELECT o.store_id, '#' || o.number, 'hold of an order that does not wait', 1, 0 FROM o WHERE NOT o.waits AND o.hold_expires_at IS NOT NULL
    UNION ALL
    SELECT c.store_id, '#' || o.number, 'paid by card', c.amount_minor, o.paid_minor FROM c JOIN o ON o.store_id = c.store_id AND o.id = c.order_id
    WHERE c.settles AND (c.amount_minor <> o.paid_minor OR c.currency <> o.currency)
    UNION ALL
    SELECT c.store_id, '#' || o.number, 'goes back to the card', c.back + c.booked, CASE WHEN c.settles THEN o.refunded_minor ELSE c.amount_minor END
    FROM c JOIN o ON o.store_id = c.store_id AND o.id = c.order_id
    WHERE c.back + c.booked <> CASE WHEN c.settles THEN o.refunded_minor ELSE c.amount_minor END
    UNION ALL
    SELECT c.store_id, '#' || o.number, 'not sent, as it went back elsewhere', c.covered, c.excess
    FROM c JOIN o ON o.store_id = c.store_id AND o.id = c.order_id WHERE c.covered > c.excess
    UNION ALL
    SELECT v.store_id, v.provider_id, 'booked', v.booked_minor, coalesce(f.amount_minor, 0) FROM card_reversals v
    LEFT JOIN order_refunds f ON f.store_id = v.store_id AND f.id = v.refund_id AND f.order_id = v.order_id
    WHERE ($1 = 0 OR v.store_id = $1) AND v.booked_minor <> coalesce(f.amount_minor, 0)
    UNION ALL
    SELECT o.store_id, '#' || o.number, 'disputes', (o.dispute <> '')::integer, (d.dispute IS NOT NULL)::integer
    FROM o LEFT JOIN disputed d ON d.store_id = o.store_id AND d.order_id = o.id WHERE o.dispute <> coalesce(d.dispute, '')
    UNION ALL
    SELECT o.store_id, '#' || o.number, 'paid by nobody', o.paid_minor, 0 FROM o
    WHERE o.payment_method = 'CARD' AND o.paid_minor > 0 AND NOT EXISTS (SELECT FROM c WHERE c.store_id = o.store_id AND c.order_id = o.id AND c.settles)
        AND NOT EXISTS (SELECT FROM order_events e WHERE e.store_id = o.store_id AND e.order_id = o.id AND e.kind = 'PAID'
            AND (e.merchant_id IS NOT NULL OR e.api_key_id IS NOT NULL))
    UNION ALL
    SELECT store_id, 'variant ' || variant_id || ' at location ' || location_id, 'reserved', coalesce(v.reserved, 0), coalesce(p.units, 0)
    FROM (SELECT store_id, variant_id, location_id, reserved FROM inventory_levels WHERE $1 = 0 OR store_id = $1) v
    FULL JOIN promised p USING (store_id, variant_id, location_id)
    WHERE coalesce(v.reserved, 0) <> coalesce(p.units, 0)
        AND EXISTS (SELECT FROM product_variants x WHERE x.store_id = coalesce(v.store_id, p.store_id) AND x.id = variant_id)
    UNION ALL
    SELECT store_id, 'numbers', 'last', coalesce(c.last, 1000), coalesce(n.last, 1000)
    FROM (SELECT store_id, last FROM order_counters WHERE $1 = 0 OR store_id = $1) c
    FULL JOIN (SELECT store_id, 1000 + count(*) AS last FROM o GROUP BY store_id) n USING (store_id)
    WHERE coalesce(c.last, 1000) <> coalesce(n.last, 1000)
    UNION ALL
    SELECT d.store_id, 'code ' || d.code, 'usage count', d.usage_count, (SELECT count(*) FROM discount_uses u WHERE u.store_id = d.store_id AND u.discount_id = d.id)
    FROM discounts d WHERE ($1 = 0 OR d.store_id = $1)
        AND d.usage_count <> (SELECT count(*) FROM discount_uses u WHERE u.store_id = d.store_id AND u.discount_id = d.id)
)
SELECT coalesce(s.handle, ''), d.about, d.what, d.stored::bigint, d.due::bigint
FROM differences d LEFT JOIN stores s ON s.id = d.store_id
ORDER BY d.store_id, d.about, d.what`

// CheckBooks tells where orders and what follows from them differ, in a store or, with 0, in all of them.
func (d *DB) CheckBooks(ctx context.Context, store commerce.StoreID) ([]commerce.BookDifference, error) {
	differences := []commerce.BookDifference{}
	err := d.eachFresh(ctx, func(r *row) {
		differences = append(differences, commerce.BookDifference{Store: r.text(), About: r.text(), What: r.text(), Stored: r.int(), Expected: r.int()})
	}, checkBooksSQL, int64(store))
	return differences, err
}
