package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/payment/paymenttest"
)

// What Stripe has not sent, what is too old, and what another account tells of, changes nothing.
func TestCardMessagesThatAreNotBelieved(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order := c.order(t)
	p := c.begin(t, order)
	c.bank.Pay(t, corner, p.PaymentIntentID)
	before := c.tables(t)
	m := c.message("payment_intent.succeeded", corner, p.PaymentIntentID)
	body, now := c.bank.Body(m), time.Now()
	good := paymenttest.Sign(body, now, paymenttest.Secret)
	for name, f := range map[string]struct {
		body      []byte
		signature string
		status    int
	}{
		"no signature":      {body, "", http.StatusBadRequest},
		"another secret":    {body, paymenttest.Sign(body, now, "whsec_other"), http.StatusBadRequest},
		"another body":      {[]byte(strings.Replace(string(body), m.ID, "evt_other", 1)), good, http.StatusBadRequest},
		"six minutes old":   {body, paymenttest.Sign(body, now.Add(-6*time.Minute), paymenttest.Secret), http.StatusBadRequest},
		"nothing":           {nil, paymenttest.Sign(nil, now, paymenttest.Secret), http.StatusBadRequest},
		"too much":          {make([]byte, 300<<10), good, http.StatusRequestEntityTooLarge},
		"of the platform":   signed(c, paymenttest.Message{ID: "evt_p", Type: "payment_intent.succeeded", Object: p.PaymentIntentID}),
		"of nothing":        signed(c, paymenttest.Message{ID: "evt_n", Type: "payment_intent.succeeded", Account: corner, Object: "pi_none"}),
		"of something else": signed(c, paymenttest.Message{ID: "evt_e", Type: "customer.created", Account: corner, Object: p.PaymentIntentID}),
	} {
		require.Equal(t, f.status, paymenttest.Deliver(c.handler, f.body, f.signature), name)
		require.Equal(t, before, c.tables(t), name)
	}
	require.Equal(t, http.StatusNoContent, paymenttest.Deliver(c.handler, body, good))
	require.Equal(t, "PAID", c.stand(t, order))
}

func signed(c *cards, m paymenttest.Message) (f struct {
	body      []byte
	signature string
	status    int
},
) {
	f.body = c.bank.Body(m)
	f.signature, f.status = paymenttest.Sign(f.body, time.Now(), paymenttest.Secret), http.StatusNoContent
	return f
}

// A payment that says it is for an order counts only on the account of the order's store, and with the proof that it was asked for here.
func TestCardPaymentsOfOthers(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order := c.order(t)
	p := c.begin(t, order)
	_, err := c.database.SQL.ExecContext(t.Context(), `DELETE FROM card_payments`) // as before the answer
	require.NoError(t, err)
	before := c.tables(t)
	c.bank.Copy(t, corner, p.PaymentIntentID, market)
	c.bank.Pay(t, market, p.PaymentIntentID)
	c.told(t, c.message("payment_intent.succeeded", market, p.PaymentIntentID))
	require.Equal(t, before, c.tables(t), "another store's account")
	require.Contains(t, c.log.String(), "nothing to do with its order")
	c.bank.Note(t, corner, p.PaymentIntentID, "kirana_proof", strings.Repeat("0", 64))
	c.bank.Pay(t, corner, p.PaymentIntentID)
	c.told(t, c.message("payment_intent.succeeded", corner, p.PaymentIntentID))
	require.Equal(t, before, c.tables(t), "another installation's order")
}

// While the database or Stripe is down a message is answered so that it comes again, and then it counts.
func TestCardMessageWhileDown(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order := c.order(t)
	p := c.begin(t, order)
	c.bank.Pay(t, corner, p.PaymentIntentID)
	down := newOffice(t, withStripe(c.bank))
	require.NoError(t, down.service.db.Close())
	m := c.message("payment_intent.succeeded", corner, p.PaymentIntentID)
	require.Equal(t, http.StatusServiceUnavailable, c.bank.Send(down.handler, m))
	c.bank.Break(paymenttest.Fault{Path: p.PaymentIntentID, Status: http.StatusInternalServerError})
	require.Equal(t, http.StatusServiceUnavailable, c.bank.Send(c.handler, m))
	require.Equal(t, "PENDING", c.stand(t, order))
	c.told(t, m)
	require.Equal(t, "PAID", c.stand(t, order))
}

// A payment of which no message ever comes is found before its order lapses.
func TestCardPaymentThatNobodyTellsOf(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order := c.order(t)
	p := c.begin(t, order)
	c.bank.Pay(t, corner, p.PaymentIntentID)
	look := func() {
		_, err := c.service.cards.LookAtPayments(t.Context())
		require.NoError(t, err)
	}
	look()
	require.Equal(t, "PENDING", c.stand(t, order), "its time has not come")
	_, err := c.database.SQL.ExecContext(t.Context(), `UPDATE card_payments SET look_at = now()`)
	require.NoError(t, err)
	look()
	require.Equal(t, "PAID", c.stand(t, order))
	require.Equal(t, "0", c.cell(t, `SELECT count(*) FROM card_payments WHERE look_at IS NOT NULL`))
}

// A payment that its order does not wait for any more is ended where the money is, unless the bank is at it: then what comes of it counts as
// any payment that comes too late.
func TestCardPaymentOfAnOrderThatIsOver(t *testing.T) {
	t.Parallel()
	lapse := func(t *testing.T, c *cards, _ string) {
		t.Helper()
		c.exec(t, `UPDATE orders SET hold_expires_at = now() - interval '1 second' WHERE hold_expires_at IS NOT NULL`)
		n, err := c.database.LapseHolds(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}
	for name, end := range map[string]func(*testing.T, *cards, string){"lapsed": lapse, "canceled": cancelOrder} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCards(t)
			order := c.order(t)
			p := c.begin(t, order)
			look := func() {
				_, err := c.service.cards.LookAtPayments(t.Context())
				require.NoError(t, err)
			}
			look()
			require.Equal(t, "requires_payment_method", c.bank.Get(corner, p.PaymentIntentID, "status"), "the order waits")
			end(t, c, order)
			require.Equal(t, "1", c.cell(t, `SELECT count(*) FROM card_payments WHERE look_at <= now()`), "it is looked at now")
			c.bank.Process(t, corner, p.PaymentIntentID)
			look()
			require.Equal(t, "processing", c.bank.Get(corner, p.PaymentIntentID, "status"), "the bank is at it")
			require.Equal(t, "1", c.cell(t, `SELECT count(*) FROM card_payments WHERE status = 'PENDING' AND look_at > now()`))
			c.bank.Fail(t, corner, p.PaymentIntentID)
			c.exec(t, `UPDATE card_payments SET look_at = now()`)
			c.bank.Break(paymenttest.Fault{Path: "/cancel", Lost: true})
			_, err := c.service.cards.LookAtPayments(t.Context())
			require.Error(t, err, "nobody knows")
			c.exec(t, `UPDATE card_payments SET look_at = now() WHERE look_at IS NOT NULL`)
			look()
			require.Equal(t, "canceled", c.bank.Get(corner, p.PaymentIntentID, "status"))
			require.Equal(t, "1", c.cell(t, `SELECT count(*) FROM card_payments WHERE status = 'CANCELED' AND look_at IS NULL`))
		})
	}
}

// Whatever goes wrong on the way, the money goes back once, and the merchant sees how far it is.
func TestCardRefundsGetThere(t *testing.T) {
	t.Parallel()
	poor := paymenttest.Fault{Path: "/refunds", Status: http.StatusBadRequest, Code: "balance_insufficient"}
	broken := paymenttest.Fault{Path: "/refunds", Status: http.StatusInternalServerError}
	lost := paymenttest.Fault{Path: "/refunds", Lost: true}
	for name, faults := range map[string][]paymenttest.Fault{
		"refused": {poor, poor}, "broken": {broken}, "lost": {lost}, "all of it": {broken, poor, lost},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCards(t)
			order := c.order(t)
			p := c.begin(t, order)
			c.bank.Pay(t, corner, p.PaymentIntentID)
			c.told(t, c.message("payment_intent.succeeded", corner, p.PaymentIntentID))
			cancelOrder(t, c, order)
			c.bank.Break(faults...)
			for range faults {
				c.settle(t)
				require.Equal(t, "REFUNDED REFUND:DUE:120.50", c.stand(t, order))
				require.NotNil(t, c.see(t, order).CardRefunds[0].Fault)
				require.NotContains(t, c.see(t, order).kinds(), "REFUND_SETTLED")
			}
			c.bank.Forget() // a day later
			c.settle(t)
			require.Equal(t, "REFUNDED REFUND:SETTLED:120.50", c.stand(t, order))
			require.Equal(t, 12050, c.bank.Refunded(corner, p.PaymentIntentID))
			require.Equal(t, "CREATED PAID CANCELLED REFUND_SETTLED", c.see(t, order).kinds())
			c.requireVerified(t)
		})
	}
}

// A bank that does not take the money is heard of, also when it first seemed to.
func TestCardRefundThatComesBack(t *testing.T) {
	t.Parallel()
	c := newCards(t)
	order := c.order(t)
	p := c.begin(t, order)
	c.bank.Pay(t, corner, p.PaymentIntentID)
	c.told(t, c.message("payment_intent.succeeded", corner, p.PaymentIntentID))
	cancelOrder(t, c, order)
	c.settle(t)
	refunds := c.bank.Settle(t, corner, p.PaymentIntentID, "failed")
	require.Len(t, refunds, 1)
	c.told(t, c.message("refund.failed", market, refunds[0]))
	c.settle(t)
	require.Equal(t, "REFUNDED REFUND:SETTLED:120.50", c.stand(t, order), "of another account")
	c.told(t, c.message("refund.failed", corner, refunds[0]))
	c.settle(t)
	require.Equal(t, "REFUNDED REFUND:FAILED:120.50", c.stand(t, order))
	require.Equal(t, "CREATED PAID CANCELLED REFUND_SETTLED REFUND_FAILED", c.see(t, order).kinds())
}
