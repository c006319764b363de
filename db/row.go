package db

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// scanner reads the next row.
type scanner = func(*row)

// row is one row of an answer, read from left to right. The first column that is not what it is read as fails the row.
type row struct {
	// values belong to the connection: bytes among them are good until the next row.
	values []driver.Value
	at     int
	err    error

	strings  slab[string]
	numbers  slab[int64]
	repeated repeated
}

func newRow(columns int) *row {
	const some = 64
	return &row{values: make([]driver.Value, columns), strings: newSlab[string](some), numbers: newSlab[int64](some)}
}

// repeated is an array that stands in several rows, read once.
type repeated struct {
	literal string
	texts   []string
}

// scan hands the row over, which has to be read to its end.
func (r *row) scan(scan scanner) error {
	r.at = 0
	scan(r)
	if r.err == nil && r.at != len(r.values) {
		r.err = fmt.Errorf("%d of %d columns were read", r.at, len(r.values))
	}
	return r.err
}

// next returns the next column, nil for NULL.
func (r *row) next() driver.Value {
	if r.at == len(r.values) {
		r.fail(errors.New("there is none"))
		return nil
	}
	v := r.values[r.at]
	r.at++
	return v
}

func (r *row) fail(err error) {
	if r.err == nil {
		r.err = fmt.Errorf("read column %d: %w", r.at, err)
	}
}

// cell reads the next column, which cannot be NULL.
func cell[T any](r *row) T {
	v := r.next()
	t, ok := v.(T)
	if !ok {
		r.fail(fmt.Errorf("a %T where a %T is due", v, t))
	}
	return t
}

func (r *row) int() int64     { return cell[int64](r) }
func (r *row) float() float64 { return cell[float64](r) }
func (r *row) bool() bool     { return cell[bool](r) }
func (r *row) text() string   { return cell[string](r) }

// moment reads microseconds since 1970: a timestamp as text takes longer on both sides.
func (r *row) moment() time.Time { return time.UnixMicro(r.int()).UTC() }

// maybeMoment is moment, nil for NULL.
func (r *row) maybeMoment() *time.Time {
	n, known := r.optional()
	if !known {
		return nil
	}
	return new(time.UnixMicro(n).UTC())
}

// optional reads the next column; ok is false for NULL.
func (r *row) optional() (n int64, ok bool) {
	if r.at < len(r.values) && r.values[r.at] == nil {
		r.at++
		return 0, false
	}
	return r.int(), true
}

// amount reads a number of minor units, nil for NULL.
func (r *row) amount() *int64 {
	n, known := r.optional()
	if !known {
		return nil
	}
	amount := r.numbers.one()
	*amount = n
	return amount
}

// size reads a picture's width or height, nil where nobody knows it.
func (r *row) size() *int {
	n, known := r.optional()
	if !known {
		return nil
	}
	size := int(n)
	return &size
}

// trimmed reads a text as the domain shows it: nil where the merchant wrote nothing.
func (r *row) trimmed() *string {
	s := r.text()
	if strings.TrimSpace(s) == "" {
		return nil
	}
	kept := r.strings.one()
	*kept = s
	return kept
}

// place reads what a list is sorted by, as a cursor shows it.
func (r *row) place() string {
	switch v := r.next().(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case string:
		return v
	default:
		r.fail(fmt.Errorf("a list sorted by a %T", v))
		return ""
	}
}

// texts reads the next column, an array of texts without NULL among them; NULL itself is none.
func (r *row) texts() []string { return r.parse(r.literal()) }

// sameTexts is texts for a column that rows in a row have in common; they share the result.
func (r *row) sameTexts() []string {
	if literal := r.literal(); r.repeated.texts == nil || string(literal) != r.repeated.literal {
		r.repeated = repeated{literal: string(literal), texts: r.parse(literal)}
	}
	return r.repeated.texts
}

// literal reads the next column, an array that lib/pq leaves as it came.
func (r *row) literal() []byte {
	v := r.next()
	literal, ok := v.([]byte)
	if !ok && v != nil {
		r.fail(fmt.Errorf("a %T where texts are due", v))
	}
	return literal
}

func (r *row) parse(literal []byte) []string {
	if literal == nil {
		return nil
	}
	t, err := parseTexts(string(literal), &r.strings)
	if err != nil {
		r.fail(err)
	}
	return t
}

var errNoArray = errors.New("not an array of texts")

// parseTexts reads an array of one dimension as Postgres writes it: {a,"b c","say \"d\""}. The elements share the literal's
// memory unless they are escaped.
func parseTexts(literal string, room *slab[string]) ([]string, error) {
	inner, opened := strings.CutPrefix(literal, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	if !opened || !closed {
		return nil, errNoArray
	}
	if inner == "" {
		return []string{}, nil
	}
	elements := room.take(strings.Count(inner, ",") + 1)[:0]
	for {
		element, rest, err := cutElement(inner)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
		if rest == "" {
			return elements, nil
		}
		if rest[0] != ',' {
			return nil, errNoArray
		}
		inner = rest[1:]
	}
}

// cutElement takes the first element off the inside of an array.
func cutElement(inner string) (element, rest string, err error) {
	if !strings.HasPrefix(inner, `"`) {
		end := strings.IndexByte(inner, ',')
		if end < 0 {
			end = len(inner)
		}
		element = inner[:end]
		if element == "" || element == "NULL" || strings.ContainsAny(element, `{}"\`) {
			return "", "", errNoArray
		}
		return element, inner[end:], nil
	}
	inner = inner[1:]
	end := strings.IndexAny(inner, `"\`)
	if end >= 0 && inner[end] == '"' {
		return inner[:end], inner[end+1:], nil
	}
	return cutEscaped(inner)
}

// cutEscaped takes off an element in which a backslash says that the next character means itself.
func cutEscaped(inner string) (element, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		switch inner[i] {
		case '"':
			return b.String(), inner[i+1:], nil
		case '\\':
			if i++; i == len(inner) {
				return "", "", errNoArray
			}
		}
		b.WriteByte(inner[i])
	}
	return "", "", errNoArray
}

// slab makes values in allocations of many: a page's rows come and go together.
type slab[T any] struct {
	free []T
	next int
}

// newSlab makes a slab for about n values.
func newSlab[T any](n int) slab[T] { return slab[T]{next: min(n, 256)} }

// take returns n zero values side by side.
func (s *slab[T]) take(n int) []T {
	if len(s.free) < n || s.free == nil {
		s.free = make([]T, max(n, s.next))
	}
	taken := s.free[:n:n]
	s.free = s.free[n:]
	return taken
}

func (s *slab[T]) one() *T { return &s.take(1)[0] }
