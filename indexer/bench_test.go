package indexer_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/indexer"
)

// stopwatch adds up the time that reads of documents and requests to the search engine take. The indexer makes one request
// at a time.
type stopwatch struct {
	commerce.DocumentReader
	build, bulk, refresh atomic.Int64
	bulks, refreshes     atomic.Int64
	started              atomic.Int64
}

func (s *stopwatch) ProductDocuments(ctx context.Context, xids []uint32, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.ProductDocument, error) {
	started := time.Now()
	defer func() { s.build.Add(int64(time.Since(started))) }()
	return s.DocumentReader.ProductDocuments(ctx, xids, refs)
}

// proxy takes the time of requests.
func (s *stopwatch) proxy(w *world) string {
	return w.proxy(between{
		fault: func(http.ResponseWriter, *http.Request, *[]byte) bool {
			s.started.Store(time.Now().UnixNano())
			return false
		},
		after: func(r *http.Request) {
			took := time.Now().UnixNano() - s.started.Load()
			switch {
			case isBulk(r):
				s.bulk.Add(took)
				s.bulks.Add(1)
			case strings.HasSuffix(r.URL.Path, "/_refresh"):
				s.refresh.Add(took)
				s.refreshes.Add(1)
			}
		},
	})
}

// BenchmarkCatchUp lets the indexer work off 20,000 products of three variants that changed while it was stopped, in
// transactions of a hundred.
func BenchmarkCatchUp(b *testing.B) {
	const products, perTransaction = 20_000, 100
	w := newWorld(b)
	w.start()
	w.settle()
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		w.stop()
		w.change(products, perTransaction, fmt.Sprint(i))
		s := &stopwatch{DocumentReader: w.db}
		address := s.proxy(w)
		b.StartTimer()
		started := time.Now()
		w.start(func(c *indexer.Config) { c.Documents, c.ElasticsearchURL = s, address })
		w.settle()
		b.ReportMetric(products/time.Since(started).Seconds(), "documents/s")
		s.report(b)
	}
}

// reset forgets what was measured so far.
func (s *stopwatch) reset() {
	for _, n := range []*atomic.Int64{&s.build, &s.bulk, &s.refresh, &s.bulks, &s.refreshes} {
		n.Store(0)
	}
}

// report tells how the time was spent.
func (s *stopwatch) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(time.Duration(s.build.Load()).Seconds(), "build-s")
	b.ReportMetric(time.Duration(s.bulk.Load()).Seconds(), "bulk-s")
	b.ReportMetric(float64(s.bulks.Load()), "bulks")
	b.ReportMetric(time.Duration(s.refresh.Load()).Seconds(), "refresh-s")
	b.ReportMetric(float64(s.refreshes.Load()), "refreshes")
}

// change writes n products anew, with something in their titles.
func (w *world) change(n, perTransaction int, title string) {
	w.tb.Helper()
	for from := 0; from < n; from += perTransaction {
		in := make([]commerce.ProductInput, perTransaction)
		for i := range in {
			in[i] = fullProduct(from + i)
			in[i].Title += title
		}
		_, err := w.db.UpsertProducts(context.Background(), w.store, in)
		require.NoError(w.tb, err)
	}
}

func fullProduct(i int) commerce.ProductInput {
	p := product(fmt.Sprintf("product-%d", i))
	p.Vendor, p.ProductType = fmt.Sprintf("Vendor %d", i%100), fmt.Sprintf("Type %d", i%20)
	p.Tags = []string{"cotton", "summer", fmt.Sprintf("batch %d", i%50)}
	p.DescriptionHTML = strings.Repeat("<p>Words and more words about the product.</p> ", 5)
	p.Variants = append(p.Variants, commerce.VariantInput{
		Options: []string{"XL"}, SKU: p.Handle + "-xl", PriceMinor: 140, InventoryPolicy: commerce.InventoryDeny, WeightUnit: commerce.WeightGrams,
	})
	return p
}

// BenchmarkFreshness commits at a light pace and reports how long after its commit a change could be found.
func BenchmarkFreshness(b *testing.B) {
	for _, perSecond := range []int{20, 200} {
		b.Run(fmt.Sprintf("%d_a_second", perSecond), func(b *testing.B) {
			w := newWorld(b)
			w.change(10_000, 500, "")
			l := &lags{observer: w.observed}
			s := &stopwatch{DocumentReader: w.db}
			address := s.proxy(w)
			w.start(func(c *indexer.Config) { c.Observer, c.Documents, c.ElasticsearchURL = l, s, address })
			w.settle()
			s.reset()
			pace := time.NewTicker(time.Second / time.Duration(perSecond))
			defer pace.Stop()
			for i := 0; b.Loop(); i++ {
				<-pace.C
				w.exec(`UPDATE product_variants SET inventory_quantity = inventory_quantity + 1 WHERE store_id = $1 AND product_id =
					(SELECT id FROM products WHERE store_id = $1 AND handle = $2)`, w.store.ID, fmt.Sprintf("product-%d", i*7%10_000))
			}
			w.settle()
			w.stop()
			slices.Sort(l.all)
			b.ReportMetric(float64(l.all[len(l.all)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(l.all[len(l.all)*99/100].Microseconds())/1000, "p99-ms")
			s.report(b)
		})
	}
}

// lags remembers the freshness of every commit.
type lags struct {
	*observer
	mu  sync.Mutex
	all []time.Duration
}

func (l *lags) Fresh(lag time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, lag)
}
