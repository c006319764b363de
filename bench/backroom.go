package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// backroom measures imports through the API, and what other stores notice of them.
type backroom struct {
	Products   int           `default:"100000" help:"The size of the catalogue, with 3 variants each."`
	Neighbours int           `default:"1000" help:"The size of the other store's catalogue."`
	Window     time.Duration `default:"20s" help:"How long the other store is watched while nobody imports."`
}

// The figures that the project promises on two cores.
const (
	apiShare         = 0.7 // of the command line's rate
	serverMemory     = 200 // MB
	neighbourReads   = 1.1 // p99 with an import ÷ without
	neighbourLagMore = 1000
)

const neighbour = "corner"

// Run imports by the command line and through the API, and watches a neighbour with and without an import.
func (b *backroom) Run(s *system, r *results) error {
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
	m, err := newMerchant(r.ctx, s)
	if err != nil {
		return err
	}
	rate, err := b.byHand(s, r, file)
	if err != nil {
		return err
	}
	if err := b.throughAPI(s, r, m, file, rate); err != nil {
		return err
	}
	return b.beside(s, r, m, file)
}

// byHand imports by the command line, the indexer running as it does later, and returns the rate.
func (b *backroom) byHand(s *system, r *results, file string) (float64, error) {
	fmt.Fprintf(os.Stderr, "importing %d products by the command line …\n", b.Products)
	rate, err := (&imports{Products: b.Products}).into(s, r, "by-hand", file, "created", "--publish")
	if err != nil {
		return 0, err
	}
	r.tell("import by the command line", rate, "products/s")
	return rate, s.waitIn(r.ctx, "by-hand", b.Products)
}

// throughAPI imports the same file by an upload, and waits until every product can be found.
func (b *backroom) throughAPI(s *system, r *results, m *merchant, file string, byHand float64) error {
	fmt.Fprintf(os.Stderr, "importing %d products through the API …\n", b.Products)
	if err := m.open(r.ctx, benchHandle); err != nil {
		return err
	}
	begun := time.Now()
	upload, err := m.upload(r.ctx, benchHandle, file)
	if err != nil {
		return err
	}
	sent := time.Since(begun)
	job, err := m.imports(r.ctx, benchHandle, upload)
	if err != nil {
		return err
	}
	took, err := m.wait(r.ctx, benchHandle, job, b.Products)
	if err != nil {
		return err
	}
	if err := s.waitFor(r.ctx, b.Products); err != nil {
		return err
	}
	all := time.Since(begun)
	rate := float64(b.Products) / took.Seconds()
	r.tell("import through the API", rate, "products/s")
	r.atLeast("through the API ÷ by the command line", rate/byHand, "×", apiShare)
	r.tell("sent, imported, indexed and searchable", all.Seconds(), "s")
	r.tell("  sending the file", sent.Seconds(), "s")
	r.tell("  importing it", took.Seconds(), "s")
	r.tell("  the index catching up after it", (all - sent - took).Seconds(), "s")
	peak, err := peakMemory(s.api.cmd.Process.Pid)
	if err != nil {
		return err
	}
	r.atMost("the server's memory at its peak", peak, "MB", serverMemory)
	return nil
}

// beside watches a neighbour's reads and freshness, first alone and then while another store imports.
func (b *backroom) beside(s *system, r *results, m *merchant, file string) error {
	small, err := s.writeCatalogue(b.Neighbours)
	if err != nil {
		return err
	}
	if _, err := (&imports{Products: b.Neighbours}).into(s, r, neighbour, small, "created", "--publish"); err != nil {
		return err
	}
	if err := s.waitIn(r.ctx, neighbour, b.Neighbours); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "watching a neighbour …")
	alone, stop := context.WithTimeout(r.ctx, b.Window)
	before, err := watch(alone, r.ctx, s, 0)
	stop()
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "watching it while another store imports …")
	if err := m.open(r.ctx, "loud"); err != nil {
		return err
	}
	upload, err := m.upload(r.ctx, "loud", file)
	if err != nil {
		return err
	}
	during, done := context.WithCancel(r.ctx)
	imported := make(chan error, 1)
	go func() {
		defer done()
		job, err := m.imports(r.ctx, "loud", upload)
		if err == nil {
			_, err = m.wait(r.ctx, "loud", job, b.Products)
		}
		imported <- err
	}()
	beside, err := watch(during, r.ctx, s, 1_000_000)
	if importErr := <-imported; err == nil {
		err = importErr
	}
	if err != nil {
		return err
	}
	r.tell("a neighbour's reads alone, p99", quantile(before.reads, 0.99), "ms")
	r.tell("beside an import, p99", quantile(beside.reads, 0.99), "ms")
	r.atMost("beside ÷ alone", quantile(beside.reads, 0.99)/quantile(before.reads, 0.99), "×", neighbourReads)
	r.tell("a neighbour's freshness alone, p99", quantile(before.lags, 0.99), "ms")
	r.tell("beside an import, p99 ", quantile(beside.lags, 0.99), "ms")
	r.atMost("more than alone", quantile(beside.lags, 0.99)-quantile(before.lags, 0.99), "ms", neighbourLagMore)
	return nil
}
