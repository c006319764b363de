package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// GuessedLine is what a line of a chat text was understood to say.
type GuessedLine struct {
	Line     int    `json:"line"`
	Name     string `json:"name"`
	Price    string `json:"price"`
	Category string `json:"category,omitempty"`

	listing commerce.Listing
}

// Chat is a pasted text of lines such as "Basmati rice 5kg - ₹420", read line by line.
type Chat struct {
	// Lines are those that were understood, Rejections the others. Blank lines and headings are neither: a heading shows as
	// the category of the lines below it, and in Notes where there are none.
	Lines      []GuessedLine
	Rejections []Rejection
	Notes      []string
}

// MaxChatBytes bounds a chat text: it is pasted, and looked through by a person before anything is written.
const MaxChatBytes = 1 << 20

// ParseChat reads a chat text, called name in messages, with prices in c. It guesses what each line says; nothing may be written
// by guesses that nobody has seen. What it does not understand it refuses. "Maggi x12 = 168" is a pack of twelve as well as
// twelve in stock, so whatever is not the price stays in the name.
func ParseChat(name, text string, c commerce.Currency) *Chat {
	p := &chatParser{name: name, currency: c, seen: make(map[string]int)}
	for line := range strings.SplitSeq(text, "\n") {
		p.line++
		p.take(strings.TrimSpace(line))
	}
	p.section("")
	return &p.chat
}

// chatLayout begins the layout of a chat text.
const chatLayout = "chat="

// Layout is the text that confirms what was understood: it changes when any of it does.
func (c *Chat) Layout() string {
	h := sha256.New()
	for _, l := range c.Lines {
		fmt.Fprintf(h, "%q %q %q\n", l.Name, l.Price, l.Category)
	}
	return chatLayout + hex.EncodeToString(h.Sum(nil)[:8])
}

// chatParser is one chat text being read.
type chatParser struct {
	name     string
	currency commerce.Currency
	line     int
	category string
	began    int            // the line of the category's heading
	seen     map[string]int // names by handle, and the line of each
	chat     Chat
}

// take reads a line.
func (p *chatParser) take(text string) {
	switch heading, is := chatHeading(text); {
	case !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) || strings.IndexByte(text, 0) >= 0:
		p.reject(notUTF8)
	case strings.Trim(text, decoration) == "" || !strings.ContainsFunc(text, meaningful):
		// blank, or a line of emojis
	case is && len(heading) <= maxLabel:
		p.section(heading)
	default:
		p.product(text)
	}
}

// section begins a section, and notes a heading that no product followed.
func (p *chatParser) section(heading string) {
	lines := p.chat.Lines
	if p.category != "" && (len(lines) == 0 || lines[len(lines)-1].Line < p.began) && len(p.chat.Notes) < maxNamedColumns {
		p.chat.Notes = append(p.chat.Notes, fmt.Sprintf("line %d, %q, is a heading without products", p.began, p.category))
	}
	p.category, p.began = heading, p.line
}

// decoration is what stands around lines and parts of lines without meaning.
const decoration = " \t\r*_~•·-–—:=>|,;\u200b\u200e\u200f\ufeff"

func meaningful(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// chatHeading reports whether a line is a heading: bold, or with a colon at its end, and without a number.
func chatHeading(text string) (heading string, is bool) {
	text = strings.TrimFunc(text, func(r rune) bool { return emoji(r) || unicode.IsSpace(r) })
	bold := len(text) > 2 && text[0] == '*' && text[len(text)-1] == '*'
	if (bold || strings.HasSuffix(text, ":")) && !strings.ContainsFunc(text, unicode.IsDigit) {
		return undecorated(text), true
	}
	return "", false
}

// emoji reports whether a character is an emoji or part of one.
func emoji(r rune) bool {
	return unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r) || r == '\u200d' || r == '\ufe0f'
}

func ornament(r rune) bool { return emoji(r) || strings.ContainsRune(decoration, r) }

// undecorated is a text without bullets, marks of bold print, and emojis at its ends.
func undecorated(text string) string { return strings.TrimFunc(text, ornament) }

// undecoratedLine is undecorated for a line with a price, which may end in "/-".
func undecoratedLine(text string) string {
	return strings.TrimRightFunc(strings.TrimLeftFunc(text, ornament), func(r rune) bool { return ornament(r) && r != '-' && r != '=' })
}

func (p *chatParser) reject(format string, args ...any) {
	p.chat.Rejections = append(p.chat.Rejections, Rejection{File: p.name, Line: p.line, Reason: fmt.Sprintf(format, args...)})
}

// maxChatLine bounds a line: a name and a price are shorter.
const maxChatLine = 500

// What stands before a line: the time and the sender of a message that was copied, the number of a line.
var (
	copied   = regexp.MustCompile(`^\[\d{1,2}[/.-]\d{1,2}[^\]]*\]\s[^:]{1,80}:\s`)
	numbered = regexp.MustCompile(`^\d{1,3}[.)]\s+`)
)

// product reads a line as a name and a price at its end.
func (p *chatParser) product(text string) {
	if len(text) > maxChatLine {
		p.reject("the line is longer than %d bytes", maxChatLine)
		return
	}
	text = undecoratedLine(strings.ReplaceAll(text, "*", ""))
	text = undecoratedLine(copied.ReplaceAllString(text, ""))
	text = undecoratedLine(numbered.ReplaceAllString(text, ""))
	name, price, reason := p.cutPrice(text)
	if reason != "" {
		p.reject("%.80q %s", text, reason)
		return
	}
	minor, err := amount(price, p.currency, false)
	handle := commerce.HandleOf(name)
	switch {
	case err != nil:
		p.reject("%s", err)
	case !strings.ContainsFunc(name, unicode.IsLetter):
		p.reject("%.80q has a price but no name", text)
	case commerce.Characters(commerce.MaxTitle).Exceeded(name):
		p.reject("the name is longer than %s", commerce.Characters(commerce.MaxTitle))
	case p.seen[handle] > 0:
		p.reject("%.80q is on line %d already", name, p.seen[handle])
	default:
		p.seen[handle] = p.line
		p.chat.Lines = append(p.chat.Lines, GuessedLine{
			Line: p.line, Name: name, Price: commerce.Money{Minor: minor, Currency: p.currency}.Amount().String(), Category: p.category,
			listing: commerce.Listing{Name: name, PriceMinor: &minor, Category: p.category},
		})
	}
}

// joints stand between a name and its price.
const joints = "-–—:=@"

// cutPrice splits a line into a name and the price at its end, or says why that is not clear: at its last joint, as in
// "Rice 5kg - Rs 420", else before its last words, as in "Rice 5kg Rs 420".
func (p *chatParser) cutPrice(text string) (name, price, reason string) {
	for i := len(text); i > 0; {
		if i = strings.LastIndexAny(text[:i], joints); i < 0 {
			break
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		head, tail := text[:i], strings.TrimSpace(text[i+size:])
		if number, _ := bareAmount(tail, p.currency); p.isPrice(tail) && !between(head, text[i+size:]) && len(strings.Fields(number)) == 1 {
			return p.cut(head, tail, true)
		}
	}
	words := strings.Fields(text)
	for take := min(3, len(words)-1); take >= 1; take-- { // "Rs 420 /-" is three words
		tail := strings.Join(words[len(words)-take:], " ")
		if number, _ := bareAmount(tail, p.currency); p.isPrice(tail) && len(strings.Fields(number)) == 1 {
			return p.cut(strings.Join(words[:len(words)-take], " "), tail, false)
		}
	}
	return "", "", "is not understood: write a name and a price, such as \"Basmati rice 5kg - 420\""
}

// between reports whether what stood between two texts stood between two digits: a range of prices, or a time.
func between(head, tail string) bool {
	last, _ := utf8.DecodeLastRuneInString(head)
	first, _ := utf8.DecodeRuneInString(tail)
	return unicode.IsDigit(last) && unicode.IsDigit(first)
}

// cut takes a line for a name and a price, unless it has another number that could be the price.
func (p *chatParser) cut(head, price string, joined bool) (name, tail, reason string) {
	number, marked := bareAmount(price, p.currency)
	words := strings.Fields(head)
	switch {
	case slices.ContainsFunc(words, p.isMarked):
		return "", "", "has two prices: write one"
	case !marked && len(number) > 6 && strings.Trim(number, "0123456789") == "":
		return "", "", "ends in a number that is too long for a price without a currency"
	case !marked && !joined && len(words) > 0 && strings.Trim(asciiDigits(words[len(words)-1]), "0123456789.,") == "":
		return "", "", "has two numbers: write a currency or a dash before the price"
	}
	return strings.Join(strings.Fields(undecorated(head)), " "), price, ""
}

func (p *chatParser) isPrice(text string) bool {
	_, err := amount(text, p.currency, false)
	return err == nil
}

// isMarked reports whether a word is a price with a currency.
func (p *chatParser) isMarked(word string) bool {
	word = strings.Trim(word, decoration)
	_, marked := bareAmount(word, p.currency)
	return marked && p.isPrice(word)
}
