package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// changeAccess changes the staff or the keys of the current store for the viewer.
func changeAccess[T any](ctx context.Context, do func(by commerce.Actor) (T, error)) (T, []*commerce.Refusal, error) {
	return change(ctx, func(_ commerce.Author, store *commerce.Store) (T, error) {
		return do(auth.From(ctx).Viewer.Actor(store.ID))
	})
}

// done is the id that a mutation was given if it was carried out.
func done(id string, refused []*commerce.Refusal) *string {
	if len(refused) > 0 {
		return nil
	}
	return &id
}

func invitePayload(in *auth.Invited, refused []*commerce.Refusal, err error) (*model.StaffInvitePayload, error) {
	if in == nil {
		return &model.StaffInvitePayload{UserErrors: refused}, err
	}
	token := in.Token.Reveal()
	return &model.StaffInvitePayload{Invitation: in.Invitation, Token: &token, UserErrors: refused}, err
}

// joinPayload shows the store as the transaction has read it: the viewer of this request did not work in it yet.
func joinPayload(joined *commerce.Joined, refused []*commerce.Refusal, err error) (*model.StaffInvitationAcceptPayload, error) {
	if joined == nil {
		return &model.StaffInvitationAcceptPayload{UserErrors: refused}, err
	}
	return &model.StaffInvitationAcceptPayload{Store: joined.Store, Role: &joined.Member.Role, UserErrors: refused}, err
}

// storeStaff is who works in stores.
func storeStaff(ctx context.Context, stores []*commerce.Store) ([][]*commerce.StaffMember, error) {
	return loadEach(ctx, &dataloader.From(ctx).StaffOf, stores, func(s *commerce.Store) commerce.StoreID { return s.ID })
}

// storeInvitations are the invitations of stores.
func storeInvitations(ctx context.Context, stores []*commerce.Store) ([][]*commerce.StaffInvitation, error) {
	return loadEach(ctx, &dataloader.From(ctx).InvitationsOf, stores, func(s *commerce.Store) commerce.StoreID { return s.ID })
}

// joinStaff accepts an invitation. Whoever does sees the store in the same answer.
func (r *Resolver) joinStaff(ctx context.Context, token string) (*commerce.Joined, error) {
	viewer := auth.From(ctx).Viewer
	joined, err := r.Access.Join(ctx, viewer, token)
	if err == nil && joined != nil {
		viewer.Join(joined.Store, joined.Member.Role)
	}
	return joined, err
}
