package resolvers

import (
	"context"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// change carries out a mutation on the current store for the viewer. What was refused comes back as the payload's
// userErrors; every other error is a fault of the request.
func change[T any](ctx context.Context, do func(by commerce.Author, store *commerce.Store) (T, error)) (T, []*commerce.Refusal, error) {
	store, err := currentStore(ctx)
	if err == nil && !slices.Contains(auth.From(ctx).Viewer.Stores(), store.ID) {
		// The handle named a store of the viewer's when the viewer was looked up; it may name another's by now.
		err = commerce.ErrStoreNotFound
	}
	if err != nil {
		var none T
		return none, nil, err
	}
	return carryOut(ctx, store.ID, func(by commerce.Author) (T, error) { return do(by, store) })
}

// changeAny is change for a mutation that is about no store, or about several.
func changeAny[T any](ctx context.Context, do func(by commerce.Author) (T, error)) (T, []*commerce.Refusal, error) {
	return carryOut(ctx, 0, do)
}

// carryOut carries out a mutation, or shows again what came of it before under the same idempotency key. What this response read before
// is forgotten: it may be different now.
func carryOut[T any](ctx context.Context, store commerce.StoreID, do func(by commerce.Author) (T, error)) (T, []*commerce.Refusal, error) {
	done, err := do(auth.From(ctx).Viewer.Author())
	dataloader.From(ctx).Forget()
	if outcome, fault := earlier(ctx, store, err); fault != nil {
		return done, nil, fault
	} else if outcome != nil {
		done, err = again[T](ctx, outcome)
	}
	if refusals, ok := commerce.RefusalsOf(err); ok {
		var none T
		list := make([]*commerce.Refusal, len(refusals))
		for i := range refusals {
			list[i] = &refusals[i]
		}
		return none, list, nil
	}
	return done, []*commerce.Refusal{}, err
}
