package resolvers

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// A handle that named a store of the viewer's when the viewer was looked up, and names another's by now, changes nothing.
func TestChangeIsOfTheViewersOwnStores(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		store commerce.StoreID
		want  error
	}{{1, nil}, {2, commerce.ErrStoreNotFound}} {
		viewer := &commerce.Viewer{Merchant: 7, Grants: []commerce.Grant{{Store: c.store, Handle: "corner", Scopes: commerce.Scopes()}}}
		ctx := auth.With(request(t, &world{}, "corner"), auth.Request{StoreHandle: "corner", Viewer: viewer})
		changed := false
		_, _, err := change(ctx, func(commerce.Author, *commerce.Store) (bool, error) {
			changed = true
			return true, nil
		})
		require.ErrorIs(t, err, c.want)
		require.Equal(t, c.want == nil, changed)
	}
}
