package resolvers

import (
	"context"
	"errors"
	"slices"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// earlier is the outcome of the mutation that err says was carried out before under the same idempotency key; nil when none was. A
// refusal can be what the first run has brought about, a password that is not the current one any more, so it is looked for then, too.
func earlier(ctx context.Context, store commerce.StoreID, err error) (commerce.Outcome, error) {
	if replay, ok := errors.AsType[*commerce.Replay](err); ok {
		return replay.Outcome, nil
	}
	key, keyed := commerce.IdempotencyKeyFrom(ctx)
	if _, refused := commerce.RefusalsOf(err); !keyed || !refused {
		return nil, nil
	}
	return dataloader.From(ctx).Outcome.LoadOne(ctx, commerce.OutcomeKey{Store: store, Key: key})
}

// again finds the result of a mutation that was carried out before, as it is now: a node by its id, and nothing where it was deleted
// since. Everything else was kept as it was. A result that needs more than that has a case here. Code SECRET_ALREADY_SHOWN.
func again[T any](ctx context.Context, outcome commerce.Outcome) (T, error) {
	var found T
	switch into := any(&found).(type) {
	case **auth.SignedIn, **auth.IssuedKey, **auth.Invited, **auth.SignedInCustomer, **commerce.IssuedWebhook:
		return found, commerce.ErrSecretAlreadyShown
	case **commerce.Joined:
		err := joinedAgain(ctx, outcome, into)
		return found, err
	case **commerce.ChangedCart:
		err := cartAgain(ctx, outcome, into)
		return found, err
	case **commerce.ChangedCustomer: // whom changeCustomer finds by the token
		err := outcome.Read(into)
		return found, err
	case **commerce.EditedOrder:
		err := orderAgain(ctx, outcome, into)
		return found, err
	case **commerce.WebhookSubscription:
		err := webhookAgain(ctx, outcome, into)
		return found, err
	case *[]*commerce.Metafield:
		err := metafieldsAgain(ctx, outcome, into)
		return found, err
	}
	if _, is := any(found).(model.Node); !is {
		err := outcome.Read(&found)
		return found, err
	}
	var id commerce.GlobalID
	if err := outcome.Read(&id); err != nil {
		return found, err
	}
	nodes, err := nodesOf(ctx, []commerce.GlobalID{id}, anyStore)
	if err == nil {
		found = asMember[T](nodes[0])
	}
	return found, err
}

// joinedAgain finds the store that somebody works in since they accepted an invitation; nothing when they do not any more.
func joinedAgain(ctx context.Context, outcome commerce.Outcome, into **commerce.Joined) error {
	var id commerce.GlobalID
	if err := outcome.Read(&id); err != nil {
		return err
	}
	set := dataloader.From(ctx)
	member, err := set.StaffByID.LoadOne(ctx, commerce.StaffRef{Store: id.Store, Merchant: commerce.MerchantID(id.ID)})
	if err != nil || member == nil {
		return err
	}
	store, err := set.StoreByID.LoadOne(ctx, id.Store)
	*into = &commerce.Joined{Member: member, Store: store}
	return err
}

// cartAgain finds the cart, unless it has become an order since, and what the buyer was told.
func cartAgain(ctx context.Context, outcome commerce.Outcome, into **commerce.ChangedCart) error {
	if err := outcome.Read(into); err != nil {
		return err
	}
	id := (*into).ID
	cart, err := dataloader.From(ctx).CartByKey.LoadOne(ctx, commerce.CartKey{Store: id.Store, ID: commerce.CartID(id.ID), Key: id.Key})
	(*into).Cart = cart
	return err
}

// orderAgain finds the order as it is now, and what left or went back then.
func orderAgain(ctx context.Context, outcome commerce.Outcome, into **commerce.EditedOrder) error {
	if err := outcome.Read(into); err != nil {
		return err
	}
	ref := (*into).Ref
	(*into).Number()
	order, err := dataloader.From(ctx).OrderByKey.LoadOne(ctx, commerce.OrderKey{Store: ref.Store, ID: ref.ID})
	(*into).Order = order
	return err
}

// metafieldsAgain finds those metafields that were not deleted since.
func metafieldsAgain(ctx context.Context, outcome commerce.Outcome, into *[]*commerce.Metafield) error {
	var refs []commerce.MetafieldRef
	if err := outcome.Read(&refs); err != nil {
		return err
	}
	found, err := dataloader.From(ctx).MetafieldByID.Load(ctx, refs)
	*into = slices.DeleteFunc(slices.Clone(found), func(m *commerce.Metafield) bool { return m == nil })
	return err
}
