package shop

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// order is the page that tells a buyer how far an order is.
type order struct {
	Name string
	// State is how far it is, Payment what is to be paid or was.
	State, Payment string
	// Steps are what the buyer does next, nil for nothing.
	Steps []string
	// HowTo are lines of the shop's about paying, PayLink opens an app that pays; empty without.
	HowTo   []string
	PayLink template.URL
	// PayCard says that the page has a form that leads to where cards are taken; Problem is why it just did not.
	PayCard bool
	Problem string
	// Due is until when, DueDate the same for programs; empty when there is no end.
	Due, DueDate string
	// Placed is the day, Date the same for programs.
	Placed, Date string
	Lines        []line
	Bill         bill
	Delivery     string
	// Address is where it goes, nil when it goes nowhere.
	Address   []string
	Contact   []string
	Note      string
	Parcels   []parcel
	ShareLink string
}

// parcel is goods that have left together.
type parcel struct{ Company, Number, URL string }

// order makes the page of an order: 3 readings beside the store's, one more while a transfer is due.
func (s *site) order(v *visit) (*page, error) {
	id, key, ok := parseSecret(v.PathValue("secret"))
	if !ok {
		return nil, missing{"order"}
	}
	ref := commerce.OrderKey{Store: v.store.ID, ID: commerce.OrderID(id), Key: key}
	found, err := s.o.Till.Orders.Orders(v.Context(), []commerce.OrderKey{ref})
	if err != nil {
		return nil, err
	}
	o := found[ref]
	if o == nil {
		return nil, missing{"order"}
	}
	refs := []commerce.OrderRef{o.Ref()}
	lines, err := s.o.Till.Orders.OrderLines(v.Context(), refs)
	if err != nil {
		return nil, err
	}
	parcels, err := s.o.Till.Orders.Fulfillments(v.Context(), refs)
	if err != nil {
		return nil, err
	}
	p := v.newPage("order", "Order "+o.Name())
	shown := orderShown(v.store.Zone(), o, lines[o.Ref()], parcels[o.Ref()])
	if err := s.instruct(v, o, &shown); err != nil {
		return nil, err
	}
	shown.ShareLink = "https://wa.me/?text=" + url.QueryEscape(o.ShareText(v.store.Name, lines[o.Ref()]))
	p.Content, p.Search.Quiet, p.Leaves = shown, true, shown.PayCard
	return p, nil
}

// payTaker takes the form that pays for an order; nil where no cards are taken, and the page has no form.
func (s *site) payTaker() maker {
	if s.o.Till.Cards == nil || !s.o.Till.Cards.Open() {
		return nil
	}
	return s.payOrder
}

// payOrder leads to where the order is paid by card, and which leads back to the order's page.
func (s *site) payOrder(v *visit) (*page, error) {
	id, key, ok := parseSecret(v.PathValue("secret"))
	if !ok {
		return nil, missing{"order"}
	}
	ref := commerce.OrderKey{Store: v.store.ID, ID: commerce.OrderID(id), Key: key}
	to, err := s.o.Till.Cards.PayPage(v.Context(), ref, v.url+auth.OrderPath(ref))
	refusals, refused := commerce.RefusalsOf(err)
	switch {
	case err == nil:
		return &page{goTo: to}, nil
	case !refused:
		return nil, err
	}
	p, err := s.order(v)
	if err != nil {
		return nil, err
	}
	if shown, is := p.Content.(order); is {
		shown.Problem = refusals[0].Message
		p.Content = shown
	}
	p.status = http.StatusUnprocessableEntity
	return p, nil
}

// instruct tells a buyer how to pay, and until when.
func (s *site) instruct(v *visit, o *commerce.Order, shown *order) error {
	if due := o.PaymentDueAt; due != nil && o.CancelledAt == nil {
		shown.Due, shown.DueDate = due.In(v.store.Zone()).Format("2 January 2006, 15:04 MST"), due.UTC().Format("2006-01-02T15:04:05Z07:00")
	}
	if o.AwaitsCard() {
		shown.Steps, shown.PayCard = []string{"Pay " + amount(o.TotalPrice()) + " by card.", "This page says so when the money is there."}, true
	}
	if !o.AwaitsTransfer() {
		return nil
	}
	settings, err := s.o.Till.Payments.PaymentSettings(v.Context(), []commerce.StoreID{v.store.ID})
	if err != nil {
		return err
	}
	shown.Steps = []string{
		"Send this order to the shop. It answers with where to pay.",
		"Transfer " + amount(o.TotalPrice()) + ", and name the order " + strings.TrimPrefix(o.Name(), "#") + " with it.",
		"This page says so when the shop has seen the money.",
	}
	how := settings[v.store.ID].PaymentInstructions(o)
	if how == nil {
		return nil
	}
	shown.Steps = shown.Steps[1:] // the shop has answered already
	if how.Text != nil {
		shown.HowTo = strings.Split(*how.Text, "\n")
	}
	if how.UPIURL != nil {
		shown.PayLink = template.URL(*how.UPIURL) //nolint:gosec // made by the domain, of checked and escaped parts
	}
	return nil
}

func orderShown(zone *time.Location, o *commerce.Order, lines []*commerce.OrderLine, left []*commerce.Fulfillment) order {
	shown := order{
		Name: o.Name(), State: state(o), Payment: payment(o), Lines: orderLines(lines), Bill: ordered(o).bill(), Note: o.BuyerNote,
		Placed: o.CreatedAt.In(zone).Format("2 January 2006"), Date: o.CreatedAt.In(zone).Format("2006-01-02"),
	}
	shown.Delivery = deliveryName(o.Delivery.Method, o.Delivery.Title)
	if a := o.Address; a != nil {
		shown.Address = a.Formatted(nil, nil)
		if a.Country != nil {
			shown.Address[len(shown.Address)-1] = regionName(string(*a.Country))
		}
	}
	for _, text := range []string{o.Contact.Name, o.Contact.Phone, o.Contact.Email} {
		if text != "" {
			shown.Contact = append(shown.Contact, text)
		}
	}
	for _, f := range left {
		shown.Parcels = append(shown.Parcels, parcel{value(f.TrackingCompany), value(f.TrackingNumber), webAddress(value(f.TrackingURL))})
	}
	return shown
}

// webAddress is an address of the web, empty for any other.
func webAddress(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return text
}

// state says how far an order is.
func state(o *commerce.Order) string {
	fetched := o.Delivery.Method != commerce.DeliveryShipping
	switch {
	case o.Lapsed():
		return "This order was not paid in time, and was canceled. If you have paid, tell the shop."
	case o.CancelledAt != nil:
		return "This order was canceled."
	case o.FulfillmentStatus == commerce.FulfillmentDone && fetched:
		return "The shop has handed it over."
	case o.FulfillmentStatus == commerce.FulfillmentDone:
		return "It is on its way to you."
	case o.FulfillmentStatus == commerce.FulfillmentPartial && fetched:
		return "A part of it was handed over. The rest follows."
	case o.FulfillmentStatus == commerce.FulfillmentPartial:
		return "A part of it is on its way. The rest follows."
	case o.ConfirmedAt != nil:
		return "The shop has accepted it and gets it ready."
	}
	return "Thank you. The shop has your order."
}

// payment says what is to be paid, or was.
func payment(o *commerce.Order) string {
	total := amount(o.TotalPrice())
	switch o.FinancialStatus {
	case commerce.FinancialPaid:
		return total + " is paid."
	case commerce.FinancialPartiallyRefunded:
		return "Paid. " + amount(o.TotalRefunded()) + " of it was given back."
	case commerce.FinancialRefunded:
		return "Paid, and given back: " + amount(o.TotalRefunded()) + "."
	case commerce.FinancialVoided:
		return "There is nothing to pay."
	case commerce.FinancialAuthorized:
		return total + " is set aside at your bank, and taken when the order leaves."
	case commerce.FinancialPending:
	}
	switch {
	case o.CancelledAt != nil || o.TotalMinor == 0:
		return "There is nothing to pay."
	case o.PaymentMethod == commerce.PaymentCard:
		return total + " is to be paid by card."
	case o.PaymentMethod == commerce.PaymentManual:
		return total + " is to be paid by transfer."
	}
	return total + " in cash, when you get it."
}
