package dataloader

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// customers makes the loaders of who buys.
func (s *Set) customers() {
	s.CustomerData.init(s, func(ctx context.Context, s *Set, keys []commerce.CustomerDataKey) (map[commerce.CustomerDataKey]*commerce.CustomerData, error) {
		return s.readers.Customers.CustomerData(ctx, keys)
	})
	s.CustomerByToken.init(s, func(ctx context.Context, s *Set, keys []commerce.CustomerTokenKey) (map[commerce.CustomerTokenKey]*commerce.Customer, error) {
		return s.readers.Customers.CustomersByToken(ctx, keys)
	})
	s.CustomerByID.init(s, func(ctx context.Context, s *Set, keys []commerce.CustomerKey) (map[commerce.CustomerKey]*commerce.Customer, error) {
		return s.readers.Customers.Customers(ctx, keys)
	})
	s.CustomerOf.init(s, func(ctx context.Context, s *Set, keys []commerce.CustomerContactKey) (map[commerce.CustomerContactKey]*commerce.Customer, error) {
		return s.readers.Customers.CustomersByContact(ctx, keys)
	})
	s.CustomerList.init(s, func(ctx context.Context, s *Set, keys []commerce.CustomerListKey) (map[commerce.CustomerListKey]commerce.List[*commerce.Customer], error) {
		return s.readers.Customers.CustomerLists(ctx, keys)
	})
	s.CustomerOrders.init(s, func(ctx context.Context, s *Set, keys []commerce.CustomerOrderListKey) (map[commerce.CustomerOrderListKey]commerce.List[*commerce.Order], error) {
		return s.readers.CustomerOrders.CustomerOrderLists(ctx, keys)
	})
	s.CustomerAddress.init(s, func(ctx context.Context, s *Set, keys []commerce.CustomerAddressKey) (map[commerce.CustomerAddressKey]*commerce.MailingAddress, error) {
		return s.readers.CustomerAddresses.CustomerAddresses(ctx, keys)
	})
	s.AddressList.init(s, func(ctx context.Context, s *Set, keys []commerce.CustomerAddressListKey) (map[commerce.CustomerAddressListKey]commerce.List[*commerce.MailingAddress], error) {
		return s.readers.CustomerAddresses.CustomerAddressLists(ctx, keys)
	})
}
