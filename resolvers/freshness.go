package resolvers

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
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

// extensionDegraded names what was answered otherwise than it should have been.
const extensionDegraded = "degraded"

// tellSearches says how old the answers of searches may be, and whether something stood in for the search engine. present is what the
// index knows.
func (r *Resolver) tellSearches(ctx context.Context, present time.Time, results []commerce.SearchResult) {
	for _, res := range results {
		if res.Degraded {
			r.telling.Lock()
			if graphql.GetExtension(ctx, extensionDegraded) == nil {
				graphql.RegisterExtension(ctx, extensionDegraded, []string{"search"})
			}
			r.telling.Unlock()
		}
		upTo := res.AsOf
		if upTo.IsZero() {
			upTo = present
		}
		r.tellFreshness(ctx, upTo)
	}
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
