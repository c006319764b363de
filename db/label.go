package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// productTagsSQL reads the tags of all visible products of each store.
const productTagsSQL = `
SELECT k.ordinal, l.label
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, size, ordinal)
CROSS JOIN LATERAL (
    SELECT DISTINCT x.tag COLLATE "C" AS label FROM products p, unnest(p.tags) AS x (tag)
    WHERE p.store_id = k.store_id AND p.status = 'ACTIVE' AND p.published_at <= now() AND x.tag <> '' ORDER BY 1 LIMIT k.size
) l
ORDER BY k.ordinal, l.label`

// ProductTags reads the first tags of stores' products.
func (v View) ProductTags(ctx context.Context, keys []commerce.LabelListKey) (map[commerce.LabelListKey][]string, error) {
	return v.labels(ctx, keys, productTagsSQL)
}

// productTypesSQL hops through the index of types from one to the next, so that it reads as many products as there are types,
// and those that are not published yet.
const productTypesSQL = `
SELECT k.ordinal, l.label
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, size, ordinal)
CROSS JOIN LATERAL (
    WITH RECURSIVE hops (key, label, n) AS (
        (SELECT lower(p.product_type) COLLATE "C", p.product_type, 1 FROM products p
        WHERE p.store_id = k.store_id AND p.status = 'ACTIVE' AND p.published_at <= now() AND lower(p.product_type) COLLATE "C" > ''
        ORDER BY lower(p.product_type) COLLATE "C", p.id LIMIT 1)
        UNION ALL
        SELECT f.key, f.label, h.n + 1 FROM hops h CROSS JOIN LATERAL (
            SELECT lower(p.product_type) COLLATE "C" AS key, p.product_type AS label FROM products p
            WHERE p.store_id = k.store_id AND p.status = 'ACTIVE' AND p.published_at <= now() AND lower(p.product_type) COLLATE "C" > h.key
            ORDER BY lower(p.product_type) COLLATE "C", p.id LIMIT 1
        ) f WHERE h.n < k.size
    )
    SELECT hops.label, hops.n FROM hops WHERE k.size > 0
) l
ORDER BY k.ordinal, l.n`

// ProductTypes reads the first types of stores' products.
func (v View) ProductTypes(ctx context.Context, keys []commerce.LabelListKey) (map[commerce.LabelListKey][]string, error) {
	return v.labels(ctx, keys, productTypesSQL)
}

func (v View) labels(ctx context.Context, keys []commerce.LabelListKey, text string) (map[commerce.LabelListKey][]string, error) {
	found := make(map[commerce.LabelListKey][]string, len(keys))
	err := v.each(ctx, func(r *row) {
		k := keys[r.int()-1]
		found[k] = append(found[k], r.text())
	}, text,
		bigints(keys, func(k commerce.LabelListKey) int64 { return int64(k.Store) }),
		bigints(keys, func(k commerce.LabelListKey) int64 { return int64(k.First) }))
	return found, err
}
