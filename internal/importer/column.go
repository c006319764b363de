package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// column is a column this package reads.
type column int

const (
	colHandle column = iota
	colTitle
	colDescription
	colVendor
	colType
	colCustomType
	colStandardType
	colCategory
	colTags
	colPublished
	colStatus
	colGiftCard
	colSEOTitle
	colSEODescription
	colCollection
	colOption1Name
	colOption1Value
	colOption2Name
	colOption2Value
	colOption3Name
	colOption3Value
	colSKU
	colBarcode
	colPrice
	colCompareAt
	colTracker
	colQuantity
	colPolicy
	colGrams
	colWeightUnit
	colRequiresShipping
	colTaxable
	colVariantImage
	colImage
	colImagePosition
	colImageAlt
	columnCount
)

// columnNames lists each column's headings, the one for messages first. The second is that of the template of 2024.
func columnNames() [columnCount][]string {
	return [columnCount][]string{
		colHandle:           {"Handle", "URL handle"},
		colTitle:            {"Title"},
		colDescription:      {"Body (HTML)", "Description", "Body HTML"},
		colVendor:           {"Vendor"},
		colType:             {"Type"},
		colCustomType:       {"Custom Product Type"},
		colStandardType:     {"Standard Product Type"},
		colCategory:         {"Product Category"},
		colTags:             {"Tags"},
		colPublished:        {"Published", "Published on online store"},
		colStatus:           {"Status"},
		colGiftCard:         {"Gift Card"},
		colSEOTitle:         {"SEO Title"},
		colSEODescription:   {"SEO Description"},
		colCollection:       {"Collection"},
		colOption1Name:      {"Option1 Name"},
		colOption1Value:     {"Option1 Value"},
		colOption2Name:      {"Option2 Name"},
		colOption2Value:     {"Option2 Value"},
		colOption3Name:      {"Option3 Name"},
		colOption3Value:     {"Option3 Value"},
		colSKU:              {"Variant SKU", "SKU"},
		colBarcode:          {"Variant Barcode", "Barcode"},
		colPrice:            {"Variant Price", "Price"},
		colCompareAt:        {"Variant Compare At Price", "Compare-at price"},
		colTracker:          {"Variant Inventory Tracker", "Inventory tracker"},
		colQuantity:         {"Variant Inventory Qty", "Inventory quantity"},
		colPolicy:           {"Variant Inventory Policy", "Continue selling when out of stock"},
		colGrams:            {"Variant Grams", "Weight value (grams)"},
		colWeightUnit:       {"Variant Weight Unit", "Weight unit for display"},
		colRequiresShipping: {"Variant Requires Shipping", "Requires shipping"},
		colTaxable:          {"Variant Taxable", "Charge tax"},
		colVariantImage:     {"Variant Image", "Variant image URL"},
		colImage:            {"Image Src", "Product image URL"},
		colImagePosition:    {"Image Position"},
		colImageAlt:         {"Image Alt Text"},
	}
}

// header says where each column stands in a file and how the file calls it.
type header struct {
	names  []string         // as in the file
	known  [columnCount]int // place in a row, -1 where the file has no such column
	called [columnCount]string
	// metafields are the columns of metafields, in the file's order.
	metafields []metafieldColumn
	// said are the columns of metafields, to find one that says the same as one before.
	said map[commerce.MetafieldColumn]bool
}

// maxNamedColumns bounds how many unused columns a note lists.
const maxNamedColumns = 50

// maxHeading bounds how much of a heading a message quotes.
const maxHeading = 60

// parseHeader finds the columns in the first row. notes tell what of the file is not used.
func parseHeader(cells []string) (h *header, notes []string, err error) {
	h = &header{names: make([]string, len(cells))}
	for i, cell := range cells {
		if !utf8.ValidString(cell) || strings.IndexByte(cell, 0) >= 0 {
			return nil, nil, errors.New("the first line is not UTF-8 text: save the file as \"CSV UTF-8\" and try again")
		}
		h.names[i] = commerce.Truncate(strings.TrimSpace(cell), maxHeading)
	}
	places := make(map[string]column)
	for c, names := range columnNames() {
		h.known[c], h.called[c] = -1, names[0]
		for _, name := range names {
			places[headingKey(name)] = column(c)
		}
	}
	var unused []string
	for i, cell := range cells {
		c, ok := places[headingKey(cell)]
		metafield, isMetafield := parseMetafieldHeading(cell)
		switch {
		case isMetafield:
			if note := h.addMetafield(metafield, i); note != "" {
				notes = append(notes, note)
			}
		case !ok:
			unused = append(unused, h.names[i])
		case h.known[c] >= 0:
			notes = append(notes, fmt.Sprintf("column %q is not used: column %q before it says the same", h.names[i], h.called[c]))
		default:
			h.known[c], h.called[c] = i, h.names[i]
		}
	}
	if h.known[colTitle] < 0 {
		return nil, nil, missingTitle(cells)
	}
	return h, append(notes, unusedNote(unused)...), nil
}

// missingTitle explains a first line in which no product could have a title.
func missingTitle(cells []string) error {
	if len(cells) == 1 && strings.ContainsAny(cells[0], ";\t") {
		return errors.New("the columns are not separated by commas: save the file as CSV with commas and try again")
	}
	return fmt.Errorf("the first line names no column %q: it must be the headings of a product export", "Title")
}

func unusedNote(unused []string) []string {
	unused = slices.DeleteFunc(unused, func(name string) bool { return name == "" })
	if len(unused) == 0 {
		return nil
	}
	more := ""
	if n := len(unused) - maxNamedColumns; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
		unused = unused[:maxNamedColumns]
	}
	return []string{"columns that are not used: " + strings.Join(unused, ", ") + more}
}

// headingKey is the form in which headings compare: letters and digits alone, so that case, spaces, hyphens and
// brackets do not matter.
func headingKey(heading string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}
