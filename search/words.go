package search

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// What the engine's analyzers make of texts, for who searches without the engine. The two agree on words, accents, digits and
// scripts; the engine's English stems go further than plurals.

// words cuts a text into the engine's words: letters, digits and what belongs to them, in lower case, without accents, with every
// script's digits alike. A character of Chinese or Japanese is a word of its own.
func words(text string) []string {
	all := spelt(text)
	for i, word := range all {
		all[i] = folded(word)
	}
	return all
}

// spelt is words with the accents that they are written with.
func spelt(text string) []string {
	var all []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			all = append(all, string(word))
			word = word[:0]
		}
	}
	text = strings.ToLower(text)
	for i, r := range text {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana):
			flush()
			all = append(all, string(r))
		case unicode.IsLetter(r) || unicode.IsMark(r) && len(word) > 0 || r == '\u200d' && len(word) > 0 || r == '\u200c' && len(word) > 0:
			word = append(word, r)
		case unicode.IsDigit(r):
			word = append(word, digit(r))
		case len(word) > 0 && joins(word[len(word)-1], r, text[i+len(string(r)):]):
			word = append(word, r)
		default:
			flush()
		}
	}
	flush()
	return all
}

// joins reports whether a sign between two letters or two digits belongs to the word, as in men's and 1.5 (UAX #29, WB6 to WB12).
func joins(before, sign rune, rest string) bool {
	var after rune
	for _, after = range rest {
		break
	}
	switch sign {
	case '\'', '’', '.':
		return unicode.IsLetter(before) && unicode.IsLetter(after) || unicode.IsDigit(before) && unicode.IsDigit(after)
	case ':', '·':
		return unicode.IsLetter(before) && unicode.IsLetter(after)
	case ',', ';':
		return unicode.IsDigit(before) && unicode.IsDigit(after)
	case '_':
		return unicode.IsLetter(after) || unicode.IsDigit(after)
	}
	return false
}

// digit is the ASCII digit of a digit of any script.
func digit(r rune) rune {
	if r <= '9' {
		return r
	}
	for _, span := range unicode.Nd.R16 {
		if uint32(r) <= uint32(span.Hi) && uint32(r) >= uint32(span.Lo) {
			return '0' + (r-rune(span.Lo))%10
		}
	}
	for _, span := range unicode.Nd.R32 {
		if uint32(r) <= span.Hi && uint32(r) >= span.Lo {
			return '0' + (r-rune(span.Lo))%10
		}
	}
	return r
}

// ligatures are letters that accents do not explain.
var ligatures = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ð", "d", "ł", "l", "þ", "th", "ı", "i", "ħ", "h", "ŋ", "n", "’", "'") //nolint:gochecknoglobals // it never changes

// folded takes the accents off Latin letters. Marks of other scripts are a part of their words.
func folded(word string) string {
	if ascii(word) {
		return word
	}
	word = ligatures.Replace(word)
	var b strings.Builder
	latin := false
	for _, r := range norm.NFD.String(word) {
		if unicode.Is(unicode.Mn, r) && latin {
			continue
		}
		latin = unicode.Is(unicode.Latin, r)
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// caselessText is the form in which SKUs, barcodes and titles compare.
func caselessText(s string) string { return folded(strings.ToLower(s)) }

var (
	hindiEnding = regexp.MustCompile(hindiEndings)
	arabicStart = regexp.MustCompile(strings.ReplaceAll(arabicArticle, `\p{IsArabic}`, `\p{Arabic}`))
	letterForms = strings.NewReplacer(letterPairs()...) //nolint:gochecknoglobals // it never changes
)

// letterPairs are letterMappings as a Replacer takes them.
func letterPairs() []string {
	var pairs []string
	for _, mapping := range letterMappings() {
		from, to, _ := strings.Cut(mapping.(string), "=>") //nolint:forcetypeassert // they are texts
		pairs = append(pairs, from, to)
	}
	return pairs
}

// stems is words by what stays the same in every number and case.
func stems(text string) []string {
	all := words(letterForms.Replace(text))
	for i, word := range all {
		all[i] = stem(word)
	}
	return all
}

func stem(word string) string {
	if ascii(word) {
		return singular(strings.TrimSuffix(word, "'s"))
	}
	word = hindiEnding.ReplaceAllString(word, "$1")
	return arabicStart.ReplaceAllString(word, "$1")
}

// singular takes the plural off an English word (Harman, How effective is suffixing?, 1991: the S stemmer).
func singular(word string) string {
	switch n := len(word); {
	case n < 4 || strings.HasSuffix(word, "ss") || strings.HasSuffix(word, "us"):
		return word
	case strings.HasSuffix(word, "ies") && n > 4:
		return word[:n-3] + "y"
	case strings.HasSuffix(word, "xes") || strings.HasSuffix(word, "ches") || strings.HasSuffix(word, "shes") || strings.HasSuffix(word, "sses") || strings.HasSuffix(word, "oes") && n > 5:
		return word[:n-2]
	case strings.HasSuffix(word, "s"):
		return word[:n-1]
	}
	return word
}

// neighbours is each two words of a text joined, by their stems.
func neighbours(text string) []string {
	all := words(letterForms.Replace(text))
	joined := make([]string, 0, len(all))
	for i := 1; i < len(all); i++ {
		joined = append(joined, singular(all[i-1]+all[i]))
	}
	return joined
}

// edits is how many letters may be wrong in a word of a length: the engine's AUTO.
func edits(letters int) int {
	switch {
	case letters < 3:
		return 0
	case letters < 6:
		return 1
	}
	return 2
}

// near reports whether two words differ by at most n letters that are missing, too many, another one or swapped with their neighbour
// (optimal string alignment). row has room for three rows of the shorter word.
func near(a, b []rune, n int, rows *[3][]int) bool {
	if d := len(a) - len(b); d > n || -d > n {
		return false
	}
	before, last, now := rows[0][:0], rows[1][:0], rows[2][:0]
	for j := range len(b) + 1 {
		last = append(last, j)
	}
	for i := 1; i <= len(a); i++ {
		now = append(now[:0], i)
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			now = append(now, d)
			least = min(least, d)
		}
		if least > n {
			return false
		}
		before, last, now = last, now, before
	}
	rows[0], rows[1], rows[2] = before, last, now
	return last[len(b)] <= n
}
