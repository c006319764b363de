package db

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kirana-commerce/kirana/commerce"
)

// keyColumns are the columns of keys k, shownKey the same as scanAPIKey reads them.
const keyColumns = `k.store_id, k.id, k.name, k.prefix, k.scopes, k.created_at, k.last_used_at, k.expires_at, k.revoked_at, k.previous_expires_at`

const shownKey = `k.store_id, k.id, k.name, k.prefix, k.scopes, (date_part('epoch', k.created_at) * 1000000)::bigint,
    (date_part('epoch', k.last_used_at) * 1000000)::bigint, (date_part('epoch', k.expires_at) * 1000000)::bigint,
    (date_part('epoch', k.revoked_at) * 1000000)::bigint, (date_part('epoch', k.previous_expires_at) * 1000000)::bigint`

func scanAPIKey(r *row) *commerce.APIKey {
	return &commerce.APIKey{
		StoreID: commerce.StoreID(r.int()), ID: commerce.APIKeyID(r.int()), Name: r.text(), Prefix: r.text(), Scopes: scopes(r.texts()),
		CreatedAt: r.moment(), LastUsedAt: r.optionalMoment(), ExpiresAt: r.optionalMoment(), RevokedAt: r.optionalMoment(), PreviousExpiresAt: r.optionalMoment(),
	}
}

const keysByIDSQL = `
SELECT ` + shownKey + `
FROM unnest($1::bigint[], $2::bigint[]) AS w (store_id, id)
JOIN api_keys k ON k.store_id = w.store_id AND k.id = w.id`

// APIKeysByID reads API keys.
func (v View) APIKeysByID(ctx context.Context, refs []commerce.APIKeyRef) (map[commerce.APIKeyRef]*commerce.APIKey, error) {
	found := make(map[commerce.APIKeyRef]*commerce.APIKey, len(refs))
	err := v.each(ctx, func(r *row) {
		k := scanAPIKey(r)
		found[k.Ref()] = k
	}, keysByIDSQL, bigints(refs, func(ref commerce.APIKeyRef) int64 { return int64(ref.Store) }),
		bigints(refs, func(ref commerce.APIKeyRef) int64 { return int64(ref.ID) }))
	return found, err
}

func apiKeyOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{commerce.APIKeySortID: byInt("k.id", "k.id")}
}

func apiKeyList() list {
	return newList(apiKeyOrders(), 1, "", func(_ reading, s sorting, where, orderBy string) string {
		return `
SELECT w.ordinal, k.sort_value, ` + shownKey + `
FROM unnest($1::bigint[]) WITH ORDINALITY AS w (store_id, ordinal)
CROSS JOIN LATERAL (
    SELECT ` + keyColumns + `, ` + s.value + ` AS sort_value FROM api_keys k WHERE k.store_id = w.store_id` + where + orderBy + `
) k`
	})
}

// APIKeyLists reads pages of stores' keys.
func (v View) APIKeyLists(ctx context.Context, keys []commerce.StorePageKey) (map[commerce.StorePageKey]commerce.List[*commerce.APIKey], error) {
	return lists(ctx, v, v.lists.apiKeys, keys, storePage, storesOfPages, func(int) func(*row, commerce.StorePageKey) (*commerce.APIKey, int64) {
		return func(r *row, _ commerce.StorePageKey) (*commerce.APIKey, int64) {
			k := scanAPIKey(r)
			return k, int64(k.ID)
		}
	})
}

func storePage(k commerce.StorePageKey) asked { return asked{page: k.Page} }

func storesOfPages(keys []commerce.StorePageKey) []any {
	return []any{bigints(keys, func(k commerce.StorePageKey) int64 { return int64(k.Store) })}
}

const countKeysSQL = `SELECT count(*) FROM api_keys WHERE store_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`

const addKeySQL = `
INSERT INTO api_keys AS k (store_id, name, prefix, token_hash, scopes, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING ` + shownKey

// AddAPIKey makes a key.
func (d *DB) AddAPIKey(ctx context.Context, by commerce.Actor, n commerce.NewAPIKey) (*commerce.APIKey, error) {
	var key *commerce.APIKey
	err := d.inStore(ctx, by, "apiKeyCreate", func(tx *sqlx.Tx, by commerce.Actor) (id commerce.GlobalID, _ map[string]any, err error) {
		if err := n.Check(by).Err(); err != nil {
			return id, nil, err
		}
		var good int
		if err := tx.GetContext(ctx, &good, countKeysSQL, int64(by.Store), n.At); err != nil {
			return id, nil, err
		}
		if good >= commerce.MaxAPIKeys {
			return id, nil, commerce.Refuse(commerce.RefusalTooMany, nil, "The store has %d keys, as many as may be. Revoke one first.", good)
		}
		err = scanIn(ctx, tx, func(r *row) { key = scanAPIKey(r) },
			addKeySQL, int64(by.Store), n.Name, n.Prefix, n.Hash[:], scopeArray(n.Scopes), n.ExpiresAt, n.At)
		if err != nil {
			return id, nil, err
		}
		return key.NodeID(), map[string]any{"name": key.Name, "prefix": key.Prefix, "scopes": key.Scopes}, nil
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

func scopeArray(scopes []commerce.Scope) pq.StringArray {
	return texts(scopes, func(s commerce.Scope) string { return string(s) })
}

// apiKeyIn reads a key of the actor's store.
func apiKeyIn(ctx context.Context, tx *sqlx.Tx, by commerce.Actor, id commerce.APIKeyID) (*commerce.APIKey, error) {
	var key *commerce.APIKey
	one := []commerce.APIKeyRef{{Store: by.Store, ID: id}}
	err := scanIn(ctx, tx, func(r *row) { key = scanAPIKey(r) }, keysByIDSQL,
		bigints(one, func(ref commerce.APIKeyRef) int64 { return int64(ref.Store) }), bigints(one, func(ref commerce.APIKeyRef) int64 { return int64(ref.ID) }))
	if err == nil && key == nil {
		err = commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "The store has no such API key.")
	}
	return key, err
}

// rotateKeySQL keeps one token before the new one: what was rotated away earlier ends now.
const rotateKeySQL = `
UPDATE api_keys AS k SET previous_hash = CASE WHEN $6::timestamptz > $5::timestamptz THEN token_hash END,
    previous_expires_at = CASE WHEN $6::timestamptz > $5::timestamptz THEN $6::timestamptz END,
    token_hash = $3, prefix = $4, rotated_at = $5::timestamptz
WHERE k.store_id = $1 AND k.id = $2
RETURNING ` + shownKey

// RotateAPIKey gives a key another token. Whoever does it gets to know the token, so they need all the rights of the key.
func (d *DB) RotateAPIKey(ctx context.Context, by commerce.Actor, n commerce.Rotation) (*commerce.APIKey, error) {
	var key *commerce.APIKey
	err := d.inStore(ctx, by, "apiKeyRotate", func(tx *sqlx.Tx, by commerce.Actor) (id commerce.GlobalID, _ map[string]any, err error) {
		was, err := apiKeyIn(ctx, tx, by, n.ID)
		if err != nil {
			return id, nil, err
		}
		r := n.Check()
		if !was.Active(n.At) {
			r.Add(commerce.RefusalInactive, []any{"input", "id"}, "The key was revoked or has expired. Make another.")
		}
		if !by.Covers(was.Scopes) {
			r.Add(commerce.RefusalForbidden, []any{"input", "id"}, "The key has rights in this store that you do not have.")
		}
		if len(r) > 0 {
			return id, nil, r
		}
		err = scanIn(ctx, tx, func(r *row) { key = scanAPIKey(r) },
			rotateKeySQL, int64(by.Store), int64(n.ID), n.Hash[:], n.Prefix, n.At, n.At.Add(n.Overlap))
		if err != nil {
			return id, nil, err
		}
		return key.NodeID(), map[string]any{"name": key.Name, "was": was.Prefix, "prefix": key.Prefix, "overlapSeconds": int(n.Overlap.Seconds())}, nil
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

const revokeKeySQL = `UPDATE api_keys AS k SET revoked_at = $3 WHERE k.store_id = $1 AND k.id = $2 RETURNING ` + shownKey

// RevokeAPIKey ends a key at once.
func (d *DB) RevokeAPIKey(ctx context.Context, by commerce.Actor, id commerce.APIKeyID, now time.Time) (*commerce.APIKey, error) {
	var key *commerce.APIKey
	err := d.inStore(ctx, by, "apiKeyRevoke", func(tx *sqlx.Tx, by commerce.Actor) (none commerce.GlobalID, _ map[string]any, err error) {
		if key, err = apiKeyIn(ctx, tx, by, id); err != nil {
			return none, nil, err
		}
		if key.RevokedAt != nil {
			return key.NodeID(), nil, nil
		}
		err = scanIn(ctx, tx, func(r *row) { key = scanAPIKey(r) }, revokeKeySQL, int64(by.Store), int64(id), now)
		return key.NodeID(), map[string]any{"name": key.Name, "prefix": key.Prefix}, err
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}
