package indexer

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// SweeperConfig says what to sweep and how often. Verifier and Store are required; the Verifier's Redo repairs.
type SweeperConfig struct {
	Verifier *Verifier
	Store    commerce.SweepStore
	Slot     string // DefaultSlot when empty
	// Every is the time from the beginning of one sweep over all products to that of the next. 0 sweeps never.
	Every  time.Duration
	Logger *slog.Logger // nil logs nothing
	Now    func() time.Time
}

// Sweeper holds the index against the database all the time, a page now and a page then, and repairs what drifted. How far it
// is outlives the process.
type Sweeper struct{ c SweeperConfig }

// NewSweeper checks the configuration. It does not connect.
func NewSweeper(c SweeperConfig) (*Sweeper, error) {
	if c.Verifier == nil || c.Store == nil {
		return nil, errors.New("sweep: the verifier and the store are both required")
	}
	c.Slot = orDefault(c.Slot, DefaultSlot)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now //nolint:forbidigo // the default of an injected clock
	}
	return &Sweeper{c}, nil
}

const (
	// sweepDelay lets a process start before it looks back.
	sweepDelay = 10 * time.Second
	// sweepRetry is the pause after a page that could not be looked at.
	sweepRetry = time.Minute
	// longestPause bounds the time between two pages, also where the number of products is not known yet.
	longestPause = 10 * time.Minute
)

// Run sweeps until ctx ends. What fails is tried again.
func (s *Sweeper) Run(ctx context.Context) {
	if s.c.Every <= 0 {
		return
	}
	for pause := min(sweepDelay, s.c.Every); sleep(ctx, pause); {
		var err error
		if pause, err = s.step(ctx); err != nil && ctx.Err() == nil {
			s.c.Logger.WarnContext(ctx, "a page of the index could not be verified; trying again", "error", err, "pause", sweepRetry)
			pause = sweepRetry
		}
	}
}

// step looks at the next page if it is time, and returns how long to wait for the next.
func (s *Sweeper) step(ctx context.Context) (time.Duration, error) {
	sweep, products, err := s.c.Store.IndexSweep(ctx, s.c.Slot)
	if err != nil {
		return 0, err
	}
	now := s.c.Now()
	if !sweep.LastEnded.IsZero() {
		s.c.Verifier.c.Observer.Swept(sweep.LastBegan, sweep.LastEnded)
	}
	if wait := sweep.Next.Sub(now); wait > 0 {
		return min(wait, longestPause), nil
	}
	if sweep.After == (commerce.ProductRef{}) {
		sweep.After, sweep.Began = commerce.FirstProduct(), now
	}
	var more bool
	if sweep.After, more, err = s.page(ctx, sweep.After); err != nil {
		return 0, err
	}
	if more {
		sweep.Next = now.Add(s.pause(products))
	} else {
		sweep.After, sweep.Next = commerce.ProductRef{}, sweep.Began.Add(s.c.Every)
		sweep.LastBegan, sweep.LastEnded = sweep.Began, s.c.Now()
	}
	if err := s.c.Store.SaveIndexSweep(ctx, s.c.Slot, sweep); err != nil {
		return 0, err
	}
	if !more {
		s.c.Verifier.c.Observer.Swept(sweep.LastBegan, sweep.LastEnded)
	}
	return max(sweep.Next.Sub(s.c.Now()), 0), nil
}

// page looks at one page, repairs what drifted, and says so: drift is the trace of a mistake in the indexer, or of somebody
// who wrote to the index.
func (s *Sweeper) page(ctx context.Context, after commerce.ProductRef) (last commerce.ProductRef, more bool, err error) {
	p := s.c.Verifier.pass(true)
	if last, more, err = p.page(ctx, after, commerce.LastProduct()); err != nil {
		return last, more, err
	}
	if err := p.settle(ctx); err != nil {
		return last, more, err
	}
	for _, d := range p.report.Drift {
		if d.Refused { // a dead letter, which is told of as such
			continue
		}
		s.c.Logger.ErrorContext(ctx, "the index had drifted from the database", "store", d.Product.Store, "product", d.Product.ID,
			"kind", d.Kind, "repaired", d.Repaired)
	}
	return last, more, nil
}

// pause spreads the pages of a sweep over its time.
func (s *Sweeper) pause(products int) time.Duration {
	pages := products/verifyPage + 1
	return min(s.c.Every/time.Duration(pages), longestPause)
}
