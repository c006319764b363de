package importer_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/importer"
)

func TestParseLayout(t *testing.T) {
	t.Parallel()
	cases := []struct{ text, want string }{
		{"name=1,price=3", "name=1,price=3,separator=comma,header=yes,decimal=point"},
		{" price=3, name=1 ,header=no", "name=1,price=3,separator=comma,header=no,decimal=point"},
		{
			"name=1,price=2,mrp=3,sku=4,quantity=5,category=6,image=7,separator=semicolon,header=no,decimal=comma",
			"name=1,price=2,mrp=3,sku=4,quantity=5,category=6,image=7,separator=semicolon,header=no,decimal=comma",
		},
		{"sku=2,quantity=1,separator=tab", "quantity=1,sku=2,separator=tab,header=yes,decimal=point"},
		{"sku=2,quantity=1,separator=bar,decimal=point,header=yes", "sku=2,quantity=1,separator=bar,header=yes,decimal=point"},
	}
	for _, tc := range cases {
		t.Run(tc.text, func(t *testing.T) {
			t.Parallel()
			l, err := importer.ParseLayout(tc.text)
			require.NoError(t, err)
			want, err := importer.ParseLayout(tc.want)
			require.NoError(t, err)
			require.Equal(t, want, l)
		})
	}
}

func TestParseLayoutRefuses(t *testing.T) {
	t.Parallel()
	const hint = `: write it as name=1,price=3,separator=comma,header=yes,decimal=point`
	cases := []struct{ text, want string }{
		{"", `the layout has ""` + hint},
		{"name=1", "the layout has nothing but names: a price list has prices, quantities, categories or images"},
		{"price=1", "the layout has neither a name nor a sku: it cannot be told what a row is about"},
		{"name=1,price=1", "the layout has column 1 as both name and price"},
		{"name=1,name=2,price=3", `the layout says "name" twice`},
		{"name=0,price=2", `the layout has "name=0"` + hint},
		{"name=01,price=2", `the layout has "name=01"` + hint},
		{"name=+1,price=2", `the layout has "name=+1"` + hint},
		{"name=-1,price=2", `the layout has "name=-1"` + hint},
		{"name=99999,price=2", `the layout has "name=99999"` + hint},
		{"name=1,cost=2", `the layout has "cost=2"` + hint},
		{"name=1,price=2,header=maybe", `the layout has "header=maybe"` + hint},
		{"name=1,price=2,separator=,", `the layout has "separator="` + hint},
		{"name=1,price=2,decimal=,", `the layout has "decimal="` + hint},
		{"chat=0123456789abcdef", `the layout has "chat=0123456789abcdef"` + hint},
	}
	for _, tc := range cases {
		t.Run(tc.text, func(t *testing.T) {
			t.Parallel()
			_, err := importer.ParseLayout(tc.text)
			require.EqualError(t, err, tc.want)
		})
	}
}

// FuzzParseLayout holds every text that is a layout against the text that the layout writes.
func FuzzParseLayout(f *testing.F) {
	for _, seed := range []string{
		"", "name=1,price=3", "name=1,price=2,mrp=3,sku=4,quantity=5,category=6,image=7,separator=tab,header=no,decimal=comma", "name=1,name=1", "a=b=c,=,",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := importer.ParseLayout(text)
		if err != nil {
			return
		}
		written, err := l.MarshalText()
		require.NoError(t, err)
		again, err := importer.ParseLayout(string(written))
		require.NoError(t, err)
		require.Equal(t, l, again)
		require.Equal(t, string(written), again.String())
	})
}

func guess(t *testing.T, text string) (importer.Guess, importer.Layout) {
	t.Helper()
	g, l, err := importer.GuessLayout([]byte(text), "INR")
	require.NoError(t, err)
	require.Equal(t, l.String(), g.Layout)
	return g, l
}

func TestGuessLayout(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, text, want string }{
		{"headings", "name,price\nRice,420\n", "name=1,price=2,separator=comma,header=yes,decimal=point"},
		{"other words", "Item,Rate (₹),Qty\nRice,420,5\n", "name=1,price=2,quantity=3,separator=comma,header=yes,decimal=point"},
		{
			"everything", "Item Code\tParticulars\tMRP\tSelling Price\tStock\tProduct Category\tPhoto\nR1\tRice\t500\t420\t5\tGrain\thttps://a.test/r.jpg\n",
			"name=2,price=4,mrp=3,sku=1,quantity=5,category=6,image=7,separator=tab,header=yes,decimal=point",
		},
		{"Hindi", "सामान,कीमत,मात्रा\nचावल,420,5\n", "name=1,price=2,quantity=3,separator=comma,header=yes,decimal=point"},
		{"Hindi, two words", "वस्तु का नाम;मूल्य (रु)\nचावल;420\n", "name=1,price=2,separator=semicolon,header=yes,decimal=point"},
		{"MRP alone is the price", "Item,MRP\nRice,420\n", "name=1,price=2,separator=comma,header=yes,decimal=point"},
		{"what the merchant pays is no price", "Item,Cost Price,Purchase Rate,Rate\nRice,300,310,420\n", "name=1,price=4,separator=comma,header=yes,decimal=point"},
		{"a unit behind the heading", "Item Name,Price per kg,Rate Rs\nRice,420,1\n", "name=1,price=2,separator=comma,header=yes,decimal=point"},
		{"the name of a category", "Category Name,Product\nGrain,Rice\n", "name=2,category=1,separator=comma,header=yes,decimal=point"},
		{"the surest heading", "Description,Name,Price\nlong,Rice,420\n", "name=2,price=3,separator=comma,header=yes,decimal=point"},
		{"headings nobody listed", "Maal,Keemat\nChawal,420\nDal,130\n", "name=1,price=2,separator=comma,header=yes,decimal=point"},
		{"stock alone", "SKU,Qty\nR1,5\n", "sku=1,quantity=2,separator=comma,header=yes,decimal=point"},
		{"no headings", "Rice,420\nDal,130\n", "name=1,price=2,separator=comma,header=no,decimal=point"},
		{"no headings, price first", "420;Rice\n130;Dal\n", "name=2,price=1,separator=semicolon,header=no,decimal=point"},
		{"no headings, though it looks so", "Photo frame,420\nItem 5,130\n", "name=1,price=2,separator=comma,header=no,decimal=point"},
		{"numbered rows", "1,Rice,420\n2,Dal,130\n3,Salt,20\n", "name=2,price=3,separator=comma,header=no,decimal=point"},
		{"a currency tells the price", "Rice,5,₹420\nDal,12,₹130\n", "name=1,price=3,quantity=2,separator=comma,header=no,decimal=point"},
		{"decimals tell the price", "Rice,420.00,5\nDal,130.00,12\n", "name=1,price=2,quantity=3,separator=comma,header=no,decimal=point"},
		{"barcodes are no prices", "8901234567894,Rice,420\n8901234567895,Dal,130\n", "name=2,price=3,separator=comma,header=no,decimal=point"},
		{
			"codes and categories", "RIC-5,Rice long,Grain,420\nRIC-1,Rice short,Grain,100\nDAL-1,Dal,Pulse,130\nDAL-2,Dal big,Pulse,200\n",
			"name=2,price=4,sku=1,category=3,separator=comma,header=no,decimal=point",
		},
		{"pictures", "Rice,420,https://a.test/r.jpg\nDal,130,https://a.test/d.jpg\n", "name=1,price=2,image=3,separator=comma,header=no,decimal=point"},
		{"decimal comma", "Reis;1.234,50\nLinsen;12,50\n", "name=1,price=2,separator=semicolon,header=no,decimal=comma"},
		{"prices in quotes", "Rice,\"1,20,000.00\"\nDal,130\n", "name=1,price=2,separator=comma,header=no,decimal=point"},
		{"bars", "Rice|420\nDal, yellow|130\n", "name=1,price=2,separator=bar,header=no,decimal=point"},
		{"Devanagari digits", "चावल,४२०\nदाल,१३०\n", "name=1,price=2,separator=comma,header=no,decimal=point"},
		{"right to left", "الاسم,price\nأرز,420\n", "name=1,price=2,separator=comma,header=yes,decimal=point"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			g, l := guess(t, tc.text)
			require.Equal(t, tc.want, g.Layout)
			parsed, err := importer.ParseLayout(g.Layout)
			require.NoError(t, err)
			require.Equal(t, l, parsed)
		})
	}
}

func TestGuessLayoutSaysWhy(t *testing.T) {
	t.Parallel()
	g, _ := guess(t, "Item,HSN,Rate\nRice,1006,420\nDal,0713,\nSalt,2501,20\nOil,1512,150\n")
	require.Equal(t, []importer.GuessedColumn{
		{Column: 1, Heading: "Item", Field: "name", Why: "its heading", Samples: []string{"Rice", "Dal", "Salt"}},
		{Column: 2, Heading: "HSN", Why: "not used", Samples: []string{"1006", "0713", "2501"}},
		{Column: 3, Heading: "Rate", Field: "price", Why: "its heading", Samples: []string{"420", "20", "150"}},
	}, g.Columns)
	g, _ = guess(t, "Reis;12,50\n")
	require.Equal(t, "the only numbers; prices with a decimal comma", g.Columns[1].Why)
}

func TestGuessLayoutRefuses(t *testing.T) {
	t.Parallel()
	const ask = `. Say which is what: --layout 'name=1,price=2,separator=comma,header=no,decimal=point'`
	cases := []struct{ name, text, want string }{
		{"nothing", "", "no columns can be told apart: a price list has cells separated by commas, semicolons or tabs"},
		{"one column", "Rice\nDal\n", "no columns can be told apart: a price list has cells separated by commas, semicolons or tabs"},
		{
			"two numbers of which either could be the price", "Rice,5,420\nDal,12,130\n",
			"the columns cannot be guessed: the layout has nothing but names: a price list has prices, quantities, categories or images" + ask,
		},
		{"numbers alone", "1,2\n3,4\n", "the columns cannot be guessed: the layout has neither a name nor a sku: it cannot be told what a row is about" + ask},
		{"a spreadsheet", "PK\x03\x04,b\n", `this is no text: save the sheet as "CSV UTF-8" and try again`},
		{"zero bytes", "a,b\x00\n", `this is no text: save the sheet as "CSV UTF-8" and try again`},
		{"another encoding", "Caf\xe9,420\n", `the text is not UTF-8: save the file as "CSV UTF-8" and try again`},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := importer.GuessLayout([]byte(tc.text), "INR")
			require.EqualError(t, err, tc.want)
		})
	}
}

func TestGuessLayoutOfALongFile(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("चावल,420\n", importer.SampleBytes/10)
	_, l, err := importer.GuessLayout([]byte(text)[:importer.SampleBytes], "INR")
	require.NoError(t, err)
	require.Equal(t, "name=1,price=2,separator=comma,header=no,decimal=point", l.String())
}

// listed is everything a ListReader tells about a price list.
type listed struct {
	listings []commerce.Listing
	lines    []int
	reasons  []string
	notes    []string
	err      error
}

func readList(t testing.TB, text, layout string) listed {
	t.Helper()
	l, err := importer.ParseLayout(layout)
	require.NoError(t, err)
	return readListOf(strings.NewReader(text), l)
}

func readListOf(r io.Reader, l importer.Layout) listed {
	reader := importer.NewListReader("list.csv", r, "INR", l)
	var all listed
	for {
		listing, line, err := reader.Next()
		if refused, ok := errors.AsType[*importer.RejectedError](err); ok {
			for _, r := range refused.Rejections {
				all.reasons = append(all.reasons, r.String())
			}
			continue
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				all.err = err
			}
			all.notes = reader.Notes()
			return all
		}
		all.listings, all.lines = append(all.listings, listing), append(all.lines, line)
	}
}

// FuzzPriceList guesses and reads arbitrary texts: whatever comes out can be a product, or has a reason with its place, and the
// reader always comes to an end.
func FuzzPriceList(f *testing.F) {
	for _, seed := range []string{
		"", "name,price\nRice,420\n", "Item;Rate;Qty\nRice;Rs. 1,20,000/-;5\n", "\uFEFFRice\t₹420\nDal\t१३०\n", "a,\"b\n", "a,1\na,2\n", "🍚,1\n",
		"\xff\xfeR\x00,\x001\x00\n\x00", "name,price\nRice,1,2\n\n,\n", "a|1|2\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		decoded, err := io.ReadAll(io.LimitReader(importer.NewText(bytes.NewReader(text)), importer.SampleBytes))
		require.NoError(t, err)
		_, l, err := importer.GuessLayout(decoded, "INR")
		if err != nil {
			return
		}
		parsed, err := importer.ParseLayout(l.String())
		require.NoError(t, err)
		require.Equal(t, l, parsed)
		all := readListOf(bytes.NewReader(text), l)
		for i, listing := range all.listings {
			require.Empty(t, listing.Validate())
			if listing.PriceMinor != nil && commerce.Slug(listing.Name) != "" {
				p, refusal := listing.Product()
				require.Empty(t, refusal)
				require.Empty(t, p.Validate())
			}
			require.Positive(t, all.lines[i])
		}
		for _, reason := range all.reasons {
			require.Regexp(t, `^list.csv:\d+: `, reason)
		}
	})
}

// TestListComesBack writes price lists of every layout and demands the same listings back.
func TestListComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		l := importer.Layout{
			Separator: rapid.SampledFrom([]byte{',', ';', '\t', '|'}).Draw(rt, "separator"), Header: rapid.Bool().Draw(rt, "header"),
			DecimalComma: rapid.Bool().Draw(rt, "comma"), Columns: [7]int(rapid.Permutation([]int{1, 2, 3, 4, 5, 6, 7}).Draw(rt, "columns")),
		}
		var want []commerce.Listing
		file := new(strings.Builder)
		if l.Header {
			writeRow(file, l, [7]string{"a", "b", "c", "d", "e", "f", "g"})
		}
		for i := range rapid.IntRange(1, 5).Draw(rt, "rows") {
			in, cells := drawListing(rt, i, l.DecimalComma)
			want = append(want, in)
			writeRow(file, l, cells)
		}
		got := readListOf(strings.NewReader(file.String()), l)
		require.NoError(rt, got.err)
		require.Empty(rt, got.reasons)
		require.Equal(rt, want, got.listings)
	})
}
