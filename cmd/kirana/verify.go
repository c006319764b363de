package main

import (
	"errors"
	"fmt"

	"github.com/kirana-commerce/kirana/commerce"
)

type verifyCommand struct {
	databaseFlags
	Inventory bool   `help:"Hold the stock of every variant against its ledger."`
	Books     bool   `help:"Hold orders against their lines, the stock that is promised to them, refunds, payments by card, numbers and uses of codes."`
	Store     string `placeholder:"HANDLE" help:"Check this store alone."`
	JSON      bool   `help:"Print JSON."`
}

// Help is shown by kirana verify --help.
func (*verifyCommand) Help() string {
	return `With --inventory: what lies at each location, and what is reserved there, has to be the sum of its ledger; the quantity that buyers see has
to be what is available over all locations. Everything is read in one snapshot, and nothing is held up.

With --books: what orders cost has to be the sum of their lines, what is reserved what is promised to them, what was refunded the sum of the
refunds; an order is paid by one payment by card or by a person, and what goes back to a card is what was refunded, or all of a payment that did
not count; the numbers of a store have no gaps, and a code was used as often as its orders say.

There is no repair: the ledger is written by the database itself, so a difference means that somebody went round its triggers, and
a correction would hide who. Find the cause, then set the stock to what a count says: that is explained like any other change.

Exit code 0: everything adds up. 3: there are differences, which are listed. 1: nothing was checked.`
}

// errDiffers is the outcome of a check that found differences.
const errDiffers = exitError(3)

// Run checks, and lists what does not add up.
func (v *verifyCommand) Run(c *console) error {
	if !v.Inventory && !v.Books {
		return errors.New("say what to check: --inventory, --books or both")
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
	var found differences
	if v.Inventory {
		if found.Inventory, err = d.CheckInventory(c.ctx, id); err != nil {
			return err
		}
	}
	if v.Books {
		if found.Books, err = d.CheckBooks(c.ctx, id); err != nil {
			return err
		}
	}
	return found.report(c, v.JSON)
}

// differences are what checks found; nil for a check that was not asked for.
type differences struct {
	Inventory []commerce.InventoryDifference `json:"inventory,omitzero"`
	Books     []commerce.BookDifference      `json:"books,omitzero"`
}

// report prints what was found.
func (d *differences) report(c *console, asJSON bool) error {
	n := len(d.Inventory) + len(d.Books)
	if asJSON {
		if err := c.json(d); err != nil {
			return err
		}
	} else {
		for _, one := range d.Inventory {
			place := ""
			if one.Location != 0 {
				place = fmt.Sprintf(" at location %d", one.Location)
			}
			c.printf("store %s, variant %d%s: %s is %d, explained are %d", one.Store, one.Variant, place, one.What, one.Stored, one.Expected)
		}
		for _, one := range d.Books {
			c.printf("store %s, %s: %s is %d, explained are %d", one.Store, one.About, one.What, one.Stored, one.Expected)
		}
		c.printf("%d differences", n)
	}
	if n > 0 {
		return errDiffers
	}
	return nil
}
