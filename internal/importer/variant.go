package importer

import (
	"slices"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// optionColumn is the columns of one option.
type optionColumn struct{ name, value column }

func optionColumns() [commerce.MaxOptions]optionColumn {
	return [...]optionColumn{
		{colOption1Name, colOption1Value}, {colOption2Name, colOption2Value}, {colOption3Name, colOption3Value},
	}
}

// options reads the names of the options. A product without any gets the one that stands for none.
func (d *draft) options() {
	for i, c := range optionColumns() {
		name := d.text(c.name, commerce.Characters(commerce.MaxOptionText))
		switch {
		case name == "":
			continue
		case i > len(d.in.Options):
			d.reject(c.name, "option %d has a name, but an option before it has none", i+1)
		case slices.ContainsFunc(d.in.Options, func(o string) bool { return commerce.OptionKey(o) == commerce.OptionKey(name) }):
			d.reject(c.name, "two options are called %q", name)
		}
		d.in.Options = append(d.in.Options, name)
	}
	if d.plain = len(d.in.Options) == 0; d.plain {
		d.in.Options = []string{commerce.DefaultOptionName}
	}
}

// hasVariant reports whether a further row is a variant and not just a picture. Cells that only repeat settings do not
// make one.
func (d *draft) hasVariant() bool {
	for _, c := range [...]column{
		colOption1Value, colOption2Value, colOption3Value, colPrice, colSKU, colBarcode,
		colQuantity, colCompareAt, colGrams, colVariantImage,
	} {
		if d.r.cell(c) != "" {
			return true
		}
	}
	return false
}

// addVariant takes the variant of the current row. Beyond the bound rows are passed over, so that memory stays bounded too.
func (d *draft) addVariant() {
	if d.crowded {
		return
	}
	if d.crowded = len(d.in.Variants) == commerce.MaxVariants; d.crowded {
		d.reject(colOption1Value, "more than %d variants", commerce.MaxVariants)
		return
	}
	v := commerce.VariantInput{
		Options:           d.optionValues(),
		SKU:               d.text(colSKU, commerce.Characters(commerce.MaxSKU)),
		Barcode:           d.text(colBarcode, commerce.Characters(maxLabel)),
		PriceMinor:        d.price(),
		CompareAtMinor:    d.compareAt(),
		InventoryQuantity: d.quantity(),
		InventoryTracked:  d.r.cell(colTracker) != "",
		InventoryPolicy:   d.policy(),
		WeightGrams:       d.grams(),
		WeightUnit:        d.weightUnit(),
		RequiresShipping:  d.yes(colRequiresShipping, true),
		Taxable:           d.yes(colTaxable, true),
		ImageURL:          d.pictureURL(colVariantImage),
		Metafields:        d.metafields(true),
	}
	key := v.OptionKey()
	if before, ok := d.combos[key]; ok {
		d.reject(colOption1Value, "the variant %q is on line %d already", strings.Join(v.Options, " / "), before)
	} else {
		d.combos[key] = d.r.line(colHandle)
	}
	d.in.Variants = append(d.in.Variants, v)
}

// optionValues reads one value for each option, and refuses values without an option and other names than the product's.
func (d *draft) optionValues() []string {
	values := make([]string, 0, len(d.in.Options))
	for i, c := range optionColumns() {
		name, value := d.r.cell(c.name), d.text(c.value, commerce.Characters(commerce.MaxOptionText))
		switch {
		case d.plain && i == 0 && name == "" && (value == "" || strings.EqualFold(value, commerce.DefaultOptionValue)):
			value = commerce.DefaultOptionValue
		case d.plain || i >= len(d.in.Options):
			if name != "" || value != "" {
				d.reject(c.value, "the first row of the product has no name for option %d", i+1)
			}
			continue
		case name != "" && commerce.OptionKey(name) != commerce.OptionKey(d.in.Options[i]):
			d.reject(c.name, "option %d is called %.40q here and %q on the first row of the product", i+1, name, d.in.Options[i])
		case value == "":
			d.reject(c.value, "the variant has no value for option %q", d.in.Options[i])
		}
		values = append(values, value)
	}
	return values
}
