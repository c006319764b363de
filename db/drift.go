package db

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

const nextProductsSQL = `
SELECT store_id, id FROM products
WHERE (store_id, id) > ($1::bigint, $2::bigint) AND (store_id, id) <= ($3::bigint, $4::bigint)
ORDER BY store_id, id LIMIT $5`

// NextProducts reads the keys of the next products of all stores.
func (d *DB) NextProducts(ctx context.Context, after, to commerce.ProductRef, limit int) ([]commerce.ProductRef, error) {
	refs := make([]commerce.ProductRef, 0, limit)
	err := d.eachFresh(ctx, func(r *row) {
		refs = append(refs, commerce.ProductRef{Store: commerce.StoreID(r.int()), ID: commerce.ProductID(r.int())})
	}, nextProductsSQL, int64(after.Store), int64(after.ID), int64(to.Store), int64(to.ID), limit)
	return refs, err
}

const countProductsSQL = `
SELECT store_id, count(*) FROM products
WHERE store_id > $1 AND store_id <= $2 AND status = 'ACTIVE' AND published_at IS NOT NULL
GROUP BY store_id ORDER BY store_id LIMIT $3`

// CountProducts counts what of the next stores belongs into the index.
func (d *DB) CountProducts(ctx context.Context, after, to commerce.StoreID, limit int) ([]commerce.StoreCount, error) {
	counts := make([]commerce.StoreCount, 0, limit)
	err := d.eachFresh(ctx, func(r *row) {
		counts = append(counts, commerce.StoreCount{Store: commerce.StoreID(r.int()), Products: int(r.int())})
	}, countProductsSQL, int64(after), int64(to), limit)
	return counts, err
}

const emitSQL = `SELECT pg_logical_emit_message(true, $1, $2)`

// redoRun is the name of no walk: a walk's is random.
const redoRun = "redo"

// EmitRedo writes one transactional message with the products into the log.
func (d *DB) EmitRedo(ctx context.Context, refs []commerce.ProductRef) error {
	var text strings.Builder
	text.WriteString(redoRun)
	separator := ":"
	for _, r := range refs {
		text.WriteString(separator + strconv.FormatInt(int64(r.Store), 10) + "-" + strconv.FormatInt(int64(r.ID), 10))
		separator = ","
	}
	return d.exec(ctx, emitSQL, commerce.ResyncPrefix, text.String())
}

// sweepSQL has one row, also before the first sweep. The number of products is what the planner believes.
const sweepSQL = `
SELECT coalesce(w.store_id, 0), coalesce(w.product_id, 0), coalesce(w.began_at, 'epoch'), coalesce(w.next_at, 'epoch'), w.last_began_at, w.last_ended_at,
    greatest(c.reltuples, 0)::bigint
FROM pg_class c LEFT JOIN search_sweeps w ON w.slot = $1
WHERE c.oid = 'products'::regclass`

// IndexSweep reads how far the sweep over the index of a slot is.
func (d *DB) IndexSweep(ctx context.Context, slot string) (s commerce.Sweep, products int, err error) {
	var began, ended *time.Time
	err = d.row(ctx, []any{&s.After.Store, &s.After.ID, &s.Began, &s.Next, &began, &ended, &products}, sweepSQL, slot)
	if began != nil && ended != nil {
		s.LastBegan, s.LastEnded = *began, *ended
	}
	return s, products, err
}

const saveSweepSQL = `
INSERT INTO search_sweeps (slot, store_id, product_id, began_at, next_at, last_began_at, last_ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (slot) DO UPDATE SET (store_id, product_id, began_at, next_at, last_began_at, last_ended_at) =
    (EXCLUDED.store_id, EXCLUDED.product_id, EXCLUDED.began_at, EXCLUDED.next_at, EXCLUDED.last_began_at, EXCLUDED.last_ended_at)`

// SaveIndexSweep writes how far the sweep over the index of a slot is.
func (d *DB) SaveIndexSweep(ctx context.Context, slot string, s commerce.Sweep) error {
	var began, ended *time.Time
	if !s.LastEnded.IsZero() {
		began, ended = &s.LastBegan, &s.LastEnded
	}
	return d.exec(ctx, saveSweepSQL, slot, int64(s.After.Store), int64(s.After.ID), s.Began, s.Next, began, ended)
}
