package db

import (
	"context"
	"encoding/json"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const menuColumns = `m.store_id, m.id, m.handle, m.title, m.items::text`

// scanMenu reads menuColumns.
func scanMenu(r *row) *commerce.Menu {
	m := &commerce.Menu{StoreID: commerce.StoreID(r.int()), ID: commerce.MenuID(r.int()), Handle: r.text(), Title: r.text()}
	if err := json.Unmarshal([]byte(r.text()), &m.Items); err != nil {
		r.fail(err)
	}
	m.Number()
	return m
}

// visibleMenu is what a view shows of menus m in stores s. A menu has no state of its own.
const visibleMenu = `(s.status = 'PUBLISHED' OR s.id = ANY($3::bigint[]))`

const menusByIDSQL = `
SELECT ` + menuColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN menus m ON m.store_id = k.store_id AND m.id = k.id
JOIN stores s ON s.id = m.store_id
WHERE ` + visibleMenu

// MenusByID reads menus.
func (v View) MenusByID(ctx context.Context, refs []commerce.MenuRef) (map[commerce.MenuRef]*commerce.Menu, error) {
	found := make(map[commerce.MenuRef]*commerce.Menu, len(refs))
	err := v.each(ctx, func(r *row) {
		m := scanMenu(r)
		found[commerce.MenuRef{Store: m.StoreID, ID: m.ID}] = m
	}, menusByIDSQL,
		bigints(refs, func(r commerce.MenuRef) int64 { return int64(r.Store) }),
		bigints(refs, func(r commerce.MenuRef) int64 { return int64(r.ID) }), v.own)
	return found, err
}

const menusByHandleSQL = `
SELECT ` + menuColumns + `
FROM unnest($1::bigint[], $2::text[]) AS k (store_id, handle)
JOIN menus m ON m.store_id = k.store_id AND m.handle = k.handle
JOIN stores s ON s.id = m.store_id
WHERE ` + visibleMenu

// MenusByHandle reads menus.
func (v View) MenusByHandle(ctx context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Menu, error) {
	found := make(map[commerce.HandleRef]*commerce.Menu, len(refs))
	err := v.each(ctx, func(r *row) {
		m := scanMenu(r)
		found[commerce.HandleRef{Store: m.StoreID, Handle: m.Handle}] = m
	}, menusByHandleSQL, handleStores(refs), texts(refs, func(r commerce.HandleRef) string { return r.Handle }), v.own)
	return found, err
}

const menuHandlesSQL = `SELECT m.handle FROM menus m WHERE m.store_id = $1`

// knownTargetsSQL finds what the items of a menu lead to, as type and id.
const knownTargetsSQL = `
SELECT 'PRODUCT', p.id FROM products p WHERE p.store_id = $1 AND p.id = ANY($2::bigint[])
UNION ALL SELECT 'COLLECTION', c.id FROM collections c WHERE c.store_id = $1 AND c.id = ANY($3::bigint[])
UNION ALL SELECT 'PAGE', t.id FROM pages t WHERE t.store_id = $1 AND t.id = ANY($4::bigint[])`

const setMenuSQL = `
INSERT INTO menus AS m (store_id, handle, title, items) VALUES ($1, $2, $3, $4)
ON CONFLICT (store_id, handle) DO UPDATE SET title = excluded.title, items = excluded.items
RETURNING ` + menuColumns

// SetMenu makes a menu, or replaces the one that has the handle.
func (d *DB) SetMenu(ctx context.Context, by commerce.Author, store commerce.StoreID, in commerce.MenuInput) (*commerce.Menu, error) {
	menu, paths, refused := in.Menu(store)
	if len(refused) > 0 {
		return nil, refused
	}
	err := mutate(ctx, d, store, &menu, func(tx *sqlx.Tx) error {
		if err := lockStore(ctx, tx, store); err != nil {
			return err
		}
		if err := checkMenuCount(ctx, tx, store, menu.Handle); err != nil {
			return err
		}
		if err := checkTargets(ctx, tx, menu, paths); err != nil {
			return err
		}
		items, err := json.Marshal(menu.Items)
		if err != nil {
			return err
		}
		if err := scanIn(ctx, tx, func(r *row) { menu = scanMenu(r) }, setMenuSQL, int64(store), menu.Handle, menu.Title, string(items)); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{store: store, by: by, action: "menuSet", subject: menu.NodeID().String(), detail: map[string]any{
			"handle": menu.Handle, "items": menu.ItemsCount(),
		}})
	})
	if err != nil {
		return nil, err
	}
	return menu, nil
}

func checkMenuCount(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, handle string) error {
	taken := make(map[string]bool)
	if err := handlesIn(ctx, tx, taken, menuHandlesSQL, store); err != nil {
		return err
	}
	if !taken[handle] && len(taken) >= commerce.MaxMenus {
		return commerce.Refuse(commerce.RefusalTooMany, nil, "The store has %d menus, as many as one may have.", len(taken))
	}
	return nil
}

// checkTargets refuses items that lead to what the store does not have.
func checkTargets(ctx context.Context, tx *sqlx.Tx, menu *commerce.Menu, paths map[*commerce.MenuItem][]any) error {
	var t commerce.Targets
	t.Add(menu)
	known := make(map[commerce.GlobalID]bool)
	kinds := map[string]commerce.Kind{"PRODUCT": commerce.KindProduct, "COLLECTION": commerce.KindCollection, "PAGE": commerce.KindPage}
	err := scanIn(ctx, tx, func(r *row) {
		kind := kinds[r.text()]
		known[commerce.GlobalID{Kind: kind, Store: menu.StoreID, ID: r.int()}] = true
	}, knownTargetsSQL, int64(menu.StoreID), productIDs(t.Products),
		bigints(t.Collections, func(r commerce.CollectionRef) int64 { return int64(r.ID) }),
		bigints(t.Pages, func(r commerce.PageRef) int64 { return int64(r.ID) }))
	if err != nil {
		return err
	}
	return menu.Missing(known, paths).Err()
}

const deleteMenuSQL = `DELETE FROM menus WHERE store_id = $1 AND id = $2 RETURNING handle`

// DeleteMenu deletes a menu.
func (d *DB) DeleteMenu(ctx context.Context, by commerce.Author, ref commerce.MenuRef) error {
	subject := commerce.GlobalID{Kind: commerce.KindMenu, Store: ref.Store, ID: int64(ref.ID)}
	return d.deleteNamed(ctx, auditEntry{store: ref.Store, by: by, action: "menuDelete", subject: subject.String()}, deleteMenuSQL, int64(ref.ID), "menu")
}
