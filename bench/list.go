package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"strconv"
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
	ask, err := l.load(r.ctx, s)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "warming up, then measuring …")
	if _, err := ask.run(r.ctx, l.Duration/5); err != nil {
		return err
	}
	before, err := statements(r.ctx, s)
	if err != nil {
		return err
	}
	t, err := ask.run(r.ctx, l.Duration)
	if err != nil {
		return err
	}
	after, err := statements(r.ctx, s)
	if err != nil {
		return err
	}
	if err := t.err(); err != nil {
		return err
	}
	r.tell("storefront list", t.rate(), "requests/s")
	r.tell("storefront list, p50", quantile(t.latencies, 0.50), "ms")
	r.tell("storefront list, p99", quantile(t.latencies, 0.99), "ms")
	r.tell("statements", (after-before)/float64(len(t.latencies)), "per request")
	r.tell("answer", float64(len(ask.want.body)), "bytes")
	return nil
}

// load asks once, sees that the answer is whole, and returns the load whose every answer must say the same.
func (l *list) load(ctx context.Context, s *system) (load, error) {
	var data struct {
		Store struct {
			Products struct {
				Nodes []struct{ Variants, Media struct{ Nodes []any } }
			}
		}
	}
	if err := s.ask(ctx, listDocument, &data); err != nil {
		return load{}, err
	}
	nodes := data.Store.Products.Nodes
	if len(nodes) != 20 {
		return load{}, fmt.Errorf("the list has %d products, not 20", len(nodes))
	}
	for _, p := range nodes {
		if len(p.Variants.Nodes) != 3 || len(p.Media.Nodes) != 2 {
			return load{}, fmt.Errorf("a product has not 3 variants and 2 pictures but %d and %d", len(p.Variants.Nodes), len(p.Media.Nodes))
		}
	}
	request, err := graphqlRequest(listDocument)
	if err != nil {
		return load{}, err
	}
	address, err := url.Parse(s.url)
	if err != nil {
		return load{}, err
	}
	want, err := askOnce(ctx, address.Host, request)
	return load{addr: address.Host, request: request, connections: l.Connections, want: want}, err
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
