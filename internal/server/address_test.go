package server_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/internal/server"
)

func TestClientAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trust     bool
		remote    string
		forwarded []string
		want      string
	}{
		"the peer":                     {remote: "203.0.113.9:4711", want: "203.0.113.9"},
		"the peer, over IPv6":          {remote: "[2001:db8::9]:4711", want: "2001:db8::9"},
		"an IPv4 peer of an IPv6 port": {remote: "[::ffff:203.0.113.9]:4711", want: "203.0.113.9"},
		"a zone is no part of it":      {remote: "[fe80::1%eth0]:4711", want: "fe80::1"},
		"no address":                   {remote: "@", want: ""},
		"what anybody wrote":           {remote: "203.0.113.9:1", forwarded: []string{"198.51.100.1"}, want: "203.0.113.9"},
		"what the proxy saw":           {trust: true, remote: "10.0.0.1:1", forwarded: []string{"198.51.100.1"}, want: "198.51.100.1"},
		"the last hop":                 {trust: true, remote: "10.0.0.1:1", forwarded: []string{"6.6.6.6, 198.51.100.1"}, want: "198.51.100.1"},
		"of the last header":           {trust: true, remote: "10.0.0.1:1", forwarded: []string{"6.6.6.6", "7.7.7.7,2001:db8::1"}, want: "2001:db8::1"},
		"no hop":                       {trust: true, remote: "10.0.0.1:1", forwarded: []string{"6.6.6.6, unknown"}, want: "10.0.0.1"},
		"a proxy that forwards none":   {trust: true, remote: "10.0.0.1:1", want: "10.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := "nobody asked"
			who := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = auth.From(r.Context()).Address })
			b := setup(server.Options{GraphQL: who, TrustProxy: c.trust})
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
			r.RemoteAddr = c.remote
			r.Header["X-Forwarded-For"] = c.forwarded
			b.server.ServeHTTP(httptest.NewRecorder(), r)
			require.Equal(t, c.want, got)
		})
	}
}
