package server

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// forStore tells the handler what is known of the request: its current store, the client's address, and the address the server
// was reached under. The store comes from the path, or else from the header Kirana-Store, or else from the host.
//
// Clients of Shopify's Storefront API send X-Shopify-Storefront-Access-Token with every request. It opens nothing, as
// nothing is closed.
func (s *Server) forStore(next http.Handler) http.Handler {
	if next == nil {
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle := r.PathValue("handle")
		if handle == "" {
			handle = r.Header.Get("Kirana-Store")
		}
		if handle == "" {
			handle = s.storeOfHost(r.Host)
		}
		v := visitOf(r.Context())
		if !utf8.ValidString(handle) || strings.ContainsFunc(handle, unicode.IsControl) {
			writeFault(w, http.StatusBadRequest, "BAD_USER_INPUT", "The handle of the current store is not a text.", v.id[0])
			return
		}
		v.known.StoreHandle, v.known.BaseURL = handle, s.baseURL(r)
		v.known.Address = s.clientAddress(r)
		next.ServeHTTP(w, r)
	})
}

// storeOfHost is the handle in {handle}.<base domain>, "" when the host is another.
func (s *Server) storeOfHost(host string) string {
	if s.o.BaseDomain == "" {
		return ""
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	handle, found := strings.CutSuffix(strings.ToLower(host), "."+s.o.BaseDomain)
	if !found || strings.Contains(handle, ".") {
		return ""
	}
	return handle
}

// ofVersion serves the addresses of Shopify's Storefront API. There is one schema: a version is not chosen, but has to be
// one, so that a mistyped address is found out.
func (s *Server) ofVersion(next http.Handler) http.Handler {
	if next == nil {
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isVersion(r.PathValue("version")) {
			writeFault(w, http.StatusNotFound, "NOT_FOUND", "The version in the address is none: write it as 2026-01, or unstable.", RequestID(r.Context()))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isVersion reports whether a text is YYYY-MM or unstable.
func isVersion(v string) bool {
	if v == "unstable" {
		return true
	}
	if len(v) != len("2026-01") || v[4] != '-' || strings.Trim(v[:4]+v[5:], "0123456789") != "" {
		return false
	}
	return "01" <= v[5:] && v[5:] <= "12"
}

// baseURL is the address clients reach the server under, without a final slash.
func (s *Server) baseURL(r *http.Request) string {
	if s.o.PublicURL != "" {
		return strings.TrimRight(s.o.PublicURL, "/")
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	if proto := r.Header.Get("X-Forwarded-Proto"); s.o.TrustProxy && (proto == "http" || proto == "https") {
		scheme = proto
	}
	return scheme + "://" + r.Host
}

// clientAddress is the address that the request came from. Behind a proxy that is the last hop of X-Forwarded-For, the one which
// the proxy itself has seen: the others were written by anybody.
func (s *Server) clientAddress(r *http.Request) string {
	if hops := r.Header.Values("X-Forwarded-For"); s.o.TrustProxy && len(hops) > 0 {
		last := hops[len(hops)-1]
		if a, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])); err == nil {
			return a.Unmap().WithZone("").String()
		}
	}
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return a.Addr().Unmap().WithZone("").String()
}
