package commerce

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// How a SearchTally works.
const (
	// SearchTallyEvery is how often counts are kept: what is counted in between is lost when the process crashes.
	SearchTallyEvery = 5 * time.Second
	// maxTally bounds how many different searches are counted in between.
	maxTally = 10_000
	// tallyTimeout bounds one attempt to have counts kept, and so how long the last one may keep a process from ending.
	tallyTimeout = 5 * time.Second
)

// SearchTally counts searches in memory while they are answered, and has the counts kept now and then: no search waits for a write. Its
// methods may be called at the same time; a nil one counts nothing.
type SearchTally struct {
	counter SearchCounter
	logger  *slog.Logger
	now     func() time.Time
	most    int

	mu     sync.Mutex
	counts SearchCounts
	lost   int
}

// NewSearchTally makes a tally whose counts the counter keeps.
func NewSearchTally(counter SearchCounter, logger *slog.Logger, now func() time.Time) *SearchTally {
	return &SearchTally{counter: counter, logger: logger, now: now, most: maxTally, counts: SearchCounts{}}
}

// Note counts a search that was answered, if it is one for a text that somebody has just made: not a further page of it, nor the same
// narrowed by filters, nor one that asks for no results.
func (t *SearchTally) Note(q SearchQuery, result SearchResult) {
	if t == nil || q.Page.Bounded || q.Page.Backward || q.Page.Limit == 0 || !q.Selection.empty() || len(TypedWords(q.Text)) == 0 {
		return
	}
	f := SearchFigures{Searches: 1}
	if len(result.Hits.Items) == 0 && result.Total == 0 {
		f.ZeroResults = 1
	}
	k := SearchKey{q.Store, DayOf(t.now()), CountedText(q.Text)}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(k, f)
}

// add counts where there is room: what is one search too many counts for its store's day, and where that is one too many, not at all.
func (t *SearchTally) add(k SearchKey, f SearchFigures) {
	for range 2 {
		if _, known := t.counts[k]; known || len(t.counts) < t.most {
			t.counts.Add(k, f)
			return
		}
		k.Text = ""
	}
	t.lost += f.Searches
}

// Flush has the counts kept. When that fails they are kept with the next: all at once or none, but for a counter that cannot say whether it
// has kept them, where they count twice rather than not at all. It does not end with ctx, so that nobody is left in that doubt by the end
// of a process, but after some seconds.
func (t *SearchTally) Flush(ctx context.Context) error {
	counts, lost := t.take()
	if lost > 0 {
		t.logger.WarnContext(ctx, "more searches than can be counted", "lost", lost)
	}
	if len(counts) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tallyTimeout)
	defer cancel()
	err := t.counter.CountSearches(ctx, counts)
	if err != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		for k, f := range counts {
			t.add(k, f)
		}
	}
	return err
}

func (t *SearchTally) take() (SearchCounts, int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	counts, lost := t.counts, t.lost
	t.counts, t.lost = SearchCounts{}, 0
	return counts, lost
}

// Run flushes now and then until ctx ends. The last Flush is for whoever knows that no search is answered any more.
func (t *SearchTally) Run(ctx context.Context) error {
	tick := time.NewTicker(SearchTallyEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := t.Flush(ctx); err != nil {
			t.logger.WarnContext(ctx, "searches cannot be counted; trying again", "error", err)
		}
	}
}
