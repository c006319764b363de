package dataloader

import (
	"context"
	"fmt"
	"slices"
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
	entries map[K]*entry[V]
	fetches int
}

// entry is a value that has been read or is on its way. Without a batch it came along with something else.
type entry[V any] struct {
	batch *batch
	value V
}

// batch is one fetch; done closes when its entries are filled or err is set.
type batch struct {
	done chan struct{}
	err  error
}

func newLoader[K comparable, V any](fetch func(context.Context, []K) (map[K]V, error)) *Loader[K, V] {
	return &Loader[K, V]{fetch: fetch, entries: make(map[K]*entry[V])}
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
	entries, missing, own := l.claim(keys)
	if len(missing) > 0 {
		l.run(ctx, missing, own)
	}
	values := make([]V, len(keys))
	for i, e := range entries {
		if err := e.wait(ctx); err != nil {
			return nil, err
		}
		values[i] = e.value
	}
	return values, nil
}

// wait returns when the entry's value is there, or with the reason why it will not be.
func (e *entry[V]) wait(ctx context.Context) error {
	if e.batch == nil {
		return nil
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
func (l *Loader[K, V]) Prime(key K, value V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.entries[key]; !known {
		l.entries[key] = &entry[V]{value: value}
	}
}

// claim finds the entries of keys, and opens a batch for those that nobody has asked for yet.
func (l *Loader[K, V]) claim(keys []K) (entries []*entry[V], missing []K, own *batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries = make([]*entry[V], len(keys))
	own = &batch{done: make(chan struct{})}
	for i, k := range keys {
		e, known := l.entries[k]
		if !known {
			e = &entry[V]{batch: own}
			l.entries[k] = e
			missing = append(missing, k)
		}
		entries[i] = e
	}
	if l.siblings == nil {
		return entries, missing, own
	}
	for _, k := range missing {
		for _, s := range l.siblings(k) {
			if _, known := l.entries[s]; !known {
				l.entries[s] = &entry[V]{batch: own}
				missing = append(missing, s)
			}
		}
	}
	return entries, missing, own
}

// run fetches the claimed keys and lands the batch, also when the fetch panics: nobody may wait for ever.
func (l *Loader[K, V]) run(ctx context.Context, keys []K, b *batch) {
	b.err = fmt.Errorf("a fetch of %d keys did not come back", len(keys))
	defer func() {
		if b.err != nil {
			l.forget(keys)
		}
		close(b.done)
	}()
	for some := range slices.Chunk(keys, maxKeys) {
		if err := l.fetchSome(ctx, some); err != nil {
			b.err = err
			return
		}
	}
	b.err = nil
}

func (l *Loader[K, V]) fetchSome(ctx context.Context, keys []K) error {
	found, err := l.fetch(ctx, keys)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fetches++
	if err != nil {
		return err
	}
	for _, k := range keys {
		l.entries[k].value = found[k]
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
