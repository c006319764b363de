package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// walkColumns are read by scanWalk.
const walkColumns = `generation, run, steps, after_store_id, after_product_id, whole, products, total, refused, live_at IS NOT NULL,
    extract(epoch FROM coalesce(live_at, now()) - started_at)`

const walkSQL = `SELECT ` + walkColumns + ` FROM search_walks WHERE slot = $1`

// Walk reads how far the last walk is.
func (d *DB) Walk(ctx context.Context, slot string) (commerce.Walk, error) {
	w, err := d.walkRow(ctx, walkSQL, slot)
	if errors.Is(err, sql.ErrNoRows) {
		return commerce.Walk{}, nil
	}
	return w, err
}

const beginWalkSQL = `
INSERT INTO search_walks (slot, generation, run, total) SELECT $1, $2, $3, count(*) FROM products
ON CONFLICT (slot) DO UPDATE SET (generation, run, steps, after_store_id, after_product_id, whole, products, total, refused,
    started_at, live_at, updated_at) = (EXCLUDED.generation, EXCLUDED.run, 0, 0, 0, false, 0, EXCLUDED.total, '', now(), NULL, now())
RETURNING ` + walkColumns

// BeginWalk notes a walk that has no steps yet.
func (d *DB) BeginWalk(ctx context.Context, slot string, generation int, run string) (commerce.Walk, error) {
	return d.walkRow(ctx, beginWalkSQL, slot, generation, run)
}

// stepWalkSQL writes the next products' keys into the log, as "run/step:store-product,store-product", and notes it.
//
//nolint:gosec // it holds no credentials
const stepWalkSQL = `
WITH next AS (
    SELECT store_id, id FROM products WHERE (store_id, id) > ($3::bigint, $4::bigint) ORDER BY store_id, id LIMIT $5
), last AS (
    SELECT store_id, id FROM next ORDER BY store_id DESC, id DESC LIMIT 1
), emitted AS (
    SELECT count(*) AS products, pg_logical_emit_message(true, $6, $7 || coalesce(string_agg(store_id || '-' || id, ',' ORDER BY store_id, id), ''))
    FROM next
)
UPDATE search_walks SET steps = $8, after_store_id = coalesce((SELECT store_id FROM last), after_store_id),
    after_product_id = coalesce((SELECT id FROM last), after_product_id), products = search_walks.products + emitted.products,
    whole = emitted.products < $5, updated_at = now()
FROM emitted WHERE slot = $1 AND run = $2 AND steps = $8::integer - 1
RETURNING generation, run, steps, after_store_id, after_product_id, whole, search_walks.products, total, refused, live_at IS NOT NULL,
    extract(epoch FROM now() - started_at)`

// StepWalk puts the next step of a walk into the log.
func (d *DB) StepWalk(ctx context.Context, slot string, w commerce.Walk, limit int) (commerce.Walk, error) {
	head := w.Run + "/" + strconv.Itoa(w.Steps+1) + ":"
	return d.walkRow(ctx, stepWalkSQL, slot, w.Run, int64(w.After.Store), int64(w.After.ID), limit, commerce.ResyncPrefix, head, w.Steps+1)
}

const endWalkSQL = `
UPDATE search_walks SET refused = $3, live_at = CASE WHEN $3 = '' THEN now() END, updated_at = now() WHERE slot = $1 AND generation = $2`

// EndWalk notes what became of the generation that a walk has filled.
func (d *DB) EndWalk(ctx context.Context, slot string, generation int, refused string) error {
	return d.exec(ctx, endWalkSQL, slot, generation, engineWords(refused))
}

func (d *DB) walkRow(ctx context.Context, text string, args ...any) (commerce.Walk, error) {
	var w commerce.Walk
	var seconds float64
	err := d.row(ctx, []any{
		&w.Generation, &w.Run, &w.Steps, &w.After.Store, &w.After.ID, &w.Whole, &w.Products, &w.Total, &w.Refused, &w.Live, &seconds,
	}, text, args...)
	w.Took = time.Duration(seconds * float64(time.Second))
	return w, err
}

// AskForRebuild asks the indexer for a new generation, and returns the name under which it answers.
func (d *DB) AskForRebuild(ctx context.Context) (id string, err error) {
	id = rand.Text()
	return id, d.exec(ctx, emitSQL, commerce.ReindexPrefix, id+" rebuild")
}

// AskForRollback asks the indexer to leave a generation for the one before, and returns the name under which it answers. When
// searches read another one by then, there is nothing to leave.
func (d *DB) AskForRollback(ctx context.Context, generation int) (id string, err error) {
	id = rand.Text()
	return id, d.exec(ctx, emitSQL, commerce.ReindexPrefix, fmt.Sprintf("%s rollback %d", id, generation))
}

const answerReindexSQL = `UPDATE search_sync_state SET request = $2, outcome = $3 WHERE slot = $1`

// AnswerReindex notes what became of what was asked for last.
func (d *DB) AnswerReindex(ctx context.Context, slot, id, outcome string) error {
	return d.exec(ctx, answerReindexSQL, slot, id, outcome)
}

const indexStateSQL = `
SELECT system_id, timeline, epoch, generation, (confirmed_lsn - '0/0')::bigint, (searchable_lsn - '0/0')::bigint,
    CASE WHEN acknowledged_lsn = confirmed_lsn THEN (acknowledged_lsn - '0/0')::bigint ELSE 0 END, request, outcome
FROM search_sync_state WHERE slot = $1`

// IndexState reads how far the index has come, zero when nothing was saved yet.
func (d *DB) IndexState(ctx context.Context, slot string) (commerce.IndexState, error) {
	var s commerce.IndexState
	err := d.row(ctx, []any{
		&s.SystemID, &s.Timeline, &s.Epoch, &s.Generation, &s.Confirmed, &s.Searchable, &s.Acknowledged, &s.Request, &s.Outcome,
	}, indexStateSQL, slot)
	if errors.Is(err, sql.ErrNoRows) {
		return commerce.IndexState{}, nil
	}
	return s, err
}
