package indexertest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Indexer is what is put through the storm.
type Indexer interface {
	// Start runs it.
	Start() error
	// Kill ends it as kill -9 does, also where the Trap holds it: when it returns nothing of it runs any more, and the trap is sprung.
	Kill() error
}

// Storm changes a catalogue and injects faults until the indexer has met all of them, lets it become quiet, and compares.
type Storm struct {
	Seed      uint64
	Catalogue Catalogue
	Database  Database
	Oracle    Oracle
	Faults    *Faults
	Indexer   Indexer
	// Edges are those at which the indexer can be killed.
	Edges []Edge
	// Crash ends the database at once and starts it again.
	Crash func(ctx context.Context) error
	// Searchable is the position up to which every commit can be found.
	Searchable func(ctx context.Context) (int64, error)
	// Verify, when set, is the product's own check of the index. It returns the differences that it has found.
	Verify func(ctx context.Context) (differences int, err error)
	// Refused, when set, is why the indexer itself keeps an index from searches that it has filled, "" when it does not.
	Refused func(ctx context.Context) (reason string, err error)
	// Probe, when set, measures while writers write.
	Probe *Probe
	// Writers is how many write at the same time, Pause how long each waits between two transactions.
	Writers int
	Pause   time.Duration

	commits atomic.Int64
	chance  *rand.Rand
	writers *writers
	sources []*Changes // of the writers
	own     *Changes   // of what happens
	deck    []happening
}

// Begin prepares the storm.
func (s *Storm) Begin() {
	s.chance = rand.New(rand.NewPCG(s.Seed, 1<<32))
	s.writers = &writers{db: s.Database.SQL, pause: s.Pause, commits: &s.commits}
	s.own = NewChanges(s.Seed, 1<<33, s.Catalogue)
	for i := range s.Writers {
		s.sources = append(s.sources, NewChanges(s.Seed, uint64(i), s.Catalogue))
	}
}

// Commits is how many transactions have committed.
func (s *Storm) Commits() int64 { return s.commits.Load() }

// Outcome is what a round has found.
type Outcome struct {
	// Happened are the faults, in order.
	Happened []string
	// Documents were compared; Differences are lines, none when all is well.
	Documents   int
	Differences []string
	// Quiet is the time from the last change to the moment it could be found.
	Quiet time.Duration
}

const (
	// roundLength is how many things happen in a round.
	roundLength = 3
	// requestFaults is how many requests come to one fault.
	requestFaults = 12
	// hangTime is enough for an indexer that is at work to read what it must not.
	hangTime = 700 * time.Millisecond
	// quietLimit is how long an index may take to become quiet, on a busy machine.
	quietLimit = 2 * time.Minute
)

// Rounds is how many rounds it takes until everything has happened once.
func (s *Storm) Rounds() int { return (len(s.happenings()) + roundLength - 1) / roundLength }

// Round lets a few things happen while writers write. They end in the middle of commits that wait for a standby, so that nothing later
// heals what was read too early. Then the index has to become quiet, and equal.
func (s *Storm) Round(ctx context.Context) (Outcome, error) {
	var o Outcome
	s.Faults.Often(requestFaults)
	s.writers.start(ctx, s.sources, s.Probe)
	defer s.writers.end()
	for _, h := range s.round() {
		o.Happened = append(o.Happened, h.name)
		s.Faults.Count(h.name)
		if err := h.do(ctx); err != nil {
			return o.refused(fmt.Errorf("%s: %w", h.name, err))
		}
		if err := Pause(ctx, s.upTo(200*time.Millisecond)); err != nil {
			return o, err
		}
	}
	s.Faults.Often(0)
	if err := s.hang(ctx); err != nil {
		return o.refused(fmt.Errorf("hang: %w", err))
	}
	s.writers.end()
	o, err := s.compare(ctx, o)
	return o.refused(err)
}

// refusal says that the indexer has found its own index to differ.
type refusal string

func (r refusal) Error() string { return "the indexer keeps its index from searches: " + string(r) }

// refused makes a refusal a difference: it is what was looked for, and there is nothing to wait for any more.
func (o Outcome) refused(err error) (Outcome, error) {
	if r, is := errors.AsType[refusal](err); is {
		o.Differences = append(o.Differences, r.Error())
		return o, nil
	}
	return o, err
}

// hang has the last commits wait for a standby, and their documents refused when they are written at last: nothing later heals what was
// read too early, or not sent again. The indexer has to be at work by then: one that waits for its next attempt reads nothing.
func (s *Storm) hang(ctx context.Context) error {
	if err := s.Quiet(ctx); err != nil {
		return err
	}
	s.Faults.Count("standby that hangs")
	return s.Database.Hang(ctx, func() error {
		s.writers.stop()
		defer s.Faults.Refuse()
		return Pause(ctx, hangTime)
	})
}

// compare waits until it is quiet, and compares.
func (s *Storm) compare(ctx context.Context, o Outcome) (Outcome, error) {
	ended := time.Now()
	if err := s.Quiet(ctx); err != nil {
		return o, err
	}
	o.Quiet = time.Since(ended)
	var err error
	if o.Documents, o.Differences, err = s.Oracle.Compare(ctx); err != nil || s.Verify == nil {
		return o, err
	}
	n, err := s.Verify(ctx)
	if n > 0 {
		o.Differences = append(o.Differences, fmt.Sprintf("verify reports %d differences", n))
	}
	return o, err
}

// errBehind ends a storm whose indexer does not catch up.
var errBehind = errors.New("the index did not catch up")

// Quiet waits until everything committed so far can be found.
func (s *Storm) Quiet(ctx context.Context) error {
	flushed, err := s.Database.Flushed(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, quietLimit, errBehind)
	defer cancel()
	err = await(ctx, func() (bool, error) {
		p, err := s.Searchable(ctx)
		if err == nil && p < flushed {
			err = s.refusal(ctx)
		}
		return p >= flushed, err
	})
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// refusal is an error while the indexer keeps an index from searches: it would say so for as long as anybody waits.
func (s *Storm) refusal(ctx context.Context) error {
	if s.Refused == nil {
		return nil
	}
	reason, err := s.Refused(ctx)
	if err == nil && reason != "" {
		return refusal(reason)
	}
	return err
}

// upTo is some time up to d.
func (s *Storm) upTo(d time.Duration) time.Duration { return time.Duration(s.chance.Int64N(int64(d))) }
