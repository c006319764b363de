package payment

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/stripe/stripe-go/v82"

	"github.com/kirana-commerce/kirana/commerce"
)

// listed is how many things a page of Stripe's lists has: the most there can be.
const listed = 100

// FindReversals tells of all refunds and disputes of a payment, the oldest first.
func (s *Stripe) FindReversals(ctx context.Context, account, charge string) ([]*commerce.CardReversal, error) {
	found := []*commerce.CardReversal{}
	refunds := &stripe.RefundListParams{PaymentIntent: &charge}
	refunds.SetStripeAccount(account)
	refunds.Limit = stripe.Int64(listed)
	for one, err := range s.client.V1Refunds.List(ctx, refunds) {
		if err != nil {
			return nil, refused(err)
		}
		found = append(found, refundReversal(one))
	}
	disputes := &stripe.DisputeListParams{PaymentIntent: &charge}
	disputes.SetStripeAccount(account)
	disputes.Limit = stripe.Int64(listed)
	for one, err := range s.client.V1Disputes.List(ctx, disputes) {
		if err != nil {
			return nil, refused(err)
		}
		found = append(found, disputeReversal(one))
	}
	slices.SortFunc(found, func(a, b *commerce.CardReversal) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return found, nil
}

func refundReversal(r *stripe.Refund) *commerce.CardReversal {
	return &commerce.CardReversal{
		ID: r.ID, Label: r.Metadata[noteRefund], Amount: fromStripe(r.Amount, r.Currency), State: commerce.ReversalState(refundResult(r).State),
		Reason: string(r.Reason), CreatedAt: time.Unix(r.Created, 0).UTC(),
	}
}

// disputeReversal reads a dispute. An inquiry of a bank's is one that can be answered; closed, it has taken nothing.
func disputeReversal(d *stripe.Dispute) *commerce.CardReversal {
	r := &commerce.CardReversal{
		ID: d.ID, Dispute: true, Amount: fromStripe(d.Amount, d.Currency), State: commerce.ReversalState(commerce.DisputeOpen), Reason: string(d.Reason),
		CreatedAt: time.Unix(d.Created, 0).UTC(),
	}
	switch d.Status { //nolint:exhaustive // all others go on
	case stripe.DisputeStatusLost:
		r.State = commerce.ReversalState(commerce.DisputeLost)
	case stripe.DisputeStatusWon, stripe.DisputeStatusWarningClosed, stripe.DisputeStatusPrevented:
		r.State = commerce.ReversalState(commerce.DisputeWon)
	}
	if e := d.EvidenceDetails; e != nil && e.DueBy > 0 {
		r.RespondBy = new(time.Unix(e.DueBy, 0).UTC())
	}
	return r
}
