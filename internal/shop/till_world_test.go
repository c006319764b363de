package shop_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// till is what the world sells with: carts and orders in memory, changed and priced by the real rules.
type till struct {
	carts    map[commerce.CartID]string
	orders   map[commerce.OrderID]*commerce.Order
	lines    map[commerce.OrderID][]*commerce.OrderLine
	parcels  []*commerce.Fulfillment
	settings commerce.PriceSettings
	payments commerce.StorePaymentSettings
	codes    map[string]*commerce.Discount
	// refuse is what the till refuses an order for, whatever the page says.
	refuse commerce.Refusals
}

// newTill sells in India, at the shop and by courier.
func newTill() *till {
	return &till{
		carts: map[commerce.CartID]string{}, orders: map[commerce.OrderID]*commerce.Order{}, lines: map[commerce.OrderID][]*commerce.OrderLine{},
		settings: commerce.PriceSettings{
			Currency: "INR", Tax: commerce.TaxSettings{PricesIncludeTax: true, Country: "IN", Rates: []commerce.TaxRate{{Country: "IN", Title: "GST", Rate: 180_000}}},
			Delivery: commerce.DeliverySettings{
				StoreID: 1, Pickups: []commerce.PickupLocation{{StoreID: 1, Location: 7, Name: "Market Road", Description: "Until nine"}},
				Zones: []commerce.DeliveryZone{
					{Name: "Home", Areas: []commerce.DeliveryArea{{Country: "IN"}}, Rates: []commerce.DeliveryRate{{Handle: "courier", Title: "Courier", PriceMinor: 4900}}},
					{Name: "Near", Areas: []commerce.DeliveryArea{{Country: "NP"}}, Rates: []commerce.DeliveryRate{{Handle: "air", Title: "By air", PriceMinor: 90000}}},
				},
			},
		},
		codes: map[string]*commerce.Discount{
			commerce.DiscountKey("SPRING"): {ID: 1, Code: "SPRING", Type: commerce.DiscountPercentage, Rate: 100_000},
		},
	}
}

func (w *world) sold() map[commerce.VariantID]*commerce.ProductVariant {
	found := map[commerce.VariantID]*commerce.ProductVariant{}
	for _, v := range w.variants {
		found[v.ID] = v
	}
	return found
}

// load reads a cart as the database does: a copy, numbered.
func (w *world) load(key commerce.CartKey) *commerce.Cart {
	text, ok := w.till.carts[key.ID]
	if !ok || key.Store != 1 || key.Key != cartKey {
		return nil
	}
	c := &commerce.Cart{StoreID: 1, ID: key.ID, Key: cartKey}
	if err := json.Unmarshal([]byte(text), &c.CartContent); err != nil {
		panic(err)
	}
	for id, o := range w.till.orders {
		if o.Number == int64(1000+key.ID) {
			c.OrderID = id
		}
	}
	c.Number()
	return c
}

func (w *world) keep(c *commerce.Cart) {
	text, err := json.Marshal(c.CartContent)
	if err != nil {
		panic(err)
	}
	w.till.carts[c.ID] = string(text)
}

const cartKey, orderKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ZYXWVUTSRQPONMLKJIHGFEDCBA"

func (w *world) Carts(_ context.Context, keys []commerce.CartKey) (map[commerce.CartKey]*commerce.Cart, error) {
	found := map[commerce.CartKey]*commerce.Cart{}
	for _, k := range keys {
		if c := w.load(k); c != nil && c.OrderID == 0 {
			found[k] = c
		}
	}
	return found, w.read("Carts")
}

func (w *world) CreateCart(_ context.Context, store *commerce.Store, change commerce.CartChange) (*commerce.ChangedCart, error) {
	c := &commerce.Cart{StoreID: store.ID, ID: commerce.CartID(len(w.till.carts) + 1), Key: cartKey}
	return w.apply(c, change, w.read("CreateCart"))
}

func (w *world) ChangeCart(_ context.Context, key commerce.CartKey, change commerce.CartChange) (*commerce.ChangedCart, error) {
	c := w.load(key)
	if c == nil || c.OrderID != 0 {
		return nil, commerce.Refuse(commerce.RefusalInvalid, []any{"cartId"}, "There is no such cart.")
	}
	return w.apply(c, change, w.read("ChangeCart"))
}

func (w *world) apply(c *commerce.Cart, change commerce.CartChange, err error) (*commerce.ChangedCart, error) {
	if err != nil {
		return nil, err
	}
	warnings, err := change.Apply(c, w.sold())
	if err != nil {
		return nil, err
	}
	c.Number()
	w.keep(c)
	return &commerce.ChangedCart{Cart: c, Warnings: warnings}, nil
}

func (w *world) facts() *commerce.CartFacts {
	return &commerce.CartFacts{Currency: w.store.Currency, Sold: w.sold(), Settings: &w.till.settings, Discounts: w.till.codes, Now: time.Unix(0, 0)}
}

func (w *world) PriceCarts(_ context.Context, carts []*commerce.Cart) (map[*commerce.Cart]*commerce.PricedCart, error) {
	priced, err := carts[0].Price(w.facts())
	if err != nil {
		return nil, err
	}
	return map[*commerce.Cart]*commerce.PricedCart{carts[0]: priced}, w.read("PriceCarts")
}

func (w *world) PriceSettings(context.Context, []commerce.StoreID) (map[commerce.StoreID]*commerce.PriceSettings, error) {
	return map[commerce.StoreID]*commerce.PriceSettings{1: &w.till.settings}, w.read("PriceSettings")
}

func (w *world) PaymentSettings(context.Context, []commerce.StoreID) (map[commerce.StoreID]*commerce.StorePaymentSettings, error) {
	return map[commerce.StoreID]*commerce.StorePaymentSettings{1: &w.till.payments}, w.read("PaymentSettings")
}

func (w *world) CompleteCart(_ context.Context, key commerce.CartKey, in *commerce.CartCompleteInput) (*commerce.Order, error) {
	if err := w.read("CompleteCart"); err != nil {
		return nil, err
	}
	c := w.load(key)
	switch {
	case c == nil:
		return nil, commerce.Refuse(commerce.RefusalInvalid, []any{"input", "cartId"}, "There is no such cart.")
	case c.OrderID != 0:
		return w.till.orders[c.OrderID], nil
	case w.till.refuse != nil:
		return nil, w.till.refuse
	}
	checkout, err := commerce.NewCheckout(c, in)
	if err != nil {
		return nil, err
	}
	priced, err := c.Price(w.facts())
	if err != nil {
		return nil, err
	}
	if err := checkout.Check(priced); err != nil {
		return nil, err
	}
	names := map[commerce.VariantID]commerce.Sold{}
	for id := range w.sold() {
		names[id] = commerce.Sold{Title: "Tea 1", ImageURL: "/pictures/corner/tea-1.svg"}
	}
	id := commerce.OrderID(50 + len(w.till.orders))
	order, lines := checkout.Order(priced, id, names)
	order.Number, order.Key, order.CreatedAt = int64(1000+c.ID), orderKey, time.Unix(1_800_000_000, 0)
	w.till.orders[id], w.till.lines[id] = order, lines
	return order, nil
}

func (w *world) Orders(_ context.Context, keys []commerce.OrderKey) (map[commerce.OrderKey]*commerce.Order, error) {
	found := map[commerce.OrderKey]*commerce.Order{}
	for _, k := range keys {
		if o := w.till.orders[k.ID]; o != nil && k == o.KeyRef() {
			found[k] = o
		}
	}
	return found, w.read("Orders")
}

func (w *world) OrderLists(context.Context, []commerce.OrderListKey) (map[commerce.OrderListKey]commerce.List[*commerce.Order], error) {
	return nil, w.read("OrderLists")
}

func (w *world) OrderLines(_ context.Context, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.OrderLine, error) {
	return map[commerce.OrderRef][]*commerce.OrderLine{orders[0]: w.till.lines[orders[0].ID]}, w.read("OrderLines")
}

func (w *world) OrderEvents(context.Context, []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.OrderEvent, error) {
	return nil, w.read("OrderEvents")
}

func (w *world) Fulfillments(_ context.Context, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.Fulfillment, error) {
	return map[commerce.OrderRef][]*commerce.Fulfillment{orders[0]: w.till.parcels}, w.read("Fulfillments")
}

func (w *world) CardRefunds(context.Context, []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.CardRefund, error) {
	return nil, w.read("CardRefunds")
}

func (w *world) Disputes(context.Context, []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.CardReversal, error) {
	return nil, w.read("Disputes")
}

func (w *world) Refunds(context.Context, []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.Refund, error) {
	return nil, w.read("Refunds")
}

// browser is somebody who buys: it keeps the store's cookie, and fills in the forms that it is shown.
type browser struct {
	*world

	t      *testing.T
	known  auth.Request
	cookie string
}

func (w *world) browser(t *testing.T) *browser {
	t.Helper()
	return &browser{world: w, t: t}
}

// send sends a form, or nothing where form is nil.
func (b *browser) send(target string, form url.Values, header ...string) answer {
	b.t.Helper()
	if b.cookie != "" {
		header = append(header, "Cookie", b.cookie)
	}
	var a answer
	if form == nil {
		a = b.request(b.t, http.MethodGet, target, b.known, header...)
	} else {
		a = b.requestWith(b.t, http.MethodPost, target, form.Encode(), b.known, append(header, "Content-Type", "application/x-www-form-urlencoded")...)
	}
	for _, c := range cookies(a.ResponseRecorder) {
		b.cookie = c.Name + "=" + c.Value
		if c.MaxAge < 0 {
			b.cookie = ""
		}
	}
	return a
}

func cookies(a *httptest.ResponseRecorder) []*http.Cookie { return a.Result().Cookies() }

// open follows the links of the answers until there is a page.
func (b *browser) open(target string) answer {
	b.t.Helper()
	for range 5 {
		a := b.send(target, nil)
		if a.Code != http.StatusSeeOther {
			return a
		}
		target = a.Header().Get("Location")
	}
	require.Fail(b.t, "there is no end to "+target)
	return answer{}
}

// add puts a variant into the cart.
func (b *browser) add(variant int) answer {
	b.t.Helper()
	return b.send("/s/corner/cart", url.Values{"add": {fmt.Sprint(variant)}})
}

// checkoutPath is the address of the checkout of the browser's cart.
func (b *browser) checkoutPath() string {
	_, secret, _ := strings.Cut(b.cookie, "=")
	secret, _, _ = strings.Cut(secret, ".")
	return "/s/corner/b/" + secret
}
