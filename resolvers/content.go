package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/internal/markup"
)

// storeMenus finds one menu in each store.
func storeMenus(ctx context.Context, stores []*commerce.Store, handle string) ([]*commerce.Menu, error) {
	return dataloader.From(ctx).MenuByHandle.Load(ctx, handles(stores, handle))
}

// storePages finds one page of text in each store, by exactly one of handle and id.
func storePages(ctx context.Context, stores []*commerce.Store, handle, id *string) ([]*commerce.TextPage, error) {
	if err := one(handle, id); err != nil {
		return nil, err
	}
	set := dataloader.From(ctx)
	if handle != nil {
		return set.PageByHandle.Load(ctx, handles(stores, *handle))
	}
	gid, err := parseID(*id, commerce.KindPage)
	if err != nil {
		return nil, err
	}
	found, err := set.PageByID.LoadOne(ctx, commerce.PageRef{Store: gid.Store, ID: commerce.PageID(gid.ID)})
	return whereOwned(stores, gid, found), err
}

// storePageLists reads one page of each store's pages of text.
func storePageLists(ctx context.Context, stores []*commerce.Store, args commerce.PageArgs, words *string, key *model.PageSortKeys, reverse *bool) ([]*model.PageConnection, error) {
	order := commerce.Ordering{Key: commerce.TextPageSortID, Reverse: value(reverse, false)}
	switch value(key, model.PageSortKeysID) {
	case model.PageSortKeysID, model.PageSortKeysRelevance:
	case model.PageSortKeysTitle:
		order.Key = commerce.TextPageSortTitle
	case model.PageSortKeysUpdatedAt:
		order.Key = commerce.TextPageSortUpdatedAt
	}
	page, err := commerce.NewPage(args, order)
	if err != nil {
		return nil, err
	}
	keys := mapped(stores, func(s *commerce.Store) commerce.TextPageListKey {
		return commerce.TextPageListKey{Store: s.ID, Page: page, Words: value(words, "")}
	})
	return counted(ctx, &dataloader.From(ctx).PageList, keys)
}

// pageEdit reads what a merchant wants of a page. The text is made safe to show.
func pageEdit(store *commerce.Store, in model.PageSetInput) (commerce.TextPageEdit, error) {
	e := commerce.TextPageEdit{Handle: in.Handle, Title: in.Title, Published: in.Published, BodyHTML: in.BodyHTML}
	if in.Seo != nil {
		e.SEOTitle, e.SEODescription = in.Seo.Title, in.Seo.Description
	}
	if in.BodyHTML != nil && len(*in.BodyHTML) <= commerce.MaxHTML {
		clean := markup.Clean(*in.BodyHTML)
		e.BodyHTML = &clean
	}
	if in.ID == nil {
		return e, nil
	}
	id, err := ownID(store, commerce.KindPage, *in.ID)
	e.ID = commerce.PageID(id)
	return e, err
}

// ownID is the number of a thing of the store that a mutation is about. One of another store is refused like one that there is not.
func ownID(store *commerce.Store, kind commerce.Kind, text string) (int64, error) {
	id := commerce.OwnID(store.ID, kind, text)
	if id == 0 {
		return 0, commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "There is no %s with this id in the store.", kind)
	}
	return id, nil
}

// deleteOwn deletes a thing of the current store, and returns the id it had; nil when that was refused.
func deleteOwn(ctx context.Context, kind commerce.Kind, id string, remove func(by commerce.Author, store commerce.StoreID, id int64) error) (*string, []*commerce.Refusal, error) {
	_, refused, err := change(ctx, func(by commerce.Author, store *commerce.Store) (struct{}, error) {
		own, err := ownID(store, kind, id)
		if err == nil {
			err = remove(by, store.ID, own)
		}
		return struct{}{}, err
	})
	return done(id, refused), refused, err
}

// menuURLs are the addresses that the items of menus lead to.
func menuURLs(ctx context.Context, items []*commerce.MenuItem) ([]*string, error) {
	stores, err := loadEach(ctx, &dataloader.From(ctx).StoreByID, items, func(i *commerce.MenuItem) commerce.StoreID { return i.Store })
	if err != nil {
		return nil, err
	}
	request := auth.From(ctx)
	urls := make([]*string, len(items))
	for i, item := range items {
		if stores[i] != nil {
			urls[i] = menuURL(request.StoreURL(stores[i].Handle), item)
		}
	}
	return urls, nil
}

// menuURL is where an item leads, below the front of its store; nil for one that only holds others.
func menuURL(front string, item *commerce.MenuItem) *string {
	address := front
	switch item.Type {
	case commerce.MenuHTTP:
		if item.Address == "" {
			return nil
		}
		address = item.Address
	case commerce.MenuCatalog, commerce.MenuCollections, commerce.MenuSearch, commerce.MenuFrontpage: // the front has them all
	case commerce.MenuCollection, commerce.MenuProduct, commerce.MenuPage:
		switch to := item.Resource.(type) {
		case *commerce.Product:
			address += auth.ProductPath(to.Handle)
		case *commerce.Collection:
			address += auth.CollectionPath(to.Handle)
		case *commerce.TextPage:
			address += auth.TextPath(to.Handle)
		}
	}
	return &address
}

// labels reads the first labels of each store's products. There is one more than asked for where there are more.
func labels(ctx context.Context, l *dataloader.Loader[commerce.LabelListKey, []string], stores []*commerce.Store, first int) ([]*model.StringConnection, error) {
	page, err := commerce.NewPage(commerce.PageArgs{First: &first}, commerce.Ordering{Key: commerce.LabelSort})
	if err != nil {
		return nil, err
	}
	found, err := loadEach(ctx, l, stores, func(s *commerce.Store) commerce.LabelListKey {
		return commerce.LabelListKey{Store: s.ID, First: first + 1}
	})
	lists := mapped(found, func(labels []string) commerce.List[string] {
		items := make([]commerce.Item[string], len(labels))
		for i, label := range labels {
			items[i] = commerce.Item[string]{Node: label, Value: label}
		}
		return commerce.NewList(page, items)
	})
	return connections(lists, err)
}

// choiceArgs are the arguments of a field that finds variants by their options.
type choiceArgs struct {
	options       []*commerce.SelectedOption
	ignoreUnknown bool
	anyCase       *bool
	orFirst       bool
}

// choose finds what is chosen of each product.
func choose[T any](ctx context.Context, l *dataloader.Loader[commerce.ChoiceKey, T], products []*commerce.Product, a choiceArgs) ([]T, error) {
	choice, err := commerce.NewChoice(a.options)
	if err != nil {
		return nil, err
	}
	choice.IgnoreUnknown, choice.AnyCase, choice.OrFirst = a.ignoreUnknown, value(a.anyCase, false), a.orFirst
	return loadEach(ctx, l, products, func(p *commerce.Product) commerce.ChoiceKey {
		return commerce.ChoiceKey{Product: p.Ref(), Choice: choice}
	})
}

// firstVariants finds the first variant with each value of an option.
func firstVariants(ctx context.Context, values []*commerce.ProductOptionValue) ([]*commerce.ProductVariant, error) {
	found, err := loadEach(ctx, &dataloader.From(ctx).FirstVariants, values, func(v *commerce.ProductOptionValue) commerce.ProductRef { return v.Product })
	variants := make([]*commerce.ProductVariant, len(found))
	for i, byValue := range found {
		variants[i] = byValue[values[i].Selected()]
	}
	return variants, err
}
