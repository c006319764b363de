package payment

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v82"

	"github.com/kirana-commerce/kirana/commerce"
)

// The names of what is noted on payments and refunds at Stripe, to find again what they are for.
const (
	noteOrder  = "kirana_order"
	noteProof  = "kirana_proof"
	noteRefund = "kirana_refund"
)

// Options are how Stripe is reached.
type Options struct {
	// Key is the platform's secret key.
	Key string
	// URL is where Stripe is; its own address when empty.
	URL string
	// Client carries the requests; one with a limit of its own when nil.
	Client *http.Client
}

// requestTimeout bounds one request to Stripe. Whoever asked waits, or Stripe does for the answer to its message.
const requestTimeout = 10 * time.Second

// Stripe is commerce's provider of payments by card. Every request is made on the account of a store.
type Stripe struct{ client *stripe.Client }

// New makes a client of Stripe. Nothing is asked yet. Requests are tried once: those who ask know better when to try again, and Stripe's library
// would write what fails to standard error.
func New(o Options) *Stripe {
	if o.Client == nil {
		o.Client = &http.Client{Timeout: requestTimeout}
	}
	config := &stripe.BackendConfig{
		HTTPClient: o.Client, MaxNetworkRetries: stripe.Int64(0), EnableTelemetry: new(false),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	}
	if o.URL != "" {
		config.URL = stripe.String(o.URL)
	}
	return &Stripe{stripe.NewClient(o.Key, stripe.WithBackends(stripe.NewBackendsWithConfig(config)))}
}

// notes are what a payment for the order carries.
func notes(r *commerce.CardRequest) map[string]string {
	return map[string]string{noteOrder: buyerless(r.Order).String(), noteProof: r.Proof()}
}

// buyerless is the order's id without the buyer's secret.
func buyerless(o *commerce.Order) commerce.GlobalID {
	id := o.NodeID()
	id.Key = ""
	return id
}

// CreateCharge begins a payment. A *commerce.CardRefusal is a definite no.
func (s *Stripe) CreateCharge(ctx context.Context, r *commerce.CardRequest) (*commerce.CardCharge, error) {
	amount, err := toStripe(r.Order.TotalPrice())
	if err != nil {
		return nil, err
	}
	p := &stripe.PaymentIntentCreateParams{
		Amount: &amount, Currency: stripe.String(strings.ToLower(string(r.Order.Currency))), Description: stripe.String(r.Order.Name()),
		PaymentMethodTypes: []*string{stripe.String("card")}, Metadata: notes(r),
	}
	p.SetStripeAccount(r.Account)
	p.SetIdempotencyKey(r.IdempotencyKey())
	intent, err := s.client.V1PaymentIntents.Create(ctx, p)
	if err != nil {
		return nil, refused(err)
	}
	return charge(r.Account, intent), nil
}

// FindCharge tells how far a payment is, nil when the account has no such payment.
func (s *Stripe) FindCharge(ctx context.Context, account, id string) (*commerce.CardCharge, error) {
	p := &stripe.PaymentIntentRetrieveParams{}
	p.SetStripeAccount(account)
	intent, err := s.client.V1PaymentIntents.Retrieve(ctx, id, p)
	if e, is := errors.AsType[*stripe.Error](err); is && e.Code == stripe.ErrorCodeResourceMissing {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, refused(err)
	}
	return charge(account, intent), nil
}

// CancelCharge ends a payment that has not succeeded. A *commerce.CardRefusal says that it cannot be ended now. Each call has a key of its
// own: under the same one Stripe would repeat a no for a day, and a payment that was ended stays so.
func (s *Stripe) CancelCharge(ctx context.Context, account, id string) (*commerce.CardCharge, error) {
	p := &stripe.PaymentIntentCancelParams{CancellationReason: stripe.String(string(stripe.PaymentIntentCancellationReasonAbandoned))}
	p.SetStripeAccount(account)
	intent, err := s.client.V1PaymentIntents.Cancel(ctx, id, p)
	if err != nil {
		return nil, refused(err)
	}
	return charge(account, intent), nil
}

// charge reads a payment.
func charge(account string, p *stripe.PaymentIntent) *commerce.CardCharge {
	c := &commerce.CardCharge{
		ID: p.ID, Account: account, Order: p.Metadata[noteOrder], Proof: p.Metadata[noteProof], Secret: p.ClientSecret,
		Status: commerce.CardPending, Amount: fromStripe(p.Amount, p.Currency),
	}
	switch p.Status { //nolint:exhaustive // in all others the buyer, or their bank, can go on
	case stripe.PaymentIntentStatusSucceeded:
		c.Status, c.Amount = commerce.CardSucceeded, fromStripe(p.AmountReceived, p.Currency)
	case stripe.PaymentIntentStatusCanceled:
		c.Status = commerce.CardCanceled
	}
	return c
}

// OpenPage makes a page of Stripe's where the buyer pays. It is open until half an hour after the order would lapse, the shortest time that
// Stripe takes whenever it is asked; so the same order has the same page.
func (s *Stripe) OpenPage(ctx context.Context, r *commerce.CardRequest, back string) (string, error) {
	amount, err := toStripe(r.Order.TotalPrice())
	if err != nil {
		return "", err
	}
	p := &stripe.CheckoutSessionCreateParams{
		Mode: stripe.String(string(stripe.CheckoutSessionModePayment)), SuccessURL: &back, CancelURL: &back,
		PaymentMethodTypes: []*string{stripe.String("card")}, Metadata: notes(r),
		LineItems: []*stripe.CheckoutSessionCreateLineItemParams{{
			Quantity: stripe.Int64(1),
			PriceData: &stripe.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: stripe.String(strings.ToLower(string(r.Order.Currency))), UnitAmount: &amount,
				ProductData: &stripe.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: stripe.String("Order " + r.Order.Name())},
			},
		}},
		PaymentIntentData: &stripe.CheckoutSessionCreatePaymentIntentDataParams{Description: stripe.String(r.Order.Name()), Metadata: notes(r)},
	}
	if due := r.Order.PaymentDueAt; due != nil {
		p.ExpiresAt = new(due.Add(pageSlack).Unix())
	}
	p.SetStripeAccount(r.Account)
	p.SetIdempotencyKey(r.IdempotencyKey() + "-page")
	session, err := s.client.V1CheckoutSessions.Create(ctx, p)
	if err != nil {
		return "", refused(err)
	}
	return session.URL, nil
}

// pageSlack is how long Stripe wants a page to be open at least, and a minute for clocks that differ.
const pageSlack = 31 * time.Minute

// Refund sends money back, or tells how far it is. A *commerce.CardRefusal is a definite no.
func (s *Stripe) Refund(ctx context.Context, r *commerce.CardRefund) (*commerce.CardRefundResult, error) {
	found, err := s.findRefund(ctx, r)
	if err == nil && found == nil {
		found, err = s.createRefund(ctx, r)
	}
	if e, is := errors.AsType[*stripe.Error](err); is && e.Code == stripe.ErrorCodeChargeAlreadyRefunded {
		// Somebody has sent all of it back by hand: the buyer has the money.
		return &commerce.CardRefundResult{State: commerce.CardRefundSettled}, nil
	}
	if err != nil {
		return nil, refused(err)
	}
	return refundResult(found), nil
}

// findRefund finds a refund that was asked for before. Idempotency keys are known for a day; this finds it after any time.
func (s *Stripe) findRefund(ctx context.Context, r *commerce.CardRefund) (*stripe.Refund, error) {
	switch {
	case r.ProviderID != "":
		p := &stripe.RefundRetrieveParams{}
		p.SetStripeAccount(r.Account)
		return s.client.V1Refunds.Retrieve(ctx, r.ProviderID, p)
	case r.Attempts < 2:
		return nil, nil //nolint:nilnil // nobody can have asked
	}
	p := &stripe.RefundListParams{PaymentIntent: &r.Charge}
	p.SetStripeAccount(r.Account)
	p.Limit = stripe.Int64(100)
	for one, err := range s.client.V1Refunds.List(ctx, p) {
		if err != nil || one.Metadata[noteRefund] == r.Label() {
			return one, err
		}
	}
	return nil, nil //nolint:nilnil // nobody has asked
}

func (s *Stripe) createRefund(ctx context.Context, r *commerce.CardRefund) (*stripe.Refund, error) {
	amount, err := toStripe(r.Due())
	if err != nil {
		return nil, err
	}
	p := &stripe.RefundCreateParams{PaymentIntent: &r.Charge, Amount: &amount, Metadata: map[string]string{noteRefund: r.Label()}}
	p.SetStripeAccount(r.Account)
	p.SetIdempotencyKey(r.IdempotencyKey())
	return s.client.V1Refunds.Create(ctx, p)
}

func refundResult(r *stripe.Refund) *commerce.CardRefundResult {
	result := &commerce.CardRefundResult{ProviderID: r.ID, State: commerce.CardRefundSent}
	switch r.Status { //nolint:exhaustive // all others go on
	case stripe.RefundStatusSucceeded:
		result.State = commerce.CardRefundSettled
	case stripe.RefundStatusFailed, stripe.RefundStatusCanceled:
		result.State = commerce.CardRefundFailed
	}
	return result
}

// refused tells a definite no, by which nothing was done, from a fault, after which nobody knows: no connection, too many requests, one with
// the same key that is under way, a fault of Stripe's.
func refused(err error) error {
	e, is := errors.AsType[*stripe.Error](err)
	switch {
	case err == nil:
		return nil
	case !is:
		return unavailable(err)
	case e.HTTPStatusCode < 400 || e.HTTPStatusCode >= 500 || e.HTTPStatusCode == http.StatusTooManyRequests || e.HTTPStatusCode == http.StatusConflict:
		return unavailable(fmt.Errorf("status %d, %s", e.HTTPStatusCode, e.Msg))
	case e.HTTPStatusCode == http.StatusUnauthorized:
		return unavailable(errors.New("the key is not accepted"))
	}
	no := &commerce.CardRefusal{Message: e.Msg}
	if e.Code == stripe.ErrorCodeAmountTooSmall || e.Code == stripe.ErrorCodeAmountTooLarge {
		no.Shown = e.Msg
	}
	return no
}

func unavailable(cause error) error {
	return commerce.Unavailable("The provider of card payments", cause)
}
