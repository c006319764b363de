package main

import "time"

// drillSearchReport is what a drill with a search engine that is away has found.
type drillSearchReport struct {
	Phases   []drillSearchPhase `json:"phases"`
	Searches int                `json:"searches"`
	Failed   int                `json:"failed"`
	// Differ counts filters that found another number of products than before.
	Differ int `json:"countsThatDiffer"`
	// NoticedMs is the time from the kill to the first answer from Postgres.
	NoticedMs float64 `json:"noticedMs"`
	// NormalMs is the time from the engine's return to the last answer from Postgres.
	NormalMs float64  `json:"normalMs"`
	WithinMs float64  `json:"withinMs"`
	Faults   []string `json:"faults,omitzero"`
}

type drillSearchPhase struct {
	Name     string  `json:"name"`
	Searches int     `json:"searches"`
	Degraded int     `json:"degraded"`
	Failed   int     `json:"failed"`
	P50      float64 `json:"p50Ms"`
	P99      float64 `json:"p99Ms"`
	Max      float64 `json:"maxMs"`
}

// report sums up what the clients saw, once they have stopped.
func (l *searchLoad) report(killed, returned time.Time, within time.Duration) *drillSearchReport {
	r := &drillSearchReport{WithinMs: milliseconds(within)}
	for _, p := range l.phases[1:] { // the first was the wait
		r.Phases = append(r.Phases, drillSearchPhase{
			Name: p.name, Searches: len(p.latencies), Degraded: p.degraded, Failed: p.failed, P50: p.quantile(0.5), P99: p.quantile(0.99), Max: p.quantile(1),
		})
		r.Searches, r.Failed, r.Differ = r.Searches+len(p.latencies), r.Failed+p.failed, r.Differ+p.differ
		r.Faults = append(r.Faults, p.faults...)
		switch {
		case p.began.Equal(killed) && !p.first.IsZero():
			r.NoticedMs = milliseconds(p.first.Sub(killed))
		case p.began.Equal(returned) && !p.last.IsZero():
			r.NormalMs = milliseconds(p.last.Sub(returned))
		}
	}
	return r
}

// passed reports whether everything was as it must be, and the drill was one: there were answers without the engine.
func (r *drillSearchReport) passed() bool {
	return r.Failed == 0 && r.Differ == 0 && r.NormalMs <= r.WithinMs && r.Phases[0].Degraded == 0 && r.Phases[1].Degraded > 0
}

// print tells, and fails when something was not as it must be.
func (r *drillSearchReport) print(c *console, asJSON bool) error {
	if asJSON {
		if err := c.json(r); err != nil {
			return err
		}
	} else {
		r.text(c)
	}
	if !r.passed() {
		return exitError(1)
	}
	return nil
}

func (r *drillSearchReport) text(c *console) {
	c.printf("%-8s %10s %10s %8s %10s %10s %10s", "engine", "searches", "degraded", "failed", "p50 ms", "p99 ms", "max ms")
	for _, p := range r.Phases {
		c.printf("%-8s %10d %10d %8d %10.1f %10.1f %10.1f", p.Name, p.Searches, p.Degraded, p.Failed, p.P50, p.P99, p.Max)
	}
	c.printf("answered                              %d of %d", r.Searches-r.Failed, r.Searches)
	c.printf("counts that differ                    %d", r.Differ)
	c.printf("first answer without the engine       %.0f ms after it was killed", r.NoticedMs)
	c.printf("last answer without the engine        %.0f ms after its return, %.0f allowed", r.NormalMs, r.WithinMs)
	for _, fault := range r.Faults[:min(len(r.Faults), maxFaults)] {
		c.printf("  %s", fault)
	}
	if r.passed() {
		c.printf("all searches were answered, and the engine's return was noticed")
	}
}
