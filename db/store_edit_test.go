package db_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// merchant signs a merchant up behind the back of the code.
func merchant(tb testing.TB, d *dbtest.Database) commerce.Author {
	tb.Helper()
	const insertSQL = `INSERT INTO merchants (email, name, password_hash) VALUES ('asha-' || gen_random_uuid() || '@shop.test', 'Asha', 'x') RETURNING id`
	var id int64
	require.NoError(tb, d.SQL.QueryRowContext(tb.Context(), insertSQL).Scan(&id))
	return commerce.Author{Merchant: commerce.MerchantID(id)}
}

func opening(name string) commerce.StoreOpening {
	return commerce.StoreOpening{Name: name, Currency: "INR"}
}

func TestOpenStore(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	asha := merchant(t, d)
	for _, c := range []struct{ name, handle string }{
		{"Asha's Corner Shop", "asha-s-corner-shop"},
		{"ASHAS corner; shop!", "ashas-corner-shop"},
		{"Asha's corner shop", "asha-s-corner-shop-2"},
		{"Admin", "admin-2"},
		{"आशा किराना", "shop-2"},
		{"🛒", "shop-3"},
		{strings.Repeat("long ", 50), strings.TrimSuffix(strings.Repeat("long-", 11), "-")},
	} {
		store, err := d.OpenStore(t.Context(), asha, opening(c.name))
		require.NoError(t, err)
		require.Equal(t, c.handle, store.Handle)
		require.Equal(t, commerce.StoreDraft, store.Status)
	}
	store, err := d.OpenStore(t.Context(), asha, commerce.StoreOpening{Name: "Own", Handle: new("my-own"), Description: "All of it.", Currency: "KWD"})
	require.NoError(t, err)
	require.Equal(t, "my-own", store.Handle)
	require.Equal(t, "All of it.", store.Description)
	require.Equal(t, [][]string{{"OWNER"}}, queryRows(t, d, `SELECT role FROM store_staff WHERE store_id = $1`, int64(store.ID)))
	require.Equal(t, [][]string{{"storeCreate", store.NodeID().String(), fmt.Sprint(asha.Merchant), "NULL", `{"handle": "my-own"}`}},
		queryRows(t, d, `SELECT action, subject, merchant_id, api_key_id, detail FROM audit_log WHERE store_id = $1`, int64(store.ID)))
}

// refused checks that an error is these refusals, as path and code.
func refused(t *testing.T, err error, want ...string) {
	t.Helper()
	refusals, ok := commerce.RefusalsOf(err)
	require.True(t, ok, "%v is no refusal", err)
	got := make([]string, len(refusals))
	for i, r := range refusals {
		got[i] = strings.TrimSpace(strings.Join(r.Field, ".") + " " + string(r.Code))
	}
	require.Equal(t, want, got)
}

func TestOpenStoreRefuses(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	asha := merchant(t, d)
	openStore(t, d.DB, "corner")
	before := queryRows(t, d, `SELECT count(*) FROM stores`)
	for _, c := range []struct {
		in   commerce.StoreOpening
		want []string
	}{
		{commerce.StoreOpening{}, []string{"input.name BLANK", "input.currencyCode INVALID"}},
		{commerce.StoreOpening{Name: " \t", Currency: "INR"}, []string{"input.name BLANK"}},
		{commerce.StoreOpening{Name: strings.Repeat("x", 256), Currency: "INR"}, []string{"input.name TOO_LONG"}},
		{commerce.StoreOpening{Name: "a\x00b", Currency: "INR"}, []string{"input.name INVALID"}},
		{commerce.StoreOpening{Name: "a\xff", Currency: "INR"}, []string{"input.name INVALID"}},
		{commerce.StoreOpening{Name: "A", Currency: "XYZ"}, []string{"input.currencyCode INVALID"}},
		{commerce.StoreOpening{Name: "A", Currency: "INR", Description: strings.Repeat("x", 5001)}, []string{"input.description TOO_LONG"}},
		{commerce.StoreOpening{Name: "A", Currency: "INR", Description: "\x00"}, []string{"input.description INVALID"}},
		{commerce.StoreOpening{Name: "A", Currency: "INR", Handle: new("")}, []string{"input.handle INVALID"}},
		{commerce.StoreOpening{Name: "A", Currency: "INR", Handle: new("Upper")}, []string{"input.handle INVALID"}},
		{commerce.StoreOpening{Name: "A", Currency: "INR", Handle: new("a--b")}, []string{"input.handle INVALID"}},
		{commerce.StoreOpening{Name: "A", Currency: "INR", Handle: new(strings.Repeat("a", 64))}, []string{"input.handle INVALID"}},
		{commerce.StoreOpening{Name: "A", Currency: "INR", Handle: new("graphql")}, []string{"input.handle RESERVED"}},
		{commerce.StoreOpening{Name: "A", Currency: "INR", Handle: new("corner")}, []string{"input.handle TAKEN"}},
	} {
		_, err := d.OpenStore(t.Context(), asha, c.in)
		refused(t, err, c.want...)
	}
	for _, nobody := range []commerce.Author{{}, {Key: 7}, {Merchant: 99}} {
		_, err := d.OpenStore(t.Context(), nobody, opening("A"))
		require.Equal(t, commerce.CodeForbidden, commerce.CodeOf(err))
	}
	require.Equal(t, before, queryRows(t, d, `SELECT count(*) FROM stores`))
	require.Equal(t, [][]string{{"0"}}, queryRows(t, d, `SELECT count(*) FROM audit_log`))
}

// Stores opened at the same moment get handles of their own, and nobody owns more than they may.
func TestOpenStoresAtOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	asha := merchant(t, d)
	queryRows(t, d, `WITH s AS (INSERT INTO stores (handle, name, currency) SELECT 's' || n, 's', 'INR' FROM generate_series(1, $2::int) n RETURNING id)
		INSERT INTO store_staff SELECT id, $1, 'OWNER' FROM s RETURNING store_id`, int64(asha.Merchant), commerce.MaxStores-3)
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() { _, errs[i] = d.OpenStore(t.Context(), asha, opening("Same")) })
	}
	wg.Wait()
	opened := 0
	for _, err := range errs {
		if err == nil {
			opened++
			continue
		}
		refused(t, err, "TOO_MANY")
	}
	require.Equal(t, 3, opened)
	require.Equal(t, [][]string{{"same"}, {"same-2"}, {"same-3"}}, queryRows(t, d, `SELECT handle FROM stores WHERE handle LIKE 'same%' ORDER BY handle`))
}

func TestChangeStore(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	asha := merchant(t, d)
	other := openStore(t, d.DB, "corner")
	store, err := d.OpenStore(t.Context(), asha, opening("Tea house"))
	require.NoError(t, err)
	changed, err := d.ChangeStore(t.Context(), asha, store.ID, commerce.StoreChange{Name: new("Tea & more"), Handle: new("tea-and-more")})
	require.NoError(t, err)
	require.Equal(t, "Tea & more", changed.Name)
	require.Equal(t, "tea-and-more", changed.Handle)
	require.Empty(t, changed.Description)

	shown, err := d.SetStoreStatus(t.Context(), asha, store.ID, commerce.StorePublished)
	require.NoError(t, err)
	require.True(t, shown.Published())
	for _, c := range []struct {
		in   commerce.StoreChange
		want string
	}{
		{commerce.StoreChange{Handle: new("other")}, "input.handle PUBLISHED"},
		{commerce.StoreChange{Name: new("")}, "input.name BLANK"},
		{commerce.StoreChange{AccentColor: new("red")}, "input.accentColor INVALID"},
		{commerce.StoreChange{TimeZone: new("")}, "input.timeZone INVALID"},
		{commerce.StoreChange{TimeZone: new("Local")}, "input.timeZone INVALID"},
		{commerce.StoreChange{TimeZone: new("Asia/Kolkatta")}, "input.timeZone INVALID"},
		{commerce.StoreChange{TimeZone: new("../../etc/passwd")}, "input.timeZone INVALID"},
		{commerce.StoreChange{Description: new("\x00")}, "input.description INVALID"},
	} {
		_, err := d.ChangeStore(t.Context(), asha, store.ID, c.in)
		refused(t, err, c.want)
	}
	for _, colour := range []string{"#0a6b5d", ""} {
		changed, err = d.ChangeStore(t.Context(), asha, store.ID, commerce.StoreChange{AccentColor: new(colour)})
		require.NoError(t, err)
		require.Equal(t, colour, changed.AccentColor)
	}
	require.Equal(t, "Asia/Kolkata", changed.TimeZone, "the store sells in rupees")
	changed, err = d.ChangeStore(t.Context(), asha, store.ID, commerce.StoreChange{TimeZone: new("Asia/Dubai")})
	require.NoError(t, err)
	require.Equal(t, "Asia/Dubai", changed.TimeZone)
	changed, err = d.ChangeStore(t.Context(), asha, store.ID, commerce.StoreChange{Handle: new("tea-and-more"), Description: new("Since 1951.")})
	require.NoError(t, err, "the handle it has is no change")
	require.Equal(t, "Since 1951.", changed.Description)

	hidden, err := d.SetStoreStatus(t.Context(), asha, store.ID, commerce.StoreDraft)
	require.NoError(t, err)
	require.False(t, hidden.Published())
	_, err = d.ChangeStore(t.Context(), asha, store.ID, commerce.StoreChange{Handle: new(other.Handle)})
	refused(t, err, "input.handle TAKEN")
	_, err = d.ChangeStore(t.Context(), asha, 99, commerce.StoreChange{})
	require.ErrorIs(t, err, commerce.ErrStoreNotFound)
	require.Equal(t, [][]string{{"storeCreate"}, {"storeUpdate"}, {"storePublish"}, {"storeUpdate"}, {"storeUpdate"}, {"storeUpdate"}, {"storeUpdate"}, {"storeUnpublish"}},
		queryRows(t, d, `SELECT action FROM audit_log ORDER BY id`), "what was refused is not in the log")
}
