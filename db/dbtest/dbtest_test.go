package dbtest_test

import (
	"context"
	"database/sql"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/db/dbtest"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

func count(t *testing.T, d *sql.DB, query string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, d.QueryRowContext(t.Context(), query, args...).Scan(&n))
	return n
}

// Each test has a migrated database that no other sees.
func TestNew(t *testing.T) {
	t.Parallel()
	names := make(chan string, 8)
	t.Run("copies", func(t *testing.T) {
		t.Parallel()
		for range cap(names) {
			t.Run("copy", func(t *testing.T) {
				t.Parallel()
				d := dbtest.New(t)
				require.Zero(t, count(t, d.SQL, `SELECT count(*) FROM stores`))
				_, err := d.SQL.ExecContext(t.Context(), `INSERT INTO stores (handle, name, currency) VALUES ('a', 'A', 'INR')`)
				require.NoError(t, err)
				require.NoError(t, d.Ping(t.Context()))
				var name string
				require.NoError(t, d.SQL.QueryRowContext(t.Context(), `SELECT current_database()`).Scan(&name))
				names <- name
			})
		}
	})
	t.Cleanup(func() {
		close(names)
		seen := make(map[string]bool)
		for name := range names {
			seen[name] = true
		}
		require.Len(t, seen, cap(names))
	})
}

// What a test leaves behind does not keep its database from being dropped: a replication slot that nobody dropped.
func TestNewIsDropped(t *testing.T) { //nolint:tparallel // the subtest's end is what is looked at
	t.Parallel()
	witness := dbtest.New(t)
	var name string
	t.Run("leaves a slot", func(t *testing.T) {
		d := dbtest.New(t)
		require.NoError(t, d.SQL.QueryRowContext(t.Context(), `SELECT current_database()`).Scan(&name))
		_, err := d.SQL.ExecContext(t.Context(), `SELECT pg_create_logical_replication_slot(current_database() || '_slot', 'pgoutput')`)
		require.NoError(t, err)
	})
	require.Zero(t, count(t, witness.SQL, `SELECT count(*) FROM pg_database WHERE datname = $1`, name))
	require.Zero(t, count(t, witness.SQL, `SELECT count(*) FROM pg_replication_slots WHERE slot_name = $1`, name+"_slot"))
}

func TestUnmigrated(t *testing.T) {
	t.Parallel()
	d := dbtest.Unmigrated(t)
	require.Zero(t, count(t, d.SQL, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`))
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		d := dbtest.New(b)
		require.NoError(b, d.Ping(context.Background()))
	}
}
