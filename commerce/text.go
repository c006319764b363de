package commerce

import (
	"html"
	"strings"
	"unicode/utf8"
)

// PlainText is what a reader sees of an HTML text: tags dropped, character references resolved, white space folded,
// the contents of script and style elements left out. It is for display and search, not a sanitiser.
func PlainText(markup string) string {
	if !strings.ContainsAny(markup, "<&") {
		return strings.Join(strings.Fields(markup), " ")
	}
	var b strings.Builder
	b.Grow(len(markup))
	for markup != "" {
		text, rest, found := strings.Cut(markup, "<")
		b.WriteString(html.UnescapeString(text))
		if !found {
			break
		}
		markup = afterTag(rest, &b)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// afterTag returns what follows the tag that begins rest, and writes what the tag stands for: a space around elements
// that break a line, nothing for inline ones, so that "<b>5</b>kg" stays one word. Where the markup is broken it reads it
// as browsers do: a comment, tag or script without an end swallows the rest.
func afterTag(rest string, b *strings.Builder) string {
	switch {
	case strings.HasPrefix(rest, "!--"):
		// From the second character on, since "<!-->" and "<!--->" are whole comments.
		_, after, _ := strings.Cut(rest[1:], "-->")
		return after
	case rest == "" || !isTagStart(rest[0]):
		b.WriteByte('<')
		return rest
	}
	end := tagEnd(rest)
	tag, after := rest[:end], rest[min(end+1, len(rest)):]
	tag, closing := strings.CutPrefix(tag, "/")
	switch name := tagName(tag); name {
	case "script", "style":
		if closing { // of an element that was never opened
			return after
		}
		return afterElement(after, name)
	case "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q",
		"s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr":
		return after
	}
	b.WriteByte(' ')
	return after
}

func isTagStart(c byte) bool {
	return c == '/' || c == '!' || c == '?' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// tagEnd is the place of the > that ends the tag which s begins with, the length of s when there is none. A > inside a
// quoted value of an attribute ends nothing.
func tagEnd(s string) int {
	value := false // an attribute's value begins here, and only there does a quote mean anything
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '>':
			return i
		case c == '=':
			value = true
		case value && (c == '"' || c == '\''):
			length := strings.IndexByte(s[i+1:], c)
			if length < 0 {
				return len(s)
			}
			i += length + 1
			value = false
		case strings.IndexByte(tagSpace, c) < 0:
			value = false
		}
	}
	return len(s)
}

const tagSpace = " \t\r\n\f"

// tagName is the name in lower case of the element whose tag begins with tag.
func tagName(tag string) string {
	if end := strings.IndexAny(tag, tagSpace+"/>"); end >= 0 {
		tag = tag[:end]
	}
	return strings.ToLower(tag)
}

// afterElement returns what follows the end tag of an element whose content is no markup. Without one that is nothing.
func afterElement(content, name string) string {
	for {
		_, rest, found := strings.Cut(content, "</")
		if !found {
			return ""
		}
		if tagName(rest) == name {
			return rest[min(tagEnd(rest)+1, len(rest)):]
		}
		content = rest
	}
}

// Truncate cuts text to at most n characters; a cut text ends in an ellipsis, which counts.
func Truncate(text string, n int) string {
	if n < 0 || utf8.RuneCountInString(text) <= n {
		return text
	}
	if n == 0 {
		return ""
	}
	runes := []rune(text)
	return strings.TrimRight(string(runes[:n-1]), " ") + "…"
}
