package importer_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/importer"
)

// drawListing draws a listing and the cells that say it, by field.
func drawListing(t *rapid.T, i int, comma bool) (commerce.Listing, [7]string) {
	in := commerce.Listing{
		Name: fmt.Sprintf("item %d %s", i, text(t, "name", 0, 20)), SKU: fmt.Sprintf("%d-%s", i, text(t, "sku", 1, 10)),
		PriceMinor: new(rapid.Int64Range(0, 1e12).Draw(t, "price")), Category: text(t, "category", 0, 20),
	}
	in.Name = strings.TrimSpace(in.Name)
	cells := [7]string{importer.FieldName: in.Name, importer.FieldSKU: in.SKU, importer.FieldCategory: in.Category}
	cells[importer.FieldPrice] = writeAmount(t, *in.PriceMinor, comma)
	if rapid.Bool().Draw(t, "reduced") {
		in.CompareAtMinor = new(*in.PriceMinor + rapid.Int64Range(0, 1e6).Draw(t, "reduction"))
		cells[importer.FieldMRP] = writeAmount(t, *in.CompareAtMinor, comma)
	}
	if rapid.Bool().Draw(t, "counted") {
		in.Quantity = new(rapid.IntRange(-1e9, 1e9).Draw(t, "quantity"))
		cells[importer.FieldQuantity] = strconv.Itoa(*in.Quantity)
	}
	if rapid.Bool().Draw(t, "pictured") {
		in.ImageURL = fmt.Sprintf("https://img.test/%d,;|.jpg", i)
		cells[importer.FieldImage] = in.ImageURL
	}
	return in, cells
}

// writeAmount writes an amount of paise in one of the ways in which people do.
func writeAmount(t *rapid.T, minor int64, comma bool) string {
	whole, fraction := strconv.FormatInt(minor/100, 10), fmt.Sprintf("%02d", minor%100)
	group, point := ",", "."
	if comma {
		group, point = ".", ","
	}
	size := rapid.SampledFrom([]int{0, 2, 3}).Draw(t, "group") // lakhs and crores, or thousands and millions
	for at := len(whole) - 3; at > 0 && size > 0; at -= size {
		whole = whole[:at] + group + whole[at:]
	}
	if minor%100 > 0 || rapid.Bool().Draw(t, "fraction") {
		whole += point + fraction
	}
	before := rapid.SampledFrom([]string{"", "₹", "₹ ", "Rs.", "rs ", "INR ", "रु. "}).Draw(t, "before")
	after := rapid.SampledFrom([]string{"", "/-", " /-", " INR"}).Draw(t, "after")
	return before + whole + after
}

// writeRow writes cells in the order of the layout.
func writeRow(file *strings.Builder, l importer.Layout, cells [7]string) {
	w := csv.NewWriter(file)
	w.Comma = rune(l.Separator)
	row := make([]string, len(cells))
	for f, place := range l.Columns {
		row[place-1] = cells[f]
	}
	_ = w.Write(row) // a Builder takes everything
	w.Flush()
}

func TestListReaderReadsPrices(t *testing.T) {
	t.Parallel()
	cases := []struct {
		cell, decimal string
		want          int64
	}{
		{"420", "point", 42000},
		{"420.5", "point", 42050},
		{"1,20,000.00", "point", 12000000},
		{"₹1,20,000.00", "point", 12000000},
		{"₹ 420", "point", 42000},
		{"420/-", "point", 42000},
		{"Rs. 420/-", "point", 42000},
		{"Rs 99", "point", 9900},
		{"rs.99", "point", 9900},
		{"99 INR", "point", 9900},
		{"420 रुपये", "point", 42000},
		{"रु. ४२०", "point", 42000},
		{"1 20 000", "point", 12000000},
		{"1,234", "point", 123400},
		{"0", "point", 0},
		{"420.00", "point", 42000},
		{"1.234,50", "comma", 123450},
		{"12,5", "comma", 1250},
		{"1.234", "comma", 123400},
		{"1 234,50", "comma", 123450},
		{"₹12,50", "comma", 1250},
		{"1.20.000,00", "comma", 12000000},
	}
	for _, tc := range cases {
		t.Run(tc.cell+" "+tc.decimal, func(t *testing.T) {
			t.Parallel()
			got := readList(t, "Rice;"+tc.cell+"\n", "name=1,price=2,separator=semicolon,header=no,decimal="+tc.decimal)
			require.Empty(t, got.reasons)
			require.Equal(t, []commerce.Listing{{Name: "Rice", PriceMinor: &tc.want}}, got.listings)
		})
	}
}

func TestListReaderRefusesPrices(t *testing.T) {
	t.Parallel()
	const point, comma = " is not a price in INR: write it as 1,299 or 42.99", " is not a price in INR: write it as 1.299 or 42,99"
	cases := []struct{ cell, decimal, want string }{
		{"1.005", "point", `"1.005" has more than the 2 decimal digits of INR`},
		{"12,50", "point", `"12,50" has a comma that does not group thousands: write 1,299 or 42.99`},
		{"1.234,50", "point", `"1.234,50" has a comma that does not group thousands: write 1,299 or 42.99`},
		{"₹1.234,50", "point", `"₹1.234,50"` + point},
		{"$5", "point", `"$5" is not a price: write it as 1299 or 42.99`},
		{"420/kg", "point", `"420/kg" is not a price: write it as 1299 or 42.99`},
		{"420-450", "point", `"420-450" is not a price: write it as 1299 or 42.99`},
		{"-5", "point", `"-5" is not a price: write it as 1299 or 42.99`},
		{"₹", "point", `"₹"` + point},
		{"4 20", "point", `"4 20"` + point},
		{"1,234", "comma", `"1,234"` + comma},
		{"12.50", "comma", `"12.50"` + comma},
		{strings.Repeat("9", 41), "point", `"` + strings.Repeat("9", 40) + `"… is not a price`},
		{"9999999999999999", "point", `"9999999999999999" is too large for a price`},
		{"1\x002", "point", `"1\x002" is not a price: write it as 1299 or 42.99`},
	}
	for _, tc := range cases {
		t.Run(tc.cell+" "+tc.decimal, func(t *testing.T) {
			t.Parallel()
			got := readList(t, "name;price\n\nRice;"+tc.cell+"\n", "name=1,price=2,separator=semicolon,decimal="+tc.decimal)
			require.Empty(t, got.listings)
			require.Equal(t, []string{`list.csv:3: column "price": ` + tc.want}, got.reasons)
		})
	}
}

func TestListReaderRefusesRows(t *testing.T) {
	t.Parallel()
	const layout = "name=1,price=2,mrp=3,sku=4,quantity=5,image=6,header=no"
	cases := []struct {
		name string
		rows []string
		want []string
	}{
		{"nothing to sell", []string{",420,,,,"}, []string{`2: column "column 1": the row has neither a name nor a SKU`}},
		{"emojis alone", []string{"🍚🍚,420,,,,"}, []string{`2: column "column 1": the name has no letter or digit to make a handle from`}},
		{"nothing said", []string{"Dals,,,,,"}, []string{`2: column "column 1": the row says nothing about "Dals"`}},
		{"too many cells", []string{"Rice, long,420,,,,"}, []string{
			`2: the row has 7 cells where the first row has 6: a text or price with a separator in it needs quotes around it`,
		}},
		{"too few cells", []string{"Rice,420"}, []string{
			`2: the row has 2 cells where the first row has 6: a text or price with a separator in it needs quotes around it`,
		}},
		{"a name twice", []string{"Rice,420,,,,", "Dal,1,,,,", "RICE!,410,,,,"}, []string{
			`4: column "column 1": "RICE!" is on line 2 already, under the same name or one that makes the same handle`,
		}},
		{"a SKU twice", []string{"Rice,420,,R1,,", "Dal,1,,R1,,"}, []string{`3: column "column 4": the SKU "R1" is on line 2 already`}},
		{"a price above the MRP", []string{"Rice,420,400,,,"}, []string{`2: column "column 3": the price 420 is above the price before the reduction, 400`}},
		{"a quantity that is none", []string{"Rice,420,,,5.5,", "Dal,1,,,many,", "Oil,1,,,1000000001,"}, []string{
			`2: column "column 5": "5.5" is not a number of units`, `3: column "column 5": "many" is not a number of units`,
			`4: column "column 5": "1000000001" is not a number of units`,
		}},
		{"several reasons", []string{"Rice,x,,,y,z"}, []string{
			`2: column "column 2": "x" is not a price: write it as 1299 or 42.99`, `2: column "column 5": "y" is not a number of units`,
			`2: column "column 6": "z" is no address of a picture: write https://… or a path such as /pictures/rice.svg`,
		}},
		{"texts that are too long", []string{strings.Repeat("n", 256) + ",1,," + strings.Repeat("s", 256) + ",,"}, []string{
			`2: column "column 1": the text is longer than 255 characters`, `2: column "column 4": the text is longer than 255 characters`,
		}},
		{"no UTF-8", []string{"Caf\xe9,1,,,,", "a\x00b,1,,,,", "a\ufffd,1,,,,"}, []string{
			`2: column "column 1": the text is not UTF-8: save the file as "CSV UTF-8" and try again`,
			`3: column "column 1": the text is not UTF-8: save the file as "CSV UTF-8" and try again`,
			`4: column "column 1": the text is not UTF-8: save the file as "CSV UTF-8" and try again`,
		}},
		{"broken quotes", []string{`Pan 12",420,,,,`, "Dal,1,,,,"}, []string{
			`2: column "column 1": the quotes of the cell that begins here are broken (line 2, character 7): end it with one quote and double each quote inside; nothing after it was read`,
		}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := readList(t, sheet(append([]string{"Salt,20,,,,"}, tc.rows...)...), layout)
			require.NoError(t, got.err)
			for i, reason := range got.reasons {
				got.reasons[i] = strings.TrimPrefix(reason, "list.csv:")
			}
			require.Equal(t, tc.want, got.reasons)
			require.Equal(t, "Salt", got.listings[0].Name)
		})
	}
}

func TestListReaderReadsTheShapesOfFiles(t *testing.T) {
	t.Parallel()
	want := []commerce.Listing{{Name: "चावल 5 kg", PriceMinor: new(int64(42000)), Quantity: new(7)}}
	const text = "name;price;stock\nचावल 5 kg;420;7\n"
	sixteen := func(order func(uint16) []byte) string {
		var b strings.Builder
		for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
			b.Write(order(unit))
		}
		return b.String()
	}
	for name, file := range map[string]string{
		"plain": text, "byte order mark": "\ufeff" + text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "no newline at the end": strings.TrimSpace(text),
		"spaces": "name;price;stock\n  चावल 5 kg ; 420 ; 7.00\n", "blank lines": "\n\n" + text + "\n;;\n", "quotes": "name;price;stock\n\"चावल 5 kg\";\"420\";\"७\"\n",
		"UTF-16, little end first": sixteen(func(u uint16) []byte { return []byte{byte(u), byte(u >> 8)} }),
		"UTF-16, big end first":    sixteen(func(u uint16) []byte { return []byte{byte(u >> 8), byte(u)} }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := readList(t, file, "name=1,price=2,quantity=3,separator=semicolon")
			require.NoError(t, got.err)
			require.Empty(t, got.reasons)
			require.Equal(t, want, got.listings)
		})
	}
}

func TestListReaderRefusesFiles(t *testing.T) {
	t.Parallel()
	require.EqualError(t, readList(t, "", "name=1,price=2").err, "list.csv: the file is empty")
	require.EqualError(t, readList(t, "\n\n", "name=1,price=2").err, "list.csv: the file is empty")
	require.EqualError(t, readList(t, "a,b\nc,1\n", "name=1,price=3").err, "list.csv: the layout says column 3, the first row has 2 cells")
	got := readList(t, "Item,Rate,HSN,GST\nRice,420,1006,5\n", "name=1,price=2")
	require.Equal(t, []string{"columns that are not used: HSN, GST"}, got.notes)
}

// A cell of 50 MB ends the reading after little more than a megabyte, and the rows before it are read.
func TestListReaderBoundsCells(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]string{"quoted": "Salt,20\nRice,\"", "plain": "Salt,20\nRice,"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := &endless{text: "x"}
			l, err := importer.ParseLayout("name=1,price=2,header=no")
			require.NoError(t, err)
			got := readListOf(io.MultiReader(strings.NewReader(start), io.LimitReader(source, 50<<20)), l)
			require.NoError(t, got.err)
			require.Len(t, got.listings, 1)
			require.Equal(t, []string{`list.csv:2: column "column 2": the cell is larger than 1 MiB: a closing quote may be missing; nothing after it was read`}, got.reasons)
			require.LessOrEqual(t, source.took, 2<<20)
		})
	}
}
