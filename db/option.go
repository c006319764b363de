package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

const optionColumns = `o.store_id, o.product_id, o.id, o.name, o."values"`

func scanOption(r *row) *commerce.ProductOption {
	return &commerce.ProductOption{
		StoreID: commerce.StoreID(r.int()), ProductID: commerce.ProductID(r.int()), ID: commerce.OptionID(r.int()), Name: r.text(), Values: r.texts(),
	}
}

const optionsByIDSQL = `
SELECT ` + optionColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN product_options o ON o.store_id = k.store_id AND o.id = k.id
JOIN products p ON p.store_id = o.store_id AND p.id = o.product_id
JOIN stores s ON s.id = p.store_id
WHERE ` + visibleProduct

// OptionsByID reads options of products.
func (v View) OptionsByID(ctx context.Context, refs []commerce.OptionRef) (map[commerce.OptionRef]*commerce.ProductOption, error) {
	found := make(map[commerce.OptionRef]*commerce.ProductOption, len(refs))
	err := v.each(ctx, func(r *row) {
		o := scanOption(r)
		found[commerce.OptionRef{Store: o.StoreID, ID: o.ID}] = o
	}, optionsByIDSQL,
		bigints(refs, func(r commerce.OptionRef) int64 { return int64(r.Store) }),
		bigints(refs, func(r commerce.OptionRef) int64 { return int64(r.ID) }), v.own)
	return found, err
}

const productOptionsSQL = `
SELECT ` + optionColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, product_id)
JOIN product_options o ON o.store_id = k.store_id AND o.product_id = k.product_id
ORDER BY o.store_id, o.product_id, o.position, o.id`

// ProductOptions reads the options of products, in the merchant's order.
func (v View) ProductOptions(ctx context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef][]*commerce.ProductOption, error) {
	found := make(map[commerce.ProductRef][]*commerce.ProductOption, len(refs))
	err := v.each(ctx, func(r *row) {
		o := scanOption(r)
		ref := commerce.ProductRef{Store: o.StoreID, ID: o.ProductID}
		found[ref] = append(found[ref], o)
	}, productOptionsSQL, productStores(refs), productIDs(refs))
	return found, err
}
