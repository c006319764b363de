package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// pool is the connections to one server.
type pool struct {
	*sqlx.DB
	name string
	// lag is the measured lag in nanoseconds; it means nothing for the primary.
	lag atomic.Int64
	// replayed is the position of the log up to which the pool's server was seen to have everything; it means nothing for the primary.
	replayed atomic.Int64
}

func openPool(name, url string, o Options) (*pool, error) {
	connector, err := pq.NewConnector(url)
	if err != nil {
		return nil, err
	}
	count := func() {}
	if o.OnStatement != nil {
		count = func() { o.OnStatement(name) }
	}
	conns := sqlx.NewDb(sql.OpenDB(sessions{connector, count}), "postgres")
	conns.SetMaxOpenConns(o.MaxConns)
	conns.SetMaxIdleConns(o.MaxConns)
	conns.SetConnMaxIdleTime(5 * time.Minute)
	return &pool{DB: conns, name: name}, nil
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

// each runs a read, hands every row to scan, and returns how many rows there were.
func (p *pool) each(ctx context.Context, scan scanner, text string, args []driver.NamedValue) (int, error) {
	var n int
	var failed error
	err := p.again(func() error {
		n, failed = p.read(ctx, scan, text, args)
		if n > 0 {
			return nil // scan cannot forget what it has seen
		}
		return failed
	})
	if err == nil {
		err = failed
	}
	return n, err
}

// read takes a connection out of the pool for one read.
func (p *pool) read(ctx context.Context, scan scanner, text string, args []driver.NamedValue) (n int, err error) {
	conn, err := p.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close() //nolint:errcheck // it goes back to the pool, or is closed already
	err = conn.Raw(func(c any) (err error) {
		s, ok := c.(*session)
		if !ok {
			return fmt.Errorf("%T is no session", c)
		}
		n, err = s.read(ctx, scan, text, args)
		return err
	})
	return n, err
}
