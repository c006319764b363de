package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

// changeStock carries out a mutation of stock, which read makes of the input for a store.
func (r *Resolver) changeStock(ctx context.Context, read func(commerce.StoreID) (commerce.StockChange, error)) (*commerce.InventoryAdjustmentGroup, []*commerce.Refusal, error) {
	return change(ctx, func(by commerce.Author, store *commerce.Store) (*commerce.InventoryAdjustmentGroup, error) {
		c, err := read(store.ID)
		if err != nil {
			return nil, err
		}
		return r.Inventory.ChangeStock(ctx, by, store, c)
	})
}

// storeLevelLists reads one page of each store's stock.
func storeLevelLists(ctx context.Context, stores []*commerce.Store, args commerce.PageArgs, words string, reverse bool) ([]*model.InventoryLevelConnection, error) {
	page, err := commerce.NewPage(args, commerce.Ordering{Key: commerce.InventorySortVariant, Reverse: reverse})
	if err != nil {
		return nil, err
	}
	return counted(ctx, &dataloader.From(ctx).LevelList, mapped(stores, func(s *commerce.Store) commerce.InventoryLevelListKey {
		return commerce.InventoryLevelListKey{Store: s.ID, Page: page, Words: words}
	}))
}

// inventoryHistories reads one page of what happened to each variant's stock, the newest change first.
func inventoryHistories(ctx context.Context, variants []*commerce.ProductVariant, args commerce.PageArgs) ([]*model.InventoryHistoryConnection, error) {
	page, err := commerce.NewPage(args, commerce.Ordering{Key: commerce.InventorySortID, Reverse: true})
	if err != nil {
		return nil, err
	}
	return counted(ctx, &dataloader.From(ctx).InventoryHistory, mapped(variants, func(v *commerce.ProductVariant) commerce.InventoryHistoryKey {
		return commerce.InventoryHistoryKey{Variant: v.Ref(), Page: page}
	}))
}

// storeLocationLists reads one page of each store's locations.
func storeLocationLists(ctx context.Context, stores []*commerce.Store, args commerce.PageArgs, inactive, reverse bool) ([]*model.LocationConnection, error) {
	page, err := commerce.NewPage(args, commerce.Ordering{Key: commerce.LocationSortPosition, Reverse: reverse})
	if err != nil {
		return nil, err
	}
	return counted(ctx, &dataloader.From(ctx).LocationList, mapped(stores, func(s *commerce.Store) commerce.LocationListKey {
		return commerce.LocationListKey{Store: s.ID, Inactive: inactive, Page: page}
	}))
}
