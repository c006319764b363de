package search

import (
	"context"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// consistencyWait is how long a search waits for the index to have what whoever asks has seen. The index is hurried, and mostly has it after a tenth.
const consistencyWait = 400 * time.Millisecond

// Consistent answers no search from an index that is older than what whoever asks has seen (commerce.PositionOf). It waits a moment for the
// index, then answers from somewhere else. Explanations are of the index as it is. It is safe for concurrent use.
type Consistent struct {
	Finder

	instead commerce.ProductSearcher
	index   commerce.Freshness
	reached func() commerce.LogPosition
}

// NewConsistent makes a search that is not older than what has been seen. instead answers while the index is, nil for nobody: then the index does,
// which the answers say. reached is up to where the index was seen to have everything, without asking.
func NewConsistent(f Finder, instead commerce.ProductSearcher, index commerce.Freshness, reached func() commerce.LogPosition) *Consistent {
	return &Consistent{f, instead, index, reached}
}

// SearchProducts answers the queries.
func (c *Consistent) SearchProducts(ctx context.Context, queries []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	if c.hasSeen(ctx) {
		return c.Finder.SearchProducts(ctx, queries)
	}
	if c.instead != nil {
		results, err := c.instead.SearchProducts(ctx, queries)
		for i := range results {
			results[i].Degraded = true
		}
		if !away(err) {
			return results, err
		}
	}
	results, err := c.Finder.SearchProducts(ctx, queries)
	for i := range results {
		results[i].Older = true
	}
	return results, err
}

// hasSeen reports whether the index has what whoever asks has seen.
func (c *Consistent) hasSeen(ctx context.Context) bool {
	seen := commerce.PositionOf(ctx)
	if seen == 0 || c.reached() >= seen {
		return true
	}
	waiting, cancel := context.WithTimeout(ctx, consistencyWait)
	defer cancel()
	_, err := c.index.WaitSearchable(waiting, int64(seen))
	return err == nil || ctx.Err() != nil // nobody waits for an answer any more
}
