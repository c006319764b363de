package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

const mediaColumns = `m.id, m.position, m.url, m.alt, m.width, m.height`

// scanMedia reads mediaColumns, of a picture of a product.
func scanMedia(r *row, product commerce.ProductRef, m *commerce.MediaImage) *commerce.MediaImage {
	m.StoreID, m.ProductID, m.ID = product.Store, product.ID, commerce.MediaID(r.int())
	m.Position = int(r.int())
	m.Image = commerce.Image{StoreID: m.StoreID, MediaID: m.ID, URL: r.text(), AltText: r.trimmed(), Width: r.size(), Height: r.size()}
	return m
}

const mediaByIDSQL = `
SELECT m.store_id, m.product_id, ` + mediaColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN product_media m ON m.store_id = k.store_id AND m.id = k.id
JOIN products p ON p.store_id = m.store_id AND p.id = m.product_id
JOIN stores s ON s.id = p.store_id
WHERE ` + visibleProduct

// MediaByID reads pictures of products.
func (v View) MediaByID(ctx context.Context, refs []commerce.MediaRef) (map[commerce.MediaRef]*commerce.MediaImage, error) {
	found := make(map[commerce.MediaRef]*commerce.MediaImage, len(refs))
	err := v.each(ctx, func(r *row) {
		m := scanMedia(r, productOf(r), &commerce.MediaImage{})
		found[commerce.MediaRef{Store: m.StoreID, ID: m.ID}] = m
	}, mediaByIDSQL,
		bigints(refs, func(r commerce.MediaRef) int64 { return int64(r.Store) }),
		bigints(refs, func(r commerce.MediaRef) int64 { return int64(r.ID) }), v.own)
	return found, err
}

const variantImagesSQL = `
SELECT k.store_id, k.id, v.product_id, ` + mediaColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN product_variants v ON v.store_id = k.store_id AND v.id = k.id
CROSS JOIN LATERAL (
    SELECT ` + mediaColumns + ` FROM product_media m
    WHERE m.store_id = v.store_id AND m.product_id = v.product_id
    ORDER BY coalesce(m.id = v.image_id, false) DESC, m.position, m.id LIMIT 1
) m`

// VariantImages finds the picture of each variant: its own, else its product's first.
func (v View) VariantImages(ctx context.Context, refs []commerce.VariantRef) (map[commerce.VariantRef]*commerce.MediaImage, error) {
	found := make(map[commerce.VariantRef]*commerce.MediaImage, len(refs))
	err := v.each(ctx, func(r *row) {
		ref := commerce.VariantRef{Store: commerce.StoreID(r.int()), ID: commerce.VariantID(r.int())}
		product := commerce.ProductRef{Store: ref.Store, ID: commerce.ProductID(r.int())}
		found[ref] = scanMedia(r, product, &commerce.MediaImage{})
	}, variantImagesSQL, variantStores(refs), variantIDs(refs))
	return found, err
}

func mediaOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{
		commerce.MediaSortPosition: byInt("m.position", "m.id"),
		commerce.MediaSortID:       byInt("m.id", "m.id"),
	}
}

func mediaList() list {
	return newList(mediaOrders(), 2, "", func(_ reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, m.sort_value, ` + mediaColumns + `
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, product_id, ordinal)
CROSS JOIN LATERAL (
    SELECT ` + mediaColumns + `, ` + s.value + ` AS sort_value FROM product_media m
    WHERE m.store_id = k.store_id AND m.product_id = k.product_id` + where + orderBy + `
) m`
	})
}

// MediaLists reads pages of products' pictures.
func (v View) MediaLists(ctx context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage], error) {
	return lists(ctx, v, v.lists.media, keys, pageOf, pageParents, func(rows int) func(*row, commerce.ProductPageKey) (*commerce.MediaImage, int64) {
		pictures := newSlab[commerce.MediaImage](rows)
		return func(r *row, k commerce.ProductPageKey) (*commerce.MediaImage, int64) {
			m := scanMedia(r, k.Product, pictures.one())
			return m, int64(m.ID)
		}
	})
}
