package db

import (
	"context"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const addDeadLetterSQL = `
INSERT INTO search_dead_letters AS l (store_id, product_id, index_name, version, error_type, reason)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (store_id, product_id, index_name) DO UPDATE SET (version, error_type, reason, last_seen, attempts) =
    (EXCLUDED.version, EXCLUDED.error_type, EXCLUDED.reason, now(), l.attempts + 1)
RETURNING attempts = 1`

// longestReason bounds what is kept of the engine's words, which can quote the whole document.
const longestReason = 2000

// AddDeadLetter notes a document that an index refuses.
func (d *DB) AddDeadLetter(ctx context.Context, l commerce.DeadLetter) (bool, error) {
	var added bool
	err := d.row(ctx, []any{&added}, addDeadLetterSQL, int64(l.Ref.Store), int64(l.Ref.ID), l.Index, l.Version,
		engineWords(l.ErrorType), engineWords(l.Reason))
	return added, err
}

// engineWords makes a text of the search engine one that Postgres takes.
func engineWords(s string) string {
	if len(s) > longestReason {
		s = s[:longestReason]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

const dropDeadLettersSQL = `
WITH dropped AS (
    DELETE FROM search_dead_letters l USING unnest($2::bigint[], $3::bigint[]) AS k (store_id, product_id)
    WHERE l.store_id = k.store_id AND l.product_id = k.product_id AND l.index_name = $1
    RETURNING 1
)
SELECT count(*) FROM dropped`

// DropDeadLetters forgets documents that an index has taken.
func (d *DB) DropDeadLetters(ctx context.Context, index string, refs []commerce.ProductRef) (int, error) {
	var n int
	err := d.row(ctx, []any{&n}, dropDeadLettersSQL, index, productStores(refs), productIDs(refs))
	return n, err
}

const refusedSQL = `
SELECT l.store_id, l.product_id FROM unnest($2::bigint[], $3::bigint[]) AS k (store_id, product_id)
JOIN search_dead_letters l ON l.store_id = k.store_id AND l.product_id = k.product_id AND l.index_name = $1`

// RefusedBy finds those of some products whose documents an index refuses.
func (d *DB) RefusedBy(ctx context.Context, index string, refs []commerce.ProductRef) ([]commerce.ProductRef, error) {
	var refused []commerce.ProductRef
	err := d.tryTx(ctx, nil, func(tx *sqlx.Tx) error {
		return eachIn(ctx, tx, func(rows *sqlx.Rows) error {
			var r commerce.ProductRef
			err := rows.Scan(&r.Store, &r.ID)
			refused = append(refused, r)
			return err
		}, refusedSQL, index, productStores(refs), productIDs(refs))
	})
	return refused, fault(ctx, err)
}

const dropDeadIndexSQL = `DELETE FROM search_dead_letters WHERE index_name = $1`

// DropDeadIndex forgets all documents of an index that is gone.
func (d *DB) DropDeadIndex(ctx context.Context, index string) error {
	return d.exec(ctx, dropDeadIndexSQL, index)
}

const countDeadLettersSQL = `SELECT index_name, count(*) FROM search_dead_letters GROUP BY index_name`

// CountDeadLetters counts the documents that are refused, by index.
func (d *DB) CountDeadLetters(ctx context.Context) (map[string]int, error) {
	counts := make(map[string]int)
	err := d.tryTx(ctx, nil, func(tx *sqlx.Tx) error {
		return eachIn(ctx, tx, func(rows *sqlx.Rows) error {
			var index string
			var n int
			err := rows.Scan(&index, &n)
			counts[index] = n
			return err
		}, countDeadLettersSQL)
	})
	return counts, fault(ctx, err)
}

// emitDeadLettersSQL asks for the next refused documents anew, each once however many indexes refuse it.
const emitDeadLettersSQL = `
WITH next AS (
    SELECT DISTINCT store_id, product_id FROM search_dead_letters WHERE (store_id, product_id) > ($1::bigint, $2::bigint)
    ORDER BY store_id, product_id LIMIT $3
), emitted AS (
    SELECT pg_logical_emit_message(true, $4, $5 || ':' || string_agg(store_id || '-' || product_id, ',' ORDER BY store_id, product_id))
    FROM next HAVING count(*) > 0
)
SELECT coalesce(max(store_id), 0), coalesce((SELECT product_id FROM next ORDER BY store_id DESC, product_id DESC LIMIT 1), 0), count(*),
    (SELECT count(*) FROM emitted)
FROM next`

// EmitDeadLetters writes one transactional message with the next refused documents after r.After into the log, so that they
// are built and written anew, and returns the last of them and how many there were: 0, and no message, at the end.
func (d *DB) EmitDeadLetters(ctx context.Context, r commerce.Resync) (commerce.ProductRef, int, error) {
	var last commerce.ProductRef
	var n, emitted int
	err := d.row(ctx, []any{&last.Store, &last.ID, &n, &emitted}, emitDeadLettersSQL,
		int64(r.After.Store), int64(r.After.ID), r.Limit, commerce.ResyncPrefix, r.Run)
	return last, n, err
}
