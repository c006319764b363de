package db

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

// sorting is how an order of the domain is read from a table.
type sorting struct {
	// expr is the SQL expression, never null; id breaks ties. Both come from one table, or no index could serve the bound.
	expr, id string
	// text shows the expression's value as text for a cursor; parse reads it back as a parameter of SQL type cast.
	text, cast string
	parse      func(value string) (any, error)
}

// byText sorts by code points: the same way on every server, whatever its locale, and as the search engine does.
func byText(expr, id string) sorting {
	expr += ` COLLATE "C"`
	return sorting{expr: expr, id: id, text: expr, cast: "text", parse: func(value string) (any, error) {
		if !storable(value) {
			return nil, errors.New("no stored text")
		}
		return value, nil
	}}
}

func byInt(expr, id string) sorting {
	return sorting{expr: expr, id: id, text: "(" + expr + ")::text", cast: "bigint", parse: func(value string) (any, error) {
		return strconv.ParseInt(value, 10, 64)
	}}
}

// byTime shows moments as microseconds since 1970: Postgres keeps no less, and a cursor must not round.
func byTime(expr, id string) sorting {
	const beyond = math.MaxInt64 / 1000 // the year 2262; Postgres knows a limit too, and it is an error there
	return sorting{
		expr: expr, id: id, text: "(extract(epoch FROM " + expr + ") * 1000000)::bigint::text", cast: "timestamptz",
		parse: func(value string) (any, error) {
			n, err := strconv.ParseInt(value, 10, 64)
			if err == nil && (n < -beyond || n > beyond) {
				err = strconv.ErrRange
			}
			return time.UnixMicro(n).UTC(), err
		},
	}
}

// paging is what reading one page of a list adds to a statement: WHERE … [where] ORDER BY … LIMIT.
type paging struct {
	sorting
	where, orderBy string
	args           []any
}

// newPaging renders a page of a list that has these orders. Its parameters are numbered from n. The texts that come out of
// it are finite: one for each order, direction and whether there is a cursor. Code BAD_USER_INPUT.
func newPaging(p commerce.Page, orders map[commerce.SortKey]sorting, n int) (paging, error) {
	s, ok := orders[p.Key]
	if !ok {
		return paging{}, fmt.Errorf("there is no order %q for this list", p.Key)
	}
	direction, compare := "", ">"
	if !p.Ascending() {
		direction, compare = " DESC", "<"
	}
	g := paging{sorting: s, args: []any{p.Limit + 1}}
	g.orderBy = fmt.Sprintf("\n    ORDER BY %s%s, %s%s LIMIT $%d", s.expr, direction, s.id, direction, n)
	if p.Bounded {
		value, err := s.parse(p.Bound.Value)
		if err != nil {
			return g, badCursor(p)
		}
		g.where = fmt.Sprintf(" AND (%s, %s) %s ($%d::%s, $%d::bigint)", s.expr, s.id, compare, n+1, s.cast, n+2)
		g.args = append(g.args, value, p.Bound.ID)
	}
	return g, nil
}

// badCursor refuses a cursor that has the right form but whose value is none of the order's.
func badCursor(p commerce.Page) error {
	argument := "after"
	if p.Backward {
		argument = "before"
	}
	return commerce.BadInput(argument, "this is not a cursor of this list in this order. Use an endCursor or startCursor of the same query.")
}

// grouped collects the keys that share a page, since they can share a statement.
func grouped[K any, G comparable](keys []K, group func(K) G) map[G][]K {
	groups := make(map[G][]K, 1)
	for _, k := range keys {
		groups[group(k)] = append(groups[group(k)], k)
	}
	return groups
}

// lists turns the rows of many parents' pages into one list for each: rows come with their parent's place in keys.
type lists[K comparable, T any] struct {
	page  commerce.Page
	keys  []K
	items [][]commerce.Item[T]
}

func newLists[K comparable, T any](page commerce.Page, keys []K) *lists[K, T] {
	return &lists[K, T]{page: page, keys: keys, items: make([][]commerce.Item[T], len(keys))}
}

// add files a row under its parent; ordinal counts from 1, as WITH ORDINALITY does.
func (l *lists[K, T]) add(ordinal int64, node T, value string, id int64) {
	at := ordinal - 1
	l.items[at] = append(l.items[at], commerce.Item[T]{Node: node, Value: value, ID: id})
}

// into puts the finished pages beside their keys. Every parent gets one, an empty one when it has no rows.
func (l *lists[K, T]) into(m map[K]commerce.List[T]) {
	for i, k := range l.keys {
		m[k] = commerce.NewList(l.page, l.items[i])
	}
}

// patterns turns words into LIKE patterns that match them anywhere, with nothing in them acting as a wildcard.
func patterns(words string) pq.StringArray {
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	fields := strings.Fields(words)
	for i, w := range fields {
		fields[i] = "%" + escape.Replace(searchable(w)) + "%"
	}
	return fields
}

// storable reports whether Postgres can keep the text: it is UTF-8 and has no zero byte.
func storable(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}

// searchable is a text to look for that Postgres accepts. What it cannot keep it does not have either: the replacement
// only has to be a text that finds nothing.
func searchable(text string) string {
	if storable(text) {
		return text
	}
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
}

// column is one parameter array: a part of every key.
func column[K any](keys []K, part func(K) int64) pq.Int64Array {
	c := make(pq.Int64Array, len(keys))
	for i, k := range keys {
		c[i] = part(k)
	}
	return c
}

func texts[K any](keys []K, part func(K) string) pq.StringArray {
	c := make(pq.StringArray, len(keys))
	for i, k := range keys {
		c[i] = searchable(part(k))
	}
	return c
}

// scanner reads the next row.
type scanner = func(*sqlx.Rows) error
