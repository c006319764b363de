package dataloader_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
)

// shelf answers every read in memory and counts the reads of each kind, with the number of keys of each.
type shelf struct {
	reads map[string][]int
	// perList is the number of items of every list.
	perList int
	err     error
}

func newSet(s *shelf) *dataloader.Set {
	s.reads = make(map[string][]int)
	return dataloader.New(dataloader.Readers{Stores: s, Products: s, Options: s, Variants: s, Media: s, Collections: s})
}

// answer notes the read and makes a value for each key.
func answer[K comparable, V any](s *shelf, read string, keys []K, value func(K) V) (map[K]V, error) {
	s.reads[read] = append(s.reads[read], len(keys))
	if s.err != nil {
		return nil, s.err
	}
	m := make(map[K]V, len(keys))
	for _, k := range keys {
		m[k] = value(k)
	}
	return m, nil
}

// list makes perList items; id numbers them after their parent, so that the children of two parents differ.
func list[T any](s *shelf, page commerce.Page, parent int64, node func(id int64) T) commerce.List[T] {
	l := commerce.List[T]{Order: page.Ordering}
	for i := range s.perList {
		id := parent*100 + int64(i) + 1
		l.Items = append(l.Items, commerce.Item[T]{Node: node(id), ID: id})
	}
	return l
}

func product(store commerce.StoreID) func(int64) *commerce.Product {
	return func(id int64) *commerce.Product { return &commerce.Product{StoreID: store, ID: commerce.ProductID(id)} }
}

func collection(store commerce.StoreID) func(int64) *commerce.Collection {
	return func(id int64) *commerce.Collection {
		return &commerce.Collection{StoreID: store, ID: commerce.CollectionID(id)}
	}
}

func (s *shelf) StoresByID(_ context.Context, ids []commerce.StoreID) (map[commerce.StoreID]*commerce.Store, error) {
	return answer(s, "StoresByID", ids, func(id commerce.StoreID) *commerce.Store { return &commerce.Store{ID: id} })
}

func (s *shelf) StoresByHandle(_ context.Context, handles []string) (map[string]*commerce.Store, error) {
	return answer(s, "StoresByHandle", handles, func(h string) *commerce.Store { return &commerce.Store{Handle: h} })
}

func (s *shelf) Stores(context.Context, commerce.Page, string) (commerce.List[*commerce.Store], error) {
	return commerce.List[*commerce.Store]{}, errors.New("the directory is not read through loaders")
}

func (s *shelf) ProductsByID(_ context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.Product, error) {
	return answer(s, "ProductsByID", refs, func(r commerce.ProductRef) *commerce.Product { return product(r.Store)(int64(r.ID)) })
}

func (s *shelf) ProductsByHandle(_ context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Product, error) {
	return answer(s, "ProductsByHandle", refs, func(r commerce.HandleRef) *commerce.Product { return &commerce.Product{Handle: r.Handle} })
}

func (s *shelf) ProductLists(_ context.Context, keys []commerce.ProductListKey) (map[commerce.ProductListKey]commerce.List[*commerce.Product], error) {
	return answer(s, "ProductLists", keys, func(k commerce.ProductListKey) commerce.List[*commerce.Product] {
		return list(s, k.Page, int64(k.Store), product(k.Store))
	})
}

func (s *shelf) ProductSummaries(_ context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef]commerce.ProductSummary, error) {
	return answer(s, "ProductSummaries", refs, func(r commerce.ProductRef) commerce.ProductSummary {
		return commerce.ProductSummary{VariantsCount: int(r.ID)}
	})
}

func (s *shelf) OptionsByID(_ context.Context, refs []commerce.OptionRef) (map[commerce.OptionRef]*commerce.ProductOption, error) {
	return answer(s, "OptionsByID", refs, func(r commerce.OptionRef) *commerce.ProductOption { return &commerce.ProductOption{ID: r.ID} })
}

func (s *shelf) ProductOptions(_ context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef][]*commerce.ProductOption, error) {
	return answer(s, "ProductOptions", refs, func(r commerce.ProductRef) []*commerce.ProductOption {
		return []*commerce.ProductOption{{ProductID: r.ID}}
	})
}

func (s *shelf) VariantsByID(_ context.Context, refs []commerce.VariantRef) (map[commerce.VariantRef]*commerce.ProductVariant, error) {
	return answer(s, "VariantsByID", refs, func(r commerce.VariantRef) *commerce.ProductVariant { return &commerce.ProductVariant{ID: r.ID} })
}

func (s *shelf) VariantLists(_ context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant], error) {
	return answer(s, "VariantLists", keys, func(k commerce.ProductPageKey) commerce.List[*commerce.ProductVariant] {
		return list(s, k.Page, int64(k.Product.ID), func(id int64) *commerce.ProductVariant {
			return &commerce.ProductVariant{StoreID: k.Product.Store, ProductID: k.Product.ID, ID: commerce.VariantID(id)}
		})
	})
}

func (s *shelf) MediaByID(_ context.Context, refs []commerce.MediaRef) (map[commerce.MediaRef]*commerce.MediaImage, error) {
	return answer(s, "MediaByID", refs, func(r commerce.MediaRef) *commerce.MediaImage { return &commerce.MediaImage{ID: r.ID} })
}

func (s *shelf) VariantImages(_ context.Context, refs []commerce.VariantRef) (map[commerce.VariantRef]*commerce.MediaImage, error) {
	return answer(s, "VariantImages", refs, func(r commerce.VariantRef) *commerce.MediaImage {
		return &commerce.MediaImage{ID: commerce.MediaID(r.ID)}
	})
}

func (s *shelf) MediaLists(_ context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage], error) {
	return answer(s, "MediaLists", keys, func(k commerce.ProductPageKey) commerce.List[*commerce.MediaImage] {
		return list(s, k.Page, int64(k.Product.ID), func(id int64) *commerce.MediaImage { return &commerce.MediaImage{ID: commerce.MediaID(id)} })
	})
}

func (s *shelf) CollectionsByID(_ context.Context, refs []commerce.CollectionRef) (map[commerce.CollectionRef]*commerce.Collection, error) {
	return answer(s, "CollectionsByID", refs, func(r commerce.CollectionRef) *commerce.Collection { return collection(r.Store)(int64(r.ID)) })
}

func (s *shelf) CollectionsByHandle(_ context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Collection, error) {
	return answer(s, "CollectionsByHandle", refs, func(r commerce.HandleRef) *commerce.Collection { return &commerce.Collection{Handle: r.Handle} })
}

func (s *shelf) CollectionLists(_ context.Context, keys []commerce.CollectionListKey) (map[commerce.CollectionListKey]commerce.List[*commerce.Collection], error) {
	return answer(s, "CollectionLists", keys, func(k commerce.CollectionListKey) commerce.List[*commerce.Collection] {
		return list(s, k.Page, int64(k.Store), collection(k.Store))
	})
}

func (s *shelf) CollectionProducts(_ context.Context, keys []commerce.CollectionPageKey) (map[commerce.CollectionPageKey]commerce.List[*commerce.Product], error) {
	return answer(s, "CollectionProducts", keys, func(k commerce.CollectionPageKey) commerce.List[*commerce.Product] {
		return list(s, k.Page, int64(k.Collection.ID), product(k.Collection.Store))
	})
}

func (s *shelf) ProductCollections(_ context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.Collection], error) {
	return answer(s, "ProductCollections", keys, func(k commerce.ProductPageKey) commerce.List[*commerce.Collection] {
		return list(s, k.Page, int64(k.Product.ID), collection(k.Product.Store))
	})
}

func page() commerce.Page {
	return commerce.FirstPage(3, commerce.Ordering{Key: commerce.ProductSortID})
}

// load reads one key, the way fields of edges are resolved.
func load[K comparable, V any](t *testing.T, l *dataloader.Loader[K, V], key K) V {
	t.Helper()
	value, err := l.LoadOne(t.Context(), key)
	require.NoError(t, err)
	return value
}

// Each loader reads from the reader it is named after.
func TestSetReadsEachKindFromItsReader(t *testing.T) {
	t.Parallel()
	s := &shelf{perList: 1}
	set := newSet(s)
	ref, byHandle := commerce.ProductRef{Store: 1, ID: 2}, commerce.HandleRef{Store: 1, Handle: "a"}
	require.EqualValues(t, 7, load(t, &set.StoreByID, 7).ID)
	require.Equal(t, "a", load(t, &set.StoreByHandle, "a").Handle)
	require.Equal(t, ref, load(t, &set.ProductByID, ref).Ref())
	require.Equal(t, "a", load(t, &set.ProductByHandle, byHandle).Handle)
	require.Len(t, load(t, &set.ProductList, commerce.ProductListKey{Store: 1, Page: page()}).Items, 1)
	require.EqualValues(t, 3, load(t, &set.OptionByID, commerce.OptionRef{Store: 1, ID: 3}).ID)
	require.Len(t, load(t, &set.ProductOptions, ref), 1)
	require.Equal(t, 2, load(t, &set.ProductSummary, ref).VariantsCount)
	require.EqualValues(t, 3, load(t, &set.VariantByID, commerce.VariantRef{Store: 1, ID: 3}).ID)
	require.Len(t, load(t, &set.VariantList, commerce.ProductPageKey{Product: ref, Page: page()}).Items, 1)
	require.EqualValues(t, 3, load(t, &set.VariantImage, commerce.VariantRef{Store: 1, ID: 3}).ID)
	require.EqualValues(t, 3, load(t, &set.MediaByID, commerce.MediaRef{Store: 1, ID: 3}).ID)
	require.Len(t, load(t, &set.MediaList, commerce.ProductPageKey{Product: ref, Page: page()}).Items, 1)
	require.EqualValues(t, 3, load(t, &set.CollectionByID, commerce.CollectionRef{Store: 1, ID: 3}).ID)
	require.Equal(t, "a", load(t, &set.CollectionByHandle, byHandle).Handle)
	require.Len(t, load(t, &set.CollectionList, commerce.CollectionListKey{Store: 1, Page: page()}).Items, 1)
	require.Len(t, load(t, &set.CollectionProducts, commerce.CollectionPageKey{Collection: commerce.CollectionRef{Store: 1, ID: 3}, Page: page()}).Items, 1)
	require.Len(t, load(t, &set.ProductCollections, commerce.ProductPageKey{Product: ref, Page: page()}).Items, 1)
	require.Len(t, s.reads, 18)
	for read, sizes := range s.reads {
		require.Equal(t, []int{1}, sizes, read)
	}
}

// Products that lists have brought along are not read again, whichever list it was.
func TestProductsOfListsAreKnown(t *testing.T) {
	t.Parallel()
	s := &shelf{perList: 3}
	set := newSet(s)
	first := load(t, &set.ProductList, commerce.ProductListKey{Store: 1, Page: page()}).Items
	second := load(t, &set.CollectionProducts, commerce.CollectionPageKey{Collection: commerce.CollectionRef{Store: 2, ID: 3}, Page: page()}).Items
	refs := []commerce.ProductRef{first[2].Node.Ref(), second[0].Node.Ref(), first[0].Node.Ref()}
	got, err := set.ProductByID.Load(t.Context(), refs)
	require.NoError(t, err)
	require.Equal(t, []*commerce.Product{first[2].Node, second[0].Node, first[0].Node}, got)
	require.NotContains(t, s.reads, "ProductsByID")

	other := commerce.ProductRef{Store: 9, ID: 9}
	got, err = set.ProductByID.Load(t.Context(), []commerce.ProductRef{other, first[1].Node.Ref()})
	require.NoError(t, err)
	require.Equal(t, other, got[0].Ref())
	require.Equal(t, []int{1}, s.reads["ProductsByID"], "only the one that no list had")
}

// A set is made for each response, whatever it asks.
func TestASetIsOneAllocation(t *testing.T) {
	readers := dataloader.Readers{}
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { dataloader.New(readers) }), 1.0)
}

func TestSetPassesErrorsOn(t *testing.T) {
	t.Parallel()
	down := errors.New("the database is down")
	s := &shelf{perList: 3, err: down}
	set := newSet(s)
	key := commerce.ProductListKey{Store: 1, Page: page()}
	_, err := set.ProductList.LoadOne(t.Context(), key)
	require.ErrorIs(t, err, down)
	pageKey := commerce.ProductPageKey{Product: commerce.ProductRef{Store: 1, ID: 2}, Page: page()}
	_, err = set.VariantList.LoadOne(t.Context(), pageKey)
	require.ErrorIs(t, err, down)
	_, err = set.ProductCollections.LoadOne(t.Context(), pageKey)
	require.ErrorIs(t, err, down)
	_, err = set.ProductByID.LoadOne(t.Context(), pageKey.Product)
	require.ErrorIs(t, err, down)
	s.err = nil
	require.Len(t, load(t, &set.ProductList, key).Items, 3)
}

func TestWith(t *testing.T) {
	t.Parallel()
	set := newSet(&shelf{})
	require.Same(t, set, dataloader.From(dataloader.With(t.Context(), set)))
	require.Panics(t, func() { dataloader.From(t.Context()) })
}

// After Forget everything is read anew, also by whoever asked for the set before.
func TestForget(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	ctx := dataloader.With(t.Context(), newSet(s))
	for range 3 {
		for range 2 {
			_, err := dataloader.From(ctx).StoreByID.LoadOne(ctx, 1)
			require.NoError(t, err)
		}
		dataloader.From(ctx).Forget()
	}
	require.Equal(t, []int{1, 1, 1}, s.reads["StoresByID"])
}

// A store that was read before is not read again, others are, and after Forget it is as any other.
func TestKnowing(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	known := &commerce.Store{ID: 5, Handle: "corner"}
	ctx := dataloader.With(t.Context(), newSet(s).Knowing(nil).Knowing(known))
	set := dataloader.From(ctx)
	require.Same(t, known, load(t, &set.StoreByID, 5))
	require.Same(t, known, load(t, &set.StoreByHandle, "corner"))
	require.Empty(t, s.reads)
	for range 2 {
		ids := []commerce.StoreID{1, 5, 2, 3, 4, 6, 7, 8, 9, 10, 11}
		found, err := set.StoreByID.Load(ctx, ids)
		require.NoError(t, err)
		for i, id := range ids {
			require.Equal(t, id, found[i].ID)
		}
		require.Same(t, known, found[1])
		require.NotNil(t, load(t, &set.StoreByHandle, "market"))
	}
	require.Equal(t, map[string][]int{"StoresByID": {10}, "StoresByHandle": {1}}, s.reads)
	set.Forget()
	require.NotSame(t, known, load(t, &dataloader.From(ctx).StoreByID, 5))
	require.NotSame(t, known, load(t, &dataloader.From(ctx).StoreByHandle, "corner"))
}
