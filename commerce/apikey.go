package commerce

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
)

// The limits of API keys.
const (
	// MaxAPIKeys is how many keys of a store are good at the same time.
	MaxAPIKeys    = 100
	maxAPIKeyName = 255
	// MaxOverlap is how long the token before a rotation can stay good.
	MaxOverlap = 30 * 24 * time.Hour
)

// APIKey lets a program work in a store. It is the store's: it stays good when whoever made it leaves.
type APIKey struct {
	StoreID StoreID
	ID      APIKeyID
	Name    string
	// Prefix is the beginning of the token, by which its owner knows it.
	Prefix    string
	Scopes    []Scope
	CreatedAt time.Time
	// LastUsedAt is nil for a key that was never used; the others are nil for what has not happened, or never will.
	LastUsedAt, ExpiresAt, RevokedAt *time.Time
	// PreviousExpiresAt is when the token before the last rotation ends; nil when there was none.
	PreviousExpiresAt *time.Time
}

// APIKeyRef is the full key of an API key.
type APIKeyRef struct {
	Store StoreID
	ID    APIKeyID
}

// Ref is the key's full key.
func (k *APIKey) Ref() APIKeyRef { return APIKeyRef{Store: k.StoreID, ID: k.ID} }

// NodeID is the key's global id.
func (k *APIKey) NodeID() GlobalID {
	return GlobalID{Kind: KindAPIKey, Store: k.StoreID, ID: int64(k.ID)}
}

// IsNode marks APIKey as a node of the API.
func (*APIKey) IsNode() {}

// Tenant is the store.
func (k *APIKey) Tenant() StoreID { return k.StoreID }

// ScopeNames are the scopes as texts.
func (k *APIKey) ScopeNames() []string { return scopeNames(k.Scopes) }

// Active reports whether the key is good at a moment.
func (k *APIKey) Active(now time.Time) bool {
	return k.RevokedAt == nil && (k.ExpiresAt == nil || k.ExpiresAt.After(now))
}

// APIKeySortID is the only order of a store's keys: by id, the newest first.
const APIKeySortID SortKey = "KEY"

// NewAPIKey is a key to be.
type NewAPIKey struct {
	Name   string
	Scopes []Scope
	// ExpiresAt is nil for a key that does not.
	ExpiresAt *time.Time
	Prefix    string
	Hash      TokenHash
	At        time.Time
}

// Check reports everything that keeps the actor from making the key.
func (n NewAPIKey) Check(by Actor) Refusals {
	var r Refusals
	name := []any{"input", "name"}
	switch {
	case strings.TrimSpace(n.Name) == "":
		r.Add(RefusalBlank, name, "A key needs a name, such as that of the program which uses it.")
	case Characters(maxAPIKeyName).Exceeded(n.Name):
		r.Add(RefusalTooLong, name, "The name is longer than %s.", Characters(maxAPIKeyName))
	case !storable(n.Name) || strings.ContainsFunc(n.Name, unicode.IsControl):
		r.Add(RefusalInvalid, name, "The name is not UTF-8 text without control characters.")
	}
	n.checkScopes(&r, by)
	if n.ExpiresAt != nil && !n.ExpiresAt.After(n.At) {
		r.Add(RefusalInvalid, []any{"input", "expiresAt"}, "The moment has passed already.")
	}
	return r
}

func (n NewAPIKey) checkScopes(r *Refusals, by Actor) {
	if len(n.Scopes) == 0 {
		r.Add(RefusalBlank, []any{"input", "scopes"}, "A key needs at least one scope, such as %s.", ScopeCatalogRead)
	}
	if len(n.Scopes) > len(Scopes()) {
		r.Add(RefusalTooMany, []any{"input", "scopes"}, "There are %d scopes only.", len(Scopes()))
		return
	}
	for i, s := range n.Scopes {
		path := []any{"input", "scopes", i}
		switch {
		case !slices.Contains(Scopes(), s):
			r.Add(RefusalInvalid, path, "%.80q is no scope. There are %s.", s, strings.Join(scopeNames(Scopes()), ", "))
		case slices.Contains(n.Scopes[:i], s):
			r.Add(RefusalDuplicate, path, "The scope %s is given twice.", s)
		case !by.Covers([]Scope{s}):
			r.Add(RefusalForbidden, path, "You do not have the scope %s in this store, so you cannot give it.", s)
		}
	}
}

// Rotation gives a key another token.
type Rotation struct {
	ID     APIKeyID
	Prefix string
	Hash   TokenHash
	// Overlap is how long the token before stays good.
	Overlap time.Duration
	At      time.Time
}

// Check reports what keeps the rotation from being made.
func (n Rotation) Check() Refusals {
	var r Refusals
	if n.Overlap < 0 || n.Overlap > MaxOverlap {
		r.Add(RefusalInvalid, []any{"input", "overlapSeconds"}, "The overlap is outside 0 to %d seconds.", int(MaxOverlap.Seconds()))
	}
	return r
}

// StorePageKey asks for one page of what a store has.
type StorePageKey struct {
	Store StoreID
	Page  Page
}

// Counting asks for the number of items of the list.
func (k StorePageKey) Counting() StorePageKey {
	k.Page = k.Page.Counting()
	return k
}

// APIKeyReader reads the keys of stores; who may read them is for whoever asks to know.
type APIKeyReader interface {
	// APIKeysByID finds keys. One that there is not is missing from the answer.
	APIKeysByID(ctx context.Context, refs []APIKeyRef) (map[APIKeyRef]*APIKey, error)
	// APIKeyLists reads pages of stores' keys.
	APIKeyLists(ctx context.Context, keys []StorePageKey) (map[StorePageKey]List[*APIKey], error)
}

// APIKeyEditor makes, rotates and revokes keys. Refusals come as errors; then nothing was written.
type APIKeyEditor interface {
	AddAPIKey(ctx context.Context, by Actor, n NewAPIKey) (*APIKey, error)
	RotateAPIKey(ctx context.Context, by Actor, n Rotation) (*APIKey, error)
	// RevokeAPIKey ends a key at once, with the token before a rotation too. One that was revoked before stays as it is.
	RevokeAPIKey(ctx context.Context, by Actor, id APIKeyID, now time.Time) (*APIKey, error)
}
