package payment

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/webhook"

	"github.com/kirana-commerce/kirana/commerce"
)

// The limits of a message of Stripe's: how long it may be, and how old, so that one that somebody has overheard is of no use for long.
const (
	maxMessage = 256 << 10
	maxAge     = 5 * time.Minute
)

// Webhook takes the messages of Stripe in. It answers 2xx for what is done and for what is none of ours, 4xx for what Stripe has not sent, and
// 5xx for what Stripe shall send again.
type Webhook struct {
	// Secret is what messages are signed with.
	Secret string
	Desk   *commerce.CardDesk
	Logger *slog.Logger
	// Count hears what became of each message: an outcome, forged or failed.
	Count func(outcome string)
}

// The outcomes beside commerce's.
const (
	outcomeForged = "forged"
	outcomeFailed = "failed"
)

// ServeHTTP takes one message in.
func (h *Webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Only POST.", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	if err != nil {
		status := http.StatusBadRequest
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "The message cannot be read.", status)
		return
	}
	// What a message says beyond names is not read, so the version of Stripe's API that it is written in does not matter.
	event, err := webhook.ConstructEventWithOptions(body, r.Header.Get("Stripe-Signature"), h.Secret, webhook.ConstructEventOptions{
		Tolerance: maxAge, IgnoreAPIVersionMismatch: true,
	})
	if err != nil {
		h.Count(outcomeForged)
		http.Error(w, "The signature is not right.", http.StatusBadRequest)
		return
	}
	h.take(w, r, &event)
}

// take does what a message asks for.
func (h *Webhook) take(w http.ResponseWriter, r *http.Request, event *stripe.Event) {
	outcome, err := h.Desk.Notice(r.Context(), notice(event))
	log := h.Logger.With("event", event.ID, "type", string(event.Type), "account", event.Account)
	switch {
	case err != nil:
		h.Count(outcomeFailed)
		log.WarnContext(r.Context(), "a message of Stripe's could not be worked on; it comes again", "error", err)
		w.Header().Set("Retry-After", "60")
		http.Error(w, "Not now. Send it again.", http.StatusServiceUnavailable)
		return
	case outcome == commerce.CardForeign:
		log.WarnContext(r.Context(), "a payment was told of by an account that has nothing to do with its order")
	}
	h.Count(string(outcome))
	w.WriteHeader(http.StatusNoContent)
}

// told is what matters of the object that a message is about.
type told struct {
	ID            string `json:"id"`
	Object        string `json:"object"`
	PaymentIntent string `json:"payment_intent"`
}

// notice reads which payment or refund a message is about; of others nothing.
func notice(event *stripe.Event) commerce.CardNotice {
	n := commerce.CardNotice{Event: event.ID, Account: event.Account}
	var object told
	if event.Data == nil || json.Unmarshal(event.Data.Raw, &object) != nil {
		return n
	}
	switch kind := string(event.Type); {
	case object.Object == "refund":
		n.Refund, n.Charge, n.Reversal = object.ID, object.PaymentIntent, true
	case object.Object == "dispute", kind == "charge.refunded":
		n.Charge, n.Reversal = object.PaymentIntent, true
	case strings.HasPrefix(kind, "payment_intent."):
		n.Charge = object.ID
	case strings.HasPrefix(kind, "checkout.session."):
		n.Charge = object.PaymentIntent
	}
	return n
}
