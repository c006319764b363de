package commerce_test

import (
	"encoding/base64"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// order draws any order that a list has.
func order() *rapid.Generator[commerce.Ordering] {
	return rapid.Custom(func(t *rapid.T) commerce.Ordering {
		return commerce.Ordering{
			Key: rapid.SampledFrom([]commerce.SortKey{
				commerce.ProductSortID, commerce.ProductSortTitle, commerce.ProductSortPrice, commerce.ProductSortVendor,
				commerce.ProductSortProductType, commerce.ProductSortCreatedAt, commerce.ProductSortUpdatedAt,
				commerce.CollectionProductSortManual, commerce.VariantSortPosition, commerce.VariantSortSKU, commerce.SearchSortRelevance,
			}).Draw(t, "key"),
			Reverse: rapid.Bool().Draw(t, "reverse"),
		}
	})
}

func TestCursorRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringMatching(`[|a1]{0,9}`), rapid.SampledFrom([]string{"", "|", "true|1|", "चाय ☕", "\x00\xff"}))
		c := commerce.Cursor{Ordering: order().Draw(t, "order"), Value: value.Draw(t, "value"), ID: rapid.Int64().Draw(t, "id")}
		text := c.String()
		require.Regexp(t, `^[A-Za-z0-9_-]+$`, text, "it can stand in an address")
		got, ok := commerce.ParseCursor(text, c.Ordering)
		require.True(t, ok)
		require.Equal(t, c, got)

		other := order().Filter(func(o commerce.Ordering) bool { return o != c.Ordering }).Draw(t, "other order")
		_, ok = commerce.ParseCursor(text, other)
		require.False(t, ok, "%v takes a cursor of %v", other, c.Ordering)
	})
}

func TestParseCursorRefuses(t *testing.T) {
	t.Parallel()
	title := commerce.Ordering{Key: commerce.ProductSortTitle}
	encoded := base64.RawURLEncoding.EncodeToString
	good := commerce.Cursor{Ordering: title, Value: "Tea", ID: 5}.String()
	require.Equal(t, encoded([]byte("1TITLE|false|5|Tea")), good)
	for name, text := range map[string]string{
		"empty":                  "",
		"no base64":              "***",
		"another alphabet":       "1TITLE|false|5|Tea",
		"padding":                base64.URLEncoding.EncodeToString([]byte("1TITLE|false|5|Te")),
		"a line break":           good[:4] + "\n" + good[4:],
		"loose last bits":        encoded([]byte("1TITLE|false|5|Te"))[:22] + "V",
		"another version":        encoded([]byte("2TITLE|false|5|Tea")),
		"no version":             encoded([]byte("TITLE|false|5|Tea")),
		"another key":            encoded([]byte("1PRICE|false|5|Tea")),
		"another direction":      encoded([]byte("1TITLE|true|5|Tea")),
		"no direction":           encoded([]byte("1TITLE|5|Tea")),
		"direction spelt anew":   encoded([]byte("1TITLE|False|5|Tea")),
		"no value":               encoded([]byte("1TITLE|false|5")),
		"no id":                  encoded([]byte("1TITLE|false||Tea")),
		"id spelt anew":          encoded([]byte("1TITLE|false|05|Tea")),
		"id with a sign":         encoded([]byte("1TITLE|false|+5|Tea")),
		"id beyond the integers": encoded([]byte("1TITLE|false|9223372036854775808|Tea")),
	} {
		_, ok := commerce.ParseCursor(text, title)
		require.False(t, ok, name)
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add(commerce.Cursor{Ordering: commerce.Ordering{Key: commerce.ProductSortTitle}, Value: "a|b", ID: 5}.String(), "TITLE", false)
	f.Add(commerce.Cursor{Ordering: commerce.Ordering{Key: commerce.ProductSortID, Reverse: true}, ID: math.MinInt64}.String(), "ID", true)
	f.Add("MVRJVExFfGZhbHNlfDV8VGVh\n", "TITLE", false)
	f.Fuzz(func(t *testing.T, text, key string, reverse bool) {
		o := commerce.Ordering{Key: commerce.SortKey(key), Reverse: reverse}
		c, ok := commerce.ParseCursor(text, o)
		if !ok {
			return
		}
		require.Equal(t, text, c.String(), "a place has one cursor")
		require.Equal(t, o, c.Ordering)
		_, ok = commerce.ParseCursor(text, commerce.Ordering{Key: o.Key, Reverse: !reverse})
		require.False(t, ok, "the other direction takes it too")
	})
}

func TestNewPage(t *testing.T) {
	t.Parallel()
	title := commerce.Ordering{Key: commerce.ProductSortTitle}
	at := commerce.Cursor{Ordering: title, Value: "Tea", ID: 5}
	cursor := at.String()
	for name, c := range map[string]struct {
		args commerce.PageArgs
		want commerce.Page
	}{
		"first":        {commerce.PageArgs{First: new(20)}, commerce.Page{Ordering: title, Limit: 20}},
		"first none":   {commerce.PageArgs{First: new(0)}, commerce.Page{Ordering: title}},
		"first most":   {commerce.PageArgs{First: new(250)}, commerce.Page{Ordering: title, Limit: 250}},
		"first after":  {commerce.PageArgs{First: new(20), After: &cursor}, commerce.Page{Ordering: title, Limit: 20, Bounded: true, Bound: at}},
		"last":         {commerce.PageArgs{Last: new(20)}, commerce.Page{Ordering: title, Limit: 20, Backward: true}},
		"last before":  {commerce.PageArgs{Last: new(1), Before: &cursor}, commerce.Page{Ordering: title, Limit: 1, Backward: true, Bounded: true, Bound: at}},
		"none of none": {commerce.PageArgs{Last: new(0)}, commerce.Page{Ordering: title, Backward: true}},
	} {
		got, err := commerce.NewPage(c.args, title)
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
	require.Equal(t, commerce.Page{Ordering: title, Limit: 3}, commerce.FirstPage(3, title))
}

func TestNewPageRefuses(t *testing.T) {
	t.Parallel()
	title := commerce.Ordering{Key: commerce.ProductSortTitle}
	cursor := commerce.Cursor{Ordering: title, Value: "Tea", ID: 5}.String()
	other := commerce.Cursor{Ordering: commerce.Ordering{Key: commerce.ProductSortPrice}, Value: "5", ID: 5}.String()
	reversed := commerce.Cursor{Ordering: commerce.Ordering{Key: commerce.ProductSortTitle, Reverse: true}, Value: "Tea", ID: 5}.String()
	const noCursor = "this is not a cursor of this list in this order. Use an endCursor or startCursor of the same query."
	for name, c := range map[string]struct {
		args     commerce.PageArgs
		argument string
		reason   string
	}{
		"no size":              {commerce.PageArgs{}, "first", "say how many items to return with first or last (at most 250)."},
		"no size, a cursor":    {commerce.PageArgs{After: &cursor}, "first", "say how many items to return with first or last (at most 250)."},
		"both sizes":           {commerce.PageArgs{First: new(1), Last: new(1)}, "last", "give first or last, not both."},
		"first below":          {commerce.PageArgs{First: new(-1)}, "first", "-1 is outside 0 to 250."},
		"first above":          {commerce.PageArgs{First: new(251)}, "first", "251 is outside 0 to 250."},
		"last below":           {commerce.PageArgs{Last: new(math.MinInt)}, "last", "-9223372036854775808 is outside 0 to 250."},
		"last above":           {commerce.PageArgs{Last: new(251)}, "last", "251 is outside 0 to 250."},
		"first before":         {commerce.PageArgs{First: new(1), Before: &cursor}, "before", "cannot be combined with first."},
		"first between":        {commerce.PageArgs{First: new(1), After: &cursor, Before: &cursor}, "before", "cannot be combined with first."},
		"last after":           {commerce.PageArgs{Last: new(1), After: &cursor}, "after", "cannot be combined with last."},
		"after nothing":        {commerce.PageArgs{First: new(1), After: new("")}, "after", noCursor},
		"after another order":  {commerce.PageArgs{First: new(1), After: &other}, "after", noCursor},
		"after a reversed one": {commerce.PageArgs{First: new(1), After: &reversed}, "after", noCursor},
		"before another order": {commerce.PageArgs{Last: new(1), Before: &other}, "before", noCursor},
	} {
		_, err := commerce.NewPage(c.args, title)
		var refusal *commerce.Error
		require.ErrorAs(t, err, &refusal, name)
		require.Equal(t, commerce.CodeBadUserInput, refusal.Code, name)
		require.Equal(t, c.argument, refusal.Argument, name)
		require.Equal(t, `Argument "`+c.argument+`": `+c.reason, refusal.Message, name)
	}
}

// catalogue is a list in its order: numbers with ties, each with an id.
type catalogue struct {
	order commerce.Ordering
	items []commerce.Item[int]
}

func drawCatalogue(t *rapid.T) catalogue {
	l := catalogue{order: commerce.Ordering{Key: commerce.ProductSortTitle, Reverse: rapid.Bool().Draw(t, "reverse")}}
	for i, value := range rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "b|", "c"}), 0, 12).Draw(t, "values") {
		l.items = append(l.items, commerce.Item[int]{Node: i, Value: value, ID: int64(i)})
	}
	slices.SortFunc(l.items, l.compare)
	return l
}

func (l catalogue) compare(a, b commerce.Item[int]) int {
	sign := 1
	if l.order.Reverse {
		sign = -1
	}
	switch {
	case a.Value < b.Value || a.Value == b.Value && a.ID < b.ID:
		return -sign
	case a == b:
		return 0
	}
	return sign
}

// read answers a page the way a statement does: in the reading direction, from the bound on, one more than the limit.
func (l catalogue) read(p commerce.Page) commerce.List[int] {
	ascending := slices.Clone(l.items)
	if l.order.Reverse {
		slices.Reverse(ascending)
	}
	if !p.Ascending() {
		slices.Reverse(ascending)
	}
	var found []commerce.Item[int]
	for _, item := range ascending {
		if p.Bounded {
			side := l.compare(item, commerce.Item[int]{Node: item.Node, Value: p.Bound.Value, ID: p.Bound.ID})
			if p.Backward && side >= 0 || !p.Backward && side <= 0 {
				continue
			}
		}
		if found = append(found, item); len(found) == p.Limit+1 {
			break
		}
	}
	return commerce.NewList(p, found)
}

// Every page a client can ask for is the piece of the whole list that it should be.
func TestListIsAPieceOfTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole := drawCatalogue(t)
		size := rapid.IntRange(0, 5).Draw(t, "size")
		from := rapid.IntRange(-1, len(whole.items)-1).Draw(t, "from")
		args := commerce.PageArgs{First: &size}
		backward := rapid.Bool().Draw(t, "backward")
		if backward {
			args = commerce.PageArgs{Last: &size}
		}
		begin, end := 0, len(whole.items)
		if from >= 0 {
			cursor := commerce.Cursor{Ordering: whole.order, Value: whole.items[from].Value, ID: whole.items[from].ID}.String()
			if backward {
				args.Before, end = &cursor, from
			} else {
				args.After, begin = &cursor, from+1
			}
		}
		page, err := commerce.NewPage(args, whole.order)
		require.NoError(t, err)
		got := whole.read(page)

		hasNext, hasPrevious := backward && from >= 0, !backward && from >= 0
		if backward {
			hasPrevious = end-begin > size
			begin = max(begin, end-size)
		} else {
			hasNext = end-begin > size
			end = min(end, begin+size)
		}
		require.Equal(t, append([]commerce.Item[int]{}, whole.items[begin:end]...), append([]commerce.Item[int]{}, got.Items...))
		require.Equal(t, hasNext, got.HasNext, "next")
		require.Equal(t, hasPrevious, got.HasPrevious, "previous")
		require.Equal(t, whole.order, got.Order)
	})
}

// Whoever follows the cursors in either direction meets every item once, in order.
func TestListIsWalkedWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole := drawCatalogue(t)
		size := rapid.IntRange(1, 5).Draw(t, "size")
		backward := rapid.Bool().Draw(t, "backward")
		args := commerce.PageArgs{First: &size}
		if backward {
			args = commerce.PageArgs{Last: &size}
		}
		var walked []commerce.Item[int]
		for range len(whole.items) + 1 {
			page, err := commerce.NewPage(args, whole.order)
			require.NoError(t, err)
			got := whole.read(page)
			if backward {
				walked = append(slices.Clone(got.Items), walked...)
			} else {
				walked = append(walked, got.Items...)
			}
			if more := !backward && got.HasNext || backward && got.HasPrevious; !more {
				break
			}
			if backward {
				args.Before = new(got.CursorAt(0))
			} else {
				args.After = new(got.CursorAt(len(got.Items) - 1))
			}
		}
		require.Equal(t, append([]commerce.Item[int]{}, whole.items...), append([]commerce.Item[int]{}, walked...))
	})
}
