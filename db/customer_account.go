package db

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

const keepCodeSQL = `
INSERT INTO customer_codes (store_id, contact, salt, sum, expires_at) VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
ON CONFLICT (store_id, contact) DO UPDATE SET salt = excluded.salt, sum = excluded.sum, tries = 0, expires_at = excluded.expires_at
RETURNING (date_part('epoch', expires_at) * 1000000)::bigint`

// KeepCode keeps a code in place of the one before. Code UNAVAILABLE.
func (d *DB) KeepCode(ctx context.Context, store commerce.StoreID, to commerce.CustomerContact, code commerce.CustomerCode) (*time.Time, error) {
	var expires *time.Time
	err := mutate(ctx, d, store, &expires, func(tx *sqlx.Tx) error {
		return scanIn(ctx, tx, func(r *row) { expires = new(r.moment()) }, keepCodeSQL,
			int64(store), to.Text(), code.Salt[:], code.Sum[:], commerce.CustomerCodeLife.Seconds())
	})
	return expires, err
}

const dropCodeSQL = `
WITH code AS (DELETE FROM customer_codes WHERE store_id = $1 AND contact = $2 AND sum = $3)
DELETE FROM idempotency_keys WHERE store_id = $1 AND key_hash = $4`

// DropCode forgets a code, and that it was kept under the context's idempotency key.
func (d *DB) DropCode(ctx context.Context, store commerce.StoreID, to commerce.CustomerContact, code commerce.CustomerCode) error {
	key, _ := commerce.IdempotencyKeyFrom(ctx) // a hash of zeros is nobody's
	return d.exec(ctx, dropCodeSQL, int64(store), to.Text(), code.Sum[:], key.Hash[:])
}

// tryCodeSQL counts a try, as long as there is one left.
const tryCodeSQL = `
UPDATE customer_codes SET tries = tries + 1 WHERE store_id = $1 AND contact = $2 AND tries < $3 AND expires_at > now()
RETURNING salt, sum`

// TryCode is what is kept of the code that was sent somewhere. The try stays counted whatever comes of it.
func (d *DB) TryCode(ctx context.Context, store commerce.StoreID, to commerce.CustomerContact) (*commerce.CustomerCode, error) {
	var code *commerce.CustomerCode
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		return scanIn(ctx, tx, func(r *row) {
			code = &commerce.CustomerCode{}
			copy(code.Salt[:], cell[[]byte](r))
			copy(code.Sum[:], cell[[]byte](r))
		}, tryCodeSQL, int64(store), to.Text(), commerce.CustomerCodeTries)
	})
	return code, err
}

const customerColumns = `c.store_id, c.id, c.email, c.phone, c.first_name, c.last_name, (date_part('epoch', c.created_at) * 1000000)::bigint,
    (date_part('epoch', c.updated_at) * 1000000)::bigint`

// scanCustomer reads customerColumns.
func scanCustomer(r *row) *commerce.Customer {
	return &commerce.Customer{
		StoreID: commerce.StoreID(r.int()), ID: commerce.CustomerID(r.int()), Contact: commerce.CustomerContact{Email: r.text(), Phone: r.text()},
		FirstName: r.trimmed(), LastName: r.trimmed(), CreatedAt: r.moment(), UpdatedAt: r.moment(),
	}
}

// useCodeSQL uses a code up. Of several at the same time one finds it: the others wait, and see it gone.
const useCodeSQL = `DELETE FROM customer_codes WHERE store_id = $1 AND contact = $2 AND sum = $3 AND expires_at > now()`

// signInSQL makes the customer at the first time. The update that changes nothing is there for its row.
const signInSQL = `
INSERT INTO customers AS c (store_id, email, phone) VALUES ($1, $2, $3)
ON CONFLICT (store_id, email, phone) DO UPDATE SET email = excluded.email
RETURNING ` + customerColumns

// openVisitSQL leaves a customer at most $5 tokens with the new one: what has expired goes first, then the oldest.
const openVisitSQL = `
WITH gone AS (
    DELETE FROM customer_tokens WHERE store_id = $1 AND customer_id = $2 AND (expires_at <= now() OR token_hash IN (
        SELECT t.token_hash FROM customer_tokens t WHERE t.store_id = $1 AND t.customer_id = $2 AND t.expires_at > now()
        ORDER BY t.created_at DESC, t.token_hash OFFSET $5::int - 1))
)
INSERT INTO customer_tokens (store_id, customer_id, token_hash, expires_at) VALUES ($1, $2, $3, now() + make_interval(secs => $4))
RETURNING (date_part('epoch', expires_at) * 1000000)::bigint`

// SignInCustomer uses a code up and gives its customer a token. What is kept of it under an idempotency key is who it was.
func (d *DB) SignInCustomer(ctx context.Context, store commerce.StoreID, to commerce.CustomerContact, code commerce.CustomerCode,
	token commerce.NewCustomerToken,
) (*commerce.SignedInCustomer, error) {
	var customer *commerce.Customer
	var expires time.Time
	done, err := happened(mutate(ctx, d, store, &customer, func(tx *sqlx.Tx) error {
		if err := changesOne(tx.ExecContext(ctx, useCodeSQL, int64(store), to.Text(), code.Sum[:])); err != nil {
			return err
		}
		err := scanIn(ctx, tx, func(r *row) { customer = scanCustomer(r) }, signInSQL, int64(store), to.Email, to.Phone)
		if err != nil {
			return err
		}
		return scanIn(ctx, tx, func(r *row) { expires = r.moment() }, openVisitSQL,
			int64(store), int64(customer.ID), token.Hash[:], token.Life.Seconds(), commerce.MaxCustomerTokens)
	}))
	if err != nil || !done {
		return nil, err
	}
	customer.Own = true
	return &commerce.SignedInCustomer{Customer: customer, ExpiresAt: expires}, nil
}

const closeVisitSQL = `DELETE FROM customer_tokens WHERE store_id = $1 AND token_hash = $2 AND expires_at > now()`

// SignOutCustomer ends a token.
func (d *DB) SignOutCustomer(ctx context.Context, store commerce.StoreID, token commerce.TokenHash) (bool, error) {
	return happened(mutate(ctx, d, store, &nothing{}, func(tx *sqlx.Tx) error {
		return changesOne(tx.ExecContext(ctx, closeVisitSQL, int64(store), token[:]))
	}))
}

const customersByTokenSQL = `
SELECT k.n, ` + customerColumns + `
FROM unnest($1::bigint[], $2::bytea[]) WITH ORDINALITY AS k (store_id, token_hash, n)
JOIN customer_tokens t ON t.store_id = k.store_id AND t.token_hash = k.token_hash AND t.expires_at > now()
JOIN customers c ON c.store_id = t.store_id AND c.id = t.customer_id`

// CustomersByToken finds customers by their tokens, on the primary: one that was ended a moment ago opens nothing.
func (v View) CustomersByToken(ctx context.Context, keys []commerce.CustomerTokenKey) (map[commerce.CustomerTokenKey]*commerce.Customer, error) {
	found := make(map[commerce.CustomerTokenKey]*commerce.Customer, len(keys))
	var hashes pq.ByteaArray
	for i := range keys {
		hashes = append(hashes, keys[i].Hash[:])
	}
	err := v.db.eachFresh(ctx, func(r *row) {
		key := keys[r.int()-1]
		found[key] = ownCustomer(r)
	}, customersByTokenSQL, bigints(keys, func(k commerce.CustomerTokenKey) int64 { return int64(k.Store) }), hashes)
	return found, err
}

const customersSQL = `
SELECT k.n, ` + customerColumns + `
FROM unnest($1::bigint[], $2::bigint[], $3::boolean[]) WITH ORDINALITY AS k (store_id, id, shown, n)
JOIN customers c ON c.store_id = k.store_id AND c.id = k.id
WHERE k.shown OR c.store_id = ANY($4::bigint[])`

// Customers finds customers of the view's own stores, and those whom a cart has shown, on the primary: one that was forgotten is gone.
func (v View) Customers(ctx context.Context, keys []commerce.CustomerKey) (map[commerce.CustomerKey]*commerce.Customer, error) {
	found := make(map[commerce.CustomerKey]*commerce.Customer, len(keys))
	keys = slices.DeleteFunc(slices.Clone(keys), func(k commerce.CustomerKey) bool { return k.ID == 0 })
	if len(keys) == 0 {
		return found, nil
	}
	shown := make(pq.BoolArray, len(keys))
	for i, k := range keys {
		shown[i] = k.Shown
	}
	err := v.db.eachFresh(ctx, func(r *row) {
		key := keys[r.int()-1]
		found[key] = scanCustomer(r)
	}, customersSQL,
		bigints(keys, func(k commerce.CustomerKey) int64 { return int64(k.Store) }),
		bigints(keys, func(k commerce.CustomerKey) int64 { return int64(k.ID) }), shown, v.own)
	return found, err
}

// customerOrderList is the orders under what customers have proved, each found through the index of its kind of contact.
func customerOrderList() queryable {
	return newQueryableOf(3, orderOrders(), orderFields(), func(_ reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, o.sort_value, ` + orderColumns + `
FROM unnest($1::bigint[], $2::text[], $3::text[]) WITH ORDINALITY AS k (store_id, email, phone, ordinal)
JOIN stores s ON s.id = k.store_id
CROSS JOIN LATERAL (
    SELECT ` + orderRow + `, ` + s.value + ` AS sort_value
    FROM (
        SELECT ` + orderRow + ` FROM orders o WHERE o.store_id = k.store_id AND o.email = k.email AND o.email <> '' AND k.phone = ''
        UNION ALL
        SELECT ` + orderRow + ` FROM orders o WHERE o.store_id = k.store_id AND o.phone = k.phone AND o.phone <> '' AND k.email = ''
    ) o WHERE true` + where + orderBy + `
) o`
	})
}

// CustomerOrderLists reads pages of what customers have ordered: for themselves with the secrets, which are theirs, and else for the view's
// own stores alone. They come from the primary, as single orders do.
func (v View) CustomerOrderLists(ctx context.Context, keys []commerce.CustomerOrderListKey) (map[commerce.CustomerOrderListKey]commerce.List[*commerce.Order], error) {
	v.fresh = true
	may := slices.DeleteFunc(slices.Clone(keys), func(k commerce.CustomerOrderListKey) bool { return !k.Own && !v.owns(k.Store) })
	return lists(ctx, v, v.lists.customerOrders, may,
		func(k commerce.CustomerOrderListKey) asked { return asked{k.Page, k.Words, true} },
		func(keys []commerce.CustomerOrderListKey) []any {
			return []any{
				bigints(keys, func(k commerce.CustomerOrderListKey) int64 { return int64(k.Store) }),
				texts(keys, func(k commerce.CustomerOrderListKey) string { return k.Contact.Email }),
				texts(keys, func(k commerce.CustomerOrderListKey) string { return k.Contact.Phone }),
			}
		}, func(int) func(*row, commerce.CustomerOrderListKey) (*commerce.Order, int64) {
			return func(r *row, k commerce.CustomerOrderListKey) (*commerce.Order, int64) {
				o := scanOrder(r)
				if !k.Own {
					o.Key = ""
				}
				return o, int64(o.ID)
			}
		})
}

// Codes first, then customers, with their tokens: as when somebody signs in.
const (
	eraseCodesSQL    = `DELETE FROM customer_codes WHERE store_id = $1 AND contact IN ($2, $3)`
	eraseVisitorsSQL = `DELETE FROM customers WHERE store_id = $1 AND (email = $2 AND email <> '' OR email = '' AND phone = $3) RETURNING id`
)

// eraseVisitors forgets who has signed in: their tokens open nothing any more. It returns who it was, for their carts.
func eraseVisitors(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, who commerce.CustomerContact) (ids []int64, err error) {
	if _, err = tx.ExecContext(ctx, eraseCodesSQL, int64(store), who.Email, who.Phone); err != nil {
		return nil, err
	}
	err = scanIn(ctx, tx, func(r *row) { ids = append(ids, r.int()) }, eraseVisitorsSQL, int64(store), who.Email, who.Phone)
	return ids, err
}

// What has expired of customers: codes, and the right to come back.
const (
	sweptCodesSQL = `
DELETE FROM customer_codes WHERE (store_id, contact) IN (
    SELECT c.store_id, c.contact FROM customer_codes c WHERE c.expires_at <= now() ORDER BY c.expires_at LIMIT 1000 FOR UPDATE SKIP LOCKED)`
	sweptVisitsSQL = `
DELETE FROM customer_tokens WHERE (store_id, token_hash) IN (
    SELECT t.store_id, t.token_hash FROM customer_tokens t WHERE t.expires_at <= now() ORDER BY t.expires_at LIMIT 1000 FOR UPDATE SKIP LOCKED)`
)
