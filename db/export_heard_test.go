package db

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// OpenHeard opens a database and hears of every statement that is executed or asked outside of the prepared reads: those of
// transactions.
func OpenHeard(url string, heard func(text string)) (*DB, error) {
	connector, err := pq.NewConnector(url)
	if err != nil {
		return nil, err
	}
	d, err := Open(url, nil, Options{})
	if err != nil {
		return nil, err
	}
	if err := d.primary.Close(); err != nil {
		return nil, err
	}
	d.primary.DB = sqlx.NewDb(sql.OpenDB(heardSessions{sessions{connector}, heard}), "postgres")
	return d, nil
}

type heardSessions struct {
	sessions
	heard func(string)
}

// Connect opens a connection.
func (s heardSessions) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := s.sessions.Connect(ctx)
	if err == nil {
		own := conn.(*session)
		own.connection = heardConnection{own.connection, s.heard}
	}
	return conn, err
}

type heardConnection struct {
	connection
	heard func(string)
}

// QueryContext asks.
func (c heardConnection) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.heard(text)
	return c.connection.QueryContext(ctx, text, args)
}

// ExecContext executes.
func (c heardConnection) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.heard(text)
	return c.connection.ExecContext(ctx, text, args)
}
