package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/generated"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// directives are what the schema's directives do. A field behind one is asked in both executors.
func directives() generated.DirectiveRoot {
	return generated.DirectiveRoot{Auth: authorize}
}

// authorize lets a viewer pass who has the scope: in the store that the object belongs to, or, for a field of a root, in the
// current store. Without a scope any viewer passes. Codes UNAUTHENTICATED, FORBIDDEN, STORE_REQUIRED, STORE_NOT_FOUND.
func authorize(ctx context.Context, obj any, next graphql.Resolver, scope *string) (any, error) {
	request := auth.From(ctx)
	if request.Viewer == nil {
		return nil, commerce.ErrUnauthenticated
	}
	if scope == nil {
		return next(ctx)
	}
	store, err := tenantOf(request, obj)
	if err != nil {
		return nil, err
	}
	if needed := commerce.Scope(*scope); !request.Viewer.May(store, needed) {
		return nil, commerce.Forbidden(needed)
	}
	return next(ctx)
}

// tenantOf is the store whose scopes count. A store that the viewer does not work in looks like one that there is not.
func tenantOf(request auth.Request, obj any) (commerce.StoreID, error) {
	if thing, ok := obj.(commerce.Tenanted); ok {
		return thing.Tenant(), nil
	}
	if request.StoreHandle == "" {
		return 0, commerce.ErrStoreRequired
	}
	grant, ok := request.Viewer.Grant(request.StoreHandle)
	if !ok {
		return 0, commerce.ErrStoreNotFound
	}
	return grant.Store, nil
}
