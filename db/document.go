package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

// documentColumns build whole documents from current rows. Metafields and variants come as JSON arrays: one row for each
// product, however many it has. Only metafields that can be filtered by are read: of types that can, with values that are no texts to read,
// and no more than a product may have.
const documentColumns = `p.store_id, p.id, p.version, p.title, p.description_html, p.vendor, p.product_type, p.tags, p.published_at, p.created_at, p.popularity,
    (SELECT s.currency FROM stores s WHERE s.id = p.store_id),
    ARRAY(SELECT cp.collection_id FROM collection_products cp WHERE cp.store_id = p.store_id AND cp.product_id = p.id ORDER BY 1),
    ARRAY(SELECT o.name FROM product_options o WHERE o.store_id = p.store_id AND o.product_id = p.id ORDER BY o.position, o.id),
    coalesce((
        SELECT json_agg(json_build_object('namespace', f.namespace, 'key', f.key, 'type', f.type, 'value', f.value) ORDER BY f.namespace, f.key)
        FROM (
            SELECT m.namespace, m.key, m.type, m.value FROM metafields m
            WHERE m.store_id = p.store_id AND m.owner_kind = 'Product' AND m.owner_id = p.id AND m.visible
                AND m.type = ANY($3::text[]) AND octet_length(m.value) <= $4
            ORDER BY m.namespace, m.key LIMIT $5
        ) f), '[]'),
    coalesce((
        SELECT json_agg(json_build_object('sku', v.sku, 'barcode', v.barcode, 'price', v.price_minor, 'options', v.option_values,
            'available', ` + available + `) ORDER BY v.position, v.id)
        FROM product_variants v WHERE v.store_id = p.store_id AND v.product_id = p.id), '[]')`

const documentsSQL = `
SELECT ` + documentColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN products p ON p.store_id = k.store_id AND p.id = k.id
WHERE p.status = 'ACTIVE' AND p.published_at IS NOT NULL`

const storeDocumentsSQL = `
SELECT ` + documentColumns + `
FROM products p WHERE p.store_id = $1 AND p.status = 'ACTIVE' AND p.published_at IS NOT NULL ORDER BY p.id LIMIT $2`

// documentMetafields is which metafields become parts of documents.
func documentMetafields() []any {
	return []any{
		texts(commerce.FilterMetafieldTypes(), func(t commerce.MetafieldType) string { return string(t) }), commerce.MaxFilterValue, commerce.MaxMetafields,
	}
}

// StoreDocuments builds the documents of a whole store, at most limit, and tells where the log was before they were read. Code UNAVAILABLE.
func (d *DB) StoreDocuments(ctx context.Context, store commerce.StoreID, limit int) ([]*commerce.ProductDocument, commerce.LogPosition, error) {
	var docs []*commerce.ProductDocument
	var position commerce.LogPosition
	err := d.tryTx(ctx, &sql.TxOptions{ReadOnly: true}, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &position, positionSQL); err != nil {
			return err
		}
		return eachIn(ctx, tx, func(rows *sqlx.Rows) error {
			doc, err := scanDocument(rows)
			docs = append(docs, doc)
			return err
		}, storeDocumentsSQL, append([]any{int64(store), limit}, documentMetafields()...)...)
	})
	return docs, position, fault(ctx, err)
}

const snapshotSQL = `SELECT pg_current_snapshot()::text`

// ProductDocuments builds the documents of products in one snapshot of the primary that sees all the given transactions.
// The log shows a commit before other transactions can see it; a document built in between would be old for ever.
func (d *DB) ProductDocuments(ctx context.Context, xids []uint32, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.ProductDocument, error) {
	found := make(map[commerce.ProductRef]*commerce.ProductDocument, len(refs))
	err := d.tryTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, func(tx *sqlx.Tx) error {
		var snapshot string
		if err := tx.GetContext(ctx, &snapshot, snapshotSQL); err != nil {
			return err
		}
		if err := mustSee(snapshot, xids); err != nil {
			return err
		}
		if err := withCanary(ctx, tx, refs, found); err != nil {
			return err
		}
		return eachIn(ctx, tx, func(rows *sqlx.Rows) error {
			doc, err := scanDocument(rows)
			found[doc.Ref] = doc
			return err
		}, documentsSQL, append([]any{productStores(refs), productIDs(refs)}, documentMetafields()...)...)
	})
	if errors.Is(err, commerce.ErrNotVisible) {
		return nil, err
	}
	return found, fault(ctx, err)
}

// documentVariant is a variant as documentsSQL renders it.
type documentVariant struct {
	SKU       string   `json:"sku"`
	Barcode   string   `json:"barcode"`
	Price     int64    `json:"price"`
	Options   []string `json:"options"`
	Available bool     `json:"available"`
}

// documentMetafield is a metafield as documentsSQL renders it.
type documentMetafield struct {
	Namespace string                 `json:"namespace"`
	Key       string                 `json:"key"`
	Type      commerce.MetafieldType `json:"type"`
	Value     string                 `json:"value"`
}

// documentAttributes reads the metafields of a product.
func documentAttributes(rendered []byte) ([]commerce.DocumentAttribute, error) {
	var raw []documentMetafield
	err := json.Unmarshal(rendered, &raw)
	var attributes []commerce.DocumentAttribute
	for _, m := range raw {
		attributes = append(attributes, commerce.NewDocumentAttributes(m.Namespace, m.Key, m.Type, m.Value)...)
	}
	return attributes, err
}

func scanDocument(rows *sqlx.Rows) (*commerce.ProductDocument, error) {
	doc := &commerce.ProductDocument{}
	var html string
	var collections pq.Int64Array
	var names pq.StringArray
	var metafields, variants []byte
	if err := rows.Scan(&doc.Ref.Store, &doc.Ref.ID, &doc.RowVersion, &doc.Title, &html, &doc.Vendor, &doc.ProductType, (*pq.StringArray)(&doc.Tags),
		&doc.PublishedAt, &doc.CreatedAt, &doc.Popularity, &doc.Currency, &collections, &names, &metafields, &variants); err != nil {
		return doc, err
	}
	doc.Body = commerce.PlainText(html)
	for _, id := range collections {
		doc.Collections = append(doc.Collections, commerce.CollectionID(id))
	}
	var err error
	if doc.Attributes, err = documentAttributes(metafields); err != nil {
		return doc, fmt.Errorf("read the metafields of product %d of store %d: %w", doc.Ref.ID, doc.Ref.Store, err)
	}
	var raw []documentVariant
	if err := json.Unmarshal(variants, &raw); err != nil {
		return doc, fmt.Errorf("read the variants of product %d of store %d: %w", doc.Ref.ID, doc.Ref.Store, err)
	}
	var options slab[commerce.SelectedOption]
	doc.Variants = make([]commerce.DocumentVariant, len(raw))
	for i, v := range raw {
		doc.Variants[i] = commerce.DocumentVariant{
			SKU: v.SKU, Barcode: v.Barcode, PriceMinor: v.Price, Available: v.Available, Options: selectedOptions(&options, names, v.Options),
		}
	}
	return doc, nil
}

// mustSee returns ErrNotVisible when the snapshot does not see all transactions.
func mustSee(snapshot string, xids []uint32) error {
	seen, err := sees(snapshot, xids)
	if err == nil && !seen {
		return commerce.ErrNotVisible
	}
	return err
}

// sees reports whether a snapshot, as pg_current_snapshot() prints it (xmin:xmax:in,progress), sees all transactions.
// Transactions at or after xmax had not begun, those listed had not ended. The log carries the low 32 bits of the numbers,
// so they compare modulo 2^32, which is right as long as fewer than 2^31 transactions lie between.
func sees(snapshot string, xids []uint32) (bool, error) {
	parts := strings.Split(snapshot, ":")
	if len(parts) != 3 {
		return false, fmt.Errorf("snapshot %q has not the form xmin:xmax:list", snapshot)
	}
	xmax, err := strconv.ParseUint(parts[1], 10, 64)
	if err != nil {
		return false, fmt.Errorf("snapshot %q: %w", snapshot, err)
	}
	running := make(map[uint32]bool)
	for _, text := range strings.FieldsFunc(parts[2], func(r rune) bool { return r == ',' }) {
		xid, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return false, fmt.Errorf("snapshot %q: %w", snapshot, err)
		}
		running[uint32(xid)] = true
	}
	for _, xid := range xids {
		if int32(xid-uint32(xmax)) >= 0 || running[xid] {
			return false, nil
		}
	}
	return true, nil
}

const logStateSQL = `
SELECT (SELECT system_identifier FROM pg_control_system())::text,
    ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer,
    (pg_current_wal_flush_lsn() - '0/0')::bigint,
    s.slot_name IS NOT NULL, coalesce(s.active, false), coalesce((s.confirmed_flush_lsn - '0/0')::bigint, 0),
    (` + canarySQL + `)
FROM (VALUES (true)) AS one (row) LEFT JOIN pg_replication_slots s ON s.slot_name = $1`

// LogState reads the state of the primary's log and of the slot.
func (d *DB) LogState(ctx context.Context, slot string) (commerce.LogState, error) {
	var s commerce.LogState
	err := d.row(ctx, []any{&s.SystemID, &s.Timeline, &s.Flushed, &s.SlotExists, &s.SlotActive, &s.SlotConfirmed, &s.Beat}, logStateSQL, slot)
	return s, err
}

const slotStateSQL = `
SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint, coalesce((s.confirmed_flush_lsn - '0/0')::bigint, 0),
    coalesce((pg_current_wal_flush_lsn() - s.restart_lsn)::bigint, 0),
    CASE WHEN s.wal_status = 'lost' THEN 0 WHEN s.safe_wal_size IS NULL THEN -1 ELSE greatest(s.safe_wal_size, 0) END
FROM (VALUES (true)) AS one (row) LEFT JOIN pg_replication_slots s ON s.slot_name = $1`

// SlotState reads what the primary keeps of its log for the slot.
func (d *DB) SlotState(ctx context.Context, slot string) (commerce.SlotState, error) {
	var s commerce.SlotState
	err := d.row(ctx, []any{&s.Flushed, &s.Confirmed, &s.Retained, &s.Safe}, slotStateSQL, slot)
	return s, err
}

// It waits for this server's disk and for no standby: while one hangs, what is visible still has to be indexed. After a
// promotion the state of the old timeline is of no use.
const saveIndexStateSQL = `
INSERT INTO search_sync_state (slot, system_id, timeline, epoch, generation, confirmed_lsn, acknowledged_lsn, searchable_lsn)
SELECT $1, $2, $3::integer, $4::bigint, $5::integer, '0/0'::pg_lsn + $6::bigint, '0/0'::pg_lsn + $6::bigint, '0/0'::pg_lsn + $7::bigint
FROM set_config('synchronous_commit', 'local', true)
ON CONFLICT (slot) DO UPDATE SET (system_id, timeline, epoch, generation, confirmed_lsn, acknowledged_lsn, searchable_lsn, updated_at) =
    (EXCLUDED.system_id, EXCLUDED.timeline, EXCLUDED.epoch, EXCLUDED.generation, EXCLUDED.confirmed_lsn, EXCLUDED.acknowledged_lsn,
    EXCLUDED.searchable_lsn, now())`

// SaveIndexState writes how far the index has come.
func (d *DB) SaveIndexState(ctx context.Context, slot string, s commerce.IndexState) error {
	return d.exec(ctx, saveIndexStateSQL, slot, s.SystemID, s.Timeline, s.Epoch, s.Generation, s.Confirmed, s.Searchable)
}
