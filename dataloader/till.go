package dataloader

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// till makes the loaders of what buyers do.
func (s *Set) till() {
	s.CartByKey.init(s, func(ctx context.Context, s *Set, keys []commerce.CartKey) (map[commerce.CartKey]*commerce.Cart, error) {
		return s.readers.Carts.Carts(ctx, keys)
	})
	s.CartPrice.init(s, func(ctx context.Context, s *Set, carts []*commerce.Cart) (map[*commerce.Cart]*commerce.PricedCart, error) {
		return s.readers.Pricer.PriceCarts(ctx, carts)
	})
	s.OrderByKey.init(s, func(ctx context.Context, s *Set, keys []commerce.OrderKey) (map[commerce.OrderKey]*commerce.Order, error) {
		return s.readers.Orders.Orders(ctx, keys)
	})
	s.OrderList.init(s, func(ctx context.Context, s *Set, keys []commerce.OrderListKey) (map[commerce.OrderListKey]commerce.List[*commerce.Order], error) {
		return s.readers.Orders.OrderLists(ctx, keys)
	})
	s.OrderLines.init(s, func(ctx context.Context, s *Set, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.OrderLine, error) {
		return s.readers.Orders.OrderLines(ctx, orders)
	})
	s.OrderEvents.init(s, func(ctx context.Context, s *Set, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.OrderEvent, error) {
		return s.readers.Orders.OrderEvents(ctx, orders)
	})
	s.Fulfillments.init(s, func(ctx context.Context, s *Set, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.Fulfillment, error) {
		return s.readers.Orders.Fulfillments(ctx, orders)
	})
	s.Refunds.init(s, func(ctx context.Context, s *Set, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.Refund, error) {
		return s.readers.Orders.Refunds(ctx, orders)
	})
	s.CardRefunds.init(s, func(ctx context.Context, s *Set, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.CardRefund, error) {
		return s.readers.Orders.CardRefunds(ctx, orders)
	})
	s.Disputes.init(s, func(ctx context.Context, s *Set, orders []commerce.OrderRef) (map[commerce.OrderRef][]*commerce.CardReversal, error) {
		return s.readers.Orders.Disputes(ctx, orders)
	})
	s.PaymentSettings.init(s, func(ctx context.Context, s *Set, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.StorePaymentSettings, error) {
		return s.readers.Payments.PaymentSettings(ctx, stores)
	})
}
