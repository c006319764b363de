package indexer

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// Age knows how old the answer of a search may be, in a process that does not index: every commit before some moment could be
// found when the search was made.
//
// It looks now and then how far the log is. Once the index has come to a position, everything can be found that had been
// committed when the log was there. Both the looks and the question go by the clock of this process.
type Age struct {
	progress commerce.IndexProgress
	logger   *slog.Logger
	now      func() time.Time

	mu sync.Mutex
	// present is the last moment up to which every commit can be found; zero while nobody knows.
	present time.Time
	// ahead are moments whose commits may not be found yet, with the position of the log, oldest first.
	ahead []moment
	// flushed and searchable are how far the log and the index were at the last look.
	flushed, searchable int64
	// gap is the least time between two of them.
	gap time.Duration
}

type moment struct {
	at      time.Time
	flushed int64
}

const (
	// lookEvery is the time between two looks: what is said is too long by up to as much.
	lookEvery = 250 * time.Millisecond
	// maxMoments bounds what is remembered while the index is behind. Then every second moment is forgotten, and what is said is
	// coarser the longer the index stands still.
	maxMoments = 64
)

// NewAge makes an Age that looks at progress. The logger may be nil.
func NewAge(progress commerce.IndexProgress, logger *slog.Logger, now func() time.Time) *Age {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Age{progress: progress, logger: logger, now: now}
}

// Run looks until ctx ends. While the database does not answer, answers get older.
func (a *Age) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	failing := false
	for {
		err := a.look(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			a.logger.WarnContext(ctx, "nobody knows how far the index is", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (a *Age) look(ctx context.Context) error {
	at := a.now() // before the look: what is committed during it may be behind the position
	flushed, searchable, err := a.progress.Progress(ctx)
	if err != nil {
		return err
	}
	a.note(moment{at, flushed}, searchable)
	return nil
}

// note takes in a look.
func (a *Age) note(m moment, searchable int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.flushed, a.searchable = m.flushed, searchable
	passed := 0
	for passed < len(a.ahead) && a.ahead[passed].flushed <= searchable {
		a.present = a.ahead[passed].at
		passed++
	}
	a.ahead = a.ahead[passed:]
	switch {
	case m.flushed <= searchable:
		a.present = m.at
	case len(a.ahead) == 0:
		a.ahead, a.gap = append(a.ahead, m), 0
	case m.at.Sub(a.ahead[len(a.ahead)-1].at) >= a.gap:
		a.ahead = append(a.ahead, m)
	}
	if len(a.ahead) == maxMoments {
		a.thin()
	}
}

// thin forgets every second moment, and takes in as few from now on.
func (a *Age) thin() {
	kept := make([]moment, 0, maxMoments)
	for i := 0; i < len(a.ahead); i += 2 {
		kept = append(kept, a.ahead[i])
	}
	a.ahead, a.gap = kept, max(2*a.gap, 2*lookEvery)
}

// Flushed is how far the log of the database was at the last look, 0 before the first.
func (a *Age) Flushed() commerce.LogPosition {
	a.mu.Lock()
	defer a.mu.Unlock()
	return commerce.LogPosition(a.flushed)
}

// Searchable is the position up to which every commit could be found at the last look, 0 before the first.
func (a *Age) Searchable() commerce.LogPosition {
	a.mu.Lock()
	defer a.mu.Unlock()
	return commerce.LogPosition(a.searchable)
}

// Present is a moment of this process's clock: a search that begins now finds every commit before it. It is zero while nobody
// knows of one.
func (a *Age) Present() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.present
}
