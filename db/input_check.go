package db

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// maxIndexed bounds the texts that an index holds whole, in bytes. Postgres gives up at about 2,700.
const maxIndexed = 1024

// checkInputs refuses a batch that has a product which could not be stored as it is, before anything is written: a whole
// batch must not fail in the middle, nor come back next time as changed. Code BAD_USER_INPUT.
func checkInputs(in []commerce.ProductInput) error {
	seen := make(map[string]bool, len(in))
	for i := range in {
		var problem string
		switch problems := in[i].Validate(); {
		case len(problems) > 0:
			problem = strings.Join(problems, "; ")
		case seen[in[i].Handle]:
			problem = "the handle is given twice"
		default:
			problem = productProblem(&in[i])
		}
		if problem != "" {
			return commerce.BadInput("products", "product %d, %.80q: %s.", i+1, in[i].Handle, problem)
		}
		seen[in[i].Handle] = true
	}
	return nil
}

// productProblem is the first thing that Validate lets through and the tables do not, empty when there is none.
func productProblem(in *commerce.ProductInput) string {
	texts := []string{in.Handle, in.Title, in.DescriptionHTML, in.Vendor, in.ProductType, in.SEOTitle, in.SEODescription}
	texts = append(append(append(texts, in.Tags...), in.Options...), in.Collections...)
	urls := make(map[string]bool, len(in.Media))
	for _, m := range in.Media {
		texts = append(texts, m.URL, m.Alt)
		if urls[m.URL] {
			return fmt.Sprintf("the picture %.80q is given twice", m.URL)
		}
		urls[m.URL] = true
	}
	for i := range in.Variants {
		v := &in.Variants[i]
		texts = append(append(texts, v.SKU, v.Barcode), v.Options...)
		if problem := variantProblem(v, urls); problem != "" {
			return fmt.Sprintf("variant %d: %s", i+1, problem)
		}
	}
	for _, title := range in.Collections {
		if commerce.Slug(title) == "" || len(title) > commerce.MaxTitle {
			return fmt.Sprintf("the collection %.80q has no letter or digit, or more than %d bytes", title, commerce.MaxTitle)
		}
	}
	switch {
	case slices.ContainsFunc(texts, func(s string) bool { return !storable(s) }):
		return "a text is not UTF-8 or has a zero byte"
	case in.Status != commerce.ProductActive && in.Status != commerce.ProductDraft && in.Status != commerce.ProductArchived:
		return fmt.Sprintf("%q is no status", in.Status)
	case len(in.Vendor) > maxIndexed || len(in.ProductType) > maxIndexed:
		return fmt.Sprintf("the vendor or the type is longer than %d bytes", maxIndexed)
	}
	return ""
}

func variantProblem(v *commerce.VariantInput, pictures map[string]bool) string {
	switch {
	case v.PriceMinor < 0 || v.CompareAtMinor != nil && *v.CompareAtMinor < 0:
		return "a price is below zero"
	case v.InventoryQuantity < math.MinInt32 || v.InventoryQuantity > math.MaxInt32:
		return "the quantity is beyond two billion"
	case !(v.WeightGrams >= 0) || math.IsInf(v.WeightGrams, 0):
		return "the weight is no number or below zero"
	case v.InventoryPolicy != commerce.InventoryDeny && v.InventoryPolicy != commerce.InventoryContinue:
		return fmt.Sprintf("%q is no inventory policy", v.InventoryPolicy)
	case !slices.Contains([]commerce.WeightUnit{commerce.WeightGrams, commerce.WeightKilograms, commerce.WeightOunces, commerce.WeightPounds}, v.WeightUnit):
		return fmt.Sprintf("%q is no unit of weight", v.WeightUnit)
	case len(v.SKU) > commerce.MaxSKU:
		return fmt.Sprintf("the SKU is longer than %d bytes", commerce.MaxSKU)
	case v.ImageURL != "" && !pictures[v.ImageURL]:
		return fmt.Sprintf("its picture %.80q is none of the product's", v.ImageURL)
	}
	return ""
}
