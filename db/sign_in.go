package db

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// openSessionSQL leaves a merchant at most $6 sessions with the new one: what has expired goes first, then what has lain idle
// for longest.
const openSessionSQL = `
WITH gone AS (
    DELETE FROM sessions WHERE merchant_id = $1 AND (expires_at <= $3 OR id IN (
        SELECT id FROM sessions WHERE merchant_id = $1 AND expires_at > $3 ORDER BY last_used_at DESC, id DESC OFFSET $6::int - 1))
)
INSERT INTO sessions (merchant_id, token_hash, created_at, last_used_at, expires_at, address) VALUES ($1, $2, $3, $3, $4, $5)`

// OpenSession signs a merchant in.
func (d *DB) OpenSession(ctx context.Context, id commerce.MerchantID, s commerce.NewSession) error {
	return mutate(ctx, d, 0, &nothing{}, func(tx *sqlx.Tx) error { return openSession(ctx, tx, id, s) })
}

func openSession(ctx context.Context, tx *sqlx.Tx, id commerce.MerchantID, s commerce.NewSession) error {
	_, err := tx.ExecContext(ctx, openSessionSQL, int64(id), s.Hash[:], s.At, s.ExpiresAt(), s.Address, commerce.MaxSessions)
	return err
}

const closeSessionSQL = `DELETE FROM sessions WHERE merchant_id = $1 AND id = $2`

// CloseSession ends one of a merchant's sessions.
func (d *DB) CloseSession(ctx context.Context, id commerce.MerchantID, session commerce.SessionID) (bool, error) {
	return happened(mutate(ctx, d, 0, &nothing{}, func(tx *sqlx.Tx) error {
		return changesOne(tx.ExecContext(ctx, closeSessionSQL, int64(id), int64(session)))
	}))
}

const closeSessionsSQL = `DELETE FROM sessions WHERE merchant_id = $1 AND id <> $2`

// CloseSessions ends all sessions of a merchant but one.
func (d *DB) CloseSessions(ctx context.Context, id commerce.MerchantID, keep commerce.SessionID) error {
	return d.exec(ctx, closeSessionsSQL, int64(id), int64(keep))
}

const sessionsSQL = `
SELECT s.id, s.merchant_id, (date_part('epoch', s.created_at) * 1000000)::bigint, (date_part('epoch', s.last_used_at) * 1000000)::bigint,
    (date_part('epoch', s.expires_at) * 1000000)::bigint, s.address
FROM sessions s WHERE s.merchant_id = $1 AND s.expires_at > $2
ORDER BY s.created_at DESC, s.id DESC`

// Sessions are a merchant's, the newest first.
func (d *DB) Sessions(ctx context.Context, id commerce.MerchantID, now time.Time) ([]*commerce.Session, error) {
	list := []*commerce.Session{}
	err := d.eachFresh(ctx, func(r *row) {
		list = append(list, &commerce.Session{
			ID: commerce.SessionID(r.int()), Merchant: commerce.MerchantID(r.int()), CreatedAt: r.moment(), LastUsedAt: r.moment(),
			ExpiresAt: r.moment(), Address: r.text(),
		})
	}, sessionsSQL, int64(id), now)
	return list, err
}

// currentStore is storeColumns of a store s that there may not be, whose id is 0 then.
const currentStore = `coalesce(s.id, 0), coalesce(s.handle, ''), coalesce(s.name, ''), coalesce(s.description, ''), coalesce(s.currency, ''),
    coalesce(s.status, ''), coalesce(s.accent_color, ''), coalesce(s.time_zone, ''), coalesce(s.logo_url, ''),
    (date_part('epoch', coalesce(s.created_at, now())) * 1000000)::bigint, (date_part('epoch', coalesce(s.updated_at, now())) * 1000000)::bigint`

// scanCurrent reads currentStore.
func scanCurrent(r *row, into *commerce.Viewer) {
	if s := scanStore(r); s.ID > 0 {
		into.Current = s
	}
}

// sessionViewerSQL has a row for each store, or one without a store.
const sessionViewerSQL = `
SELECT e.id, e.merchant_id, e.last_used_at <= $3::timestamptz, coalesce(f.store_id, 0), coalesce(t.handle, ''), coalesce(f.role, ''),
    ` + currentStore + `
FROM sessions e
LEFT JOIN store_staff f ON f.merchant_id = e.merchant_id
LEFT JOIN stores t ON t.id = f.store_id
LEFT JOIN stores s ON s.id = t.id AND s.handle = $4
WHERE e.token_hash = $1 AND e.expires_at > $2::timestamptz
ORDER BY f.store_id`

// useSessionSQL lets the session go on, but not for ever.
const useSessionSQL = `
UPDATE sessions SET last_used_at = $2::timestamptz,
    expires_at = least($2::timestamptz + $4::bigint * interval '1 second', created_at + $5::bigint * interval '1 second')
WHERE id = $1 AND last_used_at <= $3::timestamptz`

// SessionViewer is the merchant whose session has the token.
func (d *DB) SessionViewer(ctx context.Context, token commerce.TokenHash, current string, now time.Time) (*commerce.Viewer, error) {
	var viewer *commerce.Viewer
	unnoted, noted := false, now.Add(-commerce.UseInterval)
	err := d.eachFresh(ctx, func(r *row) {
		if viewer == nil {
			viewer = &commerce.Viewer{}
		}
		viewer.Session, viewer.Merchant, unnoted = commerce.SessionID(r.int()), commerce.MerchantID(r.int()), r.bool()
		grant := commerce.Grant{Store: commerce.StoreID(r.int()), Handle: r.text(), Role: commerce.Role(r.text())}
		if grant.Store > 0 {
			grant.Scopes = grant.Role.Scopes()
			viewer.Grants = append(viewer.Grants, grant)
		}
		scanCurrent(r, viewer)
	}, sessionViewerSQL, token[:], now, noted, searchable(current))
	if err != nil || !unnoted || !commerce.CountsAsUse(ctx) {
		return viewer, err
	}
	d.note(ctx, useSessionSQL, int64(viewer.Session), now, noted, int64(commerce.SessionIdle.Seconds()), int64(commerce.SessionMost.Seconds()))
	return viewer, nil
}

// note remembers that something was used. Nobody is turned away because it could not be.
func (d *DB) note(ctx context.Context, text string, args ...any) {
	if err := d.exec(ctx, text, args...); err != nil {
		d.o.Logger.WarnContext(ctx, "the use of a token could not be noted", "error", err)
	}
}

// keyViewerSQL finds a key by its token, or by the one before while that is good.
const keyViewerSQL = `
SELECT k.store_id, k.id, coalesce(k.last_used_at <= $3::timestamptz, true), t.handle, k.scopes,
    ` + currentStore + `
FROM api_keys k
JOIN stores t ON t.id = k.store_id
LEFT JOIN stores s ON s.id = t.id AND s.handle = $4
WHERE (k.token_hash = $1 OR k.previous_hash = $1 AND k.previous_expires_at > $2::timestamptz)
  AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2::timestamptz)`

const useKeySQL = `
UPDATE api_keys SET last_used_at = $3::timestamptz
WHERE store_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at <= $4::timestamptz)`

// APIKeyViewer is the API key that has the token.
func (d *DB) APIKeyViewer(ctx context.Context, token commerce.TokenHash, current string, now time.Time) (*commerce.Viewer, error) {
	var viewer *commerce.Viewer
	unnoted, noted := false, now.Add(-commerce.UseInterval)
	err := d.eachFresh(ctx, func(r *row) {
		store := commerce.StoreID(r.int())
		viewer = &commerce.Viewer{Key: commerce.APIKeyID(r.int())}
		unnoted = r.bool()
		viewer.Grants = []commerce.Grant{{Store: store, Handle: r.text(), Scopes: scopes(r.texts())}}
		scanCurrent(r, viewer)
	}, keyViewerSQL, token[:], now, noted, searchable(current))
	if err != nil || !unnoted || !commerce.CountsAsUse(ctx) {
		return viewer, err
	}
	d.note(ctx, useKeySQL, int64(viewer.Grants[0].Store), int64(viewer.Key), now, noted)
	return viewer, nil
}

// scopes reads scopes as a table keeps them.
func scopes(texts []string) []commerce.Scope {
	list := make([]commerce.Scope, len(texts))
	for i, text := range texts {
		list[i] = commerce.Scope(text)
	}
	return list
}
