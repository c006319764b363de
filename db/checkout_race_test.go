package db_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
)

// outcome is what became of an attempt to order.
type outcome struct {
	order *commerce.Order
	err   error
}

// atOnce completes carts, all at the same time, each with what it costs before.
func (s *stockroom) atOnce(t *testing.T, d *db.DB, carts ...*commerce.Cart) []outcome {
	t.Helper()
	inputs := make([]*commerce.CartCompleteInput, len(carts))
	for i, c := range carts {
		inputs[i] = cash(s.total(t, c))
	}
	done, start := make([]outcome, len(carts)), make(chan struct{})
	var wg sync.WaitGroup
	for i, c := range carts {
		wg.Go(func() {
			<-start
			done[i].order, done[i].err = d.CompleteCart(t.Context(), c.Ref(), inputs[i])
		})
	}
	close(start)
	wg.Wait()
	return done
}

// ordered are the orders among outcomes; what is none was refused for this.
func ordered(t *testing.T, outcomes []outcome, path, code string) []*commerce.Order {
	t.Helper()
	var orders []*commerce.Order
	for _, o := range outcomes {
		if o.err != nil {
			requireRefused(t, o.err, [2]string{path, code})
			continue
		}
		orders = append(orders, o.order)
	}
	return orders
}

// Two buyers want the last unit: one has it.
func TestTheLastUnitIsSoldOnce(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	one := adding(wanted(s.variants[1], 1))
	orders := ordered(t, s.atOnce(t, s.DB, s.cart(t, one), s.cart(t, one)), "/input/cartId", "MERCHANDISE_OUT_OF_STOCK")
	require.Len(t, orders, 1)
	require.Equal(t, "0 0 2", s.quantities(t))
	s.requireBalanced(t)
}

// Whoever wants what is sold out hears so while others hold its row: they do not stand in line.
func TestSoldOutWaitsForNobody(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	cart := s.filled(t)
	in := cash(s.total(t, cart))
	run(t, s.Database, `UPDATE product_variants SET inventory_quantity = 0`)
	tx, err := s.SQL.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `SELECT FROM product_variants FOR UPDATE`)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = s.CompleteCart(ctx, cart.Ref(), in)
	requireRefused(t, err, [2]string{"/input/cartId", "MERCHANDISE_OUT_OF_STOCK"})
	require.NoError(t, tx.Rollback())
}

// Fifty buyers want ten units: ten have one each, and their orders are numbered without a gap.
func TestFiftyBuyersOfTenUnits(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	_, err := s.set(t.Context(), set(s.variants[1], s.shop, 6, new(1)), set(s.variants[1], s.cellar, 4, new(0)))
	require.NoError(t, err)
	carts := make([]*commerce.Cart, 50)
	for i := range carts {
		carts[i] = s.cart(t, adding(wanted(s.variants[1], 1)))
	}
	orders := ordered(t, s.atOnce(t, s.DB, carts...), "/input/cartId", "MERCHANDISE_OUT_OF_STOCK")
	var numbers []int64
	for _, o := range orders {
		numbers = append(numbers, o.Number)
	}
	slices.Sort(numbers)
	require.Equal(t, []int64{1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010}, numbers)
	require.Equal(t, "0 0 2", s.quantities(t))
	require.Equal(t, [][]string{{"10", "10", "10"}}, queryRows(t, s.Database,
		`SELECT (SELECT sum(quantity) FROM stock_reservations), (SELECT sum(reserved) FROM inventory_levels), (SELECT count(*) FROM outbox)`))
	s.requireBalanced(t)
}

// Carts that hold the same variants in another order do not wait for each other in a circle.
func TestCartsDoNotDeadlock(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	run(t, s.Database, `UPDATE product_variants SET inventory_quantity = 1000`)
	for _, code := range []string{"ONE", "TWO"} {
		in := tenOff(code)
		in.CombinesWith = &commerce.DiscountCombination{ProductDiscounts: true, OrderDiscounts: true}
		addDiscount(t, s.DB, s.store, in)
	}
	var log bytes.Buffer
	d, err := db.Open(s.URL, nil, db.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	var carts []*commerce.Cart
	for i := range 40 {
		lines, codes := []*commerce.CartLineInput{wanted(s.variants[0], 1), wanted(s.variants[1], 1), wanted(s.variants[2], 1)}, []string{"ONE", "TWO"}
		if i%2 > 0 {
			slices.Reverse(lines)
			slices.Reverse(codes)
		}
		carts = append(carts, s.cart(t, adding(lines...), commerce.SetCartDiscountCodes(nil, codes)))
	}
	require.Len(t, ordered(t, s.atOnce(t, d, carts...), "", ""), 40)
	require.Empty(t, log.String(), "no transaction had to run again")
	require.Equal(t, "960 960 960", s.quantities(t))
	require.Equal(t, [][]string{{"40", "80"}}, queryRows(t, s.Database, `SELECT (SELECT min(usage_count) FROM discounts), (SELECT count(*) FROM discount_uses)`))
	s.requireBalanced(t)
}

// A cart that is completed twice at once becomes one order, and both are told of it.
func TestOneCartIsOneOrder(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	cart := s.filled(t)
	orders := ordered(t, s.atOnce(t, s.DB, cart, cart, cart), "", "")
	require.Len(t, orders, 3)
	require.Equal(t, orders[0], orders[1])
	require.Equal(t, orders[0], orders[2])
	require.Equal(t, "0 1 1", s.quantities(t))
	s.requireBalanced(t)
}

// Of two orders that want the last use of a code, one has it; the other is told that the price changed, and can be placed without.
func TestTheLastUseOfACode(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	in := tenOff("TEN")
	in.UsageLimit = new(1)
	addDiscount(t, s.DB, s.store, in)
	coded := commerce.SetCartDiscountCodes(nil, []string{"TEN"})
	carts := []*commerce.Cart{s.cart(t, adding(wanted(s.variants[1], 1)), coded), s.filled(t, coded)}
	outcomes := s.atOnce(t, s.DB, carts...)
	orders := ordered(t, outcomes, "/input/expectedTotal", "PRICE_CHANGED")
	require.Len(t, orders, 1)
	require.Len(t, orders[0].Discounts, 1)
	loser := slices.IndexFunc(outcomes, func(o outcome) bool { return o.err != nil })
	order, err := s.CompleteCart(t.Context(), carts[loser].Ref(), cash(s.total(t, carts[loser])))
	require.NoError(t, err)
	require.Empty(t, order.Discounts)
	require.Equal(t, int64(1002), order.Number, "what was refused took no number")
	require.Equal(t, [][]string{{"1", "1"}}, queryRows(t, s.Database, `SELECT usage_count, (SELECT count(*) FROM discount_uses) FROM discounts`))
	s.requireBalanced(t)
}

// An order that waits for somebody who changes what it is about sees what they leave.
func TestOrdersSeeWhatTheyWaitedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change string
		want   [2]string
	}{
		"another price":     {`UPDATE product_variants SET price_minor = 1`, [2]string{"/input/expectedTotal", "PRICE_CHANGED"}},
		"sold out":          {`UPDATE product_variants SET inventory_quantity = 0`, [2]string{"/input/cartId", "MERCHANDISE_OUT_OF_STOCK"}},
		"deleted":           {`DELETE FROM products`, [2]string{"/input/cartId", "INVALID_PAYMENT_EMPTY_CART"}},
		"code used up":      {`UPDATE discounts SET usage_count = 1`, [2]string{"/input/expectedTotal", "PRICE_CHANGED"}},
		"code deleted":      {`DELETE FROM discounts`, [2]string{"/input/expectedTotal", "PRICE_CHANGED"}},
		"the cart is swept": {`DELETE FROM carts`, [2]string{"/input/cartId", "INVALID"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStockroom(t)
			in := tenOff("TEN")
			in.UsageLimit = new(1)
			addDiscount(t, s.DB, s.store, in)
			cart := s.filled(t, commerce.SetCartDiscountCodes(nil, []string{"TEN"}))
			tx, err := s.SQL.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			_, err = tx.ExecContext(t.Context(), c.change)
			require.NoError(t, err)
			done := make(chan error, 1)
			go func() {
				_, err := s.CompleteCart(t.Context(), cart.Ref(), cash("46.80"))
				done <- err
			}()
			requireWaiting(t, s.Database)
			require.NoError(t, tx.Commit())
			before := s.written(t)
			requireRefused(t, <-done, c.want)
			require.Equal(t, before, s.written(t))
			s.requireBalanced(t)
		})
	}
}

// Changes of one cart at the same time all count.
func TestCartChangesAtOnce(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	run(t, s.Database, `UPDATE product_variants SET inventory_quantity = 1000`)
	cart := s.cart(t)
	var wg sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = s.ChangeCart(t.Context(), cart.Ref(), adding(wanted(s.variants[1], 1), wanted(s.variants[2], 1, &commerce.Attribute{Key: "for", Value: strconv.Itoa(i)})))
		})
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	found, err := s.Carts(t.Context(), []commerce.CartKey{cart.Ref()})
	require.NoError(t, err)
	lines := found[cart.Ref()].Lines
	require.Len(t, lines, 21)
	require.Equal(t, 20, lines[0].Quantity)
	ids := map[int64]bool{}
	for _, l := range lines {
		ids[l.ID] = true
	}
	require.Len(t, ids, 21)
}
