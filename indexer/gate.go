package indexer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/cdc"
	"github.com/kirana-commerce/kirana/search"
)

// ErrRefused is wrapped by the verdict of a gate that keeps a generation from going live. Any other error says that there is no
// verdict yet.
var ErrRefused = errors.New("the index does not say what the database says")

// Candidate is a generation that was filled and is about to go live. It is written all the while.
type Candidate struct {
	Index string // its name
	commerce.LogTail
	epoch      int64
	generation int
	waits      chan<- wait
}

var _ commerce.Freshness = (*Candidate)(nil)

// WaitSearchable returns once every commit up to position can be found in the candidate.
func (c *Candidate) WaitSearchable(ctx context.Context, position int64) (commerce.IndexState, error) {
	if err := c.HurryIndex(ctx); err != nil {
		return commerce.IndexState{}, err
	}
	found := make(chan struct{})
	select {
	case c.waits <- wait{cdc.Position(position), found}:
	case <-ctx.Done():
		return commerce.IndexState{}, ctx.Err()
	}
	select {
	case <-found:
		return commerce.IndexState{Epoch: c.epoch, Generation: c.generation, Searchable: position}, nil
	case <-ctx.Done():
		return commerce.IndexState{}, ctx.Err()
	}
}

// checking is a check under way, in a goroutine of its own: it may take long, and the writer writes on.
type checking struct {
	open    bool
	verdict chan error
	end     context.CancelFunc
}

// recheckPause is the time until a refused generation is looked at again. Meanwhile it is written, and may be repaired.
const recheckPause = time.Minute

// check lets the gate look at the generation that was filled.
func (w *writer) check(ctx context.Context) error {
	if err := w.x.refresh(ctx, w.filled.bulk.alias); err != nil {
		return err
	}
	within, cancel := context.WithCancel(ctx)
	w.gate.open, w.gate.end = true, cancel
	c := &Candidate{Index: w.filled.gen.name(), LogTail: w.x.c.Log, epoch: w.epoch, generation: w.filled.gen.number, waits: w.waits}
	go func() { w.gate.verdict <- w.x.c.Gate(within, c) }()
	return nil
}

// endCheck gives a check up that is still under way.
func (w *writer) endCheck() {
	if w.gate.open {
		w.gate.end()
		<-w.gate.verdict //nolint:errcheck // nobody waits for it any more
		w.gate.open = false
	}
}

// judge takes the verdict in.
func (w *writer) judge(ctx context.Context, verdict error) error {
	w.gate.open = false
	w.gate.end()
	switch {
	case verdict == nil:
		return w.goLive(ctx)
	case !errors.Is(verdict, ErrRefused):
		return fmt.Errorf("check the index: %w", verdict)
	}
	w.x.c.Logger.ErrorContext(ctx, "the new index does not go live; searches read the old one", "index", w.filled.gen.name(), "reason", verdict)
	if err := w.x.c.Walks.EndWalk(ctx, w.x.c.Slot, w.filled.gen.number, verdict.Error()); err != nil {
		return fmt.Errorf("note that the index is refused: %w", err)
	}
	w.recheck = time.After(recheckPause)
	return nil
}

// A generation may lack a few documents that the engine refuses, which are noted as dead letters: fewDead of them, or one in
// deadShare. More say that something is wrong with the generation.
const fewDead, deadShare = 10, 100

// verify is the gate when the configuration has none: every document says what the database says. What does not is written
// once more, here and in the log, before it is held against the generation.
func (x *Indexer) verify(ctx context.Context, c *Candidate) error {
	engine, err := search.Open(x.c.ElasticsearchURL, search.Options{Alias: c.Index, Timeout: verifyTimeout, Now: x.c.Now})
	if err != nil {
		return err
	}
	defer engine.Close()
	v, err := NewVerifier(VerifierConfig{
		Documents: x.c.Documents, Catalogue: x.c.Catalogue, Index: engine, Freshness: c, Refusals: x.c.DeadLetters, Alias: x.c.Alias,
		Redo: x.c.Redo, Now: x.c.Now,
	})
	if err != nil {
		return err
	}
	report, err := v.Verify(ctx, VerifyOptions{Repair: true})
	if err != nil {
		return err
	}
	for _, d := range report.Drift {
		if d.Refused { // that was said when it was
			continue
		}
		x.c.Logger.WarnContext(ctx, "a new index differs from the database", "index", c.Index, "store", d.Product.Store, "product", d.Product.ID,
			"kind", d.Kind, "repaired", d.Repaired)
	}
	dead, err := x.c.DeadLetters.CountDeadLetters(ctx)
	if err != nil {
		return fmt.Errorf("count the dead letters: %w", err)
	}
	return verdict(report, dead[c.Index])
}

// verifyTimeout is how long a request of the gate may take: nobody waits for one.
const verifyTimeout = 30 * time.Second

// verdict says whether a generation with so many dead letters goes live.
func verdict(r VerifyReport, dead int) error {
	if products := r.Counts.Products; dead > fewDead && dead > products/deadShare {
		return fmt.Errorf("%w: the search engine refuses %d documents of %d", ErrRefused, dead, products)
	}
	if left := r.Drifted() - r.Repaired; left > 0 {
		return fmt.Errorf("%w: of %d products, %d differ", ErrRefused, r.Checked, left)
	}
	if differ := r.Counts.Differ; len(differ) > 0 {
		return fmt.Errorf("%w: store %d has %d documents for %d products, and %d stores differ", ErrRefused,
			differ[0].Store, differ[0].Documents, differ[0].Products, len(differ))
	}
	return nil
}
