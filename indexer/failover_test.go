package indexer_test

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/db/dbtest"
	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/internal/devstack"
)

// beat has the canary beat once, as it does every few seconds beside whoever keeps the index.
func (w *world) beat() {
	w.tb.Helper()
	_, err := w.db.Beat(context.Background())
	require.NoError(w.tb, err)
}

// ask reads one value.
func ask[T any](tb testing.TB, d *sql.DB, text string, args ...any) (v T) {
	tb.Helper()
	require.NoError(tb, d.QueryRowContext(context.Background(), text, args...).Scan(&v))
	return v
}

// requireWhole says that there is a new index without anything of the history that is lost.
func (w *world) requireWhole() {
	w.tb.Helper()
	w.settle()
	w.requireLive(2)
	w.requireOracle()
	require.Zero(w.tb, w.find("lost"), "the database does not know it")
	require.Equal(w.tb, 1, w.find("after"))
	require.Equal(w.tb, int64(2), w.epoch())
	r := w.verify(indexer.VerifyOptions{})
	require.Zero(w.tb, r.Drifted())
	require.Empty(w.tb, r.Counts.Differ)
}

// A standby that lacks the last commits is promoted while the indexer runs. Searches have found these; there is no slot; positions that
// were already reached are reached again, with other commits.
func TestAPromotedStandby(t *testing.T) {
	t.Parallel()
	p := ownPostgres(t, devstack.PostgresOptions{Dir: t.TempDir(), Standby: true, Settings: map[string]string{"fsync": "off"}})
	t.Cleanup(func() { _ = p.Stop(context.Background()) })
	address, err := url.Parse(p.URL())
	require.NoError(t, err)
	r := dbtest.NewRelay(t, "127.0.0.1:0", address.Host)
	address.Host = r.Addr()
	w := newWorldOf(t, address.String())
	standby, err := sql.Open("postgres", p.ReplicaURLs()[0])
	require.NoError(t, err)
	t.Cleanup(func() { _ = standby.Close() })
	w.add("kept", "changed", "deleted")
	w.start()
	w.settle()

	flushed := w.flushed()
	w.eventually(func() bool {
		return ask[uint64](t, standby, `SELECT coalesce(pg_last_wal_replay_lsn() - '0/0', 0)::bigint`) >= flushed
	}, "the standby does not follow")
	for _, text := range []string{`ALTER SYSTEM SET primary_conninfo = ''`, `SELECT pg_reload_conf()`} {
		_, err := standby.ExecContext(t.Context(), text)
		require.NoError(t, err)
	}
	w.eventually(func() bool { return ask[int](t, standby, `SELECT count(*) FROM pg_stat_wal_receiver`) == 0 }, "the standby still follows")
	w.add("lost")
	w.exec(`UPDATE products SET title = 'Lost too' WHERE handle = 'changed'`)
	w.exec(`DELETE FROM products WHERE handle = 'deleted'`)
	w.settle()
	require.Equal(t, 2, w.find("lost"))

	require.NoError(t, p.Kill())
	w.searchable.Store(0) // positions begin again
	require.True(t, ask[bool](t, standby, `SELECT pg_promote()`))
	promoted, err := url.Parse(p.ReplicaURLs()[0])
	require.NoError(t, err)
	r.To(promoted.Host)
	w.eventually(func() bool { return w.db.Ping(context.Background()) == nil }, "nobody reaches the new primary")
	require.NotContains(t, w.indexes(), w.alias+"-g3")
	w.add("after")
	w.eventually(func() bool { return w.indexes()[w.alias+"-g2"] }, "no new index")
	w.requireWhole()
	require.Equal(t, 1, w.find("deleted"))
}

// A copy of the server's files is put back, slot and all, and the server writes on past what it had written, before an indexer sees it:
// system, timeline and slot are the same as ever. Only the canary's document has beaten more often than the database says.
func TestARestoredBackup(t *testing.T) {
	t.Parallel()
	o := devstack.PostgresOptions{Dir: t.TempDir(), Settings: map[string]string{"fsync": "off"}}
	p := ownPostgres(t, o)
	t.Cleanup(func() { _ = p.Stop(context.Background()) })
	data, backup := filepath.Join(o.Dir, "primary"), filepath.Join(o.Dir, "backup")
	// down does something while the server is down.
	down := func(do func() error) {
		require.NoError(t, p.Stop(t.Context()))
		require.NoError(t, do())
		p = ownPostgres(t, o)
	}
	w := newWorldOf(t, p.URL())
	w.add("kept", "changed", "deleted")
	w.start()
	w.beat()
	w.settle()
	w.stop()
	down(func() error { return exec.CommandContext(t.Context(), "cp", "-a", data, backup).Run() })

	w.start()
	w.add("lost")
	w.exec(`UPDATE products SET title = 'Lost too' WHERE handle = 'changed'`)
	w.exec(`DELETE FROM products WHERE handle = 'deleted'`)
	w.beat()
	w.settle()
	require.Equal(t, 2, w.find("lost"))
	w.stop()
	reached := w.flushed()
	down(func() error {
		if err := os.RemoveAll(data); err != nil {
			return err
		}
		return os.Rename(backup, data)
	})

	require.Less(t, w.flushed(), reached)
	w.eventually(func() bool {
		w.exec(`SELECT pg_logical_emit_message(true, 'filler', repeat('x', 10000))`)
		return w.flushed() > reached
	}, "the log does not grow")
	w.add("after")
	w.searchable.Store(0)
	w.start()
	w.requireWhole()
	require.Equal(t, 1, w.find("deleted"))
}
