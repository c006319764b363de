package commerce

import (
	"context"
	"slices"
	"strings"
	"time"
)

// DisputeStatus says how far a dispute about a payment by card is.
type DisputeStatus string

// The states of a dispute. One goes on to the next, and is not taken back.
const (
	DisputeOpen DisputeStatus = "OPEN"
	DisputeWon  DisputeStatus = "WON"
	DisputeLost DisputeStatus = "LOST"
)

// DisputeStatuses lists every state of a dispute.
func DisputeStatuses() []DisputeStatus { return []DisputeStatus{DisputeOpen, DisputeWon, DisputeLost} }

// ReversalState says how far a reversal is: a refund is on its way, has arrived or could not; a dispute is one of DisputeStatuses.
type ReversalState string

// The states of refunds that were made elsewhere.
const (
	ReversalSent    ReversalState = "SENT"
	ReversalSettled ReversalState = "SETTLED"
	ReversalFailed  ReversalState = "FAILED"
)

// rank orders states: messages overtake each other, and so do the answers to what is asked because of them. A state only goes on.
func (s ReversalState) rank() int {
	switch s { //nolint:exhaustive // all others go on
	case ReversalSettled, ReversalState(DisputeWon):
		return 1
	case ReversalFailed, ReversalState(DisputeLost):
		return 2
	}
	return 0
}

// CardReversal is money of a payment that went back at the provider, or may: a refund, whoever asked for it, or a dispute.
type CardReversal struct {
	Order OrderRef
	// ID is the provider's name for it.
	ID      string
	Dispute bool
	// Label names the refund of this installation that it is; empty for all others.
	Label  string
	Amount Money
	State  ReversalState
	// Reason is the provider's word for why; empty where it has none.
	Reason string
	// RespondBy is until when the merchant can answer a dispute, nil when nobody can.
	RespondBy *time.Time
	CreatedAt time.Time
}

// Tenant is the store whose order it is about.
func (r *CardReversal) Tenant() StoreID { return r.Order.Store }

// Status is how far a dispute is.
func (r *CardReversal) Status() DisputeStatus { return DisputeStatus(r.State) }

// ShownReason is why, nil where the provider does not say.
func (r *CardReversal) ShownReason() *string { return optional(r.Reason) }

// Follows reports whether the reversal is further than it was.
func (r *CardReversal) Follows(was ReversalState) bool { return r.State.rank() > was.rank() }

// StaysOpen reports whether the reversal is a dispute that goes on as it did: what it is about, and until when it can be answered, may be new.
func (r *CardReversal) StaysOpen(was ReversalState) bool {
	return r.Dispute && r.Status() == DisputeOpen && was == r.State
}

// Counts reports whether the money is the buyer's, or on its way there.
func (r *CardReversal) Counts() bool {
	if r.Dispute {
		return r.Status() == DisputeLost
	}
	return r.State != ReversalFailed
}

// Detail says in words what it is about.
func (r *CardReversal) Detail() string { return strings.TrimSpace(r.Amount.shown() + " " + r.Reason) }

// note is what the refund that a reversal is booked as says.
func (r *CardReversal) note() string {
	if r.Dispute {
		return "dispute lost: " + r.ID
	}
	return "refunded at Stripe: " + r.ID
}

// FailedReturns is how much of what an order counts as given back is not the buyer's, nor on its way there, as refunds have failed.
// elsewhere is what went back elsewhere and did not fail.
func FailedReturns(counted, elsewhere int64, refunds []*OwnRefund) int64 {
	for _, f := range refunds {
		if !f.Failed {
			counted -= f.Amount - f.Covered
		}
	}
	return max(0, counted-elsewhere)
}

// TakeReversal books money that went back elsewhere, as far as the order still has it: what it does not have was given back before, by a
// refund that has not reached the provider yet. again is how much of it makes up for refunds that have failed, which the order counts
// already. The change is nil when nothing is booked. The order keeps its units: nobody has said which of them come back.
func (o *WholeOrder) TakeReversal(r *CardReversal, again int64) *OrderChange {
	amount := min(r.Amount.Minor-again, o.PaidMinor-o.RefundedMinor)
	if r.Amount.Currency != o.Currency || amount <= 0 || !o.FinancialStatus.May(FinancialPartiallyRefunded) {
		return nil
	}
	o.giveBack(amount)
	return &OrderChange{
		Kind: OrderRefunded, Detail: o.money(amount).shown() + " " + r.note(),
		Refund: &Refund{Order: o.Ref(), Amount: o.money(amount), Note: r.note(), Lines: []*RefundLine{}, Elsewhere: true},
	}
}

// CoveredRefund is a refund of this installation that the provider does not know of, and how much of it went back elsewhere.
type CoveredRefund struct {
	ID      int64
	Covered int64
	// Done says that nothing is left to send.
	Done bool
}

// OwnRefund is a refund of this installation, as a reversal is held against it.
type OwnRefund struct {
	ID              int64
	Label           string
	ProviderID      string
	Amount, Covered int64
	// Failed says that the provider could not bring it to the buyer.
	Failed bool
}

// Cover takes money that went back elsewhere, and that the order had already given back, off the refunds that the provider does not know
// of, the newest first: else it would go back twice. again is what is taken off those that have failed.
func Cover(excess, again int64, refunds []*OwnRefund) (covered []CoveredRefund) {
	for _, f := range slices.Backward(refunds) {
		left := &excess
		if f.Failed {
			left = &again
		} else if f.ProviderID != "" {
			continue
		}
		part := min(*left, f.Amount-f.Covered)
		if part <= 0 {
			continue
		}
		f.Covered += part
		*left -= part
		covered = append(covered, CoveredRefund{f.ID, f.Covered, f.Covered == f.Amount})
	}
	return covered
}

// Own finds the refund of this installation that a reversal is, nil when it is none: by the provider's name for it or, when the provider
// tells of it before it has answered, by its label. Then its name is known from now on.
func (r *CardReversal) Own(refunds []*OwnRefund) *OwnRefund {
	if r.Dispute {
		return nil
	}
	for _, f := range refunds {
		if f.ProviderID == r.ID || f.ProviderID == "" && f.Label == r.Label {
			if f.Failed = f.Failed || r.State == ReversalFailed; !f.Failed {
				f.ProviderID = r.ID
			}
			return f
		}
	}
	return nil
}

// CardReturner sends money back, and knows what went back.
type CardReturner interface {
	// Refund sends money back, or tells how far it is. A *CardRefusal is a definite no.
	Refund(ctx context.Context, r *CardRefund) (*CardRefundResult, error)
	// FindReversals tells of all refunds and disputes of a payment, the oldest first.
	FindReversals(ctx context.Context, account, charge string) ([]*CardReversal, error)
}

// CardReturnBook keeps what went back, or is to go back.
type CardReturnBook interface {
	// LookAgain has a refund looked at again, by the provider's name for it.
	LookAgain(ctx context.Context, account, providerID string) (CardOutcome, error)
	// ClaimCardRefund takes on the refund that has waited for longest; nil when none is due.
	ClaimCardRefund(ctx context.Context) (*CardRefund, error)
	// EndCardRefund writes down how far a refund is now. failed is why nobody knows.
	EndCardRefund(ctx context.Context, r *CardRefund, result *CardRefundResult, failed error) error
	// TakeReversals writes down what of an order's payment went back, or may, at the provider: once, in whatever order it is told, and whatever is
	// known of it. What this installation has asked for is known.
	TakeReversals(ctx context.Context, order OrderRef, account, charge string, found []*CardReversal) (CardOutcome, error)
}

// DisputeReader reads disputes.
type DisputeReader interface {
	// Disputes reads the disputes about orders, which whoever asks has read.
	Disputes(ctx context.Context, orders []OrderRef) (map[OrderRef][]*CardReversal, error)
}

// reversed asks what of a payment went back, and writes it down.
func (d *CardDesk) reversed(ctx context.Context, order OrderRef, account, charge string) (CardOutcome, error) {
	found, err := d.Provider.FindReversals(ctx, account, charge)
	if err != nil {
		return CardIgnored, err
	}
	return d.Book.TakeReversals(ctx, order, account, charge, found)
}

// noticeReversal is Notice for a message about money that goes back. The payment comes first, whose message may be late.
func (d *CardDesk) noticeReversal(ctx context.Context, c *CardCharge) (CardOutcome, error) {
	outcome, err := d.Book.TakeCharge(ctx, "", c)
	id, ok := ParseGlobalID(c.Order)
	if err != nil || !ok || outcome != CardApplied && outcome != CardRepeated {
		return outcome, err
	}
	return d.reversed(ctx, OrderRef{Store: id.Store, ID: OrderID(id.ID)}, c.Account, c.ID)
}
