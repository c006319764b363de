package searchtest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

const (
	inTitle   = commerce.SearchFieldTitle
	inType    = commerce.SearchFieldProductType
	inVendor  = commerce.SearchFieldVendor
	inTag     = commerce.SearchFieldTag
	inOptions = commerce.SearchFieldOptions
	inSKU     = commerce.SearchFieldSKU
	inBarcode = commerce.SearchFieldBarcode
	inBody    = commerce.SearchFieldBody
)

// fieldCases are searches of the products of textCatalogue that look at some texts alone.
var fieldCases = []struct {
	text   string
	prefix bool
	fields []commerce.SearchField
	want   []commerce.ProductID
}{
	{"shirt", false, []commerce.SearchField{inTitle}, []commerce.ProductID{redShirt, skirt}},
	{"shirt", false, []commerce.SearchField{inBody}, []commerce.ProductID{shirtBody}},
	{"shirt", false, []commerce.SearchField{inTitle, inBody}, []commerce.ProductID{redShirt, shirtBody, skirt}},
	{"shirt", false, []commerce.SearchField{inVendor, inTag}, nil},
	{"shit", false, []commerce.SearchField{inBody}, nil},
	{"nike", false, []commerce.SearchField{inVendor}, []commerce.ProductID{nikeRed}},
	{"nkie", false, []commerce.SearchField{inVendor}, []commerce.ProductID{nikeRed}},
	{"nik", true, []commerce.SearchField{inVendor}, []commerce.ProductID{nikeRed}},
	{"nike shoes", false, []commerce.SearchField{inVendor}, nil},
	{"nike shoes", false, []commerce.SearchField{inVendor, inTitle}, []commerce.ProductID{nikeRed}},
	{"footwear", false, []commerce.SearchField{inType}, []commerce.ProductID{nikeRed}},
	{"footwear", false, []commerce.SearchField{inTitle}, nil},
	{"breakfast", false, []commerce.SearchField{inTag}, []commerce.ProductID{coffee}},
	{"Crimson", false, []commerce.SearchField{inOptions}, []commerce.ProductID{nikeRed}},
	{"Colour", false, []commerce.SearchField{inOptions}, nil},
	{"r", true, []commerce.SearchField{inTitle}, []commerce.ProductID{redShirt, nikeRed}},
	{"mug-77/x", false, []commerce.SearchField{inSKU}, []commerce.ProductID{mugWithSKU}},
	{"mug-7", true, []commerce.SearchField{inSKU}, []commerce.ProductID{mugWithSKU}},
	{"mug-77/x", false, []commerce.SearchField{inBarcode}, nil},
	{"8901030865278", false, []commerce.SearchField{inSKU, inBarcode}, []commerce.ProductID{mugWithSKU}},
	{"8901030865278", false, []commerce.SearchField{inTitle}, nil},
	{"कतली", false, []commerce.SearchField{inTitle}, []commerce.ProductID{kajuKatli}},
}

func runFields(t *testing.T, s commerce.ProductSearcher) {
	t.Helper()
	for _, c := range fieldCases {
		t.Run(fmt.Sprintf("%q in %v", c.text, c.fields), func(t *testing.T) {
			t.Parallel()
			q := browse(storeA)
			q.Text, q.Prefix, q.Fields, q.WantTotal = c.text, c.prefix, c.fields, true
			got := ask(t, s, q)
			require.ElementsMatch(t, idsOf(storeA, c.want), refs(got.Hits))
			require.Equal(t, len(c.want), got.Total)
		})
	}
	t.Run("nasty texts in fields", func(t *testing.T) {
		t.Parallel()
		for _, text := range NastyTexts() {
			q := browse(storeA)
			q.Text, q.Prefix = text, true
			q.Fields = []commerce.SearchField{inTitle, inType, inVendor, inTag, inOptions, inSKU, inBarcode, inBody}
			_, err := s.SearchProducts(t.Context(), []commerce.SearchQuery{q, q})
			require.NoError(t, err, "%q", text)
		}
	})
}
