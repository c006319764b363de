package db

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const collectionColumns = `c.store_id, c.id, c.handle, c.title, c.description_html, c.image_url, c.image_alt, c.updated_at`

// visibleCollection is what buyers can see, of collections c in stores s.
const visibleCollection = `c.published_at <= now() AND s.status = 'PUBLISHED'`

func scanCollection(rows *sqlx.Rows, before ...any) (*commerce.Collection, error) {
	c := &commerce.Collection{}
	var alt string
	err := rows.Scan(append(before, &c.StoreID, &c.ID, &c.Handle, &c.Title, &c.DescriptionHTML, &c.ImageURL, &alt, &c.UpdatedAt)...)
	c.ImageAlt = trimmed(alt)
	return c, err
}

const collectionsByIDSQL = `
SELECT ` + collectionColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN collections c ON c.store_id = k.store_id AND c.id = k.id
JOIN stores s ON s.id = c.store_id
WHERE ` + visibleCollection

// CollectionsByID reads the collections buyers can see.
func (d *DB) CollectionsByID(ctx context.Context, refs []commerce.CollectionRef) (map[commerce.CollectionRef]*commerce.Collection, error) {
	found := make(map[commerce.CollectionRef]*commerce.Collection, len(refs))
	err := d.each(ctx, func(rows *sqlx.Rows) error {
		c, err := scanCollection(rows)
		found[c.Ref()] = c
		return err
	}, collectionsByIDSQL,
		column(refs, func(r commerce.CollectionRef) int64 { return int64(r.Store) }),
		column(refs, func(r commerce.CollectionRef) int64 { return int64(r.ID) }))
	return found, err
}

const collectionsByHandleSQL = `
SELECT ` + collectionColumns + `
FROM unnest($1::bigint[], $2::text[]) AS k (store_id, handle)
JOIN collections c ON c.store_id = k.store_id AND c.handle = k.handle
JOIN stores s ON s.id = c.store_id
WHERE ` + visibleCollection

// CollectionsByHandle reads the collections buyers can see.
func (d *DB) CollectionsByHandle(ctx context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Collection, error) {
	found := make(map[commerce.HandleRef]*commerce.Collection, len(refs))
	err := d.each(ctx, func(rows *sqlx.Rows) error {
		c, err := scanCollection(rows)
		found[commerce.HandleRef{Store: c.StoreID, Handle: c.Handle}] = c
		return err
	}, collectionsByHandleSQL, handleStores(refs), texts(refs, func(r commerce.HandleRef) string { return r.Handle }))
	return found, err
}

func collectionOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{
		commerce.CollectionSortID:        byInt("c.id", "c.id"),
		commerce.CollectionSortTitle:     byText("lower(c.title)", "c.id"),
		commerce.CollectionSortUpdatedAt: byTime("c.updated_at", "c.id"),
	}
}

// CollectionLists reads pages of stores' collections.
func (d *DB) CollectionLists(ctx context.Context, keys []commerce.CollectionListKey) (map[commerce.CollectionListKey]commerce.List[*commerce.Collection], error) {
	found := make(map[commerce.CollectionListKey]commerce.List[*commerce.Collection], len(keys))
	for group, keys := range grouped(keys, func(k commerce.CollectionListKey) commerce.CollectionListKey {
		return commerce.CollectionListKey{Page: k.Page, Words: k.Words}
	}) {
		stores := column(keys, func(k commerce.CollectionListKey) int64 { return int64(k.Store) })
		l := newLists[commerce.CollectionListKey, *commerce.Collection](group.Page, keys)
		err := d.readCollections(ctx, l.page, `unnest($1::bigint[]) WITH ORDINALITY AS k (store_id, ordinal)`, `collections c`,
			`c.store_id = k.store_id AND c.title ILIKE ALL ($2::text[])`, []any{stores, patterns(group.Words)}, l.add)
		if err != nil {
			return nil, err
		}
		l.into(found)
	}
	return found, nil
}

// readCollections reads one page of collections c for each parent k; parameters 1 and 2 are the caller's.
func (d *DB) readCollections(ctx context.Context, page commerce.Page, parents, from, belongs string, args []any,
	add func(ordinal int64, c *commerce.Collection, value string, id int64),
) error {
	p, err := newPaging(page, collectionOrders(), 3)
	if err != nil {
		return err
	}
	return d.each(ctx, func(rows *sqlx.Rows) error {
		var ordinal int64
		var value string
		c, err := scanCollection(rows, &ordinal, &value)
		if err == nil {
			add(ordinal, c, value, int64(c.ID))
		}
		return err
	}, `
SELECT k.ordinal, c.sort_value, `+collectionColumns+`
FROM `+parents+`
JOIN stores s ON s.id = k.store_id AND s.status = 'PUBLISHED'
CROSS JOIN LATERAL (
    SELECT `+collectionColumns+`, `+p.text+` AS sort_value FROM `+from+`
    WHERE `+belongs+` AND c.published_at <= now()`+p.where+p.orderBy+`
) c`, append(args, p.args...)...)
}

// ProductCollections reads pages of the collections that products are in.
func (d *DB) ProductCollections(ctx context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.Collection], error) {
	found := make(map[commerce.ProductPageKey]commerce.List[*commerce.Collection], len(keys))
	for page, keys := range grouped(keys, pageOf) {
		l := newLists[commerce.ProductPageKey, *commerce.Collection](page, keys)
		err := d.readCollections(ctx, page,
			`unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, product_id, ordinal)`,
			`collection_products cp JOIN collections c ON c.store_id = cp.store_id AND c.id = cp.collection_id`,
			`cp.store_id = k.store_id AND cp.product_id = k.product_id`,
			[]any{pageStores(keys), pageProducts(keys)}, l.add)
		if err != nil {
			return nil, err
		}
		l.into(found)
	}
	return found, nil
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

// CollectionProducts reads pages of collections' products.
func (d *DB) CollectionProducts(ctx context.Context, keys []commerce.CollectionPageKey) (map[commerce.CollectionPageKey]commerce.List[*commerce.Product], error) {
	found := make(map[commerce.CollectionPageKey]commerce.List[*commerce.Product], len(keys))
	for page, keys := range grouped(keys, func(k commerce.CollectionPageKey) commerce.Page { return k.Page }) {
		from := collectionProductTables
		if page.Key == commerce.ProductSortPrice {
			from += lowestPrice
		}
		l := newLists[commerce.CollectionPageKey, *commerce.Product](page, keys)
		err := d.readProducts(ctx, page, collectionProductOrders(),
			`unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, collection_id, ordinal)`, from,
			`cp.store_id = k.store_id AND cp.collection_id = k.collection_id`, 3, []any{
				column(keys, func(k commerce.CollectionPageKey) int64 { return int64(k.Collection.Store) }),
				column(keys, func(k commerce.CollectionPageKey) int64 { return int64(k.Collection.ID) }),
			}, l.add)
		if err != nil {
			return nil, err
		}
		l.into(found)
	}
	return found, nil
}
