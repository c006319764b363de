package search_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

// pace is an index that has everything up to a position from a moment on.
type pace struct {
	waits int
	after time.Duration
	err   error
}

func (p *pace) LogPosition(context.Context) (int64, error) { return 0, nil }

func (p *pace) WaitSearchable(ctx context.Context, _ int64) (commerce.IndexState, error) {
	p.waits++
	if p.err != nil {
		return commerce.IndexState{}, p.err
	}
	select {
	case <-time.After(p.after):
		return commerce.IndexState{}, nil
	case <-ctx.Done():
		return commerce.IndexState{}, ctx.Err()
	}
}

// one answers with one result of its own total.
type one struct {
	asked
	total int
	err   error
}

func (o *one) SearchProducts(context.Context, []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	return []commerce.SearchResult{{Total: o.total}}, o.err
}

const (
	byIndex   = 1
	byStandin = 2
)

// A search that has to have something waits a moment for the index, and then asks who has it.
func TestConsistent(t *testing.T) {
	t.Parallel()
	away := commerce.Unavailable("Search", errors.New("too large a store"))
	for _, tt := range []struct {
		name    string
		gone    bool // whoever asks
		seen    commerce.LogPosition
		index   pace
		standin error
		none    bool // there is no stand-in
		want    commerce.SearchResult
		err     error
		waits   int
		took    time.Duration
	}{
		{name: "nothing was seen", want: commerce.SearchResult{Total: byIndex}},
		{name: "the index is known to have it", seen: 10, want: commerce.SearchResult{Total: byIndex}},
		{name: "the index comes to it", seen: 11, index: pace{after: 50 * time.Millisecond}, want: commerce.SearchResult{Total: byIndex}, waits: 1, took: 50 * time.Millisecond},
		{name: "it does not", seen: 11, index: pace{after: time.Hour}, want: commerce.SearchResult{Total: byStandin, Degraded: true}, waits: 1, took: 400 * time.Millisecond},
		{name: "nobody knows", seen: 11, index: pace{err: errors.New("away")}, want: commerce.SearchResult{Total: byStandin, Degraded: true}, waits: 1},
		{name: "nobody else can", seen: 11, index: pace{after: time.Hour}, standin: away, want: commerce.SearchResult{Total: byIndex, Older: true}, waits: 1, took: 400 * time.Millisecond},
		{name: "there is nobody else", seen: 11, index: pace{after: time.Hour}, none: true, want: commerce.SearchResult{Total: byIndex, Older: true}, waits: 1, took: 400 * time.Millisecond},
		{name: "a wrong search", seen: 11, index: pace{after: time.Hour}, standin: commerce.BadInput("after", "no cursor"), err: commerce.BadInput("after", "no cursor"), waits: 1, took: 400 * time.Millisecond},
		{name: "who asks has gone", gone: true, seen: 11, index: pace{after: time.Hour}, want: commerce.SearchResult{Total: byIndex}, waits: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var instead commerce.ProductSearcher
				if !tt.none {
					instead = &one{total: byStandin, err: tt.standin}
				}
				c := search.NewConsistent(&one{total: byIndex}, instead, &tt.index, func() commerce.LogPosition { return 10 })
				ctx, began := t.Context(), time.Now()
				if tt.gone {
					gone, cancel := context.WithCancel(ctx)
					cancel()
					ctx = gone
				}
				results, err := c.SearchProducts(commerce.WithPosition(ctx, tt.seen), []commerce.SearchQuery{{Store: 1}})
				require.Equal(t, tt.waits, tt.index.waits)
				require.Equal(t, tt.took, time.Since(began))
				if tt.err != nil {
					require.Equal(t, tt.err, err)
					return
				}
				require.NoError(t, err)
				require.Equal(t, []commerce.SearchResult{tt.want}, results)
			})
		})
	}
}
