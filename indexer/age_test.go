package indexer

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// pace is a log and an index that come by as many positions a second as there are microseconds, the index later.
type pace struct {
	began time.Time
	// behind is what the index is behind; frozen, when set, is where it stands.
	behind atomic.Int64
	frozen atomic.Int64
}

func (p *pace) Progress(context.Context) (flushed, searchable int64, err error) {
	flushed = time.Since(p.began).Microseconds()
	searchable = flushed - time.Duration(p.behind.Load()).Microseconds()
	if at := p.frozen.Load(); at > 0 {
		searchable = at
	}
	return flushed, searchable, nil
}

// moments is how much an Age remembers.
func (a *Age) moments() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.ahead)
}

// What is said is never too young, and too old by no more than the time between two looks.
func TestAge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pace{began: time.Now()}
		const behind = 600 * time.Millisecond
		p.behind.Store(int64(behind))
		a := NewAge(p, nil, time.Now)
		require.True(t, a.Present().IsZero(), "nobody knows")
		require.Zero(t, a.Flushed())
		require.Zero(t, a.Searchable())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- a.Run(ctx) }()
		age := func() time.Duration { return time.Since(a.Present()) }
		within := func(at, more time.Duration) {
			t.Helper()
			require.GreaterOrEqual(t, age(), at)
			require.LessOrEqual(t, age(), at+more)
		}
		pass := func(d time.Duration) {
			<-time.After(d)
			synctest.Wait()
		}
		pass(5*time.Second + 100*time.Millisecond)
		within(behind, 2*lookEvery)

		p.behind.Store(0)
		pass(time.Second)
		within(0, lookEvery)

		// The index stands still, for longer than moments are remembered.
		p.frozen.Store(time.Since(p.began).Microseconds())
		stopped := time.Now()
		pass(10 * time.Minute)
		within(time.Since(stopped), lookEvery)
		require.Less(t, a.moments(), maxMoments)

		// It comes back half way: nothing says that it is younger than that.
		p.frozen.Add((5 * time.Minute).Microseconds())
		pass(time.Second)
		require.GreaterOrEqual(t, age(), 5*time.Minute)
		require.Less(t, age(), 5*time.Minute+30*time.Second, "coarse, but near")

		p.frozen.Store(0)
		pass(time.Second)
		within(0, lookEvery)
		cancel()
		require.NoError(t, <-done)
	})
}
