package main

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

// bare answers listDocument as somebody would by hand who needs nothing else: four prepared statements whose columns are
// those of the answer, and an encoder that appends. It reads no document, checks nothing and logs nothing. What any
// engine costs beside it is the price of being one.
type bare struct {
	db                               *sql.DB
	store, products, variants, media *sql.Stmt
}

// The statements of the bare handler. Their lists have the sizes that listDocument asks for.
const (
	bareStoreSQL    = `SELECT id, currency FROM stores WHERE handle = $1 AND status = 'PUBLISHED'`
	bareProductsSQL = `
SELECT id, handle, title, vendor, product_type, tags, published_at FROM products
WHERE store_id = $1 AND status = 'ACTIVE' AND published_at <= now() ORDER BY id LIMIT 21`
	bareVariantsSQL = `
SELECT k.ordinal, v.id, v.sku, v.price_minor, NOT v.inventory_tracked OR v.inventory_quantity > 0 OR v.inventory_policy = 'CONTINUE', o.names, v.option_values
FROM unnest($2::bigint[]) WITH ORDINALITY AS k (id, ordinal)
CROSS JOIN LATERAL (SELECT array_agg(o.name ORDER BY o.position, o.id) AS names FROM product_options o WHERE o.store_id = $1 AND o.product_id = k.id) o
CROSS JOIN LATERAL (
    SELECT v.id, v.sku, v.price_minor, v.inventory_tracked, v.inventory_quantity, v.inventory_policy, v.option_values
    FROM product_variants v WHERE v.store_id = $1 AND v.product_id = k.id ORDER BY v.position, v.id LIMIT 3
) v`
	bareMediaSQL = `
SELECT k.ordinal, m.id, m.url, m.alt
FROM unnest($2::bigint[]) WITH ORDINALITY AS k (id, ordinal)
CROSS JOIN LATERAL (
    SELECT m.id, m.url, m.alt FROM product_media m WHERE m.store_id = $1 AND m.product_id = k.id ORDER BY m.position, m.id LIMIT 2
) m`
)

func newBare(ctx context.Context, url string) (*bare, error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return nil, err
	}
	const connections = 16 // as many as Kirana's pool
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	b := &bare{db: db}
	for text, into := range map[string]**sql.Stmt{
		bareStoreSQL: &b.store, bareProductsSQL: &b.products, bareVariantsSQL: &b.variants, bareMediaSQL: &b.media,
	} {
		if *into, err = db.PrepareContext(ctx, text); err != nil { //nolint:sqlclosecheck // kept until the process ends
			return nil, errors.Join(err, db.Close())
		}
	}
	return b, nil
}

func (b *bare) close() error { return b.db.Close() }

// ServeHTTP answers listDocument, whatever the request says.
func (b *bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return // the client has gone
	}
	body, err := b.list(r.Context(), "http://"+r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) //nolint:gosec // JSON, its texts escaped; and when the client has gone there is nobody left to tell
}

// bareProduct is a product with its variants and pictures, which are JSON already.
type bareProduct struct {
	id                                 int64
	handle, title, vendor, productType string
	tags                               pq.StringArray
	publishedAt                        time.Time
	variants, media                    []byte
}

func (b *bare) list(ctx context.Context, base string) ([]byte, error) {
	var store commerce.StoreID
	var currency commerce.Currency
	if err := b.store.QueryRowContext(ctx, benchHandle).Scan(&store, &currency); err != nil {
		return nil, err
	}
	products, err := b.readProducts(ctx, store)
	if err != nil {
		return nil, err
	}
	more := len(products) > 20
	products = products[:min(len(products), 20)]
	ids := make(pq.Int64Array, len(products))
	for i, p := range products {
		ids[i] = p.id
	}
	if err := b.readVariants(ctx, store, currency, ids, products); err != nil {
		return nil, err
	}
	if err := b.readMedia(ctx, store, base, ids, products); err != nil {
		return nil, err
	}
	return appendList(make([]byte, 0, 32<<10), store, products, more), nil
}

func (b *bare) readProducts(ctx context.Context, store commerce.StoreID) ([]bareProduct, error) {
	products := make([]bareProduct, 0, 21)
	err := eachRow(ctx, b.products, func(rows *sql.Rows) error {
		var p bareProduct
		err := rows.Scan(&p.id, &p.handle, &p.title, &p.vendor, &p.productType, &p.tags, &p.publishedAt)
		products = append(products, p)
		return err
	}, store)
	return products, err
}

func (b *bare) readVariants(ctx context.Context, store commerce.StoreID, currency commerce.Currency, ids pq.Int64Array, products []bareProduct) error {
	return eachRow(ctx, b.variants, func(rows *sql.Rows) error {
		var ordinal, id, price int64
		var sku string
		var available bool
		var names, values pq.StringArray
		if err := rows.Scan(&ordinal, &id, &sku, &price, &available, &names, &values); err != nil {
			return err
		}
		p := &products[ordinal-1]
		p.variants = appendVariant(p.variants, store, id, sku, commerce.Money{Minor: price, Currency: currency}, available, names, values)
		return nil
	}, store, ids)
}

func (b *bare) readMedia(ctx context.Context, store commerce.StoreID, base string, ids pq.Int64Array, products []bareProduct) error {
	return eachRow(ctx, b.media, func(rows *sql.Rows) error {
		var ordinal, id int64
		var url, alt string
		if err := rows.Scan(&ordinal, &id, &url, &alt); err != nil {
			return err
		}
		if strings.HasPrefix(url, "/") {
			url = base + url
		}
		p := &products[ordinal-1]
		p.media = appendMedia(p.media, store, id, url, alt)
		return nil
	}, store, ids)
}

// eachRow runs a prepared statement and hands every row to scan.
func eachRow(ctx context.Context, s *sql.Stmt, scan func(*sql.Rows) error, args ...any) error {
	rows, err := s.QueryContext(ctx, args...)
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
