package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// measureColumn is a column of the table that compares contenders.
type measureColumn struct {
	title, unit string
	of          func(sample) float64
	has         func(*contender) bool
}

func measureColumns(postgres bool) []measureColumn {
	always := func(*contender) bool { return true }
	columns := []measureColumn{
		{"requests/s", "", rateOf, always},
		{"server CPU", "µs", cpuOf, func(c *contender) bool { return c.hasCPU }},
		{"p50", "ms", p50Of, func(c *contender) bool { return c.hasLatency }},
		{"p99", "ms", p99Of, func(c *contender) bool { return c.hasLatency }},
		{"allocations", "", mallocsOf, func(c *contender) bool { return c.hasMallocs }},
	}
	if postgres {
		columns = append(columns, measureColumn{"Postgres CPU", "µs", postgresOf, always})
	}
	return columns
}

// comparison is what came out of one scenario.
type comparison struct {
	title      string
	contenders []*contender
	columns    []measureColumn
}

// check refuses contenders whose answers do not say the same, and tells whether they are equal byte for byte.
func (c comparison) check() (equal bool, err error) {
	first := c.contenders[0].answer
	equal = true
	for _, other := range c.contenders[1:] {
		switch {
		case other.answer.body == nil:
		case other.answer.data != first.data:
			return false, fmt.Errorf("%s: %s and %s give different answers:\n%.600s\n%.600s", c.title, c.contenders[0].name, other.name, first.body, other.answer.body)
		default:
			equal = equal && string(other.answer.body) == string(first.body)
		}
	}
	return equal, nil
}

// print shows the medians of the contenders with their ranges.
func (c comparison) print(w io.Writer) error {
	equal, err := c.check()
	if err != nil {
		return err
	}
	bytewise := map[bool]string{true: "bodies equal byte for byte", false: "equal data, bodies differ in their bytes"}[equal]
	first := c.contenders[0].answer
	fmt.Fprintf(w, "\n%s · %d bytes · data sha256 %s… · %s\n", c.title, len(first.body), first.hash(), bytewise)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "median (min–max)")
	for _, col := range c.columns {
		fmt.Fprint(t, "\t"+col.title)
		if col.unit != "" {
			fmt.Fprint(t, ", "+col.unit)
		}
	}
	fmt.Fprintln(t)
	for _, one := range c.contenders {
		fmt.Fprint(t, one.name)
		for _, col := range c.columns {
			text := "–"
			if col.has(one) {
				text = spreadOf(one.column(col.of)).String()
			}
			fmt.Fprint(t, "\t"+text)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// keep notes the measures of all contenders, which print has shown already.
func (c comparison) keep(r *results) {
	for _, one := range c.contenders {
		for _, col := range c.columns {
			if col.has(one) {
				r.keep(c.title+" · "+one.name+" · "+col.title, spreadOf(one.column(col.of)), col.unit)
			}
		}
	}
}

// String shows the median and, behind it, the range.
func (s spread) String() string {
	return fmt.Sprintf("%s (%s–%s)", digits(s.median), digits(s.low), digits(s.high))
}

// digits shows three significant digits, and all of a whole number.
func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
