package indexer_test

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/indexer/indexertest"
	"github.com/kirana-commerce/kirana/internal/devstack"
)

// TestModel lets writers change the catalogue at random while everything goes wrong that can, until all of it has gone wrong once; then
// and in between, the index must say what the database says. TEST_MODEL_SEED repeats the choices of a run that failed (not the moments
// at which processes meet); TEST_MODEL_TIME, as in 2m, goes on for longer.
func TestModel(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("TEST_MODEL_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	var longer time.Duration
	if text := os.Getenv("TEST_MODEL_TIME"); text != "" {
		var err error
		longer, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	t.Logf("TEST_MODEL_SEED=%d", seed)
	s := newStorm(t, seed)
	started := time.Now()
	for round := 0; round < s.Rounds() || time.Since(started) < longer; round++ {
		o, err := s.Round(t.Context())
		require.NoError(t, err, "%v", o.Happened)
		t.Logf("round %d: %v; %d commits, %d documents, quiet after %v", round, o.Happened, s.Commits(), o.Documents, o.Quiet.Round(time.Millisecond))
		require.Empty(t, o.Differences, "the index differs from the database; TEST_MODEL_SEED=%d", seed)
	}
	t.Logf("faults: %v", s.Faults.Counts())
}

// newStorm makes a storm on a Postgres of its own.
func newStorm(t *testing.T, seed uint64) *indexertest.Storm {
	t.Helper()
	o := devstack.PostgresOptions{Dir: t.TempDir(), Settings: map[string]string{
		"fsync": "off", "full_page_writes": "off", "deadlock_timeout": "50ms",
		"wal_sender_timeout": "2s", // the indexer reports its position twice a second
	}}
	p := ownPostgres(t, o)
	t.Cleanup(func() { _ = p.Stop(context.Background()) })
	w := newWorldOf(t, p.URL())
	plain := w.db.SQL
	catalogue, err := indexertest.NewCatalogue(t.Context(), plain)
	require.NoError(t, err)
	faults := indexertest.NewFaults(w.es, seed)
	t.Cleanup(faults.Close)
	s := &indexertest.Storm{
		Seed: seed, Catalogue: catalogue, Writers: 6, Faults: faults,
		Database: indexertest.Database{SQL: plain, Slot: w.slot},
		Oracle:   indexertest.Oracle{DB: plain, Documents: w.db, Engine: w.es, Alias: w.alias},
		Edges: []indexertest.Edge{
			indexertest.BeforeGate, indexertest.AfterGate, indexertest.BeforeBulk, indexertest.AfterBulk,
			indexertest.BeforeRefresh, indexertest.AfterRefresh, indexertest.AfterRelease,
			indexertest.BeforeSave, indexertest.AfterSave,
		},
		Crash: func(context.Context) error {
			if err := p.Kill(); err != nil {
				return err
			}
			p = ownPostgres(t, o)
			return nil
		},
		Searchable: func(context.Context) (int64, error) { return int64(w.searchable.Load()), nil },
		Refused: func(ctx context.Context) (string, error) {
			k, err := w.db.Walk(ctx, w.slot)
			return k.Refused, err
		},
		Verify: func(ctx context.Context) (int, error) {
			r, err := w.verifier().Verify(ctx, indexer.VerifyOptions{})
			return r.Drifted() + len(r.Counts.Differ), err
		},
	}
	m := &mortal{w: w, faults: faults, database: s.Database}
	s.Indexer = m
	require.NoError(t, m.Start())
	t.Cleanup(func() { _ = m.Kill() })
	s.Begin()
	return s
}

// mortal is an indexer in this process that can be killed nearly as a process can: its connections are cut where they are.
type mortal struct {
	w        *world
	faults   *indexertest.Faults
	database indexertest.Database
	proxy    *indexertest.Proxy
}

// Start runs it.
func (m *mortal) Start() error {
	var err error
	if m.proxy, err = m.faults.Proxy(); err != nil {
		return err
	}
	m.w.start(through(m.proxy.URL), func(c *indexer.Config) {
		c.Documents = reader{DocumentReader: c.Documents, before: func() error { return m.faults.At(indexertest.BeforeGate) }, after: func() {
			_ = m.faults.At(indexertest.AfterGate) // what it has read is of no use any more
		}}
		c.State = saving{c.State, &m.faults.Trap}
		c.Observer = released{c.Observer, func() { _ = m.faults.At(indexertest.AfterRelease) }}
	})
	return nil
}

// Kill cuts its connections, and waits until it has ended.
func (m *mortal) Kill() error {
	m.proxy.Close()
	err := m.database.CutOff(context.Background())
	m.w.kill()
	m.faults.Spring()
	m.w.stop()
	return err
}
