package commerce_test

import (
	"math"
	"math/big"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

const mostMinor = 1_000_000_000_000_000

// currencies are the codes of the schema's enum.
func currencies(t *testing.T) []commerce.Currency {
	t.Helper()
	text, err := os.ReadFile("../graph/schema/money.graphql")
	require.NoError(t, err)
	_, enum, found := strings.Cut(string(text), "enum CurrencyCode {")
	require.True(t, found)
	enum, _, _ = strings.Cut(enum, "}")
	var codes []commerce.Currency
	for _, code := range regexp.MustCompile(`(?m)^ *([A-Z]{3})$`).FindAllStringSubmatch(enum, -1) {
		codes = append(codes, commerce.Currency(code[1]))
	}
	require.NotEmpty(t, codes)
	return codes
}

// The domain knows the currencies that the schema names, and no other.
func TestCurrenciesAreTheSchemas(t *testing.T) {
	t.Parallel()
	named := make(map[commerce.Currency]bool)
	for _, c := range currencies(t) {
		require.False(t, named[c], "%s twice", c)
		named[c] = true
	}
	for code := range 26 * 26 * 26 {
		c := commerce.Currency([]byte{byte('A' + code/676), byte('A' + code/26%26), byte('A' + code%26)})
		require.Equal(t, named[c], c.Valid(), c)
	}
	for _, c := range []commerce.Currency{"", "inr", "INR ", "IN", "₹"} {
		require.False(t, c.Valid(), c)
	}
}

func TestCurrencyDigits(t *testing.T) {
	t.Parallel()
	special := map[commerce.Currency]int{
		"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "VND": 0, "VUV": 0,
		"XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	}
	for _, c := range currencies(t) {
		want, isSpecial := special[c]
		if !isSpecial {
			want = 2
		}
		require.Equal(t, want, c.Digits(), c)
	}
	require.Zero(t, commerce.Currency("XXX").Digits())
}

func TestParseMinor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text     string
		currency commerce.Currency
		want     int64
	}{
		{"1299", "INR", 129900},
		{"42.99", "INR", 4299},
		{"42.9", "INR", 4290},
		{" 42.99\t", "INR", 4299},
		{"0", "INR", 0},
		{"0.05", "INR", 5},
		{".5", "INR", 50},
		{"5.", "INR", 500},
		{"00042", "INR", 4200},
		{"42.9900000000000000000000000", "INR", 4299},
		{"1,299.50", "INR", 129950},
		{"1,299", "INR", 129900},
		{"12,999", "INR", 1299900},
		{"123,456,789.01", "INR", 12345678901},
		{"1,00,000", "INR", 10000000},
		{"12,34,56,789", "INR", 12345678900},
		{"1299", "JPY", 1299},
		{"1,299.000", "JPY", 1299},
		{".0", "JPY", 0},
		{"1.234", "KWD", 1234},
		{"1.2", "KWD", 1200},
		{"10000000000000", "INR", mostMinor},
		{"10,000,000,000,000.00", "INR", mostMinor},
		{"1000000000000000", "JPY", mostMinor},
		{"1000000000000", "KWD", mostMinor},
		{strings.Repeat("0", 100) + "1", "INR", 100},
	} {
		got, err := commerce.ParseMinor(c.text, c.currency)
		require.NoError(t, err, c.text)
		require.Equal(t, c.want, got, "%q %s", c.text, c.currency)
	}
}

func TestParseMinorRefuses(t *testing.T) {
	t.Parallel()
	const notPrice, comma, large = "is not a price: write it as 1299 or 42.99", "has a comma that does not group thousands: write 1,299 or 42.99", "is too large for a price"
	for _, c := range []struct{ text, currency, reason string }{
		{"", "INR", notPrice},
		{" ", "INR", notPrice},
		{".", "INR", notPrice},
		{"-1", "INR", notPrice},
		{"+1", "INR", notPrice},
		{"-0", "INR", notPrice},
		{"-1,299", "INR", notPrice},
		{"1e3", "INR", notPrice},
		{"1E3", "INR", notPrice},
		{"0x10", "INR", notPrice},
		{"1_000", "INR", notPrice},
		{"1 299", "INR", notPrice},
		{"1.2.3", "INR", notPrice},
		{"NaN", "INR", notPrice},
		{"Inf", "INR", notPrice},
		{"₹50", "INR", notPrice},
		{"₹1,299", "INR", notPrice},
		{"50 INR", "INR", notPrice},
		{"१२", "INR", notPrice},
		{"1\x002", "INR", notPrice},
		{"12,50", "INR", comma},
		{"12,5", "INR", comma},
		{"1,2999", "INR", comma},
		{"1,299,5.00", "INR", comma},
		{"1,299.5,0", "INR", comma},
		{"1299.5,000", "INR", comma},
		{"1,2,999", "INR", comma},
		{"1299,999", "INR", comma},
		{"1,2999,999", "INR", comma},
		{",299", "INR", comma},
		{"1,,299", "INR", comma},
		{"1,", "INR", comma},
		{",", "INR", comma},
		{"1,299,", "INR", comma},
		{"42.999", "INR", "has more than the 2 decimal digits of INR"},
		{"42.9900001", "INR", "has more than the 2 decimal digits of INR"},
		{"42.5", "JPY", "has more than the 0 decimal digits of JPY"},
		{"1.2345", "KWD", "has more than the 3 decimal digits of KWD"},
		{"10000000000000.01", "INR", large},
		{"10000000000001", "INR", large},
		{"1000000000000001", "JPY", large},
		{"9223372036854775807", "JPY", large},
		{"9223372036854775808", "JPY", large},
		{"18446744073709551617", "JPY", large}, // 1 modulo 2^64
	} {
		_, err := commerce.ParseMinor(c.text, commerce.Currency(c.currency))
		require.EqualError(t, err, `"`+strings.NewReplacer("\x00", `\x00`).Replace(c.text)+`" `+c.reason, c.text)
	}
	_, err := commerce.ParseMinor(strings.Repeat("9", 1<<20), "INR")
	require.Error(t, err)
	require.Less(t, len(err.Error()), 100, "a message does not repeat a text of any length")
}

// What the API shows of a price is a text of the same price, in every currency.
func TestAmountRoundTrip(t *testing.T) {
	t.Parallel()
	codes := currencies(t)
	rapid.Check(t, func(t *rapid.T) {
		m := commerce.Money{Minor: rapid.Int64Range(0, mostMinor).Draw(t, "minor"), Currency: rapid.SampledFrom(codes).Draw(t, "currency")}
		require.Equal(t, m.Currency, m.CurrencyCode())
		text := m.Amount().String()
		got, err := commerce.ParseMinor(text, m.Currency)
		require.NoError(t, err)
		require.Equal(t, m.Minor, got, text)

		whole, fraction, pointed := strings.Cut(text, ".")
		for at := len(whole) - 3; at > 0; at -= 3 {
			whole = whole[:at] + "," + whole[at:]
		}
		if pointed {
			whole += "."
		}
		got, err = commerce.ParseMinor(whole+fraction, m.Currency)
		require.NoError(t, err)
		require.Equal(t, m.Minor, got, whole+fraction)
	})
}

func FuzzParseMinor(f *testing.F) {
	for _, text := range []string{"1299", "42.99", "1,299.50", "12,50", "1,00,000", "-1", "1e3", ".", "", "00.000", "10000000000000.00", "1.2.3", "₹5"} {
		f.Add(text, "INR")
		f.Add(text, "JPY")
		f.Add(text, "KWD")
	}
	f.Fuzz(func(t *testing.T, text, code string) {
		c := commerce.Currency(code)
		minor, err := commerce.ParseMinor(text, c)
		if err != nil {
			return
		}
		require.GreaterOrEqual(t, minor, int64(0))
		require.LessOrEqual(t, minor, int64(mostMinor))
		exact, ok := new(big.Rat).SetString(strings.ReplaceAll(strings.TrimSpace(text), ",", ""))
		require.True(t, ok, "%q is no number", text)
		require.Zero(t, exact.Cmp(amount(commerce.Decimal{Unscaled: minor, Digits: c.Digits()})), "%q became %d", text, minor)
	})
}

// amount is the exact value of a decimal.
func amount(d commerce.Decimal) *big.Rat {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Digits)), nil)
	return new(big.Rat).SetFrac(big.NewInt(d.Unscaled), scale)
}

func TestDecimalString(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		decimal commerce.Decimal
		want    string
	}{
		{commerce.Decimal{Unscaled: 5000, Digits: 2}, "50.00"},
		{commerce.Decimal{Unscaled: -5, Digits: 2}, "-0.05"},
		{commerce.Decimal{Unscaled: 7}, "7"},
		{commerce.Decimal{}, "0"},
		{commerce.Decimal{Digits: 2}, "0.00"},
		{commerce.Decimal{Unscaled: 1005, Digits: 3}, "1.005"},
		{commerce.Decimal{Unscaled: math.MinInt64, Digits: 2}, "-92233720368547758.08"},
		{commerce.Decimal{Unscaled: math.MaxInt64}, "9223372036854775807"},
		{commerce.Decimal{Unscaled: 1, Digits: 20}, "0.00000000000000000001"},
	} {
		require.Equal(t, c.want, c.decimal.String())
	}
	require.Equal(t, "x50.00", string(commerce.Decimal{Unscaled: 5000, Digits: 2}.Append([]byte("x"))))
}

func TestDecimalIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := commerce.Decimal{Unscaled: rapid.Int64().Draw(t, "unscaled"), Digits: rapid.IntRange(0, 80).Draw(t, "digits")}
		require.Equal(t, amount(d).FloatString(d.Digits), d.String())
	})
}

func TestMinorFromFloat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		float    float64
		currency commerce.Currency
		want     int64
		ok       bool
	}{
		{0, "INR", 0, true},
		{math.Copysign(0, -1), "INR", 0, true},
		{42.99, "INR", 4299, true},
		{0.1 + 0.2, "INR", 30, true},
		{42.996, "INR", 4300, true},
		{42.4, "JPY", 42, true},
		{1.2345, "KWD", 1235, true},
		{1e13, "INR", mostMinor, true},
		{1e13 + 1, "INR", 0, false},
		{1e15, "JPY", mostMinor, true},
		{1e300, "INR", 0, false},
		{math.MaxFloat64, "INR", 0, false},
		{-0.001, "INR", 0, false},
		{-1, "INR", 0, false},
		{math.NaN(), "INR", 0, false},
		{math.Inf(1), "INR", 0, false},
		{math.Inf(-1), "INR", 0, false},
		{math.SmallestNonzeroFloat64, "INR", 0, true},
	} {
		got, ok := commerce.MinorFromFloat(c.float, c.currency)
		require.Equal(t, c.ok, ok, "%v %s", c.float, c.currency)
		require.Equal(t, c.want, got, "%v %s", c.float, c.currency)
	}
}

// The nearest float of any price finds the price again.
func TestMinorFromFloatFindsEveryPrice(t *testing.T) {
	t.Parallel()
	codes := currencies(t)
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(codes).Draw(t, "currency")
		minor := rapid.Int64Range(0, mostMinor).Draw(t, "minor")
		float, _ := amount(commerce.Decimal{Unscaled: minor, Digits: c.Digits()}).Float64()
		got, ok := commerce.MinorFromFloat(float, c)
		require.True(t, ok)
		require.Equal(t, minor, got)
	})
}
