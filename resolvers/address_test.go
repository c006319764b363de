package resolvers

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/internal/auth"
)

func TestPageURLs(t *testing.T) {
	t.Parallel()
	ctx := request(t, &world{}, "")
	urls, err := (&storeResolver{}).URL(ctx, stores())
	require.NoError(t, err)
	require.Equal(t, []string{"https://shop.test/s/corner", "https://shop.test/s/market"}, urls)

	products, err := (&productResolver{}).OnlineStoreURL(ctx, []*commerce.Product{product(1, 2), product(2, 2), product(3, 2), {StoreID: 1, Handle: "draft", Hidden: true}})
	require.NoError(t, err)
	require.Equal(t, []*string{new("https://shop.test/s/corner/p/tea"), new("https://shop.test/s/market/p/tea"), nil, nil}, products, "nobody sees store 3, nor a draft")

	own := auth.With(ctx, auth.Request{BaseURL: "http://localhost:8080", BaseDomain: "shops.localhost"})
	collections, err := (&collectionResolver{}).OnlineStoreURL(own, []*commerce.Collection{
		{StoreID: 1, Handle: "चाय", PublishedAt: &time.Time{}}, {StoreID: 9, Handle: "x", PublishedAt: &time.Time{}}, {StoreID: 1, Handle: "hidden"},
	})
	require.NoError(t, err)
	require.Equal(t, []*string{new("http://corner.shops.localhost:8080/c/%E0%A4%9A%E0%A4%BE%E0%A4%AF"), nil, nil}, collections)
	require.Equal(t, 2, dataloader.From(ctx).StoreByID.Fetches(), "the stores of all products together, then the one that is new")

	texts, err := (&pageResolver{}).OnlineStoreURL(own, []*commerce.TextPage{
		{StoreID: 1, Handle: "delivery", PublishedAt: &time.Time{}}, {StoreID: 9, Handle: "x", PublishedAt: &time.Time{}}, {StoreID: 1, Handle: "hidden"},
	})
	require.NoError(t, err)
	require.Equal(t, []*string{new("http://corner.shops.localhost:8080/t/delivery"), nil, nil}, texts)

	_, err = (&productResolver{}).OnlineStoreURL(request(t, &world{err: errDown}, ""), []*commerce.Product{product(1, 2)})
	require.ErrorIs(t, err, errDown)
}
