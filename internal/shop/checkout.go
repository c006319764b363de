package shop

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// checkout is the page that makes an order of a cart.
type checkout struct {
	Action string
	Lines  []line
	Codes  []code
	Bill   bill
	// Expected is the total on the page: an order that costs anything else is not placed.
	Expected string
	Fields   typed
	Faults   map[string]string
	// Problems are what is wrong, all together; each leads to its field where there is one.
	Problems []problemLink
	// Delivers says that there is something to be brought, Sends that the store sends things, and Sent that one of Options does.
	Delivers, Sends, Sent bool
	Options               []deliveryOption
	Countries             []country
	// StateHint says that delivery depends on the code of a state.
	StateHint bool
	Payments  []paymentOption
}

// problemLink is a problem and the field it is about.
type problemLink struct{ Field, Text string }

// deliveryOption is a way in which the goods can reach the buyer.
type deliveryOption struct {
	Handle, Title, Description, Price string
	Chosen, Shipping                  bool
}

// paymentOption is a way to pay.
type paymentOption struct {
	Value, Label string
	Chosen       bool
}

// The names of the fields, and the values of the button.
const (
	fieldName     = "name"
	fieldPhone    = "phone"
	fieldEmail    = "email"
	fieldAddress1 = "address1"
	fieldAddress2 = "address2"
	fieldCity     = "city"
	fieldZip      = "zip"
	fieldProvince = "province"
	fieldCountry  = "country"
	fieldDelivery = "delivery"
	fieldPayment  = "payment"
	fieldExpected = "total"

	doOrder = "order"
	doEdit  = "edit"
)

// maxTyped is how much of a field is kept: more than any may have, so that too much is shown as such.
const maxTyped = 1000

func readCheckout(form url.Values) typed {
	field := func(name string) string { return tidy(form.Get(name), maxTyped) }
	return typed{
		Name: field(fieldName), Phone: field(fieldPhone), Email: field(fieldEmail), Address1: field(fieldAddress1), Address2: field(fieldAddress2),
		City: field(fieldCity), Zip: field(fieldZip), Province: field(fieldProvince), Country: field(fieldCountry),
		Delivery: field(fieldDelivery), Payment: field(fieldPayment), Expected: field(fieldExpected),
	}
}

// typedBefore is what the cart knows already.
func typedBefore(c *commerce.Cart) typed {
	t := typed{Phone: c.Buyer.Phone, Email: c.Buyer.Email, Country: string(c.Buyer.Country), Delivery: c.Delivery}
	if a := c.Address(); a != nil {
		t.Name, t.company = value(a.Name()), value(a.Company)
		t.Address1, t.Address2, t.City, t.Zip, t.Province = value(a.Address1), value(a.Address2), value(a.City), value(a.Zip), value(a.ProvinceCode)
		t.Country = cmp.Or(value(a.CountryText()), t.Country)
		t.Phone = cmp.Or(t.Phone, value(a.Phone))
	}
	return t
}

// showCheckout makes the page of a checkout: 6 readings beside the store's, one more where cards are taken, and one where the buyer has yet to
// choose how to get the goods.
func (s *site) showCheckout(v *visit) (*page, error) {
	c, order, err := s.checkoutOf(v)
	if err != nil || order != nil {
		return v.toOrder(order), err
	}
	t := typedBefore(c)
	t.Payment = v.URL.Query().Get(fieldPayment)
	d, err := s.desk(v, c, t)
	if err != nil {
		return nil, err
	}
	if options := d.priced.Options; len(options) > 0 && d.priced.Delivery == nil {
		d.typed.Delivery = options[0].Handle
		if err := d.work(s, v); err != nil {
			return nil, err
		}
	}
	return s.checkoutPage(v, d)
}

// checkoutOf reads the cart of an address, or the order that it has become.
func (s *site) checkoutOf(v *visit) (*commerce.Cart, *commerce.Order, error) {
	id, key, ok := parseSecret(v.PathValue("secret"))
	if !ok {
		return nil, nil, missing{"cart"}
	}
	ref := commerce.CartKey{Store: v.store.ID, ID: commerce.CartID(id), Key: key}
	c, err := s.cart(v, ref)
	if c != nil || err != nil {
		return c, nil, err
	}
	// A cart that has become an order answers with it, whatever is asked. Nothing else can come of this: no cart costs less than
	// nothing.
	nothing := &commerce.CartCompleteInput{ExpectedTotal: &commerce.MoneyInput{Amount: "-1", CurrencyCode: v.store.Currency}}
	order, err := s.o.Till.Completer.CompleteCart(v.Context(), ref, nothing)
	if _, refused := commerce.RefusalsOf(err); refused {
		return nil, nil, missing{"cart"}
	}
	return nil, order, err
}

// toOrder leads to the page of an order, nil to none.
func (v *visit) toOrder(o *commerce.Order) *page {
	if o == nil {
		return nil
	}
	return v.goTo(auth.OrderPath(o.KeyRef()))
}

// takeCheckout places the order, or keeps what was typed and works out what it comes to.
func (s *site) takeCheckout(v *visit) (*page, error) {
	c, order, err := s.checkoutOf(v)
	if err != nil || order != nil {
		return v.toOrder(order), err
	}
	do := v.PostForm.Get(paramDo)
	if do == doEdit {
		v.remember(c.Ref(), 0) // the cart's page counts
		return v.goTo(cartPath), nil
	}
	t := readCheckout(v.PostForm)
	t.company = typedBefore(c).company
	at := placeOf(c)
	d, err := s.desk(v, c, t)
	switch {
	case err != nil:
		return nil, err
	case do == doOrder:
		return s.placeOrder(v, d)
	}
	return s.update(v, d, at)
}

// placeOrder makes an order of what was typed. What is wrong is all said at once, before the till is asked.
func (s *site) placeOrder(v *visit, d *desk) (*page, error) {
	if d.check(); len(d.refusals) > 0 {
		return s.checkoutPage(v, d)
	}
	ref := d.cart.Ref()
	order, err := s.o.Till.Completer.CompleteCart(v.Context(), ref, d.typed.input(v.store.Currency))
	if refusals, refused := commerce.RefusalsOf(err); refused {
		d.refusals = refusals
		// The price may have changed since it was worked out a moment ago.
		if d.priced, err = s.price(v, d.cart); err != nil {
			return nil, err
		}
		return s.checkoutPage(v, d)
	}
	if err != nil {
		return nil, err
	}
	if v.ticket().cart == ref {
		v.forget()
	}
	return v.toOrder(order), nil
}

// placeOf is the selected address of a cart, nil without one.
func placeOf(c *commerce.Cart) *commerce.CartPlace {
	i := slices.IndexFunc(c.Places, func(p *commerce.CartPlace) bool { return p.Selected })
	if i < 0 {
		return nil
	}
	return c.Places[i]
}

// update keeps in the cart what was typed, its address in place of the one at hand, and shows what it comes to.
func (s *site) update(v *visit, d *desk, at *commerce.CartPlace) (*page, error) {
	t, path := &d.typed, []any{"input"}
	address := &commerce.CartAddressInput{DeliveryAddress: t.address()}
	place := commerce.AddCartAddresses(path, []*commerce.CartSelectableAddressInput{{Address: address, Selected: new(true)}})
	if at != nil {
		place = commerce.UpdateCartAddresses(path, []*commerce.CartSelectableAddressUpdateInput{{ID: at.NodeID().String(), Address: address}})
	}
	ref := d.cart.Ref()
	_, err := s.o.Till.Editor.ChangeCart(v.Context(), ref, commerce.CartChanges(
		place, commerce.SetCartBuyer(path, &commerce.CartBuyerIdentityInput{Email: &t.Email, Phone: &t.Phone}),
		commerce.SelectCartDelivery(path, []*commerce.CartSelectedDeliveryOptionInput{
			{DeliveryGroupID: d.cart.GroupID().String(), DeliveryOptionHandle: t.Delivery},
		})))
	if refusals, refused := commerce.RefusalsOf(err); refused {
		d.refusals = refusals
		return s.checkoutPage(v, d)
	}
	if err != nil {
		return nil, err
	}
	// How the buyer pays is no part of a cart, so the address says it.
	return v.goTo(auth.CheckoutPath(ref) + "?" + fieldPayment + "=" + url.QueryEscape(t.Payment) + "#sum"), nil
}

// checkoutPage shows a checkout as it stands.
func (s *site) checkoutPage(v *visit, d *desk) (*page, error) {
	q := d.priced.Quote
	shown := &checkout{
		Action: v.base + auth.CheckoutPath(d.cart.Ref()), Codes: codes(q), Bill: quoted(q).bill(), Expected: q.Money(q.Total).Amount().String(),
		Fields: d.typed, Countries: d.countries, StateHint: d.byProvince, Delivers: q.NeedsDelivery,
	}
	shown.Sends = len(d.countries) > 0 && shown.Delivers
	if shown.Delivers {
		for i := range q.Options {
			shown.add(d, &q.Options[i])
		}
	}
	cards, err := s.takesCards(v)
	if err != nil {
		return nil, err
	}
	shown.Payments = payments(d.typed.Payment, cards)
	if shown.Lines, err = s.lines(v, d.priced); err != nil {
		return nil, err
	}
	p := v.newPage("checkout", "Checkout")
	p.Content, p.Search.Quiet = shown, len(shown.Lines) > 0
	if !reads(v.Request) {
		p.status = http.StatusUnprocessableEntity
		shown.explain(d)
	}
	return p, nil
}

func (c *checkout) add(d *desk, o *commerce.DeliveryOption) {
	shown := deliveryOption{
		Handle: o.Handle, Title: o.Title, Description: o.Description, Shipping: o.Method == commerce.DeliveryShipping,
		Price:  free(o.Price-o.Discount, func(minor int64) string { return amount(d.priced.Quote.Money(minor)) }),
		Chosen: d.priced.Delivery != nil && d.priced.Delivery.Handle == o.Handle,
	}
	c.Sent = c.Sent || shown.Shipping
	c.Options = append(c.Options, shown)
}

// payments are the ways to pay, by card where the store takes them.
func payments(chosen string, cards bool) []paymentOption {
	shown := []paymentOption{
		{Value: string(commerce.PaymentCashOnDelivery), Label: "Cash, when you get it"},
		{Value: string(commerce.PaymentManual), Label: "Transfer: the shop says where to"},
	}
	if cards {
		shown = append(shown, paymentOption{Value: string(commerce.PaymentCard), Label: "Card"})
	}
	for i := range shown {
		shown[i].Chosen = shown[i].Value == chosen
	}
	return shown
}

// inputField is a field of the form as the page shows it.
type inputField struct{ Name, Label, Complete, Type, Keyboard, Hint, Value, Fault, Described string }

// fieldShown is a field with what was typed into it and what is wrong with that.
func fieldShown(c *checkout, name, label, complete, kind, hint string) inputField {
	t := &c.Fields
	f := inputField{Name: name, Label: label, Complete: complete, Type: kind, Hint: hint, Fault: c.Faults[name], Value: map[string]string{
		fieldName: t.Name, fieldPhone: t.Phone, fieldEmail: t.Email, fieldAddress1: t.Address1, fieldAddress2: t.Address2,
		fieldCity: t.City, fieldZip: t.Zip, fieldProvince: t.Province,
	}[name]}
	if kind != "text" {
		f.Keyboard = kind
	}
	var by []string
	if hint != "" {
		by = append(by, name+"-hint")
	}
	if f.Fault != "" {
		by = append(by, name+"-fault")
	}
	f.Described = strings.Join(by, " ")
	return f
}

// stateHint says how to write a state, where delivery depends on it.
func stateHint(needed bool) string {
	if needed {
		return "Its short code, such as KL: delivery depends on it."
	}
	return ""
}
