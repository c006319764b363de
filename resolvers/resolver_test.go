package resolvers

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/generated"
	"github.com/kirana-commerce/kirana/graph/model"
)

// The root serves every field that the schema leaves to resolvers.
var _ generated.ResolverRoot = (*Resolver)(nil)

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ base, url, want string }{
		{"https://shop.test", "/pictures/tea.svg", "https://shop.test/pictures/tea.svg"},
		{"http://127.0.0.1:8080", "/", "http://127.0.0.1:8080/"},
		{"https://shop.test", "https://img.test/tea.jpg", "https://img.test/tea.jpg"},
		{"https://shop.test", "http://img.test/tea.jpg", "http://img.test/tea.jpg"},
		{"https://shop.test", "", ""},
		{"", "/pictures/tea.svg", "/pictures/tea.svg"},
	} {
		require.Equal(t, []string{c.want, c.want}, addresses(c.base, []*commerce.Image{{URL: c.url}, {URL: c.url}}))
	}
	urls, err := (&imageResolver{}).URL(request(t, &world{}, ""), []*commerce.Image{{URL: "/a"}, {URL: "https://img.test/b"}})
	require.NoError(t, err)
	require.Equal(t, []string{"https://shop.test/a", "https://img.test/b"}, urls)
}

func TestDescriptions(t *testing.T) {
	t.Parallel()
	markup := func(s string) string { return s }
	for want, n := range map[string]*int{"Black tea": nil, "Black…": new(7), "": new(0), "…": new(1)} {
		got, err := descriptions([]string{"<p>Black <b>tea</b></p>"}, markup, n)
		require.NoError(t, err)
		require.Equal(t, []string{want}, got)
	}
	_, err := descriptions([]string{"x"}, markup, new(-1))
	require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err))
	products, err := (&productResolver{}).Description(t.Context(), []*commerce.Product{product(1, 2), {}}, new(5))
	require.NoError(t, err)
	require.Equal(t, []string{"Blac…", ""}, products)
	collections, err := (&collectionResolver{}).Description(t.Context(), []*commerce.Collection{collection(1, 2)}, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"All teas"}, collections)
}

func TestCurrentStore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		handle string
		world  world
		want   error
	}{
		{"corner", world{}, nil},
		{"", world{}, commerce.ErrStoreRequired},
		{"gone", world{}, commerce.ErrStoreNotFound},
		{"corner", world{err: errDown}, errDown},
	} {
		store, err := currentStore(request(t, &c.world, c.handle))
		require.ErrorIs(t, err, c.want)
		require.Equal(t, c.want == nil, store != nil)
	}
}

// The catalogue fields of Query are those of the current store; without one they say what is missing.
func TestCatalogueFieldsNeedAStore(t *testing.T) {
	t.Parallel()
	r := &queryResolver{&Resolver{Stores: &world{}}}
	for name, ask := range map[string]func(context.Context) error{
		"product": func(ctx context.Context) error { _, err := r.Product(ctx, new("tea"), nil); return err },
		"products": func(ctx context.Context) error {
			_, err := r.Products(ctx, new(1), nil, nil, nil, nil, nil, nil)
			return err
		},
		"collection": func(ctx context.Context) error { _, err := r.Collection(ctx, new("teas"), nil); return err },
		"collections": func(ctx context.Context) error {
			_, err := r.Collections(ctx, new(1), nil, nil, nil, nil, nil, nil)
			return err
		},
	} {
		require.NoError(t, ask(request(t, &world{}, "corner")), name)
		require.ErrorIs(t, ask(request(t, &world{}, "")), commerce.ErrStoreRequired, name)
		require.ErrorIs(t, ask(request(t, &world{}, "gone")), commerce.ErrStoreNotFound, name)
	}
	p, err := r.Product(request(t, &world{}, "market"), new("tea"), nil)
	require.NoError(t, err)
	require.Equal(t, product(2, 2), p)
	p, err = r.Product(request(t, &world{}, "market"), new("coffee"), nil)
	require.NoError(t, err)
	require.Nil(t, p)
}

func TestStoreProductsAndCollections(t *testing.T) {
	t.Parallel()
	r := &storeResolver{}
	ctx := request(t, &world{}, "")
	for _, c := range []struct {
		handle, id *string
		want       []*commerce.Product
	}{
		{new("tea"), nil, []*commerce.Product{product(1, 2), product(2, 2)}},
		{new("coffee"), nil, []*commerce.Product{nil, nil}},
		{nil, new("gid://kirana/Product/2/4"), []*commerce.Product{nil, product(2, 4)}},
		{nil, new("gid://kirana/Product/2/5"), []*commerce.Product{nil, nil}},
		{nil, new("gid://kirana/Product/3/4"), []*commerce.Product{nil, nil}},
	} {
		got, err := r.Product(ctx, stores(), c.handle, c.id)
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
	got, err := r.Collection(ctx, stores(), nil, new("gid://kirana/Collection/1/4"))
	require.NoError(t, err)
	require.Equal(t, []*commerce.Collection{collection(1, 4), nil}, got)
	got, err = r.Collection(ctx, stores(), new("teas"), nil)
	require.NoError(t, err)
	require.Equal(t, []*commerce.Collection{collection(1, 2), collection(2, 2)}, got)
}

func TestStoreFieldsRefuse(t *testing.T) {
	t.Parallel()
	r := &storeResolver{}
	ctx := request(t, &world{}, "")
	const exactlyOne = "give exactly one of handle and id."
	for _, c := range []struct {
		handle, id       *string
		argument, reason string
	}{
		{nil, nil, "handle", exactlyOne},
		{new("tea"), new("gid://kirana/Product/1/4"), "handle", exactlyOne},
		{nil, new("gid://kirana/MediaImage/1/4"), "id", `"gid://kirana/MediaImage/1/4" is not the id of a KIND.`},
		{nil, new("4"), "id", `"4" is not the id of a KIND.`},
		{nil, new(strings.Repeat("x", 1000)), "id", `"` + strings.Repeat("x", 100) + `" is not the id of a KIND.`},
	} {
		_, err := r.Product(ctx, stores(), c.handle, c.id)
		requireRefusal(t, err, c.argument, strings.ReplaceAll(c.reason, "KIND", "Product"))
		_, err = r.Collection(ctx, stores(), c.handle, c.id)
		requireRefusal(t, err, c.argument, strings.ReplaceAll(c.reason, "KIND", "Collection"))
	}
	_, err := r.Products(ctx, stores(), nil, nil, nil, nil, nil, nil, nil)
	requireRefusal(t, err, "first", "say how many items to return with first or last (at most 250).")
	_, err = r.Collections(ctx, stores(), new(1), nil, new(1), nil, nil, nil, nil)
	requireRefusal(t, err, "last", "give first or last, not both.")
	_, err = (&productResolver{}).Variants(ctx, nil, new(-1), nil, nil, nil, nil, nil)
	requireRefusal(t, err, "first", "-1 is outside 0 to 250.")
	_, err = (&productResolver{}).Media(ctx, nil, nil, nil, new(251), nil, nil, nil)
	requireRefusal(t, err, "last", "251 is outside 0 to 250.")
	_, err = (&productResolver{}).Images(ctx, nil, new(1), new("x"), nil, nil, nil, nil)
	require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err))
	_, err = (&productResolver{}).Collections(ctx, nil, new(1), nil, nil, new("x"), nil)
	requireRefusal(t, err, "before", "cannot be combined with first.")
	_, err = (&collectionResolver{}).Products(ctx, []*commerce.Collection{{}}, nil, nil, nil, nil, nil, nil)
	require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err))
	for _, n := range []int{-1, 251} {
		_, err = (&productResolver{}).Options(ctx, nil, &n)
		require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err))
	}
}

func TestFindStore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		current    string
		handle, id *string
		want       commerce.StoreID
	}{
		{"", new("market"), nil, 2},
		{"corner", new("market"), nil, 2},
		{"", nil, new("gid://kirana/Store/1"), 1},
		{"corner", nil, nil, 1},
		{"", new("gone"), nil, 0},
		{"gone", nil, nil, 0},
		{"", nil, new("gid://kirana/Store/9"), 0},
	} {
		got, err := (&queryResolver{}).Store(request(t, &world{}, c.current), c.handle, c.id)
		require.NoError(t, err)
		if c.want == 0 {
			require.Nil(t, got)
			continue
		}
		require.Equal(t, c.want, got.ID)
	}
	ctx := request(t, &world{}, "")
	_, err := findStore(ctx, new("corner"), new("gid://kirana/Store/1"))
	requireRefusal(t, err, "handle", "give one of handle and id, not both.")
	_, err = findStore(ctx, nil, new("gid://kirana/Product/1/2"))
	requireRefusal(t, err, "id", `"gid://kirana/Product/1/2" is not the id of a Store.`)
	_, err = findStore(ctx, nil, nil)
	require.ErrorIs(t, err, commerce.ErrStoreRequired)
}

func TestStoreDirectory(t *testing.T) {
	t.Parallel()
	w := &world{}
	ctx := request(t, w, "")
	r := &queryResolver{&Resolver{Stores: w}}
	got, err := r.Stores(ctx, new(5), nil, new("corner shop"))
	require.NoError(t, err)
	require.Equal(t, stores(), got.Nodes())
	require.Equal(t, "corner shop", w.words)
	require.Equal(t, commerce.FirstPage(5, commerce.Ordering{Key: commerce.StoreSortID}), w.page)

	_, err = r.Stores(ctx, nil, nil, nil)
	require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err))
	w.err = errDown
	_, err = r.Stores(ctx, new(5), nil, nil)
	require.ErrorIs(t, err, errDown)
}

// What the variants of a product add up to, in the product's currency and order.
func TestSummaries(t *testing.T) {
	t.Parallel()
	w := &world{}
	ctx := request(t, w, "")
	r := &productResolver{}
	products := []*commerce.Product{product(1, 3), product(1, 2)}
	money := func(minor int64) *commerce.Money { return &commerce.Money{Minor: minor, Currency: "INR"} }

	prices, err := r.PriceRange(ctx, products)
	require.NoError(t, err)
	require.Equal(t, []*model.ProductPriceRange{
		{MinVariantPrice: money(0), MaxVariantPrice: money(0)}, {MinVariantPrice: money(100), MaxVariantPrice: money(200)},
	}, prices)
	reduced, err := r.CompareAtPriceRange(ctx, products)
	require.NoError(t, err)
	require.Equal(t, &model.ProductPriceRange{MinVariantPrice: money(300), MaxVariantPrice: money(400)}, reduced[1])
	forSale, err := r.AvailableForSale(ctx, products)
	require.NoError(t, err)
	require.Equal(t, []bool{false, true}, forSale)
	units, err := r.TotalInventory(ctx, products)
	require.NoError(t, err)
	require.Equal(t, []*int{new(0), new(7)}, units)
	counts, err := r.VariantsCount(ctx, products)
	require.NoError(t, err)
	require.Equal(t, []*model.Count{{Precision: model.CountPrecisionExact}, {Count: 3, Precision: model.CountPrecisionExact}}, counts)
	require.Equal(t, 1, dataloader.From(ctx).ProductSummary.Fetches(), "the fields share a read")
}

func TestProductChildren(t *testing.T) {
	t.Parallel()
	ctx := request(t, &world{}, "")
	r := &productResolver{}
	products := []*commerce.Product{product(1, 3), product(1, 2)}
	for first, want := range map[int]int{0: 0, 1: 1, 2: 2, 250: 2} {
		options, err := r.Options(ctx, products, &first)
		require.NoError(t, err)
		require.Empty(t, options[0])
		require.Len(t, options[1], want)
	}
	options, err := r.Options(ctx, products, nil)
	require.NoError(t, err)
	require.Len(t, options[1], 2)

	images, err := r.FeaturedImage(ctx, products)
	require.NoError(t, err)
	require.Equal(t, []*commerce.Image{nil, &picture(1, 2).Image}, images)
	media, err := r.Media(ctx, products, new(3), nil, nil, nil, new(model.ProductMediaSortKeysID), nil)
	require.NoError(t, err)
	require.Empty(t, media[0].Nodes())
	require.Equal(t, []model.Media{picture(1, 2)}, media[1].Nodes())
	pictures, err := r.Images(ctx, products, new(3), nil, nil, nil, new(model.ProductImageSortKeysCreatedAt), nil)
	require.NoError(t, err)
	require.Equal(t, []*commerce.Image{&picture(1, 2).Image}, pictures[1].Nodes())
	variants, err := r.Variants(ctx, products, new(3), nil, nil, nil, nil, nil)
	require.NoError(t, err)
	require.EqualValues(t, 3, variants[0].Nodes()[0].ProductID)
	collections, err := r.Collections(ctx, products, new(3), nil, nil, nil, nil)
	require.NoError(t, err)
	require.Equal(t, []*commerce.Collection{collection(1, 2)}, collections[1].Nodes())
	owners, err := r.Store(ctx, append(products, product(2, 2)))
	require.NoError(t, err)
	require.Equal(t, []*commerce.Store{stores()[0], stores()[0], stores()[1]}, owners)
}

func TestVariantAndCollectionChildren(t *testing.T) {
	t.Parallel()
	ctx := request(t, &world{}, "")
	r := &productVariantResolver{}
	variants := []*commerce.ProductVariant{{StoreID: 1, ProductID: 2, ID: 2}, {StoreID: 1, ProductID: 3, ID: 3}}
	images, err := r.Image(ctx, variants)
	require.NoError(t, err)
	require.Equal(t, []*commerce.Image{&picture(1, 2).Image, nil}, images)
	products, err := r.Product(ctx, variants)
	require.NoError(t, err)
	require.Equal(t, []*commerce.Product{product(1, 2), nil}, products)
	lists, err := (&collectionResolver{}).Products(ctx, []*commerce.Collection{collection(2, 2)}, new(3), nil, nil, nil, nil, nil)
	require.NoError(t, err)
	require.Equal(t, []*commerce.Product{product(2, 2)}, lists[0].Nodes())
}

// A fault of the readers reaches whoever asked, whatever the field.
func TestFieldsPassErrorsOn(t *testing.T) {
	t.Parallel()
	p, v, c := []*commerce.Product{product(1, 2)}, []*commerce.ProductVariant{{}}, []*commerce.Collection{{}}
	product, variant, collection, store := &productResolver{}, &productVariantResolver{}, &collectionResolver{}, &storeResolver{}
	for name, ask := range map[string]func(context.Context) error{
		"store":            func(ctx context.Context) error { _, err := product.Store(ctx, p); return err },
		"availableForSale": func(ctx context.Context) error { _, err := product.AvailableForSale(ctx, p); return err },
		"options":          func(ctx context.Context) error { _, err := product.Options(ctx, p, nil); return err },
		"variants": func(ctx context.Context) error {
			_, err := product.Variants(ctx, p, new(1), nil, nil, nil, nil, nil)
			return err
		},
		"media": func(ctx context.Context) error {
			_, err := product.Media(ctx, p, new(1), nil, nil, nil, nil, nil)
			return err
		},
		"images": func(ctx context.Context) error {
			_, err := product.Images(ctx, p, new(1), nil, nil, nil, nil, nil)
			return err
		},
		"featuredImage": func(ctx context.Context) error { _, err := product.FeaturedImage(ctx, p); return err },
		"collections": func(ctx context.Context) error {
			_, err := product.Collections(ctx, p, new(1), nil, nil, nil, nil)
			return err
		},
		"image":   func(ctx context.Context) error { _, err := variant.Image(ctx, v); return err },
		"product": func(ctx context.Context) error { _, err := variant.Product(ctx, v); return err },
		"collectionProducts": func(ctx context.Context) error {
			_, err := collection.Products(ctx, c, new(1), nil, nil, nil, nil, nil)
			return err
		},
		"byHandle": func(ctx context.Context) error { _, err := store.Product(ctx, stores(), new("tea"), nil); return err },
		"byID": func(ctx context.Context) error {
			_, err := store.Product(ctx, stores(), nil, new("gid://kirana/Product/1/2"))
			return err
		},
		"collectionByID": func(ctx context.Context) error {
			_, err := store.Collection(ctx, stores(), nil, new("gid://kirana/Collection/1/2"))
			return err
		},
		"lists": func(ctx context.Context) error {
			_, err := store.Products(ctx, stores(), new(1), nil, nil, nil, nil, nil, nil)
			return err
		},
	} {
		require.ErrorIs(t, ask(request(t, &world{err: errDown}, "")), errDown, name)
	}
}
