package shop_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

func TestCartCookie(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		known              auth.Request
		target, path, base string
		secure             bool
	}{
		{auth.Request{BaseURL: "https://shops.test"}, "/s/corner/cart", "/s/corner", "/s/corner/cart", true},
		{auth.Request{BaseURL: "https://shops.test"}, "/s/CORNER/cart", "/s/corner", "/s/corner/cart", true},
		{auth.Request{BaseURL: "http://127.0.0.1:8080"}, "/s/corner/cart", "/s/corner", "/s/corner/cart", false},
		{auth.Request{StoreHandle: "corner", BaseURL: "https://corner.shops.test", BaseDomain: "shops.test"}, "/cart", "/", "/cart", true},
	} {
		b := newWorld(1).browser(t)
		b.known = c.known
		a := b.send(c.target, url.Values{"add": {"2"}})
		require.Equal(t, c.base, a.Header().Get("Location"))
		kept := cookies(a.ResponseRecorder)
		require.Len(t, kept, 1)
		cookie := kept[0]
		require.Equal(t, "kirana_cart=1-"+cartKey+".1", cookie.Name+"="+cookie.Value)
		require.Equal(t, c.path, cookie.Path)
		require.Equal(t, c.secure, cookie.Secure)
		require.True(t, cookie.HttpOnly)
		require.Equal(t, http.SameSiteLaxMode, cookie.SameSite)
		require.Empty(t, cookie.Domain)
		require.Equal(t, int(commerce.CartLife/time.Second), cookie.MaxAge)
	}
}

// Every page says how much is in the cart without asking for it, and then is the buyer's own.
func TestCartLink(t *testing.T) {
	t.Parallel()
	b := newWorld(3).browser(t)
	link := func(target string) (string, answer) {
		a := b.open(target)
		return text(withClass(a.document(t), "basket")[0]), a
	}
	for _, target := range []string{"/s/corner", "/s/corner/search", "/s/corner/c/teas", "/s/corner/p/tea-1"} {
		b.cookie = ""
		none, a := link(target)
		require.Equal(t, "Cart", none)
		require.Contains(t, a.Header().Get("Cache-Control"), "public")
		require.Empty(t, a.Header().Values("Set-Cookie"))
		b.add(2)
		b.add(3)
		some, a := link(target)
		require.Equal(t, "Cart2 in it", some)
		require.Equal(t, "private, no-cache", a.Header().Get("Cache-Control"))
		require.Contains(t, a.Header().Values("Vary"), "Cookie")
	}
	require.Zero(t, b.calls["Carts"]-4, "each of four second additions read the cart, and no page did")
	b.cookie = "kirana_cart=1-" + cartKey + ".70000"
	many, _ := link("/s/corner")
	require.Equal(t, "Cart99+ in it", many)
	for _, odd := range []string{"", "1", "1-", "-1-A.1", "0-A.1", "1-A", "1-A.-1", "1-A.x", "x-A.1", "1-A/../B.1", "99999999999999999999-A.1", "1-" + strings.Repeat("A", 65) + ".1"} {
		b.cookie = "kirana_cart=" + odd
		none, _ := link("/s/corner")
		require.Equal(t, "Cart", none, odd)
	}
}

// What a buyer does to a cart, step by step.
func TestCartChanges(t *testing.T) {
	t.Parallel()
	b := newWorld(1).browser(t)
	change := func(form url.Values) answer {
		a := b.send("/s/corner/cart", form)
		if a.Code == http.StatusSeeOther {
			return b.open(a.Header().Get("Location"))
		}
		return a
	}
	b.add(2)
	b.add(3)
	both := change(url.Values{"q.1": {"3"}, "q.2": {"2"}})
	require.Contains(t, main1(t, both), "Subtotal ₹2,450")
	require.Contains(t, main1(t, both), "These are the last.")
	require.True(t, strings.HasSuffix(b.cookie, ".5"))

	few := change(url.Values{"q.1": {"99"}, "q.2": {"2"}})
	require.Equal(t, 200, few.Code)
	require.Contains(t, main1(t, few), "There are fewer than you asked for. Your cart has all that are left.")
	require.Equal(t, "3", field(t, few.document(t), "q.1"))

	gone := b.add(1)
	require.Equal(t, "/s/corner/cart?gone=1", gone.Header().Get("Location"))
	require.Contains(t, main1(t, b.open("/s/corner/cart?gone=1")), "sold out, so it is not in your cart.")

	odd := change(url.Values{"q.1": {"two"}, "q.2": {"1"}, "code": {"SPRING"}, "do": {"checkout"}})
	require.Equal(t, http.StatusUnprocessableEntity, odd.Code)
	require.Contains(t, main1(t, odd), "Nothing was changed: look at what is marked below.")
	require.Contains(t, main1(t, odd), "Write a number, such as 2. 0 takes it out.")
	require.Equal(t, "two", field(t, odd.document(t), "q.1"))
	require.Equal(t, "1", field(t, odd.document(t), "q.2"), "nothing that was typed is lost")
	require.Equal(t, "SPRING", field(t, odd.document(t), "code"))
	requirePrivate(t, odd, "same-origin")

	less := change(url.Values{"q.1": {"-1"}})
	require.Equal(t, http.StatusUnprocessableEntity, less.Code)
	require.Equal(t, "true", attr(inputs(less.document(t), "q.1")[0], "aria-invalid"))
	require.Contains(t, main1(t, less), "A line has 0 units or more: -1 is less.")

	require.Contains(t, main1(t, change(url.Values{"code": {"nothing"}})), "The shop knows no such code.")
	require.Contains(t, main1(t, change(url.Values{"code": {"Spring"}})), "Code Spring −₹")
	require.NotContains(t, main1(t, change(url.Values{"drop": {"NOTHING"}})), "no such code")
	require.Equal(t, http.StatusUnprocessableEntity, change(url.Values{"code": {strings.Repeat("é", 256)}}).Code)

	one := change(url.Values{"q.1": {"3"}, "remove": {"2"}})
	require.NotContains(t, main1(t, one), "M / Red")
	none := change(url.Values{"q.1": {"0"}})
	require.Contains(t, main1(t, none), "There is nothing in it yet.")
	require.Len(t, b.till.carts, 1)
}

func inputs(doc *html.Node, name string) []*html.Node {
	return slices.DeleteFunc(all(doc, "input"), func(n *html.Node) bool { return attr(n, "name") != name })
}

// A cart that something has happened to meanwhile.
func TestCartMeanwhile(t *testing.T) {
	t.Parallel()
	b := newWorld(1).browser(t)
	require.Equal(t, http.StatusUnprocessableEntity, b.add(77).Code)
	require.Equal(t, http.StatusUnprocessableEntity, b.send("/s/corner/cart", url.Values{"add": {"<b>"}}).Code)
	require.Empty(t, b.till.carts)
	b.add(3)
	b.variants[2].InventoryQuantity = 0
	require.Contains(t, main1(t, b.open("/s/corner/cart")), "Sold out now: take it out to order the rest.")
	b.variants[2].InventoryPolicy = commerce.InventoryContinue
	require.Contains(t, main1(t, b.open("/s/corner/cart")), "Sent when it is back in stock.")
	b.variants = b.variants[:2]
	require.Contains(t, main1(t, b.open("/s/corner/cart")), "Something in your cart is not on sale just now.")
	require.Contains(t, main1(t, b.add(3)), "This is not for sale any more.")

	// A cart that has been idle for too long is forgotten, and a new one begins.
	delete(b.till.carts, 1)
	require.Equal(t, "/s/corner/cart", b.send("/s/corner/cart", url.Values{"q.1": {"2"}}).Header().Get("Location"))
	require.Contains(t, main1(t, b.open("/s/corner/cart")), "There is nothing in it yet.")
	require.Empty(t, b.cookie)
	b.add(2)
	require.NotEmpty(t, b.cookie)
}
