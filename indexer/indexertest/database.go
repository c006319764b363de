package indexertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Database is the database that is changed, with what can happen to it by command.
type Database struct {
	SQL  *sql.DB
	Slot string // the indexer's
}

// poll is the time between two looks at something that another process does.
const poll = 10 * time.Millisecond

// Pause waits for d, or until ctx ends.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// await polls until something holds.
func await(ctx context.Context, holds func() (bool, error)) error {
	for {
		is, err := holds()
		if is || err != nil {
			return err
		}
		if err := Pause(ctx, poll); err != nil {
			return err
		}
	}
}

// number reads one number.
func (d Database) number(ctx context.Context, text string, args ...any) (n int64, err error) {
	if err := d.SQL.QueryRowContext(ctx, text, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("ask the database: %w", err)
	}
	return n, nil
}

func (d Database) exec(ctx context.Context, text string) error {
	if _, err := d.SQL.ExecContext(ctx, text); err != nil {
		return fmt.Errorf("%.60s: %w", text, err)
	}
	return nil
}

// Flushed is the position up to which everything has been committed.
func (d Database) Flushed(ctx context.Context) (int64, error) {
	return d.number(ctx, `SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint`)
}

// Searchable is the position up to which every commit can be found, as the indexer has left it for others.
func (d Database) Searchable(ctx context.Context) (int64, error) {
	return d.number(ctx, `SELECT coalesce(max(searchable_lsn - '0/0'), 0)::bigint FROM search_sync_state WHERE slot = $1`, d.Slot)
}

// cutOff ends the indexer's connection to the log, and waits until the server has noticed.
func (d Database) cutOff(ctx context.Context) error {
	return await(ctx, func() (bool, error) {
		n, err := d.number(ctx, `SELECT count(pg_terminate_backend(active_pid)) FROM pg_replication_slots WHERE slot_name = $1 AND active`, d.Slot)
		return n == 0, err
	})
}

// CutOff ends the indexer's connection to the log.
func (d Database) CutOff(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return d.cutOff(ctx)
}

// DropSlot drops the slot under the indexer: what is committed before there is another is in no log.
func (d Database) DropSlot(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		if err := d.cutOff(ctx); err != nil {
			return err
		}
		_, err := d.number(ctx, `SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots WHERE slot_name = $1`, d.Slot)
		if err == nil || ctx.Err() != nil { // else the indexer was faster with another connection
			return err
		}
	}
}

// Hang has every commit wait for a standby that is not there, from its flush to the log on, until during has returned. While it waits
// nobody else sees it, and the log shows it.
func (d Database) Hang(ctx context.Context, during func() error) error {
	if err := d.standby(ctx, `ALTER SYSTEM SET synchronous_standby_names = 'nobody'`); err != nil {
		return err
	}
	seen, cancel := context.WithTimeout(ctx, 2*time.Second) // nobody need be committing
	defer cancel()
	_ = await(seen, func() (bool, error) {
		n, err := d.number(seen, `SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
		return n > 0, err
	})
	return errors.Join(during(), d.standby(context.WithoutCancel(ctx), `ALTER SYSTEM RESET synchronous_standby_names`))
}

func (d Database) standby(ctx context.Context, text string) error {
	return errors.Join(d.exec(ctx, text), d.exec(ctx, `SELECT pg_reload_conf()`))
}
