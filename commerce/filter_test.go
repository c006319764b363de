package commerce_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

func available(yes bool) commerce.ProductFilter { return commerce.ProductFilter{Available: &yes} }

func vendor(name string) commerce.ProductFilter { return commerce.ProductFilter{ProductVendor: &name} }

func ofType(name string) commerce.ProductFilter { return commerce.ProductFilter{ProductType: &name} }

func tagged(name string) commerce.ProductFilter { return commerce.ProductFilter{Tag: &name} }

func priced(lowest, highest *float64) commerce.ProductFilter {
	return commerce.ProductFilter{Price: &commerce.PriceRangeFilter{Min: lowest, Max: highest}}
}

func option(name, value string) commerce.ProductFilter {
	return commerce.ProductFilter{VariantOption: &commerce.VariantOptionFilter{Name: name, Value: value}}
}

func TestNewSelection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		filters []commerce.ProductFilter
		want    commerce.Selection
	}{
		"none": {nil, commerce.Selection{}},
		"one of each": {
			[]commerce.ProductFilter{available(true), priced(new(1.5), new(20.0)), vendor("Tata"), ofType("Tea"), tagged("organic"), option("Size", "M")},
			commerce.Selection{
				Availability: []bool{true}, Prices: []commerce.PriceRange{{Min: 150, Max: 2000}}, Vendors: []string{"Tata"},
				ProductTypes: []string{"Tea"}, Tags: []string{"organic"},
				Options: []commerce.OptionSelection{{Name: "size", Values: []commerce.SelectedValue{{Key: "m", Label: "M"}}}},
			},
		},
		"grouped, in the order of their first use": {
			[]commerce.ProductFilter{option("Size", "M"), vendor("b"), option("Colour", "Red"), vendor("a"), option("size", "L"), available(false), available(true)},
			commerce.Selection{
				Availability: []bool{false, true}, Vendors: []string{"b", "a"},
				Options: []commerce.OptionSelection{
					{Name: "size", Values: []commerce.SelectedValue{{Key: "m", Label: "M"}, {Key: "l", Label: "L"}}},
					{Name: "colour", Values: []commerce.SelectedValue{{Key: "red", Label: "Red"}}},
				},
			},
		},
		"each once": {
			[]commerce.ProductFilter{
				vendor("a"), vendor("a"), vendor("A"), ofType("t"), ofType("t"), tagged("x"), tagged("x"), available(true), available(true),
				priced(new(1.0), nil), priced(new(1.001), nil),
			},
			commerce.Selection{
				Availability: []bool{true}, Vendors: []string{"a", "A"}, ProductTypes: []string{"t"}, Tags: []string{"x"},
				Prices: []commerce.PriceRange{{Min: 100, Max: mostMinor}},
			},
		},
		"options whatever their case, as first spelt": {
			[]commerce.ProductFilter{option(" SIZE", "Xl "), option("size", "xL"), option("रंग", "लाल"), option("रंग", "लाल")},
			commerce.Selection{Options: []commerce.OptionSelection{
				{Name: "size", Values: []commerce.SelectedValue{{Key: "xl", Label: "Xl "}}},
				{Name: "रंग", Values: []commerce.SelectedValue{{Key: "लाल", Label: "लाल"}}},
			}},
		},
		"prices": {
			[]commerce.ProductFilter{priced(nil, new(5.0)), priced(nil, nil), priced(new(0.0), new(0.0))},
			commerce.Selection{Prices: []commerce.PriceRange{{Max: 500}, {Max: mostMinor}, {}}},
		},
	} {
		got, err := commerce.NewSelection("productFilters", c.filters, "INR")
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
}

func metafield(namespace, key, value string) commerce.ProductFilter {
	return commerce.ProductFilter{ProductMetafield: &commerce.MetafieldFilter{Namespace: namespace, Key: key, Value: value}}
}

func metafields(n int) []commerce.ProductFilter {
	all := make([]commerce.ProductFilter, n)
	for i := range all {
		all[i] = metafield("custom", fmt.Sprint("key-", i), "x")
	}
	return all
}

// Values of one metafield are alternatives, those of another a further condition.
func TestSelectionOfMetafields(t *testing.T) {
	t.Parallel()
	s, err := commerce.NewSelection("productFilters", []commerce.ProductFilter{
		metafield("custom", "fabric", "Silk"), metafield("other", "fabric", "Silk"), metafield("custom", "fabric", "silk"), metafield("custom", "fabric", "Silk"),
	}, "INR")
	require.NoError(t, err)
	require.Equal(t, []commerce.MetafieldSelection{
		{Namespace: "custom", Key: "fabric", Values: []string{"Silk", "silk"}}, {Namespace: "other", Key: "fabric", Values: []string{"Silk"}},
	}, s.Metafields)
}

// What of a metafield's value products can be filtered by.
func TestDocumentAttributes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of    commerce.MetafieldType
		value string
		want  []string
	}{
		{commerce.MetafieldLine, "Silk", []string{"Silk"}},
		{commerce.MetafieldBoolean, "true", []string{"true"}},
		{"list.single_line_text_field", `["Wash","","\"Dry\""]`, []string{"Wash", `"Dry"`}},
		{"list.number_integer", `[5,-40]`, []string{"5", "-40"}},
		{"list.boolean", `[true,false]`, []string{"true", "false"}},
		{"list.date", `["2026-01-02"]`, []string{"2026-01-02"}},
		{"list.color", `[]`, nil},
		{"list.single_line_text_field", `no list`, nil},
		{commerce.MetafieldLine, strings.Repeat("x", 256), nil},
		{commerce.MetafieldText, "long", nil},
		{commerce.MetafieldJSON, `"x"`, nil},
		{commerce.MetafieldProduct, "gid://kirana/Product/1/1", nil},
		{"nonsense", "x", nil},
	} {
		var got []string
		for _, a := range commerce.NewDocumentAttributes("custom", "key", c.of, c.value) {
			require.Equal(t, []string{"custom", "key"}, []string{a.Namespace, a.Key})
			got = append(got, a.Value)
		}
		require.Equal(t, c.want, got, "%s %s", c.of, c.value)
	}
}

func TestNewSelectionRefuses(t *testing.T) {
	t.Parallel()
	const one = "filter 1 must have exactly one of available, price, productType, productVendor, tag, variantOption and productMetafield."
	two := vendor("a")
	two.Tag = new("b")
	many := make([]commerce.ProductFilter, commerce.MaxFilters+1)
	for i := range many {
		many[i] = tagged("x")
	}
	for name, c := range map[string]struct {
		filters []commerce.ProductFilter
		reason  string
	}{
		"too many":        {many, "101 filters are too many: at most 100."},
		"empty":           {[]commerce.ProductFilter{tagged("x"), {}}, one},
		"two in one":      {[]commerce.ProductFilter{tagged("x"), two}, one},
		"no option name":  {[]commerce.ProductFilter{option(" ", "x")}, "filter 0: variantOption.name is empty."},
		"no namespace":    {[]commerce.ProductFilter{metafield("", "fabric", "x")}, "filter 0: productMetafield needs a namespace and a key of letters, digits, - and _."},
		"no key":          {[]commerce.ProductFilter{metafield("custom", "a.b", "x")}, "filter 0: productMetafield needs a namespace and a key of letters, digits, - and _."},
		"many metafields": {metafields(21), "filter 20: 21 metafields are too many: at most 20."},
		"min above max":   {[]commerce.ProductFilter{priced(new(2.0), new(1.0))}, "filter 0: price needs 0 ≤ min ≤ max."},
		"min below zero":  {[]commerce.ProductFilter{priced(new(-1.0), nil)}, "filter 0: price needs 0 ≤ min ≤ max."},
		"max below zero":  {[]commerce.ProductFilter{priced(nil, new(-1.0))}, "filter 0: price needs 0 ≤ min ≤ max."},
		"no number":       {[]commerce.ProductFilter{priced(new(math.NaN()), new(1.0))}, "filter 0: price needs 0 ≤ min ≤ max."},
		"beyond any":      {[]commerce.ProductFilter{priced(nil, new(1e300))}, "filter 0: price needs 0 ≤ min ≤ max."},
		"min beyond, max": {[]commerce.ProductFilter{priced(new(1e300), new(1.0))}, "filter 0: price needs 0 ≤ min ≤ max."},
	} {
		_, err := commerce.NewSelection("productFilters", c.filters, "INR")
		require.EqualError(t, err, `Argument "productFilters": `+c.reason, name)
		require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err), name)
	}
	_, err := commerce.NewSelection("productFilters", many[1:], "INR")
	require.NoError(t, err, "as many as allowed")
}

// What a facet value carries is what its client may send: the same condition, and nothing beside it.
func TestProductFilterJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		filter commerce.ProductFilter
		want   string
	}{
		{available(false), `{"available":false}`},
		{priced(new(0.0), new(42.5)), `{"price":{"min":0,"max":42.5}}`},
		{priced(nil, nil), `{"price":{}}`},
		{ofType(""), `{"productType":""}`},
		{vendor(`"Tata" & Sons`), `{"productVendor":"\"Tata\" \u0026 Sons"}`},
		{tagged("चाय"), `{"tag":"चाय"}`},
		{metafield("custom", "fabric", "Silk"), `{"productMetafield":{"namespace":"custom","key":"fabric","value":"Silk"}}`},
		{option("Size", "M"), `{"variantOption":{"name":"Size","value":"M"}}`},
	} {
		require.Equal(t, c.want, c.filter.JSON())
		require.Equal(t, c.want, commerce.FacetValue{Input: c.filter}.InputJSON())
	}
	require.Equal(t, "{}", priced(new(math.Inf(1)), nil).JSON())
}

func TestProductFilterJSONRoundTrip(t *testing.T) {
	t.Parallel()
	bound := rapid.OneOf(rapid.Just[*float64](nil), rapid.Map(rapid.Float64Range(0, 1e13), func(f float64) *float64 { return &f }))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		filter := rapid.SampledFrom([]commerce.ProductFilter{
			available(text == ""), vendor(text), ofType(text), tagged(text), option(text, rapid.String().Draw(t, "value")),
			priced(bound.Draw(t, "min"), bound.Draw(t, "max")),
		}).Draw(t, "filter")
		var keys map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(filter.JSON()), &keys))
		require.Len(t, keys, 1)
		var got commerce.ProductFilter
		require.NoError(t, json.Unmarshal([]byte(filter.JSON()), &got))
		require.Equal(t, filter, got)
	})
}

func TestOptionKey(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", " ": "", "Size": "size", " XL\t": "xl", "Dark Red": "dark red", "ÉTÉ": "été", "आकार": "आकार"} {
		require.Equal(t, want, commerce.OptionKey(text))
	}
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                      "",
		"!?":                    "",
		"Red":                   "red",
		"Dark  Red":             "dark-red",
		" -- Dark_Red (new) --": "dark-red-new",
		"5.5 kg":                "5-5-kg",
		"Café Noir":             "café-noir",
		"बासमती चावल":           "बासमती-चावल",
		"क्ष":                   "क्ष",
		"ข้าวหอมมะลิ":           "ข้าวหอมมะลิ",
		"тёмный ЧАЙ":            "тёмный-чай",
		"緑茶 100g":               "緑茶-100g",
		"tea ☕ cup":             "tea-cup",
		"a\xffb":                "a-b",
		"a\x00b":                "a-b",
	} {
		require.Equal(t, want, commerce.Slug(text), text)
	}
}

func TestSlugIsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("aB9 -_ाक़éİ้ย/?#\x00")))).Draw(t, "text")
		slug := commerce.Slug(text)
		require.Equal(t, slug, commerce.Slug(slug), "once is enough")
		require.Equal(t, slug, commerce.Slug(" "+text+"!"), "what stands around does not count")
		require.False(t, strings.HasPrefix(slug, "-") || strings.HasSuffix(slug, "-") || strings.Contains(slug, "--"), slug)
		for _, r := range slug {
			require.True(t, r == '-' || unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark), "%q of %q", r, text)
		}
	})
}
