package commerce

import (
	"strings"
	"unicode"
)

// Swatcher tells the colours of values of options and metafields: what the store says of a value; else, where the name of the option says that
// the values are colours, the one that the value writes or is called by. It is nil for a value that is no colour.
func (f *StoreSearchFacets) Swatcher() func(name, value string) *Colour {
	given := map[string]Colour{}
	if f != nil {
		for _, s := range f.Swatches {
			if c, is := ParseColour(s.Color); is {
				given[OptionKey(s.Value)] = c
			}
		}
	}
	return func(name, value string) *Colour {
		if c, is := given[OptionKey(value)]; is {
			return &c
		}
		if !namesColours(name) {
			return nil
		}
		if c, is := ParseColour(OptionKey(value)); is {
			return &c
		}
		if c, is := namedColour(value); is {
			return &c
		}
		return nil
	}
}

// namesColours reports whether the values of an option or metafield of this name are colours: rose may also be a taste.
func namesColours(name string) bool {
	for _, word := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		switch word {
		case "colour", "colours", "color", "colors", "shade", "shades", "rang", "रंग", "farbe", "couleur", "cor":
			return true
		}
	}
	return false
}

// namedColour is the colour that a name stands for, however its words are joined. A shade in front changes the colour: dark olive is
// an olive that is darker.
func namedColour(name string) (Colour, bool) {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	if len(words) == 0 || len(words) > 4 {
		return Colour{}, false
	}
	if c, is := ParseColour(colourNames(strings.Join(words, ""))); is {
		return c, true
	}
	c, is := ParseColour(colourNames(strings.Join(words[1:], "")))
	switch words[0] {
	case "light", "pale", "pastel", "baby", "हल्का":
		return c.toward(Colour{255, 255, 255}, 0.45), is
	case "dark", "deep", "गहरा":
		return c.toward(Colour{}, 0.4), is
	case "bright", "matte", "matt", "solid", "plain":
		return c, is
	}
	return Colour{}, false
}

// colourNames is the colour of a name in small letters without spaces, empty for one that it does not know: what shops call colours, which
// is not always what CSS calls them.
func colourNames(name string) string {
	for _, names := range []func(string) string{paleNames, warmNames, coldNames} {
		if c := names(name); c != "" {
			return c
		}
	}
	return ""
}

func paleNames(name string) string {
	switch name {
	case "white", "सफेद", "सफ़ेद":
		return "#ffffff"
	case "offwhite", "ivory":
		return "#fffff0"
	case "cream", "ecru":
		return "#fffdd0"
	case "beige":
		return "#f5f5dc"
	case "pearl":
		return "#eae0c8"
	case "silver", "steel":
		return "#c0c0c0"
	case "grey", "gray", "melange":
		return "#808080"
	case "ash":
		return "#b2beb5"
	case "charcoal", "graphite", "anthracite":
		return "#36454f"
	case "black", "काला", "काली", "jetblack":
		return "#000000"
	case "brown", "भूरा":
		return "#8b4513"
	case "tan", "camel":
		return "#d2b48c"
	case "khaki":
		return "#c3b091"
	case "sand":
		return "#c2b280"
	case "coffee", "mocha":
		return "#6f4e37"
	case "chocolate":
		return "#5c3317"
	case "nude", "skin":
		return "#e3bc9a"
	}
	return ""
}

func warmNames(name string) string {
	switch name {
	case "red", "लाल":
		return "#d50000"
	case "maroon":
		return "#800000"
	case "burgundy", "wine":
		return "#722f37"
	case "crimson":
		return "#dc143c"
	case "scarlet":
		return "#ff2400"
	case "cherry":
		return "#b5122a"
	case "rust":
		return "#b7410e"
	case "brick":
		return "#aa4a44"
	case "coral":
		return "#ff7f50"
	case "salmon":
		return "#fa8072"
	case "peach":
		return "#ffcba4"
	case "pink", "गुलाबी":
		return "#ff8fb1"
	case "hotpink":
		return "#ff69b4"
	case "rani", "ranipink", "fuchsia", "magenta":
		return "#e0218a"
	case "rose":
		return "#e8909c"
	case "rosegold":
		return "#b76e79"
	case "orange", "नारंगी":
		return "#ff8c00"
	case "saffron", "केसरिया", "kesari":
		return "#ff9933"
	case "apricot":
		return "#fbceb1"
	case "yellow", "पीला", "पीली":
		return "#ffd600"
	case "lemon":
		return "#fff44f"
	case "mustard", "haldi":
		return "#d4a017"
	case "gold", "golden", "सुनहरा":
		return "#d4af37"
	case "copper":
		return "#b87333"
	case "bronze":
		return "#cd7f32"
	}
	return ""
}

func coldNames(name string) string {
	switch name {
	case "green", "हरा", "हरी":
		return "#2e8b57"
	case "lime":
		return "#a4de02"
	case "olive":
		return "#808000"
	case "mint":
		return "#98ff98"
	case "emerald":
		return "#50c878"
	case "bottlegreen":
		return "#006a4e"
	case "forest", "forestgreen":
		return "#228b22"
	case "mehendi", "mehndi", "henna":
		return "#6b7a2f"
	case "teal":
		return "#008080"
	case "turquoise", "firozi":
		return "#40e0d0"
	case "aqua", "cyan":
		return "#00ffff"
	case "blue", "नीला", "नीली":
		return "#1565c0"
	case "navy", "navyblue", "midnight", "midnightblue":
		return "#0a1f44"
	case "royalblue", "royal":
		return "#4169e1"
	case "sky", "skyblue", "आसमानी":
		return "#87ceeb"
	case "denim", "indigo":
		return "#3f51a5"
	case "purple", "बैंगनी", "jamun":
		return "#800080"
	case "violet":
		return "#7f00ff"
	case "lavender":
		return "#b57edc"
	case "lilac":
		return "#c8a2c8"
	case "mauve":
		return "#e0b0ff"
	case "plum":
		return "#8e4585"
	}
	return ""
}
