package db_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// counter is a stockroom where people buy: three tins of each of two variants lie in the shop, two more in the cellar.
type counter struct{ *stockroom }

func newCounter(tb testing.TB) counter {
	tb.Helper()
	s := counter{newStockroom(tb)}
	s.stock(tb, set(s.variants[1], s.shop, 3, nil), set(s.variants[2], s.shop, 3, nil), set(s.variants[1], s.cellar, 2, nil), set(s.variants[2], s.cellar, 2, nil))
	return s
}

// stock sets what is on hand, whatever it was.
func (s counter) stock(tb require.TestingT, lines ...*commerce.InventoryQuantityInput) {
	_, err := s.setAs(context.Background(), commerce.Author{}, commerce.InventorySetQuantitiesInput{
		Name: commerce.InventoryOnHand, Reason: commerce.InventoryCycleCount, IgnoreCompareQuantity: true, Quantities: lines,
	})
	require.NoError(tb, err)
}

// place orders units of the two variants, for cash.
func (s counter) place(tb require.TestingT, units ...int) *commerce.Order {
	return s.paidBy(tb, commerce.PaymentCashOnDelivery, units...)
}

// paidBy orders units of the two variants.
func (s counter) paidBy(tb require.TestingT, method commerce.PaymentMethod, units ...int) *commerce.Order {
	lines := make([]*commerce.CartLineInput, len(units))
	for i, n := range units {
		lines[i] = wanted(s.variants[i+1], n)
	}
	ctx := context.Background()
	made, err := s.CreateCart(ctx, s.store, commerce.AddCartLines(nil, lines))
	require.NoError(tb, err)
	priced, err := s.PriceCarts(ctx, []*commerce.Cart{made.Cart})
	require.NoError(tb, err)
	in := cash(priced[made.Cart].Cost.TotalAmount.Amount().String())
	in.Payment = &commerce.CartPaymentInput{Method: method}
	order, err := s.CompleteCart(ctx, made.Cart.Ref(), in)
	require.NoError(tb, err)
	return order
}

func (s counter) edit(o *commerce.Order, edit commerce.OrderEdit) (*commerce.EditedOrder, error) {
	return s.EditOrder(context.Background(), commerce.Author{}, s.store, o.ID, "test", edit)
}

// requireBalanced holds the books and the stock against what explains them.
func (s counter) requireBalanced(tb require.TestingT) {
	books, err := s.CheckBooks(context.Background(), 0)
	require.NoError(tb, err)
	require.Empty(tb, books)
	stock, err := s.CheckInventory(context.Background(), 0)
	require.NoError(tb, err)
	require.Empty(tb, stock)
}

func line(o *commerce.Order, n int) string {
	return commerce.GlobalID{Kind: commerce.KindOrderLine, Store: o.StoreID, ID: int64(o.ID), Key: fmt.Sprint(n)}.String()
}

func TestOrderLife(t *testing.T) {
	t.Parallel()
	s := newCounter(t)
	o := s.place(t, 4, 1)
	s.requireBalanced(t)
	require.Equal(t, commerce.FinancialPending, o.FinancialStatus)
	done, err := s.edit(o, commerce.ConfirmOrder)
	require.NoError(t, err)
	require.NotNil(t, done.Order.ConfirmedAt)
	done, err = s.edit(o, commerce.MarkOrderAsPaid)
	require.NoError(t, err)
	require.Equal(t, commerce.FinancialPaid, done.Order.FinancialStatus)
	done, err = s.edit(o, commerce.FulfillOrder(&commerce.FulfillmentCreateInput{
		LineItems: []*commerce.OrderLineInput{{ID: line(o, 1), Quantity: 3}}, Tracking: &commerce.TrackingInput{Company: new("India Post"), Number: new("EX1")},
	}))
	require.NoError(t, err)
	require.Equal(t, commerce.FulfillmentPartial, done.Order.FulfillmentStatus)
	require.Equal(t, "India Post", *done.Fulfillment.TrackingCompany)
	s.requireBalanced(t)
	// One of the three that left comes back, the one that waits is taken out.
	done, err = s.edit(o, commerce.RefundOrder(&commerce.RefundCreateInput{LineItems: []*commerce.RefundLineInput{{ID: line(o, 1), Quantity: 2}}}))
	require.NoError(t, err)
	require.Equal(t, commerce.FinancialPartiallyRefunded, done.Order.FinancialStatus)
	require.Equal(t, int64(2*5100), done.Refund.Amount.Minor)
	s.requireBalanced(t)
	done, err = s.edit(o, commerce.FulfillOrder(&commerce.FulfillmentCreateInput{}))
	require.NoError(t, err)
	require.Equal(t, commerce.FulfillmentDone, done.Order.FulfillmentStatus)
	done, err = s.edit(o, commerce.RefundOrder(&commerce.RefundCreateInput{Amount: &commerce.MoneyInput{Amount: "154.00", CurrencyCode: "INR"}, Note: new("late")}))
	require.NoError(t, err)
	s.requireBalanced(t)
	require.Equal(t, done.Order.TotalMinor, done.Order.RefundedMinor)
	require.Equal(t, commerce.FinancialRefunded, done.Order.FinancialStatus)
	events, err := s.OrderEvents(t.Context(), []commerce.OrderRef{o.Ref()})
	require.NoError(t, err)
	var kinds []commerce.OrderEventKind
	for _, e := range events[o.Ref()] {
		kinds = append(kinds, e.Kind)
	}
	require.Equal(t, []commerce.OrderEventKind{"CREATED", "CONFIRMED", "PAID", "FULFILLED", "REFUNDED", "FULFILLED", "REFUNDED"}, kinds)
	require.Len(t, queryRows(t, s.Database, `SELECT topic FROM outbox`), len(kinds))
}

func TestCancelOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		paid, restock bool
		want          commerce.FinancialStatus
		available     string
	}{
		"unpaid":         {restock: true, want: commerce.FinancialVoided, available: "5"},
		"paid":           {paid: true, restock: true, want: commerce.FinancialRefunded, available: "5"},
		"goods are gone": {want: commerce.FinancialVoided, available: "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newCounter(t)
			o := s.place(t, 4)
			if c.paid {
				_, err := s.edit(o, commerce.MarkOrderAsPaid)
				require.NoError(t, err)
			}
			done, err := s.edit(o, commerce.CancelOrder(&commerce.OrderCancelInput{Reason: commerce.CancelCustomer, Restock: &c.restock}))
			require.NoError(t, err)
			require.Equal(t, c.want, done.Order.FinancialStatus)
			require.NotNil(t, done.Order.CancelledAt)
			s.requireBalanced(t)
			require.Equal(t, [][]string{{c.available}}, queryRows(t, s.Database, `SELECT inventory_quantity FROM product_variants WHERE position = 2`))
			require.Empty(t, queryRows(t, s.Database, `SELECT 1 FROM stock_reservations`))
		})
	}
}

func TestOrderRefusals(t *testing.T) {
	t.Parallel()
	fulfill := func(id string, n int) commerce.OrderEdit {
		return commerce.FulfillOrder(&commerce.FulfillmentCreateInput{LineItems: []*commerce.OrderLineInput{{ID: id, Quantity: n}}})
	}
	cancel := commerce.CancelOrder(&commerce.OrderCancelInput{Reason: commerce.CancelOther})
	paid := []commerce.OrderEdit{commerce.MarkOrderAsPaid}
	for name, c := range map[string]struct {
		before []commerce.OrderEdit
		edit   func(*commerce.Order) commerce.OrderEdit
		code   commerce.RefusalCode
		field  []string
	}{
		"confirmed twice":        {[]commerce.OrderEdit{commerce.ConfirmOrder}, always(commerce.ConfirmOrder), "ORDER_STATE", []string{"input", "id"}},
		"confirmed, canceled":    {[]commerce.OrderEdit{cancel}, always(commerce.ConfirmOrder), "ORDER_STATE", []string{"input", "id"}},
		"paid twice":             {paid, always(commerce.MarkOrderAsPaid), "ORDER_STATE", []string{"input", "id"}},
		"paid, canceled":         {[]commerce.OrderEdit{cancel}, always(commerce.MarkOrderAsPaid), "ORDER_STATE", []string{"input", "id"}},
		"canceled twice":         {[]commerce.OrderEdit{cancel}, always(cancel), "ORDER_STATE", []string{"input", "id"}},
		"canceled, on its way":   {[]commerce.OrderEdit{commerce.FulfillOrder(&commerce.FulfillmentCreateInput{})}, always(cancel), "ORDER_STATE", []string{"input", "id"}},
		"sent, canceled":         {[]commerce.OrderEdit{cancel}, always(commerce.FulfillOrder(&commerce.FulfillmentCreateInput{})), "ORDER_STATE", []string{"input", "orderId"}},
		"sent twice":             {[]commerce.OrderEdit{commerce.FulfillOrder(&commerce.FulfillmentCreateInput{})}, always(commerce.FulfillOrder(&commerce.FulfillmentCreateInput{})), "ORDER_STATE", []string{"input", "orderId"}},
		"more than there are":    {nil, func(o *commerce.Order) commerce.OrderEdit { return fulfill(line(o, 1), 3) }, "EXCEEDED", []string{"input", "lineItems", "0", "quantity"}},
		"nothing":                {nil, func(o *commerce.Order) commerce.OrderEdit { return fulfill(line(o, 1), 0) }, "INVALID", []string{"input", "lineItems", "0", "quantity"}},
		"no such line":           {nil, func(o *commerce.Order) commerce.OrderEdit { return fulfill(line(o, 9), 1) }, "NOT_FOUND", []string{"input", "lineItems", "0", "id"}},
		"refund of nothing paid": {nil, refund("1.00", 0), "ORDER_STATE", []string{"input", "orderId"}},
		"refund of nothing":      {paid, refund("", 0), "BLANK", []string{"input", "amount"}},
		"refund of too much":     {paid, refund("10000.00", 0), "EXCEEDED", []string{"input", "amount", "amount"}},
		"refund of 0":            {paid, refund("0.00", 0), "INVALID", []string{"input", "amount", "amount"}},
		"refund of a fraction":   {paid, refund("1.001", 0), "INVALID", []string{"input", "amount", "amount"}},
		"refund of more units":   {paid, refund("", 3), "EXCEEDED", []string{"input", "lineItems", "0", "quantity"}},
		"address of a pickup": {
			nil, always(commerce.UpdateOrder(&commerce.OrderUpdateInput{ShippingAddress: &commerce.MailingAddressInput{City: new("Pune")}})),
			"ORDER_STATE",
			[]string{"input", "shippingAddress"},
		},
		"no e-mail address": {
			nil, always(commerce.UpdateOrder(&commerce.OrderUpdateInput{Contact: &commerce.ContactInput{Email: new("x")}})),
			"INVALID",
			[]string{"input", "contact", "email"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newCounter(t)
			o := s.place(t, 2)
			for _, b := range c.before {
				_, err := s.edit(o, b)
				require.NoError(t, err)
			}
			const all = `SELECT (SELECT count(*) FROM order_events), (SELECT count(*) FROM outbox), (SELECT count(*) FROM inventory_ledger), (SELECT count(*) FROM audit_log), o::text FROM orders o`
			before := queryRows(t, s.Database, all)
			_, err := s.edit(o, c.edit(o))
			refusals, ok := commerce.RefusalsOf(err)
			require.True(t, ok, "%v", err)
			require.Equal(t, c.code, refusals[0].Code, refusals[0].Message)
			require.Equal(t, c.field, refusals[0].Field)
			require.Equal(t, before, queryRows(t, s.Database, all))
		})
	}
}

func always(e commerce.OrderEdit) func(*commerce.Order) commerce.OrderEdit {
	return func(*commerce.Order) commerce.OrderEdit { return e }
}

// refund gives back an amount, units of the first line, or both.
func refund(amount commerce.DecimalText, units int) func(*commerce.Order) commerce.OrderEdit {
	return func(o *commerce.Order) commerce.OrderEdit {
		in := &commerce.RefundCreateInput{}
		if amount != "" {
			in.Amount = &commerce.MoneyInput{Amount: amount, CurrencyCode: "INR"}
		}
		if units > 0 {
			in.LineItems = []*commerce.RefundLineInput{{ID: line(o, 1), Quantity: units}}
		}
		return commerce.RefundOrder(in)
	}
}

// An order of another store, or none, is not found; nor is one of the own store seen by another's staff.
func TestOrdersOfOtherStores(t *testing.T) {
	t.Parallel()
	s := newCounter(t)
	o := s.place(t, 1)
	other := openStore(t, s.DB, "other")
	_, err := s.EditOrder(t.Context(), commerce.Author{}, other, o.ID, "test", commerce.ConfirmOrder)
	refusals, _ := commerce.RefusalsOf(err)
	require.Len(t, refusals, 1)
	require.Equal(t, commerce.RefusalNotFound, refusals[0].Code)
	mine, theirs := s.ViewOf([]commerce.StoreID{s.store.ID}, true), s.ViewOf([]commerce.StoreID{other.ID}, true)
	open, secret, wrong := commerce.OrderKey{Store: s.store.ID, ID: o.ID}, o.KeyRef(), commerce.OrderKey{Store: s.store.ID, ID: o.ID, Key: commerce.NewKey()}
	for _, c := range []struct {
		view *db.View
		key  commerce.OrderKey
		want bool
	}{{mine, open, true}, {mine, secret, true}, {mine, wrong, false}, {theirs, open, false}, {theirs, secret, true}, {theirs, wrong, false}} {
		found, err := c.view.Orders(t.Context(), []commerce.OrderKey{c.key})
		require.NoError(t, err)
		require.Equal(t, c.want, found[c.key] != nil, "%v", c.key)
	}
	lists, err := theirs.OrderLists(t.Context(), []commerce.OrderListKey{{Store: s.store.ID, Page: commerce.FirstPage(5, commerce.Ordering{Key: commerce.OrderSortNumber})}})
	require.NoError(t, err)
	require.Empty(t, lists)
}

// Whatever happens to orders, in whatever order, the books and the stock add up.
func TestBooksBalance(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		s := counter{furnish(t, database, fmt.Sprintf("books-%d", runs))}
		s.stock(rt, set(s.variants[1], s.shop, 90, nil), set(s.variants[2], s.cellar, 90, nil), set(s.variants[2], s.shop, 1, nil))
		var orders []*commerce.Order
		units, methods := rapid.IntRange(1, 4), rapid.SampledFrom([]commerce.PaymentMethod{commerce.PaymentCashOnDelivery, commerce.PaymentManual})
		for range rapid.IntRange(3, 10).Draw(rt, "steps") {
			if len(orders) == 0 || rapid.Bool().Draw(rt, "buy") {
				orders = append(orders, s.paidBy(rt, methods.Draw(rt, "payment"), units.Draw(rt, "a"), units.Draw(rt, "b")))
				continue
			}
			o := rapid.SampledFrom(orders).Draw(rt, "order")
			if rapid.Bool().Draw(rt, "too late") {
				_, err := s.SQL.ExecContext(t.Context(), `UPDATE orders SET hold_expires_at = now() WHERE id = $1 AND hold_expires_at IS NOT NULL`, int64(o.ID))
				require.NoError(rt, err)
				_, err = s.LapseHolds(t.Context())
				require.NoError(rt, err)
			}
			n, l, restock := units.Draw(rt, "n"), line(o, rapid.IntRange(1, 2).Draw(rt, "line")), rapid.Bool().Draw(rt, "restock")
			edit := rapid.SampledFrom([]commerce.OrderEdit{
				commerce.MarkOrderAsPaid, commerce.FulfillOrder(&commerce.FulfillmentCreateInput{}),
				commerce.FulfillOrder(&commerce.FulfillmentCreateInput{LineItems: []*commerce.OrderLineInput{{ID: l, Quantity: n}}}),
				commerce.CancelOrder(&commerce.OrderCancelInput{Reason: commerce.CancelOther, Restock: &restock}),
				commerce.RefundOrder(&commerce.RefundCreateInput{LineItems: []*commerce.RefundLineInput{{ID: l, Quantity: n, Restock: &restock}}}),
			}).Draw(rt, "edit")
			if _, err := s.edit(o, edit); err != nil {
				_, refused := commerce.RefusalsOf(err)
				require.True(rt, refused, "%v", err)
			}
		}
		s.requireBalanced(rt)
	})
}
