package commerce_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// Each role has the rights of those below it, and the owner has all: what the API says about roles.
func TestRolesAreLadders(t *testing.T) {
	t.Parallel()
	require.Equal(t, commerce.Scopes(), commerce.RoleOwner.Scopes())
	require.Empty(t, commerce.Role("GHOST").Scopes())
	ladder := []commerce.Role{commerce.RoleOwner, commerce.RoleManager, commerce.RolePacker}
	for i, role := range ladder {
		actor := commerce.Actor{Scopes: role.Scopes()}
		for j, other := range ladder {
			var r commerce.Refusals
			actor.CheckRole(&r, []any{"input", "role"}, other)
			require.Equal(t, j >= i, len(r) == 0, "%s may make somebody %s", role, other)
		}
	}
	require.False(t, commerce.Actor{}.Covers([]commerce.Scope{commerce.ScopeCatalogRead}))
	require.True(t, commerce.Actor{}.Covers(nil))
}

func TestViewerAsActor(t *testing.T) {
	t.Parallel()
	viewer := &commerce.Viewer{Merchant: 7, Grants: []commerce.Grant{
		{Store: 1, Handle: "corner", Role: commerce.RoleOwner, Scopes: commerce.RoleOwner.Scopes()},
		{Store: 2, Handle: "market", Role: commerce.RolePacker, Scopes: commerce.RolePacker.Scopes()},
	}}
	require.Equal(t, commerce.RolePacker.Scopes(), viewer.Actor(2).Scopes)
	require.Equal(t, commerce.Author{Merchant: 7}, viewer.Actor(2).Author)
	require.Empty(t, viewer.Actor(3).Scopes)
	require.Empty(t, (*commerce.Viewer)(nil).Actor(1).Scopes)
	require.Equal(t, []commerce.StoreID{1, 2}, viewer.Stores())
	require.Empty(t, (*commerce.Viewer)(nil).Stores())
}
