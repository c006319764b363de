package commerce

import (
	"context"
	"strings"
)

// InventoryPolicy says what happens when tracked stock runs out.
type InventoryPolicy string

// The inventory policies: DENY stops selling, CONTINUE sells on.
const (
	InventoryDeny     InventoryPolicy = "DENY"
	InventoryContinue InventoryPolicy = "CONTINUE"
)

// WeightUnit is the unit a merchant enters weights in.
type WeightUnit string

// The weight units.
const (
	WeightGrams     WeightUnit = "GRAMS"
	WeightKilograms WeightUnit = "KILOGRAMS"
	WeightOunces    WeightUnit = "OUNCES"
	WeightPounds    WeightUnit = "POUNDS"
)

// The exact weights of the international avoirdupois pound and ounce.
const (
	gramsPerPound = 453.59237
	gramsPerOunce = gramsPerPound / 16
)

// GramsPer returns how many grams one unit weighs.
func (u WeightUnit) GramsPer() float64 {
	switch u {
	case WeightKilograms:
		return 1000
	case WeightOunces:
		return gramsPerOunce
	case WeightPounds:
		return gramsPerPound
	case WeightGrams:
	}
	return 1
}

func (u WeightUnit) valid() bool {
	return u == WeightGrams || u == WeightKilograms || u == WeightOunces || u == WeightPounds
}

// ProductVariant is one buyable form of a product.
type ProductVariant struct {
	StoreID   StoreID
	ProductID ProductID
	ID        VariantID
	Currency  Currency
	Position  int
	SKU       *string
	Barcode   *string
	// PriceMinor is the price in minor units.
	PriceMinor int64
	// CompareAtMinor is the price before a reduction, nil without one.
	CompareAtMinor *int64
	// InventoryQuantity counts the units in stock; it means nothing unless InventoryTracked.
	InventoryQuantity int
	InventoryTracked  bool
	InventoryPolicy   InventoryPolicy
	WeightGrams       float64
	WeightUnit        WeightUnit
	RequiresShipping  bool
	Taxable           bool
	// ImageID is the picture that shows this variant, 0 without one.
	ImageID MediaID
	// SelectedOptions holds one value for each option of the product, in the options' order.
	SelectedOptions []SelectedOption
}

// SelectedOption is one option and the value a variant has for it.
type SelectedOption struct {
	Name, Value string
}

// NodeID is the variant's global id.
func (v *ProductVariant) NodeID() GlobalID {
	return GlobalID{Kind: KindProductVariant, Store: v.StoreID, ID: int64(v.ID)}
}

// IsNode marks ProductVariant as a node of the API.
func (*ProductVariant) IsNode() {}

// Tenant is the store that sells the variant.
func (v *ProductVariant) Tenant() StoreID { return v.StoreID }

// Ref is the variant's full key.
func (v *ProductVariant) Ref() VariantRef { return VariantRef{v.StoreID, v.ID} }

// ProductRef is the key of the product the variant belongs to.
func (v *ProductVariant) ProductRef() ProductRef { return ProductRef{v.StoreID, v.ProductID} }

// Title joins the option values: "M / Red"; "Default Title" for the only variant of a product without options.
func (v *ProductVariant) Title() string {
	if len(v.SelectedOptions) == 0 {
		return DefaultOptionValue
	}
	values := make([]string, len(v.SelectedOptions))
	for i, o := range v.SelectedOptions {
		values[i] = o.Value
	}
	return strings.Join(values, " / ")
}

// Price is the price of one unit.
func (v *ProductVariant) Price() Money { return Money{v.PriceMinor, v.Currency} }

// CompareAtPrice is the price before a reduction, nil without one.
func (v *ProductVariant) CompareAtPrice() *Money {
	if v.CompareAtMinor == nil {
		return nil
	}
	return &Money{*v.CompareAtMinor, v.Currency}
}

// AvailableForSale reports whether the variant can be bought: its stock is not tracked, or not used up, or it sells on.
func (v *ProductVariant) AvailableForSale() bool {
	return !v.InventoryTracked || v.InventoryQuantity > 0 || v.InventoryPolicy == InventoryContinue
}

// CurrentlyNotInStock reports that the stock is used up but the variant sells on.
func (v *ProductVariant) CurrentlyNotInStock() bool {
	return v.InventoryTracked && v.InventoryQuantity <= 0 && v.InventoryPolicy == InventoryContinue
}

// QuantityAvailable is the number of units in stock, never below 0; nil when stock is not tracked.
func (v *ProductVariant) QuantityAvailable() *int {
	if !v.InventoryTracked {
		return nil
	}
	n := max(v.InventoryQuantity, 0)
	return &n
}

// Weight is the weight of one unit in WeightUnit, nil when it is not known.
func (v *ProductVariant) Weight() *float64 {
	if v.WeightGrams == 0 {
		return nil
	}
	w := v.WeightGrams / v.WeightUnit.GramsPer()
	return &w
}

// The orders of a product's variants.
const (
	VariantSortPosition SortKey = "POSITION"
	VariantSortID       SortKey = "ID"
	VariantSortSKU      SortKey = "SKU"
	VariantSortTitle    SortKey = "TITLE"
)

// ProductPageKey asks for one page of something that belongs to a product: its variants, pictures or collections.
type ProductPageKey struct {
	Product ProductRef
	Page    Page
}

// Counting asks for the number of items of the list.
func (k ProductPageKey) Counting() ProductPageKey {
	k.Page = k.Page.Counting()
	return k
}

// VariantReader reads the variants of products buyers can see. A key without one is missing from the answer.
type VariantReader interface {
	VariantsByID(ctx context.Context, refs []VariantRef) (map[VariantRef]*ProductVariant, error)
	VariantLists(ctx context.Context, keys []ProductPageKey) (map[ProductPageKey]List[*ProductVariant], error)
}
