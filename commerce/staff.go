package commerce

import (
	"context"
	"slices"
	"time"
)

// The codes of refusals that are about staff and keys alone.
const (
	// RefusalForbidden refuses to give, or to take over, a right that the viewer does not have.
	RefusalForbidden RefusalCode = "FORBIDDEN"
	// RefusalLastOwner keeps a store from losing the only one who may do everything.
	RefusalLastOwner RefusalCode = "LAST_OWNER"
	// RefusalEmailMismatch refuses an invitation to whoever it was not meant for.
	RefusalEmailMismatch RefusalCode = "EMAIL_MISMATCH"
	// RefusalInactive refuses to rotate a key that was revoked or has expired.
	RefusalInactive RefusalCode = "INACTIVE"
)

// MaxStaff is how many people work in a store, and how many may be invited at the same time.
const MaxStaff = 100

// InvitationLife is how long an invitation can be accepted.
const InvitationLife = 7 * 24 * time.Hour

// StaffMember is a merchant who works in a store.
type StaffMember struct {
	StoreID  StoreID
	Merchant MerchantID
	Name     string
	Email    string
	Role     Role
	JoinedAt time.Time
}

// StaffRef is the full key of a staff member.
type StaffRef struct {
	Store    StoreID
	Merchant MerchantID
}

// Ref is the member's full key.
func (m *StaffMember) Ref() StaffRef { return StaffRef{Store: m.StoreID, Merchant: m.Merchant} }

// NodeID is the member's global id.
func (m *StaffMember) NodeID() GlobalID { return m.Ref().NodeID() }

// NodeID is the global id of the member with this key.
func (r StaffRef) NodeID() GlobalID {
	return GlobalID{Kind: KindStaffMember, Store: r.Store, ID: int64(r.Merchant)}
}

// IsNode marks StaffMember as a node of the API.
func (*StaffMember) IsNode() {}

// Tenant is the store.
func (m *StaffMember) Tenant() StoreID { return m.StoreID }

// InvitationID identifies an invitation within its store.
type InvitationID int64

// InvitationRef is the full key of an invitation.
type InvitationRef struct {
	Store StoreID
	ID    InvitationID
}

// StaffInvitation asks somebody to work in a store. Whoever accepts it has the token, and an account with the e-mail address.
type StaffInvitation struct {
	StoreID   StoreID
	ID        InvitationID
	Email     string
	Role      Role
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Ref is the invitation's full key.
func (i *StaffInvitation) Ref() InvitationRef { return InvitationRef{Store: i.StoreID, ID: i.ID} }

// NodeID is the invitation's global id.
func (i *StaffInvitation) NodeID() GlobalID {
	return GlobalID{Kind: KindStaffInvitation, Store: i.StoreID, ID: int64(i.ID)}
}

// IsNode marks StaffInvitation as a node of the API.
func (*StaffInvitation) IsNode() {}

// Tenant is the store.
func (i *StaffInvitation) Tenant() StoreID { return i.StoreID }

// Actor is who changes the staff or the keys of a store, and with which rights. Nobody can give a right that they do not have,
// nor touch who has more: else an API key that may invite could make itself an owner.
type Actor struct {
	Author

	Store  StoreID
	Scopes []Scope
}

// Actor is the viewer as somebody who changes the staff or the keys of a store.
func (v *Viewer) Actor(store StoreID) Actor {
	a := Actor{Author: v.Author(), Store: store}
	if v == nil {
		return a
	}
	if i := slices.IndexFunc(v.Grants, func(g Grant) bool { return g.Store == store }); i >= 0 {
		a.Scopes = v.Grants[i].Scopes
	}
	return a
}

// Covers reports whether the actor has all of these rights.
func (a Actor) Covers(scopes []Scope) bool {
	return !slices.ContainsFunc(scopes, func(s Scope) bool { return !slices.Contains(a.Scopes, s) })
}

// CheckRole reports whether the actor may give the role, or change the rights of somebody who has it.
func (a Actor) CheckRole(r *Refusals, path []any, role Role) {
	if !a.Covers(role.Scopes()) {
		r.Add(RefusalForbidden, path, "You lack rights that %s has in this store, so you can neither give nor take them.", role)
	}
}

// NewInvitation is an invitation to be.
type NewInvitation struct {
	Email string
	Role  Role
	Hash  TokenHash
	At    time.Time
}

// ExpiresAt is when the invitation can no longer be accepted.
func (n NewInvitation) ExpiresAt() time.Time { return n.At.Add(InvitationLife) }

// UnknownInvitation refuses a token that opens no invitation, whatever the reason.
func UnknownInvitation() error {
	return Refuse(RefusalNotFound, []any{"input", "token"}, "This invitation was used, taken back, or has expired. Ask for another.")
}

// Joined is what became of an invitation that was accepted.
type Joined struct {
	Member *StaffMember
	Store  *Store
}

// StaffReader reads who works in stores, and who may read it is for whoever asks to know. A key without a thing is missing from
// the answer.
type StaffReader interface {
	StaffByID(ctx context.Context, refs []StaffRef) (map[StaffRef]*StaffMember, error)
	InvitationsByID(ctx context.Context, refs []InvitationRef) (map[InvitationRef]*StaffInvitation, error)
	// StaffOf and InvitationsOf are in the order in which they came.
	StaffOf(ctx context.Context, stores []StoreID) (map[StoreID][]*StaffMember, error)
	InvitationsOf(ctx context.Context, stores []StoreID) (map[StoreID][]*StaffInvitation, error)
}

// StaffEditor changes who works in a store. Refusals come as errors; then nothing was written.
type StaffEditor interface {
	// Invite makes an invitation, in the place of an earlier one to the same address.
	Invite(ctx context.Context, by Actor, n NewInvitation) (*StaffInvitation, error)
	// RevokeInvitation takes an invitation back.
	RevokeInvitation(ctx context.Context, by Actor, id InvitationID) error
	// Join accepts the invitation that has the token, for a merchant.
	Join(ctx context.Context, merchant MerchantID, token TokenHash, now time.Time) (*Joined, error)
	// SetRole gives a member another role.
	SetRole(ctx context.Context, by Actor, merchant MerchantID, role Role) (*StaffMember, error)
	// RemoveStaff ends a member's work in the store.
	RemoveStaff(ctx context.Context, by Actor, merchant MerchantID) error
}
