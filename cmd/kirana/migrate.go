package main

import (
	"github.com/kirana-commerce/kirana/db"
)

type migrateCommand struct {
	databaseFlags
	Status bool `help:"List the migrations and whether each has been applied; change nothing."`
	JSON   bool `help:"Print JSON."`
}

// Run applies the migrations that are missing, or lists all of them.
func (m *migrateCommand) Run(c *console) error {
	d, err := m.open()
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	list := d.Migrate
	if m.Status {
		list = d.Migrations
	}
	migrations, err := list(c.ctx)
	if err != nil {
		return err
	}
	if m.JSON {
		return c.json(migrations)
	}
	printMigrations(c, migrations)
	return nil
}

func printMigrations(c *console, migrations []db.Migration) {
	if len(migrations) == 0 {
		c.printf("The schema is up to date.")
	}
	for _, m := range migrations {
		state := "applied"
		if !m.Applied {
			state = "missing"
		}
		c.printf("%-8s %s", state, m.Name)
	}
}
