package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/internal/importer"
)

type importCommand struct {
	databaseFlags
	Store    string   `required:"" placeholder:"HANDLE" help:"The store; opened when there is none with this handle."`
	Name     string   `placeholder:"NAME" help:"The name of a new store. By default made from the handle."`
	Currency string   `default:"INR" placeholder:"CODE" help:"The currency of a new store, by its ISO 4217 code."`
	Publish  bool     `help:"Show the store to buyers. A new store is a draft without it."`
	DryRun   bool     `help:"Read the files and say what would happen; write nothing."`
	JSON     bool     `help:"Print JSON."`
	Files    []string `arg:"" name:"FILE" help:"Product exports in Shopify's CSV format; - reads standard input."`
}

// Help is shown by kirana import --help.
func (*importCommand) Help() string {
	return `Products are created or replaced by their handle, in batches: importing a file again changes nothing.
A product with a row that cannot be used is refused whole, with file, line, column and reason; the others go in.

Exit code 0: all products are in. 3: some were refused. 1: nothing was done.

  kirana import --store corner --publish products.csv
  kirana import --store corner --dry-run products.csv`
}

// defaultCurrency is what the flag --currency says when nobody does: a store that exists has its own.
const defaultCurrency = "INR"

// errSomeRefused is the outcome of an import of which some products were refused.
const errSomeRefused = exitError(3)

// Run imports the files one after the other.
func (i *importCommand) Run(c *console) error {
	d, err := i.open()
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	store, err := i.openStore(c, d)
	if err != nil {
		return err
	}
	var reports []importer.Report
	for _, file := range i.Files {
		report, err := importFile(c, d, store, file, i.DryRun, i.JSON)
		reports = append(reports, report)
		if err != nil {
			return fmt.Errorf("%w (%d products of %s went in before)", err, report.Products, file)
		}
	}
	if i.JSON {
		if err := c.json(reports); err != nil {
			return err
		}
	}
	return outcome(reports)
}

// outcome is the exit code: nothing went in, some of it, or all.
func outcome(reports []importer.Report) error {
	products, rejected := 0, 0
	for _, r := range reports {
		products += r.Products
		rejected += r.Rejected
	}
	switch {
	case rejected == 0:
		return nil
	case products == 0:
		return exitError(1)
	}
	return errSomeRefused
}

// openStore finds or opens the store. A dry run opens none: it compares with a store that has no products.
func (i *importCommand) openStore(c *console, d *db.DB) (*commerce.Store, error) {
	in := commerce.StoreInput{
		Handle: i.Store, Name: i.Name, Currency: commerce.Currency(strings.ToUpper(i.Currency)), Status: commerce.StoreDraft,
	}
	if in.Name == "" {
		in.Name = titled(i.Store)
	}
	if i.Publish {
		in.Status = commerce.StorePublished
	}
	if i.DryRun {
		return dryStore(c.ctx, d, in)
	}
	store, created, err := d.UpsertStore(c.ctx, in)
	switch {
	case err != nil:
		return nil, err
	case created:
		c.notef("opened store %s (%s, %s)", store.Handle, store.Currency, strings.ToLower(string(store.Status)))
	case store.Currency != in.Currency && i.Currency != defaultCurrency:
		return nil, fmt.Errorf("store %s sells in %s, not in %s: leave --currency out, or name another store", store.Handle, store.Currency, in.Currency)
	case i.Publish && !store.Published():
		if err := d.PublishStore(c.ctx, store.ID); err != nil {
			return nil, err
		}
		store.Status = commerce.StorePublished
		c.notef("published store %s", store.Handle)
	}
	if !store.Published() {
		c.notef("store %s is a draft: buyers cannot see it. --publish shows it.", store.Handle)
	}
	return store, nil
}

func dryStore(ctx context.Context, d *db.DB, in commerce.StoreInput) (*commerce.Store, error) {
	if err := in.Validate(); err != nil {
		return nil, err
	}
	store, err := d.FindStore(ctx, in.Handle)
	if store == nil && err == nil {
		store = &commerce.Store{Handle: in.Handle, Name: in.Name, Currency: in.Currency, Status: in.Status}
	}
	return store, err
}

// titled makes a name from a handle: corner-shop is Corner Shop.
func titled(handle string) string {
	words := strings.Split(handle, "-")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

// importFile imports one file and says what became of it.
func importFile(c *console, w commerce.CatalogWriter, store *commerce.Store, name string, dryRun, quiet bool) (importer.Report, error) {
	in, size, err := openInput(name)
	if err != nil {
		return importer.Report{}, err
	}
	defer in.Close()
	return importFrom(c, w, store, name, in, size, dryRun, quiet)
}

// importFrom imports from an open source. quiet leaves the words for people out.
func importFrom(c *console, w commerce.CatalogWriter, store *commerce.Store, name string, in io.Reader, size int64, dryRun, quiet bool) (importer.Report, error) {
	o := importer.Options{DryRun: dryRun, Now: time.Now}
	if !quiet {
		o.Progress = func(r importer.Report) {
			c.notef("%s: %d products%s, %.0f products/s", r.File, r.Products+r.Rejected, percent(r), rate(r))
		}
	}
	report, err := importer.Import(c.ctx, w, store, name, in, size, o)
	if !quiet {
		printReport(c, report, dryRun)
	}
	return report, err
}

func openInput(name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(os.Stdin), 0, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	return file, info.Size(), nil
}

func percent(r importer.Report) string {
	if r.TotalBytes == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d %%)", 100*r.Bytes/r.TotalBytes)
}

func rate(r importer.Report) float64 {
	return float64(r.Products+r.Rejected) / max(r.Elapsed.Seconds(), 1e-3)
}

func printReport(c *console, r importer.Report, dryRun bool) {
	for _, rejection := range r.Rejections {
		c.printf("%s", rejection)
	}
	if more := r.Rejected - len(r.Rejections); more > 0 {
		c.printf("%s: and %d more refused products", r.File, more)
	}
	for _, note := range r.Notes {
		c.notef("%s: %s", r.File, note)
	}
	verb := ""
	if dryRun {
		verb = " (dry run, nothing was written)"
	}
	c.printf("%s → %s: %d created, %d updated, %d unchanged, %d rejected; %d variants in %s%s",
		r.File, r.Store, r.Created, r.Updated, r.Unchanged, r.Rejected, r.Variants, r.Elapsed.Round(time.Millisecond), verb)
}
