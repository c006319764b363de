package db_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// owners are one thing of each kind that has metafields, of a store with three products.
func owners(t *testing.T, d *dbtest.Database, store *commerce.Store) map[commerce.Kind]commerce.MetafieldOwner {
	t.Helper()
	upsert(t, d.DB, store, plain(3)...)
	c := setCollection(t, d, store, commerce.CollectionEdit{Title: "c"})
	var variant int64
	require.NoError(t, d.SQL.QueryRowContext(t.Context(), `SELECT min(id) FROM product_variants WHERE store_id = $1`, int64(store.ID)).Scan(&variant))
	return map[commerce.Kind]commerce.MetafieldOwner{
		commerce.KindStore:          store.MetafieldOwner(),
		commerce.KindProduct:        {Store: store.ID, Kind: commerce.KindProduct, ID: int64(productID(t, d, store, "p-0"))},
		commerce.KindProductVariant: {Store: store.ID, Kind: commerce.KindProductVariant, ID: variant},
		commerce.KindCollection:     c.MetafieldOwner(),
	}
}

func metafieldSetting(owner commerce.MetafieldOwner, key string, of commerce.MetafieldType, value string) commerce.MetafieldSetting {
	return commerce.MetafieldSetting{Owner: owner.NodeID().String(), Namespace: "custom", Key: key, Type: of, Value: value}
}

func TestSetMetafields(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	own, asha := owners(t, d, store), merchant(t, d)
	var settings []commerce.MetafieldSetting
	var keys []commerce.MetafieldKey
	for _, kind := range []commerce.Kind{commerce.KindStore, commerce.KindProduct, commerce.KindProductVariant, commerce.KindCollection} {
		settings = append(settings, metafieldSetting(own[kind], "spice", "number_integer", "007"))
		keys = append(keys, commerce.MetafieldKey{Owner: own[kind], Namespace: "custom", Key: "spice"})
	}
	settings[1].Description, settings[1].Visible = new("how hot"), new(false)
	set, err := d.SetMetafields(t.Context(), asha, store.ID, settings)
	require.NoError(t, err)
	merchants := d.ViewOf([]commerce.StoreID{store.ID}, true)
	for i, m := range set {
		require.Equal(t, keys[i].Owner, m.Owner)
		require.Equal(t, "7", m.Value)
		found, err := merchants.MetafieldsByID(t.Context(), []commerce.MetafieldRef{m.Ref(), {Store: store.ID, ID: 999}})
		require.NoError(t, err)
		require.Equal(t, map[commerce.MetafieldRef]*commerce.Metafield{m.Ref(): m}, found)
	}
	buyers, err := d.Metafields(t.Context(), keys)
	require.NoError(t, err)
	require.Equal(t, []*commerce.Metafield{set[0], nil, set[2], set[3]}, []*commerce.Metafield{buyers[keys[0]], buyers[keys[1]], buyers[keys[2]], buyers[keys[3]]})
	all, err := merchants.Metafields(t.Context(), keys)
	require.NoError(t, err)
	require.Len(t, all, 4)
	require.Equal(t, new("how hot"), all[keys[1]].Description)

	again, err := d.SetMetafields(t.Context(), asha, store.ID, []commerce.MetafieldSetting{
		metafieldSetting(own[commerce.KindProduct], "spice", "boolean", "true"), metafieldSetting(own[commerce.KindProduct], "new", "json", "{ }"),
	})
	require.NoError(t, err)
	require.Equal(t, set[1].ID, again[0].ID, "what is replaced stays itself")
	require.Equal(t, []any{commerce.MetafieldType("boolean"), "true", false, new("how hot")}, []any{again[0].Type, again[0].Value, again[0].Visible, again[0].Description})
	require.Equal(t, [][]string{
		{"metafieldsSet", "", `{"metafields": ["custom.spice", "custom.spice", "custom.spice", "custom.spice"]}`},
		{"metafieldsSet", own[commerce.KindProduct].NodeID().String(), `{"metafields": ["custom.spice", "custom.new"]}`},
	},
		queryRows(t, d, `SELECT action, subject, detail FROM audit_log WHERE merchant_id = $1 ORDER BY id`, int64(asha.Merchant)))

	gone, err := d.DeleteMetafields(t.Context(), asha, store.ID, []commerce.MetafieldName{
		{Owner: settings[1].Owner, Namespace: "custom", Key: "none"}, {Owner: settings[1].Owner, Namespace: "custom", Key: "new"},
	})
	require.NoError(t, err)
	require.Equal(t, []bool{false, true}, gone)
	require.Equal(t, [][]string{{"4"}}, queryRows(t, d, `SELECT count(*) FROM metafields`))
}

// An owner takes its metafields along, whoever deletes it.
func TestMetafieldsGoWithTheirOwners(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	for kind, owner := range owners(t, d, store) {
		_, err := d.SetMetafields(t.Context(), commerce.Author{}, store.ID, []commerce.MetafieldSetting{metafieldSetting(owner, string(kind), "boolean", "true")})
		require.NoError(t, err)
	}
	left := func() string {
		keys := []string{}
		for _, r := range queryRows(t, d, `SELECT key FROM metafields ORDER BY key`) {
			keys = append(keys, r[0])
		}
		return strings.Join(keys, " ")
	}
	run(t, d, `DELETE FROM product_variants`)
	require.Equal(t, "Collection Product Store", left())
	run(t, d, `DELETE FROM collections`)
	require.Equal(t, "Product Store", left())
	run(t, d, `DELETE FROM products`)
	require.Equal(t, "Store", left())
}

// Buyers find a metafield by its id when they can see what it belongs to.
func TestMetafieldsOfHiddenOwners(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	refs := map[commerce.Kind]commerce.MetafieldRef{}
	for kind, owner := range owners(t, d, store) {
		set, err := d.SetMetafields(t.Context(), commerce.Author{}, store.ID, []commerce.MetafieldSetting{metafieldSetting(owner, "a", "boolean", "true")})
		require.NoError(t, err)
		refs[kind] = set[0].Ref()
	}
	seen := func() string {
		kinds := []string{}
		for kind, ref := range refs {
			found, err := d.MetafieldsByID(t.Context(), []commerce.MetafieldRef{ref})
			require.NoError(t, err)
			if found[ref] != nil {
				kinds = append(kinds, string(kind))
			}
		}
		slices.Sort(kinds)
		return strings.Join(kinds, " ")
	}
	require.Equal(t, "Collection Product ProductVariant Store", seen())
	run(t, d, `UPDATE products SET status = 'DRAFT'`)
	require.Equal(t, "Collection Store", seen())
	run(t, d, `UPDATE collections SET published_at = NULL`)
	require.Equal(t, "Store", seen())
	run(t, d, `UPDATE stores SET status = 'DRAFT'`)
	require.Empty(t, seen())
}

func TestSetMetafieldsRefuses(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "corner"), openStore(t, d.DB, "other")
	own, foreign := owners(t, d, store)[commerce.KindProduct], owners(t, d, other)[commerce.KindProduct]
	stored, err := d.SetMetafields(t.Context(), commerce.Author{}, store.ID, []commerce.MetafieldSetting{metafieldSetting(own, "there", "boolean", "true")})
	require.NoError(t, err)
	const rowsSQL = `SELECT 'm' || m::text FROM metafields m UNION ALL SELECT 'a' || a::text FROM audit_log a ORDER BY 1`
	before := queryRows(t, d, rowsSQL)
	good := metafieldSetting(own, "good", "boolean", "true")
	with := func(change func(*commerce.MetafieldSetting)) commerce.MetafieldSetting {
		s := good
		change(&s)
		return s
	}
	for _, c := range []struct {
		in   commerce.MetafieldSetting
		want string
	}{
		{with(func(s *commerce.MetafieldSetting) { s.Owner = foreign.NodeID().String() }), "ownerId NOT_FOUND"},
		{with(func(s *commerce.MetafieldSetting) { s.Owner = "x" }), "ownerId NOT_FOUND"},
		{with(func(s *commerce.MetafieldSetting) { s.Owner = fmt.Sprintf("gid://kirana/Product/%d/99999", store.ID) }), "ownerId NOT_FOUND"},
		{with(func(s *commerce.MetafieldSetting) { s.Owner = fmt.Sprintf("gid://kirana/Metafield/%d/1", store.ID) }), "ownerId NOT_FOUND"},
		{with(func(s *commerce.MetafieldSetting) { s.Owner = other.NodeID().String() }), "ownerId NOT_FOUND"},
		{with(func(s *commerce.MetafieldSetting) { s.Namespace = "" }), "namespace INVALID"},
		{with(func(s *commerce.MetafieldSetting) { s.Namespace = "a.b" }), "namespace INVALID"},
		{with(func(s *commerce.MetafieldSetting) { s.Key = "a\x00" }), "key INVALID"},
		{with(func(s *commerce.MetafieldSetting) { s.Key = strings.Repeat("x", 65) }), "key INVALID"},
		{with(func(s *commerce.MetafieldSetting) { s.Type = "list.json" }), "type INVALID"},
		{with(func(s *commerce.MetafieldSetting) { s.Value = "yes" }), "value INVALID"},
		{with(func(s *commerce.MetafieldSetting) { s.Description = new(strings.Repeat("x", 2049)) }), "description TOO_LONG"},
		{with(func(s *commerce.MetafieldSetting) { s.Description = new("\x00") }), "description INVALID"},
		{with(func(s *commerce.MetafieldSetting) { s.Type, s.Value = "product_reference", foreign.NodeID().String() }), "value NOT_FOUND"},
		{with(func(s *commerce.MetafieldSetting) {
			s.Type, s.Value = "list.product_reference", fmt.Sprintf(`["%s", "gid://kirana/Product/%d/99999"]`, own.NodeID(), store.ID)
		}), "value NOT_FOUND"},
		{with(func(s *commerce.MetafieldSetting) { s.Compare, s.Digest = true, new("x") }), "compareDigest STALE_OBJECT"},
		{with(func(s *commerce.MetafieldSetting) { s.Key, s.Compare = "there", true }), "compareDigest STALE_OBJECT"},
		{with(func(s *commerce.MetafieldSetting) { s.Key, s.Compare, s.Digest = "there", true, new("x") }), "compareDigest STALE_OBJECT"},
		{metafieldSetting(own, "first", "boolean", "true"), "key DUPLICATE"},
	} {
		_, err := d.SetMetafields(t.Context(), commerce.Author{}, store.ID, []commerce.MetafieldSetting{metafieldSetting(own, "first", "boolean", "false"), c.in})
		refused(t, err, "input.metafields.1."+c.want)
	}
	_, err = d.SetMetafields(t.Context(), commerce.Author{}, store.ID, nil)
	refused(t, err, "input.metafields BLANK")
	_, err = d.SetMetafields(t.Context(), commerce.Author{}, store.ID, make([]commerce.MetafieldSetting, 26))
	refused(t, err, "input.metafields TOO_MANY")
	_, err = d.DeleteMetafields(t.Context(), commerce.Author{}, store.ID, []commerce.MetafieldName{{Owner: good.Owner, Namespace: "custom", Key: "there"}, {Owner: foreign.NodeID().String()}})
	refused(t, err, "input.metafields.1.ownerId NOT_FOUND")
	_, err = d.DeleteMetafields(t.Context(), commerce.Author{}, store.ID, nil)
	refused(t, err, "input.metafields BLANK")
	require.Equal(t, before, queryRows(t, d, rowsSQL))
	requireMetafieldsAreBounded(t, d, store, own)

	for _, s := range []commerce.MetafieldSetting{
		with(func(s *commerce.MetafieldSetting) { s.Compare = true }),
		with(func(s *commerce.MetafieldSetting) {
			s.Key, s.Compare, s.Digest = "there", true, new(stored[0].CompareDigest())
		}),
	} {
		_, err := d.SetMetafields(t.Context(), commerce.Author{}, store.ID, []commerce.MetafieldSetting{s})
		require.NoError(t, err, "it is as it was seen")
	}
}

// requireMetafieldsAreBounded fills an owner with as many metafields as it may have: one more is refused, those that are there can be changed.
func requireMetafieldsAreBounded(t *testing.T, d *dbtest.Database, store *commerce.Store, own commerce.MetafieldOwner) {
	t.Helper()
	run(t, d, `INSERT INTO metafields (store_id, owner_kind, owner_id, namespace, key, type, value)
		SELECT $1, 'Product', $2, 'many', 'k' || i, 'boolean', 'true' FROM generate_series(2, $3) i`, int64(store.ID), own.ID, commerce.MaxMetafields)
	set := func(keys ...string) error {
		var settings []commerce.MetafieldSetting
		for _, key := range keys {
			settings = append(settings, metafieldSetting(own, key, "boolean", "true"))
		}
		_, err := d.SetMetafields(t.Context(), commerce.Author{}, store.ID, settings)
		return err
	}
	refused(t, set("there", "more"), "input.metafields.1.ownerId TOO_MANY")
	require.Equal(t, strconv.Itoa(commerce.MaxMetafields), queryRows(t, d, `SELECT count(*) FROM metafields WHERE owner_id = $1`, own.ID)[0][0])
	require.NoError(t, set("there"))
	run(t, d, `DELETE FROM metafields WHERE namespace = 'many'`)
	require.NoError(t, set("more"))
	run(t, d, `DELETE FROM metafields WHERE key = 'more'`)
}

// How many statements it takes does not depend on how many metafields there are.
func TestMetafieldStatements(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	owner := owners(t, d, store)[commerce.KindProduct]
	var counts []int
	for _, n := range []int{1, 25} {
		statements := 0
		counted, err := db.Open(d.URL, nil, db.Options{OnStatement: func(string) { statements++ }})
		require.NoError(t, err)
		settings := make([]commerce.MetafieldSetting, n)
		for i := range settings {
			settings[i] = metafieldSetting(owner, fmt.Sprintf("of-%d-%d", n, i), "list.product_reference", fmt.Sprintf(`["%s"]`, owner.NodeID()))
		}
		for range 2 {
			_, err = counted.SetMetafields(t.Context(), commerce.Author{}, store.ID, settings)
			require.NoError(t, err)
		}
		require.NoError(t, counted.Close())
		counts = append(counts, statements)
	}
	require.Equal(t, counts[0], counts[1])
	require.Positive(t, counts[0])
}
