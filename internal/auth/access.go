package auth

import (
	"context"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// Access gives people and programs the rights to work in a store: it makes the tokens of invitations and API keys, which are
// shown once.
type Access struct {
	Staff commerce.StaffEditor
	Keys  commerce.APIKeyEditor
	Now   func() time.Time
}

// Invited is an invitation that was made a moment ago.
type Invited struct {
	Token      Token
	Invitation *commerce.StaffInvitation
}

// Invite invites somebody to work in the actor's store.
func (a *Access) Invite(ctx context.Context, by commerce.Actor, email string, role commerce.Role) (*Invited, error) {
	token := NewToken(InvitationToken)
	invitation, err := a.Staff.Invite(ctx, by, commerce.NewInvitation{Email: email, Role: role, Hash: token.Hash(), At: a.Now()})
	if err != nil {
		return nil, err
	}
	return &Invited{Token: token, Invitation: invitation}, nil
}

// Join accepts an invitation for the merchant who asks.
func (a *Access) Join(ctx context.Context, v *commerce.Viewer, text string) (*commerce.Joined, error) {
	if v.Merchant == 0 {
		return nil, commerce.ErrMerchantRequired
	}
	token, ok := ParseToken(strings.TrimSpace(text))
	if !ok || token.Kind != InvitationToken {
		return nil, commerce.UnknownInvitation()
	}
	return a.Staff.Join(ctx, v.Merchant, token.Hash(), a.Now())
}

// IssuedKey is an API key whose token was made a moment ago.
type IssuedKey struct {
	Token Token
	Key   *commerce.APIKey
}

// CreateKey makes an API key of the actor's store.
func (a *Access) CreateKey(ctx context.Context, by commerce.Actor, name string, scopes []commerce.Scope, expiresAt *time.Time) (*IssuedKey, error) {
	token := NewToken(APIKeyToken)
	key, err := a.Keys.AddAPIKey(ctx, by, commerce.NewAPIKey{
		Name: strings.TrimSpace(name), Scopes: scopes, ExpiresAt: expiresAt, Prefix: token.Prefix(), Hash: token.Hash(), At: a.Now(),
	})
	if err != nil {
		return nil, err
	}
	return &IssuedKey{Token: token, Key: key}, nil
}

// RotateKey gives an API key another token. The one before stays good for the overlap.
func (a *Access) RotateKey(ctx context.Context, by commerce.Actor, id commerce.APIKeyID, overlap time.Duration) (*IssuedKey, error) {
	token := NewToken(APIKeyToken)
	key, err := a.Keys.RotateAPIKey(ctx, by, commerce.Rotation{ID: id, Prefix: token.Prefix(), Hash: token.Hash(), Overlap: overlap, At: a.Now()})
	if err != nil {
		return nil, err
	}
	return &IssuedKey{Token: token, Key: key}, nil
}

// RevokeKey ends an API key at once.
func (a *Access) RevokeKey(ctx context.Context, by commerce.Actor, id commerce.APIKeyID) (*commerce.APIKey, error) {
	return a.Keys.RevokeAPIKey(ctx, by, id, a.Now())
}
