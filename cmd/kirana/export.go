package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/internal/importer"
)

type exportCommand struct {
	databaseFlags
	Store string `required:"" placeholder:"HANDLE" help:"The store."`
	File  string `arg:"" optional:"" default:"-" name:"FILE" help:"The file to write; - writes to standard output."`
}

// Help is shown by kirana export --help.
func (*exportCommand) Help() string {
	return `All products are written as one CSV file in Shopify's format, drafts too, as they are at one moment. Importing the file
again changes nothing; what the format cannot hold, such as a tag with a comma, is named. A file appears only when it is whole.

Exit code 0: all products are in the file as they are. 3: some not quite. 1: nothing was written.

  kirana export --store corner corner.csv
  kirana export --store corner | gzip > corner.csv.gz`
}

// Run exports the store's catalogue.
func (e *exportCommand) Run(c *console) error {
	d, err := e.open()
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	store, err := d.FindStore(c.ctx, e.Store)
	if err != nil {
		return err
	}
	if store == nil {
		return fmt.Errorf("there is no store %q", e.Store)
	}
	var done importer.Exported
	write := func(w io.Writer) (err error) {
		done, err = exportTo(c, d, store, w)
		return err
	}
	if e.File == "-" {
		err = write(c.out)
	} else {
		err = writeWhole(e.File, write)
	}
	if err != nil {
		return err
	}
	return e.report(c, done)
}

func exportTo(c *console, d *db.DB, store *commerce.Store, w io.Writer) (importer.Exported, error) {
	out := bufio.NewWriter(w)
	metafields, err := d.MetafieldColumns(c.ctx, store.ID)
	if err != nil {
		return importer.Exported{}, err
	}
	done, err := importer.Export(out, store, d.Catalogue(c.ctx, store), importer.ExportOptions{
		Metafields: metafields,
		Progress: func(done importer.Exported) {
			c.notef("%s: %d products, %.0f products/s", store.Handle, done.Products, exportRate(done))
		},
		Now: time.Now,
	})
	return done, errors.Join(err, out.Flush())
}

func exportRate(done importer.Exported) float64 {
	return float64(done.Products) / max(done.Elapsed.Seconds(), 1e-3)
}

// report says on stderr what was written, since stdout may be the file.
func (e *exportCommand) report(c *console, done importer.Exported) error {
	for _, difference := range done.Differences {
		c.notef("%s", difference)
	}
	if more := done.Inexact - len(done.Differences); more > 0 {
		c.notef("and %d more products that would not come back as they are", more)
	}
	c.notef("%s → %s: %d products, %d variants, %d bytes in %s", e.Store, e.File, done.Products, done.Variants, done.Bytes,
		done.Elapsed.Round(time.Millisecond))
	if done.Inexact > 0 {
		return exitError(3)
	}
	return nil
}

// writeWhole lets write fill a file beside the named one, which takes its place when it is whole.
func writeWhole(name string, write func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if err = errors.Join(write(file), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}
