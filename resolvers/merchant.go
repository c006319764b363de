package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/auth"
)

func signUpPayload(in *auth.SignedIn, refused []*commerce.Refusal, err error) (*model.MerchantSignUpPayload, error) {
	if in == nil {
		return &model.MerchantSignUpPayload{UserErrors: refused}, err
	}
	token := in.Token.Reveal()
	return &model.MerchantSignUpPayload{Token: &token, ExpiresAt: &in.ExpiresAt, Merchant: in.Merchant, UserErrors: refused}, err
}

func signInPayload(in *auth.SignedIn, refused []*commerce.Refusal, err error) (*model.MerchantSignInPayload, error) {
	if in == nil {
		return &model.MerchantSignInPayload{UserErrors: refused}, err
	}
	token := in.Token.Reveal()
	return &model.MerchantSignInPayload{Token: &token, ExpiresAt: &in.ExpiresAt, Merchant: in.Merchant, UserErrors: refused}, err
}

// changeSelf carries out a mutation of the merchant who asks, and returns the merchant as it is then.
func changeSelf(ctx context.Context, do func(*commerce.Viewer) error) (*commerce.Merchant, []*commerce.Refusal, error) {
	viewer := auth.From(ctx).Viewer
	_, refused, err := changeAny(ctx, func(commerce.Author) (struct{}, error) { return struct{}{}, do(viewer) })
	if err != nil || len(refused) > 0 {
		return nil, refused, err
	}
	merchant, err := dataloader.From(ctx).MerchantByID.LoadOne(ctx, viewer.Merchant)
	return merchant, refused, err
}

// grantStores are the stores of grants, read as the viewer may see them.
func grantStores(ctx context.Context, grants []*commerce.Grant) ([]*commerce.Store, error) {
	return loadEach(ctx, &dataloader.From(ctx).StoreByID, grants, func(g *commerce.Grant) commerce.StoreID { return g.Store })
}

// viewerMerchants are the merchants who ask, nil for API keys.
func viewerMerchants(ctx context.Context, viewers []*commerce.Viewer) ([]*commerce.Merchant, error) {
	return loadEach(ctx, &dataloader.From(ctx).MerchantByID, viewers, func(v *commerce.Viewer) commerce.MerchantID { return v.Merchant })
}

// viewerSessions are the sessions of the merchants who ask. There is one viewer in a request.
func (r *Resolver) viewerSessions(ctx context.Context, viewers []*commerce.Viewer) ([][]*commerce.Session, error) {
	lists := make([][]*commerce.Session, len(viewers))
	for i, v := range viewers {
		var err error
		if lists[i], err = r.Accounts.SessionsOf(ctx, v); err != nil {
			return nil, err
		}
	}
	return lists, nil
}
