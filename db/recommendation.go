package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// relatedProductsSQL compares each product with its neighbours alone, those whose ids are next to its own: within ten of its
// collections, and among the products of its type and of its maker. So the effort does not grow with the store, and the products of a
// large shelf do not all recommend the same ten. A type in common weighs 3, a collection 2, a maker or a tag 1. What can be bought
// comes first among the thirty that have most in common.
const relatedProductsSQL = `
SELECT k.store_id, k.id, s.currency, ` + shownProduct + `
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, id, ordinal)
JOIN stores s ON s.id = k.store_id AND (s.status = 'PUBLISHED' OR s.id = ANY($3::bigint[]))
JOIN products o ON o.store_id = k.store_id AND o.id = k.id
CROSS JOIN LATERAL (
    SELECT t.id, t.weight, EXISTS (SELECT FROM product_variants v WHERE v.store_id = k.store_id AND v.product_id = t.id AND ` + available + `) AS buyable
    FROM (
        SELECT t.id, sum(c.weight) + (SELECT count(*) FROM unnest(t.tags) AS x (tag) WHERE x.tag <> '' AND x.tag = ANY(o.tags)) AS weight
        FROM (
            SELECT n.product_id AS id, 2 AS weight
            FROM (SELECT m.collection_id FROM collection_products m WHERE m.store_id = o.store_id AND m.product_id = o.id ORDER BY m.collection_id LIMIT 10) m
            CROSS JOIN LATERAL (
                (SELECT n.product_id FROM collection_products n WHERE n.store_id = o.store_id AND n.collection_id = m.collection_id AND n.product_id > o.id
                ORDER BY n.product_id LIMIT 25)
                UNION ALL
                (SELECT n.product_id FROM collection_products n WHERE n.store_id = o.store_id AND n.collection_id = m.collection_id AND n.product_id < o.id
                ORDER BY n.product_id DESC LIMIT 25)
            ) n
            UNION ALL
            (SELECT n.id, 3 FROM products n WHERE n.store_id = o.store_id AND n.status = 'ACTIVE' AND o.product_type <> ''
                AND lower(n.product_type) COLLATE "C" = lower(o.product_type) AND n.id > o.id ORDER BY n.id LIMIT 25)
            UNION ALL
            (SELECT n.id, 3 FROM products n WHERE n.store_id = o.store_id AND n.status = 'ACTIVE' AND o.product_type <> ''
                AND lower(n.product_type) COLLATE "C" = lower(o.product_type) AND n.id < o.id ORDER BY n.id DESC LIMIT 25)
            UNION ALL
            (SELECT n.id, 1 FROM products n WHERE n.store_id = o.store_id AND n.status = 'ACTIVE' AND o.vendor <> ''
                AND lower(n.vendor) COLLATE "C" = lower(o.vendor) AND n.id > o.id ORDER BY n.id LIMIT 25)
            UNION ALL
            (SELECT n.id, 1 FROM products n WHERE n.store_id = o.store_id AND n.status = 'ACTIVE' AND o.vendor <> ''
                AND lower(n.vendor) COLLATE "C" = lower(o.vendor) AND n.id < o.id ORDER BY n.id DESC LIMIT 25)
        ) c
        JOIN products t ON t.store_id = o.store_id AND t.id = c.id AND t.status = 'ACTIVE' AND t.published_at <= now()
        GROUP BY t.id, t.tags
        ORDER BY weight DESC, abs(t.id - o.id), t.id LIMIT 30
    ) t
    ORDER BY buyable DESC, t.weight DESC, abs(t.id - o.id), t.id LIMIT $4::bigint
) r
JOIN products p ON p.store_id = k.store_id AND p.id = r.id
ORDER BY k.ordinal, r.buyable DESC, r.weight DESC, abs(r.id - k.id), r.id`

// RelatedProducts reads what has most in common with each product.
func (v View) RelatedProducts(ctx context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef][]*commerce.Product, error) {
	found := make(map[commerce.ProductRef][]*commerce.Product, len(refs))
	err := v.each(ctx, func(r *row) {
		ref := productOf(r)
		found[ref] = append(found[ref], scanPricedProduct(r))
	}, relatedProductsSQL, productStores(refs), productIDs(refs), v.own, commerce.MaxRecommendations)
	return found, err
}
