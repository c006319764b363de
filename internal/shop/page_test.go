package shop_test

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// all are the elements of a document with a name, in order; "" for any.
func all(doc *html.Node, name string) []*html.Node {
	var found []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && (name == "" || n.Data == name) {
			found = append(found, n)
		}
	}
	return found
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func withClass(doc *html.Node, class string) []*html.Node {
	return slices.DeleteFunc(all(doc, ""), func(n *html.Node) bool { return !slices.Contains(strings.Fields(attr(n, "class")), class) })
}

// requireSound holds a page against what all pages promise.
func requireSound(t *testing.T, doc *html.Node, ofStore bool) {
	t.Helper()
	require.Equal(t, "en", attr(all(doc, "html")[0], "lang"))
	require.Len(t, all(doc, "h1"), 1)
	require.Len(t, all(doc, "main"), 1)
	require.NotEmpty(t, text(all(doc, "title")[0]))
	ids := map[string]bool{}
	for _, n := range all(doc, "") {
		require.False(t, has(n, "style"), "%s has a style of its own", n.Data)
		for _, a := range n.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on"), "%s has %s", n.Data, a.Key)
		}
		if id := attr(n, "id"); id != "" {
			require.False(t, ids[id], "the id %s stands twice", id)
			ids[id] = true
		}
		for _, name := range []string{"href", "src", "action"} {
			if has(n, name) {
				u, err := url.Parse(attr(n, name))
				require.NoError(t, err)
				require.Contains(t, []string{"", "http", "https"}, u.Scheme, "%s %s", n.Data, name)
			}
		}
	}
	for _, n := range all(doc, "script") {
		require.True(t, attr(n, "src") != "" || attr(n, "type") == "application/ld+json")
	}
	for _, n := range all(doc, "img") {
		require.True(t, has(n, "alt"), "a picture without a text")
		if n.Parent.Data == "span" {
			require.True(t, has(n, "width") && has(n, "height"), "a picture without a box")
		}
	}
	for _, n := range slices.Concat(all(doc, "input"), all(doc, "select")) {
		if attr(n, "type") == "hidden" {
			continue
		}
		labelled := n.Parent.Data == "label" || slices.ContainsFunc(all(doc, "label"), func(l *html.Node) bool { return attr(l, "for") == attr(n, "id") && has(n, "id") })
		require.True(t, labelled, "%s has no label", attr(n, "name"))
	}
	for _, n := range slices.Concat(all(doc, "a"), all(doc, "button")) {
		require.NotEmpty(t, text(n), "a link or button that says nothing")
	}
	if ofStore {
		require.Len(t, all(doc, "header"), 1)
		require.Len(t, all(doc, "footer"), 1)
		require.Len(t, withClass(doc, "filled"), 1, "one action is the page's")
		require.Contains(t, text(all(doc, "header")[0]), "Search this shop")
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		target, title, heading, canonical string
		status                            int
		contains                          []string
	}{
		{"/s/corner", "The Corner Shop", "The Corner Shop", "https://shops.test/s/corner", 200, []string{"All the small things.", "Teas", "from ₹420", "See all products"}},
		{"/s/CORNER", "The Corner Shop", "The Corner Shop", "https://shops.test/s/corner", 200, nil},
		{"/s/corner/search", "All products · The Corner Shop", "All products", "https://shops.test/s/corner/search", 200, []string{"25 products", "Vendor 0", "6 more", "Show products"}},
		{"/s/corner/search?q=tea", "“tea” · The Corner Shop", "“tea”", "https://shops.test/s/corner/search", 200, []string{"Best match"}},
		{"/s/corner/search?c=teas", "Teas · The Corner Shop", "Teas", "https://shops.test/s/corner/search", 200, []string{"in Teas"}},
		{"/s/corner/search?c=nothing", "All products · The Corner Shop", "All products", "https://shops.test/s/corner/search", 200, nil},
		{"/s/corner/c/teas", "Teas · The Corner Shop", "Teas", "https://shops.test/s/corner/c/teas", 200, []string{"All teas", "Filter and sort", "Next"}},
		{"/s/corner/p/tea-1", "Tea 1 · The Corner Shop", "Tea 1", "https://shops.test/s/corner/p/tea-1", 200, []string{"₹470", "₹600", "3 left", "Black tea", "Tata", "SKU-1", "Add to cart", "Share"}},
		{"/s/corner/p/tea-1?variant=1", "Tea 1 · The Corner Shop", "Tea 1", "https://shops.test/s/corner/p/tea-1", 200, []string{"₹420", "Sold out", "SKU-0"}},
		{"/s/corner/p/tea-1?variant=99", "Tea 1 · The Corner Shop", "Tea 1", "https://shops.test/s/corner/p/tea-1", 200, []string{"₹470"}},
		{"/s/corner/p/nothing", "This product is not here · The Corner Shop", "This product is not here", "", 404, []string{"All products"}},
		{"/s/corner/c/nothing", "This collection is not here · The Corner Shop", "This collection is not here", "", 404, nil},
		{"/s/corner/nothing", "This page is not here · The Corner Shop", "This page is not here", "", 404, nil},
		{"/s/corner/p/tea-1/more", "This page is not here · The Corner Shop", "This page is not here", "", 404, nil},
		{"/s/draft", "There is no shop at this address", "There is no shop at this address", "", 404, nil},
		{"/s/draft/p/tea-1", "There is no shop at this address", "There is no shop at this address", "", 404, nil},
		{"/s/%00%FF", "There is no shop at this address", "There is no shop at this address", "", 404, nil},
		{"/p/tea-1", "There is no shop at this address", "There is no shop at this address", "", 404, nil},
	} {
		t.Run(c.target, func(t *testing.T) {
			t.Parallel()
			a := newWorld(25).get(t, c.target)
			require.Equal(t, c.status, a.Code)
			doc := a.document(t)
			requireSound(t, doc, !strings.Contains(c.title, "no shop"))
			require.Equal(t, c.title, text(all(doc, "title")[0]))
			require.Equal(t, c.heading, text(all(doc, "h1")[0]))
			canonical := ""
			for _, l := range all(doc, "link") {
				if attr(l, "rel") == "canonical" {
					canonical = attr(l, "href")
				}
			}
			require.Equal(t, c.canonical, canonical)
			for _, part := range c.contains {
				require.Contains(t, text(all(doc, "main")[0]), part)
			}
			require.Empty(t, a.log)
		})
	}
	require.Equal(t, http.StatusPermanentRedirect, newWorld(1).get(t, "/s/corner/").Code)
}

// A page of a store's own host has the same links without the store's part, and the same canonical address everywhere.
func TestOwnHost(t *testing.T) {
	t.Parallel()
	own := auth.Request{StoreHandle: "corner", BaseURL: "https://corner.shops.test", BaseDomain: "shops.test"}
	w := newWorld(25)
	for _, c := range []struct{ target, below, canonical string }{
		{"/", "/s/corner", "https://corner.shops.test"},
		{"/search", "/s/corner/search", "https://corner.shops.test/search"},
		{"/p/tea-1", "/s/corner/p/tea-1", "https://corner.shops.test/p/tea-1"},
		{"/c/teas", "/s/corner/c/teas", "https://corner.shops.test/c/teas"},
	} {
		a := w.request(t, http.MethodGet, c.target, own)
		require.Equal(t, 200, a.Code)
		require.Contains(t, a.Body.String(), `<link rel="canonical" href="`+c.canonical+`">`)
		require.NotContains(t, a.Body.String(), "/s/corner")
		below := w.request(t, http.MethodGet, c.below, auth.Request{BaseURL: "https://api.test", BaseDomain: "shops.test"})
		require.Contains(t, below.Body.String(), `<link rel="canonical" href="`+c.canonical+`">`)
		require.Contains(t, below.Body.String(), `href="/s/corner/search"`)
	}
	require.Equal(t, 404, w.request(t, http.MethodGet, "/other", own).Code)
}

// Every hostile text in every place where a merchant or a visitor can put one.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{
		`<script>alert(1)</script>`, `"><script>alert(1)</script>`, `'><img src=x onerror=alert(1)>`, `</title><script>alert(1)</script>`,
		`</script><script>alert(1)</script>`, `<!--`, `]]>`, `javascript:alert(1)`, `{{.}}`, `" onmouseover="alert(1)`, `</style><script>alert(1)</script>`,
		"\u2028alert(1)", `&lt;script&gt;`, "<svg/onload=alert(1)>", `data:text/html,<script>alert(1)</script>`, "\u202Egnp.exe",
	} {
		w := newWorld(3)
		w.store.Name, w.store.Description, w.store.LogoURL, w.store.AccentColor = evil, evil, evil, evil
		for _, p := range w.products {
			p.Title, p.Vendor, p.ProductType, p.DescriptionHTML, p.SEOTitle, p.SEODescription = evil, evil, evil, evil, evil, evil
		}
		w.products[1].Handle = "//evil.test/" + evil
		w.collections[0].Title, w.collections[0].DescriptionHTML, w.collections[0].ImageURL = evil, evil, evil
		for _, m := range w.media {
			m.Image.URL, m.Image.AltText = evil, &evil
		}
		for i, o := range w.options {
			o.Name, o.Values[0] = evil, evil
			for _, v := range w.variants {
				v.SelectedOptions[i], v.SKU = commerce.SelectedOption{Name: evil, Value: evil}, &evil
			}
		}
		for i := range w.facets[2].Values {
			w.facets[2].Values[i].Label, w.facets[2].Values[i].Input.ProductVendor = evil, &evil
		}
		q := url.QueryEscape(evil)
		for target, scripts := range map[string]int{
			"/s/corner": 2, "/s/corner/c/teas": 2, "/s/corner/p/tea-1": 3, "/s/corner/p/" + q: 1,
			"/s/corner/search?q=" + q + "&vendor=" + q + "&o." + q + "=" + q + "&min=" + q + "&sort=" + q + "&c=" + q + "&after=" + q: 1,
		} {
			a := w.get(t, target)
			doc := a.document(t)
			requireSound(t, doc, true)
			require.Len(t, all(doc, "script"), scripts, "%s %s", evil, target)
			require.Len(t, all(doc, "style"), 1)
			require.Empty(t, all(doc, "iframe"))
			for _, fact := range all(doc, "script")[1:] {
				require.True(t, json.Valid([]byte(fact.FirstChild.Data)), fact.FirstChild.Data)
			}
			for _, i := range all(doc, "img") {
				require.NotContains(t, strings.ToLower(attr(i, "src")), "script", "a picture from an address that is none")
			}
		}
	}
}

func TestHostileQueries(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"%", "q=%zz", "&&&&;;;", "q=" + strings.Repeat("a", 60_000), strings.Repeat("vendor=x&", 3000), "after=AAAA", "before=MUlEfGZhbHNlfDF8MQ",
		"after=" + commerce.Cursor{Ordering: commerce.Ordering{Key: commerce.SearchSortRelevance}, Value: "foreign", ID: 1}.String(),
		"min=-1&max=1e9", "min=99999999999999999999", "min=5&max=1", "variant=%00", "o.=1&o.%FF=%FF", "sort=__proto__", "q=%00%01%7f", "available=2&available=",
	} {
		w := newWorld(3)
		a := w.get(t, "/s/corner/search?"+query)
		require.Equal(t, 200, a.Code, query[:min(len(query), 80)])
		requireSound(t, a.document(t), true)
		require.Equal(t, 200, w.get(t, "/s/corner/c/teas?"+query).Code)
		require.Equal(t, 200, w.get(t, "/s/corner/p/tea-1?"+query).Code)
	}
}

// What a page reads depends on the page, not on how much is on it.
func TestReadings(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/s/corner":                     "CollectionLists:1 MediaLists:1 PageLists:1 ProductLists:1 ProductSummaries:1 StoresByHandle:1",
		"/s/corner/search?q=tea":        "MediaLists:1 PageLists:1 ProductSummaries:1 ProductsByID:1 SearchProducts:1 StoresByHandle:1",
		"/s/corner/search?c=teas":       "CollectionsByHandle:1 MediaLists:1 PageLists:1 ProductSummaries:1 ProductsByID:1 SearchProducts:1 StoresByHandle:1",
		"/s/corner/c/teas":              "CollectionProducts:1 CollectionsByHandle:1 MediaLists:1 PageLists:1 ProductSummaries:1 StoresByHandle:1",
		"/s/corner/p/tea-1":             "MediaLists:1 PageLists:1 ProductOptions:1 ProductSummaries:1 ProductsByHandle:1 StoresByHandle:1 VariantLists:1",
		"/s/corner/t/how-we-deliver":    "PageLists:1 PagesByHandle:1 StoresByHandle:1",
		"/s/corner/p/nothing":           "PageLists:1 ProductsByHandle:1 StoresByHandle:1",
		"/s/nobody/search?q=tea":        "StoresByHandle:1",
		"/assets/shop.000000000000.css": "",
	} {
		for _, n := range []int{1, 20, 300} {
			w := newWorld(n)
			require.Equal(t, want == "", w.get(t, target).Header().Get("ETag") != "" && want == "", target)
			var calls []string
			for name, count := range w.calls {
				calls = append(calls, fmt.Sprintf("%s:%d", name, count))
			}
			slices.Sort(calls)
			require.Equal(t, want, strings.Join(calls, " "), "%s with %d products", target, n)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ target, reader string }{
		{"/s/corner", "StoresByHandle"},
		{"/s/corner", "CollectionLists"},
		{"/s/corner", "ProductLists"},
		{"/s/corner", "MediaLists"},
		{"/s/corner", "ProductSummaries"},
		{"/s/corner/search", "SearchProducts"},
		{"/s/corner/search", "ProductsByID"},
		{"/s/corner/search", "MediaLists"},
		{"/s/corner/search?c=teas", "CollectionsByHandle"},
		{"/s/corner/c/teas", "CollectionsByHandle"},
		{"/s/corner/c/teas", "CollectionProducts"},
		{"/s/corner/c/teas", "ProductSummaries"},
		{"/s/corner/p/tea-1", "ProductsByHandle"},
		{"/s/corner/p/tea-1", "ProductSummaries"},
		{"/s/corner/p/tea-1", "ProductOptions"},
		{"/s/corner/p/tea-1", "MediaLists"},
		{"/s/corner/p/tea-1", "VariantLists"},
		{"/s/corner/t/how-we-deliver", "PagesByHandle"},
		{"/s/corner/t/how-we-deliver", "PageLists"},
	} {
		t.Run(c.target+" "+c.reader, func(t *testing.T) {
			t.Parallel()
			w := newWorld(3)
			w.fail[c.reader] = errDown
			a := w.get(t, c.target)
			require.Equal(t, http.StatusServiceUnavailable, a.Code)
			require.Equal(t, "5", a.Header().Get("Retry-After"))
			require.Equal(t, "no-store", a.Header().Get("Cache-Control"))
			require.NotContains(t, a.Body.String(), "hunter2")
			require.Contains(t, a.log, "hunter2")
			require.Contains(t, a.log, "the-id")
			doc := a.document(t)
			requireSound(t, doc, false)
			require.Equal(t, "This page is resting", text(all(doc, "h1")[0]))

			w.fail[c.reader] = context.Canceled
			require.Empty(t, w.get(t, c.target).log, "nobody waits for the page of a client that has gone")
		})
	}
}

func TestSearchAway(t *testing.T) {
	t.Parallel()
	w := newWorld(25)
	w.fail["SearchProducts"] = commerce.Unavailable("Search", errDown)
	a := w.get(t, "/s/corner/search?q=tea&vendor=Tata&o.size=M&sort=price")
	require.Equal(t, 200, a.Code)
	doc := a.document(t)
	requireSound(t, doc, true)
	require.Contains(t, text(all(doc, "main")[0]), "Search is resting for a moment")
	require.Len(t, withClass(doc, "card"), 20)
	require.NotContains(t, a.Body.String(), "hunter2")
	require.Equal(t, "tea", w.lists[0].Words)
	require.Equal(t, commerce.ProductSortPrice, w.lists[0].Page.Key)
	kept := map[string]string{}
	for _, i := range all(doc, "input") {
		if attr(i, "type") == "hidden" {
			kept[attr(i, "name")] = attr(i, "value")
		}
	}
	require.Equal(t, map[string]string{"q": "tea", "vendor": "Tata", "o.size": "M"}, kept, "what was chosen is not lost")

	next := withClass(doc, "pager")[0].FirstChild
	require.Contains(t, attr(next, "href"), "after=")
	second := w.get(t, attr(next, "href"))
	require.Len(t, withClass(second.document(t), "card"), 5)
}

// One link after another leads through the whole catalogue.
func TestPagesOfAList(t *testing.T) {
	t.Parallel()
	for _, start := range []string{"/s/corner/search", "/s/corner/search?q=tea&sort=title", "/s/corner/c/teas"} {
		w := newWorld(45)
		var seen []string
		for target := start; target != ""; {
			a := w.get(t, target)
			require.Equal(t, 200, a.Code)
			doc := a.document(t)
			for _, c := range withClass(doc, "card") {
				seen = append(seen, attr(c, "href"))
			}
			target = ""
			for _, l := range all(doc, "a") {
				if attr(l, "rel") == "next" {
					target = attr(l, "href")
				}
			}
		}
		require.Len(t, seen, 45)
		slices.Sort(seen)
		require.Len(t, slices.Compact(seen), 45)
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	w := newWorld(3)
	for _, target := range []string{"/s/corner", "/s/corner/search", "/s/corner/p/tea-1", "/robots.txt", "/assets/shop.css", "/s/nobody"} {
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
			a := w.request(t, method, target, auth.Request{})
			require.Equal(t, http.StatusMethodNotAllowed, a.Code)
			require.Equal(t, "GET, HEAD", a.Header().Get("Allow"))
		}
		got, head := w.get(t, target), w.request(t, http.MethodHead, target, auth.Request{})
		require.Equal(t, got.Code, head.Code)
		if target != "/robots.txt" {
			require.Empty(t, head.Body.String())
		}
		require.Equal(t, got.Header(), head.Header())
	}
}

func TestCaching(t *testing.T) {
	t.Parallel()
	w := newWorld(3)
	first := w.get(t, "/s/corner/p/tea-1")
	tag := first.Header().Get("ETag")
	require.Equal(t, "public, max-age=30, stale-while-revalidate=300", first.Header().Get("Cache-Control"))
	require.ElementsMatch(t, []string{"Accept-Encoding", "Cookie"}, first.Header().Values("Vary"))
	again := w.request(t, http.MethodGet, "/s/corner/p/tea-1", auth.Request{}, "If-None-Match", `"other", `+tag)
	require.Equal(t, http.StatusNotModified, again.Code)
	require.Empty(t, again.Body.String())
	require.Equal(t, tag, again.Header().Get("ETag"))

	packed := w.request(t, http.MethodGet, "/s/corner/p/tea-1", auth.Request{}, "Accept-Encoding", "br;q=1, gzip;q=0.8")
	require.Equal(t, "gzip", packed.Header().Get("Content-Encoding"))
	z, err := gzip.NewReader(packed.Body)
	require.NoError(t, err)
	plain, err := io.ReadAll(z)
	require.NoError(t, err)
	require.Equal(t, first.Body.String(), string(plain))
	require.Empty(t, w.request(t, http.MethodGet, "/s/corner/p/tea-1", auth.Request{}, "Accept-Encoding", "gzip;q=0, br").Header().Get("Content-Encoding"))

	w.variants[1].PriceMinor++
	require.NotEqual(t, tag, w.get(t, "/s/corner/p/tea-1").Header().Get("ETag"))
	require.Equal(t, "no-cache", w.get(t, "/s/corner/p/nothing").Header().Get("Cache-Control"))
	robots := w.get(t, "/robots.txt")
	require.Contains(t, robots.Body.String(), "Disallow: /s/*/search?")
}

// The policy allows exactly what the page brings: its own files, its colour and its facts.
func TestPolicy(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"/s/corner", "/s/corner/search", "/s/corner/p/tea-1", "/s/nobody"} {
		a := newWorld(3).get(t, target)
		doc, csp := a.document(t), a.Header().Get("Content-Security-Policy")
		require.NotContains(t, csp, "unsafe")
		require.Contains(t, csp, "default-src 'none'")
		hashed := all(doc, "style")
		for _, s := range all(doc, "script") {
			if attr(s, "src") == "" {
				hashed = append(hashed, s)
			}
		}
		for _, n := range hashed {
			sum := sha256.Sum256([]byte(n.FirstChild.Data))
			require.Contains(t, csp, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'", "%s on %s", n.Data, target)
		}
		require.Equal(t, len(hashed), strings.Count(csp, "sha256-"))
		for _, n := range slices.Concat(all(doc, "script"), all(doc, "link")) {
			file := attr(n, "src") + attr(n, "href")
			if !strings.HasPrefix(file, "/assets/") {
				continue
			}
			got := newWorld(1).get(t, file)
			require.Equal(t, "public, max-age=31536000, immutable", got.Header().Get("Cache-Control"))
			old := newWorld(1).get(t, strings.Replace(file, "shop.", "shop.0", 1))
			require.Equal(t, got.Body.String(), old.Body.String())
			require.Equal(t, "no-store", old.Header().Get("Cache-Control"))
		}
	}
}
