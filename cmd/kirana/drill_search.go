package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/demo"
	"github.com/kirana-commerce/kirana/internal/importer"
	"github.com/kirana-commerce/kirana/internal/lifecycle"
)

type drillSearchCommand struct {
	Calm     time.Duration `default:"8s" help:"How long searches run before the search engine is killed."`
	Down     time.Duration `default:"20s" help:"How long it stays away."`
	Within   time.Duration `default:"10s" help:"How long answers may still be degraded after its return."`
	Clients  int           `default:"8" help:"How many search at the same time."`
	Products int           `default:"2000" help:"The size of the largest of the four stores; at most 20000 are answered without the engine."`
	JSON     bool          `help:"Print the result as JSON."`
}

// Help is shown by kirana drill search-down --help.
func (*drillSearchCommand) Help() string {
	return `A private Postgres and search engine are started in a folder for temporary files, with the demo stores and a larger one, and "kirana index" and
"kirana serve" as processes of their own; no shop of yours is touched. Clients search without a pause. In the midst of it the search engine is
killed with signal 9, stays away, and is started again.

Every search must be answered, without an error. While the engine is away answers say so (extensions.degraded) and are found in Postgres; a
filter must find as many products there as in the engine. After its return answers must come from the engine again, by themselves.

Exit code 0: all was so. 1: a search failed, a count differed, it took too long, or the drill could not be held.

  kirana drill search-down
  kirana drill search-down --down 1m --clients 16 --json`
}

// Run holds the drill, and cleans up after it, also when it is told to end.
func (d *drillSearchCommand) Run(c *console) (err error) {
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
	if err := ground.servers(); err != nil {
		return err
	}
	url, err := d.open(ground)
	if err != nil {
		return err
	}
	report, err := d.hold(ground, newSearchLoad(url, d.Clients))
	if err != nil {
		return err
	}
	return report.print(c, d.JSON)
}

// open fills the stores, starts the indexer and the API, and waits until everything can be found. It returns the API's address.
func (d *drillSearchCommand) open(g *drillGround) (url string, err error) {
	g.c.notef("filling the demo stores, and one of %d products", d.Products)
	database, err := db.Open(g.postgres.URL(), nil, db.Options{})
	if err != nil {
		return "", err
	}
	defer database.Close() //nolint:errcheck // the drill goes on without it
	if err := d.fill(g.c.ctx, database); err != nil {
		return "", err
	}
	addr, err := freeAddr()
	if err != nil {
		return "", err
	}
	environment := []string{
		"DATABASE_URL=" + g.postgres.URL(), "ELASTICSEARCH_URL=" + g.elastic.URL(), "DATABASE_REPLICA_URLS=", "KIRANA_LOG_LEVEL=ERROR",
		"KIRANA_ADDR=" + addr, "KIRANA_SEARCH=auto",
	}
	for _, role := range []string{"index", "serve"} {
		child, err := newChild(role, environment)
		if err != nil {
			return "", err
		}
		if err := child.Start(); err != nil {
			return "", err
		}
		g.stack.Push(role, func(context.Context) error { return child.Kill() })
	}
	return "http://" + addr, nil
}

// freeAddr is an address that nobody listens at.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it takes no time
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// drillStore is the larger store of the drill.
const drillStore = "drill"

// fill imports the demo stores, and makes a larger one of their products.
func (d *drillSearchCommand) fill(ctx context.Context, database *db.DB) error {
	var all []commerce.ProductInput
	for _, s := range demo.Stores() {
		store, _, err := database.UpsertStore(ctx, commerce.StoreInput{Handle: s.Handle, Name: s.Name, Currency: commerce.Currency(s.Currency), Status: commerce.StorePublished})
		if err != nil {
			return err
		}
		file, err := demo.Files.Open(s.Handle + ".csv")
		if err != nil {
			return fmt.Errorf("open a demo catalogue: %w", err)
		}
		report, err := importer.Import(ctx, database, store, s.Handle+".csv", file, 0, importer.Options{Format: importer.FormatShopify})
		if err = errors.Join(err, file.Close()); err != nil {
			return err
		}
		if report.Rejected > 0 {
			return fmt.Errorf("a demo catalogue has faults: %v", report.Rejections[0])
		}
		for p, err := range database.Catalogue(ctx, store) {
			if err != nil {
				return err
			}
			if p.Published && p.Status == commerce.ProductActive {
				all = append(all, p)
			}
		}
	}
	return d.fillLarge(ctx, database, all)
}

func (d *drillSearchCommand) fillLarge(ctx context.Context, database *db.DB, patterns []commerce.ProductInput) error {
	store, _, err := database.UpsertStore(ctx, commerce.StoreInput{Handle: drillStore, Name: "Drill", Currency: "INR", Status: commerce.StorePublished})
	if err != nil {
		return err
	}
	const batch = 500
	for start := 0; start < d.Products; start += batch {
		products := make([]commerce.ProductInput, 0, batch)
		for i := start; i < min(start+batch, d.Products); i++ {
			p := patterns[i%len(patterns)]
			p.Handle, p.Title = fmt.Sprintf("%.200s-%d", p.Handle, i), fmt.Sprintf("%.200s %d", p.Title, i)
			products = append(products, p)
		}
		if _, err := database.UpsertProducts(ctx, store, products); err != nil {
			return err
		}
	}
	return nil
}

// hold kills the engine under load and brings it back.
func (d *drillSearchCommand) hold(g *drillGround, load *searchLoad) (*drillSearchReport, error) {
	g.c.notef("waiting until everything can be found")
	if err := load.settle(g.c.ctx, drillStore, d.Products); err != nil {
		return nil, err
	}
	stop := load.begin(g.c.ctx)
	defer stop()
	if err := sleep(g.c.ctx, d.Calm); err != nil {
		return nil, err
	}
	g.c.notef("killing the search engine with signal 9")
	killed := load.next("away")
	if err := g.elastic.Kill(); err != nil {
		return nil, err
	}
	if err := sleep(g.c.ctx, d.Down); err != nil {
		return nil, err
	}
	url := g.elastic.URL()
	if err := g.startElasticsearch(g.c.ctx); err != nil {
		return nil, err
	}
	if g.elastic.URL() != url {
		return nil, fmt.Errorf("the search engine came back at %s, not at %s", g.elastic.URL(), url)
	}
	returned := load.next("back")
	g.c.notef("the search engine is back")
	if err := sleep(g.c.ctx, d.Within+drillTail); err != nil {
		return nil, err
	}
	stop()
	return load.report(killed, returned, d.Within), nil
}

// drillTail is how long answers are looked at after the time in which they must have become normal.
const drillTail = 3 * time.Second

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
