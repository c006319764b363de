package db

import (
	"context"
	"crypto/sha256"
	"encoding/binary"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// customerKey is a hash of what a store knows a customer by, an e-mail address or a telephone number in its one spelling. It says
// that two orders are of one person, in one store, and no more. Nil when nobody is known.
func customerKey(store commerce.StoreID, contact string) []byte {
	if contact == "" {
		return nil
	}
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, uint64(store)), contact...))
	return sum[:]
}

// usedDiscountsSQL finds those of some discounts that a customer's orders used.
const usedDiscountsSQL = `
SELECT DISTINCT u.discount_id FROM discount_uses u WHERE u.store_id = $1 AND u.discount_id = ANY($2::bigint[]) AND u.customer = $3`

// usedDiscounts tells which of some discounts a customer has used.
func usedDiscounts(read rowsOf, store commerce.StoreID, ids []commerce.DiscountID, contact string) (map[commerce.DiscountID]bool, error) {
	used := make(map[commerce.DiscountID]bool)
	if contact == "" || len(ids) == 0 {
		return used, nil
	}
	err := read(func(r *row) { used[commerce.DiscountID(r.int())] = true },
		usedDiscountsSQL, int64(store), bigints(ids, func(id commerce.DiscountID) int64 { return int64(id) }), customerKey(store, contact))
	return used, err
}

// useDiscountsSQL counts a use of each discount that may still be used. It takes the rows in the order of their ids, so that two orders
// with the same codes do not wait for each other in a circle; an order that waited sees the count as it is by then. Of two orders of
// one customer the index lets one pass.
const useDiscountsSQL = kept + `
WITH wanted AS MATERIALIZED (
    SELECT d.id FROM discounts d WHERE d.store_id = $1 AND d.id = ANY($2::bigint[]) ORDER BY d.id FOR NO KEY UPDATE
), counted AS (
    UPDATE discounts d SET usage_count = d.usage_count + 1
    FROM wanted w
    WHERE d.store_id = $1 AND d.id = w.id AND (d.usage_limit IS NULL OR d.usage_count < d.usage_limit) AND (NOT d.once_per_customer OR $4::bytea IS NOT NULL)
    RETURNING d.id, d.once_per_customer
), noted AS (
    INSERT INTO discount_uses (store_id, order_id, discount_id, customer, once)
    SELECT $1, $3, c.id, $4, c.once_per_customer FROM counted c ORDER BY c.id
    ON CONFLICT DO NOTHING
    RETURNING discount_id
)
SELECT k.id, w.id IS NOT NULL, c.id IS NOT NULL, n.discount_id IS NOT NULL, coalesce(d.once_per_customer, false)
FROM unnest($2::bigint[]) AS k (id)
LEFT JOIN wanted w ON w.id = k.id
LEFT JOIN counted c ON c.id = k.id
LEFT JOIN noted n ON n.discount_id = k.id
LEFT JOIN discounts d ON d.store_id = $1 AND d.id = k.id`

// useDiscounts counts that an order uses discounts, with one statement. customer is whom the store knows the buyer as, empty for
// nobody. With a *commerce.DiscountUseError a discount has been used up, or was used by the same customer, since the price was worked out.
func useDiscounts(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, ids []commerce.DiscountID, customer string, order int64) error {
	if len(ids) == 0 {
		return nil
	}
	var refused *commerce.DiscountUseError
	refuse := func(id commerce.DiscountID, problem commerce.DiscountProblem) {
		if refused == nil || id < refused.Discount {
			refused = &commerce.DiscountUseError{Discount: id, Problem: problem}
		}
	}
	err := scanIn(ctx, tx, func(r *row) {
		id := commerce.DiscountID(r.int())
		switch found, counted, noted, once := r.bool(), r.bool(), r.bool(), r.bool(); {
		case !found:
			refuse(id, commerce.DiscountNotFound)
		case !counted && once && customer == "":
			refuse(id, commerce.DiscountCustomerMissing)
		case !counted:
			refuse(id, commerce.DiscountUsageLimitReached)
		case !noted:
			refuse(id, commerce.DiscountUsedByCustomer)
		}
	}, useDiscountsSQL, int64(store), bigints(ids, func(id commerce.DiscountID) int64 { return int64(id) }), order, customerKey(store, customer))
	if err != nil || refused == nil {
		return err
	}
	return refused
}

// giveBackDiscountsSQL takes the uses of orders back. Each row that is there counts once, so giving back twice does nothing more.
const giveBackDiscountsSQL = `
WITH gone AS (
    DELETE FROM discount_uses u USING unnest($1::bigint[], $2::bigint[]) AS k (store_id, order_id)
    WHERE u.store_id = k.store_id AND u.order_id = k.order_id RETURNING u.store_id, u.discount_id
), held AS MATERIALIZED (
    SELECT d.store_id, d.id FROM discounts d WHERE (d.store_id, d.id) IN (SELECT store_id, discount_id FROM gone)
    ORDER BY d.store_id, d.id FOR NO KEY UPDATE
)
UPDATE discounts d SET usage_count = d.usage_count - g.uses
FROM held h JOIN (SELECT store_id, discount_id, count(*) AS uses FROM gone GROUP BY store_id, discount_id) g ON g.store_id = h.store_id AND g.discount_id = h.id
WHERE d.store_id = h.store_id AND d.id = h.id`

// giveBackDiscounts takes back that orders used discounts, with one statement.
func giveBackDiscounts(ctx context.Context, tx *sqlx.Tx, orders []commerce.OrderRef) error {
	if len(orders) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, giveBackDiscountsSQL, orderStores(orders), orderIDs(orders))
	return err
}
