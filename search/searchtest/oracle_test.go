package searchtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(Main{M: m}) }

// TestOracle counts by hand what the oracle must count.
func TestOracle(t *testing.T) {
	t.Parallel()
	variant := func(price int64, available bool, size, colour string) commerce.DocumentVariant {
		return commerce.DocumentVariant{PriceMinor: price, Available: available, Options: []commerce.SelectedOption{
			{Name: "Size", Value: size}, {Name: "Colour", Value: colour},
		}}
	}
	shirt, hat, mug := product(storeA, 1, "Shirt"), product(storeA, 2, "Cap"), product(storeA, 3, "Mug")
	shirt.Variants = []commerce.DocumentVariant{variant(500, true, "S", "Red"), variant(600, false, "M", "Blue")}
	hat.Variants = []commerce.DocumentVariant{variant(100, true, "M", "red")}
	hat.Vendor, mug.Vendor = "Acme", "Acme"
	later := product(storeA, 4, "Later")
	later.PublishedAt = birth.Add(time.Hour)
	o := NewOracle([]commerce.ProductDocument{shirt, hat, mug, later, product(storeB, 1, "Foreign")}, birth)

	q := browse(storeA)
	q.Selection.Options = []commerce.OptionSelection{
		{Name: "size", Values: []commerce.SelectedValue{{Key: "m", Label: "m"}}},
		{Name: "colour", Values: []commerce.SelectedValue{{Key: "red", Label: "red"}}},
	}
	require.Equal(t, idsOf(storeA, []commerce.ProductID{2}), o.Products(q), "the shirt is red in S and blue in M")
	counts := map[string]int{}
	for _, f := range o.Facets(q) {
		for _, v := range f.Values {
			counts[v.ID] = v.Count
		}
	}
	require.Equal(t, map[string]int{
		"filter.v.availability.1": 1, "filter.v.price": 1, "filter.v.option.size.s": 1, "filter.v.option.size.m": 1,
		"filter.v.option.colour.red": 1, "filter.v.option.colour.blue": 1, "filter.p.vendor.acme": 1,
	}, counts)

	q = browse(storeA)
	q.Page.Key = commerce.SearchSortPrice
	require.Equal(t, idsOf(storeA, []commerce.ProductID{2, 3, 1}), o.Products(q))
	q.Page.Reverse = true
	require.Equal(t, idsOf(storeA, []commerce.ProductID{1, 3, 2}), o.Products(q))
}

// TestRandomSearchesMeet keeps the random catalogues and searches from drifting apart: comparing empty answers with
// empty answers would prove nothing.
func TestRandomSearchesMeet(t *testing.T) {
	t.Parallel()
	o := NewOracle(Catalogues(50).Example(1), time.Now())
	const searches = 400
	found, byOptions := 0, 0
	for seed := range searches {
		q := Queries().Example(seed)
		if len(o.Products(q)) > 0 {
			found++
			byOptions += min(1, len(q.Selection.Options))
		}
	}
	require.Greater(t, found, searches/4)
	require.Greater(t, byOptions, searches/25)
}
