package importer

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// readAhead is how much of the file is asked for at a time; smallRead does for a text that is in memory.
const (
	readAhead = 64 << 10
	smallRead = 4 << 10
)

// Reader reads products from one catalogue file. It holds one product at a time, and 16 bytes for each handle seen.
// It is not safe for concurrent use.
type Reader struct {
	name     string
	currency commerce.Currency
	csv      *csv.Reader
	text     *bufio.Reader
	skipped  int // bytes before the headings

	header  *header
	cells   []string // the row that is read and, while pending, not yet part of a product
	pending bool
	end     error          // why no row can be read any more: io.EOF, or a fault of the source
	broken  *RejectedError // the row the rest of the file cannot be read after; told once

	seed     maphash.Seed
	seen     map[uint64]int // handles by hash, and the line each began on
	notes    []string
	slugs    int    // products whose handle was made from the title
	slugNote string // the first of them
}

// NewReader returns a Reader of the catalogue file r. name is the file's name in messages; c is the currency of its
// prices. Nothing is read before the first Next.
func NewReader(name string, r io.Reader, c commerce.Currency) *Reader {
	return newReader(name, r, c, readAhead)
}

func newReader(name string, r io.Reader, c commerce.Currency, ahead int) *Reader {
	text := bufio.NewReaderSize(newLimiter(r), ahead)
	rows := csv.NewReader(text)
	rows.FieldsPerRecord = -1
	rows.ReuseRecord = true
	return &Reader{name: name, currency: c, csv: rows, text: text, seed: maphash.MakeSeed(), seen: make(map[uint64]int)}
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

// Offset returns how many bytes of the file are read so far.
func (r *Reader) Offset() int64 { return int64(r.skipped) + r.csv.InputOffset() }

// open reads the headings and the first row.
func (r *Reader) open() error {
	const byteOrderMark = "\uFEFF"
	// A fault of the source shows again, and with a message, at the first row.
	if start, err := r.text.Peek(len(byteOrderMark)); err == nil && string(start) == byteOrderMark {
		r.skipped, _ = r.text.Discard(len(byteOrderMark))
	}
	cells, err := r.csv.Read()
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%s: the file is empty", r.name)
	case err != nil:
		return r.fault(err)
	}
	r.header, r.notes, err = parseHeader(cells)
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	r.advance()
	return r.end
}

// last tells why there is no further product: first what could not be read, then the end.
func (r *Reader) last() error {
	if r.broken != nil {
		err := r.broken
		r.broken = nil
		return err
	}
	return r.end
}

// advance reads the next row that is not blank. Afterwards either a row is pending or end says why there is none.
func (r *Reader) advance() {
	r.pending = false
	for r.end == nil {
		cells, err := r.csv.Read()
		r.cells = cells
		switch {
		case err == nil:
			if !blank(cells) {
				r.pending = true
				return
			}
		case r.breaks(err):
			r.end = io.EOF
		default:
			r.end = r.fault(err)
		}
	}
}

func blank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// fault wraps what the source of the file answered; the end of the file stays bare, as io.Reader has it.
func (r *Reader) fault(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return fmt.Errorf("reading %s: %w", r.name, err)
}

// breaks reports whether err is the file's own fault, after which nothing more of it makes sense, and remembers it.
func (r *Reader) breaks(err error) bool {
	rejection := Rejection{File: r.name}
	if limit, ok := errors.AsType[*limitError](err); ok {
		rejection.Line, rejection.Column = limit.Line, r.header.name(limit.Column)
		rejection.Reason = limit.Reason + "; nothing after it was read"
	} else if syntax, ok := errors.AsType[*csv.ParseError](err); ok {
		rejection.Line, rejection.Column = r.brokenLine(syntax), r.header.name(len(r.cells))
		rejection.Reason = fmt.Sprintf("the quotes of the cell that begins here are broken (line %d, character %d): "+
			"end it with one quote and double each quote inside; nothing after it was read", syntax.Line, syntax.Column)
	} else {
		return false
	}
	rejection.Handle = commerce.Truncate(r.cell(colHandle), maxHeading)
	r.broken = &RejectedError{Rejections: []Rejection{rejection}}
	return true
}

// brokenLine is the line on which the cell after the last whole one begins.
func (r *Reader) brokenLine(syntax *csv.ParseError) int {
	last := len(r.cells) - 1
	if last < 0 {
		return syntax.StartLine
	}
	line, _ := r.csv.FieldPos(last)
	return line + strings.Count(r.cells[last], "\n")
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
func (r *Reader) cell(c column) string {
	i := r.header.known[c]
	if i < 0 || i >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(r.cells[i])
}

// line is where the cell of a column begins; the row's own line when the row lacks it.
func (r *Reader) line(c column) int {
	i := r.header.known[c]
	if i < 0 || i >= len(r.cells) {
		i = 0
	}
	line, _ := r.csv.FieldPos(i)
	return line
}

// claim remembers a handle and reports the line on which it was claimed before, 0 for never. Only hashes are kept, so
// that a million handles take megabytes; the seed is secret, and two of a million handles collide in one of 10^7 such files.
func (r *Reader) claim(handle string, line int) int {
	key := maphash.String(r.seed, handle)
	if before, ok := r.seen[key]; ok {
		return before
	}
	r.seen[key] = line
	return 0
}
