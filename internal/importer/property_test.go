package importer_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/markup"
)

// headings are the names of the columns in the older and the newer template.
func headings() [][2]string {
	return [][2]string{
		{"Handle", "URL handle"},
		{"Title", "Title"},
		{"Body (HTML)", "Description"},
		{"Vendor", "Vendor"},
		{"Type", "Type"},
		{"Tags", "Tags"},
		{"Published", "Published on online store"},
		{"Status", "Status"},
		{"Gift Card", "Gift card"},
		{"SEO Title", "SEO title"},
		{"SEO Description", "SEO description"},
		{"Collection", "Collection"},
		{"Option1 Name", "Option1 name"},
		{"Option1 Value", "Option1 value"},
		{"Option2 Name", "Option2 name"},
		{"Option2 Value", "Option2 value"},
		{"Option3 Name", "Option3 name"},
		{"Option3 Value", "Option3 value"},
		{"Variant SKU", "SKU"},
		{"Variant Barcode", "Barcode"},
		{"Variant Price", "Price"},
		{"Variant Compare At Price", "Compare-at price"},
		{"Variant Inventory Tracker", "Inventory tracker"},
		{"Variant Inventory Qty", "Inventory quantity"},
		{"Variant Inventory Policy", "Continue selling when out of stock"},
		{"Variant Grams", "Weight value (grams)"},
		{"Variant Weight Unit", "Weight unit for display"},
		{"Variant Requires Shipping", "Requires shipping"},
		{"Variant Taxable", "Charge tax"},
		{"Variant Image", "Variant image URL"},
		{"Image Src", "Product image URL"},
		{"Image Position", "Image position"},
		{"Image Alt Text", "Image alt text"},
		{"Cost per item", "Cost per item"},
		{"Google Shopping / MPN", "Something new"},
	}
}

// row is the cells of one row by their older headings.
type row map[string]string

// text draws trimmed text that may hold whatever CSV has to quote.
func text(t *rapid.T, label string, least, most int) string {
	runes := rapid.SampledFrom([]rune("abcXYZ019 ,\"\n\t'<>&;·€बासमती"))
	s := strings.TrimSpace(rapid.StringOfN(runes, least, most, -1).Draw(t, label))
	if s == "" && least > 0 {
		return "x"
	}
	return s
}

func product(t *rapid.T, handle string) commerce.ProductInput {
	p := commerce.ProductInput{
		Handle: handle, Title: text(t, "title", 1, 40), Vendor: text(t, "vendor", 0, 20), ProductType: text(t, "type", 0, 20),
		DescriptionHTML: markup.Clean(rapid.StringOfN(rapid.SampledFrom([]rune("<p> \n\"',ब/>")), 0, 100, -1).Draw(t, "description")),
		Status: rapid.SampledFrom([]commerce.ProductStatus{commerce.ProductActive, commerce.ProductDraft, commerce.ProductArchived}).
			Draw(t, "status"),
		Published: rapid.Bool().Draw(t, "published"), IsGiftCard: rapid.Bool().Draw(t, "gift"),
		SEOTitle: text(t, "seo title", 0, 20), SEODescription: text(t, "seo", 0, 40),
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "tags") {
		p.Tags = append(p.Tags, fmt.Sprint("tag ", i))
	}
	p.Metafields = metafields(t)
	for i := range rapid.IntRange(0, 3).Draw(t, "pictures") {
		p.Media = append(p.Media, commerce.MediaInput{
			URL: rapid.SampledFrom([]string{"/p/", "https://img.test/?a=b,c&", "http://img.test/"}).Draw(t, "url") + strconv.Itoa(i),
			Alt: text(t, "alt", 0, 20),
		})
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "collections") {
		p.Collections = append(p.Collections, fmt.Sprint("Collection, ", i))
	}
	options := rapid.IntRange(0, 3).Draw(t, "options")
	for i := range options {
		p.Options = append(p.Options, fmt.Sprintf("option%d %s", i, text(t, "option", 0, 10)))
		p.Options[i] = strings.TrimSpace(p.Options[i])
	}
	if options == 0 {
		p.Options = []string{commerce.DefaultOptionName}
		p.Variants = []commerce.VariantInput{variant(t, p, []string{commerce.DefaultOptionValue})}
		return p
	}
	for i := range rapid.IntRange(1, 5).Draw(t, "variants") {
		values := []string{fmt.Sprint("value ", i)}
		for range options - 1 {
			values = append(values, text(t, "value", 1, 10))
		}
		p.Variants = append(p.Variants, variant(t, p, values))
	}
	return p
}

func variant(t *rapid.T, p commerce.ProductInput, values []string) commerce.VariantInput {
	v := commerce.VariantInput{
		Options: values, SKU: text(t, "sku", 0, 20), Barcode: text(t, "barcode", 0, 13),
		PriceMinor:        rapid.Int64Range(0, 1e15).Draw(t, "price"),
		InventoryQuantity: rapid.IntRange(-1e9, 1e9).Draw(t, "quantity"), InventoryTracked: rapid.Bool().Draw(t, "tracked"),
		InventoryPolicy:  rapid.SampledFrom([]commerce.InventoryPolicy{commerce.InventoryDeny, commerce.InventoryContinue}).Draw(t, "policy"),
		WeightGrams:      rapid.Float64Range(0, 1e9).Draw(t, "grams"),
		WeightUnit:       rapid.SampledFrom(slices.Sorted(maps.Keys(units()))).Draw(t, "unit"),
		RequiresShipping: rapid.Bool().Draw(t, "shipping"), Taxable: rapid.Bool().Draw(t, "taxable"),
	}
	v.Metafields = metafields(t)
	if rapid.Bool().Draw(t, "reduced") {
		v.CompareAtMinor = new(rapid.Int64Range(0, 1e15).Draw(t, "compare at"))
	}
	if len(p.Media) > 0 && rapid.Bool().Draw(t, "pictured") {
		v.ImageURL = rapid.SampledFrom(p.Media).Draw(t, "picture").URL
	}
	return v
}

// metafields draws some with values in their canonical forms, by namespace and key.
func metafields(t *rapid.T) []commerce.MetafieldInput {
	values := map[commerce.MetafieldType][]string{
		commerce.MetafieldLine: {"a, b", ` "quoted" `, "चाय"}, commerce.MetafieldText: {"one\n\ntwo ", "<b>"}, commerce.MetafieldInteger: {"-7", "0"},
		commerce.MetafieldDecimal: {"1.5"}, commerce.MetafieldBoolean: {"true", "false"}, commerce.MetafieldDate: {"2026-11-27"},
		commerce.MetafieldJSON: {`{"a":[1,"x, y"]}`}, "list.single_line_text_field": {`["a","b, c"]`, "[]"}, "list.number_integer": {"[1,2]"},
		commerce.MetafieldProduct: {commerce.GlobalID{Kind: commerce.KindProduct, Store: 1, ID: 5}.String()},
	}
	var all []commerce.MetafieldInput
	for _, key := range []string{"Care", "season", "sizes"} {
		if rapid.IntRange(0, 2).Draw(t, "has "+key) == 0 {
			kind := rapid.SampledFrom(slices.Sorted(maps.Keys(values))).Draw(t, "type")
			all = append(all, commerce.MetafieldInput{
				Namespace: "custom", Key: key, Type: kind, Value: rapid.SampledFrom(values[kind]).Draw(t, "value"), Private: rapid.Bool().Draw(t, "private"),
			})
		}
	}
	return all
}

func units() map[commerce.WeightUnit]string {
	return map[commerce.WeightUnit]string{
		commerce.WeightGrams: "g", commerce.WeightKilograms: "kg", commerce.WeightOunces: "oz", commerce.WeightPounds: "lb",
	}
}

// rows writes a product the way an export does: variants, pictures and collections side by side, one of each a row.
func rows(p commerce.ProductInput) []row {
	all := make([]row, max(len(p.Variants), len(p.Media), len(p.Collections)))
	for i := range all {
		all[i] = row{"Handle": p.Handle}
		if i < len(p.Collections) {
			all[i]["Collection"] = p.Collections[i]
		}
		if i < len(p.Media) {
			all[i]["Image Src"], all[i]["Image Alt Text"], all[i]["Image Position"] = p.Media[i].URL, p.Media[i].Alt, strconv.Itoa(i+1)
		}
		if i < len(p.Variants) {
			maps.Copy(all[i], variantRow(p.Variants[i]))
		}
	}
	maps.Copy(all[0], row{
		"Title": p.Title, "Body (HTML)": p.DescriptionHTML, "Vendor": p.Vendor, "Type": p.ProductType,
		"Tags": strings.Join(p.Tags, " , "), "Published": strconv.FormatBool(p.Published), "Status": strings.ToLower(string(p.Status)),
		"Gift Card": strconv.FormatBool(p.IsGiftCard), "SEO Title": p.SEOTitle, "SEO Description": p.SEODescription,
	})
	for i, name := range p.Options {
		all[0][fmt.Sprintf("Option%d Name", i+1)] = name
	}
	return all
}

func variantRow(v commerce.VariantInput) row {
	r := row{
		"Variant SKU": v.SKU, "Variant Barcode": v.Barcode, "Variant Price": commerce.Money{Minor: v.PriceMinor, Currency: "INR"}.Amount().String(),
		"Variant Inventory Qty": strconv.Itoa(v.InventoryQuantity), "Variant Inventory Policy": strings.ToLower(string(v.InventoryPolicy)),
		"Variant Grams": strconv.FormatFloat(v.WeightGrams, 'f', -1, 64), "Variant Weight Unit": units()[v.WeightUnit],
		"Variant Requires Shipping": strings.ToUpper(strconv.FormatBool(v.RequiresShipping)), "Variant Taxable": strconv.FormatBool(v.Taxable),
		"Variant Image": v.ImageURL, "Cost per item": "1",
	}
	if v.InventoryTracked {
		r["Variant Inventory Tracker"] = "shopify"
	}
	if v.CompareAtMinor != nil {
		r["Variant Compare At Price"] = commerce.Money{Minor: *v.CompareAtMinor, Currency: "INR"}.Amount().String()
	}
	for i, value := range v.Options {
		r[fmt.Sprintf("Option%d Value", i+1)] = value
	}
	return r
}

// render writes rows as a file, in the order of the columns; template chooses the names of the headings.
func render(columns [][2]string, template int, crlf, mark bool, rows []row) []byte {
	var b bytes.Buffer
	if mark {
		b.WriteString("\uFEFF")
	}
	w := csv.NewWriter(&b)
	w.UseCRLF = crlf
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c[template]
	}
	_ = w.Write(cells) // bytes.Buffer takes everything
	for _, r := range rows {
		for i, c := range columns {
			cells[i] = r[c[0]]
		}
		_ = w.Write(cells)
	}
	w.Flush()
	return b.Bytes()
}

// TestReaderReadsWhatAnExportWrites renders random products as files of every shape and demands the same products back.
func TestReaderReadsWhatAnExportWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var want []commerce.ProductInput
		var lines []row
		for i := range rapid.IntRange(1, 4).Draw(t, "products") {
			p := product(t, fmt.Sprint("product-", i))
			p.Metafields = nil // TestExportComesBack and TestMetafieldHeadings look after them
			for i := range p.Variants {
				p.Variants[i].Metafields = nil
			}
			want, lines = append(want, p), append(lines, rows(p)...)
		}
		file := render(rapid.Permutation(headings()).Draw(t, "columns"), rapid.IntRange(0, 1).Draw(t, "template"),
			rapid.Bool().Draw(t, "crlf"), rapid.Bool().Draw(t, "mark"), lines)
		c := readAll(iotest.HalfReader(bytes.NewReader(file)))
		require.NoError(t, c.err)
		require.Empty(t, c.rejections)
		require.Equal(t, want, c.products)
		require.EqualValues(t, len(file), c.bytes)
	})
}
