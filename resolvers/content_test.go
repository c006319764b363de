package resolvers

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/model"
)

func TestShop(t *testing.T) {
	t.Parallel()
	ctx := request(t, &world{}, "corner")
	shop, err := (&queryResolver{}).Shop(ctx)
	require.NoError(t, err)
	require.Equal(t, "gid://kirana/Shop/1/1", shop.NodeID().String())
	require.Equal(t, "₹{{amount}}", shop.MoneyFormat())
	require.Nil(t, shop.Description())
	domains, err := (&shopResolver{}).PrimaryDomain(ctx, []*commerce.Shop{shop})
	require.NoError(t, err)
	require.Equal(t, []*model.Domain{{Host: "shop.test", SslEnabled: true, URL: "https://shop.test/s/corner"}}, domains)
	settings, err := (&shopResolver{}).PaymentSettings(ctx, []*commerce.Shop{shop})
	require.NoError(t, err)
	require.Equal(t, commerce.CountryCode("IN"), settings[0].CountryCode)
	require.NotNil(t, settings[0].AcceptedCardBrands, "a list, not null")
	nodes, err := nodesByID(ctx, "ids", []string{"gid://kirana/Shop/1/1", "gid://kirana/Shop/1/2", "gid://kirana/Shop/2/2"})
	require.NoError(t, err)
	require.Equal(t, []model.Node{shop, nil, nil}, nodes)
}

func TestLocalization(t *testing.T) {
	t.Parallel()
	l, err := (&queryResolver{}).Localization(request(t, &world{}, "market"))
	require.NoError(t, err)
	require.Equal(t, "Kuwait", l.Country.Name)
	require.Equal(t, commerce.CountryCode("KW"), l.Country.IsoCode)
	require.Equal(t, "Kuwaiti dinar", l.Country.Currency.Name())
	require.Equal(t, &model.Language{IsoCode: "EN", Name: "English", EndonymName: "English"}, l.Language)
	for currency, want := range map[commerce.Currency]string{"USD": "United States", "GBP": "United Kingdom", "EUR": "Unknown region", "XOF": "Unknown region"} {
		require.Equal(t, want, country(currency, l.Language).Name)
	}
	_, err = (&queryResolver{}).Localization(request(t, &world{}, ""))
	require.ErrorIs(t, err, commerce.ErrStoreRequired)
}

// titles are those of items on all levels.
func titles(items []*commerce.MenuItem) string {
	var all []string
	for _, i := range items {
		all = append(all, i.Title+strings.TrimSuffix("("+titles(i.Items)+")", "()"))
	}
	return strings.Join(all, ",")
}

// What an item leads to and nobody may see takes the item away, with those below it.
func TestMenu(t *testing.T) {
	t.Parallel()
	ctx := request(t, &world{}, "corner")
	m, err := (&queryResolver{}).Menu(ctx, "help")
	require.NoError(t, err)
	require.Equal(t, "Home,More(Teas,Tea,About,Us)", titles(m.Items))
	require.Equal(t, 6, m.ItemsCount())
	below := m.Items[1].Items
	require.Equal(t, collection(1, 2), below[0].Resource)
	urls, err := (&menuItemResolver{}).URL(ctx, append(m.Items, below...))
	require.NoError(t, err)
	require.Equal(t, []*string{
		new("https://shop.test/s/corner"), nil, new("https://shop.test/s/corner/c/"), new("https://shop.test/s/corner/p/tea"), new("https://shop.test/s/corner/t/about"), new("https://us.test"),
	}, urls)
	m, err = (&queryResolver{}).Menu(ctx, "none")
	require.NoError(t, err)
	require.Nil(t, m)
}

// Every store has two menus that nobody made.
func TestDefaultMenus(t *testing.T) {
	t.Parallel()
	ctx := request(t, &world{}, "corner")
	r := &storeResolver{}
	for handle, want := range map[string]string{"main-menu": "Home,,All products", "footer": "Search,About"} {
		menus, err := r.Menu(ctx, stores(), handle)
		require.NoError(t, err)
		require.Equal(t, want, titles(menus[1].Items))
		nodes, err := nodesByID(ctx, "ids", []string{menus[0].NodeID().String(), menus[1].NodeID().String(), "gid://kirana/Menu/1/3"})
		require.NoError(t, err)
		require.Equal(t, []model.Node{menus[0], nil, nil}, nodes, "of the current store")
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	ctx := request(t, &world{}, "corner")
	r := &queryResolver{}
	p, err := r.PageByHandle(ctx, "about")
	require.NoError(t, err)
	require.Equal(t, textPage(1, 2), p)
	p, err = r.Page(ctx, nil, new("gid://kirana/Page/2/2"))
	require.NoError(t, err)
	require.Nil(t, p, "of another store")
	_, err = r.Page(ctx, nil, nil)
	requireRefusal(t, err, "handle", "give exactly one of handle and id.")
	_, err = r.Pages(ctx, nil, nil, nil, nil, nil, nil, nil)
	requireRefusal(t, err, "first", "say how many items to return with first or last (at most 250).")
	list, err := r.Pages(ctx, new(1), nil, nil, nil, nil, new(model.PageSortKeysTitle), nil)
	require.NoError(t, err)
	require.Len(t, list.Nodes(), 1)
}

// A page's text is made safe, and an id of another store is one that there is not.
func TestPageEdit(t *testing.T) {
	t.Parallel()
	store := stores()[0]
	e, err := pageEdit(store, model.PageSetInput{
		ID: new("gid://kirana/Page/1/4"), BodyHTML: new("<p onclick=\"x()\">Tea</p><script>alert(1)</script>"), Seo: &model.SEOInput{Title: new("T")},
	})
	require.NoError(t, err)
	require.Equal(t, commerce.TextPageEdit{ID: 4, BodyHTML: new("<p>Tea</p>"), SEOTitle: new("T")}, e)
	for _, id := range []string{"gid://kirana/Page/2/4", "gid://kirana/Menu/1/4", "4", ""} {
		_, err := pageEdit(store, model.PageSetInput{ID: &id})
		refusals, ok := commerce.RefusalsOf(err)
		require.True(t, ok, id)
		require.Equal(t, commerce.RefusalNotFound, refusals[0].Code)
	}
}

func TestLabelsAndChoices(t *testing.T) {
	t.Parallel()
	ctx := request(t, &world{}, "corner")
	tags, err := (&queryResolver{}).ProductTags(ctx, 1)
	require.NoError(t, err)
	require.Equal(t, []string{"new"}, tags.Nodes())
	require.True(t, tags.PageInfo().HasNextPage)
	_, err = (&queryResolver{}).ProductTypes(ctx, 251)
	requireRefusal(t, err, "first", "251 is outside 0 to 250.")

	r, p := &productResolver{}, []*commerce.Product{product(1, 2)}
	one := []*commerce.SelectedOption{{Name: "Size", Value: "M"}}
	v, err := r.VariantBySelectedOptions(ctx, p, one, nil, nil)
	require.NoError(t, err)
	require.Equal(t, commerce.VariantID(2), v[0].ID)
	v, err = r.SelectedOrFirstAvailableVariant(ctx, p, nil, nil, nil)
	require.NoError(t, err)
	require.Equal(t, commerce.VariantID(2), v[0].ID)
	adjacent, err := r.AdjacentVariants(ctx, p, nil, nil, nil)
	require.NoError(t, err)
	require.Len(t, adjacent[0], 1)
	_, err = r.AdjacentVariants(ctx, p, make([]*commerce.SelectedOption, 21), nil, nil)
	requireRefusal(t, err, "selectedOptions", "21 options are too many: at most 20.")
	first, err := (&productOptionValueResolver{}).FirstSelectableVariant(ctx, []*commerce.ProductOptionValue{
		{Product: commerce.ProductRef{Store: 1, ID: 2}, Option: "Size", Name: "M"}, {Product: commerce.ProductRef{Store: 1, ID: 2}, Option: "Size", Name: "L"},
	})
	require.NoError(t, err)
	require.Equal(t, commerce.VariantID(6), first[0].ID)
	require.Nil(t, first[1])
}

func TestContentPassesFaultsOn(t *testing.T) {
	t.Parallel()
	q := &queryResolver{}
	s := &storeResolver{}
	for name, ask := range map[string]func(context.Context) error{
		"menu": func(ctx context.Context) error { _, err := s.Menu(ctx, stores(), "help"); return err },
		"page": func(ctx context.Context) error { _, err := s.Page(ctx, stores(), new("about"), nil); return err },
		"tags": func(ctx context.Context) error { _, err := s.ProductTags(ctx, stores(), 1); return err },
		"shop": func(ctx context.Context) error { _, err := q.Shop(ctx); return err },
	} {
		require.ErrorIs(t, ask(request(t, &world{err: errDown}, "corner")), errDown, name)
	}
}
