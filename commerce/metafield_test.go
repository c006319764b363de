package commerce_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestMetafieldValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of          commerce.MetafieldType
		value, want string // no want: refused
	}{
		{"single_line_text_field", "चाय & <b>", "चाय & <b>"},
		{"single_line_text_field", "", ""},
		{"single_line_text_field", "a\nb", ""},
		{"single_line_text_field", "a\x00", ""},
		{"single_line_text_field", "a\xff", ""},
		{"single_line_text_field", strings.Repeat("x", 64<<10+1), ""},
		{"multi_line_text_field", "a\nb", "a\nb"},
		{"multi_line_text_field", "", ""},
		{"number_integer", "007", "7"},
		{"number_integer", "-0", "0"},
		{"number_integer", "9007199254740991", "9007199254740991"},
		{"number_integer", "9007199254740992", ""},
		{"number_integer", "1.0", ""},
		{"number_decimal", "0012.500", "12.5"},
		{"number_decimal", "-0.00", "0"},
		{"number_decimal", "-1.5", "-1.5"},
		{"number_decimal", "1e3", ""},
		{"number_decimal", "12345678901234", ""},
		{"number_decimal", "1.0000000001", ""},
		{"boolean", "true", "true"},
		{"boolean", "TRUE", ""},
		{"date", "2024-02-29", "2024-02-29"},
		{"date", "2023-02-29", ""},
		{"date_time", "2024-02-29T12:00:00+05:30", "2024-02-29T06:30:00Z"},
		{"date_time", "2024-02-29T12:00:00", "2024-02-29T12:00:00Z"},
		{"date_time", "2024-02-29", ""},
		{"json", "{ \"a\": [1, null] }", `{"a":[1,null]}`},
		{"json", "{", ""},
		{"url", "https://example.com/a?b=c", "https://example.com/a?b=c"},
		{"url", "mailto:a@example.com", "mailto:a@example.com"},
		{"url", "javascript:alert(1)", ""},
		{"url", "/relative", ""},
		{"color", "#FAfa00", "#fafa00"},
		{"color", "#fff", ""},
		{"product_reference", "gid://kirana/Product/1/2", "gid://kirana/Product/1/2"},
		{"product_reference", "gid://kirana/Collection/1/2", ""},
		{"variant_reference", "gid://kirana/ProductVariant/1/2", "gid://kirana/ProductVariant/1/2"},
		{"collection_reference", "2", ""},
		{"list.single_line_text_field", `[ "a<", "b" ]`, `["a<","b"]`},
		{"list.single_line_text_field", `["a", 1]`, ""},
		{"list.single_line_text_field", `["\u0000"]`, ""},
		{"list.single_line_text_field", `null`, ""},
		{"list.single_line_text_field", `"a"`, ""},
		{"list.number_integer", `[1, "02"]`, `[1,2]`},
		{"list.number_integer", `[1.5]`, ""},
		{"list.number_decimal", `[1.50, "2"]`, `[1.5,2]`},
		{"list.boolean", `[true, false]`, `[true,false]`},
		{"list.boolean", `[null]`, ""},
		{"list.color", `["#FFFFFF"]`, `["#ffffff"]`},
		{"list.color", `[]`, `[]`},
		{"list.color", "[" + strings.Repeat(`"#ffffff",`, 128) + `"#ffffff"]`, ""},
		{"list.product_reference", `["gid://kirana/Product/1/2"]`, `["gid://kirana/Product/1/2"]`},
		{"list.json", `[]`, ""},
		{"list.list.color", `[]`, ""},
		{"weight", "1", ""},
		{"", "1", ""},
	} {
		got, err := c.of.Canonical(c.value)
		require.Equal(t, c.want == "", err != nil, "%s %.60q: %v", c.of, c.value, err)
		if err == nil {
			require.Equal(t, c.want, got, "%s %.60q", c.of, c.value)
		}
	}
}

// What Canonical returns it leaves as it is, a database can keep, and no longer than is allowed.
func FuzzMetafieldValue(f *testing.F) {
	types := []commerce.MetafieldType{
		"single_line_text_field", "multi_line_text_field", "number_integer", "number_decimal", "boolean", "date", "date_time", "json", "url", "color",
		"product_reference", "variant_reference", "collection_reference",
	}
	for i, seed := range []string{"a", "a\nb", "-007", "01.50", "true", "2024-02-29", "2024-02-29T12:00:00.5+05:30", `{"a": 1}`, "tel:123", "#ABCDEF", "gid://kirana/Product/1/2", `["a", 1, true, null]`} {
		f.Add(uint8(i), i%2 == 0, seed)
	}
	f.Fuzz(func(t *testing.T, n uint8, list bool, value string) {
		of := types[int(n)%len(types)]
		if list {
			of = "list." + of
		}
		once, err := of.Canonical(value)
		if err != nil {
			require.Empty(t, once)
			return
		}
		twice, err := of.Canonical(once)
		require.NoError(t, err, "%q", once)
		require.Equal(t, once, twice)
		require.NotContains(t, once, "\x00")
		require.LessOrEqual(t, len(once), commerce.MaxMetafieldValue)
		require.True(t, of.Valid())
	})
}

func TestMoveMembers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		moves []commerce.CollectionMove
		want  []commerce.ProductID
	}{
		{nil, []commerce.ProductID{1, 2, 3, 4}},
		{[]commerce.CollectionMove{{Product: 4, To: 0}}, []commerce.ProductID{4, 1, 2, 3}},
		{[]commerce.CollectionMove{{Product: 1, To: 2}}, []commerce.ProductID{2, 3, 1, 4}},
		{[]commerce.CollectionMove{{Product: 2, To: 99}}, []commerce.ProductID{1, 3, 4, 2}},
		{[]commerce.CollectionMove{{Product: 2, To: 1}}, []commerce.ProductID{1, 2, 3, 4}},
		{[]commerce.CollectionMove{{Product: 1, To: 3}, {Product: 2, To: 3}}, []commerce.ProductID{3, 4, 1, 2}},
	} {
		members := []commerce.ProductID{1, 2, 3, 4}
		require.NoError(t, commerce.MoveMembers(members, c.moves))
		require.Equal(t, c.want, members, c.moves)
	}
}
