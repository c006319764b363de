package indexer_test

import (
	"context"
	"database/sql"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/internal/devstack"
)

// relay is the address that stays while the server behind it changes, as that of a connection pooler, or a name.
type relay struct {
	tb       testing.TB
	listener net.Listener
	target   atomic.Pointer[string]
	running  sync.WaitGroup
}

func newRelay(tb testing.TB, address string) *relay {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	r := &relay{tb: tb, listener: listener}
	r.to(address)
	r.running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			r.running.Go(func() { r.pass(client) })
		}
	})
	return r
}

// to sends the connections that begin from now on to another server.
func (r *relay) to(address string) {
	r.tb.Helper()
	u, err := url.Parse(address)
	require.NoError(r.tb, err)
	r.target.Store(&u.Host)
}

// pass carries one connection until either end closes it.
func (r *relay) pass(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", *r.target.Load())
	if err != nil {
		return // the server is down, which is how the client learns it
	}
	var both sync.WaitGroup
	carry := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		_ = to.Close()
	}
	both.Go(func() { carry(server, client) })
	both.Go(func() { carry(client, server) })
	both.Wait()
}

// url is the address of a database of kirana's behind the relay.
func (r *relay) url() string {
	return "postgres://kirana@" + r.listener.Addr().String() + "/kirana?sslmode=disable"
}

// close waits for the connections, whose clients have closed them.
func (r *relay) close() {
	_ = r.listener.Close()
	r.running.Wait()
}

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
	r := newRelay(t, p.URL())
	t.Cleanup(r.close)
	w := newWorldOf(t, r.url())
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
	r.to(p.ReplicaURLs()[0])
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
