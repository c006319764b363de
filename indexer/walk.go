package indexer

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

const (
	// walkStep is the number of products in one message of a walk: one batch.
	walkStep = maxRoots
	// walkAhead is how many messages may be under way: one that is written, one that is built, one that is read. A live
	// change waits behind no more.
	walkAhead = 3
)

// walk goes over all products of all stores through the log. It needs no snapshot and no lock: every step is read when it
// comes back, in order with the changes made meanwhile. The writer takes each step as it lands, so that the last one to land
// is the last one of the walk.
type walk struct {
	// run tells the steps of this walk from what an earlier one left in the log.
	run     string
	after   commerce.ProductRef
	more    bool // products are left to ask for
	under   int  // steps that are on their way through the log
	total   int
	started time.Time
}

func newWalk(now time.Time) walk { return walk{run: rand.Text(), more: true, started: now} }

// landed notes a step of the walk and reports whether t was one.
func (k *walk) landed(t *transaction) bool {
	if t.resync != k.run {
		return false
	}
	k.under--
	k.total += t.products
	return true
}

// walkOn sends the next steps of the walk; after the last one has landed searches are pointed to the index.
func (w *writer) walkOn(ctx context.Context) error {
	k := &w.walk
	for k.more && k.under < walkAhead {
		last, n, err := w.x.c.Resync.EmitResync(ctx, commerce.Resync{Run: k.run, After: k.after, Limit: walkStep})
		if err != nil {
			return fmt.Errorf("emit a resync: %w", err)
		}
		if n > 0 {
			k.under++
		}
		k.after, k.more = last, n == walkStep
	}
	if k.more || k.under > 0 {
		return nil
	}
	w.x.c.Logger.InfoContext(ctx, "all products are indexed", "products", k.total, "took", w.x.c.Now().Sub(k.started))
	return w.goLive(ctx)
}

// goLive points searches to the index. The writer does it between two requests, so that no table is truncated meanwhile.
func (w *writer) goLive(ctx context.Context) error {
	if err := w.refreshNow(ctx); err != nil {
		return err
	}
	if err := w.x.goLive(ctx, w.gen); err != nil {
		return err
	}
	w.lives()
	return nil
}

// searchGrace is longer than a search takes: one that began in the old index must be able to end there.
const searchGrace = 5 * time.Second

// lives notes that searches read this index.
func (w *writer) lives() {
	w.live, w.oldAreIdle = true, time.After(searchGrace)
	w.announce()
}
