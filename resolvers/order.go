package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// orderByID finds the order with the id: by its secret for anybody, without one where the viewer may read orders.
func orderByID(ctx context.Context, id string) (*commerce.Order, error) {
	g, ok := commerce.ParseGlobalID(id)
	if !ok || g.Kind != commerce.KindOrder {
		return nil, nil //nolint:nilnil // an order that is not the viewer's and an id that never was one look alike
	}
	visible, err := nodeScope(ctx)
	if err != nil || !visible(g.Store) {
		return nil, err
	}
	return dataloader.From(ctx).OrderByKey.LoadOne(ctx, commerce.OrderKey{Store: g.Store, ID: commerce.OrderID(g.ID), Key: g.Key})
}

// editOrder changes the order of the current store that has the id.
func (r *Resolver) editOrder(ctx context.Context, id, action string, edit commerce.OrderEdit) (*model.OrderPayload, error) {
	done, refused, err := change(ctx, func(by commerce.Author, store *commerce.Store) (*commerce.EditedOrder, error) {
		return r.Orders.EditOrder(ctx, by, store, commerce.OrderID(commerce.OwnOrderID(store.ID, id)), action, edit)
	})
	payload := &model.OrderPayload{UserErrors: refused}
	if done != nil {
		payload.Order, payload.Fulfillment, payload.Refund = done.Order, done.Fulfillment, done.Refund
	}
	return payload, err
}

// createPayment begins the payment of the order whose id, with the secret, the buyer has.
func (r *Resolver) createPayment(ctx context.Context, id string) (*model.OrderPaymentCreatePayload, error) {
	visible, err := nodeScope(ctx)
	if err != nil {
		return nil, err
	}
	var key commerce.OrderKey
	if g, ok := commerce.ParseGlobalID(id); ok && g.Kind == commerce.KindOrder && g.Key != "" && visible(g.Store) {
		key = commerce.OrderKey{Store: g.Store, ID: commerce.OrderID(g.ID), Key: g.Key}
	}
	payment, refused, err := carryOut(ctx, key.Store, func(commerce.Author) (*commerce.CardCharge, error) {
		return r.Cards.CreatePayment(ctx, key)
	})
	return &model.OrderPaymentCreatePayload{Payment: payment, UserErrors: refused}, err
}

// storeOrders are a page of each store's orders, the newest or the dearest first.
func storeOrders(ctx context.Context, stores []*commerce.Store, args commerce.PageArgs, words string, key *model.OrderSortKeys, reverse bool) ([]*model.OrderConnection, error) {
	page, err := orderPage(args, key, reverse)
	if err != nil {
		return nil, err
	}
	return counted(ctx, &dataloader.From(ctx).OrderList, mapped(stores, func(s *commerce.Store) commerce.OrderListKey {
		return commerce.OrderListKey{Store: s.ID, Page: page, Words: words}
	}))
}

// orderPage is a page of orders, the newest or the dearest first.
func orderPage(args commerce.PageArgs, key *model.OrderSortKeys, reverse bool) (commerce.Page, error) {
	order := commerce.Ordering{Key: commerce.OrderSortNumber, Reverse: !reverse}
	if value(key, model.OrderSortKeysNumber) == model.OrderSortKeysTotalPrice {
		order.Key = commerce.OrderSortTotal
	}
	return commerce.NewPage(args, order)
}

// storesOf are the stores of orders.
func storesOf(ctx context.Context, orders []*commerce.Order) ([]*commerce.Store, error) {
	return loadEach(ctx, &dataloader.From(ctx).StoreByID, orders, (*commerce.Order).Tenant)
}

// statusURLs are the pages on which buyers see how far their orders are; nil for those who did not find them by their secret.
func statusURLs(ctx context.Context, orders []*commerce.Order) ([]*string, error) {
	stores, err := storesOf(ctx, orders)
	if err != nil {
		return nil, err
	}
	urls := make([]*string, len(orders))
	for i, o := range orders {
		if s := stores[i]; s != nil && o.Key != "" {
			url := auth.From(ctx).StoreURL(s.Handle) + auth.OrderPath(o.KeyRef())
			urls[i] = &url
		}
	}
	return urls, nil
}

// shareTexts are orders as messages for a chat.
func shareTexts(ctx context.Context, orders []*commerce.Order) ([]string, error) {
	stores, err := storesOf(ctx, orders)
	if err != nil {
		return nil, err
	}
	lines, err := loadEach(ctx, &dataloader.From(ctx).OrderLines, orders, (*commerce.Order).Ref)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(orders))
	for i, o := range orders {
		name := ""
		if stores[i] != nil {
			name = stores[i].Name
		}
		texts[i] = o.ShareText(name, lines[i])
	}
	return texts, nil
}

// paymentInstructions are what the buyers of orders need to pay; the settings are read for those alone who have yet to.
func paymentInstructions(ctx context.Context, orders []*commerce.Order) ([]*commerce.PaymentInstructions, error) {
	var waiting []*commerce.Order
	for _, o := range orders {
		if o.AwaitsTransfer() {
			waiting = append(waiting, o)
		}
	}
	settings, err := loadEach(ctx, &dataloader.From(ctx).PaymentSettings, waiting, (*commerce.Order).Tenant)
	if err != nil {
		return nil, err
	}
	shown := make(map[*commerce.Order]*commerce.PaymentInstructions, len(waiting))
	for i, o := range waiting {
		shown[o] = settings[i].PaymentInstructions(o)
	}
	return mapped(orders, func(o *commerce.Order) *commerce.PaymentInstructions { return shown[o] }), nil
}

// whatsappURLs open chats with the buyers.
func whatsappURLs(ctx context.Context, orders []*commerce.Order) ([]*string, error) {
	texts, err := shareTexts(ctx, orders)
	if err != nil {
		return nil, err
	}
	urls := make([]*string, len(orders))
	for i, o := range orders {
		urls[i] = o.ChatURL(texts[i])
	}
	return urls, nil
}
