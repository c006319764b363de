package db

import (
	"context"
	"time"

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
