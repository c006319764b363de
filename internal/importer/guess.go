package importer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// SampleBytes is how much of the beginning of a file is looked at to guess how it is to be read.
const SampleBytes = 64 << 10

// maxGuessedColumns bounds the columns that a guess looks at and shows.
const maxGuessedColumns = 50

// Guess says how a file would be read, and why: what a merchant looks at before it is.
type Guess struct {
	Format Format `json:"format"`
	// Layout is the text that confirms the guess.
	Layout string `json:"layout"`
	// Columns are those of a price list.
	Columns []GuessedColumn `json:"columns,omitempty"`
	// Lines are those of a chat text that were understood.
	Lines []GuessedLine `json:"lines,omitempty"`
}

// GuessedColumn is one column of a price list.
type GuessedColumn struct {
	Column  int    `json:"column"` // counted from 1
	Heading string `json:"heading,omitempty"`
	// Field is what the column is taken for, empty for a column that is not used.
	Field   string   `json:"field,omitempty"`
	Why     string   `json:"why"`
	Samples []string `json:"samples"`
}

// maxSamples is how many cells of a column a guess shows.
const maxSamples = 3

// sample is the first rows of a price list.
type sample struct {
	rows     [][]string
	layout   Layout
	currency commerce.Currency
	columns  []GuessedColumn
	ranks    [fieldCount]int
	spoken   bool // some heading is understood
}

// GuessLayout guesses from the beginning of a price list, decoded by NewText, how it is to be read. Nothing may be written
// by a guess that nobody has seen.
func GuessLayout(text []byte, c commerce.Currency) (Guess, Layout, error) {
	s := &sample{currency: c}
	if err := s.split(text); err != nil {
		return Guess{}, Layout{}, err
	}
	for i := range s.columns {
		s.columns[i].Column = i + 1
	}
	s.headings()
	s.values()
	s.decimals()
	s.show()
	if err := s.layout.check(); err != nil {
		return Guess{}, Layout{}, fmt.Errorf("the columns cannot be guessed: %w. Say which is what: --layout '%s'", err, exampleLayout(s.layout))
	}
	return Guess{Format: FormatPriceList, Layout: s.layout.String(), Columns: s.columns}, s.layout, nil
}

func exampleLayout(l Layout) string {
	l.Columns = [fieldCount]int{FieldName: 1, FieldPrice: 2}
	return l.String()
}

// split cuts the text into rows, by the separator that gives the most rows the same number of cells.
func (s *sample) split(text []byte) error {
	if len(text) >= SampleBytes-utf8.UTFMax { // the last line may be cut short
		text = text[:bytes.LastIndexByte(text, '\n')+1]
	}
	if bytes.HasPrefix(text, []byte("PK\x03\x04")) || bytes.IndexByte(text, 0) >= 0 {
		return errors.New("this is no text: save the sheet as \"CSV UTF-8\" and try again")
	}
	if !utf8.Valid(text) {
		return errors.New(notUTF8)
	}
	best := 0
	for _, separator := range separators() {
		rows := sampleRows(text, separator)
		if even := evenRows(rows); even > best {
			best, s.rows, s.layout.Separator = even, rows, separator
		}
	}
	if best == 0 {
		return errors.New("no columns can be told apart: a price list has cells separated by commas, semicolons or tabs")
	}
	s.columns = make([]GuessedColumn, min(len(s.rows[0]), maxGuessedColumns))
	return nil
}

// sampleRows reads rows up to the first that is broken.
func sampleRows(text []byte, separator byte) [][]string {
	r := csv.NewReader(newLimiter(bytes.NewReader(text), separator))
	r.Comma, r.FieldsPerRecord = rune(separator), -1
	var rows [][]string
	for {
		cells, err := r.Read()
		if err != nil {
			return rows
		}
		if !blank(cells) {
			rows = append(rows, cells)
		}
	}
}

// evenRows scores how far rows are a table: the rows as wide as the first, in thousandths of all, 0 for a single column.
func evenRows(rows [][]string) int {
	if len(rows) == 0 || len(rows[0]) < 2 {
		return 0
	}
	even := 0
	for _, cells := range rows {
		if len(cells) == len(rows[0]) {
			even++
		}
	}
	return 1000 * even / len(rows)
}

// headings takes the columns whose headings say what they are. Each field goes to the surest of its columns. A first row with a
// price is no row of headings: it sells an "Item 5" or a "Photo frame".
func (s *sample) headings() {
	if slices.ContainsFunc(s.rows[0], s.isPrice) {
		return
	}
	for i, cell := range s.rows[0][:len(s.columns)] {
		f, rank, known := headingField(cell)
		if !known {
			continue
		}
		s.spoken = true
		if place := s.layout.Columns[f]; place == 0 || rank < s.ranks[f] {
			s.layout.Columns[f], s.ranks[f] = i+1, rank
		}
	}
	if s.layout.Columns[FieldPrice] == 0 && s.layout.Columns[FieldMRP] > 0 { // the only price is the price
		s.layout.Columns[FieldPrice], s.layout.Columns[FieldMRP] = s.layout.Columns[FieldMRP], 0
	}
	for f, place := range s.layout.Columns {
		if place > 0 {
			s.columns[place-1].Field = Field(f).String()
			s.columns[place-1].Why = "its heading"
		}
	}
	s.layout.Header = s.spoken || s.unlikeTheRest()
}

// unlikeTheRest reports whether the first row has no number where all others have one: headings in words nobody listed.
func (s *sample) unlikeTheRest() bool {
	for i := range s.columns {
		if !s.isPrice(s.rows[0][i]) && len(s.rows) > 1 && s.share(s.rows[1:], i, s.isPrice) == 1 {
			return true
		}
	}
	return false
}

// body is the rows without headings.
func (s *sample) body() [][]string {
	if s.layout.Header {
		return s.rows[1:]
	}
	return s.rows
}

// share is the part of a column's filled cells for which is holds, 0 for a column without any.
func (s *sample) share(rows [][]string, column int, is func(string) bool) float64 {
	filled, holds := 0, 0
	for _, cells := range rows {
		if column >= len(cells) || strings.TrimSpace(cells[column]) == "" {
			continue
		}
		filled++
		if is(strings.TrimSpace(cells[column])) {
			holds++
		}
	}
	if filled == 0 {
		return 0
	}
	return float64(holds) / float64(filled)
}

// decimals looks for prices that only a decimal comma explains.
func (s *sample) decimals() {
	for _, f := range []Field{FieldPrice, FieldMRP} {
		column := s.layout.Columns[f] - 1
		if column < 0 {
			continue
		}
		with := func(comma bool) func(string) bool {
			return func(cell string) bool { _, err := amount(cell, s.currency, comma); return err == nil }
		}
		if s.share(s.body(), column, with(true)) > s.share(s.body(), column, with(false)) {
			s.layout.DecimalComma = true
			s.columns[column].Why += "; prices with a decimal comma"
		}
	}
}

// show fills in what a merchant sees of each column.
func (s *sample) show() {
	for i := range s.columns {
		c := &s.columns[i]
		c.Samples = []string{}
		if s.layout.Header {
			c.Heading = commerce.Truncate(strings.TrimSpace(s.rows[0][i]), maxHeading)
		}
		for _, cells := range s.body() {
			if i < len(cells) && strings.TrimSpace(cells[i]) != "" && len(c.Samples) < maxSamples {
				c.Samples = append(c.Samples, commerce.Truncate(strings.TrimSpace(cells[i]), maxHeading))
			}
		}
		if c.Field == "" {
			c.Why = "not used"
		}
	}
}

// sampleOf reads the beginning of a decoded text.
func sampleOf(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, SampleBytes))
	return slices.Clip(text), err
}
