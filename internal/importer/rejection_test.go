package importer_test

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/importer"
)

func TestReaderRefusesBadCells(t *testing.T) {
	t.Parallel()
	cases := []struct{ column, cell, reason string }{
		{"Variant Price", "", "the variant has no price"},
		{"Variant Price", "fifty", `"fifty" is not a price: write it as 1299 or 42.99`},
		{"Variant Price", "₹50", `"₹50" is not a price: write it as 1299 or 42.99`},
		{"Variant Price", "-1", `"-1" is not a price: write it as 1299 or 42.99`},
		{"Variant Price", "1.005", `"1.005" has more than the 2 decimal digits of INR`},
		{"Variant Price", `"12,50"`, `"12,50" has a comma that does not group thousands: write 1,299 or 42.99`},
		{"Variant Price", `"1,299,5.00"`, `"1,299,5.00" has a comma that does not group thousands: write 1,299 or 42.99`},
		{"Variant Price", strings.Repeat("9", 41), `"` + strings.Repeat("9", 40) + `"… is not a price`},
		{"Price", "1e3", `"1e3" is not a price: write it as 1299 or 42.99`},
		{"Variant Compare At Price", "x", `"x" is not a price: write it as 1299 or 42.99`},
		{"Compare-at price", "x", `"x" is not a price: write it as 1299 or 42.99`},
		{"Variant Inventory Qty", "1.5", `"1.5" is not a number of units`},
		{"Inventory quantity", "1000000001", `"1000000001" is not a number of units`},
		{"Variant Inventory Policy", "maybe", `"maybe" is no inventory policy: write deny or continue`},
		{"Variant Grams", "-1", `"-1" is not a weight in grams`},
		{"Variant Grams", "1e3", `"1e3" is not a weight in grams`},
		{"Variant Grams", "NaN", `"NaN" is not a weight in grams`},
		{"Variant Grams", "0x10", `"0x10" is not a weight in grams`},
		{"Variant Grams", "1000000001", `"1000000001" is not a weight in grams`},
		{"Variant Weight Unit", "stone", `"stone" is no unit of weight: write g, kg, oz or lb`},
		{"Variant Taxable", "yes", `"yes" is neither TRUE nor FALSE`},
		{"Requires shipping", "1", `"1" is neither TRUE nor FALSE`},
		{"Gift Card", "no", `"no" is neither TRUE nor FALSE`},
		{"Published", "no", `"no" is neither TRUE nor FALSE`},
		{"Status", "unlisted", `"unlisted" is no status: write active, draft or archived`},
		{"Vendor", strings.Repeat("v", 256), "the text is longer than 255 characters"},
		{"Variant SKU", strings.Repeat("v", 256), "the text is longer than 255 characters"},
		{"Variant Barcode", strings.Repeat("v", 256), "the text is longer than 255 characters"},
		{"Body (HTML)", strings.Repeat("v", commerce.MaxHTML+1), "the text is longer than 524288 bytes"},
		{"Body (HTML)", strings.Repeat("<", commerce.MaxHTML/2), "the text is longer than 524288 bytes"},
		{"SEO Description", strings.Repeat("v", 2049), "the text is longer than 2048 characters"},
		{"Vendor", "Caf\xe9", `the text is not UTF-8: save the file as "CSV UTF-8" and try again`},
		{"Vendor", "a\x00b", `the text is not UTF-8: save the file as "CSV UTF-8" and try again`},
		{"Tags", strings.Repeat("t", 256), "the text is longer than 255 characters"},
		{"Tags", `"` + numbers(251) + `"`, "more than 250 tags"},
		{"Tags", `"` + strings.Repeat(",", 1<<19) + `"`, "more than 250 tags"},
		{"Option1 Value", "Red", "the first row of the product has no name for option 1"},
		{"Option2 Value", "Red", "the first row of the product has no name for option 2"},
		{"Option2 Name", "Colour", "option 2 has a name, but an option before it has none"},
		{"Image Src", "rice.jpg", `"rice.jpg" is no address of a picture: write https://… or a path such as /pictures/rice.svg`},
		{"Image Src", "//img.test/a.jpg", `"//img.test/a.jpg" is no address of a picture: write https://… or a path such as /pictures/rice.svg`},
		{"Image Src", "///img.test", `"///img.test" is no address of a picture: write https://… or a path such as /pictures/rice.svg`},
		{"Image Src", `/\img.test`, `"/\\img.test" is no address of a picture: write https://… or a path such as /pictures/rice.svg`},
		{"Image Src", "javascript:alert(1)", `"javascript:alert(1)" is no address of a picture: write https://… or a path such as /pictures/rice.svg`},
		{"Product image URL", "https://", `"https://" is no address of a picture: write https://… or a path such as /pictures/rice.svg`},
		{"Variant Image", "ftp://img.test/a", `"ftp://img.test/a" is no address of a picture: write https://… or a path such as /pictures/rice.svg`},
		{"Image Src", "https://img.test/\x01", `"https://img.test/\x01" is no address of a picture: write https://… or a path such as /pictures/rice.svg`},
		{"Image Src", "/" + strings.Repeat("p", 2048), "the text is longer than 2048 bytes"},
		{"Image Position", "0", `"0" is not a position: write 1 for the first picture`},
		{"Image Position", "first", `"first" is not a position: write 1 for the first picture`},
	}
	for _, tc := range cases {
		t.Run(tc.column+" "+tc.cell[:min(20, len(tc.cell))], func(t *testing.T) {
			t.Parallel()
			columns, cells := "Handle,Title", "rice,Rice"
			if !strings.HasSuffix(tc.column, "Price") {
				columns, cells = columns+",Variant Price", cells+",50"
			}
			if tc.column == "Variant Compare At Price" {
				columns, cells = columns+",Price", cells+",50"
			}
			c := readAll(strings.NewReader(sheet(columns+","+tc.column, "", cells+","+tc.cell)))
			require.NoError(t, c.err)
			require.Empty(t, c.products)
			require.NotEmpty(t, c.rejections)
			require.Equal(t, importer.Rejection{
				File: "shop.csv", Line: 3, Column: tc.column, Handle: "rice", Reason: tc.reason,
			}, c.rejections[0])
		})
	}
}

// numbers is the numbers below n as a list of tags.
func numbers(n int) string {
	tags := make([]string, n)
	for i := range tags {
		tags[i] = strconv.Itoa(i)
	}
	return strings.Join(tags, ",")
}

func TestReaderRefusesWholeProducts(t *testing.T) {
	t.Parallel()
	const columns = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant Price,Image Src"
	cases := []struct {
		name  string
		lines []string
		want  []string
	}{
		{
			"a bad variant",
			[]string{"kurta,Kurta,Size,S,,,10,", "kurta,,,M,,,x,"},
			[]string{`shop.csv:3: column "Variant Price": "x" is not a price: write it as 1299 or 42.99`},
		},
		{"several reasons", []string{"kurta,Kurta,Size,,,,,", "kurta,,,M,,,10,x"}, []string{
			`shop.csv:2: column "Option1 Value": the variant has no value for option "Size"`,
			`shop.csv:2: column "Variant Price": the variant has no price`,
			`shop.csv:3: column "Image Src": "x" is no address of a picture: write https://… or a path such as /pictures/rice.svg`,
		}},
		{
			"the same variant twice",
			[]string{"kurta,Kurta,Size,S,,,10,", "kurta,,, s ,,,10,"},
			[]string{`shop.csv:3: column "Option1 Value": the variant "s" is on line 2 already`},
		},
		{
			"two variants without options",
			[]string{"kurta,Kurta,,,,,10,", "kurta,,,,,,10,"},
			[]string{`shop.csv:3: column "Option1 Value": the variant "Default Title" is on line 2 already`},
		},
		{
			"another option on a further row",
			[]string{"kurta,Kurta,Size,S,,,10,", "kurta,,Colour,Red,,,10,"},
			[]string{`shop.csv:3: column "Option1 Name": option 1 is called "Colour" here and "Size" on the first row of the product`},
		},
		{
			"a further option on a further row",
			[]string{"kurta,Kurta,Size,S,,,10,", "kurta,,,M,Colour,Red,10,"},
			[]string{`shop.csv:3: column "Option2 Value": the first row of the product has no name for option 2`},
		},
		{
			"an option of a product without",
			[]string{"kurta,Kurta,,,,,10,", "kurta,,Title,Default Title,,,10,"},
			[]string{`shop.csv:3: column "Option1 Value": the first row of the product has no name for option 1`},
		},
		{
			"one option twice",
			[]string{"kurta,Kurta,Size,S,size,M,10,"},
			[]string{`shop.csv:2: column "Option2 Name": two options are called "size"`},
		},
		{
			"a picture of a variant without a price",
			[]string{"kurta,Kurta,Size,S,,,10,", "kurta,,,M,,,,"},
			[]string{`shop.csv:3: column "Variant Price": the variant has no price`},
		},
		{
			"no title",
			[]string{"kurta,,Size,S,,,10,", "kurta,,,M,,,x,"},
			[]string{`shop.csv:2: column "Title": the product has no title`},
		},
		{
			"no handle, no title",
			[]string{",,Size,S,,,10,"},
			[]string{`shop.csv:2: column "Title": the product has no title`},
		},
		{
			"a title without letters",
			[]string{",!!!,Size,S,,,10,"},
			[]string{`shop.csv:2: column "Handle": the row has no handle, and its title has no letter or digit to make one from`},
		},
		{
			"a handle that is no link",
			[]string{"a b,Kurta,Size,S,,,10,"},
			[]string{`shop.csv:2: column "Handle": the handle "a b" is not usable in a link: write letters, digits and hyphens`},
		},
		{
			"a handle that is not text",
			[]string{"a\xff,Kurta,Size,S,,,10,", "a\xff,,,M,,,10,"},
			[]string{`shop.csv:2: column "Handle": the text is not UTF-8: save the file as "CSV UTF-8" and try again`},
		},
		{
			"a row of nobody",
			[]string{"kurta,Kurta,Size,S,,,10,", ",,,M,,,10,"},
			[]string{`shop.csv:3: column "Handle": the row has neither a handle nor a title: it cannot be told which product it belongs to`},
		},
		{
			"a row of nobody after a title",
			[]string{",Kurta,Size,S,,,10,", ",,,M,,,10,"},
			[]string{`shop.csv:3: column "Handle": the row has neither a handle nor a title: it cannot be told which product it belongs to`},
		},
		{
			"too few cells",
			[]string{"kurta,Kurta,Size,S,,,1"},
			[]string{`shop.csv:2: the row has 7 cells where the headings have 8: the file may be cut off here, or a text may lack its closing quote`},
		},
		{
			"too few cells on a further row",
			[]string{"kurta,Kurta,Size,S,,,10,", "kurta"},
			[]string{`shop.csv:3: the row has 1 cells where the headings have 8: the file may be cut off here, or a text may lack its closing quote`},
		},
		{
			"too many cells, the last filled",
			[]string{"kurta,Kurta, long,Size,S,,,10,/a"},
			[]string{`shop.csv:2: the row has 9 cells where the headings have 8: a text with a comma may need quotes around it`},
		},
		{
			"too many cells",
			[]string{"kurta,Kurta, long,Size,S,,,10,", "kurta,,,M,,,x,"},
			[]string{`shop.csv:2: the row has 9 cells where the headings have 8: a text with a comma may need quotes around it`},
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			after := "dal,Dal,,,,,30,"
			c := readAll(strings.NewReader(sheet(append(append([]string{columns}, tc.lines...), after)...)))
			require.NoError(t, c.err)
			var got []string
			for _, r := range c.rejections {
				got = append(got, r.String())
			}
			require.Equal(t, tc.want, got)
			require.Equal(t, 1, c.refused)
			require.Len(t, c.products, 1, "the product after a refused one goes in")
			require.Equal(t, "dal", c.products[0].Handle)
		})
	}
}

func TestReaderRefusesHandlesThatComeBack(t *testing.T) {
	t.Parallel()
	c := readAll(strings.NewReader(sheet("Handle,Title,Option1 Name,Option1 Value,Variant Price",
		"kurta,Kurta,Size,S,10", "dal,Dal,,,30", "kurta,Kurta,Size,M,10", "kurta,,,L,x", ",Dal,,,30", "rice,Rice,,,50")))
	require.NoError(t, c.err)
	require.Len(t, c.products, 3)
	require.Equal(t, 2, c.refused)
	const hint = ", and other products came between: move the rows of a product together, or give this one a handle of its own"
	require.Equal(t, []importer.Rejection{
		{File: "shop.csv", Line: 4, Column: "Handle", Handle: "kurta", Reason: `the handle "kurta" was used on line 2` + hint},
		{File: "shop.csv", Line: 6, Column: "Handle", Reason: `the handle "dal" was used on line 3` + hint},
	}, c.rejections)
}

func TestReaderRefusesTheRestOfWhatItRefused(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]string{
		"good": "kurta,Kurta,Size,S,10", "bad price": "kurta,Kurta,Size,S,x", "no title": "kurta,,Size,S,10", "too few cells": "kurta,Kurta",
		"title too long": "kurta," + strings.Repeat("K", 256) + ",Size,S,10",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := readAll(strings.NewReader(sheet("Handle,Title,Option1 Name,Option1 Value,Variant Price", first, "dal,Dal,,,30", "kurta,,,M,10")))
			last := c.rejections[len(c.rejections)-1]
			require.Equal(t, 4, last.Line)
			require.Contains(t, last.Reason, `the handle "kurta" was used on line 2`)
		})
	}
}

func TestReaderCountsLinesInsideTexts(t *testing.T) {
	t.Parallel()
	c := readAll(strings.NewReader("Handle,Title,Body (HTML),Variant Price\r\n\r\nrice,Rice,\"a\r\nb\r\n\",x\r\ndal,Dal,,y\r\n"))
	require.Len(t, c.rejections, 2)
	require.Equal(t, 5, c.rejections[0].Line, "the line on which the cell begins")
	require.Equal(t, 6, c.rejections[1].Line)
}

func TestReaderStopsAtBrokenQuotes(t *testing.T) {
	t.Parallel()
	const columns = "Handle,Title,Body (HTML),Variant Price"
	cases := []struct {
		name, text string
		line       int
		handle     string
		column     string
		goodBefore int
		where      string
	}{
		{"a quote inside a text", "rice,Rice,,50\ndal,12\" pan,,30\nsalt,Salt,,10\n", 3, "dal", "Title", 1, "line 3, character 7"},
		{"a quote inside quotes", "rice,Rice,,50\ndal,Dal,\"a \"b\" c\",30\nsalt,Salt,,10\n", 3, "dal", "Body (HTML)", 1, "line 3, character 12"},
		{"a quote that never ends", "rice,Rice,,50\ndal,Dal,\"a,30\nsalt,Salt,,10\n", 3, "dal", "Body (HTML)", 1, "line 4, character 15"},
		{"after a text of several lines", "rice,Rice,,50\ndal,\"D\na\nl\",\"a,30\nsalt,Salt,,10\n", 5, "dal", "Body (HTML)", 1, "line 6, character 15"},
		{"on a further row", "rice,Rice,,50\nrice,12\",,\n", 3, "rice", "Title", 0, "line 3, character 8"},
		{"before the handle is known", "rice,Rice,,50\n\"dal\"x,12,,\n", 3, "rice", "Handle", 0, "line 3, character 5"},
		{"on the first row, after the handle", "dal,12\",,\n", 2, "dal", "Title", 0, "line 2, character 7"},
		{"on the first row", "\"dal\"x,12,,\n", 2, "", "Handle", 0, "line 2, character 5"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := readAll(strings.NewReader(columns + "\n" + tc.text))
			require.NoError(t, c.err)
			require.Len(t, c.products, tc.goodBefore)
			require.Len(t, c.rejections, 1)
			r := c.rejections[0]
			require.Equal(t, "the quotes of the cell that begins here are broken ("+tc.where+"): end it with one quote and double "+
				"each quote inside; nothing after it was read", r.Reason)
			require.Equal(t, tc.line, r.Line)
			require.Equal(t, tc.column, r.Column)
			require.Equal(t, tc.handle, r.Handle)
		})
	}
}

func TestReaderKeepsTheBrokenRowAmongManyReasons(t *testing.T) {
	t.Parallel()
	text := "Handle,Title,Variant Price\n" + strings.Repeat("rice,Rice,x\n", 30)
	require.Len(t, readAll(strings.NewReader(text)).rejections, 10)
	c := readAll(strings.NewReader(text + "rice,a\"b,\n"))
	require.Len(t, c.rejections, 10)
	require.Contains(t, c.rejections[9].Reason, "quotes")
}

// endless is a source that repeats a text and counts what is taken from it.
type endless struct {
	text string
	took int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], e.text[(e.took+n)%len(e.text):])
	}
	e.took += n
	return n, nil
}

func TestReaderBoundsCellsAndRows(t *testing.T) {
	t.Parallel()
	const start = "Handle,Title,Variant Price\nrice,Rice,50\ndal,"
	cases := []struct {
		name, text, column, reason string
		most                       int
	}{
		{"a text without end", "a", "Title", "the cell is larger than 1 MiB: a closing quote may be missing", 2 << 20},
		{"a quoted text without end", `"`, "Title", "the cell is larger than 1 MiB: a closing quote may be missing", 2 << 20},
		{"lines without end in quotes", `"` + strings.Repeat("\n", 2<<20), "Title", "the cell is larger than 1 MiB: a closing quote may be missing", 2 << 20},
		{"cells without end", ",", "", "the row has more than 16384 cells", 1 << 20},
		{"a row of large cells", strings.Repeat("a", 1<<19) + ",", "", "the row is larger than 4 MiB", 5 << 20},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			source := &endless{text: tc.text}
			c := readAll(io.MultiReader(strings.NewReader(start), source))
			require.NoError(t, c.err)
			require.LessOrEqual(t, source.took, tc.most)
			require.Len(t, c.products, 1)
			require.Equal(t, []importer.Rejection{{
				File: "shop.csv", Line: 3, Column: tc.column, Handle: "dal", Reason: tc.reason + "; nothing after it was read",
			}}, c.rejections)
		})
	}
	c := readAll(io.MultiReader(strings.NewReader("Handle,Title,Junk\ndal,\"D\n\nl\",\"\n"), &endless{text: "a"}))
	require.Equal(t, "shop.csv:4: column \"Junk\": the cell is larger than 1 MiB: a closing quote may be missing; nothing after it was read",
		c.rejections[0].String(), "the line on which the cell begins")
	c = readAll(&endless{text: ","})
	require.EqualError(t, c.err, "reading shop.csv: line 1, cell 16385: the row has more than 16384 cells")
}

func TestReaderTakesWhatIsJustWithinItsBounds(t *testing.T) {
	t.Parallel()
	wide := "Handle,Title,Variant Price" + strings.Repeat(",", 16384-3)
	p := only(t, wide+"\nrice,Rice,50"+strings.Repeat(",", 16384-3)+"\n")
	require.Equal(t, rice(), p)
	long := only(t, "Handle,Title,Junk,Variant Price\nrice,Rice,"+strings.Repeat("a", 1<<20-1)+",50\n")
	require.Equal(t, rice(), long)
}

func TestReaderBoundsProducts(t *testing.T) {
	t.Parallel()
	const columns = "Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src,Collection\n"
	rows := func(n int, row string) string {
		var b strings.Builder
		b.WriteString(columns + "rice,Rice,Size,first,1,,\n")
		for i := range n {
			fmt.Fprintf(&b, row+"\n", i)
		}
		return b.String()
	}
	require.Len(t, only(t, rows(commerce.MaxVariants-1, "rice,,,%d,1,,")).Variants, commerce.MaxVariants)
	require.Len(t, only(t, rows(commerce.MaxMedia, "rice,,,,,/%d,")).Media, commerce.MaxMedia)
	require.Len(t, only(t, rows(250, "rice,,,,,,%d")).Collections, 250)
	for name, tc := range map[string]struct {
		text   string
		reason string
	}{
		"variants": {rows(10_000, "rice,,,%d,1,,") + "rice,,,last,x,,\n", "more than 2048 variants"},
		"pictures": {rows(251, "rice,,,,,/%d,"), "more than 250 pictures"},
		"pictures of variants": {
			strings.Replace(rows(251, "rice,,,%d,1,/%[1]d,"), "Image Src", "Variant Image", 1), "more than 250 pictures",
		},
		"collections": {rows(251, "rice,,,,,,%d"), "more than 250 collections"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := readAll(strings.NewReader(tc.text))
			require.Empty(t, c.products)
			require.Len(t, c.rejections, 1)
			require.Equal(t, tc.reason, c.rejections[0].Reason)
		})
	}
}

func TestReaderKeepsNoRows(t *testing.T) { // not parallel: it measures the heap
	row := "rice,,%d,1," + strings.Repeat("junk", 64<<10) + ",\n"
	var b strings.Builder
	b.WriteString("Handle,Title,Option1 Value,Variant Price,Junk,Option1 Name\nrice,Rice,first,1,,Size\n")
	for i := range 50 {
		fmt.Fprintf(&b, row, i)
	}
	before := heap()
	p := only(t, b.String())
	grown := int64(heap()) - int64(before)
	require.Less(t, grown, int64(4<<20), "the file is 13 MB, of which the product holds some kilobytes")
	runtime.KeepAlive(p)
	runtime.KeepAlive(&b)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestRejectionTexts(t *testing.T) {
	t.Parallel()
	r := importer.Rejection{File: "shop.csv", Line: 7, Column: "Variant Price", Reason: "the variant has no price"}
	require.Equal(t, `shop.csv:7: column "Variant Price": the variant has no price`, r.String())
	whole := importer.Rejection{File: "shop.csv", Line: 8, Handle: "rice", Reason: "too many cells"}
	require.Equal(t, "shop.csv:8: too many cells", whole.String())
	err := &importer.RejectedError{Rejections: []importer.Rejection{r, whole}}
	require.EqualError(t, err, r.String()+"\n"+whole.String())
	text, e := json.Marshal(r)
	require.NoError(t, e)
	require.JSONEq(t, `{"file":"shop.csv","line":7,"column":"Variant Price","reason":"the variant has no price"}`, string(text))
}
