package resolvers

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/model"
)

// everyKind is one id of each kind in a store, and the thing it names.
func everyKind(store commerce.StoreID) []model.Node {
	return []model.Node{
		stores()[store-1], product(store, 4), &commerce.ProductVariant{StoreID: store, ProductID: 2, ID: 4},
		&commerce.ProductOption{StoreID: store, ID: 4}, picture(store, 4), collection(store, 4), metafieldWithID(store, 4),
	}
}

func idsOf(nodes []model.Node) []string {
	ids := make([]string, len(nodes))
	for i, n := range nodes {
		ids[i] = n.(interface{ NodeID() commerce.GlobalID }).NodeID().String()
	}
	return ids
}

func TestNodesOfEveryKind(t *testing.T) {
	t.Parallel()
	want := everyKind(2)
	got, err := nodesByID(request(t, &world{}, ""), "ids", idsOf(want))
	require.NoError(t, err)
	require.Equal(t, want, got)

	node, err := (&queryResolver{}).Node(request(t, &world{}, ""), idsOf(want)[1])
	require.NoError(t, err)
	require.Equal(t, want[1], node)
}

// What does not exist is null in its place, not a pointer to nothing; equal ids find equal things.
func TestNodesKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	ids := []string{
		"gid://kirana/Product/1/3", "gid://kirana/Collection/1/4", "gid://kirana/Product/1/4", "gid://kirana/Store/9",
		"gid://kirana/ProductOption/1/1", "gid://kirana/MediaImage/1/1", "gid://kirana/ProductVariant/1/1", "gid://kirana/Collection/1/1",
		"gid://kirana/Product/1/4",
	}
	got, err := (&queryResolver{}).Nodes(request(t, &world{}, ""), ids)
	require.NoError(t, err)
	require.Equal(t, []model.Node{nil, collection(1, 4), product(1, 4), nil, nil, nil, nil, nil, product(1, 4)}, got)
	for i, node := range got {
		require.Equal(t, i == 1 || i == 2 || i == 8, node != nil, "a nil pointer in an interface is not nil")
	}
	got, err = nodesByID(request(t, &world{}, ""), "ids", nil)
	require.NoError(t, err)
	require.Equal(t, []model.Node{}, got)
}

// With a current store, the things of other stores are not found.
func TestNodesOfTheCurrentStore(t *testing.T) {
	t.Parallel()
	ids := append(idsOf(everyKind(1)), idsOf(everyKind(2))...)
	got, err := nodesByID(request(t, &world{}, "corner"), "ids", ids)
	require.NoError(t, err)
	require.Equal(t, append(everyKind(1), make([]model.Node, 7)...), got)
	_, err = nodesByID(request(t, &world{}, "gone"), "ids", ids)
	require.ErrorIs(t, err, commerce.ErrStoreNotFound)
}

func TestNodesRefuse(t *testing.T) {
	t.Parallel()
	ctx := request(t, &world{}, "")
	many := make([]string, 251)
	for i := range many {
		many[i] = fmt.Sprintf("gid://kirana/Product/1/%d", i+1)
	}
	_, err := nodesByID(ctx, "ids", many)
	requireRefusal(t, err, "ids", "251 ids are too many: at most 250.")
	got, err := nodesByID(ctx, "ids", many[1:])
	require.NoError(t, err)
	require.Len(t, got, 250)
	for _, bad := range []string{"", "7", "gid://kirana/Order/1/2", "gid://kirana/Product/1/02"} {
		_, err = nodesByID(ctx, "ids", []string{"gid://kirana/Product/1/4", bad})
		requireRefusal(t, err, "ids", fmt.Sprintf("%q is not an id of this API.", bad))
		_, err = (&queryResolver{}).Node(ctx, bad)
		requireRefusal(t, err, "id", fmt.Sprintf("%q is not an id of this API.", bad))
	}
}

func TestNodesPassErrorsOn(t *testing.T) {
	t.Parallel()
	for _, id := range idsOf(everyKind(1)) {
		_, err := nodesByID(request(t, &world{err: errDown}, ""), "id", []string{id})
		require.ErrorIs(t, err, errDown, id)
	}
	_, err := nodesByID(request(t, &world{err: errDown}, "corner"), "id", []string{"gid://kirana/Product/1/4"})
	require.ErrorIs(t, err, errDown)
}
