package search

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestOptionPattern(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"size":      "size␟.*",
		"size (cm)": `size \(cm\)␟.*`,
		`a.b*|[c]\`: `a\.b\*\|\[c\]\\␟.*`,
		"रंग":       "रंग␟.*",
		"x␟y":       "x y␟.*",
	} {
		got, ok := optionPattern(name)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	_, ok := optionPattern(strings.Repeat("x", longestPattern))
	require.False(t, ok)
}

// TestOwnSelectionIsLeftOut checks the rule that every count stands on, clause by clause.
func TestOwnSelectionIsLeftOut(t *testing.T) {
	t.Parallel()
	q := commerce.SearchQuery{Selection: everySelection(), Unavailable: commerce.UnavailableHide}
	c := newConditions(q)
	require.Len(t, c.product, 3)
	require.Len(t, c.variant, 5, "availability, hiding, price, two options")
	require.Len(t, c.except(""), 4, "three on the product and one holding all on the variant")
	require.Len(t, c.except(commerce.FilterVendor), 3)
	require.Len(t, clausesExcept(c.variant, commerce.FilterPrice), 4)
	require.Len(t, clausesExcept(c.variant, commerce.FilterOptionPrefix+"size"), 4)
	require.Contains(t, clausesExcept(c.variant, commerce.FilterAvailability), term(variantAvailable, true), "hiding is no selection")
	require.Empty(t, newConditions(commerce.SearchQuery{}).except(""))
}
