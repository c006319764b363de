package commerce

import (
	"math"
	"strconv"
)

// Colour is a colour of the sRGB space.
type Colour struct{ R, G, B uint8 }

// LegibleContrast is the least contrast of a text with what is behind it: WCAG 2.2, success criterion 1.4.3 (AA).
const LegibleContrast = 4.5

// ParseColour reads #rrggbb in lower case, as stores keep it. It reports false for every other text.
func ParseColour(s string) (Colour, bool) {
	if len(s) != len("#rrggbb") || s[0] != '#' {
		return Colour{}, false
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	c := Colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}
	return c, err == nil && c.String() == s
}

// String renders the colour as #rrggbb.
func (c Colour) String() string {
	const digits = "0123456789abcdef"
	return string([]byte{'#', digits[c.R>>4], digits[c.R&15], digits[c.G>>4], digits[c.G&15], digits[c.B>>4], digits[c.B&15]})
}

// Luminance is WCAG's relative luminance: 0 for black, 1 for white.
func (c Colour) Luminance() float64 {
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// linear takes the gamma off a channel.
func linear(channel uint8) float64 {
	v := float64(channel) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// Contrast is WCAG's contrast ratio of two colours, 1 to 21.
func (c Colour) Contrast(other Colour) float64 {
	light, dark := c.Luminance(), other.Luminance()
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

// LegibleOn is the colour nearest to c, darker or lighter but of the same hue, that can be read on a background: the first
// step away from the background that reaches LegibleContrast. Black or white reaches it on any.
func (c Colour) LegibleOn(background Colour) Colour {
	white, black := Colour{255, 255, 255}, Colour{}
	end := black
	if white.Contrast(background) > black.Contrast(background) {
		end = white
	}
	const steps = 256
	for i := range steps {
		if shade := c.toward(end, float64(i)/steps); shade.Contrast(background) >= LegibleContrast {
			return shade
		}
	}
	return end
}

// toward mixes a share of another colour in. With black or white the hue stays.
func (c Colour) toward(other Colour, share float64) Colour {
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	return Colour{mix(c.R, other.R), mix(c.G, other.G), mix(c.B, other.B)}
}
