package indexer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/indexer/indexertest"
	"github.com/kirana-commerce/kirana/internal/cdc"
	"github.com/kirana-commerce/kirana/search"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

func TestMain(m *testing.M) {
	code := dbtest.Main(m)
	// The tests' search engine runs until the process ends, and so do those who watch it.
	engine := []goleak.Option{
		goleak.IgnoreAnyFunction("github.com/kirana-commerce/kirana/internal/devstack.(*Elasticsearch).watch"),
		goleak.IgnoreAnyFunction("os/exec.(*Cmd).Wait"),
	}
	if err := goleak.Find(engine...); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// patience is how long a test waits for servers of a busy machine.
const patience = 60 * time.Second

// world is one test's database, index and running indexer.
type world struct {
	tb    testing.TB
	db    *dbtest.Database
	es    string
	alias string
	slot  string
	store *commerce.Store

	engine     *search.Engine
	searchable atomic.Uint64
	observed   *observer
	// kill ends the indexer without waiting for it; stop waits.
	kill, stop func()
}

var worlds atomic.Int64

// newWorld is a world of its own on the servers that all tests share.
func newWorld(tb testing.TB) *world {
	tb.Helper()
	return newWorldOn(tb, dbtest.New(tb), searchtest.Server(tb))
}

func newWorldOn(tb testing.TB, database *dbtest.Database, es string) *world {
	tb.Helper()
	n := worlds.Add(1)
	w := &world{
		tb: tb, db: database, es: es, observed: &observer{}, stop: func() {}, kill: func() {},
		alias: fmt.Sprintf("t%d-%d-products", os.Getpid(), n), slot: fmt.Sprintf("t%d_%d", os.Getpid(), n),
	}
	var err error
	w.engine, err = search.Open(w.es, search.Options{Alias: w.alias})
	require.NoError(tb, err)
	w.store, _, err = w.db.UpsertStore(tb.Context(), commerce.StoreInput{Handle: "corner", Name: "Corner", Currency: "INR", Status: commerce.StorePublished})
	require.NoError(tb, err)
	tb.Cleanup(func() {
		w.stop()
		w.engine.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		require.NoError(tb, cdc.DropSlot(ctx, w.db.URL, w.slot))
		for name := range w.indexes() {
			searchtest.Call(tb, http.MethodDelete, w.es+"/"+name, nil)
		}
	})
	return w
}

// start runs an indexer until stop.
func (w *world) start(change ...func(*indexer.Config)) {
	w.tb.Helper()
	c := indexer.Config{
		DatabaseURL: w.db.URL, ElasticsearchURL: w.es, Slot: w.slot, Alias: w.alias,
		Documents: w.db, Walks: w.db, State: w.db, DeadLetters: w.db, Catalogue: w.db, Redo: w.db, Log: w.db.Freshness(w.slot), Observer: w.observed,
		Logger:       slog.New(slog.NewTextHandler(logWriter{w.tb}, nil)),
		OnSearchable: func(p cdc.Position) { w.searchable.Store(uint64(p)) },
	}
	for _, f := range change {
		f(&c)
	}
	x, err := indexer.New(c)
	require.NoError(w.tb, err)
	ctx, cancel := context.WithCancel(context.Background())
	w.kill = cancel
	done := make(chan error, 1)
	go func() { done <- x.Run(ctx) }()
	w.stop = func() {
		cancel()
		require.NoError(w.tb, <-done)
		w.stop = func() {}
	}
}

// logWriter sends the indexer's log to the test's.
type logWriter struct{ tb testing.TB }

func (l logWriter) Write(b []byte) (int, error) {
	l.tb.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// observer counts what the indexer does.
type observer struct {
	fresh, gate                       atomic.Int64
	drift, repaired, swept            atomic.Int64
	indexed, deleted, stale, rejected atomic.Int64
	dead                              atomic.Int64
}

func (o *observer) Fresh(time.Duration) { o.fresh.Add(1) }
func (o *observer) GateRetry()          { o.gate.Add(1) }
func (o *observer) InFlight(int)        {}
func (o *observer) DeadLetters(n int)   { o.dead.Store(int64(n)) }
func (o *observer) Documents(outcome string, n int) {
	counters := map[string]*atomic.Int64{"indexed": &o.indexed, "deleted": &o.deleted, "stale": &o.stale, "rejected": &o.rejected}
	counters[outcome].Add(int64(n))
}

func (o *observer) Checked(int)                {}
func (o *observer) Drift(_ string, n int)      { o.drift.Add(int64(n)) }
func (o *observer) Repaired(n int)             { o.repaired.Add(int64(n)) }
func (o *observer) Swept(time.Time, time.Time) { o.swept.Add(1) }

// settle waits until everything committed so far can be found.
func (w *world) settle() {
	w.tb.Helper()
	flushed := w.flushed()
	w.eventually(func() bool { return w.searchable.Load() >= flushed }, "the index did not catch up")
}

func (w *world) flushed() uint64 {
	w.tb.Helper()
	var flushed uint64
	require.NoError(w.tb, w.db.SQL.QueryRowContext(context.Background(), `SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint`).Scan(&flushed))
	return flushed
}

// eventually waits for another process.
func (w *world) eventually(condition func() bool, message string) {
	w.tb.Helper()
	require.Eventually(w.tb, condition, patience, 5*time.Millisecond, message)
}

func (w *world) exec(text string, args ...any) {
	w.tb.Helper()
	_, err := w.db.SQL.ExecContext(context.Background(), text, args...)
	require.NoError(w.tb, err)
}

func (w *world) add(handles ...string) {
	w.tb.Helper()
	in := make([]commerce.ProductInput, len(handles))
	for i, h := range handles {
		in[i] = product(h)
	}
	_, err := w.db.UpsertProducts(context.Background(), w.store, in)
	require.NoError(w.tb, err)
}

func product(handle string) commerce.ProductInput {
	return commerce.ProductInput{
		Handle: handle, Title: "Title of " + handle, Status: commerce.ProductActive, Published: true, Options: []string{"Size"},
		Variants: []commerce.VariantInput{
			{Options: []string{"M"}, SKU: handle + "-m", PriceMinor: 100, InventoryPolicy: commerce.InventoryDeny, WeightUnit: commerce.WeightGrams},
			{Options: []string{"L"}, SKU: handle + "-l", PriceMinor: 120, InventoryPolicy: commerce.InventoryDeny, WeightUnit: commerce.WeightGrams},
		},
	}
}

// find counts what a search finds.
func (w *world) find(text string, filters ...commerce.ProductFilter) int {
	w.tb.Helper()
	n, err := w.tryFind(text, filters...)
	require.NoError(w.tb, err)
	return n
}

func (w *world) tryFind(text string, filters ...commerce.ProductFilter) (int, error) {
	selection, err := commerce.NewSelection("productFilters", filters, "INR")
	if err != nil {
		return 0, err
	}
	page, err := commerce.NewPage(commerce.PageArgs{First: new(10)}, commerce.Ordering{Key: commerce.SearchSortRelevance})
	if err != nil {
		return 0, err
	}
	res, err := w.engine.SearchProducts(context.Background(), []commerce.SearchQuery{{
		Store: w.store.ID, Currency: "INR", Text: text, Selection: selection, Page: page, WantTotal: true, Unavailable: commerce.UnavailableShow,
	}})
	if err != nil {
		return 0, err
	}
	return res[0].Total, nil
}

// indexes are the names of the indexes of the test, and whether searches read them.
func (w *world) indexes() map[string]bool {
	w.tb.Helper()
	var answer map[string]struct{ Aliases map[string]any }
	require.NoError(w.tb, json.Unmarshal(searchtest.Call(w.tb, http.MethodGet, w.es+"/"+w.alias+"-g*", nil), &answer))
	found := make(map[string]bool, len(answer))
	for name, index := range answer {
		_, found[name] = index.Aliases[w.alias]
	}
	return found
}

// requireLive says that searches read the generation with this number, and no other.
func (w *world) requireLive(generation int) {
	w.tb.Helper()
	var live []string
	for name, is := range w.indexes() {
		if is {
			live = append(live, name)
		}
	}
	require.Equal(w.tb, []string{fmt.Sprintf("%s-g%d", w.alias, generation)}, live)
}

// requireOracle says that every document in the index is what the database says, and that there is none beyond.
func (w *world) requireOracle() {
	w.tb.Helper()
	o := indexertest.Oracle{DB: w.db.SQL, Documents: w.db, Engine: w.es, Alias: w.alias}
	_, differences, err := o.Compare(context.Background())
	require.NoError(w.tb, err)
	require.Empty(w.tb, differences)
}

// documents is what searches can find, by id.
func (w *world) documents() map[string]json.RawMessage {
	w.tb.Helper()
	var answer struct {
		Hits struct {
			Hits []struct {
				ID     string          `json:"_id"`
				Source json.RawMessage `json:"_source"`
			}
		}
	}
	text := searchtest.Call(w.tb, http.MethodPost, w.es+"/"+w.alias+"/_search", []byte(`{"size":10000}`))
	require.NoError(w.tb, json.Unmarshal(text, &answer))
	found := make(map[string]json.RawMessage, len(answer.Hits.Hits))
	for _, hit := range answer.Hits.Hits {
		found[hit.ID] = hit.Source
	}
	return found
}

// between is an HTTP proxy in front of the search engine. Every request passes fault first, which may answer it or change
// its body, and comes to after when it has been answered by the engine and the answer was not sent on yet.
type between struct {
	fault func(w http.ResponseWriter, r *http.Request, body *[]byte) (answered bool)
	after func(r *http.Request)
}

// proxy starts the proxy and returns its address.
func (w *world) proxy(p between) string {
	w.tb.Helper()
	b := indexertest.Between{Before: p.fault}
	if p.after != nil {
		b.After = func(r *http.Response) { p.after(r.Request) }
	}
	proxy, err := indexertest.NewProxy(w.es, b)
	require.NoError(w.tb, err)
	w.tb.Cleanup(func() {
		w.stop()
		proxy.Close()
	})
	return proxy.URL
}

func isBulk(r *http.Request) bool { return indexertest.IsBulk(r) }

// answer is an answer that looks like the engine's.
func answer(w http.ResponseWriter, status int, text string) { indexertest.Answer(w, status, text) }

// through makes the indexer talk to the search engine by another address.
func through(address string) func(*indexer.Config) {
	return func(c *indexer.Config) { c.ElasticsearchURL = address }
}

// reader is a DocumentReader with something before and after each read.
type reader struct {
	commerce.DocumentReader
	before func() error
	after  func()
}

func (r reader) ProductDocuments(ctx context.Context, xids []uint32, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.ProductDocument, error) {
	if r.before != nil {
		if err := r.before(); err != nil {
			return nil, err
		}
	}
	docs, err := r.DocumentReader.ProductDocuments(ctx, xids, refs)
	if r.after != nil && err == nil {
		r.after()
	}
	return docs, err
}
