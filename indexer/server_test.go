package indexer_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
	"github.com/kirana-commerce/kirana/internal/devstack"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

// ownPostgres starts a Postgres for one test, which may kill it. Without Postgres the test is skipped; with CI=true it fails.
func ownPostgres(t *testing.T, o devstack.PostgresOptions) *devstack.Postgres {
	t.Helper()
	p, err := devstack.StartPostgres(context.Background(), o)
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("no Postgres for this test: %v", err)
	}
	require.NoError(t, err)
	return p
}

// newWorldOf is a world on a server of its own at an address.
func newWorldOf(t *testing.T, address string) *world {
	t.Helper()
	d, err := db.Open(address, nil, db.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	_, err = d.Migrate(t.Context())
	require.NoError(t, err)
	plain, err := sql.Open("postgres", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = plain.Close() })
	return newWorldOn(t, &dbtest.Database{DB: d, URL: address, SQL: plain}, searchtest.Server(t))
}

func TestPostgresCrashesStallsAndLosesTheSlot(t *testing.T) {
	t.Parallel()
	o := devstack.PostgresOptions{Dir: t.TempDir(), Settings: map[string]string{"max_slot_wal_keep_size": "1MB", "wal_keep_size": "0"}}
	p := ownPostgres(t, o)
	t.Cleanup(func() { _ = p.Stop(context.Background()) })
	w := newWorldOf(t, p.URL())
	w.add("one", "two")
	w.start()
	w.settle()

	// A crash.
	require.NoError(t, p.Kill())
	<-p.Done()
	p = ownPostgres(t, o)
	w.exec(`DELETE FROM products WHERE handle = 'one'`)
	w.add("three")
	w.settle()
	w.requireLive(1)
	w.requireOracle()

	// A commit that is in the log, while everybody else waits for a standby to have it.
	w.exec(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`)
	w.exec(`SELECT pg_reload_conf()`)
	w.eventually(func() bool {
		var names string
		require.NoError(t, w.db.SQL.QueryRowContext(context.Background(), `SHOW synchronous_standby_names`).Scan(&names))
		return names == "nobody"
	}, "the setting is not read")
	// The indexer must not be among those who wait, or it does not get as far as the commit.
	saving, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, w.db.SaveIndexState(saving, "another", commerce.IndexState{}))
	require.NoError(t, saving.Err())
	before := w.observed.gate.Load()
	committed, attempts := make(chan error, 1), 0
	rename := func() {
		attempts++
		title := fmt.Sprintf("Renamed%d", attempts)
		go func() {
			_, err := w.db.SQL.ExecContext(context.Background(), `UPDATE products SET title = $1 WHERE handle = 'two'`, title)
			committed <- err
		}()
	}
	rename()
	w.eventually(func() bool {
		select {
		case err := <-committed: // it did not wait: the checkpointer passes the setting on in its own time
			require.NoError(t, err)
			rename()
		default:
		}
		return w.observed.gate.Load() >= before+20
	}, "the gate does not hold the commit back")
	renamed := fmt.Sprintf("renamed%d", attempts)
	require.Zero(t, w.find(renamed))
	require.Empty(t, committed)
	w.exec(`ALTER SYSTEM RESET synchronous_standby_names`)
	w.exec(`SELECT pg_reload_conf()`)
	require.NoError(t, <-committed)
	w.settle()
	require.Equal(t, 1, w.find(renamed))

	// A slot that fell too far behind.
	w.stop()
	w.exec(`DELETE FROM products WHERE handle = 'two'`)
	w.eventually(func() bool {
		var lost bool
		w.exec(`SELECT pg_logical_emit_message(false, 'filler', repeat('x', 100000)), pg_switch_wal()`)
		w.exec(`CHECKPOINT`)
		require.NoError(t, w.db.SQL.QueryRowContext(context.Background(),
			`SELECT wal_status = 'lost' FROM pg_replication_slots WHERE slot_name = $1`, w.slot).Scan(&lost))
		return lost
	}, "the slot is not lost")
	w.start()
	w.settle()
	w.requireLive(2)
	w.requireOracle()
}

func TestElasticsearchCrashes(t *testing.T) {
	t.Parallel()
	if os.Getenv("TEST_ELASTICSEARCH_URL") == "" {
		searchtest.Server(t) // skips where there is none, and one start at a time is enough
	}
	o := devstack.ElasticsearchOptions{Dir: t.TempDir(), JavaHome: os.Getenv("TEST_JAVA_HOME")}
	start := func() *devstack.Elasticsearch {
		es, err := devstack.StartElasticsearch(context.Background(), o)
		require.NoError(t, err)
		return es
	}
	es := start()
	t.Cleanup(func() { _ = es.Stop(context.Background()) })
	w := newWorldOn(t, dbtest.New(t), es.URL())
	w.add("one", "two")
	w.start()
	w.settle()
	w.add("three")
	require.NoError(t, es.Kill())
	<-es.Done()
	w.add("four")
	w.exec(`DELETE FROM products WHERE handle = 'one'`)
	es = start()
	w.settle()
	w.requireLive(1)
	w.requireOracle()
}
