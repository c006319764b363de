package indexer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/internal/cdc"
)

// fill adds n products.
func (w *world) fill(n int) {
	w.tb.Helper()
	w.exec(`INSERT INTO products (store_id, handle, title, status, published_at)
		SELECT $1, 'p-' || i, 'Product ' || i, 'ACTIVE', now() FROM generate_series(1, $2) i`, w.store.ID, n)
}

// live waits until searches read the generation.
func (w *world) live(generation int) {
	w.tb.Helper()
	w.eventually(func() bool { return w.indexes()[fmt.Sprintf("%s-g%d", w.alias, generation)] }, "the generation is not live")
}

// rebuild asks for a new generation.
func (w *world) rebuild() {
	w.tb.Helper()
	_, err := w.db.AskForRebuild(context.Background())
	require.NoError(w.tb, err)
}

// reads calls do before the nth read of documents that touches many products: a step of a walk.
func (w *world) reads(n int, do func()) func(*indexer.Config) {
	return func(c *indexer.Config) { c.Documents = &counted{DocumentReader: w.db, left: n, do: do} }
}

type counted struct {
	commerce.DocumentReader
	left int
	do   func()
}

func (r *counted) ProductDocuments(ctx context.Context, xids []uint32, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.ProductDocument, error) {
	if len(refs) >= 200 {
		if r.left--; r.left == 0 {
			r.do()
		}
	}
	return r.DocumentReader.ProductDocuments(ctx, xids, refs)
}

// TestLiveChangesOvertakeAWalk commits a change in the middle of a walk. It is written to the live generation, and found there,
// before the walk is at its end; no search fails, and none finds a part.
func TestLiveChangesOvertakeAWalk(t *testing.T) {
	t.Parallel()
	const products = 5000
	w := newWorld(t)
	w.fill(products)
	w.start()
	w.settle()
	w.stop()
	var mu sync.Mutex
	var written []string // the generations, as they are written; "live" for the change in the live one
	address := w.proxy(between{fault: func(_ http.ResponseWriter, r *http.Request, body *[]byte) bool {
		mu.Lock()
		defer mu.Unlock()
		switch change := bytes.Contains(*body, []byte("Overtaking")); {
		case isBulk(r) && strings.Contains(r.URL.Path, "-g2-"):
			written = append(written, "walk")
		case isBulk(r) && change:
			written = append(written, "live")
		case strings.HasSuffix(r.URL.Path, "-g1-write/_refresh") && slices.Contains(written, "live"):
			written = append(written, "found")
		}
		return false
	}})
	w.start(through(address), w.reads(4, func() { w.exec(`UPDATE products SET title = 'Overtaking' WHERE handle = 'p-17'`) }))
	searching, end := context.WithCancel(context.Background())
	found := make(chan error, 1)
	go func() { found <- w.searchUntil(searching, products) }()
	w.rebuild()
	w.live(2)
	end()
	require.NoError(t, <-found)
	w.settle()
	require.Equal(t, 1, w.find("overtaking"))
	require.Equal(t, int64(1), w.epoch(), "nothing was missed")
	mu.Lock()
	defer mu.Unlock()
	at := slices.Index(written, "found")
	require.Positive(t, at)
	require.Greater(t, len(written), at+3, "the walk goes on after the change is found")
	require.Len(t, w.indexes(), 2, "the one before is kept")
}

func TestSearchesGoBackToTheGenerationBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("one", "two", "three")
	w.start()
	w.settle()
	w.rebuild()
	w.live(2)
	w.add("four")
	w.exec(`DELETE FROM products WHERE handle = 'one'`)
	w.exec(`UPDATE products SET title = 'Changed' WHERE handle = 'two'`)
	w.settle()
	w.requireOracle()

	_, err := w.db.AskForRollback(t.Context(), 2)
	require.NoError(t, err)
	w.live(1)
	w.requireLive(1)
	w.requireOracle() // at once: it was written all along
	w.exec(`UPDATE products SET title = 'Changed again' WHERE handle = 'two'`)
	w.settle()
	w.requireOracle()
	_, err = w.db.AskForRollback(t.Context(), 1)
	require.NoError(t, err)
	w.live(2)
	w.settle()
	w.requireLive(2)
	w.requireOracle()
	require.Equal(t, int64(1), w.epoch())
}

func TestAnOldGenerationIsDeletedAfterAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("one")
	w.start(func(c *indexer.Config) { c.Keep = time.Nanosecond }) // a search that has begun may end all the same
	w.settle()
	w.rebuild()
	w.live(2)
	require.Len(t, w.indexes(), 2)
	w.eventually(func() bool { return len(w.indexes()) == 1 }, "the old generation is not deleted")
	w.add("two")
	w.settle()
	w.requireLive(2)
	w.requireOracle()
}

func TestAWalkGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const products = 4000
	w.fill(products)
	ended := make(chan struct{})
	w.start(w.reads(4, func() {
		w.kill()
		close(ended)
	}))
	<-ended
	w.stop()
	before, err := w.db.Walk(t.Context(), w.slot)
	require.NoError(t, err)
	require.Positive(t, before.Products)
	require.False(t, before.Whole)
	w.exec(`DELETE FROM products WHERE handle LIKE 'p-1%'`) // behind the walk, and before it
	w.start()
	w.settle()
	var after commerce.Walk
	w.eventually(func() bool {
		after, err = w.db.Walk(t.Context(), w.slot)
		require.NoError(t, err)
		return after.Live
	}, "the walk has no end")
	require.Equal(t, before.Run, after.Run, "it is the same walk")
	require.LessOrEqual(t, after.Products, int64(products), "no product is asked for twice")
	w.requireLive(1)
	require.Len(t, w.documents(), w.count())
}

// count is how many products there are.
func (w *world) count() (n int) {
	w.tb.Helper()
	require.NoError(w.tb, w.db.SQL.QueryRowContext(context.Background(), `SELECT count(*) FROM products`).Scan(&n))
	return n
}

// blind builds no document of one product.
type blind struct {
	commerce.DocumentReader
	product commerce.ProductID
}

func (b blind) ProductDocuments(ctx context.Context, xids []uint32, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.ProductDocument, error) {
	docs, err := b.DocumentReader.ProductDocuments(ctx, xids, refs)
	for ref := range docs {
		if ref.ID == b.product {
			delete(docs, ref)
		}
	}
	return docs, err
}

func TestAGenerationThatLacksADocumentDoesNotGoLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("one", "two", "three")
	w.start()
	w.settle()
	w.stop()
	var id int64
	require.NoError(t, w.db.SQL.QueryRowContext(t.Context(), `SELECT id FROM products WHERE handle = 'two'`).Scan(&id))
	w.start(func(c *indexer.Config) { c.Documents = blind{w.db, commerce.ProductID(id)} })
	w.rebuild()
	var walk commerce.Walk
	w.eventually(func() bool {
		var err error
		walk, err = w.db.Walk(t.Context(), w.slot)
		require.NoError(t, err)
		return walk.Refused != ""
	}, "the generation is not refused")
	require.Contains(t, walk.Refused, "has 2 documents for 3 products")
	require.False(t, walk.Live)
	w.requireLive(1)
	require.Equal(t, 3, w.find(""))
	w.stop()

	w.start() // one that sees
	w.exec(`UPDATE products SET title = 'Here' WHERE handle = 'two'`)
	w.live(2)
	w.settle()
	w.requireOracle()
}

// TestAGenerationWithAGapServesFlagged: after a slot was lost, what changes from then on is fresh in the generation that searches
// read, and still nobody is told that everything is.
func TestAGenerationWithAGapServesFlagged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("one", "two")
	w.start()
	w.settle()
	w.stop()
	saved := w.saved()
	require.NoError(t, cdc.DropSlot(context.Background(), w.db.URL, w.slot))
	w.exec(`DELETE FROM products WHERE handle = 'one'`)
	open := make(chan struct{})
	w.start(func(c *indexer.Config) {
		c.Gate = func(ctx context.Context, _ *indexer.Candidate) error {
			select {
			case <-open:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	w.eventually(func() bool { // what is changed before the slot stands is the walk's alone
		walk, err := w.db.Walk(t.Context(), w.slot)
		require.NoError(t, err)
		return walk.Generation == 2 && walk.Whole
	}, "no new generation")
	w.exec(`UPDATE products SET title = 'Since then' WHERE handle = 'two'`)
	w.eventually(func() bool { return w.find("since") == 1 }, "the change is not found")
	w.requireLive(1)
	require.Equal(t, saved, w.saved(), "the state is that of before")
	close(open)
	w.settle()
	w.requireLive(2)
	w.requireOracle()
}

func TestATruncatedTableDuringARebuild(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(3000)
	w.start(w.reads(9, func() { w.exec(`TRUNCATE products CASCADE`) }))
	w.settle()
	w.rebuild()
	w.settle()
	w.eventually(func() bool { return len(w.documents()) == 0 }, "the documents are not gone")
	w.add("new")
	w.settle()
	w.requireOracle()
	_, err := w.db.AskForRollback(t.Context(), 2)
	require.NoError(t, err)
	w.settle()
	w.requireOracle()
}

var errAway = errors.New("injected: away")

// answering fails the first answers to requests, after they were carried out.
type answering struct {
	commerce.IndexStateStore
	left int
}

func (a *answering) AnswerReindex(ctx context.Context, slot, id, outcome string) error {
	if a.left--; a.left >= 0 {
		return errAway
	}
	return a.IndexStateStore.AnswerReindex(ctx, slot, id, outcome)
}

func TestARequestIsCarriedOutOnceThroughFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("one")
	w.start(func(c *indexer.Config) { c.State = &answering{w.db, 2} })
	w.settle()
	id, err := w.db.AskForRebuild(t.Context())
	require.NoError(t, err)
	answered := func(id string) string {
		var s commerce.IndexState
		w.eventually(func() bool {
			var err error
			s, err = w.db.IndexState(t.Context(), w.slot)
			require.NoError(t, err)
			return s.Request == id
		}, "no answer")
		return s.Outcome
	}
	require.Equal(t, "generation 2", answered(id))
	w.live(2)
	w.stop()
	w.start(func(c *indexer.Config) { c.State = &answering{w.db, 2} })
	w.settle()
	id, err = w.db.AskForRollback(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, "generation 1", answered(id))
	w.settle()
	w.requireLive(1)
	w.requireOracle()
}

func TestASlotIsDroppedWhileTheIndexerRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("one", "two")
	w.start()
	w.settle()
	dropped := make(chan error, 1)
	go func() { dropped <- cdc.DropSlot(context.Background(), w.db.URL, w.slot) }() // waits for the stream to end
	w.eventually(func() bool {
		w.exec(`SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1`, w.slot)
		select {
		case err := <-dropped:
			require.NoError(t, err)
			return true
		default:
			return false
		}
	}, "the slot is not dropped")
	w.exec(`DELETE FROM products WHERE handle = 'one'`)
	w.live(2)
	w.settle()
	w.requireOracle()
	require.Equal(t, int64(2), w.epoch())
}
