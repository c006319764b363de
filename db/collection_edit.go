package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// storedCollection is what an edit needs to know of the collection it is about. A new one has no id.
type storedCollection struct {
	ID        int64  `db:"id"`
	Handle    string `db:"handle"`
	Automatic bool   `db:"automatic"`
	SortOrder string `db:"sort_order"`
}

// A collection stays locked until the transaction ends, against other edits, not against products that come and go.
const lockCollectionSQL = `
SELECT id, handle, rule_set IS NOT NULL AS automatic, sort_order FROM collections WHERE store_id = $1 AND id = $2 FOR NO KEY UPDATE`

const lockCollectionByHandleSQL = `
SELECT id, handle, rule_set IS NOT NULL AS automatic, sort_order FROM collections WHERE store_id = $1 AND handle = $2 FOR NO KEY UPDATE`

// lockRulesSQL waits until nobody changes products of the store, and keeps it so: an automatic collection looks at all of them.
// The triggers would do it, but later, when two transactions could wait for each other.
const lockRulesSQL = `SELECT pg_advisory_xact_lock(hashtextextended('collection rules', store_id)) FROM (VALUES ($1::bigint)) AS s (store_id)`

const insertCollectionSQL = `
INSERT INTO collections (store_id, handle, title, description_html, image_url, image_alt, seo_title, seo_description, sort_order, rule_set, published_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN coalesce($11::boolean, true) THEN now() END)
RETURNING id`

const updateCollectionSQL = `
UPDATE collections SET handle = $2, title = $3, description_html = $4, image_url = $5, image_alt = $6, seo_title = $7, seo_description = $8,
    sort_order = $9, rule_set = $10,
    published_at = CASE WHEN $11::boolean IS NULL THEN published_at WHEN $11 THEN least(coalesce(published_at, now()), now()) END
WHERE store_id = $1 AND id = $12
RETURNING id`

// SetCollection makes or replaces a collection in one transaction. Somebody who takes the handle at the same moment makes it run
// again, and find it taken.
func (d *DB) SetCollection(ctx context.Context, by commerce.Author, store *commerce.Store, e commerce.CollectionEdit) (commerce.CollectionRef, error) {
	ref := commerce.CollectionRef{Store: store.ID}
	if err := e.Check(store.Currency).Err(); err != nil {
		return ref, err
	}
	rules, err := encodeRules(e.Rules, store.Currency)
	if err != nil {
		return ref, err
	}
	err = mutate(ctx, d, store.ID, &ref, func(tx *sqlx.Tx) error {
		old, err := editedCollection(ctx, tx, store.ID, &e)
		if err != nil {
			return err
		}
		handle, err := collectionHandle(ctx, tx, store.ID, old, &e)
		if err != nil {
			return err
		}
		if old.Automatic || e.Rules != nil {
			if _, err := tx.ExecContext(ctx, lockRulesSQL, int64(store.ID)); err != nil {
				return err
			}
		}
		values := []any{
			int64(store.ID), handle, e.Title, e.DescriptionHTML, e.ImageURL, e.ImageAlt, e.SEOTitle, e.SEODescription, e.Order(), rules, e.Published,
		}
		text := insertCollectionSQL
		if old.ID != 0 {
			text, values = updateCollectionSQL, append(values, old.ID)
		}
		if err := tx.GetContext(ctx, &ref.ID, text, values...); err != nil {
			return err
		}
		if err := redirectCollection(ctx, tx, ref, old.Handle, handle); err != nil {
			return err
		}
		return auditCollection(ctx, tx, by, ref, "collectionSet", map[string]any{"handle": handle, "created": old.ID == 0})
	})
	return ref, err
}

// editedCollection finds and locks the collection that an edit is about, none when it is to be made.
func editedCollection(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, e *commerce.CollectionEdit) (storedCollection, error) {
	var old storedCollection
	var err error
	switch {
	case e.ID != nil:
		return lockedCollection(ctx, tx, commerce.CollectionRef{Store: store, ID: *e.ID})
	case e.Handle != nil:
		err = tx.GetContext(ctx, &old, lockCollectionByHandleSQL, int64(store), *e.Handle)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return old, err
}

// lockedCollection locks a collection. One that the store does not have is refused.
func lockedCollection(ctx context.Context, tx *sqlx.Tx, ref commerce.CollectionRef) (storedCollection, error) {
	var c storedCollection
	err := tx.GetContext(ctx, &c, lockCollectionSQL, int64(ref.Store), int64(ref.ID))
	if errors.Is(err, sql.ErrNoRows) {
		err = commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "The store has no such collection.")
	}
	return c, err
}

// collectionHandle is the handle that the collection gets: the one it has, the one that was given, or one made from its title.
func collectionHandle(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, old storedCollection, e *commerce.CollectionEdit) (string, error) {
	wanted := old.Handle
	switch {
	case e.Handle != nil:
		wanted = *e.Handle
	case old.ID == 0:
		wanted = commerce.MadeHandle("collection", e.Title)
	}
	if wanted == old.Handle {
		return wanted, nil
	}
	free, err := freeHandle(ctx, tx, freeCollectionHandleSQL, store, wanted)
	if err != nil {
		return "", err
	}
	if e.Handle != nil && free != wanted {
		return "", commerce.Refuse(commerce.RefusalTaken, []any{"input", "handle"}, "Another collection has the handle %.80q.", wanted)
	}
	return free, nil
}

const deleteCollectionRedirectSQL = `DELETE FROM collection_redirects WHERE store_id = $1 AND handle = $2`

const insertCollectionRedirectSQL = `
INSERT INTO collection_redirects (store_id, handle, collection_id) VALUES ($1, $2, $3)
ON CONFLICT (store_id, handle) DO UPDATE SET collection_id = EXCLUDED.collection_id`

// redirectCollection makes the handle that a collection had lead to it. What led from the one it has now leads nowhere any more.
func redirectCollection(ctx context.Context, tx *sqlx.Tx, ref commerce.CollectionRef, old, handle string) error {
	if old == handle {
		return nil
	}
	if _, err := tx.ExecContext(ctx, deleteCollectionRedirectSQL, int64(ref.Store), handle); err != nil || old == "" {
		return err
	}
	_, err := tx.ExecContext(ctx, insertCollectionRedirectSQL, int64(ref.Store), old, int64(ref.ID))
	return err
}

func auditCollection(ctx context.Context, tx *sqlx.Tx, by commerce.Author, ref commerce.CollectionRef, action string, detail map[string]any) error {
	subject := commerce.GlobalID{Kind: commerce.KindCollection, Store: ref.Store, ID: int64(ref.ID)}
	return audit(ctx, tx, auditEntry{store: ref.Store, by: by, action: action, subject: subject.String(), detail: detail})
}

const deleteCollectionSQL = `DELETE FROM collections WHERE store_id = $1 AND id = $2`

// DeleteCollection deletes a collection. Its products stay.
func (d *DB) DeleteCollection(ctx context.Context, by commerce.Author, store commerce.StoreID, id commerce.CollectionID) error {
	ref := commerce.CollectionRef{Store: store, ID: id}
	return d.editCollection(ctx, ref, func(tx *sqlx.Tx, c storedCollection) error {
		if _, err := tx.ExecContext(ctx, deleteCollectionSQL, int64(store), int64(id)); err != nil {
			return err
		}
		return auditCollection(ctx, tx, by, ref, "collectionDelete", map[string]any{"handle": c.Handle})
	})
}

// editCollection changes a collection, which stays locked meanwhile.
func (d *DB) editCollection(ctx context.Context, ref commerce.CollectionRef, edit func(*sqlx.Tx, storedCollection) error) error {
	return mutate(ctx, d, ref.Store, &ref, func(tx *sqlx.Tx) error {
		c, err := lockedCollection(ctx, tx, ref)
		if err != nil {
			return err
		}
		return edit(tx, c)
	})
}
