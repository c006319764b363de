// Command conformance asks tools and clients of other people whether they agree with the published contract and with the
// program that serves it, and prints one line for each of them.
//
// It starts the true program on the demo stores. It never changes the contract, but for the manifest of documents, and
// that only when asked to.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type cli struct {
	Binary    string   `default:"bin/kirana" help:"The kirana to ask."`
	Dir       string   `default:"contract/conformance" help:"The folder of the scripts."`
	CI        bool     `help:"Fail where Node is missing, instead of skipping."`
	Update    bool     `help:"Publish the manifest of documents anew."`
	Only      []string `placeholder:"TOOL" help:"Ask these tools alone, by the names in the table."`
	Documents int      `default:"10000" help:"How many generated documents to validate on both sides."`
	Seed      uint64   `default:"1" help:"Where the generated documents begin; the same seed gives the same documents."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

var errFailed = errors.New("not everybody agrees")

func run(ctx context.Context, args []string) (err error) {
	var c cli
	parser, err := kong.New(&c, kong.Name("conformance"), kong.UsageOnError())
	if err != nil {
		return err
	}
	if _, err := parser.Parse(args); err != nil {
		return err
	}
	node := &node{dir: c.Dir}
	if err := node.install(ctx); err != nil {
		if missing, ok := errors.AsType[*missingError](err); ok && !c.CI {
			fmt.Printf("skipped: %v. With CI=true this is a failure.\n", missing)
			return nil
		}
		return err
	}
	system := newSystem(c.Binary)
	defer func() { err = errors.Join(err, system.stop()) }()
	return askAll(ctx, &c, suites(&c, node, system))
}

// askAll asks one tool after the other, so that their lines come in the order of the table.
func askAll(ctx context.Context, c *cli, all []suite) error {
	table := newTable(os.Stdout)
	for _, s := range all {
		if !s.wanted(c.Only) {
			continue
		}
		checks, err := s.ask(ctx)
		if err != nil {
			checks = append(checks, check{Name: "it runs to its end", Detail: err.Error()})
		}
		table.add(s, checks)
	}
	return table.end()
}
