package indexer

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/kirana-commerce/kirana/commerce"
)

const (
	// walkStep is the number of products in one message of a walk: two pages.
	walkStep = 2 * walkRoots
	// walkAhead is how many messages may be under way: one that is written, one that is built, one that is read. Live changes
	// overtake them.
	walkAhead = 3
)

// walk goes over all products of all stores through the log. It needs no snapshot and no lock: every step is read when it
// comes back, in order with the changes made meanwhile. The writer takes each step as it lands, so that the last one to land
// is the last one of the walk.
type walk struct {
	commerce.Walk
	landed int // the last step that has landed
}

// takeUp goes on with the walk that fills a generation, or begins it. Steps that are in the log already come back by
// themselves when they were not confirmed. Nobody can tell which of them were, so the next step is made in any case: when that
// one lands, so have all before it.
func (w *writer) takeUp(ctx context.Context) error {
	k, err := w.x.c.Walks.Walk(ctx, w.x.c.Slot)
	if err != nil {
		return fmt.Errorf("read how far the walk is: %w", err)
	}
	number := w.filled.gen.number
	if k.Generation != number || k.Live {
		if k, err = w.x.c.Walks.BeginWalk(ctx, w.x.c.Slot, number, rand.Text()); err != nil {
			return fmt.Errorf("begin a walk: %w", err)
		}
	}
	w.x.c.Logger.InfoContext(ctx, "filling the index", "index", w.filled.gen.name(), "products", k.Total, "after", k.Products)
	k.Whole = false
	w.walk = walk{Walk: k, landed: k.Steps}
	return nil
}

// land notes a step of the walk and reports whether t was one.
func (k *walk) land(t *transaction) bool {
	if t.run == "" || t.run != k.Run {
		return false
	}
	k.landed = max(k.landed, t.step)
	return true
}

// walkOn makes the next steps of the walk. After the last one has landed the generation is checked.
func (w *writer) walkOn(ctx context.Context) error {
	k := &w.walk
	for !k.Whole && k.Steps-k.landed < walkAhead {
		next, err := w.x.c.Walks.StepWalk(ctx, w.x.c.Slot, k.Walk, walkStep)
		if err != nil {
			return fmt.Errorf("make a step of the walk: %w", err)
		}
		k.Walk = next
	}
	if !k.Whole || k.landed < k.Steps || w.gate.open {
		return nil
	}
	w.x.c.Logger.InfoContext(ctx, "all products are indexed", "products", k.Products, "took", k.Took)
	return w.check(ctx)
}
