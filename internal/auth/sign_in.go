package auth

import (
	"context"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// Accounts signs merchants up, in and out.
type Accounts struct {
	Accounts  commerce.AccountStore
	Sessions  commerce.SessionStore
	Passwords *Hasher
	Now       func() time.Time
}

// SignedIn is a session that was opened a moment ago.
type SignedIn struct {
	// Token is shown once.
	Token     Token
	ExpiresAt time.Time
	Merchant  *commerce.Merchant
}

// SignUp makes an account and signs its merchant in.
//
// It says so when an e-mail address has an account. Kirana sends no mail yet, so the only other answer would be a token, which
// nobody but the owner may have: whoever signs up has to learn whether it worked. What can be done is to make it slow to try a
// list of addresses: each try costs a hash, and each client address has only so many (see attempt). Sign-in, which tells a
// guesser far more, answers alike.
func (a *Accounts) SignUp(ctx context.Context, email, password, name string) (*SignedIn, error) {
	var r commerce.Refusals
	email = commerce.CheckEmail(&r, []any{"input", "email"}, email)
	commerce.CheckMerchantName(&r, name)
	commerce.CheckPassword(&r, []any{"input", "password"}, password, email, name)
	if err := r.Err(); err != nil {
		return nil, err
	}
	hash, err := a.Passwords.Hash(ctx, password)
	if err != nil {
		return nil, err
	}
	token, session := a.newSession(ctx)
	merchant, err := a.Accounts.AddMerchant(ctx, commerce.NewMerchant{Email: email, Name: strings.TrimSpace(name), PasswordHash: hash}, session)
	if err != nil {
		return nil, err
	}
	return &SignedIn{Token: token, ExpiresAt: session.ExpiresAt(), Merchant: merchant}, nil
}

// SignIn opens a session for whoever knows the password. An unknown account and a wrong password get the same answer after the
// same work.
func (a *Accounts) SignIn(ctx context.Context, email, password string) (*SignedIn, error) {
	email, _ = commerce.NormalEmail(email)
	account, err := a.verified(ctx, password, func() (*commerce.Account, error) { return a.Accounts.AccountByEmail(ctx, email) })
	if err != nil {
		return nil, err
	}
	if account == nil {
		return nil, commerce.Refuse(commerce.RefusalInvalidCredentials, []any{"input"}, "No account has this e-mail address and this password.")
	}
	token, session := a.newSession(ctx)
	if err := a.Sessions.OpenSession(ctx, account.Merchant.ID, session); err != nil {
		return nil, err
	}
	return &SignedIn{Token: token, ExpiresAt: session.ExpiresAt(), Merchant: account.Merchant}, nil
}

// verified is the account that find finds if the password is its own, nil if not. A hash that was made with other parameters is
// made anew, now that the password is known.
func (a *Accounts) verified(ctx context.Context, password string, find func() (*commerce.Account, error)) (*commerce.Account, error) {
	account, err := find()
	if err != nil {
		return nil, err
	}
	kept := ""
	if account != nil {
		kept = account.PasswordHash
	}
	right, stale, err := a.Passwords.Verify(ctx, password[:min(len(password), commerce.MaxPassword+1)], kept)
	if err != nil || !right {
		return nil, err
	}
	if !stale {
		return account, nil
	}
	hash, err := a.Passwords.Hash(ctx, password)
	if err != nil {
		return nil, err
	}
	if err := a.Accounts.Rehash(ctx, account.Merchant.ID, kept, hash); err != nil {
		return nil, err
	}
	account.PasswordHash = hash
	return account, nil
}

func (a *Accounts) newSession(ctx context.Context) (Token, commerce.NewSession) {
	token := NewToken(SessionToken)
	return token, commerce.NewSession{Hash: token.Hash(), At: a.Now(), Address: From(ctx).Address}
}

// SessionsOf are the sessions of the merchant who asks, none for an API key.
func (a *Accounts) SessionsOf(ctx context.Context, v *commerce.Viewer) ([]*commerce.Session, error) {
	if v.Merchant == 0 {
		return []*commerce.Session{}, nil
	}
	sessions, err := a.Sessions.Sessions(ctx, v.Merchant, a.Now())
	for _, s := range sessions {
		s.Current = s.ID == v.Session
	}
	return sessions, err
}
