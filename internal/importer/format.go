package importer

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/kirana-commerce/kirana/commerce"
)

// Format is a kind of file.
type Format string

// The formats. That of a Shopify file is plain from its headings; how the others are to be read is guessed.
const (
	FormatShopify   Format = "shopify"
	FormatPriceList Format = "pricelist"
	FormatChat      Format = "chat"
)

// NewText decodes a text that begins with the byte order mark of UTF-16 or UTF-8, as spreadsheets write them; any other
// text is passed on as it is.
func NewText(r io.Reader) io.Reader {
	return transform.NewReader(r, unicode.BOMOverride(transform.Nop))
}

// Detect says of what kind a file is by its beginning, of which SampleBytes are enough. It never says what its cells mean.
func Detect(sample []byte, c commerce.Currency) (Format, error) {
	text, err := sampleOf(NewText(bytes.NewReader(sample)))
	if err != nil {
		return "", err
	}
	if isExport(text) {
		return FormatShopify, nil
	}
	chat, lines := ParseChat("", string(text), c), bytes.Count(bytes.TrimSpace(text), []byte("\n"))+1
	_, _, columns := GuessLayout(text, c)
	switch understood := 2*len(chat.Lines) >= lines; {
	case columns == nil:
		return FormatPriceList, nil
	case understood:
		return FormatChat, nil
	}
	return "", fmt.Errorf("this is no product export, no price list (%w), and of its %d lines %d read like \"Basmati rice 5kg - 420\"",
		columns, lines, len(chat.Lines))
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
