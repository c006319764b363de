package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/indexer/indexertest"
	"github.com/kirana-commerce/kirana/internal/devstack"
	"github.com/kirana-commerce/kirana/internal/lifecycle"
	"github.com/kirana-commerce/kirana/search"
)

type drillCommand struct {
	Index      drillIndexCommand  `cmd:"" help:"Change a catalogue at random while indexer, database and search engine fail, then compare the index with the database."`
	SearchDown drillSearchCommand `cmd:"" name:"search-down" help:"Kill the search engine under load: every search is answered, and it is asked again after its return."`
}

type drillIndexCommand struct {
	Minutes float64       `default:"3" help:"How long to go on. Everything goes wrong once at least."`
	Seed    uint64        `help:"Repeat the choices of a run that printed this seed. 0 takes a new one."`
	Writers int           `default:"6" help:"How many write at the same time."`
	Pause   time.Duration `default:"10ms" help:"How long each waits between two transactions."`
	JSON    bool          `help:"Print the result as JSON."`
}

// Help is shown by kirana drill index --help.
func (*drillIndexCommand) Help() string {
	return `A private Postgres and search engine are started in a folder for temporary files; no shop of yours is touched. Writers change products, variants, options,
stock and collections at random: transactions that overlap, roll back, move rows, touch thousands of products, or alter tables. Meanwhile
"kirana index" runs as a process of its own behind a proxy that delays, loses, repeats and cuts requests and refuses items; it is killed
with signal 9, also in the middle of requests and while the alias moves; Postgres crashes, drops the replication slot, and has commits
wait for a standby. Every few faults all becomes quiet, and every document is compared with what the database says.

The seed fixes what is chosen, not the moments at which processes meet: a run with the same seed is alike, not equal.

Exit code 0: no document differed. 1: some did, or the drill could not be held.

  kirana drill index --minutes 3
  kirana drill index --minutes 0.5 --seed 42 --json`
}

// Run holds the drill, and cleans up after it, also when it is told to end.
func (d *drillIndexCommand) Run(c *console) (err error) {
	if d.Seed == 0 {
		d.Seed = uint64(time.Now().UnixNano())
	}
	c.notef("seed %d", d.Seed)
	dir, err := os.MkdirTemp("", "kirana-drill-")
	if err != nil {
		return fmt.Errorf("make a folder for the drill: %w", err)
	}
	stack := lifecycle.NewStack(stopTimeout)
	stack.Push("folder", func(context.Context) error { return os.RemoveAll(dir) })
	defer func() {
		stopped := stack.Stop(context.WithoutCancel(c.ctx))
		if c.ctx.Err() == nil {
			err = errors.Join(err, stopped)
		}
	}()
	ground := &drillGround{c: c, dir: dir, stack: stack}
	storm, err := ground.prepare(d)
	if err != nil {
		return err
	}
	report, err := d.hold(c, storm)
	if err != nil {
		return err
	}
	return report.print(c, d.JSON)
}

// hold goes through rounds until the time is over and everything has gone wrong once.
func (d *drillIndexCommand) hold(c *console, s *indexertest.Storm) (*drillReport, error) {
	r := &drillReport{Seed: d.Seed}
	started := time.Now()
	for r.Rounds < s.Rounds() || time.Since(started).Minutes() < d.Minutes {
		o, err := s.Round(c.ctx)
		if err != nil {
			return nil, fmt.Errorf("round %d, seed %d: %w", r.Rounds+1, d.Seed, err)
		}
		r.Rounds++
		r.Documents += o.Documents
		r.Drift += len(o.Differences)
		r.Differences = append(r.Differences, o.Differences...)
		r.Quiet = append(r.Quiet, milliseconds(o.Quiet))
		c.notef("%4.0f s  round %d: %v; %d commits, %d documents compared, drift %d, quiet after %.1f s",
			time.Since(started).Seconds(), r.Rounds, o.Happened, s.Commits(), o.Documents, len(o.Differences), o.Quiet.Seconds())
	}
	r.Seconds, r.Commits, r.Faults = time.Since(started).Seconds(), s.Commits(), s.Faults.Counts()
	r.fresh(s.Probe)
	return r, nil
}

// drillGround is the servers of a drill.
type drillGround struct {
	c     *console
	dir   string
	stack *lifecycle.Stack

	postgres *devstack.Postgres
	elastic  *devstack.Elasticsearch
}

// servers starts Postgres, with the schema, and the search engine. Each is stopped as it is then.
func (g *drillGround) servers() error {
	group := lifecycle.NewGroup(g.c.ctx)
	group.Go("postgres", g.startPostgres)
	group.Go("elasticsearch", g.startElasticsearch)
	started := group.Wait()
	if g.postgres != nil {
		g.stack.Push("postgres", func(ctx context.Context) error { return g.postgres.Stop(ctx) })
	}
	if g.elastic != nil {
		g.stack.Push("elasticsearch", func(ctx context.Context) error { return g.elastic.Stop(ctx) })
	}
	if started != nil {
		return started
	}
	database, err := db.Open(g.postgres.URL(), nil, db.Options{})
	if err != nil {
		return err
	}
	_, err = database.Migrate(g.c.ctx)
	return errors.Join(err, database.Close())
}

// prepare starts the servers and the indexer.
func (g *drillGround) prepare(d *drillIndexCommand) (*indexertest.Storm, error) {
	if err := g.servers(); err != nil {
		return nil, err
	}
	database, err := db.Open(g.postgres.URL(), nil, db.Options{})
	if err != nil {
		return nil, err
	}
	g.stack.Push("connections", func(context.Context) error { return database.Close() })
	plain, err := sql.Open("postgres", g.postgres.URL())
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	g.stack.Push("writers' connections", func(context.Context) error { return plain.Close() })
	return g.storm(d, database, plain)
}

// storm puts the drill together and starts the indexer.
func (g *drillGround) storm(d *drillIndexCommand, database *db.DB, plain *sql.DB) (*indexertest.Storm, error) {
	catalogue, err := indexertest.NewCatalogue(g.c.ctx, plain)
	if err != nil {
		return nil, err
	}
	faults := indexertest.NewFaults(g.elastic.URL(), d.Seed)
	g.stack.Push("faults", func(context.Context) error { faults.Close(); return nil })
	proxy, err := faults.Proxy()
	if err != nil {
		return nil, err
	}
	g.stack.Push("proxy", func(context.Context) error { proxy.Close(); return nil })
	child := &drilled{faults: faults}
	if child.child, err = newChild("index", []string{
		"DATABASE_URL=" + g.postgres.URL(), "ELASTICSEARCH_URL=" + proxy.URL, "DATABASE_REPLICA_URLS=", "KIRANA_LOG_LEVEL=ERROR",
	}); err != nil {
		return nil, err
	}
	if err := child.Start(); err != nil {
		return nil, err
	}
	g.stack.Push("indexer", func(context.Context) error { return child.Kill() })
	position := indexertest.Database{SQL: plain, Slot: indexer.DefaultSlot}
	s := &indexertest.Storm{
		Seed: d.Seed, Catalogue: catalogue, Database: position, Faults: faults, Indexer: child, Writers: d.Writers, Pause: d.Pause,
		Oracle: indexertest.Oracle{DB: plain, Documents: database, Engine: g.elastic.URL(), Alias: search.Alias},
		Edges: []indexertest.Edge{
			indexertest.BeforeBulk, indexertest.AfterBulk, indexertest.BeforeRefresh, indexertest.AfterRefresh,
		},
		Crash: g.crash, Searchable: position.Searchable,
		Refused: func(ctx context.Context) (string, error) {
			k, err := database.Walk(ctx, indexer.DefaultSlot)
			return k.Refused, err
		},
		Verify: func(ctx context.Context) (int, error) { return g.verify(ctx, database) },
		Probe:  &indexertest.Probe{DB: plain, Engine: g.elastic.URL(), Alias: search.Alias, Store: catalogue.Probe, Product: catalogue.ProbeProduct},
	}
	s.Begin()
	return s, s.Quiet(g.c.ctx)
}

// verify counts what kirana verify --index would report.
func (g *drillGround) verify(ctx context.Context, d *db.DB) (int, error) {
	engine, err := search.Open(g.elastic.URL(), search.Options{Timeout: verifyTimeout})
	if err != nil {
		return 0, err
	}
	defer engine.Close()
	v, err := indexer.NewVerifier(indexer.VerifierConfig{
		Documents: d, Catalogue: d, Index: engine, Freshness: d.Freshness(indexer.DefaultSlot), Now: time.Now,
	})
	if err != nil {
		return 0, err
	}
	r, err := v.Verify(ctx, indexer.VerifyOptions{})
	return r.Drifted() + len(r.Counts.Differ), err
}

func (g *drillGround) startPostgres(ctx context.Context) (err error) {
	g.postgres, err = devstack.StartPostgres(ctx, devstack.PostgresOptions{
		Dir: filepath.Join(g.dir, "postgres"), Progress: g.c.err, Settings: map[string]string{"deadlock_timeout": "50ms"},
	})
	return err
}

func (g *drillGround) startElasticsearch(ctx context.Context) (err error) {
	g.elastic, err = devstack.StartElasticsearch(ctx, devstack.ElasticsearchOptions{
		Dir: filepath.Join(g.dir, "elasticsearch"), JavaHome: os.Getenv("JAVA_HOME"), Progress: g.c.err,
	})
	return err
}

// crash ends Postgres without a chance to write anything, and starts it again.
func (g *drillGround) crash(ctx context.Context) error {
	if err := g.postgres.Kill(); err != nil { //nolint:contextcheck // a crash waits for nobody
		return err
	}
	return g.startPostgres(ctx)
}
