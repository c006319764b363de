package commerce_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// kurta is a product that has one of everything.
func kurta() commerce.ProductInput {
	in := commerce.ProductInput{
		Handle: "kurta", Title: "Kurta", DescriptionHTML: "<p>Cotton</p>", Vendor: "Tata", ProductType: "Clothes", Tags: []string{"cotton", ""},
		Status: commerce.ProductActive, SEOTitle: "A kurta", SEODescription: "Of cotton", Options: []string{"Size", "Colour"},
		Media: []commerce.MediaInput{{URL: "/front.svg", Alt: "front"}, {URL: "/back.svg"}}, Collections: []string{"Winter", "winter!"},
	}
	for _, size := range []string{"S", "M"} {
		in.Variants = append(in.Variants, commerce.VariantInput{
			Options: []string{size, "Red"}, SKU: "K-" + size, Barcode: "4006381333931", PriceMinor: 129900, CompareAtMinor: new(int64(149900)),
			InventoryQuantity: -1, InventoryPolicy: commerce.InventoryDeny, WeightGrams: 250, WeightUnit: commerce.WeightGrams, ImageURL: "/front.svg",
		})
	}
	return in
}

// numbered makes n distinct texts.
func numbered(n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = strconv.Itoa(i)
	}
	return texts
}

func variants(n int) []commerce.VariantInput {
	all := make([]commerce.VariantInput, n)
	for i := range all {
		all[i] = kurta().Variants[0]
		all[i].Options = []string{strconv.Itoa(i), "Red"}
	}
	return all
}

func TestProductInputValidate(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*commerce.ProductInput){
		"as it is": func(*commerce.ProductInput) {},
		"bare": func(p *commerce.ProductInput) {
			*p = commerce.ProductInput{Handle: "a", Title: "A", Status: "DRAFT", Variants: bare()}
		},
		"any script": func(p *commerce.ProductInput) {
			p.Handle, p.Title, p.Collections = "बासमती-चावल", "बासमती", []string{"चावल"}
		},
		"archived": func(p *commerce.ProductInput) { p.Status = commerce.ProductArchived },
		"free": func(p *commerce.ProductInput) {
			p.Variants[0].PriceMinor, p.Variants[0].CompareAtMinor = 0, new(int64(0))
		},
		"dear":        func(p *commerce.ProductInput) { p.Variants[0].PriceMinor = mostMinor },
		"much stock":  func(p *commerce.ProductInput) { p.Variants[0].InventoryQuantity = math.MaxInt32 },
		"sells on":    func(p *commerce.ProductInput) { p.Variants[0].InventoryPolicy = commerce.InventoryContinue },
		"kilograms":   func(p *commerce.ProductInput) { p.Variants[0].WeightUnit = commerce.WeightKilograms },
		"ounces":      func(p *commerce.ProductInput) { p.Variants[0].WeightUnit = commerce.WeightOunces },
		"pounds":      func(p *commerce.ProductInput) { p.Variants[0].WeightUnit = commerce.WeightPounds },
		"no pictures": func(p *commerce.ProductInput) { p.Media, p.Variants[0].ImageURL, p.Variants[1].ImageURL = nil, "", "" },
		"long texts": func(p *commerce.ProductInput) {
			p.Handle, p.Title, p.Vendor, p.ProductType = long(255), long(255), long(255), long(255)
			p.DescriptionHTML, p.SEOTitle, p.SEODescription = long(512<<10), long(2048), long(2048)
			p.Tags, p.Collections, p.Options[0] = []string{long(255)}, []string{long(255)}, long(255)
			p.Media[1] = commerce.MediaInput{URL: "/" + long(2047), Alt: long(2048)}
			p.Variants[0].SKU, p.Variants[0].Barcode, p.Variants[0].Options[0] = long(255), long(255), long(255)
		},
		"most of everything": func(p *commerce.ProductInput) {
			p.Metafields = manyMetafields(250)
			p.Tags, p.Collections, p.Variants = numbered(250), numbered(250), variants(2048)
			for i := range 248 {
				p.Media = append(p.Media, commerce.MediaInput{URL: "/" + strconv.Itoa(i)})
			}
		},
	} {
		in := kurta()
		change(&in)
		require.Empty(t, in.Validate(), name)
	}
}

func bare() []commerce.VariantInput {
	return []commerce.VariantInput{{InventoryPolicy: commerce.InventoryDeny, WeightUnit: commerce.WeightGrams}}
}

func manyMetafields(n int) []commerce.MetafieldInput {
	all := make([]commerce.MetafieldInput, n)
	for i := range all {
		all[i] = commerce.MetafieldInput{Namespace: "custom", Key: "k" + strconv.Itoa(i), Type: commerce.MetafieldBoolean, Value: "true"}
	}
	return all
}

func long(n int) string { return strings.Repeat("a", n) }

func TestProductInputValidateRefuses(t *testing.T) {
	t.Parallel()
	link := func(handle string) string { return fmt.Sprintf("the handle %q is not usable in a link", handle) }
	for _, c := range []struct {
		name   string
		change func(*commerce.ProductInput)
		want   string
	}{
		{"many metafields", func(p *commerce.ProductInput) { p.Metafields = manyMetafields(251) }, "it has 251 metafields; 250 are the most"},
		{"many metafields of a variant", func(p *commerce.ProductInput) { p.Variants[1].Metafields = manyMetafields(251) }, "variant 2: it has 251 metafields; 250 are the most"},
		{"no handle", func(p *commerce.ProductInput) { p.Handle = "" }, link("")},
		{"space", func(p *commerce.ProductInput) { p.Handle = "a b" }, link("a b")},
		{"wide space", func(p *commerce.ProductInput) { p.Handle = "a\u00a0b" }, link("a\u00a0b")},
		{"line", func(p *commerce.ProductInput) { p.Handle = "a\nb" }, link("a\nb")},
		{"control", func(p *commerce.ProductInput) { p.Handle = "a\x7f" }, link("a\x7f")},
		{"slash", func(p *commerce.ProductInput) { p.Handle = "a/b" }, link("a/b")},
		{"query", func(p *commerce.ProductInput) { p.Handle = "a?" }, link("a?")},
		{"fragment", func(p *commerce.ProductInput) { p.Handle = "#a" }, link("#a")},
		{"this folder", func(p *commerce.ProductInput) { p.Handle = "." }, link(".")},
		{"folder above", func(p *commerce.ProductInput) { p.Handle = ".." }, link("..")},
		{"long handle", func(p *commerce.ProductInput) { p.Handle = long(256) }, "the handle is longer than 255 bytes"},
		{"no title", func(p *commerce.ProductInput) { p.Title = "" }, "the product has no title"},
		{"long title", func(p *commerce.ProductInput) { p.Title = long(256) }, "the title is longer than 255 characters"},
		{"long description", func(p *commerce.ProductInput) { p.DescriptionHTML = long(512<<10 + 1) }, "the description is longer than 524288 bytes"},
		{"long vendor", func(p *commerce.ProductInput) { p.Vendor = long(256) }, "the vendor is longer than 255 characters"},
		{"long type", func(p *commerce.ProductInput) { p.ProductType = long(256) }, "the product type is longer than 255 characters"},
		{"long SEO title", func(p *commerce.ProductInput) { p.SEOTitle = long(2049) }, "the SEO title is longer than 2048 characters"},
		{"long SEO", func(p *commerce.ProductInput) { p.SEODescription = long(2049) }, "the SEO description is longer than 2048 characters"},
		{"long tag", func(p *commerce.ProductInput) { p.Tags[1] = long(256) }, "the tag is longer than 255 characters"},
		{"many tags", func(p *commerce.ProductInput) { p.Tags = numbered(251) }, "more than 250 tags"},
		{"no status", func(p *commerce.ProductInput) { p.Status = "" }, `"" is no status: use ACTIVE, DRAFT or ARCHIVED`},
		{"other status", func(p *commerce.ProductInput) { p.Status = "active" }, `"active" is no status: use ACTIVE, DRAFT or ARCHIVED`},
		{"collection without a name", func(p *commerce.ProductInput) { p.Collections[1] = "" }, `the collection title "" has no letter or digit to make a handle from`},
		{"collection without a letter", func(p *commerce.ProductInput) { p.Collections[1] = "!?" }, `the collection title "!?" has no letter or digit to make a handle from`},
		{"long collection", func(p *commerce.ProductInput) { p.Collections[1] = long(256) }, "the collection title is longer than 255 characters"},
		{"many collections", func(p *commerce.ProductInput) { p.Collections = numbered(251) }, "more than 250 collections"},
		{"picture nowhere", func(p *commerce.ProductInput) { p.Media[1].URL = "" }, "a picture has no address"},
		{"picture twice", func(p *commerce.ProductInput) { p.Media[1].URL = "/front.svg" }, `the picture "/front.svg" is given twice`},
		{"long address", func(p *commerce.ProductInput) { p.Media[1].URL = long(2049) }, "the picture address is longer than 2048 bytes"},
		{"long alt", func(p *commerce.ProductInput) { p.Media[1].Alt = long(2049) }, "the alternative text of a picture is longer than 2048 characters"},
		{"many pictures", func(p *commerce.ProductInput) {
			for i := range 249 {
				p.Media = append(p.Media, commerce.MediaInput{URL: "/" + strconv.Itoa(i)})
			}
			p.Variants[0].ImageURL = "/not-taken-any-more.svg"
		}, "more than 250 pictures"},
		{"option without a name", func(p *commerce.ProductInput) { p.Options[1] = " " }, "an option has no name"},
		{"option twice", func(p *commerce.ProductInput) { p.Options[1] = " SIZE" }, `the option name " SIZE" is given twice`},
		{"long option", func(p *commerce.ProductInput) { p.Options[1] = long(256) }, "the option name is longer than 255 characters"},
		{"many options", func(p *commerce.ProductInput) {
			p.Options = numbered(4)
			p.Variants = p.Variants[:1]
			p.Variants[0].Options = numbered(4)
		}, "more than 3 options"},
		{"no variant", func(p *commerce.ProductInput) { p.Variants = nil }, "the product has no variant"},
		{"many variants", func(p *commerce.ProductInput) { p.Variants = variants(2049) }, "more than 2048 variants"},
		{"too few values", func(p *commerce.ProductInput) { p.Variants[1].Options = []string{"M"} }, "variant 2: it has 1 option values, the product 2 options"},
		{"too many values", func(p *commerce.ProductInput) { p.Variants[1].Options = numbered(3) }, "variant 2: it has 3 option values, the product 2 options"},
		{"variant twice", func(p *commerce.ProductInput) { p.Variants[1].Options = []string{"s ", "RED"} }, `variant 2: it is the same choice as another variant, "s  / RED"`},
		{"long value", func(p *commerce.ProductInput) { p.Variants[1].Options[0] = long(256) }, "variant 2: the option value is longer than 255 characters"},
		{"long SKU", func(p *commerce.ProductInput) { p.Variants[1].SKU = long(256) }, "variant 2: the SKU is longer than 255 characters"},
		{"long barcode", func(p *commerce.ProductInput) { p.Variants[1].Barcode = long(256) }, "variant 2: the barcode is longer than 255 characters"},
		{"price below zero", func(p *commerce.ProductInput) { p.Variants[1].PriceMinor = -1 }, "variant 2: the price is below zero or too large"},
		{"price too large", func(p *commerce.ProductInput) { p.Variants[1].PriceMinor = mostMinor + 1 }, "variant 2: the price is below zero or too large"},
		{"reduced from below", func(p *commerce.ProductInput) { p.Variants[1].CompareAtMinor = new(int64(-1)) }, "variant 2: the price before the reduction is below zero or too large"},
		{"stock beyond", func(p *commerce.ProductInput) { p.Variants[1].InventoryQuantity = math.MaxInt32 + 1 }, "variant 2: the quantity is beyond two billion"},
		{"stock below", func(p *commerce.ProductInput) { p.Variants[1].InventoryQuantity = math.MinInt32 - 1 }, "variant 2: the quantity is beyond two billion"},
		{"weight below zero", func(p *commerce.ProductInput) { p.Variants[1].WeightGrams = -0.1 }, "variant 2: the weight is below zero or no number"},
		{"weight no number", func(p *commerce.ProductInput) { p.Variants[1].WeightGrams = math.NaN() }, "variant 2: the weight is below zero or no number"},
		{"weight endless", func(p *commerce.ProductInput) { p.Variants[1].WeightGrams = math.Inf(1) }, "variant 2: the weight is below zero or no number"},
		{"no unit", func(p *commerce.ProductInput) { p.Variants[1].WeightUnit = "STONES" }, `variant 2: "STONES" is no unit of weight: use GRAMS, KILOGRAMS, OUNCES or POUNDS`},
		{"no policy", func(p *commerce.ProductInput) { p.Variants[1].InventoryPolicy = "" }, `variant 2: "" is no inventory policy: use DENY or CONTINUE`},
		{"foreign picture", func(p *commerce.ProductInput) { p.Variants[1].ImageURL = "/x" }, `variant 2: its picture "/x" is none of the product's`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := kurta()
			c.change(&in)
			require.Equal(t, []string{c.want}, in.Validate())
		})
	}
	in := commerce.ProductInput{}
	require.Len(t, in.Validate(), 4, "everything at once")
}

// A text that Postgres cannot keep is refused wherever it stands.
func TestProductInputValidateRefusesWhatIsNoText(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(p *commerce.ProductInput, bad string){
		"handle":                        func(p *commerce.ProductInput, bad string) { p.Handle = bad },
		"title":                         func(p *commerce.ProductInput, bad string) { p.Title = bad },
		"description":                   func(p *commerce.ProductInput, bad string) { p.DescriptionHTML = bad },
		"vendor":                        func(p *commerce.ProductInput, bad string) { p.Vendor = bad },
		"product type":                  func(p *commerce.ProductInput, bad string) { p.ProductType = bad },
		"SEO title":                     func(p *commerce.ProductInput, bad string) { p.SEOTitle = bad },
		"SEO description":               func(p *commerce.ProductInput, bad string) { p.SEODescription = bad },
		"tag":                           func(p *commerce.ProductInput, bad string) { p.Tags[1] = bad },
		"collection title":              func(p *commerce.ProductInput, bad string) { p.Collections[1] = bad },
		"option name":                   func(p *commerce.ProductInput, bad string) { p.Options[1] = bad },
		"picture address":               func(p *commerce.ProductInput, bad string) { p.Media[1].URL = bad },
		"alternative text of a picture": func(p *commerce.ProductInput, bad string) { p.Media[1].Alt = bad },
		"option value":                  func(p *commerce.ProductInput, bad string) { p.Variants[1].Options[1] = bad },
		"SKU":                           func(p *commerce.ProductInput, bad string) { p.Variants[1].SKU = bad },
		"barcode":                       func(p *commerce.ProductInput, bad string) { p.Variants[1].Barcode = bad },
	} {
		for _, bad := range []string{"a\x00b", "Caf\xe9"} {
			in := kurta()
			change(&in, bad)
			require.Contains(t, strings.Join(in.Validate(), "\n"), fmt.Sprintf("the %s %q is not UTF-8 text without zero bytes", what, bad))
		}
	}
}

func TestVariantInputOptionKey(t *testing.T) {
	t.Parallel()
	a, b := commerce.VariantInput{Options: []string{" M", "RED"}}, commerce.VariantInput{Options: []string{"m", "red "}}
	require.Equal(t, a.OptionKey(), b.OptionKey())
	c, d := commerce.VariantInput{Options: []string{"a b", "c"}}, commerce.VariantInput{Options: []string{"a", "b c"}}
	require.NotEqual(t, c.OptionKey(), d.OptionKey())
	e := commerce.VariantInput{}
	require.Empty(t, e.OptionKey())
}

func BenchmarkProductInputValidate(b *testing.B) {
	in := kurta()
	in.Variants = variants(100)
	b.ReportAllocs()
	for b.Loop() {
		if problems := in.Validate(); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

// An input that is right costs next to nothing to check: a file has millions of them. Not parallel: it counts allocations.
func TestProductInputCheckAllocatesLittle(t *testing.T) {
	in := kurta()
	in.Media, in.Variants = nil, variants(100)
	for i := range in.Variants {
		in.Variants[i].ImageURL = fmt.Sprintf("https://pictures.test/%d.jpg", i)
		in.Media = append(in.Media, commerce.MediaInput{URL: in.Variants[i].ImageURL, Alt: "front"})
	}
	require.Empty(t, in.Check())
	n := testing.AllocsPerRun(10, func() { _ = in.Check() })
	require.Less(t, n, 400.0, "100 addresses are parsed, and 100 choices put together")
}
