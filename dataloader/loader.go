package dataloader

import (
	"context"
	"fmt"
	"sync"
)

// maxKeys bounds the keys of one fetch, and so the parameters of one statement.
const maxKeys = 1000

// Loader reads values by key and remembers them for the length of one response. Concurrent callers share a fetch:
// a key that is on its way is waited for, never read twice.
type Loader[K comparable, V any] struct {
	fetch    func(ctx context.Context, keys []K) (map[K]V, error)
	siblings func(K) []K

	mu      sync.Mutex
	entries map[K]*entry[K, V]
	fetches int
}

// entry is a value that has been read or is on its way. Without a batch it came along with something else.
type entry[K comparable, V any] struct {
	batch *batch[K, V]
	value V
}

// batch is one fetch, of keys and the entry of each; done closes when the entries are filled or err is set.
type batch[K comparable, V any] struct {
	keys    []K
	entries []*entry[K, V]
	slab    []entry[K, V]
	done    chan struct{}
	err     error
}

func newLoader[K comparable, V any](fetch func(context.Context, []K) (map[K]V, error)) *Loader[K, V] {
	return &Loader[K, V]{fetch: fetch}
}

// withSiblings makes the loader read, with each unknown key, the keys that will be asked for next because their parents
// stand in the same list. gqlgen resolves edges{node{…}} one node at a time; this way the first of them reads for all.
func (l *Loader[K, V]) withSiblings(of func(K) []K) *Loader[K, V] {
	l.siblings = of
	return l
}

// Load returns the values of keys, in their order; the zero value stands for a key that has none.
// An error is not remembered: the next caller tries again.
func (l *Loader[K, V]) Load(ctx context.Context, keys []K) ([]V, error) {
	entries, own := l.claim(keys)
	if own != nil {
		l.run(ctx, own)
	}
	values := make([]V, len(keys))
	for i, e := range entries {
		if err := e.wait(ctx, own); err != nil {
			return nil, err
		}
		values[i] = e.value
	}
	return values, nil
}

// wait returns when the entry's value is there, or with the reason why it will not be. The caller's own batch has landed.
func (e *entry[K, V]) wait(ctx context.Context, own *batch[K, V]) error {
	switch e.batch {
	case nil:
		return nil
	case own:
		return own.err
	}
	select {
	case <-e.batch.done:
		return e.batch.err
	case <-ctx.Done():
		return ctx.Err()
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

// Prime remembers values that were read along with something else. What is known already stays.
func (l *Loader[K, V]) Prime(keys []K, value func(i int) V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.room(len(keys))
	slab := make([]entry[K, V], len(keys))
	for i, k := range keys {
		if _, known := l.entries[k]; !known {
			slab[i].value = value(i)
			l.entries[k] = &slab[i]
		}
	}
}

// room makes the map when it is first needed, for as many keys: most loaders of a response stay empty.
func (l *Loader[K, V]) room(n int) {
	if l.entries == nil {
		l.entries = make(map[K]*entry[K, V], n)
	}
}

// claim finds the entries of keys, and opens a batch for those that nobody has asked for yet, nil when there are none.
func (l *Loader[K, V]) claim(keys []K) (entries []*entry[K, V], own *batch[K, V]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.room(len(keys))
	entries = make([]*entry[K, V], len(keys))
	for i, k := range keys {
		e, known := l.entries[k]
		if !known {
			if own == nil {
				own = newBatch[K, V](len(keys) - i)
			}
			e = own.add(k)
			l.entries[k] = e
			l.claimSiblings(k, own)
		}
		entries[i] = e
	}
	return entries, own
}

// claimSiblings adds the siblings of a key right after it: the caller's next keys are most likely among them, and need not
// look for theirs.
func (l *Loader[K, V]) claimSiblings(k K, own *batch[K, V]) {
	if l.siblings == nil {
		return
	}
	for _, s := range l.siblings(k) {
		if _, known := l.entries[s]; !known {
			l.entries[s] = own.add(s)
		}
	}
}

func newBatch[K comparable, V any](n int) *batch[K, V] {
	return &batch[K, V]{
		keys: make([]K, 0, n), entries: make([]*entry[K, V], 0, n), slab: make([]entry[K, V], n), done: make(chan struct{}),
	}
}

// add opens the entry of a key. Entries come from one allocation for as many as the caller asked for.
func (b *batch[K, V]) add(k K) *entry[K, V] {
	if len(b.slab) == 0 {
		b.slab = make([]entry[K, V], len(b.keys))
	}
	e := &b.slab[0]
	b.slab = b.slab[1:]
	e.batch = b
	b.keys, b.entries = append(b.keys, k), append(b.entries, e)
	return e
}

// run fetches the keys of a batch and lands it, also when the fetch panics: nobody may wait for ever.
func (l *Loader[K, V]) run(ctx context.Context, b *batch[K, V]) {
	back := false
	defer func() {
		if !back {
			b.err = fmt.Errorf("a fetch of %d keys did not come back", len(b.keys))
		}
		if b.err != nil {
			l.forget(b.keys)
		}
		close(b.done)
	}()
	for from := 0; from < len(b.keys) && b.err == nil; from += maxKeys {
		to := min(from+maxKeys, len(b.keys))
		b.err = l.fetchSome(ctx, b.keys[from:to:to], b.entries[from:to])
	}
	back = true
}

// fetchSome fills entries, which nobody reads before their batch has landed.
func (l *Loader[K, V]) fetchSome(ctx context.Context, keys []K, entries []*entry[K, V]) error {
	found, err := l.fetch(ctx, keys)
	l.mu.Lock()
	l.fetches++
	l.mu.Unlock()
	if err != nil {
		return err
	}
	for i, k := range keys {
		entries[i].value = found[k]
	}
	return nil
}

func (l *Loader[K, V]) forget(keys []K) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		delete(l.entries, k)
	}
}

// Fetches is how many times the loader went to its source.
func (l *Loader[K, V]) Fetches() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fetches
}
