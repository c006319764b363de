package dataloader

import (
	"context"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
)

// content makes the loaders of what is beside the catalogue.
func (s *Set) content() {
	s.PageByID.init(s, func(ctx context.Context, s *Set, refs []commerce.PageRef) (map[commerce.PageRef]*commerce.TextPage, error) {
		return s.readers.Pages.PagesByID(ctx, refs)
	})
	s.PageByHandle.init(s, func(ctx context.Context, s *Set, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.TextPage, error) {
		return s.readers.Pages.PagesByHandle(ctx, refs)
	})
	s.PageList.init(s, func(ctx context.Context, s *Set, keys []commerce.TextPageListKey) (map[commerce.TextPageListKey]commerce.List[*commerce.TextPage], error) {
		return s.readers.Pages.PageLists(ctx, keys)
	})
	s.MenuByID.init(s, menusByID)
	s.MenuByHandle.init(s, menusByHandle)
}

// menusByID reads menus with what their items lead to. A menu that nobody made has its id as long as nobody makes it.
func menusByID(ctx context.Context, s *Set, refs []commerce.MenuRef) (map[commerce.MenuRef]*commerce.Menu, error) {
	found, err := s.readers.Menus.MenusByID(ctx, refs)
	if err != nil {
		return nil, err
	}
	if err := resolveMenus(ctx, s, found); err != nil {
		return nil, err
	}
	var unmade []commerce.MenuRef
	for _, ref := range refs {
		if commerce.DefaultMenuHandle(ref.ID) != "" {
			unmade = append(unmade, ref)
		}
	}
	if len(unmade) == 0 {
		return found, nil
	}
	return found, s.unmadeMenus(ctx, unmade, found)
}

// unmadeMenus adds menus that nobody made, of the stores that can be seen.
func (s *Set) unmadeMenus(ctx context.Context, refs []commerce.MenuRef, into map[commerce.MenuRef]*commerce.Menu) error {
	ids, handles := make([]commerce.StoreID, len(refs)), make([]commerce.HandleRef, len(refs))
	for i, ref := range refs {
		ids[i], handles[i] = ref.Store, commerce.HandleRef{Store: ref.Store, Handle: commerce.DefaultMenuHandle(ref.ID)}
	}
	stores, err := s.StoreByID.Load(ctx, ids)
	if err != nil {
		return err
	}
	menus, err := s.MenuByHandle.Load(ctx, handles)
	if err != nil {
		return err
	}
	for i, m := range menus {
		if stores[i] != nil && m.ID == refs[i].ID {
			into[refs[i]] = m
		}
	}
	return nil
}

// menusByHandle reads menus with what their items lead to, and makes those that every store has. That the stores can be seen is
// for the caller to know.
func menusByHandle(ctx context.Context, s *Set, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Menu, error) {
	found, err := s.readers.Menus.MenusByHandle(ctx, refs)
	if err != nil {
		return nil, err
	}
	if err := resolveMenus(ctx, s, found); err != nil {
		return nil, err
	}
	if err := s.mainMenus(ctx, refs, found); err != nil {
		return nil, err
	}
	return found, s.footers(ctx, refs, found)
}

func (s *Set) mainMenus(ctx context.Context, refs []commerce.HandleRef, into map[commerce.HandleRef]*commerce.Menu) error {
	unmade := without(refs, commerce.MainMenu, into)
	if len(unmade) == 0 {
		return nil
	}
	page := commerce.FirstPage(commerce.DefaultMenuItems, commerce.Ordering{Key: commerce.CollectionSortID})
	keys := make([]commerce.CollectionListKey, len(unmade))
	for i, ref := range unmade {
		keys[i] = commerce.CollectionListKey{Store: ref.Store, Page: page}
	}
	lists, err := s.CollectionList.Load(ctx, keys)
	if err != nil {
		return err
	}
	for i, ref := range unmade {
		into[ref] = commerce.NewMainMenu(ref.Store, nodes(lists[i]))
	}
	return nil
}

func (s *Set) footers(ctx context.Context, refs []commerce.HandleRef, into map[commerce.HandleRef]*commerce.Menu) error {
	unmade := without(refs, commerce.FooterMenu, into)
	if len(unmade) == 0 {
		return nil
	}
	page := commerce.FirstPage(commerce.DefaultMenuItems, commerce.Ordering{Key: commerce.TextPageSortID})
	keys := make([]commerce.TextPageListKey, len(unmade))
	for i, ref := range unmade {
		keys[i] = commerce.TextPageListKey{Store: ref.Store, Page: page}
	}
	lists, err := s.PageList.Load(ctx, keys)
	if err != nil {
		return err
	}
	for i, ref := range unmade {
		into[ref] = commerce.NewFooter(ref.Store, nodes(lists[i]))
	}
	return nil
}

// without are the refs of a handle that nothing was found for.
func without(refs []commerce.HandleRef, handle string, found map[commerce.HandleRef]*commerce.Menu) []commerce.HandleRef {
	return slices.DeleteFunc(slices.Clone(refs), func(ref commerce.HandleRef) bool { return ref.Handle != handle || found[ref] != nil })
}

func nodes[T any](l commerce.List[T]) []T {
	list := make([]T, len(l.Items))
	for i, item := range l.Items {
		list[i] = item.Node
	}
	return list
}

// resolveMenus reads what the items of menus lead to, each kind in one go. Items that lead to what cannot be seen disappear.
func resolveMenus[K comparable](ctx context.Context, s *Set, menus map[K]*commerce.Menu) error {
	var t commerce.Targets
	for _, m := range menus {
		t.Add(m)
	}
	found := make(map[commerce.GlobalID]commerce.MenuItemResource)
	if err := loadInto(ctx, found, &s.ProductByID, t.Products, (*commerce.Product).NodeID); err != nil {
		return err
	}
	if err := loadInto(ctx, found, &s.CollectionByID, t.Collections, (*commerce.Collection).NodeID); err != nil {
		return err
	}
	if err := loadInto(ctx, found, &s.PageByID, t.Pages, (*commerce.TextPage).NodeID); err != nil {
		return err
	}
	for _, m := range menus {
		m.Resolve(func(i *commerce.MenuItem) commerce.MenuItemResource { return found[*i.ResourceID()] })
	}
	return nil
}

// target is a pointer type that an item of a menu can lead to.
type target[T any] interface {
	*T
	commerce.MenuItemResource
}

func loadInto[K comparable, T any, P target[T]](ctx context.Context, into map[commerce.GlobalID]commerce.MenuItemResource, l *Loader[K, P], keys []K, id func(P) commerce.GlobalID) error {
	if len(keys) == 0 {
		return nil
	}
	values, err := l.Load(ctx, keys)
	for _, v := range values {
		if v != nil {
			into[id(v)] = v
		}
	}
	return err
}
