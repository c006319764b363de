package dataloader

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// maxKeys bounds the keys of one fetch, and so the parameters of one statement.
const maxKeys = 1000

// fewKeys is how many keys are looked through one by one; beyond, they are found by an index.
const fewKeys = 8

// Loader reads values by key and remembers them for the length of one response. Concurrent callers share a fetch:
// a key that is on its way is waited for, never read twice.
//
// The query engine asks for all parents of a field at once. So nearly every loader of a response is asked once, for keys that
// are all new, and answers with the very values that were fetched.
type Loader[K comparable, V any] struct {
	set   *Set
	fetch func(ctx context.Context, s *Set, keys []K) (map[K]V, error)

	mu      sync.Mutex
	batches []*batch[K, V]
	index   map[K]place[K, V] // nil while there are few keys
	known   int
	fetches int

	// Room for the first batch, which is mostly the only one.
	first batch[K, V]
	room  [1]*batch[K, V]
	begun bool
}

// batch is one fetch: keys and, when it has landed, the value of each.
type batch[K comparable, V any] struct {
	keys   []K
	values []V
	landed bool
	err    error
	done   chan struct{} // made by the first who waits
}

// place is where the value of a key is, or will be.
type place[K comparable, V any] struct {
	batch *batch[K, V]
	at    int
}

func (l *Loader[K, V]) init(s *Set, fetch func(context.Context, *Set, []K) (map[K]V, error)) {
	l.set, l.fetch = s, fetch
}

// Load returns the values of keys, in their order; the zero value stands for a key that has none. Neither the keys nor the
// values may be changed afterwards. An error is not remembered: the next caller tries again.
func (l *Loader[K, V]) Load(ctx context.Context, keys []K) ([]V, error) {
	places, own := l.claim(keys)
	if own != nil {
		l.run(ctx, own)
	}
	if places == nil {
		return own.values, own.err
	}
	values := make([]V, len(keys))
	for i, p := range places {
		if err := l.wait(ctx, p.batch); err != nil {
			return nil, err
		}
		values[i] = p.batch.values[p.at]
	}
	return values, nil
}

// wait returns when a batch has landed, or with the reason why it will not be waited for.
func (l *Loader[K, V]) wait(ctx context.Context, b *batch[K, V]) error {
	l.mu.Lock()
	if b.landed {
		defer l.mu.Unlock()
		return b.err
	}
	if b.done == nil {
		b.done = make(chan struct{})
	}
	l.mu.Unlock()
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// land ends a batch: its values are there, or err says why not.
func (l *Loader[K, V]) land(b *batch[K, V]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b.landed = true
	if b.done != nil {
		close(b.done)
	}
}

// LoadOne returns the value of one key, the zero value when it has none.
func (l *Loader[K, V]) LoadOne(ctx context.Context, key K) (V, error) {
	values, err := l.Load(ctx, []K{key})
	if err != nil {
		var zero V
		return zero, err
	}
	return values[0], nil
}

// claim finds where the values of keys are, and opens a batch for the keys that nobody has asked for yet, nil when there
// are none. No places mean that the values are those of the batch, in their order.
func (l *Loader[K, V]) claim(keys []K) (places []place[K, V], own *batch[K, V]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own = l.next()
	for i, k := range keys {
		p, known := l.find(k, own)
		if !known {
			p = l.add(k, own, keys[:i])
		}
		switch {
		case places != nil:
			places[i] = p
		case known:
			own.keys = slices.Clone(own.keys) // no longer the beginning of the caller's
			places = make([]place[K, V], len(keys))
			for j := range i {
				places[j] = place[K, V]{own, j}
			}
			places[i] = p
		}
	}
	if len(own.keys) == 0 {
		if places == nil {
			places = []place[K, V]{} // nothing was asked for
		}
		return places, nil
	}
	l.begun = true
	l.batches = append(l.batches, own)
	return places, own
}

// prime makes known what was read before. Nobody may have asked the loader yet.
func (l *Loader[K, V]) prime(key K, value V) {
	l.batches = append(l.batches, &batch[K, V]{keys: []K{key}, values: []V{value}, landed: true})
	l.known, l.begun = l.known+1, true
}

// next is an empty batch.
func (l *Loader[K, V]) next() *batch[K, V] {
	if l.begun {
		return &batch[K, V]{}
	}
	l.batches = l.room[:0]
	return &l.first
}

// find looks for a key in what is known and in the batch that is being opened.
func (l *Loader[K, V]) find(k K, own *batch[K, V]) (place[K, V], bool) {
	if l.index != nil {
		p, known := l.index[k]
		return p, known
	}
	for _, b := range l.batches {
		if at := slices.Index(b.keys, k); at >= 0 {
			return place[K, V]{b, at}, true
		}
	}
	at := slices.Index(own.keys, k)
	return place[K, V]{own, at}, at >= 0
}

// add puts a new key behind those of a batch. As long as these are the keys before it, the memory is the caller's.
func (l *Loader[K, V]) add(k K, own *batch[K, V], before []K) place[K, V] {
	p := place[K, V]{own, len(own.keys)}
	if p.at == len(before) {
		own.keys = before[: p.at+1 : p.at+1]
	} else {
		own.keys = append(own.keys, k)
	}
	l.known++
	switch {
	case l.index != nil:
		l.index[k] = p
	case l.known > fewKeys:
		l.index = make(map[K]place[K, V], cap(before))
		for _, b := range append(slices.Clip(l.batches), own) {
			for at, key := range b.keys {
				l.index[key] = place[K, V]{b, at}
			}
		}
	}
	return p
}

// run fetches the keys of a batch and lands it, also when the fetch panics: nobody may wait for ever.
func (l *Loader[K, V]) run(ctx context.Context, b *batch[K, V]) {
	back := false
	defer func() {
		if !back {
			b.err = fmt.Errorf("a fetch of %d keys did not come back", len(b.keys))
		}
		if b.err != nil {
			l.forget(b)
		}
		l.land(b)
	}()
	b.values = make([]V, len(b.keys))
	for from := 0; from < len(b.keys) && b.err == nil; from += maxKeys {
		to := min(from+maxKeys, len(b.keys))
		b.err = l.fetchSome(ctx, b.keys[from:to:to], b.values[from:to])
	}
	back = true
}

// fetchSome fills values, which nobody reads before their batch has landed.
func (l *Loader[K, V]) fetchSome(ctx context.Context, keys []K, values []V) error {
	found, err := l.fetch(ctx, l.set, keys)
	l.mu.Lock()
	l.fetches++
	l.mu.Unlock()
	if err != nil {
		return err
	}
	for i, k := range keys {
		values[i] = found[k]
	}
	return nil
}

// forget makes the keys of a batch unknown again.
func (l *Loader[K, V]) forget(b *batch[K, V]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.batches = slices.DeleteFunc(l.batches, func(other *batch[K, V]) bool { return other == b })
	l.known -= len(b.keys)
	if l.index != nil {
		for _, k := range b.keys {
			delete(l.index, k)
		}
	}
}

// Fetches is how many times the loader went to its source.
func (l *Loader[K, V]) Fetches() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fetches
}
