package db

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

const variantColumns = `v.store_id, v.product_id, v.id, v.position, v.sku, v.barcode, v.price_minor, v.compare_at_minor,
    v.inventory_quantity, v.inventory_tracked, v.inventory_policy, v.weight_grams, v.weight_unit, v.requires_shipping, v.taxable,
    v.image_id, v.option_values`

// optionNames reads the option names of the product that parent.product names.
const optionNames = `
CROSS JOIN LATERAL (
    SELECT array_agg(o.name ORDER BY o.position, o.id) AS names
    FROM product_options o WHERE o.store_id = k.store_id AND o.product_id = k.product_id
) o`

// scanVariant reads what before takes, the store's currency, the product's option names and variantColumns.
func scanVariant(rows *sqlx.Rows, before ...any) (*commerce.ProductVariant, error) {
	v := &commerce.ProductVariant{}
	var sku, barcode string
	var image sql.NullInt64
	var values, names pq.StringArray
	err := rows.Scan(append(before,
		&v.Currency, &names, &v.StoreID, &v.ProductID, &v.ID, &v.Position, &sku, &barcode, &v.PriceMinor, &v.CompareAtMinor,
		&v.InventoryQuantity, &v.InventoryTracked, &v.InventoryPolicy, &v.WeightGrams, &v.WeightUnit, &v.RequiresShipping, &v.Taxable,
		&image, &values)...)
	v.ImageID = commerce.MediaID(image.Int64)
	v.SKU, v.Barcode = trimmed(sku), trimmed(barcode)
	v.SelectedOptions = selectedOptions(names, values)
	return v, err
}

// selectedOptions pairs a product's option names with a variant's values.
func selectedOptions(names, values []string) []commerce.SelectedOption {
	selected := make([]commerce.SelectedOption, min(len(names), len(values)))
	for i := range selected {
		selected[i] = commerce.SelectedOption{Name: names[i], Value: values[i]}
	}
	return selected
}

const variantsByIDSQL = `
SELECT s.currency, o.names, ` + variantColumns + `
FROM (
    SELECT v.store_id, v.id, v.product_id FROM unnest($1::bigint[], $2::bigint[]) AS r (store_id, id)
    JOIN product_variants v ON v.store_id = r.store_id AND v.id = r.id
) k
JOIN product_variants v ON v.store_id = k.store_id AND v.id = k.id
JOIN products p ON p.store_id = v.store_id AND p.id = v.product_id
JOIN stores s ON s.id = p.store_id` + optionNames + `
WHERE ` + visibleProduct

// VariantsByID reads variants of products buyers can see.
func (d *DB) VariantsByID(ctx context.Context, refs []commerce.VariantRef) (map[commerce.VariantRef]*commerce.ProductVariant, error) {
	found := make(map[commerce.VariantRef]*commerce.ProductVariant, len(refs))
	err := d.each(ctx, func(rows *sqlx.Rows) error {
		v, err := scanVariant(rows)
		found[v.Ref()] = v
		return err
	}, variantsByIDSQL, variantStores(refs), variantIDs(refs))
	return found, err
}

func variantStores(refs []commerce.VariantRef) pq.Int64Array {
	return column(refs, func(r commerce.VariantRef) int64 { return int64(r.Store) })
}

func variantIDs(refs []commerce.VariantRef) pq.Int64Array {
	return column(refs, func(r commerce.VariantRef) int64 { return int64(r.ID) })
}

func variantOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{
		commerce.VariantSortPosition: byInt("v.position", "v.id"),
		commerce.VariantSortID:       byInt("v.id", "v.id"),
		commerce.VariantSortSKU:      byText("lower(v.sku)", "v.id"),
		commerce.VariantSortTitle:    byText("lower(array_to_string(v.option_values, ' / '))", "v.id"),
	}
}

// VariantLists reads pages of products' variants.
func (d *DB) VariantLists(ctx context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant], error) {
	found := make(map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant], len(keys))
	for page, keys := range grouped(keys, pageOf) {
		p, err := newPaging(page, variantOrders(), 3)
		if err != nil {
			return nil, err
		}
		l := newLists[commerce.ProductPageKey, *commerce.ProductVariant](page, keys)
		err = d.each(ctx, func(rows *sqlx.Rows) error {
			var ordinal int64
			var value string
			v, err := scanVariant(rows, &ordinal, &value)
			if err == nil {
				l.add(ordinal, v, value, int64(v.ID))
			}
			return err
		}, `
SELECT k.ordinal, v.sort_value, s.currency, o.names, `+variantColumns+`
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, product_id, ordinal)
JOIN stores s ON s.id = k.store_id`+optionNames+`
CROSS JOIN LATERAL (
    SELECT `+variantColumns+`, `+p.text+` AS sort_value FROM product_variants v
    WHERE v.store_id = k.store_id AND v.product_id = k.product_id`+p.where+p.orderBy+`
) v`, append([]any{pageStores(keys), pageProducts(keys)}, p.args...)...)
		if err != nil {
			return nil, err
		}
		l.into(found)
	}
	return found, nil
}

func pageOf(k commerce.ProductPageKey) commerce.Page { return k.Page }

func pageStores(keys []commerce.ProductPageKey) pq.Int64Array {
	return column(keys, func(k commerce.ProductPageKey) int64 { return int64(k.Product.Store) })
}

func pageProducts(keys []commerce.ProductPageKey) pq.Int64Array {
	return column(keys, func(k commerce.ProductPageKey) int64 { return int64(k.Product.ID) })
}
