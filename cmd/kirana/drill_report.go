package main

import (
	"maps"
	"slices"
	"time"

	"github.com/kirana-commerce/kirana/indexer/indexertest"
)

// drillReport is what a drill has found.
type drillReport struct {
	Seed      uint64         `json:"seed"`
	Seconds   float64        `json:"seconds"`
	Rounds    int            `json:"rounds"`
	Commits   int64          `json:"commits"`
	Faults    map[string]int `json:"faults"`
	Documents int            `json:"documentsCompared"`
	Drift     int            `json:"drift"`
	// Differences are the drift in words.
	Differences []string `json:"differences,omitzero"`
	// Quiet is, for each round, the time from its last commit to the moment all could be found.
	Quiet []float64 `json:"quietMs"`
	// Freshness is of the changes of one product, made one after the other through all faults.
	Freshness drillFreshness `json:"freshnessMs"`
}

type drillFreshness struct {
	Changes int     `json:"changes"`
	P50     float64 `json:"p50"`
	P99     float64 `json:"p99"`
	Max     float64 `json:"max"`
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (r *drillReport) fresh(p *indexertest.Probe) {
	of := func(share float64) float64 {
		d, n := p.Quantile(share)
		r.Freshness.Changes = n
		return milliseconds(d)
	}
	r.Freshness.P50, r.Freshness.P99, r.Freshness.Max = of(0.5), of(0.99), of(1)
}

// shownDifferences is how many differences are printed for people.
const shownDifferences = 20

// print tells, and fails when a document differed.
func (r *drillReport) print(c *console, asJSON bool) error {
	if asJSON {
		if err := c.json(r); err != nil {
			return err
		}
	} else {
		r.text(c)
	}
	if r.Drift > 0 {
		return exitError(1)
	}
	return nil
}

func (r *drillReport) text(c *console) {
	c.printf("faults injected")
	for _, kind := range slices.Sorted(maps.Keys(r.Faults)) {
		c.printf("  %-40s %8d", kind, r.Faults[kind])
	}
	c.printf("%-42s %8d", "commits", r.Commits)
	c.printf("%-42s %8d  in %d rounds", "documents compared", r.Documents, r.Rounds)
	c.printf("%-42s %8d", "drift", r.Drift)
	for _, line := range r.Differences[:min(len(r.Differences), shownDifferences)] {
		c.printf("  %.300s", line)
	}
	c.printf("%-42s %8.0f ms p50 %8.0f ms p99 %8.0f ms max, of %d changes among faults", "commit to findable",
		r.Freshness.P50, r.Freshness.P99, r.Freshness.Max, r.Freshness.Changes)
	c.printf("%-42s %8.0f ms at most", "time to quiet", slices.Max(r.Quiet))
	c.printf("seed %d", r.Seed)
}
