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
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	// Low and High are the range over several rounds, of which Value is the median; nil for a figure of one round.
	Low    *float64 `json:"low,omitempty"`
	High   *float64 `json:"high,omitempty"`
	Unit   string   `json:"unit"`
	Target string   `json:"target"`
	Met    *bool    `json:"met"`
	// shown says that a table of the scenario's own has it.
	shown bool
}

// results collects the figures of one scenario.
type results struct {
	ctx     context.Context //nolint:containedctx // kong passes values to commands; this is the process's
	out     io.Writer
	title   string
	figures []figure
}

// tell notes a figure that has no target.
func (r *results) tell(name string, value float64, unit string) {
	r.figures = append(r.figures, figure{Name: name, Value: value, Unit: unit})
}

// tellRange notes the median and range of rounds that have no target.
func (r *results) tellRange(name string, s spread, unit string) {
	r.figures = append(r.figures, ranged(name, s, unit))
}

// keep notes the median and range of rounds for the file alone.
func (r *results) keep(name string, s spread, unit string) {
	f := ranged(name, s, unit)
	f.shown = true
	r.figures = append(r.figures, f)
}

func ranged(name string, s spread, unit string) figure {
	return figure{Name: name, Value: s.median, Low: &s.low, High: &s.high, Unit: unit}
}

// atMost notes a figure that should not be above its target.
func (r *results) atMost(name string, value float64, unit string, target float64) {
	r.figures = append(r.figures, figure{Name: name, Value: value, Unit: unit}.atMost(target))
}

// atLeast notes a figure that should not be below its target.
func (r *results) atLeast(name string, value float64, unit string, target float64) {
	r.figures = append(r.figures, figure{Name: name, Value: value, Unit: unit}.atLeast(target))
}

// rangeAtMost notes rounds whose median should not be above its target.
func (r *results) rangeAtMost(name string, s spread, unit string, target float64) {
	r.figures = append(r.figures, ranged(name, s, unit).atMost(target))
}

// rangeAtLeast notes rounds whose median should not be below its target.
func (r *results) rangeAtLeast(name string, s spread, unit string, target float64) {
	r.figures = append(r.figures, ranged(name, s, unit).atLeast(target))
}

// factorAtLeast notes the factor between two contenders, whose median should not be below its target.
func (r *results) factorAtLeast(name string, s spread, target float64) {
	r.rangeAtLeast(name, s, "×", target)
}

func (f figure) atMost(target float64) figure {
	met := f.Value <= target
	f.Target, f.Met = fmt.Sprintf("≤ %g", target), &met
	return f
}

func (f figure) atLeast(target float64) figure {
	met := f.Value >= target
	f.Target, f.Met = fmt.Sprintf("≥ %g", target), &met
	return f
}

// print shows the table to people and, when file is not empty, keeps the figures for machines.
func (r *results) print(file string) error {
	fmt.Fprintf(r.out, "\n%s · %d CPUs · %s\n", r.title, runtime.NumCPU(), runtime.Version())
	t := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "figure\tvalue\tunit\ttarget\tmet")
	for _, f := range r.figures {
		if f.shown {
			continue
		}
		met := ""
		if f.Met != nil {
			met = map[bool]string{true: "yes", false: "NO"}[*f.Met]
		}
		value := fmt.Sprintf("%.4g", f.Value)
		if f.Low != nil && f.High != nil {
			value = spread{f.Value, *f.Low, *f.High}.String()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", f.Name, value, f.Unit, f.Target, met)
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
