package indexer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

const (
	// maxRoots bounds the products that are built in one snapshot and written in one go.
	maxRoots = 500
	// walkRoots is the same for a walk: somebody's change waits for two of these at most.
	walkRoots = maxRoots / 2
)

// mostLarge bounds the large transactions that are overtaken: they hold back the position, and what overtakes them has to see them all.
const mostLarge = queueLength

// builder turns transactions into documents, one batch after the other in commit order. It is one batch ahead of the writer
// under a backlog; while there is none it waits for the writer, so that what comes in meanwhile shares a request.
//
// Small transactions overtake large ones: who changes one product need not wait for somebody else's import. That is safe: what overtakes is
// built from a snapshot that sees the large ones too, and has the higher version, so that the page that comes after it with the same product
// is refused as stale.
type builder struct {
	x      *Indexer
	epoch  int64
	wanted string // the walk whose steps are taken
	queue  <-chan *transaction
	// idle is sent to by a writer that has nothing to do.
	idle <-chan struct{}
	out  chan<- *part
	// large are the transactions whose products are built a page at a time, the oldest first, the steps of a walk among them.
	large []*transaction
}

// part is what the writer writes in one go.
type part struct {
	// items are for every generation that is written, walked for the one that is being filled alone.
	items, walked []item
	// landed are the transactions that are complete with this part.
	landed []*transaction
	// more says that more was waiting when the part was gathered.
	more bool
	// order is what the one transaction of this part asks for.
	order *order
}

// run builds until ctx ends or something fails: what comes in, and after each batch of it, or while there is none, a page of the large
// transactions.
func (b *builder) run(ctx context.Context) error {
	for {
		if batch := b.gather(ctx); len(batch) > 0 {
			if err := b.build(ctx, batch); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if len(b.large) > 0 {
			if err := b.page(ctx); err != nil {
				return err
			}
		}
	}
}

// gather waits for small transactions, up to maxRoots products or an order, and sets large ones aside. It returns what has come in once the
// writer is idle, or, when there are pages to build, at once.
func (b *builder) gather(ctx context.Context) (batch []*transaction) {
	for n := 0; n < maxRoots && len(b.large) < mostLarge; {
		t := b.next(ctx, len(batch) > 0)
		switch {
		case t == nil:
			return batch
		case t.large:
			b.large = append(b.large, t)
			continue
		}
		batch = append(batch, t)
		n += t.products
		if t.order != nil {
			return batch
		}
	}
	return batch
}

// next is what waits in the queue. When nothing does, it is nil if there are pages to build, else what comes in before ctx ends or, with
// something gathered, the writer is idle.
func (b *builder) next(ctx context.Context, gathered bool) *transaction {
	select {
	case t := <-b.queue:
		return t
	default:
	}
	if len(b.large) > 0 {
		return nil
	}
	idle := b.idle
	if !gathered {
		idle = nil
	}
	select {
	case t := <-b.queue:
		return t
	case <-idle:
		return nil
	case <-ctx.Done():
		return nil
	}
}

// build hands the documents of a batch to the writer.
func (b *builder) build(ctx context.Context, batch []*transaction) error {
	last := batch[len(batch)-1]
	if last.order == nil {
		return b.documents(ctx, batch, b.waits())
	}
	// What came before is settled first: a new index must not owe it.
	if len(batch) > 1 {
		if err := b.documents(ctx, batch[:len(batch)-1], true); err != nil {
			return err
		}
	}
	for len(b.large) > 0 { // one that is left behind would hold back the position, and the next run would meet this transaction again
		if err := b.page(ctx); err != nil {
			return err
		}
	}
	return b.hand(ctx, &part{landed: batch[len(batch)-1:], order: last.order})
}

// documents builds and hands over the documents of a batch, in parts when there are many.
func (b *builder) documents(ctx context.Context, batch []*transaction, more bool) error {
	end := version(b.epoch, int64(batch[len(batch)-1].end))
	xids, roots := b.merge(batch)
	for {
		n := min(len(roots), maxRoots)
		p := &part{more: more || n < len(roots)}
		var err error
		if p.items, err = b.items(ctx, xids, roots[:n], end); err != nil {
			return err
		}
		if roots = roots[n:]; len(roots) == 0 {
			p.landed = batch
		}
		if err := b.hand(ctx, p); err != nil || len(roots) == 0 {
			return err
		}
	}
}

func (b *builder) hand(ctx context.Context, p *part) error {
	select {
	case b.out <- p:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// page hands over the next products of the oldest large transactions, at the position of the last that it reaches into: the snapshot sees
// all of them, and what came between them. What an earlier walk left in the log is owed to no generation any more.
func (b *builder) page(ctx context.Context) error {
	p := &part{}
	var xids []uint32
	var roots, walked []commerce.ProductRef
	var last *transaction
	for left := b.room(); len(b.large) > 0 && left > 0; {
		last = b.large[0]
		taken := last.roots.take(left)
		left -= len(taken)
		xids = append(xids, last.xid)
		switch last.run {
		case "":
			roots = append(roots, taken...)
		case b.wanted:
			walked = append(walked, taken...)
		}
		if len(last.roots.many) > 0 {
			break
		}
		p.landed, b.large = append(p.landed, last), b.large[1:]
	}
	roots = distinct(roots)
	walked = slices.DeleteFunc(distinct(walked), func(r commerce.ProductRef) bool {
		_, twice := slices.BinarySearchFunc(roots, r, byKey)
		return twice
	})
	items, err := b.items(ctx, xids, append(roots, walked...), version(b.epoch, int64(last.end)))
	if err != nil {
		return err
	}
	p.items, p.walked, p.more = items[:len(roots)], items[len(roots):], b.waits()
	return b.hand(ctx, p)
}

// room is how many products the next page has: few while a walk goes on, which nobody waits for.
func (b *builder) room() int {
	if b.large[0].run != "" {
		return walkRoots
	}
	return maxRoots
}

// waits reports whether there are more changes to build. A walk alone is none.
func (b *builder) waits() bool {
	return len(b.queue) > 0 || slices.ContainsFunc(b.large, func(t *transaction) bool { return t.run == "" })
}

// distinct sorts products, and leaves each once.
func distinct(refs []commerce.ProductRef) []commerce.ProductRef {
	slices.SortFunc(refs, byKey)
	return slices.Compact(refs)
}

func byKey(a, b commerce.ProductRef) int {
	return cmp.Or(cmp.Compare(a.Store, b.Store), cmp.Compare(a.ID, b.ID))
}

// merge collects what a batch has to see, itself and all that it overtakes, and the products its changes touch, each once.
func (b *builder) merge(batch []*transaction) (xids []uint32, roots []commerce.ProductRef) {
	seen := make(map[commerce.ProductRef]struct{}, len(batch))
	for _, t := range b.large {
		xids = append(xids, t.xid)
	}
	for _, t := range batch {
		xids = append(xids, t.xid)
		for r := range t.roots.few {
			if _, twice := seen[r]; !twice {
				seen[r] = struct{}{}
				roots = append(roots, r)
			}
		}
	}
	return xids, roots
}

// items builds and renders products: a document for one that can be found, a removal for any other.
func (b *builder) items(ctx context.Context, xids []uint32, roots []commerce.ProductRef, version int64) ([]item, error) {
	if len(roots) == 0 {
		return []item{}, nil
	}
	docs, err := b.visible(ctx, xids, roots)
	if err != nil {
		return nil, err
	}
	items := make([]item, len(roots))
	for i, r := range roots {
		items[i] = newItem(r, docs[r], version)
	}
	return items, nil
}

// The pauses of the gate: a streamed commit becomes visible within microseconds, or when a synchronous standby has it.
const (
	firstGatePause = time.Millisecond
	lastGatePause  = 8 * time.Millisecond
)

// visible builds documents once every transaction of the batch can be seen.
func (b *builder) visible(ctx context.Context, xids []uint32, roots []commerce.ProductRef) (map[commerce.ProductRef]*commerce.ProductDocument, error) {
	for pause := firstGatePause; ; pause = min(2*pause, lastGatePause) {
		docs, err := b.x.c.Documents.ProductDocuments(ctx, xids, roots)
		if err == nil {
			return docs, nil
		}
		if !errors.Is(err, commerce.ErrNotVisible) {
			return nil, fmt.Errorf("build %d documents: %w", len(roots), err)
		}
		b.x.c.Observer.GateRetry()
		if !sleep(ctx, pause) {
			return nil, ctx.Err()
		}
	}
}

// epochShift puts the epoch above every position of a log: positions stay below 2^56.
const epochShift = 56

// version is the external version of a document that holds every commit up to position.
func version(epoch, position int64) int64 { return epoch<<epochShift | position }
