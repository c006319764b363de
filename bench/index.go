package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// index measures the way from a commit to a search under load, and what an indexer needs for it.
type index struct {
	Products int           `default:"100000" help:"The size of the catalogue, and of the burst."`
	Vast     int           `default:"1000000" help:"The products of one transaction."`
	Duration time.Duration `default:"20s" help:"How long each rate is measured."`
	Parts    []string      `default:"light,heavy,burst,takeover,rebuild,vast" enum:"light,heavy,burst,takeover,rebuild,vast" help:"What to measure."`
}

// The figures that the project promises on two cores.
const (
	lightRate, lightP50, lightP99 = 200, 60, 250 // documents/s, ms, ms
	heavyRate, heavyP99           = 5000, 1500
	recoveryLimit                 = 5    // s
	sustainedRate                 = 5000 // documents/s
	rssLimit                      = 300  // MB
	takeoverLimit                 = 3    // s
)

// Run measures on one system, from light load to heavy.
func (x *index) Run(s *system, r *results) error {
	if err := s.start(r.ctx); err != nil {
		return err
	}
	if err := s.serve(r.ctx); err != nil {
		return err
	}
	if err := x.fill(r.ctx, s); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "filling the index …")
	if err := s.index(r.ctx); err != nil {
		return err
	}
	p := &prober{s: s, products: x.Products}
	fmt.Fprintln(os.Stderr, "warming up …")
	if _, err := p.under(r.ctx, lightRate, x.Duration); err != nil {
		return err
	}
	for _, part := range []struct {
		name    string
		measure func(*results, *system, *prober) error
	}{
		{"light", x.light}, {"heavy", x.heavy}, {"burst", x.burst}, {"takeover", x.takeover}, {"rebuild", x.rebuild}, {"vast", x.vast},
	} {
		if !slices.Contains(x.Parts, part.name) {
			continue
		}
		if err := part.measure(r, s, p); err != nil {
			return err
		}
	}
	return nil
}

// fill writes the catalogue past the API: what is measured begins at the commit.
func (x *index) fill(ctx context.Context, s *system) error {
	fmt.Fprintf(os.Stderr, "writing %d products …\n", x.Products)
	for _, text := range []string{
		`INSERT INTO stores (handle, name, currency, status) VALUES ('bench', 'Bench', 'INR', 'PUBLISHED'), ('vast', 'Vast', 'INR', 'PUBLISHED')`,
		`INSERT INTO locations (store_id, name, is_default) SELECT id, 'Shop', true FROM stores s WHERE NOT EXISTS (SELECT FROM locations l WHERE l.store_id = s.id)`,
		fmt.Sprintf(`INSERT INTO products (store_id, handle, title, vendor, tags, description_html, status, published_at)
			SELECT 1, 'p-' || i, 'Cotton Kurta ' || i, 'Vendor ' || i %% 40, ARRAY['tag' || i %% 30, 'everyday'], '<p>Made to last. Item ' || i || '</p>', 'ACTIVE', now()
			FROM generate_series(1, %d) i`, x.Products),
		`INSERT INTO product_variants (store_id, product_id, position, sku, option_values, price_minor) SELECT store_id, id, 1, 'sku-' || id, '{M}', 49900 FROM products`,
		`VACUUM ANALYZE`,
	} {
		if _, err := s.db.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%.60s: %w", text, err)
		}
	}
	return nil
}

func (x *index) light(r *results, _ *system, p *prober) error {
	fmt.Fprintln(os.Stderr, "measuring light load …")
	f, err := p.under(r.ctx, lightRate, x.Duration)
	if err != nil {
		return err
	}
	r.tell("light load, in transactions of 20", f.reached, "documents/s")
	r.atMost("  commit → findable, one product, p50", quantile(f.alone, 0.5), "ms", lightP50)
	r.atMost("  commit → findable, one product, p99", quantile(f.alone, 0.99), "ms", lightP99)
	r.atMost("  commit → findable, a transaction, p99", quantile(f.crowds, 0.99), "ms", lightP99)
	return nil
}

func (x *index) heavy(r *results, _ *system, p *prober) error {
	fmt.Fprintln(os.Stderr, "measuring heavy load …")
	f, err := p.under(r.ctx, heavyRate, x.Duration)
	if err != nil {
		return err
	}
	r.tell("heavy load, in transactions of 500", f.reached, "documents/s")
	r.tell("  commit → findable, one product, p50", quantile(f.alone, 0.5), "ms")
	r.atMost("  commit → findable, one product, p99", quantile(f.alone, 0.99), "ms", heavyP99)
	r.tell("  commit → findable, a transaction, p50", quantile(f.crowds, 0.5), "ms")
	r.atMost("  commit → findable, a transaction, p99", quantile(f.crowds, 0.99), "ms", heavyP99)
	r.atMost("  commit → findable, the last transaction", f.last.Seconds()*1000, "ms", heavyP99)
	return nil
}

// burst changes everything at once, and waits for the last change of it; and once more, until another change is found as soon as under
// light load.
func (x *index) burst(r *results, s *system, p *prober) error {
	fmt.Fprintln(os.Stderr, "measuring a burst …")
	before, err := s.shares()
	if err != nil {
		return err
	}
	last, written, err := p.all(r.ctx)
	if err != nil {
		return err
	}
	lag, err := p.find(r.ctx, last)
	if err != nil {
		return err
	}
	after, err := s.shares()
	if err != nil {
		return err
	}
	changed, took := float64(x.Products-probed), (written + lag).Seconds()
	r.tell("burst: committed", changed/written.Seconds(), "documents/s")
	r.atLeast("  sustained, until the last can be found", changed/took, "documents/s", sustainedRate)
	for i, name := range []string{"indexer", "Postgres", "Elasticsearch"} {
		r.tell("  processors used by "+name, (after[i]-before[i]).Seconds()/took, "")
	}
	if last, _, err = p.all(r.ctx); err != nil {
		return err
	}
	recovered, lag, err := p.recovered(r.ctx)
	if err != nil {
		return err
	}
	r.atMost("  after its last commit, until a change of one product is found as under light load", recovered.Seconds(), "s", recoveryLimit)
	r.tell("  … which was found after", lag.Seconds()*1000, "ms")
	if lag, err = p.find(r.ctx, last); err == nil {
		r.tell("  … and the last change of the burst", lag.Seconds(), "s")
	}
	return err
}

// takeover lets a second indexer stand by, kills the first, and waits for a change that is committed then.
func (x *index) takeover(r *results, s *system, p *prober) error {
	fmt.Fprintln(os.Stderr, "measuring a takeover …")
	second, err := s.background(r.ctx, nil, "index")
	if err != nil {
		return err
	}
	time.Sleep(2 * time.Second) // until it stands by
	if err := s.indexer.kill(); err != nil {
		return err
	}
	lag, err := p.one(r.ctx)
	s.indexer = second
	r.atMost("takeover: change committed after kill -9 is found", lag.Seconds(), "s", takeoverLimit)
	return err
}

// vast writes many products in one transaction, and looks at the indexer's memory until all are indexed.
func (x *index) vast(r *results, s *system, p *prober) error {
	fmt.Fprintf(os.Stderr, "writing %d products in one transaction …\n", x.Vast)
	if _, err := s.db.ExecContext(r.ctx, `INSERT INTO products (store_id, handle, title, status, published_at)
		SELECT 2, 'v-' || i, 'Vast ' || i, 'ACTIVE', now() FROM generate_series(1, $1::int) i`, x.Vast); err != nil {
		return err
	}
	started := time.Now()
	if _, err := p.one(r.ctx); err != nil { // it overtakes
		return err
	}
	r.tell("vast transaction: a change that comes next is found after", time.Since(started).Seconds(), "s")
	if err := s.waitIn(r.ctx, "vast", x.Vast); err != nil {
		return err
	}
	r.tell("vast transaction: indexed", float64(x.Vast)/time.Since(started).Seconds(), "documents/s")
	peak, err := peakMemory(s.indexer.cmd.Process.Pid)
	r.atMost("vast transaction: the indexer's peak memory", peak, "MB", rssLimit)
	return err
}

// shares are the CPU times that indexer, Postgres and Elasticsearch have used.
func (s *system) shares() (used [3]time.Duration, err error) {
	primary, err := postmaster(filepath.Join(s.dir, "postgres", "primary"))
	if err != nil {
		return used, err
	}
	engine, err := engineProcess(s.dir)
	if err != nil {
		return used, err
	}
	for i, pid := range []int{s.indexer.cmd.Process.Pid, primary, engine} {
		if used[i], err = treeTime(pid); err != nil {
			return used, err
		}
	}
	return used, nil
}
