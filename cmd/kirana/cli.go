package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/alecthomas/kong"

	"github.com/kirana-commerce/kirana/internal/telemetry"
)

const description = `Kirana is the commerce backend for small shops: one GraphQL API over stores, products and faceted search.

Start with "kirana dev": it runs everything on this machine, with three demo stores.`

// cli is the command line.
type cli struct {
	Dev     devCommand       `cmd:"" help:"Run everything on this machine: a private Postgres with a standby, Elasticsearch, the indexer and the API, with demo stores."`
	Serve   serveCommand     `cmd:"" help:"Serve the API on the databases and the search engine that are configured."`
	Index   indexCommand     `cmd:"" help:"Keep the search index equal to the database."`
	Migrate migrateCommand   `cmd:"" help:"Bring the database's schema up to date."`
	Import  importCommand    `cmd:"" help:"Bring catalogue files into a store."`
	Export  exportCommand    `cmd:"" help:"Write a store's catalogue to a file."`
	Verify  verifyCommand    `cmd:"" help:"Check that what is stored adds up."`
	Reindex reindexCommand   `cmd:"" help:"Fill a new generation of the search index, go back to the one before, or try refused documents again."`
	Drill   drillCommand     `cmd:"" help:"Prove on servers of its own that faults lose nothing."`
	Version kong.VersionFlag `help:"Print the version."`
}

// console is what a command talks to.
type console struct {
	ctx      context.Context //nolint:containedctx // kong passes values to commands; this is the process's
	out, err io.Writer
	mu       sync.Mutex // parts of kirana dev start at the same time, and each says so
}

// logger writes the log, one JSON object a line, to stderr.
func (c *console) logger(level slog.Level) *slog.Logger { return telemetry.NewLogger(c.err, level) }

// printf writes a line of the result.
func (c *console) printf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.out, format+"\n", args...)
}

// notef writes a line for people that is no result: progress, hints.
func (c *console) notef(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.err, format+"\n", args...)
}

// json writes a result for machines.
func (c *console) json(v any) error {
	e := json.NewEncoder(c.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// exitError ends the process with a code; what there was to say has been said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// version is the module's version as the Go tool recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return "kirana " + info.Main.Version
	}
	return "kirana"
}
