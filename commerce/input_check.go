package commerce

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// problems collects what is wrong with an input, in words for the merchant.
type problems []string

func (p *problems) report(bad bool, format string, args ...any) {
	if bad {
		*p = append(*p, fmt.Sprintf(format, args...))
	}
}

// text reports a text that is too long or that Postgres cannot keep.
func (p *problems) text(what, text string, maxBytes int) {
	p.report(len(text) > maxBytes, "the %s is longer than %d bytes", what, maxBytes)
	p.report(!storable(text), "the %s %.80q is not UTF-8 text without zero bytes", what, text)
}

// storable reports whether a database can keep the text.
func storable(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}

// Validate reports everything that keeps the input from becoming a product, in words for the merchant. What passes can be
// stored as it is.
func (in *ProductInput) Validate() []string {
	var p problems
	in.checkTexts(&p)
	p.report(in.Status != ProductActive && in.Status != ProductDraft && in.Status != ProductArchived,
		"%.40q is no status: use ACTIVE, DRAFT or ARCHIVED", in.Status)
	p.report(len(in.Tags) > MaxTags, "more than %d tags", MaxTags)
	p.report(len(in.Options) > MaxOptions, "more than %d options", MaxOptions)
	p.report(len(in.Variants) == 0, "the product has no variant")
	p.report(len(in.Variants) > MaxVariants, "more than %d variants", MaxVariants)
	p.report(len(in.Media) > MaxMedia, "more than %d pictures", MaxMedia)
	p.report(len(in.Collections) > MaxCollections, "more than %d collections", MaxCollections)
	in.checkOptions(&p)
	in.checkVariants(&p, in.checkMedia(&p))
	return p
}

func (in *ProductInput) checkTexts(p *problems) {
	p.report(!linkable(in.Handle), "the handle %.80q is not usable in a link", in.Handle)
	p.text("handle", in.Handle, MaxHandle)
	p.report(in.Title == "", "the product has no title")
	p.text("title", in.Title, MaxTitle)
	p.text("description", in.DescriptionHTML, MaxHTML)
	p.text("vendor", in.Vendor, MaxLabel)
	p.text("product type", in.ProductType, MaxLabel)
	p.text("SEO title", in.SEOTitle, MaxLine)
	p.text("SEO description", in.SEODescription, MaxLine)
	for _, tag := range in.Tags {
		p.text("tag", tag, MaxLabel)
	}
	for _, title := range in.Collections {
		p.text("collection title", title, MaxTitle)
		p.report(Slug(title) == "", "the collection title %.80q has no letter or digit to make a handle from", title)
	}
}

// linkable reports whether a handle can stand in a link as it is, as the last part of a path.
func linkable(handle string) bool {
	return handle != "" && handle != "." && handle != ".." && !strings.ContainsFunc(handle, func(r rune) bool {
		return strings.ContainsRune("/?#", r) || unicode.IsSpace(r) || unicode.IsControl(r)
	})
}

// checkMedia returns the addresses of the pictures.
func (in *ProductInput) checkMedia(p *problems) map[string]bool {
	urls := make(map[string]bool, len(in.Media))
	for _, m := range in.Media {
		p.report(m.URL == "", "a picture has no address")
		p.report(urls[m.URL], "the picture %.80q is given twice", m.URL)
		p.text("picture address", m.URL, MaxURL)
		p.text("alternative text of a picture", m.Alt, MaxLine)
		urls[m.URL] = true
	}
	return urls
}

func (in *ProductInput) checkOptions(p *problems) {
	seen := make(map[string]bool, len(in.Options))
	for _, name := range in.Options {
		p.text("option name", name, MaxOptionText)
		key := OptionKey(name)
		p.report(key == "" || seen[key], "the option name %.80q is empty or given twice", name)
		seen[key] = true
	}
}

// checkVariants checks each variant, that it has one value for each option, and that no two are the same choice.
func (in *ProductInput) checkVariants(p *problems, pictures map[string]bool) {
	combos := make(map[string]bool, len(in.Variants))
	whole := len(in.Media) <= MaxMedia // else who filled the list may have stopped before the variant's picture
	for i := range in.Variants {
		v := &in.Variants[i]
		var own problems
		v.check(&own)
		own.report(whole && v.ImageURL != "" && !pictures[v.ImageURL], "its picture %.80q is none of the product's", v.ImageURL)
		for _, problem := range own {
			p.report(true, "variant %d: %s", i+1, problem)
		}
		if len(v.Options) != len(in.Options) {
			p.report(true, "a variant has %d option values, the product %d options", len(v.Options), len(in.Options))
			continue
		}
		combo := v.OptionKey()
		p.report(combos[combo], "two variants are both %.80q", strings.Join(v.Options, " / "))
		combos[combo] = true
	}
}

func (v *VariantInput) check(p *problems) {
	for _, value := range v.Options {
		p.text("option value", value, MaxOptionText)
	}
	p.text("SKU", v.SKU, MaxSKU)
	p.text("barcode", v.Barcode, MaxLabel)
	p.report(!isPrice(v.PriceMinor), "the price is below zero or too large")
	p.report(v.CompareAtMinor != nil && !isPrice(*v.CompareAtMinor), "the price before the reduction is below zero or too large")
	p.report(v.InventoryQuantity < math.MinInt32 || v.InventoryQuantity > math.MaxInt32, "the quantity is beyond two billion")
	p.report(math.IsNaN(v.WeightGrams) || math.IsInf(v.WeightGrams, 0) || v.WeightGrams < 0, "the weight is below zero or no number")
	p.report(!v.WeightUnit.valid(), "%.40q is no unit of weight: use GRAMS, KILOGRAMS, OUNCES or POUNDS", v.WeightUnit)
	p.report(v.InventoryPolicy != InventoryDeny && v.InventoryPolicy != InventoryContinue,
		"%.40q is no inventory policy: use DENY or CONTINUE", v.InventoryPolicy)
}

func isPrice(minor int64) bool { return minor >= 0 && minor <= maxMinor }
