package main

import (
	"github.com/kirana-commerce/kirana/internal/config"
)

type indexCommand struct {
	config.Config
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
	return x.Run(c.ctx)
}
