package shop

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// cart is the page of what a buyer means to buy.
type cart struct {
	Action, All string
	Lines       []line
	// Notices are what the buyer should know, Faults what was wrong with the form.
	Notices, Faults []string
	Codes           []code
	// Code is a discount code as it was typed.
	Code, CodeFault string
	Bill            bill
	// Later is what the checkout adds.
	Later string
}

// code is a discount code that the buyer gave.
type code struct {
	Code string
	// Problem says why it does not count, empty when it does.
	Problem string
}

// The names in the form of the cart, and in the address of its page.
const (
	paramAdd      = "add"    // the number of a variant
	paramQuantity = "q."     // and the number of a line
	paramRemove   = "remove" // the number of a line
	paramCode     = "code"
	paramDrop     = "drop" // a code to take out
	paramDo       = "do"   // the button that was pressed
	paramFew      = "few"  // the number of a line that got fewer units than were asked for
	paramGone     = "gone" // that something was sold out

	doCheckout = "checkout"
)

// typedCart is what a buyer has typed into the form of the cart, and what is wrong with it.
type typedCart struct {
	quantities map[int64]string
	faults     map[int64]string
	// changed are the lines that are to be different, as refusals count them.
	changed   []int64
	code      string
	codeFault string
	notices   []string
	others    []string
}

// showCart makes the page of the buyer's cart: 5 readings beside the store's.
func (s *site) showCart(v *visit) (*page, error) {
	found, err := s.cart(v, v.ticket().cart)
	if err != nil {
		return nil, err
	}
	return s.cartPage(v, found, toldOf(v.URL.Query()))
}

// toldOf is what the last change of the cart has to tell, as the address says it.
func toldOf(q url.Values) typedCart {
	t := typedCart{faults: make(map[int64]string)}
	for _, few := range q[paramFew] {
		if id, err := strconv.ParseInt(few, 10, 64); err == nil {
			t.faults[id] = "There are fewer than you asked for. Your cart has all that are left."
		}
	}
	if q.Has(paramGone) {
		t.notices = append(t.notices, "Something that you asked for is sold out, so it is not in your cart.")
	}
	return t
}

// cartPage shows a cart, nil for an empty one.
func (s *site) cartPage(v *visit, found *commerce.Cart, t typedCart) (*page, error) {
	p := v.newPage("cart", "Your cart")
	shown := cart{Action: v.base + cartPath, All: v.base + "/search", Notices: t.notices, Faults: t.others, Code: t.code, CodeFault: t.codeFault}
	p.Content = &shown
	p.Cart.Units = 0
	if !reads(v.Request) {
		p.status = http.StatusUnprocessableEntity // what was sent is shown again, with what is wrong about it
		if len(t.faults) > 0 || t.codeFault != "" {
			shown.Faults = append(shown.Faults, "Nothing was changed: look at what is marked below.")
		}
	}
	if found == nil {
		if v.ticket().cart.ID != 0 {
			v.forget() // it has become an order, or has been idle for too long
		}
		return p, nil
	}
	priced, err := s.price(v, found)
	if err != nil {
		return nil, err
	}
	if shown.Lines, err = s.lines(v, priced); err != nil {
		return nil, err
	}
	for i := range shown.Lines {
		l := &shown.Lines[i]
		l.Fault = t.faults[l.ID]
		if typed, ok := t.quantities[l.ID]; ok {
			l.Quantity = typed
		}
	}
	if hidden := len(found.Lines) - len(priced.Lines); hidden > 0 {
		shown.Notices = append(shown.Notices, "Something in your cart is not on sale just now. It is left out until it is back.")
	}
	shown.Codes = codes(priced.Quote)
	shown.Bill = cartBill(priced)
	shown.Later = later(priced.Quote)
	p.Search.Quiet = len(shown.Lines) > 0
	p.Cart.Units = priced.Quantity()
	v.remember(found.Ref(), p.Cart.Units)
	return p, nil
}

// cartBill is what the lines cost, before delivery and added tax: those belong to the checkout.
func cartBill(priced *commerce.PricedCart) bill {
	c := quoted(priced.Quote)
	c.delivery, c.taxes = "", nil
	c.total = priced.Cost.SubtotalAmount.Minor
	b := c.bill()
	b.Label = "Subtotal"
	if len(b.Rows) == 1 {
		b.Rows = nil // nothing is taken off: the total says it all
	}
	return b
}

// later says what the checkout adds to the subtotal.
func later(q *commerce.Quote) string {
	switch {
	case q.NeedsDelivery && q.TaxIncluded:
		return "The checkout adds delivery."
	case q.NeedsDelivery:
		return "The checkout adds delivery and tax."
	case !q.TaxIncluded:
		return "The checkout adds tax."
	}
	return ""
}

// codes are the discount codes of a quote.
func codes(q *commerce.Quote) []code {
	shown := make([]code, len(q.Codes))
	for i, c := range q.Codes {
		shown[i] = code{c.Code, problem(c.Problem)}
	}
	return shown
}

// problem says in words why a code does not count.
func problem(p commerce.DiscountProblem) string {
	switch p {
	case "":
		return ""
	case commerce.DiscountInactive:
		return "It is not valid today."
	case commerce.DiscountUsedByCustomer:
		return "You have used it before."
	case commerce.DiscountCustomerMissing:
		return "It counts once the shop knows your phone number or e-mail address."
	case commerce.DiscountNotFound:
		return "The shop knows no such code."
	case commerce.DiscountNoEntitledLines:
		return "It is for other products."
	case commerce.DiscountNoEntitledShipping:
		return "It counts for delivery."
	case commerce.DiscountPurchaseNotInRange:
		return "The order is too small for it."
	case commerce.DiscountQuantityNotInRange:
		return "It needs more of the same."
	case commerce.DiscountUsageLimitReached:
		return "It is used up."
	case commerce.DiscountNotHonoured:
	}
	return "It does not go together with the others, or takes nothing off."
}

// takeCart changes the cart as its form says.
func (s *site) takeCart(v *visit) (*page, error) {
	found, err := s.cart(v, v.ticket().cart)
	switch {
	case err != nil:
		return nil, err
	case v.PostForm.Has(paramAdd):
		return s.addToCart(v, found)
	case found == nil:
		return v.goTo(cartPath), nil
	}
	typed, change := readCart(v.PostForm, found)
	if len(typed.faults) > 0 {
		return s.cartPage(v, found, typed)
	}
	changed, err := s.o.Till.Editor.ChangeCart(v.Context(), found.Ref(), change)
	return s.changed(v, found, typed, changed, err)
}

// addToCart puts a unit into the cart, and into a new one where the buyer has none.
func (s *site) addToCart(v *visit, found *commerce.Cart) (*page, error) {
	id, err := strconv.ParseInt(v.PostForm.Get(paramAdd), 10, 64)
	if err != nil {
		id = 0 // which no variant has
	}
	merchandise := commerce.GlobalID{Kind: commerce.KindProductVariant, Store: v.store.ID, ID: id}
	change := commerce.AddCartLines([]any{paramAdd}, []*commerce.CartLineInput{{MerchandiseID: merchandise.String()}})
	if found != nil {
		changed, err := s.o.Till.Editor.ChangeCart(v.Context(), found.Ref(), change)
		return s.changed(v, found, typedCart{}, changed, err)
	}
	made, err := s.o.Till.Editor.CreateCart(v.Context(), v.store, change)
	return s.changed(v, nil, typedCart{}, made, err)
}

// changed goes on after a change: to the cart, or to the checkout where the buyer wanted to go there. What was refused is
// shown in the form as it was typed.
func (s *site) changed(v *visit, before *commerce.Cart, t typedCart, after *commerce.ChangedCart, err error) (*page, error) {
	if refusals, refused := commerce.RefusalsOf(err); refused {
		t.explain(refusals)
		return s.cartPage(v, before, t)
	}
	if err != nil {
		return nil, err
	}
	units := 0
	for _, l := range after.Cart.Lines {
		units += l.Quantity
	}
	v.remember(after.Cart.Ref(), units)
	if v.PostForm.Get(paramDo) == doCheckout && len(after.Warnings) == 0 {
		return v.goTo(auth.CheckoutPath(after.Cart.Ref())), nil
	}
	told := url.Values{}
	for _, w := range after.Warnings {
		switch w.Code { // the page says of each code why it does not count
		case commerce.CartWarningNotEnoughStock:
			told.Add(paramFew, strconv.FormatInt(w.Target.ID, 10))
		case commerce.CartWarningOutOfStock:
			told.Set(paramGone, valueYes)
		}
	}
	if len(told) > 0 {
		return v.goTo(cartPath + "?" + told.Encode()), nil
	}
	return v.goTo(cartPath), nil
}

// The ways to what a change of the cart is about.
const (
	pathLines = "lines"
	pathCodes = "codes"
)

// readCart reads the form of a cart: the lines that are to be different, and the codes.
func readCart(form url.Values, c *commerce.Cart) (typedCart, commerce.CartChange) {
	t := typedCart{quantities: make(map[int64]string), faults: make(map[int64]string), code: tidy(form.Get(paramCode), maxTyped)}
	var updates []*commerce.CartLineUpdateInput
	for _, l := range c.Lines {
		id := strconv.FormatInt(l.ID, 10)
		typed := tidy(form.Get(paramQuantity+id), maxAmount)
		quantity := l.Quantity
		if form.Has(paramQuantity + id) {
			t.quantities[l.ID] = typed
			n, err := strconv.Atoi(typed)
			if err != nil {
				n = quantity
				t.faults[l.ID] = "Write a number, such as 2. 0 takes it out."
			}
			quantity = n
		}
		if form.Get(paramRemove) == id {
			quantity = 0
			delete(t.faults, l.ID)
		}
		if quantity != l.Quantity {
			t.changed = append(t.changed, l.ID)
			updates = append(updates, &commerce.CartLineUpdateInput{ID: l.NodeID().String(), Quantity: &quantity})
		}
	}
	changes := []commerce.CartChange{commerce.UpdateCartLines([]any{pathLines}, updates)}
	given := slices.Clone(c.DiscountCodes)
	if gone := form.Get(paramDrop); gone != "" {
		given = slices.DeleteFunc(given, func(code string) bool { return strings.EqualFold(code, gone) })
	}
	if t.code != "" {
		given = append(given, t.code)
	}
	if !slices.Equal(given, c.DiscountCodes) {
		changes = append(changes, commerce.SetCartDiscountCodes([]any{pathCodes}, given))
	}
	return t, commerce.CartChanges(changes...)
}

// explain puts refusals where the buyer looks for them.
func (t *typedCart) explain(refusals commerce.Refusals) {
	for _, r := range refusals {
		field := slices.Concat(r.Field, []string{"", ""})
		i, err := strconv.Atoi(field[1])
		switch at := field[0]; {
		case at == pathLines && err == nil && i < len(t.changed):
			t.faults[t.changed[i]] = r.Message
		case at == pathCodes:
			t.codeFault = r.Message
		case at == paramAdd && r.Code == commerce.RefusalInvalid:
			t.others = append(t.others, "This is not for sale any more.")
		case r.Code == commerce.RefusalInvalid:
			t.others = append(t.others, "Your cart has changed meanwhile. Look it over and try again.")
		default:
			t.others = append(t.others, r.Message)
		}
	}
}
