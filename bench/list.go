package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// list measures the storefront list under load.
type list struct {
	Products    int           `default:"5000" help:"The size of the catalogue."`
	Connections int           `default:"16" help:"How many clients ask at the same time."`
	Duration    time.Duration `default:"10s" help:"How long to measure."`
}

// listDocument is 20 products × 3 variants × 2 pictures, as a storefront's front page asks for them.
const listDocument = `{ store(handle: "bench") { products(first: 20) { nodes {
  id handle title vendor productType tags publishedAt
  variants(first: 3) { nodes { id title sku availableForSale price { amount currencyCode } selectedOptions { name value } } }
  media(first: 2) { nodes { id alt mediaContentType ... on MediaImage { image { url altText } } } }
} pageInfo { hasNextPage endCursor } } } }`

// Run asks for the list over and over, from many connections.
func (l *list) Run(s *system, r *results) error {
	if err := s.start(r.ctx); err != nil {
		return err
	}
	if err := s.serve(r.ctx); err != nil {
		return err
	}
	file, err := s.writeCatalogue(l.Products)
	if err != nil {
		return err
	}
	if _, err := s.kirana(r.ctx, "import", "--store", "bench", "--publish", "--json", file); err != nil {
		return err
	}
	size, err := l.check(r.ctx, s)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "warming up, then measuring …")
	l.load(r.ctx, s, l.Duration/5)
	before, err := statements(r.ctx, s)
	if err != nil {
		return err
	}
	latencies, failures := l.load(r.ctx, s, l.Duration)
	after, err := statements(r.ctx, s)
	if err != nil {
		return err
	}
	if failures > 0 {
		return fmt.Errorf("%d of %d answers were wrong", failures, len(latencies))
	}
	r.tell("storefront list", float64(len(latencies))/l.Duration.Seconds(), "requests/s")
	r.tell("storefront list, p50", quantile(latencies, 0.50), "ms")
	r.tell("storefront list, p99", quantile(latencies, 0.99), "ms")
	r.tell("statements", (after-before)/float64(len(latencies)), "per request")
	r.tell("answer", float64(size), "bytes")
	return nil
}

// check asks once and sees that the answer is whole.
func (l *list) check(ctx context.Context, s *system) (int, error) {
	var data struct {
		Store struct {
			Products struct {
				Nodes []struct{ Variants, Media struct{ Nodes []any } }
			}
		}
	}
	if err := s.ask(ctx, listDocument, &data); err != nil {
		return 0, err
	}
	for _, p := range data.Store.Products.Nodes {
		if len(data.Store.Products.Nodes) != 20 || len(p.Variants.Nodes) != 3 || len(p.Media.Nodes) != 2 {
			return 0, fmt.Errorf("the list is not 20 × 3 × 2: %d products, %d variants, %d pictures", len(data.Store.Products.Nodes), len(p.Variants.Nodes), len(p.Media.Nodes))
		}
	}
	answer, err := s.post(ctx, listDocument)
	return len(answer), err
}

// load asks from all connections for a while.
func (l *list) load(ctx context.Context, s *system, d time.Duration) (latencies []time.Duration, failures int) {
	s.client.Transport = &http.Transport{MaxIdleConnsPerHost: l.Connections}
	var mu sync.Mutex
	var wait sync.WaitGroup
	end := time.Now().Add(d)
	for range l.Connections {
		wait.Go(func() {
			var own []time.Duration
			failed := 0
			for time.Now().Before(end) {
				started := time.Now()
				if _, err := s.post(ctx, listDocument); err != nil {
					failed++
				}
				own = append(own, time.Since(started))
			}
			mu.Lock()
			defer mu.Unlock()
			latencies = append(latencies, own...)
			failures += failed
		})
	}
	wait.Wait()
	return latencies, failures
}

var statementLine = regexp.MustCompile(`(?m)^kirana_database_statements_total\{[^}]*\} (\S+)$`)

// statements is how many statements the server has sent to Postgres.
func statements(ctx context.Context, s *system) (float64, error) {
	res, err := s.get(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	total := 0.0
	for _, m := range statementLine.FindAllSubmatch(text, -1) {
		n, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, err
}
