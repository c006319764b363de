package importer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/importer"
)

// sequence is products as an export takes them.
func sequence(products []commerce.ProductInput, end error) iter.Seq2[commerce.ProductInput, error] {
	return func(yield func(commerce.ProductInput, error) bool) {
		for _, p := range products {
			if !yield(p, nil) {
				return
			}
		}
		if end != nil {
			yield(commerce.ProductInput{}, end)
		}
	}
}

// rupees is a store with prices in rupees.
func rupees() *commerce.Store { return &commerce.Store{ID: 1, Handle: "shop", Currency: "INR"} }

// metafieldColumns are the columns that the metafields of products take, in order.
func metafieldColumns(products []commerce.ProductInput) []commerce.MetafieldColumn {
	columns := make(map[commerce.MetafieldColumn]bool)
	add := func(variant bool, metafields []commerce.MetafieldInput) {
		for _, m := range metafields {
			columns[commerce.MetafieldColumn{Variant: variant, Namespace: m.Namespace, Key: m.Key, Type: m.Type, Private: m.Private}] = true
		}
	}
	for _, p := range products {
		add(false, p.Metafields)
		for _, v := range p.Variants {
			add(true, v.Metafields)
		}
	}
	return slices.SortedFunc(maps.Keys(columns), func(a, b commerce.MetafieldColumn) int {
		return strings.Compare(fmt.Sprint(a.Namespace, "\x00", a.Key, a), fmt.Sprint(b.Namespace, "\x00", b.Key, b))
	})
}

func exportAll(t require.TestingT, products []commerce.ProductInput) (string, importer.Exported) {
	var b bytes.Buffer
	done, err := importer.Export(&b, rupees(), sequence(products, nil), importer.ExportOptions{Metafields: metafieldColumns(products)})
	require.NoError(t, err)
	require.EqualValues(t, b.Len(), done.Bytes)
	require.Equal(t, len(products), done.Products)
	return b.String(), done
}

// TestExportComesBack exports random products and demands that an import of the file gives the same products back.
func TestExportComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var want []commerce.ProductInput
		for i := range rapid.IntRange(1, 4).Draw(t, "products") {
			want = append(want, product(t, fmt.Sprint("product-", i)))
		}
		file, done := exportAll(t, want)
		require.Empty(t, done.Differences)
		c := readAll(strings.NewReader(file))
		require.NoError(t, c.err)
		require.Empty(t, c.rejections)
		require.Empty(t, c.notes, "the reader uses every column")
		require.Equal(t, want, c.products)
		again, _ := exportAll(t, c.products)
		require.Equal(t, file, again)
	})
}

// wild draws a text that the domain may take and the format may not hold.
func wild(t *rapid.T, label string) string {
	return rapid.StringOfN(rapid.SampledFrom([]rune("ab ,\"\r\n<&;\u2028\u00a0\u200fब")), 0, 8, -1).Draw(t, label)
}

// TestExportTellsWhatDoesNotComeBack exports whatever the domain takes: what comes back is the same, or it is told.
func TestExportTellsWhatDoesNotComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := product(t, "p")
		for _, s := range []*string{&p.Title, &p.DescriptionHTML, &p.Vendor, &p.ProductType, &p.SEOTitle, &p.Variants[0].SKU, &p.Variants[0].Options[0], &p.Handle} {
			if rapid.IntRange(0, 3).Draw(t, "change") == 0 {
				*s = wild(t, "text")
			}
		}
		p.Tags = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return wild(t, "tag") }), 0, 3).Draw(t, "tags")
		if rapid.Bool().Draw(t, "no options") {
			p.Options, p.Variants = nil, p.Variants[:1]
			p.Variants[0].Options = nil
		}
		if len(p.Validate()) > 0 {
			t.Skip()
		}
		if len(p.Tags) == 0 {
			p.Tags = nil
		}
		file, done := exportAll(t, []commerce.ProductInput{p})
		c := readAll(strings.NewReader(file))
		same := len(c.products) == 1 && fmt.Sprintf("%#v", normalized(c.products[0])) == fmt.Sprintf("%#v", normalized(p))
		require.Equal(t, same, done.Inexact == 0, "%v\n%s", done.Differences, file)
	})
}

// normalized leaves the pointers out, which print as addresses.
func normalized(p commerce.ProductInput) commerce.ProductInput {
	p.Variants = append([]commerce.VariantInput(nil), p.Variants...)
	for i, v := range p.Variants {
		if v.CompareAtMinor != nil {
			p.Variants[i].Barcode += fmt.Sprint(" compare at ", *v.CompareAtMinor)
			p.Variants[i].CompareAtMinor = nil
		}
	}
	return p
}

func TestExportNamesWhatTheFormatCannotHold(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		change func(p *commerce.ProductInput)
		want   string
	}{
		{"nothing", func(*commerce.ProductInput) {}, ""},
		{"a tag with a comma", func(p *commerce.ProductInput) { p.Tags = []string{"a, b"} }, "the format cannot hold these as they are: tags"},
		{"space around texts", func(p *commerce.ProductInput) { p.Vendor, p.Title = " Farm", "Rice\u00a0" }, "the format cannot hold these as they are: title, vendor"},
		{"a script", func(p *commerce.ProductInput) { p.DescriptionHTML = "<script>" }, "the format cannot hold these as they are: description"},
		{
			"an option without a value", func(p *commerce.ProductInput) { p.Options, p.Variants[0].Options = []string{"Size"}, []string{""} },
			`an import would refuse it: the variant has no value for option "Size"`,
		},
		{"a long text", func(p *commerce.ProductInput) { p.DescriptionHTML = strings.Repeat(`"`, commerce.MaxHTML) }, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := rice()
			tc.change(&p)
			require.Empty(t, p.Validate())
			_, done := exportAll(t, []commerce.ProductInput{p})
			if tc.want == "" {
				require.Equal(t, importer.Exported{Products: 1, Variants: 1, Bytes: done.Bytes, Differences: []importer.Difference{}}, done)
				return
			}
			require.Equal(t, 1, done.Inexact)
			require.Equal(t, []importer.Difference{{Handle: "rice", Reason: tc.want}}, done.Differences)
			require.Equal(t, `product "rice": `+tc.want, done.Differences[0].String())
		})
	}
}

// TestExportOfFiles reads files, exports what they hold, and demands the same again.
func TestExportOfFiles(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"testdata/*.csv", "../../demo/*.csv", "../../../shared/data/shopify-csv/*.csv"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, path := range files {
			t.Run(filepath.Base(path), func(t *testing.T) {
				t.Parallel()
				want := readFile(t, path).products
				file, done := exportAll(t, want)
				require.Empty(t, done.Differences)
				require.Equal(t, want, readAll(strings.NewReader(file)).products)
			})
		}
	}
}

func TestExportGolden(t *testing.T) {
	t.Parallel()
	got, _ := exportAll(t, readFile(t, "testdata/apparel.csv").products)
	const path = "testdata/apparel.export"
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestExportReportsProgress(t *testing.T) {
	t.Parallel()
	products := make([]commerce.ProductInput, 1200)
	for i := range products {
		products[i] = rice()
		products[i].Handle = fmt.Sprint("rice-", i)
		products[i].Tags = []string{","}
	}
	clock := time.Unix(0, 0)
	var seen []importer.Exported
	done, err := importer.Export(io.Discard, rupees(), sequence(products, nil), importer.ExportOptions{
		Progress: func(d importer.Exported) { seen = append(seen, d) },
		Now:      func() time.Time { clock = clock.Add(time.Second); return clock },
	})
	require.NoError(t, err)
	require.Len(t, seen, 2)
	require.Equal(t, []int{500, 1000, 1200}, []int{seen[0].Products, seen[1].Products, done.Products})
	require.Equal(t, 2*time.Second, seen[1].Elapsed)
	require.Equal(t, 1200, done.Inexact)
	require.Len(t, done.Differences, 1000)
}

// full is a disk that takes some writes.
type full struct{ writes int }

func (f *full) Write(p []byte) (int, error) {
	if f.writes--; f.writes < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

func TestExportStopsAtAFault(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection lost")
	done, err := importer.Export(io.Discard, rupees(), sequence([]commerce.ProductInput{rice()}, lost), importer.ExportOptions{})
	require.ErrorIs(t, err, lost)
	require.Equal(t, 1, done.Products)
	for writes := range 2 {
		taken := 0
		_, err = importer.Export(&full{writes}, rupees(), func(yield func(commerce.ProductInput, error) bool) {
			for taken = 1; yield(rice(), nil); taken++ {
			}
		}, importer.ExportOptions{})
		require.EqualError(t, err, "writing the export: no space left")
		require.LessOrEqual(t, taken, 1)
	}
}

// FuzzExport exports what it finds in arbitrary files: it comes back the same, and the same bytes again.
func FuzzExport(f *testing.F) {
	files, err := filepath.Glob("testdata/*.csv")
	require.NoError(f, err)
	for _, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Add([]byte("Handle,Title,Body (HTML),Price,Tags,Option1 Name,Option1 Value,Image Src\na,A,\" <p>'x'\r\n\",1,\"a,,b\",Size,S,/a\na,,,2,,,M,\n"))
	f.Add([]byte("Title,Price,Variant Image,Variant Grams\n\"a\nb\",1,/x?y=\"\"z,0.1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		want := readAll(bytes.NewReader(text)).products
		file, done := exportAll(t, want)
		require.Empty(t, done.Differences)
		back := readAll(strings.NewReader(file))
		require.NoError(t, back.err)
		require.Equal(t, want, back.products)
		again, _ := exportAll(t, back.products)
		require.Equal(t, file, again)
	})
}

// BenchmarkExport measures writing and reading back.
func BenchmarkExport(b *testing.B) {
	products := readAll(bytes.NewReader(exported(500))).products
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		done, err := importer.Export(io.Discard, rupees(), sequence(products, nil), importer.ExportOptions{})
		require.NoError(b, err)
		n += done.Products
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "products/s")
}
