package shop_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// field is what a form's field holds.
func field(t *testing.T, doc *html.Node, name string) string {
	t.Helper()
	for _, n := range slices.Concat(all(doc, "input"), all(doc, "select")) {
		if attr(n, "name") != name {
			continue
		}
		switch {
		case n.Data == "select":
			for _, o := range all(n, "option") {
				if has(o, "selected") {
					return attr(o, "value")
				}
			}
		case attr(n, "type") != "radio" || has(n, "checked"):
			return attr(n, "value")
		}
	}
	return ""
}

// filled is the form of the page with some fields changed, sent by a button.
func filled(doc *html.Node, do string, changes ...string) url.Values {
	form := url.Values{}
	for _, n := range all(doc, "input") {
		if attr(n, "name") != "q" && (attr(n, "type") != "radio" || has(n, "checked")) {
			form.Set(attr(n, "name"), attr(n, "value"))
		}
	}
	for _, n := range all(doc, "select") {
		for _, o := range all(n, "option") {
			if has(o, "selected") {
				form.Set(attr(n, "name"), attr(o, "value"))
			}
		}
	}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	form.Set("do", do)
	return form
}

func main1(t *testing.T, a answer) string {
	t.Helper()
	return text(all(a.document(t), "main")[0])
}

// requirePrivate holds a page of the till against what they all promise.
func requirePrivate(t *testing.T, a answer, referrer string) {
	t.Helper()
	require.Equal(t, "private, no-store", a.Header().Get("Cache-Control"))
	require.Equal(t, referrer, a.Header().Get("Referrer-Policy"))
	if a.Code != http.StatusSeeOther {
		require.Contains(t, a.Body.String(), `<meta name="robots" content="noindex, follow">`)
		requireSound(t, a.document(t), a.Code != http.StatusServiceUnavailable)
	}
}

// From a product to the status of its order, by the forms and links of the pages alone.
func TestBuying(t *testing.T) {
	t.Parallel()
	b := newWorld(1).browser(t)
	product := b.open("/s/corner/p/tea-1?variant=3").document(t)
	form := all(product, "form")[1]
	require.Equal(t, "/s/corner/cart", attr(form, "action"))
	added := b.send(attr(form, "action"), url.Values{"add": {field(t, form, "add")}})
	require.Equal(t, http.StatusSeeOther, added.Code)
	require.Equal(t, "/s/corner/cart", added.Header().Get("Location"))

	cart := b.open("/s/corner/cart")
	requirePrivate(t, cart, "same-origin")
	for _, part := range []string{"Tea 1", "M / Red", "₹520 each", "Subtotal ₹520", "The checkout adds delivery."} {
		require.Contains(t, main1(t, cart), part)
	}
	toCheckout := b.send("/s/corner/cart", filled(cart.document(t), "checkout", "q.1", "2", "code", "spring"))
	require.Equal(t, b.checkoutPath(), toCheckout.Header().Get("Location"))

	checkout := b.open(b.checkoutPath())
	requirePrivate(t, checkout, "no-referrer")
	doc := checkout.document(t)
	for _, part := range []string{"2 × ₹520", "Code spring −₹104", "Courier ₹49", "Total ₹985", "Including GST 18 % ₹", "Place order · ₹985", "Fetch it: Market Road"} {
		require.Contains(t, main1(t, checkout), part)
	}
	require.Equal(t, "shipping-courier", field(t, doc, "delivery"))
	require.Equal(t, "IN", field(t, doc, "country"))
	require.Equal(t, "985.00", field(t, doc, "total"))

	placed := b.send(b.checkoutPath(), filled(doc, "order", "name", "Asha", "phone", "+91 98765 43210", "address1", "14 Temple Lane", "city", "Kochi", "payment", "MANUAL"))
	requirePrivate(t, placed, "no-referrer")
	require.Equal(t, "/s/corner/o/50-"+orderKey, placed.Header().Get("Location"))
	require.Empty(t, b.cookie, "the cart is an order now")

	order := b.open(placed.Header().Get("Location"))
	requirePrivate(t, order, "no-referrer")
	for _, part := range []string{
		"Order #1001", "Thank you. The shop has your order.", "₹985 is to be paid by transfer.", "Transfer ₹985, and name the order 1001", "2 × ₹520", "Code SPRING −₹104",
		"Courier ₹49", "Total ₹985", "14 Temple Lane", "Kochi", "India", "Asha", "+919876543210", "15 January 2027",
	} {
		require.Contains(t, main1(t, order), part)
	}
	share := attr(withClass(order.document(t), "filled")[0], "href")
	require.True(t, strings.HasPrefix(share, "https://wa.me/?text=%2AThe+Corner+Shop+%231001%2A"), share)

	// The checkout of a cart that is an order leads to the order, whatever is sent there; and only the right key does.
	path := "/s/corner/b/1-" + cartKey
	require.Equal(t, placed.Header().Get("Location"), b.send(path, nil).Header().Get("Location"))
	for range 2 {
		require.Equal(t, placed.Header().Get("Location"), b.send(path, filled(doc, "order")).Header().Get("Location"))
	}
	require.Len(t, b.till.orders, 1)
	require.Equal(t, 404, b.open("/s/corner/b/1-"+orderKey).Code)
	require.Contains(t, main1(t, b.open("/s/corner/cart")), "There is nothing in it yet.")
}

// Only the shop's own pages change a cart.
func TestForeignForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		header         []string
		cart, checkout int
	}{
		{"an old browser", nil, 303, 303},
		{"this page", []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://shops.test"}, 303, 303},
		{"an address that was typed", []string{"Sec-Fetch-Site", "none"}, 303, 303},
		{"another site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test"}, 403, 403},
		{"another site that hides", []string{"Sec-Fetch-Site", "cross-site", "Origin", "null"}, 403, 403},
		{"a neighbour", []string{"Sec-Fetch-Site", "same-site", "Origin", "https://other.shops.test"}, 403, 403},
		{"another site in an old browser", []string{"Origin", "https://evil.test"}, 403, 403},
		{"this page in an old browser", []string{"Origin", "https://shops.test"}, 303, 303},
		{"a page that tells nobody of its address, in an old browser", []string{"Origin", "null"}, 403, 303},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newWorld(1).browser(t)
			b.add(2)
			before := b.till.carts[1]
			require.Equal(t, c.checkout, b.send(b.checkoutPath(), url.Values{"do": {"edit"}}, c.header...).Code)
			require.Equal(t, c.cart, b.send("/s/corner/cart", url.Values{"add": {"2"}}, c.header...).Code)
			require.Equal(t, c.cart == 403, before == b.till.carts[1])
		})
	}
	b := newWorld(1).browser(t)
	require.Equal(t, http.StatusRequestEntityTooLarge, b.send("/s/corner/cart", url.Values{"code": {strings.Repeat("x", 70_000)}}).Code)
	a := b.requestWith(t, http.MethodPost, "/s/corner/cart", "%zz", b.known, "Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusBadRequest, a.Code)
	for _, target := range []string{"/s/corner/cart", "/s/corner/b/1-A"} {
		require.Equal(t, "GET, HEAD, POST", b.request(t, http.MethodPut, target, b.known).Header().Get("Allow"))
	}
	require.Equal(t, http.StatusMethodNotAllowed, b.request(t, http.MethodPost, "/s/corner/o/1-A", b.known).Code)
}

// A wrong key is like a cart or an order that never was, and so is one of another store.
func TestSecrets(t *testing.T) {
	t.Parallel()
	b := newWorld(1).browser(t)
	b.add(2)
	cart := b.checkoutPath()
	doc := b.open(cart).document(t)
	b.send(cart, filled(doc, "order", "name", "A", "phone", "98765 43210", "delivery", "pickup-7", "total", "470.00"))
	require.Len(t, b.till.orders, 1)
	require.Equal(t, 200, b.open("/s/corner/o/50-"+orderKey).Code)
	for _, kind := range []string{"o", "b"} {
		never := b.open("/s/corner/" + kind + "/999-" + orderKey)
		for _, secret := range []string{
			"50-" + cartKey, "50-", "50", "1-" + orderKey, "-50-" + orderKey, "050-A", "0-" + orderKey, "x-y", "50-%00", "99999999999999999999-A", "50-" + strings.Repeat("A", 100),
		} {
			a := b.open("/s/corner/" + kind + "/" + secret)
			require.Equal(t, 404, a.Code, secret)
			require.Equal(t, never.Body.String(), a.Body.String())
			requirePrivate(t, a, "no-referrer")
		}
		if kind == "b" {
			require.Equal(t, 404, b.send("/s/corner/b/2-"+cartKey, url.Values{"do": {"order"}}).Code)
		}
	}
	b.add(3)
	live := b.checkoutPath()
	require.Equal(t, 200, b.open(live).Code)
	b.store.ID = 2 // the same host with another store
	for _, path := range []string{cart, live, "/s/corner/o/50-" + orderKey} {
		require.Equal(t, 404, b.open(path).Code)
	}
	require.Contains(t, main1(t, b.open("/s/corner/cart")), "There is nothing in it yet.")
}

// What buyers and merchants write is text on every page of the till.
func TestHostileOrders(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</textarea><script>`, `{{.}}`, `javascript:alert(1)`, `' autofocus onfocus='alert(1)`} {
		w := newWorld(1)
		w.store.Name, w.products[0].Title, w.products[0].Handle = evil, evil, "tea-1"
		for _, v := range w.variants {
			v.SelectedOptions[0].Value = evil
		}
		w.till.settings.Delivery.Pickups[0].Name, w.till.settings.Delivery.Pickups[0].Description = evil, evil
		w.till.settings.Tax.Rates[0].Title = evil
		b := w.browser(t)
		b.add(2)
		path := b.checkoutPath()
		cart := b.open("/s/corner/cart")
		require.Equal(t, http.StatusSeeOther, b.send("/s/corner/cart", filled(cart.document(t), "", "code", evil)).Code)
		doc := b.open(path).document(t)
		typed := []string{"name", evil, "phone", "98765 43210", "address1", evil, "city", evil, "zip", evil, "province", evil}
		refused := b.send(path, filled(doc, "order", slices.Concat(typed, []string{"email", evil, "delivery", evil, "country", evil, "payment", evil})...))
		require.Equal(t, http.StatusUnprocessableEntity, refused.Code)
		placed := b.send(path, filled(doc, "order", typed...))
		require.Equal(t, http.StatusSeeOther, placed.Code, placed.Body.String())
		for _, a := range []answer{cart, refused, b.open(placed.Header().Get("Location"))} {
			requireSound(t, a.document(t), true)
			require.Len(t, all(a.document(t), "script"), 1)
		}
	}
}

// What the pages of the till read depends on the page, not on how much is on it.
func TestTillReadings(t *testing.T) {
	t.Parallel()
	for _, lines := range []int{1, 2} {
		w := newWorld(1)
		b := w.browser(t)
		b.add(2)
		if lines == 2 {
			b.add(3)
		}
		path := b.checkoutPath()
		readings := func(target string) string {
			clear(w.calls)
			require.Equal(t, 200, b.send(target, nil).Code)
			var calls []string
			for name, count := range w.calls {
				calls = append(calls, fmt.Sprintf("%s:%d", name, count))
			}
			slices.Sort(calls)
			return strings.Join(calls, " ")
		}
		require.Equal(t, "Carts:1 MediaLists:1 PageLists:1 PriceCarts:1 ProductsByID:1 StoresByHandle:1 VariantImages:1", readings("/s/corner/cart"))
		require.Equal(t, "Carts:1 MediaLists:1 PageLists:1 PriceCarts:2 PriceSettings:1 ProductsByID:1 StoresByHandle:1 VariantImages:1", readings(path))
		doc := b.open(path).document(t)
		b.send(path, filled(doc, "order", "name", "A", "phone", "98765 43210", "address1", "1", "city", "K"))
		require.Equal(t, "Fulfillments:1 OrderLines:1 Orders:1 PageLists:1 StoresByHandle:1", readings("/s/corner/o/50-"+orderKey))
	}
}

func TestTillFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		target, reader string
		form           url.Values
	}{
		{"/s/corner/cart", "Carts", nil},
		{"/s/corner/cart", "PriceCarts", nil},
		{"/s/corner/cart", "ProductsByID", nil},
		{"/s/corner/cart", "VariantImages", nil},
		{"/s/corner/cart", "MediaLists", nil},
		{"/s/corner/cart", "ChangeCart", url.Values{"add": {"2"}}},
		{"/s/corner/cart", "ChangeCart", url.Values{"q.1": {"2"}}},
		{"/s/corner/b/1-" + cartKey, "Carts", nil},
		{"/s/corner/b/1-" + cartKey, "PriceSettings", nil},
		{"/s/corner/b/1-" + cartKey, "PriceCarts", nil},
		{"/s/corner/b/1-" + cartKey, "ProductsByID", nil},
		{"/s/corner/b/1-" + cartKey, "ChangeCart", url.Values{"do": {"update"}}},
		{"/s/corner/b/1-" + cartKey, "CompleteCart", url.Values{"do": {"order"}, "name": {"A"}, "phone": {"98765 43210"}, "delivery": {"pickup-7"}, "total": {"470.00"}}},
		{"/s/corner/b/9-" + cartKey, "CompleteCart", nil},
		{"/s/corner/o/50-" + orderKey, "Orders", nil},
	} {
		t.Run(c.target+" "+c.reader, func(t *testing.T) {
			t.Parallel()
			b := newWorld(1).browser(t)
			b.add(2)
			b.fail[c.reader] = errDown
			a := b.send(c.target, c.form)
			require.Equal(t, http.StatusServiceUnavailable, a.Code)
			require.NotContains(t, a.Body.String(), "hunter2")
			require.Contains(t, a.log, "hunter2")
			require.Equal(t, "private, no-store", a.Header().Get("Cache-Control"))
			require.Empty(t, b.till.orders)
		})
	}
}
