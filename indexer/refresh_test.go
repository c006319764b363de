package indexer

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// clock is a clock that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

func refreshing() (*refresher, *clock) {
	c := &clock{at: time.Unix(1_000_000, 0)}
	r := newRefresher(c.now)
	return &r, c
}

func TestALoneCommitIsRefreshedAtOnce(t *testing.T) {
	t.Parallel()
	r, c := refreshing()
	require.True(t, r.allowed(true), "the first one")
	require.True(t, r.allowed(false), "the first one, in a backlog")
	r.refreshed(refreshCredit / 2)
	require.True(t, r.allowed(true), "a burst")
	r.refreshed(refreshCredit)
	require.False(t, r.allowed(true), "the credit is used up")
	c.advance(backlogRefresh - 1) // such a refresh is a slow one
	require.False(t, r.allowed(true))
	c.advance(1)
	require.True(t, r.allowed(true), "and earned again")
}

func TestRefreshesTakeAtMostAFifth(t *testing.T) {
	t.Parallel()
	for _, took := range []time.Duration{time.Millisecond, 7 * time.Millisecond, lightRefresh / refreshShare} {
		r, c := refreshing()
		started, refreshing := c.at, time.Duration(0)
		for range 20 * int(1+refreshCredit/took) {
			c.advance(max(r.next(true).Sub(c.at), 0))
			require.True(t, r.allowed(true))
			c.advance(took)
			refreshing += took
			r.refreshed(took)
		}
		c.advance(max(r.next(true).Sub(c.at), 0))
		require.LessOrEqual(t, refreshing-refreshCredit, c.at.Sub(started)/refreshShare, "refreshes of %v", took)
		require.Greater(t, refreshing, c.at.Sub(started)/refreshShare/2, "refreshes of %v: the budget is used", took)
	}
}

func TestSmallCommitsWaitHalfAsLongAsRefreshesTake(t *testing.T) {
	t.Parallel()
	for took, rest := range map[time.Duration]time.Duration{
		10 * time.Millisecond: lightRefresh, 20 * time.Millisecond: lightRefresh, 180 * time.Millisecond: 90 * time.Millisecond, time.Second: backlogRefresh,
	} {
		r, c := refreshing()
		r.refreshed(refreshCredit)
		r.refreshed(took)
		require.Equal(t, c.at.Add(backlogRefresh), r.next(false), "in a backlog")
		r.pending = []pendingCommit{{documents: lightDocuments}, {documents: lightDocuments + 1}}
		require.Equal(t, c.at.Add(rest), r.next(true), "refreshes of %v", took)
		require.Equal(t, c.at.Add(max(lightRefresh, 3*took)), r.next(false), "a small one in a backlog")
		r.pending = []pendingCommit{{documents: lightDocuments}, {documents: 1}}
		require.Equal(t, c.at.Add(min(took*refreshShare, backlogRefresh)), r.next(true), "under a heavy load")
	}
}

func TestCreditIsBounded(t *testing.T) {
	t.Parallel()
	r, c := refreshing()
	c.advance(time.Hour)
	r.refreshed(2 * refreshCredit)
	require.False(t, r.allowed(true))
	require.Equal(t, c.at.Add(backlogRefresh), r.next(true), "nothing makes a commit wait longer")
}

func TestABacklogRefreshesTwiceASecondAtMost(t *testing.T) {
	t.Parallel()
	r, c := refreshing()
	r.refreshed(time.Millisecond)
	c.advance(499 * time.Millisecond)
	require.False(t, r.allowed(false))
	c.advance(time.Millisecond)
	require.True(t, r.allowed(false))
}

func TestWhatIsWrittenLaterIsNotClean(t *testing.T) {
	t.Parallel()
	r, _ := refreshing()
	r.wrote()
	require.False(t, r.clean)
	r.refreshed(time.Millisecond)
	require.True(t, r.clean)
	require.Nil(t, r.due())
}

func TestTheTimerFiresWhenTheBudgetAllows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRefresher(time.Now)
		require.Nil(t, r.due(), "nothing is scheduled")
		r.refreshed(10 * time.Millisecond)
		r.wrote()
		started := r.now()
		r.schedule(false)
		r.schedule(false)
		<-r.due()
		require.Equal(t, backlogRefresh, r.now().Sub(started))

		r.refreshed(refreshCredit + 10*time.Millisecond)
		started = r.now()
		r.schedule(false)
		r.schedule(true) // the backlog has passed
		<-r.due()
		require.Equal(t, 10*time.Millisecond*refreshShare, r.now().Sub(started))
	})
}
