package commerce_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestListingProduct(t *testing.T) {
	t.Parallel()
	plain := func(change func(p *commerce.ProductInput, v *commerce.VariantInput)) commerce.ProductInput {
		p := commerce.ProductInput{
			Handle: "rice-5-kg", Title: "Rice 5 kg", Status: commerce.ProductActive, Published: true, Options: []string{"Title"},
			Variants: []commerce.VariantInput{{
				Options: []string{"Default Title"}, PriceMinor: 42000, InventoryPolicy: commerce.InventoryDeny, WeightUnit: commerce.WeightGrams,
				RequiresShipping: true, Taxable: true,
			}},
		}
		change(&p, &p.Variants[0])
		return p
	}
	price := new(int64(42000))
	cases := []struct {
		name    string
		listing commerce.Listing
		want    func(p *commerce.ProductInput, v *commerce.VariantInput)
		refusal string
	}{
		{"name and price", commerce.Listing{}, func(*commerce.ProductInput, *commerce.VariantInput) {}, ""},
		{"all", commerce.Listing{SKU: "R5", CompareAtMinor: new(int64(50000)), Quantity: new(3), Category: "Rice", ImageURL: "/r.jpg"},
			func(p *commerce.ProductInput, v *commerce.VariantInput) {
				v.SKU, v.CompareAtMinor, v.InventoryQuantity, v.InventoryTracked = "R5", new(int64(50000)), 3, true
				p.ProductType, p.Media = "Rice", []commerce.MediaInput{{URL: "/r.jpg"}}
			}, ""},
		{"no reduction", commerce.Listing{CompareAtMinor: price}, func(*commerce.ProductInput, *commerce.VariantInput) {}, ""},
		{"a reduction upwards", commerce.Listing{CompareAtMinor: new(int64(1))}, nil, "the price is higher than the price before the reduction"},
		{"none in stock", commerce.Listing{Quantity: new(0)}, func(_ *commerce.ProductInput, v *commerce.VariantInput) { v.InventoryTracked = true }, ""},
		{"emoji alone", commerce.Listing{Name: "🍚🍚"}, nil, `the name "🍚🍚" has no letter or digit to make a handle from`},
		{"below zero", commerce.Listing{PriceMinor: new(int64(-1))}, nil, "variant 1: the price is below zero or too large"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if tc.listing.Name == "" {
				tc.listing.Name = "Rice 5 kg"
			}
			if tc.listing.PriceMinor == nil {
				tc.listing.PriceMinor = price
			}
			got, refusal := tc.listing.Product()
			require.Equal(t, tc.refusal, refusal)
			if refusal == "" {
				require.Equal(t, plain(tc.want), got)
				require.Empty(t, got.Validate())
			}
		})
	}
	_, refusal := (&commerce.Listing{Name: "Rice"}).Product()
	require.Equal(t, `there is no product "Rice", and without a price it cannot be created`, refusal)
	_, refusal = (&commerce.Listing{SKU: "R", PriceMinor: price}).Product()
	require.Equal(t, `nothing has the SKU "R", and without a name it cannot be created`, refusal)
}

func TestListingFind(t *testing.T) {
	t.Parallel()
	one := commerce.ProductInput{Handle: "rice", Variants: []commerce.VariantInput{{SKU: "R1"}}}
	bare := commerce.ProductInput{Handle: "rice", Variants: []commerce.VariantInput{{}}}
	two := commerce.ProductInput{Handle: "rice", Variants: []commerce.VariantInput{{SKU: "R1"}, {SKU: "R5"}}}
	cases := []struct {
		name    string
		listing commerce.Listing
		in      commerce.ProductInput
		place   int
		refusal string
	}{
		{"the only one", commerce.Listing{Name: "Rice"}, one, 0, ""},
		{"by SKU", commerce.Listing{SKU: "R5"}, two, 1, ""},
		{"a new SKU", commerce.Listing{Name: "Rice", SKU: "R1"}, bare, 0, ""},
		{"another SKU", commerce.Listing{Name: "Rice", SKU: "R2"}, one, 0, `the product "rice" has the SKU "R1", not "R2"`},
		{"one of several", commerce.Listing{Name: "Rice"}, two, 0, `the product "rice" has 2 variants: say by its SKU which one is meant`},
		{"none", commerce.Listing{Name: "Rice"}, commerce.ProductInput{Handle: "rice"}, 0, `the product "rice" has 0 variants: say by its SKU which one is meant`},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			place, refusal := tc.listing.Find(&tc.in)
			require.Equal(t, tc.refusal, refusal)
			require.Equal(t, tc.place, place)
		})
	}
}

func TestListingApplyLeavesWhatItRefuses(t *testing.T) {
	t.Parallel()
	listing := commerce.Listing{Name: "Rice", PriceMinor: new(int64(42000))}
	in, _ := listing.Product()
	before := in.Variants
	change := commerce.Listing{Name: "Rice", PriceMinor: new(int64(5)), CompareAtMinor: new(int64(1))}
	require.NotEmpty(t, change.Apply(&in, 0))
	require.EqualValues(t, 42000, in.Variants[0].PriceMinor)
	change.CompareAtMinor = nil
	require.Empty(t, change.Apply(&in, 0))
	require.EqualValues(t, 5, in.Variants[0].PriceMinor)
	require.EqualValues(t, 42000, before[0].PriceMinor, "it keeps no memory in common")
}

func TestListingValidate(t *testing.T) {
	t.Parallel()
	require.Empty(t, (&commerce.Listing{Name: "a"}).Validate())
	require.Empty(t, (&commerce.Listing{SKU: "a"}).Validate())
	require.Equal(t, "there is neither a name nor a SKU", (&commerce.Listing{}).Validate())
	require.Equal(t, `the SKU "a\x00" is not UTF-8 text without zero bytes`, (&commerce.Listing{SKU: "a\x00"}).Validate())
	require.Equal(t, `the name "\xff" is not UTF-8 text without zero bytes`, (&commerce.Listing{Name: "\xff"}).Validate())
}
