package resolvers

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/model"
)

func identifiers(keys ...string) []*model.HasMetafieldsIdentifier {
	names := make([]*model.HasMetafieldsIdentifier, len(keys))
	for i, k := range keys {
		names[i] = &model.HasMetafieldsIdentifier{Key: k}
	}
	return names
}

func TestMetafields(t *testing.T) {
	t.Parallel()
	ctx := request(t, &world{}, "")
	things := []*commerce.Product{product(1, 2), product(1, 4)}
	found, err := (&productResolver{}).Metafields(ctx, things, identifiers("pick", "none", "picks"))
	require.NoError(t, err)
	for i, thing := range things {
		require.Equal(t, []*commerce.Metafield{metafieldOf(thing.MetafieldOwner(), "pick"), nil, metafieldOf(thing.MetafieldOwner(), "picks")}, found[i])
	}
	other, err := (&productResolver{}).Metafield(ctx, things, new("other"), "pick")
	require.NoError(t, err)
	require.Equal(t, []*commerce.Metafield{nil, nil}, other)
	_, err = (&storeResolver{}).Metafields(ctx, stores(), make([]*model.HasMetafieldsIdentifier, 251))
	requireRefusal(t, err, "identifiers", "251 identifiers are too many: at most 250.")
	_, err = (&collectionResolver{}).Metafields(request(t, &world{err: errDown}, ""), []*commerce.Collection{collection(1, 2)}, identifiers("a"))
	require.ErrorIs(t, err, errDown)
}

func TestMetafieldReferences(t *testing.T) {
	t.Parallel()
	ctx := request(t, &world{}, "")
	owner := collection(1, 2).MetafieldOwner()
	all := []*commerce.Metafield{metafieldOf(owner, "text"), metafieldOf(owner, "pick"), metafieldOf(owner, "picks")}
	r := &metafieldResolver{}
	single, err := r.Reference(ctx, all)
	require.NoError(t, err)
	require.Equal(t, []model.MetafieldReference{nil, product(1, 2), nil}, single)
	require.True(t, single[0] == nil && single[2] == nil)

	pages, err := r.References(ctx, all, new(1), nil, nil, nil)
	require.NoError(t, err)
	require.Nil(t, pages[0])
	require.Nil(t, pages[1])
	require.Equal(t, []model.MetafieldReference{product(1, 2)}, pages[2].Nodes())
	info := pages[2].PageInfo()
	require.True(t, info.HasNextPage)
	pages, err = r.References(ctx, all, new(5), info.EndCursor, nil, nil)
	require.NoError(t, err)
	require.Equal(t, []model.MetafieldReference{product(1, 2)}, pages[2].Nodes(), "what cannot be seen is left out")
	require.False(t, pages[2].PageInfo().HasNextPage)
	_, err = r.References(ctx, all, nil, nil, nil, nil)
	require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err))

	parents, err := r.ParentResource(ctx, all)
	require.NoError(t, err)
	require.Equal(t, []model.MetafieldParentResource{collection(1, 2), collection(1, 2), collection(1, 2)}, parents)
}

func TestPageOf(t *testing.T) {
	t.Parallel()
	all := []string{"a", "b", "c", "d"}
	order := commerce.Ordering{Key: "PLACE"}
	bound := func(id int64) commerce.Cursor { return commerce.Cursor{Ordering: order, ID: id} }
	for _, c := range []struct {
		page           commerce.Page
		want           []string
		next, previous bool
	}{
		{commerce.Page{Limit: 2}, []string{"a", "b"}, true, false},
		{commerce.Page{Limit: 4}, all, false, false},
		{commerce.Page{Limit: 2, Bounded: true, Bound: bound(2)}, []string{"c", "d"}, false, true},
		{commerce.Page{Limit: 2, Bounded: true, Bound: bound(99)}, []string{}, false, true},
		{commerce.Page{Limit: 2, Bounded: true, Bound: bound(-9)}, []string{"a", "b"}, true, true},
		{commerce.Page{Limit: 2, Backward: true}, []string{"c", "d"}, false, true},
		{commerce.Page{Limit: 2, Backward: true, Bounded: true, Bound: bound(4)}, []string{"b", "c"}, true, true},
		{commerce.Page{Limit: 2, Backward: true, Bounded: true, Bound: bound(1)}, []string{}, true, false},
		{commerce.Page{Limit: 0}, []string{}, true, false},
	} {
		c.page.Ordering = order
		list := pageOf(all, c.page)
		got := []string{}
		for _, item := range list.Items {
			got = append(got, item.Node)
		}
		require.Equal(t, c.want, got, "%+v", c.page)
		require.Equal(t, []bool{c.next, c.previous}, []bool{list.HasNext, list.HasPrevious}, "%+v", c.page)
	}
}
