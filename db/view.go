package db

import (
	"context"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
)

// View reads the catalogue as somebody may see it: of the view's own stores everything, drafts too; of all others what
// buyers can see.
type View struct {
	db    *DB
	lists *catalogueLists
	// stores are the view's own; own is the same as an array of Postgres.
	stores []commerce.StoreID
	own    string
	fresh  bool
}

// noStores is an empty array of Postgres.
const noStores = "{}"

// ViewOf is the view of somebody who may see everything of the given stores. With fresh it reads from the primary alone, as
// whoever has just written there must. It is a pointer, as each response makes a dozen readers of it; buyers share one.
func (d *DB) ViewOf(stores []commerce.StoreID, fresh bool) *View {
	if len(stores) == 0 && !fresh {
		return &d.View
	}
	v := d.View
	v.stores, v.fresh = stores, fresh
	if len(stores) > 0 {
		v.own = bigints(stores, func(id commerce.StoreID) int64 { return int64(id) })
	}
	return &v
}

// owns reports whether the view shows everything of the store.
func (v View) owns(store commerce.StoreID) bool { return slices.Contains(v.stores, store) }

// each runs a read and hands every row to scan.
func (v View) each(ctx context.Context, scan scanner, text string, args ...any) error {
	if v.fresh {
		return v.db.eachFresh(ctx, scan, text, args...)
	}
	return v.db.each(ctx, scan, text, args...)
}
