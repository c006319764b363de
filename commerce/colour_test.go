package commerce_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestParseColour(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want commerce.Colour
		ok   bool
	}{
		{"#000000", commerce.Colour{}, true},
		{"#0a1bff", commerce.Colour{R: 10, G: 27, B: 255}, true},
		{"#0A1BFF", commerce.Colour{}, false},
		{"#0a1bf", commerce.Colour{}, false},
		{"#0a1bffa", commerce.Colour{}, false},
		{"0a1bff0", commerce.Colour{}, false},
		{"#+a1bff", commerce.Colour{}, false},
		{"#0a_1bf", commerce.Colour{}, false},
		{"", commerce.Colour{}, false},
	} {
		got, ok := commerce.ParseColour(c.text)
		require.Equal(t, c.ok, ok, c.text)
		if ok {
			require.Equal(t, c.want, got)
			require.Equal(t, c.text, got.String())
		}
	}
}

// The values are those that WCAG's own examples and the common checkers give.
func TestContrast(t *testing.T) {
	t.Parallel()
	white := commerce.Colour{R: 255, G: 255, B: 255}
	for _, c := range []struct {
		colour string
		want   float64
	}{
		{"#ffffff", 1}, {"#000000", 21}, {"#767676", 4.54}, {"#777777", 4.48}, {"#ff0000", 4.0}, {"#0000ff", 8.59}, {"#00ff00", 1.37},
	} {
		colour, ok := commerce.ParseColour(c.colour)
		require.True(t, ok)
		require.InDelta(t, c.want, colour.Contrast(white), 0.01, c.colour)
		require.InDelta(t, c.want, white.Contrast(colour), 0.01, c.colour)
	}
}

func TestLegibleOn(t *testing.T) {
	t.Parallel()
	channel := rapid.Uint8()
	colours := rapid.Custom(func(t *rapid.T) commerce.Colour {
		return commerce.Colour{R: channel.Draw(t, "r"), G: channel.Draw(t, "g"), B: channel.Draw(t, "b")}
	})
	rapid.Check(t, func(t *rapid.T) {
		colour, background := colours.Draw(t, "colour"), colours.Draw(t, "background")
		shade := colour.LegibleOn(background)
		require.GreaterOrEqual(t, shade.Contrast(background), commerce.LegibleContrast)
		require.Equal(t, shade, shade.LegibleOn(background), "what can be read stays as it is")
		if colour.Contrast(background) >= commerce.LegibleContrast {
			require.Equal(t, colour, shade)
			return
		}
		require.True(t, sameHue(colour, shade), "%v became %v", colour, shade)
	})
}

// sameHue compares the order of the channels, as far as rounding leaves one.
func sameHue(a, b commerce.Colour) bool {
	pairs := [][4]uint8{{a.R, a.G, b.R, b.G}, {a.G, a.B, b.G, b.B}, {a.R, a.B, b.R, b.B}}
	for _, p := range pairs {
		before, after := int(p[0])-int(p[1]), int(p[2])-int(p[3])
		if before*after < 0 && math.Abs(float64(after)) > 1 {
			return false
		}
	}
	return true
}
