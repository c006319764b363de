package commerce

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// The bounds of a query, which bound the statement that answers it.
const (
	maxQueryBytes = 1000
	maxQueryTerms = 50
	maxQueryDepth = 10
)

// Parse reads the query of a list, nil for an empty one. Code BAD_USER_INPUT.
func (f QueryFields) Parse(text string) (*Condition, error) {
	if len(text) > maxQueryBytes {
		return nil, BadInput("query", "%d bytes are too long: at most %d.", len(text), maxQueryBytes)
	}
	p := &queryParser{text: text, fields: f}
	p.space()
	if p.at == len(text) {
		return nil, nil //nolint:nilnil // no condition is none
	}
	c := p.any(0)
	if p.err == nil && p.at < len(text) {
		p.fail(p.at, "this parenthesis closes none. Leave it out, or write it in quotes.")
	}
	return c, p.err
}

// queryParser reads a query from left to right. After an error it reads on, and nothing counts any more.
type queryParser struct {
	text   string
	at     int
	fields QueryFields
	terms  int
	err    error
}

func (p *queryParser) fail(at int, format string, args ...any) {
	if p.err == nil {
		p.err = BadInput("query", "at character %d: %s", len([]rune(p.text[:at]))+1, fmt.Sprintf(format, args...))
	}
}

func (p *queryParser) space() {
	p.at = len(p.text) - len(strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace))
}

// word takes a join off the text when it stands there.
func (p *queryParser) word(join Join) bool {
	rest, found := strings.CutPrefix(p.text[p.at:], string(join))
	if !found || rest != "" && !strings.ContainsAny(rest[:1], " \t\r\n()") {
		return false
	}
	p.at += len(join)
	p.space()
	return true
}

func (p *queryParser) any(depth int) *Condition {
	all := []*Condition{p.all(depth)}
	for p.err == nil && p.word(JoinAny) {
		all = append(all, p.all(depth))
	}
	return joined(JoinAny, all)
}

func (p *queryParser) all(depth int) *Condition {
	all := []*Condition{p.one(depth)}
	for p.err == nil && p.at < len(p.text) && p.text[p.at] != ')' && !p.is(JoinAny) {
		p.word(JoinAll)
		all = append(all, p.one(depth))
	}
	return joined(JoinAll, all)
}

func (p *queryParser) is(join Join) bool {
	at := p.at
	found := p.word(join)
	p.at = at
	return found
}

// joined joins conditions; those that are joined in the same way already are taken apart.
func joined(join Join, all []*Condition) *Condition {
	if len(all) == 1 {
		return all[0]
	}
	c := &Condition{Join: join}
	for _, one := range all {
		if one.Join == join {
			c.Of = append(c.Of, one.Of...)
		} else {
			c.Of = append(c.Of, one)
		}
	}
	return c
}

func (p *queryParser) one(depth int) *Condition {
	start := p.at
	if depth > maxQueryDepth {
		p.fail(start, "conditions stand inside each other on more than %d levels. Write the query with fewer parentheses.", maxQueryDepth)
		return &Condition{}
	}
	rest := p.text[p.at:]
	switch {
	case rest == "" || rest[0] == ')' || p.is(JoinAny) || p.is(JoinAll):
		p.fail(start, "a condition is missing. Write a word, or field:value; AND, OR and NOT as words go in quotes.")
		return &Condition{}
	case p.word(JoinNot):
		return &Condition{Join: JoinNot, Of: []*Condition{p.one(depth + 1)}}
	case rest[0] == '-' && len(rest) > 1 && !unicode.IsSpace(rune(rest[1])):
		p.at++
		return &Condition{Join: JoinNot, Of: []*Condition{p.one(depth + 1)}}
	case rest[0] == '(':
		p.at++
		p.space()
		c := p.any(depth + 1)
		if p.err == nil && p.at == len(p.text) {
			p.fail(start, "this parenthesis is never closed.")
		}
		p.at = min(p.at+1, len(p.text))
		p.space()
		return c
	}
	return &Condition{Term: p.term()}
}

func (p *queryParser) term() Term {
	start, t := p.at, Term{}
	if p.terms++; p.terms > maxQueryTerms {
		p.fail(start, "the query has more than %d conditions.", maxQueryTerms)
	}
	name, _, hasField := strings.Cut(p.text[p.at:], ":")
	if hasField && name != "" && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz_") == "" {
		t.Field = strings.ToLower(name)
		p.at += len(name) + 1
		for _, sign := range []string{">=", "<=", ">", "<"} {
			if strings.HasPrefix(p.text[p.at:], sign) {
				t.Compare = sign
				p.at += len(sign)
				break
			}
		}
	}
	var quoted bool
	t.Value, t.Prefix, quoted = p.value()
	if t.Field != "" {
		p.check(start, &t, quoted)
	}
	p.space()
	return t
}

// value reads a text in quotes or up to a space or parenthesis, and the star behind it.
func (p *queryParser) value() (value string, prefix, quoted bool) {
	rest := p.text[p.at:]
	if !strings.HasPrefix(rest, `"`) {
		end := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`()"`, r) })
		if end < 0 {
			end = len(rest)
		}
		p.at += end
		value, prefix = strings.CutSuffix(rest[:end], "*")
		return value, prefix, false
	}
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '"':
			p.at += i + 1
			if prefix = strings.HasPrefix(p.text[p.at:], "*"); prefix {
				p.at++
			}
			return b.String(), prefix, true
		case rest[i] == '\\' && i+1 < len(rest):
			i++
		}
		b.WriteByte(rest[i])
	}
	p.fail(p.at, "this quote is never closed.")
	p.at = len(p.text)
	return "", false, true
}

// check refuses a term that the list cannot answer.
func (p *queryParser) check(start int, t *Term, quoted bool) {
	typ, known := p.fields[t.Field]
	text := typ == QueryText || typ == QueryTitle
	switch {
	case !known:
		names := make([]string, 0, len(p.fields))
		for name := range p.fields {
			names = append(names, name)
		}
		slices.Sort(names)
		p.fail(start, "there is no field %.40q. Use one of %s, or write the word in quotes.", t.Field, strings.Join(names, ", "))
	case t.Value == "" && !quoted && !t.Prefix:
		p.fail(start, "the field %s has no value. Write %s:value without a space, or the word in quotes.", t.Field, t.Field)
	case t.Compare != "" && (text || typ == QueryStatus):
		p.fail(start, "the field %s is a text, which has no order. Write %s:value.", t.Field, t.Field)
	case t.Prefix && !text:
		p.fail(start, "only texts can be found by their beginning, which %s is not.", t.Field)
	case typ == QueryStatus:
		t.Value = strings.ToUpper(t.Value)
		if s := ProductStatus(t.Value); s != ProductActive && s != ProductDraft && s != ProductArchived {
			p.fail(start, "%.40q is no status. Use active, draft or archived.", t.Value)
		}
	case typ == QueryInt:
		if n, err := strconv.ParseInt(t.Value, 10, 32); err != nil || strconv.FormatInt(n, 10) != t.Value {
			p.fail(start, "%.40q is no whole number, such as 5.", t.Value)
		}
	case typ == QueryDecimal:
		if !decimalValue(t.Value) {
			p.fail(start, "%.40q is no amount, such as 99.50.", t.Value)
		}
	case typ == QueryTime:
		if _, _, ok := t.Span(); !ok {
			p.fail(start, "%.40q is no day such as 2026-01-31, nor a moment such as 2026-01-31T09:30:00Z.", t.Value)
		}
	}
}

// decimalValue reports whether a text is a decimal number of a size that prices have.
func decimalValue(text string) bool {
	const digits = 15
	whole, part, pointed := strings.Cut(text, ".")
	only := func(s string) bool { return s != "" && len(s) <= digits && strings.Trim(s, "0123456789") == "" }
	return only(whole) && (!pointed || only(part))
}
