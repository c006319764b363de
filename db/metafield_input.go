package db

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

// maxMetafieldColumns bounds the columns that an export has for metafields, far below what a spreadsheet shows.
const maxMetafieldColumns = 1000

const metafieldColumnsSQL = `
SELECT DISTINCT owner_kind = 'ProductVariant' AS variant, namespace COLLATE "C", key COLLATE "C", type COLLATE "C", NOT visible
FROM metafields WHERE store_id = $1 AND owner_kind IN ('Product', 'ProductVariant')
ORDER BY 1, 2, 3, 4, 5 LIMIT $2`

// MetafieldColumns are the metafields that the store's products and variants have, the first thousand. Code UNAVAILABLE.
func (d *DB) MetafieldColumns(ctx context.Context, store commerce.StoreID) ([]commerce.MetafieldColumn, error) {
	var columns []commerce.MetafieldColumn
	err := d.inTx(ctx, func(tx *sqlx.Tx) error {
		columns = nil
		return scanIn(ctx, tx, func(r *row) {
			columns = append(columns, commerce.MetafieldColumn{
				Variant: r.bool(), Namespace: r.text(), Key: r.text(), Type: commerce.MetafieldType(r.text()), Private: r.bool(),
			})
		}, metafieldColumnsSQL, int64(store), maxMetafieldColumns)
	})
	return columns, err
}

const storedMetafieldsSQL = `
SELECT m.product_id, 0, m.namespace, m.key, m.type, m.value, NOT m.visible
FROM metafields m WHERE m.store_id = $1 AND m.product_id = ANY($2::bigint[])
UNION ALL
SELECT v.product_id, v.id, m.namespace, m.key, m.type, m.value, NOT m.visible
FROM product_variants v JOIN metafields m ON m.store_id = v.store_id AND m.variant_id = v.id
WHERE v.store_id = $1 AND v.product_id = ANY($2::bigint[])
ORDER BY 3, 4`

// readMetafields reads the metafields of products and of their variants.
func readMetafields(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, products []*storedProduct) error {
	ids := make(pq.Int64Array, len(products))
	byID := make(map[int64]*storedProduct, len(products))
	for i, p := range products {
		ids[i], byID[p.ID], p.metafields = p.ID, p, make(map[int64][]commerce.MetafieldInput)
	}
	return scanIn(ctx, tx, func(r *row) {
		p, variant := byID[r.int()], r.int()
		p.metafields[variant] = append(p.metafields[variant], commerce.MetafieldInput{
			Namespace: r.text(), Key: r.text(), Type: commerce.MetafieldType(r.text()), Value: r.text(), Private: r.bool(),
		})
	}, storedMetafieldsSQL, int64(store), ids)
}

// haveMetafields reports whether any of the inputs speaks of metafields.
func haveMetafields(in []commerce.ProductInput) bool {
	return slices.ContainsFunc(in, func(p commerce.ProductInput) bool { return len(p.Metafields) > 0 || variantsHaveMetafields(p.Variants) })
}

func variantsHaveMetafields(in []commerce.VariantInput) bool {
	return slices.ContainsFunc(in, func(v commerce.VariantInput) bool { return len(v.Metafields) > 0 })
}

// putMetafieldsSQL makes and changes metafields of products and, by their options, of variants.
const putMetafieldsSQL = `
INSERT INTO metafields AS m (store_id, owner_kind, owner_id, namespace, key, type, value, visible)
SELECT $1, CASE WHEN r.options IS NULL THEN 'Product' ELSE 'ProductVariant' END, CASE WHEN r.options IS NULL THEN r.product_id ELSE v.id END,
    r.namespace, r.key, r.type, r.value, NOT r.private
FROM json_to_recordset($2::json) AS r (product_id bigint, options text[], namespace text, key text, type text, value text, private boolean)
LEFT JOIN product_variants v ON v.store_id = $1 AND v.product_id = r.product_id AND v.option_values = r.options
ON CONFLICT (store_id, owner_kind, owner_id, namespace, key) DO UPDATE SET type = excluded.type, value = excluded.value, visible = m.visible AND excluded.visible`

// inputMetafieldRow is a metafield that is new or changes.
type inputMetafieldRow struct {
	childRow
	// Options are those of the variant that has it; null for one of the product itself.
	Options   []string               `json:"options"`
	Namespace string                 `json:"namespace"`
	Key       string                 `json:"key"`
	Type      commerce.MetafieldType `json:"type"`
	Value     string                 `json:"value"`
	Private   bool                   `json:"private"`
}

// compareMetafields notes the metafields of a product and its variants that are not as the input says, of variants by the stored one
// that each is. It deletes none: a merchant may have set them by hand.
func (u *upsert) compareMetafields(old *storedProduct, in *commerce.ProductInput) {
	u.compareOwn(old, in.Handle, nil, old.metafields[0], in.Metafields)
	if !variantsHaveMetafields(in.Variants) {
		return
	}
	match := newVariantMatch(old, in)
	for i := range in.Variants {
		v := &in.Variants[i]
		var stored []commerce.MetafieldInput
		if o := match.find(v); o != nil {
			stored = old.metafields[o.ID]
		}
		u.compareOwn(old, in.Handle, append([]string{}, v.Options...), stored, v.Metafields)
	}
}

// compareOwn notes the metafields of one thing that are not as its input says.
func (u *upsert) compareOwn(old *storedProduct, handle string, options []string, stored, wanted []commerce.MetafieldInput) {
	for _, m := range wanted {
		var there commerce.MetafieldInput
		if i := slices.IndexFunc(stored, func(s commerce.MetafieldInput) bool { return s.Namespace == m.Namespace && s.Key == m.Key }); i >= 0 {
			there = stored[i]
		}
		m = m.Like(there.Type, u.store)
		m.Private = m.Private || there.Private
		if m != there {
			u.metafields = append(u.metafields, &inputMetafieldRow{
				childRow{ProductID: old.ID, Handle: handle}, options, m.Namespace, m.Key, m.Type, m.Value, m.Private,
			})
		}
	}
}
