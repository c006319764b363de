package commerce

import (
	"context"
	"time"
)

// A session ends when it has not been used for SessionIdle, and at the latest SessionMost after sign-in: whoever works every
// day stays signed in, and a token that was copied somewhere dies all the same.
const (
	SessionIdle = 30 * 24 * time.Hour
	SessionMost = 180 * 24 * time.Hour
)

// MaxSessions is how many sessions a merchant has at the same time. One more ends the one that has lain idle for longest.
const MaxSessions = 100

// UseInterval is how exactly the last use of a token is known: most requests then write nothing.
const UseInterval = time.Minute

// TokenHash is the SHA-256 of a token. The token itself is kept by nobody but its owner.
type TokenHash [32]byte

// Session is one place where a merchant has signed in.
type Session struct {
	ID         SessionID
	Merchant   MerchantID
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time
	// Address is the client's at sign-in, empty when nobody knows it.
	Address string
	// Current says that it is the session which asks.
	Current bool
}

// NodeID is the session's global id.
func (s *Session) NodeID() GlobalID { return GlobalID{Kind: KindSession, ID: int64(s.ID)} }

// NewSession is a session to be.
type NewSession struct {
	Hash    TokenHash
	At      time.Time
	Address string
}

// ExpiresAt is when the session ends if nobody uses it.
func (n NewSession) ExpiresAt() time.Time { return n.At.Add(SessionIdle) }

// SessionStore keeps sessions.
type SessionStore interface {
	// OpenSession signs a merchant in.
	OpenSession(ctx context.Context, id MerchantID, s NewSession) error
	// CloseSession ends one of the merchant's sessions. False when the merchant has no such session.
	CloseSession(ctx context.Context, id MerchantID, session SessionID) (bool, error)
	// CloseSessions ends all sessions of the merchant but one; 0 keeps none.
	CloseSessions(ctx context.Context, id MerchantID, keep SessionID) error
	// Sessions are the merchant's at the moment now, the newest first.
	Sessions(ctx context.Context, id MerchantID, now time.Time) ([]*Session, error)
}

type unusedContext struct{}

// WithoutUse returns a context under which finding out whom a token belongs to does not count as using it: nobody has asked for anything.
func WithoutUse(ctx context.Context) context.Context {
	return context.WithValue(ctx, unusedContext{}, true)
}

// CountsAsUse reports whether finding out whom a token belongs to is a use of it.
func CountsAsUse(ctx context.Context) bool { return ctx.Value(unusedContext{}) == nil }

// CredentialReader finds out whom a token belongs to, from the primary: what was revoked a moment ago is not valid any more. It
// is one statement, and one more about once in UseInterval for each token, to remember that it was used, unless under WithoutUse. It reads along the
// viewer's store with the handle current, which nearly every request is about.
type CredentialReader interface {
	// SessionViewer is the merchant whose session has the token, nil when there is none.
	SessionViewer(ctx context.Context, token TokenHash, current string, now time.Time) (*Viewer, error)
	// APIKeyViewer is the API key that has the token, nil when there is none.
	APIKeyViewer(ctx context.Context, token TokenHash, current string, now time.Time) (*Viewer, error)
}
