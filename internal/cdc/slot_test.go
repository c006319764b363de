package cdc

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	tests := []struct {
		name string
		cfg  Config
		want string
	}{
		{"no slot name", Config{URL: db.url, Publication: "feed"}, "1 to 63 lower-case letters"},
		{"a slot name the server refuses", Config{URL: db.url, Slot: "Kirana-1", Publication: "feed"}, "1 to 63 lower-case letters"},
		{"no address", Config{URL: "postgres://%", Slot: "x", Publication: "feed"}, "read the database address"},
		{"nobody there", Config{URL: "postgres://x@127.0.0.1:1/x?sslmode=disable", Slot: "x", Publication: "feed"}, "open a replication connection"},
		{"no such publication", Config{URL: db.url, Slot: db.slot, Publication: `fe"e'd`}, `create it before the slot, with CREATE PUBLICATION`},
		{"no slot where one was to go on", Config{URL: db.url, Slot: db.slot, Publication: "feed", Existing: true}, ErrSlotMissing.Error()},
	}
	for _, test := range tests {
		_, err := Open(t.Context(), test.cfg)
		require.ErrorContains(t, err, test.want, test.name)
	}
	require.Equal(t, "0", queryValue(t, db.url, "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '"+db.slot+"'"),
		"no slot before the publication")
}

func TestOpenNeedsTheReplicationAttribute(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	run(t, db.url, "CREATE ROLE cdc_plain LOGIN")
	t.Cleanup(func() { run(t, db.url, "DROP ROLE cdc_plain") })
	_, err := Open(t.Context(), Config{URL: withSetting(t, db.url, "user", "cdc_plain"), Slot: db.slot, Publication: "feed"})
	require.ErrorContains(t, err, "the role needs REPLICATION")
	const insufficientPrivilege = "42501"
	require.Equal(t, insufficientPrivilege, code(err))
}

func TestOpenFindsAForeignSlot(t *testing.T) {
	t.Parallel()
	db, other := newDatabase(t), newDatabase(t)
	stream, err := Open(t.Context(), Config{URL: other.url, Slot: other.slot, Publication: "feed"})
	require.NoError(t, err)
	require.NoError(t, stream.Close(t.Context()))
	_, err = Open(t.Context(), Config{URL: db.url, Slot: other.slot, Publication: "feed"})
	require.ErrorIs(t, err, ErrSlotMismatch)

	run(t, db.url, "SELECT pg_create_physical_replication_slot('"+db.slot+"')")
	_, err = Open(t.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
	require.ErrorIs(t, err, ErrSlotMismatch)
}

// TestOpenTogether lets several processes start at once: one creates the slot, all find it.
func TestOpenTogether(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	const processes = 4
	type result struct {
		created bool
		err     error
	}
	results := make(chan result, processes)
	for range processes {
		go func() {
			for {
				stream, err := Open(t.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
				if errors.Is(err, ErrSlotActive) { // it is being created: the advice is to try again
					continue
				}
				if err != nil {
					results <- result{err: err}
					return
				}
				results <- result{stream.System().SlotCreated, stream.Close(t.Context())}
				return
			}
		}()
	}
	created := 0
	for range processes {
		r := receive(t, results, "the end of an Open")
		require.NoError(t, r.err)
		if r.created {
			created++
		}
	}
	require.Equal(t, 1, created)
}

func TestCreateSlotNamesWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	conn, err := pgconn.Connect(t.Context(), db.url)
	require.NoError(t, err)
	_, err = query(t.Context(), conn, "BEGIN; SELECT pg_current_xact_id()")
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = Open(ctx, Config{URL: db.url, Slot: db.slot, Publication: "feed"})
	require.ErrorContains(t, err, "the server waits for transactions running since before")
	require.NoError(t, conn.Close(t.Context()))
}

func TestRunOnAnActiveSlot(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	r := start(t, Config{URL: db.url, Slot: db.slot})
	run(t, db.url, "INSERT INTO items VALUES (1)")
	r.take(t).release() // it streams
	second, err := Open(t.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
	require.NoError(t, err)
	err = second.Run(t.Context(), &collector{})
	require.ErrorIs(t, err, ErrSlotActive)
	require.ErrorContains(t, err, "is active for PID")
}

func TestRunOnASlotOlderThanItsPublication(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	run(t, db.url, "DROP PUBLICATION feed")
	run(t, db.url, "SELECT pg_create_logical_replication_slot('"+db.slot+"', 'pgoutput')")
	run(t, db.url, "INSERT INTO items VALUES (1)")
	run(t, db.url, "CREATE PUBLICATION feed FOR TABLE items")
	stream, err := Open(t.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
	require.NoError(t, err)
	err = stream.Run(t.Context(), &collector{})
	require.ErrorIs(t, err, ErrPublicationMissing)
	require.ErrorContains(t, err, "drop the slot, open a new stream and load everything again")
}

func TestDropSlot(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	require.NoError(t, DropSlot(t.Context(), db.url, db.slot), "a slot that does not exist")
	require.Error(t, DropSlot(t.Context(), db.url, "Not A Slot"))

	r := start(t, Config{URL: db.url, Slot: db.slot})
	run(t, db.url, "INSERT INTO items VALUES (1)")
	r.take(t).release()
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, DropSlot(short, db.url, db.slot), ErrSlotActive)

	dropped := make(chan error, 1)
	go func() { dropped <- DropSlot(t.Context(), db.url, db.slot) }()
	require.NoError(t, r.end(t))
	require.NoError(t, receive(t, dropped, "the end of DropSlot"), "the slot is free now")
	require.Empty(t, run(t, db.url, "SELECT 1 FROM pg_replication_slots WHERE slot_name = '"+db.slot+"'"))
}

func TestOpenWithoutLogicalLog(t *testing.T) {
	t.Parallel()
	_, db, _ := ownServer(t, map[string]string{"wal_level": "replica"})
	_, err := Open(t.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
	require.ErrorIs(t, err, ErrWALLevel)
	require.ErrorContains(t, err, "set wal_level = logical and restart")
}

// TestSlotLost lets the server throw away log the slot needs, before and after a stream was opened on it.
func TestSlotLost(t *testing.T) {
	t.Parallel()
	_, db, _ := ownServer(t, map[string]string{"max_slot_wal_keep_size": "1MB", "min_wal_size": "32MB", "max_wal_size": "32MB", "wal_keep_size": "0"})
	stream, err := Open(t.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
	require.NoError(t, err)
	eventually(t, "the server gives the slot up", func() bool {
		run(t, db.url, "SELECT pg_logical_emit_message(false, '', repeat('x', 1000000))")
		run(t, db.url, "SELECT pg_switch_wal()")
		run(t, db.url, "CHECKPOINT")
		return queryValue(t, db.url, "SELECT wal_status FROM pg_replication_slots") == "lost"
	})
	err = stream.Run(t.Context(), &collector{})
	require.ErrorIs(t, err, ErrSlotLost)
	_, err = Open(t.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
	require.ErrorIs(t, err, ErrSlotLost)
	require.ErrorContains(t, err, "drop it, open a new stream and load everything again")

	require.NoError(t, DropSlot(t.Context(), db.url, db.slot))
	stream, err = Open(t.Context(), Config{URL: db.url, Slot: db.slot, Publication: "feed"})
	require.NoError(t, err)
	require.True(t, stream.System().SlotCreated, "a new slot is told apart from the one that was lost")
	require.NoError(t, stream.Close(t.Context()))
}

func TestCreateSlotCommand(t *testing.T) {
	t.Parallel()
	require.Equal(t, `CREATE_REPLICATION_SLOT "s" LOGICAL pgoutput (SNAPSHOT 'nothing')`, createSlotCommand("s", 16_00_09))
	require.Equal(t, `CREATE_REPLICATION_SLOT "s" LOGICAL pgoutput (SNAPSHOT 'nothing', FAILOVER true)`, createSlotCommand("s", 17_00_00))
}
