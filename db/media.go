package db

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const mediaColumns = `m.store_id, m.product_id, m.id, m.position, m.url, m.alt, m.width, m.height`

func scanMedia(rows *sqlx.Rows, before ...any) (*commerce.MediaImage, error) {
	m := &commerce.MediaImage{}
	var alt string
	err := rows.Scan(append(before, &m.StoreID, &m.ProductID, &m.ID, &m.Position, &m.URL, &alt, &m.Width, &m.Height)...)
	m.Alt = trimmed(alt)
	return m, err
}

const mediaByIDSQL = `
SELECT ` + mediaColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN product_media m ON m.store_id = k.store_id AND m.id = k.id
JOIN products p ON p.store_id = m.store_id AND p.id = m.product_id
JOIN stores s ON s.id = p.store_id
WHERE ` + visibleProduct

// MediaByID reads pictures of products buyers can see.
func (d *DB) MediaByID(ctx context.Context, refs []commerce.MediaRef) (map[commerce.MediaRef]*commerce.MediaImage, error) {
	found := make(map[commerce.MediaRef]*commerce.MediaImage, len(refs))
	err := d.each(ctx, func(rows *sqlx.Rows) error {
		m, err := scanMedia(rows)
		found[commerce.MediaRef{Store: m.StoreID, ID: m.ID}] = m
		return err
	}, mediaByIDSQL,
		column(refs, func(r commerce.MediaRef) int64 { return int64(r.Store) }),
		column(refs, func(r commerce.MediaRef) int64 { return int64(r.ID) }))
	return found, err
}

const variantImagesSQL = `
SELECT k.store_id, k.id, ` + mediaColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN product_variants v ON v.store_id = k.store_id AND v.id = k.id
CROSS JOIN LATERAL (
    SELECT ` + mediaColumns + ` FROM product_media m
    WHERE m.store_id = v.store_id AND m.product_id = v.product_id
    ORDER BY coalesce(m.id = v.image_id, false) DESC, m.position, m.id LIMIT 1
) m`

// VariantImages finds the picture of each variant: its own, else its product's first.
func (d *DB) VariantImages(ctx context.Context, refs []commerce.VariantRef) (map[commerce.VariantRef]*commerce.MediaImage, error) {
	found := make(map[commerce.VariantRef]*commerce.MediaImage, len(refs))
	err := d.each(ctx, func(rows *sqlx.Rows) error {
		var r commerce.VariantRef
		m, err := scanMedia(rows, &r.Store, &r.ID)
		found[r] = m
		return err
	}, variantImagesSQL, variantStores(refs), variantIDs(refs))
	return found, err
}

func mediaOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{
		commerce.MediaSortPosition: byInt("m.position", "m.id"),
		commerce.MediaSortID:       byInt("m.id", "m.id"),
	}
}

// MediaLists reads pages of products' pictures.
func (d *DB) MediaLists(ctx context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage], error) {
	found := make(map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage], len(keys))
	for page, keys := range grouped(keys, pageOf) {
		p, err := newPaging(page, mediaOrders(), 3)
		if err != nil {
			return nil, err
		}
		l := newLists[commerce.ProductPageKey, *commerce.MediaImage](page, keys)
		err = d.each(ctx, func(rows *sqlx.Rows) error {
			var ordinal int64
			var value string
			m, err := scanMedia(rows, &ordinal, &value)
			if err == nil {
				l.add(ordinal, m, value, int64(m.ID))
			}
			return err
		}, `
SELECT k.ordinal, m.sort_value, `+mediaColumns+`
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, product_id, ordinal)
CROSS JOIN LATERAL (
    SELECT `+mediaColumns+`, `+p.text+` AS sort_value FROM product_media m
    WHERE m.store_id = k.store_id AND m.product_id = k.product_id`+p.where+p.orderBy+`
) m`, append([]any{pageStores(keys), pageProducts(keys)}, p.args...)...)
		if err != nil {
			return nil, err
		}
		l.into(found)
	}
	return found, nil
}
