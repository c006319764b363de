package cdc

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStreamRows(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	r := start(t, Config{URL: db.url, Slot: db.slot})
	tests := []struct{ name, sql, want string }{
		{
			"insert without the unpublished column", "INSERT INTO items VALUES (1, 'tea', NULL, 'password')",
			"INSERT public.items new(id=1 name=tea note=null)",
		},
		{"update that keeps the key", "UPDATE items SET name = 'chai' WHERE id = 1", "UPDATE public.items new(id=1 name=chai note=null)"},
		{
			"update of an unpublished column still tells the id", "UPDATE items SET secret = 'changed' WHERE id = 1",
			"UPDATE public.items new(id=1 name=chai note=null)",
		},
		{
			"update of the key carries the old one", "UPDATE items SET id = 2 WHERE id = 1",
			"UPDATE public.items old(id=1 name=null note=null) new(id=2 name=chai note=null)",
		},
		{
			"a large value", "UPDATE items SET note = (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 2000) n) WHERE id = 2",
			"UPDATE public.items new(id=2 name=chai note=long)",
		},
		{
			"a large value that did not change", "UPDATE items SET name = 'doodh' WHERE id = 2",
			"UPDATE public.items new(id=2 name=doodh note=unchanged)",
		},
		{"delete by primary key", "DELETE FROM items", "DELETE public.items old(id=2 name=null note=null)"},
		{
			"several statements in order", "INSERT INTO links VALUES (7, 70, 700, 1); INSERT INTO links VALUES (7, 71, 701, 1)",
			"INSERT public.links new(store=7 product=70 id=700)\nINSERT public.links new(store=7 product=71 id=701)",
		},
		{
			"a child that moves tells its old parent", "UPDATE links SET product = 71 WHERE id = 700",
			"UPDATE public.links old(store=7 product=70 id=700) new(store=7 product=71 id=700)",
		},
		{"delete by index identity", "DELETE FROM links WHERE id = 700", "DELETE public.links old(store=7 product=71 id=700)"},
		{
			"full identity", "INSERT INTO papers VALUES (1, 'a'); UPDATE papers SET body = 'b'; DELETE FROM papers",
			"INSERT public.papers new(id=1 body=a)\nUPDATE public.papers old(id=1 body=a) new(id=1 body=b)\n" +
				"DELETE public.papers old(id=1 body=b)",
		},
		{
			"values that need care", "INSERT INTO items VALUES (3, '', E'\\tनमस्ते'' \\\\', NULL)",
			"INSERT public.items new(id=3 name= note=\tनमस्ते' \\)",
		},
		{"truncate of two tables", "TRUNCATE items, links, private", "TRUNCATE items links"},
		{
			"a message within a transaction",
			"INSERT INTO items VALUES (4); SELECT pg_logical_emit_message(true, 'redo', '{\"id\":4}'); DELETE FROM items",
			"INSERT public.items new(id=4 name=null note=null)\nMESSAGE redo {\"id\":4}\nDELETE public.items old(id=4 name=null note=null)",
		},
		{"a message alone", "SELECT pg_logical_emit_message(true, 'redo', '')", "MESSAGE redo "},
		{
			"a column more", "ALTER TABLE papers ADD COLUMN page int DEFAULT 1; INSERT INTO papers VALUES (2, 'c', 3)",
			"INSERT public.papers new(id=2 body=c page=3)",
		},
	}
	var last Position
	for _, test := range tests { // in order, each builds on the one before
		run(t, db.url, test.sql)
		tx := r.take(t)
		require.Equal(t, lines(test.want), tx.lines, test.name)
		require.Greater(t, tx.end, last, test.name)
		last = tx.end
		tx.release()
	}

	run(t, db.url, "BEGIN; INSERT INTO items VALUES (5); ROLLBACK")
	run(t, db.url, "INSERT INTO private VALUES (1)")
	run(t, db.url, "SELECT pg_logical_emit_message(false, 'note', 'loose')")
	require.Equal(t, "MESSAGE note loose", receive(t, r.loose, "the message"), "what was rolled back or is not published never shows")
	require.NoError(t, r.end(t))
}

// TestStreamTextForms sets everything that shapes values in text otherwise: the stream has its own settings.
func TestStreamTextForms(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	for _, setting := range []string{
		"timezone = 'Asia/Kolkata'", "datestyle = 'German'", "intervalstyle = 'sql_standard'", "bytea_output = 'escape'",
		"extra_float_digits = -5", "client_encoding = 'LATIN1'",
	} {
		run(t, db.url, "ALTER DATABASE "+queryValue(t, db.url, "SELECT current_database()")+" SET "+setting)
	}
	run(t, db.url, "CREATE TABLE forms (at timestamptz, span interval, raw bytea, ratio float8, name text); ALTER PUBLICATION feed ADD TABLE forms")
	r := start(t, Config{URL: db.url, Slot: db.slot})
	run(t, db.url, `INSERT INTO forms VALUES ('2031-07-04 10:30:00+00', '1 day 2 hours', '\x00ff', 0.1::float8 + 0.2::float8, U&'\091A')`)
	require.Equal(t, []string{
		`INSERT public.forms new(at=2031-07-04 10:30:00+00 span=1 day 02:00:00 raw=\x00ff ratio=0.30000000000000004 name=च)`,
	}, r.take(t).lines)
}

func TestStreamTellsTransactionIDAndTime(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	r := start(t, Config{URL: db.url, Slot: db.slot})
	rows := run(t, db.url, "INSERT INTO items VALUES (1); SELECT pg_current_xact_id()")
	tx := r.take(t)
	xid, err := strconv.ParseUint(rows[0][0], 10, 64)
	require.NoError(t, err)
	require.Equal(t, uint32(xid), tx.xid)
	micros := queryValue(t, db.url, "SELECT (extract(epoch FROM pg_xact_commit_timestamp('"+rows[0][0]+"')) * 1000000)::bigint")
	require.Equal(t, micros, strconv.FormatInt(tx.time.UnixMicro(), 10))
	require.Equal(t, time.UTC, tx.time.Location())
}

func TestStreamLargeTransaction(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	// The smallest memory the server accepts makes it spill the transaction to disk.
	r := start(t, Config{URL: withSetting(t, db.url, "logical_decoding_work_mem", "64kB"), Slot: db.slot})
	const rows = 50_000
	run(t, db.url, "INSERT INTO items SELECT n, repeat('x', 50) FROM generate_series(1, "+strconv.Itoa(rows)+") n")
	tx := r.take(t)
	require.Len(t, tx.lines, rows)
	require.Contains(t, tx.lines[rows-1], "id="+strconv.Itoa(rows)+" ")
	tx.release()
	require.NoError(t, r.end(t))
	require.GreaterOrEqual(t, r.stream.Confirmed(), tx.end)
}

// TestStreamOrder writes from several connections at once: commits arrive in commit order and lose nothing.
func TestStreamOrder(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	r := start(t, Config{URL: db.url, Slot: db.slot})
	const writers, each = 4, 50
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				if _, err := tryRun(db.url, "INSERT INTO papers VALUES ("+strconv.Itoa(w*each+i)+", 'x')"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	seen := map[string]bool{}
	var last Position
	for range writers * each {
		tx := r.take(t)
		require.Greater(t, tx.end, last)
		require.Len(t, tx.lines, 1)
		last = tx.end
		seen[tx.lines[0]] = true
		tx.release()
	}
	writing.Wait()
	require.Len(t, seen, writers*each)
}

func TestStreamResumes(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	first := start(t, Config{URL: db.url, Slot: db.slot})
	require.True(t, first.stream.System().SlotCreated)
	for id := range 4 {
		run(t, db.url, "INSERT INTO items VALUES ("+strconv.Itoa(id)+")")
	}
	var got []transaction
	for range 4 {
		got = append(got, first.take(t))
	}
	got[0].release()
	got[1].release()
	got[3].release() // behind one that is not released: must come again
	confirmed := first.stream.Confirmed()
	require.GreaterOrEqual(t, confirmed, got[1].end)
	require.Less(t, confirmed, got[2].end)
	require.Equal(t, 2, first.stream.InFlight())
	require.NoError(t, first.end(t))
	require.Equal(t, confirmed, db.confirmedOnServer(t), "the final report")

	got[2].release() // too late for the server, harmless for us
	require.GreaterOrEqual(t, first.stream.Confirmed(), got[3].end)

	second := start(t, Config{URL: db.url, Slot: db.slot})
	system := second.stream.System()
	require.False(t, system.SlotCreated)
	require.Equal(t, confirmed, system.ConfirmedFlush)
	for i := range 2 {
		again := second.take(t)
		require.Equal(t, got[2+i].end, again.end)
		require.Equal(t, got[2+i].lines, again.lines)
		again.release()
	}
	require.NoError(t, second.end(t))

	third := start(t, Config{URL: db.url, Slot: db.slot})
	run(t, db.url, "INSERT INTO items VALUES (4)")
	require.Equal(t, []string{"INSERT public.items new(id=4 name=null note=null)"}, third.take(t).lines, "nothing is repeated")
}

// TestStreamTellsNoMoreThanIsKept: what the caller has not noted elsewhere comes again, however it ended.
func TestStreamTellsNoMoreThanIsKept(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	var kept atomic.Uint64
	r := start(t, Config{URL: db.url, Slot: db.slot, Kept: func() Position { return Position(kept.Load()) }})
	begin := r.stream.System().ConfirmedFlush
	run(t, db.url, "INSERT INTO items VALUES (1)")
	first := r.take(t)
	first.release()
	kept.Store(uint64(r.stream.Confirmed()))
	run(t, db.url, "INSERT INTO items VALUES (2)")
	second := r.take(t)
	second.release()
	require.GreaterOrEqual(t, r.stream.Confirmed(), second.end)
	require.NoError(t, r.end(t))
	told := db.confirmedOnServer(t)
	require.Greater(t, told, begin)
	require.Less(t, told, second.end)
}

func TestStreamIdentifiesTheSystem(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	r := start(t, Config{URL: db.url, Slot: db.slot})
	system := r.stream.System()
	require.Equal(t, queryValue(t, db.url, "SELECT system_identifier FROM pg_control_system()"), system.SystemID)
	require.Equal(t, queryValue(t, db.url, "SELECT current_database()"), system.DBName)
	require.Equal(t, uint32(1), system.Timeline)
	require.NotZero(t, system.ConfirmedFlush)
}

// TestStreamAdvancesOnIdle lets another database write: nothing of it reaches us, yet the slot must not hold its log back.
func TestStreamAdvancesOnIdle(t *testing.T) {
	t.Parallel()
	db, other := newDatabase(t), newDatabase(t)
	reached := make(chan Position, 1000)
	r := start(t, Config{URL: db.url, Slot: db.slot, OnIdle: func(p Position) { reached <- p }})

	run(t, db.url, "INSERT INTO items VALUES (1)")
	tx := r.take(t)
	run(t, other.url, "INSERT INTO papers SELECT n, 'x' FROM generate_series(1, 1000) n")
	target := queryPosition(t, db.url, "SELECT pg_current_wal_flush_lsn()")
	eventually(t, "the server tells how far it has read", func() bool { return r.stream.Received() >= target })
	require.Less(t, r.stream.Confirmed(), tx.end, "a commit is in flight")

	tx.release()
	require.GreaterOrEqual(t, r.stream.Confirmed(), target, "what lies behind the last commit counts as soon as it is released")
	eventually(t, "the server knows", func() bool { return db.confirmedOnServer(t) >= target })

	run(t, other.url, "INSERT INTO papers SELECT n, 'x' FROM generate_series(1, 1000) n")
	target = queryPosition(t, db.url, "SELECT pg_current_wal_flush_lsn()")
	last := Position(0)
	for last < target {
		p := receive(t, reached, "the position of OnIdle")
		require.Greater(t, p, last)
		last = p
	}
	eventually(t, "the server knows", func() bool { return db.confirmedOnServer(t) >= target })
}

// TestStreamBackPressure blocks the handler for several times wal_sender_timeout, with more to send than sockets can hold.
func TestStreamBackPressure(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	r := start(t, Config{URL: withSetting(t, db.url, "wal_sender_timeout", "1s"), Slot: db.slot, StatusInterval: time.Hour})
	const transactions = 30
	for id := range transactions {
		run(t, db.url, "INSERT INTO papers SELECT "+strconv.Itoa(id)+", repeat(md5(n::text), 30) FROM generate_series(1, 1000) n")
	}
	eventually(t, "the server hears from us long after its timeout", func() bool {
		rows := run(t, db.url, "SELECT 1 FROM pg_stat_replication WHERE application_name = '"+db.slot+"' AND reply_time > backend_start + interval '4s'")
		return len(rows) == 1
	})
	for range transactions { // the handler was blocked in its first Commit all the while
		tx := r.take(t)
		require.Len(t, tx.lines, 1000)
		tx.release()
	}
	require.NoError(t, r.end(t))
	require.Zero(t, r.stream.InFlight())
}

type failing struct{ collector }

var errSink = errors.New("the sink is gone")

func (f *failing) Row(*Relation, Op, Tuple, Tuple) error { return errSink }

func TestStreamEndsWithTheHandlersError(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	stream, err := Open(t.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
	require.NoError(t, err)
	run(t, db.url, "INSERT INTO items VALUES (1)")
	require.ErrorIs(t, stream.Run(t.Context(), &failing{}), errSink)
	require.ErrorContains(t, stream.Run(t.Context(), &failing{}), "open a new one")

	r := start(t, Config{URL: db.url, Slot: db.slot}) // at once: the failed stream has left the slot
	require.Len(t, r.take(t).lines, 1, "what the handler refused comes again")
}

// canceled fails with an error of the context although the context has not ended.
type canceled struct{ collector }

func (c *canceled) Row(*Relation, Op, Tuple, Tuple) error { return context.Canceled }

func TestStreamTellsFailureFromCleanEnd(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	stream, err := Open(t.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
	require.NoError(t, err)
	run(t, db.url, "INSERT INTO items VALUES (1)")
	require.ErrorIs(t, stream.Run(t.Context(), &canceled{}), context.Canceled, "nobody asked the stream to end")

	blocked := start(t, Config{URL: db.url, Slot: db.slot}) // waits for the test to take the commit
	eventually(t, "the commit is handed over", func() bool { return blocked.stream.InFlight() == 1 })
	require.NoError(t, blocked.end(t), "the handler gave up because the stream was asked to end")

	stream, err = Open(t.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
	require.NoError(t, err)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, stream.Run(ended, &canceled{}), "asked to end before it began")
}

// signalWriter is a log that tells when a line contains its text.
type signalWriter struct {
	text string
	seen chan struct{}
}

func (w signalWriter) Write(line []byte) (int, error) {
	if strings.Contains(string(line), w.text) {
		close(w.seen)
	}
	return len(line), nil
}

func TestStreamDrains(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	log := signalWriter{text: "waits for commits in flight", seen: make(chan struct{})}
	r := start(t, Config{URL: db.url, Slot: db.slot, DrainTimeout: patience, Logger: slog.New(slog.NewTextHandler(log, nil))})
	run(t, db.url, "INSERT INTO items VALUES (1)")
	run(t, db.url, "INSERT INTO items VALUES (2)")
	first, second := r.take(t), r.take(t)
	r.cancel()
	receive(t, log.seen, "the wait for commits in flight")
	second.release()
	first.release()
	require.NoError(t, r.wait(t))
	require.GreaterOrEqual(t, db.confirmedOnServer(t), second.end)
}

func TestStreamDrainIsBounded(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	r := start(t, Config{URL: db.url, Slot: db.slot, DrainTimeout: time.Millisecond})
	run(t, db.url, "INSERT INTO items VALUES (1)")
	tx := r.take(t)
	require.NoError(t, r.end(t))
	require.Less(t, db.confirmedOnServer(t), tx.end)
}

func TestStreamClose(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	stream, err := Open(t.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
	require.NoError(t, err)
	require.NoError(t, stream.Close(t.Context()))
	require.NoError(t, stream.Close(t.Context()))
	require.ErrorContains(t, stream.Run(t.Context(), &failing{}), "open a new one")
}
