package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/markup"
)

// Bounds in bytes that the domain leaves open: an index entry of the database has room for a few thousand bytes.
const (
	maxLabel = 255  // vendor, type, tag, barcode, collection
	maxLine  = 2048 // alternative text, texts for search engines
)

// maxCollections bounds the collections one product is put into.
const maxCollections = 250

// draft is the product whose rows are being read. What it keeps of a row is copied, since a kept piece of a row would
// keep the whole row in memory.
type draft struct {
	r          *Reader
	in         commerce.ProductInput
	line       int
	handle     string // as the file has it, empty when in.Handle is made from the title
	slugged    bool
	before     int  // the line on which the handle was used before, 0 for none
	skip       bool // the first row is refused, so that nothing can be said about the others
	plain      bool // the product names no options
	crowded    bool // the product has too many variants
	pictures   []picture
	combos     map[string]int // variants by their option values, and the line of each
	rejections []Rejection
	fault      error // the source failed before the product's rows came to an end
}

func newDraft(r *Reader) *draft { return &draft{r: r, combos: make(map[string]int)} }

// reject notes a reason to refuse the product, at the cell of column c in the current row.
func (d *draft) reject(c column, format string, args ...any) {
	d.rejectAt(d.r.line(c), d.r.header.called[c], format, args...)
}

// rejectAt notes a reason that concerns a whole row or product, where heading is empty.
func (d *draft) rejectAt(line int, heading, format string, args ...any) {
	if len(d.rejections) >= maxReasons {
		return
	}
	d.rejections = append(d.rejections, Rejection{
		File: d.r.name, Line: line, Column: heading,
		Handle: commerce.Truncate(d.handle, maxHeading),
		Reason: fmt.Sprintf(format, args...),
	})
}

// addFirst takes the current row as the first of the product: the one that says what the product is.
func (d *draft) addFirst() {
	d.line = d.r.line(colHandle)
	d.handle = strings.Clone(d.r.cell(colHandle))
	if d.handle != "" { // claimed before anything is refused, lest later rows come to stand for the whole product
		d.before = d.r.claim(d.handle, d.line)
	}
	d.skip = !d.whole() || !d.identify()
	if d.skip {
		return
	}
	d.describe()
	d.publish()
	d.options()
	d.addRow(true)
}

// add takes the current row as a further one of the product.
func (d *draft) add() {
	switch {
	case d.skip:
	case d.r.cell(colHandle) == "" && d.r.cell(colTitle) == "":
		d.reject(colHandle, "the row has neither a handle nor a title: it cannot be told which product it belongs to")
	case d.whole():
		d.addRow(false)
	}
}

func (d *draft) addRow(first bool) {
	d.collect()
	d.addPicture()
	if first || d.hasVariant() {
		d.addVariant()
	}
}

// owns reports whether the current row belongs to the product: it has its handle, or nothing that tells it apart.
func (d *draft) owns() bool {
	handle, title := d.r.cell(colHandle), d.r.cell(colTitle)
	switch {
	case handle != "":
		return handle == d.handle
	case title != "":
		return d.slugged && title == d.in.Title
	}
	return true
}

// identify finds title and handle, makes the handle from the title where there is none, and refuses one that came before.
func (d *draft) identify() bool {
	d.in.Handle = d.checked(colHandle, d.handle, commerce.Bytes(commerce.MaxHandle))
	d.in.Title = d.text(colTitle, commerce.Characters(commerce.MaxTitle))
	if d.handle == "" && d.in.Title != "" {
		d.slug()
	}
	switch {
	case len(d.rejections) > 0:
	case d.before > 0:
		d.reject(colHandle, "the handle %.80q was used on line %d, and other products came between: "+
			"move the rows of a product together, or give this one a handle of its own", d.in.Handle, d.before)
	case d.in.Title == "":
		d.reject(colTitle, "the product has no title")
	case d.in.Handle == "":
		d.reject(colHandle, "the row has no handle, and its title has no letter or digit to make one from")
	case strings.ContainsFunc(d.in.Handle, unlinkable):
		d.reject(colHandle, "the handle %.80q is not usable in a link: write letters, digits and hyphens", d.in.Handle)
	}
	return len(d.rejections) == 0
}

// slug makes the handle from the title.
func (d *draft) slug() {
	d.slugged = true
	if d.in.Handle = commerce.HandleOf(d.in.Title); d.in.Handle == "" {
		return
	}
	d.before = d.r.claim(d.in.Handle, d.line)
	if d.r.slugs++; d.r.slugs == 1 {
		d.r.slugNote = fmt.Sprintf("%.80q on line %d", d.in.Handle, d.line)
	}
}

// unlinkable reports whether a character would end or break the handle in a link.
func unlinkable(c rune) bool {
	return strings.ContainsRune("/?#", c) || unicode.IsSpace(c) || unicode.IsControl(c)
}

// whole reports whether the row has a cell for each heading. A row with more or fewer is not read at all: a comma
// without quotes has shifted its texts, or the file was cut off, and a price cut short is still a price.
func (d *draft) whole() bool {
	got, want := len(d.r.cells), len(d.r.header.names)
	if got == want {
		return true
	}
	hint := "a text with a comma may need quotes around it"
	if got < want {
		hint = "the file may be cut off here, or a text may lack its closing quote"
	}
	line, _ := d.r.csv.FieldPos(0)
	d.rejectAt(line, "", "the row has %d cells where the headings have %d: %s", got, want, hint)
	return false
}

// describe reads the texts of the product. The description keeps its white space.
func (d *draft) describe() {
	if i := d.r.header.known[colDescription]; i >= 0 && d.fits(colDescription, d.r.cells[i], commerce.Bytes(commerce.MaxHTML)) {
		d.in.DescriptionHTML = d.checked(colDescription, markup.Clean(d.r.cells[i]), commerce.Bytes(commerce.MaxHTML)) // references take more room
	}
	d.in.Vendor = d.text(colVendor, commerce.Characters(maxLabel))
	for _, c := range []column{colType, colCustomType, colStandardType, colCategory} {
		if d.in.ProductType = d.text(c, commerce.Characters(maxLabel)); d.in.ProductType != "" {
			break
		}
	}
	d.in.SEOTitle = d.text(colSEOTitle, commerce.Characters(maxLine))
	d.in.SEODescription = d.text(colSEODescription, commerce.Characters(maxLine))
	d.in.Metafields = d.metafields(false)
	d.tags()
}

// tags splits the list of tags. The count of commas is bounded before anything is split.
func (d *draft) tags() {
	rest := d.r.cell(colTags)
	if strings.Count(rest, ",") > 2*commerce.MaxTags {
		d.reject(colTags, "more than %d tags", commerce.MaxTags)
		return
	}
	for more := rest != ""; more; {
		var tag string
		tag, rest, more = strings.Cut(rest, ",")
		tag = d.checked(colTags, strings.TrimSpace(tag), commerce.Characters(maxLabel))
		if tag != "" && !slices.Contains(d.in.Tags, tag) {
			d.in.Tags = append(d.in.Tags, tag)
		}
	}
	if len(d.in.Tags) > commerce.MaxTags {
		d.reject(colTags, "more than %d tags", commerce.MaxTags)
	}
}

// publish reads whether the product is for sale. Without a status, Published alone decides.
func (d *draft) publish() {
	d.in.IsGiftCard = d.yes(colGiftCard, false)
	d.in.Published = d.yes(colPublished, true)
	switch status := d.r.cell(colStatus); strings.ToLower(status) {
	case "active":
		d.in.Status = commerce.ProductActive
	case "draft":
		d.in.Status = commerce.ProductDraft
	case "archived":
		d.in.Status = commerce.ProductArchived
	case "":
		d.in.Status = commerce.ProductDraft
		if d.in.Published {
			d.in.Status = commerce.ProductActive
		}
	default:
		d.reject(colStatus, "%.40q is no status: write active, draft or archived", status)
	}
}

// collect puts the product into the collection the row names: each row can name one, since titles may hold commas.
func (d *draft) collect() {
	title := d.text(colCollection, commerce.Characters(commerce.MaxTitle))
	if title == "" || slices.Contains(d.in.Collections, title) {
		return
	}
	if len(d.in.Collections) == maxCollections {
		d.reject(colCollection, "more than %d collections", maxCollections)
		return
	}
	d.in.Collections = append(d.in.Collections, title)
}

// finish returns the product, or why it is refused.
func (d *draft) finish() (commerce.ProductInput, error) {
	if d.fault != nil {
		return commerce.ProductInput{}, d.fault
	}
	if len(d.rejections) == 0 {
		d.in.Media = d.media()
		for _, problem := range d.in.Validate() {
			d.rejectAt(d.line, "", "%s", problem)
		}
	}
	if len(d.rejections) > 0 {
		return commerce.ProductInput{}, &RejectedError{Rejections: d.rejections}
	}
	return d.in, nil
}
