package resolvers

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
)

// shelf is a world whose merchants recommend products, and which knows what is like them.
type shelf struct {
	*world

	chosen string
	alike  []*commerce.Product
}

func (s shelf) Metafields(_ context.Context, keys []commerce.MetafieldKey) (map[commerce.MetafieldKey]*commerce.Metafield, error) {
	found := map[commerce.MetafieldKey]*commerce.Metafield{}
	for _, k := range keys {
		if k.Namespace == "shopify--discovery--product_recommendation" && (k.Key == "related_products" || k.Key == "complementary_products") {
			found[k] = &commerce.Metafield{ID: 2, Owner: k.Owner, Namespace: k.Namespace, Key: k.Key, Type: "list.product_reference", Value: s.chosen}
		}
	}
	return found, s.err
}

func (s shelf) RelatedProducts(_ context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef][]*commerce.Product, error) {
	found := map[commerce.ProductRef][]*commerce.Product{}
	for _, r := range refs {
		found[r] = s.alike
	}
	return found, s.err
}

// What the merchant chose comes before what has most in common; nothing comes twice, nor the product itself, nor what buyers of the
// store cannot see.
func TestRecommendations(t *testing.T) {
	t.Parallel()
	const chosen = `["gid://kirana/Product/1/4","gid://kirana/Product/1/2","gid://kirana/Product/2/4","gid://kirana/Product/1/99","gid://kirana/Product/1/4"]`
	var alike []*commerce.Product
	for id := range commerce.ProductID(15) {
		alike = append(alike, product(1, id+1))
	}
	alike[0].Hidden = true
	for _, c := range []struct {
		name   string
		chosen string
		alike  []*commerce.Product
		intent *model.ProductRecommendationIntent
		want   []commerce.ProductID
	}{
		{"related", chosen, alike, nil, []commerce.ProductID{4, 3, 5, 6, 7, 8, 9, 10, 11, 12}},
		{"complementary", chosen, alike, new(model.ProductRecommendationIntentComplementary), []commerce.ProductID{4}},
		{"none chosen", `[]`, alike[:4], nil, []commerce.ProductID{3, 4}},
		{"no list", `"`, nil, nil, []commerce.ProductID{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := shelf{&world{}, c.chosen, c.alike}
			readers := dataloader.Readers{Stores: s, Products: s, Variants: s, Collections: s, Metafields: s, Recommendations: s}
			ctx := dataloader.With(request(t, s.world, "corner"), dataloader.New(readers))
			found, err := (&queryResolver{}).ProductRecommendations(ctx, c.intent, nil, new("gid://kirana/Product/1/2"))
			require.NoError(t, err)
			require.Equal(t, c.want, mapped(found, func(p *commerce.Product) commerce.ProductID { return p.ID }))
		})
	}
	ctx := request(t, &world{}, "")
	found, err := (&storeResolver{}).ProductRecommendations(ctx, stores(), nil, new("tea"), nil)
	require.NoError(t, err)
	require.Len(t, found, len(stores()))
	require.NotNil(t, found[0])
	found, err = (&storeResolver{}).ProductRecommendations(ctx, stores(), nil, new("nothing"), nil)
	require.NoError(t, err)
	require.Nil(t, found[0], "there is no such product")
	_, err = (&storeResolver{}).ProductRecommendations(ctx, stores(), nil, nil, nil)
	requireRefusal(t, err, "productHandle", "give exactly one of productHandle and productId.")
	_, err = (&storeResolver{}).ProductRecommendations(request(t, &world{err: errDown}, ""), stores(), nil, new("tea"), nil)
	require.ErrorIs(t, err, errDown)
}
