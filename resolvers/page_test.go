package resolvers

import (
	"errors"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

// ordered is the order that an enum's value stands for.
type ordered struct {
	key commerce.SortKey
	// backwards says that the value's own direction is the key's reversed.
	backwards bool
}

// requireOrders demands that each of all values, and no value, give the wanted orders in both directions.
func requireOrders[E comparable](t *testing.T, all []E, fallback E, want map[E]ordered, page func(commerce.PageArgs, *E, *bool) (commerce.Page, error)) {
	t.Helper()
	require.Len(t, want, len(all), "a value without an order")
	first := commerce.PageArgs{First: new(3)}
	for _, value := range all {
		for _, reverse := range []bool{false, true} {
			got, err := page(first, &value, &reverse)
			require.NoError(t, err)
			order := commerce.Ordering{Key: want[value].key, Reverse: reverse != want[value].backwards}
			require.Equal(t, commerce.FirstPage(3, order), got, "%v", value)
		}
	}
	want3, err := page(first, &fallback, new(false))
	require.NoError(t, err)
	got, err := page(first, nil, nil)
	require.NoError(t, err)
	require.Equal(t, want3, got, "without an order")

	_, err = page(commerce.PageArgs{}, nil, nil)
	require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err))
}

func TestPagesMapEveryOrder(t *testing.T) {
	t.Parallel()
	requireOrders(t, model.AllProductSortKeys, model.ProductSortKeysID, map[model.ProductSortKeys]ordered{
		model.ProductSortKeysBestSelling: {commerce.ProductSortBestSelling, true},
		model.ProductSortKeysCreatedAt:   {commerce.ProductSortCreatedAt, false},
		model.ProductSortKeysID:          {commerce.ProductSortID, false},
		model.ProductSortKeysPrice:       {commerce.ProductSortPrice, false},
		model.ProductSortKeysProductType: {commerce.ProductSortProductType, false},
		model.ProductSortKeysRelevance:   {commerce.ProductSortID, false},
		model.ProductSortKeysTitle:       {commerce.ProductSortTitle, false},
		model.ProductSortKeysUpdatedAt:   {commerce.ProductSortUpdatedAt, false},
		model.ProductSortKeysVendor:      {commerce.ProductSortVendor, false},
	}, productPage)
	requireOrders(t, model.AllProductCollectionSortKeys, model.ProductCollectionSortKeysCollectionDefault, map[model.ProductCollectionSortKeys]ordered{
		model.ProductCollectionSortKeysBestSelling:       {commerce.ProductSortBestSelling, true},
		model.ProductCollectionSortKeysCollectionDefault: {commerce.CollectionProductSortManual, false},
		model.ProductCollectionSortKeysCreated:           {commerce.ProductSortCreatedAt, false},
		model.ProductCollectionSortKeysID:                {commerce.ProductSortID, false},
		model.ProductCollectionSortKeysManual:            {commerce.CollectionProductSortManual, false},
		model.ProductCollectionSortKeysPrice:             {commerce.ProductSortPrice, false},
		model.ProductCollectionSortKeysRelevance:         {commerce.CollectionProductSortManual, false},
		model.ProductCollectionSortKeysTitle:             {commerce.ProductSortTitle, false},
	}, func(args commerce.PageArgs, key *model.ProductCollectionSortKeys, reverse *bool) (commerce.Page, error) {
		return collectionProductPage(args, commerce.CollectionManual, key, reverse)
	})
	requireOrders(t, model.AllCollectionSortKeys, model.CollectionSortKeysID, map[model.CollectionSortKeys]ordered{
		model.CollectionSortKeysID:        {commerce.CollectionSortID, false},
		model.CollectionSortKeysRelevance: {commerce.CollectionSortID, false},
		model.CollectionSortKeysTitle:     {commerce.CollectionSortTitle, false},
		model.CollectionSortKeysUpdatedAt: {commerce.CollectionSortUpdatedAt, false},
	}, collectionPage)
	requireOrders(t, model.AllProductVariantSortKeys, model.ProductVariantSortKeysPosition, map[model.ProductVariantSortKeys]ordered{
		model.ProductVariantSortKeysID:        {commerce.VariantSortID, false},
		model.ProductVariantSortKeysPosition:  {commerce.VariantSortPosition, false},
		model.ProductVariantSortKeysRelevance: {commerce.VariantSortPosition, false},
		model.ProductVariantSortKeysSku:       {commerce.VariantSortSKU, false},
		model.ProductVariantSortKeysTitle:     {commerce.VariantSortTitle, false},
	}, variantPage)
	requireOrders(t, []bool{false, true}, false, map[bool]ordered{
		false: {commerce.MediaSortPosition, false}, true: {commerce.MediaSortID, false},
	}, func(args commerce.PageArgs, byID, reverse *bool) (commerce.Page, error) {
		return mediaPage(args, value(byID, false), reverse)
	})
}

func TestMapLists(t *testing.T) {
	t.Parallel()
	lists := []commerce.List[int]{
		{
			Order: commerce.Ordering{Key: commerce.MediaSortID, Reverse: true}, HasNext: true, HasPrevious: true,
			Items: []commerce.Item[int]{{Node: 5, Value: "v", ID: 9}},
		},
		{},
		{Items: []commerce.Item[int]{{Node: 6}, {Node: 7}}},
	}
	got := mapLists(lists, strconv.Itoa)
	require.Equal(t, []commerce.List[string]{
		{Order: lists[0].Order, HasNext: true, HasPrevious: true, Items: []commerce.Item[string]{{Node: "5", Value: "v", ID: 9}}},
		{Items: []commerce.Item[string]{}},
		{Items: []commerce.Item[string]{{Node: "6"}, {Node: "7"}}},
	}, got)
	_ = append(got[0].Items, commerce.Item[string]{Node: "more"})
	require.Equal(t, "6", got[2].Items[0].Node, "lists do not run into each other")
}

func TestConnections(t *testing.T) {
	t.Parallel()
	got, err := connections([]commerce.List[int]{{Items: []commerce.Item[int]{{Node: 5}}}, {}}, nil)
	require.NoError(t, err)
	require.Equal(t, []int{5}, got[0].Nodes())
	require.Empty(t, got[1].Nodes())
	down := errors.New("the database is down")
	got, err = connections[int](nil, down)
	require.ErrorIs(t, err, down)
	require.Nil(t, got)
}

// Lists are counted when somebody asks, and those that were read together with one read, whatever they stand among.
func TestTotalCounts(t *testing.T) {
	t.Parallel()
	w := &world{}
	ctx := request(t, w, "corner")
	set := dataloader.From(ctx)
	first := commerce.PageArgs{First: new(3)}
	ofStores, err := storeProductLists(ctx, stores(), first, nil, nil, nil)
	require.NoError(t, err)
	ofCollections, err := (&collectionResolver{}).Products(ctx, []*commerce.Collection{collection(1, 2), collection(2, 2)}, first.First, nil, nil, nil, nil, nil)
	require.NoError(t, err)
	require.Equal(t, 1, set.ProductList.Fetches())
	require.Equal(t, 1, set.CollectionProducts.Fetches())

	mixed := []*model.ProductConnection{ofCollections[1], ofStores[0], ofCollections[0], ofStores[1]}
	for range 2 {
		totals, err := totalCounts(ctx, mixed)
		require.NoError(t, err)
		require.Equal(t, []int{1, 2, 1, 2}, totals)
		require.Equal(t, 2, set.ProductList.Fetches())
		require.Equal(t, 2, set.CollectionProducts.Fetches())
	}

	others, err := storeProductLists(ctx, stores(), first, new("tea"), nil, nil)
	require.NoError(t, err)
	w.err = errDown
	_, err = totalCounts(ctx, others)
	require.ErrorIs(t, err, errDown)
}

// What a merchant chose for a collection is its default order, and can be turned round as any.
func TestCollectionOrders(t *testing.T) {
	t.Parallel()
	for chosen, want := range map[commerce.CollectionSortOrder]commerce.Ordering{
		commerce.CollectionAlphaAsc:    {Key: commerce.ProductSortTitle},
		commerce.CollectionAlphaDesc:   {Key: commerce.ProductSortTitle, Reverse: true},
		commerce.CollectionBestSelling: {Key: commerce.ProductSortBestSelling, Reverse: true},
		commerce.CollectionCreated:     {Key: commerce.ProductSortCreatedAt},
		commerce.CollectionCreatedDesc: {Key: commerce.ProductSortCreatedAt, Reverse: true},
		commerce.CollectionManual:      {Key: commerce.CollectionProductSortManual},
		commerce.CollectionPriceAsc:    {Key: commerce.ProductSortPrice},
		commerce.CollectionPriceDesc:   {Key: commerce.ProductSortPrice, Reverse: true},
	} {
		page, err := collectionProductPage(commerce.PageArgs{First: new(1)}, chosen, nil, nil)
		require.NoError(t, err)
		require.Equal(t, want, page.Ordering, chosen)
		page, err = collectionProductPage(commerce.PageArgs{First: new(1)}, chosen, nil, new(true))
		require.NoError(t, err)
		require.Equal(t, commerce.Ordering{Key: want.Key, Reverse: !want.Reverse}, page.Ordering, chosen)
		page, err = collectionProductPage(commerce.PageArgs{First: new(1)}, chosen, new(model.ProductCollectionSortKeysID), nil)
		require.NoError(t, err)
		require.Equal(t, commerce.Ordering{Key: commerce.ProductSortID}, page.Ordering, chosen)
	}
}
