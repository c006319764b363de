package server

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/kirana-commerce/kirana/internal/auth"
)

// forViewer tells the handler who asks, by the bearer token of the request (RFC 6750, section 2.1). A request without one is
// anonymous; one whose token is not valid any more is refused, rather than answered as if nobody had signed in.
func (s *Server) forViewer(next http.Handler) http.Handler {
	if next == nil || s.o.Viewers == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, given := bearer(r.Header.Get("Authorization"))
		if !given {
			next.ServeHTTP(w, r)
			return
		}
		v := visitOf(r.Context())
		viewer, err := s.o.Viewers.Authenticate(r.Context(), token)
		if err != nil {
			s.refuseViewer(w, r, err)
			return
		}
		v.known.Viewer, v.token = viewer, token
		next.ServeHTTP(w, r)
	})
}

// Renew finds out anew who asks, for an answer that outlives its request: meanwhile a session may have ended, or a key been revoked.
// Errors: auth.ErrInvalidToken; any other means that nobody can say just now.
func Renew(ctx context.Context) (context.Context, error) {
	v := visitOf(ctx)
	if v == nil || v.token == "" {
		return ctx, nil
	}
	viewer, err := v.server.o.Viewers.Authenticate(ctx, v.token)
	if err != nil {
		return ctx, err
	}
	known := auth.From(ctx)
	known.Viewer = viewer.Later()
	return auth.With(ctx, known), nil
}

// bearer reads the token of an Authorization header. Another scheme is none of ours: a proxy in front may use it.
func bearer(header string) (token string, given bool) {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}

// refuseViewer says why a token was not taken: it is not valid, or nobody can say.
func (s *Server) refuseViewer(w http.ResponseWriter, r *http.Request, err error) {
	id := RequestID(r.Context())
	if errors.Is(err, auth.ErrInvalidToken) {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		writeFault(w, http.StatusUnauthorized, "UNAUTHENTICATED",
			"The token is not valid, or not any more. Sign in again with merchantSignIn, or leave the header Authorization out.", id)
		return
	}
	s.o.Logger.ErrorContext(r.Context(), "a token could not be looked up", "error", err, "request_id", id)
	w.Header().Set("Retry-After", "1")
	writeFault(w, http.StatusServiceUnavailable, "UNAVAILABLE", "Sign-in is not available right now. Try again in a moment.", id)
}
