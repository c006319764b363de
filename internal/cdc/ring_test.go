package cdc

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// oracle is the ring without its economy: every commit ever pushed and every word of the server, in order.
type oracle struct {
	entries  []entry
	tickets  []int // place in entries of each ticket
	start    Position
	received Position
}

func (o *oracle) confirmed() Position {
	confirmed := o.start
	for _, e := range o.entries {
		if !e.done {
			break
		}
		confirmed = e.end
	}
	return confirmed
}

func (o *oracle) inFlight() int {
	for i, e := range o.entries {
		if !e.done {
			return o.commits(i)
		}
	}
	return 0
}

// commits counts the commits from entry i on; the words of the server between them are not in flight.
func (o *oracle) commits(i int) int {
	n := 0
	for _, place := range o.tickets {
		if place >= i {
			n++
		}
	}
	return n
}

func TestRingAgainstOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := Position(rapid.Uint32().Draw(t, "start"))
		o := &oracle{start: start, received: start}
		r := &ring{}
		r.reset(start)
		before := start
		t.Repeat(map[string]func(*rapid.T){
			"commit": func(t *rapid.T) {
				o.received += Position(rapid.Uint64Range(1, 1000).Draw(t, "size"))
				require.Equal(t, uint64(len(o.tickets)), r.push(o.received))
				o.tickets = append(o.tickets, len(o.entries))
				o.entries = append(o.entries, entry{end: o.received})
			},
			"release": func(t *rapid.T) {
				if len(o.tickets) == 0 {
					t.Skip("nothing to release")
				}
				ticket := rapid.IntRange(0, len(o.tickets)-1).Draw(t, "ticket") // also one released before
				wasIdle := o.inFlight() == 0
				o.entries[o.tickets[ticket]].done = true
				require.Equal(t, !wasIdle && o.inFlight() == 0, r.finish(uint64(ticket)))
			},
			"keepalive": func(t *rapid.T) {
				end := o.received + Position(rapid.Uint64Range(0, 1000).Draw(t, "ahead"))
				if rapid.Bool().Draw(t, "behind") {
					end = Position(rapid.Uint64Range(0, uint64(o.received)).Draw(t, "end"))
				}
				moved := end > o.received && o.inFlight() == 0
				if end > o.received {
					o.received = end
					o.entries = append(o.entries, entry{end: end, done: true})
				}
				require.Equal(t, moved, r.advance(end))
			},
			"": func(t *rapid.T) {
				confirmed, received, inFlight := r.state()
				require.Equal(t, o.confirmed(), confirmed)
				require.Equal(t, o.received, received)
				require.Equal(t, o.inFlight(), inFlight)
				require.GreaterOrEqual(t, confirmed, before, "confirmed went backwards")
				before = confirmed
			},
		})
	})
}

func TestRingIgnoresForeignTickets(t *testing.T) {
	t.Parallel()
	r := &ring{}
	r.reset(10)
	require.False(t, r.finish(0), "a ticket never handed out")
	ticket := r.push(20)
	require.True(t, r.finish(ticket))
	require.False(t, r.finish(ticket), "a ticket finished before")
	confirmed, _, inFlight := r.state()
	require.Equal(t, Position(20), confirmed)
	require.Zero(t, inFlight)
}

func TestRingFromManyGoroutines(t *testing.T) {
	t.Parallel()
	const commits = 5000
	r := &ring{}
	tickets := make(chan uint64, 64)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for ticket := range tickets {
				r.finish(ticket)
			}
		})
	}
	for i := range commits {
		tickets <- r.push(Position(i + 1))
	}
	close(tickets)
	workers.Wait()
	confirmed, _, inFlight := r.state()
	require.Equal(t, Position(commits), confirmed)
	require.Zero(t, inFlight)
}

func TestRingHoldsWhatIsInFlight(t *testing.T) {
	t.Parallel()
	r := &ring{}
	for i := range 10_000 {
		ticket := r.push(Position(i + 1))
		if ticket >= 50 {
			r.finish(ticket - 50)
		}
	}
	require.LessOrEqual(t, len(r.entries), 64, "memory grows with what is in flight, not with what has passed")
}

func BenchmarkRing(b *testing.B) {
	r := &ring{}
	end := Position(0)
	for b.Loop() {
		end++
		r.finish(r.push(end))
	}
}
