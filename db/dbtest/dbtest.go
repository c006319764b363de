// Package dbtest gives each test a database of its own on a real Postgres: a migrated template, copied.
//
// It never touches a database named by DATABASE_URL: nobody's shop becomes a fixture. TEST_DATABASE_URL names a server to
// use instead of a private one; its role must be able to create databases.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/db"
)

// Database is one test's own database.
type Database struct {
	*db.DB
	// URL reaches the database as its owner.
	URL string
	// SQL is a plain connection pool, for what a test does behind the back of the code it tests.
	SQL *sql.DB
}

// Main runs a package's tests and removes what they left on the server and of the server. Call it from TestMain, as
// os.Exit(dbtest.Main(m)).
func Main(m *testing.M) int {
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "dbtest:", err)
		return max(code, 1)
	}
	return code
}

// New copies the migrated template for one test. Without Postgres the test is skipped; with CI=true it fails.
func New(tb testing.TB) *Database {
	tb.Helper()
	admin, err := shared.start()
	requireServer(tb, err)
	name := newName("test")
	require.NoError(tb, shared.copyTemplate(name))
	tb.Cleanup(func() { require.NoError(tb, dropDatabase(admin, name), "drop the test's database") })
	return open(tb, withDatabase(shared.url, name), nil, db.Options{})
}

// Unmigrated makes an empty database for one test, for tests of the migrations themselves.
func Unmigrated(tb testing.TB) *Database {
	tb.Helper()
	admin, err := shared.start()
	requireServer(tb, err)
	name := newName("empty")
	require.NoError(tb, exec(admin, "CREATE DATABASE "+pq.QuoteIdentifier(name)))
	tb.Cleanup(func() { require.NoError(tb, dropDatabase(admin, name), "drop the test's database") })
	return open(tb, withDatabase(shared.url, name), nil, db.Options{})
}

func requireServer(tb testing.TB, err error) {
	tb.Helper()
	if err != nil && os.Getenv("CI") != "true" {
		tb.Skipf("no Postgres for this test: %v", err)
	}
	require.NoError(tb, err, "CI needs Postgres")
}

// open connects to a database and closes the connections when the test ends, before the database is dropped.
func open(tb testing.TB, target string, replicas []string, o db.Options) *Database {
	tb.Helper()
	d, err := db.Open(target, replicas, o)
	require.NoError(tb, err)
	plain, err := sql.Open("postgres", target)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		_ = plain.Close()
		_ = d.Close()
	})
	return &Database{DB: d, URL: target, SQL: plain}
}

// newName is a name no other test has, on whatever server and in whatever process it runs.
func newName(kind string) string {
	return "kirana_" + kind + "_" + strings.ToLower(rand.Text()[:12])
}

func withDatabase(server *url.URL, name string) string {
	u := *server
	u.Path = "/" + name
	return u.String()
}

func exec(server *sql.DB, statement string) error {
	if _, err := server.ExecContext(context.Background(), statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// dropSlotsSQL drops the replication slots of a database, which DROP DATABASE refuses to do. A slot is free a moment after
// its connection ended.
const dropSlotsSQL = `
DO $$ DECLARE s name; BEGIN
    PERFORM pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE database = %[1]s AND active;
    FOR i IN 1..500 LOOP
        EXIT WHEN NOT EXISTS (SELECT 1 FROM pg_replication_slots WHERE database = %[1]s AND active);
        PERFORM pg_sleep(0.01);
    END LOOP;
    FOR s IN SELECT slot_name FROM pg_replication_slots WHERE database = %[1]s LOOP
        PERFORM pg_drop_replication_slot(s);
    END LOOP;
END $$`

// dropDatabase drops a database with whatever is left in it.
func dropDatabase(server *sql.DB, name string) error {
	if err := exec(server, fmt.Sprintf(dropSlotsSQL, pq.QuoteLiteral(name))); err != nil {
		return err
	}
	return exec(server, "DROP DATABASE IF EXISTS "+pq.QuoteIdentifier(name)+" WITH (FORCE)")
}
