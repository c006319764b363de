package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// lockMerchantSQL lets one store at a time be opened by a merchant, so that they are counted right.
const lockMerchantSQL = `SELECT id FROM merchants WHERE id = $1 FOR NO KEY UPDATE`

const countStoresSQL = `SELECT count(*) FROM store_staff WHERE merchant_id = $1 AND role = 'OWNER'`

const openStoreSQL = `
INSERT INTO stores AS s (handle, name, description, currency, time_zone)
SELECT c.handle, $2, $3, $4, $5 FROM unnest($1::text[]) WITH ORDINALITY AS c (handle, n)
WHERE NOT EXISTS (SELECT 1 FROM stores taken WHERE taken.handle = c.handle)
ORDER BY c.n LIMIT 1
RETURNING ` + storeColumns

const insertOwnerSQL = `INSERT INTO store_staff (store_id, merchant_id, role) VALUES ($1, $2, 'OWNER')`

// OpenStore opens a store, a draft, and makes the author its owner. Somebody who takes the handle at the same moment makes the
// transaction run again, and find it taken.
func (d *DB) OpenStore(ctx context.Context, by commerce.Author, in commerce.StoreOpening) (*commerce.Store, error) {
	if err := in.Check().Err(); err != nil {
		return nil, err
	}
	var store *commerce.Store
	err := mutate(ctx, d, 0, &store, func(tx *sqlx.Tx) (err error) {
		var merchant int64
		if err := tx.GetContext(ctx, &merchant, lockMerchantSQL, int64(by.Merchant)); errors.Is(err, sql.ErrNoRows) {
			return &commerce.Error{Code: commerce.CodeForbidden, Message: "Only a merchant can own a store: sign in, rather than sending an API key."}
		} else if err != nil {
			return err
		}
		if err := checkStoreCount(ctx, tx, merchant); err != nil {
			return err
		}
		if store, err = storeIn(ctx, tx, openStoreSQL, texts(in.Handles(), func(h string) string { return h }), in.Name, in.Description, in.Currency, commerce.DefaultTimeZone(in.Currency)); err != nil {
			return err
		}
		if store == nil {
			return commerce.Refuse(commerce.RefusalTaken, []any{"input", "handle"}, "Another store has the handle %q.", in.Handles()[0])
		}
		if _, err := tx.ExecContext(ctx, insertOwnerSQL, int64(store.ID), merchant); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{store: store.ID, by: by, action: "storeCreate", subject: store.NodeID().String(), detail: map[string]any{"handle": store.Handle}})
	})
	if err != nil {
		return nil, err
	}
	return store, nil
}

func checkStoreCount(ctx context.Context, tx *sqlx.Tx, merchant int64) error {
	var owned int
	if err := tx.GetContext(ctx, &owned, countStoresSQL, merchant); err != nil {
		return err
	}
	if owned >= commerce.MaxStores {
		return commerce.Refuse(commerce.RefusalTooMany, nil, "You own %d stores, as many as one merchant may.", owned)
	}
	return nil
}

const lockedStoreSQL = `SELECT ` + storeColumns + ` FROM stores s WHERE s.id = $1 FOR NO KEY UPDATE`

const changeStoreSQL = `
UPDATE stores AS s SET name = coalesce($2, name), handle = coalesce($3, handle), description = coalesce($4, description),
    accent_color = CASE WHEN $5::text IS NULL THEN accent_color ELSE nullif($5, '') END, time_zone = coalesce($6, time_zone)
WHERE s.id = $1 AND NOT EXISTS (SELECT 1 FROM stores taken WHERE taken.handle = $3 AND taken.id <> $1)
RETURNING ` + storeColumns

// ChangeStore changes a store.
func (d *DB) ChangeStore(ctx context.Context, by commerce.Author, id commerce.StoreID, in commerce.StoreChange) (*commerce.Store, error) {
	return d.editStore(ctx, auditEntry{store: id, by: by, action: "storeUpdate", detail: map[string]any{
		"name": in.Name, "handle": in.Handle, "description": in.Description != nil, "accentColor": in.AccentColor, "timeZone": in.TimeZone,
	}}, func(tx *sqlx.Tx, store *commerce.Store) (*commerce.Store, error) {
		if err := in.Check(store).Err(); err != nil {
			return nil, err
		}
		changed, err := storeIn(ctx, tx, changeStoreSQL, int64(id), in.Name, in.Handle, in.Description, in.AccentColor, in.TimeZone)
		if changed == nil && err == nil {
			err = commerce.Refuse(commerce.RefusalTaken, []any{"input", "handle"}, "Another store has the handle %q.", *in.Handle)
		}
		return changed, err
	})
}

const setStoreStatusSQL = `UPDATE stores AS s SET status = $2 WHERE s.id = $1 RETURNING ` + storeColumns

// SetStoreStatus shows a store to buyers or hides it from them.
func (d *DB) SetStoreStatus(ctx context.Context, by commerce.Author, id commerce.StoreID, status commerce.StoreStatus) (*commerce.Store, error) {
	action := "storePublish"
	if status == commerce.StoreDraft {
		action = "storeUnpublish"
	}
	return d.editStore(ctx, auditEntry{store: id, by: by, action: action}, func(tx *sqlx.Tx, _ *commerce.Store) (*commerce.Store, error) {
		return storeIn(ctx, tx, setStoreStatusSQL, int64(id), status)
	})
}

// editStore changes one store, which stays locked meanwhile, and writes down who did. Code NOT_FOUND for one that is gone.
func (d *DB) editStore(ctx context.Context, entry auditEntry, edit func(*sqlx.Tx, *commerce.Store) (*commerce.Store, error)) (*commerce.Store, error) {
	var changed *commerce.Store
	err := mutate(ctx, d, entry.store, &changed, func(tx *sqlx.Tx) error {
		store, err := lockedStore(ctx, tx, entry.store)
		if err != nil {
			return err
		}
		if changed, err = edit(tx, store); err != nil {
			return err
		}
		entry.subject = store.NodeID().String()
		return audit(ctx, tx, entry)
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// storeIn runs a statement of a transaction that yields at most one store; nil without one.
func storeIn(ctx context.Context, tx *sqlx.Tx, text string, args ...any) (*commerce.Store, error) {
	var store *commerce.Store
	err := scanIn(ctx, tx, func(r *row) { store = scanStore(r) }, text, args...)
	return store, err
}

// lockedStore reads a store, which stays locked until the transaction ends. Code STORE_NOT_FOUND.
func lockedStore(ctx context.Context, tx *sqlx.Tx, id commerce.StoreID) (*commerce.Store, error) {
	store, err := storeIn(ctx, tx, lockedStoreSQL, int64(id))
	if store == nil && err == nil {
		err = commerce.ErrStoreNotFound
	}
	return store, err
}
