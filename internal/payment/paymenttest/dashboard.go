package paymenttest

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
)

// Return is a merchant who gives money back in Stripe's dashboard; it returns the refund and the charge.
func (s *Stripe) Return(tb testing.TB, account, intent string, amount int) (refund, charge string) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	status, body := s.refund(account, url.Values{"payment_intent": {intent}, "amount": {strconv.Itoa(amount)}})
	if status != http.StatusOK {
		tb.Fatalf("the dashboard gives nothing back: %s", body)
	}
	return s.last("re"), s.charge(account, intent)
}

// Dispute is a buyer who wants money back through their bank; it returns the dispute.
func (s *Stripe) Dispute(tb testing.TB, account, intent string, amount int) string {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	paid := s.things[account+intent]
	if paid == nil || paid["status"] != "succeeded" {
		tb.Fatalf("the account %s has no payment %s to dispute", account, intent)
	}
	s.keep(account, object{
		"id": s.name("dp"), "object": "dispute", "status": "needs_response", "amount": amount, "currency": paid["currency"], "payment_intent": intent,
		"reason": "fraudulent", "created": s.count, "evidence_details": object{"due_by": 1_900_000_000},
	})
	return s.last("dp")
}

// Exchange is a bank that counts a dispute in another currency than the payment's.
func (s *Stripe) Exchange(tb testing.TB, account, id string, amount int, currency string) {
	tb.Helper()
	s.change(tb, account, id, func(o object) { o["amount"], o["currency"] = amount, currency })
}

// Escalate is a bank that only asked, and now takes the money, with another day to answer by.
func (s *Stripe) Escalate(tb testing.TB, account, id string, amount, respondBy int) {
	tb.Helper()
	s.change(tb, account, id, func(o object) {
		o["status"], o["amount"], o["evidence_details"] = "needs_response", amount, object{"due_by": respondBy}
	})
}

// Set says how far a refund or a dispute is.
func (s *Stripe) Set(tb testing.TB, account, id, status string) {
	tb.Helper()
	s.change(tb, account, id, func(o object) { o["status"] = status })
}

// last is the name of the thing that was named last.
func (s *Stripe) last(kind string) string {
	s.count--
	return s.name(kind)
}

// charge is the name of the charge of a payment, whose messages tell of refunds.
func (s *Stripe) charge(account, intent string) string {
	for _, c := range s.about(account, "ch_", intent) {
		return c.text("id")
	}
	s.keep(account, object{"id": s.name("ch"), "object": "charge", "payment_intent": intent})
	return s.last("ch")
}
