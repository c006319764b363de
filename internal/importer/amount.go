package importer

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/kirana-commerce/kirana/commerce"
)

// amount reads a price as people write it: ₹1,20,000.00, Rs. 99, 420/-, ४२०; with comma also 1.234,50. It reads no other
// currency than c, and no price that could be read in two ways.
func amount(text string, c commerce.Currency, comma bool) (int64, error) {
	if len(text) > maxNumber {
		return 0, fmt.Errorf("%.40q… is not a price", text)
	}
	number, _ := bareAmount(text, c)
	if len(strings.Fields(number)) > 1 { // spaces that group thousands
		group := ","
		if comma {
			group = "."
		}
		number = strings.Join(strings.Fields(number), group)
	}
	if comma {
		number = strings.NewReplacer(",", ".", ".", ",").Replace(number)
	}
	minor, err := commerce.ParseMinor(number, c)
	switch {
	case err != nil && (comma || number != text):
		example := "1,299 or 42.99"
		if comma {
			example = "1.299 or 42,99"
		}
		return 0, fmt.Errorf("%.40q is not a price in %s: write it as %s", text, c, example)
	case err != nil:
		return 0, err
	}
	return minor, nil
}

// bareAmount takes off what stands around a number in a price of the currency, and reports whether there was anything.
func bareAmount(text string, c commerce.Currency) (number string, marked bool) {
	number = strings.TrimSpace(asciiDigits(text))
	before := len(number)
	for _, end := range []string{"/-", "/="} {
		number = strings.TrimSpace(strings.TrimSuffix(number, end))
	}
	for _, mark := range currencyMarks(c) {
		if rest, found := cutPrefixFold(number, mark); found {
			number = rest
			break
		}
	}
	for _, mark := range currencyMarks(c) {
		if rest, found := cutSuffixFold(number, mark); found {
			number = rest
			break
		}
	}
	return strings.TrimSpace(number), len(number) < before
}

func cutPrefixFold(text, prefix string) (string, bool) {
	if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
		return text[len(prefix):], true
	}
	return text, false
}

func cutSuffixFold(text, suffix string) (string, bool) {
	if n := len(text) - len(suffix); n >= 0 && strings.EqualFold(text[n:], suffix) {
		return text[:n], true
	}
	return text, false
}

// currencyMarks is how people mark a price of the currency, a longer mark before one that it begins with.
func currencyMarks(c commerce.Currency) []string {
	marks := []string{string(c)}
	switch c {
	case "INR":
		marks = append(marks, "₹", "rupees", "rs.", "rs", "रुपये", "रुपए", "रु.", "रु", "रू.", "रू")
	case "PKR", "LKR", "NPR":
		marks = append(marks, "rs.", "rs", "रु.", "रु", "रू")
	case "BDT":
		marks = append(marks, "৳", "tk.", "tk")
	case "USD":
		marks = append(marks, "us$", "$")
	case "EUR":
		marks = append(marks, "€")
	case "GBP":
		marks = append(marks, "£")
	}
	return marks
}

// asciiDigits writes the digits of India's scripts and of Arabic as 0 to 9.
func asciiDigits(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case !unicode.IsDigit(r):
			return r
		case r >= 0x0660 && r <= 0x0669, r >= 0x06F0 && r <= 0x06F9: // Arabic and Persian
			return '0' + r&0xF
		case r >= 0x0966 && r <= 0x0D6F: // each script of India has its digits at the same place of its block
			return '0' + r&0x7F - 0x66
		}
		return r
	}, text)
}
