package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lib/pq"
)

// till measures how carts become orders, and whether any unit is sold twice while servers are killed.
type till struct {
	Buyers      int           `default:"1000" help:"How many want the same product at once."`
	Units       int           `default:"10" help:"How many there are of it."`
	Kills       int           `default:"20" help:"How often a server is killed in the middle of that."`
	Connections int           `default:"64" help:"How many buyers are measured at the same time."`
	Products    int           `default:"1000" help:"How many products there are where each buyer wants another."`
	Rounds      int           `default:"3" help:"How many times each rate is measured; the table shows medians and ranges."`
	Duration    time.Duration `default:"5s" help:"How long a round lasts."`
	Holds       int           `default:"500" help:"How many orders are not paid in time, all at once."`
}

// The figures that the project promises on two cores.
const (
	decisionLimit = 150 // ms, p99
	tillShare     = 0.6 // of pgbench's orders/s
	hotRate       = 300 // orders/s
)

// Run lets the buyers race, then measures decisions, then rates.
func (t *till) Run(s *system, r *results) error {
	fmt.Fprintln(os.Stderr, "starting Postgres …")
	if err := s.startPostgres(r.ctx, false); err != nil {
		return err
	}
	f, err := t.fill(r.ctx, s)
	if err != nil {
		return err
	}
	if err := t.race(r, f); err != nil {
		return err
	}
	if err := t.decisions(r, f); err != nil {
		return err
	}
	if err := t.rates(r, f); err != nil {
		return err
	}
	return t.lapses(r, f)
}

// race is the part that may fail: it is about what is right, not about what is fast.
func (t *till) race(r *results, f *floor) error {
	fmt.Fprintf(os.Stderr, "%d buyers of %d units, %d kills …\n", t.Buyers, t.Units, t.Kills)
	race := &race{buyers: t.Buyers, units: t.Units, kills: t.Kills, checkout: f.checkout, variant: f.raced}
	decisions, took, err := race.run(r.ctx)
	if err != nil {
		return err
	}
	outcome, err := race.outcome(r.ctx)
	if err != nil {
		return err
	}
	if err := race.verify(decisions, outcome); err != nil {
		return err
	}
	if out, err := f.checkout.s.kirana(r.ctx, "verify", "--inventory", "--books"); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	race.tell(r, decisions, outcome, took)
	return nil
}

// floor is a store with what the buyers want in it.
type floor struct {
	checkout *checkout
	// raced is the variant that they race for, scarce one of which most get none, hot one that all want and get, own are many.
	raced, scarce, hot int64
	own                []int64
}

// plenty is a stock that does not end.
const plenty = 10_000_000

// fill opens the store.
func (t *till) fill(ctx context.Context, s *system) (*floor, error) {
	if err := t.number(ctx, s); err != nil {
		return nil, err
	}
	if err := s.serve(ctx); err != nil {
		return nil, err
	}
	file := filepath.Join(s.dir, "till.csv")
	if err := os.WriteFile(file, []byte(t.csv()), 0o600); err != nil {
		return nil, err
	}
	if _, err := s.kirana(ctx, "import", "--store", benchHandle, "--publish", "--json", file); err != nil {
		return nil, err
	}
	f := &floor{}
	var store int64
	var numbered bool
	err := s.db.QueryRowContext(ctx, `
SELECT max(v.store_id), max(v.id) FILTER (WHERE v.sku = 'raced'), max(v.id) FILTER (WHERE v.sku = 'scarce'), max(v.id) FILTER (WHERE v.sku = 'hot'),
    array_agg(v.id ORDER BY v.id) FILTER (WHERE v.sku LIKE 'own-%'), bool_and(v.id - v.product_id = $1)
FROM product_variants v`, firstVariant-firstProduct).Scan(&store, &f.raced, &f.scarce, &f.hot, (*pq.Int64Array)(&f.own), &numbered)
	if err == nil && (!numbered || f.own[len(f.own)-1]-f.own[0] != int64(len(f.own)-1)) {
		err = errors.New("the products are not numbered in one row, as the script for pgbench has them")
	}
	if err != nil {
		return nil, err
	}
	f.checkout, err = newCheckout(ctx, s, store, f.raced)
	return f, err
}

// csv is a product export of products with one variant each.
func (t *till) csv() string {
	var b strings.Builder
	b.WriteString("Handle,Title,Published,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Status\n")
	product := func(handle string, units int) {
		fmt.Fprintf(&b, "%s,Product %s,true,%s,shopify,%d,deny,499.00,active\n", handle, handle, handle, units)
	}
	product("raced", t.Units)
	product("scarce", t.Units)
	product("hot", plenty)
	for i := range t.Products {
		product(fmt.Sprintf("own-%d", i), plenty)
	}
	return b.String()
}
