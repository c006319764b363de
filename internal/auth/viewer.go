package auth

import (
	"context"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// Bearers finds out whom a bearer token belongs to, a session's or an API key's.
type Bearers struct {
	Credentials commerce.CredentialReader
	Now         func() time.Time
}

// Authenticate is the viewer whose token it is. Errors: ErrInvalidToken; any other means that nobody can say.
func (b Bearers) Authenticate(ctx context.Context, text string) (*commerce.Viewer, error) {
	token, ok := ParseToken(text)
	if !ok {
		return nil, ErrInvalidToken
	}
	find := b.Credentials.SessionViewer
	switch token.Kind {
	case SessionToken:
	case APIKeyToken:
		find = b.Credentials.APIKeyViewer
	default:
		return nil, ErrInvalidToken // an invitation opens nothing by itself, and a customer's token is an argument
	}
	viewer, err := find(ctx, token.Hash(), From(ctx).StoreHandle, b.Now())
	if err == nil && viewer == nil {
		err = ErrInvalidToken
	}
	return viewer, err
}
