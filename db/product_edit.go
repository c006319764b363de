package db

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

// EditProduct changes one product, or makes it, in one transaction, and touches no row that need not change.
// Codes NOT_FOUND for a store that is gone, UNAVAILABLE.
func (d *DB) EditProduct(ctx context.Context, by commerce.Author, store *commerce.Store, e commerce.ProductEdit) (commerce.ProductRef, error) {
	ref := commerce.ProductRef{Store: store.ID}
	err := mutate(ctx, d, store.ID, &ref, func(tx *sqlx.Tx) error {
		id, err := editProduct(ctx, tx, by, store.ID, &e)
		ref.ID = commerce.ProductID(id)
		return err
	})
	return ref, err
}

func editProduct(ctx context.Context, tx *sqlx.Tx, by commerce.Author, store commerce.StoreID, e *commerce.ProductEdit) (int64, error) {
	if err := lockStore(ctx, tx, store); err != nil {
		return 0, err
	}
	old, err := readEdited(ctx, tx, store, e)
	if err != nil {
		return 0, err
	}
	if err := commerce.Stale(e.Expected, old.Version); err != nil {
		return 0, err
	}
	in := old.edited()
	if err := checkEdit(ctx, tx, store, e, old, &in); err != nil {
		return 0, err
	}
	u := &upsert{store: store}
	if u.add(old, &in) == commerce.OutcomeUnchanged {
		return old.ID, nil
	}
	if err := u.write(ctx, tx, stockReason{why: commerce.InventoryCorrection, by: by}); err != nil {
		return 0, err
	}
	id := old.ID
	if id == 0 {
		id = u.ids[in.Handle]
	}
	if err := redirect(ctx, tx, store, old, in.Handle); err != nil {
		return 0, err
	}
	subject := commerce.GlobalID{Kind: commerce.KindProduct, Store: store, ID: id}
	return id, audit(ctx, tx, auditEntry{
		store: store, by: by, action: e.Action, subject: subject.String(), detail: map[string]any{"handle": in.Handle, "version": old.Version + 1},
	})
}

// readEdited reads the product that an edit is about, which stays locked until the transaction ends. One that has no id yet is
// to be made.
func readEdited(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, e *commerce.ProductEdit) (*storedProduct, error) {
	var found []*storedProduct
	var err error
	switch {
	case e.ID != 0:
		found, err = readWhole(ctx, tx, store, storedProductSQL+forUpdate, int64(e.ID))
	case e.Handle != "":
		found, err = readWhole(ctx, tx, store, storedProductsSQL+forUpdate, pq.StringArray{e.Handle})
	}
	switch {
	case err != nil:
		return nil, err
	case len(found) > 0:
		return found[0], nil
	}
	if e.ID != 0 {
		return nil, e.Place(nil, productGone())
	}
	return &storedProduct{}, nil
}

func productGone() commerce.Refusals {
	var r commerce.Refusals
	r.Add(commerce.RefusalNotFound, []any{"id"}, "The store has no such product.")
	return r
}

// edited is the stored product as an edit changes it. It shares no memory with what was stored, which is compared with what comes
// of it. It adds the product to no collection, and leaves its stock alone.
func (p *storedProduct) edited() commerce.ProductInput {
	if p.ID == 0 {
		return commerce.NewProduct()
	}
	in := p.input()
	in.Collections = nil
	for _, o := range p.options {
		in.OptionIDs = append(in.OptionIDs, commerce.OptionID(o.ID))
	}
	for i, m := range p.media {
		in.Media[i].ID, in.Media[i].Width, in.Media[i].Height = commerce.MediaID(m.ID), m.Width, m.Height
	}
	for i, v := range p.variants {
		e := &in.Variants[i]
		e.ID, e.KeepQuantity, e.Options = commerce.VariantID(v.ID), true, slices.Clone(v.Options)
	}
	return in
}

// checkEdit applies the edit and refuses what cannot be stored, among it what other products of the store forbid.
func checkEdit(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, e *commerce.ProductEdit, old *storedProduct, in *commerce.ProductInput) error {
	made, refusals := e.Check(in)
	if len(refusals) > 0 {
		return refusals
	}
	var found commerce.Refusals
	if in.Handle != old.Handle {
		free, err := freeHandle(ctx, tx, freeProductHandleSQL, store, in.Handle)
		switch {
		case err != nil:
			return err
		case made:
			in.Handle = free
		case free != in.Handle:
			found.Add(commerce.RefusalTaken, []any{"handle"}, "Another product has the handle %.80q.", in.Handle)
		}
	}
	if e.UniqueSKUs {
		taken, err := takenSKUs(ctx, tx, store, old.ID, in)
		if err != nil {
			return err
		}
		found = append(found, in.TakenSKUs(taken)...)
	}
	return e.Place(in, found).Err()
}

const takenSKUsSQL = `
SELECT DISTINCT sku FROM product_variants WHERE store_id = $1 AND product_id <> $2 AND sku <> '' AND sku = ANY($3::text[])`

// takenSKUs are the SKUs of the product that other products of the store have.
func takenSKUs(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, product int64, in *commerce.ProductInput) ([]string, error) {
	var taken []string
	skus := texts(in.Variants, func(v commerce.VariantInput) string { return v.SKU })
	err := tx.SelectContext(ctx, &taken, takenSKUsSQL, int64(store), product, skus)
	return taken, err
}

const insertRedirectSQL = `
WITH own AS (DELETE FROM product_redirects WHERE store_id = $1 AND handle = $3)
INSERT INTO product_redirects (store_id, handle, product_id) VALUES ($1, $2, $4)
ON CONFLICT (store_id, handle) DO UPDATE SET product_id = EXCLUDED.product_id`

// redirect makes the handle that a product had lead to it. What led from the one that it has now leads nowhere any more.
func redirect(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, old *storedProduct, handle string) error {
	if old.ID == 0 || old.Handle == handle {
		return nil
	}
	_, err := tx.ExecContext(ctx, insertRedirectSQL, int64(store), old.Handle, handle, old.ID)
	return err
}

const lockProductSQL = `SELECT handle, version FROM products WHERE store_id = $1 AND id = $2 FOR UPDATE`

const deleteProductSQL = `DELETE FROM products WHERE store_id = $1 AND id = $2`

// DeleteProduct deletes a product with everything that belongs to it. Code UNAVAILABLE.
func (d *DB) DeleteProduct(ctx context.Context, by commerce.Author, store *commerce.Store, id commerce.ProductID, expected *int) error {
	return mutate(ctx, d, store.ID, &nothing{}, func(tx *sqlx.Tx) error {
		var handle string
		var version int
		switch err := tx.QueryRowxContext(ctx, lockProductSQL, int64(store.ID), int64(id)).Scan(&handle, &version); {
		case errors.Is(err, sql.ErrNoRows):
			return commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "The store has no such product.")
		case err != nil:
			return err
		}
		if err := commerce.Stale(expected, version); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, deleteProductSQL, int64(store.ID), int64(id)); err != nil {
			return err
		}
		subject := commerce.GlobalID{Kind: commerce.KindProduct, Store: store.ID, ID: int64(id)}
		return audit(ctx, tx, auditEntry{
			store: store.ID, by: by, action: "productDelete", subject: subject.String(), detail: map[string]any{"handle": handle},
		})
	})
}
