package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/kirana-commerce/kirana/db/dbtest"
	"github.com/kirana-commerce/kirana/internal/config"
)

// ruleFile is a file of rules as Prometheus reads it; it takes no field that it does not know.
type ruleFile struct {
	Groups []struct {
		Name  string
		Rules []alertRule
	}
}

type alertRule struct {
	Alert       string
	Expr        string
	For         string
	Labels      struct{ Severity string }
	Annotations struct {
		Summary    string
		RunbookURL string `yaml:"runbook_url"`
	}
}

const runbookURL = "https://github.com/kirana-commerce/kirana/blob/main/docs/runbook.md#"

var (
	// metricName leaves the slot's name, and prefixes of metrics, alone.
	metricName   = regexp.MustCompile(`\bkirana_(?:index|verify|canary)_[a-z_]*[a-z]\b`)
	alertMatcher = regexp.MustCompile(`(kirana_[a-z_]+)(\{[^}]*\})`)
	alertMetric  = regexp.MustCompile(`\b[a-z]+_[a-z_]+\b`)
	heading      = regexp.MustCompile(`(?m)^## (\S+)$`)
	link         = regexp.MustCompile(`\]\(#([^)]+)\)`)
)

// exported is what kirana index answers at /metrics before anything has happened.
func exported(t *testing.T) string {
	t.Helper()
	s, err := newService(config.Config{
		Addr: "127.0.0.1:0", DatabaseURL: "postgres://127.0.0.1:1/kirana", ElasticsearchURL: "http://127.0.0.1:1", Introspection: "never",
		ReplicaMaxLag: time.Second, RequestTimeout: time.Minute,
	}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.close()) })
	x, err := s.indexer(nil)
	require.NoError(t, err)
	w := httptest.NewRecorder()
	s.watched(x).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	require.Equal(t, 200, w.Code)
	return "\n" + w.Body.String()
}

// Every alert is about metrics that the program has, with labels that it gives them, and says where the runbook tells what to do. The
// runbook has a heading for every alert, and for nothing else.
func TestAlerts(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/alerts/index.rules.yml")
	require.NoError(t, err)
	var file ruleFile
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	require.NoError(t, d.Decode(&file))
	page, err := os.ReadFile("../../docs/runbook.md")
	require.NoError(t, err)
	histories, err := os.ReadFile("../../docs/alerts/index.test.yml")
	require.NoError(t, err)
	var headings, alerts []string
	anchors := make(map[string]bool)
	for _, m := range heading.FindAllStringSubmatch(string(page), -1) {
		headings = append(headings, m[1])
		anchors[strings.ToLower(m[1])] = true
	}
	metrics := exported(t)
	for _, group := range file.Groups {
		require.NotEmpty(t, group.Name)
		for _, r := range group.Rules {
			alerts = append(alerts, r.Alert)
			requireAlert(t, r, metrics)
			rings := fmt.Sprintf(`labels: 'ALERTS{alertname=%q, alertstate="firing", severity=%q`, r.Alert, r.Labels.Severity)
			require.Contains(t, string(histories), rings, "make alerts plays a history in which it rings")
		}
	}
	require.NotEmpty(t, alerts)
	require.Equal(t, alerts, headings, "the runbook tells of the alerts in their order")
	for _, m := range link.FindAllStringSubmatch(string(page), -1) {
		require.True(t, anchors[m[1]], "the runbook links to #%s", m[1])
	}
	for _, name := range metricName.FindAllString(string(page), -1) {
		requireMetric(t, "the runbook", name, metrics)
	}
}

// Every statement in the runbook is one that the database takes.
func TestRunbookStatements(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/runbook.md")
	require.NoError(t, err)
	d := dbtest.New(t)
	found := regexp.MustCompile(`psql "\$DATABASE_URL" -c "([^"]+)"`).FindAllStringSubmatch(string(page), -1)
	require.NotEmpty(t, found)
	for _, m := range found {
		for text := range strings.SplitSeq(m[1], ";") {
			if !strings.HasPrefix(strings.TrimSpace(text), "SELECT") {
				continue // a setting
			}
			_, err := d.SQL.ExecContext(t.Context(), "EXPLAIN "+strings.ReplaceAll(text, "PID", "1"))
			require.NoError(t, err, text)
		}
	}
}

// requireAlert holds one alert against what the program exports.
func requireAlert(t *testing.T, r alertRule, metrics string) {
	t.Helper()
	require.Contains(t, []string{"page", "ticket"}, r.Labels.Severity, r.Alert)
	_, err := time.ParseDuration(r.For)
	require.NoError(t, err, r.Alert)
	require.NotEmpty(t, r.Annotations.Summary, r.Alert)
	require.Equal(t, runbookURL+strings.ToLower(r.Alert), r.Annotations.RunbookURL)
	require.Equal(t, strings.Count(r.Expr, "("), strings.Count(r.Expr, ")"), r.Alert)
	require.Regexp(t, metricName, r.Expr, r.Alert)
	for _, name := range alertMetric.FindAllString(r.Expr, -1) {
		if name == "histogram_quantile" {
			continue
		}
		requireMetric(t, r.Alert, name, metrics)
	}
	for _, m := range alertMatcher.FindAllStringSubmatch(r.Expr, -1) {
		given := strings.Contains(metrics, "\n"+m[1]+m[2]+" ") // of pages of metrics a failure need not tell
		require.True(t, given, "%s asks for %s, which is never given", r.Alert, m[0])
	}
}

// requireMetric says that a metric is exported under this name; those of a histogram end in _bucket, _sum and _count.
func requireMetric(t *testing.T, who, name, metrics string) {
	t.Helper()
	require.True(t, regexp.MustCompile(`\n`+name+`(_bucket)?[ {]`).MatchString(metrics), "%s names %s, which nobody exports", who, name)
}
