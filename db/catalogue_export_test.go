package db_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
	"github.com/kirana-commerce/kirana/internal/importer"
)

var _ commerce.CatalogReader = (*db.DB)(nil)

func export(t *testing.T, d *db.DB, store *commerce.Store) string {
	t.Helper()
	var b bytes.Buffer
	metafields, err := d.MetafieldColumns(t.Context(), store.ID)
	require.NoError(t, err)
	done, err := importer.Export(&b, store, d.Catalogue(t.Context(), store), importer.ExportOptions{Metafields: metafields})
	require.NoError(t, err)
	require.Empty(t, done.Differences)
	return b.String()
}

func importText(t *testing.T, d *db.DB, store *commerce.Store, text string) importer.Report {
	t.Helper()
	report, err := importer.Import(t.Context(), d, store, "shop.csv", strings.NewReader(text), 0, importer.Options{Format: importer.FormatShopify})
	require.NoError(t, err)
	require.Empty(t, report.Rejections)
	return report
}

// An export that is imported again changes nothing, and brings the whole catalogue to another store.
func TestExportImportedAgain(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	var files []string
	for _, pattern := range []string{"../demo/*.csv", "../../shared/data/shopify-csv/*.csv"} {
		more, err := filepath.Glob(pattern)
		require.NoError(t, err)
		files = append(files, more...)
	}
	require.NotEmpty(t, files)
	for i, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		store := openStore(t, d.DB, fmt.Sprint("store-", i))
		n := importText(t, d.DB, store, string(text)).Created
		first := export(t, d.DB, store)
		rows := catalogue(t, d)
		report := importText(t, d.DB, store, first)
		require.Equal(t, []int{0, 0, n}, []int{report.Created, report.Updated, report.Unchanged}, file)
		require.Equal(t, rows, catalogue(t, d), "no row is written")
		require.Equal(t, first, export(t, d.DB, store), "the same bytes")

		other := openStore(t, d.DB, fmt.Sprint("other-", i))
		require.Equal(t, n, importText(t, d.DB, other, first).Created)
		require.Equal(t, first, export(t, d.DB, other))
	}
}

// Whatever was put in is read back as it was put in.
func TestCatalogueReadsWhatWasPutIn(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	upsert(t, d.DB, openStore(t, d.DB, "beta"), product("of-another-store"))
	rapid.Check(t, func(rt *rapid.T) {
		run(t, d, `DELETE FROM products WHERE store_id = $1`, store.ID)
		want := drawProduct(rt, "")
		upsert(t, d.DB, store, want)
		n := 0
		for got, err := range d.Catalogue(t.Context(), store) {
			require.NoError(rt, err)
			require.Equal(rt, normal(want), normal(got))
			n++
		}
		require.Equal(rt, 1, n)
	})
}

// A product's collections are written so that an import finds them again, whatever their handles are.
func TestCatalogueCollections(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	p := product("p")
	p.Collections = []string{"Rice & Dal", "Summer", "Winter", "Autumn"}
	upsert(t, d.DB, store, p)
	run(t, d, `UPDATE collections SET title = 'Hot days' WHERE handle = 'summer'`)
	run(t, d, `UPDATE collections SET handle = 'cold_days' WHERE handle = 'winter'`)
	for got, err := range d.Catalogue(t.Context(), store) {
		require.NoError(t, err)
		require.Equal(t, []string{"Autumn", "Rice & Dal", "summer"}, got.Collections)
		require.Equal(t, []commerce.UpsertOutcome{unchanged}, upsert(t, d.DB, store, got))
	}
}

// All products come, once and in order, however many batches they take and however large they are.
func TestCatalogueInBatches(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	in := products(1203)
	for i := range 40 {
		in[500+i].DescriptionHTML = strings.Repeat("x", commerce.MaxHTML)
	}
	upsert(t, d.DB, store, in...)
	i := 0
	for got, err := range d.Catalogue(t.Context(), store) {
		require.NoError(t, err)
		require.Equal(t, in[i].Handle, got.Handle)
		i++
	}
	require.Len(t, in, i)
}

// What changes while a catalogue is read is not seen, and a reader that stops gives its connection back.
func TestCatalogueIsOneSnapshot(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	upsert(t, d.DB, store, products(600)...)
	n, last := 0, ""
	for got, err := range d.Catalogue(t.Context(), store) {
		require.NoError(t, err)
		last = got.Handle
		if n++; n == 1 {
			run(t, d, `DELETE FROM products WHERE handle = 'p-599'`)
			upsert(t, d.DB, store, product("late"))
		}
	}
	require.Equal(t, 600, n)
	require.Equal(t, "p-599", last)
	for range 50 {
		for _, err := range d.Catalogue(t.Context(), store) {
			require.NoError(t, err)
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range d.Catalogue(ctx, store) {
		require.ErrorIs(t, err, context.Canceled)
	}
}

// A price list changes prices and keeps what it does not speak of, and importing it again changes nothing.
func TestPriceListKeepsTheRest(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	plain := product("tea-500g")
	plain.Options, plain.Variants = []string{"Title"}, plain.Variants[:1]
	plain.Variants[0].Options = []string{"Default Title"}
	upsert(t, d.DB, store, plain, product("p"))
	list := func(f importer.Format, text string) importer.Report {
		dry, err := importer.Import(t.Context(), d.DB, store, "list", strings.NewReader(text), 0, importer.Options{Format: f, DryRun: true})
		require.NoError(t, err)
		report, err := importer.Import(t.Context(), d.DB, store, "list", strings.NewReader(text), 0, importer.Options{Format: f, Layout: dry.Guess.Layout})
		require.NoError(t, err)
		require.Equal(t, []int{dry.Created, dry.Updated, dry.Unchanged, dry.Rejected}, []int{report.Created, report.Updated, report.Unchanged, report.Rejected})
		return report
	}
	const text = "Item,SKU,Rate,MRP\nTea 500g,,₹77,99.00\nKurta,p-M,\"1,000/-\",\nSalt,,20,20\n"
	report := list(importer.FormatPriceList, text)
	require.Equal(t, []int{1, 2, 0, 0}, []int{report.Created, report.Updated, report.Unchanged, report.Rejected}, report.Rejections)

	want := map[string]commerce.ProductInput{"tea-500g": plain, "p": product("p")}
	want["tea-500g"].Variants[0].PriceMinor = 7700
	want["p"].Variants[1].PriceMinor = 100_000
	want["p"].Variants[1].CompareAtMinor = new(int64(9900)) // the list says nothing about it
	for got, err := range d.Catalogue(t.Context(), store) {
		require.NoError(t, err)
		if before, exists := want[got.Handle]; exists {
			require.Equal(t, before, got)
		} else {
			require.Equal(t, "Salt", got.Title)
		}
	}
	rows := catalogue(t, d)
	report = list(importer.FormatPriceList, text)
	require.Equal(t, []int{0, 0, 3, 0}, []int{report.Created, report.Updated, report.Unchanged, report.Rejected}, report.Rejections)
	require.Equal(t, rows, catalogue(t, d))

	report = list(importer.FormatChat, "Salt - 22\nHello\n*Oils*\nMustard oil ₹160\n")
	require.Equal(t, []int{1, 1, 0, 1}, []int{report.Created, report.Updated, report.Unchanged, report.Rejected}, report.Rejections)
}
