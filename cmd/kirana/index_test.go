package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/indexer/indexertest"
	"github.com/kirana-commerce/kirana/internal/devstack"
	"github.com/kirana-commerce/kirana/search"
)

// indexGround is what a kirana index works on: servers of its own, which can be broken.
type indexGround struct {
	postgres *devstack.Postgres
	db       *db.DB
	sql      *sql.DB
	engine   string // behind the proxy
	proxy    *indexertest.Proxy
	store    *commerce.Store
	// away has the search engine answer 503, slow each refresh take seconds.
	away, slow atomic.Bool
}

func newIndexGround(t *testing.T) *indexGround {
	t.Helper()
	g := &indexGround{}
	elastic, err := devstack.StartElasticsearch(t.Context(), devstack.ElasticsearchOptions{Dir: t.TempDir(), JavaHome: os.Getenv("TEST_JAVA_HOME")})
	g.require(t, err)
	t.Cleanup(func() { require.NoError(t, elastic.Stop(context.Background())) })
	g.postgres, err = devstack.StartPostgres(t.Context(), devstack.PostgresOptions{Dir: t.TempDir(), Settings: map[string]string{"max_slot_wal_keep_size": "1GB"}})
	g.require(t, err)
	t.Cleanup(func() { _ = g.postgres.Stop(context.Background()) }) // it may have been killed
	g.db, err = db.Open(g.postgres.URL(), nil, db.Options{})
	require.NoError(t, err)
	g.sql, err = sql.Open("postgres", g.postgres.URL())
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = g.sql.Close(), g.db.Close() })
	_, err = g.db.Migrate(t.Context())
	require.NoError(t, err)
	g.store, _, err = g.db.UpsertStore(t.Context(), commerce.StoreInput{Handle: "corner", Name: "Corner", Currency: "INR", Status: commerce.StorePublished})
	require.NoError(t, err)
	g.engine = elastic.URL()
	g.proxy, err = indexertest.NewProxy(g.engine, indexertest.Between{Before: g.between})
	require.NoError(t, err)
	t.Cleanup(g.proxy.Close)
	return g
}

// require skips the test where a server does not start, unless this is CI.
func (g *indexGround) require(t *testing.T, err error) {
	t.Helper()
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("no servers for this test: %v", err)
	}
	require.NoError(t, err)
}

// between misbehaves as it is told. The document of a product with the title "Refused" has a field that the mapping does not know.
func (g *indexGround) between(w http.ResponseWriter, r *http.Request, body *[]byte) (answered bool) {
	if g.away.Load() {
		indexertest.Answer(w, http.StatusServiceUnavailable, `{}`)
		return true
	}
	if g.slow.Load() && strings.HasSuffix(r.URL.Path, "/_refresh") {
		<-time.After(3 * time.Second)
	}
	if indexertest.IsBulk(r) {
		*body = bytes.ReplaceAll(*body, []byte(`,"title":"Refused"`), []byte(`,"no_such_field":"Refused"`))
	}
	return false
}

// add puts in a product, and returns its key.
func (g *indexGround) add(t *testing.T, handle, title string) commerce.ProductRef {
	t.Helper()
	_, err := g.db.UpsertProducts(t.Context(), g.store, []commerce.ProductInput{{
		Handle: handle, Title: title, Status: commerce.ProductActive, Published: true,
		Variants: []commerce.VariantInput{{PriceMinor: 100, InventoryPolicy: commerce.InventoryDeny, WeightUnit: commerce.WeightGrams}},
	}})
	require.NoError(t, err)
	var id int64
	require.NoError(t, g.sql.QueryRowContext(t.Context(), `SELECT id FROM products WHERE handle = $1`, handle).Scan(&id))
	return commerce.ProductRef{Store: g.store.ID, ID: commerce.ProductID(id)}
}

func (g *indexGround) exec(t *testing.T, text string) {
	t.Helper()
	_, err := g.sql.ExecContext(t.Context(), text)
	require.NoError(t, err)
}

// document does something to a product's document behind everybody's back.
func (g *indexGround) document(t *testing.T, method string, ref commerce.ProductRef, more string, body []byte) (int, []byte) {
	t.Helper()
	url := fmt.Sprintf("%s/%s/_doc/%s?routing=%s&refresh=true%s", g.engine, search.Alias, search.DocumentID(ref), search.Routing(ref.Store), more)
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, text
}

// watchedIndex is a kirana index as whoever watches it sees it.
type watchedIndex struct {
	url  string
	end  context.CancelFunc
	code chan int
}

// index runs kirana index until stop.
func (g *indexGround) index(t *testing.T) *watchedIndex {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &watchedIndex{end: cancel, code: make(chan int, 1)}
	out, in := io.Pipe()
	go func() {
		w.code <- run(ctx, []string{
			"index", "--metrics-addr=127.0.0.1:0", "--database-url=" + g.postgres.URL(), "--elasticsearch-url=" + g.proxy.URL, "--verify-every=3s",
			"--log-level=ERROR",
		}, in, t.Output())
		_ = in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	w.url = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "metrics "), "/metrics")
	t.Cleanup(cancel)
	return w
}

// stop tells it to end, and waits until it has.
func (w *watchedIndex) stop(t *testing.T) {
	t.Helper()
	w.end()
	require.Zero(t, <-w.code)
}

func (w *watchedIndex) get(t *testing.T, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+path, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text)
}

// readiness is what /readyz says.
type readiness struct {
	Status, Role string
	Checks       map[string]string
}

// until polls, in the test's own goroutine, until ok; what says how far it has come.
func until(t *testing.T, ok func() bool, what func() string) {
	t.Helper()
	limit := time.After(2 * time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			require.FailNow(t, what())
		}
	}
}

// is waits until the process is ready, or not, and what it says fits.
func (w *watchedIndex) is(t *testing.T, status int, fits func(readiness) bool) {
	t.Helper()
	var last string
	until(t, func() bool {
		var r readiness
		var code int
		code, last = w.get(t, "/readyz")
		require.NoError(t, json.Unmarshal([]byte(last), &r), last)
		return code == status && fits(r)
	}, func() string { return "/readyz says " + last })
}

func role(want string) func(readiness) bool {
	return func(r readiness) bool { return r.Role == want && r.Status == "ok" }
}

// metric reads one metric, with its labels as they are printed.
func (w *watchedIndex) metric(t *testing.T, name string) float64 {
	t.Helper()
	_, text := w.get(t, "/metrics")
	for line := range strings.Lines(text) {
		if value, is := strings.CutPrefix(strings.TrimSpace(line), name+" "); is {
			f, err := strconv.ParseFloat(value, 64)
			require.NoError(t, err)
			return f
		}
	}
	require.Fail(t, "no such metric", name)
	return 0
}

// shows waits until a metric fits.
func (w *watchedIndex) shows(t *testing.T, name string, fits func(float64) bool) {
	t.Helper()
	var last float64
	until(t, func() bool {
		last = w.metric(t, name)
		return fits(last)
	}, func() string { return fmt.Sprint(name, " is ", last) })
}

func above(limit float64) func(float64) bool   { return func(v float64) bool { return v > limit } }
func below(limit float64) func(float64) bool   { return func(v float64) bool { return v < limit } }
func exactly(value float64) func(float64) bool { return func(v float64) bool { return v == value } }

// The names of metrics that are looked at more than once.
const (
	metricActive      = `kirana_index_role{role="active"}`
	metricStandby     = `kirana_index_role{role="standby"}`
	metricDead        = "kirana_index_dead_letters"
	metricInFlight    = "kirana_index_in_flight_commits"
	metricUnconfirmed = "kirana_index_unconfirmed_age_seconds"
	driftMissing      = `kirana_verify_drift_total{kind="missing"}`
	metricRetained    = "kirana_index_slot_retained_bytes"
)

// Whatever befalls the index can be seen from outside, at the process that keeps it and at the one that stands by.
func TestIndexIsWatched(t *testing.T) { //nolint:tparallel // what befalls the index does so one after the other
	t.Parallel()
	g := newIndexGround(t)
	lost, written := g.add(t, "lost", "Lost"), g.add(t, "written", "Written")
	active := g.index(t)
	active.is(t, http.StatusOK, role("active"))
	standby := g.index(t)
	standby.is(t, http.StatusOK, role("standby"))
	for w, roles := range map[*watchedIndex][2]float64{active: {1, 0}, standby: {0, 1}} {
		require.InDelta(t, roles[0], w.metric(t, metricActive), 0)
		require.InDelta(t, roles[1], w.metric(t, metricStandby), 0)
		w.shows(t, metricRetained, above(0))
		w.shows(t, "kirana_index_slot_safe_bytes", below(2<<30))
		status, _ := w.get(t, "/livez")
		require.Equal(t, http.StatusOK, status)
		status, _ = w.get(t, "/graphql")
		require.Equal(t, http.StatusNotFound, status, "there is nothing else here")
	}
	active.shows(t, "kirana_index_freshness_seconds_count", above(0))
	active.shows(t, "kirana_canary_seconds_count", above(0))
	active.shows(t, "kirana_verify_last_sweep_timestamp_seconds", above(0))

	t.Run("drift", func(t *testing.T) { watchDrift(t, g, active, lost) })
	t.Run("a document that is newer", func(t *testing.T) { watchStale(t, g, active, written) })
	t.Run("a document that is refused", func(t *testing.T) {
		g.add(t, "refused", "Refused")
		active.shows(t, metricDead, exactly(1))
		require.Positive(t, active.metric(t, `kirana_index_documents_total{outcome="rejected"}`))
		require.Zero(t, standby.metric(t, metricDead), "who stands by tells of none")
		drift := active.metric(t, driftMissing)
		swept := active.metric(t, "kirana_verify_products_total")
		active.shows(t, "kirana_verify_products_total", above(swept+6)) // three sweeps at least
		require.InDelta(t, drift, active.metric(t, driftMissing), 0, "what is refused is no drift")
		g.requireRefused(t)
	})
	t.Run("refreshes that are dear", func(t *testing.T) {
		require.Greater(t, active.metric(t, "kirana_index_refresh_credit_seconds"), 1.0)
		g.slow.Store(true)
		g.add(t, "slow", "Slow")
		active.shows(t, "kirana_index_refresh_credit_seconds", below(0.5))
		g.slow.Store(false)
		active.shows(t, "kirana_index_refresh_credit_seconds", above(1))
		require.InDelta(t, 2, standby.metric(t, "kirana_index_refresh_credit_seconds"), 0.001)
	})
	t.Run("a standby of the database that hangs", func(t *testing.T) { watchHang(t, g, active, standby) })

	active.stop(t)
	standby.is(t, http.StatusOK, role("active"))
	standby.shows(t, metricActive, exactly(1))
	standby.shows(t, metricStandby, exactly(0))
	standby.shows(t, metricDead, exactly(1))

	g.away.Store(true)
	standby.is(t, http.StatusServiceUnavailable, func(r readiness) bool { return r.Checks["search"] == "failing" && r.Checks["database"] == "ok" })
	g.add(t, "waits", "Waits")
	standby.shows(t, metricUnconfirmed, above(6))
	g.away.Store(false)
	standby.is(t, http.StatusOK, role("active"))
	standby.shows(t, metricUnconfirmed, below(6))

	require.NoError(t, g.postgres.Kill())
	standby.is(t, http.StatusServiceUnavailable, func(r readiness) bool {
		return r.Role == "starting" && r.Checks["database"] == "failing" && r.Checks["index"] == "failing"
	})
	standby.shows(t, metricActive, exactly(0))
	standby.shows(t, metricInFlight, exactly(0))
	standby.shows(t, metricUnconfirmed, above(6))
	standby.stop(t)
}

// requireRefused says that kirana verify names what is refused, and counts no difference.
func (g *indexGround) requireRefused(t *testing.T) {
	t.Helper()
	args := []string{"verify", "--index", "--database-url=" + g.postgres.URL(), "--elasticsearch-url=" + g.engine}
	code, out, log := command(args...)
	require.Zero(t, code, "%s%s", out, log)
	require.Regexp(t, `(?m)^corner +\d+ +refused +no$`, out)
	require.Contains(t, out, "refused by the search engine: 1; ")
	require.NotContains(t, out, "store corner:", "the counts differ by what is refused alone")
	code, out, log = command(append(args, "--json", "--repair")...)
	require.Zero(t, code, "%s%s", out, log)
	var found struct{ Index indexReport }
	require.NoError(t, json.Unmarshal([]byte(out), &found))
	require.Equal(t, []int{0, 0, 1}, []int{found.Index.Missing, found.Index.Repaired, found.Index.Refused})
}

func watchDrift(t *testing.T, g *indexGround, active *watchedIndex, lost commerce.ProductRef) {
	t.Helper()
	status, _ := g.document(t, http.MethodDelete, lost, "", nil)
	require.Equal(t, http.StatusOK, status)
	active.shows(t, driftMissing, above(0))
	active.shows(t, "kirana_verify_repaired_total", above(0))
	require.Positive(t, active.metric(t, "kirana_verify_products_total"))
}

// watchStale writes a document with a version that no commit has yet, so that the next one is refused as old.
func watchStale(t *testing.T, g *indexGround, active *watchedIndex, written commerce.ProductRef) {
	t.Helper()
	var found struct {
		Version int64           `json:"_version"`
		Source  json.RawMessage `json:"_source"`
	}
	_, text := g.document(t, http.MethodGet, written, "", nil)
	require.NoError(t, json.Unmarshal(text, &found))
	require.Positive(t, found.Version, string(text))
	status, text := g.document(t, http.MethodPut, written, fmt.Sprintf("&version_type=external&version=%d", found.Version+1<<40), found.Source)
	require.Equal(t, http.StatusOK, status, string(text))
	require.Zero(t, active.metric(t, `kirana_index_documents_total{outcome="stale"}`))
	g.add(t, "written", "Written Anew")
	active.shows(t, `kirana_index_documents_total{outcome="stale"}`, exactly(1))
	g.exec(t, `DELETE FROM products WHERE handle = 'written'`) // and nobody is left whom the version would be in the way of
	active.shows(t, `kirana_index_documents_total{outcome="stale"}`, exactly(2))
	status, text = g.document(t, http.MethodDelete, written, "", nil)
	require.Equal(t, http.StatusOK, status, string(text))
}

// watchHang has a commit wait for a standby that is not there: it is in the log, and nobody can see it.
func watchHang(t *testing.T, g *indexGround, active, standby *watchedIndex) {
	t.Helper()
	d := indexertest.Database{SQL: g.sql, Slot: "kirana_search"}
	committed := make(chan error, 1)
	require.NoError(t, d.Hang(t.Context(), func() error {
		retries := active.metric(t, "kirana_index_gate_retries_total")
		go func() {
			_, err := g.sql.ExecContext(context.Background(), `UPDATE products SET title = 'Hung' WHERE handle = 'slow'`)
			committed <- err
		}()
		active.shows(t, "kirana_index_gate_retries_total", above(retries+10))
		active.shows(t, metricInFlight, above(0))
		active.shows(t, metricUnconfirmed, above(6))
		standby.shows(t, metricUnconfirmed, above(6))
		return nil
	}))
	require.NoError(t, <-committed)
	active.shows(t, metricInFlight, exactly(0))
	for _, w := range []*watchedIndex{active, standby} {
		w.shows(t, metricUnconfirmed, below(6))
	}
}
