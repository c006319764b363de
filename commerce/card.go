package commerce

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// RefusalPaymentMethod is the code of a way to pay that the store does not take.
const RefusalPaymentMethod RefusalCode = "PAYMENT_METHOD_UNAVAILABLE"

// CardStatus says how far a payment by card is.
type CardStatus string

// The states of a payment by card. Only the first is not the last.
const (
	CardPending   CardStatus = "PENDING"
	CardSucceeded CardStatus = "SUCCEEDED"
	CardCanceled  CardStatus = "CANCELED"
)

// CardRequest is what the provider is asked for when a buyer wants to pay for an order.
type CardRequest struct {
	Order *Order
	// Account is the store's at the provider.
	Account string
	// Open is the payment that the buyer has begun and can go on with; empty for none.
	Open string
	// Canceled is how many payments for the order were given up: each new one is a request of its own.
	Canceled int
}

// Proof shows that a payment was asked for by this installation, for this order: nobody who does not know the order's secret can make
// one. It says nothing about the secret.
func (r *CardRequest) Proof() string { return CardProof(r.Order.Ref(), r.Order.Key) }

// CardProof is the proof of an order with the secret.
func CardProof(order OrderRef, secret string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "kirana card payment\n%d\n%d\n%s", order.Store, order.ID, secret))
	return hex.EncodeToString(sum[:])
}

// IdempotencyKey makes of the same request the same payment.
func (r *CardRequest) IdempotencyKey() string {
	return fmt.Sprintf("kirana-payment-%d-%s", r.Canceled, r.Proof())
}

// CardCharge is a payment as the provider tells of it.
type CardCharge struct {
	// ID is the provider's name for it, Account whose it is.
	ID, Account string
	// Order is the global id of the order that it says it is for, Proof what shows that this is true.
	Order, Proof string
	Status       CardStatus
	// Amount is what was asked for and, when the payment has succeeded, what has come.
	Amount Money
	// Secret lets the buyer's browser go on with the payment. It is never kept.
	Secret string `json:"-"`
	// PublishableKey is the platform's for browsers.
	PublishableKey string
}

// ClientSecret is Secret as far as there is one.
func (c *CardCharge) ClientSecret() *string { return optional(c.Secret) }

// CardRefundReason says why money goes back to a card.
type CardRefundReason string

// The reasons. All but the first are the system's own: the payment did not count.
const (
	CardRefundAsked    CardRefundReason = "REFUND"
	CardRefundCanceled CardRefundReason = "ORDER_CANCELED"
	CardRefundPaid     CardRefundReason = "ORDER_PAID"
	CardRefundLapsed   CardRefundReason = "ORDER_LAPSED"
	CardRefundAmount   CardRefundReason = "AMOUNT_DIFFERS"
)

// CardRefundState says how far money is on its way back.
type CardRefundState string

// The states: to be asked for, with the provider, with the buyer's bank, and given up by the provider.
const (
	CardRefundDue     CardRefundState = "DUE"
	CardRefundSent    CardRefundState = "SENT"
	CardRefundSettled CardRefundState = "SETTLED"
	CardRefundFailed  CardRefundState = "FAILED"
)

// CardRefund is money that is to go back to the card it came from.
type CardRefund struct {
	Order OrderRef
	ID    int64
	// Charge is the payment, Account where the money is.
	Charge, Account string
	Amount          Money
	// Covered is how much of it went back in another way, so that it is not to be sent: by a refund that was made at the provider, or a dispute.
	Covered Money
	Reason  CardRefundReason
	State   CardRefundState
	// ProviderID is the provider's name for it; empty until it has one.
	ProviderID string
	// Attempts is how often somebody has begun with it, Refusals how often the provider has said no.
	Attempts, Refusals int
	CreatedAt          time.Time
	SettledAt          *time.Time
	// Fault is what went wrong the last time; nil when nothing did.
	Fault *string
}

// Tenant is the store that the refund is of.
func (r *CardRefund) Tenant() StoreID { return r.Order.Store }

// Label tells the refund from all others of its payment.
func (r *CardRefund) Label() string { return fmt.Sprintf("%d-%d", r.Order.Store, r.ID) }

// Due is what is to be sent.
func (r *CardRefund) Due() Money { return Money{r.Amount.Minor - r.Covered.Minor, r.Amount.Currency} }

// IdempotencyKey makes of the same refund the same money. After a refusal it is another one: the provider would say no again without
// looking. So it is when another amount is due.
func (r *CardRefund) IdempotencyKey() string {
	key := fmt.Sprintf("kirana-refund-%s-%s-%d", r.Charge, r.Label(), r.Refusals)
	if r.Covered.Minor > 0 {
		key += fmt.Sprintf("-%d", r.Due().Minor)
	}
	return key
}

// CardRefundResult is what the provider says of a refund.
type CardRefundResult struct {
	ProviderID string
	State      CardRefundState
}

// CardRefusal is a definite no of the provider: nothing was done.
type CardRefusal struct { //nolint:errname // as Refusal is
	// Message is the provider's, for the merchant. Shown is what of it the buyer may read; empty for nothing.
	Message, Shown string
}

// Error is what the provider has said.
func (r *CardRefusal) Error() string { return "the provider of card payments refuses: " + r.Message }

// TakeCharge takes a payment that has come for an order. When it cannot count the reason says why, and all of it has to go back.
func (o *WholeOrder) TakeCharge(received Money) (*OrderChange, CardRefundReason) {
	switch {
	case received != o.TotalPrice():
		return nil, CardRefundAmount
	case o.CancelledAt != nil && !o.Lapsed():
		return nil, CardRefundCanceled
	}
	change, err := MarkOrderAsPaid(o)
	if err != nil {
		return nil, CardRefundPaid
	}
	return change, ""
}

// AwaitsCard reports whether the buyer is to pay by card, and has not.
func (o *Order) AwaitsCard() bool { return o.PaymentMethod == PaymentCard && o.awaitsPayment() }

// CardRefundDetail says for people why a payment goes back.
func CardRefundDetail(amount Money, reason CardRefundReason) string {
	return amount.shown() + " " + string(reason)
}

// CardProvider moves money. Whatever it is asked for again is done once.
type CardProvider interface {
	// CreateCharge begins a payment. A *CardRefusal is a definite no.
	CreateCharge(ctx context.Context, r *CardRequest) (*CardCharge, error)
	// FindCharge tells how far a payment is, nil when the account has no such payment.
	FindCharge(ctx context.Context, account, id string) (*CardCharge, error)
	// CancelCharge ends a payment that has not succeeded, so that it never will, and tells how far it is then. A *CardRefusal says that it
	// cannot be ended now.
	CancelCharge(ctx context.Context, account, id string) (*CardCharge, error)
	// OpenPage makes a page of the provider's where the buyer pays, and which leads back to an address.
	OpenPage(ctx context.Context, r *CardRequest, back string) (url string, err error)
	CardReturner
}

// CardOutcome says what became of something that the provider has told.
type CardOutcome string

// What becomes of it.
const (
	CardApplied  CardOutcome = "applied"
	CardRepeated CardOutcome = "repeated" // it was known before
	CardIgnored  CardOutcome = "ignored"  // it is about nothing of ours
	CardForeign  CardOutcome = "foreign"  // it is about an order of ours, and from somebody who has nothing to say about it
)

// CardBook keeps what is known of payments by card.
type CardBook interface {
	// CardRequest is what to ask the provider for. Refusals.
	CardRequest(ctx context.Context, key OrderKey) (*CardRequest, error)
	// TakeCharge writes down how far a payment is, and what follows from it: the order is paid, or money has to go back. event is what
	// the provider calls its message, empty when it was asked.
	TakeCharge(ctx context.Context, event string, c *CardCharge) (CardOutcome, error)
	CardReturnBook
}

// CardLook is a payment to be looked at.
type CardLook struct {
	Account, Charge string
	// Over says that the order does not wait for it any more.
	Over bool
}

// CardWatch finds payments that nobody has told about.
type CardWatch interface {
	// ClaimCardLook takes on the payment that has waited for longest to be looked at, nil when there is none.
	ClaimCardLook(ctx context.Context) (*CardLook, error)
}

// CardDesk takes payments by card. The provider is never asked inside a transaction.
type CardDesk struct {
	// Provider is nil where this installation takes no cards.
	Provider CardProvider
	Book     CardBook
	Watch    CardWatch
	// PublishableKey is what browsers show the provider.
	PublishableKey string
}

// Open reports whether this installation takes cards.
func (d *CardDesk) Open() bool { return d != nil && d.Provider != nil }

func (d *CardDesk) request(ctx context.Context, key OrderKey) (*CardRequest, error) {
	if !d.Open() {
		return nil, Refuse(RefusalPaymentMethod, []any{"input", "orderId"}, "Cards are not taken here. Ask the shop how to pay.")
	}
	return d.Book.CardRequest(ctx, key)
}

// CreatePayment begins a payment for the buyer of an order, or finds the one that was begun. Refusals.
func (d *CardDesk) CreatePayment(ctx context.Context, key OrderKey) (*CardCharge, error) {
	r, err := d.request(ctx, key)
	if err != nil {
		return nil, err
	}
	charge, err := d.charge(ctx, r)
	if err != nil {
		return nil, refusedCard(err)
	}
	charge.PublishableKey = d.PublishableKey
	_, err = d.Book.TakeCharge(ctx, "", charge)
	if _, again := errors.AsType[*Replay](err); again {
		err = nil // the payment is the same one, and its secret is the buyer's
	}
	return charge, err
}

func (d *CardDesk) charge(ctx context.Context, r *CardRequest) (*CardCharge, error) {
	if r.Open == "" {
		return d.Provider.CreateCharge(ctx, r)
	}
	charge, err := d.Provider.FindCharge(ctx, r.Account, r.Open)
	if err != nil || charge != nil && charge.Status != CardCanceled {
		return charge, err
	}
	r.Canceled++
	if charge != nil {
		if _, err := d.Book.TakeCharge(withoutIdempotencyKey(ctx), "", charge); err != nil {
			return nil, err
		}
	}
	return d.Provider.CreateCharge(ctx, r)
}

// PayPage is the address of the provider's page where the buyer of an order pays, and which leads back to an address. Refusals.
func (d *CardDesk) PayPage(ctx context.Context, key OrderKey, back string) (string, error) {
	r, err := d.request(ctx, key)
	if err != nil {
		return "", err
	}
	page, err := d.Provider.OpenPage(ctx, r, back)
	return page, refusedCard(err)
}

// refusedCard shows a provider's no as a refusal.
func refusedCard(err error) error {
	if no, is := errors.AsType[*CardRefusal](err); is {
		return Refuse(RefusalPaymentMethod, []any{"input", "orderId"}, "The order cannot be paid by card: %s", cmp.Or(no.Shown, "the shop's account does not take this payment."))
	}
	return err
}

// CardNotice is a message of the provider's: that something about a payment or a refund of an account has changed. What it says has
// become of it is not believed: messages overtake each other.
type CardNotice struct {
	Event, Account, Charge, Refund string
	// Reversal says that it is about money of the payment that goes back, or may.
	Reversal bool
}

// Notice asks the provider how far the payment is that it has told about, and applies that. A notice may come often, late, and in any
// order.
func (d *CardDesk) Notice(ctx context.Context, n CardNotice) (CardOutcome, error) {
	switch {
	case n.Account == "" || n.Charge == "" && n.Refund == "":
		return CardIgnored, nil
	case n.Refund != "":
		if outcome, err := d.Book.LookAgain(ctx, n.Account, n.Refund); err != nil || outcome == CardApplied || n.Charge == "" {
			return outcome, err
		}
	}
	charge, err := d.Provider.FindCharge(ctx, n.Account, n.Charge)
	if err != nil || charge == nil {
		return CardIgnored, err
	}
	if n.Reversal {
		return d.noticeReversal(ctx, charge)
	}
	return d.Book.TakeCharge(ctx, n.Event, charge)
}

// SettleRefunds works at the refunds that are due, one after the other, and tells how many there were. One that does not get on waits
// for its next turn and keeps nobody.
func (d *CardDesk) SettleRefunds(ctx context.Context) (int, error) {
	for n := 0; ; n++ {
		r, err := d.Book.ClaimCardRefund(ctx)
		if err != nil || r == nil {
			return n, err
		}
		result, failed := d.sendRefund(ctx, r)
		if ctx.Err() != nil {
			return n, nil //nolint:nilerr // the process ends; whoever is next finds out what has become of it
		}
		if err := d.Book.EndCardRefund(ctx, r, result, failed); err != nil {
			return n, err
		}
		if err := d.explain(ctx, r, failed); err != nil {
			return n, err
		}
	}
}

// sendRefund sends money back. Of a payment that has nothing left to send it first finds out, and has written down, where that went: the
// refund ends with it, and nobody would ask again.
func (d *CardDesk) sendRefund(ctx context.Context, r *CardRefund) (*CardRefundResult, error) {
	result, err := d.Provider.Refund(ctx, r)
	if err != nil || result.ProviderID != "" {
		return result, err
	}
	if _, err := d.reversed(ctx, r.Order, r.Account, r.Charge); err != nil {
		return nil, err
	}
	return result, nil
}

// explain finds out why the provider does not send money back: somebody may have sent it elsewhere. When the provider cannot say, it is
// asked after the next try.
func (d *CardDesk) explain(ctx context.Context, r *CardRefund, failed error) error {
	if _, refused := errors.AsType[*CardRefusal](failed); !refused {
		return nil
	}
	found, err := d.Provider.FindReversals(ctx, r.Account, r.Charge)
	if err != nil {
		return nil //nolint:nilerr // whoever waits for other refunds does not wait for this one
	}
	_, err = d.Book.TakeReversals(ctx, r.Order, r.Account, r.Charge, found)
	return err
}

// LookAtPayments asks how far payments are that were begun and that nobody has told about since, and tells how many there were: no payment
// is lost with the messages about it. One that its order does not wait for any more is ended: nobody is to be charged for it.
func (d *CardDesk) LookAtPayments(ctx context.Context) (int, error) {
	for n := 0; ; n++ {
		look, err := d.Watch.ClaimCardLook(ctx)
		if err != nil || look == nil {
			return n, err
		}
		charge, err := d.look(ctx, look)
		if err == nil && charge != nil {
			_, err = d.Book.TakeCharge(ctx, "", charge)
		}
		if err != nil {
			return n, err
		}
	}
}

// look is how far a payment is, after it was ended where nobody waits for it. One that cannot be ended, as the bank is at it, is
// looked at again.
func (d *CardDesk) look(ctx context.Context, l *CardLook) (*CardCharge, error) {
	charge, err := d.Provider.FindCharge(ctx, l.Account, l.Charge)
	if err != nil || charge == nil || !l.Over || charge.Status != CardPending {
		return charge, err
	}
	ended, err := d.Provider.CancelCharge(ctx, l.Account, l.Charge)
	if _, refused := errors.AsType[*CardRefusal](err); refused {
		return charge, nil
	}
	return ended, err
}

// CardWorker works at refunds, and looks at payments. CardDesk is one.
type CardWorker interface {
	SettleRefunds(ctx context.Context) (int, error)
	LookAtPayments(ctx context.Context) (int, error)
}
