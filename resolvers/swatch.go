package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

// swatches shows the colours of values, null for those that have none.
func swatches[T any](values []T, of func(T) *commerce.Colour) []*model.ProductOptionValueSwatch {
	shown := make([]*model.ProductOptionValueSwatch, len(values))
	for i, v := range values {
		if c := of(v); c != nil {
			text := c.String()
			shown[i] = &model.ProductOptionValueSwatch{Color: &text}
		}
	}
	return shown
}

// optionSwatches are the colours of options' values, as their stores have decided.
func optionSwatches(ctx context.Context, values []*commerce.ProductOptionValue) ([]*model.ProductOptionValueSwatch, error) {
	facets, err := loadEach(ctx, &dataloader.From(ctx).SearchFacetsOf, values, func(v *commerce.ProductOptionValue) commerce.StoreID { return v.Product.Store })
	if err != nil {
		return nil, err
	}
	of := make(map[commerce.StoreID]func(name, value string) *commerce.Colour, 1)
	for _, f := range facets {
		if f != nil && of[f.StoreID] == nil {
			of[f.StoreID] = f.Swatcher()
		}
	}
	return swatches(values, func(v *commerce.ProductOptionValue) *commerce.Colour {
		if swatch := of[v.Product.Store]; swatch != nil {
			return swatch(v.Option, v.Name)
		}
		return nil
	}), nil
}
