package importer_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/importer"
)

// listWriter is a catalogue that remembers what it is given, and refuses what is called "Refused".
type listWriter struct {
	commerce.CatalogWriter

	put, compared []commerce.Listing
	batches       int
	fail          error
}

func (w *listWriter) outcomes(in []commerce.Listing) ([]commerce.ListingOutcome, error) {
	w.batches++
	outcomes := slices.Repeat([]commerce.ListingOutcome{{Outcome: commerce.OutcomeCreated}}, len(in))
	for i, l := range in {
		if l.Name == "Refused" {
			outcomes[i] = commerce.ListingOutcome{Refusal: "of no use"}
		}
	}
	return outcomes, w.fail
}

func (w *listWriter) UpsertListings(_ context.Context, _ *commerce.Store, in []commerce.Listing) ([]commerce.ListingOutcome, error) {
	w.put = append(w.put, in...)
	return w.outcomes(in)
}

func (w *listWriter) CompareListings(_ context.Context, _ *commerce.Store, in []commerce.Listing) ([]commerce.ListingOutcome, error) {
	w.compared = append(w.compared, in...)
	return w.outcomes(in)
}

// both is a catalogue of products and listings.
type both struct {
	commerce.CatalogWriter
	commerce.ListingWriter
}

func importListings(t *testing.T, w importer.Writer, text string, f importer.Format, layout string, o importer.Options) (importer.Report, error) {
	t.Helper()
	o.Format, o.Layout = f, layout
	return importer.Import(t.Context(), w, store(), "list.txt", strings.NewReader(text), int64(len(text)), o)
}

// Nothing is written by a guess, and what a dry run said confirms it.
func TestImportListingsConfirms(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		format importer.Format
		text   string
	}{
		"price list": {importer.FormatPriceList, "Item,Rate\nRice,420\nDal,x\nRefused,1\n"},
		"chat":       {importer.FormatChat, "Rice - 420\nDal\nRefused - 1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &listWriter{}
			report, err := importListings(t, w, tc.text, tc.format, "", importer.Options{})
			require.ErrorIs(t, err, importer.ErrUnconfirmed)
			require.Zero(t, w.batches)
			require.NotNil(t, report.Guess)
			guess := report.Guess

			report, err = importListings(t, w, tc.text, tc.format, "", importer.Options{DryRun: true})
			require.NoError(t, err)
			require.Empty(t, w.put)
			require.Len(t, w.compared, 2)
			require.Equal(t, guess, report.Guess, "the same guess each time")
			require.Equal(t, tc.format, guess.Format)

			confirmed, err := importListings(t, w, tc.text, tc.format, guess.Layout, importer.Options{})
			require.NoError(t, err)
			require.Equal(t, w.compared, w.put, "what was compared is what is written")
			require.Equal(t, []int{1, 1, 2}, []int{confirmed.Products, confirmed.Created, confirmed.Rejected})
			require.EqualValues(t, len(tc.text), confirmed.Bytes)
			require.Equal(t, report.Rejections, confirmed.Rejections)
			require.Len(t, confirmed.Rejections, 2)
			require.Less(t, confirmed.Rejections[0].Line, confirmed.Rejections[1].Line)
			require.Equal(t, "of no use", confirmed.Rejections[1].Reason)
			require.Equal(t, "refused", confirmed.Rejections[1].Handle)

			for _, layout := range []string{"chat=0123456789abcdef", "name=1", "name=1,price=9"} {
				w := &listWriter{}
				_, err = importListings(t, w, tc.text, tc.format, layout, importer.Options{})
				require.Error(t, err)
				require.Zero(t, w.batches, layout)
			}
		})
	}
}

// Whoever says nothing about a file has it read as what it is.
func TestImportFindsOutTheFormat(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]int{ // products and listings
		catalogue(2):                  {2, 0},
		"Item,Rate\nRice,420\n":       {0, 1},
		"Rice - 420\nDal - 9\n":       {0, 2},
		"Title,Price\nRice,1\n\n\n\n": {0, 1},
	} {
		products, listings := &writer{}, &listWriter{}
		report, err := importer.Import(t.Context(), both{products, listings}, store(), "x", strings.NewReader(text), 0, importer.Options{DryRun: true})
		require.NoError(t, err)
		require.Equal(t, want, [2]int{products.compared, len(listings.compared)}, text)
		require.Equal(t, want[0] == 0, report.Guess != nil)
	}
	_, err := importer.Import(t.Context(), nil, store(), "x", strings.NewReader("Dear customers\n"), 0, importer.Options{})
	require.ErrorContains(t, err, "x: this is no product export")
}

func TestImportListingsReportsTheGuess(t *testing.T) {
	t.Parallel()
	report, err := importListings(t, &listWriter{}, "Item,Rate\nRice,420\n", importer.FormatPriceList, "", importer.Options{DryRun: true})
	require.NoError(t, err)
	text, err := json.Marshal(report.Guess)
	require.NoError(t, err)
	require.JSONEq(t, `{"format":"pricelist","layout":"name=1,price=2,separator=comma,header=yes,decimal=point","columns":[
		{"column":1,"heading":"Item","field":"name","why":"its heading","samples":["Rice"]},
		{"column":2,"heading":"Rate","field":"price","why":"its heading","samples":["420"]}]}`, string(text))

	chat, err := importListings(t, &listWriter{}, "*Grain*\nRice - 420\n*End*\n", importer.FormatChat, "", importer.Options{DryRun: true})
	require.NoError(t, err)
	require.Equal(t, []string{`line 3, "End", is a heading without products`}, chat.Notes)
	text, err = json.Marshal(chat.Guess)
	require.NoError(t, err)
	require.JSONEq(t, fmt.Sprintf(`{"format":"chat","layout":%q,"lines":[{"line":2,"name":"Rice","price":"420.00","category":"Grain"}]}`, chat.Guess.Layout), string(text))
}

func TestImportListingsInBatches(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 25_000 { // more than a sample
		fmt.Fprintf(&text, "item %d,%d\n", i, i+100)
	}
	w := &listWriter{}
	report, err := importListings(t, w, text.String(), importer.FormatPriceList, "", importer.Options{DryRun: true})
	require.NoError(t, err)
	require.Empty(t, report.Rejections)
	require.Len(t, w.compared, 25_000)
	require.Equal(t, "item 24999", w.compared[24_999].Name)
	require.Equal(t, 50, w.batches)
	require.EqualValues(t, text.Len(), report.Bytes)
}

func TestImportListingsTellsFaults(t *testing.T) {
	t.Parallel()
	deadlock, lost := errors.New("deadlock detected"), errors.New("connection lost")
	const layout = "name=1,price=2,header=no"
	_, err := importListings(t, &listWriter{fail: deadlock}, "Rice,1\nDal,2\n", importer.FormatPriceList, layout, importer.Options{})
	require.ErrorIs(t, err, deadlock)
	require.EqualError(t, err, `putting the products from "Rice" to "Dal" of list.txt into store "corner": deadlock detected`)

	broken := io.MultiReader(strings.NewReader("Rice,1\n"), failing{lost})
	for _, f := range []importer.Format{importer.FormatPriceList, importer.FormatChat} {
		_, err = importer.Import(t.Context(), &listWriter{}, store(), "list.txt", broken, 0, importer.Options{Format: f, DryRun: true})
		require.ErrorIs(t, err, lost)
	}
	for text, want := range map[string]string{
		"": "list.txt: the text is empty", " \n🔥\n": "list.txt: the text is empty",
		strings.Repeat("x", importer.MaxChatBytes+1): "list.txt: a chat text is at most 1 MiB",
	} {
		_, err = importListings(t, &listWriter{}, text, importer.FormatChat, "", importer.Options{DryRun: true})
		require.EqualError(t, err, want)
	}
}

// formatOf finds out what a text is, and that all of it can be read afterwards.
func formatOf(t *testing.T, f importer.Format, layout, text string) (importer.Format, error) {
	t.Helper()
	r := bufio.NewReaderSize(strings.NewReader(text), importer.SampleBytes)
	got, err := importer.FormatOf(f, layout, r, "INR")
	rest, fault := io.ReadAll(r)
	require.NoError(t, fault)
	require.Equal(t, text, string(rest))
	return got, err
}

// What is said comes before what a layout implies, and that before what the file looks like.
func TestFormatOf(t *testing.T) {
	t.Parallel()
	const export, list, chat = "Handle,Title,Variant Price\nrice,Rice,50\n", "Item,Rate\nRice,50\n", "Rice 1kg - 50\n"
	for _, tc := range []struct {
		format             importer.Format
		layout, text, want string
	}{
		{importer.FormatAuto, "", export, "shopify"},
		{importer.FormatAuto, "", list, "pricelist"},
		{importer.FormatAuto, "", chat, "chat"},
		{importer.FormatAuto, "name=2,price=3", export, "pricelist"},
		{importer.FormatAuto, "chat=0123456789abcdef", export, "chat"},
		{importer.FormatAuto, "name=1,price=2", chat, "pricelist"},
		{importer.FormatAuto, "chat=0123456789abcdef", list, "chat"},
		{importer.FormatAuto, "rubbish", "", "pricelist"}, // whose reader says what is wrong with it
		{importer.FormatShopify, "", list, "shopify"},
		{importer.FormatPriceList, "", export, "pricelist"},
		{importer.FormatPriceList, "chat=0123456789abcdef", export, "pricelist"},
		{importer.FormatChat, "", export, "chat"},
		{importer.FormatChat, "name=1,price=2", export, "chat"},
	} {
		got, err := formatOf(t, tc.format, tc.layout, tc.text)
		require.NoError(t, err)
		require.EqualValues(t, tc.want, got, "%+v", tc)
	}
	for _, layout := range []string{"name=1,price=2", "chat=0123456789abcdef"} {
		_, err := formatOf(t, importer.FormatShopify, layout, export)
		require.EqualError(t, err, "the columns of an export are known by their headings: leave the layout out")
	}
	lost := errors.New("connection lost")
	broken := bufio.NewReaderSize(io.MultiReader(strings.NewReader(list), failing{lost}), importer.SampleBytes)
	_, err := importer.FormatOf(importer.FormatAuto, "", broken, "INR")
	require.ErrorIs(t, err, lost)
}

func TestFormatOfLooksAtTheFile(t *testing.T) {
	t.Parallel()
	demo, err := filepath.Glob("../../demo/*.csv")
	require.NoError(t, err)
	cases := map[string]struct {
		text string
		want importer.Format
	}{
		"an export":                 {"Handle,Title,Variant Price\nrice,Rice,50\n", importer.FormatShopify},
		"the template of 2024":      {"Title,URL handle,Price\nRice,rice,50\n", importer.FormatShopify},
		"an export without handles": {"Title,Variant Price\nRice,50\n", importer.FormatShopify},
		"a title and a price":       {"Title,Price\nRice,50\n", importer.FormatPriceList},
		"an export with semicolons": {"Handle;Title;Variant Price\nrice;Rice;50\n", importer.FormatShopify},
		"a price list":              {"Item,Rate\nRice,50\n", importer.FormatPriceList},
		"no headings":               {"Rice;50\nDal;60\n", importer.FormatPriceList},
		"UTF-16":                    {"\xff\xfea\x00,\x005\x00\n\x00b\x00,\x006\x00\n\x00", importer.FormatPriceList},
		"a chat":                    {"*Dals*\nToor dal 1kg - ₹140\nSugar 1kg 45\nNamaste\n", importer.FormatChat},
	}
	for _, path := range demo {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		cases[path] = struct {
			text string
			want importer.Format
		}{string(text[:importer.SampleBytes]), importer.FormatShopify}
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := formatOf(t, importer.FormatAuto, "", tc.text)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
	_, err = formatOf(t, importer.FormatAuto, "", "\ufeff\n \n")
	require.EqualError(t, err, "the file is empty")
	_, err = formatOf(t, importer.FormatAuto, "", "Dear customers\nwe are closed\non Sunday\n")
	require.EqualError(t, err, `this is no product export, no price list (no columns can be told apart: a price list has cells separated by commas, `+
		`semicolons or tabs), and of its first 3 lines 0 read like "Basmati rice 5kg - 420"`)
}

// Memory does not grow with a price list: what is kept of a row is a few bytes for its name.
func TestImportListingsKeepsNoRows(t *testing.T) { // not parallel: it measures the heap
	source := &countedRows{junk: strings.Repeat("junk ", 2000), n: 5000}
	w := &forgetful{}
	before := heap()
	report, err := importer.Import(t.Context(), w, store(), "list.csv", source, 0, importer.Options{
		Format: importer.FormatPriceList, Layout: "name=1,price=2,header=no",
		Progress: func(importer.Report) { w.most = max(w.most, heap()) },
	})
	require.NoError(t, err)
	require.Equal(t, 5000, report.Products)
	require.Less(t, int64(w.most)-int64(before), int64(16<<20), "the file is 50 MB; a batch that is being read leaves some behind")
}

// countedRows is a price list of n rows that no memory holds.
type countedRows struct {
	junk string
	i, n int
	rest string
}

func (c *countedRows) Read(p []byte) (int, error) {
	if c.rest == "" {
		if c.i == c.n {
			return 0, io.EOF
		}
		c.rest = fmt.Sprintf("item %d,%d,%s\n", c.i, c.i, c.junk)
		c.i++
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// forgetful is a catalogue that keeps nothing.
type forgetful struct {
	commerce.CatalogWriter

	most uint64
}

func (*forgetful) UpsertListings(_ context.Context, _ *commerce.Store, in []commerce.Listing) ([]commerce.ListingOutcome, error) {
	return slices.Repeat([]commerce.ListingOutcome{{Outcome: commerce.OutcomeCreated}}, len(in)), nil
}

func (f *forgetful) CompareListings(ctx context.Context, store *commerce.Store, in []commerce.Listing) ([]commerce.ListingOutcome, error) {
	return f.UpsertListings(ctx, store, in)
}
