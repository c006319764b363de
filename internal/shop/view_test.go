package shop

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestParseView(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 400)
	for _, c := range []struct {
		name, query string
		want        view
	}{
		{"nothing", "", view{}},
		{"everything", "q=red+tea&sort=price-desc&c=teas&min=10&max=2,000.50&vendor=Tata&vendor=Amul&type=Tea&tag=new&available=1&o.Size=M&after=abc_-9", view{
			text: "red tea", sort: sortExpensive, collection: "teas", low: "10", high: "2,000.50", after: "abc_-9",
			chosen: []choice{{"available", "1"}, {"o.size", "M"}, {"tag", "new"}, {"type", "Tea"}, {"vendor", "Amul"}, {"vendor", "Tata"}},
		}},
		{"a form's empty fields", "q=&sort=&min=&max=&vendor=", view{}},
		{"no such words", "sort=cheapest&available=maybe&color=red&o.=x&o.%20=x", view{}},
		{"metafields", "m.custom.fabric=Silk&m.custom.fabric=silk&m.nonsense=x&m.a.b.c=x&m.=x&m.custom.watts=", view{
			chosen: []choice{{"m.custom.fabric", "Silk"}, {"m.custom.fabric", "silk"}},
		}},
		{"the same twice", "vendor=Tata&vendor=Tata&o.size=m&o.Size=M", view{chosen: []choice{{"o.size", "M"}, {"vendor", "Tata"}}}},
		{"two places", "after=a&before=b", view{after: "a"}},
		{"no cursor", "after=a%20b&before=" + strings.Repeat("a", 5000), view{}},
		{"controls", "q=a%00b%0ac%7f%ff&vendor=%00", view{text: "ab c"}},
		{"too long", "q=" + long, view{text: strings.Repeat("é", 250)}},
		{"broken escapes", "q=%zz&vendor=Tata", view{chosen: []choice{{"vendor", "Tata"}}}},
		{"markup", "q=%3Cscript%3E", view{text: "<script>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			q, _ := url.ParseQuery(c.query) // what cannot be read is left out, as net/http does
			got := parseView(q)
			require.Equal(t, c.want.query(), got.query())
			require.Equal(t, c.want.text, got.text)
			require.Len(t, got.chosen, len(c.want.chosen))
		})
	}
	many := make(url.Values)
	for i := range 500 {
		many.Add(paramTag, strings.Repeat("x", i+1))
	}
	v := parseView(many)
	require.Len(t, v.chosen, commerce.MaxFilters-1)
	many = make(url.Values)
	for i := range 30 {
		many[paramMetafield+"custom.k"+strconv.Itoa(i)] = []string{"a", "b"}
	}
	v = parseView(many)
	require.Len(t, v.chosen, 2*commerce.MaxSearchMetafields)
	_, err := commerce.NewSelection("productFilters", v.filters(), "INR")
	require.NoError(t, err, "what an address chooses can be searched for")
}

// A chosen metafield is named as the merchant names it.
func TestChoiceLabels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		choice     choice
		name, want string
	}{
		{choice{"m.custom.fabric", "Silk"}, "Fabric", "Fabric: Silk"},
		{choice{"m.custom.fabric", "Silk"}, "", "fabric: Silk"},
		{choice{"o.size", "M"}, "Size", "Size: M"},
		{choice{paramVendor, "Tata"}, "", "Tata"},
	} {
		require.Equal(t, c.want, c.choice.label(c.name))
	}
}

// reread is the view that the address of v opens.
func reread(t require.TestingT, v view) view {
	q, err := url.ParseQuery(v.query())
	require.NoError(t, err)
	return parseView(q)
}

func FuzzParseView(f *testing.F) {
	for _, seed := range []string{
		"", "q=tea&sort=price&vendor=A&vendor=B&o.size=M&after=abc", "o.%C4%B0=x&o.%E1%BA%9E=%E1%BA%9E", "q=%ff%00&min=%20%201", "tag=%C2%A0a%C2%A0&c=%E2%80%83",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		q, _ := url.ParseQuery(query)
		v := parseView(q)
		require.Equal(t, v, reread(t, v))
		require.LessOrEqual(t, len(v.text), commerce.MaxSearchText)
		require.Less(t, len(v.chosen), commerce.MaxFilters)
		_, err := commerce.NewSelection("productFilters", v.filters(), "INR")
		require.NoError(t, err)
	})
}

// Whoever takes a value and removes it again is where they were, on the first page.
func TestChoosingAndRemoving(t *testing.T) {
	t.Parallel()
	text := rapid.String()
	choices := rapid.Custom(func(t *rapid.T) choice {
		name := rapid.SampledFrom([]string{paramVendor, paramType, paramTag, paramAvailable, paramMetafield + "custom.fabric", paramOption + "Size", paramOption + "रंग"}).Draw(t, "name")
		value := rapid.OneOf(text, rapid.SampledFrom([]string{"M", "m", "0", "1", "é"})).Draw(t, "value")
		c, ok := newChoice(name, value)
		if !ok {
			c = choice{paramAvailable, valueYes}
		}
		return c
	})
	rapid.Check(t, func(t *rapid.T) {
		var v view
		v.text = tidy(text.Draw(t, "text"), commerce.MaxSearchText)
		for _, c := range rapid.SliceOfN(choices, 0, 8).Draw(t, "chosen") {
			v = v.with(c)
		}
		c := choices.Draw(t, "choice")
		require.Equal(t, v, reread(t, v))
		if v.has(c) {
			require.Equal(t, v, v.with(c))
			require.False(t, v.without(c).has(c))
			require.Len(t, v.without(c).chosen, len(v.chosen)-1)
			return
		}
		require.True(t, v.with(c).has(c))
		require.Equal(t, v.address("/s/x"), v.with(c).without(c).address("/s/x"))
		back, ok := choiceOf(c.filter())
		require.True(t, ok)
		require.Equal(t, c, back)
		v.after = "abc"
		require.Empty(t, v.with(c).after, "another view begins at its start")
		require.Empty(t, v.without(c).after)
	})
}
