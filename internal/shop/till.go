package shop

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// Till is what the pages sell with. All that it reads comes from the primary: whoever looks at a cart or an order has just
// changed it.
type Till struct {
	Carts     commerce.CartReader
	Editor    commerce.CartEditor
	Pricer    commerce.CartPricer
	Settings  SettingsReader
	Completer commerce.CartCompleter
	Orders    commerce.OrderReader
	Payments  commerce.PaymentReader
	Products  commerce.ProductReader
	Media     commerce.MediaReader
	// Cards takes payments by card; nil for none.
	Cards CardDesk
}

// CardDesk is as much of commerce.CardDesk as the pages need.
type CardDesk interface {
	// Open reports whether cards are taken at all.
	Open() bool
	// PayPage is where the buyer of an order pays, and which leads back to an address. Refusals.
	PayPage(ctx context.Context, key commerce.OrderKey, back string) (string, error)
}

// takesCards reports whether a store takes cards: one reading where the installation does.
func (s *site) takesCards(v *visit) (bool, error) {
	if s.o.Till.Cards == nil || !s.o.Till.Cards.Open() {
		return false, nil
	}
	settings, err := s.o.Till.Payments.PaymentSettings(v.Context(), []commerce.StoreID{v.store.ID})
	return settings[v.store.ID] != nil && settings[v.store.ID].StripeAccountID != "", err
}

// SettingsReader reads what stores have decided about delivery: as much of commerce.PriceReader as the pages need.
type SettingsReader interface {
	PriceSettings(ctx context.Context, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.PriceSettings, error)
}

// cartPath is the path of the cart's page, below its store's front.
const cartPath = "/cart"

// cartLink leads from every page to the cart.
type cartLink struct {
	Path  string
	Units int
}

// Count is the number of units as far as a small badge can show it, empty for none.
func (c cartLink) Count() string {
	const most = 99
	switch {
	case c.Units <= 0:
		return ""
	case c.Units > most:
		return strconv.Itoa(most) + "+"
	}
	return strconv.Itoa(c.Units)
}

// ticket is what a browser keeps of its cart: which it is, and how many units are in it, so that a page can say so without
// asking for the cart.
type ticket struct {
	cart  commerce.CartKey
	units int
}

// cookieName names the cookie that keeps the ticket. Its path is the store's, so there is one for each store.
const cookieName = "kirana_cart"

// ticket reads what the browser keeps, the zero ticket for a browser without a cart. It is what the browser says: whether the
// store has such a cart is another matter.
func (v *visit) ticket() ticket {
	c, err := v.Cookie(cookieName)
	if err != nil || v.store == nil {
		return ticket{}
	}
	secret, count, _ := strings.Cut(c.Value, ".")
	id, key, ok := parseSecret(secret)
	units, err := strconv.Atoi(count)
	if !ok || err != nil || units < 0 {
		return ticket{}
	}
	return ticket{commerce.CartKey{Store: v.store.ID, ID: commerce.CartID(id), Key: key}, units}
}

// remember lets the browser keep its cart for as long as the cart stays, out of reach of scripts and of other sites.
func (v *visit) remember(cart commerce.CartKey, units int) {
	if now := (ticket{cart, units}); now != v.ticket() || !reads(v.Request) {
		value := strconv.FormatInt(int64(cart.ID), 10) + "-" + cart.Key + "." + strconv.Itoa(units)
		v.setCookie(value, int(commerce.CartLife.Seconds()))
	}
}

// forget takes the cart from the browser.
func (v *visit) forget() { v.setCookie("", -1) }

func (v *visit) setCookie(value string, age int) {
	v.cookies = append(v.cookies, &http.Cookie{ //nolint:gosec // Secure wherever the server was reached over HTTPS
		Name: cookieName, Value: value, Path: v.home, MaxAge: age, HttpOnly: true, Secure: v.secure, SameSite: http.SameSiteLaxMode,
	})
}

// maxSecret bounds the key in an address.
const maxSecret = 64

// parseSecret reads the end of auth.CheckoutPath and auth.OrderPath: a number and the key that opens it.
func parseSecret(text string) (id int64, key string, ok bool) {
	number, key, _ := strings.Cut(text, "-")
	id, err := strconv.ParseInt(number, 10, 64)
	ok = err == nil && id > 0 && key != "" && len(key) <= maxSecret &&
		strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == ""
	return id, key, ok
}

// maxForm bounds a form, in bytes: that of a cart with as many lines as there can be.
const maxForm = 64 << 10

// readForm reads the form of a request, and answers one that a page of this site cannot have sent. secret says that the form's
// address is known to the buyer alone, which is as good as knowing where the form stood.
func readForm(w http.ResponseWriter, r *http.Request, secret bool) bool {
	// A page that tells nobody of its address sends forms from "null". Browsers say otherwise where they come from, but not on a
	// connection in the clear.
	unsaid := r.Header.Get("Origin") == "null" && r.Header.Get("Sec-Fetch-Site") == ""
	if err := http.NewCrossOriginProtection().Check(r); err != nil && (!secret || !unsaid) {
		http.Error(w, "This form was sent from another site.", http.StatusForbidden)
		return false
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "This form cannot be read.", status)
		return false
	}
	return true
}

// goTo sends the browser to another page of the store.
func (v *visit) goTo(path string) *page { return &page{goTo: cmp.Or(v.base+path, v.home)} }

// cart reads a cart that can still be changed, nil for none.
func (s *site) cart(v *visit, key commerce.CartKey) (*commerce.Cart, error) {
	if key.ID == 0 {
		return nil, nil //nolint:nilnil // most buyers have no cart yet
	}
	found, err := s.o.Till.Carts.Carts(v.Context(), []commerce.CartKey{key})
	return found[key], err
}

// price works out what a cart costs now.
func (s *site) price(v *visit, cart *commerce.Cart) (*commerce.PricedCart, error) {
	priced, err := s.o.Till.Pricer.PriceCarts(v.Context(), []*commerce.Cart{cart})
	return priced[cart], err
}
