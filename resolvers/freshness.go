package resolvers

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// extensionFreshness tells how old an answer may be that has a search in it.
const extensionFreshness = "freshness"

// freshness is extensions.freshness of one answer: that of its oldest search.
type freshness struct {
	mu  sync.Mutex
	lag time.Duration
}

// MarshalJSON shows whole milliseconds, rather one too many.
func (f *freshness) MarshalJSON() ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return json.Marshal(map[string]int64{"lagMs": (f.lag + time.Millisecond - 1).Milliseconds()})
}

// atLeast raises the lag.
func (f *freshness) atLeast(lag time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lag = max(f.lag, lag)
}

// present is the moment up to which a search that begins now finds everything, zero where nobody knows.
func (r *Resolver) present() time.Time {
	if r.Present == nil {
		return time.Time{}
	}
	return r.Present()
}

// tellFreshness says in the answer that a search found everything up to a moment. Fields are resolved at the same time, and
// gqlgen takes an extension once.
func (r *Resolver) tellFreshness(ctx context.Context, present time.Time) {
	if present.IsZero() {
		return
	}
	r.telling.Lock()
	defer r.telling.Unlock()
	told, ok := graphql.GetExtension(ctx, extensionFreshness).(*freshness)
	if !ok {
		told = &freshness{}
		graphql.RegisterExtension(ctx, extensionFreshness, told)
	}
	told.atLeast(r.Now().Sub(present))
}
