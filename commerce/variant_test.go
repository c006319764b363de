package commerce_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestVariantStock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tracked     bool
		quantity    int
		policy      commerce.InventoryPolicy
		forSale     bool
		notInStock  bool
		inStockOnly *int
	}{
		{false, 5, commerce.InventoryDeny, true, false, nil},
		{false, 0, commerce.InventoryDeny, true, false, nil},
		{false, -1, commerce.InventoryContinue, true, false, nil},
		{true, 5, commerce.InventoryDeny, true, false, new(5)},
		{true, 1, commerce.InventoryDeny, true, false, new(1)},
		{true, 0, commerce.InventoryDeny, false, false, new(0)},
		{true, -1, commerce.InventoryDeny, false, false, new(0)},
		{true, 5, commerce.InventoryContinue, true, false, new(5)},
		{true, 0, commerce.InventoryContinue, true, true, new(0)},
		{true, -1, commerce.InventoryContinue, true, true, new(0)},
	} {
		v := commerce.ProductVariant{InventoryTracked: c.tracked, InventoryQuantity: c.quantity, InventoryPolicy: c.policy}
		require.Equal(t, c.forSale, v.AvailableForSale(), "for sale: %+v", c)
		require.Equal(t, c.notInStock, v.CurrentlyNotInStock(), "not in stock: %+v", c)
		require.Equal(t, c.inStockOnly, v.QuantityAvailable(), "quantity: %+v", c)
	}
}

func TestVariantTitle(t *testing.T) {
	t.Parallel()
	for want, options := range map[string][]commerce.SelectedOption{
		"M / Red":       {{Name: "Size", Value: "M"}, {Name: "Colour", Value: "Red"}},
		"5 / 6":         {{Name: "Size", Value: "5 / 6"}},
		"Default Title": nil,
	} {
		v := commerce.ProductVariant{SelectedOptions: options}
		require.Equal(t, want, v.Title())
	}
	placeholder := commerce.ProductVariant{SelectedOptions: []commerce.SelectedOption{{Name: commerce.DefaultOptionName, Value: commerce.DefaultOptionValue}}}
	require.Equal(t, "Default Title", placeholder.Title())
}

func TestVariantWeight(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		grams float64
		unit  commerce.WeightUnit
		want  float64
	}{
		{250, commerce.WeightGrams, 250},
		{250, commerce.WeightKilograms, 0.25},
		{453.59237, commerce.WeightPounds, 1},
		{453.59237, commerce.WeightOunces, 16},
		{28.349523125, commerce.WeightOunces, 1},
	} {
		v := commerce.ProductVariant{WeightGrams: c.grams, WeightUnit: c.unit}
		require.InEpsilon(t, c.want, *v.Weight(), 1e-12, c.unit)
	}
	v := commerce.ProductVariant{WeightUnit: commerce.WeightKilograms}
	require.Nil(t, v.Weight(), "not known")
}

func TestVariantPrices(t *testing.T) {
	t.Parallel()
	v := commerce.ProductVariant{StoreID: 1, ProductID: 2, ID: 3, Currency: "KWD", PriceMinor: 1234}
	require.Equal(t, commerce.Money{Minor: 1234, Currency: "KWD"}, v.Price())
	require.Nil(t, v.CompareAtPrice())
	v.CompareAtMinor = new(int64(0))
	require.Equal(t, &commerce.Money{Currency: "KWD"}, v.CompareAtPrice())
	require.Equal(t, commerce.VariantRef{Store: 1, ID: 3}, v.Ref())
	require.Equal(t, commerce.ProductRef{Store: 1, ID: 2}, v.ProductRef())
}
