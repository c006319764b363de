package shop_test

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// What keeps a checkout from becoming an order is said beside the fields and all together, and nothing typed is lost.
func TestCheckoutRefusals(t *testing.T) {
	t.Parallel()
	good := []string{"name", "Asha", "phone", "98765 43210", "address1", "14 Temple Lane", "city", "Kochi"}
	for name, c := range map[string]struct {
		changes []string
		refuse  commerce.Refusals
		field   string
		says    string
	}{
		"no name":       {changes: []string{"name", " "}, field: "name", says: "Write your name."},
		"no contact":    {changes: []string{"phone", ""}, field: "phone", says: "Give a phone number or an e-mail address, so that the shop can reach you."},
		"phone":         {changes: []string{"phone", "soon"}, field: "phone", says: `"soon" is no phone number`},
		"e-mail":        {changes: []string{"email", "asha at home"}, field: "email", says: `"asha at home" is no e-mail address.`},
		"no street":     {changes: []string{"address1", ""}, field: "address1", says: "Write the house and the street."},
		"no town":       {changes: []string{"city", ""}, field: "city", says: "Write the town."},
		"long":          {changes: []string{"zip", strings.Repeat("9", 300)}, field: "zip", says: "This is longer than 255 characters."},
		"no delivery":   {changes: []string{"delivery", ""}, says: "Choose how you get it"},
		"other country": {changes: []string{"country", "NP"}, says: "Choose how you get it: what you chose before is not offered there."},
		"no such way":   {changes: []string{"delivery", "shipping-balloon"}, says: "Choose how you get it"},
		"total":         {changes: []string{"total", "1.00"}, says: "The total is now ₹519. Look it over, then place the order again."},
		"odd total":     {changes: []string{"total", "free"}, says: "The total is now ₹519."},
		"pickup":        {changes: []string{"delivery", "pickup-7"}, says: "The total is now ₹470."},
		"sold out":      {refuse: commerce.Refusals{{Field: []string{"input", "cartId"}, Code: commerce.RefusalOutOfStock, Message: `"Tea" is sold out.`}}, says: `"Tea" is sold out.`},
		"raced":         {refuse: commerce.Refusals{{Field: []string{"input", "expectedTotal"}, Code: commerce.RefusalPriceChanged, Message: "-"}}, says: "The total is now ₹519."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newWorld(1).browser(t)
			b.add(2)
			doc := b.open(b.checkoutPath()).document(t)
			b.till.refuse = c.refuse
			form := filled(doc, "order", slices.Concat(good, c.changes)...)
			before := b.till.carts[1]
			a := b.send(b.checkoutPath(), form)
			require.Equal(t, http.StatusUnprocessableEntity, a.Code, a.Header())
			requirePrivate(t, a, "no-referrer")
			doc = a.document(t)
			require.Contains(t, text(withClass(doc, "bad")[0]), c.says)
			if c.field != "" {
				require.Contains(t, a.Body.String(), `id="`+c.field+`-fault"`)
				require.Equal(t, "true", attr(inputs(doc, c.field)[0], "aria-invalid"))
				require.Contains(t, attr(inputs(doc, c.field)[0], "aria-describedby"), c.field+"-fault")
				require.Contains(t, a.Body.String(), `href="#`+c.field+`"`)
			}
			for _, kept := range []string{"name", "phone", "email", "address1", "city", "zip", "country"} {
				require.Equal(t, strings.TrimSpace(form.Get(kept)), field(t, doc, kept), kept)
			}
			require.Empty(t, b.till.orders)
			require.Equal(t, before, b.till.carts[1], "nothing was written")
		})
	}
}

// One page asks again until the buyer agrees: a new way of delivery has a new total, and the next try has it.
func TestCheckoutAgain(t *testing.T) {
	t.Parallel()
	b := newWorld(1).browser(t)
	b.add(2)
	path := b.checkoutPath()
	doc := b.open(path).document(t)
	doc = b.send(path, filled(doc, "order", "name", "Asha", "email", "asha@shop.test", "delivery", "pickup-7")).document(t)
	require.Equal(t, "pickup-7", field(t, doc, "delivery"))
	require.Equal(t, "470.00", field(t, doc, "total"))
	a := b.send(path, filled(doc, "order"))
	require.Equal(t, http.StatusSeeOther, a.Code)
	o := b.till.orders[50]
	require.Equal(t, commerce.PaymentCashOnDelivery, o.PaymentMethod)
	require.Nil(t, o.Address, "nothing is sent")
	require.Contains(t, main1(t, b.open(a.Header().Get("Location"))), "₹470 in cash, when you get it.")
}

// The button that updates keeps in the cart what was typed, and asks nothing of the buyer yet.
func TestCheckoutUpdate(t *testing.T) {
	t.Parallel()
	b := newWorld(1).browser(t)
	b.add(2)
	path := b.checkoutPath()
	for range 2 { // the second time, the address takes the place of the first
		doc := b.open(path).document(t)
		a := b.send(path, filled(doc, "update", "name", "Asha", "city", "Pokhara", "country", "NP", "payment", "MANUAL"))
		require.Equal(t, path+"?payment=MANUAL#sum", a.Header().Get("Location"))
		a = b.open(path + "?payment=MANUAL")
		doc = a.document(t)
		require.Equal(t, []string{"Asha", "Pokhara", "NP", "MANUAL", "shipping-air"}, []string{
			field(t, doc, "name"), field(t, doc, "city"), field(t, doc, "country"), field(t, doc, "payment"), field(t, doc, "delivery"),
		})
		require.Contains(t, main1(t, a), "By air ₹900")
	}
	require.Len(t, b.load(commerce.CartKey{Store: 1, ID: 1, Key: cartKey}).Places, 1)
	doc := b.open(path).document(t)
	require.Equal(t, http.StatusUnprocessableEntity, b.send(path, filled(doc, "update", "email", "nobody")).Code)

	// Whoever came by a link from elsewhere takes the cart along to change it.
	b.cookie = ""
	require.Equal(t, "/s/corner/cart", b.send(path, url.Values{"do": {"edit"}}).Header().Get("Location"))
	require.Contains(t, main1(t, b.open("/s/corner/cart")), "Tea 1")
}

// What the checkout asks depends on what the store does.
func TestCheckoutOfStores(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change         func(w *world)
		says, not      []string
		address, ways  bool
		countries, way int
	}{
		"both": {change: func(*world) {}, says: []string{"Where it goes", "How you get it"}, countries: 2},
		"pickup alone": {
			change: func(w *world) { w.till.settings.Delivery.Zones = nil }, says: []string{"Fetch it: Market Road"}, not: []string{"Where it goes"},
		},
		"nothing": {
			change: func(w *world) { w.till.settings.Delivery = commerce.DeliverySettings{} },
			says:   []string{"The shop has not said yet how its goods are delivered."}, not: []string{"Where it goes"},
		},
		"nothing to bring": {
			change: func(w *world) {
				for _, v := range w.variants {
					v.RequiresShipping = false
				}
			}, not: []string{"Where it goes", "How you get it"},
		},
		"everywhere": {change: func(w *world) { w.till.settings.Delivery.Zones[1].RestOfWorld = true }, says: []string{"Nepal", "Iceland", "India"}, countries: 252},
		"provinces": {
			change: func(w *world) {
				w.till.settings.Delivery.Zones[1].Areas = []commerce.DeliveryArea{{Country: "IN", Provinces: []string{"KL"}}}
			}, says: []string{"Its short code, such as KL"}, countries: 1,
		},
		"added tax": {change: func(w *world) { w.till.settings.Tax.PricesIncludeTax = false }, says: []string{"GST 18 % ₹84.60"}, not: []string{"Including"}, countries: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(1)
			c.change(w)
			b := w.browser(t)
			b.add(2)
			a := b.open(b.checkoutPath())
			requirePrivate(t, a, "no-referrer")
			for _, part := range c.says {
				require.Contains(t, main1(t, a), part)
			}
			for _, part := range c.not {
				require.NotContains(t, main1(t, a), part)
			}
			require.Len(t, all(a.document(t), "option"), c.countries)
			if name == "nothing" {
				a = b.send(b.checkoutPath(), filled(a.document(t), "order", "name", "Asha", "phone", "98765 43210"))
				require.Contains(t, text(withClass(a.document(t), "bad")[0]), "The shop does not deliver there.")
			}
		})
	}
	w := newWorld(1)
	b := w.browser(t)
	b.add(2)
	b.send("/s/corner/cart", url.Values{"q.1": {"0"}})
	require.Contains(t, main1(t, b.open(b.checkoutPath())), "There is nothing in this cart that can be ordered.")
}

// The countries to choose from are those of the API.
func TestCountries(t *testing.T) {
	t.Parallel()
	schema, err := os.ReadFile("../../graph/schema/localization.graphql")
	require.NoError(t, err)
	_, enum, _ := strings.Cut(string(schema), "enum CountryCode {")
	enum, _, _ = strings.Cut(enum, "\n}")
	var want, shown []string
	for line := range strings.Lines(enum) {
		if code := strings.TrimSpace(line); len(code) == 2 && code != string(commerce.CountryUnknown) && code != "AN" {
			want = append(want, code)
		}
	}
	w := newWorld(1)
	w.till.settings.Delivery.Zones[1].RestOfWorld = true
	b := w.browser(t)
	b.add(2)
	for _, o := range all(b.open(b.checkoutPath()).document(t), "option") {
		require.NotEqual(t, attr(o, "value"), text(o), "a country without a name")
		shown = append(shown, attr(o, "value"))
	}
	require.ElementsMatch(t, want, shown)
}
