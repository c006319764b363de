package commerce_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestSwatch(t *testing.T) {
	t.Parallel()
	store := &commerce.StoreSearchFacets{Swatches: []commerce.SearchSwatch{
		{Value: "Monsoon", Color: "#4a6670"}, {Value: "Red", Color: "#aa0000"}, {Value: "Broken", Color: "red"},
	}}
	for _, c := range []struct{ name, value, want string }{
		{"Colour", "Green", "#2e8b57"},
		{"color", " navy-BLUE ", "#0a1f44"},
		{"Frame colour (outer)", "Rose Gold", "#b76e79"},
		{"रंग", "नीला", "#1565c0"},
		{"Shade", "#FAEBD7", "#faebd7"},
		{"Colour", "Dark Olive", "#4d4d00"},
		{"Colour", "Light black", "#737373"},
		{"Colour", "Matte Black", "#000000"},
		{"Colour", "monsoon", "#4a6670"}, // as the store says
		{"Colour", "RED", "#aa0000"},     // even against the name
		{"Print", "Monsoon", "#4a6670"},  // wherever the value stands
		{"Colour", "Broken", ""},
		{"Colour", "Black/White stripes of two kinds", ""},
		{"Colour", "Dark", ""},
		{"Colour", "Unheard of", ""},
		{"Colour", "", ""},
		{"Flavour", "Rose", ""}, // a taste
		{"Colourless", "White", ""},
		{"Size", "#faebd7", ""},
	} {
		got := store.Swatcher()(c.name, c.value)
		if c.want == "" {
			require.Nil(t, got, "%s %s", c.name, c.value)
			continue
		}
		require.NotNil(t, got, "%s %s", c.name, c.value)
		require.Equal(t, c.want, got.String(), "%s %s", c.name, c.value)
	}
	require.Equal(t, &commerce.Colour{R: 0xd5}, (*commerce.StoreSearchFacets)(nil).Swatcher()("colour", "red"), "a store that has decided nothing")
}
