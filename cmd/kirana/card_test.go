package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/config"
	"github.com/kirana-commerce/kirana/internal/payment/paymenttest"
)

func withStripe(s *paymenttest.Stripe) func(*config.Config) {
	return func(c *config.Config) {
		c.StripeKey, c.StripeWebhookSecret, c.StripePublishableKey, c.StripeURL = paymenttest.Key, paymenttest.Secret, "pk_test_kirana", s.URL()
	}
}

// cards is an office whose stores take cards.
type cards struct {
	*stocked

	bank *paymenttest.Stripe
	sent int
}

const corner, market = "acct_corner", "acct_market"

func newCards(t *testing.T) *cards {
	t.Helper()
	bank := paymenttest.New(t)
	c := &cards{stocked: newStocked(t, withStripe(bank)), bank: bank}
	c.mine.run(t, "paymentSettingsSet", object{"stripeAccountId": corner}, "", &struct{}{})
	c.theirs.run(t, "paymentSettingsSet", object{"stripeAccountId": market}, "", &struct{}{})
	for _, text := range []string{`UPDATE stores SET status = 'PUBLISHED'`, `UPDATE product_variants SET price_minor = 12050`} {
		_, err := c.database.SQL.ExecContext(t.Context(), text)
		require.NoError(t, err)
	}
	return c
}

// order orders the last unit of tea in M for somebody who pays by card; it returns the buyer's id.
func (c *cards) order(t *testing.T) string {
	t.Helper()
	return c.complete(t, "CARD")
}

func (c *cards) complete(t *testing.T, method string) string {
	t.Helper()
	var cart struct{ Cart struct{ ID string } }
	c.buyer().ask(t, hydrogenCreate, input("lines", []any{object{"merchandiseId": c.variants[1], "quantity": 1}})).field(t, "cartCreate", &cart)
	var made struct {
		Order struct{ ID, PaymentDueAt string }
	}
	c.buyer().run(t, "cartComplete", object{
		"cartId": cart.Cart.ID, "expectedTotal": object{"amount": "120.50", "currencyCode": "INR"}, "contact": object{"phone": "+919876543210"}, "payment": object{"method": method},
	}, "order { id paymentDueAt }", &made)
	return made.Order.ID
}

func (c *cards) buyer() client { return c.as("").in(c.mine.store) }

type begun struct {
	PaymentIntentID, Status, ClientSecret, PublishableKey, StripeAccountID string
	Amount                                                                 struct{ Amount, CurrencyCode string }
}

// begin begins the payment of an order.
func (c *cards) begin(t *testing.T, order string) begun {
	t.Helper()
	var made struct{ Payment begun }
	c.buyer().run(t, "orderPaymentCreate", object{"orderId": order},
		"payment { paymentIntentId status clientSecret publishableKey stripeAccountId amount { amount currencyCode } }", &made)
	return made.Payment
}

// message is a new message about something.
func (c *cards) message(kind, account, about string) paymenttest.Message {
	c.sent++
	return paymenttest.Message{ID: "evt_" + strings.Repeat("1", c.sent), Type: kind, Account: account, Object: about}
}

// told brings a message, which is taken.
func (c *cards) told(t *testing.T, m paymenttest.Message) {
	t.Helper()
	require.Equal(t, http.StatusNoContent, c.bank.Send(c.handler, m), "%s", c.log)
}

// settle works at what is to go back.
func (c *cards) settle(t *testing.T) {
	t.Helper()
	_, err := c.database.SQL.ExecContext(t.Context(), `UPDATE card_refunds SET next_at = now() WHERE state IN ('DUE', 'SENT')`)
	require.NoError(t, err)
	_, err = c.service.cards.SettleRefunds(t.Context())
	require.NoError(t, err)
}

// lapse lets the time of orders go by.
func (c *cards) lapse(t *testing.T) {
	t.Helper()
	_, err := c.database.SQL.ExecContext(t.Context(), `UPDATE orders SET hold_expires_at = now() - interval '1 second' WHERE hold_expires_at IS NOT NULL`)
	require.NoError(t, err)
	_, err = c.service.db.LapseHolds(t.Context())
	require.NoError(t, err)
}

type seenOrder struct {
	FinancialStatus, PaymentMethod string
	PaymentDueAt, CancelReason     *string
	Events                         []struct{ Kind string }
	CardRefunds                    []struct {
		Status, Reason string
		Fault          *string
		Amount         struct{ Amount string }
	}
}

// see is an order as its merchant sees it.
func (c *cards) see(t *testing.T, order string) seenOrder {
	t.Helper()
	var o seenOrder
	id, _, _ := strings.Cut(order, "?")
	c.mine.ask(t, `query($id: ID!) { order(id: $id) { financialStatus paymentMethod paymentDueAt cancelReason events { kind }
		cardRefunds { status reason fault amount { amount } } } }`, object{"id": id}).field(t, "order", &o)
	return o
}

// stand is how far an order and the money that goes back are, in words.
func (c *cards) stand(t *testing.T, order string) string {
	t.Helper()
	o := c.see(t, order)
	words := o.FinancialStatus
	for _, r := range o.CardRefunds {
		words += " " + r.Reason + ":" + r.Status + ":" + r.Amount.Amount
	}
	return words
}

func (o seenOrder) kinds() string {
	var kinds []string
	for _, e := range o.Events {
		kinds = append(kinds, e.Kind)
	}
	return strings.Join(kinds, " ")
}

// A buyer orders and pays, Stripe tells of it, more than once and in any order, and the order is paid once.
func TestCardPayment(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order := c.order(t)
	seen := c.see(t, order)
	require.Equal(t, "CARD", seen.PaymentMethod)
	due, err := time.Parse(time.RFC3339, *seen.PaymentDueAt)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(30*time.Minute), due, time.Minute)

	p := c.begin(t, order)
	require.Equal(t, []string{"PENDING", "120.50", "INR", "pk_test_kirana", corner}, []string{p.Status, p.Amount.Amount, p.Amount.CurrencyCode, p.PublishableKey, p.StripeAccountID})
	require.NotEmpty(t, p.ClientSecret)
	require.Equal(t, p, c.begin(t, order), "the same payment again")
	require.Equal(t, 1, c.bank.Asked("POST /v1/payment_intents"))
	require.Equal(t, 12050, c.bank.Get(corner, p.PaymentIntentID, "amount"))

	created, failed := c.message("payment_intent.created", corner, p.PaymentIntentID), c.message("payment_intent.payment_failed", corner, p.PaymentIntentID)
	c.told(t, failed)
	require.Equal(t, "PENDING", c.stand(t, order))
	c.bank.Pay(t, corner, p.PaymentIntentID)
	succeeded := c.message("payment_intent.succeeded", corner, p.PaymentIntentID)
	for _, m := range []paymenttest.Message{succeeded, succeeded, created, failed, c.message("payment_intent.succeeded", corner, p.PaymentIntentID)} {
		c.told(t, m)
	}
	seen = c.see(t, order)
	require.Equal(t, "PAID", seen.FinancialStatus)
	require.Nil(t, seen.PaymentDueAt)
	require.Equal(t, "CREATED PAID", seen.kinds())
	c.lapse(t)
	c.settle(t)
	require.Equal(t, "PAID", c.stand(t, order))
	require.Zero(t, c.bank.Refunded(corner, p.PaymentIntentID))
	require.NotContains(t, c.log.String(), p.ClientSecret)
	require.NotContains(t, c.dump(t), p.ClientSecret, "the buyer's secret is kept nowhere")
	c.requireVerified(t)
}

// Stripe tells of a payment before the call that made it has answered, which it never does: the connection breaks. The message finds the
// order by itself, and the buyer who asks again gets the same payment.
func TestCardMessageBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order := c.order(t)
	c.bank.Break(paymenttest.Fault{Path: "/payment_intents", Lost: true})
	r := c.buyer().ask(t, mutationText("orderPaymentCreate", ""), object{"input": object{"orderId": order}})
	require.Equal(t, []string{"UNAVAILABLE"}, r.codes())
	require.Equal(t, "0", c.cell(t, `SELECT count(*) FROM card_payments`))
	c.told(t, c.message("payment_intent.created", corner, "pi_0001"))
	require.Equal(t, "pi_0001", c.begin(t, order).PaymentIntentID)
	c.bank.Pay(t, corner, "pi_0001")
	c.told(t, c.message("payment_intent.succeeded", corner, "pi_0001"))
	require.Equal(t, "PAID", c.stand(t, order))
	c.requireVerified(t)
}

// A payment that was given up is followed by another one.
func TestCardPaymentGivenUp(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order := c.order(t)
	first := c.begin(t, order)
	c.bank.Cancel(t, corner, first.PaymentIntentID)
	second := c.begin(t, order)
	require.NotEqual(t, first.PaymentIntentID, second.PaymentIntentID)
	require.Equal(t, second, c.begin(t, order))
	c.told(t, c.message("payment_intent.canceled", corner, first.PaymentIntentID))
	c.bank.Pay(t, corner, second.PaymentIntentID)
	c.told(t, c.message("payment_intent.succeeded", corner, second.PaymentIntentID))
	require.Equal(t, "PAID", c.stand(t, order))
	c.requireVerified(t)
}

// Money that comes too late is honoured where there is stock, and else it goes back by itself, as does that which cannot count.
func TestCardPaymentsThatDoNotCount(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]struct {
		before, after func(*testing.T, *cards, string)
		amount        int
		want          string
	}{
		"in time":               {want: "PAID"},
		"lapsed, with stock":    {before: lapseOrder, want: "PAID"},
		"lapsed, without stock": {before: sellOut, want: "VOIDED ORDER_LAPSED:SETTLED:120.50"},
		"canceled":              {before: cancelOrder, want: "VOIDED ORDER_CANCELED:SETTLED:120.50"},
		"paid by hand":          {before: payByHand, want: "PAID ORDER_PAID:SETTLED:120.50"},
		"another amount":        {amount: 12049, want: "PENDING AMOUNT_DIFFERS:SETTLED:120.49"},
		"canceled when paid":    {after: cancelOrder, want: "REFUNDED REFUND:SETTLED:120.50"},
		"a part given back":     {after: giveBack, want: "PARTIALLY_REFUNDED REFUND:SETTLED:20.25"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCards(t)
			order := c.order(t)
			p := c.begin(t, order)
			if f.before != nil {
				f.before(t, c, order)
			}
			if f.amount != 0 {
				c.bank.PayOther(t, corner, p.PaymentIntentID, f.amount, "inr")
			} else {
				c.bank.Pay(t, corner, p.PaymentIntentID)
			}
			c.told(t, c.message("payment_intent.succeeded", corner, p.PaymentIntentID))
			if f.after != nil {
				f.after(t, c, order)
			}
			c.requireVerified(t)
			c.settle(t)
			c.settle(t)
			require.Equal(t, f.want, c.stand(t, order))
			_, back, refunded := strings.Cut(f.want, ":SETTLED:")
			require.Equal(t, refunded, strings.Contains(c.see(t, order).kinds(), "REFUND_SETTLED"))
			if refunded {
				require.Equal(t, strings.ReplaceAll(back, ".", ""), c.cell(t, `SELECT amount_minor FROM card_refunds`))
				require.NotZero(t, c.bank.Refunded(corner, p.PaymentIntentID))
				require.Equal(t, 1, c.bank.Asked("POST /v1/refunds"))
				require.Equal(t, "1", c.cell(t, `SELECT count(*) FROM outbox WHERE topic = 'order.refund_settled'`))
			}
			c.requireVerified(t)
		})
	}
}

func lapseOrder(t *testing.T, c *cards, _ string) {
	t.Helper()
	c.lapse(t)
}

func sellOut(t *testing.T, c *cards, _ string) {
	t.Helper()
	c.lapse(t)
	c.complete(t, "CASH_ON_DELIVERY")
}

func cancelOrder(t *testing.T, c *cards, order string) {
	t.Helper()
	c.mine.run(t, "orderCancel", object{"id": order, "reason": "CUSTOMER"}, "", &struct{}{})
}

func payByHand(t *testing.T, c *cards, order string) {
	t.Helper()
	c.mine.run(t, "orderMarkAsPaid", object{"id": order}, "", &struct{}{})
}

func giveBack(t *testing.T, c *cards, order string) {
	t.Helper()
	c.mine.run(t, "refundCreate", object{"orderId": order, "amount": object{"amount": "20.25", "currencyCode": "INR"}}, "", &struct{}{})
}

// Two payments for one order: the second goes back.
func TestCardPaidTwice(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order := c.order(t)
	first := c.begin(t, order)
	c.bank.Cancel(t, corner, first.PaymentIntentID)
	second := c.begin(t, order)
	for _, p := range []begun{second, first} { // what was given up was paid in the same moment
		c.bank.Pay(t, corner, p.PaymentIntentID)
	}
	_, err := c.database.SQL.ExecContext(t.Context(), `UPDATE card_payments SET status = 'PENDING'`)
	require.NoError(t, err)
	for _, p := range []begun{second, first} {
		c.told(t, c.message("payment_intent.succeeded", corner, p.PaymentIntentID))
	}
	c.settle(t)
	require.Equal(t, "PAID ORDER_PAID:SETTLED:120.50", c.stand(t, order))
	require.Equal(t, []int{0, 12050}, []int{c.bank.Refunded(corner, second.PaymentIntentID), c.bank.Refunded(corner, first.PaymentIntentID)})
	c.requireVerified(t)
}

// The books tell of what is paid by nobody, of a payment of another amount, and of money that is not on its way back.
func TestBooksOfCards(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order := c.order(t)
	p := c.begin(t, order)
	c.bank.Pay(t, corner, p.PaymentIntentID)
	c.told(t, c.message("payment_intent.succeeded", corner, p.PaymentIntentID))
	c.requireVerified(t)
	for _, f := range []struct{ text, what string }{
		{`UPDATE card_payments SET settles = false`, "goes back to the card"},
		{`UPDATE card_payments SET settles = true, amount_minor = 1`, "paid by card"},
		{`UPDATE card_payments SET status = 'CANCELED', settles = false`, "paid by nobody"},
	} {
		_, err := c.database.SQL.ExecContext(t.Context(), f.text)
		require.NoError(t, err)
		found, err := c.service.db.CheckBooks(t.Context(), 0)
		require.NoError(t, err)
		require.NotEmpty(t, found)
		require.Equal(t, f.what, found[0].What, "%+v", found)
	}
}

// Every reason to refuse a payment by card; nothing is written, and Stripe is not asked.
func TestCardRefusals(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	cash := c.complete(t, "CASH_ON_DELIVERY")
	cancelOrder(t, c, cash)
	paid := c.order(t)
	payByHand(t, c, paid)
	_, err := c.database.SQL.ExecContext(t.Context(), `UPDATE product_variants SET inventory_policy = 'CONTINUE'`)
	require.NoError(t, err)
	order := c.order(t)
	bare, _, _ := strings.Cut(order, "?")
	before, asked := c.tables(t), c.bank.Asked("POST /v1/payment_intents")
	refused := func(who client, input object, want string) {
		r := who.ask(t, mutationText("orderPaymentCreate", ""), object{"input": input})
		require.Equal(t, []string{want}, r.refusals(t, "orderPaymentCreate"), r.text)
		require.Equal(t, before, c.tables(t))
	}
	for _, id := range []string{bare, bare + "?key=" + strings.Repeat("x", 22), "gid://kirana/Cart/1/1?key=" + strings.Repeat("x", 22), "nonsense"} {
		refused(c.buyer(), object{"orderId": id}, "input.orderId NOT_FOUND")
		refused(c.mine, object{"orderId": id}, "input.orderId NOT_FOUND")
	}
	refused(c.theirs, object{"orderId": order}, "input.orderId NOT_FOUND")
	refused(c.buyer(), object{"orderId": cash}, "input.orderId ORDER_STATE")
	refused(c.buyer(), object{"orderId": paid}, "input.orderId ORDER_STATE")
	require.Equal(t, asked, c.bank.Asked("POST /v1/payment_intents"))
	c.bank.Break(paymenttest.Fault{Path: "/payment_intents", Status: http.StatusBadRequest, Code: "amount_too_small"},
		paymenttest.Fault{Path: "/payment_intents", Status: http.StatusForbidden, Code: "account_invalid"})
	refused(c.buyer(), object{"orderId": order}, "input.orderId PAYMENT_METHOD_UNAVAILABLE")
	refused(c.buyer(), object{"orderId": order}, "input.orderId PAYMENT_METHOD_UNAVAILABLE")

	c.mine.run(t, "paymentSettingsSet", object{}, "", &struct{}{})
	before = c.tables(t)
	refused(c.buyer(), object{"orderId": order}, "input.orderId PAYMENT_METHOD_UNAVAILABLE")
	var cart struct{ Cart struct{ ID string } }
	c.buyer().ask(t, hydrogenCreate, input("lines", []any{object{"merchandiseId": c.variants[1], "quantity": 1}})).field(t, "cartCreate", &cart)
	complete := object{"input": object{
		"cartId": cart.Cart.ID, "expectedTotal": object{"amount": "120.50", "currencyCode": "INR"}, "contact": object{"phone": "+919876543210"}, "payment": object{"method": "CARD"},
	}}
	r := c.buyer().ask(t, mutationText("cartComplete", ""), complete)
	require.Equal(t, []string{"input.payment.method PAYMENT_METHOD_UNAVAILABLE"}, r.refusals(t, "cartComplete"))

	plain := trial{newStocked(t), t} // an installation without keys
	plain.mine.run(t, "paymentSettingsSet", object{"stripeAccountId": corner}, "", &struct{}{})
	in := plain.completion()
	in["payment"] = object{"method": "CARD"}
	r = plain.mine.ask(t, mutationText("cartComplete", ""), object{"input": in})
	require.Equal(t, []string{"input.payment.method PAYMENT_METHOD_UNAVAILABLE"}, r.refusals(t, "cartComplete"))
	r = plain.mine.ask(t, mutationText("orderPaymentCreate", ""), object{"input": object{"orderId": order}})
	require.Equal(t, []string{"input.orderId PAYMENT_METHOD_UNAVAILABLE"}, r.refusals(t, "orderPaymentCreate"))
	require.Equal(t, http.StatusNotFound, c.bank.Send(plain.handler, c.message("payment_intent.succeeded", corner, "pi_0001")))
}

// Without a script: the checkout offers cards, the order's page leads to Stripe's, and what is paid there pays the order.
func TestCardPages(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	var cart struct {
		Cart struct{ ID, CheckoutURL string }
	}
	c.buyer().ask(t, hydrogenCreate, input("lines", []any{object{"merchandiseId": c.variants[1], "quantity": 1}})).field(t, "cartCreate", &cart)
	require.Contains(t, c.page(t, http.MethodGet, cart.Cart.CheckoutURL).Body.String(), `value="CARD"`)

	order := c.order(t)
	var found struct{ StatusURL string }
	c.buyer().ask(t, `query($id: ID!) { order(id: $id) { statusUrl } }`, object{"id": order}).field(t, "order", &found)
	shown := c.page(t, http.MethodGet, found.StatusURL)
	require.Contains(t, shown.Body.String(), "Pay by card")
	require.Contains(t, shown.Header().Get("Content-Security-Policy"), "form-action 'self' https:;")
	away := c.page(t, http.MethodPost, found.StatusURL)
	require.Equal(t, http.StatusSeeOther, away.Code, away.Body.String())
	to := away.Header().Get("Location")
	require.True(t, strings.HasPrefix(to, c.bank.URL()), to)
	require.Equal(t, to, c.page(t, http.MethodPost, found.StatusURL).Header().Get("Location"), "the same page again")
	session := to[strings.LastIndex(to, "/")+1:]
	require.Equal(t, found.StatusURL, c.bank.Get(corner, session, "success_url"))

	intent := c.bank.PayPage(t, corner, to)
	c.told(t, c.message("payment_intent.succeeded", corner, intent))
	require.Equal(t, "PAID", c.stand(t, order))
	text := c.page(t, http.MethodGet, found.StatusURL).Body.String()
	require.Contains(t, text, "is paid.")
	require.NotContains(t, text, "Pay by card")
	again := c.page(t, http.MethodPost, found.StatusURL)
	require.Equal(t, http.StatusUnprocessableEntity, again.Code)
	require.Contains(t, again.Body.String(), "does not wait for a payment by card")
	c.requireVerified(t)
}

func (c *cards) page(t *testing.T, method, address string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, address, nil))
	return w
}
