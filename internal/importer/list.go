package importer

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// ListReader reads the lines of one price list. It holds one row at a time, and 16 bytes for each name and SKU seen. It is not
// safe for concurrent use.
type ListReader struct {
	rows
	layout     Layout
	currency   commerce.Currency
	source     *counter
	width      int // cells of each row
	opened     bool
	rejections []Rejection // of the current row
	notes      []string
}

// counter counts what is read of a file, whatever it is decoded to.
type counter struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// NewListReader returns a reader of the price list r, laid out as the layout says. name is the file's name in messages; c is the
// currency of its prices. Nothing is read before the first Next.
func NewListReader(name string, r io.Reader, c commerce.Currency, layout Layout) *ListReader {
	source := &counter{r: r}
	return &ListReader{rows: newRows(name, NewText(source), layout.Separator, readAhead), layout: layout, currency: c, source: source}
}

// Next returns what the next row says, and its line. It returns a *RejectedError for a row that is refused, io.EOF at the end,
// and any other error when the file cannot be read (on).
func (l *ListReader) Next() (commerce.Listing, int, error) {
	if !l.opened {
		l.open()
	}
	if !l.pending {
		return commerce.Listing{}, 0, l.last()
	}
	line := l.lineAt(0)
	l.rejections = nil
	listing := l.listing()
	rejections := l.rejections
	l.advance()
	if len(rejections) > 0 {
		return commerce.Listing{}, line, &RejectedError{Rejections: rejections}
	}
	return listing, line, nil
}

// Notes returns what a merchant should know about the file though nothing is refused for it.
func (l *ListReader) Notes() []string { return l.notes }

// Offset returns how many bytes of the file are read so far.
func (l *ListReader) Offset() int64 { return l.source.n }

// open reads the first row: it says how wide the list is, and what its columns are called.
func (l *ListReader) open() {
	l.opened = true
	l.advance()
	if l.pending {
		l.start()
	} else if errors.Is(l.end, io.EOF) && l.broken == nil {
		l.end = fmt.Errorf("%s: the file is empty", l.name)
	}
}

func (l *ListReader) start() {
	l.width = len(l.cells)
	var unused []string
	for i, cell := range l.cells {
		name := placeName(i + 1)
		if heading := strings.TrimSpace(strings.ToValidUTF8(cell, "")); l.layout.Header && heading != "" {
			name = commerce.Truncate(heading, maxHeading)
			if !l.used(i + 1) {
				unused = append(unused, name)
			}
		}
		l.columns = append(l.columns, name)
	}
	l.notes = unusedNote(unused)
	switch {
	case l.layout.width() > l.width:
		l.pending = false
		l.end = fmt.Errorf("%s: the layout says column %d, the first row has %d cells", l.name, l.layout.width(), l.width)
	case l.layout.Header:
		l.advance()
	}
}

func (l *ListReader) used(place int) bool {
	for _, p := range l.layout.Columns {
		if p == place {
			return true
		}
	}
	return false
}

// reject notes a reason to refuse the current row, at the cell of a field.
func (l *ListReader) reject(f Field, format string, args ...any) {
	i := l.layout.Columns[f] - 1
	l.rejections = append(l.rejections, Rejection{
		File: l.name, Line: l.lineAt(i), Column: l.called(i), Handle: commerce.Truncate(commerce.Slug(l.cell(FieldName)), maxHeading),
		Reason: fmt.Sprintf(format, args...),
	})
}

// cell returns the trimmed text of a field in the current row.
func (l *ListReader) cell(f Field) string { return l.cellAt(l.layout.Columns[f] - 1) }

// listing reads the current row.
func (l *ListReader) listing() commerce.Listing {
	if len(l.cells) != l.width {
		l.rejections = append(l.rejections, Rejection{File: l.name, Line: l.lineAt(0), Reason: fmt.Sprintf(
			"the row has %d cells where the first row has %d: a text or price with a separator in it needs quotes around it", len(l.cells), l.width)})
		return commerce.Listing{}
	}
	in := commerce.Listing{
		Name: l.text(FieldName, commerce.Characters(commerce.MaxTitle)), SKU: l.text(FieldSKU, commerce.Characters(commerce.MaxSKU)),
		PriceMinor: l.price(FieldPrice), CompareAtMinor: l.price(FieldMRP), Quantity: l.quantity(),
		Category: l.text(FieldCategory, commerce.Characters(commerce.MaxLabel)), ImageURL: l.picture(),
	}
	if in.PriceMinor != nil && in.CompareAtMinor != nil && *in.CompareAtMinor < *in.PriceMinor {
		l.reject(FieldMRP, "the price %s is above the price before the reduction, %s", l.cell(FieldPrice), l.cell(FieldMRP))
	}
	if len(l.rejections) == 0 {
		l.identify(&in)
	}
	return in
}

// identify refuses a row that says nothing, and one whose name or SKU came before: rows are never merged.
func (l *ListReader) identify(in *commerce.Listing) {
	handle := commerce.HandleOf(in.Name)
	switch {
	case in.Name == "" && in.SKU == "":
		l.reject(FieldName, "the row has neither a name nor a SKU")
		return
	case handle == "" && in.SKU == "":
		l.reject(FieldName, "the name has no letter or digit to make a handle from")
		return
	case in.PriceMinor == nil && in.CompareAtMinor == nil && in.Quantity == nil && in.Category == "" && in.ImageURL == "":
		l.reject(FieldName, "the row says nothing about %.80q", in.Name+in.SKU)
		return
	}
	line := l.lineAt(0)
	if in.SKU != "" {
		if before := l.claim("sku "+in.SKU, line); before > 0 {
			l.reject(FieldSKU, "the SKU %.80q is on line %d already", in.SKU, before)
		}
		if handle != "" { // two variants of a product may have its name, and each a SKU of its own
			handle += " sku " + in.SKU
		}
	}
	if handle == "" {
		return
	}
	if before := l.claim("name "+handle, line); before > 0 && len(l.rejections) == 0 {
		l.reject(FieldName, "%.80q is on line %d already, under the same name or one that makes the same handle", in.Name, before)
	}
}

// text returns a copy of the trimmed text of a field.
func (l *ListReader) text(f Field, most commerce.TextSize) string {
	text := l.cell(f)
	switch {
	case most.Exceeded(text):
		l.reject(f, "the text is longer than %s", most)
	case !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) || strings.IndexByte(text, 0) >= 0:
		l.reject(f, notUTF8)
	default:
		return strings.Clone(text)
	}
	return ""
}

func (l *ListReader) price(f Field) *int64 {
	text := l.cell(f)
	if text == "" {
		return nil
	}
	minor, err := amount(text, l.currency, l.layout.DecimalComma)
	if err != nil {
		l.reject(f, "%s", err)
	}
	return &minor
}

// quantity reads a whole number of units, which spreadsheets may write with decimals.
func (l *ListReader) quantity() *int {
	text := l.cell(FieldQuantity)
	if text == "" {
		return nil
	}
	number, decimals, _ := strings.Cut(asciiDigits(text), ".")
	n, err := strconv.Atoi(number)
	if err != nil || strings.Trim(decimals, "0") != "" || n > maxQuantity || n < -maxQuantity {
		l.reject(FieldQuantity, "%.40q is not a number of units", text)
		return nil
	}
	return &n
}

func (l *ListReader) picture() string {
	text := l.text(FieldImage, commerce.Bytes(commerce.MaxURL))
	if text != "" && !usablePicture(text) {
		l.reject(FieldImage, "%.80q is no address of a picture: write https://… or a path such as /pictures/rice.svg", text)
		return ""
	}
	return text
}
