package server_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/server"
)

func TestOrigins(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		list    []string
		origin  string
		allowed bool
	}{
		{nil, "https://shop.example", false},
		{[]string{"https://shop.example"}, "https://shop.example", true},
		{[]string{"https://Shop.example/"}, "https://shop.example", true},
		{[]string{"https://shop.example"}, "http://shop.example", false},
		{[]string{"https://shop.example"}, "https://shop.example:8443", false},
		{[]string{"https://shop.example"}, "https://shop.example.evil.example", false},
		{[]string{"https://shop.example"}, "null", false},
		{[]string{"https://shop.example"}, "http://localhost:3000", false},
		{[]string{"*"}, "https://shop.example", true},
		{[]string{"*"}, "*", true},
		{[]string{"loopback"}, "loopback", false},
		{[]string{"loopback"}, "http://localhost:3000", true},
		{[]string{"loopback"}, "https://shop.localhost", true},
		{[]string{"loopback"}, "http://127.0.0.1", true},
		{[]string{"loopback"}, "http://[::1]:3000", true},
		{[]string{"loopback"}, "http://localhost.evil.example", false},
		{[]string{"loopback"}, "http://128.0.0.1", false},
		{[]string{"loopback"}, "file://localhost", false},
		{[]string{"loopback"}, "http://%zz", false},
	} {
		require.Equal(t, c.allowed, server.NewOrigins(c.list).Allowed(c.origin), c)
	}
	var none *server.Origins
	require.False(t, none.Allowed("https://shop.example"))
}

func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	listed, anyone := server.NewOrigins([]string{"https://shop.example"}), server.NewOrigins([]string{"*"})
	const friend, stranger = "https://shop.example", "https://evil.example"
	for _, c := range []struct {
		name, method, target string
		origins              *server.Origins
		origin, asks, with   string // of a preflight: method and headers
		want, vary           string
	}{
		{name: "nobody is allowed", method: "POST", origin: friend},
		{name: "nobody is allowed, as an empty list", method: "POST", origins: server.NewOrigins(nil), origin: friend},
		{name: "a friend", method: "POST", origins: listed, origin: friend, want: friend, vary: "Origin"},
		{name: "a stranger", method: "POST", origins: listed, origin: stranger, vary: "Origin"},
		{name: "no page at all", method: "POST", origins: listed, vary: "Origin"},
		{name: "anyone", method: "POST", origins: anyone, origin: stranger, want: "*", vary: "Origin"},
		{name: "a friend asks first", method: "OPTIONS", origins: listed, origin: friend, asks: "POST", with: "authorization,content-type,idempotency-key,kirana-consistency,kirana-store,x-shopify-storefront-access-token", want: friend},
		{name: "a friend with Apollo's client", method: "OPTIONS", origins: listed, origin: friend, asks: "GET", with: "apollo-require-preflight,x-apollo-operation-name", want: friend},
		{name: "a stranger asks first", method: "OPTIONS", origins: listed, origin: stranger, asks: "POST"},
		{name: "a friend asks for another method", method: "OPTIONS", origins: listed, origin: friend, asks: "DELETE"},
		{name: "a friend asks for another header", method: "OPTIONS", origins: listed, origin: friend, asks: "POST", with: "content-type,x-other"},
		{name: "of a store", method: "POST", target: "/stores/corner/graphql", origins: listed, origin: friend, want: friend, vary: "Origin"},
		{name: "as Shopify's clients ask", method: "OPTIONS", target: "/api/2026-01/graphql.json", origins: listed, origin: friend, asks: "POST", want: friend},
		{name: "no such version", method: "POST", target: "/api/1/graphql.json", origins: listed, origin: friend, want: friend, vary: "Origin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.target == "" {
				c.target = "/graphql"
			}
			header := []string{"Origin", c.origin}
			if c.asks != "" {
				header = append(header, "Access-Control-Request-Method", c.asks)
			}
			if c.with != "" {
				header = append(header, "Access-Control-Request-Headers", c.with)
			}
			h := setup(server.Options{GraphQL: says("graphql"), Origins: c.origins}).send(t, c.method, c.target, header...).Header()
			require.Equal(t, c.want, h.Get("Access-Control-Allow-Origin"))
			require.NotContains(t, h, "Access-Control-Allow-Credentials")
			switch {
			case c.asks == "":
				require.Equal(t, c.vary, h.Get("Vary"))
			case c.want != "":
				require.Equal(t, c.asks, h.Get("Access-Control-Allow-Methods"))
				require.Equal(t, c.with, h.Get("Access-Control-Allow-Headers"))
				require.Equal(t, "7200", h.Get("Access-Control-Max-Age"))
			}
			if c.asks == "" && c.want != "" {
				require.Equal(t, "Kirana-Consistency, Retry-After, X-Request-Id", h.Get("Access-Control-Expose-Headers"))
			}
		})
	}
	require.Equal(t, http.StatusNoContent, setup(server.Options{GraphQL: says("graphql"), Origins: listed}).
		send(t, "OPTIONS", "/graphql", "Origin", friend, "Access-Control-Request-Method", "POST").Code)
}
