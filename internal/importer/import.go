package importer

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// defaultBatchSize is how many products one transaction writes unless Options say otherwise.
const defaultBatchSize = 500

// A batch also ends, whatever its products, when it grows as large as these: they bound memory and transactions.
const (
	maxBatchVariants = 10_000
	maxBatchBytes    = 8 << 20
)

// maxRejections bounds the rejections a Report keeps; Rejected goes on counting.
const maxRejections = 1000

// Report says what became of a file, so far or in the end.
type Report struct {
	File  string `json:"file"`
	Store string `json:"store"` // its handle
	// Products is the number of products that went in: Created, Updated and Unchanged together.
	Products  int `json:"products"`
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	// Rejected is the number of products that were refused; a part of the file that could not be read counts as one.
	Rejected int `json:"rejected"`
	// Variants is the number of variants of the products that went in.
	Variants int `json:"variants"`
	// Rejections holds the reasons, the first thousand.
	Rejections []Rejection `json:"rejections"`
	// Notes tell what of the file was not used. They are complete in the last report.
	Notes []string `json:"notes"`
	// Guess says how a file was understood of which that is not plain: what there is to confirm.
	Guess *Guess `json:"guess,omitempty"`
	// Bytes is how much of the file is done; TotalBytes is its size as the caller gave it.
	Bytes      int64 `json:"bytes"`
	TotalBytes int64 `json:"totalBytes"`
	// Elapsed is in nanoseconds in JSON.
	Elapsed time.Duration `json:"elapsedNs"`
}

// Options change how a file is read. The zero value is ready for use.
type Options struct {
	// Format is FormatAuto when it is empty.
	Format Format
	// Layout confirms a guess: it is a Layout of a price list, or what a dry run of the very same chat text said.
	Layout string
	// DryRun reports what would happen and writes nothing, so that a guess needs no confirmation.
	DryRun bool
	// BatchSize is how many products go into one transaction at most; 500 when it is 0 or less.
	BatchSize int
	// Skip is how many products of the file are done already, refused ones among them: they are read and not handed out. So
	// whoever goes on with a file finds its lines and handles numbered and told apart as at the first time.
	Skip int
	// MaxLines bounds the products of a chat text, where a person can be shown so many; 0 for no bound.
	MaxLines int
	// Progress, when set, is called with the report so far after each batch, from the caller's own goroutine.
	Progress func(Report)
	// Now tells the time for Report.Elapsed, which stays 0 without it.
	Now func() time.Time
}

// Writer is a catalogue that files go into.
type Writer interface {
	commerce.CatalogWriter
	commerce.ListingWriter
}

// ErrUnconfirmed says that nothing was written, since how the file is to be read was guessed and nobody has confirmed it. The
// report holds the guess.
var ErrUnconfirmed = errors.New("how the file is to be read was guessed: look at it and confirm it by its layout")

// Import reads the catalogue file r, called name and size bytes long (0 when not known), and puts its products into the
// store, one transaction for each batch, while the next batch is being read. The lines of a price list or a chat text create
// products, or change of those that exist only what they say.
//
// How a price list or a chat text is to be read is guessed where no layout says it, and the guess is in the report. By a guess
// a dry run reports what would happen; any other import writes nothing and returns ErrUnconfirmed.
//
// Products that are refused are in the report and are no error. An error means that the rest of the file did not go in:
// the writer failed, ctx ended, or the file cannot be read. The report then tells what had gone in before; importing
// the file again is safe. Import returns only when it no longer reads r, so a Read that blocks delays it even when ctx
// has ended.
func Import(ctx context.Context, w Writer, store *commerce.Store, name string, r io.Reader, size int64, o Options) (Report, error) {
	im := newImporting(store, name, size, o)
	im.put = func(ctx context.Context, b *batch) error {
		switch {
		case len(b.products) > 0:
			return im.putProducts(ctx, w, b)
		case len(b.listings) > 0:
			return im.putListings(ctx, w, b)
		}
		return nil
	}
	return im.read(ctx, r)
}

func newImporting(store *commerce.Store, name string, size int64, o Options) *importing {
	o.Format = cmp.Or(o.Format, FormatAuto)
	if o.BatchSize <= 0 {
		o.BatchSize = defaultBatchSize
	}
	if o.Now == nil {
		o.Now = func() time.Time { return time.Time{} }
	}
	return &importing{
		store: store, options: o, start: o.Now(),
		report: Report{File: name, Store: store.Handle, TotalBytes: size, Rejections: []Rejection{}, Notes: []string{}},
	}
}

// read reads the file to its end and returns the report.
func (im *importing) read(ctx context.Context, r io.Reader) (Report, error) {
	err := im.run(ctx, r)
	im.report.Elapsed = im.options.Now().Sub(im.start)
	return im.report, err
}

// source is a file that is read into batches.
type source interface {
	// read adds what comes next to the batch. Its errors are those of Reader.Next.
	read(b *batch) error
	Offset() int64
	Notes() []string
}

// batch is what the reading side hands to the writing side.
type batch struct {
	products   []commerce.ProductInput
	listings   []commerce.Listing
	lines      []int // of the listings
	variants   int
	rejected   int
	rejections []Rejection
	notes      []string
	bytes      int64
	last       bool
	err        error // why the last batch is the last, nil at the end of the file
}

// read adds the next product to a batch.
func (r *Reader) read(b *batch) error {
	p, err := r.Next()
	if err == nil {
		b.products = append(b.products, p)
		b.variants += len(p.Variants)
	}
	return err
}

// readBatch fills a batch from the file.
func readBatch(r source, size int) *batch {
	b := &batch{}
	start := r.Offset()
	for len(b.products)+len(b.listings) < size && b.variants < maxBatchVariants && r.Offset()-start < maxBatchBytes &&
		len(b.rejections) <= maxRejections-maxReasons {
		err := r.read(b)
		if refused, ok := errors.AsType[*RejectedError](err); ok {
			b.rejected++
			b.rejections = appendRejections(b.rejections, refused.Rejections)
			continue
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				b.err = err
			}
			b.last, b.notes = true, r.Notes()
			break
		}
	}
	b.bytes = r.Offset()
	return b
}

// appendRejections appends as many rejections as a report keeps.
func appendRejections(list, more []Rejection) []Rejection {
	return append(list, more[:min(len(more), maxRejections-len(list))]...)
}

// readFunc is a function as an io.Reader.
type readFunc func(p []byte) (int, error)

// Read implements io.Reader.
func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// importing is one import under way.
type importing struct {
	put     func(ctx context.Context, b *batch) error // writes a batch, or compares it, and counts what became of it
	store   *commerce.Store
	options Options
	start   time.Time
	report  Report
}

// open finds out how the file is to be read.
func (im *importing) open(r *bufio.Reader) (source, error) {
	format, err := FormatOf(im.options.Format, im.options.Layout, r, im.store.Currency)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", im.report.File, err)
	}
	switch format {
	case FormatChat:
		return im.openChat(r)
	case FormatPriceList:
		return im.openList(r)
	case FormatShopify, FormatAuto:
	}
	return NewReader(im.report.File, r, im.store), nil
}

// run writes batches while a second goroutine reads the next one. At most two batches exist at a time, and one product
// being read.
func (im *importing) run(ctx context.Context, r io.Reader) error {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	// The end of ctx ends the file, so that even a product without end is left at once.
	opened, err := im.open(bufio.NewReaderSize(readFunc(func(p []byte) (int, error) {
		if reading.Err() != nil {
			return 0, context.Cause(reading)
		}
		return r.Read(p)
	}), SampleBytes))
	if err != nil {
		return err
	}
	file := &skipping{left: im.options.Skip, source: opened}
	batches := make(chan *batch)
	go func() {
		defer close(batches)
		for {
			b := readBatch(file, im.options.BatchSize)
			select {
			case batches <- b:
				if b.last {
					return
				}
			case <-reading.Done():
				return
			}
		}
	}()
	var failed error
	done := false
	for b := range batches { // to the end even after a failure: r is the caller's again once the other goroutine is done
		if failed == nil {
			failed, done = im.take(ctx, b), b.last
		}
		if failed != nil {
			stop()
		}
	}
	if failed == nil && !done {
		return im.stopped(ctx)
	}
	return failed
}

func (im *importing) stopped(ctx context.Context) error {
	return fmt.Errorf("importing %s was stopped: %w", im.report.File, context.Cause(ctx))
}

// take writes a batch and adds it to the report.
func (im *importing) take(ctx context.Context, b *batch) error {
	if ctx.Err() != nil {
		return im.stopped(ctx)
	}
	if err := im.put(ctx, b); err != nil {
		return err
	}
	im.report.Rejected += b.rejected
	im.report.Rejections = appendRejections(im.report.Rejections, b.rejections)
	im.report.Notes = append(im.report.Notes, b.notes...)
	im.report.Bytes = b.bytes
	im.report.Elapsed = im.options.Now().Sub(im.start)
	if im.options.Progress != nil {
		im.options.Progress(im.report)
	}
	return b.err
}

// putProducts writes whole products.
func (im *importing) putProducts(ctx context.Context, w Writer, b *batch) error {
	put := w.UpsertProducts
	if im.options.DryRun {
		put = w.CompareProducts
	}
	outcomes, err := put(ctx, im.store, b.products)
	if err = im.putFault(err, len(b.products), len(outcomes), b.products[0].Handle, b.products[len(b.products)-1].Handle); err != nil {
		return err
	}
	for _, outcome := range outcomes {
		im.count(outcome)
	}
	im.report.Variants += b.variants
	return nil
}

// putFault explains why a batch did not go in, nil when it did.
func (im *importing) putFault(err error, put, told int, first, last string) error {
	if err != nil {
		return fmt.Errorf("putting the products from %q to %q of %s into store %q: %w", first, last, im.report.File, im.store.Handle, err)
	}
	if told != put {
		return fmt.Errorf("putting %d products of %s into store %q: the writer told the outcome of %d", put, im.report.File, im.store.Handle, told)
	}
	return nil
}

// count adds what became of one product to the report.
func (im *importing) count(outcome commerce.UpsertOutcome) {
	switch outcome {
	case commerce.OutcomeCreated:
		im.report.Created++
	case commerce.OutcomeUpdated:
		im.report.Updated++
	case commerce.OutcomeUnchanged:
		im.report.Unchanged++
	}
	im.report.Products++
}
