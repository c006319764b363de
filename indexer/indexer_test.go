package indexer_test

import (
	"context"
	"fmt"
	"log/slog"
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
	"github.com/kirana-commerce/kirana/internal/cdc"
	"github.com/kirana-commerce/kirana/search"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// world is one test's database, index and running indexer.
type world struct {
	tb         testing.TB
	db         *dbtest.Database
	es         string
	alias      string
	slot       string
	store      *commerce.Store
	engine     *search.Engine
	searchable atomic.Uint64
	stop       func()
}

var worlds atomic.Int64

func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{tb: tb, db: dbtest.New(tb), es: searchtest.Server(tb), stop: func() {}}
	n := worlds.Add(1)
	w.alias = fmt.Sprintf("t%d-%d-products", os.Getpid(), n)
	w.slot = fmt.Sprintf("t%d_%d", os.Getpid(), n)
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
	})
	return w
}

// start runs an indexer until stop.
func (w *world) start(change ...func(*indexer.Config)) {
	w.tb.Helper()
	c := indexer.Config{
		DatabaseURL: w.db.URL, ElasticsearchURL: w.es, Slot: w.slot, Alias: w.alias,
		Documents: w.db, Resync: w.db, State: w.db,
		Logger:       slog.New(slog.NewTextHandler(logWriter{w.tb}, nil)),
		OnSearchable: func(p cdc.Position) { w.searchable.Store(uint64(p)) },
	}
	for _, f := range change {
		f(&c)
	}
	x, err := indexer.New(c)
	require.NoError(w.tb, err)
	ctx, cancel := context.WithCancel(context.Background())
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

// settle waits until everything committed so far can be found.
func (w *world) settle() {
	w.tb.Helper()
	var flushed uint64
	require.NoError(w.tb, w.db.SQL.QueryRowContext(context.Background(), `SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint`).Scan(&flushed))
	require.Eventually(w.tb, func() bool { return w.searchable.Load() >= flushed }, 60*time.Second, 5*time.Millisecond,
		"the index did not catch up")
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
	selection, err := commerce.NewSelection("productFilters", filters, "INR")
	require.NoError(w.tb, err)
	page, err := commerce.NewPage(commerce.PageArgs{First: new(10)}, commerce.Order{Key: commerce.SearchSortRelevance})
	require.NoError(w.tb, err)
	res, err := w.engine.SearchProducts(context.Background(), []commerce.SearchQuery{{
		Store: w.store.ID, Currency: "INR", Text: text, Selection: selection, Page: page, WantTotal: true, Unavailable: commerce.UnavailableShow,
	}})
	require.NoError(w.tb, err)
	return res[0].Total
}

func option(name, value string) commerce.ProductFilter {
	return commerce.ProductFilter{VariantOption: &commerce.VariantOptionFilter{Name: name, Value: value}}
}

func TestChangesAreFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("before-the-first-start")
	w.start()
	w.settle()
	require.Equal(t, 1, w.find("before"), "what was there before the slot is walked")

	w.add("basmati", "lentils")
	w.settle()
	require.Equal(t, 1, w.find("basmati"))

	for _, step := range []struct {
		name, sql string
		text      string
		filters   []commerce.ProductFilter
		want      int
	}{
		{"a title", `UPDATE products SET title = 'Jasmine' WHERE handle = 'basmati'`, "jasmine", nil, 1},
		{"the old title", `UPDATE products SET title = 'Sona Masoori' WHERE handle = 'basmati'`, "jasmine", nil, 0},
		{"a variant's option", `UPDATE product_variants SET option_values = '{XL}' WHERE sku = 'basmati-l'`, "", []commerce.ProductFilter{option("size", "xl")}, 1},
		{"an option's name", `UPDATE product_options SET name = 'Weight' WHERE product_id = (SELECT id FROM products WHERE handle = 'lentils')`, "", []commerce.ProductFilter{option("weight", "m")}, 1},
		{"a deleted variant", `DELETE FROM product_variants WHERE sku = 'basmati-l'`, "", []commerce.ProductFilter{option("size", "xl")}, 0},
		{"a variant moved away", `UPDATE product_variants SET product_id = (SELECT id FROM products WHERE handle = 'lentils') WHERE sku = 'basmati-m'`, "sona", []commerce.ProductFilter{option("size", "m")}, 0},
		{"a draft", `UPDATE products SET status = 'DRAFT' WHERE handle = 'lentils'`, "lentils", nil, 0},
		{"a product back", `UPDATE products SET status = 'ACTIVE' WHERE handle = 'lentils'`, "lentils", nil, 1},
		{"a deleted product", `DELETE FROM products WHERE handle = 'lentils'`, "lentils", nil, 0},
	} {
		w.exec(step.sql)
		w.settle()
		require.Equal(t, step.want, w.find(step.text, step.filters...), step.name)
	}
}

func TestARestartLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	for i := range 5 {
		w.add(fmt.Sprintf("running-%d", i))
		w.stop()
		w.add(fmt.Sprintf("stopped-%d", i))
		w.exec(`DELETE FROM products WHERE handle = $1`, fmt.Sprintf("running-%d", i))
		w.start()
	}
	w.settle()
	require.Equal(t, 5, w.find("stopped"))
	require.Equal(t, 0, w.find("running"))
}

func TestATruncatedTableLeavesNoDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("one", "two")
	w.start()
	w.settle()
	require.Equal(t, 2, w.find(""))
	w.exec(`TRUNCATE products CASCADE`)
	w.add("three")
	w.settle()
	require.Equal(t, 1, w.find(""))
}

func TestNoGoroutineIsLeft(t *testing.T) { //nolint:paralleltest // it counts goroutines
	w := newWorld(t)
	before := goleak.IgnoreCurrent()
	w.start()
	w.add("x")
	w.settle()
	w.stop()
	goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}
