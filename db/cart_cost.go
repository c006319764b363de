package db

import (
	"cmp"
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// PriceCarts works out what carts cost now, as buyers see the catalogue. It takes three statements, one more when codes were
// given and one for what they are about, and one for each cart whose buyer may have used a code before.
func (v View) PriceCarts(ctx context.Context, carts []*commerce.Cart) (map[*commerce.Cart]*commerce.PricedCart, error) {
	var refs []commerce.VariantRef
	for _, c := range carts {
		for _, id := range c.Variants() {
			refs = append(refs, commerce.VariantRef{Store: c.StoreID, ID: id})
		}
	}
	sold, err := v.VariantsByID(ctx, refs)
	if err != nil {
		return nil, err
	}
	products := make([]commerce.ProductRef, 0, len(sold))
	for _, variant := range sold {
		products = append(products, variant.ProductRef())
	}
	read := func(scan scanner, text string, args ...any) error { return v.each(ctx, scan, text, args...) }
	facts, err := cartFacts(read, carts, products)
	if err != nil {
		return nil, err
	}
	priced := make(map[*commerce.Cart]*commerce.PricedCart, len(carts))
	for _, c := range carts {
		f := facts[c]
		for _, id := range c.Variants() {
			if variant := sold[commerce.VariantRef{Store: c.StoreID, ID: id}]; variant != nil {
				f.Sold[id] = variant
			}
		}
		if priced[c], err = c.Price(f); err != nil {
			return nil, err
		}
	}
	return priced, nil
}

// cartFacts reads what the prices of carts depend on beside their variants, which are of the products. A cart whose store is gone has
// none.
func cartFacts(read rowsOf, carts []*commerce.Cart, products []commerce.ProductRef) (map[*commerce.Cart]*commerce.CartFacts, error) {
	var stores []commerce.StoreID
	var codes []commerce.DiscountRef
	for _, c := range carts {
		stores = append(stores, c.StoreID)
		for _, code := range c.DiscountCodes {
			codes = append(codes, commerce.DiscountRef{Store: c.StoreID, Code: commerce.DiscountKey(code)})
		}
	}
	settings, err := priceSettings(read, stores)
	if err != nil {
		return nil, err
	}
	rates, err := productTaxRates(read, products)
	if err != nil {
		return nil, err
	}
	discounts, err := codesOf(read, codes)
	if err != nil {
		return nil, err
	}
	members, err := entitled(read, discounts, products)
	if err != nil {
		return nil, err
	}
	facts := make(map[*commerce.Cart]*commerce.CartFacts, len(carts))
	for _, c := range carts {
		s := settings[c.StoreID]
		if s == nil {
			return nil, commerce.ErrStoreNotFound
		}
		f := &commerce.CartFacts{
			Currency: s.Currency, Settings: s, Now: s.ReadAt, Sold: make(map[commerce.VariantID]*commerce.ProductVariant),
			TaxRates: ofStore(rates, c.StoreID), Collections: ofStore(members, c.StoreID), Discounts: make(map[string]*commerce.Discount),
		}
		for ref, d := range discounts {
			if ref.Store == c.StoreID {
				f.Discounts[ref.Code] = d
			}
		}
		if f.Used, err = usedCodes(read, c, f.Discounts); err != nil {
			return nil, err
		}
		facts[c] = f
	}
	return facts, nil
}

func codesOf(read rowsOf, codes []commerce.DiscountRef) (map[commerce.DiscountRef]*commerce.Discount, error) {
	if len(codes) == 0 {
		return nil, nil //nolint:nilnil // nothing was asked for
	}
	return discountsByCode(read, codes)
}

// usedCodes are those of the discounts once per customer that whoever buys has used.
func usedCodes(read rowsOf, c *commerce.Cart, discounts map[string]*commerce.Discount) (map[commerce.DiscountID]bool, error) {
	var once []commerce.DiscountID
	for _, d := range discounts {
		if d.OncePerCustomer {
			once = append(once, d.ID)
		}
	}
	return usedDiscounts(read, c.StoreID, once, customerOf(c))
}

// customerOf is whom a store knows the buyer of a cart as, empty for nobody.
func customerOf(c *commerce.Cart) string { return cmp.Or(c.Buyer.Email, c.Buyer.Phone) }

// entitled reads which products are in collections that discounts are about.
func entitled(read rowsOf, discounts map[commerce.DiscountRef]*commerce.Discount, products []commerce.ProductRef) (map[commerce.ProductRef][]commerce.CollectionID, error) {
	var collections []commerce.CollectionRef
	for _, d := range discounts {
		collections = append(collections, d.CollectionRefs()...)
	}
	if len(collections) == 0 {
		return nil, nil //nolint:nilnil // nothing was asked for
	}
	return collectionsOf(read, products, collections)
}

// ofStore is the part of a map that is about products of a store.
func ofStore[T any](all map[commerce.ProductRef]T, store commerce.StoreID) map[commerce.ProductID]T {
	own := make(map[commerce.ProductID]T, len(all))
	for ref, v := range all {
		if ref.Store == store {
			own[ref.ID] = v
		}
	}
	return own
}
