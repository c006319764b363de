package dataloader

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// prices makes the loaders of what baskets cost beyond the catalogue.
func (s *Set) prices() {
	s.PriceSettings.init(s, func(ctx context.Context, s *Set, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.PriceSettings, error) {
		return s.readers.Prices.PriceSettings(ctx, stores)
	})
	s.ProductTaxRates.init(s, func(ctx context.Context, s *Set, refs []commerce.ProductRef) (map[commerce.ProductRef][]commerce.TaxRate, error) {
		return s.readers.Prices.ProductTaxRates(ctx, refs)
	})
	s.DiscountByCode.init(s, func(ctx context.Context, s *Set, refs []commerce.DiscountRef) (map[commerce.DiscountRef]*commerce.Discount, error) {
		return s.readers.Prices.DiscountsByCode(ctx, refs)
	})
	s.DiscountByID.init(s, func(ctx context.Context, s *Set, refs []commerce.DiscountIDRef) (map[commerce.DiscountIDRef]*commerce.Discount, error) {
		return s.readers.Discounts.DiscountsByID(ctx, refs)
	})
	s.DiscountList.init(s, func(ctx context.Context, s *Set, keys []commerce.DiscountListKey) (map[commerce.DiscountListKey]commerce.List[*commerce.Discount], error) {
		return s.readers.Discounts.DiscountLists(ctx, keys)
	})
}
