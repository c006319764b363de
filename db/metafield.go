package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// shownMetafield is what scanMetafield reads, of metafields m.
const shownMetafield = `m.store_id, m.owner_kind, m.owner_id, m.id, m.namespace, m.key, m.type, m.value, m.description, m.visible,
    (date_part('epoch', m.created_at) * 1000000)::bigint, (date_part('epoch', m.updated_at) * 1000000)::bigint`

func scanMetafield(r *row) *commerce.Metafield {
	m := &commerce.Metafield{}
	m.Owner.Store, m.Owner.Kind, m.Owner.ID = commerce.StoreID(r.int()), commerce.Kind(r.text()), r.int()
	m.ID, m.Namespace, m.Key = commerce.MetafieldID(r.int()), r.text(), r.text()
	m.Type, m.Value, m.Description, m.Visible = commerce.MetafieldType(r.text()), r.text(), r.trimmed(), r.bool()
	m.CreatedAt, m.UpdatedAt = r.moment(), r.moment()
	return m
}

const metafieldsSQL = `
SELECT ` + shownMetafield + `
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[]) AS k (store_id, owner_kind, owner_id, namespace, key)
JOIN metafields m ON m.store_id = k.store_id AND m.owner_kind = k.owner_kind AND m.owner_id = k.owner_id AND m.namespace = k.namespace AND m.key = k.key
WHERE m.visible OR m.store_id = ANY ($6::bigint[])`

// Metafields reads metafields of things that whoever asks has read.
func (v View) Metafields(ctx context.Context, keys []commerce.MetafieldKey) (map[commerce.MetafieldKey]*commerce.Metafield, error) {
	found := make(map[commerce.MetafieldKey]*commerce.Metafield, len(keys))
	err := v.each(ctx, func(r *row) {
		m := scanMetafield(r)
		found[commerce.MetafieldKey{Owner: m.Owner, Namespace: m.Namespace, Key: m.Key}] = m
	}, metafieldsSQL, append(metafieldKeys(keys), v.own)...)
	return found, err
}

// metafieldKeys are the keys as five arrays.
func metafieldKeys(keys []commerce.MetafieldKey) []any {
	return []any{
		bigints(keys, func(k commerce.MetafieldKey) int64 { return int64(k.Owner.Store) }),
		texts(keys, func(k commerce.MetafieldKey) string { return string(k.Owner.Kind) }),
		bigints(keys, func(k commerce.MetafieldKey) int64 { return k.Owner.ID }),
		texts(keys, func(k commerce.MetafieldKey) string { return k.Namespace }),
		texts(keys, func(k commerce.MetafieldKey) string { return k.Key }),
	}
}

// metafieldsByIDSQL shows buyers the metafields of what they can see.
const metafieldsByIDSQL = `
SELECT ` + shownMetafield + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN metafields m ON m.store_id = k.store_id AND m.id = k.id
JOIN stores s ON s.id = m.store_id
WHERE s.id = ANY ($3::bigint[]) OR m.visible AND s.status = 'PUBLISHED' AND (
    m.owner_kind = 'Store'
    OR EXISTS (
        SELECT FROM products p WHERE p.store_id = m.store_id AND p.status = 'ACTIVE' AND p.published_at <= now()
            AND p.id = coalesce(m.product_id, (SELECT v.product_id FROM product_variants v WHERE v.store_id = m.store_id AND v.id = m.variant_id)))
    OR EXISTS (SELECT FROM collections c WHERE c.store_id = m.store_id AND c.id = m.collection_id AND c.published_at <= now())
    OR EXISTS (SELECT FROM pages t WHERE t.store_id = m.store_id AND t.id = m.page_id AND t.published_at <= now()))`

// MetafieldsByID reads metafields.
func (v View) MetafieldsByID(ctx context.Context, refs []commerce.MetafieldRef) (map[commerce.MetafieldRef]*commerce.Metafield, error) {
	found := make(map[commerce.MetafieldRef]*commerce.Metafield, len(refs))
	err := v.each(ctx, func(r *row) {
		m := scanMetafield(r)
		found[m.Ref()] = m
	}, metafieldsByIDSQL,
		bigints(refs, func(r commerce.MetafieldRef) int64 { return int64(r.Store) }),
		bigints(refs, func(r commerce.MetafieldRef) int64 { return int64(r.ID) }), v.own)
	return found, err
}
