package db

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// thing is something that a mutation names, and where in its argument it does.
type thing struct {
	id   commerce.GlobalID
	path []any
}

// missingThingsSQL yields the places in a list, from 0, of things that the store does not have.
const missingThingsSQL = `
SELECT k.n - 1 FROM unnest($2::text[], $3::bigint[]) WITH ORDINALITY AS k (kind, id, n)
WHERE NOT CASE k.kind
    WHEN 'Product' THEN EXISTS (SELECT FROM products t WHERE t.store_id = $1 AND t.id = k.id)
    WHEN 'ProductVariant' THEN EXISTS (SELECT FROM product_variants t WHERE t.store_id = $1 AND t.id = k.id)
    WHEN 'Collection' THEN EXISTS (SELECT FROM collections t WHERE t.store_id = $1 AND t.id = k.id)
    WHEN 'Page' THEN EXISTS (SELECT FROM pages t WHERE t.store_id = $1 AND t.id = k.id)
    WHEN 'Store' THEN k.id = $1
    ELSE false END
ORDER BY k.n`

// refuseMissing refuses whatever of the things the store does not have.
func refuseMissing(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, things []thing) error {
	var places []int
	err := tx.SelectContext(ctx, &places, missingThingsSQL, int64(store),
		texts(things, func(t thing) string { return string(t.id.Kind) }),
		bigints(things, func(t thing) int64 {
			if t.id.Store != store {
				return 0
			}
			return t.id.ID
		}))
	if err != nil {
		return err
	}
	var r commerce.Refusals
	for _, n := range places {
		r.Add(commerce.RefusalNotFound, things[n].path, "The store has no such %s.", things[n].id.Kind)
	}
	return r.Err()
}

const lockMetafieldsSQL = `
SELECT ` + shownMetafield + `
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[]) AS k (store_id, owner_kind, owner_id, namespace, key)
JOIN metafields m ON m.store_id = k.store_id AND m.owner_kind = k.owner_kind AND m.owner_id = k.owner_id AND m.namespace = k.namespace AND m.key = k.key
ORDER BY m.store_id, m.id
FOR UPDATE OF m`

const metafieldRecord = `json_to_recordset($2::json) AS r (owner_kind text, owner_id bigint, namespace text, key text, type text, value text, description text,
    visible boolean)`

const insertMetafieldsSQL = `
INSERT INTO metafields (store_id, owner_kind, owner_id, namespace, key, type, value, description, visible)
SELECT $1, r.owner_kind, r.owner_id, r.namespace, r.key, r.type, r.value, coalesce(r.description, ''), coalesce(r.visible, true)
FROM ` + metafieldRecord

const updateMetafieldsSQL = `
UPDATE metafields m SET type = r.type, value = r.value, description = coalesce(r.description, m.description), visible = coalesce(r.visible, m.visible)
FROM ` + metafieldRecord + `
WHERE m.store_id = $1 AND m.owner_kind = r.owner_kind AND m.owner_id = r.owner_id AND m.namespace = r.namespace AND m.key = r.key`

// metafieldRow is a metafield as the statements take it.
type metafieldRow struct {
	OwnerKind   commerce.Kind          `json:"owner_kind"`
	OwnerID     int64                  `json:"owner_id"`
	Namespace   string                 `json:"namespace"`
	Key         string                 `json:"key"`
	Type        commerce.MetafieldType `json:"type"`
	Value       string                 `json:"value"`
	Description *string                `json:"description"`
	Visible     *bool                  `json:"visible"`
}

// SetMetafields makes or replaces metafields in one transaction. Somebody who makes the same one at the same moment makes it run
// again, and find it there.
func (d *DB) SetMetafields(ctx context.Context, by commerce.Author, store commerce.StoreID, settings []commerce.MetafieldSetting) ([]*commerce.Metafield, error) {
	if err := commerce.CheckMetafields(store, settings).Err(); err != nil {
		return nil, err
	}
	keys := make([]commerce.MetafieldKey, len(settings))
	for i := range settings {
		keys[i] = settings[i].Name().KeyIn(store)
	}
	metafields, refs := make([]*commerce.Metafield, len(keys)), make([]commerce.MetafieldRef, len(keys))
	err := mutate(ctx, d, store, &refs, func(tx *sqlx.Tx) error {
		if err := refuseMissing(ctx, tx, store, namedThings(store, keys, settings)); err != nil {
			return err
		}
		stored, err := lockedMetafields(ctx, tx, keys)
		if err != nil {
			return err
		}
		if err := commerce.CompareMetafields(keys, settings, stored); err != nil {
			return err
		}
		if err := writeMetafields(ctx, tx, store, keys, settings, stored); err != nil {
			return err
		}
		if err := refuseCrowded(ctx, tx, store, keys, stored); err != nil {
			return err
		}
		set, err := lockedMetafields(ctx, tx, keys)
		if err != nil {
			return err
		}
		for i, k := range keys {
			metafields[i], refs[i] = set[k], set[k].Ref()
		}
		return auditMetafields(ctx, tx, by, store, "metafieldsSet", keys)
	})
	if err != nil {
		return nil, err
	}
	return metafields, nil
}

// namedThings are the owners and the references of metafields.
func namedThings(store commerce.StoreID, keys []commerce.MetafieldKey, settings []commerce.MetafieldSetting) []thing {
	things := make([]thing, 0, len(keys))
	for i, k := range keys {
		things = append(things, thing{k.Owner.NodeID(), []any{"input", "metafields", i, "ownerId"}})
		m := commerce.Metafield{Owner: commerce.MetafieldOwner{Store: store}, Type: settings[i].Type, Value: settings[i].Value}
		for _, id := range m.References() {
			things = append(things, thing{id, []any{"input", "metafields", i, "value"}})
		}
	}
	return things
}

// lockedMetafields reads metafields, which stay locked until the transaction ends.
func lockedMetafields(ctx context.Context, tx *sqlx.Tx, keys []commerce.MetafieldKey) (map[commerce.MetafieldKey]*commerce.Metafield, error) {
	found := make(map[commerce.MetafieldKey]*commerce.Metafield, len(keys))
	err := scanIn(ctx, tx, func(r *row) {
		m := scanMetafield(r)
		found[commerce.MetafieldKey{Owner: m.Owner, Namespace: m.Namespace, Key: m.Key}] = m
	}, lockMetafieldsSQL, metafieldKeys(keys)...)
	return found, err
}

// writeMetafields inserts the metafields that are new and updates those that are stored, with one statement each.
func writeMetafields(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, keys []commerce.MetafieldKey, settings []commerce.MetafieldSetting,
	stored map[commerce.MetafieldKey]*commerce.Metafield,
) error {
	var fresh, changed []metafieldRow
	for i, k := range keys {
		s := &settings[i]
		row := metafieldRow{k.Owner.Kind, k.Owner.ID, k.Namespace, k.Key, s.Type, s.Value, s.Description, s.Visible}
		if stored[k] == nil {
			fresh = append(fresh, row)
		} else {
			changed = append(changed, row)
		}
	}
	if len(fresh) > 0 {
		if err := execRows(ctx, tx, insertMetafieldsSQL, store, fresh); err != nil {
			return err
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return execRows(ctx, tx, updateMetafieldsSQL, store, changed)
}

// crowdedSQL yields the places in a list, from 0, of things that have more metafields than one may.
const crowdedSQL = `
SELECT k.n - 1 FROM unnest($2::text[], $3::bigint[]) WITH ORDINALITY AS k (kind, id, n)
WHERE (
    SELECT count(*) FROM (SELECT FROM metafields m WHERE m.store_id = $1 AND m.owner_kind = k.kind AND m.owner_id = k.id LIMIT $4 + 1) AS few
) > $4
ORDER BY k.n`

// refuseCrowded refuses new metafields of things that have too many with them. Two who set metafields at the same moment may both be let pass:
// whoever reads all of a thing's metafields has a bound of its own.
func refuseCrowded(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, keys []commerce.MetafieldKey, stored map[commerce.MetafieldKey]*commerce.Metafield) error {
	var fresh []int
	for i, k := range keys {
		if stored[k] == nil {
			fresh = append(fresh, i)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	var places []int
	err := tx.SelectContext(ctx, &places, crowdedSQL, int64(store), texts(fresh, func(i int) string { return string(keys[i].Owner.Kind) }),
		bigints(fresh, func(i int) int64 { return keys[i].Owner.ID }), commerce.MaxMetafields)
	if err != nil {
		return err
	}
	var r commerce.Refusals
	for _, n := range places {
		r.Add(commerce.RefusalTooMany, []any{"input", "metafields", fresh[n], "ownerId"},
			"A %s has at most %d metafields. Delete some first.", keys[fresh[n]].Owner.Kind, commerce.MaxMetafields)
	}
	return r.Err()
}

// auditMetafields writes down which metafields were changed, and of what when it is one thing.
func auditMetafields(ctx context.Context, tx *sqlx.Tx, by commerce.Author, store commerce.StoreID, action string, keys []commerce.MetafieldKey) error {
	subject := keys[0].Owner.NodeID().String()
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Namespace + "." + k.Key
		if k.Owner != keys[0].Owner {
			subject = ""
		}
	}
	return audit(ctx, tx, auditEntry{store: store, by: by, action: action, subject: subject, detail: map[string]any{"metafields": names}})
}

const deleteMetafieldsSQL = `
DELETE FROM metafields m
USING unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[]) AS k (store_id, owner_kind, owner_id, namespace, key)
WHERE m.store_id = k.store_id AND m.owner_kind = k.owner_kind AND m.owner_id = k.owner_id AND m.namespace = k.namespace AND m.key = k.key`

// DeleteMetafields deletes metafields and tells which there were.
func (d *DB) DeleteMetafields(ctx context.Context, by commerce.Author, store commerce.StoreID, names []commerce.MetafieldName) ([]bool, error) {
	if err := commerce.CheckMetafieldNames(names).Err(); err != nil {
		return nil, err
	}
	keys := make([]commerce.MetafieldKey, len(names))
	for i := range names {
		keys[i] = names[i].KeyIn(store)
	}
	gone := make([]bool, len(names))
	err := mutate(ctx, d, store, &gone, func(tx *sqlx.Tx) error {
		if err := refuseMissing(ctx, tx, store, namedThings(store, keys, make([]commerce.MetafieldSetting, len(keys)))); err != nil {
			return err
		}
		stored, err := lockedMetafields(ctx, tx, keys)
		if err != nil {
			return err
		}
		for i, k := range keys {
			gone[i] = stored[k] != nil
		}
		if _, err := tx.ExecContext(ctx, deleteMetafieldsSQL, metafieldKeys(keys)...); err != nil {
			return err
		}
		return auditMetafields(ctx, tx, by, store, "metafieldsDelete", keys)
	})
	return gone, err
}
