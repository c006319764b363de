package indexer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// maxRoots bounds the products that are built in one snapshot and written in one go.
const maxRoots = 500

// builder turns transactions into documents, one batch after the other in commit order. It is one batch ahead of the writer
// under a backlog; while there is none it waits for the writer, so that what comes in meanwhile shares a request.
//
// Later transactions overtake one that is vast. That is safe: a later one is built from a snapshot that sees the vast one too, and has the
// higher version, so that the page that comes after it with the same product is refused as stale.
type builder struct {
	x      *Indexer
	epoch  int64
	wanted string // the walk whose steps are taken
	queue  <-chan *transaction
	// idle is sent to by a writer that has nothing to do.
	idle <-chan struct{}
	out  chan<- *part
	// vast are the transactions whose products are built a page at a time, the oldest first.
	vast []*transaction
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

// run builds until ctx ends or something fails: what comes in, and after each batch of it, or while there is none, a page of a vast
// transaction.
func (b *builder) run(ctx context.Context) error {
	for {
		if t := b.first(ctx); t != nil {
			if err := b.build(ctx, b.gather(ctx, t)); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if len(b.vast) > 0 {
			if err := b.page(ctx); err != nil {
				return err
			}
		}
	}
}

// first waits for a transaction, or, when there are pages to build meanwhile, takes one that is there; nil for none.
func (b *builder) first(ctx context.Context) *transaction {
	if len(b.vast) > 0 {
		select {
		case t := <-b.queue:
			return t
		default:
			return nil
		}
	}
	select {
	case t := <-b.queue:
		return t
	case <-ctx.Done():
		return nil
	}
}

// gather adds to first what comes in until the writer is idle, up to maxRoots products or an order.
func (b *builder) gather(ctx context.Context, first *transaction) []*transaction {
	batch := []*transaction{first}
	n := first.products
	for last := first; n < maxRoots && last.order == nil; {
		t := b.next(ctx)
		if t == nil {
			return batch
		}
		last = t
		batch = append(batch, t)
		n += t.products
	}
	return batch
}

// next is what waits in the queue, else what comes in before the writer is idle or ctx ends, else nil.
func (b *builder) next(ctx context.Context) *transaction {
	select {
	case t := <-b.queue:
		return t
	default:
	}
	select {
	case t := <-b.queue:
		return t
	case <-b.idle:
		return nil
	case <-ctx.Done():
		return nil
	}
}

// build hands the documents of a batch to the writer.
func (b *builder) build(ctx context.Context, batch []*transaction) error {
	last := batch[len(batch)-1]
	if last.order == nil {
		return b.documents(ctx, batch, len(b.queue) > 0)
	}
	// What came before is settled first: a new index must not owe it.
	if len(batch) > 1 {
		if err := b.documents(ctx, batch[:len(batch)-1], true); err != nil {
			return err
		}
	}
	for len(b.vast) > 0 { // one that is left behind would hold back the position, and the next run would meet this transaction again
		if err := b.page(ctx); err != nil {
			return err
		}
	}
	return b.hand(ctx, &part{landed: batch[len(batch)-1:], order: last.order})
}

// documents builds and hands over the documents of a batch, in parts when there are many.
func (b *builder) documents(ctx context.Context, batch []*transaction, more bool) error {
	end := version(b.epoch, int64(batch[len(batch)-1].end))
	if batch = b.setAside(batch); len(batch) == 0 {
		return nil
	}
	xids, roots, walked := b.merge(batch)
	all := append(roots, walked...)
	for shared := len(roots); ; shared = max(shared-maxRoots, 0) {
		n := min(len(all), maxRoots)
		p := &part{more: more || n < len(all)}
		items, err := b.items(ctx, xids, all[:n], end)
		if err != nil {
			return err
		}
		p.items, p.walked = items[:min(shared, n)], items[min(shared, n):]
		if all = all[n:]; len(all) == 0 {
			p.landed = batch
		}
		if err := b.hand(ctx, p); err != nil || len(all) == 0 {
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

// setAside takes the vast transactions out of a batch.
func (b *builder) setAside(batch []*transaction) []*transaction {
	rest := batch[:0:0]
	for _, t := range batch {
		if t.vast {
			b.vast = append(b.vast, t)
		} else {
			rest = append(rest, t)
		}
	}
	return rest
}

// page hands over the next products of the oldest vast transaction.
func (b *builder) page(ctx context.Context) error {
	t := b.vast[0]
	p := &part{more: true}
	var err error
	if p.items, err = b.items(ctx, []uint32{t.xid}, t.roots.take(maxRoots), version(b.epoch, int64(t.end))); err != nil {
		return err
	}
	if len(t.roots.vast) == 0 {
		b.vast, p.landed, p.more = b.vast[1:], []*transaction{t}, len(b.vast) > 1 || len(b.queue) > 0
	}
	return b.hand(ctx, p)
}

// merge collects what a batch has to see, itself and all that it overtakes, the products its changes touch, and those that only the
// walk asks for, each once. What an earlier walk left in the log is owed to no generation any more.
func (b *builder) merge(batch []*transaction) (xids []uint32, roots, walked []commerce.ProductRef) {
	seen := make(map[commerce.ProductRef]struct{}, len(batch))
	add := func(t *transaction, to []commerce.ProductRef) []commerce.ProductRef {
		for r := range t.roots.few {
			if _, twice := seen[r]; !twice {
				seen[r] = struct{}{}
				to = append(to, r)
			}
		}
		return to
	}
	for _, t := range b.vast {
		xids = append(xids, t.xid)
	}
	for _, t := range batch {
		xids = append(xids, t.xid)
		if t.run == "" {
			roots = add(t, roots)
		}
	}
	for _, t := range batch {
		if t.run != "" && t.run == b.wanted {
			walked = add(t, walked)
		}
	}
	return xids, roots, walked
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
