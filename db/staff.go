package db

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const staffColumns = `f.store_id, f.merchant_id, m.name, m.email, f.role, (date_part('epoch', f.created_at) * 1000000)::bigint`

func scanStaff(r *row) *commerce.StaffMember {
	return &commerce.StaffMember{
		StoreID: commerce.StoreID(r.int()), Merchant: commerce.MerchantID(r.int()), Name: r.text(), Email: r.text(),
		Role: commerce.Role(r.text()), JoinedAt: r.moment(),
	}
}

const staffByIDSQL = `
SELECT ` + staffColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, merchant_id)
JOIN store_staff f ON f.store_id = k.store_id AND f.merchant_id = k.merchant_id
JOIN merchants m ON m.id = f.merchant_id`

// StaffByID reads staff members.
func (v View) StaffByID(ctx context.Context, refs []commerce.StaffRef) (map[commerce.StaffRef]*commerce.StaffMember, error) {
	found := make(map[commerce.StaffRef]*commerce.StaffMember, len(refs))
	err := v.each(ctx, func(r *row) {
		m := scanStaff(r)
		found[m.Ref()] = m
	}, staffByIDSQL, bigints(refs, func(ref commerce.StaffRef) int64 { return int64(ref.Store) }),
		bigints(refs, func(ref commerce.StaffRef) int64 { return int64(ref.Merchant) }))
	return found, err
}

const staffOfSQL = `
SELECT ` + staffColumns + `
FROM store_staff f JOIN merchants m ON m.id = f.merchant_id
WHERE f.store_id = ANY($1::bigint[]) ORDER BY f.store_id, f.created_at, f.merchant_id`

// StaffOf reads the staff of stores.
func (v View) StaffOf(ctx context.Context, stores []commerce.StoreID) (map[commerce.StoreID][]*commerce.StaffMember, error) {
	found := make(map[commerce.StoreID][]*commerce.StaffMember, len(stores))
	err := v.each(ctx, func(r *row) {
		m := scanStaff(r)
		found[m.StoreID] = append(found[m.StoreID], m)
	}, staffOfSQL, bigints(stores, func(id commerce.StoreID) int64 { return int64(id) }))
	return found, err
}

// standingSQL is what an author is in the store by now.
const standingSQL = `
SELECT coalesce((SELECT f.role FROM store_staff f WHERE f.store_id = $1 AND f.merchant_id = $2), ''),
    EXISTS (SELECT FROM api_keys k WHERE k.store_id = $1 AND k.id = $3 AND k.revoked_at IS NULL)`

// inStore changes the staff or the keys of the actor's store, which stays locked meanwhile: so they are counted right, and two
// owners who remove each other do not both succeed. The actor's rights are looked at again under the lock. fn returns what goes
// into the audit log; without a detail nothing was changed.
func (d *DB) inStore(ctx context.Context, by commerce.Actor, action string,
	fn func(tx *sqlx.Tx, by commerce.Actor) (subject commerce.GlobalID, detail map[string]any, err error),
) error {
	var subject commerce.GlobalID
	return mutate(ctx, d, by.Store, &subject, func(tx *sqlx.Tx) error {
		if _, err := lockedStore(ctx, tx, by.Store); err != nil {
			return err
		}
		now, err := standing(ctx, tx, by)
		if err != nil {
			return err
		}
		var detail map[string]any
		if subject, detail, err = fn(tx, now); err != nil || detail == nil {
			return err
		}
		return audit(ctx, tx, auditEntry{store: by.Store, by: by.Author, action: action, subject: subject.String(), detail: detail})
	})
}

// standing is the actor with the rights of now. Code FORBIDDEN for one who may not change staff any more.
func standing(ctx context.Context, tx *sqlx.Tx, by commerce.Actor) (commerce.Actor, error) {
	var role commerce.Role
	var keyed bool
	err := scanIn(ctx, tx, func(r *row) { role, keyed = commerce.Role(r.text()), r.bool() },
		standingSQL, int64(by.Store), int64(by.Merchant), int64(by.Key))
	if err != nil {
		return by, err
	}
	if !keyed {
		by.Scopes = role.Scopes()
	}
	if !slices.Contains(by.Scopes, commerce.ScopeStaffWrite) {
		return by, commerce.Forbidden(commerce.ScopeStaffWrite)
	}
	return by, nil
}

// lockedStaffSQL reads a member and how many owners the store has.
const lockedStaffSQL = `
SELECT ` + staffColumns + `, (SELECT count(*) FROM store_staff o WHERE o.store_id = $1 AND o.role = 'OWNER')
FROM store_staff f JOIN merchants m ON m.id = f.merchant_id
WHERE f.store_id = $1 AND f.merchant_id = $2`

// changeable reads a member whose rights the actor may change to those of a role, "" for none. The store never loses its last
// owner.
func changeable(ctx context.Context, tx *sqlx.Tx, by commerce.Actor, merchant commerce.MerchantID, role commerce.Role) (*commerce.StaffMember, error) {
	path := []any{"input", "id"}
	var member *commerce.StaffMember
	var owners int64
	err := scanIn(ctx, tx, func(r *row) { member, owners = scanStaff(r), r.int() }, lockedStaffSQL, int64(by.Store), int64(merchant))
	if err != nil {
		return nil, err
	}
	if member == nil {
		return nil, commerce.Refuse(commerce.RefusalNotFound, path, "Nobody with this id works in the store.")
	}
	var r commerce.Refusals
	by.CheckRole(&r, path, member.Role)
	if role != "" {
		by.CheckRole(&r, []any{"input", "role"}, role)
	}
	if member.Role == commerce.RoleOwner && role != commerce.RoleOwner && owners < 2 {
		r.Add(commerce.RefusalLastOwner, path, "This is the store's last owner. Make somebody else an owner first.")
	}
	return member, r.Err()
}

const setRoleSQL = `UPDATE store_staff SET role = $3 WHERE store_id = $1 AND merchant_id = $2`

// SetRole gives a member another role.
func (d *DB) SetRole(ctx context.Context, by commerce.Actor, merchant commerce.MerchantID, role commerce.Role) (*commerce.StaffMember, error) {
	var member *commerce.StaffMember
	err := d.inStore(ctx, by, "staffRoleUpdate", func(tx *sqlx.Tx, by commerce.Actor) (id commerce.GlobalID, _ map[string]any, err error) {
		if member, err = changeable(ctx, tx, by, merchant, role); err != nil {
			return id, nil, err
		}
		was := member.Role
		if was == role {
			return member.NodeID(), nil, nil
		}
		member.Role = role
		_, err = tx.ExecContext(ctx, setRoleSQL, int64(by.Store), int64(merchant), role)
		return member.NodeID(), map[string]any{"email": member.Email, "was": was, "role": role}, err
	})
	if err != nil {
		return nil, err
	}
	return member, nil
}

const removeStaffSQL = `DELETE FROM store_staff WHERE store_id = $1 AND merchant_id = $2`

// RemoveStaff ends a member's work in the store.
func (d *DB) RemoveStaff(ctx context.Context, by commerce.Actor, merchant commerce.MerchantID) error {
	return d.inStore(ctx, by, "staffRemove", func(tx *sqlx.Tx, by commerce.Actor) (id commerce.GlobalID, _ map[string]any, err error) {
		member, err := changeable(ctx, tx, by, merchant, "")
		if err != nil {
			return id, nil, err
		}
		_, err = tx.ExecContext(ctx, removeStaffSQL, int64(by.Store), int64(merchant))
		return member.NodeID(), map[string]any{"email": member.Email, "role": member.Role}, err
	})
}

const addStaffSQL = `
INSERT INTO store_staff (store_id, merchant_id, role) VALUES ($1, $2, $3) ON CONFLICT (store_id, merchant_id) DO NOTHING
RETURNING store_id`

const countStaffSQL = `SELECT count(*) FROM store_staff WHERE store_id = $1`

// Join accepts the invitation that has the token. The invitation goes with it, and stays when it is refused.
func (d *DB) Join(ctx context.Context, merchant commerce.MerchantID, token commerce.TokenHash, now time.Time) (*commerce.Joined, error) {
	var joined *commerce.Joined
	var member *commerce.StaffMember
	err := mutate(ctx, d, 0, &member, func(tx *sqlx.Tx) error {
		store, invitation, err := takeInvitation(ctx, tx, token, now)
		if err != nil {
			return err
		}
		if member, err = addStaff(ctx, tx, invitation, merchant); err != nil {
			return err
		}
		joined = &commerce.Joined{Member: member, Store: store}
		return audit(ctx, tx, auditEntry{
			store: store.ID, by: commerce.Author{Merchant: merchant}, action: "staffInvitationAccept", subject: member.NodeID().String(),
			detail: map[string]any{"email": member.Email, "role": member.Role},
		})
	})
	if err != nil {
		return nil, err
	}
	return joined, nil
}

// addStaff makes whoever an invitation was meant for a member.
func addStaff(ctx context.Context, tx *sqlx.Tx, invitation *commerce.StaffInvitation, merchant commerce.MerchantID) (*commerce.StaffMember, error) {
	path := []any{"input", "token"}
	var who *commerce.Merchant
	if err := scanIn(ctx, tx, func(r *row) { who = scanMerchant(r) }, merchantsByIDSQL, bigints([]commerce.MerchantID{merchant}, func(id commerce.MerchantID) int64 { return int64(id) })); err != nil {
		return nil, err
	}
	if who == nil {
		return nil, commerce.ErrMerchantRequired
	}
	if who.Email != invitation.Email {
		return nil, commerce.Refuse(commerce.RefusalEmailMismatch, path, "The invitation is for an account with another e-mail address. Sign in with that, or ask for an invitation to yours.")
	}
	var staff int
	if err := tx.GetContext(ctx, &staff, countStaffSQL, int64(invitation.StoreID)); err != nil {
		return nil, err
	}
	if staff >= commerce.MaxStaff {
		return nil, commerce.Refuse(commerce.RefusalTooMany, path, "%d people work in the store, as many as may.", staff)
	}
	added := false
	err := scanIn(ctx, tx, func(r *row) { added = r.int() > 0 }, addStaffSQL, int64(invitation.StoreID), int64(merchant), invitation.Role)
	if err == nil && !added {
		err = commerce.Refuse(commerce.RefusalTaken, path, "You work in the store already. An owner can give you another role with staffRoleUpdate.")
	}
	if err != nil {
		return nil, err
	}
	var member *commerce.StaffMember
	err = scanIn(ctx, tx, func(r *row) { member, _ = scanStaff(r), r.int() }, lockedStaffSQL, int64(invitation.StoreID), int64(merchant))
	return member, err
}
