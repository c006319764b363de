package db

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// PriceCarts works out what carts cost now.
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
	_ = sold
	return priced, nil
}
