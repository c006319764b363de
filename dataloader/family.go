package dataloader

import (
	"context"
	"slices"
	"sync"

	"github.com/kirana-commerce/kirana/commerce"
)

// family remembers which keys came out of one fetch: the parents whose fields will be resolved next. Lists are noted far
// more often than looked up: a loader asks once for all of them.
type family[K comparable] struct {
	mu    sync.Mutex
	lists [][]K
}

// note makes keys one family. A key keeps its first family: its siblings' fields may be on their way already.
func (f *family[K]) note(keys []K) {
	if len(keys) < 2 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lists = append(f.lists, keys)
}

// of returns the family of k, nil when it came alone.
func (f *family[K]) of(k K) []K {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, keys := range f.lists {
		if slices.Contains(keys, k) {
			return keys
		}
	}
	return nil
}

// noteAll makes the keys of each fetch a family.
func (f *family[K]) noteAll(fetch func(context.Context, []K) (map[K]*commerce.Product, error)) func(context.Context, []K) (map[K]*commerce.Product, error) {
	return func(ctx context.Context, keys []K) (map[K]*commerce.Product, error) {
		found, err := fetch(ctx, keys)
		f.note(keys)
		return found, err
	}
}

// NoteStores makes the stores of one list siblings: a field of one of them is read for all.
func (s *Set) NoteStores(list commerce.List[*commerce.Store]) {
	ids := make([]commerce.StoreID, len(list.Items))
	for i, item := range list.Items {
		ids[i] = item.Node.ID
	}
	s.StoreByID.Prime(ids, func(i int) *commerce.Store { return list.Items[i].Node })
	s.stores.note(ids)
}

// noteLists makes the products of one fetch of lists siblings, and remembers the products themselves.
func noteLists[K comparable](s *Set, fetch func(context.Context, []K) (map[K]commerce.List[*commerce.Product], error)) func(context.Context, []K) (map[K]commerce.List[*commerce.Product], error) {
	return func(ctx context.Context, keys []K) (map[K]commerce.List[*commerce.Product], error) {
		lists, err := fetch(ctx, keys)
		var products []*commerce.Product
		for _, k := range keys {
			for _, item := range lists[k].Items {
				products = append(products, item.Node)
			}
		}
		refs := make([]commerce.ProductRef, len(products))
		for i, p := range products {
			refs[i] = p.Ref()
		}
		s.ProductByID.Prime(refs, func(i int) *commerce.Product { return products[i] })
		s.products.note(refs)
		return lists, err
	}
}

// variantLists makes the variants of one fetch siblings, so that variants{edges{node{image{…}}}} reads once.
func (s *Set) variantLists(r commerce.VariantReader) func(context.Context, []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant], error) {
	return func(ctx context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant], error) {
		lists, err := r.VariantLists(ctx, keys)
		var refs []commerce.VariantRef
		for _, k := range keys {
			for _, item := range lists[k].Items {
				refs = append(refs, item.Node.Ref())
			}
		}
		s.variants.note(refs)
		return lists, err
	}
}

// collectionLists makes the collections of one fetch siblings.
func (s *Set) collectionLists(r commerce.CollectionReader) func(context.Context, []commerce.CollectionListKey) (map[commerce.CollectionListKey]commerce.List[*commerce.Collection], error) {
	return func(ctx context.Context, keys []commerce.CollectionListKey) (map[commerce.CollectionListKey]commerce.List[*commerce.Collection], error) {
		lists, err := r.CollectionLists(ctx, keys)
		noteCollections(s, keys, lists)
		return lists, err
	}
}

// productCollections makes the collections of one fetch siblings, whichever products they hold.
func (s *Set) productCollections(r commerce.CollectionReader) func(context.Context, []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.Collection], error) {
	return func(ctx context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.Collection], error) {
		lists, err := r.ProductCollections(ctx, keys)
		noteCollections(s, keys, lists)
		return lists, err
	}
}

func noteCollections[K comparable](s *Set, keys []K, lists map[K]commerce.List[*commerce.Collection]) {
	var refs []commerce.CollectionRef
	for _, k := range keys {
		for _, item := range lists[k].Items {
			refs = append(refs, item.Node.Ref())
		}
	}
	s.collections.note(refs)
}

// productPageSiblings are the same pages of the products that stand in the same list.
func (s *Set) productPageSiblings(k commerce.ProductPageKey) []commerce.ProductPageKey {
	return pages(s.products.of(k.Product), func(ref commerce.ProductRef) commerce.ProductPageKey {
		return commerce.ProductPageKey{Product: ref, Page: k.Page}
	})
}

func (s *Set) productListSiblings(k commerce.ProductListKey) []commerce.ProductListKey {
	return pages(s.stores.of(k.Store), func(id commerce.StoreID) commerce.ProductListKey {
		return commerce.ProductListKey{Store: id, Page: k.Page, Words: k.Words}
	})
}

func (s *Set) collectionListSiblings(k commerce.CollectionListKey) []commerce.CollectionListKey {
	return pages(s.stores.of(k.Store), func(id commerce.StoreID) commerce.CollectionListKey {
		return commerce.CollectionListKey{Store: id, Page: k.Page, Words: k.Words}
	})
}

func (s *Set) collectionPageSiblings(k commerce.CollectionPageKey) []commerce.CollectionPageKey {
	return pages(s.collections.of(k.Collection), func(ref commerce.CollectionRef) commerce.CollectionPageKey {
		return commerce.CollectionPageKey{Collection: ref, Page: k.Page}
	})
}

func pages[P, K any](parents []P, page func(P) K) []K {
	keys := make([]K, len(parents))
	for i, p := range parents {
		keys[i] = page(p)
	}
	return keys
}
