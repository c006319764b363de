package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// pool is the connections to one server, with its prepared statements.
type pool struct {
	*sqlx.DB
	name        string
	onStatement func(pool string)
	// lag is the measured lag in nanoseconds; it means nothing for the primary.
	lag atomic.Int64

	mu         sync.Mutex
	statements map[string]*sqlx.Stmt
}

func openPool(name, url string, o Options) (*pool, error) {
	conn, err := sqlx.Open("postgres", url)
	if err != nil {
		return nil, err
	}
	conn.SetMaxOpenConns(o.MaxConns)
	conn.SetMaxIdleConns(o.MaxConns)
	conn.SetConnMaxIdleTime(5 * time.Minute)
	return &pool{DB: conn, name: name, onStatement: o.OnStatement, statements: make(map[string]*sqlx.Stmt)}, nil
}

// prepared returns the prepared statement of a text. lib/pq spends two round trips on an unprepared one. The texts come
// from a finite list, so the map is bounded.
func (p *pool) prepared(ctx context.Context, text string) (*sqlx.Stmt, error) {
	if p.onStatement != nil {
		p.onStatement(p.name)
	}
	p.mu.Lock()
	s := p.statements[text]
	p.mu.Unlock()
	if s != nil {
		return s, nil
	}
	s, err := p.PreparexContext(ctx, text)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.statements[text]; known != nil {
		return known, s.Close() //nolint:sqlclosecheck // of two that were prepared at once, one is kept
	}
	p.statements[text] = s
	return s, nil
}

// again runs fn, and runs it again as long as it meets connections that the server closed while they lay idle: after a
// restart, that can be all of them. fn must be harmless to repeat.
func (p *pool) again(fn func() error) error {
	for range p.Stats().MaxOpenConnections {
		err := fn()
		if !errors.Is(err, driver.ErrBadConn) && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
			return err
		}
	}
	return fn()
}

// query runs a read. A statement that was prepared before a migration changed the type of one of its columns fails for
// ever; it is prepared anew. The old one is not closed, because others may be using it: it ends with its connections.
func (p *pool) query(ctx context.Context, text string, args []any) (*sqlx.Rows, error) {
	s, err := p.prepared(ctx, text) //nolint:sqlclosecheck // kept for the next read
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryxContext(ctx, args...)
	if pq.As(err, pqerror.FeatureNotSupported) == nil {
		return rows, err
	}
	p.mu.Lock()
	if p.statements[text] == s {
		delete(p.statements, text)
	}
	p.mu.Unlock()
	if s, err = p.prepared(ctx, text); err != nil { //nolint:sqlclosecheck // kept as well
		return nil, err
	}
	return s.QueryxContext(ctx, args...)
}

// each runs a read, hands every row to scan, and returns how many rows there were.
func (p *pool) each(ctx context.Context, scan scanner, text string, args []any) (int, error) {
	var n int
	var failed error
	err := p.again(func() error {
		rows, err := p.query(ctx, text, args)
		if err != nil {
			return err
		}
		if n, failed = eachRow(rows, scan); n > 0 {
			return nil // scan cannot forget what it has seen
		}
		return failed
	})
	if err == nil {
		err = failed
	}
	return n, err
}

func eachRow(rows *sqlx.Rows, scan scanner) (int, error) {
	defer rows.Close() //nolint:errcheck // Err below reports what Close would
	n := 0
	for rows.Next() {
		n++
		if err := scan(rows); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}
