package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// sample is what one arm did in one round.
type sample struct {
	rate     float64 // requests/s
	p50, p99 float64 // ms
	cpu      float64 // µs of the server for each request
	postgres float64 // µs of Postgres for each request
	mallocs  float64 // allocations of the server for each request
}

// contender is one side of a comparison.
type contender struct {
	name string
	// measure puts it under load for a while.
	measure func(ctx context.Context, d time.Duration) (sample, error)
	// answer is what it answers; none for a contender that is no server.
	answer answer
	// hasMallocs says that its allocations are counted, hasCPU that its CPU time is, hasLatency that its latencies are.
	hasMallocs, hasCPU, hasLatency bool
	samples                        []sample
}

// column is one measure over all rounds.
func (c *contender) column(of func(sample) float64) []float64 {
	values := make([]float64, len(c.samples))
	for i, s := range c.samples {
		values[i] = of(s)
	}
	return values
}

// interleave warms the contenders up, then measures them in turn, round after round, so that whatever else the machine
// does meets them alike.
func interleave(ctx context.Context, contenders []*contender, rounds int, d time.Duration) error {
	for _, c := range contenders {
		if _, err := c.measure(ctx, d); err != nil {
			return fmt.Errorf("warm %s up: %w", c.name, err)
		}
	}
	for range rounds {
		for _, c := range contenders {
			s, err := c.measure(ctx, d)
			if err != nil {
				return fmt.Errorf("measure %s: %w", c.name, err)
			}
			c.samples = append(c.samples, s)
		}
	}
	return nil
}

// spread is the values of all rounds in short.
type spread struct{ median, low, high float64 }

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return spread{}
	}
	return spread{median: (sorted[(n-1)/2] + sorted[n/2]) / 2, low: sorted[0], high: sorted[n-1]}
}

// ratioOf compares two contenders round by round: a over b.
func ratioOf(a, b *contender, of func(sample) float64) spread {
	over, under := a.column(of), b.column(of)
	ratios := make([]float64, len(over))
	for i := range over {
		ratios[i] = over[i] / under[i]
	}
	return spreadOf(ratios)
}

// The measures of a sample.
func rateOf(s sample) float64     { return s.rate }
func cpuOf(s sample) float64      { return s.cpu }
func postgresOf(s sample) float64 { return s.postgres }
func mallocsOf(s sample) float64  { return s.mallocs }
func p50Of(s sample) float64      { return s.p50 }
func p99Of(s sample) float64      { return s.p99 }
func totalOf(s sample) float64    { return s.cpu + s.postgres }

// contender makes an arm a contender. ask is its load; postgres, when set, is the CPU time that Postgres has used so far.
func (p *armProcess) contender(name string, ask load, postgres func() (time.Duration, error)) *contender {
	c := &contender{name: name, answer: ask.want, hasMallocs: true, hasCPU: true, hasLatency: true}
	c.measure = func(ctx context.Context, d time.Duration) (sample, error) {
		before, beforePostgres, err := p.used(ctx, postgres)
		if err != nil {
			return sample{}, err
		}
		t, err := ask.run(ctx, d)
		if err == nil {
			err = t.err()
		}
		if err != nil {
			return sample{}, err
		}
		after, afterPostgres, err := p.used(ctx, postgres)
		n := float64(len(t.latencies))
		return sample{
			rate: t.rate(), p50: quantile(t.latencies, 0.50), p99: quantile(t.latencies, 0.99),
			cpu: micros(after.CPU-before.CPU) / n, postgres: micros(afterPostgres-beforePostgres) / n,
			mallocs: float64(after.Mallocs-before.Mallocs) / n,
		}, err
	}
	return c
}

func (p *armProcess) used(ctx context.Context, postgres func() (time.Duration, error)) (counters, time.Duration, error) {
	c, err := p.counters(ctx)
	if err != nil || postgres == nil {
		return c, 0, err
	}
	cpu, err := postgres()
	return c, cpu, err
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
