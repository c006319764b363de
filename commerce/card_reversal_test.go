package commerce_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// A state only goes on, whichever answer is read last.
func TestReversalsGoOn(t *testing.T) {
	t.Parallel()
	states := [][]commerce.ReversalState{
		{commerce.ReversalSent, commerce.ReversalSettled, commerce.ReversalFailed},
		{commerce.ReversalState(commerce.DisputeOpen), commerce.ReversalState(commerce.DisputeWon), commerce.ReversalState(commerce.DisputeLost)},
	}
	for _, line := range states {
		for i, now := range line {
			for j, was := range line {
				require.Equal(t, i > j, (&commerce.CardReversal{State: now}).Follows(was), "%s after %s", now, was)
			}
		}
	}
	require.True(t, (&commerce.CardReversal{State: commerce.ReversalSent}).Counts())
	require.False(t, (&commerce.CardReversal{State: commerce.ReversalFailed}).Counts())
	for _, s := range commerce.DisputeStatuses() {
		require.Equal(t, s == commerce.DisputeLost, (&commerce.CardReversal{Dispute: true, State: commerce.ReversalState(s)}).Counts())
	}
}

// Whatever goes back elsewhere: the order never gives back more than was paid, and what it books and what is not sent is never more than
// what went back, nor than what was to be sent.
func TestReversalsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		paid := rapid.Int64Range(1, 1000).Draw(t, "paid")
		o := &commerce.WholeOrder{Order: &commerce.Order{Currency: "INR", FinancialStatus: commerce.FinancialPaid, PaidMinor: paid}}
		own := []*commerce.OwnRefund{}
		for left := paid; left > 0 && rapid.Bool().Draw(t, "another refund here"); {
			f := &commerce.OwnRefund{ID: int64(len(own)), Label: "1-" + string(rune('a'+len(own))), Amount: rapid.Int64Range(1, left).Draw(t, "amount")}
			if rapid.Bool().Draw(t, "sent") {
				f.ProviderID, f.Failed = "re_own", rapid.Bool().Draw(t, "failed")
			}
			own, left, o.RefundedMinor = append(own, f), left-f.Amount, o.RefundedMinor+f.Amount
			o.FinancialStatus = commerce.FinancialPartiallyRefunded
		}
		if o.RefundedMinor == paid {
			o.FinancialStatus = commerce.FinancialRefunded
		}
		var elsewhere int64
		for range rapid.IntRange(1, 4).Draw(t, "reversals") {
			r := &commerce.CardReversal{ID: "re_elsewhere", Amount: commerce.Money{Minor: rapid.Int64Range(0, 1000).Draw(t, "went back"), Currency: "INR"}}
			again := min(r.Amount.Minor, commerce.FailedReturns(o.RefundedMinor, elsewhere, own))
			before, excess := o.RefundedMinor, r.Amount.Minor-again
			elsewhere += r.Amount.Minor
			if change := o.TakeReversal(r, again); change != nil {
				require.Zero(t, commerce.FailedReturns(o.RefundedMinor, elsewhere, own), "what has failed is made up for first")
				require.True(t, change.Refund.Elsewhere)
				require.Equal(t, o.RefundedMinor-before, change.Refund.Amount.Minor)
				excess -= change.Refund.Amount.Minor
			}
			var was, covered int64
			for _, f := range own {
				was += f.Covered
			}
			commerce.Cover(excess, again, own)
			for _, f := range own {
				covered += f.Covered
				require.LessOrEqual(t, f.Covered, f.Amount)
				require.True(t, f.ProviderID == "" || f.Failed || f.Covered == 0, "what was sent is not taken back")
			}
			require.LessOrEqual(t, covered-was, excess+again)
			require.LessOrEqual(t, o.RefundedMinor, paid)
			require.Equal(t, o.RefundedMinor == paid, o.FinancialStatus == commerce.FinancialRefunded)
		}
	})
}
