package server_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/internal/server"
)

// The pages have their addresses on every host, and all that nobody else has on a store's own.
func TestPages(t *testing.T) {
	t.Parallel()
	pages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known := auth.From(r.Context())
		_, _ = fmt.Fprintf(w, "pages %s %s %s", known.StoreHandle, known.BaseURL, known.BaseDomain)
	})
	const plain, own = "pages  http://kirana.example kirana.example", "pages corner http://corner.kirana.example kirana.example"
	with := server.Options{GraphQL: says("graphql"), Playground: says("playground"), Pages: pages, BaseDomain: "kirana.example"}
	without := with
	without.BaseDomain = ""
	for _, c := range []struct {
		options            server.Options
		host, target, body string
		status             int
	}{
		{with, "kirana.example", "/s/corner", plain, 200},
		{with, "kirana.example", "/assets/x.css", plain, 200},
		{with, "kirana.example", "/robots.txt", plain, 200},
		{with, "kirana.example", "/", "playground", 200},
		{with, "kirana.example", "/p/tea", "404 page not found\n", 404},
		{with, "corner.kirana.example", "/", own, 200},
		{with, "corner.kirana.example", "/p/tea", own, 200},
		{with, "corner.kirana.example", "/s/market/p/tea", own, 200},
		{with, "corner.kirana.example", "/nothing", own, 200},
		{with, "corner.kirana.example", "/graphql", "graphql", 200},
		{with, "a.corner.kirana.example", "/", "playground", 200},
		{without, "corner.kirana.example", "/", "playground", 200},
		{without, "corner.kirana.example", "/p/tea", "404 page not found\n", 404},
		{without, "corner.kirana.example", "/s/corner", "pages  http://corner.kirana.example ", 200},
		{server.Options{BaseDomain: "kirana.example"}, "corner.kirana.example", "/", "404 page not found\n", 404},
	} {
		// A page has no header that chooses the store: a link is an address alone.
		w := setup(c.options).send(t, "GET", c.target, "Host", c.host, "Kirana-Store", "boutique")
		require.Equal(t, c.status, w.Code, c)
		require.Equal(t, c.body, w.Body.String(), c)
	}
}
