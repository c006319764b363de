package importer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/kirana-commerce/kirana/commerce"
)

// Format is a kind of file.
type Format string

// The formats. That of a Shopify file is plain from its headings; how the others are to be read is guessed.
const (
	FormatAuto      Format = "auto" // to be found out by FormatOf
	FormatShopify   Format = "shopify"
	FormatPriceList Format = "pricelist"
	FormatChat      Format = "chat"
)

// NewText decodes a text that begins with the byte order mark of UTF-16 or UTF-8, as spreadsheets write them; any other
// text is passed on as it is.
func NewText(r io.Reader) io.Reader {
	return transform.NewReader(r, unicode.BOMOverride(transform.Nop))
}

// FormatOf says of what kind a file is: what f says, else what its layout does, else what it looks like by its beginning. The
// beginning stays in text, which has room for SampleBytes.
func FormatOf(f Format, layout string, text *bufio.Reader, c commerce.Currency) (Format, error) {
	switch {
	case f == FormatShopify && layout != "":
		return "", errors.New("the columns of an export are known by their headings: leave the layout out")
	case f != FormatAuto:
		return f, nil
	case strings.HasPrefix(layout, chatLayout):
		return FormatChat, nil
	case layout != "":
		return FormatPriceList, nil
	}
	start, err := peek(text)
	if err != nil {
		return "", err
	}
	return detect(start, c)
}

// peek looks at the beginning of a file and leaves it there.
func peek(r *bufio.Reader) ([]byte, error) {
	start, err := r.Peek(SampleBytes)
	if errors.Is(err, io.EOF) {
		err = nil // the file is shorter
	}
	return start, err
}

// detect says of what kind a file is by its beginning. It never says what its cells mean.
func detect(sample []byte, c commerce.Currency) (Format, error) {
	text, err := sampleOf(NewText(bytes.NewReader(sample)))
	if err != nil {
		return "", err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return "", errors.New("the file is empty")
	}
	if isExport(text) {
		return FormatShopify, nil
	}
	_, _, err = GuessLayout(text, c)
	if err == nil {
		return FormatPriceList, nil
	}
	first := strings.SplitN(strings.TrimSpace(string(text)), "\n", maxSampleRows+1)
	first = first[:min(len(first), maxSampleRows)]
	understood, lines := len(ParseChat("", strings.Join(first, "\n"), c).Lines), len(first)
	if 2*understood >= lines {
		return FormatChat, nil
	}
	return "", fmt.Errorf("this is no product export, no price list (%w), and of its first %d lines %d read like \"Basmati rice 5kg - 420\"",
		err, lines, understood)
}

// isExport reports whether the first line holds headings that only a product export has, whatever separates them: what a
// spreadsheet saved with semicolons is to be saved again, not to be guessed at. Title and Price alone are a price list's.
func isExport(text []byte) bool {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	for _, separator := range separators() {
		r := csv.NewReader(bytes.NewReader(line))
		r.Comma = rune(separator)
		cells, err := r.Read()
		if err != nil {
			continue
		}
		if h, _, err := parseHeader(cells); err == nil && (h.known[colHandle] >= 0 || h.known[colOption1Value] >= 0 ||
			headingKey(h.called[colPrice]) == "variantprice" && h.known[colPrice] >= 0) {
			return true
		}
	}
	return false
}
