package indexer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/internal/cdc"
	"github.com/kirana-commerce/kirana/search"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

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

func TestNewNeedsItsParts(t *testing.T) {
	t.Parallel()
	_, err := indexer.New(indexer.Config{DatabaseURL: "postgres://x", ElasticsearchURL: "http://x"})
	require.ErrorContains(t, err, "required")
	_, err = indexer.New(indexer.Config{})
	require.Error(t, err)
}

// alter changes something in the search engine behind the indexer's back.
func (w *world) alter(method, path, body string) {
	w.tb.Helper()
	searchtest.Call(w.tb, method, w.es+path, []byte(body))
}

func TestAnotherDefinitionIsFilledBesideTheLiveIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("one", "two", "three")
	w.start()
	w.settle()
	w.stop()
	w.alter(http.MethodPut, "/"+w.alias+"-g1/_mapping", `{"_meta":{"hash":"of another definition","epoch":1,"system_id":"x","timeline":1}}`)

	searching, end := context.WithCancel(context.Background())
	const searchers = 8
	found := make(chan error, searchers)
	for range searchers { // all the while every search finds all of one index: never none, never two
		go func() { found <- w.searchUntil(searching, 3) }()
	}
	short := func(c *indexer.Config) { c.Keep = time.Millisecond }
	for g := 2; g <= 6; g++ {
		w.start(short)
		w.eventually(func() bool { return w.indexes()[fmt.Sprintf("%s-g%d", w.alias, g)] }, "the next generation is not live")
		w.stop()
		w.requireLive(g)
		if g < 6 {
			w.alter(http.MethodPut, fmt.Sprintf("/%s-g%d/_mapping", w.alias, g), `{"_meta":{"hash":"of another definition"}}`)
		}
	}
	w.start(short)
	w.eventually(func() bool { return len(w.indexes()) == 1 }, "the old indexes are not deleted")
	end()
	for range searchers {
		require.NoError(t, <-found)
	}
	w.settle()
	w.requireOracle()
}

// meta changes what a generation says about itself.
func (w *world) meta(generation int, change func(*search.Meta)) {
	w.tb.Helper()
	path := fmt.Sprintf("/%s-g%d/_mapping", w.alias, generation)
	var answer map[string]struct {
		Mappings struct {
			Meta search.Meta `json:"_meta"`
		}
	}
	require.NoError(w.tb, json.Unmarshal(searchtest.Call(w.tb, http.MethodGet, w.es+path, nil), &answer))
	for _, index := range answer {
		m := index.Mappings.Meta
		change(&m)
		body, err := json.Marshal(map[string]any{"_meta": m})
		require.NoError(w.tb, err)
		w.alter(http.MethodPut, path, string(body))
	}
}

// searchUntil searches until ctx ends, and fails when a search fails or finds another number of products.
func (w *world) searchUntil(ctx context.Context, want int) error {
	for ctx.Err() == nil {
		if n, err := w.tryFind(""); n != want || err != nil {
			return fmt.Errorf("a search found %d products: %w", n, err)
		}
	}
	return nil
}

func TestWhatEndsAGeneration(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(w *world){
		"the slot is dropped": func(w *world) {
			require.NoError(t, cdc.DropSlot(context.Background(), w.db.URL, w.slot))
		},
		"the slot is dropped and made again by hand": func(w *world) {
			require.NoError(t, cdc.DropSlot(context.Background(), w.db.URL, w.slot))
			w.exec(`DELETE FROM products WHERE handle = 'one'`) // nobody will tell of this
			w.exec(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, w.slot)
		},
		"the slot is moved by hand": func(w *world) {
			w.exec(`DELETE FROM products WHERE handle = 'one'`)
			w.exec(`SELECT pg_replication_slot_advance($1, pg_current_wal_flush_lsn())`, w.slot)
		},
		"a standby was promoted": func(w *world) {
			w.meta(1, func(m *search.Meta) { m.Timeline = 7 })
		},
		"a backup of another server was restored": func(w *world) {
			w.meta(1, func(m *search.Meta) { m.SystemID = "7" })
		},
		"the write alias is dropped": func(w *world) {
			w.alter(http.MethodDelete, fmt.Sprintf("/%s-g1/_alias/%s-g1-write", w.alias, w.alias), "")
		},
		"the log went backwards": func(w *world) {
			w.exec(`DELETE FROM products WHERE handle = 'one'`) // nobody will look at this document again
			body := fmt.Sprintf(`{"store_id":"%d","product_id":999,"version":%d}`, w.store.ID, int64(2)<<56-1)
			w.alter(http.MethodPost, fmt.Sprintf("/%s-g1/_doc/x?routing=%d&refresh=true", w.alias, w.store.ID), body)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.add("one", "two")
			w.start()
			w.settle()
			w.requireOracle()
			w.stop()
			spoil(w)
			w.exec(`DELETE FROM products WHERE handle = 'one'`)
			w.exec(`UPDATE products SET title = 'Changed meanwhile' WHERE handle = 'two'`)
			w.start()
			w.settle()
			w.requireLive(2)
			w.requireOracle()
			require.Equal(t, int64(2), w.epoch(), "what was written before cannot overwrite what is written now")
		})
	}
}

// epoch is that of the live index.
func (w *world) epoch() (epoch int64) {
	w.tb.Helper()
	require.NoError(w.tb, w.db.SQL.QueryRowContext(context.Background(),
		`SELECT max(epoch) FROM search_sync_state WHERE slot = $1`, w.slot).Scan(&epoch))
	return epoch
}

func TestAnIndexThatVanishesIsRebuilt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("one", "two")
	w.start()
	w.settle()
	w.alter(http.MethodDelete, "/"+w.alias+"-g1", "")
	w.add("three") // meets an index that is gone
	w.eventually(func() bool { return w.indexes()[w.alias+"-g1"] }, "no new index")
	w.settle()
	w.requireOracle()
}

func TestAnUnfinishedWalkIsWalkedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 12 {
		handles := make([]string, 100)
		for j := range handles {
			handles[j] = fmt.Sprintf("p-%d-%d", i, j)
		}
		w.add(handles...)
	}
	var reads atomic.Int64
	ended := make(chan struct{})
	w.start(func(c *indexer.Config) {
		c.Documents = reader{DocumentReader: w.db, after: func() {
			if reads.Add(1) == 2 {
				w.kill()
				close(ended)
			}
		}}
	})
	<-ended
	w.stop()
	require.Zero(t, w.searchable.Load(), "nothing can be found before the index is live")
	w.exec(`DELETE FROM products WHERE handle LIKE 'p-0-%'`)
	w.exec(`UPDATE products SET title = 'New' WHERE handle LIKE 'p-1-%'`)
	w.start()
	w.settle()
	w.requireLive(1)
	w.requireOracle()
}

func TestTheStateIsThatOfTheLiveIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("one")
	hold := make(chan struct{})
	w.start(func(c *indexer.Config) {
		c.Documents = reader{DocumentReader: w.db, before: func() error { <-hold; return nil }}
	})
	w.eventually(func() bool { return len(w.indexes()) == 1 }, "no index")
	require.Zero(t, w.saved())
	close(hold)
	w.settle()
	w.stop()
	require.GreaterOrEqual(t, w.saved(), w.searchable.Load())
}

// saved is the searchable position that other processes read.
func (w *world) saved() (position uint64) {
	w.tb.Helper()
	require.NoError(w.tb, w.db.SQL.QueryRowContext(context.Background(),
		`SELECT coalesce(max(searchable_lsn - '0/0'), 0)::bigint FROM search_sync_state WHERE slot = $1`, w.slot).Scan(&position))
	return position
}

func TestFreshness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.settle()
	require.Zero(t, w.observed.fresh.Load(), "an empty walk keeps nobody waiting")
	w.add("one")
	w.settle()
	require.EqualValues(t, 1, w.observed.fresh.Load())
}

func TestATransactionOfManyProducts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.settle()
	w.exec(`INSERT INTO products (store_id, handle, title, status, published_at)
		SELECT $1, 'p-' || i, 'Product ' || i, 'ACTIVE', now() FROM generate_series(1, 2345) i`, w.store.ID)
	w.settle()
	require.Len(t, w.documents(), 2345)
	w.exec(`DELETE FROM products WHERE handle LIKE 'p-1%'`)
	w.settle()
	w.requireOracle()
}

func TestRunStartsOverAfterAFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var faults atomic.Int64
	w.start(func(c *indexer.Config) {
		c.Documents = reader{DocumentReader: w.db, before: func() error {
			if faults.Add(1) <= 2 {
				return context.DeadlineExceeded
			}
			return nil
		}}
	})
	w.add("one")
	w.settle()
	w.requireOracle()
	require.Greater(t, faults.Load(), int64(2))
}
