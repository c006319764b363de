package indexer

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// CanaryConfig says whose canary to keep. Keeper, Searcher and Observer are required.
type CanaryConfig struct {
	Keeper   commerce.CanaryKeeper
	Searcher commerce.ProductSearcher
	Observer CanaryObserver
	Logger   *slog.Logger // nil logs nothing
	Now      func() time.Time
}

// CanaryObserver hears how the canary is, for metrics. Its methods must not block.
type CanaryObserver interface {
	// Found is the time from the commit of a beat to the answer of the search that found it.
	Found(after time.Duration)
	// Lost counts beats that were not found in time.
	Lost()
}

// Canary changes a row every few seconds and searches for the change, as a buyer would: through the log, the indexer, the
// index and a search. It is the one figure that says that all of it works.
type Canary struct{ c CanaryConfig }

// NewCanary checks the configuration. It does not connect.
func NewCanary(c CanaryConfig) (*Canary, error) {
	if c.Keeper == nil || c.Searcher == nil || c.Observer == nil {
		return nil, errors.New("canary: keeper, searcher and observer are all required")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now //nolint:forbidigo // the default of an injected clock
	}
	return &Canary{c}, nil
}

const (
	// canaryEvery is the time between two beats.
	canaryEvery = 5 * time.Second
	// canaryPause is the time between two searches for a beat, and what the measured time may be too long by.
	canaryPause = 5 * time.Millisecond
	// canaryPatience is how long a beat is searched for.
	canaryPatience = 30 * time.Second
)

// Run beats until ctx ends.
func (k *Canary) Run(ctx context.Context) {
	tick := time.NewTicker(canaryEvery)
	defer tick.Stop()
	failing := false
	for {
		err := k.beat(ctx)
		if err != nil && ctx.Err() == nil {
			k.c.Observer.Lost()
			if !failing {
				k.c.Logger.WarnContext(ctx, "the canary was not found", "error", err)
			}
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// beat commits a beat and searches until it is found.
func (k *Canary) beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, canaryPatience)
	defer cancel()
	beat, err := k.c.Keeper.Beat(ctx)
	if err != nil {
		return err
	}
	committed := k.c.Now()
	for {
		results, err := k.c.Searcher.SearchProducts(ctx, []commerce.SearchQuery{commerce.CanaryQuery(beat)})
		if err == nil && len(results[0].Hits.Items) > 0 {
			k.c.Observer.Found(k.c.Now().Sub(committed))
			return nil
		}
		if !sleep(ctx, canaryPause) {
			return errors.Join(ctx.Err(), err)
		}
	}
}
