package db_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// drawProduct draws a version of the product p. Two draws have much in common, so that every kind of change occurs.
func drawProduct(rt *rapid.T, label string) commerce.ProductInput {
	in := commerce.ProductInput{
		Handle:          "p",
		Title:           rapid.SampledFrom([]string{"Tea", "चाय", `<b>"quoted" \ 'text'</b>`, "a\u2028b\ufffd🙂"}).Draw(rt, label+"title"),
		DescriptionHTML: rapid.SampledFrom([]string{"", "<p>x & y</p>", `\u0000 \n`}).Draw(rt, label+"html"),
		Vendor:          rapid.SampledFrom([]string{"", "Tata"}).Draw(rt, label+"vendor"),
		ProductType:     rapid.SampledFrom([]string{"", "Food"}).Draw(rt, label+"type"),
		Tags:            rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", `{"x", y}`, "", "NULL"}), 0, 4).Draw(rt, label+"tags"),
		Status:          rapid.SampledFrom([]commerce.ProductStatus{"ACTIVE", "DRAFT", "ARCHIVED"}).Draw(rt, label+"status"),
		Published:       rapid.Bool().Draw(rt, label+"published"),
		IsGiftCard:      rapid.Bool().Draw(rt, label+"gift"),
		SEOTitle:        rapid.SampledFrom([]string{"", "seo"}).Draw(rt, label+"seo"),
	}
	for _, url := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"/1", "/2", "/3", "/4"}), 0, 4, rapid.ID).Draw(rt, label+"media") {
		in.Media = append(in.Media, commerce.MediaInput{URL: url, Alt: rapid.SampledFrom([]string{"", "alt"}).Draw(rt, label+"alt")})
	}
	in.Options = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Size", "Colour", "size ", "Cut"}), 0, 3, commerce.OptionKey).Draw(rt, label+"options")
	most := []int{1, 3, 6, 8}[len(in.Options)]
	for range rapid.IntRange(1, most).Draw(rt, label+"variants") {
		v := commerce.VariantInput{
			SKU: rapid.SampledFrom([]string{"", "a", "B"}).Draw(rt, label+"sku"), PriceMinor: rapid.Int64Range(0, 3).Draw(rt, label+"price"),
			InventoryQuantity: rapid.IntRange(-1, 1).Draw(rt, label+"stock"), InventoryTracked: rapid.Bool().Draw(rt, label+"tracked"),
			InventoryPolicy: rapid.SampledFrom([]commerce.InventoryPolicy{"DENY", "CONTINUE"}).Draw(rt, label+"policy"),
			WeightGrams:     rapid.Float64Range(0, 1e9).Draw(rt, label+"grams"), WeightUnit: commerce.WeightOunces,
			RequiresShipping: rapid.Bool().Draw(rt, label+"ship"), Taxable: rapid.Bool().Draw(rt, label+"tax"), Options: []string{},
		}
		for range in.Options {
			v.Options = append(v.Options, rapid.SampledFrom([]string{"S", "s ", "M", ""}).Draw(rt, label+"value"))
		}
		if rapid.Bool().Draw(rt, label+"reduced") {
			compareAt := rapid.Int64Range(0, 3).Draw(rt, label+"compare")
			v.CompareAtMinor = &compareAt
		}
		if len(in.Media) > 0 && rapid.Bool().Draw(rt, label+"pictured") {
			v.ImageURL = rapid.SampledFrom(in.Media).Draw(rt, label+"picture").URL
		}
		if !slices.ContainsFunc(in.Variants, func(w commerce.VariantInput) bool { return w.OptionKey() == v.OptionKey() }) {
			in.Variants = append(in.Variants, v)
		}
	}
	return in
}

// stored reads the product p back in the form of an input, through plain SQL.
func stored(t *testing.T, rt *rapid.T, d *dbtest.Database) commerce.ProductInput {
	t.Helper()
	var in commerce.ProductInput
	text := queryRows(t, d, `
SELECT json_build_object('Handle', handle, 'Title', title, 'DescriptionHTML', description_html, 'Vendor', vendor, 'ProductType', product_type, 'Tags', tags,
    'Status', status, 'Published', published_at IS NOT NULL, 'IsGiftCard', is_gift_card, 'SEOTitle', seo_title, 'SEODescription', seo_description,
    'Options', (SELECT json_agg(name ORDER BY position) FROM product_options),
    'Media', (SELECT json_agg(json_build_object('URL', url, 'Alt', alt) ORDER BY position) FROM product_media),
    'Variants', (SELECT json_agg(json_build_object('Options', option_values, 'SKU', sku, 'Barcode', barcode, 'PriceMinor', price_minor, 'CompareAtMinor', compare_at_minor,
        'InventoryQuantity', inventory_quantity, 'InventoryTracked', inventory_tracked, 'InventoryPolicy', inventory_policy, 'WeightGrams', weight_grams,
        'WeightUnit', weight_unit, 'RequiresShipping', requires_shipping, 'Taxable', taxable,
        'ImageURL', coalesce((SELECT url FROM product_media m WHERE m.id = v.image_id), '')) ORDER BY position) FROM product_variants v))
FROM products`)[0][0]
	require.NoError(rt, json.Unmarshal([]byte(text), &in))
	return in
}

// Whatever was there before, what is stored is what was put in last, and the ids of what stays stay.
func TestUpsertReplaces(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "alpha")
	rapid.Check(t, func(rt *rapid.T) {
		run(t, d, `DELETE FROM products`)
		first, second := drawProduct(rt, "first "), drawProduct(rt, "second ")
		for i, in := range []commerce.ProductInput{first, second} {
			before := variantIDs(t, d)
			outcomes, err := d.UpsertProducts(t.Context(), store, []commerce.ProductInput{in})
			require.NoError(rt, err)
			require.Equal(rt, i == 0, outcomes[0] == created)
			got := stored(t, rt, d)
			require.Equal(rt, normal(in), normal(got))
			for key, id := range variantIDs(t, d) {
				if old, exists := before[key]; exists {
					require.Equal(rt, old, id, "the id of the variant %q", key)
				}
			}
			outcomes, err = d.UpsertProducts(t.Context(), store, []commerce.ProductInput{in})
			require.NoError(rt, err)
			require.Equal(rt, []commerce.UpsertOutcome{unchanged}, outcomes)
		}
	})
}

func variantIDs(t *testing.T, d *dbtest.Database) map[string]string {
	t.Helper()
	ids := make(map[string]string)
	for _, row := range queryRows(t, d, `SELECT (SELECT string_agg(lower(trim(o)), '|' ORDER BY n) FROM unnest(option_values) WITH ORDINALITY AS v (o, n)), id FROM product_variants`) {
		ids[row[0]] = row[1]
	}
	return ids
}

// normal makes no difference between a list that is nil and one that is empty.
func normal(in commerce.ProductInput) string {
	in.Collections = nil
	text, _ := json.Marshal(in) //nolint:errchkjson // weights are finite; the names do not matter
	return strings.NewReplacer(`:null`, `:[]`).Replace(string(text))
}
