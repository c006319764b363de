package indexer

import "time"

const (
	// refreshShare is the part of the time that forced refreshes may take in the long run: one in five.
	refreshShare = 5
	// refreshCredit is how much of that time can be saved up. It lets a quiet index answer a burst at once, and a single
	// slow refresh, such as the first of a cold engine, not delay the next.
	refreshCredit = 2 * time.Second
	// backlogRefresh is the least time between two forced refreshes while commits are waiting to be written, and the most
	// that the budget makes a written commit wait: a refresh too many is dear, a shelf that stays old is dearer.
	backlogRefresh = 500 * time.Millisecond
	// lightRefresh is the most that the budget makes small commits wait, of at most lightDocuments together, unless refreshes are so slow that
	// they would take more than two thirds of the time, or a quarter while there is more to write. Under a steady light load the credit is spent for
	// good, and every commit would wait for longer than the engine needs for it; under a heavy one refreshes this often take the time that
	// writing needs (ADR 13).
	lightRefresh   = 10 * time.Millisecond
	lightDocuments = largeRoots
)

// refresher decides when written documents are made searchable. A refresh costs the engine work in proportion to how often
// it happens: alone, a commit is refreshed at once; under load many share one.
type refresher struct {
	now     func() time.Time
	pending []pendingCommit
	clean   bool // everything written is searchable
	ended   time.Time
	took    time.Duration // by the last refresh
	credit  time.Duration // what is left of the time for refreshes, as of ended; below 0 it was overdrawn
	timer   <-chan time.Time
}

func newRefresher(now func() time.Time) refresher {
	return refresher{now: now, clean: true, credit: refreshCredit, ended: now().Add(-backlogRefresh)}
}

// pendingCommit is a commit that is written and not searchable yet.
type pendingCommit struct {
	committed time.Time
	documents int
}

// next is the first moment at which another refresh is within the budget.
func (r *refresher) next(caughtUp bool) time.Time {
	rest := max(-r.credit, 0) * refreshShare
	light := r.light()
	switch {
	case !caughtUp && light:
		rest = max(lightRefresh, 3*r.took)
	case !caughtUp:
		rest = max(rest, backlogRefresh)
	case light:
		rest = min(rest, max(lightRefresh, r.took/2))
	}
	return r.ended.Add(rest)
}

// light reports whether small commits are written that cannot be found yet, and no more documents in them than a light load has.
func (r *refresher) light() bool {
	n := 0
	for _, p := range r.pending {
		if p.documents <= lightDocuments {
			n += p.documents
		}
	}
	return 0 < n && n <= lightDocuments
}

// allowed reports whether a refresh is within the budget now.
func (r *refresher) allowed(caughtUp bool) bool { return !r.now().Before(r.next(caughtUp)) }

// schedule makes due fire when the budget allows the next refresh. That is the same moment however often it is asked for,
// and an earlier one after a backlog has passed.
func (r *refresher) schedule(caughtUp bool) {
	r.timer = time.After(max(r.next(caughtUp).Sub(r.now()), 0))
}

// due fires when a scheduled refresh is to be made; it never does while none is.
func (r *refresher) due() <-chan time.Time { return r.timer }

// wrote notes that something was written.
func (r *refresher) wrote() { r.clean = false }

// left is what could be spent on a refresh now.
func (r *refresher) left() time.Duration {
	return min(r.credit+r.now().Sub(r.ended)/refreshShare, refreshCredit)
}

// refreshed notes that everything written was made searchable, and what that took.
func (r *refresher) refreshed(took time.Duration) {
	now := r.now()
	r.credit = r.left() - took
	r.credit = max(r.credit, -backlogRefresh/refreshShare) // what cannot be paid back within the longest wait is let go
	r.ended, r.took, r.clean, r.timer = now, took, true, nil
}
