package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

const collectionColumns = `c.store_id, c.id, c.handle, c.title, c.description_html, c.image_url, c.image_alt, c.seo_title, c.seo_description,
    c.sort_order, c.rule_set, c.published_at, c.updated_at`

// shownCollection is collectionColumns as scanCollection reads them.
const shownCollection = `c.store_id, c.id, c.handle, c.title, c.description_html, c.image_url, c.image_alt, c.seo_title, c.seo_description,
    c.sort_order, c.rule_set, (date_part('epoch', c.published_at) * 1000000)::bigint, (date_part('epoch', c.updated_at) * 1000000)::bigint`

// visibleCollection is what buyers can see, of collections c in stores s.
const visibleCollection = `(c.published_at <= now() AND s.status = 'PUBLISHED' OR s.id = ANY($3::bigint[]))`

func scanCollection(r *row) *commerce.Collection {
	return &commerce.Collection{
		StoreID: commerce.StoreID(r.int()), ID: commerce.CollectionID(r.int()), Handle: r.text(), Title: r.text(), DescriptionHTML: r.text(),
		ImageURL: r.text(), ImageAlt: r.trimmed(), SEOTitle: r.text(), SEODescription: r.text(),
		SortOrder: commerce.CollectionSortOrder(r.text()), RuleSet: ruleSet(r), PublishedAt: r.optionalMoment(), UpdatedAt: r.moment(),
	}
}

const collectionsByIDSQL = `
SELECT ` + shownCollection + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN collections c ON c.store_id = k.store_id AND c.id = k.id
JOIN stores s ON s.id = c.store_id
WHERE ` + visibleCollection

// CollectionsByID reads the collections buyers can see.
func (v View) CollectionsByID(ctx context.Context, refs []commerce.CollectionRef) (map[commerce.CollectionRef]*commerce.Collection, error) {
	found := make(map[commerce.CollectionRef]*commerce.Collection, len(refs))
	err := v.each(ctx, func(r *row) {
		c := scanCollection(r)
		found[c.Ref()] = c
	}, collectionsByIDSQL,
		bigints(refs, func(r commerce.CollectionRef) int64 { return int64(r.Store) }),
		bigints(refs, func(r commerce.CollectionRef) int64 { return int64(r.ID) }), v.own)
	return found, err
}

// collectionsByHandleSQL finds a collection by a handle that it had before too, unless another has it now.
const collectionsByHandleSQL = `
SELECT k.handle, ` + shownCollection + `
FROM unnest($1::bigint[], $2::text[]) AS k (store_id, handle)
JOIN collections c ON c.store_id = k.store_id AND c.id = coalesce(
    (SELECT h.id FROM collections h WHERE h.store_id = k.store_id AND h.handle = k.handle),
    (SELECT r.collection_id FROM collection_redirects r WHERE r.store_id = k.store_id AND r.handle = k.handle))
JOIN stores s ON s.id = c.store_id
WHERE ` + visibleCollection

// CollectionsByHandle reads the collections buyers can see.
func (v View) CollectionsByHandle(ctx context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Collection, error) {
	found := make(map[commerce.HandleRef]*commerce.Collection, len(refs))
	err := v.each(ctx, func(r *row) {
		handle := r.text()
		c := scanCollection(r)
		found[commerce.HandleRef{Store: c.StoreID, Handle: handle}] = c
	}, collectionsByHandleSQL, handleStores(refs), texts(refs, func(r commerce.HandleRef) string { return r.Handle }), v.own)
	return found, err
}

func collectionOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{
		commerce.CollectionSortID:        byInt("c.id", "c.id"),
		commerce.CollectionSortTitle:     byText("lower(c.title)", "c.id"),
		commerce.CollectionSortUpdatedAt: byTime("c.updated_at", "c.id"),
	}
}

// collectionFields are what a query can ask of collections c.
func collectionFields() map[string]queryField {
	return map[string]queryField{
		wordField:    {expr: "c.title"},
		"title":      {typ: commerce.QueryTitle, expr: "c.title"},
		"handle":     {expr: "c.handle"},
		"updated_at": {typ: commerce.QueryTime, expr: "c.updated_at"},
	}
}

func collectionList() queryable {
	render := collectionTexts(`unnest($1::bigint[]) WITH ORDINALITY AS k (store_id, ordinal)`, `collections c`, `c.store_id = k.store_id`)
	return newQueryable(collectionOrders(), collectionFields(), render)
}

// collectionTexts renders the statements that read pages of collections c for each parent k.
func collectionTexts(parents, from, belongs string) renderer {
	return func(r reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, c.sort_value, ` + shownCollection + `
FROM ` + parents + `
JOIN stores s ON s.id = k.store_id` + r.unlessOwn(` AND s.status = 'PUBLISHED'`) + `
CROSS JOIN LATERAL (
    SELECT ` + collectionColumns + `, ` + s.value + ` AS sort_value FROM ` + from + `
    WHERE ` + belongs + r.unlessOwn(` AND c.published_at <= now()`) + where + orderBy + `
) c`
	}
}

// scanCollections reads the rows of collectionTexts behind the place.
func scanCollections[K any](int) func(*row, K) (*commerce.Collection, int64) {
	return func(r *row, _ K) (*commerce.Collection, int64) {
		c := scanCollection(r)
		return c, int64(c.ID)
	}
}

// CollectionLists reads pages of stores' collections.
func (v View) CollectionLists(ctx context.Context, keys []commerce.CollectionListKey) (map[commerce.CollectionListKey]commerce.List[*commerce.Collection], error) {
	return lists(ctx, v, v.lists.collections, keys,
		func(k commerce.CollectionListKey) asked { return asked{k.Page, k.Words, v.owns(k.Store)} },
		func(keys []commerce.CollectionListKey) []any {
			return []any{bigints(keys, func(k commerce.CollectionListKey) int64 { return int64(k.Store) })}
		}, scanCollections[commerce.CollectionListKey])
}

func productCollectionList() list {
	return newViewedList(collectionOrders(), 2, "", collectionTexts(
		`unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, product_id, ordinal)`,
		`collection_products cp JOIN collections c ON c.store_id = cp.store_id AND c.id = cp.collection_id`,
		`cp.store_id = k.store_id AND cp.product_id = k.product_id`))
}

// ProductCollections reads pages of the collections that products are in.
func (v View) ProductCollections(ctx context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.Collection], error) {
	return lists(ctx, v, v.lists.productCollections, keys,
		func(k commerce.ProductPageKey) asked { return asked{page: k.Page, own: v.owns(k.Product.Store)} }, pageParents, scanCollections[commerce.ProductPageKey])
}

// collectionProductOrders are the orders of a collection's products: those of a store's, and the merchant's own. The lowest
// price is computed for the whole collection: no index can know both.
func collectionProductOrders() map[commerce.SortKey]sorting {
	orders := productOrders()
	orders[commerce.CollectionProductSortManual] = byInt("cp.position", "cp.product_id")
	orders[commerce.ProductSortPrice] = byInt("v.lowest", "p.id")
	return orders
}

const collectionProductTables = `
    collection_products cp JOIN products p ON p.store_id = cp.store_id AND p.id = cp.product_id`

const lowestPrice = `
    JOIN LATERAL (
        SELECT min(v.price_minor) AS lowest FROM product_variants v WHERE v.store_id = p.store_id AND v.product_id = p.id
    ) v ON v.lowest IS NOT NULL`

func collectionProductList() list {
	return newViewedList(collectionProductOrders(), 2, "", productTexts(
		`unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, collection_id, ordinal)`,
		`cp.store_id = k.store_id AND cp.collection_id = k.collection_id`,
		func(key commerce.SortKey) string {
			if key == commerce.ProductSortPrice {
				return collectionProductTables + lowestPrice
			}
			return collectionProductTables
		}))
}

// CollectionProducts reads pages of collections' products.
func (v View) CollectionProducts(ctx context.Context, keys []commerce.CollectionPageKey) (map[commerce.CollectionPageKey]commerce.List[*commerce.Product], error) {
	return lists(ctx, v, v.lists.collectionProducts, keys,
		func(k commerce.CollectionPageKey) asked { return asked{page: k.Page, own: v.owns(k.Collection.Store)} },
		func(keys []commerce.CollectionPageKey) []any {
			return []any{
				bigints(keys, func(k commerce.CollectionPageKey) int64 { return int64(k.Collection.Store) }),
				bigints(keys, func(k commerce.CollectionPageKey) int64 { return int64(k.Collection.ID) }),
			}
		}, scanProducts[commerce.CollectionPageKey])
}
