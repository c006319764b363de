package importer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Field is what a column of a price list says.
type Field int

// The fields of a price list.
const (
	FieldName Field = iota
	FieldPrice
	FieldMRP // the price before a reduction
	FieldSKU
	FieldQuantity
	FieldCategory
	FieldImage
	fieldCount
)

// String is the field's name in the text of a layout.
func (f Field) String() string {
	return [fieldCount]string{"name", "price", "mrp", "sku", "quantity", "category", "image"}[f]
}

// Layout says how a price list is to be read. Its text is what a merchant confirms.
type Layout struct {
	// Columns holds the place of each field's column, counted from 1, 0 for a field that the list has not.
	Columns [fieldCount]int
	// Separator stands between the cells of a row: a comma, a semicolon, a tab or a vertical line.
	Separator byte
	// Header says that the first row holds headings.
	Header bool
	// DecimalComma says that prices are written as 1.234,50 and not as 1,234.50.
	DecimalComma bool
}

// separatorName is a separator in the text of a layout.
func separatorName(separator byte) string {
	switch separator {
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	case '|':
		return "bar"
	}
	return "comma"
}

// separators are the separators in the order in which they are tried: a comma stands in texts and prices too.
func separators() []byte { return []byte{'\t', ';', '|', ','} }

// String is the layout as a text that ParseLayout reads: name=1,price=3,separator=comma,header=yes,decimal=point.
func (l Layout) String() string {
	var b strings.Builder
	for f, place := range l.Columns {
		if place > 0 {
			fmt.Fprintf(&b, "%s=%d,", Field(f), place)
		}
	}
	header, decimal := "no", "point"
	if l.Header {
		header = "yes"
	}
	if l.DecimalComma {
		decimal = "comma"
	}
	fmt.Fprintf(&b, "separator=%s,header=%s,decimal=%s", separatorName(l.Separator), header, decimal)
	return b.String()
}

// MarshalText is String.
func (l Layout) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// ParseLayout reads the text of a layout, in any order. Without a word on them, cells are separated by commas, the first row
// holds headings, and prices have a decimal point.
func ParseLayout(text string) (Layout, error) {
	l := Layout{Separator: ',', Header: true}
	seen := make(map[string]bool)
	for pair := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if seen[key] {
			return Layout{}, fmt.Errorf("the layout says %.20q twice", key)
		}
		seen[key] = true
		if !l.set(key, value) {
			return Layout{}, fmt.Errorf("the layout has %.40q: write it as name=1,price=3,separator=comma,header=yes,decimal=point", pair)
		}
	}
	return l, l.check()
}

// set takes one pair of a layout's text and reports whether it is one.
func (l *Layout) set(key, value string) bool {
	switch key {
	case "separator":
		for _, s := range separators() {
			if separatorName(s) == value {
				l.Separator = s
				return true
			}
		}
		return false
	case "header":
		l.Header = value == "yes"
		return l.Header || value == "no"
	case "decimal":
		l.DecimalComma = value == "comma"
		return l.DecimalComma || value == "point"
	}
	for f := range fieldCount {
		if f.String() == key {
			place, err := strconv.Atoi(value)
			l.Columns[f] = place
			return err == nil && place > 0 && place <= maxColumns && value == strconv.Itoa(place)
		}
	}
	return false
}

// check reports what keeps the layout from describing a price list.
func (l *Layout) check() error {
	fields := make(map[int]Field)
	for f, place := range l.Columns {
		if other, taken := fields[place]; taken && place > 0 {
			return fmt.Errorf("the layout has column %d as both %s and %s", place, other, Field(f))
		}
		fields[place] = Field(f)
	}
	switch {
	case l.Columns[FieldName] == 0 && l.Columns[FieldSKU] == 0:
		return errors.New("the layout has neither a name nor a sku: it cannot be told what a row is about")
	case l.Columns[FieldPrice]+l.Columns[FieldMRP]+l.Columns[FieldQuantity]+l.Columns[FieldCategory]+l.Columns[FieldImage] == 0:
		return errors.New("the layout has nothing but names: a price list has prices, quantities, categories or images")
	}
	return nil
}

// width is the place of the last column that the layout uses.
func (l *Layout) width() int {
	most := 0
	for _, place := range l.Columns {
		most = max(most, place)
	}
	return most
}
