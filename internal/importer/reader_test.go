package importer_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/importer"
)

// contents is everything a Reader tells about a file.
type contents struct {
	products   []commerce.ProductInput
	rejections []importer.Rejection
	refused    int
	notes      []string
	bytes      int64
	err        error // nil for a file that was read to its end
}

func readAll(r io.Reader) contents {
	reader := importer.NewReader("shop.csv", r, rupees())
	var c contents
	for {
		p, err := reader.Next()
		if refused, ok := errors.AsType[*importer.RejectedError](err); ok {
			c.refused++
			c.rejections = append(c.rejections, refused.Rejections...)
			continue
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				c.err = err
			}
			c.notes, c.bytes = reader.Notes(), reader.Offset()
			return c
		}
		c.products = append(c.products, p)
	}
}

// sheet is the text of a file with these lines.
func sheet(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

// only reads a file that must hold one good product and nothing else.
func only(t *testing.T, text string) commerce.ProductInput {
	t.Helper()
	c := readAll(strings.NewReader(text))
	require.NoError(t, c.err)
	require.Empty(t, c.rejections)
	require.Len(t, c.products, 1)
	return c.products[0]
}

// The product of the file "Handle,Title,Variant Price" / "rice,Rice,50".
func rice() commerce.ProductInput {
	return commerce.ProductInput{
		Handle: "rice", Title: "Rice", Status: commerce.ProductActive, Published: true,
		Options: []string{"Title"},
		Variants: []commerce.VariantInput{{
			Options: []string{"Default Title"}, PriceMinor: 5000, InventoryPolicy: commerce.InventoryDeny,
			WeightUnit: commerce.WeightGrams, RequiresShipping: true, Taxable: true,
		}},
	}
}

func TestReaderReadsTheShapesOfFiles(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"plain":                        "Handle,Title,Variant Price\nrice,Rice,50\n",
		"no newline at the end":        "Handle,Title,Variant Price\nrice,Rice,50",
		"byte order mark":              "\uFEFFHandle,Title,Variant Price\nrice,Rice,50\n",
		"byte order mark and quotes":   "\uFEFF\"Handle\",\"Title\",\"Variant Price\"\nrice,Rice,50\n",
		"CRLF":                         "Handle,Title,Variant Price\r\nrice,Rice,50\r\n",
		"CRLF and no newline":          "Handle,Title,Variant Price\r\nrice,Rice,50",
		"lines without text":           "Handle,Title,Variant Price\n\n\nrice,Rice,50\n\n,,\n , ,\n\n\n",
		"another order":                "Variant Price,Title,Handle\n50,Rice,rice\n",
		"another case, spaces":         " HANDLE ,title,variant  price\nrice,Rice,50\n",
		"template of 2024":             "Title,URL handle,Price\nRice,rice,50\n",
		"spaces around texts":          "Handle,Title,Variant Price\n rice , Rice , 50 \n",
		"columns nobody knows":         "Handle,Cost per item,Title,Variant Price\nrice,12,Rice,50\n",
		"a heading without name":       "Handle,,Title,Variant Price\nrice,12,Rice,50\n",
		"an option that stands for no": "Handle,Title,Variant Price,Option1 Name,Option1 Value\nrice,Rice,50,Title,Default Title\n",
		"a value without an option":    "Handle,Title,Variant Price,Option1 Name,Option1 Value\nrice,Rice,50,,default title\n",
		"settings alone are no variant": sheet("Handle,Title,Variant Price,Variant Inventory Policy,Variant Taxable,Status",
			"rice,Rice,50,deny,true,active", "rice,,,deny,true,active"),
		"texts of the product on further rows": sheet("Handle,Title,Variant Price,Vendor", "rice,Rice,50,", "rice,Other,,Farm"),
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, rice(), only(t, text))
			c := readAll(strings.NewReader(text))
			require.EqualValues(t, len(text), c.bytes, "the offset must reach the end of the file")
		})
	}
}

func TestReaderReadsProductTexts(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, columns, cells string
		want                 func(p *commerce.ProductInput)
	}{
		{"description as it is", "Body (HTML)", `" <p>a, ""b""</p>` + "\r\n<b>c</b> \"", func(p *commerce.ProductInput) {
			p.DescriptionHTML = " <p>a, \"b\"</p>\n<b>c</b> "
		}},
		{"new name of the description", "Description", "<p>a</p>", func(p *commerce.ProductInput) { p.DescriptionHTML = "<p>a</p>" }},
		{"description with a script", "Body (HTML)", `"<p onclick=""x()"">a<script>x()</script></p>"`, func(p *commerce.ProductInput) {
			p.DescriptionHTML = "<p>a</p>"
		}},
		{"vendor", "Vendor", " Farm ", func(p *commerce.ProductInput) { p.Vendor = "Farm" }},
		{"type", "Type", "Grain", func(p *commerce.ProductInput) { p.ProductType = "Grain" }},
		{"own type", "Custom Product Type", "Grain", func(p *commerce.ProductInput) { p.ProductType = "Grain" }},
		{"standard type", "Standard Product Type", "Food > Grain", func(p *commerce.ProductInput) { p.ProductType = "Food > Grain" }},
		{"category", "Product Category", "Food > Grain", func(p *commerce.ProductInput) { p.ProductType = "Food > Grain" }},
		{"type before category", "Product Category,Type", "Food > Grain,Grain", func(p *commerce.ProductInput) { p.ProductType = "Grain" }},
		{"category where the type is empty", "Type,Product category", ",Food", func(p *commerce.ProductInput) { p.ProductType = "Food" }},
		{"tags", "Tags", `" a, b ,,a,B , "`, func(p *commerce.ProductInput) { p.Tags = []string{"a", "b", "B"} }},
		{"no tags", "Tags", ` `, func(*commerce.ProductInput) {}},
		{"search engines", "SEO title,SEO Description", "t,d", func(p *commerce.ProductInput) { p.SEOTitle, p.SEODescription = "t", "d" }},
		{"gift card", "Gift Card", "TRUE", func(p *commerce.ProductInput) { p.IsGiftCard = true }},
		{"no gift card", "Gift Card", "false", func(*commerce.ProductInput) {}},
		{"collection", "Collection", `"Rice, flour"`, func(p *commerce.ProductInput) { p.Collections = []string{"Rice, flour"} }},
		{"published, no status", "Published", "true", func(*commerce.ProductInput) {}},
		{"published by default", "Published", "", func(*commerce.ProductInput) {}},
		{"not published, no status", "Published", "FALSE", func(p *commerce.ProductInput) {
			p.Published, p.Status = false, commerce.ProductDraft
		}},
		{"not published, status empty", "Published on online store,Status", "FALSE,", func(p *commerce.ProductInput) {
			p.Published, p.Status = false, commerce.ProductDraft
		}},
		{"not published but active", "Published,Status", "FALSE,Active", func(p *commerce.ProductInput) { p.Published = false }},
		{"draft", "Status", "draft", func(p *commerce.ProductInput) { p.Status = commerce.ProductDraft }},
		{"archived", "Status", "ARCHIVED", func(p *commerce.ProductInput) { p.Status = commerce.ProductArchived }},
		{"linked options are ignored", "Option1 Linked To", "product.metafields.x", func(*commerce.ProductInput) {}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			want := rice()
			tc.want(&want)
			require.Equal(t, want, only(t, sheet("Handle,Title,Variant Price,"+tc.columns, "rice,Rice,50,"+tc.cells)))
		})
	}
}

func TestReaderReadsVariants(t *testing.T) {
	t.Parallel()
	type variant = commerce.VariantInput
	cases := []struct {
		name, columns, cells string
		want                 func(v *variant)
	}{
		{"SKU and barcode", "Variant SKU,Variant Barcode", " R-1 , 890 ", func(v *variant) { v.SKU, v.Barcode = "R-1", "890" }},
		{"new names", "SKU,Barcode,Compare-at price", "R-1,890,60", func(v *variant) {
			v.SKU, v.Barcode, v.CompareAtMinor = "R-1", "890", new(int64(6000))
		}},
		{"compare at", "Variant Compare At Price", "60.5", func(v *variant) { v.CompareAtMinor = new(int64(6050)) }},
		{"compare at below the price", "Variant Compare At Price", "1", func(v *variant) { v.CompareAtMinor = new(int64(100)) }},
		{"tracked", "Variant Inventory Tracker,Variant Inventory Qty", "shopify,7", func(v *variant) {
			v.InventoryTracked, v.InventoryQuantity = true, 7
		}},
		{"not tracked", "Variant Inventory Tracker,Variant Inventory Qty", ",7", func(v *variant) { v.InventoryQuantity = 7 }},
		{"oversold", "Inventory tracker,Inventory quantity", "shopify,-3", func(v *variant) {
			v.InventoryTracked, v.InventoryQuantity = true, -3
		}},
		{"sells on", "Variant Inventory Policy", "continue", func(v *variant) { v.InventoryPolicy = commerce.InventoryContinue }},
		{"stops selling", "Variant Inventory Policy", "deny", func(*variant) {}},
		{"sells on, new name", "Continue selling when out of stock", "CONTINUE", func(v *variant) { v.InventoryPolicy = commerce.InventoryContinue }},
		{"sells on, answered", "Continue selling when out of stock", "TRUE", func(v *variant) { v.InventoryPolicy = commerce.InventoryContinue }},
		{"stops selling, answered", "Continue selling when out of stock", "FALSE", func(*variant) {}},
		{"kilograms shown", "Variant Grams,Variant Weight Unit", "1500,kg", func(v *variant) {
			v.WeightGrams, v.WeightUnit = 1500, commerce.WeightKilograms
		}},
		{"ounces shown", "Weight value (grams),Weight unit for display", "28.35,OZ", func(v *variant) {
			v.WeightGrams, v.WeightUnit = 28.35, commerce.WeightOunces
		}},
		{"pounds shown", "Variant Grams,Variant Weight Unit", "1,lb", func(v *variant) { v.WeightGrams, v.WeightUnit = 1, commerce.WeightPounds }},
		{"grams shown", "Variant Grams,Variant Weight Unit", "1,g", func(v *variant) { v.WeightGrams = 1 }},
		{"sent by nobody, free of tax", "Variant Requires Shipping,Variant Taxable", "FALSE,false", func(v *variant) {
			v.RequiresShipping, v.Taxable = false, false
		}},
		{"new names of the same", "Requires shipping,Charge tax", "FALSE,true", func(v *variant) { v.RequiresShipping = false }},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			want := rice()
			tc.want(&want.Variants[0])
			require.Equal(t, want, only(t, sheet("Handle,Title,Variant Price,"+tc.columns, "rice,Rice,50,"+tc.cells)))
		})
	}
}

func TestReaderReadsPrices(t *testing.T) {
	t.Parallel()
	for text, minor := range map[string]int64{
		"0": 0, "1299": 129900, "42.9": 4290, "42.990": 4299, `"1,299"`: 129900, `"1,29,999.5"`: 12999950, ".5": 50,
	} {
		p := only(t, sheet("Handle,Title,Variant Price", "rice,Rice,"+text))
		require.Equal(t, minor, p.Variants[0].PriceMinor, text)
	}
	yen := importer.NewReader("shop.csv", strings.NewReader("Handle,Title,Price\nrice,Rice,50\n"), &commerce.Store{Currency: "JPY"})
	p, err := yen.Next()
	require.NoError(t, err)
	require.EqualValues(t, 50, p.Variants[0].PriceMinor)
}

func TestReaderReadsOptions(t *testing.T) {
	t.Parallel()
	p := only(t, sheet(
		"Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant Price",
		"kurta,Kurta,Size, S ,Colour,Red,10",
		"kurta,,,M,,Red,11",
		"kurta,,size,M,COLOUR,Blue,12",
	))
	require.Equal(t, []string{"Size", "Colour"}, p.Options)
	var values [][]string
	for _, v := range p.Variants {
		values = append(values, v.Options)
	}
	require.Equal(t, [][]string{{"S", "Red"}, {"M", "Red"}, {"M", "Blue"}}, values)
	require.EqualValues(t, 1200, p.Variants[2].PriceMinor)
}

func TestReaderReadsPictures(t *testing.T) {
	t.Parallel()
	p := only(t, sheet(
		"Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src,Image Position,Image Alt Text,Variant Image",
		"kurta,Kurta,Size,S,10,https://img.test/2.jpg,2,,https://img.test/4.jpg",
		"kurta,,,M,10,,,,/pictures/1.svg",
		"kurta,,,,,https://img.test/last.jpg,,,",
		"kurta,,,,,http://img.test/3.jpg?a=b,3,third,",
		"kurta,,,,,/pictures/1.svg,1,first,",
		"kurta,,,,,https://img.test/2.jpg,9,second,",
		"kurta,,,,,/pictures/0.svg,9,,",
		"kurta,,,,,/pictures/0.svg,1,zeroth,",
	))
	require.Equal(t, []commerce.MediaInput{
		{URL: "/pictures/1.svg", Alt: "first"},
		{URL: "/pictures/0.svg", Alt: "zeroth"},
		{URL: "https://img.test/2.jpg", Alt: "second"},
		{URL: "http://img.test/3.jpg?a=b", Alt: "third"},
		{URL: "https://img.test/last.jpg"},
		{URL: "https://img.test/4.jpg"},
	}, p.Media)
	require.Len(t, p.Variants, 2)
	require.Equal(t, "https://img.test/4.jpg", p.Variants[0].ImageURL)
	require.Equal(t, "/pictures/1.svg", p.Variants[1].ImageURL)
}

func TestReaderTakesARowWithAVariantPictureForAVariant(t *testing.T) {
	t.Parallel()
	c := readAll(strings.NewReader(sheet("Handle,Title,Variant Price,Variant Image", "rice,Rice,50,", "rice,,,/pictures/a.svg")))
	require.Empty(t, c.products)
	require.Equal(t, "the variant \"Default Title\" is on line 2 already", c.rejections[len(c.rejections)-1].Reason)
}

func TestReaderReadsCollectionsOfEveryRow(t *testing.T) {
	t.Parallel()
	p := only(t, sheet("Handle,Title,Variant Price,Collection", "rice,Rice,50,Grains", "rice,,,Offers", "rice,,,Grains"))
	require.Equal(t, []string{"Grains", "Offers"}, p.Collections)
}

func TestReaderMakesHandlesFromTitles(t *testing.T) {
	t.Parallel()
	c := readAll(strings.NewReader(sheet(
		"Title,Option1 Name,Option1 Value,Variant Price",
		"Basmati Rice,Size,1 kg,50",
		"Basmati Rice,,5 kg,200",
		"दाल,,,30",
	)))
	require.NoError(t, c.err)
	require.Empty(t, c.rejections)
	require.Len(t, c.products, 2)
	require.Equal(t, "basmati-rice", c.products[0].Handle)
	require.Len(t, c.products[0].Variants, 2)
	require.Equal(t, "दाल", c.products[1].Handle)
	require.Equal(t, []string{`products without a handle got one from their title: 2, the first is "basmati-rice" on line 2`}, c.notes)
}

func TestReaderNotesWhatItDoesNotUse(t *testing.T) {
	t.Parallel()
	c := readAll(strings.NewReader("Handle,Title,Variant Price,Price,Cost per item,,Option1 Linked To\nrice,Rice,50,70,1,,\n"))
	require.Equal(t, []string{
		`column "Price" is not used: column "Variant Price" before it says the same`,
		"columns that are not used: Cost per item, Option1 Linked To",
	}, c.notes)
	require.EqualValues(t, 5000, c.products[0].Variants[0].PriceMinor)

	many := readAll(strings.NewReader("Title" + strings.Repeat(",x", 60) + "\n"))
	require.NoError(t, many.err)
	require.Len(t, many.notes, 1)
	require.True(t, strings.HasSuffix(many.notes[0], "x and 10 more"), many.notes[0])
}

func TestReaderRefusesWhatIsNoCatalogue(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ text, want string }{
		"empty":         {"", "shop.csv: the file is empty"},
		"blank":         {"\n\n", "shop.csv: the file is empty"},
		"mark alone":    {"\uFEFF", "shop.csv: the file is empty"},
		"other columns": {"Name,Price\nRice,50\n", `shop.csv: the first line names no column "Title": it must be the headings of a product export`},
		"semicolons":    {"Handle;Title;Variant Price\n", "shop.csv: the columns are not separated by commas: save the file as CSV with commas and try again"},
		"tabs":          {"Handle\tTitle\n", "shop.csv: the columns are not separated by commas: save the file as CSV with commas and try again"},
		"UTF-16":        {"\xff\xfeT\x00i\x00t\x00l\x00e\x00\n", `shop.csv: the first line is not UTF-8 text: save the file as "CSV UTF-8" and try again`},
		"broken quotes": {"Handle,Ti\"tle\n", `reading shop.csv: parse error on line 1, column 10: bare " in non-quoted-field`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := readAll(strings.NewReader(tc.text))
			require.EqualError(t, c.err, tc.want)
			require.Empty(t, c.products)
		})
	}
}

func TestReaderStaysAtItsEnd(t *testing.T) {
	t.Parallel()
	r := importer.NewReader("shop.csv", strings.NewReader("Handle,Title,Variant Price\n"), &commerce.Store{Currency: "INR"})
	for range 3 {
		_, err := r.Next()
		require.Equal(t, io.EOF, err)
	}
}

func TestReaderTellsWhenItsSourceFails(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection lost")
	text := "Handle,Title,Variant Price\nrice,Rice,50\ndal,Dal,30\n"
	c := readAll(io.MultiReader(strings.NewReader(text), failing{lost}))
	require.ErrorIs(t, c.err, lost)
	require.EqualError(t, c.err, "reading shop.csv: connection lost")
	require.Len(t, c.products, 1, "dal may have had further rows")
	require.Equal(t, "rice", c.products[0].Handle)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Metafields are read from the headings of Shopify and of tools that move shops, and what is wrong with them is told.
func TestMetafieldHeadings(t *testing.T) {
	t.Parallel()
	foreign := commerce.GlobalID{Kind: commerce.KindProduct, Store: 2, ID: 5}.String()
	cases := []struct {
		name, heading, cell string
		product, variant    []commerce.MetafieldInput
		note, rejection     string
	}{
		{name: "Shopify's", heading: "Fabric (product.metafields.shopify.fabric)", cell: "cotton; silk", product: metafield("shopify", "fabric", "", "cotton; silk")},
		{name: "typed", heading: "Metafield: custom.pages [number_integer]", cell: " 012 ", product: metafield("custom", "pages", "number_integer", "12")},
		{name: "without a namespace", heading: "metafield: pages [number_integer]", cell: "12", product: metafield("custom", "pages", "number_integer", "12")},
		{name: "without a type", heading: "Metafield: custom.care", cell: "cold", product: metafield("custom", "care", "", "cold")},
		{name: "of a variant", heading: "Variant Metafield: custom.care [single_line_text_field]", cell: "cold", variant: metafield("custom", "care", "single_line_text_field", "cold")},
		{
			name: "private", heading: "Private Metafield: custom.cost [number_decimal]", cell: "1.50",
			product: []commerce.MetafieldInput{{Namespace: "custom", Key: "cost", Type: "number_decimal", Value: "1.5", Private: true}},
		},
		{name: "an empty cell", heading: "Metafield: custom.care [boolean]", cell: " "},
		{name: "no value of the type", heading: "Metafield: custom.care [boolean]", cell: "yes", rejection: `"yes" is neither true nor false`},
		{name: "of another store", heading: "Metafield: custom.goes-with [product_reference]", cell: foreign, rejection: "the value refers to another store: a reference cannot be taken along"},
		{name: "no type", heading: "Metafield: custom.care [string]", cell: "x", note: `column "Metafield: custom.care [string]" is not used: "string" is no type of metafields`},
		{name: "twice", heading: "Metafield: custom.care,metafield: custom.care", cell: "x,y", product: metafield("custom", "care", "", "x"), note: `column "metafield: custom.care" is not used: a column before it says the same`},
		{name: "two values", heading: "Metafield: custom.care [boolean],Metafield: custom.care", cell: "true,y", rejection: "another column of the row has a value for custom.care too"},
		{name: "no metafield", heading: "Metafields: custom.care", cell: "x", note: "columns that are not used: Metafields: custom.care"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := readAll(strings.NewReader(sheet("Handle,Title,Variant Price,"+tc.heading, "rice,Rice,1,"+tc.cell)))
			require.NoError(t, c.err)
			if tc.rejection != "" {
				require.Len(t, c.rejections, 1)
				require.Equal(t, tc.rejection, c.rejections[0].Reason)
				require.Equal(t, 2, c.rejections[0].Line)
				return
			}
			require.Empty(t, c.rejections)
			require.Equal(t, tc.product, c.products[0].Metafields)
			require.Equal(t, tc.variant, c.products[0].Variants[0].Metafields)
			if tc.note == "" {
				require.Empty(t, c.notes)
			} else {
				require.Equal(t, []string{tc.note}, c.notes)
			}
		})
	}
}

func metafield(namespace, key, kind, value string) []commerce.MetafieldInput {
	return []commerce.MetafieldInput{{Namespace: namespace, Key: key, Type: commerce.MetafieldType(kind), Value: value}}
}
