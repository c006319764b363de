package resolvers

import (
	"context"
	"encoding/json"
	"slices"
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

// extensionDegraded names what was answered otherwise than it should have been: searches by a stand-in, pages that drift, what is
// older than the request's consistency token.
const (
	extensionDegraded = "degraded"
	degradedSearch    = "search"
	degradedPaging    = "paging"
	degradedOlder     = "consistency"
)

// degraded is extensions.degraded of one answer: names, each once.
type degraded struct {
	mu    sync.Mutex
	names []string
}

// MarshalJSON lists the names.
func (d *degraded) MarshalJSON() ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return json.Marshal(d.names)
}

// add takes a name up.
func (d *degraded) add(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Contains(d.names, name) {
		d.names = append(d.names, name)
	}
}

// tellSearches says how old the answers of searches may be, whether something stood in for the search engine, and whether pages drift.
// present is what the index knows.
func (r *Resolver) tellSearches(ctx context.Context, present time.Time, results []commerce.SearchResult) {
	for _, res := range results {
		if res.Degraded {
			r.tellDegraded(ctx, degradedSearch)
		}
		if res.Drifts {
			r.tellDegraded(ctx, degradedPaging)
		}
		if res.Older {
			r.tellDegraded(ctx, degradedOlder)
		}
		upTo := res.AsOf
		if upTo.IsZero() && !present.IsZero() {
			upTo = present.Add(-res.Age)
		}
		r.tellFreshness(ctx, upTo)
	}
}

// tellDegraded says in the answer what was answered otherwise than it should have been.
func (r *Resolver) tellDegraded(ctx context.Context, name string) {
	r.telling.Lock()
	defer r.telling.Unlock()
	told, ok := graphql.GetExtension(ctx, extensionDegraded).(*degraded)
	if !ok {
		told = &degraded{}
		graphql.RegisterExtension(ctx, extensionDegraded, told)
	}
	told.add(name)
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
