package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/payment/paymenttest"
)

// paid is an order that is paid by card, and its payment.
func (c *cards) paid(t *testing.T) (order, intent string) {
	t.Helper()
	order = c.order(t)
	intent = c.begin(t, order).PaymentIntentID
	c.bank.Pay(t, corner, intent)
	c.told(t, c.message("payment_intent.succeeded", corner, intent))
	return order, intent
}

// endless lets the store sell on, so that there can be several orders.
func (c *cards) endless(t *testing.T) {
	t.Helper()
	_, err := c.database.SQL.ExecContext(t.Context(), `UPDATE product_variants SET inventory_policy = 'CONTINUE'`)
	require.NoError(t, err)
}

type seenMoney struct {
	TotalRefunded struct{ Amount string }
	DisputeStatus *string
	Refunds       []struct {
		Note   *string
		Amount struct{ Amount string }
	}
	Disputes []struct {
		ID, Status, Reason, RespondBy string
		Amount                        struct{ Amount string }
	}
	CardRefunds []struct {
		Status                string
		Amount, CoveredAmount struct{ Amount string }
	}
}

func (c *cards) money(t *testing.T, order string) seenMoney {
	t.Helper()
	var o seenMoney
	id, _, _ := strings.Cut(order, "?")
	c.mine.ask(t, `query($id: ID!) { order(id: $id) { totalRefunded { amount } disputeStatus refunds { note amount { amount } }
		disputes { id status reason respondBy amount { amount } } cardRefunds { status amount { amount } coveredAmount { amount } } } }`, object{"id": id}).field(t, "order", &o)
	return o
}

// A refund that is made in Stripe's dashboard is booked once, whichever messages tell of it, in whichever order, and however often; and
// nothing is sent.
func TestRefundsMadeAtStripe(t *testing.T) { //nolint:tparallel // its parts are orders of one store
	t.Parallel()
	c := newCards(t)
	c.endless(t)
	for i, order := range [][]int{{0, 1, 2, 3}, {1, 0, 3, 2}, {2, 1, 0, 3}, {3, 2, 1, 0}, {2, 3, 0, 1}, {1, 3, 2, 0}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) { //nolint:paralleltest // they are orders of one store
			id := c.order(t)
			intent := c.begin(t, id).PaymentIntentID
			c.bank.Pay(t, corner, intent)
			refund, charge := c.bank.Return(t, corner, intent, 12050)
			messages := []paymenttest.Message{
				c.message("payment_intent.succeeded", corner, intent), c.message("refund.created", corner, refund),
				c.message("charge.refunded", corner, charge), c.message("refund.updated", corner, refund),
			}
			for _, m := range order {
				c.told(t, messages[m])
				c.told(t, messages[m])
			}
			seen := c.see(t, id)
			require.Equal(t, "REFUNDED", seen.FinancialStatus)
			require.Equal(t, "CREATED PAID REFUNDED", seen.kinds())
			money := c.money(t, id)
			require.Equal(t, "120.50", money.TotalRefunded.Amount)
			require.Len(t, money.Refunds, 1)
			require.Equal(t, "refunded at Stripe: "+refund, *money.Refunds[0].Note)
			require.Empty(t, money.CardRefunds)
			require.Equal(t, fmt.Sprint(i+1), c.cell(t, `SELECT count(*) FROM outbox WHERE topic = 'order.refunded'`))
			c.settle(t)
			require.Zero(t, c.bank.Asked("POST /v1/refunds"))
			c.requireVerified(t)
		})
	}
}

// Messages about the same money that come at the same time, at several servers, book it once.
func TestReversalsAtTheSameTime(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order := c.order(t)
	intent := c.begin(t, order).PaymentIntentID
	c.bank.Pay(t, corner, intent)
	refund, charge := c.bank.Return(t, corner, intent, 5000)
	dispute := c.bank.Dispute(t, corner, intent, 7050)
	c.bank.Set(t, corner, dispute, "lost")
	var all sync.WaitGroup
	for range 3 {
		for kind, about := range map[string]string{
			"payment_intent.succeeded": intent, "refund.created": refund, "charge.refunded": charge, "charge.dispute.created": dispute, "charge.dispute.closed": dispute,
		} {
			m := c.message(kind, corner, about)
			all.Go(func() {
				if status := c.bank.Send(c.handler, m); status != http.StatusNoContent {
					t.Errorf("%s: %d", m.Type, status)
				}
			})
		}
	}
	all.Wait()
	require.Equal(t, "REFUNDED", c.stand(t, order))
	require.Equal(t, "CREATED PAID REFUNDED DISPUTE_OPENED REFUNDED DISPUTE_LOST", c.see(t, order).kinds())
	c.requireVerified(t)
}

// Parts that are given back in the dashboard and here add up, and what cannot be brought to the buyer is told.
func TestRefundsMadeAtStripeInParts(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order, intent := c.paid(t)
	first, _ := c.bank.Return(t, corner, intent, 5000)
	c.bank.Set(t, corner, first, "pending")
	c.told(t, c.message("refund.created", corner, first))
	require.Equal(t, "PARTIALLY_REFUNDED", c.stand(t, order))
	giveBack(t, c, order)
	c.settle(t)
	c.told(t, c.message("charge.refund.updated", corner, first))
	second, charge := c.bank.Return(t, corner, intent, 5025)
	c.told(t, c.message("charge.refunded", corner, charge))
	require.Equal(t, "REFUNDED REFUND:SETTLED:20.25", c.stand(t, order))
	require.Equal(t, 12050, c.bank.Refunded(corner, intent))
	c.requireVerified(t)

	c.bank.Set(t, corner, first, "failed")
	c.told(t, c.message("refund.failed", corner, first))
	c.told(t, c.message("refund.failed", corner, first))
	require.Equal(t, []string{"CREATED", "PAID", "REFUNDED", "REFUNDED", "REFUND_SETTLED", "REFUNDED", "REFUND_FAILED"}, strings.Fields(c.see(t, order).kinds()))
	c.bank.Set(t, corner, second, "succeeded")
	c.told(t, c.message("refund.updated", corner, second))
	require.Equal(t, "120.50", c.money(t, order).TotalRefunded.Amount, "as with those that are made here, it is for the merchant to settle")
	c.requireVerified(t)
}

// A refund that has failed when it is heard of has moved nothing.
func TestARefundAtStripeThatFails(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order, intent := c.paid(t)
	refund, _ := c.bank.Return(t, corner, intent, 5000)
	c.bank.Set(t, corner, refund, "failed")
	before := c.tables(t)
	c.told(t, c.message("refund.failed", corner, refund))
	require.Equal(t, before, c.tables(t))
	require.Equal(t, "PAID", c.stand(t, order))
}

// What was asked for here is known when Stripe tells of it before it has answered: it is not another refund.
func TestOurOwnRefundIsToldOfBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order, intent := c.paid(t)
	giveBack(t, c, order)
	c.bank.Break(paymenttest.Fault{Path: "/refunds", Lost: true})
	c.settle(t)
	require.Equal(t, 2025, c.bank.Refunded(corner, intent), "Stripe has it, and nobody here knows")
	refund := c.bank.Settle(t, corner, intent, "succeeded")[0]
	c.told(t, c.message("refund.created", corner, refund))
	c.told(t, c.message("refund.updated", corner, refund))
	require.Equal(t, "20.25", c.money(t, order).TotalRefunded.Amount)
	c.settle(t)
	c.told(t, c.message("refund.updated", corner, refund))
	c.settle(t)
	require.Equal(t, "PARTIALLY_REFUNDED REFUND:SETTLED:20.25", c.stand(t, order))
	require.Equal(t, "0", c.cell(t, `SELECT count(*) FROM card_reversals`))
	require.Equal(t, 1, c.bank.Asked("POST /v1/refunds"))
	c.requireVerified(t)
}

// The dashboard and the staff give the same money back at the same time: the buyer gets it once, and the books say so, whether Stripe
// tells of it or not.
func TestRefundsThatCross(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]struct {
		before, after       func(*testing.T, *cards, string)
		there               int
		status, covered     string
		silent, notCounting bool
	}{
		"all of it":                     {after: cancelOrder, there: 12050, status: "REFUNDED", covered: "SETTLED:120.50:120.50"},
		"all of it, and Stripe silent":  {after: cancelOrder, there: 12050, status: "REFUNDED", covered: "SETTLED:120.50:120.50", silent: true},
		"more than is left":             {after: giveBack, there: 11000, status: "REFUNDED", covered: "SETTLED:20.25:9.75"},
		"more than is left, and silent": {after: giveBack, there: 11000, status: "REFUNDED", covered: "SETTLED:20.25:9.75", silent: true},
		"what did not count":            {before: cancelOrder, there: 12050, status: "VOIDED", covered: "SETTLED:120.50:120.50"},
		"a part of what did not count":  {before: cancelOrder, there: 2000, status: "VOIDED", covered: "SETTLED:120.50:20.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCards(t)
			order := c.order(t)
			intent := c.begin(t, order).PaymentIntentID
			if f.before != nil {
				f.before(t, c, order)
			}
			c.bank.Pay(t, corner, intent)
			c.told(t, c.message("payment_intent.succeeded", corner, intent))
			_, charge := c.bank.Return(t, corner, intent, f.there)
			if f.after != nil {
				f.after(t, c, order)
			}
			if !f.silent {
				c.told(t, c.message("charge.refunded", corner, charge))
			}
			c.requireVerified(t)
			c.settle(t)
			c.requireVerified(t)
			c.settle(t)
			c.told(t, c.message("charge.refunded", corner, charge))
			require.Equal(t, f.status, c.see(t, order).FinancialStatus)
			refund := c.money(t, order).CardRefunds[0]
			require.Equal(t, f.covered, refund.Status+":"+refund.Amount.Amount+":"+refund.CoveredAmount.Amount)
			require.Equal(t, 12050, c.bank.Refunded(corner, intent), "as much as was paid, and no more")
			require.Equal(t, "1", c.cell(t, `SELECT count(*) FROM outbox WHERE topic = 'order.refund_settled'`))
			c.requireVerified(t)
		})
	}
}

// Stripe says that nothing is left to send, and cannot say just now where it went: it is asked again.
func TestAFaultWhileARefundIsExplained(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order, intent := c.paid(t)
	giveBack(t, c, order)
	c.bank.Return(t, corner, intent, 12050)
	c.bank.Break(paymenttest.Fault{Path: "disputes", Status: http.StatusInternalServerError})
	c.settle(t)
	require.Equal(t, "PARTIALLY_REFUNDED REFUND:DUE:20.25", c.stand(t, order))
	require.Contains(t, *c.see(t, order).CardRefunds[0].Fault, "status 500")
	c.settle(t)
	require.Equal(t, "REFUNDED REFUND:SETTLED:20.25", c.stand(t, order))
	require.Equal(t, "20.25", c.money(t, order).CardRefunds[0].CoveredAmount.Amount)
	c.requireVerified(t)
}

// A dispute is noted on its order, which the merchant finds by it; one that is lost is money that went back.
func TestDisputes(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]struct {
		before           func(*testing.T, *cards, string)
		ends             []string
		status, dispute  string
		refunded, events string
	}{
		"goes on":                  {nil, []string{"under_review"}, "PAID", "OPEN", "0.00", "CREATED PAID DISPUTE_OPENED"},
		"won":                      {nil, []string{"under_review", "won"}, "PAID", "WON", "0.00", "CREATED PAID DISPUTE_OPENED DISPUTE_WON"},
		"a question":               {nil, []string{"warning_under_review", "warning_closed"}, "PAID", "WON", "0.00", "CREATED PAID DISPUTE_OPENED DISPUTE_WON"},
		"lost":                     {nil, []string{"lost"}, "REFUNDED", "LOST", "120.50", "CREATED PAID DISPUTE_OPENED REFUNDED DISPUTE_LOST"},
		"lost, and a part is back": {giveBack, []string{"lost"}, "REFUNDED", "LOST", "120.50", "CREATED PAID REFUNDED DISPUTE_OPENED REFUNDED REFUND_SETTLED DISPUTE_LOST"},
	} {
		for _, missed := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " missed:", missed), func(t *testing.T) {
				t.Parallel()
				c := newCards(t)
				order, intent := c.paid(t)
				if f.before != nil {
					f.before(t, c, order)
				}
				dispute := c.bank.Dispute(t, corner, intent, 12050)
				created := c.message("charge.dispute.created", corner, dispute)
				if !missed {
					c.told(t, created)
					require.Equal(t, "OPEN", *c.money(t, order).DisputeStatus)
				}
				for _, status := range f.ends {
					c.bank.Set(t, corner, dispute, status)
					for range 2 {
						c.told(t, c.message("charge.dispute.updated", corner, dispute))
					}
				}
				c.told(t, created)
				seen, money := c.see(t, order), c.money(t, order)
				require.Equal(t, []string{f.status, f.events}, []string{seen.FinancialStatus, seen.kinds()})
				require.Equal(t, []string{f.dispute, f.refunded}, []string{*money.DisputeStatus, money.TotalRefunded.Amount})
				require.Len(t, money.Disputes, 1)
				require.Equal(t, []string{dispute, f.dispute, "fraudulent", "120.50", "2030-03-17T17:46:40Z"},
					[]string{money.Disputes[0].ID, money.Disputes[0].Status, money.Disputes[0].Reason, money.Disputes[0].Amount.Amount, money.Disputes[0].RespondBy})
				require.Equal(t, 1, c.listed(t, "dispute:"+strings.ToLower(f.dispute)))
				require.Equal(t, 1, c.listed(t, "dispute:*"))
				require.Zero(t, c.listed(t, "-dispute:"+f.dispute))
				require.Equal(t, "1", c.cell(t, `SELECT count(*) FROM outbox WHERE topic = 'order.dispute_opened' AND payload ->> 'disputeMinor' = '12050'`))
				c.settle(t)
				if f.dispute == "LOST" {
					require.Zero(t, c.bank.Refunded(corner, intent), "the bank has given it back: it is not sent again")
				}
				c.requireVerified(t)
			})
		}
	}
}

// While a dispute is open nothing is erased that the merchant answers the bank with.
func TestACustomerWhoDisputes(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order, intent := c.paid(t)
	cancelOrder(t, c, order)
	c.settle(t)
	dispute := c.bank.Dispute(t, corner, intent, 12050)
	for _, f := range []struct{ status, want string }{
		{"needs_response", `{"ordersErased": 0, "ordersRetained": 1, "retainedBecause": "ORDER_UNDER_WAY", "cartsDeleted": 1}`},
		{"won", `{"ordersErased": 1, "ordersRetained": 0, "retainedBecause": null, "cartsDeleted": 0}`},
	} {
		c.bank.Set(t, corner, dispute, f.status)
		c.told(t, c.message("charge.dispute.updated", corner, dispute))
		var erased struct{ Erasure json.RawMessage }
		c.mine.ask(t, customerErase, input("phone", "+919876543210")).field(t, "customerErase", &erased)
		require.JSONEq(t, f.want, string(erased.Erasure))
	}
}

// A bank that asks about a part, and then takes all, is one dispute: what it is about and until when it can be answered follow, and nothing
// happens twice.
func TestADisputeThatGrows(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order, intent := c.paid(t)
	dispute := c.bank.Dispute(t, corner, intent, 5000)
	c.bank.Set(t, corner, dispute, "warning_needs_response")
	c.told(t, c.message("charge.dispute.created", corner, dispute))
	asked := c.money(t, order).Disputes[0]
	require.Equal(t, "50.00", asked.Amount.Amount)
	c.bank.Escalate(t, corner, dispute, 12050, 1_950_000_000)
	c.told(t, c.message("charge.dispute.updated", corner, dispute))
	grown := c.money(t, order).Disputes[0]
	require.Equal(t, []string{"120.50", "OPEN", "2031-10-17T10:40:00Z"}, []string{grown.Amount.Amount, grown.Status, grown.RespondBy})
	require.Less(t, asked.RespondBy, grown.RespondBy)
	before := c.tables(t)
	c.told(t, c.message("charge.dispute.updated", corner, dispute))
	require.Equal(t, before, c.tables(t))
	require.Equal(t, "CREATED PAID DISPUTE_OPENED", c.see(t, order).kinds())
	c.requireVerified(t)
	c.bank.Set(t, corner, dispute, "lost")
	c.told(t, c.message("charge.dispute.closed", corner, dispute))
	require.Equal(t, "120.50", c.money(t, order).TotalRefunded.Amount)
	c.requireVerified(t)
}

// A bank may count in its own currency: what it takes then is neither booked nor taken off what is to go back, and the log says so.
func TestADisputeInAnotherCurrency(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order, intent := c.paid(t)
	giveBack(t, c, order)
	dispute := c.bank.Dispute(t, corner, intent, 12050)
	c.bank.Exchange(t, corner, dispute, 2025, "usd")
	c.bank.Set(t, corner, dispute, "lost")
	c.told(t, c.message("charge.dispute.closed", corner, dispute))
	require.Equal(t, "PARTIALLY_REFUNDED REFUND:DUE:20.25", c.stand(t, order))
	money := c.money(t, order)
	require.Equal(t, []string{"LOST", "20.25", "0.00"}, []string{*money.DisputeStatus, money.TotalRefunded.Amount, money.CardRefunds[0].CoveredAmount.Amount})
	require.Contains(t, c.log.String(), "money went back in another currency than it came in")
	c.requireVerified(t)
}

// listed counts the orders of a list.
func (c *cards) listed(t *testing.T, query string) int {
	t.Helper()
	var store struct {
		Orders struct{ TotalCount int }
	}
	c.mine.ask(t, `query($q: String) { store { orders(first: 5, query: $q) { totalCount nodes { disputeStatus } } } }`, object{"q": query}).field(t, "store", &store)
	return store.Orders.TotalCount
}

// What another account tells of, or of another order, changes nothing; nor do buyers see disputes.
func TestReversalsThatAreNotBelieved(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order, intent := c.paid(t)
	refund, charge := c.bank.Return(t, corner, intent, 12050)
	dispute := c.bank.Dispute(t, corner, intent, 12050)
	for _, id := range []string{intent, refund, charge, dispute} {
		c.bank.Copy(t, corner, id, market)
	}
	before := c.tables(t)
	for kind, about := range map[string]string{"refund.created": refund, "charge.refunded": charge, "charge.dispute.created": dispute} {
		c.told(t, c.message(kind, market, about))
	}
	require.Equal(t, before, c.tables(t))
	require.Equal(t, "PAID", c.stand(t, order))
	require.Equal(t, []string{"UNAUTHENTICATED", "UNAUTHENTICATED"},
		c.buyer().ask(t, `query($id: ID!) { order(id: $id) { name disputeStatus disputes { id } } }`, object{"id": order}).codes())

	c.bank.Break(paymenttest.Fault{Path: "disputes", Status: http.StatusInternalServerError})
	require.Equal(t, http.StatusServiceUnavailable, c.bank.Send(c.handler, c.message("charge.refunded", corner, charge)), "Stripe sends it again")
	require.Equal(t, "PAID", c.stand(t, order))
	c.told(t, c.message("charge.refunded", corner, charge))
	require.Equal(t, "REFUNDED", c.stand(t, order))
	c.requireVerified(t)
}

// The books tell of a refund that is not booked, of money that is not sent for no reason, and of a dispute that is not shown.
func TestBooksOfReversals(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	_, intent := c.paid(t)
	_, charge := c.bank.Return(t, corner, intent, 2000)
	dispute := c.bank.Dispute(t, corner, intent, 5000)
	c.bank.Set(t, corner, dispute, "lost")
	c.told(t, c.message("charge.refunded", corner, charge))
	c.requireVerified(t)
	for _, f := range []struct{ text, undo, what string }{
		{`UPDATE card_reversals SET booked_minor = 1 WHERE kind = 'REFUND'`, `UPDATE card_reversals SET booked_minor = 2000 WHERE kind = 'REFUND'`, "goes back to the card"},
		{`UPDATE card_reversals SET state = 'OPEN' WHERE kind = 'DISPUTE'`, `UPDATE card_reversals SET state = 'LOST' WHERE kind = 'DISPUTE'`, "disputes"},
		{
			`INSERT INTO card_refunds (store_id, order_id, intent_id, reason, amount_minor, covered_minor) SELECT store_id, order_id, intent_id, 'ORDER_PAID', 2, 2 FROM card_payments`,
			`DELETE FROM card_refunds`, "not sent, as it went back elsewhere",
		},
	} {
		for _, text := range []string{f.text, f.undo} {
			_, err := c.database.SQL.ExecContext(t.Context(), text)
			require.NoError(t, err)
			found, err := c.service.db.CheckBooks(t.Context(), 0)
			require.NoError(t, err)
			if text == f.undo {
				require.Empty(t, found)
				continue
			}
			var what []string
			for _, d := range found {
				what = append(what, d.What)
			}
			require.Contains(t, what, f.what)
		}
	}
}
