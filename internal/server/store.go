package server

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/internal/auth"
)

// forStore tells the handler what is known of the request: its current store, by the path or else the header
// Kirana-Store, and the address the server was reached under.
func (s *Server) forStore(next http.Handler) http.Handler {
	if next == nil {
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle := r.PathValue("handle")
		if handle == "" {
			handle = r.Header.Get("Kirana-Store")
		}
		if !utf8.ValidString(handle) || strings.ContainsFunc(handle, unicode.IsControl) {
			writeFault(w, http.StatusBadRequest, "BAD_USER_INPUT", "The handle of the current store is not a text.", RequestID(r.Context()))
			return
		}
		next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), auth.Request{StoreHandle: handle, BaseURL: s.baseURL(r)})))
	})
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
