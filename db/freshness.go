package db

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// Freshness says how far the index has come that is fed through one replication slot.
type Freshness struct {
	db   *DB
	slot string
}

// Freshness reads what the indexer of a slot has saved.
func (d *DB) Freshness(slot string) Freshness { return Freshness{d, slot} }

const logPositionSQL = `SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint`

// LogPosition is where the primary writes its log now. What can be seen has been written, also where a server has been told
// not to wait until its log is on disk.
func (f Freshness) LogPosition(ctx context.Context) (position int64, err error) {
	err = f.db.row(ctx, []any{&position}, logPositionSQL)
	return position, err
}

// Without a wait for its disk a commit is behind what is flushed.
const positionSQL = `
SELECT (CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END - '0/0')::bigint`

// Position is a position behind every commit that was answered before. Code UNAVAILABLE.
func (d *DB) Position(ctx context.Context) (p commerce.LogPosition, err error) {
	err = d.row(ctx, []any{&p}, positionSQL)
	return p, err
}

// IndexState reads what the indexer has saved, nothing but zeros before it did.
func (f Freshness) IndexState(ctx context.Context) (commerce.IndexState, error) {
	return f.db.IndexState(ctx, f.slot)
}

// The pauses between two looks at what the indexer has saved. It answers a message within a commit, a refresh and another
// commit, so the first looks come soon.
const (
	firstLookPause = 2 * time.Millisecond
	lastLookPause  = 50 * time.Millisecond
)

// HurryIndex leaves a message in the log. It makes the indexer refresh, save its state at once, and hear of an idle server before
// that speaks by itself.
func (f Freshness) HurryIndex(ctx context.Context) error {
	return f.db.exec(ctx, emitSQL, commerce.WaitPrefix, "")
}

// WaitSearchable waits until the indexer says that every commit up to position can be found.
func (f Freshness) WaitSearchable(ctx context.Context, position int64) (commerce.IndexState, error) {
	s, err := f.IndexState(ctx)
	if err != nil || s.Searchable >= position {
		return s, err
	}
	if err := f.HurryIndex(ctx); err != nil {
		return s, err
	}
	for pause := firstLookPause; ; pause = min(2*pause, lastLookPause) {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return s, ctx.Err()
		}
		if s, err = f.IndexState(ctx); err != nil || s.Searchable >= position {
			return s, err
		}
	}
}

const progressSQL = `
SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint, coalesce(max(searchable_lsn) - '0/0', 0)::bigint FROM search_sync_state WHERE slot = $1`

// Progress reads both ends of the way into the index at one moment.
func (f Freshness) Progress(ctx context.Context) (flushed, searchable int64, err error) {
	err = f.db.row(ctx, []any{&flushed, &searchable}, progressSQL, f.slot)
	return flushed, searchable, err
}

const beatCanarySQL = `UPDATE search_canary SET beat = beat + 1 WHERE store_id = 0 RETURNING beat`

// Beat changes the canary's row. It is not run again when its answer was lost: the next beat finds out as well.
func (d *DB) Beat(ctx context.Context) (beat int64, err error) {
	return beat, fault(ctx, d.primary.GetContext(ctx, &beat, beatCanarySQL))
}

const canarySQL = `SELECT beat FROM search_canary WHERE store_id = 0`

// withCanary adds the canary to the documents, where it is asked for.
func withCanary(ctx context.Context, tx *sqlx.Tx, refs []commerce.ProductRef, found map[commerce.ProductRef]*commerce.ProductDocument) error {
	if !slices.Contains(refs, commerce.Canary()) {
		return nil
	}
	var beat int64
	if err := tx.GetContext(ctx, &beat, canarySQL); err != nil {
		return err
	}
	found[commerce.Canary()] = commerce.CanaryDocument(beat)
	return nil
}
