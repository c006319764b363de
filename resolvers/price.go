package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

// priceSettings reads what each store has decided, and shows a part of it.
func priceSettings[T any](ctx context.Context, stores []*commerce.Store, show func(*commerce.PriceSettings) *T) ([]*T, error) {
	found, err := loadEach(ctx, &dataloader.From(ctx).PriceSettings, stores, func(s *commerce.Store) commerce.StoreID { return s.ID })
	if err != nil {
		return nil, err
	}
	return mapped(found, func(s *commerce.PriceSettings) *T {
		if s == nil {
			return nil // a store that was deleted meanwhile
		}
		return show(s)
	}), nil
}

// productTaxRates reads the rates that each product has of its own.
func productTaxRates(ctx context.Context, products []*commerce.Product) ([][]*commerce.TaxRate, error) {
	found, err := loadEach(ctx, &dataloader.From(ctx).ProductTaxRates, products, (*commerce.Product).Ref)
	return mapped(found, func(rates []commerce.TaxRate) []*commerce.TaxRate {
		shown := make([]*commerce.TaxRate, len(rates))
		for i := range rates {
			shown[i] = &rates[i]
		}
		return shown
	}), err
}

// discountLists reads one page of each store's discounts.
func discountLists(ctx context.Context, stores []*commerce.Store, args commerce.PageArgs, words *string, key *model.DiscountCodeSortKeys, reverse *bool) ([]*model.DiscountCodeConnection, error) {
	order := commerce.Ordering{Key: commerce.DiscountSortID, Reverse: value(reverse, false)}
	switch value(key, model.DiscountCodeSortKeysID) {
	case model.DiscountCodeSortKeysID:
	case model.DiscountCodeSortKeysCode:
		order.Key = commerce.DiscountSortCode
	case model.DiscountCodeSortKeysCreatedAt:
		order.Key = commerce.DiscountSortCreatedAt
	}
	page, err := commerce.NewPage(args, order)
	if err != nil {
		return nil, err
	}
	return counted(ctx, &dataloader.From(ctx).DiscountList, mapped(stores, func(s *commerce.Store) commerce.DiscountListKey {
		return commerce.DiscountListKey{Store: s.ID, Page: page, Words: value(words, "")}
	}))
}

// storeDiscounts reads the discount of each store that has the id or the code. An id of another store finds none.
func storeDiscounts(ctx context.Context, stores []*commerce.Store, id, code *string) ([]*commerce.Discount, error) {
	if (id == nil) == (code == nil) {
		return nil, commerce.BadInput("code", "give exactly one of id and code.")
	}
	set := dataloader.From(ctx)
	if code != nil {
		key := commerce.DiscountKey(*code)
		return loadEach(ctx, &set.DiscountByCode, stores, func(s *commerce.Store) commerce.DiscountRef { return commerce.DiscountRef{Store: s.ID, Code: key} })
	}
	if _, err := parseID(*id, commerce.KindDiscountCode); err != nil {
		return nil, err
	}
	return loadEach(ctx, &set.DiscountByID, stores, func(s *commerce.Store) commerce.DiscountIDRef {
		return commerce.DiscountIDRef{Store: s.ID, ID: commerce.DiscountID(commerce.OwnID(s.ID, commerce.KindDiscountCode, *id))}
	})
}
