package indexer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kirana-commerce/kirana/internal/cdc"
)

// target is a generation that is written.
type target struct {
	gen  generation
	bulk bulkWriter
}

// targets are the generations that a writer writes. A change goes to all of them, a step of the walk to filled alone.
type targets struct {
	// served is read by searches, nil when they read none, or one of another definition.
	served *target
	// filled is filled by a walk, nil when none is.
	filled *target
	// shadows were replaced, and can be gone back to.
	shadows []*target
}

func (w *writer) target(g generation) *target {
	return &target{gen: g, bulk: bulkWriter{x: w.x, index: g.name(), alias: g.writeAlias(), limit: maxBody, dead: w.dead}}
}

// choose finds what to write. The live generation is written whenever the program writes documents of its kind, also when it
// lacks changes: what changes from now on is fresh in it. One that was replaced is written only while it lacks nothing.
func (w *writer) choose(l lineup) {
	if l.live.current() && l.live.meta.Epoch <= l.epoch {
		w.served = w.target(l.live)
	}
	w.whole = l.live.unbroken(l.epoch)
	if l.next.number > 0 {
		w.filled = w.target(l.next)
	}
	for _, g := range l.kept {
		if g.unbroken(l.epoch) {
			w.shadows = append(w.shadows, w.target(g))
		}
	}
}

// writeAll brings the documents of a part into every generation that they belong to, the one that searches read first.
func (w *writer) writeAll(ctx context.Context, p *part) error {
	if w.served != nil && len(p.items) > 0 {
		w.refresh.wrote()
		if err := w.served.bulk.write(ctx, p.items); err != nil {
			return err
		}
	}
	for _, t := range w.shadows {
		if err := t.bulk.write(ctx, p.items); err != nil {
			return err
		}
	}
	if w.filled != nil {
		return w.filled.bulk.write(ctx, slices.Concat(p.items, p.walked))
	}
	return nil
}

// searchGrace is longer than a search takes: one that began in an old index must be able to end there.
const searchGrace = 5 * time.Second

// goLive points searches to the generation that was filled. The writer does it between two requests, so that no table is
// truncated meanwhile, and every change before is in both generations.
func (w *writer) goLive(ctx context.Context) error {
	if err := w.x.refresh(ctx, w.filled.bulk.alias); err != nil {
		return err
	}
	if err := w.x.goLive(ctx, w.live, w.filled.gen); err != nil {
		return err
	}
	if w.whole {
		w.served.gen.live, w.served.gen.kept = false, w.x.c.Now()
		w.shadows = append(w.shadows, w.served)
	}
	w.served, w.filled, w.whole = w.filled, nil, true
	w.live, w.next = w.served.gen, generation{}
	w.refresh.clean = true
	w.found()
	w.announce()
	w.sweep = time.After(searchGrace)
	// Whoever sees that the walk is over may ask for the way back at once, from the generation that the state names.
	if err := w.saveState(ctx); err != nil {
		return err
	}
	if err := w.x.c.Walks.EndWalk(ctx, w.x.c.Slot, w.live.number, ""); err != nil {
		return fmt.Errorf("note the end of the walk: %w", err)
	}
	return nil
}

// deleteOld deletes generations that nobody needs any more: those that were given up, and those that were replaced long enough
// ago. One with a higher number is that of a newer program, which waits for the slot.
func (w *writer) deleteOld(ctx context.Context) error {
	all, err := w.x.generations(ctx)
	if err != nil {
		return err
	}
	head, now := w.head(), w.x.c.Now()
	w.sweep = nil
	for _, g := range all {
		end := g.kept.Add(max(w.x.c.Keep, searchGrace))
		switch {
		case g.live || g.number == head.number || g.kept.IsZero() && g.number > head.number:
		case !g.kept.IsZero() && now.Before(end):
			w.sweep = time.After(end.Sub(now))
		default:
			w.shadows = slices.DeleteFunc(w.shadows, func(t *target) bool { return t.gen.number == g.number })
			if err := w.x.delete(ctx, g); err != nil {
				return err
			}
			delete(w.dead.counts, g.name())
			w.dead.tell()
		}
	}
	return nil
}

// head is the generation that has to go on.
func (w *writer) head() generation {
	if w.filled != nil {
		return w.filled.gen
	}
	return w.live
}

// wait is somebody who waits for a position to be findable in the generation that is filled.
type wait struct {
	position cdc.Position
	found    chan<- struct{}
}

// serveWaits refreshes the generation that is filled when everything is in it that somebody waits for.
func (w *writer) serveWaits(ctx context.Context) error {
	written := max(w.confirmed(), cdc.Position(w.idleAt.Load()))
	due := func(a wait) bool { return a.position <= written }
	if w.filled == nil || !slices.ContainsFunc(w.waiting, due) {
		return nil
	}
	if err := w.x.refresh(ctx, w.filled.bulk.alias); err != nil {
		return err
	}
	w.waiting = slices.DeleteFunc(w.waiting, func(a wait) bool {
		if due(a) {
			close(a.found)
		}
		return due(a)
	})
	return nil
}
