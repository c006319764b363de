package cdc

import "sync"

// ring tracks the commits that were handed out and are not all released yet. Its one promise: confirmed is the end of the
// longest finished prefix, so a slow commit holds back every later one and nothing unfinished is ever confirmed.
type ring struct {
	mu        sync.Mutex
	entries   []entry // circular; a commit with ticket n lies at n % len
	first     uint64  // ticket of the oldest commit still in flight
	next      uint64  // ticket the next commit gets
	confirmed Position
	received  Position
}

type entry struct {
	end  Position
	done bool
}

// reset starts an empty ring at the position the server has on record.
func (r *ring) reset(confirmed Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.confirmed, r.received = confirmed, confirmed
}

// push adds a commit and returns its ticket for finish.
func (r *ring) push(end Position) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next-r.first == uint64(len(r.entries)) {
		r.grow()
	}
	r.received = max(r.received, end)
	ticket := r.next
	*r.at(ticket) = entry{end: r.received}
	r.next++
	return ticket
}

// finish marks a commit as durable. It reports whether nothing is in flight any more; a ticket finished before changes
// nothing.
func (r *ring) finish(ticket uint64) (idle bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ticket < r.first || ticket >= r.next {
		return false
	}
	r.at(ticket).done = true
	for r.first < r.next && r.at(r.first).done {
		r.confirmed = r.at(r.first).end
		r.first++
	}
	return r.first == r.next
}

// advance notes that the server has nothing for us up to end. With nothing in flight that is confirmed at once; otherwise
// it extends the newest commit, so that it counts as soon as that commit and all before it are finished and need not wait
// for the next word from the server. Only right between transactions. It reports whether confirmed moved.
func (r *ring) advance(end Position) (moved bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if end <= r.received {
		return false
	}
	r.received = end
	if r.first != r.next {
		r.at(r.next - 1).end = end
		return false
	}
	r.confirmed = end
	return true
}

// state is one consistent view: what is confirmed, what is received, how many commits are in flight.
func (r *ring) state() (confirmed, received Position, inFlight int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.confirmed, r.received, int(r.next - r.first)
}

func (r *ring) at(ticket uint64) *entry {
	return &r.entries[ticket%uint64(len(r.entries))]
}

func (r *ring) grow() {
	bigger := make([]entry, max(64, 2*len(r.entries)))
	for ticket := r.first; ticket < r.next; ticket++ {
		bigger[ticket%uint64(len(bigger))] = *r.at(ticket)
	}
	r.entries = bigger
}
