package main

import (
	"errors"
	"fmt"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
)

type verifyCommand struct {
	databaseFlags
	Inventory bool   `help:"Hold the stock of every variant against its ledger."`
	Books     bool   `help:"Hold orders against their lines, the stock that is promised to them, refunds, payments by card, numbers and uses of codes."`
	Index     bool   `help:"Hold every document of the search index against the rows it was built from."`
	Store     string `placeholder:"HANDLE" help:"Check this store alone."`
	JSON      bool   `help:"Print JSON."`

	Repair           bool   `help:"With --index: have what differs indexed anew, and look at it again."`
	Rate             int    `placeholder:"N" help:"With --index: look at no more than N products a second."`
	ElasticsearchURL string `env:"ELASTICSEARCH_URL" placeholder:"URL" help:"The search engine. Without it, that of the kirana dev that runs with --data-dir."`
}

// Help is shown by kirana verify --help.
func (*verifyCommand) Help() string {
	return `With --inventory: what lies at each location, and what is reserved there, has to be the sum of its ledger; the quantity that buyers see has
to be what is available over all locations. Everything is read in one snapshot, and nothing is held up.

With --books: what orders cost has to be the sum of their lines, what is reserved what is promised to them, what was refunded the sum of the
refunds; an order is paid by one payment by card or by a person, and what goes back to a card is what was refunded, or all of a payment that did
not count; the numbers of a store have no gaps, and a code was used as often as its orders say.

With --index: every product that buyers can find has to have one document in the search index, with the content that its rows make, and
no other product may have any. Nothing is held up, and a write that is on its way is no difference: what looks different is looked at
again once the index has come to the moment at which it was seen. That needs kirana index to run. --repair has what differs indexed anew,
through the log like every other change. A document that the search engine refuses is listed as refused, and is no difference: see "kirana
reindex --help".

Stock and books have no repair: the ledger is written by the database itself, so a difference means that somebody went round its triggers, and
a correction would hide who. Find the cause, then set the stock to what a count says: that is explained like any other change.

Exit code 0: everything adds up. 3: there were differences, which are listed, also those that were repaired. 1: nothing was checked.`
}

// errDiffers is the outcome of a check that found differences.
const errDiffers = exitError(3)

// Run checks, and lists what does not add up.
func (v *verifyCommand) Run(c *console) error {
	if !v.Inventory && !v.Books && !v.Index {
		return errors.New("say what to check: --inventory, --books, --index or several of them")
	}
	if v.Repair && !v.Index {
		return errors.New("--repair is for the index: say --index")
	}
	d, err := v.open()
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	store, err := v.storeID(c, d)
	if err != nil {
		return err
	}
	found, err := v.check(c, d, store)
	if err != nil {
		return err
	}
	return found.report(c, v.JSON)
}

// storeID is the store that is named, 0 for all.
func (v *verifyCommand) storeID(c *console, d *db.DB) (commerce.StoreID, error) {
	if v.Store == "" {
		return 0, nil
	}
	store, err := d.FindStore(c.ctx, v.Store)
	if err != nil {
		return 0, err
	}
	if store == nil {
		return 0, fmt.Errorf("there is no store %s", v.Store)
	}
	return store.ID, nil
}

// check checks what was asked for.
func (v *verifyCommand) check(c *console, d *db.DB, store commerce.StoreID) (found differences, err error) {
	if v.Inventory {
		if found.Inventory, err = d.CheckInventory(c.ctx, store); err != nil {
			return found, err
		}
	}
	if v.Books {
		if found.Books, err = d.CheckBooks(c.ctx, store); err != nil {
			return found, err
		}
	}
	if v.Index {
		found.Index, err = v.checkIndex(c, d, store)
	}
	return found, err
}

// differences are what checks found; nil for a check that was not asked for.
type differences struct {
	Inventory []commerce.InventoryDifference `json:"inventory,omitzero"`
	Books     []commerce.BookDifference      `json:"books,omitzero"`
	Index     *indexReport                   `json:"index,omitzero"`
}

// report prints what was found.
func (d *differences) report(c *console, asJSON bool) error {
	n := len(d.Inventory) + len(d.Books) + d.Index.differences()
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
		if d.Index != nil {
			d.Index.print(c)
		}
		noun := "differences"
		if n == 1 {
			noun = "difference"
		}
		c.printf("%d %s", n, noun)
	}
	if n > 0 {
		return errDiffers
	}
	return nil
}
