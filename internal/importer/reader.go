package importer

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
)

// Reader reads products from one catalogue file. It holds one product at a time, and 16 bytes for each handle seen.
// It is not safe for concurrent use.
type Reader struct {
	rows
	store    *commerce.Store
	header   *header
	notes    []string
	slugs    int    // products whose handle was made from the title
	slugNote string // the first of them
}

// NewReader returns a Reader of the catalogue file r. name is the file's name in messages; the store says the currency
// of its prices, and whose things its metafields can refer to. Nothing is read before the first Next.
func NewReader(name string, r io.Reader, store *commerce.Store) *Reader {
	return newReader(name, r, store, readAhead)
}

func newReader(name string, r io.Reader, store *commerce.Store, ahead int) *Reader {
	return &Reader{rows: newRows(name, r, ',', ahead), store: store}
}

// Next returns the next product: valid by its own Validate, and in UTF-8. It returns a *RejectedError for a product that
// is refused, io.EOF at the end, and any other error when the file cannot be read (on).
func (r *Reader) Next() (commerce.ProductInput, error) {
	if r.header == nil && r.end == nil {
		r.end = r.open()
	}
	if !r.pending {
		return commerce.ProductInput{}, r.last()
	}
	d := newDraft(r)
	d.addFirst()
	for r.advance(); r.pending && d.owns(); r.advance() {
		d.add()
	}
	r.settle(d)
	return d.finish()
}

// Notes returns what a merchant should know about the file though nothing is refused for it. It is complete at the end
// of the file.
func (r *Reader) Notes() []string {
	notes := slices.Clip(r.notes)
	if r.slugs > 0 {
		notes = append(notes, fmt.Sprintf("products without a handle got one from their title: %d, the first is %s", r.slugs, r.slugNote))
	}
	return notes
}

// open reads the headings and the first row.
func (r *Reader) open() error {
	r.skipMark()
	cells, err := r.csv.Read()
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%s: the file is empty", r.name)
	case err != nil:
		return r.fault(err)
	}
	h, notes, err := parseHeader(cells)
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	r.notes = notes
	r.begin(h)
	return r.end
}

// begin reads the first row behind the headings.
func (r *Reader) begin(h *header) {
	r.header, r.columns = h, h.names
	r.advance()
}

// advance reads the next row that is not blank, and says of one that is broken whose it is.
func (r *Reader) advance() {
	r.rows.advance()
	if r.broken != nil {
		r.broken.Rejections[0].Handle = commerce.Truncate(r.cell(colHandle), maxHeading)
	}
}

// settle decides what a broken row means for the product before it: unless the row names another handle, it may belong
// to the product, which is then refused with it, since half a product must not go in.
func (r *Reader) settle(d *draft) {
	if r.broken != nil {
		rejection := r.broken.Rejections[0]
		if own := commerce.Truncate(d.handle, maxHeading); rejection.Handle == "" || rejection.Handle == own {
			rejection.Handle = own
			d.rejections = append(d.rejections[:min(len(d.rejections), maxReasons-1)], rejection)
			r.broken = nil
		}
	}
	if !r.pending && !errors.Is(r.end, io.EOF) {
		d.fault = r.end
	}
}

// cell returns the trimmed text of a column in the current row, empty where the file or the row lacks it.
func (r *Reader) cell(c column) string { return r.cellAt(r.header.known[c]) }

// line is where the cell of a column begins; the row's own line when the row lacks it.
func (r *Reader) line(c column) int { return r.lineAt(r.header.known[c]) }
