package db

import (
	"context"
	"errors"

	"github.com/kirana-commerce/kirana/commerce"
)

const variantColumns = `v.id, v.position, v.sku, v.barcode, v.price_minor, v.compare_at_minor, v.inventory_quantity, v.inventory_tracked,
    v.inventory_policy, v.weight_grams, v.weight_unit, v.requires_shipping, v.taxable, v.image_id, v.option_values`

// shownVariant is variantColumns as variantScan reads them. A text costs more than a number: a policy is whether it is
// CONTINUE, and a unit's first letter says which it is.
const shownVariant = `v.id, v.position, v.sku, v.barcode, v.price_minor, v.compare_at_minor, v.inventory_quantity, v.inventory_tracked,
    v.inventory_policy = 'CONTINUE', v.weight_grams, ascii(v.weight_unit), v.requires_shipping, v.taxable, v.image_id, v.option_values`

// available is whether the variant v can be bought, as commerce.ProductVariant's method has it.
const available = `(NOT v.inventory_tracked OR v.inventory_quantity > 0 OR v.inventory_policy = 'CONTINUE')`

// variantOwner reads what all variants of the product that parent k names have in common, once for all of them: OFFSET keeps
// the planner from asking anew for each. It is the store's currency, then the names of the product's options.
const variantOwner = `
CROSS JOIN LATERAL (
    SELECT array_prepend((SELECT s.currency::text FROM stores s WHERE s.id = k.store_id), ARRAY(
        SELECT o.name FROM product_options o WHERE o.store_id = k.store_id AND o.product_id = k.product_id ORDER BY o.position, o.id
    )) AS common OFFSET 0
) o`

// variantScan reads variants, whose parts come from few allocations.
type variantScan struct {
	variants slab[commerce.ProductVariant]
	selected slab[commerce.SelectedOption]
}

func newVariantScan(rows int) *variantScan {
	return &variantScan{variants: newSlab[commerce.ProductVariant](rows), selected: newSlab[commerce.SelectedOption](2 * rows)}
}

// next reads what variantOwner found and shownVariant, of a variant of a product.
func (s *variantScan) next(r *row, product commerce.ProductRef) *commerce.ProductVariant {
	v := s.variants.one()
	v.StoreID, v.ProductID = product.Store, product.ID
	common := r.sameTexts()
	if len(common) == 0 {
		r.fail(errors.New("no currency"))
		return v
	}
	v.Currency = commerce.Currency(common[0])
	v.ID, v.Position, v.SKU, v.Barcode = commerce.VariantID(r.int()), int(r.int()), r.trimmed(), r.trimmed()
	v.PriceMinor, v.CompareAtMinor = r.int(), r.amount()
	v.InventoryQuantity, v.InventoryTracked, v.InventoryPolicy = int(r.int()), r.bool(), inventoryPolicy(r.bool())
	v.WeightGrams, v.WeightUnit = r.float(), weightUnit(r.int())
	v.RequiresShipping, v.Taxable = r.bool(), r.bool()
	image, _ := r.optional()
	v.ImageID = commerce.MediaID(image)
	v.SelectedOptions = selectedOptions(&s.selected, common[1:], r.texts())
	return v
}

func inventoryPolicy(goesOn bool) commerce.InventoryPolicy {
	if goesOn {
		return commerce.InventoryContinue
	}
	return commerce.InventoryDeny
}

// weightUnit is the unit that begins with a letter; the table takes these four alone.
func weightUnit(letter int64) commerce.WeightUnit {
	switch letter {
	case 'K':
		return commerce.WeightKilograms
	case 'O':
		return commerce.WeightOunces
	case 'P':
		return commerce.WeightPounds
	}
	return commerce.WeightGrams
}

// selectedOptions pairs a product's option names with a variant's values.
func selectedOptions(room *slab[commerce.SelectedOption], names, values []string) []commerce.SelectedOption {
	selected := room.take(min(len(names), len(values)))
	for i := range selected {
		selected[i] = commerce.SelectedOption{Name: names[i], Value: values[i]}
	}
	return selected
}

const variantsByIDSQL = kept + `
SELECT v.store_id, v.product_id, o.common, ` + shownVariant + `
FROM (
    SELECT v.store_id, v.id, v.product_id FROM unnest($1::bigint[], $2::bigint[]) AS r (store_id, id)
    JOIN product_variants v ON v.store_id = r.store_id AND v.id = r.id
) k
JOIN product_variants v ON v.store_id = k.store_id AND v.id = k.id
JOIN products p ON p.store_id = v.store_id AND p.id = v.product_id
JOIN stores s ON s.id = p.store_id` + variantOwner + `
WHERE ` + visibleProduct

// VariantsByID reads variants of products.
func (v View) VariantsByID(ctx context.Context, refs []commerce.VariantRef) (map[commerce.VariantRef]*commerce.ProductVariant, error) {
	found := make(map[commerce.VariantRef]*commerce.ProductVariant, len(refs))
	scan := newVariantScan(len(refs))
	err := v.each(ctx, func(r *row) {
		v := scan.next(r, productOf(r))
		found[v.Ref()] = v
	}, variantsByIDSQL, variantStores(refs), variantIDs(refs), v.own)
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
	return newList(variantOrders(), 2, "", func(_ reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, v.sort_value, o.common, ` + shownVariant + `
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, product_id, ordinal)` + variantOwner + `
CROSS JOIN LATERAL (
    SELECT ` + variantColumns + `, ` + s.value + ` AS sort_value FROM product_variants v
    WHERE v.store_id = k.store_id AND v.product_id = k.product_id` + where + orderBy + `
) v`
	})
}

// VariantLists reads pages of products' variants.
func (v View) VariantLists(ctx context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant], error) {
	return lists(ctx, v, v.lists.variants, keys, pageOf, pageParents, func(rows int) func(*row, commerce.ProductPageKey) (*commerce.ProductVariant, int64) {
		scan := newVariantScan(rows)
		return func(r *row, k commerce.ProductPageKey) (*commerce.ProductVariant, int64) {
			v := scan.next(r, k.Product)
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
