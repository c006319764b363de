package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// imports measures a catalogue file on its way into Postgres and into the index.
type imports struct {
	Products int `default:"20000" help:"The size of the catalogue."`
}

// The rates that the project promises on two cores.
const (
	importRate = 2000
	indexRate  = 3000
)

// Run imports with the indexer off, then lets it catch up, then imports again with everything running.
func (i *imports) Run(s *system, r *results) error {
	if err := s.start(r.ctx); err != nil {
		return err
	}
	if err := s.serve(r.ctx); err != nil {
		return err
	}
	// The indexer makes its slot and its index, and goes: what follows waits for it in the log.
	if err := s.index(r.ctx); err != nil {
		return err
	}
	file, err := s.writeCatalogue(i.Products)
	if err != nil {
		return err
	}
	if _, err := s.db.ExecContext(r.ctx, `INSERT INTO stores (handle, name, currency, status) VALUES ('bench', 'Bench', 'INR', 'PUBLISHED')`); err != nil {
		return err
	}
	if err := s.waitFor(r.ctx, 0); err != nil {
		return err
	}
	if err := s.indexer.stop(); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "importing %d products …\n", i.Products)
	rate, err := i.once(s, r, file, "created")
	if err != nil {
		return err
	}
	r.atLeast("import, 3 variants each", rate, "products/s", importRate)

	fmt.Fprintln(os.Stderr, "letting the index catch up …")
	started := time.Now()
	if err := s.index(r.ctx); err != nil {
		return err
	}
	if err := s.waitFor(r.ctx, i.Products); err != nil {
		return err
	}
	r.atLeast("index catching up", float64(i.Products)/time.Since(started).Seconds(), "documents/s", indexRate)

	if rate, err = i.once(s, r, file, "unchanged"); err != nil {
		return err
	}
	r.tell("import again, nothing changed", rate, "products/s")
	return nil
}

// once imports the file and returns the rate. Every product must have the outcome.
func (i *imports) once(s *system, r *results, file, outcome string) (float64, error) {
	return i.into(s, r, benchHandle, file, outcome)
}

// into imports the file into a store.
func (i *imports) into(s *system, r *results, store, file, outcome string, flags ...string) (float64, error) {
	out, err := s.kirana(r.ctx, append([]string{"import", "--store", store, "--json", file}, flags...)...)
	if err != nil {
		return 0, err
	}
	var reports []map[string]any
	if err := json.Unmarshal(out, &reports); err != nil || len(reports) != 1 {
		return 0, fmt.Errorf("read the report of the import: %w", err)
	}
	if n, _ := reports[0][outcome].(float64); int(n) != i.Products {
		return 0, fmt.Errorf("%v of %d products were %s", reports[0][outcome], i.Products, outcome)
	}
	elapsed, _ := reports[0]["elapsedNs"].(float64)
	return float64(i.Products) / (elapsed / float64(time.Second)), nil
}
