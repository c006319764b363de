package commerce

import (
	"cmp"
	"slices"
	"strconv"
)

// VariantChange is what to change of a variant. What is nil stays as it is.
type VariantChange struct {
	ID             VariantID
	OptionValues   []SelectedOption
	Price          *DecimalText
	CompareAtPrice *DecimalText // empty for none
	SKU, Barcode   *string
	Weight         *float64 // 0 when it is not known
	WeightUnit     *WeightUnit
	Quantity       *int
	Tracked        *bool
	Policy         *InventoryPolicy
	Shipping       *bool
	Taxable        *bool
	MediaID        *MediaID
	MediaURL       *string // empty for none
}

// apply changes the variant of a product whose options and pictures stand. Refused fields are those of the variant.
func (c *VariantChange) apply(r *Refusals, currency Currency, p *ProductInput, v *VariantInput) {
	c.choose(r, p, v)
	v.PriceMinor = amount(r, "price", c.Price, currency, v.PriceMinor)
	switch {
	case c.CompareAtPrice == nil:
	case *c.CompareAtPrice == "":
		v.CompareAtMinor = nil
	default:
		v.CompareAtMinor = new(amount(r, "compareAtPrice", c.CompareAtPrice, currency, 0))
	}
	assign(&v.SKU, c.SKU)
	assign(&v.Barcode, c.Barcode)
	assign(&v.WeightUnit, c.WeightUnit)
	if c.Weight != nil {
		v.WeightGrams = *c.Weight * v.WeightUnit.GramsPer()
	}
	if c.Quantity != nil {
		v.InventoryQuantity, v.KeepQuantity = *c.Quantity, false
	}
	assign(&v.InventoryTracked, c.Tracked)
	assign(&v.InventoryPolicy, c.Policy)
	assign(&v.RequiresShipping, c.Shipping)
	assign(&v.Taxable, c.Taxable)
	c.picture(r, p, v)
}

// amount reads a price, and notes what is wrong with it.
func amount(r *Refusals, field string, given *DecimalText, currency Currency, otherwise int64) int64 {
	if given == nil {
		return otherwise
	}
	minor, err := given.Minor(currency)
	if err != nil {
		r.note(RefusalInvalid, field, "The amount %s.", err)
	}
	return minor
}

// choose takes the values over that are given for options of the product.
func (c *VariantChange) choose(r *Refusals, p *ProductInput, v *VariantInput) {
	given := make([]bool, len(p.Options))
	for j, o := range c.OptionValues {
		var own Refusals
		i := slices.IndexFunc(p.Options, func(name string) bool { return OptionKey(name) == OptionKey(o.Name) })
		switch {
		case i < 0:
			own.note(RefusalNotFound, "optionName", "The product has no option %.80q.", o.Name)
		case given[i]:
			own.note(RefusalDuplicate, "optionName", "The option %.80q is given twice.", o.Name)
		default:
			own.addIf(OptionKey(o.Value) == "", RefusalBlank, "name", "The option %.80q needs a value.", o.Name)
			given[i], v.Options[i] = true, o.Value
		}
		r.element("optionValues", j, own)
	}
}

// picture takes over which of the product's pictures shows the variant.
func (c *VariantChange) picture(r *Refusals, p *ProductInput, v *VariantInput) {
	assign(&v.ImageURL, c.MediaURL)
	if c.MediaID == nil {
		return
	}
	i := slices.IndexFunc(p.Media, func(m MediaInput) bool { return m.ID == *c.MediaID })
	if i < 0 {
		r.note(RefusalNotFound, "mediaId", "The product has no such picture.")
		return
	}
	v.ImageURL = p.Media[i].URL
}

// VariantsChange changes variants of one product.
type VariantsChange struct {
	Currency Currency
	Variants []VariantChange
}

// Apply changes the variants.
func (c *VariantsChange) Apply(p *ProductInput) Refusals {
	var r Refusals
	places := make(map[VariantID]int, len(p.Variants))
	for i, v := range p.Variants {
		places[v.ID] = i
	}
	r.addIf(len(c.Variants) > MaxVariants, RefusalTooMany, "variants", "More than %d variants.", MaxVariants)
	seen := make(map[VariantID]bool, len(c.Variants))
	for k := range c.Variants[:min(len(c.Variants), MaxVariants)] {
		change := &c.Variants[k]
		var own Refusals
		i, exists := places[change.ID]
		switch {
		case !exists:
			own.note(RefusalNotFound, "id", "The product has no such variant.")
		case seen[change.ID]:
			own.note(RefusalDuplicate, "id", "The variant is given twice.")
		default:
			change.apply(&own, c.Currency, p, &p.Variants[i])
		}
		seen[change.ID] = true
		r.element("variants", k, own)
	}
	return placed(r)
}

// Place names the fields as productVariantsBulkUpdate does, which numbers variants in its own order.
func (c *VariantsChange) Place(p *ProductInput, field []string) []string {
	i, rest, ok := elementOf("variants", field)
	if !ok || i >= len(p.Variants) {
		return underInput(productID(field))
	}
	k := slices.IndexFunc(c.Variants, func(v VariantChange) bool { return v.ID == p.Variants[i].ID })
	if k < 0 { // a variant that was not changed is in the way of one that was
		return []string{"input", "variants"}
	}
	return underInput(slices.Concat([]string{"variants", strconv.Itoa(k)}, rest))
}

// OptionRenaming gives an option of a product another name, and its values.
type OptionRenaming struct {
	Option OptionID
	Name   *string
	Values []ValueRenaming
}

// ValueRenaming gives a value of an option another name.
type ValueRenaming struct{ From, To string }

// Apply renames the option, and its values in all variants.
func (c *OptionRenaming) Apply(p *ProductInput) Refusals {
	var r Refusals
	i := slices.Index(p.OptionIDs, c.Option)
	if i < 0 {
		r.note(RefusalNotFound, "optionId", "The product has no such option.")
		return placed(r)
	}
	assign(&p.Options[i], c.Name)
	keys, has := make([]string, len(p.Variants)), make(map[string]bool, len(p.Variants))
	for k := range p.Variants {
		keys[k] = OptionKey(p.Variants[k].Options[i])
		has[keys[k]] = true
	}
	names := make(map[string]string, len(c.Values))
	for k, value := range c.Values {
		key := OptionKey(value.From)
		_, twice := names[key]
		var own Refusals
		own.addIf(!has[key], RefusalNotFound, "from", "The option has no value %.80q.", value.From)
		own.addIf(twice, RefusalDuplicate, "from", "The value %.80q is given twice.", value.From)
		own.addIf(OptionKey(value.To) == "", RefusalBlank, "to", "A value needs a name.")
		r.element("values", k, own)
		names[key] = value.To
	}
	for k := range p.Variants {
		v := &p.Variants[k]
		v.Options[i] = cmp.Or(names[keys[k]], v.Options[i])
	}
	return placed(r)
}

// Place names the fields as productOptionUpdate does.
func (c *OptionRenaming) Place(_ *ProductInput, field []string) []string {
	if _, _, ok := elementOf("productOptions", field); ok {
		return []string{"input", "name"}
	}
	if _, _, ok := elementOf("variants", field); ok {
		return []string{"input", "values"}
	}
	return underInput(productID(field))
}

// productID is what mutations of parts of a product call its id.
func productID(field []string) []string {
	if slices.Equal(field, []string{"id"}) {
		return []string{"productId"}
	}
	return field
}
