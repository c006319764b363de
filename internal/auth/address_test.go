package auth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/auth"
)

func TestStoreURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ base, domain, want string }{
		{"http://127.0.0.1:8080", "", "http://127.0.0.1:8080/s/corner"},
		{"https://shops.example", "", "https://shops.example/s/corner"},
		{"https://api.example", "shops.example", "https://corner.shops.example"},
		{"https://market.shops.example", "shops.example", "https://corner.shops.example"},
		{"http://localhost:8080", "shops.localhost", "http://corner.shops.localhost:8080"},
		{"http://[::1]:8080", "shops.localhost", "http://corner.shops.localhost:8080"},
	} {
		r := auth.Request{BaseURL: c.base, BaseDomain: c.domain}
		require.Equal(t, c.want, r.StoreURL("corner"))
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	require.Equal(t, "/s/corner", auth.StorePath("corner"))
	require.Equal(t, "/p/%E0%A4%9A%E0%A4%BE%E0%A4%AF", auth.ProductPath("चाय"))
	require.Equal(t, "/p/a%2Fb%3Fc", auth.ProductPath("a/b?c"))
	require.Equal(t, "/c/teas", auth.CollectionPath("teas"))
	require.Equal(t, "/t/how-we-deliver", auth.TextPath("how-we-deliver"))
}
