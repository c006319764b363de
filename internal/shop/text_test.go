package shop_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// texts are the world's pages of text: how-we-deliver, which was called delivery before, and one more.
func (*world) texts() []*commerce.TextPage {
	return []*commerce.TextPage{
		{
			StoreID: 1, ID: 1, Handle: "how-we-deliver", Title: "How we deliver", PublishedAt: new(time.Unix(0, 0)), SEODescription: "In two hours.",
			BodyHTML: `<h1>By bicycle</h1><p>Within <b>two</b> hours.</p><script>alert(1)</script>`,
		},
		{StoreID: 1, ID: 2, Handle: "हमारे-बारे-में", Title: "हमारे बारे में", PublishedAt: new(time.Unix(0, 0))},
	}
}

func (w *world) PagesByID(context.Context, []commerce.PageRef) (map[commerce.PageRef]*commerce.TextPage, error) {
	return nil, w.read("PagesByID")
}

func (w *world) PagesByHandle(_ context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.TextPage, error) {
	found := map[commerce.HandleRef]*commerce.TextPage{}
	for _, p := range w.texts() {
		if p.Handle == refs[0].Handle || p.ID == 1 && refs[0].Handle == "delivery" {
			found[refs[0]] = p
		}
	}
	return found, w.read("PagesByHandle")
}

func (w *world) PageLists(_ context.Context, keys []commerce.TextPageListKey) (map[commerce.TextPageListKey]commerce.List[*commerce.TextPage], error) {
	var items []commerce.Item[*commerce.TextPage]
	for _, p := range w.texts() {
		items = append(items, commerce.Item[*commerce.TextPage]{Node: p, ID: int64(p.ID)})
	}
	return map[commerce.TextPageListKey]commerce.List[*commerce.TextPage]{keys[0]: commerce.NewList(keys[0].Page, items)}, w.read("PageLists")
}

// A page of text shows what the merchant wrote, and nothing that runs; every page of the store leads to it.
func TestTextPage(t *testing.T) {
	t.Parallel()
	w := newWorld(1)
	for _, handle := range []string{"how-we-deliver", "delivery"} {
		a := w.get(t, "/s/corner/t/"+handle)
		require.Equal(t, http.StatusOK, a.Code)
		require.NotContains(t, a.Body.String(), "alert(1)")
		doc := a.document(t)
		requireSound(t, doc, true)
		require.Equal(t, "How we deliver", text(all(doc, "h1")[0]))
		require.Contains(t, text(all(doc, "main")[0]), "Within two hours.")
		require.Equal(t, "How we deliver · The Corner Shop", text(all(doc, "title")[0]))
		for _, l := range all(doc, "link") {
			if attr(l, "rel") == "canonical" {
				require.Equal(t, "https://shops.test/s/corner/t/how-we-deliver", attr(l, "href"), "a handle that it had before leads to its one address")
			}
		}
		for _, m := range all(doc, "meta") {
			if attr(m, "name") == "description" {
				require.Equal(t, "In two hours.", attr(m, "content"))
			}
		}
	}
	for _, target := range []string{"/s/corner", "/s/corner/p/tea-1", "/s/corner/cart", "/s/corner/t/how-we-deliver", "/s/corner/t/nothing"} {
		foot := map[string]string{}
		for _, a := range all(all(w.get(t, target).document(t), "footer")[0], "a") {
			foot[text(a)] = attr(a, "href")
		}
		require.Equal(t, "/s/corner/t/how-we-deliver", foot["How we deliver"], target)
		require.Equal(t, "/s/corner/t/%E0%A4%B9%E0%A4%AE%E0%A4%BE%E0%A4%B0%E0%A5%87-%E0%A4%AC%E0%A4%BE%E0%A4%B0%E0%A5%87-%E0%A4%AE%E0%A5%87%E0%A4%82", foot["हमारे बारे में"], target)
	}
	require.Equal(t, http.StatusNotFound, w.get(t, "/s/corner/t/nothing").Code)
}
