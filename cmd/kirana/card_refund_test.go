package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/payment/paymenttest"
)

// Money that is given back again after a refund has failed, wherever that was made, is counted once; and what fails again is made up for again.
func TestRefundsMadeAgainAtStripe(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]struct {
		own     bool
		again   []int
		total   string
		covered string
	}{
		"made there":                 {again: []int{5000}, total: "50.00"},
		"made there, in parts":       {again: []int{2000, 3000}, total: "50.00"},
		"made there, and more":       {again: []int{6000}, total: "60.00"},
		"made here":                  {own: true, again: []int{2025}, total: "20.25", covered: "FAILED:20.25:20.25"},
		"made here, in parts":        {own: true, again: []int{1000, 1025}, total: "20.25", covered: "FAILED:20.25:20.25"},
		"made here, and all of that": {own: true, again: []int{12050}, total: "120.50", covered: "FAILED:20.25:20.25"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCards(t)
			order, intent := c.paid(t)
			var refund string
			if f.own {
				giveBack(t, c, order)
				c.settle(t)
				refund = c.cell(t, `SELECT provider_id FROM card_refunds`)
			} else {
				refund, _ = c.bank.Return(t, corner, intent, 5000)
				c.told(t, c.message("refund.created", corner, refund))
			}
			for range 2 { // the second time what made up for it fails
				c.bank.Set(t, corner, refund, "failed")
				c.told(t, c.message("refund.failed", corner, refund))
				c.settle(t)
				for _, amount := range f.again {
					refund, _ = c.bank.Return(t, corner, intent, amount)
					c.told(t, c.message("refund.created", corner, refund))
					c.told(t, c.message("refund.updated", corner, refund))
				}
				money := c.money(t, order)
				require.Equal(t, f.total, money.TotalRefunded.Amount)
				if f.own {
					own := money.CardRefunds[0]
					require.Equal(t, f.covered, own.Status+":"+own.Amount.Amount+":"+own.CoveredAmount.Amount)
				}
				c.requireVerified(t)
				f.again = f.again[len(f.again)-1:]
			}
		})
	}
}

// A refund that has arrived and is asked about again is told once, though Stripe cannot answer at first.
func TestASettledRefundIsToldOnce(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order, _ := c.paid(t)
	giveBack(t, c, order)
	c.settle(t)
	refund := c.cell(t, `SELECT provider_id FROM card_refunds`)
	c.told(t, c.message("refund.updated", corner, refund))
	c.bank.Break(paymenttest.Fault{Path: refund, Status: http.StatusInternalServerError})
	c.settle(t)
	require.Equal(t, "PARTIALLY_REFUNDED REFUND:SENT:20.25", c.stand(t, order))
	c.settle(t)
	require.Equal(t, "PARTIALLY_REFUNDED REFUND:SETTLED:20.25", c.stand(t, order))
	require.Equal(t, "1", c.cell(t, `SELECT count(*) FROM outbox WHERE topic = 'order.refund_settled'`))
}

// What could not be brought to the buyer is told without what went back elsewhere.
func TestAFailedRefundIsToldWithoutWhatIsCovered(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order, intent := c.paid(t)
	c.bank.Return(t, corner, intent, 11000)
	giveBack(t, c, order)
	c.settle(t) // more than is left
	c.settle(t)
	require.Equal(t, "9.75", c.money(t, order).CardRefunds[0].CoveredAmount.Amount)
	refund := c.cell(t, `SELECT provider_id FROM card_refunds`)
	c.bank.Set(t, corner, refund, "failed")
	c.told(t, c.message("refund.failed", corner, refund))
	c.settle(t)
	require.Equal(t, "REFUNDED REFUND:FAILED:20.25", c.stand(t, order))
	require.Equal(t, "1050", c.cell(t, `SELECT payload ->> 'refundMinor' FROM outbox WHERE topic = 'order.refund_failed'`))
	c.requireVerified(t)
}
