package cdc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/internal/devstack"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// patience is how long a test waits for something that must happen.
const patience = 30 * time.Second

// shared is the server of all tests that do not stop it. It starts with the first of them, so that fuzzing needs none.
var shared lazyServer

type lazyServer struct {
	once   sync.Once
	dir    string
	server *devstack.Postgres
	err    error
}

func (l *lazyServer) start() (string, error) {
	l.once.Do(func() {
		if l.dir, l.err = os.MkdirTemp("", "cdc-test-"); l.err != nil {
			return
		}
		l.server, l.err = startServer(l.dir, map[string]string{"track_commit_timestamp": "on"})
	})
	if l.err != nil {
		return "", l.err
	}
	return l.server.URL(), nil
}

func (l *lazyServer) stop() error {
	if l.dir == "" {
		return nil
	}
	var err error
	if l.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		err = l.server.Stop(ctx)
	}
	return errors.Join(err, os.RemoveAll(l.dir))
}

// startServer runs a server of its own, for the tests that stop it or need other settings.
func startServer(dir string, settings map[string]string) (*devstack.Postgres, error) {
	all := map[string]string{"fsync": "off", "max_replication_slots": "60", "max_wal_senders": "60"}
	maps.Copy(all, settings)
	ctx, cancel := context.WithTimeout(context.Background(), 10*patience)
	defer cancel()
	return devstack.StartPostgres(ctx, devstack.PostgresOptions{Dir: dir, Settings: all})
}

// schema is what every test database has: one table per kind of replica identity, published with the columns a reader of
// ids needs and with all of them.
const schema = `
CREATE TABLE items (id bigint PRIMARY KEY, name text, note text, secret text);
CREATE TABLE links (store bigint NOT NULL, product bigint NOT NULL, id bigint NOT NULL, amount int, PRIMARY KEY (id));
CREATE UNIQUE INDEX links_identity ON links (store, product, id);
ALTER TABLE links REPLICA IDENTITY USING INDEX links_identity;
CREATE TABLE papers (id bigint, body text);
ALTER TABLE papers REPLICA IDENTITY FULL;
CREATE TABLE private (id bigint PRIMARY KEY);
CREATE PUBLICATION feed FOR TABLE items (id, name, note), links (store, product, id), papers;
`

var names atomic.Int64

// database is a fresh database with schema in it, and a slot name of its own.
type database struct {
	url  string
	slot string
}

func newDatabase(tb testing.TB) database {
	tb.Helper()
	server, err := shared.start()
	requireServer(tb, err)
	name := fmt.Sprintf("cdc_%d", names.Add(1))
	run(tb, server, "CREATE DATABASE "+name)
	db := database{url: withDatabase(tb, server, name), slot: name + "_slot"}
	tb.Cleanup(func() {
		require.NoError(tb, DropSlot(context.Background(), db.url, db.slot))
		run(tb, server, "DROP DATABASE "+name+" WITH (FORCE)")
	})
	run(tb, db.url, schema)
	return db
}

// requireServer skips the test where no Postgres can be had, except in CI.
func requireServer(tb testing.TB, err error) {
	tb.Helper()
	if err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		require.FailNow(tb, "no Postgres", "%v", err)
	}
	tb.Skipf("no Postgres: %v", err)
}

func withDatabase(tb testing.TB, server, name string) string {
	tb.Helper()
	u, err := url.Parse(server)
	require.NoError(tb, err)
	u.Path = "/" + name
	return u.String()
}

// withSetting adds a session setting of the server to its address.
func withSetting(tb testing.TB, server, name, value string) string {
	tb.Helper()
	u, err := url.Parse(server)
	require.NoError(tb, err)
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// run executes statements as one transaction and returns the rows of all of them.
func run(tb testing.TB, server string, sql string) [][]string {
	tb.Helper()
	rows, err := tryRun(server, sql)
	require.NoError(tb, err, sql)
	return rows
}

func tryRun(server string, sql string) ([][]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgconn.Connect(ctx, server)
	if err != nil {
		return nil, err
	}
	rows, err := query(ctx, conn, sql)
	return rows, errors.Join(err, conn.Close(ctx))
}

// queryValue runs a query for one value.
func queryValue(tb testing.TB, server string, sql string) string {
	tb.Helper()
	rows := run(tb, server, sql)
	require.Len(tb, rows, 1, sql)
	return rows[0][0]
}

func queryPosition(tb testing.TB, server string, sql string) Position {
	tb.Helper()
	position, err := ParsePosition(queryValue(tb, server, sql))
	require.NoError(tb, err)
	return position
}

// transaction is what a collector saw between Begin and Commit.
type transaction struct {
	xid     uint32
	time    time.Time
	lines   []string
	end     Position
	release func()
}

// collector hands whole transactions and loose messages to the test, and waits until the test takes them.
type collector struct {
	current transaction
	open    bool
	commits chan transaction
	loose   chan string
	stop    <-chan struct{}
}

func (c *collector) Begin(xid uint32, at time.Time) error {
	c.current, c.open = transaction{xid: xid, time: at}, true
	return nil
}

func (c *collector) Row(rel *Relation, op Op, old, new Tuple) error {
	c.current.lines = append(c.current.lines, renderRow(rel, op, old, new))
	return nil
}

func (c *collector) Truncate(rels []*Relation) error {
	c.current.lines = append(c.current.lines, renderTruncate(rels))
	return nil
}

func (c *collector) Message(prefix string, content []byte) error {
	line := "MESSAGE " + prefix + " " + string(content)
	if c.open {
		c.current.lines = append(c.current.lines, line)
		return nil
	}
	select {
	case c.loose <- line:
	case <-c.stop:
	}
	return nil
}

func (c *collector) Commit(end Position, release func()) error {
	c.current.end, c.current.release, c.open = end, release, false
	select {
	case c.commits <- c.current:
		return nil
	case <-c.stop:
		return context.Canceled
	}
}

// running is a stream under way with a collector as its handler.
type running struct {
	*collector
	stream *Stream
	cancel context.CancelFunc
	done   chan error
}

// start opens and runs a stream on db; the test ends it, or the end of the test does.
func start(tb testing.TB, cfg Config) *running {
	tb.Helper()
	cfg.Publication = "feed"
	if cfg.StatusInterval == 0 {
		cfg.StatusInterval = 20 * time.Millisecond
	}
	if cfg.Logger == nil && testing.Verbose() {
		cfg.Logger = slog.New(slog.NewTextHandler(tb.Output(), nil))
	}
	opening, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	stream, err := Open(opening, cfg)
	require.NoError(tb, err)

	ctx, cancel := context.WithCancel(context.Background())
	r := &running{
		collector: &collector{commits: make(chan transaction), loose: make(chan string, 16), stop: ctx.Done()},
		stream:    stream, cancel: cancel, done: make(chan error, 1),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.done <- stream.Run(ctx, r.collector)
	}()
	tb.Cleanup(func() {
		cancel()
		<-ended
	})
	return r
}

// take waits for the next transaction.
func (r *running) take(tb testing.TB) transaction {
	tb.Helper()
	select {
	case tx := <-r.commits:
		return tx
	case err := <-r.done:
		require.FailNow(tb, "the stream ended", "%v", err)
	case <-time.After(patience):
		require.FailNow(tb, "no transaction arrived")
	}
	return transaction{}
}

// end stops the stream and returns what Run returned.
func (r *running) end(tb testing.TB) error {
	tb.Helper()
	r.cancel()
	return r.wait(tb)
}

func (r *running) wait(tb testing.TB) error {
	tb.Helper()
	return receive(tb, r.done, "the end of Run")
}

// receive waits for a word from another goroutine.
func receive[T any](tb testing.TB, from <-chan T, what string) T {
	tb.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(patience):
		require.FailNow(tb, "nothing came", what)
		panic("unreachable")
	}
}

// eventually waits for something only the server can tell.
func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	require.Eventually(tb, condition, patience, 10*time.Millisecond, what)
}

// confirmedOnServer is the position the server would stream from next time.
func (db database) confirmedOnServer(tb testing.TB) Position {
	tb.Helper()
	return queryPosition(tb, db.url, "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '"+db.slot+"'")
}

func lines(s string) []string { return strings.Split(s, "\n") }
