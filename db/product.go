package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

const productColumns = `p.store_id, p.id, p.handle, p.title, p.description_html, p.vendor, p.product_type, p.tags,
    p.is_gift_card, p.seo_title, p.seo_description, p.status, p.version, p.published_at, p.created_at, p.updated_at`

// shownProduct is productColumns as scanProduct reads them.
const shownProduct = `p.store_id, p.id, p.handle, p.title, p.description_html, p.vendor, p.product_type, p.tags,
    p.is_gift_card, p.seo_title, p.seo_description, p.status, p.version,
    NOT (p.status = 'ACTIVE' AND coalesce(p.published_at <= now(), false)), (date_part('epoch', coalesce(p.published_at, p.created_at)) * 1000000)::bigint,
    (date_part('epoch', p.created_at) * 1000000)::bigint, (date_part('epoch', p.updated_at) * 1000000)::bigint`

// visibleProduct is what a view shows of products p in stores s: what buyers can see, and everything of the view's own
// stores, the statement's third parameter.
const visibleProduct = `(p.status = 'ACTIVE' AND p.published_at <= now() AND s.status = 'PUBLISHED' OR s.id = ANY($3::bigint[]))`

// scanProduct reads shownProduct.
func scanProduct(r *row, p *commerce.Product) {
	p.StoreID, p.ID, p.Handle, p.Title = commerce.StoreID(r.int()), commerce.ProductID(r.int()), r.text(), r.text()
	p.DescriptionHTML, p.Vendor, p.ProductType, p.Tags = r.text(), r.text(), r.text(), r.texts()
	p.IsGiftCard, p.SEOTitle, p.SEODescription = r.bool(), r.text(), r.text()
	p.Status, p.Version, p.Hidden = commerce.ProductStatus(r.text()), int(r.int()), r.bool()
	p.PublishedAt, p.CreatedAt, p.UpdatedAt = r.moment(), r.moment(), r.moment()
}

// productOf reads the key of a product.
func productOf(r *row) commerce.ProductRef {
	return commerce.ProductRef{Store: commerce.StoreID(r.int()), ID: commerce.ProductID(r.int())}
}

// scanPricedProduct reads the store's currency and shownProduct.
func scanPricedProduct(r *row) *commerce.Product {
	p := &commerce.Product{Currency: commerce.Currency(r.text())}
	scanProduct(r, p)
	return p
}

const productsByIDSQL = `
SELECT s.currency, ` + shownProduct + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN products p ON p.store_id = k.store_id AND p.id = k.id
JOIN stores s ON s.id = p.store_id
WHERE ` + visibleProduct

// ProductsByID reads products.
func (v View) ProductsByID(ctx context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.Product, error) {
	found := make(map[commerce.ProductRef]*commerce.Product, len(refs))
	err := v.each(ctx, func(r *row) {
		p := scanPricedProduct(r)
		found[p.Ref()] = p
	}, productsByIDSQL, productStores(refs), productIDs(refs), v.own)
	return found, err
}

func productStores(refs []commerce.ProductRef) string {
	return bigints(refs, func(r commerce.ProductRef) int64 { return int64(r.Store) })
}

func productIDs(refs []commerce.ProductRef) string {
	return bigints(refs, func(r commerce.ProductRef) int64 { return int64(r.ID) })
}

// productsByHandleSQL looks among the handles that products had before for those that none has now.
const productsByHandleSQL = `
SELECT k.handle, s.currency, ` + shownProduct + `
FROM unnest($1::bigint[], $2::text[]) AS k (store_id, handle)
JOIN products p ON p.store_id = k.store_id AND p.id = coalesce(
    (SELECT h.id FROM products h WHERE h.store_id = k.store_id AND h.handle = k.handle),
    (SELECT r.product_id FROM product_redirects r WHERE r.store_id = k.store_id AND r.handle = k.handle))
JOIN stores s ON s.id = p.store_id
WHERE ` + visibleProduct

// ProductsByHandle reads products, also by a handle that they had before.
func (v View) ProductsByHandle(ctx context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Product, error) {
	found := make(map[commerce.HandleRef]*commerce.Product, len(refs))
	err := v.each(ctx, func(r *row) {
		handle := r.text()
		p := scanPricedProduct(r)
		found[commerce.HandleRef{Store: p.StoreID, Handle: handle}] = p
	}, productsByHandleSQL, handleStores(refs), texts(refs, func(r commerce.HandleRef) string { return r.Handle }), v.own)
	return found, err
}

func handleStores(refs []commerce.HandleRef) string {
	return bigints(refs, func(r commerce.HandleRef) int64 { return int64(r.Store) })
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
		commerce.ProductSortBestSelling: byInt("p.popularity", "p.id"),
	}
}

// cheapest reads the products p through the cheapest of their variants v. The order by price walks an index of variants and
// stops after a page; no column of products has to follow every change of a price.
const cheapest = `
    product_variants v JOIN products p ON p.store_id = v.store_id AND p.id = v.product_id
        AND NOT EXISTS (
            SELECT 1 FROM product_variants c
            WHERE c.store_id = v.store_id AND c.product_id = v.product_id AND (c.price_minor, c.id) < (v.price_minor, v.id))`

// hasPrice holds for the products p that cheapest reads.
const hasPrice = ` AND EXISTS (SELECT 1 FROM product_variants v WHERE v.store_id = p.store_id AND v.product_id = p.id)`

// productWords is what words are looked for in, of products p.
const productWords = `p.title || ' ' || p.vendor || ' ' || p.product_type || ' ' || coalesce((
            SELECT string_agg(w.sku, ' ') FROM product_variants w WHERE w.store_id = p.store_id AND w.product_id = p.id), '')`

// productFields are what a query can ask of products p.
func productFields() map[string]queryField {
	const variants = "product_variants w WHERE w.store_id = p.store_id AND w.product_id = p.id"
	return map[string]queryField{
		wordField:      {expr: productWords},
		"title":        {typ: commerce.QueryTitle, expr: "p.title"},
		"handle":       {expr: "p.handle"},
		"vendor":       {expr: "p.vendor"},
		"product_type": {expr: "p.product_type"},
		"tag":          {expr: "w.tag", from: "unnest(p.tags) AS w (tag) WHERE true"},
		"sku":          {expr: "w.sku", from: variants},
		"status":       {typ: commerce.QueryStatus, expr: "p.status"},
		"price":        {typ: commerce.QueryDecimal, expr: "w.price_minor", from: variants},
		"inventory_total": {typ: commerce.QueryInt, expr: "(SELECT coalesce(sum(w.inventory_quantity) FILTER (WHERE w.inventory_tracked), 0) FROM " +
			variants + ")"},
		"created_at": {typ: commerce.QueryTime, expr: "p.created_at"},
		"updated_at": {typ: commerce.QueryTime, expr: "p.updated_at"},
	}
}

// productTexts renders the statements that read pages of products p for each parent k: from names the tables of an order,
// belongs ties them to the parent.
func productTexts(parents, belongs string, from func(commerce.SortKey) string) renderer {
	return func(r reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, p.sort_value, s.currency, ` + shownProduct + `
FROM ` + parents + `
JOIN stores s ON s.id = k.store_id` + r.unlessOwn(` AND s.status = 'PUBLISHED'`) + `
CROSS JOIN LATERAL (
    SELECT ` + productColumns + `, ` + s.value + ` AS sort_value FROM ` + from(r.key) + `
    WHERE ` + belongs + r.unlessOwn(` AND p.status = 'ACTIVE' AND p.published_at <= now()`) + where + orderBy + `
) p`
	}
}

func productList() queryable {
	texts := func(from, owner string) renderer {
		return productTexts(`unnest($1::bigint[]) WITH ORDINALITY AS k (store_id, ordinal)`, owner+` = k.store_id`,
			func(commerce.SortKey) string { return from })
	}
	plain, priced := texts("products p", "p.store_id"), texts(cheapest, "v.store_id")
	render := func(r reading, s sorting, where, orderBy string) string {
		switch {
		case r.key != commerce.ProductSortPrice:
			return plain(r, s, where, orderBy)
		case r.counting: // which variant is the cheapest makes no difference
			return plain(r, s, where+hasPrice, orderBy)
		}
		return priced(r, s, where, orderBy)
	}
	return newQueryable(productOrders(), productFields(), render)
}

// scanProducts reads the rows of productTexts behind the place.
func scanProducts[K any](rows int) func(*row, K) (*commerce.Product, int64) {
	products := newSlab[commerce.Product](rows)
	return func(r *row, _ K) (*commerce.Product, int64) {
		p := products.one()
		p.Currency = commerce.Currency(r.text())
		scanProduct(r, p)
		return p, int64(p.ID)
	}
}

// ProductLists reads pages of stores' products.
func (v View) ProductLists(ctx context.Context, keys []commerce.ProductListKey) (map[commerce.ProductListKey]commerce.List[*commerce.Product], error) {
	return lists(ctx, v, v.lists.products, keys,
		func(k commerce.ProductListKey) asked { return asked{k.Page, k.Words, v.owns(k.Store)} },
		func(keys []commerce.ProductListKey) []any {
			return []any{bigints(keys, func(k commerce.ProductListKey) int64 { return int64(k.Store) })}
		}, scanProducts[commerce.ProductListKey])
}

const productSummariesSQL = `
SELECT k.store_id, k.product_id, count(v.id), coalesce(min(v.price_minor), 0), coalesce(max(v.price_minor), 0),
    coalesce(min(v.compare_at_minor), 0), coalesce(max(v.compare_at_minor), 0),
    coalesce(sum(v.inventory_quantity) FILTER (WHERE v.inventory_tracked), 0),
    coalesce(bool_or(` + available + `), false)
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, product_id)
JOIN product_variants v ON v.store_id = k.store_id AND v.product_id = k.product_id
GROUP BY k.store_id, k.product_id`

// ProductSummaries adds up the variants of products.
func (v View) ProductSummaries(ctx context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef]commerce.ProductSummary, error) {
	found := make(map[commerce.ProductRef]commerce.ProductSummary, len(refs))
	err := v.each(ctx, func(r *row) {
		ref := productOf(r)
		found[ref] = commerce.ProductSummary{
			VariantsCount: int(r.int()), PriceMin: r.int(), PriceMax: r.int(), CompareAtMin: r.int(), CompareAtMax: r.int(),
			TotalInventory: int(r.int()), AvailableForSale: r.bool(),
		}
	}, productSummariesSQL, productStores(refs), productIDs(refs))
	return found, err
}
