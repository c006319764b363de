package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// chosenOwner is variantOwner with what the choice, the parameters 3 to 6, means for the product: wanted is a value for each of
// its options in their order, NULL where none was chosen, and unknown says that an option was chosen which it does not have.
const chosenOwner = variantOwner + `
CROSS JOIN LATERAL (
    SELECT ARRAY(
        SELECT (SELECT w.value FROM unnest($3::text[], $4::text[]) AS w (name, value)
            WHERE w.name = o.name OR $5::boolean AND lower(w.name) = lower(o.name) LIMIT 1)
        FROM product_options o WHERE o.store_id = k.store_id AND o.product_id = k.product_id ORDER BY o.position, o.id
    ) AS wanted, NOT $6::boolean AND EXISTS (
        SELECT 1 FROM unnest($3::text[]) AS w (name) WHERE NOT EXISTS (
            SELECT 1 FROM product_options o WHERE o.store_id = k.store_id AND o.product_id = k.product_id
                AND (w.name = o.name OR $5::boolean AND lower(w.name) = lower(o.name)))
    ) AS unknown OFFSET 0
) c`

// differences is in how many options the variant v differs from what is wanted.
const differences = `(SELECT count(*) FROM unnest(v.option_values, c.wanted) AS x (has, wants)
        WHERE (x.has = x.wants OR $5::boolean AND lower(x.has) = lower(x.wants)) IS NOT TRUE)`

// chosenVariantsSQL finds one variant of each product: that of the choice, or with $7 the next best.
const chosenVariantsSQL = `
SELECT k.ordinal, o.common, ` + shownVariant + `
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, product_id, ordinal)` + chosenOwner + `
CROSS JOIN LATERAL (
    SELECT ` + variantColumns + ` FROM product_variants v
    WHERE v.store_id = k.store_id AND v.product_id = k.product_id AND ($7::boolean OR NOT c.unknown AND ` + differences + ` = 0)
    ORDER BY NOT c.unknown AND ` + differences + ` = 0 DESC, ` + available + ` DESC, v.position, v.id LIMIT 1
) v`

// ChosenVariants finds the variant of each product that has exactly the options of the choice.
func (v View) ChosenVariants(ctx context.Context, keys []commerce.ChoiceKey) (map[commerce.ChoiceKey]*commerce.ProductVariant, error) {
	found := make(map[commerce.ChoiceKey]*commerce.ProductVariant, len(keys))
	err := v.choices(ctx, keys, chosenVariantsSQL, func(k commerce.ChoiceKey, v *commerce.ProductVariant) { found[k] = v },
		func(c commerce.Choice) any { return c.OrFirst })
	return found, err
}

// adjacentVariantsSQL finds the variants that differ in one option from the choice, or with $7 from the first that can be bought.
const adjacentVariantsSQL = `
SELECT k.ordinal, o.common, ` + shownVariant + `
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, product_id, ordinal)` + chosenOwner + `
CROSS JOIN LATERAL (
    SELECT CASE WHEN $7::boolean THEN (
        SELECT v.option_values FROM product_variants v WHERE v.store_id = k.store_id AND v.product_id = k.product_id
        ORDER BY ` + available + ` DESC, v.position, v.id LIMIT 1
    ) ELSE w.wanted END AS wanted FROM (SELECT c.wanted) w OFFSET 0
) a
CROSS JOIN LATERAL (
    SELECT ` + variantColumns + ` FROM (SELECT a.wanted) c, product_variants v
    WHERE v.store_id = k.store_id AND v.product_id = k.product_id AND ` + differences + ` = 1
    ORDER BY v.id LIMIT 250
) v
WHERE NOT c.unknown
ORDER BY k.ordinal, v.id`

// AdjacentVariants finds the variants of each product that differ in one option from the choice.
func (v View) AdjacentVariants(ctx context.Context, keys []commerce.ChoiceKey) (map[commerce.ChoiceKey][]*commerce.ProductVariant, error) {
	found := make(map[commerce.ChoiceKey][]*commerce.ProductVariant, len(keys))
	err := v.choices(ctx, keys, adjacentVariantsSQL, func(k commerce.ChoiceKey, v *commerce.ProductVariant) { found[k] = append(found[k], v) },
		func(c commerce.Choice) any { return c.None() })
	return found, err
}

// choices runs a statement for each choice among the keys; last is its last parameter.
func (v View) choices(ctx context.Context, keys []commerce.ChoiceKey, text string, take func(commerce.ChoiceKey, *commerce.ProductVariant), last func(commerce.Choice) any) error {
	for c, keys := range grouped(keys, func(k commerce.ChoiceKey) commerce.Choice { return k.Choice }) {
		names, values := c.Options()
		itself := func(text string) string { return text }
		scan := newVariantScan(len(keys))
		err := v.each(ctx, func(r *row) {
			k := keys[r.int()-1]
			take(k, scan.next(r, k.Product))
		}, text,
			bigints(keys, func(k commerce.ChoiceKey) int64 { return int64(k.Product.Store) }),
			bigints(keys, func(k commerce.ChoiceKey) int64 { return int64(k.Product.ID) }),
			texts(names, itself), texts(values, itself), c.AnyCase, c.IgnoreUnknown, last(c))
		if err != nil {
			return err
		}
	}
	return nil
}

// firstVariantsSQL finds the first variant with each value of each option: at says the option's place.
const firstVariantsSQL = `
SELECT k.ordinal, x.at, o.common, ` + shownVariant + `
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, product_id, ordinal)` + variantOwner + `
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (x.at, x.value) x.at, v.id
    FROM product_variants v, unnest(v.option_values) WITH ORDINALITY AS x (value, at)
    WHERE v.store_id = k.store_id AND v.product_id = k.product_id ORDER BY x.at, x.value, v.position, v.id
) x
JOIN product_variants v ON v.store_id = k.store_id AND v.id = x.id`

// FirstVariants finds the first variant with each value of products' options.
func (v View) FirstVariants(ctx context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef]map[commerce.SelectedOption]*commerce.ProductVariant, error) {
	found := make(map[commerce.ProductRef]map[commerce.SelectedOption]*commerce.ProductVariant, len(refs))
	scan := newVariantScan(len(refs))
	err := v.each(ctx, func(r *row) {
		ref, at := refs[r.int()-1], int(r.int())
		first := scan.next(r, ref)
		if found[ref] == nil {
			found[ref] = make(map[commerce.SelectedOption]*commerce.ProductVariant)
		}
		if at <= len(first.SelectedOptions) {
			found[ref][first.SelectedOptions[at-1]] = first
		}
	}, firstVariantsSQL, productStores(refs), productIDs(refs))
	return found, err
}
