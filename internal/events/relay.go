package events

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/lifecycle"
	"github.com/kirana-commerce/kirana/internal/telemetry"
)

// Options are what a Relay needs.
type Options struct {
	Outbox    commerce.Outbox
	Notifiers []commerce.Notifier
	// Poll is how often the outbox is looked at. 500 ms when 0. Nobody wakes the relay: what wakes others across processes makes the
	// commits of all orders wait for each other.
	Poll    time.Duration
	Logger  *slog.Logger
	Metrics *telemetry.Events
}

// The measures of a Relay.
const (
	defaultPoll  = 500 * time.Millisecond
	measureEvery = 10 * time.Second
	mostAtOnce   = 500 // events that are told of together
)

// Relay tells notifiers of events.
type Relay struct{ o Options }

// NewRelay makes a relay.
func NewRelay(o Options) *Relay {
	if o.Poll == 0 {
		o.Poll = defaultPoll
	}
	return &Relay{o: o}
}

// Run tells of events until ctx ends. Of several processes one does at a time.
func (r *Relay) Run(ctx context.Context) error {
	group := lifecycle.NewGroup(ctx)
	group.Go("outbox", r.read)
	group.Go("lag", r.measure)
	return group.Wait()
}

func (r *Relay) read(ctx context.Context) error {
	tick := time.NewTicker(r.o.Poll)
	defer tick.Stop()
	for {
		n, err := r.o.Outbox.TellEvents(ctx, mostAtOnce, r.tell)
		switch {
		case err != nil && ctx.Err() == nil:
			r.o.Logger.WarnContext(ctx, "nobody can be told of events; trying again", "error", err)
		case n == mostAtOnce:
			continue // there may be more
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// tell hands events to every notifier, one after the other.
func (r *Relay) tell(ctx context.Context, events []commerce.Event) error {
	for _, n := range r.o.Notifiers {
		if err := n.Notify(ctx, events); err != nil {
			return fmt.Errorf("tell of %d events: %w", len(events), err)
		}
	}
	for i := range events {
		r.o.Metrics.Told(string(events[i].Topic))
	}
	return nil
}

// measure says now and then how far everybody is behind.
func (r *Relay) measure(ctx context.Context) error {
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		if lag, err := r.o.Outbox.EventLag(ctx); err == nil { // whoever reads the outbox says that it cannot be read
			r.o.Metrics.Lag(lag.Untold, lag.Due)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
