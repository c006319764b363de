package db

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const customerAddressColumns = `a.store_id, a.id, a.address::text`

// scanCustomerAddress reads customerAddressColumns.
func scanCustomerAddress(r *row) *commerce.MailingAddress {
	id := commerce.SavedAddress(commerce.StoreID(r.int()), commerce.CustomerAddressID(r.int()))
	a := &commerce.MailingAddress{}
	r.json(a)
	a.Saved = &id
	return a
}

// lockVisitorSQL finds a customer by a token, whom nobody else changes then until the transaction ends.
const lockVisitorSQL = `
SELECT ` + customerColumns + `
FROM customer_tokens t JOIN customers c ON c.store_id = t.store_id AND c.id = t.customer_id
WHERE t.store_id = $1 AND t.token_hash = $2 AND t.expires_at > now() FOR NO KEY UPDATE OF c`

// changeVisitor carries out a change that the customer whose token it is has asked for. Refusals; code UNAVAILABLE.
func (d *DB) changeVisitor(ctx context.Context, who commerce.CustomerTokenKey, change func(*sqlx.Tx, *commerce.ChangedCustomer) error) (*commerce.ChangedCustomer, error) {
	var done *commerce.ChangedCustomer
	err := mutate(ctx, d, who.Store, &done, func(tx *sqlx.Tx) error {
		changed := &commerce.ChangedCustomer{}
		err := scanIn(ctx, tx, func(r *row) { changed.Customer = ownCustomer(r) }, lockVisitorSQL, int64(who.Store), who.Hash[:])
		switch {
		case err != nil:
			return err
		case changed.Customer == nil:
			return commerce.RefuseCustomerToken("customerAccessToken")
		}
		done = changed
		return change(tx, changed)
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

// ownCustomer reads customerColumns for the customer who asks.
func ownCustomer(r *row) *commerce.Customer {
	c := scanCustomer(r)
	c.Own = true
	return c
}

const updateCustomerSQL = `
UPDATE customers AS c SET first_name = coalesce($3, c.first_name), last_name = coalesce($4, c.last_name)
WHERE c.store_id = $1 AND c.id = $2
RETURNING ` + customerColumns

// UpdateCustomer changes the name of the customer whose token it is.
func (d *DB) UpdateCustomer(ctx context.Context, who commerce.CustomerTokenKey, in *commerce.CustomerUpdateInput) (*commerce.ChangedCustomer, error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	return d.changeVisitor(ctx, who, func(tx *sqlx.Tx, done *commerce.ChangedCustomer) error {
		return scanIn(ctx, tx, func(r *row) { done.Customer = ownCustomer(r) }, updateCustomerSQL,
			int64(done.Customer.StoreID), int64(done.Customer.ID), in.FirstName, in.LastName)
	})
}

// insertAddressSQL keeps an address while there are fewer than $4, which nobody else adds to: the customer is locked.
const insertAddressSQL = `
INSERT INTO customer_addresses AS a (store_id, customer_id, address)
SELECT $1, $2, $3 WHERE (SELECT count(*) FROM customer_addresses o WHERE o.store_id = $1 AND o.customer_id = $2) < $4
RETURNING ` + customerAddressColumns

// oldestAddressSQL makes the oldest address the default where there is none.
const oldestAddressSQL = `
UPDATE customers c SET default_address_id = (SELECT min(a.id) FROM customer_addresses a WHERE a.store_id = c.store_id AND a.customer_id = c.id)
WHERE c.store_id = $1 AND c.id = $2 AND c.default_address_id IS NULL`

// AddCustomerAddress keeps one more address of the customer whose token it is. The first one is the default.
func (d *DB) AddCustomerAddress(ctx context.Context, who commerce.CustomerTokenKey, in *commerce.MailingAddressInput) (*commerce.ChangedCustomer, error) {
	address, err := (&commerce.MailingAddress{}).Edit([]any{"address"}, in)
	if err != nil {
		return nil, err
	}
	return d.changeVisitor(ctx, who, func(tx *sqlx.Tx, done *commerce.ChangedCustomer) error {
		store, customer := int64(done.Customer.StoreID), int64(done.Customer.ID)
		if err := addressIn(ctx, tx, done, address, insertAddressSQL, store, customer, commerce.MaxCustomerAddresses); err != nil {
			return err
		}
		if done.Address == nil {
			return commerce.Refuse(commerce.RefusalTooMany, []any{"address"}, "There are %d addresses, as many as a customer may have.", commerce.MaxCustomerAddresses)
		}
		_, err := tx.ExecContext(ctx, oldestAddressSQL, store, customer)
		return err
	})
}

// addressIn runs a statement that writes an address, its third parameter, and yields it.
func addressIn(ctx context.Context, tx *sqlx.Tx, done *commerce.ChangedCustomer, address *commerce.MailingAddress, text string, store, customer int64, more any) error {
	content, err := json.Marshal(address)
	if err != nil {
		return err
	}
	return scanIn(ctx, tx, func(r *row) {
		done.Address = scanCustomerAddress(r)
		done.AddressID = commerce.CustomerAddressID(done.Address.Saved.ID)
	}, text, store, customer, string(content), more)
}

const customerAddressSQL = `SELECT ` + customerAddressColumns + ` FROM customer_addresses a WHERE a.store_id = $1 AND a.customer_id = $2 AND a.id = $3`

const updateAddressSQL = `
UPDATE customer_addresses AS a SET address = $3 WHERE a.store_id = $1 AND a.customer_id = $2 AND a.id = $4
RETURNING ` + customerAddressColumns

// EditCustomerAddress changes an address of the customer whose token it is.
func (d *DB) EditCustomerAddress(ctx context.Context, who commerce.CustomerTokenKey, id commerce.CustomerAddressID, in *commerce.MailingAddressInput) (*commerce.ChangedCustomer, error) {
	return d.changeVisitor(ctx, who, func(tx *sqlx.Tx, done *commerce.ChangedCustomer) error {
		store, customer := int64(done.Customer.StoreID), int64(done.Customer.ID)
		var before *commerce.MailingAddress
		err := scanIn(ctx, tx, func(r *row) { before = scanCustomerAddress(r) }, customerAddressSQL, store, customer, int64(id))
		switch {
		case err != nil:
			return err
		case before == nil:
			return refuseAddress("id")
		}
		after, err := before.Edit([]any{"address"}, in)
		if err != nil {
			return err
		}
		return addressIn(ctx, tx, done, after, updateAddressSQL, store, customer, int64(id))
	})
}

func refuseAddress(argument string) error {
	return commerce.Refuse(commerce.RefusalNotFound, []any{argument}, "The customer has no address with this id.")
}

// deleteAddressSQL deletes an address. Where it was the default there is none then.
const deleteAddressSQL = `DELETE FROM customer_addresses WHERE store_id = $1 AND customer_id = $2 AND id = $3`

// DeleteCustomerAddress forgets an address of the customer whose token it is.
func (d *DB) DeleteCustomerAddress(ctx context.Context, who commerce.CustomerTokenKey, id commerce.CustomerAddressID) (*commerce.ChangedCustomer, error) {
	return d.changeVisitor(ctx, who, func(tx *sqlx.Tx, done *commerce.ChangedCustomer) error {
		store, customer := int64(done.Customer.StoreID), int64(done.Customer.ID)
		found, err := happened(changesOne(tx.ExecContext(ctx, deleteAddressSQL, store, customer, int64(id))))
		switch {
		case err != nil:
			return err
		case !found:
			return refuseAddress("id")
		}
		done.AddressID = id
		_, err = tx.ExecContext(ctx, oldestAddressSQL, store, customer)
		return err
	})
}

const setDefaultAddressSQL = `
UPDATE customers AS c SET default_address_id = a.id FROM customer_addresses a
WHERE c.store_id = $1 AND c.id = $2 AND a.store_id = c.store_id AND a.customer_id = c.id AND a.id = $3
RETURNING ` + customerColumns

// SetDefaultCustomerAddress makes an address of the customer whose token it is the default.
func (d *DB) SetDefaultCustomerAddress(ctx context.Context, who commerce.CustomerTokenKey, id commerce.CustomerAddressID) (*commerce.ChangedCustomer, error) {
	return d.changeVisitor(ctx, who, func(tx *sqlx.Tx, done *commerce.ChangedCustomer) error {
		found := false
		err := scanIn(ctx, tx, func(r *row) { done.Customer, found = ownCustomer(r), true }, setDefaultAddressSQL,
			int64(done.Customer.StoreID), int64(done.Customer.ID), int64(id))
		if err == nil && !found {
			err = refuseAddress("addressId")
		}
		return err
	})
}

// customerAddressesSQL finds addresses of customers, the default ones by 0.
const customerAddressesSQL = `
SELECT k.n, ` + customerAddressColumns + `
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS k (store_id, customer_id, id, n)
JOIN customers c ON c.store_id = k.store_id AND c.id = k.customer_id
JOIN customer_addresses a ON a.store_id = c.store_id AND a.customer_id = c.id AND a.id = CASE k.id WHEN 0 THEN c.default_address_id ELSE k.id END`

// shows reports whether the view shows what is a customer's: to the customer, and to whoever may see who buys.
func (v View) shows(k commerce.CustomerPartKey) bool { return k.Own || v.owns(k.Store) }

// CustomerAddresses finds addresses of customers, on the primary.
func (v View) CustomerAddresses(ctx context.Context, keys []commerce.CustomerAddressKey) (map[commerce.CustomerAddressKey]*commerce.MailingAddress, error) {
	found := make(map[commerce.CustomerAddressKey]*commerce.MailingAddress, len(keys))
	may := slices.DeleteFunc(slices.Clone(keys), func(k commerce.CustomerAddressKey) bool { return !v.shows(k.CustomerPartKey) })
	if len(may) == 0 {
		return found, nil
	}
	err := v.db.eachFresh(ctx, func(r *row) {
		key := may[r.int()-1]
		found[key] = scanCustomerAddress(r)
	}, customerAddressesSQL,
		bigints(may, func(k commerce.CustomerAddressKey) int64 { return int64(k.Store) }),
		bigints(may, func(k commerce.CustomerAddressKey) int64 { return int64(k.CustomerRef.ID) }),
		bigints(may, func(k commerce.CustomerAddressKey) int64 { return int64(k.ID) }))
	return found, err
}

func customerAddressList() list {
	orders := map[commerce.SortKey]sorting{commerce.CustomerAddressSortID: byInt("a.id", "a.id")}
	return newList(orders, 2, "", func(_ reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, a.sort_value, ` + customerAddressColumns + `
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, customer_id, ordinal)
CROSS JOIN LATERAL (
    SELECT a.store_id, a.id, a.address, ` + s.value + ` AS sort_value FROM customer_addresses a
    WHERE a.store_id = k.store_id AND a.customer_id = k.customer_id` + where + orderBy + `
) a`
	})
}

// CustomerAddressLists reads pages of the addresses of customers, from the primary.
func (v View) CustomerAddressLists(ctx context.Context, keys []commerce.CustomerAddressListKey) (map[commerce.CustomerAddressListKey]commerce.List[*commerce.MailingAddress], error) {
	v.fresh = true
	may := slices.DeleteFunc(slices.Clone(keys), func(k commerce.CustomerAddressListKey) bool { return !v.shows(k.CustomerPartKey) })
	return lists(ctx, v, v.lists.customerAddresses, may,
		func(k commerce.CustomerAddressListKey) asked { return asked{page: k.Page} },
		func(keys []commerce.CustomerAddressListKey) []any {
			return []any{
				bigints(keys, func(k commerce.CustomerAddressListKey) int64 { return int64(k.Store) }),
				bigints(keys, func(k commerce.CustomerAddressListKey) int64 { return int64(k.ID) }),
			}
		}, func(int) func(*row, commerce.CustomerAddressListKey) (*commerce.MailingAddress, int64) {
			return func(r *row, _ commerce.CustomerAddressListKey) (*commerce.MailingAddress, int64) {
				a := scanCustomerAddress(r)
				return a, a.Saved.ID
			}
		})
}
