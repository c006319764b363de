package indexer

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

// deadLetters notes documents that the search engine refuses. It belongs to the writer.
type deadLetters struct {
	x *Indexer
	// counts is how many each index refuses. While it is none, a document that is taken needs no look at the notes.
	counts map[string]int
}

func newDeadLetters(x *Indexer) *deadLetters { return &deadLetters{x: x, counts: make(map[string]int)} }

// count reads how many there are.
func (d *deadLetters) count(ctx context.Context) error {
	counts, err := d.x.c.DeadLetters.CountDeadLetters(ctx)
	if err != nil {
		return fmt.Errorf("count the dead letters: %w", err)
	}
	d.counts = counts
	d.tell()
	return nil
}

func (d *deadLetters) tell() {
	n := 0
	for _, of := range d.counts {
		n += of
	}
	d.x.c.Observer.DeadLetters(n)
}

// add notes a document. The commit it comes from goes on, so this has to succeed: a database that is away ends the run, and
// the commit comes again.
func (d *deadLetters) add(ctx context.Context, l commerce.DeadLetter) error {
	added, err := d.x.c.DeadLetters.AddDeadLetter(ctx, l)
	if err != nil {
		return fmt.Errorf("note a dead letter: %w", err)
	}
	d.x.c.Observer.Documents("rejected", 1)
	d.x.c.Logger.ErrorContext(ctx, "the search engine refuses a document; what it has of the product stays as it was, see `kirana reindex --help`",
		"document", search.DocumentID(l.Ref), "index", l.Index, "type", l.ErrorType, "reason", l.Reason)
	if added {
		d.counts[l.Index]++
		d.tell()
	}
	return nil
}

// taken forgets documents that an index has taken.
func (d *deadLetters) taken(ctx context.Context, index string, refs []commerce.ProductRef) error {
	if d.counts[index] == 0 || len(refs) == 0 {
		return nil
	}
	n, err := d.x.c.DeadLetters.DropDeadLetters(ctx, index, refs)
	if err != nil {
		return fmt.Errorf("forget dead letters: %w", err)
	}
	d.counts[index] -= n
	d.tell()
	return nil
}

// suspectAttempts is how often a part of a request that failed for long is sent.
const suspectAttempts = 3

// alone writes a document that the engine found something wrong with, in a request of its own. When it is refused again it
// becomes a dead letter.
func (b *bulkWriter) alone(ctx context.Context, it item) error {
	one := []item{it}
	answer, err := b.exchange(ctx, one)
	if err != nil {
		return err
	}
	out, err := b.outcomes(one, answer)
	switch {
	case err != nil:
		return err
	case len(out.left.items) > 0:
		return errors.Join(out.left.cause, errBusy)
	case len(out.refused) > 0:
		return b.bury(ctx, it, out.refused[0].refusal)
	}
	return b.dead.taken(ctx, b.index, out.taken)
}

// isolate looks for the document because of which a request fails. Documents are suspected only while the engine works: a
// removal that changes nothing is sent to the same shard, and when that fails, too, the engine is away or busy, which ends the
// run and speaks against nobody. Else the request is halved until the fault is one document's own. A document that makes the
// engine itself fall over is never found this way, since then nothing works.
func (b *bulkWriter) isolate(ctx context.Context, items []item, cause error) error {
	var r *refusal
	refused := errors.As(cause, &r)
	large := refused && r.status == http.StatusRequestEntityTooLarge
	busy := refused && r.status == http.StatusTooManyRequests
	if !large && (busy || !b.works(ctx, items[0].ref.Store)) {
		return fmt.Errorf("%d documents: %w", len(items), errors.Join(cause, errBusy))
	}
	if len(items) == 1 {
		if !refused {
			r = &refusal{kind: "no_answer", text: cause.Error()}
		}
		return b.bury(ctx, items[0], r)
	}
	half := len(items) / 2
	if err := b.request(ctx, items[:half], suspectAttempts); err != nil {
		return err
	}
	return b.request(ctx, items[half:], suspectAttempts)
}

// works reports whether the engine carries out a write where the documents of a store are. It removes the document of
// product 0, which no store has.
func (b *bulkWriter) works(ctx context.Context, store commerce.StoreID) bool {
	answer, err := b.exchange(ctx, []item{newItem(commerce.ProductRef{Store: store}, nil, 1)})
	if err != nil {
		return false
	}
	works := false
	for action, o := range answer.Items[0] {
		works = outcomeName(action, o) != ""
	}
	return works
}

// bury gives a document up.
func (b *bulkWriter) bury(ctx context.Context, it item, r *refusal) error {
	return b.dead.add(ctx, commerce.DeadLetter{Ref: it.ref, Index: b.index, Version: it.version, ErrorType: r.name(), Reason: r.text})
}
