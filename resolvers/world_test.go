package resolvers

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// world is two stores with one of everything in memory, so that its reads can fail on demand. Products with an even number exist.
type world struct {
	err error
	// words and page are what the directory was asked for last.
	words string
	page  commerce.Page
}

var errDown = errors.New("the database is down")

// request is the context of a request to the store with this handle, or to none.
func request(t *testing.T, w *world, handle string) context.Context {
	t.Helper()
	readers := dataloader.Readers{Stores: w, Products: w, Options: w, Variants: w, Media: w, Collections: w, Labels: w, Recommendations: w, Choices: w, Pages: w, Menus: w, Metafields: w, Locations: w, Carts: w, Orders: ordersOf{world: w}}
	ctx := auth.With(t.Context(), auth.Request{StoreHandle: handle, BaseURL: "https://shop.test"})
	return dataloader.With(ctx, dataloader.New(readers))
}

func stores() []*commerce.Store {
	const open = commerce.StorePublished
	return []*commerce.Store{{ID: 1, Handle: "corner", Currency: "INR", Status: open}, {ID: 2, Handle: "market", Currency: "KWD", Status: open}}
}

// pick makes values for the keys that exist.
func pick[K comparable, V any](w *world, keys []K, value func(K) (V, bool)) (map[K]V, error) {
	if w.err != nil {
		return nil, w.err
	}
	m := make(map[K]V)
	for _, k := range keys {
		if v, ok := value(k); ok {
			m[k] = v
		}
	}
	return m, nil
}

func (w *world) StoresByID(_ context.Context, ids []commerce.StoreID) (map[commerce.StoreID]*commerce.Store, error) {
	return pick(w, ids, func(id commerce.StoreID) (*commerce.Store, bool) {
		if id > 2 {
			return nil, false
		}
		return stores()[id-1], true
	})
}

func (w *world) StoresByHandle(_ context.Context, handles []string) (map[string]*commerce.Store, error) {
	return pick(w, handles, func(handle string) (*commerce.Store, bool) {
		for _, s := range stores() {
			if s.Handle == handle {
				return s, true
			}
		}
		return nil, false
	})
}

func (w *world) Stores(_ context.Context, page commerce.Page, words string) (commerce.List[*commerce.Store], error) {
	w.page, w.words = page, words
	items := make([]commerce.Item[*commerce.Store], 2)
	for i, s := range stores() {
		items[i] = commerce.Item[*commerce.Store]{Node: s, ID: int64(s.ID)}
	}
	return commerce.NewList(page, items), w.err
}

func exists(id int64) bool { return id%2 == 0 }

func product(store commerce.StoreID, id commerce.ProductID) *commerce.Product {
	return &commerce.Product{StoreID: store, ID: id, Currency: "INR", Handle: "tea", Title: "Tea", DescriptionHTML: "<p>Black <b>tea</b></p>"}
}

func (w *world) ProductsByID(_ context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.Product, error) {
	return pick(w, refs, func(r commerce.ProductRef) (*commerce.Product, bool) {
		return product(r.Store, r.ID), exists(int64(r.ID))
	})
}

func (w *world) ProductsByHandle(_ context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Product, error) {
	return pick(w, refs, func(r commerce.HandleRef) (*commerce.Product, bool) { return product(r.Store, 2), r.Handle == "tea" })
}

func (w *world) ProductLists(_ context.Context, keys []commerce.ProductListKey) (map[commerce.ProductListKey]commerce.List[*commerce.Product], error) {
	return pick(w, keys, func(k commerce.ProductListKey) (commerce.List[*commerce.Product], bool) {
		if k.Page.Count {
			return commerce.List[*commerce.Product]{Total: 2}, true
		}
		return single(k.Page, product(k.Store, 2), 2), true
	})
}

// single is a list of one item, or says that it is one.
func single[T any](page commerce.Page, node T, id int64) commerce.List[T] {
	if page.Count {
		return commerce.List[T]{Total: 1}
	}
	return commerce.NewList(page, []commerce.Item[T]{{Node: node, ID: id}})
}

func (w *world) ProductSummaries(_ context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef]commerce.ProductSummary, error) {
	return pick(w, refs, func(r commerce.ProductRef) (commerce.ProductSummary, bool) {
		return commerce.ProductSummary{
			VariantsCount: 3, PriceMin: 100, PriceMax: 200, CompareAtMin: 300, CompareAtMax: 400, TotalInventory: 7, AvailableForSale: true,
		}, exists(int64(r.ID))
	})
}

func (w *world) OptionsByID(_ context.Context, refs []commerce.OptionRef) (map[commerce.OptionRef]*commerce.ProductOption, error) {
	return pick(w, refs, func(r commerce.OptionRef) (*commerce.ProductOption, bool) {
		return &commerce.ProductOption{StoreID: r.Store, ID: r.ID}, exists(int64(r.ID))
	})
}

func (w *world) ProductOptions(_ context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef][]*commerce.ProductOption, error) {
	return pick(w, refs, func(r commerce.ProductRef) ([]*commerce.ProductOption, bool) {
		return []*commerce.ProductOption{{Name: "Size"}, {Name: "Colour"}}, exists(int64(r.ID))
	})
}

func (w *world) VariantsByID(_ context.Context, refs []commerce.VariantRef) (map[commerce.VariantRef]*commerce.ProductVariant, error) {
	return pick(w, refs, func(r commerce.VariantRef) (*commerce.ProductVariant, bool) {
		return &commerce.ProductVariant{StoreID: r.Store, ProductID: 2, ID: r.ID}, exists(int64(r.ID))
	})
}

func (w *world) VariantLists(_ context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant], error) {
	return pick(w, keys, func(k commerce.ProductPageKey) (commerce.List[*commerce.ProductVariant], bool) {
		return single(k.Page, &commerce.ProductVariant{StoreID: k.Product.Store, ProductID: k.Product.ID, ID: 2}, 2), true
	})
}

func (w *world) LocationsByID(_ context.Context, refs []commerce.LocationRef) (map[commerce.LocationRef]*commerce.Location, error) {
	return pick(w, refs, func(r commerce.LocationRef) (*commerce.Location, bool) {
		return &commerce.Location{StoreID: r.Store, ID: r.ID}, exists(int64(r.ID))
	})
}

func (w *world) LocationLists(context.Context, []commerce.LocationListKey) (map[commerce.LocationListKey]commerce.List[*commerce.Location], error) {
	return nil, w.err
}

func picture(store commerce.StoreID, id commerce.MediaID) *commerce.MediaImage {
	return &commerce.MediaImage{StoreID: store, ID: id, Image: commerce.Image{StoreID: store, MediaID: id, URL: "/tea.svg"}}
}

func (w *world) MediaByID(_ context.Context, refs []commerce.MediaRef) (map[commerce.MediaRef]*commerce.MediaImage, error) {
	return pick(w, refs, func(r commerce.MediaRef) (*commerce.MediaImage, bool) {
		return picture(r.Store, r.ID), exists(int64(r.ID))
	})
}

func (w *world) VariantImages(_ context.Context, refs []commerce.VariantRef) (map[commerce.VariantRef]*commerce.MediaImage, error) {
	return pick(w, refs, func(r commerce.VariantRef) (*commerce.MediaImage, bool) {
		return picture(r.Store, 2), exists(int64(r.ID))
	})
}

func (w *world) MediaLists(_ context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage], error) {
	return pick(w, keys, func(k commerce.ProductPageKey) (commerce.List[*commerce.MediaImage], bool) {
		return single(k.Page, picture(k.Product.Store, 2), 2), exists(int64(k.Product.ID))
	})
}

func collection(store commerce.StoreID, id commerce.CollectionID) *commerce.Collection {
	return &commerce.Collection{StoreID: store, ID: id, DescriptionHTML: "<p>All <b>teas</b></p>"}
}

func (w *world) CollectionsByID(_ context.Context, refs []commerce.CollectionRef) (map[commerce.CollectionRef]*commerce.Collection, error) {
	return pick(w, refs, func(r commerce.CollectionRef) (*commerce.Collection, bool) {
		return collection(r.Store, r.ID), exists(int64(r.ID))
	})
}

func (w *world) CollectionsByHandle(_ context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Collection, error) {
	return pick(w, refs, func(r commerce.HandleRef) (*commerce.Collection, bool) {
		return collection(r.Store, 2), r.Handle == "teas"
	})
}

func (w *world) CollectionLists(_ context.Context, keys []commerce.CollectionListKey) (map[commerce.CollectionListKey]commerce.List[*commerce.Collection], error) {
	return pick(w, keys, func(k commerce.CollectionListKey) (commerce.List[*commerce.Collection], bool) {
		return single(k.Page, collection(k.Store, 2), 2), true
	})
}

func (w *world) CollectionProducts(_ context.Context, keys []commerce.CollectionPageKey) (map[commerce.CollectionPageKey]commerce.List[*commerce.Product], error) {
	return pick(w, keys, func(k commerce.CollectionPageKey) (commerce.List[*commerce.Product], bool) {
		return single(k.Page, product(k.Collection.Store, 2), 2), true
	})
}

func (w *world) ProductCollections(_ context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.Collection], error) {
	return pick(w, keys, func(k commerce.ProductPageKey) (commerce.List[*commerce.Collection], bool) {
		return single(k.Page, collection(k.Product.Store, 2), 2), true
	})
}

func (w *world) ProductTags(_ context.Context, keys []commerce.LabelListKey) (map[commerce.LabelListKey][]string, error) {
	return pick(w, keys, func(k commerce.LabelListKey) ([]string, bool) { return []string{"new", "sale"}[:min(2, k.First)], true })
}

func (w *world) ProductTypes(ctx context.Context, keys []commerce.LabelListKey) (map[commerce.LabelListKey][]string, error) {
	return w.ProductTags(ctx, keys)
}

func (w *world) ChosenVariants(_ context.Context, keys []commerce.ChoiceKey) (map[commerce.ChoiceKey]*commerce.ProductVariant, error) {
	return pick(w, keys, func(k commerce.ChoiceKey) (*commerce.ProductVariant, bool) {
		return &commerce.ProductVariant{StoreID: k.Product.Store, ID: 2}, !k.Choice.None() || k.Choice.OrFirst
	})
}

func (w *world) AdjacentVariants(_ context.Context, keys []commerce.ChoiceKey) (map[commerce.ChoiceKey][]*commerce.ProductVariant, error) {
	return pick(w, keys, func(k commerce.ChoiceKey) ([]*commerce.ProductVariant, bool) {
		return []*commerce.ProductVariant{{StoreID: k.Product.Store, ID: 4}}, k.Choice.None()
	})
}

func (w *world) FirstVariants(_ context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef]map[commerce.SelectedOption]*commerce.ProductVariant, error) {
	return pick(w, refs, func(r commerce.ProductRef) (map[commerce.SelectedOption]*commerce.ProductVariant, bool) {
		return map[commerce.SelectedOption]*commerce.ProductVariant{{Name: "Size", Value: "M"}: {ID: 6}}, exists(int64(r.ID))
	})
}

func textPage(store commerce.StoreID, id commerce.PageID) *commerce.TextPage {
	return &commerce.TextPage{StoreID: store, ID: id, Handle: "about", Title: "About"}
}

func (w *world) PagesByID(_ context.Context, refs []commerce.PageRef) (map[commerce.PageRef]*commerce.TextPage, error) {
	return pick(w, refs, func(r commerce.PageRef) (*commerce.TextPage, bool) {
		return textPage(r.Store, r.ID), exists(int64(r.ID))
	})
}

func (w *world) PagesByHandle(_ context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.TextPage, error) {
	return pick(w, refs, func(r commerce.HandleRef) (*commerce.TextPage, bool) {
		return textPage(r.Store, 2), r.Handle == "about"
	})
}

func (w *world) PageLists(_ context.Context, keys []commerce.TextPageListKey) (map[commerce.TextPageListKey]commerce.List[*commerce.TextPage], error) {
	return pick(w, keys, func(k commerce.TextPageListKey) (commerce.List[*commerce.TextPage], bool) {
		return single(k.Page, textPage(k.Store, 2), 2), true
	})
}

// menu leads everywhere; things with an odd number cannot be seen.
func menu(store commerce.StoreID) *commerce.Menu {
	m := &commerce.Menu{StoreID: store, ID: 1000, Handle: "help", Title: "Help", Items: []*commerce.MenuItem{
		{Title: "Home", Type: commerce.MenuFrontpage},
		{Title: "Hidden", Type: commerce.MenuProduct, Target: 3, Items: []*commerce.MenuItem{{Title: "Below hidden", Type: commerce.MenuSearch}}},
		{Title: "More", Type: commerce.MenuHTTP, Items: []*commerce.MenuItem{
			{Title: "Teas", Type: commerce.MenuCollection, Target: 2},
			{Title: "Tea", Type: commerce.MenuProduct, Target: 2},
			{Title: "About", Type: commerce.MenuPage, Target: 2},
			{Title: "Gone", Type: commerce.MenuPage, Target: 5},
			{Title: "Us", Type: commerce.MenuHTTP, Address: "https://us.test"},
		}},
	}}
	m.Number()
	return m
}

func (w *world) MenusByID(_ context.Context, refs []commerce.MenuRef) (map[commerce.MenuRef]*commerce.Menu, error) {
	return pick(w, refs, func(r commerce.MenuRef) (*commerce.Menu, bool) { return menu(r.Store), r.ID == 1000 })
}

func (w *world) MenusByHandle(_ context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Menu, error) {
	return pick(w, refs, func(r commerce.HandleRef) (*commerce.Menu, bool) { return menu(r.Store), r.Handle == "help" })
}

// metafieldOf is a metafield of a thing: one named "picks" lists two products and a variant that buyers cannot see, one named
// "pick" is a product, and every other is a text.
func metafieldOf(owner commerce.MetafieldOwner, key string) *commerce.Metafield {
	m := &commerce.Metafield{ID: 2, Owner: owner, Namespace: "custom", Key: key, Type: commerce.MetafieldLine, Value: "gid://kirana/Product/1/2"}
	switch key {
	case "pick":
		m.Type = commerce.MetafieldProduct
	case "picks":
		m.Type, m.Value = "list.product_reference", `["gid://kirana/Product/1/2","gid://kirana/Product/1/99","gid://kirana/Product/1/2"]`
	}
	return m
}

func metafieldWithID(store commerce.StoreID, id commerce.MetafieldID) *commerce.Metafield {
	m := metafieldOf(product(store, 2).MetafieldOwner(), "text")
	m.ID = id
	return m
}

func (w *world) Metafields(_ context.Context, keys []commerce.MetafieldKey) (map[commerce.MetafieldKey]*commerce.Metafield, error) {
	return pick(w, keys, func(k commerce.MetafieldKey) (*commerce.Metafield, bool) {
		return metafieldOf(k.Owner, k.Key), k.Namespace == commerce.DefaultNamespace && k.Key != "none"
	})
}

func (w *world) MetafieldsByID(_ context.Context, refs []commerce.MetafieldRef) (map[commerce.MetafieldRef]*commerce.Metafield, error) {
	return pick(w, refs, func(r commerce.MetafieldRef) (*commerce.Metafield, bool) {
		return metafieldWithID(r.Store, r.ID), exists(int64(r.ID))
	})
}

// theSecret opens the carts and the orders of the world.
const theSecret = "secret"

func cart(store commerce.StoreID, id commerce.CartID) *commerce.Cart {
	return &commerce.Cart{StoreID: store, ID: id, Key: theSecret}
}

func (w *world) Carts(_ context.Context, keys []commerce.CartKey) (map[commerce.CartKey]*commerce.Cart, error) {
	return pick(w, keys, func(k commerce.CartKey) (*commerce.Cart, bool) {
		return cart(k.Store, k.ID), k.Key == theSecret && exists(int64(k.ID))
	})
}

func order(store commerce.StoreID, id commerce.OrderID) *commerce.Order {
	return &commerce.Order{StoreID: store, ID: id, Key: theSecret}
}

// ordersOf are the world's orders.
type ordersOf struct {
	commerce.OrderReader

	world *world
}

func (o ordersOf) Orders(_ context.Context, keys []commerce.OrderKey) (map[commerce.OrderKey]*commerce.Order, error) {
	return pick(o.world, keys, func(k commerce.OrderKey) (*commerce.Order, bool) {
		return order(k.Store, k.ID), k.Key == theSecret && exists(int64(k.ID))
	})
}

// requireRefusal demands a refusal that names the argument and gives the reason.
func requireRefusal(t *testing.T, err error, argument, reason string) {
	t.Helper()
	var refusal *commerce.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, commerce.CodeBadUserInput, refusal.Code)
	require.Equal(t, argument, refusal.Argument)
	require.Equal(t, `Argument "`+argument+`": `+reason, refusal.Message)
}

func (w *world) RelatedProducts(_ context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef][]*commerce.Product, error) {
	return nil, w.err
}
