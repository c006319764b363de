package db_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

const happenSQL = `
INSERT INTO outbox (store_id, topic, version, subject, payload) VALUES ($1, $2, 1, $3, '{"name": "#1001", "totalMinor": 4200}') RETURNING id`

// happen writes an event down as a mutation would, and returns its id.
func happen(tb testing.TB, d *dbtest.Database, store *commerce.Store, topic commerce.Topic, subject string) int64 {
	tb.Helper()
	var id int64
	require.NoError(tb, d.SQL.QueryRowContext(tb.Context(), happenSQL, int64(store.ID), string(topic), subject).Scan(&id))
	return id
}

// told are the ids of the events that somebody is told of.
func told(tb testing.TB, d *db.DB, most int) []int64 {
	tb.Helper()
	var ids []int64
	n, err := d.TellEvents(tb.Context(), most, func(_ context.Context, events []commerce.Event) error {
		for i := range events {
			ids = append(ids, events[i].ID)
		}
		return nil
	})
	require.NoError(tb, err)
	require.Len(tb, ids, n)
	return ids
}

func TestEventsAreToldOfOnceAndInOrder(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	alpha, beta := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	a, b, c := happen(t, d, beta, commerce.TopicOrderCreated, "x"), happen(t, d, alpha, commerce.TopicOrderPaid, "y"), happen(t, d, beta, commerce.TopicOrderPaid, "x")
	require.Equal(t, []int64{a, b}, told(t, d.DB, 2))
	require.Equal(t, []int64{c}, told(t, d.DB, 2))
	require.Empty(t, told(t, d.DB, 2))

	happen(t, d, alpha, commerce.TopicOrderCreated, "z")
	var got commerce.Event
	_, err := d.TellEvents(t.Context(), 1, func(_ context.Context, events []commerce.Event) error { got = events[0]; return nil })
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), got.At, time.Minute)
	doc, err := got.Envelope()
	require.NoError(t, err)
	require.JSONEq(t, `{"id": "evt_`+strconv.Itoa(int(alpha.ID))+`_`+strconv.Itoa(int(got.ID))+`", "topic": "order.created", "version": 1, "at": "`+
		got.At.Format(time.RFC3339Nano)+`", "store": "gid://kirana/Store/`+strconv.Itoa(int(alpha.ID))+`", "subject": "z", "payload": {"name": "#1001", "totalMinor": 4200}}`, string(doc))
}

// A transaction that has taken its id before others and commits after they were told of is told of all the same. Whoever remembers the
// highest id so far loses it.
func TestAnEventThatCommitsLate(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	slow, err := d.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	var late int64
	require.NoError(t, slow.QueryRowContext(t.Context(), happenSQL, int64(store.ID), "order.created", "slow").Scan(&late))
	early := happen(t, d, store, commerce.TopicOrderCreated, "fast")
	require.Greater(t, early, late)
	require.Equal(t, []int64{early}, told(t, d.DB, 10), "nobody waits for a transaction that is under way")
	require.NoError(t, slow.Commit())
	require.Equal(t, []int64{late}, told(t, d.DB, 10))
}

// What could not be told comes again, the same; while one process is at it, others leave it alone.
func TestEventsThatAreNotTold(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	id := happen(t, d, openStore(t, d.DB, "alpha"), commerce.TopicOrderCreated, "x")
	full := errors.New("the disk is full")
	n, err := d.TellEvents(t.Context(), 10, func(context.Context, []commerce.Event) error { return full })
	require.ErrorIs(t, err, full)
	require.Zero(t, n)
	_, err = d.TellEvents(t.Context(), 10, func(_ context.Context, events []commerce.Event) error {
		require.Equal(t, id, events[0].ID)
		require.Empty(t, told(t, d.DB, 10))
		lag, err := d.EventLag(t.Context())
		require.NoError(t, err)
		require.Positive(t, lag.Untold)
		return nil
	})
	require.NoError(t, err)
	lag, err := d.EventLag(t.Context())
	require.NoError(t, err)
	require.Zero(t, lag)
}

// A process that stops in the midst of telling is not waited for.
func TestAProcessThatTellsNoMore(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	id := happen(t, d, openStore(t, d.DB, "alpha"), commerce.TopicOrderCreated, "x")
	_, err := d.TellEvents(t.Context(), 10, func(context.Context, []commerce.Event) error {
		run(t, d, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`)
		return nil
	})
	require.Error(t, err, "its note is lost")
	require.Equal(t, []int64{id}, told(t, d.DB, 10))
}

// What was there before anybody could be told is not news; what a program writes that does not know of it is.
func TestEventsFromBefore(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	require.Equal(t, [][]string{{"true"}}, queryRows(t, d, `SELECT atthasmissing FROM pg_attribute WHERE attrelid = 'outbox'::regclass AND attname = 'told_at'`),
		"rows from before are told of without being rewritten")
	id := happen(t, d, store, commerce.TopicOrderCreated, "x")
	require.Equal(t, []int64{id}, told(t, d.DB, 10))
}

// Events go a week after everybody was told, and what became of them does, too. What a receiver waits for stays.
func TestSweptEvents(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	w := subscribe(t, d, store, commerce.TopicOrderCreated)
	gone, waits, fresh := happen(t, d, store, commerce.TopicOrderPaid, "a"), happen(t, d, store, commerce.TopicOrderCreated, "b"), happen(t, d, store, commerce.TopicOrderPaid, "c")
	require.Equal(t, 1, queue(t, d))
	untold := happen(t, d, store, commerce.TopicOrderPaid, "d")
	run(t, d, `UPDATE outbox SET told_at = told_at - interval '8 days', at = at - interval '8 days' WHERE id <> $1`, fresh)
	require.NoError(t, d.Sweep(t.Context()))
	require.ElementsMatch(t, [][]string{{id(waits)}, {id(fresh)}, {id(untold)}}, queryRows(t, d, `SELECT id FROM outbox`), "not %d", gone)
	round := claimRound(t, d)
	require.Equal(t, w.Subscription.ID, round.ID)
	endRound(t, d, round, accepted)
	run(t, d, `UPDATE webhook_deliveries SET ended_at = ended_at - interval '8 days'`)
	require.NoError(t, d.Sweep(t.Context()))
	require.ElementsMatch(t, [][]string{{id(fresh)}, {id(untold)}}, queryRows(t, d, `SELECT id FROM outbox`))
}

func id(n int64) string { return strconv.FormatInt(n, 10) }
