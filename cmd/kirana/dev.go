package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/demo"
	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/internal/cdc"
	"github.com/kirana-commerce/kirana/internal/config"
	"github.com/kirana-commerce/kirana/internal/devstack"
	"github.com/kirana-commerce/kirana/internal/importer"
	"github.com/kirana-commerce/kirana/internal/lifecycle"
	"github.com/kirana-commerce/kirana/internal/message"
)

type devCommand struct {
	config.Config `embed:"" set:"introspection=always" set:"log_level=WARN" set:"cors_origins=loopback" set:"webhooks_loopback=true"` //nolint:staticcheck // kong takes several

	DataDir string   `default:".kirana" placeholder:"DIR" help:"Where the private Postgres and Elasticsearch keep their data, from run to run."`
	Import  []string `sep:"none" placeholder:"[HANDLE=]FILE" help:"Import a catalogue file once everything runs; the store is named by HANDLE or by the file. May be given several times."`
	NoDemo  bool     `help:"Leave the demo stores out."`
}

// Help is shown by kirana dev --help.
func (*devCommand) Help() string {
	return `Servers that already exist are used where DATABASE_URL, DATABASE_REPLICA_URLS or ELASTICSEARCH_URL name them; what is not
named is started here, keeps its data in --data-dir, and stops with this process. The first start downloads what this
machine lacks. The addresses of everything are left in DIR/env for other programs to source.

  kirana dev
  kirana dev --search postgres
  kirana dev --addr 127.0.0.1:9000 --no-demo --import corner=products.csv`
}

// stopTimeout bounds how long each server may take to stop.
const stopTimeout = 30 * time.Second

// Run starts everything, says when it is ready, and stops it all when the process is told to end.
func (d *devCommand) Run(c *console) (err error) {
	stack := lifecycle.NewStack(stopTimeout)
	defer func() {
		if stopErr := stack.Stop(context.WithoutCancel(c.ctx)); err == nil {
			err = stopErr
		}
	}()
	dev := &devRun{devCommand: d, c: c, logger: c.logger(d.LogLevel), stack: stack, started: time.Now()}
	// The address first: that it is taken should not be found out last.
	listener, err := listen(c.ctx, d.Addr, addrSettings)
	if err != nil {
		return err
	}
	stack.Push("listener", func(context.Context) error { return closed(listener.Close()) })
	if err := dev.startServers(); err != nil {
		return err
	}
	return dev.serve(listener)
}

// devRun is one run of kirana dev.
type devRun struct {
	*devCommand
	c       *console
	logger  *slog.Logger
	stack   *lifecycle.Stack
	started time.Time

	mu      sync.Mutex
	servers []*supervised
}

// part says on standard output what has started, where, and how long it took.
func (d *devRun) part(name, address string, since time.Time) {
	d.c.printf("%-22s %-64s %6.1f s", name, address, time.Since(since).Seconds())
}

// startServers starts Postgres and Elasticsearch side by side, those of them that the configuration does not name.
func (d *devRun) startServers() error {
	if err := os.MkdirAll(d.DataDir, 0o755); err != nil { //nolint:gosec // Postgres may run as another user, who has to pass
		return fmt.Errorf("create the data directory: %w", err)
	}
	group := lifecycle.NewGroup(d.c.ctx)
	if d.DatabaseURL == "" {
		group.Go("postgres", d.startPostgres)
	}
	if d.ElasticsearchURL == "" && d.indexes() {
		group.Go("elasticsearch", d.startElasticsearch)
	}
	return group.Wait()
}

// indexes reports whether searches read an index.
func (d *devRun) indexes() bool { return d.Search != config.SearchPostgres }

// supervise starts a server, and sees to it that it runs until the end.
func (d *devRun) supervise(ctx context.Context, name string, start func(context.Context) (process, error)) error {
	s := &supervised{name: name, start: start}
	if err := s.begin(ctx); err != nil {
		return err
	}
	d.stack.Push(name, s.stop)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.servers = append(d.servers, s)
	return nil
}

func (d *devRun) startPostgres(ctx context.Context) error {
	since := time.Now()
	var p *devstack.Postgres
	err := d.supervise(ctx, "postgres", func(ctx context.Context) (_ process, err error) {
		p, err = devstack.StartPostgres(ctx, devstack.PostgresOptions{
			Dir: filepath.Join(d.DataDir, "postgres"), Standby: true, Progress: d.c.err,
		})
		return p, err
	})
	if err != nil {
		return err
	}
	d.DatabaseURL, d.DatabaseReplicaURLs = p.URL(), p.ReplicaURLs()
	d.part("postgres primary", p.URL(), since)
	for _, url := range p.ReplicaURLs() {
		d.part("postgres standby", url, since)
	}
	return nil
}

func (d *devRun) startElasticsearch(ctx context.Context) error {
	since := time.Now()
	var e *devstack.Elasticsearch
	err := d.supervise(ctx, "elasticsearch", func(ctx context.Context) (_ process, err error) {
		e, err = devstack.StartElasticsearch(ctx, devstack.ElasticsearchOptions{
			Dir: filepath.Join(d.DataDir, "elasticsearch"), JavaHome: os.Getenv("JAVA_HOME"), Docker: true, Progress: d.c.err,
		})
		return e, err
	})
	if err != nil {
		return err
	}
	d.ElasticsearchURL = e.URL()
	d.part("elasticsearch", e.URL(), since)
	return nil
}

// closed is the error of closing what may have been closed before.
func closed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// serve runs indexer and API on the servers until the process is told to end.
func (d *devRun) serve(listener net.Listener) error {
	svc, err := newService(d.Config, d.logger)
	if err != nil {
		return err
	}
	svc.senders = append(svc.senders, message.Console{Out: d.c.err})
	d.stack.Push("connections", func(context.Context) error { return svc.close() }) //nolint:contextcheck // what is counted last has its own time
	if err := d.prepare(svc); err != nil {
		return err
	}
	api, err := svc.server()
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	group := lifecycle.NewGroup(d.c.ctx)
	var searchable atomic.Uint64
	if d.indexes() {
		x, err := svc.indexer(func(p cdc.Position) { searchable.Store(uint64(p)) })
		if err != nil {
			return err
		}
		group.Go("indexer", x.Run)
		group.Go("freshness", svc.age.Run)
	}
	group.Go("replica lag", svc.db.Run)
	group.Go("search analytics", svc.searches.Run)
	group.Go("jobs", svc.jobs.Run)
	group.Go("events", svc.relay.Run)
	group.Go("webhooks", svc.webhooks.Run)
	group.Go("api", func(ctx context.Context) error { return api.Run(ctx, listener) })
	for _, server := range d.servers {
		group.Go(server.name, func(ctx context.Context) error { return server.watch(ctx, d.c) })
	}
	group.Go("ready", func(ctx context.Context) error { return d.ready(ctx, svc, &searchable, url) })
	return group.Wait()
}

// prepare brings schema and catalogues in.
func (d *devRun) prepare(svc *service) error {
	since := time.Now()
	applied, err := svc.db.Migrate(d.c.ctx)
	if err != nil {
		return err
	}
	d.part("schema", fmt.Sprintf("%d migrations applied", len(applied)), since)
	if !d.NoDemo {
		if err := d.importDemo(svc); err != nil {
			return err
		}
	}
	for _, spec := range d.Import {
		if err := d.importFile(svc, spec); err != nil {
			return err
		}
	}
	return nil
}

// importDemo brings the demo stores in, each once: what people change in them stays changed.
func (d *devRun) importDemo(svc *service) error {
	for _, s := range demo.Stores() {
		since := time.Now()
		store, created, err := svc.db.UpsertStore(d.c.ctx, commerce.StoreInput{
			Handle: s.Handle, Name: s.Name, Currency: commerce.Currency(s.Currency), Status: commerce.StorePublished,
			Description: s.Description, AccentColor: s.Accent,
		})
		if err != nil {
			return err
		}
		if !created {
			continue
		}
		file, err := demo.Files.Open(s.Handle + ".csv")
		if err != nil {
			return fmt.Errorf("open the catalogue of demo store %s: %w", s.Handle, err)
		}
		o := importOptions(d.c, importer.Options{Format: importer.FormatShopify}, true)
		report, err := importer.Import(d.c.ctx, svc.db, store, "demo/"+s.Handle+".csv", file, 0, o)
		if err != nil {
			return err
		}
		d.part("demo store "+s.Handle, fmt.Sprintf("%d products, %d variants", report.Products, report.Variants), since)
	}
	return nil
}

// importFile imports one --import: into the store it names, or that of the file's name.
func (d *devRun) importFile(svc *service, spec string) error {
	handle, name, named := strings.Cut(spec, "=")
	if !named {
		name = spec
		handle = commerce.Slug(strings.TrimSuffix(filepath.Base(spec), filepath.Ext(spec)))
	}
	store, _, err := svc.db.UpsertStore(d.c.ctx, commerce.StoreInput{
		Handle: handle, Name: titled(handle), Currency: "INR", Status: commerce.StorePublished,
	})
	if err != nil {
		return err
	}
	return importExport(d.c, svc.db, store, name)
}

// ready waits until everything committed so far can be found.
func (d *devRun) ready(ctx context.Context, svc *service, searchable *atomic.Uint64, url string) error {
	if !d.indexes() {
		return d.sayReady(url)
	}
	since := time.Now()
	log, err := svc.db.LogState(ctx, indexer.DefaultSlot)
	if err != nil {
		return err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for searchable.Load() < uint64(log.Flushed) || svc.age.Present().IsZero() {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
	d.part("search index", "every product can be found", since)
	return d.sayReady(url)
}

// sayReady leaves the addresses in the env file, and says that everything runs.
func (d *devRun) sayReady(url string) error {
	if err := d.writeEnv(url); err != nil {
		return err
	}
	d.part("playground", url+"/", d.started)
	d.c.printf("ready %s/graphql", url)
	return nil
}

// writeEnv leaves the addresses in shell syntax.
func (d *devRun) writeEnv(url string) error {
	var text strings.Builder
	for _, v := range [][2]string{
		{"KIRANA_URL", url},
		{"DATABASE_URL", d.DatabaseURL},
		{"DATABASE_REPLICA_URLS", strings.Join(d.DatabaseReplicaURLs, ",")},
		{"ELASTICSEARCH_URL", d.ElasticsearchURL},
	} {
		fmt.Fprintf(&text, "export %s='%s'\n", v[0], strings.ReplaceAll(v[1], "'", `'\''`))
	}
	// Addresses can hold passwords of servers that were named.
	if err := os.WriteFile(envFile(d.DataDir), []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("leave the addresses for other programs: %w", err)
	}
	return nil
}
