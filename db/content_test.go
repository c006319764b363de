package db_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

func TestSetPage(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	asha := merchant(t, d)
	store := openStore(t, d.DB, "alpha")
	set := func(e commerce.TextPageEdit) *commerce.TextPage {
		p, err := d.SetPage(t.Context(), asha, store.ID, e)
		require.NoError(t, err)
		return p
	}
	about := set(commerce.TextPageEdit{Title: new("About us"), BodyHTML: new("<p>We sell tea.</p>"), SEOTitle: new("About")})
	require.Equal(t, "about-us", about.Handle)
	require.NotNil(t, about.PublishedAt)
	require.Equal(t, "about-us-2", set(commerce.TextPageEdit{Title: new("About us!")}).Handle)
	require.Equal(t, "हमारे-बारे-में", set(commerce.TextPageEdit{Title: new("हमारे बारे में")}).Handle)
	require.Equal(t, "page", set(commerce.TextPageEdit{Title: new("🛒")}).Handle)
	require.Nil(t, set(commerce.TextPageEdit{Handle: new("hidden"), Title: new("Hidden"), Published: new(false)}).PublishedAt)

	changed := set(commerce.TextPageEdit{ID: about.ID, Handle: new("us"), Title: new("Us"), Published: new(false)})
	require.Equal(t, about.ID, changed.ID)
	require.Equal(t, []string{"us", "Us", "<p>We sell tea.</p>", "About"}, []string{changed.Handle, changed.Title, changed.BodyHTML, changed.SEOTitle})
	require.Nil(t, changed.PublishedAt)
	again := set(commerce.TextPageEdit{Handle: new("us"), Published: new(true), SEOTitle: new("")})
	require.Equal(t, about.ID, again.ID)
	require.NotNil(t, again.PublishedAt)
	require.Empty(t, again.SEOTitle)

	require.NoError(t, d.DeletePage(t.Context(), asha, about.Ref()))
	refused(t, d.DeletePage(t.Context(), asha, about.Ref()), "input.id NOT_FOUND")
	require.Equal(t, [][]string{
		{"pageDelete", about.NodeID().String(), fmt.Sprint(asha.Merchant), `{"handle": "us"}`},
		{"pageSet", about.NodeID().String(), fmt.Sprint(asha.Merchant), `{"handle": "us"}`},
	}, queryRows(t, d, `SELECT action, subject, merchant_id, detail FROM audit_log ORDER BY id DESC LIMIT 2`))
}

func TestSetPageRefuses(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	asha := merchant(t, d)
	store, other := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	for _, s := range []*commerce.Store{store, other} {
		_, err := d.SetPage(t.Context(), asha, s.ID, commerce.TextPageEdit{Title: new("About"), Handle: new("about")})
		require.NoError(t, err)
	}
	_, err := d.SetPage(t.Context(), asha, store.ID, commerce.TextPageEdit{Title: new("Help")})
	require.NoError(t, err)
	before := queryRows(t, d, `SELECT id, handle, title, updated_at FROM pages ORDER BY id`)
	audited := queryRows(t, d, `SELECT count(*) FROM audit_log`)
	for _, c := range []struct {
		e    commerce.TextPageEdit
		want []string
	}{
		{commerce.TextPageEdit{}, []string{"input.title BLANK"}},
		{commerce.TextPageEdit{Title: new(" ")}, []string{"input.title BLANK"}},
		{commerce.TextPageEdit{Title: new("\x00")}, []string{"input.title INVALID"}},
		{commerce.TextPageEdit{Title: new(strings.Repeat("x", 256))}, []string{"input.title TOO_LONG"}},
		{commerce.TextPageEdit{Title: new("A"), Handle: new("a/b")}, []string{"input.handle INVALID"}},
		{commerce.TextPageEdit{Title: new("A"), Handle: new("")}, []string{"input.handle INVALID"}},
		{commerce.TextPageEdit{Title: new("A"), Handle: new(strings.Repeat("x", 256))}, []string{"input.handle TOO_LONG"}},
		{commerce.TextPageEdit{Title: new("A"), BodyHTML: new(strings.Repeat("x", 512<<10+1))}, []string{"input.bodyHtml TOO_LONG"}},
		{commerce.TextPageEdit{Title: new("A"), SEOTitle: new("\xff"), SEODescription: new(strings.Repeat("x", 2049))}, []string{"input.seo.title INVALID", "input.seo.description TOO_LONG"}},
		{commerce.TextPageEdit{ID: 1, Handle: new("help")}, []string{"input.handle TAKEN"}},
		{commerce.TextPageEdit{ID: 2, Title: new("Of beta")}, []string{"input.id NOT_FOUND"}},
		{commerce.TextPageEdit{ID: 99, Title: new("Nothing")}, []string{"input.id NOT_FOUND"}},
	} {
		_, err := d.SetPage(t.Context(), asha, store.ID, c.e)
		refused(t, err, c.want...)
	}
	refused(t, d.DeletePage(t.Context(), asha, commerce.PageRef{Store: store.ID, ID: 2}), "input.id NOT_FOUND")
	require.Equal(t, before, queryRows(t, d, `SELECT id, handle, title, updated_at FROM pages ORDER BY id`))
	require.Equal(t, audited, queryRows(t, d, `SELECT count(*) FROM audit_log`))

	run(t, d, `INSERT INTO pages (store_id, handle, title) SELECT 1, 'x-' || i, 'X' FROM generate_series(3, 1000) i`)
	_, err = d.SetPage(t.Context(), asha, store.ID, commerce.TextPageEdit{Title: new("One more")})
	refused(t, err, "TOO_MANY")
}

func TestSetMenu(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	asha := merchant(t, d)
	store := openStore(t, d.DB, "alpha")
	upsert(t, d.DB, store, product("tea"))
	in := commerce.MenuInput{Handle: "main-menu", Title: "Main", Items: []*commerce.MenuItemInput{
		{Title: "Home", Type: commerce.MenuFrontpage},
		{Title: "Shop", Type: commerce.MenuHTTP, Items: []*commerce.MenuItemInput{
			{Title: "Summer", Type: commerce.MenuCollection, ResourceID: new("gid://kirana/Collection/1/1"), Items: []*commerce.MenuItemInput{
				{Title: "Tea", Type: commerce.MenuProduct, ResourceID: new("gid://kirana/Product/1/1")},
			}},
		}},
		{Title: "Write", Type: commerce.MenuHTTP, URL: new("mailto:asha@shop.test")},
	}}
	menu, err := d.SetMenu(t.Context(), asha, store.ID, in)
	require.NoError(t, err)
	require.Equal(t, 5, menu.ItemsCount())
	require.GreaterOrEqual(t, menu.ID, commerce.MenuID(1000))
	require.Equal(t, "gid://kirana/Product/1/1", menu.Items[1].Items[0].Items[0].ResourceID().String())
	require.Equal(t, "mailto:asha@shop.test", menu.Items[2].Address)
	found, err := d.MenusByHandle(t.Context(), []commerce.HandleRef{{Store: store.ID, Handle: "main-menu"}})
	require.NoError(t, err)
	require.Equal(t, menu, found[commerce.HandleRef{Store: store.ID, Handle: "main-menu"}])

	in.Items = nil
	emptied, err := d.SetMenu(t.Context(), asha, store.ID, in)
	require.NoError(t, err)
	require.Equal(t, menu.ID, emptied.ID)
	require.Empty(t, emptied.Items)
	require.NoError(t, d.DeleteMenu(t.Context(), asha, commerce.MenuRef{Store: store.ID, ID: menu.ID}))
	refused(t, d.DeleteMenu(t.Context(), asha, commerce.MenuRef{Store: store.ID, ID: menu.ID}), "input.id NOT_FOUND")
	require.Equal(t, [][]string{{"menuSet", `{"items": 5, "handle": "main-menu"}`}, {"menuSet", `{"items": 0, "handle": "main-menu"}`}, {"menuDelete", `{"handle": "main-menu"}`}},
		queryRows(t, d, `SELECT action, detail FROM audit_log ORDER BY id`))
}

func TestSetMenuRefuses(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	asha := merchant(t, d)
	store, other := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	upsert(t, d.DB, other, product("tea"))
	item := func(typ commerce.MenuItemType, resource, address *string, below ...*commerce.MenuItemInput) []*commerce.MenuItemInput {
		return []*commerce.MenuItemInput{{Title: "X", Type: typ, ResourceID: resource, URL: address, Items: below}}
	}
	deep := item(commerce.MenuSearch, nil, nil, item(commerce.MenuSearch, nil, nil, item(commerce.MenuSearch, nil, nil, item(commerce.MenuSearch, nil, nil)...)...)...)
	many := make([]*commerce.MenuItemInput, 251)
	for i := range many {
		many[i] = item(commerce.MenuSearch, nil, nil)[0]
	}
	const first = "input.items.0."
	for _, c := range []struct {
		handle, title string
		items         []*commerce.MenuItemInput
		want          []string
	}{
		{"", "", nil, []string{"input.handle INVALID", "input.title BLANK"}},
		{"a b", "A", nil, []string{"input.handle INVALID"}},
		{strings.Repeat("x", 256), "\x00", nil, []string{"input.handle TOO_LONG", "input.title INVALID"}},
		{
			"m", "M",
			[]*commerce.MenuItemInput{{Type: commerce.MenuSearch}, {Title: "\xff", Type: commerce.MenuSearch}, {Title: strings.Repeat("x", 256), Type: commerce.MenuSearch}},
			[]string{first + "title BLANK", "input.items.1.title INVALID", "input.items.2.title TOO_LONG"},
		},
		{"m", "M", item(commerce.MenuProduct, nil, nil), []string{first + "resourceId BLANK"}},
		{"m", "M", item(commerce.MenuProduct, new("7"), nil), []string{first + "resourceId INVALID"}},
		{"m", "M", item(commerce.MenuPage, new("gid://kirana/Product/1/1"), nil), []string{first + "resourceId INVALID"}},
		{"m", "M", item(commerce.MenuProduct, new("gid://kirana/Product/2/1"), nil), []string{first + "resourceId NOT_FOUND"}},
		{"m", "M", item(commerce.MenuProduct, new("gid://kirana/Product/1/1"), nil), []string{first + "resourceId NOT_FOUND"}},
		{"m", "M", item(commerce.MenuSearch, nil, nil, item(commerce.MenuPage, new("gid://kirana/Page/1/1"), nil)...), []string{first + "items.0.resourceId NOT_FOUND"}},
		{"m", "M", item(commerce.MenuSearch, new("gid://kirana/Product/1/1"), new("/x")), []string{first + "resourceId INVALID", first + "url INVALID"}},
		{"m", "M", item(commerce.MenuHTTP, nil, new("javascript:alert(1)")), []string{first + "url INVALID"}},
		{"m", "M", item(commerce.MenuHTTP, nil, new("//evil.test")), []string{first + "url INVALID"}},
		{"m", "M", item(commerce.MenuHTTP, nil, new("java\tscript:x")), []string{first + "url INVALID"}},
		{"m", "M", item(commerce.MenuHTTP, nil, new("/"+strings.Repeat("x", 2048))), []string{first + "url TOO_LONG"}},
		{"m", "M", deep, []string{first + "items.0.items.0.items TOO_DEEP"}},
		{"m", "M", many, []string{"input.items TOO_MANY"}},
	} {
		_, err := d.SetMenu(t.Context(), asha, store.ID, commerce.MenuInput{Handle: c.handle, Title: c.title, Items: c.items})
		refused(t, err, c.want...)
	}
	require.Equal(t, [][]string{{"0", "0"}}, queryRows(t, d, `SELECT (SELECT count(*) FROM menus), (SELECT count(*) FROM audit_log)`))
	run(t, d, `INSERT INTO menus (store_id, handle, title, items) SELECT 1, 'm-' || i, 'M', '[]' FROM generate_series(1, 100) i`)
	_, err := d.SetMenu(t.Context(), asha, store.ID, commerce.MenuInput{Handle: "m-101", Title: "One more"})
	refused(t, err, "TOO_MANY")
	_, err = d.SetMenu(t.Context(), asha, store.ID, commerce.MenuInput{Handle: "m-100", Title: "Known"})
	require.NoError(t, err)
}

// everyHandle is each handle under every store, also those that there are not.
func everyHandle(handles ...string) []commerce.HandleRef {
	var refs []commerce.HandleRef
	for _, handle := range handles {
		for store := range commerce.StoreID(5) {
			refs = append(refs, commerce.HandleRef{Store: store, Handle: handle})
		}
	}
	return refs
}

// A handle that a page had leads to it until another page has it, and what is kept with a page goes with it.
func TestPageRedirects(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	asha := merchant(t, d)
	store, other := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	run(t, d, `UPDATE stores SET status = 'PUBLISHED'`)
	set := func(e commerce.TextPageEdit) *commerce.TextPage {
		p, err := d.SetPage(t.Context(), asha, store.ID, e)
		require.NoError(t, err)
		return p
	}
	find := func(s *commerce.Store, handle string) string {
		ref := commerce.HandleRef{Store: s.ID, Handle: handle}
		found, err := d.PagesByHandle(t.Context(), []commerce.HandleRef{ref})
		require.NoError(t, err)
		if found[ref] == nil {
			return ""
		}
		return found[ref].Handle
	}
	page := set(commerce.TextPageEdit{Title: new("Delivery"), Handle: new("a")})
	for _, handle := range []string{"b", "b", "c"} {
		set(commerce.TextPageEdit{ID: page.ID, Handle: &handle})
	}
	require.Equal(t, []string{"c", "c", "c", ""}, []string{find(store, "a"), find(store, "b"), find(store, "c"), find(other, "a")})
	set(commerce.TextPageEdit{ID: page.ID, Handle: new("a")})
	require.Equal(t, [][]string{{"b"}, {"c"}}, queryRows(t, d, `SELECT handle FROM page_redirects ORDER BY handle`), "none leads from a handle that is in use")
	set(commerce.TextPageEdit{Title: new("New"), Handle: new("b")})
	require.Equal(t, []string{"a", "b", "a"}, []string{find(store, "a"), find(store, "b"), find(store, "c")})
	set(commerce.TextPageEdit{ID: page.ID, Published: new(false)})
	require.Empty(t, find(store, "c"), "a redirect shows no page that buyers do not see")

	_, err := d.SetMetafields(t.Context(), asha, store.ID, []commerce.MetafieldSetting{metafieldSetting(page.MetafieldOwner(), "icon", "single_line_text_field", "truck")})
	require.NoError(t, err)
	require.NoError(t, d.DeletePage(t.Context(), asha, page.Ref()))
	require.Empty(t, queryRows(t, d, `SELECT handle FROM page_redirects UNION ALL SELECT key FROM metafields`))
}
