package importer_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/importer"
)

// allocated is how many bytes run allocates in all, kept or not.
func allocated(run func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// hostile are beginnings of files that go on with one letter for 50 MB.
func hostile() map[string]string {
	return map[string]string{
		"a cell": "Handle,Title,Variant Price\nrice,Rice,50\ndal,", "a quoted cell": "Handle,Title,Variant Price\nrice,Rice,50\ndal,\"",
		"a description": "Handle,Title,Variant Price,Body (HTML)\nrice,Rice,50,\ndal,Dal,1,\"<p>", "the first line": "", "a quoted heading": `"`,
	}
}

// A cell of 50 MB costs a few megabytes, whatever reads it, and the product before it is in. Not parallel: it counts bytes.
func TestHugeCellsCostLittle(t *testing.T) {
	for name, start := range hostile() {
		t.Run(name, func(t *testing.T) {
			file := func() io.Reader {
				return io.MultiReader(strings.NewReader(start), io.LimitReader(&endless{text: "x"}, 50<<20))
			}
			var c contents
			require.Less(t, allocated(func() { c = readAll(file()) }), int64(16<<20), "the export")
			var list listed
			l, err := importer.ParseLayout("name=2,price=3")
			require.NoError(t, err)
			require.Less(t, allocated(func() { list = readListOf(file(), l) }), int64(16<<20), "the price list")
			if strings.Contains(start, "rice") {
				require.Equal(t, "Rice", c.products[0].Title)
				require.Equal(t, "Rice", list.listings[0].Name)
				require.Contains(t, c.rejections[0].Reason, "the cell is larger than 1 MiB")
				require.Contains(t, list.reasons[0], "the cell is larger than 1 MiB")
			}
			require.Less(t, allocated(func() {
				w := &listWriter{}
				_, err = importer.Import(t.Context(), w, store(), "x", file(), 0, importer.Options{Format: importer.FormatChat, DryRun: true})
			}), int64(16<<20), "the chat text")
			require.Error(t, err)
		})
	}
}

// A guess costs no more than its sample, whatever is in it. Not parallel: it counts bytes.
func TestGuessesCostLittle(t *testing.T) {
	for _, unit := range []string{"a,", "a;1\n", "\"", "\n", "अ,1\n", "1 - 1\n", "a b c d e f - ", "*x*\n", "1,1,", "₹1 "} {
		sample := strings.Repeat(unit, importer.SampleBytes/len(unit))
		require.Less(t, allocated(func() { _, _ = formatOf(t, importer.FormatAuto, "", sample) }), int64(32<<20), "%q", unit)
	}
}

// Texts in any script are kept as they are, handles are made of their letters; a name without any is refused, and told.
func TestScripts(t *testing.T) {
	t.Parallel()
	for title, handle := range map[string]string{
		"أرز بسمتي": "أرز-بسمتي", "\u200fאורז\u200f": "אורז", "ข้าวหอม": "ข้าวหอม", "米 🍚": "米", "Café Crème": "café-crème", "ﷺ": "ﷺ",
		"🍚🍚🍚": "", "!!!": "", "\u202e": "",
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			c := readAll(strings.NewReader(sheet("Title,Variant Price", title+",50")))
			list := readList(t, title+",50\n", "name=1,price=2,header=no")
			require.Len(t, c.rejections, len(list.reasons))
			if handle == "" {
				require.Equal(t, "the row has no handle, and its title has no letter or digit to make one from", c.rejections[0].Reason)
				require.Contains(t, list.reasons[0], "the name has no letter or digit to make a handle from")
				return
			}
			require.Equal(t, handle, c.products[0].Handle)
			require.Equal(t, title, c.products[0].Title)
			p, refusal := list.listings[0].Product()
			require.Empty(t, refusal)
			require.Equal(t, []string{handle, title}, []string{p.Handle, p.Title})
		})
	}
}

// Memory does not grow with a file, neither in nor out. Not parallel: it measures the heap.
func TestImportAndExportKeepNoProducts(t *testing.T) {
	const n = 6000
	description := strings.Repeat("x", 10_000)
	source := func(yield func(commerce.ProductInput, error) bool) {
		for i := range n {
			p := rice()
			p.Handle, p.DescriptionHTML = fmt.Sprint("rice-", i), description
			if !yield(p, nil) {
				return
			}
		}
	}
	in, out := io.Pipe()
	go func() {
		_, err := importer.Export(out, rupees(), source, importer.ExportOptions{})
		out.CloseWithError(err)
	}()
	w := &amnesiac{}
	before := heap()
	report, err := importer.Import(t.Context(), w, store(), "shop.csv", in, 0, importer.Options{
		Progress: func(importer.Report) { w.most = max(w.most, heap()) },
	})
	require.NoError(t, err)
	require.Equal(t, n, report.Products)
	require.Less(t, int64(w.most)-int64(before), int64(40<<20), "the file is 60 MB, a batch 5 MB, of which there are two and what they left behind")
}

// amnesiac is a catalogue that keeps nothing.
type amnesiac struct {
	writer

	most uint64
}

func (*amnesiac) UpsertProducts(_ context.Context, _ *commerce.Store, in []commerce.ProductInput) ([]commerce.UpsertOutcome, error) {
	return slices.Repeat([]commerce.UpsertOutcome{commerce.OutcomeCreated}, len(in)), nil
}
