// Package auth says who asks, for which store, and under which address the server was reached; it signs merchants in and makes
// the tokens by which they are known afterwards.
//
// It never holds SQL, and never keeps or logs a password or a token. That the current store exists and is published is for the
// reader of the store to say.
package auth

import (
	"context"
	"errors"

	"github.com/kirana-commerce/kirana/commerce"
)

// Request is what is known of a request before its document is read.
type Request struct {
	// StoreHandle names the current store, empty when the request has none.
	StoreHandle string
	// BaseURL is the address clients reached the server under, without a final slash: http://127.0.0.1:8080.
	BaseURL string
	// Address is the client's network address, without a port; empty when nobody knows it.
	Address string
	// Viewer is who asks, nil for an anonymous request.
	Viewer *commerce.Viewer
}

// ErrInvalidToken says that a token is not valid, or not any more.
var ErrInvalidToken = errors.New("the token is not valid")

// Authenticator finds out whom a bearer token belongs to. Errors: ErrInvalidToken; any other means that nobody can say.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (*commerce.Viewer, error)
}

type contextKey struct{}

// With returns a context that carries r.
func With(ctx context.Context, r Request) context.Context { return Prepare(ctx, &r) }

// Prepare returns a context that carries what r will hold. It is to be filled in before anybody reads it.
func Prepare(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, contextKey{}, r)
}

// From returns the context's request, the zero Request when it carries none.
func From(ctx context.Context) Request {
	if r, ok := ctx.Value(contextKey{}).(*Request); ok {
		return *r
	}
	return Request{}
}
