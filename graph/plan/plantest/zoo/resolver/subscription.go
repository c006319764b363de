package resolver

import (
	"context"

	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo"
)

type (
	subscription struct{ *Root }
	tick         struct{ *Root }
)

// stream holds a few events, all there from the start.
func stream[T any](n int, event func(i int) T) <-chan T {
	n = min(max(n, 0), 4)
	events := make(chan T, n)
	for i := range n {
		events <- event(i + 1)
	}
	close(events)
	return events
}

// Ticks counts, or fails as it is told.
func (r subscription) Ticks(_ context.Context, count int, how zoo.How) (<-chan *zoo.Tick, error) {
	r.calls.add("Subscription.ticks")
	ticks, err := zoo.Single(how, 1, stream(count, func(i int) *zoo.Tick { return &zoo.Tick{N: i} }))
	if ticks == nil && err == nil {
		ticks = stream[*zoo.Tick](0, nil) // a nil channel would never end
	}
	return ticks, err
}

// LooseTicks counts; every second event is nothing.
func (r subscription) LooseTicks(_ context.Context, count int) (<-chan *zoo.Tick, error) {
	r.calls.add("Subscription.looseTicks")
	return stream(count, func(i int) *zoo.Tick {
		if i%2 == 0 {
			return nil
		}
		return &zoo.Tick{N: i}
	}), nil
}

// Animals come by.
func (r subscription) Animals(_ context.Context, n *int) (<-chan zoo.Animal, error) {
	r.calls.add("Subscription.animals")
	return stream(first(n), func(i int) zoo.Animal { return r.world.Animals(i, 1)[0] }), nil
}

// Numbers come by.
func (r subscription) Numbers(_ context.Context, count int) (<-chan int, error) {
	r.calls.add("Subscription.numbers")
	return stream(count, func(i int) int { return i }), nil
}

// KeeperLists come by.
func (r subscription) KeeperLists(_ context.Context, count int) (<-chan []*zoo.Keeper, error) {
	r.calls.add("Subscription.keeperLists")
	return stream(count, func(i int) []*zoo.Keeper { return r.world.KeeperList(i, i+1) }), nil
}

func tickNumber(t *zoo.Tick) int { return t.N }

// Keeper is who hears the event.
func (r tick) Keeper(_ context.Context, ticks []*zoo.Tick, how zoo.How) ([]*zoo.Keeper, error) {
	return counted(r.Root, "Tick.keeper", how, ticks, tickNumber, r.world.Keeper)
}

// StrictKeeper is who hears the event.
func (r tick) StrictKeeper(_ context.Context, ticks []*zoo.Tick, how zoo.How) ([]*zoo.Keeper, error) {
	return counted(r.Root, "Tick.strictKeeper", how, ticks, tickNumber, r.world.Keeper)
}

// Keepers are all who hear the event.
func (r tick) Keepers(_ context.Context, ticks []*zoo.Tick) ([][]*zoo.Keeper, error) {
	return counted(r.Root, "Tick.keepers", zoo.HowFine, ticks, tickNumber, func(n int) []*zoo.Keeper { return r.world.KeeperList(n, n+1) })
}
