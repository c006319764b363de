package indexertest

import (
	"context"
	"errors"
	"time"
)

// happening is something that can befall an indexer.
type happening struct {
	name string
	do   func(ctx context.Context) error
	// late has it come last in its round: what it loses would be healed by an index that is filled anew.
	late bool
}

// happenings are all of them.
func (s *Storm) happenings() []happening {
	return []happening{
		{name: "indexer killed at any time", do: s.killed},
		{name: "indexer killed at an edge", do: s.killedAtEdge},
		{name: "indexer killed at an edge", do: s.killedAtEdge},
		{name: "indexer killed in a vast transaction", do: s.killedInVast, late: true},
		{name: "indexer killed while the alias moves", do: s.killedAtAlias},
		{name: "database crashed", do: s.crashed},
		{name: "connection to the log cut", do: s.Database.CutOff},
		{name: "slot dropped", do: s.slotDropped},
		{name: "table truncated", do: s.truncated},
	}
}

// round takes what happens in a round, the late last.
func (s *Storm) round() []happening {
	var soon, late []happening
	for range roundLength {
		if h := s.draw(); h.late {
			late = append(late, h)
		} else {
			soon = append(soon, h)
		}
	}
	return append(soon, late...)
}

// draw takes the next happening from a shuffled deck, so that all of them happen equally often.
func (s *Storm) draw() happening {
	if len(s.deck) == 0 {
		s.deck = s.happenings()
		s.chance.Shuffle(len(s.deck), func(i, j int) { s.deck[i], s.deck[j] = s.deck[j], s.deck[i] })
	}
	h := s.deck[0]
	s.deck = s.deck[1:]
	return h
}

// again kills the indexer and starts it after a moment.
func (s *Storm) again(ctx context.Context) error {
	return errors.Join(s.Indexer.Kill(), Pause(ctx, s.upTo(100*time.Millisecond)), s.Indexer.Start())
}

func (s *Storm) killed(ctx context.Context) error {
	return errors.Join(Pause(ctx, s.upTo(400*time.Millisecond)), s.again(ctx))
}

func (s *Storm) killedAtEdge(ctx context.Context) error {
	edge := s.Edges[s.chance.IntN(len(s.Edges))]
	return s.killAt(ctx, edge, 2*time.Second)
}

// killAt kills the indexer when it reaches an edge, or when it does not do so in time.
func (s *Storm) killAt(ctx context.Context, edge Edge, limit time.Duration) error {
	reached := s.Faults.Set(edge)
	wait, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case <-reached:
		s.Faults.Count("  " + string(edge))
	case <-wait.Done():
	}
	return s.again(ctx)
}

// killedAtAlias has the index rebuilt, and kills the indexer where searches are pointed to the new one.
func (s *Storm) killedAtAlias(ctx context.Context) error {
	if err := s.Database.DropSlot(ctx); err != nil {
		return err
	}
	edge := []Edge{BeforeAlias, AfterAlias}[s.chance.IntN(2)]
	return s.killAt(ctx, edge, 20*time.Second)
}

const (
	// vastTries is how often a vast transaction is tried.
	vastTries = 5
	// vastBulk is how long a bulk request takes at least while one is indexed.
	vastBulk = 400 * time.Millisecond
)

// killedInVast kills the indexer in the middle of a transaction that it takes in pages, when it has finished and reported later ones. It
// has to be at work when the transaction commits: one that is just starting reads it late, or fills an index that holds it already.
func (s *Storm) killedInVast(ctx context.Context) error {
	if err := s.Quiet(ctx); err != nil {
		return err
	}
	s.Faults.Slow(vastBulk)
	defer s.Faults.Slow(0)
	for try := 0; try < vastTries && s.writers.transact(ctx, s.own.Vast()) != committed; try++ { // it may meet another, and give way
	}
	for range 3 {
		s.writers.transact(ctx, s.own.LateComer())
	}
	// Long enough for the position of a later one to be written, saved and reported, if it ever were, and shorter than the pages take, which
	// are written in turn with what comes in.
	return errors.Join(Pause(ctx, 5*vastBulk+s.upTo(vastBulk)), s.again(ctx))
}

func (s *Storm) crashed(ctx context.Context) error { return s.Crash(ctx) }

func (s *Storm) slotDropped(ctx context.Context) error {
	// Every second time nobody indexes when it is dropped, nor for a while after.
	if s.chance.IntN(2) == 0 {
		return s.Database.DropSlot(ctx)
	}
	return errors.Join(s.Indexer.Kill(), s.Database.DropSlot(ctx), Pause(ctx, s.upTo(300*time.Millisecond)), s.Indexer.Start())
}

func (s *Storm) truncated(ctx context.Context) error {
	s.writers.transact(ctx, "BEGIN; "+s.own.Truncate()+"; COMMIT")
	return nil
}
