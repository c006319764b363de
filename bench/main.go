// Command bench measures the whole system: it starts what it needs, drives it from outside, and prints a table.
//
// It never fails for a slow machine: it exits non-zero when a promise of correctness breaks, not when a figure misses its target.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type cli struct {
	Freshness freshness `cmd:"" help:"Commit → findable at light load, measured from the SQL commit by polling search."`
	Index     index     `cmd:"" help:"Commit → findable under load, bursts, a vast transaction, a takeover: the indexer's promises."`
	Import    imports   `cmd:"" help:"A catalogue file into Postgres, and the index catching up."`
	List      list      `cmd:"" help:"The storefront list under load: 20 products × 3 variants × 2 pictures."`
	Engine    engine    `cmd:"" help:"The query engine against gqlgen's own, from memory and from Postgres."`
	Page      page      `cmd:"" help:"A product page of 250 variants, of a product that has 250 and of one that has 2,048."`
	Backroom  backroom  `cmd:"" help:"Imports through the API: their rate, memory, and what neighbours notice of them."`
	Faithful  faithful  `cmd:"" help:"The whole index held against the database, at rest and beside writes, and what was lost put right."`
	Search    searching `cmd:"" help:"Searches with a text, facets and products, and suggestions, on Elasticsearch and on Postgres alone."`
	Till      till      `cmd:"" help:"Carts becoming orders: a race for the last units while servers are killed, decisions, rates."`
	Arm       arm       `cmd:"" hidden:"" help:"One of the servers that engine compares."`

	Binary string `default:"bin/kirana" help:"The kirana to measure."`
	JSON   string `placeholder:"FILE" help:"Keep the figures as JSON in FILE."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var c cli
	var s *system
	open := func() (_ *system, err error) {
		if s == nil {
			s, err = newSystem(c.Binary)
		}
		return s, err
	}
	r := &results{ctx: ctx, out: out}
	parser, err := kong.New(&c, kong.Name("bench"), kong.UsageOnError(), kong.Bind(r, opened(open)), kong.BindToProvider(open))
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	r.title = command.Command()
	err = command.Run()
	if s != nil {
		if stopErr := s.stop(context.WithoutCancel(ctx)); err == nil {
			err = stopErr
		}
	}
	if len(r.figures) == 0 {
		return err
	}
	return errors.Join(err, r.print(c.JSON)) // what was measured before something failed is worth its time
}
