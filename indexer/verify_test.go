package indexer_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/indexer/indexertest"
	"github.com/kirana-commerce/kirana/search"
)

// verifier holds the world's index against its database.
func (w *world) verifier(change ...func(*indexer.VerifierConfig)) *indexer.Verifier {
	w.tb.Helper()
	c := indexer.VerifierConfig{
		Documents: w.db, Catalogue: w.db, Index: w.engine, Freshness: w.db.Freshness(w.slot), Redo: w.db, Observer: w.observed,
	}
	for _, f := range change {
		f(&c)
	}
	v, err := indexer.NewVerifier(c)
	require.NoError(w.tb, err)
	return v
}

func (w *world) verify(o indexer.VerifyOptions) indexer.VerifyReport {
	w.tb.Helper()
	r, err := w.verifier().Verify(context.Background(), o)
	require.NoError(w.tb, err)
	return r
}

// ref is a product of the world's store by its handle.
func (w *world) ref(handle string) commerce.ProductRef {
	w.tb.Helper()
	r := commerce.ProductRef{Store: w.store.ID}
	require.NoError(w.tb, w.db.SQL.QueryRowContext(context.Background(),
		`SELECT id FROM products WHERE store_id = $1 AND handle = $2`, w.store.ID, handle).Scan(&r.ID))
	return r
}

// forget deletes a document behind the indexer's back.
func (w *world) forget(ref commerce.ProductRef) {
	w.tb.Helper()
	w.alter(http.MethodDelete, fmt.Sprintf("/%s/_doc/%s?routing=%s&refresh=true", w.alias, search.DocumentID(ref), search.Routing(ref.Store)), "")
}

// invent writes a document behind the indexer's back.
func (w *world) invent(ref commerce.ProductRef) {
	w.tb.Helper()
	body := search.AppendDocument(nil, &commerce.ProductDocument{Ref: ref, Title: "Invented"}, 1)
	w.alter(http.MethodPut, fmt.Sprintf("/%s/_doc/%s?routing=%s&refresh=true", w.alias, search.DocumentID(ref), search.Routing(ref.Store)), string(body))
}

// many adds n products called prefix-0 and so on.
func (w *world) many(prefix string, n int) {
	w.tb.Helper()
	handles := make([]string, n)
	for i := range handles {
		handles[i] = fmt.Sprintf("%s-%d", prefix, i)
	}
	w.add(handles...)
}

func TestVerifyFindsDriftAndRepairsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.many("p", 1234) // more than two pages, and a rest
	w.exec(`UPDATE products SET status = 'DRAFT' WHERE handle IN ('p-7', 'p-8')`)
	w.start()
	w.settle()
	require.True(t, w.verify(indexer.VerifyOptions{}).Faithful())

	store := w.store.ID
	first, last, draft := w.ref("p-0"), w.ref("p-1233"), w.ref("p-7")
	want := map[commerce.ProductRef]commerce.DriftKind{
		first: commerce.DriftMissing, w.ref("p-499"): commerce.DriftMissing, w.ref("p-500"): commerce.DriftMissing, last: commerce.DriftMissing,
		w.ref("p-600"): commerce.DriftStale, w.ref("p-601"): commerce.DriftStale,
		draft:                                   commerce.DriftOrphan,
		{Store: store, ID: last.ID + 1_000_000}: commerce.DriftOrphan, // after every product
		{Store: store + 1, ID: 5}:               commerce.DriftOrphan, // of a store that is not there
		{Store: 1_000_000, ID: 5}:               commerce.DriftOrphan,
	}
	for ref, kind := range want {
		if kind == commerce.DriftMissing {
			w.forget(ref)
		} else {
			w.invent(ref)
		}
	}
	r := w.verify(indexer.VerifyOptions{})
	require.Equal(t, want, kinds(r.Drift))
	require.Equal(t, map[commerce.DriftKind]int{commerce.DriftMissing: 4, commerce.DriftStale: 2, commerce.DriftOrphan: 4}, r.Found)
	require.Equal(t, 1234, r.Checked)
	require.Zero(t, r.Repaired)
	require.Len(t, r.Counts.Differ, 3)
	require.Equal(t, indexer.CountDifference{Store: store, Products: 1232, Documents: 1230}, r.Counts.Differ[0])
	require.False(t, r.Faithful())

	r = w.verify(indexer.VerifyOptions{Store: store, Repair: true})
	require.Equal(t, 8, r.Repaired, "the others are of other stores")
	require.Equal(t, 8, r.Drifted())
	require.Empty(t, r.Counts.Differ)
	r = w.verify(indexer.VerifyOptions{Repair: true})
	require.Equal(t, 2, r.Repaired)
	require.True(t, w.verify(indexer.VerifyOptions{}).Faithful())
	w.requireOracle()
}

func kinds(drift []commerce.Drift) map[commerce.ProductRef]commerce.DriftKind {
	found := make(map[commerce.ProductRef]commerce.DriftKind, len(drift))
	for _, d := range drift {
		found[d.Product] = d.Kind
	}
	return found
}

// TestVerifyOfManyOrphans: everything that was ever indexed drifts, more than waits for a second look at once, and more
// than one request reads of the index.
func TestVerifyOfManyOrphans(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.many("p", 2345)
	w.start()
	w.settle()
	w.exec(`ALTER PUBLICATION kirana_search SET TABLE collection_products (store_id, product_id, collection_id)`) // the indexer goes blind
	w.exec(`DELETE FROM products`)
	r := w.verify(indexer.VerifyOptions{})
	require.Equal(t, map[commerce.DriftKind]int{commerce.DriftOrphan: 2345}, r.Found)
	require.Len(t, r.Drift, 1000)
	require.Zero(t, r.Checked)
	r = w.verify(indexer.VerifyOptions{Repair: true})
	require.Equal(t, 2345, r.Repaired)
	require.Empty(t, w.documents())
}

// TestVerifyUnderWrites: while three writers change what they can, a verification sees differences all the time, and every
// one is a write that is on its way.
func TestVerifyUnderWrites(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	w := newWorld(t)
	catalogue, err := indexertest.NewCatalogue(t.Context(), w.db.SQL)
	require.NoError(t, err)
	w.start()
	w.settle()
	stop := indexertest.Churn(t.Context(), w.db.SQL, catalogue, seed, 3)
	suspects := 0
	for started := time.Now(); time.Since(started) < 3*time.Second; {
		r := w.verify(indexer.VerifyOptions{})
		require.Empty(t, r.Drift, "a false alarm")
		require.Empty(t, r.Counts.Differ, "a false alarm")
		suspects += r.Suspects
	}
	stop()
	require.Positive(t, suspects, "nothing was on its way")
	t.Logf("%d suspects", suspects)
	w.settle()
	require.True(t, w.verify(indexer.VerifyOptions{}).Faithful())
	w.requireOracle()
}

// TestVerifyOfAHotProduct: a product that is taken out of the shop and put back all the time is never reported, and one that
// is missing beside it is.
func TestVerifyOfAHotProduct(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("hot", "lost")
	w.start()
	w.settle()
	w.forget(w.ref("lost"))
	var stop atomic.Bool
	done := make(chan error, 1)
	go func() {
		for !stop.Load() {
			if _, err := w.db.SQL.ExecContext(context.Background(), `UPDATE products SET status = CASE status WHEN 'ACTIVE' THEN 'DRAFT' ELSE 'ACTIVE' END WHERE handle = 'hot'`); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	want := map[commerce.ProductRef]commerce.DriftKind{w.ref("lost"): commerce.DriftMissing}
	for range 30 {
		require.Equal(t, want, kinds(w.verify(indexer.VerifyOptions{}).Drift))
	}
	require.Equal(t, 1, w.verify(indexer.VerifyOptions{Repair: true}).Repaired)
	stop.Store(true)
	require.NoError(t, <-done)
}

func TestVerifyNeedsItsParts(t *testing.T) {
	t.Parallel()
	_, err := indexer.NewVerifier(indexer.VerifierConfig{})
	require.ErrorContains(t, err, "required")
}

// TestWaitSearchable: who waits in another process need not wait for the refresh budget, nor for the next save.
func TestWaitSearchable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.settle()
	f := w.db.Freshness(w.slot)
	for i := range 20 {
		w.add(fmt.Sprintf("p-%d", i))
		position, err := f.LogPosition(t.Context())
		require.NoError(t, err)
		s, err := f.WaitSearchable(t.Context(), position)
		require.NoError(t, err)
		require.GreaterOrEqual(t, s.Searchable, position)
		require.EqualValues(t, 1, s.Epoch)
		require.Equal(t, i+1, w.find(""))
	}
	w.stop()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	w.add("late")
	position, err := f.LogPosition(t.Context())
	require.NoError(t, err)
	_, err = f.WaitSearchable(ctx, position)
	require.ErrorIs(t, err, context.DeadlineExceeded, "nobody indexes")
}

// found hears of a canary.
type found struct {
	after chan time.Duration
	lost  atomic.Int64
}

func (f *found) Found(d time.Duration) { f.after <- d }
func (f *found) Lost()                 { f.lost.Add(1) }

// TestTheCanaryIsFoundAndSeenByNobody lets it beat on the true servers.
func TestTheCanaryIsFoundAndSeenByNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("one")
	w.start()
	w.settle()
	f := &found{after: make(chan time.Duration, 10)}
	k, err := indexer.NewCanary(indexer.CanaryConfig{Keeper: w.db, Searcher: w.engine, Observer: f})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ended.Go(func() { k.Run(ctx) })
	for range 2 {
		require.Positive(t, <-f.after)
	}
	cancel()
	ended.Wait()
	require.Zero(t, f.lost.Load())
	w.settle()
	require.Len(t, w.documents(), 2, "it is there")
	require.Equal(t, 1, w.find(""))
	require.Zero(t, w.find("canary"))
	require.True(t, w.verify(indexer.VerifyOptions{}).Faithful(), "it is no orphan")
	require.Equal(t, 1, w.verify(indexer.VerifyOptions{}).Counts.Stores)
}

// TestASweepRepairs: a lost document comes back by itself.
func TestASweepRepairs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.many("p", 1100)
	w.start()
	w.settle()
	for _, handle := range []string{"p-0", "p-600", "p-1099"} {
		w.forget(w.ref(handle))
	}
	s, err := indexer.NewSweeper(indexer.SweeperConfig{Verifier: w.verifier(), Store: w.db, Slot: w.slot, Every: 200 * time.Millisecond})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ended.Go(func() { s.Run(ctx) })
	w.eventually(func() bool { return w.observed.swept.Load() > 0 }, "no sweep came to its end")
	cancel()
	ended.Wait()
	require.EqualValues(t, 3, w.observed.drift.Load())
	require.EqualValues(t, 3, w.observed.repaired.Load())
	sweep, _, err := w.db.IndexSweep(t.Context(), w.slot)
	require.NoError(t, err)
	require.True(t, sweep.LastEnded.After(sweep.LastBegan))
	require.True(t, w.verify(indexer.VerifyOptions{}).Faithful())
}
