package indexer

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

// shelf is a database of one store and its index. It remembers which products were looked at when.
type shelf struct {
	scene

	products int
	looks    []look
	sweep    commerce.Sweep
	swept    []time.Duration
	fails    bool
}

type look struct {
	at    time.Time
	first commerce.ProductID
}

func (s *shelf) NextProducts(_ context.Context, after, _ commerce.ProductRef, limit int) ([]commerce.ProductRef, error) {
	if s.fails {
		return nil, errors.New("injected")
	}
	next := after.ID + 1
	if after.Store == 0 {
		next = 1
	}
	s.looks = append(s.looks, look{time.Now(), next})
	var refs []commerce.ProductRef
	for ; int(next) <= s.products && len(refs) < limit; next++ {
		refs = append(refs, ref(1, int64(next)))
	}
	return refs, nil
}

func (s *shelf) ProductDocuments(context.Context, []uint32, []commerce.ProductRef) (map[commerce.ProductRef]*commerce.ProductDocument, error) {
	return map[commerce.ProductRef]*commerce.ProductDocument{}, nil // drafts
}

func (s *shelf) EntriesOf(context.Context, []commerce.ProductRef) ([]search.Entry, error) {
	return nil, nil
}

func (s *shelf) IndexSweep(context.Context, string) (commerce.Sweep, int, error) {
	return s.sweep, s.products, nil
}

func (s *shelf) SaveIndexSweep(_ context.Context, _ string, sweep commerce.Sweep) error {
	s.sweep = sweep
	return nil
}

func (s *shelf) Checked(int)                  {}
func (s *shelf) Drift(string, int)            {}
func (s *shelf) Repaired(int)                 {}
func (s *shelf) Swept(began, ended time.Time) { s.swept = append(s.swept, ended.Sub(began)) }

// run sweeps for a time.
func (s *shelf) run(t *testing.T, every, d time.Duration) {
	t.Helper()
	v, err := NewVerifier(VerifierConfig{Documents: s, Catalogue: s, Index: s, Freshness: s, Observer: s})
	require.NoError(t, err)
	sweeper, err := NewSweeper(SweeperConfig{Verifier: v, Store: s, Every: every})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	sweeper.Run(ctx)
}

// A sweep takes a part of the day for each page, begins anew the next day, and goes on after a restart where it was.
func TestASweepIsSpreadOverTheDay(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{products: 200*verifyPage - 1}
		began := time.Now()
		s.run(t, day, 6*time.Hour)
		quarter := len(s.looks)
		require.InDelta(t, 50, quarter, 1)
		require.Equal(t, sweepDelay, s.looks[0].at.Sub(began), "the first page at once")
		s.run(t, day, 6*time.Hour) // another process
		require.EqualValues(t, 1+verifyPage*quarter, s.looks[quarter].first, "it goes on where it was")
		s.run(t, day, 12*time.Hour+time.Minute)
		require.NotEmpty(t, s.swept)
		require.InDelta(t, day.Hours(), s.swept[0].Hours(), 1)
		require.Equal(t, commerce.ProductID(1), s.looks[200].first)
		require.GreaterOrEqual(t, s.looks[200].at.Sub(s.looks[0].at), day)
		require.Equal(t, s.sweep.LastEnded.Sub(s.sweep.LastBegan), s.swept[0])
	})
}

func TestASmallSweepAndAFault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{products: 3}
		s.run(t, time.Hour, 150*time.Minute)
		require.Len(t, s.looks, 3, "once an hour")

		s = &shelf{products: 3, fails: true}
		s.run(t, time.Hour, 10*time.Minute)
		require.Empty(t, s.looks)
		require.Zero(t, s.sweep)

		s = &shelf{products: 3}
		s.run(t, 0, 100*time.Hour)
		require.Empty(t, s.looks, "sweeps are off")
	})
}

func TestSweeperAndCanaryNeedTheirParts(t *testing.T) {
	t.Parallel()
	_, err := NewSweeper(SweeperConfig{})
	require.ErrorContains(t, err, "required")
	_, err = NewCanary(CanaryConfig{})
	require.ErrorContains(t, err, "required")
}

// cage is a canary that is found or not.
type cage struct {
	beats, searches int64
	lost            int
	found           []time.Duration
	after           int64 // searches that find nothing
}

func (c *cage) Beat(context.Context) (int64, error) {
	c.beats++
	c.searches = 0
	return c.beats, nil
}

func (c *cage) SearchProducts(_ context.Context, q []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	c.searches++
	result := make([]commerce.SearchResult, 1)
	if q[0].Selection.Prices[0].Min == c.beats && c.searches > c.after {
		result[0].Hits.Items = make([]commerce.Item[commerce.ProductRef], 1)
	}
	return result, nil
}

func (c *cage) Found(d time.Duration) { c.found = append(c.found, d) }
func (c *cage) Lost()                 { c.lost++ }

func TestCanary(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		run := func(c *cage) {
			k, err := NewCanary(CanaryConfig{Keeper: c, Searcher: c, Observer: c})
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 62*time.Second)
			defer cancel()
			k.Run(ctx)
		}
		c := &cage{after: 10}
		run(c)
		require.Len(t, c.found, 13)
		require.Equal(t, 10*canaryPause, c.found[0])
		require.Zero(t, c.lost)

		c = &cage{after: 1 << 40}
		run(c)
		require.Empty(t, c.found)
		require.Equal(t, 2, c.lost)
	})
}
