package db

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

// sorting is how an order of the domain is read from a table.
type sorting struct {
	// expr is the SQL expression, never null; id breaks ties. Both come from one table, or no index could serve the bound.
	expr, id string
	// value is the expression as a text or a bigint, which a cursor shows; parse reads it back as a parameter of SQL type cast.
	value, cast string
	parse       func(value string) (any, error)
}

// byText sorts by code points: the same way on every server, whatever its locale, and as the search engine does.
func byText(expr, id string) sorting {
	expr += ` COLLATE "C"`
	return sorting{expr: expr, id: id, value: expr, cast: "text", parse: func(value string) (any, error) {
		if !storable(value) {
			return nil, errors.New("no stored text")
		}
		return value, nil
	}}
}

func byInt(expr, id string) sorting {
	return sorting{expr: expr, id: id, value: expr, cast: "bigint", parse: func(value string) (any, error) {
		return strconv.ParseInt(value, 10, 64)
	}}
}

// byTime shows moments as microseconds since 1970: Postgres keeps no less, and a cursor must not round.
func byTime(expr, id string) sorting {
	const beyond = math.MaxInt64 / 1000 // the year 2262; Postgres knows a limit too, and it is an error there
	return sorting{
		expr: expr, id: id, value: "(extract(epoch FROM " + expr + ") * 1000000)::bigint", cast: "timestamptz",
		parse: func(value string) (any, error) {
			n, err := strconv.ParseInt(value, 10, 64)
			if err == nil && (n < -beyond || n > beyond) {
				err = strconv.ErrRange
			}
			return time.UnixMicro(n).UTC(), err
		},
	}
}

// reading is what the text of a list's statement depends on.
type reading struct {
	key commerce.SortKey
	// words says that the list is narrowed by words, bounded that it goes on from a cursor, own that the stores are the view's
	// own, of which it shows everything.
	descending, words, bounded, own bool
	// counting says that the items are counted. They need no place, and the key is that of commerce.Page.Counting.
	counting bool
}

// unlessOwn is a condition that holds for what buyers can see, "" where everything is shown.
func (r reading) unlessOwn(condition string) string {
	if r.own {
		return ""
	}
	return condition
}

// statement reads pages of a list in one way.
type statement struct {
	text  string
	parse func(value string) (any, error)
}

// list is the statements of a list: one for each order, direction and whether there are words and a cursor.
type list map[reading]statement

// renderer completes the text of a list's statement in an order.
type renderer = func(r reading, s sorting, where, orderBy string) string

// newList renders the statements of a list that has these orders. Its own parameters come first; the patterns of words
// follow as one array, then the page's. A list that no words narrow leaves inWords empty.
func newList(orders map[commerce.SortKey]sorting, own int, inWords string, render renderer) list {
	l := make(list)
	for key, s := range orders {
		for choice := range 8 {
			r := reading{key: key, descending: choice&1 > 0, bounded: choice&2 > 0, words: choice&4 > 0}
			if r.words && inWords == "" {
				continue
			}
			l[r] = statement{text: r.render(s, own, inWords, render), parse: s.parse}
		}
	}
	if own == 0 {
		return l // no parents, by which items are counted
	}
	for key := range orders {
		for _, words := range []bool{false, inWords != ""} {
			r := reading{key: commerce.Page{Ordering: commerce.Ordering{Key: key}}.Counting().Key, words: words, counting: true}
			l[r] = statement{text: r.render(sorting{}, own, inWords, render)}
		}
	}
	return l
}

// newViewedList is newList for things of which buyers see a part and the view's own stores everything.
func newViewedList(orders map[commerce.SortKey]sorting, ownParameters int, inWords string, render renderer) list {
	l := newList(orders, ownParameters, inWords, render)
	for r := range maps.Clone(l) {
		r.own = true
		s := orders[r.key]
		l[r] = statement{text: r.render(s, ownParameters, inWords, render), parse: s.parse}
	}
	return l
}

func (r reading) render(s sorting, own int, inWords string, render renderer) string {
	n, where, direction, compare := own+1, "", "", ">"
	if r.words {
		where = fmt.Sprintf(inWords, n)
		n++
	}
	if r.counting {
		s.value = "0"
		return "\nSELECT counted.ordinal, count(*) FROM (" + render(r, s, where, "") + "\n) counted GROUP BY counted.ordinal"
	}
	if r.descending {
		direction, compare = " DESC", "<"
	}
	if r.bounded {
		where += fmt.Sprintf(" AND (%s, %s) %s ($%d::%s, $%d::bigint)", s.expr, s.id, compare, n+1, s.cast, n+2)
	}
	return render(r, s, where, fmt.Sprintf("\n    ORDER BY %s%s, %s%s LIMIT $%d", s.expr, direction, s.id, direction, n))
}

// read returns the statement that reads a page, and its parameters after the list's own. Code BAD_USER_INPUT.
func (l list) read(a asked, own ...any) (string, []any, error) {
	p, words := a.page, a.words
	s, ok := l[a.reading()]
	if !ok {
		return "", nil, fmt.Errorf("there is no order %q for this list", p.Key)
	}
	args := own
	if words != "" {
		args = append(args, patterns(words))
	}
	args, err := s.paged(p, args)
	return s.text, args, err
}

// paged adds the page's parameters. Code BAD_USER_INPUT.
func (s statement) paged(p commerce.Page, args []any) ([]any, error) {
	if p.Count {
		return args, nil
	}
	args = append(args, p.Limit+1)
	if !p.Bounded {
		return args, nil
	}
	value, err := s.parse(p.Bound.Value)
	if err != nil {
		return nil, badCursor(p)
	}
	return append(args, value, p.Bound.ID), nil
}

// badCursor refuses a cursor that has the right form but whose value is none of the order's.
func badCursor(p commerce.Page) error {
	argument := "after"
	if p.Backward {
		argument = "before"
	}
	return commerce.BadInput(argument, "this is not a cursor of this list in this order. Use an endCursor or startCursor of the same query.")
}

// catalogueLists are the lists of the catalogue and of the back room.
type catalogueLists struct {
	stores, variants, media, collectionProducts, productCollections list

	products, collections, pages, orders, customers, customerOrders queryable

	apiKeys, audit list

	locations, levels, histories list

	jobs, jobRejections list

	customerAddresses list

	searchTexts list

	discounts queryable
}

func newCatalogueLists() catalogueLists {
	return catalogueLists{
		stores: storeList(), products: productList(), variants: variantList(), media: mediaList(), collections: collectionList(),
		collectionProducts: collectionProductList(), productCollections: productCollectionList(), pages: pageList(),

		apiKeys: apiKeyList(), audit: auditList(),

		locations: locationList(), levels: levelList(), histories: historyList(),

		jobs: jobList(), jobRejections: jobRejectionList(),

		orders:         orderList(),
		customers:      customerList(),
		customerOrders: customerOrderList(),

		customerAddresses: customerAddressList(),

		searchTexts: searchTextList(),

		discounts: discountList(),
	}
}

// asked is what the keys of one statement have in common.
type asked struct {
	page  commerce.Page
	words string
	own   bool // everything, as of the view's own stores
}

// reading is what the text of the statement depends on.
func (a asked) reading() reading {
	p := a.page
	return reading{key: p.Key, descending: !p.Count && !p.Ascending(), words: a.words != "", bounded: p.Bounded, own: a.own, counting: p.Count}
}

// grouped collects the keys that are asked for the same thing, since they can share a statement. Mostly that is all of them.
func grouped[K any, G comparable](keys []K, what func(K) G) map[G][]K {
	if len(keys) == 0 {
		return nil
	}
	first, same := what(keys[0]), 1
	for same < len(keys) && what(keys[same]) == first {
		same++
	}
	groups := map[G][]K{first: keys[:same:same]}
	for _, k := range keys[same:] {
		a := what(k)
		groups[a] = append(groups[a], k)
	}
	return groups
}

// reads finds the statement that reads a page of a list, and its parameters after the list's own. Code BAD_USER_INPUT.
type reads interface {
	read(a asked, own ...any) (string, []any, error)
}

// lists reads one page for each key. scan reads a row behind its place in the list; rows is about how many there will be.
func lists[K comparable, T any](ctx context.Context, v View, l reads, keys []K, what func(K) asked, own func([]K) []any,
	scanned func(rows int) func(r *row, k K) (node T, id int64),
) (map[K]commerce.List[T], error) {
	found := make(map[K]commerce.List[T], len(keys))
	for a, keys := range grouped(keys, what) {
		text, args, err := l.read(a, own(keys)...)
		if err != nil {
			return nil, err
		}
		if a.page.Count {
			if err := totals(ctx, v, found, keys, text, args...); err != nil {
				return nil, err
			}
			continue
		}
		scan := scanned(len(keys) * (a.page.Limit + 1))
		pages := newPages[T](len(keys), a.page.Limit+1)
		err = v.each(ctx, func(r *row) {
			at, ok := r.ordinal(len(keys))
			if !ok {
				return
			}
			value := r.place()
			node, id := scan(r, keys[at])
			pages[at] = append(pages[at], commerce.Item[T]{Node: node, Value: value, ID: id})
		}, text, args...)
		if err != nil {
			return nil, err
		}
		for i, k := range keys {
			found[k] = commerce.NewList(a.page, pages[i])
		}
	}
	return found, nil
}

// totals counts the items of the list of each key. A list without items has no row.
func totals[K comparable, T any](ctx context.Context, v View, found map[K]commerce.List[T], keys []K, text string, args ...any) error {
	for _, k := range keys {
		found[k] = commerce.List[T]{}
	}
	return v.each(ctx, func(r *row) {
		if at, ok := r.ordinal(len(keys)); ok {
			found[keys[at]] = commerce.List[T]{Total: int(r.int())}
		}
	}, text, args...)
}

// ordinal reads which of n keys a row belongs to, from 0.
func (r *row) ordinal(n int) (at int, ok bool) {
	ordinal := r.int()
	if ordinal < 1 || int(ordinal) > n {
		r.fail(fmt.Errorf("key %d of %d", ordinal, n))
		return 0, false
	}
	return int(ordinal) - 1, true
}

// newPages makes room for n pages of a size, in one allocation unless they are so many or large that most may stay empty.
func newPages[T any](n, size int) [][]commerce.Item[T] {
	pages := make([][]commerce.Item[T], n)
	if n*size > 1024 {
		return pages
	}
	room := make([]commerce.Item[T], n*size)
	for i := range pages {
		pages[i] = room[i*size : i*size : (i+1)*size]
	}
	return pages
}

// patterns turns words into LIKE patterns that match them anywhere, with nothing in them acting as a wildcard.
func patterns(words string) pq.StringArray {
	fields := strings.Fields(words)
	for i, w := range fields {
		fields[i] = "%" + pattern(w) + "%"
	}
	return fields
}

// pattern is a LIKE pattern of the text as it stands.
func pattern(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(searchable(text))
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

// bigints is one parameter array: a part of every key.
func bigints[K any](keys []K, part func(K) int64) string {
	b := make([]byte, 0, 2+12*len(keys))
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, part(k), 10)
	}
	return string(append(b, '}'))
}

func texts[K any](keys []K, part func(K) string) pq.StringArray {
	c := make(pq.StringArray, len(keys))
	for i, k := range keys {
		c[i] = searchable(part(k))
	}
	return c
}
