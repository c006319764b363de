package db_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
)

// transfer orders units of the two variants for a buyer who pays by transfer; codes count.
func (s counter) transfer(tb testing.TB, codes []string, units ...int) *commerce.Order {
	tb.Helper()
	lines := make([]*commerce.CartLineInput, len(units))
	for i, n := range units {
		lines[i] = wanted(s.variants[i+1], n)
	}
	cart := s.cart(tb, adding(lines...), commerce.SetCartDiscountCodes(nil, codes))
	in := cash(s.total(tb, cart))
	in.Payment = &commerce.CartPaymentInput{Method: commerce.PaymentManual}
	order, err := s.CompleteCart(tb.Context(), cart.Ref(), in)
	require.NoError(tb, err)
	return order
}

// overdue lets the time of orders go by.
func (s counter) overdue(tb testing.TB, orders ...*commerce.Order) {
	tb.Helper()
	for _, o := range orders {
		run(tb, s.Database, `UPDATE orders SET hold_expires_at = now() - interval '1 second' WHERE id = $1 AND hold_expires_at IS NOT NULL`, int64(o.ID))
	}
}

// lapse gives back what is overdue, which are n orders.
func (s counter) lapse(tb testing.TB, n int) {
	tb.Helper()
	lapsed, err := s.LapseHolds(tb.Context())
	require.NoError(tb, err)
	require.Equal(tb, n, lapsed)
}

func (s counter) order(tb testing.TB, o *commerce.Order) *commerce.Order {
	tb.Helper()
	found, err := s.Orders(tb.Context(), []commerce.OrderKey{o.KeyRef()})
	require.NoError(tb, err)
	require.Contains(tb, found, o.KeyRef())
	return found[o.KeyRef()]
}

func (s counter) holds(tb testing.TB, o *commerce.Order) []*commerce.StockHold {
	tb.Helper()
	lines, err := s.OrderLines(tb.Context(), []commerce.OrderRef{o.Ref()})
	require.NoError(tb, err)
	var holds []*commerce.StockHold
	for _, l := range lines[o.Ref()] {
		holds = append(holds, l.StockHold())
	}
	return holds
}

// everything is what an edit may change: that it is equal says that nothing was written.
func (s counter) everything(tb testing.TB) [][]string {
	tb.Helper()
	return append(s.written(tb), queryRows(tb, s.Database, `SELECT o::text, (SELECT count(*) FROM audit_log) FROM orders o ORDER BY o.id`)...)
}

// An order by transfer holds its stock for a day, or as long as the store says; one in cash, or for nothing, for as long as it takes.
func TestOrdersThatWait(t *testing.T) {
	t.Parallel()
	s := newCounter(t)
	run(t, s.Database, `UPDATE product_variants SET inventory_tracked = false WHERE id = $1`, numberOf(s.variants[2]))
	o := s.transfer(t, nil, 2, 1)
	require.Equal(t, o.CreatedAt.Add(24*time.Hour), *o.PaymentDueAt)
	require.Equal(t, []*commerce.StockHold{{Quantity: 2, ExpiresAt: *o.PaymentDueAt}, nil}, s.holds(t, o), "what is not counted is not held")
	run(t, s.Database, `INSERT INTO payment_settings (store_id, hold_hours) VALUES ($1, 3)`, int64(s.store.ID))
	o = s.transfer(t, nil, 1)
	require.Equal(t, o.CreatedAt.Add(3*time.Hour), *o.PaymentDueAt)
	require.Nil(t, s.place(t, 1).PaymentDueAt)
	all := tenOff("ALL")
	all.Percentage = new(commerce.DecimalText("100"))
	addDiscount(t, s.DB, s.store, all)
	require.Nil(t, s.transfer(t, []string{"all"}, 1).PaymentDueAt, "there is nothing to pay")
	s.lapse(t, 0)
	s.requireBalanced(t)
}

// What ends a hold: the payment, the cancellation, and goods that leave. Nothing else does.
func TestWhatEndsAHold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit  commerce.OrderEdit
		waits bool
	}{
		"paid":      {edit: commerce.MarkOrderAsPaid},
		"canceled":  {edit: commerce.CancelOrder(&commerce.OrderCancelInput{Reason: commerce.CancelCustomer})},
		"confirmed": {commerce.ConfirmOrder, true},
		"edited":    {commerce.UpdateOrder(&commerce.OrderUpdateInput{Note: new("Ring")}), true},
		"all left":  {edit: commerce.FulfillOrder(&commerce.FulfillmentCreateInput{})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newCounter(t)
			o := s.transfer(t, nil, 2)
			done, err := s.edit(o, c.edit)
			require.NoError(t, err)
			require.Equal(t, c.waits, done.Order.PaymentDueAt != nil)
			require.Equal(t, c.waits, s.holds(t, o)[0] != nil)
			s.overdue(t, o)
			want := 0
			if c.waits {
				want = 1
			}
			s.lapse(t, want)
			s.requireBalanced(t)
		})
	}
}

// An order that is not paid in time is canceled, and gives everything back: stock, and uses of codes.
func TestHoldsLapse(t *testing.T) {
	t.Parallel()
	s := newCounter(t)
	ten := tenOff("TEN")
	ten.OncePerCustomer = new(true)
	addDiscount(t, s.DB, s.store, ten)
	o, other := s.transfer(t, []string{"ten"}, 4, 1), s.transfer(t, nil, 1)
	s.overdue(t, o)
	require.Equal(t, "0 0 4", s.quantities(t))
	s.lapse(t, 1)
	got := s.order(t, o)
	require.True(t, got.Lapsed())
	require.Equal(t, commerce.FinancialVoided, got.FinancialStatus)
	require.NotNil(t, got.CancelledAt)
	require.Nil(t, got.PaymentDueAt)
	require.Equal(t, []*commerce.StockHold{nil, nil}, s.holds(t, o))
	require.Equal(t, "0 4 5", s.quantities(t))
	require.NotNil(t, s.order(t, other).PaymentDueAt, "its time has not come")
	require.Equal(t, [][]string{{"0", "0"}}, queryRows(t, s.Database, `SELECT usage_count, (SELECT count(*) FROM discount_uses) FROM discounts`))
	require.Equal(t, [][]string{{"CANCELLED", "PAYMENT_LAPSED", "NULL"}}, queryRows(t, s.Database,
		`SELECT kind, detail ->> 'text', merchant_id FROM order_events WHERE order_id = $1 AND kind <> 'CREATED'`, int64(o.ID)))
	require.Equal(t, [][]string{{"order.cancelled", "VOIDED"}}, queryRows(t, s.Database,
		`SELECT topic, payload ->> 'financialStatus' FROM outbox WHERE subject = $1 AND topic <> 'order.created'`,
		commerce.GlobalID{Kind: commerce.KindOrder, Store: o.StoreID, ID: int64(o.ID)}.String()))
	before := s.everything(t)
	s.lapse(t, 0)
	require.Equal(t, before, s.everything(t))
	s.requireBalanced(t)
}

// A payment that comes after the lapse takes the order up again, with stock from wherever it is free, and its code counts again, even
// where somebody else had the last use of it.
func TestPaidAfterTheLapse(t *testing.T) {
	t.Parallel()
	s := newCounter(t)
	ten := tenOff("TEN")
	ten.UsageLimit, ten.OncePerCustomer = new(1), new(true)
	addDiscount(t, s.DB, s.store, ten)
	o := s.transfer(t, []string{"ten"}, 4, 1)
	s.overdue(t, o)
	s.lapse(t, 1)
	quicker := s.transfer(t, []string{"ten"}, 1)
	require.Len(t, quicker.Discounts, 1, "the use was given back")
	done, err := s.edit(o, commerce.MarkOrderAsPaid)
	require.NoError(t, err)
	require.Equal(t, commerce.FinancialPaid, done.Order.FinancialStatus)
	require.Equal(t, o.TotalMinor, done.Order.PaidMinor)
	require.Nil(t, done.Order.CancelledAt)
	require.Nil(t, done.Order.CancelReason)
	require.Equal(t, "0 0 4", s.quantities(t))
	require.Equal(t, [][]string{{"2", "2"}}, queryRows(t, s.Database, `SELECT usage_count, (SELECT count(*) FROM discount_uses) FROM discounts`))
	s.requireBalanced(t)
	done, err = s.edit(o, commerce.FulfillOrder(&commerce.FulfillmentCreateInput{}))
	require.NoError(t, err)
	require.Equal(t, commerce.FulfillmentDone, done.Order.FulfillmentStatus)
	s.requireBalanced(t)
}

// A payment that comes when the stock is gone is refused with a code of its own: the money goes back. So is one for an order that
// somebody canceled. Nothing is written.
func TestPaymentsThatAreRefused(t *testing.T) {
	t.Parallel()
	lapsed := func(t *testing.T, s counter, o *commerce.Order) {
		t.Helper()
		s.overdue(t, o)
		s.lapse(t, 1)
	}
	for name, c := range map[string]struct {
		meanwhile func(*testing.T, counter, *commerce.Order)
		want      [][2]string
	}{
		"sold to others": {func(t *testing.T, s counter, o *commerce.Order) {
			t.Helper()
			lapsed(t, s, o)
			s.place(t, 3)
		}, [][2]string{{"/input/id", "PAYMENT_AFTER_LAPSE"}}},
		"all is gone": {func(t *testing.T, s counter, o *commerce.Order) {
			t.Helper()
			lapsed(t, s, o)
			s.place(t, 5, 5)
		}, [][2]string{{"/input/id", "PAYMENT_AFTER_LAPSE"}, {"/input/id", "PAYMENT_AFTER_LAPSE"}}},
		"deleted": {func(t *testing.T, s counter, o *commerce.Order) {
			t.Helper()
			lapsed(t, s, o)
			run(t, s.Database, `DELETE FROM product_variants WHERE id = $1`, numberOf(s.variants[1]))
		}, [][2]string{{"/input/id", "PAYMENT_AFTER_LAPSE"}}},
		"canceled": {func(t *testing.T, s counter, o *commerce.Order) {
			t.Helper()
			_, err := s.edit(o, commerce.CancelOrder(&commerce.OrderCancelInput{Reason: commerce.CancelCustomer}))
			require.NoError(t, err)
		}, [][2]string{{"/input/id", "ORDER_STATE"}}},
		"paid again": {func(t *testing.T, s counter, o *commerce.Order) {
			t.Helper()
			lapsed(t, s, o)
			_, err := s.edit(o, commerce.MarkOrderAsPaid)
			require.NoError(t, err)
		}, [][2]string{{"/input/id", "ORDER_STATE"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newCounter(t)
			o := s.transfer(t, nil, 3, 1)
			c.meanwhile(t, s, o)
			before := s.everything(t)
			_, err := s.edit(o, commerce.MarkOrderAsPaid)
			requireRefused(t, err, c.want...)
			require.Equal(t, before, s.everything(t))
		})
	}
	s := newCounter(t)
	o := s.transfer(t, nil, 1)
	before := s.everything(t)
	_, err := s.edit(o, commerce.CancelOrder(&commerce.OrderCancelInput{Reason: commerce.CancelPaymentLapsed}))
	requireRefused(t, err, [2]string{"/input/reason", "INVALID"})
	require.Equal(t, before, s.everything(t))
}

// Stock of a variant that is not counted any more, or sells on without stock, is no reason to send money back.
func TestPaidAfterTheLapseWithoutStock(t *testing.T) {
	t.Parallel()
	s := newCounter(t)
	o := s.transfer(t, nil, 4, 1)
	s.overdue(t, o)
	s.lapse(t, 1)
	s.place(t, 5, 5)
	run(t, s.Database, `UPDATE product_variants SET inventory_tracked = false WHERE id = $1`, numberOf(s.variants[1]))
	run(t, s.Database, `UPDATE product_variants SET inventory_policy = 'CONTINUE' WHERE id = $1`, numberOf(s.variants[2]))
	_, err := s.edit(o, commerce.MarkOrderAsPaid)
	require.NoError(t, err)
	s.requireBalanced(t)
}

// Whoever sweeps at the same time, and whatever else is done to the orders then, each lapses once, or is paid, or is canceled.
func TestHoldsLapseAtOnce(t *testing.T) {
	t.Parallel()
	cancel := commerce.CancelOrder(&commerce.OrderCancelInput{Reason: commerce.CancelCustomer})
	for name, edit := range map[string]commerce.OrderEdit{"paid": commerce.MarkOrderAsPaid, "canceled": cancel, "nothing": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newCounter(t)
			s.stock(t, set(s.variants[1], s.shop, 40, nil), set(s.variants[2], s.shop, 40, nil))
			orders := make([]*commerce.Order, 12)
			for i := range orders {
				orders[i] = s.transfer(t, nil, 1+i%2, 1)
			}
			s.overdue(t, orders...)
			var wg sync.WaitGroup
			var lapsed atomic.Int64
			for range 3 {
				wg.Go(func() {
					n, err := s.LapseHolds(context.WithoutCancel(t.Context()))
					lapsed.Add(int64(n))
					if err != nil {
						t.Error(err)
					}
				})
			}
			refused := make([]error, len(orders))
			for i, o := range orders {
				if edit != nil && i%2 == 0 {
					wg.Go(func() { _, refused[i] = s.edit(o, edit) })
				}
			}
			wg.Wait()
			late, err := s.LapseHolds(t.Context()) // one that was being edited is left to the next sweep, if it is still there
			require.NoError(t, err)
			remained := 0
			for i, o := range orders {
				now := s.order(t, o)
				switch {
				case now.Lapsed():
					remained++
					if refused[i] != nil {
						requireRefused(t, refused[i], [2]string{"/input/id", "ORDER_STATE"})
					}
				default:
					require.NoError(t, refused[i])
					require.Zero(t, i%2)
				}
			}
			require.Equal(t, ended(t, s), lapsed.Load()+int64(late))
			require.Equal(t, ended(t, s), int64(remained+paidLate(t, s)))
			s.requireBalanced(t)
		})
	}
}

// ended are the events of lapses; each order has one at most.
func ended(t *testing.T, s counter) int64 {
	t.Helper()
	require.Empty(t, queryRows(t, s.Database, `SELECT order_id FROM order_events WHERE detail ->> 'text' = 'PAYMENT_LAPSED' GROUP BY order_id HAVING count(*) > 1`))
	n, err := strconv.ParseInt(queryRows(t, s.Database, `SELECT count(*) FROM order_events WHERE detail ->> 'text' = 'PAYMENT_LAPSED'`)[0][0], 10, 64)
	require.NoError(t, err)
	return n
}

// paidLate are the orders that lapsed and were paid then.
func paidLate(t *testing.T, s counter) int {
	t.Helper()
	return len(queryRows(t, s.Database, `SELECT o.id FROM orders o JOIN order_events e ON e.store_id = o.store_id AND e.order_id = o.id
WHERE e.detail ->> 'text' = 'PAYMENT_LAPSED' AND o.financial_status = 'PAID'`))
}

// A sweeper does not wait for an order that somebody is changing, nor does that keep the others from lapsing; and what the payment
// that it did not wait for leaves behind is no longer overdue.
func TestLapseDoesNotWait(t *testing.T) {
	t.Parallel()
	s := newCounter(t)
	first, second := s.transfer(t, nil, 1), s.transfer(t, nil, 1)
	s.overdue(t, first, second)
	tx, err := s.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `SELECT FROM orders WHERE id = $1 FOR NO KEY UPDATE`, int64(first.ID))
	require.NoError(t, err)
	s.lapse(t, 1)
	require.True(t, s.order(t, second).Lapsed())
	require.NoError(t, tx.Rollback())
	_, err = s.edit(first, commerce.MarkOrderAsPaid)
	require.NoError(t, err, "nobody has given the stock away")
	s.lapse(t, 0)
	s.requireBalanced(t)
}

// When nothing is due a sweep is one statement, which reads the index alone.
func TestLapseCostsNothing(t *testing.T) {
	t.Parallel()
	s := newCounter(t)
	s.transfer(t, nil, 1)
	var statements atomic.Int64
	counted, err := db.Open(s.URL, nil, db.Options{OnStatement: func(string) { statements.Add(1) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, counted.Close()) })
	count := func(want int) int64 {
		statements.Store(0)
		n, err := counted.LapseHolds(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, n)
		return statements.Load()
	}
	count(0)
	require.Equal(t, int64(1), count(0))
	one := s.transfer(t, nil, 1)
	s.overdue(t, one)
	single := count(1)
	many := []*commerce.Order{s.transfer(t, nil, 1, 1), s.transfer(t, nil, 1, 2)}
	s.overdue(t, many...)
	require.Equal(t, single+1, count(2), "what moves the stock of each order, whatever its lines, says of which it is")
}

// The clock of the database alone says what is due: that of a server may jump.
func TestLapseByTheClockOfTheDatabase(t *testing.T) {
	t.Parallel()
	s := newCounter(t)
	o := s.transfer(t, nil, 1)
	run(t, s.Database, `UPDATE orders SET hold_expires_at = now() + interval '1 hour'`)
	s.lapse(t, 0)
	run(t, s.Database, `UPDATE orders SET hold_expires_at = now()`)
	s.lapse(t, 1)
	require.True(t, s.order(t, o).Lapsed())
}

// The books tell of a hold that nobody has given back, and of one whose order does not wait.
func TestBooksTellOfHolds(t *testing.T) {
	t.Parallel()
	s := newCounter(t)
	o, paid := s.transfer(t, nil, 2, 1), s.transfer(t, nil, 1)
	_, err := s.edit(paid, commerce.MarkOrderAsPaid)
	require.NoError(t, err)
	s.overdue(t, o)
	s.requireBalanced(t)
	run(t, s.Database, `UPDATE orders SET hold_expires_at = now() - interval '2 minutes'`)
	books, err := s.CheckBooks(t.Context(), s.store.ID)
	require.NoError(t, err)
	require.Equal(t, []commerce.BookDifference{
		{Store: "alpha", About: "#1001", What: "held too long", Stored: 3}, {Store: "alpha", About: "#1002", What: "hold of an order that does not wait", Stored: 1},
	}, books)
	run(t, s.Database, `UPDATE orders SET hold_expires_at = NULL WHERE id = $1`, int64(paid.ID))
	s.lapse(t, 1)
	s.requireBalanced(t)
}

// An order that cannot be canceled keeps none of the others from it.
func TestOneHoldThatCannotLapse(t *testing.T) {
	t.Parallel()
	s := newCounter(t)
	orders := []*commerce.Order{s.transfer(t, nil, 1), s.transfer(t, nil, 1), s.transfer(t, nil, 1, 1)}
	s.overdue(t, orders...)
	run(t, s.Database, fmt.Sprintf(`ALTER TABLE orders ADD CONSTRAINT stuck CHECK (id <> %d OR cancelled_at IS NULL)`, orders[1].ID))
	n, err := s.LapseHolds(t.Context())
	require.ErrorContains(t, err, "stuck")
	require.Equal(t, 2, n)
	for i, o := range orders {
		require.Equal(t, i != 1, s.order(t, o).Lapsed())
	}
	run(t, s.Database, `ALTER TABLE orders DROP CONSTRAINT stuck`)
	s.lapse(t, 1)
	s.requireBalanced(t)
}

// The clock of the database jumps over the time by which orders are to be paid, back and forth, while their buyers pay, others buy what has
// become free, and several servers sweep. Each order ends paid, with its stock, or lapsed, with nothing taken from the buyer: never both.
func TestClockJumpsWhileBuyersPay(t *testing.T) {
	t.Parallel()
	s := newCounter(t)
	s.stock(t, set(s.variants[1], s.shop, 8, nil), set(s.variants[1], s.cellar, 0, nil))
	orders, quicker := make([]*commerce.Order, 8), make([]*commerce.Cart, 4)
	for i := range orders {
		orders[i] = s.transfer(t, nil, 1)
	}
	for i := range quicker {
		quicker[i] = s.cart(t, adding(wanted(s.variants[1], 1)))
	}
	total := orders[0].TotalPrice().Amount().String()
	ctx := context.WithoutCancel(t.Context())
	var wg sync.WaitGroup
	for _, jump := range []string{"- interval '1 hour'", "+ interval '1 hour'", "- interval '1 second'", ""} {
		wg.Go(func() {
			_, err := s.SQL.ExecContext(ctx, `UPDATE orders SET hold_expires_at = now() `+jump+` WHERE hold_expires_at IS NOT NULL`)
			if err != nil {
				t.Error(err)
			}
			if _, err = s.LapseHolds(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	refused := make([]error, len(orders))
	for i, o := range orders {
		wg.Go(func() { _, refused[i] = s.edit(o, commerce.MarkOrderAsPaid) })
	}
	for _, cart := range quicker {
		wg.Go(func() {
			_, err := s.CompleteCart(ctx, cart.Ref(), cash(total))
			if _, soldOut := commerce.RefusalsOf(err); err != nil && !soldOut {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i, o := range orders {
		now, promised := s.order(t, o), queryRows(t, s.Database, `SELECT quantity FROM stock_reservations WHERE order_id = $1`, int64(o.ID))
		require.Equal(t, refused[i] == nil, now.FinancialStatus == commerce.FinancialPaid)
		if refused[i] == nil {
			require.Nil(t, now.CancelledAt)
			require.Equal(t, o.TotalMinor, now.PaidMinor)
			require.Equal(t, [][]string{{"1"}}, promised)
			continue
		}
		requireRefused(t, refused[i], [2]string{"/input/id", "PAYMENT_AFTER_LAPSE"})
		require.True(t, now.Lapsed())
		require.Zero(t, now.PaidMinor)
		require.Empty(t, promised)
	}
	s.requireBalanced(t)
}
