package commerce_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestParsePercentage(t *testing.T) {
	t.Parallel()
	for text, want := range map[commerce.DecimalText]commerce.Rate{
		"18": 180_000, "8.875": 88_750, "0": 0, "0.0001": 1, "12.50000": 125_000, "100": commerce.RateOne, "1e2": commerce.RateOne, "0.25": 2_500,
	} {
		got, err := commerce.ParsePercentage(text, commerce.RateOne)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []commerce.DecimalText{"", "x", "-1", "100.0001", "0.00001", "1e999999999999", "1e-9", "99999999999999999999", "१८"} {
		_, err := commerce.ParsePercentage(text, commerce.RateOne)
		require.Error(t, err, text)
	}
}

// A rate reads as the percentage that it was written as.
func TestPercentageRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := commerce.Rate(rapid.Int64Range(0, int64(commerce.MaxTaxRate)).Draw(t, "rate"))
		text := rate.Percentage().String()
		again, err := commerce.ParsePercentage(commerce.DecimalText(text), commerce.MaxTaxRate)
		require.NoError(t, err)
		require.Equal(t, rate, again)
		require.NotRegexp(t, `\.[0-9]*0$`, text)
	})
}
