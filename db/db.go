// Package db holds every SQL statement of the project: it reads from a standby that is close behind, else from the
// primary, and writes to the primary alone.
//
// It never builds SQL from what a client sent, and no text of the database leaves it: its errors are the domain's. Readers
// by a parent, such as the variants of a product, do not look again whether buyers can see the parent: whoever asks has
// read it.
package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/kirana-commerce/kirana/commerce"
)

// Options tune a DB. The zero value works.
type Options struct {
	// MaxConns bounds the connections of each pool; 16 when 0.
	MaxConns int
	// MaxLag is how far a standby may be behind and still be read; 1 s when 0.
	MaxLag time.Duration
	Logger *slog.Logger
	// Cards says that this installation takes payments by card, for the stores that have an account for them.
	Cards bool
	// OnStatement, when set, hears of every statement and the pool it ran on: "primary" or "replica".
	OnStatement func(pool string)
	// OnLag, when set, hears of every measured lag of each standby, by its number from 1. The lag of one that does not
	// answer is the longest Duration.
	OnLag func(replica int, lag time.Duration)
}

// DB is the primary and its standbys. As a reader it has the view of buyers.
type DB struct {
	View

	primary  *pool
	replicas []*pool
	next     atomic.Uint32
	o        Options
}

// Open connects to the primary and the standbys, as lib/pq URLs. A standby is read once Run has measured its lag.
// No connection is made before the first statement: use Ping to know.
func Open(primary string, replicas []string, o Options) (*DB, error) {
	o.MaxConns = orDefault(o.MaxConns, 16)
	o.MaxLag = orDefault(o.MaxLag, time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	p, err := openPool("primary", primary, o)
	if err != nil {
		return nil, fmt.Errorf("primary database: %w", err)
	}
	d := &DB{primary: p, o: o}
	d.View = View{db: d, lists: new(newCatalogueLists()), own: noStores}
	for i, url := range replicas {
		r, err := openPool("replica", url, o)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("database replica %d: %w", i+1, err), d.Close())
		}
		r.lag.Store(int64(unknownLag))
		d.replicas = append(d.replicas, r)
	}
	return d, nil
}

func orDefault[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// Close closes all connections.
func (d *DB) Close() error {
	err := d.primary.Close()
	for _, r := range d.replicas {
		err = errors.Join(err, r.Close())
	}
	return err
}

// Ping reports whether the primary answers.
func (d *DB) Ping(ctx context.Context) error {
	return fault(ctx, d.primary.again(func() error { return d.primary.PingContext(ctx) }))
}

// replica picks a standby whose lag is under the limit and that was seen at a position or behind it, each in turn; nil when there is none.
func (d *DB) replica(seen commerce.LogPosition) *pool {
	n := uint32(len(d.replicas))
	if n == 0 {
		return nil
	}
	start := d.next.Add(1)
	for i := range n {
		r := d.replicas[(start+i)%n]
		if time.Duration(r.lag.Load()) <= d.o.MaxLag && r.replayed.Load() >= int64(seen) {
			return r
		}
	}
	return nil
}

// each reads from a standby that is close behind, and not older than what whoever asks has seen, else from the primary, and hands every
// row to scan. A standby that fails
// is left alone until its lag is measured again; the primary answers in its place, unless scan has seen rows already.
func (d *DB) each(ctx context.Context, scan scanner, text string, args ...any) error {
	values, err := parameters(args)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if r := d.replica(commerce.PositionOf(ctx)); r != nil {
		n, err := r.each(ctx, scan, text, values)
		if err == nil || ctx.Err() != nil {
			return fault(ctx, err)
		}
		r.lag.Store(int64(unknownLag))
		if n > 0 {
			return fault(ctx, err)
		}
		d.o.Logger.WarnContext(ctx, "a replica failed; reading from the primary", "error", err)
	}
	_, err = d.primary.each(ctx, scan, text, values)
	return fault(ctx, err)
}

// eachFresh reads from the primary and hands every row to scan.
func (d *DB) eachFresh(ctx context.Context, scan scanner, text string, args ...any) error {
	values, err := parameters(args)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	_, err = d.primary.each(ctx, scan, text, values)
	return fault(ctx, err)
}

// parameters are the values of a statement's parameters as the driver takes them.
func parameters(args []any) ([]driver.NamedValue, error) {
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			return nil, fmt.Errorf("parameter %d: %w", i+1, err)
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return values, nil
}

// inTx runs fn in one transaction on the primary, again when it lost against a concurrent one. fn starts from nothing each
// time.
func (d *DB) inTx(ctx context.Context, fn func(*sqlx.Tx) error) error {
	const attempts = 5
	var err error
	for range attempts {
		if err = d.tryTx(ctx, nil, fn); !conflicted(err) {
			return fault(ctx, err)
		}
		d.o.Logger.InfoContext(ctx, "a transaction lost against a concurrent one; trying again", "error", err)
	}
	return fault(ctx, fmt.Errorf("a transaction failed %d times: %w", attempts, err))
}

// exec runs one statement on the primary that is harmless to repeat.
func (d *DB) exec(ctx context.Context, text string, args ...any) error {
	return fault(ctx, d.primary.again(func() error {
		_, err := d.primary.ExecContext(ctx, text, args...)
		return err
	}))
}

// row runs one statement on the primary that is harmless to repeat, and reads its only row.
func (d *DB) row(ctx context.Context, into []any, text string, args ...any) error {
	return fault(ctx, d.primary.again(func() error { return d.primary.QueryRowxContext(ctx, text, args...).Scan(into...) }))
}

func (d *DB) tryTx(ctx context.Context, o *sql.TxOptions, fn func(*sqlx.Tx) error) error {
	var tx *sqlx.Tx
	if err := d.primary.again(func() (err error) {
		tx, err = d.primary.BeginTxx(ctx, o)
		return err
	}); err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// conflicted reports that a transaction may succeed when it runs again, or find out what is wrong: deadlock, serialisation
// failure, a key that a concurrent transaction took first, a parent that one deleted, or a kept statement from before a migration.
func conflicted(err error) bool {
	return pq.As(err, pqerror.TRSerializationFailure, pqerror.TRDeadlockDetected, pqerror.UniqueViolation, pqerror.ForeignKeyViolation,
		pqerror.FeatureNotSupported) != nil
}

// fault turns what the driver says into the domain's errors. A request that was given up stays what it is.
func fault(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if _, ok := errors.AsType[*commerce.Error](err); ok {
		return err
	}
	if _, ok := commerce.RefusalsOf(err); ok {
		return err
	}
	return unavailable(err)
}

// unavailable marks the errors that pass: the server cannot be reached, is going down, is short of something, is no primary
// any more, or ended a transaction for another's sake (classes 08, 40, 53 and 57 of SQLSTATE, and everything below SQL).
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*pq.Error](err); ok {
		switch e.Code.Class() {
		case "08", "40", "53", "57":
			return commerce.Unavailable("The catalogue", err)
		}
		if e.Code == pqerror.ReadOnlySQLTransaction {
			return commerce.Unavailable("The catalogue", err)
		}
		return fmt.Errorf("database: %w", err)
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return commerce.Unavailable("The catalogue", err)
	}
	for _, gone := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, gone) {
			return commerce.Unavailable("The catalogue", err)
		}
	}
	return fmt.Errorf("database: %w", err)
}
