package db

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const invitationColumns = `i.store_id, i.id, i.email, i.role, (date_part('epoch', i.created_at) * 1000000)::bigint,
    (date_part('epoch', i.expires_at) * 1000000)::bigint`

func scanInvitation(r *row) *commerce.StaffInvitation {
	return &commerce.StaffInvitation{
		StoreID: commerce.StoreID(r.int()), ID: commerce.InvitationID(r.int()), Email: r.text(), Role: commerce.Role(r.text()),
		CreatedAt: r.moment(), ExpiresAt: r.moment(),
	}
}

const invitationsByIDSQL = `
SELECT ` + invitationColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN staff_invitations i ON i.store_id = k.store_id AND i.id = k.id`

// InvitationsByID reads invitations.
func (v View) InvitationsByID(ctx context.Context, refs []commerce.InvitationRef) (map[commerce.InvitationRef]*commerce.StaffInvitation, error) {
	found := make(map[commerce.InvitationRef]*commerce.StaffInvitation, len(refs))
	err := v.each(ctx, func(r *row) {
		i := scanInvitation(r)
		found[i.Ref()] = i
	}, invitationsByIDSQL, bigints(refs, func(ref commerce.InvitationRef) int64 { return int64(ref.Store) }),
		bigints(refs, func(ref commerce.InvitationRef) int64 { return int64(ref.ID) }))
	return found, err
}

const invitationsOfSQL = `
SELECT ` + invitationColumns + ` FROM staff_invitations i WHERE i.store_id = ANY($1::bigint[]) ORDER BY i.store_id, i.id`

// InvitationsOf reads the invitations of stores, those too that have expired.
func (v View) InvitationsOf(ctx context.Context, stores []commerce.StoreID) (map[commerce.StoreID][]*commerce.StaffInvitation, error) {
	found := make(map[commerce.StoreID][]*commerce.StaffInvitation, len(stores))
	err := v.each(ctx, func(r *row) {
		i := scanInvitation(r)
		found[i.StoreID] = append(found[i.StoreID], i)
	}, invitationsOfSQL, bigints(stores, func(id commerce.StoreID) int64 { return int64(id) }))
	return found, err
}

const clearInvitationsSQL = `DELETE FROM staff_invitations WHERE store_id = $1 AND expires_at <= $2`

// invitedSQL tells how many invitations to others are open, and whether the address is that of somebody who works in the store.
const invitedSQL = `
SELECT (SELECT count(*) FROM staff_invitations i WHERE i.store_id = $1 AND i.email <> $2),
    EXISTS (SELECT FROM store_staff f JOIN merchants m ON m.id = f.merchant_id WHERE f.store_id = $1 AND lower(m.email) = $2)`

const inviteSQL = `
INSERT INTO staff_invitations AS i (store_id, email, role, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
RETURNING ` + invitationColumns

// dropInvitationSQL makes room for another invitation to the same address, which gets an id of its own: an id names one
// invitation for ever.
const dropInvitationSQL = `DELETE FROM staff_invitations WHERE store_id = $1 AND email = $2`

// Invite makes an invitation.
func (d *DB) Invite(ctx context.Context, by commerce.Actor, n commerce.NewInvitation) (*commerce.StaffInvitation, error) {
	var invitation *commerce.StaffInvitation
	err := d.inStore(ctx, by, "staffInvite", func(tx *sqlx.Tx, by commerce.Actor) (id commerce.GlobalID, _ map[string]any, err error) {
		if _, err := tx.ExecContext(ctx, clearInvitationsSQL, int64(by.Store), n.At); err != nil {
			return id, nil, err
		}
		if err := checkInvited(ctx, tx, by, &n); err != nil {
			return id, nil, err
		}
		if _, err := tx.ExecContext(ctx, dropInvitationSQL, int64(by.Store), n.Email); err != nil {
			return id, nil, err
		}
		err = scanIn(ctx, tx, func(r *row) { invitation = scanInvitation(r) },
			inviteSQL, int64(by.Store), n.Email, n.Role, n.Hash[:], n.At, n.ExpiresAt())
		if err != nil {
			return id, nil, err
		}
		return invitation.NodeID(), map[string]any{"email": n.Email, "role": n.Role}, nil
	})
	if err != nil {
		return nil, err
	}
	return invitation, nil
}

// checkInvited reports everything that keeps an invitation from being made, and puts its address into the form of accounts.
func checkInvited(ctx context.Context, tx *sqlx.Tx, by commerce.Actor, n *commerce.NewInvitation) error {
	var r commerce.Refusals
	path := []any{"input", "email"}
	n.Email = commerce.CheckEmail(&r, path, n.Email)
	by.CheckRole(&r, []any{"input", "role"}, n.Role)
	if len(r) > 0 {
		return r
	}
	var others int64
	var works bool
	if err := scanIn(ctx, tx, func(r *row) { others, works = r.int(), r.bool() }, invitedSQL, int64(by.Store), n.Email); err != nil {
		return err
	}
	if works {
		r.Add(commerce.RefusalTaken, path, "Somebody with this e-mail address works in the store already.")
	}
	if others >= commerce.MaxStaff {
		r.Add(commerce.RefusalTooMany, nil, "%d invitations are open, as many as may be. Take one back with staffInvitationRevoke.", others)
	}
	return r.Err()
}

const revokeInvitationSQL = `DELETE FROM staff_invitations AS i WHERE i.store_id = $1 AND i.id = $2 RETURNING ` + invitationColumns

// RevokeInvitation takes an invitation back.
func (d *DB) RevokeInvitation(ctx context.Context, by commerce.Actor, id commerce.InvitationID) error {
	return d.inStore(ctx, by, "staffInvitationRevoke", func(tx *sqlx.Tx, by commerce.Actor) (commerce.GlobalID, map[string]any, error) {
		var gone *commerce.StaffInvitation
		err := scanIn(ctx, tx, func(r *row) { gone = scanInvitation(r) }, revokeInvitationSQL, int64(by.Store), int64(id))
		if err == nil && gone == nil {
			err = commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "The store has no such invitation.")
		}
		if err != nil {
			return commerce.GlobalID{}, nil, err
		}
		return gone.NodeID(), map[string]any{"email": gone.Email, "role": gone.Role}, nil
	})
}

// A token names its store.
const invitationStoreSQL = `SELECT i.store_id FROM staff_invitations i WHERE i.token_hash = $1 AND i.expires_at > $2`

const takeInvitationSQL = `
DELETE FROM staff_invitations AS i WHERE i.store_id = $1 AND i.token_hash = $2 AND i.expires_at > $3 RETURNING ` + invitationColumns

// takeInvitation uses an invitation up, and locks its store. The store comes first, as whoever invites locks it first, too. A
// token that was used, taken back or has expired is as unknown as any other.
func takeInvitation(ctx context.Context, tx *sqlx.Tx, token commerce.TokenHash, now time.Time) (*commerce.Store, *commerce.StaffInvitation, error) {
	var of int64
	if err := scanIn(ctx, tx, func(r *row) { of = r.int() }, invitationStoreSQL, token[:], now); err != nil {
		return nil, nil, err
	}
	store, err := storeIn(ctx, tx, lockedStoreSQL, of)
	if err != nil {
		return nil, nil, err
	}
	var invitation *commerce.StaffInvitation
	err = scanIn(ctx, tx, func(r *row) { invitation = scanInvitation(r) }, takeInvitationSQL, of, token[:], now)
	if err == nil && (store == nil || invitation == nil) {
		err = commerce.UnknownInvitation()
	}
	return store, invitation, err
}
