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
	Throttles commerce.ThrottleStore
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
// list of addresses: each try costs a hash, and each client address has only so many. Sign-in, which tells a guesser far more,
// answers alike.
func (a *Accounts) SignUp(ctx context.Context, email, password, name string) (*SignedIn, error) {
	var r commerce.Refusals
	email = commerce.CheckEmail(&r, []any{"input", "email"}, email)
	commerce.CheckMerchantName(&r, name)
	commerce.CheckPassword(&r, []any{"input", "password"}, password, email, name)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if err := a.begin(ctx, signUpAttempt(ctx)); err != nil {
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
	account, err := a.verified(ctx, email, password, func() (*commerce.Account, error) { return a.Accounts.AccountByEmail(ctx, email) })
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

// verified is the account that find finds if the password is its own, nil if not. Code THROTTLED when there were too many tries.
func (a *Accounts) verified(ctx context.Context, email, password string, find func() (*commerce.Account, error)) (*commerce.Account, error) {
	attempt := signInAttempt(ctx, email)
	if err := a.begin(ctx, attempt); err != nil {
		return nil, err
	}
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
	if err := a.Throttles.Succeed(ctx, attempt, a.Now()); err != nil {
		return nil, err
	}
	if stale {
		return account, a.rehash(ctx, account, password)
	}
	return account, nil
}

// rehash makes a hash that was made with other parameters anew, now that the password is known.
func (a *Accounts) rehash(ctx context.Context, account *commerce.Account, password string) error {
	hash, err := a.Passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	was := account.PasswordHash
	account.PasswordHash = hash
	return a.Accounts.Rehash(ctx, account.Merchant.ID, was, hash)
}

// begin lets an attempt pass, or says how long to wait. Code THROTTLED.
func (a *Accounts) begin(ctx context.Context, attempt commerce.Attempt) error {
	wait, err := a.Throttles.Begin(ctx, attempt, a.Now())
	if err == nil && wait > 0 {
		err = commerce.Throttled(wait)
	}
	return err
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

// SignOut ends the session that asks, or all sessions of its merchant.
func (a *Accounts) SignOut(ctx context.Context, v *commerce.Viewer, everywhere bool) error {
	if v.Merchant == 0 {
		return commerce.ErrMerchantRequired
	}
	if everywhere {
		return a.Sessions.CloseSessions(ctx, v.Merchant, 0)
	}
	_, err := a.Sessions.CloseSession(ctx, v.Merchant, v.Session)
	return err
}

// CloseSession ends one of the sessions of the merchant who asks.
func (a *Accounts) CloseSession(ctx context.Context, v *commerce.Viewer, id commerce.SessionID) error {
	if v.Merchant == 0 {
		return commerce.ErrMerchantRequired
	}
	closed, err := a.Sessions.CloseSession(ctx, v.Merchant, id)
	if err == nil && !closed {
		err = commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "You have no such session.")
	}
	return err
}

// ChangePassword gives the merchant who asks another password, and ends all other sessions: whoever changes a password often does
// so because somebody else knows it.
func (a *Accounts) ChangePassword(ctx context.Context, v *commerce.Viewer, current, next string) error {
	account, err := a.accountOf(ctx, v)
	if err != nil {
		return err
	}
	var r commerce.Refusals
	commerce.CheckPassword(&r, []any{"input", "newPassword"}, next, account.Merchant.Email, account.Merchant.Name)
	if err := r.Err(); err != nil {
		return err
	}
	right, err := a.verified(ctx, account.Merchant.Email, current, func() (*commerce.Account, error) { return account, nil })
	if err != nil {
		return err
	}
	wrong := commerce.Refuse(commerce.RefusalInvalidCredentials, []any{"input", "currentPassword"}, "This is not your password.")
	if right == nil {
		return wrong
	}
	hash, err := a.Passwords.Hash(ctx, next)
	if err != nil {
		return err
	}
	changed, err := a.Accounts.SetPassword(ctx, v.Merchant, right.PasswordHash, hash, v.Session)
	if err == nil && !changed {
		err = wrong // by now
	}
	return err
}

// accountOf is the account of the merchant who asks.
func (a *Accounts) accountOf(ctx context.Context, v *commerce.Viewer) (*commerce.Account, error) {
	if v.Merchant == 0 {
		return nil, commerce.ErrMerchantRequired
	}
	account, err := a.Accounts.AccountByID(ctx, v.Merchant)
	if err == nil && account == nil {
		err = commerce.ErrUnauthenticated
	}
	return account, err
}
