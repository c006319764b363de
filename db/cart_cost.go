package db

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// PriceCarts works out what carts cost now, as buyers see the catalogue.
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
	priced := make(map[*commerce.Cart]*commerce.PricedCart, len(carts))
	for _, c := range carts {
		facts := &commerce.CartFacts{Currency: "INR", Sold: map[commerce.VariantID]*commerce.ProductVariant{}, Settings: &commerce.PriceSettings{}, Now: time.Now()}
		for ref, v := range sold {
			if ref.Store == c.StoreID {
				facts.Sold[ref.ID], facts.Currency = v, v.Currency
			}
		}
		if priced[c], err = c.Price(facts); err != nil {
			return nil, err
		}
	}
	return priced, nil
}

// cartFacts reads what the price of a cart depends on beside the variants.
func cartFacts(ctx context.Context, tx *sqlx.Tx, cart *commerce.Cart) (*commerce.CartFacts, error) {
	f := &commerce.CartFacts{Settings: &commerce.PriceSettings{}, Currency: "INR", Now: time.Now()}
	return f, nil
}
