package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

// lockStoreSQL lets one upsert of a store run at a time: two that create the same products or collections would else wait
// for each other's new rows, in whatever order they come. Readers and other writers of the store are not held up.
const lockStoreSQL = `SELECT id FROM stores WHERE id = $1 FOR NO KEY UPDATE`

// UpsertProducts creates or replaces products by handle in one transaction, and touches no row that need not change.
// Codes BAD_USER_INPUT, NOT_FOUND for a store that is gone, UNAVAILABLE.
func (d *DB) UpsertProducts(ctx context.Context, store *commerce.Store, in []commerce.ProductInput) ([]commerce.UpsertOutcome, error) {
	if err := checkInputs(store.ID, in); err != nil {
		return nil, err
	}
	var outcomes []commerce.UpsertOutcome
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		if err := lockStore(ctx, tx, store.ID); err != nil {
			return err
		}
		plan, err := planUpsert(ctx, tx, store.ID, in, true)
		if err != nil {
			return err
		}
		outcomes = plan.outcomes
		return plan.write(ctx, tx, stockReason{why: commerce.InventoryImported})
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

// lockStore holds other upserts of the store up until the transaction ends.
func lockStore(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID) error {
	var id int64
	err := tx.GetContext(ctx, &id, lockStoreSQL, int64(store))
	if errors.Is(err, sql.ErrNoRows) {
		return &commerce.Error{Code: commerce.CodeNotFound, Message: "The store does not exist any more."}
	}
	return err
}

// CompareProducts tells what UpsertProducts would do, and writes nothing.
func (d *DB) CompareProducts(ctx context.Context, store *commerce.Store, in []commerce.ProductInput) ([]commerce.UpsertOutcome, error) {
	if err := checkInputs(store.ID, in); err != nil {
		return nil, err
	}
	var outcomes []commerce.UpsertOutcome
	err := d.tryTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, func(tx *sqlx.Tx) error {
		plan, err := planUpsert(ctx, tx, store.ID, in, false)
		if err == nil {
			outcomes = plan.outcomes
		}
		return err
	})
	return outcomes, fault(ctx, err)
}

// upsert is what has to be written for a batch of products, a list of rows for each statement.
type upsert struct {
	store    commerce.StoreID
	outcomes []commerce.UpsertOutcome
	// ids are those of the new products by handle, once they are written.
	ids map[string]int64

	newProducts     []productRow
	changedProducts []productRow
	movedProducts   []int64 // ids of products of which a part alone changed
	newOptions      []*optionRow
	changedOptions  []*optionRow
	newMedia        []*mediaRow
	changedMedia    []*mediaRow
	newVariants     []*variantRow
	changedVariants []*variantRow
	gone            goneRows
	members         []*memberRow
	metafields      []*inputMetafieldRow
	// restocked counts the changed variants that differ in their stock alone.
	restocked int
}

// goneRows are the ids of children that an input no longer has.
type goneRows struct{ options, media, variants []int64 }

// planUpsert reads what the store has of the batch and compares it with the inputs. With lock, the products stay locked
// until the transaction ends, in the order of their ids, against writers other than upserts.
func planUpsert(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, in []commerce.ProductInput, lock bool) (*upsert, error) {
	stored, err := readStored(ctx, tx, store, in, lock)
	if err != nil {
		return nil, err
	}
	return planAgainst(store, stored, in), nil
}

// planAgainst compares the inputs with what the store has of them.
func planAgainst(store commerce.StoreID, stored map[string]*storedProduct, in []commerce.ProductInput) *upsert {
	u := &upsert{store: store, outcomes: make([]commerce.UpsertOutcome, len(in))}
	for i := range in {
		old, exists := stored[in[i].Handle]
		if !exists {
			old = &storedProduct{}
		}
		u.outcomes[i] = u.add(old, &in[i])
	}
	return u
}

// add notes the rows of one product that differ, and tells what becomes of it.
func (u *upsert) add(old *storedProduct, in *commerce.ProductInput) commerce.UpsertOutcome {
	if old.ID == 0 {
		u.newProducts = append(u.newProducts, newProductRow(in, 0))
		u.compare(old, in)
		return commerce.OutcomeCreated
	}
	if u.compare(old, in) {
		return commerce.OutcomeUpdated
	}
	return commerce.OutcomeUnchanged
}

// compare notes the rows of one product that differ, and reports whether any does. When a part of the product does, its own row
// moves along, to the next version. Stock is no part, and neither are collections and metafields: they change on their own.
func (u *upsert) compare(old *storedProduct, in *commerce.ProductInput) bool {
	before, beforeParts := u.rows(), u.parts()
	u.compareOptions(old, in)
	u.compareMedia(old, in)
	u.compareVariants(old, in)
	u.compareMembers(old, in)
	u.compareMetafields(old, in)
	if old.ID != 0 {
		switch row := newProductRow(in, old.ID); {
		case !row.equal(old):
			u.changedProducts = append(u.changedProducts, row)
		case u.parts() != beforeParts:
			u.movedProducts = append(u.movedProducts, old.ID)
		}
	}
	return u.rows() != before
}

// parts counts what has been noted of products' parts.
func (u *upsert) parts() int { return u.rows() - len(u.members) - len(u.metafields) - u.restocked }

// rows counts what has been noted.
func (u *upsert) rows() int {
	return len(u.changedProducts) + len(u.movedProducts) + len(u.newOptions) + len(u.changedOptions) + len(u.newMedia) + len(u.changedMedia) +
		len(u.newVariants) + len(u.changedVariants) + len(u.gone.options) + len(u.gone.media) + len(u.gone.variants) + len(u.members) +
		len(u.metafields)
}

// write runs the statements: one for each kind of change that there is, however many rows it has. why is what the ledger says of stock.
func (u *upsert) write(ctx context.Context, tx *sqlx.Tx, why stockReason) error {
	if err := u.beginStock(ctx, tx, why); err != nil {
		return err
	}
	ids, err := u.insertProducts(ctx, tx)
	if err != nil {
		return err
	}
	u.ids = ids
	steps := []struct {
		sql  string
		rows any
		n    int
	}{
		{updateProductsSQL, u.changedProducts, len(u.changedProducts)},
		{moveProductsSQL, u.movedProducts, len(u.movedProducts)},
		{deleteOptionsSQL, u.gone.options, len(u.gone.options)},
		{deleteMediaSQL, u.gone.media, len(u.gone.media)},
		{deleteVariantsSQL, u.gone.variants, len(u.gone.variants)},
		{updateOptionsSQL, u.changedOptions, len(u.changedOptions)},
		{insertOptionsSQL, withProducts(u.newOptions, ids), len(u.newOptions)},
		{updateMediaSQL, u.changedMedia, len(u.changedMedia)},
		{insertMediaSQL, withProducts(u.newMedia, ids), len(u.newMedia)},
		{updateVariantsSQL, u.changedVariants, len(u.changedVariants)},
		{insertVariantsSQL, withProducts(u.newVariants, ids), len(u.newVariants)},
		{insertCollectionsSQL, withProducts(u.members, ids), len(u.members)},
		{insertMembersSQL, u.members, len(u.members)},
		{putMetafieldsSQL, withProducts(u.metafields, ids), len(u.metafields)},
	}
	for _, s := range steps {
		if s.n == 0 {
			continue
		}
		if err := execRows(ctx, tx, s.sql, u.store, s.rows); err != nil {
			return err
		}
	}
	return nil
}

// beginStock says why stock changes, and locks the variants that are there already, before any of them or its stock is written.
func (u *upsert) beginStock(ctx context.Context, tx *sqlx.Tx, why stockReason) error {
	if len(u.newVariants)+len(u.changedVariants)+len(u.gone.variants) == 0 {
		return nil
	}
	if err := explain(ctx, tx, why); err != nil {
		return err
	}
	ids := slices.Clone(pq.Int64Array(u.gone.variants))
	for _, v := range u.changedVariants {
		ids = append(ids, v.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, lockVariantsSQL, int64(u.store), ids)
	return err
}

// execRows hands a statement its rows as one JSON parameter, which Postgres unfolds into a table.
func execRows(ctx context.Context, tx *sqlx.Tx, text string, store commerce.StoreID, rows any) error {
	doc, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode rows: %w", err)
	}
	_, err = tx.ExecContext(ctx, text, int64(store), string(doc))
	return err
}

// insertProductsSQL makes products. What led from their handles to others leads nowhere any more.
const insertProductsSQL = `
WITH made AS (
INSERT INTO products (store_id, handle, title, description_html, vendor, product_type, tags, status, published_at, is_gift_card, seo_title, seo_description)
SELECT $1, r.handle, r.title, r.html, r.vendor, r.type, r.tags, r.status, CASE WHEN r.published THEN coalesce(r.published_at, now()) END, r.gift, r.seo_title, r.seo_description
FROM json_to_recordset($2::json) AS r (handle text, title text, html text, vendor text, type text, tags text[], status text, published boolean,
    published_at timestamptz, gift boolean, seo_title text, seo_description text)
RETURNING handle, id
), own AS (
    DELETE FROM product_redirects d USING made m WHERE d.store_id = $1 AND d.handle = m.handle
)
SELECT handle, id FROM made`

// insertProducts inserts the new products and returns their ids by handle.
func (u *upsert) insertProducts(ctx context.Context, tx *sqlx.Tx) (map[string]int64, error) {
	ids := make(map[string]int64, len(u.newProducts))
	if len(u.newProducts) == 0 {
		return ids, nil
	}
	doc, err := json.Marshal(u.newProducts)
	if err != nil {
		return nil, fmt.Errorf("encode products: %w", err)
	}
	err = eachIn(ctx, tx, func(rows *sqlx.Rows) error {
		var handle string
		var id int64
		err := rows.Scan(&handle, &id)
		ids[handle] = id
		return err
	}, insertProductsSQL, int64(u.store), string(doc))
	return ids, err
}

// child is a row that belongs to a product.
type child interface {
	productKey() (handle string, id *int64)
}

// withProducts fills in the ids of products that were inserted a moment ago.
func withProducts[T child](rows []T, ids map[string]int64) []T {
	for _, r := range rows {
		if handle, id := r.productKey(); *id == 0 {
			*id = ids[handle]
		}
	}
	return rows
}
