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
}
