package commerce

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Listing is one line of a price list: what a merchant says of one thing for sale. What is empty or nil is not said. It
// creates a product, or changes of one that exists only what it says.
type Listing struct {
	// Name finds a product by the handle made from it, and is the title of a new one. It renames none.
	Name string
	// SKU finds a variant, before Name does.
	SKU string
	// PriceMinor is the price in minor units.
	PriceMinor *int64
	// CompareAtMinor is the price before a reduction (in India the MRP), where one equal to the price says that there is none.
	CompareAtMinor *int64
	// Quantity is the number of units in stock, which is tracked from then on.
	Quantity *int
	// Category is the product's type.
	Category string
	// ImageURL is a picture, added to those the product has.
	ImageURL string
}

// Validate reports the first thing that keeps the listing from being looked for, in words for the merchant, "" for nothing.
// What it says of a product is checked with the product.
func (l *Listing) Validate() string {
	var r Refusals
	r.addIf(l.Name == "" && l.SKU == "", RefusalBlank, "name", "There is neither a name nor a SKU.")
	r.text("name", "name", l.Name, Characters(MaxTitle))
	r.text("sku", "SKU", l.SKU, Characters(MaxSKU))
	if len(r) == 0 {
		return ""
	}
	return r[0].problem()
}

// Product is the new product that the listing stands for, or the reason why it can be none, in words for the merchant.
func (l *Listing) Product() (in ProductInput, refusal string) {
	switch {
	case l.Name == "":
		return in, fmt.Sprintf("nothing has the SKU %.80q, and without a name it cannot be created", l.SKU)
	case Slug(l.Name) == "":
		return in, fmt.Sprintf("the name %.80q has no letter or digit to make a handle from", l.Name)
	case l.PriceMinor == nil:
		return in, fmt.Sprintf("there is no product %.80q, and without a price it cannot be created", l.Name)
	}
	in = ProductInput{
		Handle: HandleOf(l.Name), Title: l.Name, Status: ProductActive, Published: true, Options: []string{DefaultOptionName},
		Variants: []VariantInput{{
			Options: []string{DefaultOptionValue}, InventoryPolicy: InventoryDeny, WeightUnit: WeightGrams, RequiresShipping: true, Taxable: true,
		}},
	}
	refusal = l.change(&in, &in.Variants[0])
	return in, refusal
}

// Find returns the place of the variant that the listing means among those of a product, or the reason why it means none, in
// words for the merchant. The product has the listing's SKU or its handle.
func (l *Listing) Find(in *ProductInput) (place int, refusal string) {
	if l.SKU != "" {
		place = slices.IndexFunc(in.Variants, func(v VariantInput) bool { return v.SKU == l.SKU })
		if place >= 0 {
			return place, ""
		}
	}
	switch only := in.Variants; {
	case len(only) != 1:
		return 0, fmt.Sprintf("the product %.80q has %d variants: say by its SKU which one is meant", in.Handle, len(only))
	case l.SKU != "" && only[0].SKU != "":
		return 0, fmt.Sprintf("the product %.80q has the SKU %.80q, not %.80q", in.Handle, only[0].SKU, l.SKU)
	}
	return 0, ""
}

// Apply changes what the listing says of the product's variant at place. It returns the reason why it cannot, in words for
// the merchant, and then leaves the product as it is. It keeps no memory in common with what in held before.
func (l *Listing) Apply(in *ProductInput, place int) (refusal string) {
	changed := *in
	changed.Variants, changed.Media = slices.Clone(in.Variants), slices.Clone(in.Media)
	if refusal = l.change(&changed, &changed.Variants[place]); refusal == "" {
		*in = changed
	}
	return refusal
}

func (l *Listing) change(in *ProductInput, v *VariantInput) (refusal string) {
	if l.SKU != "" {
		v.SKU = l.SKU
	}
	if l.PriceMinor != nil {
		v.PriceMinor = *l.PriceMinor
	}
	if l.CompareAtMinor != nil {
		if *l.CompareAtMinor < v.PriceMinor {
			return "the price is higher than the price before the reduction"
		}
		v.CompareAtMinor = nil
		if *l.CompareAtMinor > v.PriceMinor {
			v.CompareAtMinor = l.CompareAtMinor
		}
	}
	if l.Quantity != nil {
		v.InventoryQuantity, v.InventoryTracked, v.KeepQuantity = *l.Quantity, true, false
	}
	if l.Category != "" {
		in.ProductType = l.Category
	}
	if l.ImageURL != "" && !slices.ContainsFunc(in.Media, func(m MediaInput) bool { return m.URL == l.ImageURL }) {
		in.Media = append(in.Media, MediaInput{URL: l.ImageURL})
	}
	return strings.Join(in.Validate(), "; ")
}

// ListingOutcome says what became of one listing.
type ListingOutcome struct {
	// Outcome is what the listing did to its product, 0 when it was refused.
	Outcome UpsertOutcome
	// Refusal says why it was refused, in words for the merchant.
	Refusal string
}

// ListingWriter brings price lists into a store's catalogue. Each call is one transaction. A listing that is refused keeps none
// of the others back.
type ListingWriter interface {
	// UpsertListings finds the product of each listing by its SKU, else by its handle, and changes or creates it.
	UpsertListings(ctx context.Context, store *Store, in []Listing) ([]ListingOutcome, error)
	// CompareListings tells what UpsertListings would do, and writes nothing.
	CompareListings(ctx context.Context, store *Store, in []Listing) ([]ListingOutcome, error)
}
