package db_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// remembered is what a store's products are thought to be: the plainest memory of what was asked.
type remembered map[string]shelvedProduct

// shelvedProduct is one product; its variants are the prices by size.
type shelvedProduct struct {
	Handle, Title, Status string
	Version               int
	Sizes                 []string
	Prices                map[string]int64
	Stock                 map[string]int
	Pictures              []string
}

// Whatever merchants ask for, one thing after the other, what is stored is what a plain memory of it says; and nothing that was refused
// left a trace.
func TestEditProductAgainstMemory(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	rapid.Check(t, func(rt *rapid.T) {
		run(t, d, `DELETE FROM products`)
		memory := remembered{} // by id
		rt.Repeat(map[string]func(*rapid.T){
			"set":    func(rt *rapid.T) { setDrawn(t, rt, d, store, memory) },
			"change": func(rt *rapid.T) { changeDrawn(t, rt, d, store, memory) },
			"delete": func(rt *rapid.T) {
				if id := memory.draw(rt); id != "" {
					require.NoError(rt, d.DeleteProduct(t.Context(), commerce.Author{}, store, parsedProductID(id), new(memory[id].Version)))
					delete(memory, id)
				}
			},
			"": func(rt *rapid.T) { require.Equal(rt, memory, rememberedOf(t, d)) },
		})
	})
}

func parsedProductID(text string) commerce.ProductID {
	id, _ := strconv.ParseInt(text, 10, 64)
	return commerce.ProductID(id)
}

// draw picks one of the products, "" when there is none.
func (m remembered) draw(rt *rapid.T) string {
	ids := []string{}
	for id := range m {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return ""
	}
	slices.Sort(ids)
	return rapid.SampledFrom(ids).Draw(rt, "id")
}

func (m remembered) byHandle(handle string) string {
	for id, p := range m {
		if p.Handle == handle {
			return id
		}
	}
	return ""
}

// setDrawn makes or replaces a product by its handle.
func setDrawn(t *testing.T, rt *rapid.T, d *dbtest.Database, store *commerce.Store, memory remembered) {
	t.Helper()
	handle := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "handle")
	id := memory.byHandle(handle)
	old := memory[id]
	p := shelvedProduct{Handle: handle, Title: rapid.SampledFrom([]string{"Tea", "चाय"}).Draw(rt, "title"), Status: "ACTIVE", Prices: map[string]int64{}, Stock: map[string]int{}}
	if id != "" {
		p.Status = old.Status
	}
	s := &commerce.ProductSetting{Currency: "INR", Product: commerce.ProductInput{Handle: handle, Title: p.Title}, Options: []commerce.OptionChange{{Name: "Size"}}}
	for _, size := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"S", "M", "L"}), 1, 3, rapid.ID).Draw(rt, "sizes") {
		c := commerce.VariantChange{OptionValues: []commerce.SelectedOption{{Name: "size", Value: size}}}
		p.Sizes = append(p.Sizes, size)
		p.Prices[size], p.Stock[size] = rapid.Int64Range(0, 2).Draw(rt, "price"), old.Stock[size]
		c.Price = new(commerce.DecimalText(fmt.Sprintf("0.0%d", p.Prices[size])))
		if rapid.Bool().Draw(rt, "restocked") {
			p.Stock[size] = rapid.IntRange(0, 2).Draw(rt, "stock")
			c.Quantity = new(p.Stock[size])
		}
		s.Variants = append(s.Variants, c)
	}
	p.Pictures = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"/1", "/2", "/3"}), 0, 3, rapid.ID).Draw(rt, "pictures")
	for _, url := range p.Pictures {
		s.Media = append(s.Media, commerce.MediaInput{URL: url})
	}
	ref, err := d.EditProduct(t.Context(), commerce.Author{}, store, commerce.ProductEdit{Action: "productSet", Handle: handle, Expected: new(old.Version), Patch: s})
	require.NoError(rt, err)
	memory.note(strconv.FormatInt(int64(ref.ID), 10), p, versionOf(t, d, ref.ID), rt)
}

// changeDrawn changes a product, which is refused when another has the handle.
func changeDrawn(t *testing.T, rt *rapid.T, d *dbtest.Database, store *commerce.Store, memory remembered) {
	t.Helper()
	id := memory.draw(rt)
	if id == "" {
		return
	}
	p := memory[id]
	change := &commerce.ProductChange{}
	if rapid.Bool().Draw(rt, "renamed") {
		p.Handle = rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "handle")
		change.Handle = &p.Handle
	}
	if rapid.Bool().Draw(rt, "status changes") {
		p.Status = rapid.SampledFrom([]string{"ACTIVE", "DRAFT"}).Draw(rt, "status")
		change.Status = new(commerce.ProductStatus(p.Status))
	}
	if rapid.Bool().Draw(rt, "pictures turned round") {
		p.Pictures = slices.Clone(p.Pictures)
		slices.Reverse(p.Pictures)
		change.Media = []commerce.MediaInput{}
		for _, url := range p.Pictures {
			change.Media = append(change.Media, commerce.MediaInput{URL: url})
		}
	}
	_, err := d.EditProduct(t.Context(), commerce.Author{}, store, commerce.ProductEdit{Action: "productUpdate", ID: parsedProductID(id), Expected: &p.Version, Patch: change})
	if owner := memory.byHandle(p.Handle); owner != "" && owner != id {
		_, refused := commerce.RefusalsOf(err)
		require.True(rt, refused, "%v", err)
		return
	}
	require.NoError(rt, err)
	memory.note(id, p, versionOf(t, d, parsedProductID(id)), rt)
}

// note keeps a product, whose version moves along exactly when it differs in more than its stock.
func (m remembered) note(id string, p shelvedProduct, version int, rt *rapid.T) {
	old, exists := m[id]
	p.Version = 1
	if exists {
		before, after := old, p
		before.Stock, after.Stock, after.Version = nil, nil, before.Version
		p.Version = before.Version
		if text(before) != text(after) {
			p.Version++
		}
	}
	require.Equal(rt, p.Version, version)
	m[id] = p
}

func text(p shelvedProduct) string {
	b, _ := json.Marshal(p) //nolint:errchkjson // texts and numbers
	return string(b)
}

func versionOf(t *testing.T, d *dbtest.Database, id commerce.ProductID) int {
	t.Helper()
	n, err := strconv.Atoi(queryRows(t, d, `SELECT version FROM products WHERE id = $1`, int64(id))[0][0])
	require.NoError(t, err)
	return n
}

// rememberedOf reads the store through plain SQL.
func rememberedOf(t *testing.T, d *dbtest.Database) remembered {
	t.Helper()
	var all remembered
	rows := queryRows(t, d, `
SELECT coalesce(json_object_agg(p.id, json_build_object('Handle', handle, 'Title', title, 'Status', status, 'Version', version,
    'Sizes', (SELECT json_agg(option_values[1] ORDER BY position) FROM product_variants v WHERE v.product_id = p.id),
    'Prices', (SELECT json_object_agg(option_values[1], price_minor) FROM product_variants v WHERE v.product_id = p.id),
    'Stock', (SELECT json_object_agg(option_values[1], inventory_quantity) FROM product_variants v WHERE v.product_id = p.id),
    'Pictures', coalesce((SELECT json_agg(url ORDER BY position) FROM product_media m WHERE m.product_id = p.id), '[]'))), '{}')
FROM products p`)
	require.NoError(t, json.Unmarshal([]byte(rows[0][0]), &all))
	return all
}
