package shop_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// How far an order is, in words.
func TestOrderStates(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	for _, c := range []struct {
		change func(o *commerce.Order)
		says   []string
		not    string
	}{
		{func(*commerce.Order) {}, []string{"Thank you. The shop has your order.", "₹470 in cash, when you get it."}, "What you do next"},
		{func(o *commerce.Order) { o.ConfirmedAt = &now }, []string{"The shop has accepted it and gets it ready."}, ""},
		{func(o *commerce.Order) { o.FulfillmentStatus = commerce.FulfillmentPartial }, []string{"A part of it was handed over. The rest follows."}, ""},
		{func(o *commerce.Order) { o.FulfillmentStatus = commerce.FulfillmentDone }, []string{"The shop has handed it over."}, ""},
		{func(o *commerce.Order) {
			o.FulfillmentStatus, o.Delivery.Method = commerce.FulfillmentDone, commerce.DeliveryShipping
		}, []string{"It is on its way to you."}, ""},
		{func(o *commerce.Order) {
			o.FulfillmentStatus, o.Delivery.Method = commerce.FulfillmentPartial, commerce.DeliveryShipping
		}, []string{"A part of it is on its way."}, ""},
		{func(o *commerce.Order) { o.CancelledAt = &now }, []string{"This order was canceled.", "There is nothing to pay."}, "in cash"},
		{func(o *commerce.Order) { o.FinancialStatus = commerce.FinancialPaid }, []string{"₹470 is paid."}, "in cash"},
		{func(o *commerce.Order) {
			o.FinancialStatus, o.RefundedMinor = commerce.FinancialPartiallyRefunded, 5000
		}, []string{"Paid. ₹50 of it was given back."}, ""},
		{func(o *commerce.Order) {
			o.FinancialStatus, o.RefundedMinor = commerce.FinancialRefunded, 47000
		}, []string{"Paid, and given back: ₹470."}, ""},
		{func(o *commerce.Order) { o.FinancialStatus = commerce.FinancialVoided }, []string{"There is nothing to pay."}, ""},
		{func(o *commerce.Order) { o.FinancialStatus = commerce.FinancialAuthorized }, []string{"₹470 is set aside at your bank"}, ""},
		{func(o *commerce.Order) { o.PaymentMethod = commerce.PaymentManual }, []string{"What you do next", "Send this order to the shop."}, ""},
		{func(o *commerce.Order) { o.PaymentMethod, o.PaymentDueAt = commerce.PaymentManual, &now }, []string{"15 January 2027, 13:30 IST"}, "Pay with UPI"},
		{func(o *commerce.Order) {
			lapsed := commerce.CancelPaymentLapsed
			o.PaymentMethod, o.CancelledAt, o.CancelReason = commerce.PaymentManual, &now, &lapsed
		}, []string{"not paid in time", "There is nothing to pay."}, "What you do next"},
		{func(o *commerce.Order) {
			o.PaymentMethod, o.FinancialStatus = commerce.PaymentManual, commerce.FinancialPaid
		}, []string{"₹470 is paid."}, "What you do next"},
	} {
		b := newWorld(1).browser(t)
		b.add(2)
		doc := b.open(b.checkoutPath()).document(t)
		b.send(b.checkoutPath(), filled(doc, "order", "name", "A", "phone", "98765 43210", "delivery", "pickup-7", "total", "470.00"))
		c.change(b.till.orders[50])
		a := b.open("/s/corner/o/50-" + orderKey)
		for _, part := range c.says {
			require.Contains(t, main1(t, a), part)
		}
		if c.not != "" {
			require.NotContains(t, main1(t, a), c.not)
		}
	}
}

// Who pays by transfer is told where the money goes, as the shop says it and by a link that opens an app; whatever the shop's text holds
// stays text.
func TestHowToPay(t *testing.T) {
	t.Parallel()
	b := newWorld(1).browser(t)
	b.till.payments = commerce.StorePaymentSettings{UPIID: "corner@bank", PayeeName: `Corner & "Sons"`, Instructions: "Account 1234\n<script>alert(1)</script>"}
	b.add(2)
	doc := b.open(b.checkoutPath()).document(t)
	b.send(b.checkoutPath(), filled(doc, "order", "name", "A", "phone", "98765 43210", "delivery", "pickup-7", "total", "470.00"))
	path := "/s/corner/o/50-" + orderKey
	require.NotContains(t, main1(t, b.open(path)), "Account 1234", "it is paid in cash")
	b.till.orders[50].PaymentMethod = commerce.PaymentManual
	a := b.open(path)
	text := main1(t, a)
	require.Contains(t, text, "Account 1234")
	require.Contains(t, text, "<script>alert(1)</script>")
	require.NotContains(t, text, "It answers with where to pay.")
	link := ""
	for _, n := range withClass(a.document(t), "button") {
		if strings.HasPrefix(attr(n, "href"), "upi:") {
			link = attr(n, "href")
		}
	}
	require.Equal(t, "upi://pay?pa=corner@bank&pn=Corner%20%26%20%22Sons%22&am=470.00&cu=INR&tn=%231001", link)
}

// Parcels are followed where their addresses are ones of the web.
func TestParcels(t *testing.T) {
	t.Parallel()
	b := newWorld(1).browser(t)
	b.add(2)
	doc := b.open(b.checkoutPath()).document(t)
	b.send(b.checkoutPath(), filled(doc, "order", "name", "A", "phone", "98765 43210", "delivery", "pickup-7", "total", "470.00"))
	for _, c := range []struct{ url, want string }{{"https://post.test/?n=1", "https://post.test/?n=1"}, {"javascript:alert(1)", ""}, {"//evil.test", ""}, {"", ""}} {
		b.till.parcels = []*commerce.Fulfillment{{TrackingCompany: new("India Post"), TrackingNumber: new("EE1"), TrackingURL: &c.url}}
		a := b.open("/s/corner/o/50-" + orderKey)
		require.Contains(t, main1(t, a), "Sent with India Post, number EE1")
		link := ""
		for _, n := range withClass(a.document(t), "tap") {
			link = attr(n, "href")
		}
		require.Equal(t, c.want, link)
	}
}
