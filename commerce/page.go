package commerce

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// MaxPageSize is the largest first or last a list accepts.
const MaxPageSize = 250

// SortKey names the order of a list. A cursor carries it, so that a cursor of one order is refused by another.
type SortKey string

// Ordering is a sort key and its direction.
type Ordering struct {
	Key     SortKey
	Reverse bool
}

// Cursor is a place in an ordered list: the sort value of an item and, to break ties, its id.
type Cursor struct {
	Ordering
	Value string
	ID    int64
}

// cursorVersion is the first character of every cursor's text; another layout gets another version.
const cursorVersion = "1"

// String renders the cursor as clients see it: opaque, URL-safe text.
func (c Cursor) String() string {
	b := make([]byte, 0, 64)
	b = append(b, cursorVersion...)
	b = append(b, c.Key...)
	b = append(b, '|')
	b = strconv.AppendBool(b, c.Reverse)
	b = append(b, '|')
	b = strconv.AppendInt(b, c.ID, 10)
	b = append(b, '|')
	b = append(b, c.Value...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads a cursor that String rendered for the same order. It reports false for every other text.
func ParseCursor(s string, order Ordering) (Cursor, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return Cursor{}, false
	}
	rest, ok := strings.CutPrefix(string(raw), cursorVersion)
	if !ok {
		return Cursor{}, false
	}
	parts := strings.SplitN(rest, "|", 4)
	if len(parts) != 4 {
		return Cursor{}, false
	}
	id, err := strconv.ParseInt(parts[2], 10, 64)
	c := Cursor{Ordering: order, Value: parts[3], ID: id}
	return c, err == nil && c.String() == s
}

// PageArgs are the Relay paging arguments as a client gives them.
type PageArgs struct {
	First, Last   *int
	After, Before *string
}

// Page is a checked request for one page of a list. It is comparable, so that equal pages of many parents share a statement.
type Page struct {
	Ordering
	// Limit is the number of items wanted, 0 to MaxPageSize.
	Limit int
	// Backward pages from the end towards the start: last and before instead of first and after.
	Backward bool
	// Bounded says that Bound holds the cursor to go on from.
	Bounded bool
	Bound   Cursor
	// Count asks how many items the list has in all, and for none of them.
	Count bool
}

// NewPage checks the paging arguments of a list in the given order. Code BAD_USER_INPUT, naming the argument.
func NewPage(a PageArgs, order Ordering) (Page, error) {
	p := Page{Ordering: order}
	switch {
	case a.First != nil && a.Last != nil:
		return p, BadInput("last", "give first or last, not both.")
	case a.First == nil && a.Last == nil:
		return p, BadInput("first", "say how many items to return with first or last (at most %d).", MaxPageSize)
	case a.First != nil:
		return p.with("first", *a.First, "after", a.After, "before", a.Before)
	}
	p.Backward = true
	return p.with("last", *a.Last, "before", a.Before, "after", a.After)
}

func (p Page) with(sizeArg string, size int, boundArg string, bound *string, otherArg string, other *string) (Page, error) {
	if size < 0 || size > MaxPageSize {
		return p, BadInput(sizeArg, "%d is outside 0 to %d.", size, MaxPageSize)
	}
	if other != nil {
		return p, BadInput(otherArg, "cannot be combined with %s.", sizeArg)
	}
	p.Limit = size
	if bound == nil {
		return p, nil
	}
	c, ok := ParseCursor(*bound, p.Ordering)
	if !ok {
		return p, BadInput(boundArg, "this is not a cursor of this list in this order. Use an endCursor or startCursor of the same query.")
	}
	p.Bounded, p.Bound = true, c
	return p, nil
}

// Counting asks how many items the list has that the page is of. They are the same in every order but that by price, which leaves
// out products without one, and that by searches without a result.
func (p Page) Counting() Page {
	counting := Page{Count: true}
	if p.Key == ProductSortPrice || p.Key == SearchTextSortZeroResults {
		counting.Key = p.Key
	}
	return counting
}

// ListKey asks for one page of a list.
type ListKey[K any] interface {
	comparable
	// Counting asks for the number of items of the list instead.
	Counting() K
}

// FirstPage is the page of the first n items in the given order.
func FirstPage(n int, order Ordering) Page { return Page{Ordering: order, Limit: n} }

// Ascending reports whether the statement or request that reads this page runs in the key's own ascending direction:
// paging backwards through a reversed list does.
func (p Page) Ascending() bool { return p.Reverse == p.Backward }

// Item is one element of a list with its place in it.
type Item[T any] struct {
	Node T
	// Value and ID are the cursor's parts; the cursor itself is rendered only for clients that select it.
	Value string
	ID    int64
}

// List is one page of a list, in the list's order.
type List[T any] struct {
	Order       Ordering
	Items       []Item[T]
	HasNext     bool
	HasPrevious bool
	// Total is the number of items of the whole list. A page that asks for it has nothing else.
	Total int
}

// NewList makes a page from items read in the page's reading direction, one more than the limit when there are more.
// It takes the surplus item off and turns a page that was read backwards round.
func NewList[T any](p Page, items []Item[T]) List[T] {
	more := len(items) > p.Limit
	if more {
		items = items[:p.Limit]
	}
	l := List[T]{Order: p.Ordering, Items: items}
	if !p.Backward {
		l.HasNext, l.HasPrevious = more, p.Bounded
		return l
	}
	slices.Reverse(items)
	l.HasNext, l.HasPrevious = p.Bounded, more
	return l
}

// PageOf is a page of a list that is in memory whole, in the ascending order of the items' ids.
func PageOf[T any](p Page, all []Item[T]) List[T] {
	items := slices.Clone(all)
	if !p.Ascending() {
		slices.Reverse(items)
	}
	if p.Bounded {
		items = slices.DeleteFunc(items, func(i Item[T]) bool {
			if p.Ascending() {
				return i.ID <= p.Bound.ID
			}
			return i.ID >= p.Bound.ID
		})
	}
	return NewList(p, items[:min(len(items), p.Limit+1)])
}

// CursorAt renders the cursor of item i.
func (l List[T]) CursorAt(i int) string {
	return Cursor{Ordering: l.Order, Value: l.Items[i].Value, ID: l.Items[i].ID}.String()
}
