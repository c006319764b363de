package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// faithful measures how long it takes to hold the whole index against the database, and to put right what is wrong with it.
type faithful struct {
	Products int `default:"100000" help:"The size of the catalogue, with 3 variants each."`
	Lost     int `default:"100" help:"How many documents are deleted behind the indexer's back."`
	Writes   int `default:"100" help:"How many products a second are changed meanwhile."`
}

// The figures that the project promises on two cores.
const (
	repairSeconds = 60
	verifyMemory  = 150 // MB
)

// Run verifies at rest, beside writes, and after documents were lost. A false alarm or a loss that is not found ends it.
func (f *faithful) Run(s *system, r *results) error {
	if err := f.prepare(s, r); err != nil {
		return err
	}
	quiet, err := verifyIndex(s, r)
	if err != nil {
		return err
	}
	if err := f.expect(quiet, 0); err != nil {
		return err
	}
	r.tell("verify at rest", float64(f.Products)/quiet.Seconds, "products/s")
	r.tell("  all products", quiet.Seconds, "s")

	changing, stop := context.WithCancel(r.ctx)
	changed := make(chan error, 1)
	go func() { changed <- f.change(changing, s) }()
	busy, err := verifyIndex(s, r)
	if err == nil {
		err = f.expect(busy, 0)
	}
	if err != nil {
		stop()
		return errors.Join(err, <-changed)
	}
	r.tell("verify beside writes", float64(f.Products)/busy.Seconds, "products/s")
	r.tell("  looked at twice", float64(busy.Suspects), "")

	err = f.lose(r.ctx, s)
	began := time.Now()
	var repaired verified
	if err == nil {
		repaired, err = verifyIndex(s, r, "--repair")
	}
	took := time.Since(began)
	stop()
	if err = errors.Join(err, <-changed); err != nil {
		return err
	}
	if err := f.expect(repaired, f.Lost); err != nil {
		return err
	}
	r.atMost("lost documents found and repaired, beside writes", took.Seconds(), "s", repairSeconds)
	r.atMost("memory of a verification at its peak", max(quiet.peak, busy.peak, repaired.peak), "MB", verifyMemory)
	last, err := verifyIndex(s, r)
	if err != nil {
		return err
	}
	return f.expect(last, 0)
}

// prepare brings the catalogue into the database and the index.
func (f *faithful) prepare(s *system, r *results) error {
	if err := s.start(r.ctx); err != nil {
		return err
	}
	if err := s.serve(r.ctx); err != nil {
		return err
	}
	if err := s.index(r.ctx); err != nil {
		return err
	}
	file, err := s.writeCatalogue(f.Products)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "importing %d products …\n", f.Products)
	if _, err := s.kirana(r.ctx, "import", "--store", benchHandle, "--publish", "--json", file); err != nil {
		return err
	}
	return s.waitFor(r.ctx, f.Products)
}

// verified is what kirana verify --index --json prints, and the memory it took.
type verified struct {
	Checked  int     `json:"checked"`
	Suspects int     `json:"suspects"`
	Missing  int     `json:"missing"`
	Stale    int     `json:"stale"`
	Orphans  int     `json:"orphans"`
	Repaired int     `json:"repaired"`
	Seconds  float64 `json:"seconds"`
	peak     float64 // MB
}

// verifyIndex verifies once. Exit code 3 says that there were differences.
func verifyIndex(s *system, r *results, flags ...string) (v verified, err error) {
	fmt.Fprintln(os.Stderr, "verifying …")
	cmd := s.command(r.ctx, append([]string{"verify", "--index", "--json"}, flags...)...)
	out, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && failed.ExitCode() == 3 {
		err = nil
	}
	if err != nil {
		return v, fmt.Errorf("kirana verify: %w", err)
	}
	var report struct {
		Index verified `json:"index"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return v, err
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		report.Index.peak = float64(usage.Maxrss) / 1024
	}
	return report.Index, nil
}

// expect says what is wrong with a report: something was reported that nobody lost, or something that was lost was not.
func (f *faithful) expect(v verified, lost int) error {
	if v.Checked != f.Products || v.Missing != lost || v.Stale != 0 || v.Orphans != 0 || v.Repaired != lost {
		return fmt.Errorf("%w: %d documents were lost of %d, and it reports %+v", errUnfaithful, lost, f.Products, v)
	}
	return nil
}

var errUnfaithful = errors.New("the verification is wrong")

// change writes products with odd numbers at random until ctx ends: a write heals what was lost.
func (f *faithful) change(ctx context.Context, s *system) error {
	tick := time.NewTicker(time.Second / time.Duration(f.Writes))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		_, err := s.db.ExecContext(ctx, `UPDATE product_variants SET price_minor = price_minor + 1 WHERE product_id =
			(SELECT id FROM products WHERE store_id = (SELECT id FROM stores WHERE handle = $1) AND handle = $2)`,
			benchHandle, fmt.Sprintf("p-%d", rand.IntN(f.Products/2)*2+1)) //nolint:gosec // a load, no secret
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// lose deletes documents of products with even numbers at random.
func (f *faithful) lose(ctx context.Context, s *system) error {
	rows, err := s.db.QueryContext(ctx, `SELECT store_id, id FROM products WHERE handle ~ '[02468]$' ORDER BY random() LIMIT $1`, f.Lost)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // it was only read
	var body strings.Builder
	for rows.Next() {
		var store, id int64
		if err := rows.Scan(&store, &id); err != nil {
			return err
		}
		fmt.Fprintf(&body, `{"delete":{"_id":"%d-%d","routing":"%d"}}`+"\n", store, id, store)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.elastic.URL()+"/kirana-products/_bulk?refresh=true", strings.NewReader(body.String()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	return res.Body.Close()
}
