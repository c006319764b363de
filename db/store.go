package db

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const storeColumns = `s.id, s.handle, s.name, s.description, s.currency, s.status, coalesce(s.accent_color, ''), s.time_zone, s.logo_url,
    (date_part('epoch', s.created_at) * 1000000)::bigint, (date_part('epoch', s.updated_at) * 1000000)::bigint`

func scanStore(r *row) *commerce.Store {
	return &commerce.Store{
		ID: commerce.StoreID(r.int()), Handle: r.text(), Name: r.text(), Description: r.text(), Currency: commerce.Currency(r.text()),
		Status: commerce.StoreStatus(r.text()), AccentColor: r.text(), TimeZone: r.text(), LogoURL: r.text(), CreatedAt: r.moment(), UpdatedAt: r.moment(),
	}
}

const storesByIDSQL = `
SELECT ` + storeColumns + `
FROM stores s WHERE s.id = ANY($1::bigint[]) AND (s.status = 'PUBLISHED' OR s.id = ANY($2::bigint[]))`

// StoresByID reads stores.
func (v View) StoresByID(ctx context.Context, ids []commerce.StoreID) (map[commerce.StoreID]*commerce.Store, error) {
	found := make(map[commerce.StoreID]*commerce.Store, len(ids))
	err := v.each(ctx, func(r *row) {
		s := scanStore(r)
		found[s.ID] = s
	}, storesByIDSQL, bigints(ids, func(id commerce.StoreID) int64 { return int64(id) }), v.own)
	return found, err
}

const storesByHandleSQL = `
SELECT ` + storeColumns + `
FROM stores s WHERE s.handle = ANY($1::text[]) AND (s.status = 'PUBLISHED' OR s.id = ANY($2::bigint[]))`

// StoresByHandle reads stores.
func (v View) StoresByHandle(ctx context.Context, handles []string) (map[string]*commerce.Store, error) {
	found := make(map[string]*commerce.Store, len(handles))
	err := v.each(ctx, func(r *row) {
		s := scanStore(r)
		found[s.Handle] = s
	}, storesByHandleSQL, texts(handles, func(h string) string { return h }), v.own)
	return found, err
}

func storeOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{commerce.StoreSortID: byInt("s.id", "s.id")}
}

func storeList() list {
	return newList(storeOrders(), 0, ` AND s.name || ' ' || s.handle ILIKE ALL ($%d::text[])`, func(_ reading, s sorting, where, orderBy string) string {
		return `
SELECT ` + s.value + `, ` + storeColumns + `
FROM stores s
WHERE s.status = 'PUBLISHED'` + where + orderBy
	})
}

// Stores reads one page of the directory: the published stores whose name or handle contains each of the words.
func (v View) Stores(ctx context.Context, page commerce.Page, words string) (commerce.List[*commerce.Store], error) {
	text, args, err := v.lists.stores.read(asked{page: page, words: words})
	if err != nil {
		return commerce.List[*commerce.Store]{}, err
	}
	var items []commerce.Item[*commerce.Store]
	err = v.each(ctx, func(r *row) {
		value := r.place()
		s := scanStore(r)
		items = append(items, commerce.Item[*commerce.Store]{Node: s, Value: value, ID: int64(s.ID)})
	}, text, args...)
	return commerce.NewList(page, items), err
}

const insertStoreSQL = `
INSERT INTO stores AS s (handle, name, currency, status, description, accent_color, time_zone) VALUES ($1, $2, $3, $4, $5, nullif($6, ''), $7)
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
	err := d.inTx(ctx, func(tx *sqlx.Tx) (err error) {
		created = true
		if store, err = storeIn(ctx, tx, insertStoreSQL, in.Handle, in.Name, in.Currency, in.Status, in.Description, in.AccentColor, commerce.DefaultTimeZone(in.Currency)); err != nil || store != nil {
			return err
		}
		created = false
		store, err = storeIn(ctx, tx, anyStoreSQL, in.Handle)
		return err
	})
	return store, created, err
}

// scanIn runs a statement of a transaction and hands every row to scan, as each does with those of reads.
func scanIn(ctx context.Context, tx *sqlx.Tx, scan scanner, text string, args ...any) error {
	return eachIn(ctx, tx, func(rows *sqlx.Rows) error {
		values, err := rows.SliceScan()
		if err != nil {
			return err
		}
		r := newRow(len(values))
		for i, v := range values {
			r.values[i] = v
		}
		return r.scan(scan)
	}, text, args...)
}

// eachIn runs a statement of a transaction and hands every row to scan.
func eachIn(ctx context.Context, tx *sqlx.Tx, scan func(*sqlx.Rows) error, text string, args ...any) error {
	rows, err := tx.QueryxContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err below reports what Close would
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

const publishStoreSQL = `UPDATE stores SET status = 'PUBLISHED' WHERE id = $1 AND status <> 'PUBLISHED'`

// PublishStore shows the store to buyers.
func (d *DB) PublishStore(ctx context.Context, id commerce.StoreID) error {
	return d.exec(ctx, publishStoreSQL, int64(id))
}

// FindStore reads a store whatever its status, nil when there is none with this handle.
func (d *DB) FindStore(ctx context.Context, handle string) (*commerce.Store, error) {
	var store *commerce.Store
	err := d.each(ctx, func(r *row) { store = scanStore(r) }, anyStoreSQL, handle)
	return store, err
}
