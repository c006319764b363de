package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// searching measures searches through the API, on the engine and on what stands in for it.
type searching struct {
	Products int  `default:"5000" help:"The size of the catalogue."`
	Stores   int  `default:"0" help:"How many stores of 200 products share the index with it."`
	Requests int  `default:"300" help:"How many searches of each kind to measure, one after the other."`
	Warm     int  `default:"1500" help:"How many to make before: an engine that has just started has not compiled its own code yet."`
	Writes   int  `default:"200" help:"How many products a second change while all pages of a search are read."`
	Walk     bool `default:"true" negatable:"" help:"Read all pages of a search while products change; a million take a quarter of an hour."`
	Standin  bool `default:"true" negatable:"" help:"Measure Postgres alone too, which refuses stores of more than 20,000 products."`
}

// The figures that the project promises, in milliseconds.
const (
	searchP95       = 150 // for a million products; what is measured here is less
	predictiveP95   = 15
	standinP95      = 200
	searchOverhead  = 1.25 // times Elasticsearch's own time for the same request
	searchDocument  = `{ store(handle: "bench") { search(query: %q, first: 20) { totalCount productFilters { id values { label count } histogram { count } } nodes { ... on Product { title priceRange { minVariantPrice { amount } } } } } } }`
	predictDocument = `{ store(handle: "bench") { predictiveSearch(query: %q) { products { title } queries { text } } } }`
)

// searchTexts are what shoppers of the bench store look for.
func searchTexts() []string {
	return []string{"cotton kurta", "silk", "linen shirt", "bag", "cottn", "jute towel", "rug", "wool blanket"}
}

// predictTexts are what they have typed when they are shown suggestions.
func predictTexts() []string {
	return []string{"c", "co", "cot", "cotton k", "si", "shirt", "le", "den"}
}

// Run measures searches with a text, every facet and twenty products read again; suggestions; all pages of a search beside writes.
func (b *searching) Run(s *system, r *results) error {
	if err := b.begin(s, r); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "measuring on Elasticsearch …")
	predicted, err := b.measure(r.ctx, s, predictDocument, predictTexts())
	if err != nil {
		return err
	}
	r.tell("suggestions, p50", quantile(predicted, 0.50), "ms")
	r.atMost("suggestions, p95", quantile(predicted, 0.95), "ms", predictiveP95)
	for _, measure := range []func(*system, *results) error{b.beside, b.walk, b.standin} {
		if err := measure(s, r); err != nil {
			return err
		}
	}
	return nil
}

// standin measures searches that Postgres answers.
func (b *searching) standin(s *system, r *results) (err error) {
	if !b.Standin {
		return nil
	}
	if _, s.url, err = s.another(r.ctx, "--search", "postgres"); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "measuring on Postgres …")
	cold := time.Now()
	if _, err := s.count(r.ctx, "cotton"); err != nil {
		return err
	}
	r.tell("Postgres, the first search of a store", time.Since(cold).Seconds()*1000, "ms")
	instead, err := b.measure(r.ctx, s, searchDocument, searchTexts())
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
	if err := s.index(r.ctx); err != nil {
		return err
	}
	file, err := s.writeCatalogue(b.Products)
	if err != nil {
		return err
	}
	if _, err := s.kirana(r.ctx, "import", "--store", benchHandle, "--publish", "--json", file); err != nil {
		return err
	}
	if err := b.addStores(r.ctx, s); err != nil {
		return err
	}
	if err := s.waitFor(r.ctx, b.Products); err != nil {
		return err
	}
	return s.waitIdle(r.ctx)
}

// addStores writes the other stores past the API, and waits for the last of them.
func (b *searching) addStores(ctx context.Context, s *system) error {
	if b.Stores == 0 {
		return nil
	}
	fmt.Fprintf(os.Stderr, "writing %d stores …\n", b.Stores)
	for _, text := range []string{
		fmt.Sprintf(`INSERT INTO stores (handle, name, currency, status) SELECT 'shop-' || i, 'Shop ' || i, 'INR', 'PUBLISHED' FROM generate_series(1, %d) i`, b.Stores),
		`INSERT INTO locations (store_id, name, is_default) SELECT id, 'Shop', true FROM stores s WHERE NOT EXISTS (SELECT FROM locations l WHERE l.store_id = s.id)`,
		fmt.Sprintf(`INSERT INTO products (store_id, handle, title, vendor, product_type, tags, description_html, status, published_at)
			SELECT s.id, 'p-' || i, (ARRAY['Cotton', 'Silk', 'Linen', 'Wool'])[1 + i %% 4] || ' ' || (ARRAY['Kurta', 'Shirt', 'Bag'])[1 + i %% 3] || ' ' || i, 'Vendor ' || i %% 9, 'Wear',
				ARRAY['tag' || i %% 30], '<p>Made to last.</p>', 'ACTIVE', now() FROM stores s, generate_series(1, %d) i WHERE s.handle LIKE 'shop-%%'`, perShop),
		`INSERT INTO product_variants (store_id, product_id, position, sku, option_values, price_minor)
			SELECT p.store_id, p.id, 1, 'sku-' || p.id, '{}', 49900 FROM products p JOIN stores s ON s.id = p.store_id WHERE s.handle LIKE 'shop-%'`,
	} {
		if _, err := s.db.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%.60s: %w", text, err)
		}
	}
	return s.waitIn(ctx, fmt.Sprintf("shop-%d", b.Stores), perShop)
}

// perShop is how many products the other stores have.
const perShop = 200

// measure asks with the texts in turn, after those that warm the engine up.
func (b *searching) measure(ctx context.Context, s *system, document string, texts []string) ([]time.Duration, error) {
	var times []time.Duration
	for i := range b.Warm + b.Requests {
		began := time.Now()
		if _, err := s.post(ctx, fmt.Sprintf(document, texts[i%len(texts)])); err != nil {
			return nil, err
		}
		if i >= b.Warm {
			times = append(times, time.Since(began))
		}
	}
	return times, nil
}
