package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// sessions makes the connections of a pool.
type sessions struct {
	*pq.Connector

	// onStatement hears of every statement of the connections, but for those that begin and end transactions.
	onStatement func()
}

// Connect opens a connection.
func (s sessions) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := s.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(connection)
	if !ok {
		_ = conn.Close() // the error says what is wrong
		return nil, fmt.Errorf("%T is not the connection that lib/pq used to make", conn)
	}
	return &session{connection: full, onStatement: s.onStatement, statements: make(map[string]driver.Stmt)}, nil
}

// connection is what a connection of lib/pq can do, and what database/sql looks for in it.
type connection interface { //nolint:interfacebloat // of database/sql's making
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// session is a connection with its prepared statements. Reads go to it directly: database/sql would look for the statement
// in a list of all connections, start a goroutine for each read, lock for each row and reflect on each column.
//
// lib/pq spends two round trips on an unprepared statement. The texts come from a finite list, so the map is bounded; those that
// begin with once do not, and are not kept.
type session struct {
	connection
	onStatement func()
	statements  map[string]driver.Stmt
}

// kept begins the text of a statement of transactions that is kept prepared: one that is run for every buyer, has a plan that does
// not depend on its parameters, and takes longer to plan than to run. Others are planned for what they are given.
const kept = "/* kept */"

// ExecContext runs a statement for database/sql.
func (s *session) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	s.onStatement()
	if !strings.HasPrefix(text, kept) {
		return s.connection.ExecContext(ctx, text, args)
	}
	statement, err := s.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	running, ok := statement.(driver.StmtExecContext)
	if !ok {
		return nil, fmt.Errorf("%T cannot be given up", statement)
	}
	result, err := running.ExecContext(ctx, args)
	return result, s.outdated(text, err)
}

// QueryContext runs a read for database/sql.
func (s *session) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s.onStatement()
	if !strings.HasPrefix(text, kept) {
		return s.connection.QueryContext(ctx, text, args)
	}
	rows, err := s.try(ctx, text, args)
	return rows, s.outdated(text, err)
}

// outdated forgets a statement that a migration has made useless. The transaction that met it is lost, and runs again.
func (s *session) outdated(text string, err error) error {
	if pq.As(err, pqerror.FeatureNotSupported) != nil {
		return errors.Join(err, s.forget(text))
	}
	return err
}

// read runs a read, hands every row to scan, and returns how many rows there were.
func (s *session) read(ctx context.Context, scan scanner, text string, args []driver.NamedValue) (n int, err error) {
	s.onStatement()
	rows, err := s.query(ctx, text, args)
	if strings.HasPrefix(text, once) {
		defer func() { err = errors.Join(err, s.forget(text)) }()
	}
	if err != nil {
		return 0, err
	}
	r := newRow(len(rows.Columns()))
	for err == nil {
		if err = rows.Next(r.values); err == nil {
			n++
			err = r.scan(scan)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, errors.Join(err, rows.Close())
}

// query runs a read. A statement that was prepared before a migration changed the type of one of its columns fails for
// ever; it is prepared anew.
func (s *session) query(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.try(ctx, text, args)
	if pq.As(err, pqerror.FeatureNotSupported) == nil {
		return rows, err
	}
	if err := s.forget(text); err != nil {
		return nil, err
	}
	return s.try(ctx, text, args)
}

// forget closes a prepared statement.
func (s *session) forget(text string) error {
	statement, known := s.statements[text]
	if !known {
		return nil
	}
	delete(s.statements, text)
	return statement.Close()
}

func (s *session) try(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	statement, err := s.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	running, ok := statement.(driver.StmtQueryContext)
	if !ok {
		return nil, fmt.Errorf("%T cannot be given up", statement)
	}
	return running.QueryContext(ctx, args)
}

// prepared is the connection's statement with the text.
func (s *session) prepared(ctx context.Context, text string) (driver.Stmt, error) {
	if statement, known := s.statements[text]; known {
		return statement, nil
	}
	statement, err := s.PrepareContext(ctx, text)
	if err == nil {
		s.statements[text] = statement
	}
	return statement, err
}
