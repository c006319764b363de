package db

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

// exportProducts bounds the products that an export holds at a time, exportBytes their texts and variants, roughly: one
// product can have two thousand variants, another half a megabyte of description.
const (
	exportProducts = 500
	exportBytes    = 8 << 20
)

// exportKeysSQL finds the next products and how much room each takes. The length of a text is known without reading it.
const exportKeysSQL = `
SELECT p.id, octet_length(p.description_html) + 1000 + 500 * (
    SELECT count(*) FROM product_variants v WHERE v.store_id = p.store_id AND v.product_id = p.id)
    + CASE WHEN EXISTS (SELECT FROM metafields m WHERE m.store_id = $1) THEN (
        SELECT coalesce(sum(octet_length(m.value)), 0) FROM metafields m WHERE m.store_id = p.store_id AND m.product_id = p.id) + (
        SELECT coalesce(sum(octet_length(m.value)), 0) FROM product_variants v JOIN metafields m ON m.store_id = v.store_id AND m.variant_id = v.id
        WHERE v.store_id = p.store_id AND v.product_id = p.id) ELSE 0 END
FROM products p WHERE p.store_id = $1 AND p.id > $2 ORDER BY p.id LIMIT $3`

const exportProductsSQL = `
SELECT ` + storedProductColumns + `
FROM products WHERE store_id = $1 AND id = ANY($2::bigint[]) ORDER BY id`

// Catalogue reads a store's products whatever their status, in the order of their ids, as the inputs that would put them in.
// It holds a bounded batch of them at a time. All are read in one snapshot on the primary: nothing that was imported a moment
// ago is missing, and no product is seen half before a change and half after it. The snapshot costs nothing to take, but the
// server keeps old rows for as long as the caller takes. Code UNAVAILABLE.
func (d *DB) Catalogue(ctx context.Context, store *commerce.Store) iter.Seq2[commerce.ProductInput, error] {
	return func(yield func(commerce.ProductInput, error) bool) {
		err := d.tryTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, func(tx *sqlx.Tx) error {
			return eachStored(ctx, tx, store.ID, func(in commerce.ProductInput) bool { return yield(in, nil) })
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(commerce.ProductInput{}, fault(ctx, err))
		}
	}
}

// errStopped says that the caller wants no more products.
var errStopped = errors.New("stopped")

// eachStored hands every product of a store to use, until use says false.
func eachStored(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, use func(commerce.ProductInput) bool) error {
	var last int64
	for {
		ids, err := exportBatch(ctx, tx, store, last)
		if err != nil || len(ids) == 0 {
			return err
		}
		products, err := readWhole(ctx, tx, store, exportProductsSQL, ids)
		if err == nil {
			err = readMetafields(ctx, tx, store, products)
		}
		if err != nil {
			return err
		}
		for _, p := range products {
			if !use(p.input()) {
				return errStopped
			}
		}
		last = ids[len(ids)-1]
	}
}

// exportBatch returns the ids of the next products after last, as many as may be held at a time and at least one.
func exportBatch(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, last int64) (ids pq.Int64Array, err error) {
	room := int64(exportBytes)
	err = eachIn(ctx, tx, func(rows *sqlx.Rows) error {
		var id, size int64
		if err := rows.Scan(&id, &size); err != nil {
			return err
		}
		if room -= size; room >= 0 || len(ids) == 0 {
			ids = append(ids, id)
		}
		return nil
	}, exportKeysSQL, int64(store), last, exportProducts)
	return ids, err
}

// input is the product as the input that puts it in.
func (p *storedProduct) input() commerce.ProductInput {
	in := commerce.ProductInput{
		Handle: p.Handle, Title: p.Title, DescriptionHTML: p.HTML, Vendor: p.Vendor, ProductType: p.Type, Tags: p.Tags,
		Status: commerce.ProductStatus(p.Status), Published: p.Published, IsGiftCard: p.Gift, SEOTitle: p.SEOTitle, SEODescription: p.SEODescription,
		Metafields: p.metafields[0],
	}
	for _, o := range p.options {
		in.Options = append(in.Options, o.Name)
	}
	for _, m := range p.media {
		in.Media = append(in.Media, commerce.MediaInput{URL: m.URL, Alt: m.Alt})
	}
	for _, v := range p.variants {
		variant := v.input()
		variant.Metafields = p.metafields[v.ID]
		in.Variants = append(in.Variants, variant)
	}
	for _, c := range p.collections {
		if title := c.inputTitle(); title != "" {
			in.Collections = append(in.Collections, title)
		}
	}
	return in
}

func (r *variantRow) input() commerce.VariantInput {
	return commerce.VariantInput{
		Options: r.Options, SKU: r.SKU, Barcode: r.Barcode, PriceMinor: r.Price, CompareAtMinor: r.CompareAt, InventoryQuantity: *r.Quantity,
		InventoryTracked: r.Tracked, InventoryPolicy: commerce.InventoryPolicy(r.Policy), WeightGrams: r.Grams,
		WeightUnit: commerce.WeightUnit(r.Unit), RequiresShipping: r.Shipping, Taxable: r.Taxable, ImageURL: r.ImageURL,
	}
}

// inputTitle is the title by which an input finds the collection again: its handle is made from the title. Where the
// collection has another one, that stands for the title; where no title leads to it, the product's being in it cannot be said.
func (c joinedCollection) inputTitle() string {
	for _, title := range []string{c.title, c.handle} {
		if commerce.HandleOf(title) == c.handle {
			return title
		}
	}
	return ""
}
