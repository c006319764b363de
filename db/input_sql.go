package db

import (
	"context"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

// storedProduct is what the store has of one product of a batch.
type storedProduct struct {
	productRow
	Version int
	// Scheduled says that the product is published from a time on that is still to come.
	Scheduled   bool
	options     []*optionRow
	media       []*mediaRow
	variants    []*variantRow
	collections []joinedCollection
	// metafields are those of each variant, and under 0 those of the product itself, by namespace and key; nil unless asked for.
	metafields map[int64][]commerce.MetafieldInput
}

// joinedCollection is a collection that somebody put a product into.
type joinedCollection struct{ handle, title string }

const storedProductColumns = `id, version, handle, title, description_html, vendor, product_type, tags, status, published_at IS NOT NULL, published_at,
    coalesce(published_at > now(), false), is_gift_card, seo_title, seo_description`

const storedProductsSQL = `
SELECT ` + storedProductColumns + `
FROM products WHERE store_id = $1 AND handle = ANY($2::text[]) ORDER BY id`

const storedProductSQL = `
SELECT ` + storedProductColumns + `
FROM products WHERE store_id = $1 AND id = $2`

const forUpdate = ` FOR NO KEY UPDATE`

const storedOptionsSQL = `
SELECT product_id, id, position, name, "values" FROM product_options
WHERE store_id = $1 AND product_id = ANY($2::bigint[]) ORDER BY position, id`

const storedMediaSQL = `
SELECT product_id, id, position, url, alt, coalesce(width, 0), coalesce(height, 0) FROM product_media
WHERE store_id = $1 AND product_id = ANY($2::bigint[]) ORDER BY position, id`

const storedVariantsSQL = `
SELECT v.product_id, v.id, v.position, v.sku, v.barcode, v.option_values, v.price_minor, v.compare_at_minor, v.inventory_quantity,
    v.inventory_tracked, v.inventory_policy, v.weight_grams, v.weight_unit, v.requires_shipping, v.taxable, coalesce(m.url, '')
FROM product_variants v
LEFT JOIN product_media m ON m.store_id = v.store_id AND m.id = v.image_id
WHERE v.store_id = $1 AND v.product_id = ANY($2::bigint[]) ORDER BY v.position, v.id`

// storedMembersSQL leaves out what rules put in: an input does not choose it, and a file that an export wrote must not.
const storedMembersSQL = `
SELECT cp.product_id, c.handle, c.title FROM collection_products cp
JOIN collections c ON c.store_id = cp.store_id AND c.id = cp.collection_id
WHERE cp.store_id = $1 AND cp.product_id = ANY($2::bigint[]) AND NOT cp.by_rule ORDER BY c.handle COLLATE "C"`

// readStored reads the products of a batch that the store has, by handle.
func readStored(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, in []commerce.ProductInput, lock bool) (map[string]*storedProduct, error) {
	text := storedProductsSQL
	if lock {
		text += forUpdate
	}
	products, err := readWhole(ctx, tx, store, text, texts(in, func(p commerce.ProductInput) string { return p.Handle }))
	if err == nil && len(products) > 0 && haveMetafields(in) {
		err = readMetafields(ctx, tx, store, products)
	}
	byHandle := make(map[string]*storedProduct, len(products))
	for _, p := range products {
		byHandle[p.Handle] = p
	}
	return byHandle, err
}

// readWhole reads the products that a statement over storedProductColumns finds, in its order, with all that belongs to them.
func readWhole(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, text string, keys ...any) ([]*storedProduct, error) {
	var products []*storedProduct
	byID := make(map[int64]*storedProduct)
	var ids pq.Int64Array
	err := eachIn(ctx, tx, func(rows *sqlx.Rows) error {
		p := &storedProduct{}
		err := rows.Scan(&p.ID, &p.Version, &p.Handle, &p.Title, &p.HTML, &p.Vendor, &p.Type, (*pq.StringArray)(&p.Tags), &p.Status, &p.Published,
			&p.PublishedAt, &p.Scheduled, &p.Gift, &p.SEOTitle, &p.SEODescription)
		products, byID[p.ID] = append(products, p), p
		ids = append(ids, p.ID)
		return err
	}, text, append([]any{int64(store)}, keys...)...)
	if err != nil || len(ids) == 0 {
		return products, err
	}
	for _, child := range []struct {
		sql  string
		scan func(*sqlx.Rows) error
	}{
		{storedOptionsSQL, func(rows *sqlx.Rows) error { return scanStoredOption(rows, byID) }},
		{storedMediaSQL, func(rows *sqlx.Rows) error { return scanStoredMedia(rows, byID) }},
		{storedVariantsSQL, func(rows *sqlx.Rows) error { return scanStoredVariant(rows, byID) }},
		{storedMembersSQL, func(rows *sqlx.Rows) error { return scanStoredMember(rows, byID) }},
	} {
		if err := eachIn(ctx, tx, child.scan, child.sql, int64(store), ids); err != nil {
			return nil, err
		}
	}
	return products, nil
}

func scanStoredOption(rows *sqlx.Rows, products map[int64]*storedProduct) error {
	o := &optionRow{}
	if err := rows.Scan(&o.ProductID, &o.ID, &o.Position, &o.Name, (*pq.StringArray)(&o.Values)); err != nil {
		return err
	}
	p := products[o.ProductID]
	p.options = append(p.options, o)
	return nil
}

func scanStoredMedia(rows *sqlx.Rows, products map[int64]*storedProduct) error {
	m := &mediaRow{}
	if err := rows.Scan(&m.ProductID, &m.ID, &m.Position, &m.URL, &m.Alt, &m.Width, &m.Height); err != nil {
		return err
	}
	p := products[m.ProductID]
	p.media = append(p.media, m)
	return nil
}

func scanStoredVariant(rows *sqlx.Rows, products map[int64]*storedProduct) error {
	v := &variantRow{Quantity: new(int)}
	if err := rows.Scan(&v.ProductID, &v.ID, &v.Position, &v.SKU, &v.Barcode, (*pq.StringArray)(&v.Options), &v.Price, &v.CompareAt,
		v.Quantity, &v.Tracked, &v.Policy, &v.Grams, &v.Unit, &v.Shipping, &v.Taxable, &v.ImageURL); err != nil {
		return err
	}
	p := products[v.ProductID]
	p.variants = append(p.variants, v)
	return nil
}

func scanStoredMember(rows *sqlx.Rows, products map[int64]*storedProduct) error {
	var id int64
	var c joinedCollection
	if err := rows.Scan(&id, &c.handle, &c.title); err != nil {
		return err
	}
	products[id].collections = append(products[id].collections, c)
	return nil
}

const updateProductsSQL = `
UPDATE products p SET version = p.version + 1, handle = r.handle, title = r.title, description_html = r.html, vendor = r.vendor, product_type = r.type, tags = r.tags, status = r.status,
    published_at = CASE WHEN r.published THEN coalesce(r.published_at, CASE WHEN r.at_once THEN least(p.published_at, now()) ELSE p.published_at END, now()) END,
    is_gift_card = r.gift,
    seo_title = r.seo_title, seo_description = r.seo_description
FROM json_to_recordset($2::json) AS r (id bigint, handle text, title text, html text, vendor text, type text, tags text[], status text, published boolean,
    published_at timestamptz, at_once boolean, gift boolean, seo_title text, seo_description text)
WHERE p.store_id = $1 AND p.id = r.id`

// moveProductsSQL moves products of which a part alone changed to their next version.
const moveProductsSQL = `
UPDATE products SET version = version + 1
WHERE store_id = $1 AND id IN (SELECT value::bigint FROM json_array_elements_text($2::json))`

const deleteOptionsSQL = `
DELETE FROM product_options WHERE store_id = $1 AND id IN (SELECT value::bigint FROM json_array_elements_text($2::json))`

const updateOptionsSQL = `
UPDATE product_options o SET position = r.position, name = r.name, "values" = r."values"
FROM json_to_recordset($2::json) AS r (id bigint, position integer, name text, "values" text[])
WHERE o.store_id = $1 AND o.id = r.id`

const insertOptionsSQL = `
INSERT INTO product_options (store_id, product_id, position, name, "values")
SELECT $1, r.product_id, r.position, r.name, r."values"
FROM json_to_recordset($2::json) AS r (product_id bigint, position integer, name text, "values" text[])`

const deleteMediaSQL = `
DELETE FROM product_media WHERE store_id = $1 AND id IN (SELECT value::bigint FROM json_array_elements_text($2::json))`

const updateMediaSQL = `
UPDATE product_media m SET position = r.position, alt = r.alt, width = coalesce(nullif(r.width, 0), m.width), height = coalesce(nullif(r.height, 0), m.height)
FROM json_to_recordset($2::json) AS r (id bigint, position integer, alt text, width integer, height integer)
WHERE m.store_id = $1 AND m.id = r.id`

const insertMediaSQL = `
INSERT INTO product_media (store_id, product_id, position, url, alt, width, height)
SELECT $1, r.product_id, r.position, r.url, r.alt, nullif(r.width, 0), nullif(r.height, 0)
FROM json_to_recordset($2::json) AS r (product_id bigint, position integer, url text, alt text, width integer, height integer)`

const deleteVariantsSQL = `
DELETE FROM product_variants WHERE store_id = $1 AND id IN (SELECT value::bigint FROM json_array_elements_text($2::json))`

// lockVariantsSQL locks variants in the order of their ids, as everybody does who changes the stock of several.
const lockVariantsSQL = kept + `
SELECT id, inventory_quantity, inventory_policy FROM product_variants
WHERE store_id = $1 AND id = ANY($2::bigint[]) ORDER BY id FOR NO KEY UPDATE`

const variantRecord = `json_to_recordset($2::json) AS r (id bigint, product_id bigint, position integer, sku text, barcode text, options text[],
    price bigint, compare_at bigint, quantity integer, tracked boolean, policy text, grams double precision, unit text, shipping boolean,
    taxable boolean, image_url text)`

// variantImage finds the picture a variant names by its address, among those of its product.
const variantImage = `CASE WHEN r.image_url <> '' THEN (
        SELECT m.id FROM product_media m
        WHERE m.store_id = $1 AND m.product_id = r.product_id AND m.url = r.image_url ORDER BY m.position LIMIT 1) END`

const updateVariantsSQL = `
UPDATE product_variants v SET position = r.position, sku = r.sku, barcode = r.barcode, option_values = r.options, price_minor = r.price,
    compare_at_minor = r.compare_at, inventory_quantity = coalesce(r.quantity, v.inventory_quantity), inventory_tracked = r.tracked, inventory_policy = r.policy,
    weight_grams = r.grams, weight_unit = r.unit, requires_shipping = r.shipping, taxable = r.taxable, image_id = ` + variantImage + `
FROM ` + variantRecord + `
WHERE v.store_id = $1 AND v.id = r.id`

const insertVariantsSQL = `
INSERT INTO product_variants (store_id, product_id, position, sku, barcode, option_values, price_minor, compare_at_minor, inventory_quantity,
    inventory_tracked, inventory_policy, weight_grams, weight_unit, requires_shipping, taxable, image_id)
SELECT $1, r.product_id, r.position, r.sku, r.barcode, r.options, r.price, r.compare_at, coalesce(r.quantity, 0), r.tracked, r.policy, r.grams, r.unit,
    r.shipping, r.taxable, ` + variantImage + `
FROM ` + variantRecord

const insertCollectionsSQL = `
INSERT INTO collections (store_id, handle, title, published_at)
SELECT $1, r.collection_handle, min(r.collection_title), now()
FROM json_to_recordset($2::json) AS r (collection_handle text, collection_title text)
GROUP BY r.collection_handle ORDER BY r.collection_handle
ON CONFLICT (store_id, handle) DO NOTHING`

// insertMembersSQL makes members by rule what the input chose: the rules took a product in when it was written, before this. Two
// titles can lead to one collection.
const insertMembersSQL = `
INSERT INTO collection_products AS cp (store_id, collection_id, product_id, position)
SELECT $1, c.id, r.product_id, row_number() OVER (PARTITION BY c.id ORDER BY r.product_id) + coalesce((
    SELECT max(m.position) FROM collection_products m WHERE m.store_id = $1 AND m.collection_id = c.id), 0)
FROM (SELECT DISTINCT product_id, collection_handle FROM json_to_recordset($2::json) AS j (product_id bigint, collection_handle text)) r
JOIN collections c ON c.store_id = $1 AND c.handle = r.collection_handle
ON CONFLICT (store_id, collection_id, product_id) DO UPDATE SET by_rule = false WHERE cp.by_rule`
