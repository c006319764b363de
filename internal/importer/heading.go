package importer

import (
	"slices"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// headingPhrases are what people write above the columns of a price list, as commerce.Slug writes them, the surest first.
func headingPhrases() [fieldCount][]string {
	return [fieldCount][]string{
		FieldName: {
			"name", "item-name", "product-name", "item", "product", "items", "products", "title", "particulars", "article", "goods",
			"description", "नाम", "सामान", "वस्तु", "उत्पाद", "आइटम", "विवरण",
		},
		FieldPrice: {
			"selling-price", "sale-price", "our-price", "price", "rate", "rates", "sp", "कीमत", "क़ीमत", "मूल्य", "दाम", "भाव", "दर", "रेट",
		},
		FieldMRP: {
			"mrp", "m-r-p", "max-retail-price", "maximum-retail-price", "compare-at-price", "list-price", "regular-price", "old-price",
			"market-price", "एमआरपी",
		},
		FieldSKU: {"sku", "item-code", "product-code", "item-no", "article-no", "code", "कोड"},
		FieldQuantity: {
			"quantity", "qty", "stock", "inventory", "in-stock", "available", "pcs", "pieces", "nos", "मात्रा", "स्टॉक", "संख्या", "नग",
		},
		FieldCategory: {"category", "type", "group", "department", "section", "collection", "श्रेणी", "वर्ग", "प्रकार", "विभाग"},
		FieldImage:    {"image", "picture", "photo", "img", "image-url", "image-link", "फोटो", "फ़ोटो", "चित्र", "तस्वीर"},
	}
}

// otherHeadings are words that make a heading mean something which a price list for buyers does not say: what the merchant
// pays, taxes, numbers of rows.
func otherHeadings() []string {
	return []string{
		"cost", "purchase", "buying", "wholesale", "dealer", "landing", "tax", "gst", "hsn", "discount", "margin", "barcode", "ean",
		"serial", "sr", "sl", "total", "लागत", "थोक", "क्रम", "छूट", "कुल",
	}
}

// headingField returns what a heading says, and how sure that is: the lower, the surer. What stands behind "per" or a
// bracket is a unit.
func headingField(heading string) (f Field, rank int, known bool) {
	heading, _, _ = strings.Cut(heading, "(")
	heading, _, _ = strings.Cut(heading, "/")
	phrase := commerce.Slug(heading)
	phrase, _, _ = strings.Cut(phrase, "-per-")
	words := strings.Split(phrase, "-")
	if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(otherHeadings(), w) }) {
		return 0, 0, false
	}
	if last := len(words) - 1; last > 0 && words[last] == "name" { // "Category Name" is a category
		if f, rank, known = knownPhrase(words[:last]); known && f != FieldName {
			return f, rank, true
		}
	}
	return knownPhrase(words)
}

// knownPhrase looks the words up: all of them, then the last ones, for those of "Product Category" say what it is, then the
// first ones, for those of "Rate Rs" do.
func knownPhrase(words []string) (f Field, rank int, known bool) {
	phrases := headingPhrases()
	for i := range 2*len(words) - 1 {
		part := words[min(i, len(words)-1):]
		if i >= len(words) {
			part = words[:2*len(words)-1-i]
		}
		for f := range fieldCount {
			if rank := slices.Index(phrases[f], strings.Join(part, "-")); rank >= 0 {
				return f, rank + 100*i, true
			}
		}
	}
	return 0, 0, false
}
