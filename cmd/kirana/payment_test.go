package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph"
	"github.com/kirana-commerce/kirana/internal/job"
)

// waiting is what a buyer sees of an order that waits for its payment.
const waiting = `financialStatus cancelReason processedAt paymentDueAt paymentInstructions { text upiUrl } lineItems { stockHold { quantity expiresAt } }`

type waitingOrder struct {
	FinancialStatus     string
	CancelReason        *string
	ProcessedAt         time.Time
	PaymentDueAt        *time.Time
	PaymentInstructions *struct{ Text, UPIURL *string }
	LineItems           []struct {
		StockHold *struct {
			Quantity  int
			ExpiresAt time.Time
		}
	}
}

// counted buys a unit of a variant that is counted, by transfer, and returns the order's id with its secret.
func (s trial) counted() string {
	s.open("storePublish")
	var made struct{ Cart struct{ ID string } }
	r := s.mine.ask(s.t, hydrogenCreate, object{"input": object{"lines": []any{
		object{"merchandiseId": s.variants[2], "quantity": 2}, object{"merchandiseId": s.sold(), "quantity": 1},
	}}})
	r.field(s.t, "cartCreate", &made)
	var done struct{ Order struct{ ID string } }
	s.as("").in(s.mine.store).run(s.t, "cartComplete", object{
		"cartId": made.Cart.ID, "expectedTotal": object{"amount": "10", "currencyCode": "INR"}, "contact": object{"email": "asha@example.com"},
		"payment": object{"method": "MANUAL"},
	}, "order { id }", &done)
	return done.Order.ID
}

func (s trial) waiting(id string) waitingOrder {
	s.t.Helper()
	var o waitingOrder
	s.as("").in(s.mine.store).ask(s.t, `query($id: ID!) { order(id: $id) { `+waiting+` } }`, object{"id": id}).field(s.t, "order", &o)
	return o
}

// A merchant says where the money goes, as the Playground's example does; the buyer is told, until it is there or its time is over.
func TestPaymentStory(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	const settings = `{ store { paymentSettings { version updatedAt upiId payeeName instructions holdHours } } }`
	require.JSONEq(t, `{"store": {"paymentSettings": {"version": 0, "updatedAt": null, "upiId": "", "payeeName": "", "instructions": "", "holdHours": 24}}}`,
		data(t, s.mine.ask(t, settings, nil)))
	silent := s.waiting(s.counted())
	require.Nil(t, silent.PaymentInstructions, "the store has not said how")
	require.Equal(t, silent.ProcessedAt.Add(24*time.Hour), *silent.PaymentDueAt)
	s.exec(t, `UPDATE orders SET hold_expires_at = now()`)
	_, err := s.database.LapseHolds(t.Context())
	require.NoError(t, err)

	examples := graph.Examples()[1].Documents
	example := slices.IndexFunc(examples, func(text string) bool { return strings.Contains(text, "paymentSettingsSet(") })
	const set = `{"version": 1, "upiId": "asha@bank", "payeeName": "Asha's Corner", "instructions": "Write the number of your order into the note.", "holdHours": 48}`
	require.JSONEq(t, `{"paymentSettingsSet": {"userErrors": [], "paymentSettings": `+set+`}}`, data(t, s.mine.ask(t, examples[example], nil)))
	require.JSONEq(t, `{"store": {"paymentSettings": {"version": 0}}}`, data(t, s.theirs.ask(t, `{ store { paymentSettings { version } } }`, nil)))

	id := s.counted()
	o := s.waiting(id)
	require.Equal(t, o.ProcessedAt.Add(48*time.Hour), *o.PaymentDueAt)
	require.Equal(t, "Write the number of your order into the note.", *o.PaymentInstructions.Text)
	require.Equal(t, "upi://pay?pa=asha@bank&pn=Asha%27s%20Corner&am=10.00&cu=INR&tn=%231002", *o.PaymentInstructions.UPIURL)
	require.Equal(t, 2, o.LineItems[0].StockHold.Quantity)
	require.Equal(t, *o.PaymentDueAt, o.LineItems[0].StockHold.ExpiresAt)
	require.Nil(t, o.LineItems[1].StockHold, "what is not counted is not held")

	number, _, _ := strings.Cut(id, "?")
	s.mine.run(t, "orderMarkAsPaid", object{"id": number}, "", &struct{}{})
	o = s.waiting(id)
	require.Equal(t, "PAID", o.FinancialStatus)
	require.Nil(t, o.PaymentDueAt)
	require.Nil(t, o.PaymentInstructions)
	require.Nil(t, o.LineItems[0].StockHold)
}

// Whoever waits too long sees that, and why; the money that comes then is taken while there is stock, and refused with a code of its own
// when there is none.
func TestPaymentComesLate(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	lapsed := func() (id, number string) {
		id = s.counted()
		s.exec(t, `UPDATE orders SET hold_expires_at = now() WHERE hold_expires_at IS NOT NULL`)
		_, err := s.database.LapseHolds(t.Context())
		require.NoError(t, err)
		number, _, _ = strings.Cut(id, "?")
		return id, number
	}
	first, number := lapsed()
	o := s.waiting(first)
	require.Equal(t, []any{"VOIDED", "PAYMENT_LAPSED"}, []any{o.FinancialStatus, *o.CancelReason})
	require.Nil(t, o.PaymentDueAt)
	require.Nil(t, o.LineItems[0].StockHold)
	_, late := lapsed()
	s.mine.run(t, "orderMarkAsPaid", object{"id": number}, "", &struct{}{})
	o = s.waiting(first)
	require.Equal(t, "PAID", o.FinancialStatus)
	require.Nil(t, o.CancelReason)
	r := s.mine.ask(t, mutationText("orderMarkAsPaid", ""), object{"input": object{"id": late}})
	require.Equal(t, []string{"input.id PAYMENT_AFTER_LAPSE"}, r.refusals(t, "orderMarkAsPaid"), r.text)
}

// watched tells of every sweep that has ended.
type watched struct {
	commerce.HoldSweeper

	ended chan struct{}
}

func (w watched) LapseHolds(ctx context.Context) (int, error) {
	n, err := w.HoldSweeper.LapseHolds(ctx)
	select {
	case w.ended <- struct{}{}:
	case <-ctx.Done():
	}
	return n, err
}

// Whoever runs jobs gives back what is held too long, the next time it looks, whichever way the clock went.
func TestTheRunnerGivesHoldsBack(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	first, second := s.counted(), ""
	sweeps := watched{s.database.DB, make(chan struct{})}
	runner := job.New(job.Options{Queue: s.database, Sweeper: s.database, Holds: sweeps, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- runner.Run(ctx) }()
	<-sweeps.ended
	require.Equal(t, "PENDING", s.waiting(first).FinancialStatus, "its time has not come")
	for _, clock := range []string{"now()", "now() + interval '1 hour'", "now() - interval '1 hour'"} {
		s.exec(t, `UPDATE orders SET hold_expires_at = `+clock+` WHERE hold_expires_at IS NOT NULL`)
		<-sweeps.ended // it may have begun before
		<-sweeps.ended
		switch o := s.waiting(first); {
		case second == "":
			require.Equal(t, "VOIDED", o.FinancialStatus)
			second = s.counted()
		case strings.Contains(clock, "+"):
			require.Equal(t, "PENDING", s.waiting(second).FinancialStatus)
		default:
			require.Equal(t, "VOIDED", s.waiting(second).FinancialStatus)
		}
	}
	stop()
	require.NoError(t, <-done)
}

// Where the money goes is for those who run the store: buyers have it in their orders.
func TestPaymentSettingsArePrivate(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	s.open("storePublish")
	reader, cashier := s.mine.key(t, "catalog:read"), s.mine.key(t, "orders:read", "orders:write")
	none := []string{}
	before := s.tables(t)
	for name, c := range map[string]struct {
		who       client
		read, set []string
	}{
		"nobody":           {s.as("").in(s.mine.store), []string{"UNAUTHENTICATED"}, []string{"UNAUTHENTICATED"}},
		"another merchant": {s.theirs.in(s.mine.store), []string{"FORBIDDEN"}, []string{"STORE_NOT_FOUND"}}, // which it would be for a draft, too
		"who minds orders": {cashier, []string{"FORBIDDEN"}, []string{"FORBIDDEN"}},
		"who may read":     {reader, none, []string{"FORBIDDEN"}},
	} {
		require.Equal(t, c.read, c.who.ask(t, `{ store { paymentSettings { upiId } } }`, nil).codes(), name)
		require.Equal(t, c.set, c.who.ask(t, mutationText("paymentSettingsSet", ""), object{"input": object{"upiId": "me@bank", "payeeName": "Me"}}).codes(), name)
	}
	delete(before, "api_keys") // whose last use is noted
	require.Subset(t, s.tables(t), before)
}
