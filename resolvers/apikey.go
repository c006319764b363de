package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// wantedScopes are the scopes of an input. Whether they are scopes is for the domain to say.
func wantedScopes(names []string) []commerce.Scope {
	return mapped(names, func(name string) commerce.Scope { return commerce.Scope(name) })
}

// secret is the token of a key that was issued.
func secret(issued *auth.IssuedKey) (*commerce.APIKey, *string) {
	if issued == nil {
		return nil, nil
	}
	text := issued.Token.Reveal()
	return issued.Key, &text
}

// viewerKeys are the API keys that ask, nil for merchants.
func viewerKeys(ctx context.Context, viewers []*commerce.Viewer) ([]*commerce.APIKey, error) {
	return loadEach(ctx, &dataloader.From(ctx).APIKeyByID, viewers, func(v *commerce.Viewer) commerce.APIKeyRef {
		if v.Key == 0 {
			return commerce.APIKeyRef{}
		}
		return commerce.APIKeyRef{Store: v.Grants[0].Store, ID: v.Key}
	})
}

// newest reads the same page of what each store has, the newest first.
func newest[T any](ctx context.Context, l *dataloader.Loader[commerce.StorePageKey, commerce.List[T]], stores []*commerce.Store, args commerce.PageArgs, key commerce.SortKey) ([]*model.Connection[T], error) {
	page, err := commerce.NewPage(args, commerce.Ordering{Key: key, Reverse: true})
	if err != nil {
		return nil, err
	}
	return counted(ctx, l, mapped(stores, func(s *commerce.Store) commerce.StorePageKey {
		return commerce.StorePageKey{Store: s.ID, Page: page}
	}))
}

// storeKeys reads a page of each store's API keys.
func storeKeys(ctx context.Context, stores []*commerce.Store, args commerce.PageArgs) ([]*model.APIKeyConnection, error) {
	return newest(ctx, &dataloader.From(ctx).APIKeyList, stores, args, commerce.APIKeySortID)
}

// storeAuditLogs reads a page of each store's audit log.
func storeAuditLogs(ctx context.Context, stores []*commerce.Store, args commerce.PageArgs) ([]*model.AuditEntryConnection, error) {
	return newest(ctx, &dataloader.From(ctx).AuditLog, stores, args, commerce.AuditSortID)
}
