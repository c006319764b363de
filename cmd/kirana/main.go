// Command kirana is the whole of Kirana in one binary: `kirana dev` runs all of it on one machine, the other subcommands
// run its parts and its tools.
//
// It never holds logic: every file wires one subcommand.
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

	"github.com/kirana-commerce/kirana/internal/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line and returns its exit code: 0 done, 1 failed, 2 a command line that cannot be understood;
// commands may have codes of their own. Results go to stdout, everything else to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c, kong.Name("kirana"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code }), config.Vars(), kong.Vars{"version": version()})
	if err != nil {
		panic(err) // a mistake in the cli struct
	}
	command, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintf(stderr, "kirana: %v\nkirana --help lists the commands, kirana COMMAND --help explains one.\n", err)
		return 2
	}
	err = command.Run(&console{ctx: ctx, out: stdout, err: stderr})
	if code, ok := errors.AsType[exitError](err); ok {
		return int(code)
	}
	if err != nil {
		fmt.Fprintf(stderr, "kirana: %v\n", err)
		return 1
	}
	return 0
}
