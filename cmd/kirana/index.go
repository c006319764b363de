package main

import (
	"context"
	"time"

	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/internal/config"
	"github.com/kirana-commerce/kirana/internal/lifecycle"
	"github.com/kirana-commerce/kirana/internal/server"
)

type indexCommand struct {
	config.Config

	MetricsAddr string `env:"KIRANA_METRICS_ADDR" placeholder:"HOST:PORT" help:"Address for /metrics, /livez and /readyz, such as 127.0.0.1:9100. Empty: none. Port 0 takes any free one."`
}

// Help is shown by kirana index --help.
func (*indexCommand) Help() string {
	return `Of several processes one keeps the index, and the others stand by: the first of them takes over within seconds when it ends.

With --metrics-addr it can be watched. /readyz names the role, active or standby, and answers 503 while Postgres or the search engine
does not answer, or while the process is neither: it starts, or starts again after a fault. A standby is ready. /livez answers as long as
the process does. /metrics is for Prometheus; docs/alerts has the rules, docs/runbook.md what to do.

  kirana index --metrics-addr 127.0.0.1:9100`
}

// Run keeps the index equal to the database until the process is told to end.
func (i *indexCommand) Run(c *console) error {
	svc, err := newService(i.Config, c.logger(i.LogLevel))
	if err != nil {
		return err
	}
	defer svc.close() //nolint:errcheck // the process ends
	x, err := svc.indexer(nil)
	if err != nil {
		return err
	}
	group := lifecycle.NewGroup(c.ctx)
	if i.MetricsAddr != "" {
		listener, err := listen(c.ctx, i.MetricsAddr, "--metrics-addr or KIRANA_METRICS_ADDR")
		if err != nil {
			return err
		}
		c.printf("metrics http://%s/metrics", listener.Addr())
		group.Go("metrics", func(ctx context.Context) error { return svc.watched(x).Run(ctx, listener) })
	}
	group.Go("indexer", x.Run)
	return group.Wait()
}

// watched serves whoever watches an indexer.
func (s *service) watched(x *indexer.Indexer) *server.Server {
	return server.New(server.Options{
		Metrics: s.registry.Handler(), Role: func() string { return string(x.Role()) },
		Ready:  []server.Check{{Name: "database", Check: s.db.Ping}, {Name: "search", Check: x.Ping}, {Name: "index", Check: x.Ready}},
		Logger: s.logger, Now: time.Now,
	})
}
