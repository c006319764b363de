package server

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rs/cors"
)

// The words of a list of origins that are none themselves.
const (
	originAny      = "*"
	originLoopback = "loopback"
)

// maxPreflight is how long a browser may remember a permission, in seconds: browsers keep none for longer.
const maxPreflight = 2 * 60 * 60

// Origins are the sites whose pages may use the API.
type Origins struct {
	any, loopback bool
	listed        map[string]bool
}

// NewOrigins lets in the origins of a list, such as https://shop.example.com. "*" stands for any, "loopback" for those of
// this machine, on any port.
func NewOrigins(list []string) *Origins {
	o := &Origins{any: slices.Contains(list, originAny), loopback: slices.Contains(list, originLoopback), listed: make(map[string]bool)}
	for _, origin := range list {
		o.listed[strings.ToLower(strings.TrimSuffix(origin, "/"))] = true
	}
	delete(o.listed, originAny)
	delete(o.listed, originLoopback)
	return o
}

// Allowed reports whether the pages of an origin may use the API. That of the server itself need not be asked about.
func (o *Origins) Allowed(origin string) bool {
	switch {
	case o == nil:
		return false
	case o.any:
		return true
	}
	return o.listed[strings.ToLower(origin)] || o.loopback && isLoopback(origin)
}

func isLoopback(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	host := u.Hostname()
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}

// shared lets browsers show answers to the pages of the allowed origins. No answer depends on cookies, so none is ever
// sent with a request from there.
func (s *Server) shared(next http.Handler) http.Handler {
	o := s.o.Origins
	if next == nil || o == nil || !o.any && !o.loopback && len(o.listed) == 0 {
		return next
	}
	options := cors.Options{
		AllowOriginFunc: o.Allowed,
		AllowedMethods:  []string{http.MethodGet, http.MethodPost},
		AllowedHeaders: []string{
			"Accept", "Authorization", "Content-Type", "Idempotency-Key", "Kirana-Consistency", "Kirana-Require-Preflight", "Kirana-Store",
			"X-Request-Id", "X-Shopify-Storefront-Access-Token",
			"Apollo-Require-Preflight", "Apollographql-Client-Name", "Apollographql-Client-Version",
			"X-Apollo-Operation-Id", "X-Apollo-Operation-Name", "X-Apollo-Operation-Type",
		},
		ExposedHeaders: []string{"Kirana-Consistency", "Retry-After", "X-Request-Id"},
		MaxAge:         maxPreflight,
	}
	if o.any { // then answers need not differ by who asks
		options.AllowOriginFunc, options.AllowedOrigins = nil, []string{originAny}
	}
	return cors.New(options).Handler(next)
}
