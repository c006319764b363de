package indexer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/indexer/indexertest"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

func TestFaultsOfTheSearchEngine(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(w http.ResponseWriter){
		"too busy":          func(w http.ResponseWriter) { answer(w, http.StatusTooManyRequests, `{}`) },
		"away":              func(w http.ResponseWriter) { answer(w, http.StatusServiceUnavailable, `{}`) },
		"not let in":        func(w http.ResponseWriter) { answer(w, http.StatusForbidden, `{}`) },
		"cut off":           func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"an answer cut off": func(w http.ResponseWriter) { answer(w, http.StatusOK, `{"items":[{"ind`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.add("there", "before")
			var mu sync.Mutex
			chance := rand.New(rand.NewPCG(1, 1))
			// One request in ten fails, of whatever kind.
			w.start(through(w.proxy(between{fault: func(rw http.ResponseWriter, _ *http.Request, _ *[]byte) bool {
				mu.Lock()
				fails := chance.IntN(10) == 0
				mu.Unlock()
				if !fails {
					return false
				}
				fault(rw)
				return true
			}})))
			w.settle()
			for i := range 5 {
				w.add(fmt.Sprintf("p-%d", i))
				w.exec(`DELETE FROM products WHERE handle = $1`, fmt.Sprintf("p-%d", i-1))
			}
			w.settle()
			w.requireOracle()
		})
	}
}

// spoilt makes the engine refuse the document of the product with handle bad: the mapping is strict, and takes no field it
// does not know.
func (w *world) spoilt() func(*indexer.Config) {
	return through(w.proxy(between{fault: func(_ http.ResponseWriter, r *http.Request, body *[]byte) bool {
		if isBulk(r) {
			*body = bytes.ReplaceAll(*body, []byte(`,"title":"Title of bad"`), []byte(`,"no_such_field":"Title of bad"`))
		}
		return false
	}}))
}

// deadLetters counts the documents that are noted as refused.
func (w *world) deadLetters() int {
	w.tb.Helper()
	counts, err := w.db.CountDeadLetters(context.Background())
	require.NoError(w.tb, err)
	n := 0
	for _, of := range counts {
		n += of
	}
	return n
}

func TestARejectedDocumentKeepsNoOtherOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(w.spoilt())
	w.settle()
	w.add("good", "bad", "fair")
	w.settle()
	require.EqualValues(t, 1, w.observed.rejected.Load())
	require.EqualValues(t, 1, w.observed.dead.Load())
	require.Equal(t, 1, w.deadLetters())
	require.Len(t, w.documents(), 2)
	w.requireKnownRefusal()
	w.exec(`UPDATE products SET title = 'Better' WHERE handle = 'bad'`)
	w.settle()
	w.requireOracle()
	require.Zero(t, w.deadLetters(), "what is taken at last is forgotten")
	require.Zero(t, w.observed.dead.Load())
}

// requireKnownRefusal says that a verification calls the product bad refused, and tells what else differs from it.
func (w *world) requireKnownRefusal() {
	w.tb.Helper()
	bad, good := w.ref("bad"), w.ref("good")
	refused := commerce.Drift{Product: bad, Kind: commerce.DriftMissing, Refused: true}
	knowing := w.verifier(func(c *indexer.VerifierConfig) { c.Refusals, c.Alias = w.db, w.alias })
	r, err := knowing.Verify(context.Background(), indexer.VerifyOptions{})
	require.NoError(w.tb, err)
	require.Equal(w.tb, []commerce.Drift{refused}, r.Drift)
	require.Zero(w.tb, r.Drifted())
	require.Equal(w.tb, 1, r.Refused)
	require.Empty(w.tb, r.Counts.Differ)
	require.False(w.tb, r.Faithful())
	w.forget(good)
	r, err = knowing.Verify(context.Background(), indexer.VerifyOptions{})
	require.NoError(w.tb, err)
	require.Equal(w.tb, 1, r.Drifted())
	require.Equal(w.tb, []indexer.CountDifference{{Store: w.store.ID, Products: 3, Documents: 1}}, r.Counts.Differ)
	attempts := w.observed.rejected.Load()
	r, err = knowing.Verify(context.Background(), indexer.VerifyOptions{Repair: true})
	require.NoError(w.tb, err)
	// In either order: what is refused is known at once, what is repaired when it has been looked at again.
	require.ElementsMatch(w.tb, []commerce.Drift{{Product: good, Kind: commerce.DriftMissing, Repaired: true}, refused}, r.Drift)
	require.Equal(w.tb, 1, r.Repaired)
	require.Empty(w.tb, r.Counts.Differ)
	require.Equal(w.tb, attempts, w.observed.rejected.Load(), "what is refused is not tried again")
	other := w.verifier(func(c *indexer.VerifierConfig) { c.Refusals, c.Alias = w.db, "another" })
	r, err = other.Verify(context.Background(), indexer.VerifyOptions{Repair: true})
	require.NoError(w.tb, err)
	require.Zero(w.tb, r.Refused, "it is not this index that refuses it")
	require.Equal(w.tb, 1, r.Drifted())
}

func TestDeadLettersAreAskedForAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(w.spoilt())
	w.add("good", "bad")
	w.settle()
	require.Equal(t, 1, w.deadLetters())
	w.stop()
	w.start() // a program that knows better
	last, n, err := w.db.EmitDeadLetters(t.Context(), commerce.Resync{Run: "again", Limit: 10})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	w.settle()
	w.requireOracle()
	require.Zero(t, w.deadLetters())
	_, n, err = w.db.EmitDeadLetters(t.Context(), commerce.Resync{Run: "again", After: last, Limit: 10})
	require.NoError(t, err)
	require.Zero(t, n)
}

// keeper is a DeadLetterStore that is away for a while.
type keeper struct {
	commerce.DeadLetterStore
	faults atomic.Int64
}

func (k *keeper) AddDeadLetter(ctx context.Context, l commerce.DeadLetter) (bool, error) {
	if k.faults.Add(-1) >= 0 {
		return false, errors.New("injected: the database is away")
	}
	return k.DeadLetterStore.AddDeadLetter(ctx, l)
}

func TestADeadLetterIsNotLostWithTheDatabaseAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := &keeper{DeadLetterStore: w.db}
	k.faults.Store(2)
	w.start(w.spoilt(), func(c *indexer.Config) { c.DeadLetters = k })
	w.add("good", "bad")
	w.settle()
	require.Equal(t, 1, w.deadLetters())
	require.Negative(t, k.faults.Load())
}

// TestALateRequestChangesNothing sends every bulk request of the indexer's life once more, oldest first, as a writer that
// was thought dead may do.
func TestALateRequestChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mu sync.Mutex
	var late [][]byte
	w.start(through(w.proxy(between{fault: func(_ http.ResponseWriter, r *http.Request, body *[]byte) bool {
		if isBulk(r) {
			mu.Lock()
			defer mu.Unlock()
			late = append(late, bytes.Clone(*body))
		}
		return false
	}})))
	w.settle()
	for i := range 4 {
		w.add("kept", "lost")
		w.exec(`UPDATE products SET title = $1`, fmt.Sprintf("Title %d", i))
		w.settle()
	}
	w.exec(`DELETE FROM products WHERE handle = 'lost'`)
	w.settle()
	w.stop()
	refused := 0
	for _, body := range late {
		text := searchtest.Call(t, http.MethodPost, w.es+"/"+w.alias+"-g1-write/_bulk?refresh=true", body)
		refused += bytes.Count(text, []byte("version_conflict_engine_exception"))
	}
	require.Positive(t, refused)
	w.requireOracle()
}

// TestTheGateKeepsOldRowsOut holds a read back behind a gate that does not open at once.
func TestTheGateKeepsOldRowsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var closed atomic.Int64
	w.start(func(c *indexer.Config) {
		c.Documents = reader{DocumentReader: w.db, before: func() error {
			if closed.Add(-1) >= 0 {
				return fmt.Errorf("injected: %w", commerce.ErrNotVisible)
			}
			return nil
		}}
	})
	w.add("one")
	w.settle()
	before := w.observed.gate.Load()
	closed.Store(5)
	w.exec(`UPDATE products SET title = 'New'`)
	w.settle()
	require.EqualValues(t, 5, w.observed.gate.Load()-before)
	w.requireOracle()
}

// edges are the places of a run where it can end. Each is a hook that calls end once it is reached the nth time.
var edges = map[string]func(w *world, reached func()) func(*indexer.Config){
	"before the gate": func(w *world, reached func()) func(*indexer.Config) {
		return func(c *indexer.Config) {
			c.Documents = reader{DocumentReader: w.db, before: func() error { reached(); return nil }}
		}
	},
	"after the gate": func(w *world, reached func()) func(*indexer.Config) {
		return func(c *indexer.Config) { c.Documents = reader{DocumentReader: w.db, after: reached} }
	},
	"before the request": func(w *world, reached func()) func(*indexer.Config) {
		return through(w.proxy(between{fault: hook(isBulk, reached)}))
	},
	"after the request": func(w *world, reached func()) func(*indexer.Config) {
		return through(w.proxy(between{after: func(r *http.Request) {
			if isBulk(r) {
				reached()
			}
		}}))
	},
	"before a call about the index": func(w *world, reached func()) func(*indexer.Config) {
		return through(w.proxy(between{fault: hook(func(r *http.Request) bool { return !isBulk(r) }, reached)}))
	},
	"after a call about the index": func(w *world, reached func()) func(*indexer.Config) {
		return through(w.proxy(between{after: func(r *http.Request) {
			if !isBulk(r) {
				reached()
			}
		}}))
	},
	"after the release": func(_ *world, reached func()) func(*indexer.Config) {
		return func(c *indexer.Config) { c.Observer = released{c.Observer, reached} }
	},
}

func hook(which func(*http.Request) bool, reached func()) func(http.ResponseWriter, *http.Request, *[]byte) bool {
	return func(_ http.ResponseWriter, r *http.Request, _ *[]byte) bool {
		if which(r) {
			reached()
		}
		return false
	}
}

// released hears of a commit's freshness, which is told when it has been released.
type released struct {
	indexer.Observer
	reached func()
}

func (r released) InFlight(int) { r.reached() }

// saving is an IndexStateStore whose saves end in a trap.
type saving struct {
	commerce.IndexStateStore
	trap *indexertest.Trap
}

func (s saving) SaveIndexState(ctx context.Context, slot string, state commerce.IndexState) error {
	if err := s.trap.At(indexertest.BeforeSave); err != nil {
		return err
	}
	if err := s.IndexStateStore.SaveIndexState(ctx, slot, state); err != nil {
		return err
	}
	return s.trap.At(indexertest.AfterSave)
}

// A process that dies when the state is saved, and before the server is told of it, leaves a slot that stands before what the state says is
// confirmed. The next one goes on from the slot, in the same generation.
func TestAKillBetweenTheSavedStateAndTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	trap := &indexertest.Trap{}
	database := indexertest.Database{SQL: w.db.SQL, Slot: w.slot}
	for life := 0; ; life++ {
		require.Less(t, life, 10, "a save that says more than the slot is never met")
		w.start(func(c *indexer.Config) { c.State = saving{c.State, trap} })
		w.settle()
		reached := trap.Set(indexertest.AfterSave)
		w.add(fmt.Sprintf("p-%d", life))
		w.exec(`DELETE FROM products WHERE handle = $1`, fmt.Sprintf("p-%d", life-1))
		<-reached
		require.NoError(t, database.CutOff(t.Context()))
		w.kill()
		trap.Spring()
		w.stop()
		state, err := w.db.IndexState(t.Context(), w.slot)
		require.NoError(t, err)
		slot, err := w.db.SlotState(t.Context(), w.slot)
		require.NoError(t, err)
		if state.Confirmed > slot.Confirmed {
			break
		}
	}
	w.add("last")
	w.start()
	w.settle()
	w.requireLive(1)
	w.requireOracle()
}

func TestAnEndAtAnyEdgeLosesNothing(t *testing.T) {
	t.Parallel()
	for name, edge := range edges {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.add("first", "second", "third")
			for life := range int64(4) { // the first lives end in the walk, later ones among changes
				left := atomic.Int64{}
				left.Store(life + 1)
				ended, cancel := context.WithCancel(context.Background())
				w.start(edge(w, func() {
					if left.Add(-1) == 0 {
						w.kill()
						cancel()
					}
				}))
				for i := 0; ended.Err() == nil; i++ {
					handle := fmt.Sprintf("p-%d-%d", life, i)
					w.add(handle)
					w.exec(`UPDATE products SET title = 'Changed' WHERE handle = $1`, handle)
					w.exec(`DELETE FROM products WHERE handle = $1`, fmt.Sprintf("p-%d-%d", life, i-1))
				}
				w.stop()
			}
			w.start()
			w.settle()
			w.requireLive(1)
			w.requireOracle()
		})
	}
}

func TestShutdownFinishesWhatIsBeingWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := make(chan struct{})
	var armed atomic.Bool
	w.start(through(w.proxy(between{after: func(r *http.Request) {
		if isBulk(r) && armed.CompareAndSwap(true, false) {
			w.kill() // the answer is on its way
			close(asked)
		}
	}})))
	w.settle()
	armed.Store(true)
	w.add("last")
	<-asked
	end := w.flushed()
	w.stop()
	require.Len(t, w.documents(), 1)
	var confirmed uint64
	require.NoError(t, w.db.SQL.QueryRowContext(context.Background(),
		`SELECT (confirmed_flush_lsn - '0/0')::bigint FROM pg_replication_slots WHERE slot_name = $1`, w.slot).Scan(&confirmed))
	require.GreaterOrEqual(t, confirmed, end-512, "the last word to the server confirms the last commit")
}
