package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

const variantColumns = `v.store_id, v.product_id, v.id, v.position, v.sku, v.barcode, v.price_minor, v.compare_at_minor,
    v.inventory_quantity, v.inventory_tracked, v.inventory_policy, v.weight_grams, v.weight_unit, v.requires_shipping, v.taxable,
    v.image_id, v.option_values`

// optionNames reads the option names of the product that parent k names, and its currency, once for all its variants: OFFSET
// keeps the planner from asking anew for each.
const optionNames = `
CROSS JOIN LATERAL (
    SELECT (SELECT s.currency FROM stores s WHERE s.id = k.store_id) AS currency, ARRAY(
        SELECT o.name FROM product_options o WHERE o.store_id = k.store_id AND o.product_id = k.product_id ORDER BY o.position, o.id
    ) AS names OFFSET 0
) o`

// variantScan reads variants, whose parts come from few allocations.
type variantScan struct {
	variants slab[commerce.ProductVariant]
	selected slab[commerce.SelectedOption]
}

func newVariantScan(rows int) *variantScan {
	return &variantScan{variants: newSlab[commerce.ProductVariant](rows), selected: newSlab[commerce.SelectedOption](2 * rows)}
}

// next reads the store's currency, the product's option names and variantColumns.
func (s *variantScan) next(r *row) *commerce.ProductVariant {
	v := s.variants.one()
	v.Currency = commerce.Currency(r.text())
	names := r.texts()
	v.StoreID, v.ProductID, v.ID = commerce.StoreID(r.int()), commerce.ProductID(r.int()), commerce.VariantID(r.int())
	v.Position, v.SKU, v.Barcode, v.PriceMinor = int(r.int()), r.trimmed(), r.trimmed(), r.int()
	if n, ok := r.optional(); ok {
		v.CompareAtMinor = &n
	}
	v.InventoryQuantity, v.InventoryTracked = int(r.int()), r.bool()
	v.InventoryPolicy = commerce.InventoryPolicy(r.text())
	v.WeightGrams, v.WeightUnit = r.float(), commerce.WeightUnit(r.text())
	v.RequiresShipping, v.Taxable = r.bool(), r.bool()
	image, _ := r.optional()
	v.ImageID = commerce.MediaID(image)
	v.SelectedOptions = selectedOptions(&s.selected, names, r.texts())
	return v
}

// selectedOptions pairs a product's option names with a variant's values.
func selectedOptions(room *slab[commerce.SelectedOption], names, values []string) []commerce.SelectedOption {
	selected := room.take(min(len(names), len(values)))
	for i := range selected {
		selected[i] = commerce.SelectedOption{Name: names[i], Value: values[i]}
	}
	return selected
}

const variantsByIDSQL = `
SELECT o.currency, o.names, ` + variantColumns + `
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
	scan := newVariantScan(len(refs))
	err := d.each(ctx, func(r *row) {
		v := scan.next(r)
		found[v.Ref()] = v
	}, variantsByIDSQL, variantStores(refs), variantIDs(refs))
	return found, err
}

func variantStores(refs []commerce.VariantRef) string {
	return bigints(refs, func(r commerce.VariantRef) int64 { return int64(r.Store) })
}

func variantIDs(refs []commerce.VariantRef) string {
	return bigints(refs, func(r commerce.VariantRef) int64 { return int64(r.ID) })
}

func variantOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{
		commerce.VariantSortPosition: byInt("v.position", "v.id"),
		commerce.VariantSortID:       byInt("v.id", "v.id"),
		commerce.VariantSortSKU:      byText("lower(v.sku)", "v.id"),
		commerce.VariantSortTitle:    byText("lower(array_to_string(v.option_values, ' / '))", "v.id"),
	}
}

func variantList() list {
	return newList(variantOrders(), 2, "", func(_ commerce.SortKey, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, v.sort_value, o.currency, o.names, ` + variantColumns + `
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, product_id, ordinal)` + optionNames + `
CROSS JOIN LATERAL (
    SELECT ` + variantColumns + `, ` + s.value + ` AS sort_value FROM product_variants v
    WHERE v.store_id = k.store_id AND v.product_id = k.product_id` + where + orderBy + `
) v`
	})
}

// VariantLists reads pages of products' variants.
func (d *DB) VariantLists(ctx context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant], error) {
	return lists(ctx, d, d.lists.variants, keys, pageOf, pageParents, func(rows int) func(*row, commerce.ProductPageKey) (*commerce.ProductVariant, int64) {
		scan := newVariantScan(rows)
		return func(r *row, _ commerce.ProductPageKey) (*commerce.ProductVariant, int64) {
			v := scan.next(r)
			return v, int64(v.ID)
		}
	})
}

func pageOf(k commerce.ProductPageKey) asked { return asked{page: k.Page} }

func pageParents(keys []commerce.ProductPageKey) []any {
	return []any{
		bigints(keys, func(k commerce.ProductPageKey) int64 { return int64(k.Product.Store) }),
		bigints(keys, func(k commerce.ProductPageKey) int64 { return int64(k.Product.ID) }),
	}
}
