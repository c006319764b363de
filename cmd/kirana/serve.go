package main

import (
	"context"

	"github.com/kirana-commerce/kirana/internal/config"
	"github.com/kirana-commerce/kirana/internal/lifecycle"
)

type serveCommand struct {
	config.Config
}

// Run serves the API until the process is told to end.
func (s *serveCommand) Run(c *console) error {
	svc, err := newService(s.Config, c.logger(s.LogLevel))
	if err != nil {
		return err
	}
	defer svc.close() //nolint:errcheck // the process ends
	api, err := svc.server()
	if err != nil {
		return err
	}
	listener, err := listen(c.ctx, s.Addr, addrSettings)
	if err != nil {
		return err
	}
	c.printf("ready http://%s/graphql", listener.Addr())
	group := lifecycle.NewGroup(c.ctx)
	group.Go("replica lag", svc.db.Run)
	if svc.engine != nil {
		group.Go("freshness", svc.age.Run)
	}
	group.Go("search analytics", svc.searches.Run)
	group.Go("jobs", svc.jobs.Run)
	group.Go("events", svc.relay.Run)
	group.Go("webhooks", svc.webhooks.Run)
	group.Go("api", func(ctx context.Context) error { return api.Run(ctx, listener) })
	return group.Wait()
}
