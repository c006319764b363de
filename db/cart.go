package db

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const cartColumns = `c.store_id, c.id, c.key, c.content::text, coalesce(c.order_id, 0),
    (date_part('epoch', c.created_at) * 1000000)::bigint, (date_part('epoch', c.updated_at) * 1000000)::bigint`

// scanCart reads cartColumns.
func scanCart(r *row) *commerce.Cart {
	c := &commerce.Cart{StoreID: commerce.StoreID(r.int()), ID: commerce.CartID(r.int()), Key: r.text()}
	r.json(&c.CartContent)
	c.OrderID, c.CreatedAt, c.UpdatedAt = commerce.OrderID(r.int()), r.moment(), r.moment()
	c.Number()
	return c
}

// cartsSQL finds the carts that can still be changed, in stores where buyers buy.
const cartsSQL = `
SELECT ` + cartColumns + `
FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS k (store_id, id, key)
JOIN carts c ON c.store_id = k.store_id AND c.id = k.id AND c.key = k.key
JOIN stores s ON s.id = c.store_id
WHERE s.status = 'PUBLISHED' AND c.order_id IS NULL`

// Carts reads carts, from the primary: whoever reads a cart has just changed it.
func (v View) Carts(ctx context.Context, keys []commerce.CartKey) (map[commerce.CartKey]*commerce.Cart, error) {
	found := make(map[commerce.CartKey]*commerce.Cart, len(keys))
	err := v.db.eachFresh(ctx, func(r *row) {
		c := scanCart(r)
		found[c.Ref()] = c
	}, cartsSQL,
		bigints(keys, func(k commerce.CartKey) int64 { return int64(k.Store) }),
		bigints(keys, func(k commerce.CartKey) int64 { return int64(k.ID) }),
		texts(keys, func(k commerce.CartKey) string { return k.Key }))
	return found, err
}

const insertCartSQL = kept + `
INSERT INTO carts AS c (store_id, key, content) VALUES ($1, $2, $3)
RETURNING ` + cartColumns

// CreateCart makes a cart. Refusals; code UNAVAILABLE.
func (d *DB) CreateCart(ctx context.Context, store *commerce.Store, change commerce.CartChange) (*commerce.ChangedCart, error) {
	if !store.Published() {
		return nil, commerce.Refuse(commerce.RefusalInvalid, nil, "The store is not open yet. Its merchant opens it with storePublish.")
	}
	var done *commerce.ChangedCart
	err := mutate(ctx, d, store.ID, &done, func(tx *sqlx.Tx) (err error) {
		if change, err = identified(ctx, tx, store.ID, change); err != nil {
			return err
		}
		// The lines' ids, which warnings name, carry the cart's number, so it comes first.
		made := &commerce.Cart{StoreID: store.ID}
		if err := scanIn(ctx, tx, func(r *row) { made = scanCart(r) }, insertCartSQL, int64(store.ID), commerce.NewKey(), "{}"); err != nil {
			return err
		}
		done, err = changeCart(ctx, tx, made, change)
		return err
	})
	return done, err
}

// generalPlans says that the plans of a transaction's statements do not depend on their parameters. Postgres would else plan those with
// arrays anew each time, for a quarter of what an order costs it.
const generalPlans = `set_config('plan_cache_mode', 'force_generic_plan', true)`

// lockCartSQL is the first statement of a buyer's transactions, and settles how the others are planned. A store that is closed has
// no carts any more, but those that have become orders: whoever asks again is told which.
const lockCartSQL = kept + `
SELECT ` + cartColumns + `, ` + generalPlans + ` FROM carts c JOIN stores s ON s.id = c.store_id
WHERE c.store_id = $1 AND c.id = $2 AND c.key = $3 AND (s.status = 'PUBLISHED' OR c.order_id IS NOT NULL) FOR NO KEY UPDATE OF c`

// lockCart reads a cart, which stays locked until the transaction ends. Refusals.
func lockCart(ctx context.Context, tx *sqlx.Tx, key commerce.CartKey, path ...any) (*commerce.Cart, error) {
	var cart *commerce.Cart
	err := scanIn(ctx, tx, func(r *row) { cart, _ = scanCart(r), r.text() }, lockCartSQL, int64(key.Store), int64(key.ID), key.Key)
	if err == nil && cart == nil {
		err = commerce.Refuse(commerce.RefusalInvalid, path, "There is no such cart. Make a new one with cartCreate.")
	}
	return cart, err
}

// ChangeCart changes a cart. Refusals; code UNAVAILABLE.
func (d *DB) ChangeCart(ctx context.Context, key commerce.CartKey, change commerce.CartChange) (*commerce.ChangedCart, error) {
	var done *commerce.ChangedCart
	err := mutate(ctx, d, key.Store, &done, func(tx *sqlx.Tx) error {
		change, err := identified(ctx, tx, key.Store, change)
		if err != nil {
			return err
		}
		cart, err := lockCart(ctx, tx, key, "cartId")
		if err != nil {
			return err
		}
		if cart.OrderID != 0 {
			return commerce.Refuse(commerce.RefusalInvalid, []any{"cartId"}, "The cart has become an order. Make a new one with cartCreate.")
		}
		done, err = changeCart(ctx, tx, cart, change)
		return err
	})
	return done, err
}

// cartVisitorSQL finds a customer by a token, and keeps them from being forgotten until the transaction ends.
const cartVisitorSQL = `
SELECT ` + customerColumns + `, coalesce(a.address::text, 'null')
FROM customer_tokens t
JOIN customers c ON c.store_id = t.store_id AND c.id = t.customer_id
LEFT JOIN customer_addresses a ON a.store_id = c.store_id AND a.customer_id = c.id AND a.id = c.default_address_id
WHERE t.store_id = $1 AND t.token_hash = $2 AND t.expires_at > now() FOR KEY SHARE OF c`

// identified is the change with the customer whose token the buyer has shown. It comes before the cart is locked, as whoever forgets a
// customer goes on to their carts.
func identified(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, change commerce.CartChange) (commerce.CartChange, error) {
	if change.Token == nil {
		return change, nil
	}
	err := scanIn(ctx, tx, func(r *row) {
		change.Visitor = &commerce.CartVisitor{Customer: scanCustomer(r)}
		r.json(&change.Visitor.Default)
	}, cartVisitorSQL, int64(store), change.Token[:])
	return change, err
}

const updateCartSQL = kept + `
UPDATE carts AS c SET content = $3 WHERE c.store_id = $1 AND c.id = $2
RETURNING ` + cartColumns

// changeCart changes a cart that nobody else can change meanwhile.
func changeCart(ctx context.Context, tx *sqlx.Tx, cart *commerce.Cart, change commerce.CartChange) (*commerce.ChangedCart, error) {
	known, err := soldVariants(ctx, tx, cart.StoreID, append(cart.Variants(), change.Variants(cart.StoreID)...))
	if err != nil {
		return nil, err
	}
	if change.Saved, err = savedAddresses(ctx, tx, cart.StoreID, change); err != nil {
		return nil, err
	}
	done, before := &commerce.ChangedCart{ID: cart.NodeID()}, cart.Copy()
	if done.Warnings, err = change.Apply(cart, known); err != nil {
		return nil, err
	}
	told, err := codeWarnings(ctx, tx, before, cart, change.GivesCodes, known)
	if err != nil {
		return nil, err
	}
	done.Warnings = append(done.Warnings, told...)
	content, err := json.Marshal(cart.CartContent)
	if err != nil {
		return nil, err
	}
	err = scanIn(ctx, tx, func(r *row) { done.Cart = scanCart(r) }, updateCartSQL, int64(cart.StoreID), int64(cart.ID), string(content))
	return done, err
}

const savedAddressesSQL = `
SELECT a.id, a.address::text FROM customer_addresses a WHERE a.store_id = $1 AND a.customer_id = $2 AND a.id = ANY($3::bigint[])`

// savedAddresses are those of the visitor that the change copies. It costs nothing where it copies none.
func savedAddresses(
	ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, change commerce.CartChange,
) (map[commerce.CustomerAddressID]*commerce.MailingAddress, error) {
	ids := change.Addresses(store)
	if change.Visitor == nil || len(ids) == 0 {
		return nil, nil //nolint:nilnil // there is nothing to copy
	}
	saved := make(map[commerce.CustomerAddressID]*commerce.MailingAddress, len(ids))
	err := scanIn(ctx, tx, func(r *row) {
		id, address := commerce.CustomerAddressID(r.int()), &commerce.MailingAddress{}
		r.json(address)
		saved[id] = address
	}, savedAddressesSQL, int64(store), int64(change.Visitor.Customer.ID), bigints(ids, func(id commerce.CustomerAddressID) int64 { return int64(id) }))
	return saved, err
}

// codeWarnings are what the buyer should know of the codes of a cart after a change. known are the variants of the cart before and after.
// It costs nothing where there is no code.
func codeWarnings(ctx context.Context, tx *sqlx.Tx, before, after *commerce.Cart, given bool, known map[commerce.VariantID]*commerce.ProductVariant) ([]*commerce.CartWarning, error) {
	if len(after.DiscountCodes) == 0 {
		return nil, nil
	}
	carts := []*commerce.Cart{after}
	if len(before.DiscountCodes) > 0 {
		carts = append(carts, before)
	}
	products := make([]commerce.ProductRef, 0, len(known))
	for _, v := range known {
		products = append(products, v.ProductRef())
	}
	facts, err := cartFacts(inside(ctx, tx), carts, products)
	if err != nil {
		return nil, err
	}
	priced := make([]*commerce.PricedCart, 2)
	for i, c := range carts {
		facts[c].Sold = known
		if priced[i], err = c.Price(facts[c]); errors.Is(err, commerce.ErrBasketTooLarge) {
			return nil, nil // whoever asks what the cart costs is told
		} else if err != nil {
			return nil, err
		}
	}
	return after.CodeWarnings(priced[1], priced[0], given), nil
}

// soldVariants reads the variants of a store that buyers can see.
func soldVariants(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, ids []commerce.VariantID) (map[commerce.VariantID]*commerce.ProductVariant, error) {
	return variantsIn(ctx, tx, variantsByIDSQL, store, ids)
}

// variantsIn runs a statement of a transaction that reads variants by their ids, as buyers see them.
func variantsIn(ctx context.Context, tx *sqlx.Tx, text string, store commerce.StoreID, ids []commerce.VariantID) (map[commerce.VariantID]*commerce.ProductVariant, error) {
	found := make(map[commerce.VariantID]*commerce.ProductVariant, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	refs := make([]commerce.VariantRef, len(ids))
	for i, id := range ids {
		refs[i] = commerce.VariantRef{Store: store, ID: id}
	}
	scan := newVariantScan(len(ids))
	err := scanIn(ctx, tx, func(r *row) {
		v := scan.next(r, productOf(r))
		found[v.ID] = v
	}, text, variantStores(refs), variantIDs(refs), noStores)
	return found, err
}

// sweptCartsSQL deletes carts that nobody has touched for long, a few at a time. One that has become an order goes too: the order
// holds all that matters. One that somebody is touching right now is not idle.
const sweptCartsSQL = `
DELETE FROM carts WHERE (store_id, id) IN (
    SELECT c.store_id, c.id FROM carts c WHERE c.updated_at < now() - $1 * interval '1 second' ORDER BY c.updated_at LIMIT 1000
    FOR UPDATE SKIP LOCKED)`
