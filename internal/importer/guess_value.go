package importer

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// values takes columns for what their cells look like, where no heading says it: pictures, then numbers, then texts. Where
// headings say something, only what a row is about is looked for: a column whose heading is not understood is not used.
func (s *sample) values() {
	if !s.spoken {
		s.pictures()
		s.prices()
	}
	if s.layout.Columns[FieldName] == 0 && (!s.spoken || s.layout.Columns[FieldSKU] == 0) {
		s.names()
	}
}

// pictures takes the first column that is full of addresses.
func (s *sample) pictures() {
	for i := range s.columns {
		if s.layout.Columns[FieldImage] == 0 && s.share(s.body(), i, isAddress) == 1 {
			s.use(FieldImage, i, "addresses of pictures")
		}
	}
}

func isAddress(cell string) bool { return strings.Contains(cell, "://") && usablePicture(cell) }

// free reports whether a column has no field yet.
func (s *sample) free(column int) bool { return s.columns[column].Field == "" }

func (s *sample) use(f Field, column int, why string) {
	s.layout.Columns[f] = column + 1
	s.columns[column].Field, s.columns[column].Why = f.String(), why
}

// prices finds the price among the columns of numbers, and beside it the quantity. Two columns of which either could be the
// price are left to the merchant.
func (s *sample) prices() {
	var numbers, marked []int
	for i := range s.columns {
		if !s.free(i) || s.share(s.body(), i, s.isPrice) < 0.9 || s.countsRows(i) {
			continue
		}
		numbers = append(numbers, i)
		if s.share(s.body(), i, s.looksLikeMoney) > 0 {
			marked = append(marked, i)
		}
	}
	switch {
	case len(numbers) == 1:
		s.use(FieldPrice, numbers[0], "the only numbers")
	case len(marked) == 1:
		s.use(FieldPrice, marked[0], "numbers with a currency or decimals")
		for _, i := range numbers {
			if i != marked[0] && len(numbers) == 2 && s.layout.Columns[FieldQuantity] == 0 {
				s.use(FieldQuantity, i, "the other numbers")
			}
		}
	}
}

// names finds the name among the columns of texts: the one with the most different texts, or the most words. A column of codes
// beside it is the SKU, one that repeats itself the category.
func (s *sample) names() {
	best, most := -1, 0
	for i := range s.columns {
		if !s.free(i) || s.share(s.body(), i, hasLetter) < 0.9 || s.share(s.body(), i, isCode) == 1 {
			continue
		}
		if different := s.different(i); different > most {
			best, most = i, different
		}
	}
	if best < 0 {
		return
	}
	s.use(FieldName, best, "texts, the most different ones")
	if s.spoken {
		return
	}
	for i := range s.columns {
		switch {
		case !s.free(i) || s.different(i) == 0:
		case s.layout.Columns[FieldSKU] == 0 && s.share(s.body(), i, isCode) == 1 && s.different(i) == s.filled(i):
			s.use(FieldSKU, i, "codes, each another")
		case s.layout.Columns[FieldCategory] == 0 && s.share(s.body(), i, hasLetter) == 1 && 2*s.different(i) <= s.filled(i):
			s.use(FieldCategory, i, "texts that come again")
		}
	}
}

// isPrice reports whether a cell can be read as a price in some way. A number of eight digits or more is a barcode.
func (s *sample) isPrice(cell string) bool {
	number, marked := bareAmount(cell, s.currency)
	if !marked && len(number) >= 8 && strings.Trim(number, "0123456789") == "" {
		return false
	}
	_, point := amount(cell, s.currency, false)
	_, comma := amount(cell, s.currency, true)
	return point == nil || comma == nil
}

// looksLikeMoney reports whether a price has a currency or a fraction, which quantities have not.
func (s *sample) looksLikeMoney(cell string) bool {
	number, marked := bareAmount(cell, s.currency)
	return marked || strings.ContainsAny(number, ".,")
}

// countsRows reports whether a column only numbers the rows.
func (s *sample) countsRows(column int) bool {
	body := s.body()
	for i, cells := range body {
		if column >= len(cells) || strings.TrimSuffix(strings.TrimSpace(cells[column]), ".") != strconv.Itoa(i+1) {
			return false
		}
	}
	return len(body) > 1
}

// different counts the different texts of a column.
func (s *sample) different(column int) int {
	texts := make(map[string]bool)
	for _, cells := range s.body() {
		if column < len(cells) && strings.TrimSpace(cells[column]) != "" {
			texts[strings.TrimSpace(cells[column])] = true
		}
	}
	return len(texts)
}

// filled counts the cells of a column that are not empty.
func (s *sample) filled(column int) int {
	n := 0
	for _, cells := range s.body() {
		if column < len(cells) && strings.TrimSpace(cells[column]) != "" {
			n++
		}
	}
	return n
}

func hasLetter(cell string) bool { return strings.ContainsFunc(cell, unicode.IsLetter) }

// isCode reports whether a text is one word with a digit, in capitals: RIC-5, A100.
func isCode(cell string) bool {
	return utf8.RuneCountInString(cell) <= maxNumber && !strings.ContainsFunc(cell, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsLower(r) || r > unicode.MaxLatin1
	}) && strings.ContainsAny(cell, "0123456789") && hasLetter(cell)
}

// placeName is what a message calls a column without a heading.
func placeName(place int) string { return fmt.Sprintf("column %d", place) }
