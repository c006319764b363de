package commerce

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// note adds a reason about a field, whose parts have points between them.
func (r *Refusals) note(code RefusalCode, field, format string, args ...any) {
	var path []any
	for part := range strings.FieldsFuncSeq(field, func(c rune) bool { return c == '.' }) {
		path = append(path, part)
	}
	r.Add(code, path, format, args...)
}

// addIf notes a reason if something is bad. Its arguments go to the heap even when nothing is, unless they are constants: a check of
// every value in a file that says more calls note.
func (r *Refusals) addIf(bad bool, code RefusalCode, field, format string, args ...any) {
	if bad {
		r.note(code, field, format, args...)
	}
}

// text notes that a text is too long or that Postgres cannot keep it.
func (r *Refusals) text(field, what, text string, most TextSize) {
	if most.Exceeded(text) {
		r.note(RefusalTooLong, field, "The %s is longer than %s.", what, most)
	}
	if !storable(text) {
		r.note(RefusalInvalid, field, "The %s %.80q is not UTF-8 text without zero bytes.", what, text)
	}
}

// element notes what is wrong with the element i of a list; own are reasons with fields of the element.
func (r *Refusals) element(list string, i int, own Refusals) {
	for _, one := range own {
		one.Field = slices.Concat([]string{list, strconv.Itoa(i)}, one.Field)
		*r = append(*r, one)
	}
}

// storable reports whether a database can keep the text.
func storable(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}

// Check reports everything that keeps the input from becoming a product, with the fields that a merchant fills in. What passes
// can be stored as it is.
func (in *ProductInput) Check() Refusals {
	var r Refusals
	in.checkTexts(&r)
	if in.Status != ProductActive && in.Status != ProductDraft && in.Status != ProductArchived {
		r.note(RefusalInvalid, "status", "%.40q is no status: use ACTIVE, DRAFT or ARCHIVED.", in.Status)
	}
	if !in.checkCounts(&r) {
		return r
	}
	checkMetafields(&r, in.Metafields)
	in.checkOptions(&r)
	in.checkVariants(&r, in.checkMedia(&r))
	return r
}

// Validate is Check in words alone, for a report on a file.
func (in *ProductInput) Validate() []string {
	refusals := in.Check()
	problems := make([]string, len(refusals))
	for i, one := range refusals {
		problems[i] = one.problem()
	}
	return problems
}

// problem is the message as a part of a sentence, with the number of the variant that it is about.
func (r *Refusal) problem() string {
	text := strings.TrimSuffix(r.Message, ".")
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToLower(first)) + text[size:]
	if len(r.Field) > 2 && r.Field[0] == "variants" {
		i, _ := strconv.Atoi(r.Field[1])
		return "variant " + strconv.Itoa(i+1) + ": " + text
	}
	return text
}

// checkCounts reports lists that are too long, and whether the product is worth a closer look: who filled a list that is too
// long may have stopped in the middle.
func (in *ProductInput) checkCounts(r *Refusals) bool {
	before := len(*r)
	r.addIf(len(in.Options) > MaxOptions, RefusalTooMany, "productOptions", "More than %d options.", MaxOptions)
	r.addIf(len(in.Variants) > MaxVariants, RefusalTooMany, "variants", "More than %d variants.", MaxVariants)
	r.addIf(len(in.Media) > MaxMedia, RefusalTooMany, "media", "More than %d pictures.", MaxMedia)
	whole := len(*r) == before
	r.addIf(len(in.Variants) == 0, RefusalBlank, "variants", "The product has no variant.")
	r.addIf(len(in.Tags) > MaxTags, RefusalTooMany, "tags", "More than %d tags.", MaxTags)
	r.addIf(len(in.Collections) > MaxCollections, RefusalTooMany, "collections", "More than %d collections.", MaxCollections)
	return whole
}

func (in *ProductInput) checkTexts(r *Refusals) {
	if !linkable(in.Handle) {
		r.note(RefusalInvalid, "handle", "The handle %.80q is not usable in a link.", in.Handle)
	}
	r.text("handle", "handle", in.Handle, Bytes(MaxHandle))
	r.addIf(strings.TrimSpace(in.Title) == "", RefusalBlank, "title", "The product has no title.")
	r.text("title", "title", in.Title, Characters(MaxTitle))
	r.text("descriptionHtml", "description", in.DescriptionHTML, Bytes(MaxHTML))
	r.text("vendor", "vendor", in.Vendor, Characters(MaxLabel))
	r.text("productType", "product type", in.ProductType, Characters(MaxLabel))
	r.text("seo.title", "SEO title", in.SEOTitle, Characters(MaxLine))
	r.text("seo.description", "SEO description", in.SEODescription, Characters(MaxLine))
	for i, tag := range in.Tags {
		var own Refusals
		own.text("", "tag", tag, Characters(MaxLabel))
		r.element("tags", i, own)
	}
	for i, title := range in.Collections {
		var own Refusals
		own.text("", "collection title", title, Characters(MaxTitle))
		if Slug(title) == "" {
			own.note(RefusalInvalid, "", "The collection title %.80q has no letter or digit to make a handle from.", title)
		}
		r.element("collections", i, own)
	}
}

// linkable reports whether a handle can stand in a link as it is, as the last part of a path.
func linkable(handle string) bool {
	return handle != "" && handle != "." && handle != ".." && !strings.ContainsFunc(handle, func(r rune) bool {
		return strings.ContainsRune("/?#", r) || unicode.IsSpace(r) || unicode.IsControl(r)
	})
}

// checkMedia returns the addresses of the pictures.
func (in *ProductInput) checkMedia(r *Refusals) map[string]bool {
	urls := make(map[string]bool, len(in.Media))
	for i := range in.Media {
		m := &in.Media[i]
		var own Refusals
		m.check(&own)
		if urls[m.URL] {
			own.note(RefusalDuplicate, "url", "The picture %.80q is given twice.", m.URL)
		}
		r.element("media", i, own)
		urls[m.URL] = true
	}
	return urls
}

func (m *MediaInput) check(r *Refusals) {
	switch {
	case m.URL == "":
		r.note(RefusalBlank, "url", "A picture has no address.")
	case m.ID == 0 && len(m.URL) <= MaxURL && storable(m.URL) && !PublicURL(m.URL): // what is stored already must not keep the rest from changing
		r.note(RefusalInvalid, "url", "%.80q is no public address of a picture: write https://… or a path such as /pictures/rice.svg.", m.URL)
	}
	r.text("url", "picture address", m.URL, Bytes(MaxURL))
	r.text("alt", "alternative text of a picture", m.Alt, Characters(MaxLine))
	r.addIf(m.Width < 0 || m.Width > maxPixels, RefusalInvalid, "width", "The width of a picture is beyond %d pixels or below zero.", maxPixels)
	r.addIf(m.Height < 0 || m.Height > maxPixels, RefusalInvalid, "height", "The height of a picture is beyond %d pixels or below zero.", maxPixels)
}

func (in *ProductInput) checkOptions(r *Refusals) {
	seen := make(map[string]bool, len(in.Options))
	for i, name := range in.Options {
		var own Refusals
		own.text("name", "option name", name, Characters(MaxOptionText))
		key := OptionKey(name)
		own.addIf(key == "", RefusalBlank, "name", "An option has no name.")
		if key != "" && seen[key] {
			own.note(RefusalDuplicate, "name", "The option name %.80q is given twice.", name)
		}
		r.element("productOptions", i, own)
		seen[key] = true
	}
}

// checkVariants checks each variant, that it has one value for each option, and that no two are the same choice.
func (in *ProductInput) checkVariants(r *Refusals, pictures map[string]bool) {
	combos := make(map[string]bool, len(in.Variants))
	for i := range in.Variants {
		v := &in.Variants[i]
		var own Refusals
		v.check(&own)
		if v.ImageURL != "" && !pictures[v.ImageURL] {
			own.note(RefusalNotFound, "mediaUrl", "Its picture %.80q is none of the product's.", v.ImageURL)
		}
		combo := v.OptionKey()
		switch {
		case len(v.Options) != len(in.Options):
			own.note(RefusalInvalid, "optionValues", "It has %d option values, the product %d options.", len(v.Options), len(in.Options))
		case combos[combo]:
			own.note(RefusalDuplicate, "optionValues", "It is the same choice as another variant, %.80q.", strings.Join(v.Options, " / "))
		default:
			combos[combo] = true
		}
		r.element("variants", i, own)
	}
}

func (v *VariantInput) check(r *Refusals) {
	checkMetafields(r, v.Metafields)
	for _, value := range v.Options {
		r.text("optionValues", "option value", value, Characters(MaxOptionText))
	}
	r.text("sku", "SKU", v.SKU, Characters(MaxSKU))
	r.text("barcode", "barcode", v.Barcode, Characters(MaxLabel))
	r.addIf(!isPrice(v.PriceMinor), RefusalInvalid, "price", "The price is below zero or too large.")
	r.addIf(v.CompareAtMinor != nil && !isPrice(*v.CompareAtMinor), RefusalInvalid, "compareAtPrice", "The price before the reduction is below zero or too large.")
	r.addIf(v.InventoryQuantity < math.MinInt32 || v.InventoryQuantity > math.MaxInt32, RefusalInvalid, "inventoryQuantity", "The quantity is beyond two billion.")
	r.addIf(math.IsNaN(v.WeightGrams) || math.IsInf(v.WeightGrams, 0) || v.WeightGrams < 0, RefusalInvalid, "weight", "The weight is below zero or no number.")
	if !v.WeightUnit.valid() {
		r.note(RefusalInvalid, "weightUnit", "%.40q is no unit of weight: use GRAMS, KILOGRAMS, OUNCES or POUNDS.", v.WeightUnit)
	}
	if v.InventoryPolicy != InventoryDeny && v.InventoryPolicy != InventoryContinue {
		r.note(RefusalInvalid, "inventoryPolicy", "%.40q is no inventory policy: use DENY or CONTINUE.", v.InventoryPolicy)
	}
}

func isPrice(minor int64) bool { return minor >= 0 && minor <= maxMinor }
