package commerce

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Limits of what a store says about payments.
const (
	MaxHoldHours           = 336 // two weeks
	maxPayeeName           = 99  // characters, as the apps of banks take it
	maxPaymentInstructions = 2000
)

// currencyUPI is what UPI moves.
const currencyUPI Currency = "INR"

// upiID is how banks spell the addresses of accounts: a name, and the bank's.
var upiID = regexp.MustCompile(`^[A-Za-z0-9._-]{2,256}@[A-Za-z][A-Za-z0-9]{1,63}$`)

// stripeAccount is how Stripe spells the names of accounts.
var stripeAccount = regexp.MustCompile(`^acct_[A-Za-z0-9]{4,64}$`)

// StorePaymentSettings are what a store has decided about payments.
type StorePaymentSettings struct {
	StoreID StoreID
	// Version counts the changes, 0 while nothing was set.
	Version   int
	UpdatedAt *time.Time
	// UPIID is the account that buyers transfer to, PayeeName whose it is; empty without one.
	UPIID, PayeeName string
	// StripeAccountID is where payments by card go; empty without one.
	StripeAccountID string
	// Instructions are what buyers who pay by transfer are to know.
	Instructions string
	// HoldHours is how long an order waits for its payment.
	HoldHours int
}

// PaymentSettingsSetInput is what a store's payment settings are to be, all of them.
type PaymentSettingsSetInput struct {
	// ExpectedVersion is what the merchant has seen; nil for whatever it is.
	ExpectedVersion                *int
	UPIID, PayeeName, Instructions *string
	StripeAccountID                *string
	HoldHours                      int
}

// Settings are the settings that the input asks for. Refusals.
func (in PaymentSettingsSetInput) Settings(store *Store) (*StorePaymentSettings, error) {
	s := &StorePaymentSettings{
		StoreID: store.ID, UPIID: strings.TrimSpace(value(in.UPIID)), PayeeName: strings.TrimSpace(value(in.PayeeName)),
		Instructions: strings.TrimSpace(value(in.Instructions)), HoldHours: in.HoldHours,
		StripeAccountID: strings.TrimSpace(value(in.StripeAccountID)),
	}
	var r Refusals
	switch path := []any{"input", "upiId"}; {
	case s.UPIID == "":
	case store.Currency != currencyUPI:
		r.Add(RefusalInvalid, path, "The store sells in %s, and UPI transfers rupees: say in the instructions where to pay.", store.Currency)
	case !upiID.MatchString(s.UPIID):
		r.Add(RefusalInvalid, path, "%.100q is no UPI ID: it looks like shop@bank.", s.UPIID)
	case s.PayeeName == "":
		r.Add(RefusalBlank, []any{"input", "payeeName"}, "Say whose account it is, as the buyer's bank shows it.")
	}
	if s.StripeAccountID != "" && !stripeAccount.MatchString(s.StripeAccountID) {
		r.Add(RefusalInvalid, []any{"input", "stripeAccountId"}, "%.100q is no account at Stripe: it looks like acct_1032D82eZvKYlo2C.", s.StripeAccountID)
	}
	r.text("input.payeeName", "name", s.PayeeName, Characters(maxPayeeName))
	r.text("input.instructions", "text", s.Instructions, Characters(maxPaymentInstructions))
	if s.HoldHours < 1 || s.HoldHours > MaxHoldHours {
		r.Add(RefusalInvalid, []any{"input", "holdHours"}, "Hold stock for 1 to %d hours: %d is out of that.", MaxHoldHours, s.HoldHours)
	}
	return s, r.Err()
}

// PaymentInstructions are what a buyer needs to pay by transfer.
type PaymentInstructions struct {
	// Text is what the store says, nil when it says nothing; UPIURL opens the buyer's app with the payment filled in.
	Text, UPIURL *string
}

// AwaitsTransfer reports whether the buyer is to pay by transfer, and has not.
func (o *Order) AwaitsTransfer() bool {
	return o.PaymentMethod == PaymentManual && o.awaitsPayment()
}

// PaymentInstructions are those for an order of the store; nil when there is nothing to pay by transfer, or the store has not
// said how, as one that is gone.
func (s *StorePaymentSettings) PaymentInstructions(o *Order) *PaymentInstructions {
	if s == nil || !o.AwaitsTransfer() || s.UPIID == "" && s.Instructions == "" {
		return nil
	}
	i := &PaymentInstructions{Text: optional(s.Instructions)}
	if s.UPIID != "" && o.Currency == currencyUPI {
		link := "upi://pay?pa=" + s.UPIID + "&pn=" + upiText(s.PayeeName) + "&am=" + o.TotalPrice().Amount().String() + "&cu=INR&tn=" + upiText(o.Name())
		i.UPIURL = &link
	}
	return i
}

// upiText is a text in a link for the apps of banks, not all of which take a plus for a space.
func upiText(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// PaymentReader reads what stores have decided about payments. What buyers see of it is in their orders.
type PaymentReader interface {
	// PaymentSettings has an answer for every store that there is.
	PaymentSettings(ctx context.Context, stores []StoreID) (map[StoreID]*StorePaymentSettings, error)
}

// PaymentEditor changes what stores have decided about payments. Refusals come as errors; then nothing was written.
type PaymentEditor interface {
	SetPayments(ctx context.Context, by Author, store *Store, in PaymentSettingsSetInput) (*StorePaymentSettings, error)
}
