package db_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

func tokenHash(text string) commerce.TokenHash { return sha256.Sum256([]byte(text)) }

// signUp makes an account whose first session has the token of the same name.
func signUp(t *testing.T, d *dbtest.Database, name string, at time.Time) *commerce.Merchant {
	t.Helper()
	m, err := d.AddMerchant(t.Context(), commerce.NewMerchant{Email: name + "@shop.test", Name: name, PasswordHash: "hash of " + name},
		commerce.NewSession{Hash: tokenHash(name), At: at})
	require.NoError(t, err)
	return m
}

// A request of somebody who is known is one statement, on the primary, and one more once a minute.
func TestViewersTakeOneStatement(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	asha := signUp(t, d, "asha", now)
	for i := range 3 {
		store, err := d.OpenStore(t.Context(), commerce.Author{Merchant: asha.ID}, opening(fmt.Sprint("Tea ", i)))
		require.NoError(t, err)
		_, err = d.AddAPIKey(t.Context(), commerce.Actor{Author: commerce.Author{Merchant: asha.ID}, Store: store.ID},
			commerce.NewAPIKey{Name: "till", Scopes: []commerce.Scope{commerce.ScopeCatalogRead}, Prefix: "kak_", Hash: tokenHash(fmt.Sprint("key ", i)), At: now})
		require.NoError(t, err)
	}
	var reads atomic.Int64
	counted, err := db.Open(d.URL, []string{d.URL}, db.Options{OnStatement: func(pool string) {
		require.Equal(t, "primary", pool, "what was revoked a moment ago must not be good on a standby")
		reads.Add(1)
	}})
	require.NoError(t, err)
	defer func() { require.NoError(t, counted.Close()) }()

	viewer, err := counted.SessionViewer(t.Context(), tokenHash("asha"), "tea-2", now)
	require.NoError(t, err)
	require.Equal(t, asha.ID, viewer.Merchant)
	require.Len(t, viewer.Grants, 3)
	require.Equal(t, commerce.Grant{Store: viewer.Grants[0].Store, Handle: "tea-0", Role: commerce.RoleOwner, Scopes: commerce.Scopes()}, viewer.Grants[0])
	key, err := counted.APIKeyViewer(t.Context(), tokenHash("key 1"), "tea-1", now)
	require.NoError(t, err)
	require.Equal(t, []commerce.Grant{{Store: viewer.Grants[1].Store, Handle: "tea-1", Scopes: []commerce.Scope{commerce.ScopeCatalogRead}}}, key.Grants)
	require.EqualValues(t, 3, reads.Load(), "one for each, and one that notes the first use of the key")
	stores, err := d.ViewOf(viewer.Stores(), true).StoresByHandle(t.Context(), []string{"tea-1", "tea-2"})
	require.NoError(t, err)
	require.Equal(t, stores["tea-2"], viewer.Current)
	require.Equal(t, stores["tea-1"], key.Current)

	used := func() string {
		return queryRows(t, d, `SELECT s.xmin || ' ' || s.last_used_at || ' ' || s.expires_at || ' ' || k.xmin || ' ' || k.last_used_at FROM sessions s, api_keys k WHERE k.id = $1`, int64(key.Key))[0][0]
	}
	before := used()
	askIn := func(ctx context.Context, at time.Time) {
		_, err := counted.SessionViewer(ctx, tokenHash("asha"), "", at)
		require.NoError(t, err)
		_, err = counted.APIKeyViewer(ctx, tokenHash("key 1"), "", at)
		require.NoError(t, err)
	}
	ask := func(at time.Time) { askIn(t.Context(), at) }
	for i := range 60 {
		ask(now.Add(time.Duration(i) * time.Second))
	}
	require.Equal(t, before, used(), "within a minute nothing is written")
	ask(now.Add(time.Minute))
	require.NotEqual(t, before, used())
	before = used()
	ask(now.Add(time.Minute + time.Second))
	require.Equal(t, before, used())
	askIn(commerce.WithoutUse(t.Context()), now.Add(time.Hour))
	require.Equal(t, before, used(), "nobody has asked for anything")
}

// A session goes on while it is used, but not for ever.
func TestSessionsSlide(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	now := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	asha := signUp(t, d, "asha", now)
	end := func() time.Time {
		sessions, err := d.Sessions(t.Context(), asha.ID, now)
		require.NoError(t, err)
		require.Len(t, sessions, 1)
		return sessions[0].ExpiresAt
	}
	require.Equal(t, now.Add(commerce.SessionIdle), end())
	known := func(at time.Time) bool {
		viewer, err := d.SessionViewer(t.Context(), tokenHash("asha"), "", at)
		require.NoError(t, err)
		return viewer != nil
	}
	require.False(t, known(now.Add(commerce.SessionIdle)))
	last := now.Add(commerce.SessionMost)
	for at := now; at.Before(last); at = at.Add(29 * 24 * time.Hour) {
		require.True(t, known(at))
	}
	require.Equal(t, last, end())
	require.True(t, known(last.Add(-time.Second)))
	require.False(t, known(last))
}

// A merchant has so many sessions and no more; those that have expired go first.
func TestSessionsAreLimited(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	now := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	asha, ravi := signUp(t, d, "asha", now), signUp(t, d, "ravi", now)
	for i := range commerce.MaxSessions {
		require.NoError(t, d.OpenSession(t.Context(), asha.ID, commerce.NewSession{Hash: tokenHash(fmt.Sprint(i)), At: now.Add(time.Duration(i+1) * time.Second)}))
	}
	known := func(token string, at time.Time) bool {
		viewer, err := d.SessionViewer(t.Context(), tokenHash(token), "", at)
		require.NoError(t, err)
		return viewer != nil
	}
	later := now.Add(time.Hour)
	require.False(t, known("asha", later), "the one that lay idle for longest has ended")
	require.True(t, known("0", later) && known("99", later) && known("ravi", later))
	require.NoError(t, d.OpenSession(t.Context(), asha.ID, commerce.NewSession{Hash: tokenHash("next"), At: later}))
	require.True(t, known("0", later), "it was used a moment ago")
	require.False(t, known("1", later))
	require.NoError(t, d.OpenSession(t.Context(), asha.ID, commerce.NewSession{Hash: tokenHash("new"), At: now.Add(2 * commerce.SessionIdle)}))
	require.Equal(t, [][]string{{fmt.Sprint(asha.ID), "1"}, {fmt.Sprint(ravi.ID), "1"}}, queryRows(t, d, `SELECT merchant_id, count(*) FROM sessions GROUP BY 1 ORDER BY 1`))
}

// A password is changed by who knows the one before: of two changes at the same moment one is told that it came too late.
func TestSetPassword(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	now := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	asha := signUp(t, d, "asha", now)
	changed, err := d.SetPassword(t.Context(), asha.ID, "another hash", "new", 0)
	require.NoError(t, err)
	require.False(t, changed)
	require.Equal(t, [][]string{{"1"}}, queryRows(t, d, `SELECT count(*) FROM sessions`), "and nobody is signed out")
	changed, err = d.SetPassword(t.Context(), asha.ID, "hash of asha", "new", 0)
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, [][]string{{"0"}}, queryRows(t, d, `SELECT count(*) FROM sessions`))
	require.NoError(t, d.Rehash(t.Context(), asha.ID, "new", "newer"))
	account, err := d.AccountByEmail(t.Context(), "asha@shop.test")
	require.NoError(t, err)
	require.Equal(t, "newer", account.PasswordHash)
	account, err = d.AccountByEmail(t.Context(), "\x00")
	require.NoError(t, err)
	require.Nil(t, account)
}

// A viewer's rights are looked at again where they are used: who was removed a moment ago changes nothing any more.
func TestRightsOfNow(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	now := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	asha, ravi := signUp(t, d, "asha", now), signUp(t, d, "ravi", now)
	store, err := d.OpenStore(t.Context(), commerce.Author{Merchant: asha.ID}, opening("Tea"))
	require.NoError(t, err)
	run(t, d, `INSERT INTO store_staff (store_id, merchant_id, role) VALUES ($1, $2, 'OWNER')`, int64(store.ID), int64(ravi.ID))
	by := commerce.Actor{Author: commerce.Author{Merchant: ravi.ID}, Store: store.ID, Scopes: commerce.Scopes()}
	key, err := d.AddAPIKey(t.Context(), by, commerce.NewAPIKey{Name: "till", Scopes: commerce.Scopes(), Prefix: "kak_", Hash: tokenHash("till"), At: now})
	require.NoError(t, err)
	program := commerce.Actor{Author: commerce.Author{Key: key.ID}, Store: store.ID, Scopes: commerce.Scopes()}
	_, err = d.Invite(t.Context(), program, commerce.NewInvitation{Email: "x@shop.test", Role: commerce.RolePacker, Hash: tokenHash("x"), At: now})
	require.NoError(t, err)

	run(t, d, `UPDATE store_staff SET role = 'MANAGER' WHERE merchant_id = $1`, int64(ravi.ID))
	run(t, d, `UPDATE api_keys SET revoked_at = now()`)
	for _, who := range []commerce.Actor{by, program, {Store: store.ID, Scopes: commerce.Scopes()}} {
		require.Equal(t, commerce.CodeForbidden, commerce.CodeOf(d.RemoveStaff(t.Context(), who, asha.ID)))
		_, err = d.RotateAPIKey(t.Context(), who, commerce.Rotation{ID: key.ID, Hash: tokenHash("y"), At: now})
		require.Equal(t, commerce.CodeForbidden, commerce.CodeOf(err))
	}
	by.Store = 99
	require.ErrorIs(t, d.RemoveStaff(t.Context(), by, asha.ID), commerce.ErrStoreNotFound)
}
