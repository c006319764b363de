package commerce

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Currency is an ISO 4217 code in capitals.
type Currency string

// Valid reports whether c is a currency the API can name.
func (c Currency) Valid() bool {
	_, known := c.digits()
	return known
}

// Digits returns how many digits the currency has after the decimal point: 2 for INR, 0 for JPY, 3 for KWD.
func (c Currency) Digits() int {
	n, _ := c.digits()
	return n
}

// Decimal is an exact decimal number: Unscaled × 10^-Digits.
type Decimal struct {
	Unscaled int64
	Digits   int
}

// String renders the number with all its digits: 50.00, -0.05, 7.
func (d Decimal) String() string { return string(d.Append(nil)) }

// Append appends the number's text to b.
func (d Decimal) Append(b []byte) []byte {
	magnitude := uint64(d.Unscaled)
	if d.Unscaled < 0 {
		b = append(b, '-')
		magnitude = -magnitude
	}
	var buffer [20]byte // as long as the longest magnitude
	digits := strconv.AppendUint(buffer[:0], magnitude, 10)
	if d.Digits <= 0 {
		return append(b, digits...)
	}
	if whole := len(digits) - d.Digits; whole > 0 {
		b = append(b, digits[:whole]...)
		digits = digits[whole:]
	} else {
		b = append(b, '0')
	}
	b = append(b, '.')
	for range d.Digits - len(digits) {
		b = append(b, '0')
	}
	return append(b, digits...)
}

// Money is an amount in the currency's minor unit (paise, cents): never a float.
type Money struct {
	Minor    int64
	Currency Currency
}

// Amount is the amount in the currency's major unit, with the currency's own digits.
func (m Money) Amount() Decimal { return Decimal{Unscaled: m.Minor, Digits: m.Currency.Digits()} }

// CurrencyCode is the ISO 4217 code of the currency.
func (m Money) CurrencyCode() Currency { return m.Currency }

// maxMinor bounds prices far below the range of int64, so that sums over a cart cannot overflow.
const maxMinor = 1_000_000_000_000_000

// ParseMinor reads a decimal text such as "1299", "42.99" or "1,299.5" as minor units of c. More digits than the
// currency has are refused unless they are zeros, and so are signs, exponents and amounts above 10^15 minor units.
// A comma must group thousands, as in 1,299 and 1,00,000: "12,50" is twelve and a half to whoever wrote it, and must not
// become 1250.
func ParseMinor(text string, c Currency) (int64, error) {
	digits := c.Digits()
	whole, fraction, _ := strings.Cut(strings.TrimSpace(text), ".")
	switch {
	case whole+fraction == "" || strings.Trim(whole+fraction, "0123456789,") != "":
		return 0, fmt.Errorf("%.40q is not a price: write it as 1299 or 42.99", text)
	case !groupsThousands(whole) || strings.Contains(fraction, ","):
		return 0, fmt.Errorf("%.40q has a comma that does not group thousands: write 1,299 or 42.99", text)
	case len(fraction) > digits && strings.Trim(fraction[digits:], "0") != "":
		return 0, fmt.Errorf("%.40q has more than the %d decimal digits of %s", text, digits, c)
	}
	fraction = fraction[:min(len(fraction), digits)]
	number := strings.ReplaceAll(whole, ",", "") + fraction + strings.Repeat("0", digits-len(fraction))
	n, err := strconv.ParseInt("0"+number, 10, 64)
	if err != nil || n > maxMinor {
		return 0, fmt.Errorf("%.40q is too large for a price", text)
	}
	return n, nil
}

// groupsThousands reports whether the commas of a whole number stand as they do in some country: three digits after the
// last one, two or three between them, no more than three before the first.
func groupsThousands(whole string) bool {
	groups := strings.Split(whole, ",")
	last := len(groups) - 1
	least := 1
	for _, g := range groups[:last] {
		if len(g) < least || len(g) > 3 {
			return false
		}
		least = 2
	}
	return last == 0 || len(groups[last]) == 3
}

// MinorFromFloat turns a filter's float bound into minor units, rounded to the nearest: floats come in through
// PriceRangeFilter alone, since its clients speak Float. It reports false for NaN and for what no price can be.
func MinorFromFloat(f float64, c Currency) (int64, bool) {
	scaled := math.Round(f * math.Pow10(c.Digits()))
	if math.IsNaN(scaled) || f < 0 || scaled > maxMinor {
		return 0, false
	}
	return int64(scaled), true
}

// DecimalText is a decimal number as a client wrote it: an optional minus, digits, a fraction, an exponent. It is exact whatever
// its length, so that an amount which no currency has is refused where it stands, rather than rounded.
type DecimalText string

var decimalPattern = regexp.MustCompile(`^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$`)

// Valid reports whether the text is a decimal number.
func (t DecimalText) Valid() bool { return decimalPattern.MatchString(string(t)) }

// Minor is the amount in minor units of c. More digits than the currency has are refused unless they are zeros, and so are
// amounts below zero and above 10^15 minor units.
func (t DecimalText) Minor(c Currency) (int64, error) {
	n, err := t.scaled(c.Digits())
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, errTooFine):
		return 0, fmt.Errorf("%.40q has more than the %d decimal digits of %s", t, c.Digits(), c)
	case errors.Is(err, errTooFar):
		return 0, fmt.Errorf("%.40q is no amount of %s", t, c)
	}
	return 0, fmt.Errorf("%.40q is %w", t, err)
}

// Why a text is no number of so many digits.
var (
	errNoDecimal = errors.New("no decimal number")
	errBelowZero = errors.New("below zero")
	errTooLarge  = errors.New("too large for a price")
	errTooFine   = errors.New("too fine")
	errTooFar    = errors.New("beyond any number that is asked for")
)

// scaled is the number × 10^digits, which has to be whole, not below zero and no more than an amount can be.
func (t DecimalText) scaled(digits int) (int64, error) {
	m := decimalPattern.FindStringSubmatch(string(t))
	if m == nil {
		return 0, errNoDecimal
	}
	number := strings.TrimLeft(m[2]+m[3], "0")
	switch {
	case number == "":
		return 0, nil
	case m[1] == "-":
		return 0, errBelowZero
	}
	const farthest = 1000 // beyond, no zeros could make up for the exponent
	shift, err := strconv.Atoi(cmp.Or(m[4], "0"))
	if err != nil || shift > farthest || shift < -farthest {
		return 0, errTooFar
	}
	if shift += digits - len(m[3]); shift < 0 {
		if zeros := len(number) - len(strings.TrimRight(number, "0")); zeros < -shift {
			return 0, errTooFine
		}
		number, shift = number[:len(number)+shift], 0
	}
	n, err := strconv.ParseInt(number+strings.Repeat("0", shift), 10, 64)
	if err != nil || n > maxMinor {
		return 0, errTooLarge
	}
	return n, nil
}
