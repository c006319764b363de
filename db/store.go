package db

import (
	"context"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const storeColumns = `s.id, s.handle, s.name, s.description, s.currency, s.status, s.created_at, s.updated_at`

func scanStore(rows *sqlx.Rows, more ...any) (*commerce.Store, error) {
	s := &commerce.Store{}
	err := rows.Scan(append([]any{&s.ID, &s.Handle, &s.Name, &s.Description, &s.Currency, &s.Status, &s.CreatedAt, &s.UpdatedAt}, more...)...)
	return s, err
}

const storesByIDSQL = `
SELECT ` + storeColumns + `
FROM stores s WHERE s.id = ANY($1::bigint[]) AND s.status = 'PUBLISHED'`

// StoresByID reads published stores.
func (d *DB) StoresByID(ctx context.Context, ids []commerce.StoreID) (map[commerce.StoreID]*commerce.Store, error) {
	found := make(map[commerce.StoreID]*commerce.Store, len(ids))
	err := d.each(ctx, func(rows *sqlx.Rows) error {
		s, err := scanStore(rows)
		found[s.ID] = s
		return err
	}, storesByIDSQL, column(ids, func(id commerce.StoreID) int64 { return int64(id) }))
	return found, err
}

const storesByHandleSQL = `
SELECT ` + storeColumns + `
FROM stores s WHERE s.handle = ANY($1::text[]) AND s.status = 'PUBLISHED'`

// StoresByHandle reads published stores.
func (d *DB) StoresByHandle(ctx context.Context, handles []string) (map[string]*commerce.Store, error) {
	found := make(map[string]*commerce.Store, len(handles))
	err := d.each(ctx, func(rows *sqlx.Rows) error {
		s, err := scanStore(rows)
		found[s.Handle] = s
		return err
	}, storesByHandleSQL, texts(handles, func(h string) string { return h }))
	return found, err
}

func storeOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{commerce.StoreSortID: byInt("s.id", "s.id")}
}

// Stores reads one page of the directory: the published stores whose name or handle contains each of the words.
func (d *DB) Stores(ctx context.Context, page commerce.Page, words string) (commerce.List[*commerce.Store], error) {
	p, err := newPaging(page, storeOrders(), 2)
	if err != nil {
		return commerce.List[*commerce.Store]{}, err
	}
	var items []commerce.Item[*commerce.Store]
	err = d.each(ctx, func(rows *sqlx.Rows) error {
		var value string
		s, err := scanStore(rows, &value)
		items = append(items, commerce.Item[*commerce.Store]{Node: s, Value: value, ID: int64(s.ID)})
		return err
	}, `
SELECT `+storeColumns+`, `+p.text+`
FROM stores s
WHERE s.status = 'PUBLISHED' AND s.name || ' ' || s.handle ILIKE ALL ($1::text[])`+p.where+p.orderBy,
		append([]any{patterns(words)}, p.args...)...)
	return commerce.NewList(page, items), err
}

const insertStoreSQL = `
INSERT INTO stores AS s (handle, name, currency, status) VALUES ($1, $2, $3, $4)
ON CONFLICT (handle) DO NOTHING
RETURNING ` + storeColumns

const anyStoreSQL = `SELECT ` + storeColumns + ` FROM stores s WHERE s.handle = $1`

// UpsertStore opens the store or returns the one with this handle as it stands.
func (d *DB) UpsertStore(ctx context.Context, in commerce.StoreInput) (*commerce.Store, bool, error) {
	if err := in.Validate(); err != nil {
		return nil, false, err
	}
	var store *commerce.Store
	var created bool
	scan := func(rows *sqlx.Rows) (err error) { store, err = scanStore(rows); return err }
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		store, created = nil, true
		if err := eachIn(ctx, tx, scan, insertStoreSQL, in.Handle, in.Name, in.Currency, in.Status); err != nil || store != nil {
			return err
		}
		created = false
		return eachIn(ctx, tx, scan, anyStoreSQL, in.Handle)
	})
	return store, created, err
}

// eachIn runs a statement of a transaction and hands every row to scan.
func eachIn(ctx context.Context, tx *sqlx.Tx, scan scanner, text string, args ...any) error {
	rows, err := tx.QueryxContext(ctx, text, args...)
	if err != nil {
		return err
	}
	_, err = eachRow(rows, scan)
	return err
}

const publishStoreSQL = `UPDATE stores SET status = 'PUBLISHED' WHERE id = $1 AND status <> 'PUBLISHED'`

// PublishStore shows the store to buyers.
func (d *DB) PublishStore(ctx context.Context, id commerce.StoreID) error {
	return d.exec(ctx, publishStoreSQL, int64(id))
}

// trimmed is a text column's value as the domain shows it: nil where the merchant wrote nothing.
func trimmed(s string) *string {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	return &s
}

// FindStore reads a store whatever its status, nil when there is none with this handle.
func (d *DB) FindStore(ctx context.Context, handle string) (*commerce.Store, error) {
	var store *commerce.Store
	err := d.each(ctx, func(rows *sqlx.Rows) (err error) { store, err = scanStore(rows); return err }, anyStoreSQL, handle)
	return store, err
}
