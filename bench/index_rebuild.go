package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// What is promised while a new generation of the index is filled.
const (
	rebuildRate = 100  // documents/s that change
	rebuildP99  = 1000 // ms
)

// rebuilt is what searches saw meanwhile.
type rebuilt struct{ searches, failed, partial int }

// rebuild fills a new generation while products change, and searches all the while: none may fail, or see a part of the catalogue.
func (x *index) rebuild(r *results, s *system, p *prober) error {
	fmt.Fprintln(os.Stderr, "rebuilding beside writes …")
	ctx, stop := context.WithCancel(r.ctx)
	defer stop()
	done, watched := make(chan error, 1), make(chan rebuilt, 1)
	began := time.Now()
	var took time.Duration
	go func() {
		_, err := s.kirana(r.ctx, "reindex", "--json")
		took = time.Since(began)
		stop()
		done <- err
	}()
	go func() { watched <- x.watch(ctx, s) }()
	f, err := p.under(ctx, rebuildRate, time.Hour)
	stop()
	saw := <-watched
	if err := errors.Join(err, <-done); err != nil {
		return err
	}
	r.tell("rebuild beside writes", took.Seconds(), "s")
	r.tell("  changed meanwhile", f.reached, "documents/s")
	r.atMost("  commit → findable, p99", quantile(append(f.alone, f.crowds...), 0.99), "ms", rebuildP99)
	r.tell("  searches meanwhile", float64(saw.searches), "")
	r.atMost("  failed", float64(saw.failed), "", 0)
	r.atMost("  of a part of the catalogue", float64(saw.partial), "", 0)
	if saw.failed+saw.partial > 0 {
		return fmt.Errorf("of %d searches during the rebuild %d failed and %d saw a part", saw.searches, saw.failed, saw.partial)
	}
	return nil
}

// watch counts the catalogue by searches until ctx ends.
func (x *index) watch(ctx context.Context, s *system) (saw rebuilt) {
	for ctx.Err() == nil {
		n, err := s.count(context.WithoutCancel(ctx), "")
		saw.searches++
		switch {
		case err != nil:
			saw.failed++
			fmt.Fprintln(os.Stderr, "a search failed:", err)
		case n != x.Products:
			saw.partial++
		}
		time.Sleep(20 * time.Millisecond)
	}
	return saw
}
