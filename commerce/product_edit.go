package commerce

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// ProductEdit is one change of one product by a merchant.
type ProductEdit struct {
	// Action is the name of the mutation, for the audit log.
	Action string
	// ID is the product to change. When it is 0, Handle names the product, or a new one is made.
	ID     ProductID
	Handle string
	// Expected, when not nil, is the version that the merchant has seen: a product that was changed since is left alone.
	Expected *int
	// UniqueSKUs refuses a SKU of the product that another variant of the store has.
	UniqueSKUs bool
	Patch      ProductPatch
}

// ProductPatch is what a merchant wants of a product.
type ProductPatch interface {
	// Apply makes the product what it is to be. A new product comes as NewProduct. What the patch itself says wrong is refused, with
	// fields of the mutation's argument.
	Apply(p *ProductInput) Refusals
	// Place turns a field of the product, as ProductInput.Check names it, into the mutation's own.
	Place(p *ProductInput, field []string) []string
}

// ProductEditor changes products for merchants. Refusals come as errors; then nothing was written.
type ProductEditor interface {
	// EditProduct changes one product or makes it, and returns which.
	EditProduct(ctx context.Context, by Author, store *Store, e ProductEdit) (ProductRef, error)
	// DeleteProduct deletes a product with everything that belongs to it. Expected is as in ProductEdit.
	DeleteProduct(ctx context.Context, by Author, store *Store, id ProductID, expected *int) error
}

// NewProduct is what a product is before anybody says more.
func NewProduct() ProductInput { return ProductInput{Status: ProductActive, Published: true} }

// defaultVariant is what a variant is before anybody says more.
func defaultVariant() VariantInput {
	return VariantInput{
		KeepQuantity: true, InventoryPolicy: InventoryDeny, WeightUnit: WeightKilograms, RequiresShipping: true, Taxable: true,
	}
}

// Check applies the edit to the product as it stands, and reports everything that keeps the result from being stored. made says
// that the product's handle was made from its title, and may get a number where it is taken.
func (e *ProductEdit) Check(p *ProductInput) (made bool, r Refusals) {
	refusals := e.Patch.Apply(p)
	if made = p.Handle == ""; made {
		p.Handle = MadeHandle("product", p.Title)
	}
	found := p.Check()
	if e.UniqueSKUs {
		found = append(found, p.repeatedSKUs()...)
	}
	return made, append(refusals, e.Place(p, found)...)
}

// Place turns reasons about the product into reasons about the mutation's argument.
func (e *ProductEdit) Place(p *ProductInput, found Refusals) Refusals {
	for i := range found {
		found[i].Field = e.Patch.Place(p, found[i].Field)
	}
	return found
}

// Stale refuses a product that is at another version than the merchant expects: somebody changed it since they saw it.
func Stale(expected *int, version int) error {
	if expected == nil || *expected == version {
		return nil
	}
	return Refuse(RefusalStaleObject, []any{"input", "expectedVersion"},
		"The product is at version %d, not %d: it was changed since. Read it again, and decide anew.", version, *expected)
}

// repeatedSKUs reports SKUs that two variants of the product have.
func (in *ProductInput) repeatedSKUs() Refusals {
	var r Refusals
	seen := make(map[string]bool, len(in.Variants))
	for i, v := range in.Variants {
		if v.SKU != "" && seen[v.SKU] {
			r.Add(RefusalDuplicate, []any{"variants", i, "sku"}, "Two variants have the SKU %.80q.", v.SKU)
		}
		seen[v.SKU] = true
	}
	return r
}

// TakenSKUs reports the variants whose SKUs others have.
func (in *ProductInput) TakenSKUs(taken []string) Refusals {
	var r Refusals
	for i, v := range in.Variants {
		if slices.Contains(taken, v.SKU) {
			r.Add(RefusalDuplicate, []any{"variants", i, "sku"}, "Another product has a variant with the SKU %.80q.", v.SKU)
		}
	}
	return r
}

// MadeHandle is the handle that the title of a thing of some kind spells, short enough for a number behind it. A title without a
// letter or digit makes one of the kind and the title's sum: it is the same each time.
func MadeHandle(kind, title string) string {
	const room = len("-1234567")
	if handle := strings.TrimRight(cutBytes(Slug(title), MaxHandle-room), "-"); handle != "" {
		return handle
	}
	sum := fnv.New32a()
	_, _ = fmt.Fprint(sum, title) // a sum takes everything
	return kind + "-" + strconv.FormatUint(uint64(sum.Sum32()), 36)
}

// underInput puts the name of a mutation's only argument in front of a field.
func underInput(field []string) []string { return append([]string{"input"}, field...) }
