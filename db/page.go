package db

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const pageColumns = `t.store_id, t.id, t.handle, t.title, t.body_html, t.seo_title, t.seo_description, t.published_at, t.created_at, t.updated_at`

// shownPage is pageColumns as scanPage reads them.
const shownPage = `t.store_id, t.id, t.handle, t.title, t.body_html, t.seo_title, t.seo_description,
    (date_part('epoch', t.published_at) * 1000000)::bigint, (date_part('epoch', t.created_at) * 1000000)::bigint,
    (date_part('epoch', t.updated_at) * 1000000)::bigint`

// visiblePage is what a view shows of pages t in stores s.
const visiblePage = `(t.published_at <= now() AND s.status = 'PUBLISHED' OR s.id = ANY($3::bigint[]))`

func scanPage(r *row) *commerce.TextPage {
	p := &commerce.TextPage{
		StoreID: commerce.StoreID(r.int()), ID: commerce.PageID(r.int()), Handle: r.text(), Title: r.text(), BodyHTML: r.text(),
		SEOTitle: r.text(), SEODescription: r.text(),
	}
	p.PublishedAt = r.optionalMoment()
	p.CreatedAt, p.UpdatedAt = r.moment(), r.moment()
	return p
}

const pagesByIDSQL = `
SELECT ` + shownPage + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN pages t ON t.store_id = k.store_id AND t.id = k.id
JOIN stores s ON s.id = t.store_id
WHERE ` + visiblePage

// PagesByID reads pages of text.
func (v View) PagesByID(ctx context.Context, refs []commerce.PageRef) (map[commerce.PageRef]*commerce.TextPage, error) {
	found := make(map[commerce.PageRef]*commerce.TextPage, len(refs))
	err := v.each(ctx, func(r *row) {
		p := scanPage(r)
		found[p.Ref()] = p
	}, pagesByIDSQL,
		bigints(refs, func(r commerce.PageRef) int64 { return int64(r.Store) }),
		bigints(refs, func(r commerce.PageRef) int64 { return int64(r.ID) }), v.own)
	return found, err
}

// pagesByHandleSQL finds a page by a handle that it had before too, unless another has it now.
const pagesByHandleSQL = `
SELECT k.handle, ` + shownPage + `
FROM unnest($1::bigint[], $2::text[]) AS k (store_id, handle)
JOIN pages t ON t.store_id = k.store_id AND t.id = coalesce(
    (SELECT h.id FROM pages h WHERE h.store_id = k.store_id AND h.handle = k.handle),
    (SELECT r.page_id FROM page_redirects r WHERE r.store_id = k.store_id AND r.handle = k.handle))
JOIN stores s ON s.id = t.store_id
WHERE ` + visiblePage

// PagesByHandle reads pages of text.
func (v View) PagesByHandle(ctx context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.TextPage, error) {
	found := make(map[commerce.HandleRef]*commerce.TextPage, len(refs))
	err := v.each(ctx, func(r *row) {
		handle := r.text()
		p := scanPage(r)
		found[commerce.HandleRef{Store: p.StoreID, Handle: handle}] = p
	}, pagesByHandleSQL, handleStores(refs), texts(refs, func(r commerce.HandleRef) string { return r.Handle }), v.own)
	return found, err
}

func pageOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{
		commerce.TextPageSortID:        byInt("t.id", "t.id"),
		commerce.TextPageSortTitle:     byText("lower(t.title)", "t.id"),
		commerce.TextPageSortUpdatedAt: byTime("t.updated_at", "t.id"),
	}
}

// pageList reads pages of a store's pages of text. No index knows its orders: a store has few of them.
func pageList() queryable {
	render := func(r reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, t.sort_value, ` + shownPage + `
FROM unnest($1::bigint[]) WITH ORDINALITY AS k (store_id, ordinal)
JOIN stores s ON s.id = k.store_id` + r.unlessOwn(` AND s.status = 'PUBLISHED'`) + `
CROSS JOIN LATERAL (
    SELECT ` + pageColumns + `, ` + s.value + ` AS sort_value FROM pages t
    WHERE t.store_id = k.store_id` + r.unlessOwn(` AND t.published_at <= now()`) + where + orderBy + `
) t`
	}
	return newQueryable(pageOrders(), map[string]queryField{
		wordField:    {expr: "t.title"},
		"title":      {typ: commerce.QueryTitle, expr: "t.title"},
		"handle":     {expr: "t.handle"},
		"created_at": {typ: commerce.QueryTime, expr: "t.created_at"},
		"updated_at": {typ: commerce.QueryTime, expr: "t.updated_at"},
	}, render)
}

// PageLists reads pages of stores' pages of text.
func (v View) PageLists(ctx context.Context, keys []commerce.TextPageListKey) (map[commerce.TextPageListKey]commerce.List[*commerce.TextPage], error) {
	return lists(ctx, v, v.lists.pages, keys,
		func(k commerce.TextPageListKey) asked { return asked{k.Page, k.Words, v.owns(k.Store)} },
		func(keys []commerce.TextPageListKey) []any {
			return []any{bigints(keys, func(k commerce.TextPageListKey) int64 { return int64(k.Store) })}
		}, func(int) func(*row, commerce.TextPageListKey) (*commerce.TextPage, int64) {
			return func(r *row, _ commerce.TextPageListKey) (*commerce.TextPage, int64) {
				p := scanPage(r)
				return p, int64(p.ID)
			}
		})
}

const pageHandlesSQL = `SELECT t.handle FROM pages t WHERE t.store_id = $1`

// insertPageSQL makes a page. What led from its handle to another leads nowhere any more.
const insertPageSQL = `
WITH own AS (DELETE FROM page_redirects WHERE store_id = $1 AND handle = $2)
INSERT INTO pages AS t (store_id, handle, title, body_html, seo_title, seo_description, published_at)
VALUES ($1, $2, $3, coalesce($4, ''), coalesce($5, ''), coalesce($6, ''), CASE WHEN coalesce($7, true) THEN now() END)
RETURNING ` + shownPage

// redirectPageSQL makes the handle that a page has lead to it, for when it gets another. What led from that leads nowhere any more.
const redirectPageSQL = `
WITH own AS (DELETE FROM page_redirects WHERE store_id = $1 AND handle = $3)
INSERT INTO page_redirects (store_id, handle, page_id)
SELECT t.store_id, t.handle, t.id FROM pages t WHERE t.store_id = $1 AND t.id = $2 AND t.handle <> $3
ON CONFLICT (store_id, handle) DO UPDATE SET page_id = EXCLUDED.page_id`

const updatePageSQL = `
UPDATE pages AS t SET handle = coalesce($3, t.handle), title = coalesce($4, t.title), body_html = coalesce($5, t.body_html),
    seo_title = coalesce($6, t.seo_title), seo_description = coalesce($7, t.seo_description),
    published_at = CASE WHEN $8::boolean IS NULL THEN t.published_at WHEN $8::boolean THEN coalesce(t.published_at, now()) END
WHERE t.store_id = $1 AND t.id = $2
RETURNING ` + shownPage

const pageIDSQL = `SELECT coalesce(max(t.id), 0) FROM pages t WHERE t.store_id = $1 AND (t.id = $2 OR $2 = 0 AND t.handle = $3)`

// SetPage makes a page of text, or changes the one with the id or the handle. The edit's text is stored as it is.
func (d *DB) SetPage(ctx context.Context, by commerce.Author, store commerce.StoreID, e commerce.TextPageEdit) (*commerce.TextPage, error) {
	if err := e.Check().Err(); err != nil {
		return nil, err
	}
	var page *commerce.TextPage
	err := mutate(ctx, d, store, &page, func(tx *sqlx.Tx) error {
		if err := lockStore(ctx, tx, store); err != nil {
			return err
		}
		var id int64
		err := tx.GetContext(ctx, &id, pageIDSQL, int64(store), int64(e.ID), e.Handle)
		switch {
		case err != nil:
		case id > 0:
			page, err = updatePage(ctx, tx, store, id, e)
		case e.ID > 0:
			err = commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "There is no page with this id in the store.")
		default:
			page, err = insertPage(ctx, tx, store, e)
		}
		if err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{store: store, by: by, action: "pageSet", subject: page.NodeID().String(), detail: map[string]any{"handle": page.Handle}})
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}

// insertPage makes a new page, whose handle is free.
func insertPage(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, e commerce.TextPageEdit) (*commerce.TextPage, error) {
	if e.Title == nil {
		return nil, commerce.Refuse(commerce.RefusalBlank, []any{"input", "title"}, "A new page needs a title.")
	}
	taken := make(map[string]bool)
	if err := handlesIn(ctx, tx, taken, pageHandlesSQL, store); err != nil {
		return nil, err
	}
	if len(taken) >= commerce.MaxPages {
		return nil, commerce.Refuse(commerce.RefusalTooMany, nil, "The store has %d pages, as many as one may have.", len(taken))
	}
	handle := e.Handle
	if handle == nil {
		for _, h := range e.NewHandles() {
			if !taken[h] {
				handle = &h
				break
			}
		}
	}
	return pageIn(ctx, tx, insertPageSQL, int64(store), handle, e.Title, e.BodyHTML, e.SEOTitle, e.SEODescription, e.Published)
}

func updatePage(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, id int64, e commerce.TextPageEdit) (*commerce.TextPage, error) {
	if e.Handle != nil {
		var other int64
		if err := tx.GetContext(ctx, &other, pageIDSQL, int64(store), 0, e.Handle); err != nil {
			return nil, err
		}
		if other > 0 && other != id {
			return nil, commerce.Refuse(commerce.RefusalTaken, []any{"input", "handle"}, "Another page of the store has the handle %.80q.", *e.Handle)
		}
		if _, err := tx.ExecContext(ctx, redirectPageSQL, int64(store), id, *e.Handle); err != nil {
			return nil, err
		}
	}
	return pageIn(ctx, tx, updatePageSQL, int64(store), id, e.Handle, e.Title, e.BodyHTML, e.SEOTitle, e.SEODescription, e.Published)
}

// pageIn runs a statement of a transaction that yields one page.
func pageIn(ctx context.Context, tx *sqlx.Tx, text string, args ...any) (page *commerce.TextPage, err error) {
	err = scanIn(ctx, tx, func(r *row) { page = scanPage(r) }, text, args...)
	return page, err
}

const deletePageSQL = `DELETE FROM pages WHERE store_id = $1 AND id = $2 RETURNING handle`

// DeletePage deletes a page of text. Menus that lead to it do not show it any more.
func (d *DB) DeletePage(ctx context.Context, by commerce.Author, ref commerce.PageRef) error {
	subject := commerce.GlobalID{Kind: commerce.KindPage, Store: ref.Store, ID: int64(ref.ID)}
	return d.deleteNamed(ctx, auditEntry{store: ref.Store, by: by, action: "pageDelete", subject: subject.String()}, deletePageSQL, int64(ref.ID), "page")
}

// deleteNamed deletes a thing that has a handle, which the statement returns, and writes down who did.
func (d *DB) deleteNamed(ctx context.Context, entry auditEntry, text string, id int64, what string) error {
	return mutate(ctx, d, entry.store, &nothing{}, func(tx *sqlx.Tx) error {
		handles := make(map[string]bool, 1)
		if err := handlesIn(ctx, tx, handles, text, entry.store, id); err != nil {
			return err
		}
		for handle := range handles {
			entry.detail = map[string]any{"handle": handle}
			return audit(ctx, tx, entry)
		}
		return commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "There is no %s with this id in the store.", what)
	})
}

// handlesIn reads the handles that a statement of a transaction returns.
func handlesIn(ctx context.Context, tx *sqlx.Tx, into map[string]bool, text string, store commerce.StoreID, args ...any) error {
	return scanIn(ctx, tx, func(r *row) { into[r.text()] = true }, text, append([]any{int64(store)}, args...)...)
}
