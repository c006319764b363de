package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Verify measures how the search index is held against the database.
type Verify struct {
	checked, drift, repaired *prometheus.CounterVec
	ended, took              *prometheus.GaugeVec
}

// NewVerify makes the instruments of the continuous verification.
func NewVerify(r *Registry) *Verify {
	m := &Verify{
		checked:  r.counter("verify_products_total", "Products whose documents were held against the database."),
		drift:    r.counter("verify_drift_total", "Products of which the index and the database said different things, by kind.", "kind"),
		repaired: r.counter("verify_repaired_total", "Products that had drifted and were indexed anew."),
		ended:    r.gauge("verify_last_sweep_timestamp_seconds", "When the last sweep over all products ended, in seconds since 1970; 0 before the first."),
		took:     r.gauge("verify_last_sweep_duration_seconds", "How long the last sweep over all products took."),
	}
	for _, kind := range []string{"missing", "stale", "orphan"} {
		m.drift.WithLabelValues(kind)
	}
	m.checked.WithLabelValues()
	m.repaired.WithLabelValues()
	m.ended.WithLabelValues()
	m.took.WithLabelValues()
	return m
}

// Checked counts products that were looked at.
func (m *Verify) Checked(n int) { m.checked.WithLabelValues().Add(float64(n)) }

// Drift counts products that had drifted.
func (m *Verify) Drift(kind string, n int) {
	m.drift.WithLabelValues(kind).Add(float64(n))
}

// Repaired counts products that were put right.
func (m *Verify) Repaired(n int) { m.repaired.WithLabelValues().Add(float64(n)) }

// Swept reports the last sweep over all products.
func (m *Verify) Swept(began, ended time.Time) {
	m.ended.WithLabelValues().Set(float64(ended.Unix()))
	m.took.WithLabelValues().Set(ended.Sub(began).Seconds())
}

// Canary measures the whole way from a commit to the answer of a search.
type Canary struct {
	found *prometheus.HistogramVec
	lost  *prometheus.CounterVec
}

// NewCanary makes the canary's instruments.
func NewCanary(r *Registry) *Canary {
	m := &Canary{
		found: r.histogram("canary_seconds", "How long after its commit a change was found by a search, from outside.",
			[]float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}),
		lost: r.counter("canary_lost_total", "Changes that no search found in time."),
	}
	m.found.WithLabelValues()
	m.lost.WithLabelValues()
	return m
}

// Found records how long after its commit a change was found.
func (m *Canary) Found(after time.Duration) { m.found.WithLabelValues().Observe(after.Seconds()) }

// Lost counts a change that was not found.
func (m *Canary) Lost() { m.lost.WithLabelValues().Inc() }
