package commerce

import (
	"strings"
	"time"
	"unicode"
)

// Condition is what the query of a list asks of each thing: a term, or conditions joined. docs/search-syntax.md has the notation.
type Condition struct {
	// Join says how Of counts; a Condition without one is its Term.
	Join Join
	Of   []*Condition
	Term Term
}

// Join is how conditions count together.
type Join string

// The joins: all of the conditions, any of them, not the only one.
const (
	JoinAll Join = "AND"
	JoinAny Join = "OR"
	JoinNot Join = "NOT"
)

// Term is one comparison.
type Term struct {
	// Field is empty for a word, which may stand anywhere.
	Field string
	// Compare is <, <=, > or >=, empty for equality.
	Compare string
	Value   string
	// Prefix says that Value is the beginning alone.
	Prefix bool
}

// QueryType is what the values of a field are.
type QueryType int

// The types of fields. A title matches where it contains the value, any other text where it is the value.
const (
	QueryText QueryType = iota
	QueryTitle
	QueryStatus
	QueryDecimal
	QueryInt
	QueryTime
)

// QueryFields are the fields that a list knows.
type QueryFields map[string]QueryType

// Words are the words of a query that is nothing but words which must all occur.
func (c *Condition) Words() ([]string, bool) {
	of := []*Condition{c}
	if c.Join == JoinAll {
		of = c.Of
	}
	words := make([]string, len(of))
	for i, one := range of {
		if one.Join != "" || one.Term.Field != "" || one.Term.Prefix {
			return nil, false
		}
		words[i] = one.Term.Value
	}
	return words, true
}

// String writes the condition so that Parse reads it.
func (c *Condition) String() string {
	parts := make([]string, len(c.Of))
	for i, one := range c.Of {
		parts[i] = one.String()
		if c.Join == JoinNot && len(one.Of) > 1 || c.Join == JoinAll && one.Join == JoinAny {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	switch c.Join {
	case JoinAll:
		return strings.Join(parts, " ")
	case JoinAny:
		return strings.Join(parts, " OR ")
	case JoinNot:
		return "-" + parts[0]
	}
	return c.Term.String()
}

// String writes the term so that Parse reads it.
func (t Term) String() string {
	value := t.Value
	plain := value != "" && !strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	if !plain || joinWord(value) {
		value = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
	}
	if t.Field != "" {
		value = t.Field + ":" + t.Compare + value
	}
	if t.Prefix {
		value += "*"
	}
	return value
}

func joinWord(word string) bool {
	return word == string(JoinAll) || word == string(JoinAny) || word == string(JoinNot)
}

// Span is the time that the value of a term names: a day, in UTC, or a moment, which ends where it begins.
func (t Term) Span() (from, to time.Time, ok bool) {
	if day, err := time.Parse(time.DateOnly, t.Value); err == nil {
		return day, day.AddDate(0, 0, 1), day.Year() > 0
	}
	moment, err := time.Parse(time.RFC3339, t.Value)
	return moment, moment, err == nil && moment.Year() > 0
}
