package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

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
	Format   string   `enum:"auto,shopify,pricelist,chat" default:"auto" help:"What the files are: ${enum}."`
	Layout   string   `placeholder:"TEXT" help:"How a price list or chat text is to be read, as a dry run shows it. It confirms what was guessed."`
	DryRun   bool     `help:"Read the files and say what would happen; write nothing."`
	JSON     bool     `help:"Print JSON."`
	Files    []string `arg:"" name:"FILE" help:"Product exports in Shopify's CSV format, price lists or chat texts; - reads standard input."`
}

// Help is shown by kirana import --help.
func (*importCommand) Help() string {
	return `Three kinds of files are read:

  shopify    a product export in Shopify's CSV format. Products are created or replaced by their handle.
  pricelist  a sheet with a name and any of price, MRP, SKU, quantity, category, image, separated by commas, semicolons or tabs.
             Products are created; of those that exist (by SKU, else by name) only what the list says is changed.
  chat       lines such as "Basmati rice 5kg - ₹420", with headings such as "*Dals*" as categories.

How a price list or chat text is to be read is guessed. Nothing is written by a guess: look at it with --dry-run, and import
with the --layout that it shows. Whoever knows the columns can name them at once.

Products go in by batches; importing a file again changes nothing. What cannot be used is refused, with file, line, column and
reason; the rest goes in.

Exit code 0: all products are in. 3: some were refused. 1: nothing was done.

  kirana import --store corner --publish products.csv
  kirana import --store corner --dry-run prices.csv
  kirana import --store corner --layout 'name=1,price=3,header=no' prices.csv`
}

// defaultCurrency is what the flag --currency says when nobody does: a store that exists has its own.
const defaultCurrency = "INR"

// errSomeRefused is the outcome of an import of which some products were refused.
const errSomeRefused = exitError(3)

// Run imports the files one after the other. All are looked at before anything is written.
func (i *importCommand) Run(c *console) error {
	d, err := i.open()
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	store, err := i.findStore(c.ctx, d)
	if err != nil {
		return err
	}
	var files []*importFile
	for _, name := range i.Files {
		file, err := i.openFile(name, store.Currency)
		if err != nil {
			return err
		}
		defer file.Close()
		files = append(files, file)
	}
	if err := i.confirm(c, store, files); err != nil {
		return err
	}
	if !i.DryRun {
		if store, err = i.openStore(c, d); err != nil {
			return err
		}
	}
	return i.importAll(c, d, store, files)
}

// importAll imports the files and reports what became of them.
func (i *importCommand) importAll(c *console, d *db.DB, store *commerce.Store, files []*importFile) error {
	var reports []importer.Report
	for _, file := range files {
		report, err := i.importFile(c, d, store, file)
		reports = append(reports, report)
		if err != nil {
			return fmt.Errorf("%w (%d products of %s went in before)", err, report.Products, file.name)
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

// storeInput is the store as the flags describe a new one.
func (i *importCommand) storeInput() commerce.StoreInput {
	in := commerce.StoreInput{
		Handle: i.Store, Name: i.Name, Currency: commerce.Currency(strings.ToUpper(i.Currency)), Status: commerce.StoreDraft,
	}
	if in.Name == "" {
		in.Name = titled(i.Store)
	}
	if i.Publish {
		in.Status = commerce.StorePublished
	}
	return in
}

// findStore finds the store, or returns the one that would be opened: a dry run opens none, and compares with a store that has
// no products.
func (i *importCommand) findStore(ctx context.Context, d *db.DB) (*commerce.Store, error) {
	in := i.storeInput()
	if err := in.Validate(); err != nil {
		return nil, err
	}
	store, err := d.FindStore(ctx, in.Handle)
	switch {
	case err != nil:
		return nil, err
	case store == nil:
		return &commerce.Store{Handle: in.Handle, Name: in.Name, Currency: in.Currency, Status: in.Status}, nil
	case store.Currency != in.Currency && i.Currency != defaultCurrency:
		return nil, fmt.Errorf("store %s sells in %s, not in %s: leave --currency out, or name another store", store.Handle, store.Currency, in.Currency)
	}
	return store, nil
}

// openStore finds or opens the store, and publishes it when that is asked for.
func (i *importCommand) openStore(c *console, d *db.DB) (*commerce.Store, error) {
	store, created, err := d.UpsertStore(c.ctx, i.storeInput())
	switch {
	case err != nil:
		return nil, err
	case created:
		c.notef("opened store %s (%s, %s)", store.Handle, store.Currency, strings.ToLower(string(store.Status)))
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

// importFile is a file that is about to be imported.
type importFile struct {
	io.ReadCloser

	name   string
	text   *bufio.Reader
	size   int64
	format importer.Format
}

// openFile opens a file and finds out what it is.
func (i *importCommand) openFile(name string, c commerce.Currency) (*importFile, error) {
	in, size, err := openInput(name)
	if err != nil {
		return nil, err
	}
	file := &importFile{ReadCloser: in, name: name, text: bufio.NewReaderSize(in, importer.SampleBytes), size: size}
	file.format, err = importer.FormatOf(importer.Format(i.Format), i.Layout, file.text, c)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), in.Close())
	}
	return file, nil
}

// confirm shows the guesses that nobody has confirmed, and lets nothing be written by them.
func (i *importCommand) confirm(c *console, store *commerce.Store, files []*importFile) error {
	if i.DryRun || i.Layout != "" {
		return nil
	}
	var reports []importer.Report
	for _, file := range files {
		if file.format == importer.FormatShopify {
			continue
		}
		report, err := importer.Import(c.ctx, nil, store, file.name, file.text, file.size, importer.Options{Format: file.format})
		if !errors.Is(err, importer.ErrUnconfirmed) {
			return err
		}
		reports = append(reports, report)
		if !i.JSON {
			i.printGuess(c, report)
		}
	}
	switch {
	case len(reports) == 0:
		return nil
	case i.JSON:
		if err := c.json(reports); err != nil {
			return err
		}
		return exitError(1)
	}
	return fmt.Errorf("nothing was written: %w", importer.ErrUnconfirmed)
}

// importFile imports one file and says what became of it.
func (i *importCommand) importFile(c *console, d *db.DB, store *commerce.Store, file *importFile) (importer.Report, error) {
	o := importOptions(c, importer.Options{Format: file.format, Layout: i.Layout, DryRun: i.DryRun}, i.JSON)
	report, err := importer.Import(c.ctx, d, store, file.name, file.text, file.size, o)
	if !i.JSON {
		if i.DryRun && report.Guess != nil {
			i.printGuess(c, report)
		}
		printReport(c, report, i.DryRun)
	}
	return report, err
}

// importExport imports one product export, named by a path.
func importExport(c *console, w importer.Writer, store *commerce.Store, name string) error {
	in, size, err := openInput(name)
	if err != nil {
		return err
	}
	defer in.Close()
	report, err := importer.Import(c.ctx, w, store, name, in, size, importOptions(c, importer.Options{Format: importer.FormatShopify}, false))
	printReport(c, report, false)
	return err
}

// importOptions adds the clock, and unless quiet the words for people.
func importOptions(c *console, o importer.Options, quiet bool) importer.Options {
	o.Now = time.Now
	if !quiet {
		o.Progress = func(r importer.Report) {
			c.notef("%s: %d products%s, %.0f products/s", r.File, r.Products+r.Rejected, percent(r), rate(r))
		}
	}
	return o
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

// printGuess shows how a file was understood, and the command that confirms it.
func (i *importCommand) printGuess(c *console, r importer.Report) {
	kind, table := "price list", new(strings.Builder)
	w := tabwriter.NewWriter(table, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(w, harmless(strings.Join(cells, "\t"))) }
	if r.Guess.Format == importer.FormatChat {
		kind = "chat text"
		row("LINE", "NAME", "PRICE", "CATEGORY")
		for _, l := range r.Guess.Lines {
			row(strconv.Itoa(l.Line), l.Name, l.Price, l.Category)
		}
	} else {
		row("COLUMN", "HEADING", "READ AS", "WHY", "SUCH AS")
		for _, g := range r.Guess.Columns {
			row(strconv.Itoa(g.Column), g.Heading, cmp.Or(g.Field, "-"), g.Why, strings.Join(g.Samples, " | "))
		}
	}
	_ = w.Flush() // a Builder takes everything
	c.printf("%s is read as a %s:\n\n%s", r.File, kind, table)
	c.printf("To import it so: %s --layout '%s' %s\n", i.command(), r.Guess.Layout, quoted(r.File))
}

// command is the command line again, without what names the files. The address of the database holds a password.
func (i *importCommand) command() string {
	words := []string{"kirana import"}
	if i.DataDir != defaultDataDir {
		words = append(words, "--data-dir", quoted(i.DataDir))
	}
	words = append(words, "--store", quoted(i.Store))
	if i.Name != "" {
		words = append(words, "--name", quoted(i.Name))
	}
	if i.Currency != defaultCurrency {
		words = append(words, "--currency", quoted(i.Currency))
	}
	if i.Publish {
		words = append(words, "--publish")
	}
	return strings.Join(words, " ")
}

// harmless is a text from a file without what would move a terminal's cursor or turn its letters round.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return '·'
		}
		return r
	}, text)
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
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
