package db_test

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// watch hears what a DB does.
type watch struct {
	mu    sync.Mutex
	pools []string
	lags  []time.Duration
}

func (w *watch) options() db.Options {
	return db.Options{
		MaxLag:      700 * time.Millisecond,
		OnStatement: func(pool string) { w.mu.Lock(); defer w.mu.Unlock(); w.pools = append(w.pools, pool) },
		OnLag:       func(_ int, lag time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.lags = append(w.lags, lag) },
	}
}

// measured forgets the lags so far and waits for n more.
func (w *watch) measured(t *testing.T, n int) []time.Duration {
	t.Helper()
	w.mu.Lock()
	w.lags = nil
	w.mu.Unlock()
	return w.first(t, n)
}

// first waits for the first n lags.
func (w *watch) first(t *testing.T, n int) []time.Duration {
	t.Helper()
	var lags []time.Duration
	require.Eventually(t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		lags = w.lags
		return len(lags) >= n
	}, time.Minute, 10*time.Millisecond, "no lag is measured")
	return lags[:n]
}

// ask reads the store and returns the pools that were asked.
func (w *watch) ask(ctx context.Context, d *db.DB, store *commerce.Store) ([]string, error) {
	w.mu.Lock()
	w.pools = nil
	w.mu.Unlock()
	found, err := d.StoresByID(ctx, []commerce.StoreID{store.ID})
	if err == nil && found[store.ID] == nil {
		err = errors.New("the store is not found")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pools, err
}

func (w *watch) read(t *testing.T, d *db.DB, store *commerce.Store) []string {
	t.Helper()
	pools, err := w.ask(t.Context(), d, store)
	require.NoError(t, err)
	return pools
}

func (w *watch) requireFrom(t *testing.T, d *db.DB, store *commerce.Store, pool string) {
	t.Helper()
	require.Eventually(t, func() bool {
		pools, err := w.ask(t.Context(), d, store)
		return err == nil && len(pools) == 1 && pools[0] == pool
	}, time.Minute, 20*time.Millisecond, "reads do not come from the %s", pool)
}

// start runs the measuring until the test ends.
func start(t *testing.T, d *db.DB) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-done) })
}

// replicatedStore opens a store and waits until the standby shows it.
func replicatedStore(t *testing.T, pair *dbtest.Replicated) *commerce.Store {
	t.Helper()
	store := openStore(t, pair.DB, "alpha")
	require.Eventually(t, func() bool {
		var n int
		err := pair.Standby.QueryRowContext(t.Context(), `SELECT count(*) FROM stores`).Scan(&n)
		return err == nil && n == 1
	}, time.Minute, 10*time.Millisecond, "the standby does not follow")
	return store
}

func runOn(t *testing.T, pair *dbtest.Replicated, text string) {
	t.Helper()
	_, err := pair.Standby.ExecContext(t.Context(), text)
	require.NoError(t, err, text)
}

func TestReplicaIsReadWhileItIsClose(t *testing.T) {
	t.Parallel()
	var w watch
	pair := dbtest.WithStandby(t, w.options())
	store := replicatedStore(t, pair)
	require.Equal(t, []string{"primary"}, w.read(t, pair.DB, store), "before anything was measured")

	runOn(t, pair, `SELECT pg_wal_replay_pause()`) // behind from the start
	start(t, pair.DB)
	for _, lag := range w.first(t, 3) {
		require.Less(t, lag, time.Hour)
		require.Positive(t, lag, "a standby that has not moved since the start is behind")
	}
	runOn(t, pair, `SELECT pg_wal_replay_resume()`)
	w.requireFrom(t, pair.DB, store, "replica")

	for _, lag := range w.measured(t, 15) {
		require.LessOrEqual(t, lag, 700*time.Millisecond, "the lag must not grow while nobody writes")
	}

	runOn(t, pair, `SELECT pg_wal_replay_pause()`)
	run(t, pair.Database, `UPDATE stores SET name = 'New'`)
	w.requireFrom(t, pair.DB, store, "primary")
	lags := w.measured(t, 5)
	require.Greater(t, lags[4], lags[0], "it grows")
	found, err := pair.StoresByID(t.Context(), []commerce.StoreID{store.ID})
	require.NoError(t, err)
	require.Equal(t, "New", found[store.ID].Name)

	runOn(t, pair, `SELECT pg_wal_replay_resume()`)
	w.requireFrom(t, pair.DB, store, "replica")
}

// A standby that is close by the clock is read by those alone who have seen nothing that it lacks.
func TestReplicaIsNotOlderThanWhatWasSeen(t *testing.T) {
	t.Parallel()
	var w watch
	o := w.options()
	o.MaxLag = time.Hour
	pair := dbtest.WithStandby(t, o)
	store := replicatedStore(t, pair)
	start(t, pair.DB)
	w.requireFrom(t, pair.DB, store, "replica")

	runOn(t, pair, `SELECT pg_wal_replay_pause()`)
	require.Eventually(t, func() bool {
		var state string
		return pair.Standby.QueryRowContext(t.Context(), `SELECT pg_get_wal_replay_pause_state()`).Scan(&state) == nil && state == "paused"
	}, time.Minute, 10*time.Millisecond)
	run(t, pair.Database, `UPDATE stores SET name = 'New'`)
	position, err := pair.Position(t.Context())
	require.NoError(t, err)
	written := commerce.WithPosition(t.Context(), position)
	w.measured(t, 3)
	pools, err := w.ask(written, pair.DB, store)
	require.NoError(t, err)
	require.Equal(t, []string{"primary"}, pools)
	found, err := pair.StoresByID(written, []commerce.StoreID{store.ID})
	require.NoError(t, err)
	require.Equal(t, "New", found[store.ID].Name)
	require.Equal(t, []string{"replica"}, w.read(t, pair.DB, store), "others may still read it")
	found, err = pair.StoresByID(t.Context(), []commerce.StoreID{store.ID})
	require.NoError(t, err)
	require.NotEqual(t, "New", found[store.ID].Name)

	runOn(t, pair, `SELECT pg_wal_replay_resume()`)
	require.Eventually(t, func() bool {
		pools, err := w.ask(written, pair.DB, store)
		return err == nil && len(pools) == 1 && pools[0] == "replica"
	}, time.Minute, 20*time.Millisecond, "it has caught up")
}

// While the primary is down, a standby that had its last heartbeat goes on being read.
func TestReplicaServesWithoutPrimary(t *testing.T) {
	t.Parallel()
	var w watch
	pair := dbtest.WithStandby(t, w.options())
	store := replicatedStore(t, pair)
	start(t, pair.DB)
	w.requireFrom(t, pair.DB, store, "replica")
	require.NoError(t, pair.Server.Kill())
	w.measured(t, 5)
	require.Equal(t, []string{"replica"}, w.read(t, pair.DB, store))
	_, err := pair.UpsertProducts(t.Context(), store, products(1))
	requireUnavailable(t, "UpsertProducts", err)
}

// A standby that goes away costs no request; when it is back, it is read again.
func TestReplicaGoesAway(t *testing.T) {
	t.Parallel()
	var w watch
	pair := dbtest.WithStandby(t, db.Options{})
	store := replicatedStore(t, pair)
	standby, err := url.Parse(pair.Server.ReplicaURLs()[0])
	require.NoError(t, err)
	target := standby.Host
	first := dbtest.NewRelay(t, "127.0.0.1:0", target)
	standby.Host = first.Addr()

	d, err := db.Open(pair.URL, []string{standby.String(), "postgres://kirana@127.0.0.1:1/kirana?sslmode=disable"}, w.options())
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() }) // closing connections that are broken is an error
	start(t, d)
	w.requireFrom(t, d, store, "replica")
	first.Close()
	pools := w.read(t, d, store)
	require.Equal(t, "primary", pools[len(pools)-1], "the primary answers in its place")
	w.measured(t, 3)
	require.Equal(t, []string{"primary"}, w.read(t, d, store))

	dbtest.NewRelay(t, standby.Host, target)
	w.requireFrom(t, d, store, "replica")
}
