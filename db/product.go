package db

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

const productColumns = `p.store_id, p.id, p.handle, p.title, p.description_html, p.vendor, p.product_type, p.tags,
    p.is_gift_card, p.seo_title, p.seo_description, p.published_at, p.created_at, p.updated_at`

// visibleProduct is what buyers can see, of products p in stores s.
const visibleProduct = `p.status = 'ACTIVE' AND p.published_at <= now() AND s.status = 'PUBLISHED'`

// scanProduct reads what before takes, the store's currency and productColumns.
func scanProduct(rows *sqlx.Rows, before ...any) (*commerce.Product, error) {
	p := &commerce.Product{}
	err := rows.Scan(append(before,
		&p.Currency, &p.StoreID, &p.ID, &p.Handle, &p.Title, &p.DescriptionHTML, &p.Vendor, &p.ProductType, (*pq.StringArray)(&p.Tags),
		&p.IsGiftCard, &p.SEOTitle, &p.SEODescription, &p.PublishedAt, &p.CreatedAt, &p.UpdatedAt)...)
	return p, err
}

const productsByIDSQL = `
SELECT s.currency, ` + productColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN products p ON p.store_id = k.store_id AND p.id = k.id
JOIN stores s ON s.id = p.store_id
WHERE ` + visibleProduct

// ProductsByID reads the products buyers can see.
func (d *DB) ProductsByID(ctx context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.Product, error) {
	found := make(map[commerce.ProductRef]*commerce.Product, len(refs))
	err := d.each(ctx, func(rows *sqlx.Rows) error {
		p, err := scanProduct(rows)
		found[p.Ref()] = p
		return err
	}, productsByIDSQL, productStores(refs), productIDs(refs))
	return found, err
}

func productStores(refs []commerce.ProductRef) pq.Int64Array {
	return column(refs, func(r commerce.ProductRef) int64 { return int64(r.Store) })
}

func productIDs(refs []commerce.ProductRef) pq.Int64Array {
	return column(refs, func(r commerce.ProductRef) int64 { return int64(r.ID) })
}

const productsByHandleSQL = `
SELECT s.currency, ` + productColumns + `
FROM unnest($1::bigint[], $2::text[]) AS k (store_id, handle)
JOIN products p ON p.store_id = k.store_id AND p.handle = k.handle
JOIN stores s ON s.id = p.store_id
WHERE ` + visibleProduct

// ProductsByHandle reads the products buyers can see.
func (d *DB) ProductsByHandle(ctx context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Product, error) {
	found := make(map[commerce.HandleRef]*commerce.Product, len(refs))
	err := d.each(ctx, func(rows *sqlx.Rows) error {
		p, err := scanProduct(rows)
		found[commerce.HandleRef{Store: p.StoreID, Handle: p.Handle}] = p
		return err
	}, productsByHandleSQL, handleStores(refs), texts(refs, func(r commerce.HandleRef) string { return r.Handle }))
	return found, err
}

func handleStores(refs []commerce.HandleRef) pq.Int64Array {
	return column(refs, func(r commerce.HandleRef) int64 { return int64(r.Store) })
}

// productOrders are the orders of a store's products. The order by price reads the products through their cheapest variants.
func productOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{
		commerce.ProductSortID:          byInt("p.id", "p.id"),
		commerce.ProductSortTitle:       byText("lower(p.title)", "p.id"),
		commerce.ProductSortVendor:      byText("lower(p.vendor)", "p.id"),
		commerce.ProductSortProductType: byText("lower(p.product_type)", "p.id"),
		commerce.ProductSortCreatedAt:   byTime("p.created_at", "p.id"),
		commerce.ProductSortUpdatedAt:   byTime("p.updated_at", "p.id"),
		commerce.ProductSortPrice:       byInt("v.price_minor", "v.product_id"),
	}
}

// cheapest reads the products p through the cheapest of their variants v. The order by price walks an index of variants and
// stops after a page; no column of products has to follow every change of a price.
const cheapest = `
    product_variants v JOIN products p ON p.store_id = v.store_id AND p.id = v.product_id
        AND NOT EXISTS (
            SELECT 1 FROM product_variants c
            WHERE c.store_id = v.store_id AND c.product_id = v.product_id AND (c.price_minor, c.id) < (v.price_minor, v.id))`

// inWords keeps the products p that contain each word of parameter 2, and is left out where there is none.
const inWords = `
        AND p.title || ' ' || p.vendor || ' ' || p.product_type || ' ' || coalesce((
            SELECT string_agg(w.sku, ' ') FROM product_variants w WHERE w.store_id = p.store_id AND w.product_id = p.id), '')
            ILIKE ALL ($2::text[])`

// ProductLists reads pages of stores' products.
func (d *DB) ProductLists(ctx context.Context, keys []commerce.ProductListKey) (map[commerce.ProductListKey]commerce.List[*commerce.Product], error) {
	found := make(map[commerce.ProductListKey]commerce.List[*commerce.Product], len(keys))
	for group, keys := range grouped(keys, func(k commerce.ProductListKey) commerce.ProductListKey {
		return commerce.ProductListKey{Page: k.Page, Words: k.Words}
	}) {
		from, owner := "products p", "p.store_id"
		if group.Page.Key == commerce.ProductSortPrice {
			from, owner = cheapest, "v.store_id"
		}
		stores := column(keys, func(k commerce.ProductListKey) int64 { return int64(k.Store) })
		args, words, n := []any{stores}, "", 2
		if group.Words != "" {
			args, words, n = append(args, patterns(group.Words)), inWords, 3
		}
		l := newLists[commerce.ProductListKey, *commerce.Product](group.Page, keys)
		err := d.readProducts(ctx, l.page, productOrders(), `unnest($1::bigint[]) WITH ORDINALITY AS k (store_id, ordinal)`,
			from, owner+" = k.store_id"+words, n, args, l.add)
		if err != nil {
			return nil, err
		}
		l.into(found)
	}
	return found, nil
}

// readProducts reads one page of products p for each parent k: from names the tables, belongs ties them to the parent, n is
// the first free parameter.
func (d *DB) readProducts(ctx context.Context, page commerce.Page, orders map[commerce.SortKey]sorting, parents, from, belongs string, n int, args []any,
	add func(ordinal int64, p *commerce.Product, value string, id int64),
) error {
	paging, err := newPaging(page, orders, n)
	if err != nil {
		return err
	}
	return d.each(ctx, func(rows *sqlx.Rows) error {
		var ordinal int64
		var value string
		p, err := scanProduct(rows, &ordinal, &value)
		if err == nil {
			add(ordinal, p, value, int64(p.ID))
		}
		return err
	}, `
SELECT k.ordinal, p.sort_value, s.currency, `+productColumns+`
FROM `+parents+`
JOIN stores s ON s.id = k.store_id AND s.status = 'PUBLISHED'
CROSS JOIN LATERAL (
    SELECT `+productColumns+`, `+paging.text+` AS sort_value FROM `+from+`
    WHERE `+belongs+` AND p.status = 'ACTIVE' AND p.published_at <= now()`+paging.where+paging.orderBy+`
) p`, append(args, paging.args...)...)
}

const productSummariesSQL = `
SELECT k.store_id, k.product_id, count(v.id), coalesce(min(v.price_minor), 0), coalesce(max(v.price_minor), 0),
    coalesce(min(v.compare_at_minor), 0), coalesce(max(v.compare_at_minor), 0),
    coalesce(sum(v.inventory_quantity) FILTER (WHERE v.inventory_tracked), 0),
    coalesce(bool_or(NOT v.inventory_tracked OR v.inventory_quantity > 0 OR v.inventory_policy = 'CONTINUE'), false)
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, product_id)
JOIN product_variants v ON v.store_id = k.store_id AND v.product_id = k.product_id
GROUP BY k.store_id, k.product_id`

// ProductSummaries adds up the variants of products.
func (d *DB) ProductSummaries(ctx context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef]commerce.ProductSummary, error) {
	found := make(map[commerce.ProductRef]commerce.ProductSummary, len(refs))
	err := d.each(ctx, func(rows *sqlx.Rows) error {
		var r commerce.ProductRef
		var s commerce.ProductSummary
		err := rows.Scan(&r.Store, &r.ID, &s.VariantsCount, &s.PriceMin, &s.PriceMax, &s.CompareAtMin, &s.CompareAtMax, &s.TotalInventory, &s.AvailableForSale)
		found[r] = s
		return err
	}, productSummariesSQL, productStores(refs), productIDs(refs))
	return found, err
}
