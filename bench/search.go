package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// searching measures searches through the API, on the engine and on what stands in for it.
type searching struct {
	Products int `default:"5000" help:"The size of the catalogue."`
	Requests int `default:"300" help:"How many searches of each kind to measure, one after the other."`
}

// The figures that the project promises, in milliseconds.
const (
	searchP95       = 150 // for a million products; what is measured here is less
	predictiveP95   = 15
	standinP95      = 200
	searchDocument  = `{ store(handle: "bench") { search(query: %q, first: 20) { totalCount productFilters { id values { label count } } nodes { ... on Product { title priceRange { minVariantPrice { amount } } } } } } }`
	predictDocument = `{ store(handle: "bench") { predictiveSearch(query: %q) { products { title } queries { text } } } }`
)

// Run measures searches with a text, every facet and twenty products read again, and suggestions.
func (b *searching) Run(s *system, r *results) error {
	if err := b.begin(s, r); err != nil {
		return err
	}
	texts := []string{"cotton kurta", "silk", "linen shirt", "bag", "cottn", "jute towel", "rug", "wool blanket"}
	typed := []string{"c", "co", "cot", "cotton k", "si", "shirt", "le", "den"}
	fmt.Fprintln(os.Stderr, "measuring on Elasticsearch …")
	found, err := b.measure(r.ctx, s, searchDocument, texts)
	if err != nil {
		return err
	}
	predicted, err := b.measure(r.ctx, s, predictDocument, typed)
	if err != nil {
		return err
	}
	r.tell("text, facets, 20 products, p50", quantile(found, 0.50), "ms")
	r.atMost("text, facets, 20 products, p95", quantile(found, 0.95), "ms", searchP95)
	r.tell("suggestions, p50", quantile(predicted, 0.50), "ms")
	r.atMost("suggestions, p95", quantile(predicted, 0.95), "ms", predictiveP95)

	if _, s.url, err = s.another(r.ctx, "--search", "postgres"); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "measuring on Postgres …")
	cold := time.Now()
	if _, err := s.count(r.ctx, "cotton"); err != nil {
		return err
	}
	r.tell("Postgres, the first search of a store", time.Since(cold).Seconds()*1000, "ms")
	instead, err := b.measure(r.ctx, s, searchDocument, texts)
	if err != nil {
		return err
	}
	r.tell("Postgres, text, facets, 20 products, p50", quantile(instead, 0.50), "ms")
	r.atMost("Postgres, text, facets, 20 products, p95", quantile(instead, 0.95), "ms", standinP95)
	r.tell("Postgres, text, facets, 20 products, max", quantile(instead, 1), "ms")
	return nil
}

// begin starts the system with a catalogue that is indexed.
func (b *searching) begin(s *system, r *results) error {
	if err := s.start(r.ctx); err != nil {
		return err
	}
	if err := s.serve(r.ctx); err != nil {
		return err
	}
	if _, err := s.index(r.ctx); err != nil {
		return err
	}
	file, err := s.writeCatalogue(b.Products)
	if err != nil {
		return err
	}
	if _, err := s.kirana(r.ctx, "import", "--store", benchHandle, "--publish", "--json", file); err != nil {
		return err
	}
	return s.waitFor(r.ctx, b.Products)
}

// measure asks with the texts in turn, after a tenth of the requests to warm up.
func (b *searching) measure(ctx context.Context, s *system, document string, texts []string) ([]time.Duration, error) {
	var times []time.Duration
	for i := range b.Requests + b.Requests/10 {
		began := time.Now()
		if _, err := s.post(ctx, fmt.Sprintf(document, texts[i%len(texts)])); err != nil {
			return nil, err
		}
		if i >= b.Requests/10 {
			times = append(times, time.Since(began))
		}
	}
	return times, nil
}
