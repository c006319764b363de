package indexer

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/cdc"
)

// writer brings what the builder has built into the index, and releases its transactions. Everything in it but idleAt
// belongs to the goroutine of run.
type writer struct {
	x    *Indexer
	gen  generation
	bulk bulkWriter

	parts chan *part
	// asks tells the builder that the writer has nothing to do.
	asks chan struct{}

	// confirmed and inFlight ask the stream where it stands.
	confirmed func() cdc.Position
	inFlight  func() int

	// live says that searches read the index this writer fills; until then walk fills it.
	live bool
	walk walk
	// oldAreIdle fires when no search reads the indexes before the live one any more.
	oldAreIdle <-chan time.Time

	refresh refresher
	// searchable is the position up to which every commit can be found in this index, announced what searches were told.
	searchable cdc.Position
	announced  cdc.Position
	saved      commerce.IndexState

	// idleAt is the last position up to which the stream had nothing more for us; idled tells that it moved.
	idleAt atomic.Uint64
	idled  chan struct{}
}

func newWriter(x *Indexer, gen generation) *writer {
	dead := newDeadLetters(x)
	return &writer{
		x: x, gen: gen, bulk: bulkWriter{x: x, index: gen.name(), alias: gen.writeAlias(), limit: maxBody, dead: dead}, live: gen.live, walk: newWalk(x.c.Now()),
		parts: make(chan *part), asks: make(chan struct{}), idled: make(chan struct{}, 1),
		refresh: newRefresher(x.c.Now),
	}
}

// run writes until stop is closed (nil), ctx ends or something fails. What is being written when stop is closed is finished.
func (w *writer) run(ctx context.Context, stop <-chan struct{}) error {
	if err := w.begin(ctx); err != nil {
		return err
	}
	save := time.NewTicker(saveInterval)
	defer save.Stop()
	for {
		var err error
		select {
		case <-stop:
			return w.lastState(ctx)
		case <-ctx.Done():
			return ctx.Err()
		case w.asks <- struct{}{}:
		case p := <-w.parts:
			err = w.write(ctx, p)
		case <-w.refresh.due():
			err = w.refreshNow(ctx)
		case <-w.idled:
			w.adoptIdle()
		case <-w.oldAreIdle:
			err = w.x.deleteBefore(ctx, w.gen)
		case <-save.C:
			err = w.saveState(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// begin takes up an index that goes on: what was confirmed before can be found, because target has refreshed the index.
// An index that is not live is walked from the start.
func (w *writer) begin(ctx context.Context) error {
	if err := w.bulk.dead.count(ctx); err != nil {
		return err
	}
	w.advance(w.confirmed())
	if w.live {
		w.lives()
		return nil
	}
	return w.walkOn(ctx)
}

// write brings a part into the index, and makes it searchable at once when the writer has caught up and the refresh budget
// allows.
func (w *writer) write(ctx context.Context, p *part) error {
	if p.truncated != "" {
		return w.startOver(ctx, p)
	}
	if len(p.items) > 0 {
		w.refresh.wrote()
		if err := w.bulk.write(ctx, p.items); err != nil {
			return err
		}
	}
	stepped := w.release(p)
	if err := w.maybeRefresh(ctx, !p.more); err != nil {
		return err
	}
	if stepped {
		return w.walkOn(ctx)
	}
	return nil
}

// release lets go of the transactions that the index has answered for, and reports whether a step of the walk was among them.
func (w *writer) release(p *part) (stepped bool) {
	for _, t := range p.landed {
		c := pendingCommit{committed: t.committed, documents: t.products}
		if !w.live { // nobody waits for it, and the last one says where the index stands
			w.refresh.pending, c.documents = w.refresh.pending[:0], 0
		}
		w.refresh.pending = append(w.refresh.pending, c)
		t.release()
		stepped = w.walk.landed(t) || stepped
	}
	w.x.c.Observer.InFlight(w.inFlight())
	return stepped
}

// maybeRefresh makes what was written searchable, now or when that is due. An index that nobody reads yet is refreshed when
// it goes live.
func (w *writer) maybeRefresh(ctx context.Context, caughtUp bool) error {
	switch {
	case w.refresh.clean:
		w.found()
	case !w.live:
	case w.refresh.allowed(caughtUp):
		return w.refreshNow(ctx)
	default:
		w.refresh.schedule(caughtUp)
	}
	return nil
}

// refreshNow makes everything written so far searchable.
func (w *writer) refreshNow(ctx context.Context) error {
	if !w.refresh.clean {
		started := w.x.c.Now()
		if err := w.x.es.call(ctx, esapi.IndicesRefreshRequest{Index: []string{w.gen.writeAlias()}}, nil); err != nil {
			return fmt.Errorf("refresh the index: %w", err)
		}
		w.refresh.refreshed(w.x.c.Now().Sub(started))
	}
	w.found()
	return nil
}

// found tells that the pending commits can be found.
func (w *writer) found() {
	now := w.x.c.Now()
	for _, p := range w.refresh.pending {
		if p.documents > 0 {
			w.x.c.Observer.Fresh(now.Sub(p.committed))
		}
	}
	w.refresh.pending = w.refresh.pending[:0]
	// What is confirmed is written, and all that is written is refreshed. A commit may be found before an earlier one that is vast.
	w.advance(w.confirmed())
	w.adoptIdle()
}

// advance moves the searchable position, never backwards.
func (w *writer) advance(p cdc.Position) {
	w.searchable = max(w.searchable, p)
	w.announce()
}

// announce tells the position up to which commits can be found, once searches read this index.
func (w *writer) announce() {
	if !w.live || w.searchable <= w.announced {
		return
	}
	w.announced = w.searchable
	if w.x.c.OnSearchable != nil {
		w.x.c.OnSearchable(w.announced)
	}
}

// idle is told by the stream that everything received is released and nothing else waits up to p.
func (w *writer) idle(p cdc.Position) {
	w.idleAt.Store(uint64(p))
	select {
	case w.idled <- struct{}{}:
	default: // it will look once, and see the newest
	}
}

// adoptIdle takes over the position the stream reached without work for us, when all that was written can be found.
func (w *writer) adoptIdle() {
	p := w.idleAt.Load()
	if len(w.refresh.pending) == 0 {
		w.advance(cdc.Position(p))
	}
}

// saveInterval is the time between two looks at whether the state has to be saved.
const saveInterval = time.Second

// saveState writes where the live index stands, when it moved, for other processes to read. While an index is being filled
// the state is that of the one that searches still read.
func (w *writer) saveState(ctx context.Context) error {
	s := commerce.IndexState{
		SystemID: w.gen.meta.SystemID, Timeline: int32(w.gen.meta.Timeline), Epoch: w.gen.meta.Epoch, Generation: w.gen.number,
		Confirmed: int64(w.confirmed()), Searchable: int64(w.announced),
	}
	if !w.live || s == w.saved {
		return nil
	}
	if err := w.x.c.State.SaveIndexState(ctx, w.x.c.Slot, s); err != nil {
		return fmt.Errorf("save the state of the index: %w", err)
	}
	w.saved = s
	return nil
}

// lastState saves the state at the end, which a database that is gone must not hold up.
func (w *writer) lastState(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveInterval)
	defer cancel()
	return w.saveState(ctx)
}

// startOver builds the index anew after a table was emptied. The transaction is released once the new generation stands:
// from then on it is the new index's walk that owes its contents.
func (w *writer) startOver(ctx context.Context, p *part) error {
	if _, err := w.x.create(ctx, w.gen.number+1, w.gen.meta); err != nil {
		return err
	}
	w.release(p)
	return fmt.Errorf("%w: table %s was truncated", errStartOver, p.truncated)
}
