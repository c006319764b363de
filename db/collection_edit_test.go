package db_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// setCollection makes or replaces a collection as nobody in particular.
func setCollection(tb testing.TB, d *dbtest.Database, store *commerce.Store, e commerce.CollectionEdit) *commerce.Collection {
	tb.Helper()
	ref, err := d.SetCollection(tb.Context(), commerce.Author{}, store, e)
	require.NoError(tb, err)
	return readCollection(tb, d, ref)
}

// readCollection reads a collection as its merchant sees it.
func readCollection(tb testing.TB, d *dbtest.Database, ref commerce.CollectionRef) *commerce.Collection {
	tb.Helper()
	found, err := d.ViewOf([]commerce.StoreID{ref.Store}, true).CollectionsByID(tb.Context(), []commerce.CollectionRef{ref})
	require.NoError(tb, err)
	return found[ref]
}

// memberHandles are the handles of a collection's products in the order by hand; those by rule end in a star.
func memberHandles(tb testing.TB, d *dbtest.Database, ref commerce.CollectionRef) []string {
	tb.Helper()
	handles := []string{}
	for _, r := range queryRows(tb, d, `SELECT p.handle || CASE WHEN cp.by_rule THEN '*' ELSE '' END
		FROM collection_products cp JOIN products p ON p.store_id = cp.store_id AND p.id = cp.product_id
		WHERE cp.store_id = $1 AND cp.collection_id = $2 ORDER BY cp.position, cp.product_id`, int64(ref.Store), int64(ref.ID)) {
		handles = append(handles, r[0])
	}
	return handles
}

// productID finds a product by its handle.
func productID(tb testing.TB, d *dbtest.Database, store *commerce.Store, handle string) commerce.ProductID {
	tb.Helper()
	var id commerce.ProductID
	require.NoError(tb, d.SQL.QueryRowContext(tb.Context(), `SELECT id FROM products WHERE store_id = $1 AND handle = $2`, int64(store.ID), handle).Scan(&id))
	return id
}

func productIDs(tb testing.TB, d *dbtest.Database, store *commerce.Store, handles ...string) []commerce.ProductID {
	tb.Helper()
	ids := make([]commerce.ProductID, len(handles))
	for i, h := range handles {
		ids[i] = productID(tb, d, store, h)
	}
	return ids
}

// plain are products without collections.
func plain(n int) []commerce.ProductInput {
	in := products(n)
	for i := range in {
		in[i].Collections = nil
	}
	return in
}

func TestSetCollection(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	asha := merchant(t, d)
	e := commerce.CollectionEdit{
		Title: "गर्मी Sale!", DescriptionHTML: "<p>Hot</p>", ImageURL: "https://cdn.example.com/a.jpg", ImageAlt: "sun", SEOTitle: "Summer", SEODescription: "All of it",
		SortOrder: commerce.CollectionPriceDesc,
	}
	ref, err := d.SetCollection(t.Context(), asha, store, e)
	require.NoError(t, err)
	c := readCollection(t, d, ref)
	require.NotNil(t, c.PublishedAt, "a new collection is published")
	require.Equal(t, &commerce.Collection{
		StoreID: store.ID, ID: ref.ID, Handle: "गर्मी-sale", Title: e.Title, DescriptionHTML: e.DescriptionHTML, ImageURL: e.ImageURL, ImageAlt: &e.ImageAlt,
		SEOTitle: e.SEOTitle, SEODescription: e.SEODescription, SortOrder: commerce.CollectionPriceDesc, PublishedAt: c.PublishedAt, UpdatedAt: c.UpdatedAt,
	}, c)
	require.Equal(t, "गर्मी-sale-2", setCollection(t, d, store, e).Handle, "a made handle gets a number")
	require.Equal(t, "गर्मी-sale-3", setCollection(t, d, store, e).Handle)
	require.Regexp(t, `^collection-[0-9a-z]+$`, setCollection(t, d, store, commerce.CollectionEdit{Title: "🛒🛒"}).Handle)

	again := setCollection(t, d, store, commerce.CollectionEdit{Handle: &c.Handle, Title: "Sale", Published: new(false)})
	require.Equal(t, &commerce.Collection{
		StoreID: store.ID, ID: ref.ID, Handle: c.Handle, Title: "Sale", SortOrder: commerce.CollectionManual, UpdatedAt: again.UpdatedAt,
	}, again, "what is not given is empty")
	byID := setCollection(t, d, store, commerce.CollectionEdit{ID: &ref.ID, Title: "Sale"})
	require.Nil(t, byID.PublishedAt, "what is published stays as it is")
	require.Equal(t, c.Handle, byID.Handle, "a handle stays")

	require.Equal(t, [][]string{{"collectionSet", c.NodeID().String(), fmt.Sprint(asha.Merchant), `{"handle": "गर्मी-sale", "created": true}`}},
		queryRows(t, d, `SELECT action, subject, merchant_id, detail FROM audit_log WHERE store_id = $1 ORDER BY id LIMIT 1`, int64(store.ID)))
	require.NoError(t, d.DeleteCollection(t.Context(), asha, store.ID, ref.ID))
	require.Nil(t, readCollection(t, d, ref))
	require.Equal(t, [][]string{{"6"}}, queryRows(t, d, `SELECT count(*) FROM audit_log WHERE action LIKE 'collection%' AND action <> 'collectionDelete'`))
}

// A handle that a collection had leads to it, until another has it.
func TestCollectionRedirects(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	first := setCollection(t, d, store, commerce.CollectionEdit{Handle: new("a"), Title: "First"})
	find := func(handle string) *commerce.Collection {
		ref := commerce.HandleRef{Store: store.ID, Handle: handle}
		found, err := d.CollectionsByHandle(t.Context(), []commerce.HandleRef{ref, {Store: store.ID, Handle: "none"}})
		require.NoError(t, err)
		return found[ref]
	}
	setCollection(t, d, store, commerce.CollectionEdit{ID: &first.ID, Handle: new("b"), Title: "First"})
	setCollection(t, d, store, commerce.CollectionEdit{ID: &first.ID, Handle: new("c"), Title: "First"})
	for _, handle := range []string{"a", "b", "c"} {
		require.Equal(t, "c", find(handle).Handle, handle)
	}
	second := setCollection(t, d, store, commerce.CollectionEdit{Handle: new("a"), Title: "Second"})
	require.Equal(t, second.ID, find("a").ID)
	setCollection(t, d, store, commerce.CollectionEdit{ID: &first.ID, Handle: new("b"), Title: "First"})
	require.Equal(t, "b", find("c").Handle)
	require.Equal(t, [][]string{{"c"}}, queryRows(t, d, `SELECT handle FROM collection_redirects`), "none leads from a handle that is in use")
	run(t, d, `UPDATE stores SET status = 'DRAFT'`)
	require.Nil(t, find("c"), "a hidden one is found by no handle")
	require.NoError(t, d.DeleteCollection(t.Context(), commerce.Author{}, store.ID, first.ID))
	require.Empty(t, queryRows(t, d, `SELECT handle FROM collection_redirects`))
}

func TestCollectionMembers(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	upsert(t, d.DB, store, plain(5)...)
	c := setCollection(t, d, store, commerce.CollectionEdit{Title: "Picks"})
	by, ctx := merchant(t, d), t.Context()
	require.NoError(t, d.AddCollectionProducts(ctx, by, c.Ref(), productIDs(t, d, store, "p-3", "p-1")))
	require.NoError(t, d.AddCollectionProducts(ctx, by, c.Ref(), productIDs(t, d, store, "p-0", "p-3", "p-2", "p-2")))
	require.Equal(t, []string{"p-3", "p-1", "p-0", "p-2"}, memberHandles(t, d, c.Ref()), "those that are in stay where they are")
	require.NoError(t, d.MoveCollectionProducts(ctx, by, c.Ref(), []commerce.CollectionMove{
		{Product: productID(t, d, store, "p-2"), To: 0}, {Product: productID(t, d, store, "p-1"), To: 99},
	}))
	require.Equal(t, []string{"p-2", "p-3", "p-0", "p-1"}, memberHandles(t, d, c.Ref()))
	require.NoError(t, d.RemoveCollectionProducts(ctx, by, c.Ref(), productIDs(t, d, store, "p-3", "p-4")))
	require.Equal(t, []string{"p-2", "p-0", "p-1"}, memberHandles(t, d, c.Ref()))
	require.Equal(t, c.UpdatedAt, readCollection(t, d, c.Ref()).UpdatedAt)
	require.Equal(t, [][]string{
		{"collectionAddProducts", c.NodeID().String(), `{"products": 2}`},
		{"collectionAddProducts", c.NodeID().String(), `{"products": 4}`},
		{"collectionReorderProducts", c.NodeID().String(), `{"moves": 2}`},
		{"collectionRemoveProducts", c.NodeID().String(), `{"products": 2}`},
	},
		queryRows(t, d, `SELECT action, subject, detail FROM audit_log WHERE merchant_id = $1 ORDER BY id`, int64(by.Merchant)))
}

// collectionRowsSQL renders everything that an edit of collections can write.
const collectionRowsSQL = `
SELECT 'c' || c::text FROM collections c UNION ALL SELECT 'm' || m::text FROM collection_products m
UNION ALL SELECT 'r' || r::text FROM collection_redirects r UNION ALL SELECT 'a' || a::text FROM audit_log a ORDER BY 1`

func rule(column commerce.CollectionRuleColumn, relation commerce.CollectionRuleRelation, condition string) commerce.CollectionRule {
	return commerce.CollectionRule{Column: column, Relation: relation, Condition: condition}
}

func rules(rules ...commerce.CollectionRule) *commerce.CollectionRuleSet {
	return &commerce.CollectionRuleSet{Rules: rules}
}

func TestSetCollectionRefuses(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "corner"), openStore(t, d.DB, "other")
	setCollection(t, d, store, commerce.CollectionEdit{Handle: new("taken"), Title: "Taken"})
	own := setCollection(t, d, store, commerce.CollectionEdit{Title: "Own"})
	foreign := setCollection(t, d, other, commerce.CollectionEdit{Title: "Foreign"})
	before := queryRows(t, d, collectionRowsSQL)
	sorted := commerce.CollectionEdit{Title: "A", Rules: rules(rule("TAG", "EQUALS", "x")), SortOrder: commerce.CollectionManual}
	for _, c := range []struct {
		in   commerce.CollectionEdit
		want string
	}{
		{commerce.CollectionEdit{}, "input.title BLANK"},
		{commerce.CollectionEdit{Title: " \t"}, "input.title BLANK"},
		{commerce.CollectionEdit{Title: strings.Repeat("x", 256)}, "input.title TOO_LONG"},
		{commerce.CollectionEdit{Title: "a\x00"}, "input.title INVALID"},
		{commerce.CollectionEdit{Title: "A", Handle: new("")}, "input.handle INVALID"},
		{commerce.CollectionEdit{Title: "A", Handle: new("a/b")}, "input.handle INVALID"},
		{commerce.CollectionEdit{Title: "A", Handle: new(strings.Repeat("x", 256))}, "input.handle TOO_LONG"},
		{commerce.CollectionEdit{Title: "A", Handle: new("taken"), ID: &own.ID}, "input.handle TAKEN"},
		{commerce.CollectionEdit{Title: "A", ID: &foreign.ID}, "input.id NOT_FOUND"},
		{commerce.CollectionEdit{Title: "A", ID: new(commerce.CollectionID(0))}, "input.id NOT_FOUND"},
		{commerce.CollectionEdit{Title: "A", DescriptionHTML: strings.Repeat("x", 512<<10+1)}, "input.descriptionHtml TOO_LONG"},
		{commerce.CollectionEdit{Title: "A", DescriptionHTML: "\xff"}, "input.descriptionHtml INVALID"},
		{commerce.CollectionEdit{Title: "A", ImageURL: "http://10.0.0.1/a.jpg"}, "input.image.url INVALID"},
		{commerce.CollectionEdit{Title: "A", ImageURL: "javascript:alert(1)"}, "input.image.url INVALID"},
		{commerce.CollectionEdit{Title: "A", ImageURL: "https://x.example/" + strings.Repeat("x", 2048)}, "input.image.url TOO_LONG"},
		{commerce.CollectionEdit{Title: "A", ImageAlt: strings.Repeat("x", 2049)}, "input.image.alt TOO_LONG"},
		{commerce.CollectionEdit{Title: "A", SEOTitle: strings.Repeat("x", 2049)}, "input.seo.title TOO_LONG"},
		{commerce.CollectionEdit{Title: "A", SEODescription: "\x00"}, "input.seo.description INVALID"},
		{sorted, "input.sortOrder INVALID"},
		{commerce.CollectionEdit{Title: "A", Rules: rules()}, "input.ruleSet.rules BLANK"},
		{commerce.CollectionEdit{Title: "A", Rules: rules(slices.Repeat([]commerce.CollectionRule{rule("TAG", "EQUALS", "x")}, 61)...)}, "input.ruleSet.rules TOO_MANY"},
		{commerce.CollectionEdit{Title: "A", Rules: rules(rule("TAG", "CONTAINS", "x"))}, "input.ruleSet.rules.0.relation INVALID"},
		{commerce.CollectionEdit{Title: "A", Rules: rules(rule("TITLE", "LESS_THAN", "x"))}, "input.ruleSet.rules.0.relation INVALID"},
		{commerce.CollectionEdit{Title: "A", Rules: rules(rule("TAG", "EQUALS", "x"), rule("VENDOR", "EQUALS", " "))}, "input.ruleSet.rules.1.condition BLANK"},
		{commerce.CollectionEdit{Title: "A", Rules: rules(rule("TAG", "EQUALS", "\x00"))}, "input.ruleSet.rules.0.condition INVALID"},
		{commerce.CollectionEdit{Title: "A", Rules: rules(rule("TAG", "EQUALS", strings.Repeat("x", 256)))}, "input.ruleSet.rules.0.condition TOO_LONG"},
		{commerce.CollectionEdit{Title: "A", Rules: rules(rule("VARIANT_PRICE", "LESS_THAN", "5.001"))}, "input.ruleSet.rules.0.condition INVALID"},
		{commerce.CollectionEdit{Title: "A", Rules: rules(rule("VARIANT_PRICE", "LESS_THAN", "-5"))}, "input.ruleSet.rules.0.condition INVALID"},
		{commerce.CollectionEdit{Title: "A", Rules: rules(rule("VARIANT_INVENTORY", "LESS_THAN", "5.0"))}, "input.ruleSet.rules.0.condition INVALID"},
		{commerce.CollectionEdit{Title: "A", Rules: rules(rule("VARIANT_INVENTORY", "LESS_THAN", "9999999999"))}, "input.ruleSet.rules.0.condition INVALID"},
		{commerce.CollectionEdit{Title: "A", Rules: rules(rule("VARIANT_COMPARE_AT_PRICE", "IS_SET", "1"))}, "input.ruleSet.rules.0.condition INVALID"},
	} {
		_, err := d.SetCollection(t.Context(), commerce.Author{}, store, c.in)
		refused(t, err, c.want)
	}
	refused(t, d.DeleteCollection(t.Context(), commerce.Author{}, store.ID, foreign.ID), "input.id NOT_FOUND")
	require.Equal(t, before, queryRows(t, d, collectionRowsSQL))
}

func TestCollectionMembersRefuses(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "corner"), openStore(t, d.DB, "other")
	upsert(t, d.DB, store, plain(3)...)
	upsert(t, d.DB, other, plain(1)...)
	c := setCollection(t, d, store, commerce.CollectionEdit{Title: "Own"})
	foreign := setCollection(t, d, other, commerce.CollectionEdit{Title: "Foreign"})
	automatic := setCollection(t, d, store, commerce.CollectionEdit{Title: "Tagged", Rules: rules(rule("TITLE", "ENDS_WITH", "P-1"))})
	ctx, by := t.Context(), commerce.Author{}
	own := productIDs(t, d, store, "p-0", "p-1")
	theirs := append(own, productID(t, d, other, "p-0"), 0)
	require.NoError(t, d.AddCollectionProducts(ctx, by, c.Ref(), own[:1]))
	require.Equal(t, []string{"p-1*"}, memberHandles(t, d, automatic.Ref()))
	before := queryRows(t, d, collectionRowsSQL)
	many := make([]commerce.ProductID, 251)
	borrowed := commerce.CollectionRef{Store: store.ID, ID: foreign.ID}
	for _, edit := range []func(commerce.CollectionRef, []commerce.ProductID) error{
		func(c commerce.CollectionRef, p []commerce.ProductID) error {
			return d.AddCollectionProducts(ctx, by, c, p)
		},
		func(c commerce.CollectionRef, p []commerce.ProductID) error {
			return d.RemoveCollectionProducts(ctx, by, c, p)
		},
	} {
		refused(t, edit(borrowed, own), "input.id NOT_FOUND")
		refused(t, edit(c.Ref(), theirs), "input.productIds.2 NOT_FOUND", "input.productIds.3 NOT_FOUND")
		refused(t, edit(c.Ref(), nil), "input.productIds BLANK")
		refused(t, edit(c.Ref(), many), "input.productIds TOO_MANY")
	}
	refused(t, d.RemoveCollectionProducts(ctx, by, automatic.Ref(), own), "input.productIds.1 AUTOMATIC")
	move := func(ref commerce.CollectionRef, moves ...commerce.CollectionMove) error {
		return d.MoveCollectionProducts(ctx, by, ref, moves)
	}
	refused(t, move(borrowed, commerce.CollectionMove{}), "input.id NOT_FOUND")
	refused(t, move(automatic.Ref(), commerce.CollectionMove{}), "input.id INVALID")
	refused(t, move(c.Ref()), "input.moves BLANK")
	refused(t, move(c.Ref(), make([]commerce.CollectionMove, 251)...), "input.moves TOO_MANY")
	refused(t, move(c.Ref(), commerce.CollectionMove{Product: own[0]}, commerce.CollectionMove{Product: own[1]}, commerce.CollectionMove{Product: own[0], To: -1}),
		"input.moves.1.id NOT_FOUND", "input.moves.2.newPosition INVALID")
	require.Equal(t, before, queryRows(t, d, collectionRowsSQL))
}

// How many statements an edit takes does not depend on how many products it is about.
func TestCollectionStatements(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "corner")
	upsert(t, d.DB, store, plain(40)...)
	c := setCollection(t, d, store, commerce.CollectionEdit{Title: "Own"})
	var ids []commerce.ProductID
	for i := range 40 {
		ids = append(ids, productID(t, d, store, fmt.Sprintf("p-%d", i)))
	}
	count := func(edit func(d *db.DB, n int) error, n int) int {
		statements := 0
		counted, err := db.Open(d.URL, nil, db.Options{OnStatement: func(string) { statements++ }})
		require.NoError(t, err)
		require.NoError(t, edit(counted, n))
		require.NoError(t, counted.Close())
		return statements
	}
	for name, edit := range map[string]func(d *db.DB, n int) error{
		"add": func(d *db.DB, n int) error {
			return d.AddCollectionProducts(t.Context(), commerce.Author{}, c.Ref(), ids[:n])
		},
		"move": func(d *db.DB, n int) error {
			require.NoError(t, d.AddCollectionProducts(t.Context(), commerce.Author{}, c.Ref(), ids))
			moves := make([]commerce.CollectionMove, n)
			for i := range moves {
				moves[i] = commerce.CollectionMove{Product: ids[i], To: 30}
			}
			return d.MoveCollectionProducts(t.Context(), commerce.Author{}, c.Ref(), moves)
		},
		"remove": func(d *db.DB, n int) error {
			return d.RemoveCollectionProducts(t.Context(), commerce.Author{}, c.Ref(), ids[:n])
		},
	} {
		require.Equal(t, count(edit, 1), count(edit, 40), name)
		require.Positive(t, count(edit, 1))
	}
}
