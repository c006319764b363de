package indexer_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/indexer"
)

// stopwatch adds up the time spent in building documents and in bulk requests.
type stopwatch struct {
	commerce.DocumentReader
	build, bulk, refresh, refreshes atomic.Int64
	bulks                           atomic.Int64
}

func (s *stopwatch) ProductDocuments(ctx context.Context, xids []uint32, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.ProductDocument, error) {
	started := time.Now()
	defer func() { s.build.Add(int64(time.Since(started))) }()
	return s.DocumentReader.ProductDocuments(ctx, xids, refs)
}

func (s *stopwatch) proxy(tb testing.TB, target string) string {
	u, err := url.Parse(target)
	require.NoError(tb, err)
	p := httputil.NewSingleHostReverseProxy(u)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		p.ServeHTTP(w, r)
		took := int64(time.Since(started))
		switch {
		case strings.HasSuffix(r.URL.Path, "_bulk"):
			s.bulk.Add(took)
			s.bulks.Add(1)
		case strings.HasSuffix(r.URL.Path, "_refresh"):
			s.refresh.Add(took)
			s.refreshes.Add(1)
		}
	}))
	tb.Cleanup(srv.Close)
	return srv.URL
}

func BenchmarkCatchUp(b *testing.B) {
	const products, perTransaction = 20_000, 100
	w := newWorld(b)
	w.start()
	w.settle()
	for b.Loop() {
		w.stop()
		b.StopTimer()
		in := make([]commerce.ProductInput, 0, perTransaction)
		for i := range products {
			p := product(fmt.Sprintf("product-%d", i))
			p.Vendor, p.ProductType, p.Tags = fmt.Sprintf("Vendor %d", i%100), fmt.Sprintf("Type %d", i%20), []string{"a", "b", fmt.Sprint(i)}
			p.DescriptionHTML = strings.Repeat("<p>words and more words about the product</p> ", 5)
			p.Variants = append(p.Variants, commerce.VariantInput{Options: []string{"XL"}, SKU: p.Handle + "-xl", PriceMinor: 140, InventoryPolicy: commerce.InventoryDeny, WeightUnit: commerce.WeightGrams})
			if in = append(in, p); len(in) == perTransaction {
				_, err := w.db.UpsertProducts(context.Background(), w.store, in)
				require.NoError(b, err)
				in = in[:0]
			}
		}
		s := &stopwatch{DocumentReader: w.db}
		s2 := s.proxy(b, w.es)
		b.StartTimer()
		started := time.Now()
		w.start(func(c *indexer.Config) { c.Documents = s; c.ElasticsearchURL = s2 })
		w.settle()
		took := time.Since(started)
		b.ReportMetric(products/took.Seconds(), "documents/s")
		b.ReportMetric(time.Duration(s.build.Load()).Seconds(), "build-s")
		b.ReportMetric(time.Duration(s.bulk.Load()).Seconds(), "bulk-s")
		b.ReportMetric(float64(s.bulks.Load()), "bulks")
		b.ReportMetric(time.Duration(s.refresh.Load()).Seconds(), "refresh-s")
		b.ReportMetric(float64(s.refreshes.Load()), "refreshes")
	}
}
