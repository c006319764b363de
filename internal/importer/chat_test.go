package importer_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/importer"
)

func TestParseChatUnderstands(t *testing.T) {
	t.Parallel()
	cases := []struct{ line, name, price string }{
		{"Basmati rice 5kg - ₹420", "Basmati rice 5kg", "420.00"},
		{"Sugar 1kg 45", "Sugar 1kg", "45.00"},
		{"Sugar 1 kg 45", "Sugar 1 kg", "45.00"},
		{"Maggi x12 = Rs 168/-", "Maggi x12", "168.00"},
		{"आटा 10 किलो ₹510", "आटा 10 किलो", "510.00"},
		{"आटा १० किलो – ५१०", "आटा १० किलो", "510.00"},
		{"• Toor dal 1kg : ₹140 🔥🔥", "Toor dal 1kg", "140.00"},
		{"✅ *Besan 500g* – 60/-", "Besan 500g", "60.00"},
		{"1. Tata Salt @ 28", "Tata Salt", "28.00"},
		{"12) Rin bar - Rs. 1,200.50", "Rin bar", "1200.50"},
		{"Eggs 30 - 180", "Eggs 30", "180.00"},
		{"Eggs 30: 180", "Eggs 30", "180.00"},
		{"Coke 2 ₹80", "Coke 2", "80.00"},
		{"Ghee 1,20,000 INR", "Ghee", "120000.00"},
		{"Rice 1.5kg Rs 90", "Rice 1.5kg", "90.00"},
		{"Soap-Lux - 35", "Soap-Lux", "35.00"},
		{"[12/05/24, 10:12 AM] Ramesh: Poha 500g - 40", "Poha 500g", "40.00"},
		{"\u200f[12/05/24, 10:12\u202fAM] Ramesh: 3. Poha 500g - 40", "Poha 500g", "40.00"},
		{"أرز بسمتي - 420", "أرز بسمتي", "420.00"},
		{"7Up - 40", "7Up", "40.00"},
		{"Rice Rs 420 /-", "Rice", "420.00"},
		{"Sugar 1kg-45", "Sugar 1kg", "45.00"},
		{"Rice 5kg-₹420/-", "Rice 5kg", "420.00"},
		{"Eggs 30 -180", "Eggs 30", "180.00"},
	}
	for _, tc := range cases {
		t.Run(tc.line, func(t *testing.T) {
			t.Parallel()
			c := importer.ParseChat("chat.txt", tc.line, "INR")
			require.Empty(t, c.Rejections)
			require.Len(t, c.Lines, 1)
			require.Equal(t, tc.name, c.Lines[0].Name)
			require.Equal(t, tc.price, c.Lines[0].Price)
		})
	}
}

func TestParseChatRefuses(t *testing.T) {
	t.Parallel()
	const hint = ` is not understood: write a name and a price, such as "Basmati rice 5kg - 420"`
	cases := []struct{ line, reason string }{
		{"Namaste, new stock is here", `"Namaste, new stock is here"` + hint},
		{"Rice", `"Rice"` + hint},
		{"420", `"420"` + hint},
		{"₹420 Rice", `"₹420 Rice"` + hint},
		{"Rice 420/kg", `"Rice 420/kg"` + hint},
		{"Rice $5", `"Rice $5"` + hint},
		{"Rice 400-450", `"Rice 400-450"` + hint},
		{"Open at 10:30", `"Open at 10:30"` + hint},
		{"Rice - free", `"Rice - free"` + hint},
		{"Rice 1.234,50", `"Rice 1.234,50"` + hint},
		{"Rice ~₹420~ ₹380", `"Rice ~₹420~ ₹380" has two prices: write one`},
		{"Eggs 30 180", `"Eggs 30 180" has two numbers: write a currency or a dash before the price`},
		{"Rice 1 20 000", `"Rice 1 20 000" has two numbers: write a currency or a dash before the price`},
		{"Order on 9876543210", `"Order on 9876543210" ends in a number that is too long for a price without a currency`},
		{"5 - 10", `"5 - 10" has a price but no name`},
		{strings.Repeat("r", 256) + " - 5", "the name is longer than 255 characters"},
		{strings.Repeat("r ", 300), "the line is longer than 500 bytes"},
		{"Caf\xe9 - 5", `the text is not UTF-8: save the file as "CSV UTF-8" and try again`},
		{"a\x00b - 5", `the text is not UTF-8: save the file as "CSV UTF-8" and try again`},
	}
	for _, tc := range cases {
		t.Run(tc.line[:min(20, len(tc.line))], func(t *testing.T) {
			t.Parallel()
			c := importer.ParseChat("chat.txt", "\nDal - 1\n"+tc.line+"\n", "INR")
			require.Len(t, c.Lines, 1)
			require.Equal(t, []importer.Rejection{{File: "chat.txt", Line: 3, Reason: tc.reason}}, c.Rejections)
		})
	}
}

func TestParseChatReadsSections(t *testing.T) {
	t.Parallel()
	c := importer.ParseChat("chat.txt", sheet(
		"*PRICES*", "Salt - 20", "Offers:", "🌾 *Dals & rice* 🌾", "Toor dal - 140\r", "—————", "🔥🔥🔥", "तेल:", "*Mustard oil 1l* - 160", "toor DAL - 130"), "INR")
	require.Equal(t, []importer.Rejection{
		{File: "chat.txt", Line: 10, Reason: `"toor DAL" is on line 5 already`},
	}, c.Rejections)
	require.Equal(t, []string{`line 3, "Offers", is a heading without products`}, c.Notes)
	var got []string
	for _, l := range c.Lines {
		got = append(got, fmt.Sprintf("%d %s %s/%s", l.Line, l.Name, l.Price, l.Category))
	}
	require.Equal(t, []string{"2 Salt 20.00/PRICES", "5 Toor dal 140.00/Dals & rice", "9 Mustard oil 1l 160.00/तेल"}, got)
}

// The text that confirms a chat changes with whatever would be written.
func TestChatLayout(t *testing.T) {
	t.Parallel()
	layout := func(text string) string { return importer.ParseChat("x", text, "INR").Layout() }
	base := layout("*Dals*\nToor - 140\n")
	require.Regexp(t, `^chat=[0-9a-f]{16}$`, base)
	require.Equal(t, base, layout("*Dals*\n\n• Toor = ₹140\nhello\n"), "the same products")
	for _, other := range []string{"*Dals*\nToor - 141\n", "*Dals*\nToor dal - 140\n", "*Dal*\nToor - 140\n", "Toor - 140\n", "*Dals*\nToor - 140\nUrad - 150\n", ""} {
		require.NotEqual(t, base, layout(other), other)
	}
}

// TestChatComesBack writes products as people do and demands the same products back.
func TestChatComesBack(t *testing.T) {
	t.Parallel()
	word := rapid.StringOfN(rapid.SampledFrom([]rune("abcXYZबासमती&'")), 1, 8, -1)
	pick := func(t *rapid.T, label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		var want, got []string
		category := ""
		for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
			if rapid.IntRange(0, 3).Draw(t, "section") == 0 {
				category = "Section " + strings.Repeat("x", i+1)
				fmt.Fprintf(&text, pick(t, "heading", "*%s*\n", "%s:\n", "\n*%s:*\n"), category)
			}
			name := fmt.Sprintf("Item%s %s%d%s", strings.Repeat("i", i), word.Draw(t, "word"), i, pick(t, "unit", "kg", " kg", "g", " किलो"))
			minor := rapid.Int64Range(0, 99_999_999).Draw(t, "price")
			want = append(want, fmt.Sprintf("%s|%s|%s", name, commerce.Money{Minor: minor, Currency: "INR"}.Amount(), category))
			bullet := pick(t, "bullet", "", "• ", "- ", strconv.Itoa(i+1)+". ", "✅", "* ", "  ")
			joint := pick(t, "joint", " - ", " ₹", " = Rs ", ": ", " – Rs.", " @ ", "-₹ ")
			end := pick(t, "end", "", "/-", " /-", " 🔥", " \r")
			fmt.Fprintf(&text, "%s%s%s%s%s\n", bullet, name, joint, commerce.Money{Minor: minor, Currency: "INR"}.Amount(), end)
		}
		c := importer.ParseChat("chat.txt", text.String(), "INR")
		require.Empty(t, c.Rejections, text.String())
		for _, l := range c.Lines {
			got = append(got, fmt.Sprintf("%s|%s|%s", l.Name, l.Price, l.Category))
		}
		require.Equal(t, want, got, text.String())
	})
}

// FuzzParseChat reads arbitrary texts: each line with a letter or digit is a product, a heading or a reason, and none is dropped.
func FuzzParseChat(f *testing.F) {
	for _, seed := range []string{
		"", "Basmati rice 5kg - ₹420\nSugar 1kg 45\nMaggi x12 = Rs 168/-\nआटा 10 किलो ₹510\n", "*Dals*\n• Toor: 140 🔥\n", "1) a - 1\n2) a - 2\n",
		"[1/2/24, 10:00] A: b - 3\n", "a 1 2 3\n", "\xff - 1\n", "* - 1\n", "₹\n- - -\n", "Rs ₹ 5\n", "a @ 5/- /-\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := importer.ParseChat("chat.txt", text, "INR")
		told := make(map[int]bool)
		for _, l := range c.Lines {
			require.False(t, told[l.Line])
			told[l.Line] = true
			price, err := commerce.ParseMinor(l.Price, "INR")
			require.NoError(t, err)
			p, refusal := (&commerce.Listing{Name: l.Name, PriceMinor: &price, Category: l.Category}).Product()
			require.Empty(t, refusal)
			require.Empty(t, p.Validate())
		}
		for _, r := range c.Rejections {
			require.False(t, told[r.Line])
			require.NotEmpty(t, r.Reason)
			told[r.Line] = true
		}
		for i, line := range strings.Split(text, "\n") {
			if !strings.ContainsAny(line, ":*") && strings.ContainsFunc(line, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
				require.True(t, told[i+1], "line %d, %q, was dropped", i+1, line)
			}
		}
	})
}
