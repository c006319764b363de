package graph

import (
	"encoding/json"
	"unicode/utf16"
	"unicode/utf8"
)

// maxNesting is how deep lists and objects may stand inside each other, as in encoding/json.
const maxNesting = 10_000

// decoder reads JSON in one pass and in place: a text with escapes is put together over its own encoding, which is never
// shorter, so that each text costs its one copy and nothing else. The bytes must be UTF-8, and nobody else's.
//
// encoding/json reads everything twice and keeps a state of its own, which for a small request costs more than the rest
// of the handler. A fuzz target holds the two equal.
type decoder struct {
	bytes   []byte
	at      int
	nesting int
}

// peek is the first byte of what comes next, behind white space; 0 at the end.
func (d *decoder) peek() byte {
	for ; d.at < len(d.bytes); d.at++ {
		switch c := d.bytes[d.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// take goes over c, if that is what comes next.
func (d *decoder) take(c byte) bool {
	if d.peek() != c {
		return false
	}
	d.at++
	return true
}

// end reports whether nothing more comes.
func (d *decoder) end() bool { return d.peek() == 0 && d.at == len(d.bytes) }

// value reads any value. Numbers keep all their digits.
func (d *decoder) value() (any, bool) {
	switch d.peek() {
	case '{':
		return d.object()
	case '[':
		return d.list()
	case '"':
		text, ok := d.text()
		return string(text), ok
	case 't':
		return true, d.word("true")
	case 'f':
		return false, d.word("false")
	case 'n':
		return nil, d.word("null")
	default:
		return d.number()
	}
}

func (d *decoder) word(w string) bool {
	rest := d.bytes[d.at:]
	if len(rest) < len(w) || string(rest[:len(w)]) != w {
		return false
	}
	d.at += len(w)
	return true
}

func (d *decoder) number() (json.Number, bool) {
	begin := d.at
	d.skip('-')
	if !d.skip('0') && !d.digits() {
		return "", false
	}
	if d.skip('.') && !d.digits() {
		return "", false
	}
	if d.skip('e') || d.skip('E') {
		if !d.skip('+') {
			d.skip('-')
		}
		if !d.digits() {
			return "", false
		}
	}
	return json.Number(d.bytes[begin:d.at]), true
}

// skip goes over c, if it is the very next byte.
func (d *decoder) skip(c byte) bool {
	if d.at == len(d.bytes) || d.bytes[d.at] != c {
		return false
	}
	d.at++
	return true
}

// digits goes over digits, one at least.
func (d *decoder) digits() bool {
	begin := d.at
	for d.at < len(d.bytes) && '0' <= d.bytes[d.at] && d.bytes[d.at] <= '9' {
		d.at++
	}
	return d.at > begin
}

// object reads an object. When a name comes twice, the last one counts.
func (d *decoder) object() (map[string]any, bool) {
	m := make(map[string]any)
	return m, d.members(func(name []byte) bool {
		key := string(name) // before the value, which may hold nothing but this very name
		value, ok := d.value()
		m[key] = value
		return ok
	})
}

// members goes over an object. The name is only lent: read reads the value.
func (d *decoder) members(read func(name []byte) bool) bool {
	return d.series('{', '}', func() bool {
		if d.peek() != '"' {
			return false
		}
		name, ok := d.text()
		return ok && d.take(':') && read(name)
	})
}

func (d *decoder) list() ([]any, bool) {
	l := []any{}
	return l, d.series('[', ']', func() bool {
		value, ok := d.value()
		l = append(l, value)
		return ok
	})
}

// series goes over elements between brackets.
func (d *decoder) series(first, last byte, element func() bool) bool {
	d.nesting++
	defer func() { d.nesting-- }()
	if d.nesting > maxNesting || !d.take(first) {
		return false
	}
	if d.take(last) {
		return true
	}
	for element() {
		if d.take(last) {
			return true
		}
		if !d.take(',') {
			return false
		}
	}
	return false
}

// text reads a text. It is lent until the next one is read.
func (d *decoder) text() ([]byte, bool) {
	d.at++ // the quote
	begin := d.at
	for ; d.at < len(d.bytes); d.at++ {
		switch c := d.bytes[d.at]; {
		case c == '"':
			d.at++
			return d.bytes[begin : d.at-1], true
		case c == '\\':
			return d.escaped(begin)
		case c < ' ':
			return nil, false
		}
	}
	return nil, false
}

// escaped reads the rest of a text from its first escape on.
func (d *decoder) escaped(begin int) ([]byte, bool) {
	text := d.bytes[begin:d.at]
	for d.at < len(d.bytes) {
		c := d.bytes[d.at]
		d.at++
		switch {
		case c == '"':
			return text, true
		case c < ' ':
			return nil, false
		case c != '\\':
			text = append(text, c)
		default:
			r, ok := d.escape()
			if !ok {
				return nil, false
			}
			text = utf8.AppendRune(text, r)
		}
	}
	return nil, false
}

// escape reads what stands behind a backslash.
func (d *decoder) escape() (rune, bool) {
	if d.at == len(d.bytes) {
		return 0, false
	}
	c := d.bytes[d.at]
	d.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'u':
		return d.unicode()
	default:
		return 0, false
	}
}

// unicode reads the digits of \uXXXX, and the second half of a pair. One half alone becomes U+FFFD.
func (d *decoder) unicode() (rune, bool) {
	r, ok := d.hex()
	if !ok || !utf16.IsSurrogate(r) {
		return r, ok
	}
	here := d.at
	if d.skip('\\') && d.skip('u') {
		if second, ok := d.hex(); ok {
			if pair := utf16.DecodeRune(r, second); pair != utf8.RuneError {
				return pair, true
			}
		}
	}
	d.at = here
	return utf8.RuneError, true
}

func (d *decoder) hex() (rune, bool) {
	if len(d.bytes)-d.at < 4 {
		return 0, false
	}
	var r rune
	for _, c := range d.bytes[d.at : d.at+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	d.at += 4
	return r, true
}
