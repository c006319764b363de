package indexer

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/cdc"
)

// writer brings what the builder has built into the index, and releases its transactions. Everything in it but idleAt and
// noted belongs to the goroutine of run.
type writer struct {
	x *Indexer
	lineup
	targets
	dead *deadLetters

	parts chan *part
	// asks tells the builder that the writer has nothing to do.
	asks chan struct{}

	// confirmed and inFlight ask the stream where it stands.
	confirmed func() cdc.Position
	inFlight  func() int

	// whole says that searches read an index that has every change.
	whole bool
	walk  walk
	// gate checks what the walk has filled; recheck fires when that is to be done again.
	gate    checking
	recheck <-chan time.Time
	waits   chan wait
	waiting []wait
	// sweep fires when old generations may be deleted.
	sweep <-chan time.Time

	refresh refresher
	// searchable is the position up to which every commit can be found where searches read, announced what searches were told.
	searchable, announced cdc.Position
	// before is what could be found before this run.
	before commerce.IndexState
	saved  commerce.IndexState
	// noted is the confirmed position that is saved.
	noted atomic.Uint64
	// waited says that somebody waits for what is written, and to be told.
	waited bool

	// idleAt is the last position up to which the stream had nothing more for us; idled tells that it moved.
	idleAt atomic.Uint64
	idled  chan struct{}
}

func newWriter(x *Indexer, l lineup, before commerce.IndexState) *writer {
	w := &writer{
		x: x, lineup: l, dead: newDeadLetters(x), before: before,
		parts: make(chan *part), asks: make(chan struct{}), idled: make(chan struct{}, 1),
		waits: make(chan wait), gate: checking{verdict: make(chan error, 1)},
		refresh: newRefresher(x.c.Now),
	}
	w.choose(l)
	return w
}

// acknowledged is the position that the server may be told of.
func (w *writer) acknowledged() cdc.Position { return cdc.Position(w.noted.Load()) }

// prepare takes up what stands: what was confirmed before can be found, because lineUp has refreshed the index. The position is
// saved before a walk begins, since from then on the slot must not have been moved.
func (w *writer) prepare(ctx context.Context) error {
	if err := w.dead.count(ctx); err != nil {
		return err
	}
	w.advance(w.confirmed())
	if err := w.saveState(ctx); err != nil {
		return err
	}
	if w.filled != nil {
		return w.takeUp(ctx)
	}
	return w.finish(ctx)
}

// finish notes the end of a walk whose generation went live just before its run ended.
func (w *writer) finish(ctx context.Context) error {
	k, err := w.x.c.Walks.Walk(ctx, w.x.c.Slot)
	if err == nil && k.Generation == w.live.number && !k.Live {
		err = w.x.c.Walks.EndWalk(ctx, w.x.c.Slot, k.Generation, "")
	}
	if err != nil {
		return fmt.Errorf("note the end of the walk: %w", err)
	}
	return nil
}

// run writes until stop is closed (nil), ctx ends or something fails. What is being written when stop is closed is finished.
func (w *writer) run(ctx context.Context, stop <-chan struct{}) error {
	defer w.endCheck()
	if err := w.begin(ctx); err != nil {
		return err
	}
	save := time.NewTicker(saveInterval)
	defer save.Stop()
	for {
		select {
		case <-stop: // before anything else that is ready
			return w.lastState(ctx)
		default:
		}
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
			err = w.serveWaits(ctx)
		case a := <-w.waits:
			w.waiting = append(w.waiting, a)
			err = w.serveWaits(ctx)
		case verdict := <-w.gate.verdict:
			err = w.judge(ctx, verdict)
		case <-w.recheck:
			err = w.check(ctx)
		case <-w.sweep:
			err = w.deleteOld(ctx)
		case <-save.C:
			w.x.c.Watcher.Budget(w.refresh.left())
			err = w.saveState(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// begin goes on with the walk, if there is one.
func (w *writer) begin(ctx context.Context) error {
	w.sweep = time.After(searchGrace)
	if w.filled == nil {
		return nil
	}
	return w.walkOn(ctx)
}

// write brings a part into the index, and makes it searchable at once when the writer has caught up and the refresh budget
// allows.
func (w *writer) write(ctx context.Context, p *part) error {
	if p.order != nil {
		return w.obey(ctx, p)
	}
	if err := w.writeAll(ctx, p); err != nil {
		return err
	}
	stepped := w.release(p)
	if err := w.maybeRefresh(ctx, !p.more); err != nil {
		return err
	}
	if err := w.serveWaits(ctx); err != nil {
		return err
	}
	if stepped && w.filled != nil {
		return w.walkOn(ctx)
	}
	return nil
}

// release lets go of the transactions that the index has answered for, and reports whether a step of the walk was among them.
func (w *writer) release(p *part) (stepped bool) {
	for _, t := range p.landed {
		c := pendingCommit{committed: t.committed, documents: t.products}
		if w.served == nil || t.run != "" { // nobody waits for it
			c.documents = 0
		}
		w.refresh.pending = append(w.refresh.pending, c)
		t.release()
		w.waited = w.waited || t.waits
		stepped = w.walk.land(t) || stepped
	}
	w.x.c.Observer.InFlight(w.inFlight())
	return stepped
}

// maybeRefresh makes what was written searchable, now or when that is due. An index that nobody reads yet is refreshed when
// somebody waits for it, and when it goes live.
func (w *writer) maybeRefresh(ctx context.Context, caughtUp bool) error {
	switch {
	case w.waited && w.served != nil:
		return w.refreshNow(ctx)
	case w.refresh.clean:
		w.found()
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
		if err := w.x.refresh(ctx, w.served.bulk.alias); err != nil {
			return err
		}
		w.refresh.refreshed(w.x.c.Now().Sub(started))
	}
	w.found()
	return w.tellWaiting(ctx)
}

// tellWaiting saves the state for who waits in another process.
func (w *writer) tellWaiting(ctx context.Context) error {
	if !w.waited {
		return nil
	}
	w.waited = false
	return w.saveState(ctx)
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
	// What is confirmed is written, and all that is written is refreshed. A commit may be found before an earlier one that is large.
	w.advance(w.confirmed())
	w.adoptIdle()
}

// advance moves the searchable position, never backwards.
func (w *writer) advance(p cdc.Position) {
	w.searchable = max(w.searchable, p)
	w.announce()
}

// announce tells the position up to which commits can be found, while searches read an index that lacks none.
func (w *writer) announce() {
	if !w.whole || w.searchable <= w.announced {
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

// saveInterval is the time between two looks at whether the state has to be saved. What is told of the freshness of answers is
// as coarse.
const saveInterval = 250 * time.Millisecond

// saveState writes where the index stands, when it moved, for other processes to read. What can be found is that of the live
// index: while it lacks changes, it stays what it was before.
func (w *writer) saveState(ctx context.Context) error {
	meta := w.head().meta
	s := commerce.IndexState{
		SystemID: meta.SystemID, Timeline: int32(meta.Timeline), Epoch: w.epoch, Generation: w.live.number,
		Confirmed: int64(w.confirmed()), Searchable: int64(w.announced),
	}
	if same := w.before.SystemID == s.SystemID && w.before.Timeline == s.Timeline; !w.whole && same && w.before.Searchable <= s.Confirmed {
		s.Searchable = w.before.Searchable
	}
	if s == w.saved {
		return nil
	}
	if err := w.x.c.State.SaveIndexState(ctx, w.x.c.Slot, s); err != nil {
		return fmt.Errorf("save the state of the index: %w", err)
	}
	w.saved = s
	w.noted.Store(uint64(s.Confirmed))
	return nil
}

// lastState saves the state at the end, which a database that is gone must not hold up.
func (w *writer) lastState(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return w.saveState(ctx)
}
