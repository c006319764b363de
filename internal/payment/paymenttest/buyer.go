package paymenttest

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v82/webhook"
)

// Pay is a buyer whose payment succeeds, with the amount that was asked for.
func (s *Stripe) Pay(tb testing.TB, account, intent string) {
	tb.Helper()
	s.change(tb, account, intent, func(o object) { o["status"], o["amount_received"] = "succeeded", o["amount"] })
}

// PayOther is Pay with another amount, or in another currency.
func (s *Stripe) PayOther(tb testing.TB, account, intent string, amount int, currency string) {
	tb.Helper()
	s.change(tb, account, intent, func(o object) { o["status"], o["amount_received"], o["currency"] = "succeeded", amount, currency })
}

// Process is a buyer whose bank takes its time.
func (s *Stripe) Process(tb testing.TB, account, intent string) {
	tb.Helper()
	s.change(tb, account, intent, func(o object) { o["status"] = "processing" })
}

// Fail is a buyer whose bank says no. Another card may do.
func (s *Stripe) Fail(tb testing.TB, account, intent string) {
	tb.Helper()
	s.change(tb, account, intent, func(o object) { o["status"] = "requires_payment_method" })
}

// Cancel gives a payment up.
func (s *Stripe) Cancel(tb testing.TB, account, intent string) {
	tb.Helper()
	s.change(tb, account, intent, func(o object) { o["status"] = "canceled" })
}

// PayPage is a buyer who pays on a page of Stripe's; it returns the payment.
func (s *Stripe) PayPage(tb testing.TB, account, page string) string {
	tb.Helper()
	s.mu.Lock()
	session := s.things[account+page[strings.LastIndex(page, "/")+1:]]
	if session == nil {
		tb.Fatalf("the account %s has no page %s", account, page)
	}
	intent := s.intent(nil, "", "", session.text("currency"))
	intent["amount"], intent["metadata"] = session["amount_total"], session["metadata"]
	s.keep(account, intent)
	s.mu.Unlock()
	s.Pay(tb, account, intent.text("id"))
	return intent.text("id")
}

// Settle says what has become of the refunds of a payment in the end.
func (s *Stripe) Settle(tb testing.TB, account, intent, status string) (refunds []string) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.refundsOf(account, intent) {
		r["status"] = status
		refunds = append(refunds, r.text("id"))
	}
	return refunds
}

// Refunded is what of a payment went back.
func (s *Stripe) Refunded(account, intent string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refunded(account, intent)
}

// Get is a value of something that the fake keeps.
func (s *Stripe) Get(account, id, field string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.things[account+id][field]
}

func (s *Stripe) change(tb testing.TB, account, id string, edit func(object)) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.things[account+id] == nil {
		tb.Fatalf("the account %s has no %s", account, id)
	}
	edit(s.things[account+id])
}

// Message is a message of the fake's: what has happened to what.
type Message struct{ ID, Type, Account, Object string }

// Body is the message as it is sent.
func (s *Stripe) Body(m Message) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return encode(object{
		"id": m.ID, "object": "event", "type": m.Type, "account": m.Account, "api_version": "2020-08-27",
		"data": object{"object": maps.Clone(s.things[m.Account+m.Object])},
	})
}

// Send signs a message and brings it to a handler; it returns the status of the answer.
func (s *Stripe) Send(h http.Handler, m Message) int {
	body := s.Body(m)
	return Deliver(h, body, Sign(body, time.Now(), Secret))
}

// Sign is the signature of a body at a time.
func Sign(body []byte, at time.Time, secret string) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: secret, Timestamp: at}).Header
}

// Deliver brings a body with a signature to a handler; it returns the status of the answer.
func Deliver(h http.Handler, body []byte, signature string) int {
	r := httptest.NewRequest(http.MethodPost, "/webhooks/stripe", bytes.NewReader(body))
	r.Header.Set("Stripe-Signature", signature)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// Copy gives another account a thing of the same name and with the same notes.
func (s *Stripe) Copy(tb testing.TB, account, id, other string) {
	tb.Helper()
	s.change(tb, account, id, func(o object) { s.things[other+id] = maps.Clone(o) })
}

// Note changes a note on something.
func (s *Stripe) Note(tb testing.TB, account, id, name, text string) {
	tb.Helper()
	s.change(tb, account, id, func(o object) {
		notes, _ := o["metadata"].(map[string]string)
		notes[name] = text
	})
}

// Forget forgets all idempotency keys, as Stripe does after a day.
func (s *Stripe) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.answers)
}
