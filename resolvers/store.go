package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// The catalogue fields are the same on Query, for the current store, and on Store. Here they are, for any stores.

// storeProducts finds one product in each store, by exactly one of handle and id.
func storeProducts(ctx context.Context, stores []*commerce.Store, handle, id *string) ([]*commerce.Product, error) {
	if err := one(handle, id); err != nil {
		return nil, err
	}
	set := dataloader.From(ctx)
	if handle != nil {
		return set.ProductByHandle.Load(ctx, handles(stores, *handle))
	}
	gid, err := parseID(*id, commerce.KindProduct)
	if err != nil {
		return nil, err
	}
	found, err := set.ProductByID.LoadOne(ctx, commerce.ProductRef{Store: gid.Store, ID: commerce.ProductID(gid.ID)})
	return whereOwned(stores, gid, found), err
}

// storeCollections finds one collection in each store, by exactly one of handle and id.
func storeCollections(ctx context.Context, stores []*commerce.Store, handle, id *string) ([]*commerce.Collection, error) {
	if err := one(handle, id); err != nil {
		return nil, err
	}
	set := dataloader.From(ctx)
	if handle != nil {
		return set.CollectionByHandle.Load(ctx, handles(stores, *handle))
	}
	gid, err := parseID(*id, commerce.KindCollection)
	if err != nil {
		return nil, err
	}
	found, err := set.CollectionByID.LoadOne(ctx, commerce.CollectionRef{Store: gid.Store, ID: commerce.CollectionID(gid.ID)})
	return whereOwned(stores, gid, found), err
}

// whereOwned puts what an id found beside the store that owns it, and nothing beside the others.
func whereOwned[T any](stores []*commerce.Store, id commerce.GlobalID, found *T) []*T {
	owned := make([]*T, len(stores))
	for i, s := range stores {
		if s.ID == id.Store {
			owned[i] = found
		}
	}
	return owned
}

func handles(stores []*commerce.Store, handle string) []commerce.HandleRef {
	refs := make([]commerce.HandleRef, len(stores))
	for i, s := range stores {
		refs[i] = commerce.HandleRef{Store: s.ID, Handle: handle}
	}
	return refs
}

// storeProductLists reads one page of each store's products.
func storeProductLists(ctx context.Context, stores []*commerce.Store, args commerce.PageArgs, words *string, key *model.ProductSortKeys, reverse *bool) ([]*model.ProductConnection, error) {
	page, err := productPage(args, key, reverse)
	if err != nil {
		return nil, err
	}
	keys := make([]commerce.ProductListKey, len(stores))
	for i, s := range stores {
		keys[i] = commerce.ProductListKey{Store: s.ID, Page: page, Words: value(words, "")}
	}
	return counted(ctx, &dataloader.From(ctx).ProductList, keys)
}

// storeCollectionLists reads one page of each store's collections.
func storeCollectionLists(ctx context.Context, stores []*commerce.Store, args commerce.PageArgs, words *string, key *model.CollectionSortKeys, reverse *bool) ([]*model.CollectionConnection, error) {
	page, err := collectionPage(args, key, reverse)
	if err != nil {
		return nil, err
	}
	keys := make([]commerce.CollectionListKey, len(stores))
	for i, s := range stores {
		keys[i] = commerce.CollectionListKey{Store: s.ID, Page: page, Words: value(words, "")}
	}
	return counted(ctx, &dataloader.From(ctx).CollectionList, keys)
}

// findStore finds a published store by handle or id, or the current one.
func findStore(ctx context.Context, handle, id *string) (*commerce.Store, error) {
	set := dataloader.From(ctx)
	switch {
	case handle != nil && id != nil:
		return nil, commerce.BadInput("handle", "give one of handle and id, not both.")
	case handle != nil:
		return set.StoreByHandle.LoadOne(ctx, *handle)
	case id != nil:
		gid, err := parseID(*id, commerce.KindStore)
		if err != nil {
			return nil, err
		}
		return set.StoreByID.LoadOne(ctx, gid.Store)
	case auth.From(ctx).StoreHandle == "":
		return nil, commerce.ErrStoreRequired
	}
	return set.StoreByHandle.LoadOne(ctx, auth.From(ctx).StoreHandle)
}

// storeDirectory reads one page of the published stores.
func (r *Resolver) storeDirectory(ctx context.Context, args commerce.PageArgs, words *string) (*model.StoreConnection, error) {
	page, err := commerce.NewPage(args, commerce.Ordering{Key: commerce.StoreSortID})
	if err != nil {
		return nil, err
	}
	list, err := r.Stores.Stores(ctx, page, value(words, ""))
	if err != nil {
		return nil, err
	}
	return model.NewConnection(list), nil
}

// storeOpening reads what a store is opened with.
func storeOpening(input model.StoreCreateInput) commerce.StoreOpening {
	return commerce.StoreOpening{
		Name: input.Name, Handle: input.Handle, Description: value(input.Description, ""), Currency: input.CurrencyCode,
	}
}

// setStoreStatus shows the current store to buyers or hides it from them.
func (r *Resolver) setStoreStatus(ctx context.Context, status commerce.StoreStatus) (*model.StorePublishPayload, error) {
	store, refused, err := change(ctx, func(by commerce.Author, store *commerce.Store) (*commerce.Store, error) {
		return r.StoreEditor.SetStoreStatus(ctx, by, store.ID, status)
	})
	return &model.StorePublishPayload{Store: store, UserErrors: refused}, err
}

// storeChange reads what to change of a store.
func storeChange(input model.StoreUpdateInput) commerce.StoreChange {
	return commerce.StoreChange{Name: input.Name, Handle: input.Handle, Description: input.Description, AccentColor: input.AccentColor, TimeZone: input.TimeZone}
}

// openStore opens a store. The viewer, who owns it, sees it in the same answer.
func (r *Resolver) openStore(ctx context.Context, by commerce.Author, opening commerce.StoreOpening) (*commerce.Store, error) {
	store, err := r.StoreEditor.OpenStore(ctx, by, opening)
	if err == nil {
		auth.From(ctx).Viewer.Join(store, commerce.RoleOwner)
	}
	return store, err
}
