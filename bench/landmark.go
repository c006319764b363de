package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// landmark is a tag that nobody used before, on a product that changed.
type landmark struct {
	tag       string
	committed time.Time
}

func newTag() string { return rand.Text() }

// findPatience is how long a landmark is looked for.
const findPatience = 10 * time.Minute

// find filters the products of a store by a landmark, and returns how long after its commit there is one, within 2 ms or a twentieth. A
// filter is exact and cheap: a search for a word forgives typos, so that it finds the words of earlier landmarks, and takes the processors
// from what is measured.
func (s *system) find(ctx context.Context, store string, m landmark) (time.Duration, error) {
	for time.Since(m.committed) < findPatience {
		n, err := s.tagged(ctx, store, m.tag)
		if lag := time.Since(m.committed); err == nil && n > 0 {
			return lag, nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(max(2*time.Millisecond, time.Since(m.committed)/20)):
		}
	}
	return 0, fmt.Errorf("a change was not found within %v: %w", findPatience, errIncomplete)
}

// tagged is how many products of a store have a tag.
func (s *system) tagged(ctx context.Context, store, tag string) (int, error) {
	return s.total(ctx, store, fmt.Sprintf(`query: "", productFilters: [{tag: %q}]`, tag))
}
