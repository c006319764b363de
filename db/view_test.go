package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// hidden is a store with a draft product in a collection that is shown to nobody.
type hidden struct {
	store      *commerce.Store
	product    commerce.ProductRef
	variant    commerce.VariantRef
	media      commerce.MediaRef
	option     commerce.OptionRef
	collection commerce.CollectionRef
}

func newHidden(t *testing.T, d *dbtest.Database, handle string) hidden {
	t.Helper()
	h := hidden{store: openStore(t, d.DB, handle)}
	draft := product("draft")
	draft.Status, draft.Published = commerce.ProductDraft, false
	upsert(t, d.DB, h.store, draft)
	queryRows(t, d, `UPDATE collections SET published_at = NULL WHERE store_id = $1 RETURNING id`, int64(h.store.ID))
	queryRows(t, d, `UPDATE stores SET status = 'DRAFT' WHERE id = $1 RETURNING id`, int64(h.store.ID))
	id := func(table string) (id int64) {
		require.NoError(t, d.SQL.QueryRowContext(t.Context(), `SELECT min(id) FROM `+table+` WHERE store_id = $1`, int64(h.store.ID)).Scan(&id))
		return id
	}
	h.product = commerce.ProductRef{Store: h.store.ID, ID: commerce.ProductID(id("products"))}
	h.variant = commerce.VariantRef{Store: h.store.ID, ID: commerce.VariantID(id("product_variants"))}
	h.media = commerce.MediaRef{Store: h.store.ID, ID: commerce.MediaID(id("product_media"))}
	h.option = commerce.OptionRef{Store: h.store.ID, ID: commerce.OptionID(id("product_options"))}
	h.collection = commerce.CollectionRef{Store: h.store.ID, ID: commerce.CollectionID(id("collections"))}
	return h
}

// found tells which reads find what is hidden in the store.
func (h hidden) found(t *testing.T, v *db.View) map[string]bool {
	t.Helper()
	ctx, first := t.Context(), commerce.FirstPage(10, commerce.Ordering{Key: commerce.ProductSortID})
	found := map[string]bool{}
	note := func(name string, n int, err error) {
		require.NoError(t, err, name)
		found[name] = n > 0
	}
	stores, err := v.StoresByID(ctx, []commerce.StoreID{h.store.ID})
	note("StoresByID", len(stores), err)
	byHandle, err := v.StoresByHandle(ctx, []string{h.store.Handle})
	note("StoresByHandle", len(byHandle), err)
	products, err := v.ProductsByID(ctx, []commerce.ProductRef{h.product})
	note("ProductsByID", len(products), err)
	named, err := v.ProductsByHandle(ctx, []commerce.HandleRef{{Store: h.store.ID, Handle: "draft"}})
	note("ProductsByHandle", len(named), err)
	listKey := commerce.ProductListKey{Store: h.store.ID, Page: first}
	lists, err := v.ProductLists(ctx, []commerce.ProductListKey{listKey})
	note("ProductLists", len(lists[listKey].Items), err)
	variants, err := v.VariantsByID(ctx, []commerce.VariantRef{h.variant})
	note("VariantsByID", len(variants), err)
	media, err := v.MediaByID(ctx, []commerce.MediaRef{h.media})
	note("MediaByID", len(media), err)
	options, err := v.OptionsByID(ctx, []commerce.OptionRef{h.option})
	note("OptionsByID", len(options), err)
	h.collections(t, v, first, note)
	return found
}

func (h hidden) collections(t *testing.T, v *db.View, first commerce.Page, note func(string, int, error)) {
	t.Helper()
	ctx := t.Context()
	collections, err := v.CollectionsByID(ctx, []commerce.CollectionRef{h.collection})
	note("CollectionsByID", len(collections), err)
	named, err := v.CollectionsByHandle(ctx, []commerce.HandleRef{{Store: h.store.ID, Handle: "summer"}})
	note("CollectionsByHandle", len(named), err)
	listKey := commerce.CollectionListKey{Store: h.store.ID, Page: first}
	lists, err := v.CollectionLists(ctx, []commerce.CollectionListKey{listKey})
	note("CollectionLists", len(lists[listKey].Items), err)
	productsKey := commerce.CollectionPageKey{Collection: h.collection, Page: first}
	products, err := v.CollectionProducts(ctx, []commerce.CollectionPageKey{productsKey})
	note("CollectionProducts", len(products[productsKey].Items), err)
	ofKey := commerce.ProductPageKey{Product: h.product, Page: first}
	of, err := v.ProductCollections(ctx, []commerce.ProductPageKey{ofKey})
	note("ProductCollections", len(of[ofKey].Items), err)
}

// A view shows what is hidden in its own stores, and nothing hidden in others, by every read there is.
func TestViewShowsOwnStoresWhole(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	mine, other := newHidden(t, d, "mine"), newHidden(t, d, "other")
	own := d.ViewOf([]commerce.StoreID{mine.store.ID}, false)
	for name, found := range mine.found(t, own) {
		require.True(t, found, name)
	}
	for name, found := range other.found(t, own) {
		require.False(t, found, name)
	}
	for name, found := range mine.found(t, &d.View) {
		require.False(t, found, name+" for buyers")
	}
}
