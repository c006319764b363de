package auth

import (
	"context"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// Gate slows down who sends too much of what anybody may send.
type Gate struct {
	Throttles commerce.ThrottleStore
	Now       func() time.Time
}

// SearchEvents lets a batch of events of searches in a store pass. Code THROTTLED.
func (g *Gate) SearchEvents(ctx context.Context, store commerce.StoreID) error {
	address := network(ctx)
	if address == "" {
		return nil // nobody knows who it is
	}
	attempt := commerce.SearchEventsAttempt(throttleKey("events", number(store), address), throttleKey("events", address))
	wait, err := g.Throttles.Begin(ctx, attempt, g.Now())
	if err == nil && wait > 0 {
		err = commerce.Throttled(wait)
	}
	return err
}
