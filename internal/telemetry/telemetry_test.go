package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/telemetry"
)

func scrape(t *testing.T, r *telemetry.Registry) string {
	t.Helper()
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	require.Equal(t, 200, w.Code)
	return w.Body.String()
}

func TestInstruments(t *testing.T) {
	t.Parallel()
	r := telemetry.NewRegistry()
	requests, index, database := telemetry.NewRequests(r), telemetry.NewIndex(r), telemetry.NewDatabase(r)
	events := telemetry.NewEvents(r)
	verify, canary := telemetry.NewVerify(r), telemetry.NewCanary(r)

	fresh := scrape(t, r)
	require.Contains(t, fresh, "\nkirana_index_gate_retries_total 0\n")
	require.Contains(t, fresh, "\nkirana_index_in_flight_commits 0\n")
	require.Contains(t, fresh, "\nkirana_events_untold_age_seconds 0\n")
	require.Contains(t, fresh, "\nkirana_webhook_deliveries_total{result=\"failed\"} 0\n")
	require.Contains(t, fresh, "\nkirana_verify_drift_total{kind=\"missing\"} 0\n")
	require.Contains(t, fresh, "\nkirana_canary_lost_total 0\n")
	require.Contains(t, fresh, "\nkirana_index_documents_total{outcome=\"stale\"} 0\n")
	require.Contains(t, fresh, "\nkirana_index_role{role=\"active\"} 0\n")
	require.Contains(t, fresh, "\nkirana_index_role{role=\"standby\"} 0\n")
	require.Contains(t, fresh, "\nkirana_index_slot_safe_bytes +Inf\n")

	requests.Observe("/graphql", 200, 3*time.Millisecond)
	index.Fresh(4 * time.Millisecond)
	index.Fresh(59 * time.Second)
	index.Fresh(2 * time.Minute)
	index.Documents("indexed", 3)
	index.Documents("indexed", 2)
	index.GateRetry()
	index.InFlight(6)
	index.Ring(7)
	index.Role("standby")
	index.Slot(100, 50)
	index.Unconfirmed(1500 * time.Millisecond)
	index.Budget(-50 * time.Millisecond)
	verify.Checked(500)
	verify.Drift("orphan", 2)
	verify.Repaired(1)
	verify.Swept(time.Unix(1_700_000_000, 0), time.Unix(1_700_000_060, 0))
	canary.Found(30 * time.Millisecond)
	canary.Lost()
	database.Statement("primary")
	database.ReplicaLag("1", 250*time.Millisecond)
	events.Told("order.created")
	events.Delivered(2, 1)
	events.Lag(3*time.Second, 500*time.Millisecond)

	got := scrape(t, r)
	for _, line := range []string{
		`kirana_http_request_duration_seconds_bucket{route="/graphql",status="200",le="0.005"} 1`,
		`kirana_index_freshness_seconds_bucket{le="0.005"} 1`,
		`kirana_index_freshness_seconds_bucket{le="60"} 2`,
		`kirana_index_freshness_seconds_count 3`,
		`kirana_index_documents_total{outcome="indexed"} 5`,
		`kirana_index_gate_retries_total 1`,
		`kirana_index_in_flight_commits 7`,
		`kirana_index_role{role="active"} 0`,
		`kirana_index_role{role="standby"} 1`,
		`kirana_index_slot_retained_bytes 100`,
		`kirana_index_slot_safe_bytes 50`,
		`kirana_index_unconfirmed_age_seconds 1.5`,
		`kirana_index_refresh_credit_seconds -0.05`,
		`kirana_verify_products_total 500`,
		`kirana_verify_drift_total{kind="orphan"} 2`,
		`kirana_verify_repaired_total 1`,
		`kirana_verify_last_sweep_timestamp_seconds 1.70000006e+09`,
		`kirana_verify_last_sweep_duration_seconds 60`,
		`kirana_canary_seconds_bucket{le="0.05"} 1`,
		`kirana_canary_lost_total 1`,
		`kirana_database_statements_total{pool="primary"} 1`,
		`kirana_database_replica_lag_seconds{replica="1"} 0.25`,
		`kirana_events_told_total{topic="order.created"} 1`,
		`kirana_webhook_deliveries_total{result="accepted"} 2`,
		`kirana_webhook_deliveries_total{result="failed"} 1`,
		`kirana_events_untold_age_seconds 3`,
		`kirana_webhook_due_age_seconds 0.5`,
	} {
		require.Contains(t, got, "\n"+line+"\n")
	}
	foreign := regexp.MustCompile(`(?m)^# TYPE (\S+)`)
	for _, m := range foreign.FindAllStringSubmatch(got, -1) {
		require.Regexp(t, `^(kirana|go|process|promhttp)_`, m[1])
	}
}

func TestNilInstrumentsDoNothing(t *testing.T) {
	t.Parallel()
	var (
		requests *telemetry.Requests
		index    *telemetry.Index
		database *telemetry.Database
		events   *telemetry.Events
	)
	require.NotPanics(t, func() {
		requests.Observe("/", 200, time.Second)
		index.Fresh(time.Second)
		index.Documents("indexed", 1)
		index.GateRetry()
		index.InFlight(1)
		index.Ring(1)
		index.Role("active")
		index.Slot(1, 1)
		index.Unconfirmed(time.Second)
		index.Budget(time.Second)
		database.Statement("primary")
		database.ReplicaLag("1", time.Second)
		events.Told("order.created")
		events.Delivered(1, 1)
		events.Lag(time.Second, time.Second)
	})
}

func TestLogger(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	log := telemetry.NewLogger(&b, slog.LevelWarn)
	log.Info("not shown")
	log.Warn("shown", "store", "corner")
	require.Equal(t, 1, strings.Count(b.String(), "\n"))
	var line map[string]any
	require.NoError(t, json.Unmarshal(b.Bytes(), &line))
	require.Equal(t, "shown", line["msg"])
	require.Equal(t, "corner", line["store"])
}
