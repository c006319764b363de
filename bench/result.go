package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// figure is one measured value. Target is empty for a figure that is only told, such as a baseline.
type figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Target string  `json:"target"`
	Met    *bool   `json:"met"`
}

// results collects the figures of one scenario.
type results struct {
	ctx     context.Context //nolint:containedctx // kong passes values to commands; this is the process's
	title   string
	figures []figure
}

// tell notes a figure that has no target.
func (r *results) tell(name string, value float64, unit string) {
	r.figures = append(r.figures, figure{Name: name, Value: value, Unit: unit})
}

// atMost notes a figure that should not be above its target.
func (r *results) atMost(name string, value float64, unit string, target float64) {
	met := value <= target
	r.figures = append(r.figures, figure{name, value, unit, fmt.Sprintf("≤ %g", target), &met})
}

// atLeast notes a figure that should not be below its target.
func (r *results) atLeast(name string, value float64, unit string, target float64) {
	met := value >= target
	r.figures = append(r.figures, figure{name, value, unit, fmt.Sprintf("≥ %g", target), &met})
}

// print shows the table to people and, when file is not empty, keeps the figures for machines.
func (r *results) print(w io.Writer, file string) error {
	fmt.Fprintf(w, "\n%s · %d CPUs · %s\n", r.title, runtime.NumCPU(), runtime.Version())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "figure\tvalue\tunit\ttarget\tmet")
	for _, f := range r.figures {
		met := ""
		if f.Met != nil {
			met = map[bool]string{true: "yes", false: "NO"}[*f.Met]
		}
		fmt.Fprintf(t, "%s\t%.4g\t%s\t%s\t%s\n", f.Name, f.Value, f.Unit, f.Target, met)
	}
	if err := t.Flush(); err != nil || file == "" {
		return err
	}
	b, err := json.MarshalIndent(r.figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(b, '\n'), 0o644) //nolint:gosec // figures are no secret
}

// quantile is the value below which the share q of the durations lies, in milliseconds.
func quantile(durations []time.Duration, q float64) float64 {
	if len(durations) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(durations))
	return float64(sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]) / float64(time.Millisecond)
}
