package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// index measures the way from a commit to a search under load, and what an indexer needs for it.
type index struct {
	Products int           `default:"100000" help:"The size of the catalogue, and of the burst."`
	Vast     int           `default:"1000000" help:"The products of one transaction."`
	Duration time.Duration `default:"20s" help:"How long each rate is measured."`
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
	first, err := s.index(r.ctx)
	if err != nil {
		return err
	}
	p := &prober{s: s, products: x.Products}
	if _, err := p.one(r.ctx); err != nil {
		return err
	}
	for _, measure := range []func(*results, *system, *prober) error{x.light, x.heavy, x.burst} {
		if err := measure(r, s, p); err != nil {
			return err
		}
	}
	if err := x.takeover(r, s, p, first); err != nil {
		return err
	}
	if err := x.rebuild(r, s, p); err != nil {
		return err
	}
	return x.vast(r, s, p)
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

// probed is how many products, the last of the catalogue, change by probes alone, each in its turn: where an earlier change of the same
// product waits, what is found is the row as it stands, before its own commit's turn has come.
const probed = 1000

// prober commits a change of a product and searches until it is found.
type prober struct {
	s        *system
	products int
	n        int
}

func (p *prober) one(ctx context.Context) (time.Duration, error) {
	p.n++
	word := fmt.Sprintf("fresh%dword", p.n)
	if _, err := p.s.db.ExecContext(ctx, `UPDATE products SET title = $1 WHERE store_id = 1 AND handle = $2`,
		word, fmt.Sprintf("p-%d", p.products-p.n%probed)); err != nil {
		return 0, err
	}
	for committed := time.Now(); time.Since(committed) < 10*time.Minute; time.Sleep(2 * time.Millisecond) {
		n, err := p.s.count(ctx, word)
		if lag := time.Since(committed); err == nil && n > 0 {
			return lag, nil
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	return 0, fmt.Errorf("%s was not found within ten minutes", word)
}

// under probes while products change at a rate, and returns the lags and the rate that was reached.
func (p *prober) under(ctx context.Context, products, rate int, d time.Duration) (lags []time.Duration, reached float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var changed atomic.Int64
	failed := make(chan error, 1)
	started := time.Now()
	go func() { failed <- p.s.change(ctx, products, rate, &changed) }()
	for ctx.Err() == nil {
		lag, err := p.one(context.WithoutCancel(ctx))
		if err != nil {
			return nil, 0, err
		}
		lags = append(lags, lag)
		time.Sleep(20 * time.Millisecond)
	}
	err = <-failed
	return lags, float64(changed.Load()) / time.Since(started).Seconds(), err
}

// change changes products at a rate until ctx ends, in ten transactions a second.
func (s *system) change(ctx context.Context, products, rate int, changed *atomic.Int64) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for at := 2; ; at += rate / 10 {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		first := 2 + at%(products-probed-rate/10-2)
		_, err := s.db.ExecContext(context.WithoutCancel(ctx),
			`UPDATE product_variants SET price_minor = price_minor % 100000 + 1 WHERE store_id = 1 AND product_id >= $1 AND product_id < $2`, first, first+rate/10)
		if err != nil {
			return err
		}
		changed.Add(int64(rate / 10))
	}
}

func (x *index) light(r *results, _ *system, p *prober) error {
	fmt.Fprintln(os.Stderr, "measuring light load …")
	lags, reached, err := p.under(r.ctx, x.Products, lightRate, x.Duration)
	if err != nil {
		return err
	}
	r.tell("light load", reached, "documents/s")
	r.atMost("  commit → findable, p50", quantile(lags, 0.5), "ms", lightP50)
	r.atMost("  commit → findable, p99", quantile(lags, 0.99), "ms", lightP99)
	return nil
}

func (x *index) heavy(r *results, _ *system, p *prober) error {
	fmt.Fprintln(os.Stderr, "measuring heavy load …")
	lags, reached, err := p.under(r.ctx, x.Products, heavyRate, x.Duration)
	if err != nil {
		return err
	}
	r.tell("heavy load", reached, "documents/s")
	r.tell("  commit → findable, p50", quantile(lags, 0.5), "ms")
	r.atMost("  commit → findable, p99", quantile(lags, 0.99), "ms", heavyP99)
	return nil
}

// burst changes everything at once, and waits until a change is found as soon as under light load.
func (x *index) burst(r *results, s *system, p *prober) error {
	fmt.Fprintln(os.Stderr, "measuring a burst …")
	before, err := s.shares()
	if err != nil {
		return err
	}
	started := time.Now()
	const page = 500
	for at := 1; at <= x.Products-probed; at += page {
		_, err := s.db.ExecContext(r.ctx, `UPDATE product_variants SET price_minor = price_minor % 100000 + 1 WHERE store_id = 1 AND product_id >= $1 AND product_id < $2`, at, at+page)
		if err != nil {
			return err
		}
	}
	ended := time.Now()
	if _, err := p.one(r.ctx); err != nil { // it stands behind the burst
		return err
	}
	took := time.Since(started)
	after, err := s.shares()
	if err != nil {
		return err
	}
	for {
		lag, err := p.one(r.ctx)
		if err != nil {
			return err
		}
		if lag <= lightP99*time.Millisecond {
			break
		}
	}
	r.atMost("burst: until a change is found as under light load", time.Since(ended).Seconds(), "s", recoveryLimit)
	r.atLeast("burst: sustained", float64(x.Products-probed)/took.Seconds(), "documents/s", sustainedRate)
	for i, name := range []string{"indexer", "Postgres", "Elasticsearch"} {
		r.tell("  processors used by "+name, (after[i]-before[i]).Seconds()/took.Seconds(), "")
	}
	return nil
}

// takeover lets a second indexer stand by, kills the first, and waits for a change that is committed then.
func (x *index) takeover(r *results, s *system, p *prober, first *child) error {
	fmt.Fprintln(os.Stderr, "measuring a takeover …")
	second, err := s.background(r.ctx, nil, "index")
	if err != nil {
		return err
	}
	time.Sleep(2 * time.Second) // until it stands by
	if err := first.kill(); err != nil {
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
