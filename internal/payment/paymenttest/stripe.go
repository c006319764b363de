// Package paymenttest is a Stripe for tests: as much of its HTTP API as payments by card need, with a memory. It keeps payments, refunds and
// pages by account, holds idempotency keys to what Stripe promises of them, and signs its messages. What requests look like in full is
// for stripe-mock to say; this is about what follows from them.
//
// It never runs outside of tests.
package paymenttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Key is the secret key that the fake takes, Secret what it signs with.
const (
	Key    = "sk_test_kirana"
	Secret = "whsec_kirana"
)

// Stripe is the fake.
type Stripe struct {
	server *httptest.Server

	mu      sync.Mutex
	count   int
	things  map[string]object // by account and id
	answers map[string]answer // by account and idempotency key
	faults  []Fault
	asked   map[string]int // requests by what they were
}

// object is something that Stripe keeps, as it shows it.
type object map[string]any

func (o object) text(field string) string {
	text, _ := o[field].(string)
	return text
}

func (o object) number(field string) int {
	n, _ := o[field].(int)
	return n
}

// answer is what a request under an idempotency key was answered with.
type answer struct {
	request string
	status  int
	body    []byte
}

// Fault is what happens to the next request of its kind.
type Fault struct {
	// Path is the end of the path of the requests it is about. One that begins with a slash is about requests that change something.
	Path string
	// Lost says that the request is carried out and its answer does not arrive. Otherwise Status and Code are answered and nothing is
	// done.
	Lost   bool
	Status int
	Code   string
}

// New starts a fake, which ends with the test.
func New(tb testing.TB) *Stripe {
	tb.Helper()
	s := &Stripe{things: make(map[string]object), answers: make(map[string]answer), asked: make(map[string]int)}
	s.server = httptest.NewServer(s)
	tb.Cleanup(s.server.Close)
	return s
}

// URL is where the fake is.
func (s *Stripe) URL() string { return s.server.URL }

// Break lets faults happen, one after the other.
func (s *Stripe) Break(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Asked is how often something was asked for, such as POST /v1/refunds.
func (s *Stripe) Asked(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[what]
}

// ServeHTTP answers a request as Stripe does.
func (s *Stripe) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[r.Method+" "+r.URL.Path]++
	account := r.Header.Get("Stripe-Account")
	if r.Header.Get("Authorization") != "Bearer "+Key || account == "" || r.ParseForm() != nil {
		write(w, http.StatusUnauthorized, failure("invalid_request_error", "", "Invalid API Key provided"))
		return
	}
	fault := s.fault(r)
	if fault.Status != 0 {
		write(w, fault.Status, failure("invalid_request_error", fault.Code, "It is broken: "+fault.Code))
		return
	}
	if r.Method == http.MethodGet {
		status, body := s.read(account, r)
		write(w, status, body)
		return
	}
	status, body := s.once(account, r)
	if fault.Lost { // in the middle: what has not begun to arrive Go's client would ask for again by itself
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
		write(w, status, body)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	write(w, status, body)
}

func (s *Stripe) fault(r *http.Request) (f Fault) {
	for i, one := range s.faults {
		if strings.HasSuffix(r.URL.Path, one.Path) && (r.Method == http.MethodPost || !strings.HasPrefix(one.Path, "/")) {
			s.faults = append(s.faults[:i], s.faults[i+1:]...)
			return one
		}
	}
	return f
}

// once carries a request out, or answers as it did before under the same key. Another request under the key is refused.
func (s *Stripe) once(account string, r *http.Request) (int, []byte) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		return http.StatusBadRequest, failure("invalid_request_error", "", "The fake wants a key for everything.")
	}
	request := r.URL.Path + "?" + r.PostForm.Encode()
	before, known := s.answers[account+key]
	switch {
	case known && before.request != request:
		return http.StatusBadRequest, failure("idempotency_error", "", "Keys for idempotent requests can only be used with the same parameters they were first used with.")
	case known:
		return before.status, before.body
	}
	status, body := s.create(account, r.URL.Path, r.PostForm)
	s.answers[account+key] = answer{request, status, body}
	return status, body
}

func (s *Stripe) create(account, path string, form url.Values) (int, []byte) {
	switch path {
	case "/v1/payment_intents":
		return s.keep(account, s.intent(form, "", form.Get("amount"), form.Get("currency")))
	case "/v1/checkout/sessions":
		id := s.name("cs")
		price := "line_items[0][price_data]"
		return s.keep(account, object{
			"id": id, "object": "checkout.session", "url": s.server.URL + "/pay/" + id, "metadata": notes(form, "payment_intent_data"), "status": "open",
			"amount_total": number(form.Get(price + "[unit_amount]")), "currency": form.Get(price + "[currency]"), "expires_at": number(form.Get("expires_at")),
			"success_url": form.Get("success_url"),
		})
	case "/v1/refunds":
		return s.refund(account, form)
	}
	if id, is := strings.CutSuffix(strings.TrimPrefix(path, "/v1/payment_intents/"), "/cancel"); is {
		return s.cancel(account, id)
	}
	return http.StatusNotFound, failure("invalid_request_error", "resource_missing", "Unrecognized request URL")
}

func (s *Stripe) intent(form url.Values, under, amount, currency string) object {
	id := s.name("pi")
	return object{
		"id": id, "object": "payment_intent", "status": "requires_payment_method", "amount": number(amount), "amount_received": 0, "currency": currency,
		"client_secret": id + "_secret", "metadata": notes(form, under), "description": form.Get("description"),
	}
}

// cancel ends a payment, unless it has succeeded or the bank is at it.
func (s *Stripe) cancel(account, id string) (int, []byte) {
	intent := s.things[account+id]
	switch {
	case intent == nil:
		return http.StatusNotFound, failure("invalid_request_error", "resource_missing", "No such payment_intent")
	case intent["status"] == "succeeded", intent["status"] == "processing":
		return http.StatusBadRequest, failure("invalid_request_error", "payment_intent_unexpected_state", "You cannot cancel this PaymentIntent because of its status.")
	}
	intent["status"] = "canceled"
	return http.StatusOK, encode(intent)
}

func (s *Stripe) refund(account string, form url.Values) (int, []byte) {
	intent := s.things[account+form.Get("payment_intent")]
	amount := number(form.Get("amount"))
	if intent == nil || intent["status"] != "succeeded" {
		return http.StatusBadRequest, failure("invalid_request_error", "resource_missing", "There is no such payment.")
	}
	left := intent.number("amount_received") - s.refunded(account, intent.text("id"))
	switch {
	case s.disputed(account, intent.text("id")):
		return http.StatusBadRequest, failure("invalid_request_error", "charge_disputed", "The charge has been charged back.")
	case left == 0:
		return http.StatusBadRequest, failure("invalid_request_error", "charge_already_refunded", "The charge has already been refunded.")
	case amount > left:
		return http.StatusBadRequest, failure("invalid_request_error", "", "Refund amount is greater than unrefunded amount on charge.")
	}
	return s.keep(account, object{
		"id": s.name("re"), "object": "refund", "status": "succeeded", "amount": amount, "currency": intent["currency"], "payment_intent": intent["id"],
		"metadata": notes(form, ""), "created": s.count,
	})
}

func (s *Stripe) disputed(account, intent string) bool {
	for _, d := range s.about(account, "dp_", intent) {
		if d["status"] != "won" {
			return true
		}
	}
	return false
}

// refunded is what of a payment went back.
func (s *Stripe) refunded(account, intent string) int {
	sum := 0
	for _, r := range s.refundsOf(account, intent) {
		if r["status"] != "failed" {
			sum += r.number("amount")
		}
	}
	return sum
}

func (s *Stripe) refundsOf(account, intent string) []object {
	return s.about(account, "re_", intent)
}

// about are the things of a kind that are about a payment, in no order.
func (s *Stripe) about(account, kind, intent string) []object {
	list := []object{}
	for name, o := range s.things {
		if strings.HasPrefix(name, account+kind) && o["payment_intent"] == intent {
			list = append(list, o)
		}
	}
	return list
}

func (s *Stripe) read(account string, r *http.Request) (int, []byte) {
	if kind, is := map[string]string{"/v1/refunds": "re_", "/v1/disputes": "dp_"}[r.URL.Path]; is {
		return http.StatusOK, encode(object{"object": "list", "has_more": false, "url": r.URL.Path, "data": s.about(account, kind, r.Form.Get("payment_intent"))})
	}
	found := s.things[account+r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]
	if found == nil {
		return http.StatusNotFound, failure("invalid_request_error", "resource_missing", "No such thing")
	}
	return http.StatusOK, encode(found)
}

func (s *Stripe) keep(account string, o object) (int, []byte) {
	s.things[account+o.text("id")] = o
	return http.StatusOK, encode(o)
}

func (s *Stripe) name(kind string) string {
	s.count++
	return fmt.Sprintf("%s_%04d", kind, s.count)
}

// notes are the metadata of a form, below a prefix.
func notes(form url.Values, under string) map[string]string {
	prefix := "metadata["
	if under != "" {
		prefix = under + "[metadata]["
	}
	found := map[string]string{}
	for name := range form {
		if rest, is := strings.CutPrefix(name, prefix); is {
			found[strings.TrimSuffix(rest, "]")] = form.Get(name)
		}
	}
	return found
}

func number(text string) int {
	n, _ := strconv.Atoi(text) // an empty text is 0
	return n
}

func failure(kind, code, message string) []byte {
	return encode(object{"error": object{"type": kind, "code": code, "message": message}})
}

func encode(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return body
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
