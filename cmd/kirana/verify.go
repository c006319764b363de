package main

import (
	"errors"
	"fmt"

	"github.com/kirana-commerce/kirana/commerce"
)

type verifyCommand struct {
	databaseFlags
	Inventory bool   `help:"Hold the stock of every variant against its ledger."`
	Store     string `placeholder:"HANDLE" help:"Check this store alone."`
	JSON      bool   `help:"Print JSON."`
}

// Help is shown by kirana verify --help.
func (*verifyCommand) Help() string {
	return `With --inventory: what lies at each location, and what is reserved there, has to be the sum of its ledger; the quantity that buyers see has
to be what is available over all locations. Everything is read in one snapshot, and nothing is held up.

There is no repair: the ledger is written by the database itself, so a difference means that somebody went round its triggers, and
a correction would hide who. Find the cause, then set the stock to what a count says: that is explained like any other change.

Exit code 0: everything adds up. 3: there are differences, which are listed. 1: nothing was checked.`
}

// errDiffers is the outcome of a check that found differences.
const errDiffers = exitError(3)

// Run checks, and lists what does not add up.
func (v *verifyCommand) Run(c *console) error {
	if !v.Inventory {
		return errors.New("say what to check: --inventory")
	}
	d, err := v.open()
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	var id commerce.StoreID
	if v.Store != "" {
		store, err := d.FindStore(c.ctx, v.Store)
		if err != nil {
			return err
		}
		if store == nil {
			return fmt.Errorf("there is no store %s", v.Store)
		}
		id = store.ID
	}
	differences, err := d.CheckInventory(c.ctx, id)
	if err != nil {
		return err
	}
	return reportDifferences(c, differences, v.JSON)
}

// reportDifferences prints what a check found.
func reportDifferences(c *console, differences []commerce.InventoryDifference, asJSON bool) error {
	if asJSON {
		if err := c.json(differences); err != nil {
			return err
		}
	} else {
		for _, d := range differences {
			place := ""
			if d.Location != 0 {
				place = fmt.Sprintf(" at location %d", d.Location)
			}
			c.printf("store %s, variant %d%s: %s is %d, explained are %d", d.Store, d.Variant, place, d.What, d.Stored, d.Expected)
		}
		c.printf("%d differences", len(differences))
	}
	if len(differences) > 0 {
		return errDiffers
	}
	return nil
}
