package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// cartByID finds the cart whose id, with the secret, the client has; nil for another store's.
func cartByID(ctx context.Context, id string) (*commerce.Cart, error) {
	key, err := cartKey(ctx, id)
	if err != nil || key.Key == "" {
		return nil, err
	}
	return dataloader.From(ctx).CartByKey.LoadOne(ctx, key)
}

// createCart makes a cart in the current store. Buyers are anonymous: no right is asked for.
func (r *Resolver) createCart(ctx context.Context, in *model.CartInput) (*model.CartPayload, error) {
	store, err := currentStore(ctx)
	if err != nil {
		return nil, err
	}
	return cartPayload(carryOut(ctx, store.ID, func(commerce.Author) (*commerce.ChangedCart, error) {
		return r.Carts.CreateCart(ctx, store, cartOf(in))
	}))
}

// cartOf is the change that makes a new cart what it is to be.
func cartOf(in *model.CartInput) commerce.CartChange {
	if in == nil {
		in = &model.CartInput{}
	}
	changes := []commerce.CartChange{
		commerce.AddCartLines([]any{"input", "lines"}, in.Lines),
		commerce.SetCartAttributes([]any{"input", "attributes"}, in.Attributes),
		commerce.SetCartDiscountCodes([]any{"input", "discountCodes"}, in.DiscountCodes),
		commerce.SetCartNote([]any{"input", "note"}, value(in.Note, "")),
	}
	if in.Delivery != nil {
		changes = append(changes, commerce.AddCartAddresses([]any{"input", "delivery", "addresses"}, in.Delivery.Addresses))
	}
	if in.BuyerIdentity != nil {
		changes = append(changes, cartBuyer([]any{"input", "buyerIdentity"}, in.BuyerIdentity))
	}
	return commerce.CartChanges(changes...)
}

// cartBuyer writes down who buys, the customer whose token it is among them.
func cartBuyer(path []any, in *commerce.CartBuyerIdentityInput) commerce.CartChange {
	return shownBy(in.CustomerAccessToken, commerce.SetCartBuyer(path, in))
}

// shownBy is a change of a customer whose token is shown with it.
func shownBy(token *string, change commerce.CartChange) commerce.CartChange {
	if hash, ok := auth.CustomerTokenHash(value(token, "")); ok {
		change.Token = &hash
	}
	return change
}

// changeCart changes the cart whose id, with the secret, the client has.
func (r *Resolver) changeCart(ctx context.Context, id string, change commerce.CartChange) (*model.CartPayload, error) {
	key, err := cartKey(ctx, id)
	if err != nil {
		return nil, err
	}
	return cartPayload(carryOut(ctx, key.Store, func(commerce.Author) (*commerce.ChangedCart, error) {
		return r.Carts.ChangeCart(ctx, key, change)
	}))
}

// cartKey names the cart with the id. One of another store than the current one is as good as none.
func cartKey(ctx context.Context, id string) (commerce.CartKey, error) {
	visible, err := nodeScope(ctx)
	key, _ := commerce.ParseCartID(id)
	if err != nil || !visible(key.Store) {
		return commerce.CartKey{}, err
	}
	return key, nil
}

// completeCart makes an order of the cart.
func (r *Resolver) completeCart(ctx context.Context, in *commerce.CartCompleteInput) (*model.CartCompletePayload, error) {
	key, err := cartKey(ctx, in.CartID)
	if err != nil {
		return nil, err
	}
	order, refused, err := carryOut(ctx, key.Store, func(commerce.Author) (*commerce.Order, error) {
		return r.Till.CompleteCart(ctx, key, in)
	})
	payload := &model.CartCompletePayload{Order: order, UserErrors: refused, Warnings: []*commerce.CartWarning{}}
	if order == nil && err == nil {
		payload.Cart, err = dataloader.From(ctx).CartByKey.LoadOne(ctx, key)
	}
	return payload, err
}

func cartPayload(changed *commerce.ChangedCart, refused []*commerce.Refusal, err error) (*model.CartPayload, error) {
	payload := &model.CartPayload{UserErrors: refused, Warnings: []*commerce.CartWarning{}}
	if changed != nil {
		payload.Cart, payload.Warnings = changed.Cart, append(payload.Warnings, changed.Warnings...)
	}
	return payload, err
}

// priced works out what each cart costs, and shows one part of it.
func priced[T any](ctx context.Context, carts []*commerce.Cart, show func(*commerce.PricedCart) T) ([]T, error) {
	found, err := dataloader.From(ctx).CartPrice.Load(ctx, carts)
	if err != nil {
		return nil, err
	}
	return mapped(found, show), nil
}

// cartLines are a page of each cart's lines.
func cartLines(ctx context.Context, carts []*commerce.Cart, args commerce.PageArgs, reverse bool) ([]*model.BaseCartLineConnection, error) {
	page, err := commerce.NewPage(args, commerce.Ordering{Key: commerce.CartLineSortID, Reverse: reverse})
	if err != nil {
		return nil, err
	}
	return priced(ctx, carts, func(p *commerce.PricedCart) *model.BaseCartLineConnection { return linePage(p.Lines, page) })
}

// groupLines are a page of each group's lines.
func groupLines(groups []*commerce.CartDeliveryGroup, args commerce.PageArgs, reverse bool) ([]*model.BaseCartLineConnection, error) {
	page, err := commerce.NewPage(args, commerce.Ordering{Key: commerce.CartLineSortID, Reverse: reverse})
	if err != nil {
		return nil, err
	}
	return mapped(groups, func(g *commerce.CartDeliveryGroup) *model.BaseCartLineConnection { return linePage(g.Lines, page) }), nil
}

func linePage(lines []*commerce.PricedLine, page commerce.Page) *model.BaseCartLineConnection {
	items := make([]commerce.Item[commerce.BaseCartLine], len(lines))
	for i, l := range lines {
		items[i] = commerce.Item[commerce.BaseCartLine]{Node: l, ID: l.ID}
	}
	return model.NewConnection(commerce.PageOf(page, items))
}

// deliveryGroups are the one group of each cart, or none.
func deliveryGroups(ctx context.Context, carts []*commerce.Cart, args commerce.PageArgs, reverse bool) ([]*model.CartDeliveryGroupConnection, error) {
	page, err := commerce.NewPage(args, commerce.Ordering{Key: commerce.CartLineSortID, Reverse: reverse})
	if err != nil {
		return nil, err
	}
	return priced(ctx, carts, func(p *commerce.PricedCart) *model.CartDeliveryGroupConnection {
		var items []commerce.Item[*commerce.CartDeliveryGroup]
		if p.Group != nil {
			items = append(items, commerce.Item[*commerce.CartDeliveryGroup]{Node: p.Group, ID: 1})
		}
		return model.NewConnection(commerce.PageOf(page, items))
	})
}

// checkoutURLs are the pages on which people complete the carts.
func checkoutURLs(ctx context.Context, carts []*commerce.Cart) ([]string, error) {
	stores, err := loadEach(ctx, &dataloader.From(ctx).StoreByID, carts, (*commerce.Cart).Tenant)
	if err != nil {
		return nil, err
	}
	urls := make([]string, len(carts))
	for i, s := range stores {
		if s == nil {
			return nil, commerce.ErrStoreNotFound
		}
		urls[i] = auth.From(ctx).StoreURL(s.Handle) + auth.CheckoutPath(carts[i].Ref())
	}
	return urls, nil
}
