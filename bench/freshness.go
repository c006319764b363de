package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// freshness measures how long after its commit a change can be found.
type freshness struct {
	Products int           `default:"2000" help:"The size of the catalogue."`
	Commits  int           `default:"300" help:"How many commits to measure."`
	Pause    time.Duration `default:"50ms" help:"The pause between two commits."`
}

// The figures that the project promises at light load, in milliseconds.
const (
	freshnessP50 = 100
	freshnessP99 = 400
)

// Run makes commits one after the other and polls search for each.
func (f *freshness) Run(s *system, r *results) error {
	if err := s.start(r.ctx); err != nil {
		return err
	}
	if err := s.serve(r.ctx); err != nil {
		return err
	}
	if err := s.index(r.ctx); err != nil {
		return err
	}
	file, err := s.writeCatalogue(f.Products)
	if err != nil {
		return err
	}
	if _, err := s.kirana(r.ctx, "import", "--store", "bench", "--publish", "--json", file); err != nil {
		return err
	}
	if err := s.waitFor(r.ctx, f.Products); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "measuring %d commits …\n", f.Commits)
	lags := make([]time.Duration, 0, f.Commits)
	for i := range f.Commits {
		lag, err := f.one(r.ctx, s, i)
		if err != nil {
			return err
		}
		lags = append(lags, lag)
		time.Sleep(f.Pause)
	}
	r.atMost("commit → findable, p50", quantile(lags, 0.50), "ms", freshnessP50)
	r.atMost("commit → findable, p99", quantile(lags, 0.99), "ms", freshnessP99)
	r.tell("commit → findable, max", quantile(lags, 1), "ms")
	r.tell("commits", float64(len(lags)), "")
	return nil
}

// one changes a product and waits until search finds it.
func (f *freshness) one(ctx context.Context, s *system, i int) (time.Duration, error) {
	tag := newTag()
	if _, err := s.db.ExecContext(ctx, `UPDATE products SET tags = ARRAY[$1] WHERE handle = $2`, tag, fmt.Sprintf("p-%d", i%f.Products)); err != nil {
		return 0, err
	}
	return s.find(ctx, benchHandle, landmark{tag, time.Now()})
}
