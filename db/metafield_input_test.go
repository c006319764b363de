package db_test

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
	"github.com/kirana-commerce/kirana/internal/importer"
)

// drawMetafields draws metafields of a thing, of which some say no type.
func drawMetafields(rt *rapid.T, label string) []commerce.MetafieldInput {
	var all []commerce.MetafieldInput
	for _, key := range []string{"Care", "season", "size"} {
		m := commerce.MetafieldInput{Namespace: "custom", Key: key, Private: rapid.Bool().Draw(rt, label+key+" private")}
		switch rapid.IntRange(0, 4).Draw(rt, label+key) {
		case 0:
			m.Type, m.Value = commerce.MetafieldInteger, rapid.SampledFrom([]string{"7", "8"}).Draw(rt, label+key+" number")
		case 1:
			m.Type, m.Value = commerce.MetafieldLine, rapid.SampledFrom([]string{"7", "x, y"}).Draw(rt, label+key+" text")
		case 2:
			m.Value = rapid.SampledFrom([]string{"7", "x", "a\nb"}).Draw(rt, label+key+" untyped")
		default:
			continue
		}
		all = append(all, m)
	}
	return all
}

// putOver is the oracle: what a thing has after metafields were put over those that it had.
func putOver(had, put []commerce.MetafieldInput) []commerce.MetafieldInput {
	now := slices.Clone(had)
	for _, m := range put {
		i := slices.IndexFunc(now, func(h commerce.MetafieldInput) bool { return h.Key == m.Key })
		if i < 0 {
			now, i = append(now, commerce.MetafieldInput{}), len(now)
		}
		if m.Type == "" {
			switch {
			case now[i].Type == commerce.MetafieldInteger && m.Value == "7":
				m.Type = commerce.MetafieldInteger
			case now[i].Type == commerce.MetafieldText || strings.Contains(m.Value, "\n"):
				m.Type = commerce.MetafieldText
			default:
				m.Type = commerce.MetafieldLine
			}
		}
		m.Private = m.Private || now[i].Private
		now[i] = m
	}
	slices.SortFunc(now, func(a, b commerce.MetafieldInput) int { return cmp.Compare(a.Key, b.Key) })
	return now
}

// plainProduct is a product whose description the format can hold.
func plainProduct(handle string) commerce.ProductInput {
	p := product(handle)
	p.DescriptionHTML = ""
	return p
}

func theOnly(t *testing.T, rt *rapid.T, d *db.DB, store *commerce.Store) (only commerce.ProductInput) {
	t.Helper()
	for p, err := range d.Catalogue(t.Context(), store) {
		require.NoError(rt, err)
		only = p
	}
	return only
}

// Whatever metafields are put in, over whatever there are: the oracle says the same, nothing is written twice, and an export brings
// all of them back, here and in another store.
func TestUpsertMetafields(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	rapid.Check(t, func(rt *rapid.T) {
		run(t, d, `DELETE FROM products`)
		want := plainProduct("p")
		for _, round := range []string{"first ", "second ", "third "} {
			in := plainProduct("p")
			in.Metafields = drawMetafields(rt, round)
			want.Metafields = putOver(want.Metafields, in.Metafields)
			for i := range in.Variants {
				v := &in.Variants[i]
				v.Metafields = drawMetafields(rt, round+v.SKU)
				want.Variants[i].Metafields = putOver(want.Variants[i].Metafields, v.Metafields)
			}
			upsert(t, d.DB, store, in)
			require.Equal(rt, normal(want), normal(theOnly(t, rt, d.DB, store)))
			rows := catalogue(t, d)
			require.Equal(rt, []commerce.UpsertOutcome{unchanged}, upsert(t, d.DB, store, in))
			require.Equal(rt, rows, catalogue(t, d))
		}
		file, rows := export(t, d.DB, store), catalogue(t, d)
		require.Equal(rt, 1, importText(t, d.DB, store, file).Unchanged)
		require.Equal(rt, rows, catalogue(t, d))
		require.Equal(rt, 1, importText(t, d.DB, other, file).Created)
		require.Equal(rt, file, export(t, d.DB, other))
	})
}

// A file cannot make a product refer to what another store has, and what it does not speak of stays.
func TestImportedMetafields(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	upsert(t, d.DB, store, plainProduct("p"), plainProduct("q"))
	upsert(t, d.DB, other, product("foreign"))
	var own, foreign int64
	require.NoError(t, d.SQL.QueryRowContext(t.Context(), `SELECT id FROM products WHERE handle = 'p'`).Scan(&own))
	require.NoError(t, d.SQL.QueryRowContext(t.Context(), `SELECT id FROM products WHERE handle = 'foreign'`).Scan(&foreign))
	id := func(store commerce.StoreID, product int64) string {
		return commerce.GlobalID{Kind: commerce.KindProduct, Store: store, ID: product}.String()
	}
	in := plainProduct("q")
	in.Metafields = []commerce.MetafieldInput{{Namespace: "custom", Key: "goes-with", Type: commerce.MetafieldProduct, Value: id(other.ID, foreign)}}
	_, err := d.UpsertProducts(t.Context(), store, []commerce.ProductInput{in})
	require.ErrorContains(t, err, "another store")
	in.Metafields[0].Type = "" // nor by what the metafield is already
	run(t, d, `INSERT INTO metafields (store_id, owner_kind, owner_id, namespace, key, type, value, description)
SELECT store_id, 'Product', id, 'custom', 'goes-with', 'product_reference', $1, 'pairs' FROM products WHERE handle = 'q'`, id(store.ID, own))
	upsert(t, d.DB, store, in)
	require.Equal(t, [][]string{{"single_line_text_field", "pairs"}}, queryRows(t, d, `SELECT type, description FROM metafields`))
	in.Metafields[0].Value = id(store.ID, own)
	in.Metafields[0].Type = commerce.MetafieldProduct
	upsert(t, d.DB, store, in)
	require.Equal(t, [][]string{{"product_reference", "pairs"}}, queryRows(t, d, `SELECT type, description FROM metafields`))

	file, rows := export(t, d.DB, store), catalogue(t, d)
	require.Contains(t, file, "Metafield: custom.goes-with [product_reference]")
	require.Equal(t, 2, importText(t, d.DB, store, file).Unchanged)
	require.Equal(t, rows, catalogue(t, d))
	report, err := importer.Import(t.Context(), d.DB, other, "shop.csv", strings.NewReader(file), 0, importer.Options{Format: importer.FormatShopify})
	require.NoError(t, err)
	require.Equal(t, []int{1, 1}, []int{report.Created, report.Rejected}, "the reference cannot be taken along")
	require.Equal(t, "Metafield: custom.goes-with [product_reference]", report.Rejections[0].Column)

	var b bytes.Buffer
	done, err := importer.Export(&b, store, d.Catalogue(t.Context(), store), importer.ExportOptions{})
	require.NoError(t, err)
	require.Equal(t, []importer.Difference{{Handle: "q", Reason: "the format cannot hold these as they are: metafields"}}, done.Differences, "no column")
}
