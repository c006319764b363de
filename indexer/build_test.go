package indexer

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/cdc"
)

// gate is a DocumentReader that does not see the transactions yet, or fails.
type gate struct {
	closed int
	fault  error
	reads  [][]uint32
}

func (g *gate) ProductDocuments(_ context.Context, xids []uint32, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.ProductDocument, error) {
	g.reads = append(g.reads, xids)
	if g.closed > 0 {
		g.closed--
		return nil, commerce.ErrNotVisible
	}
	docs := make(map[commerce.ProductRef]*commerce.ProductDocument)
	for _, r := range refs {
		docs[r] = &commerce.ProductDocument{Ref: r}
	}
	return docs, g.fault
}

type bench struct {
	*builder
	queue chan *transaction
	idle  chan struct{}
	out   chan *part
}

func newBench(g *gate) bench {
	b := bench{queue: make(chan *transaction, queueLength), idle: make(chan struct{}), out: make(chan *part, 16)}
	x := &Indexer{c: Config{Documents: g, Observer: nobody{}, Logger: slog.New(slog.DiscardHandler)}}
	b.builder = &builder{x: x, epoch: 1, queue: b.queue, idle: b.idle, out: b.out}
	return b
}

// commit is a transaction that touches n products, from the given one on.
func commit(xid uint32, first, n int64) *transaction {
	t := &transaction{xid: xid, end: cdc.Position(xid * 10), roots: newRootSet()}
	for i := range n {
		t.roots.add(ref(1, first+i))
	}
	t.roots.seal(mostFew)
	t.products = t.roots.len()
	return t
}

// large is a transaction that is overtaken.
func large(xid uint32, first, n int64) *transaction {
	t := commit(xid, first, n)
	t.large = t.roots.seal(0)
	return t
}

func TestTheGateIsAskedUntilItOpens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{closed: 5}
		b := newBench(g)
		started := time.Now()
		require.NoError(t, b.build(t.Context(), []*transaction{commit(7, 1, 1)}))
		require.Len(t, g.reads, 6)
		require.Equal(t, (1+2+4+8+8)*time.Millisecond, time.Since(started))
		require.Len(t, (<-b.out).items, 1)
	})
}

func TestAClosedGateHandsNothingOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		b := newBench(&gate{closed: 1 << 30})
		require.ErrorIs(t, b.build(ctx, []*transaction{commit(7, 1, 1)}), context.DeadlineExceeded)
		require.Empty(t, b.out)
	})
}

func TestABatchGathersUntilTheWriterIsIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		b := newBench(g)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.run(ctx) }()
		for xid := range uint32(3) {
			b.queue <- commit(xid+1, 1, 1)
			synctest.Wait()
		}
		require.Empty(t, b.out, "the writer is busy")
		b.idle <- struct{}{}
		p := <-b.out
		require.Len(t, p.landed, 3)
		require.Len(t, p.items, 1, "a product that three commits touch is built once")
		require.Equal(t, [][]uint32{{1, 2, 3}}, g.reads, "and sees all three")
		require.Contains(t, string(p.items[0].lines), `"version":72057594037927966`, "at the position of the last")
		require.False(t, p.more)

		b.queue <- commit(9, 1, maxRoots)
		synctest.Wait()
		require.Len(t, b.out, 1, "a full batch is built ahead")
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
}

func TestManyProductsComeInParts(t *testing.T) {
	t.Parallel()
	b := newBench(&gate{})
	batch := []*transaction{commit(1, 1, 2*maxRoots+1)}
	require.NoError(t, b.build(t.Context(), batch))
	for _, want := range []struct {
		items, landed int
		more          bool
	}{{maxRoots, 0, true}, {maxRoots, 0, true}, {1, 1, false}} {
		p := <-b.out
		require.Len(t, p.items, want.items)
		require.Len(t, p.landed, want.landed, "a transaction lands with its last part")
		require.Equal(t, want.more, p.more)
	}
}

func TestATruncatedTableStandsAlone(t *testing.T) {
	t.Parallel()
	b := newBench(&gate{})
	emptied := commit(2, 5, 1)
	emptied.order = &order{truncated: "products"}
	for _, t := range []*transaction{commit(1, 1, 1), emptied, commit(3, 1, 1)} {
		b.queue <- t
	}
	require.NoError(t, b.build(t.Context(), b.gather(t.Context())))
	before, alone := <-b.out, <-b.out
	require.Len(t, before.landed, 1)
	require.Nil(t, before.order)
	require.Equal(t, []*transaction{emptied}, alone.landed)
	require.Equal(t, "products", alone.order.truncated)
	require.Len(t, b.queue, 1, "what follows stays in the queue")
}

func TestATransactionWithoutProductsLands(t *testing.T) {
	t.Parallel()
	g := &gate{}
	b := newBench(g)
	require.NoError(t, b.build(t.Context(), []*transaction{commit(1, 1, 0)}))
	p := <-b.out
	require.Len(t, p.landed, 1)
	require.Empty(t, p.items)
	require.Empty(t, g.reads)
}

func TestAFailedReadEndsTheRun(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	b := newBench(&gate{fault: gone})
	require.ErrorIs(t, b.build(t.Context(), []*transaction{commit(1, 1, 1)}), gone)
	require.Empty(t, b.out)
}

// A table that is emptied has the run start over: nothing may be left that would hold back the position, or the next run would start over
// for the same table.
func TestALargeTransactionLandsBeforeAnEmptiedTable(t *testing.T) {
	t.Parallel()
	b := newBench(&gate{})
	first, emptied := large(1, 1, 3*maxRoots), commit(2, 1, 0)
	emptied.order = &order{truncated: "product_options"}
	b.queue <- first
	b.queue <- emptied
	require.NoError(t, b.build(t.Context(), b.gather(t.Context())))
	var landed []*transaction
	for len(b.out) > 0 {
		p := <-b.out
		landed = append(landed, p.landed...)
		require.Equal(t, len(b.out) == 0, p.order != nil)
	}
	require.Equal(t, []*transaction{first, emptied}, landed)
}

// A large transaction is built a page at a time. A later one overtakes it, and sees it.
func TestALargeTransactionIsOvertaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		b := newBench(g)
		b.out = make(chan *part) // as the writer's: what is built waits to be taken
		b.builder.out = b.out
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.run(ctx) }()
		first, later := large(1, 1, 4*maxRoots+1), commit(2, 1, 1)
		b.queue <- first
		page := func() []*transaction {
			p := <-b.out
			require.Len(t, p.items, maxRoots)
			require.True(t, p.more)
			return p.landed
		}
		require.Empty(t, page())
		synctest.Wait() // until the second page is built
		b.queue <- later
		require.Empty(t, page())
		p := <-b.out // though the writer is not idle
		require.Equal(t, []*transaction{later}, p.landed)
		require.Contains(t, string(p.items[0].lines), `"version":72057594037927956`, "at its own position")
		synctest.Wait() // until the page after it is built
		require.Equal(t, []uint32{1, 2}, g.reads[len(g.reads)-2], "it sees the large one too")
		require.Empty(t, page())
		require.Empty(t, page())
		p = <-b.out
		require.Equal(t, []*transaction{first}, p.landed, "lands with its last page")
		require.Len(t, p.items, 1)
		require.Contains(t, string(p.items[0].lines), `"version":72057594037927946`)
		require.False(t, p.more)
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
}

// A page takes in as many large transactions as it has room for, at the position of the last, and has each product once.
func TestLargeTransactionsShareAPage(t *testing.T) {
	t.Parallel()
	g := &gate{}
	b := newBench(g)
	first, second, third := large(1, 1, 200), large(2, 101, 200), large(3, 1, 200)
	for _, t := range []*transaction{first, second, commit(9, 900, 1), third} {
		b.queue <- t
	}
	require.NoError(t, b.build(t.Context(), b.gather(t.Context())))
	require.Len(t, (<-b.out).items, 1, "the small one")
	require.Equal(t, [][]uint32{{1, 2, 3, 9}}, g.reads, "sees all that it overtakes")
	require.NoError(t, b.page(t.Context()))
	p := <-b.out
	require.Equal(t, []*transaction{first, second}, p.landed)
	require.Len(t, p.items, 300, "the first 100 of the third are of the first as well")
	require.Contains(t, string(p.items[0].lines), `"version":72057594037927966`)
	require.True(t, p.more)
	require.NoError(t, b.page(t.Context()))
	p = <-b.out
	require.Equal(t, []*transaction{third}, p.landed)
	require.Len(t, p.items, 100)
	require.False(t, p.more)
}

// A queue full of large transactions is overtaken up to a bound.
func TestSoManyLargeTransactionsAreOvertaken(t *testing.T) {
	t.Parallel()
	b := newBench(&gate{})
	for range mostLarge - 1 {
		b.large = append(b.large, large(1, 1, 1))
	}
	b.queue <- large(2, 1, 1)
	b.queue <- commit(3, 1, 1)
	require.Empty(t, b.gather(t.Context()))
	require.Len(t, b.queue, 1, "who comes behind has to wait")
	require.NoError(t, b.page(t.Context()))
	require.Len(t, b.gather(t.Context()), 1)
}

// TestAWalkGoesToItsOwnGeneration: what a change touches is written everywhere, what the walk alone names only where it is owed. Changes overtake it.
func TestAWalkGoesToItsOwnGeneration(t *testing.T) {
	t.Parallel()
	b := newBench(&gate{})
	b.wanted = "this"
	step := func(xid uint32, run string, first, n int64) *transaction {
		t := commit(xid, first, n)
		t.run, t.step = run, 1
		t.seal()
		return t
	}
	for _, t := range []*transaction{
		step(1, "this", 1, 2*walkRoots), commit(2, 1, 2), step(3, "an earlier one", 7000, 5), step(4, "this", 9000, 0), large(5, walkRoots, 3),
	} {
		b.queue <- t
	}
	require.NoError(t, b.build(t.Context(), b.gather(t.Context())))
	p := <-b.out
	require.Len(t, p.items, 2)
	require.Len(t, p.landed, 1)
	require.True(t, p.more, "a large transaction waits")
	for _, want := range []struct{ items, walked, landed int }{{0, walkRoots, 0}, {0, walkRoots, 1}, {3, 0, 3}} {
		require.NoError(t, b.page(t.Context()))
		p := <-b.out
		require.Len(t, p.items, want.items)
		require.Len(t, p.walked, want.walked)
		require.Len(t, p.landed, want.landed)
	}
	require.False(t, p.more && b.waits())
}

// A product that a change touches is written everywhere, though a walk asks for it in the same page.
func TestAChangeIsMoreThanAWalk(t *testing.T) {
	t.Parallel()
	b := newBench(&gate{})
	b.wanted = "this"
	step := commit(1, 1, 10)
	step.run, step.step = "this", 1
	step.seal()
	b.large = []*transaction{step, large(2, 10, 5)}
	require.NoError(t, b.page(t.Context()))
	p := <-b.out
	require.Len(t, p.items, 5)
	require.Len(t, p.walked, 9)
	require.Len(t, p.landed, 2)
}
