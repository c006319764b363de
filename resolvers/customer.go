package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// changeVisited carries out a mutation of a customer of the current store. Customers are nobody before they sign in, and show a token from
// then on: no right is asked for.
func changeVisited[T any](ctx context.Context, do func(*commerce.Store) (T, error)) (T, []*commerce.Refusal, error) {
	store, err := currentStore(ctx)
	if err != nil {
		var none T
		return none, nil, err
	}
	return carryOut(ctx, store.ID, func(commerce.Author) (T, error) { return do(store) })
}

func customerSignInPayload(in *auth.SignedInCustomer, refused []*commerce.Refusal, err error) (*model.CustomerSignInPayload, error) {
	if in == nil {
		return &model.CustomerSignInPayload{UserErrors: refused}, err
	}
	token := &model.CustomerAccessToken{AccessToken: in.Token.Reveal(), ExpiresAt: in.ExpiresAt}
	return &model.CustomerSignInPayload{Customer: in.Customer, CustomerAccessToken: token, UserErrors: refused}, err
}

// customerByToken is the customer of the current store who has the token, nil when nobody has.
func customerByToken(ctx context.Context, text string) (*commerce.Customer, error) {
	store, err := currentStore(ctx)
	if err != nil {
		return nil, err
	}
	hash, ok := auth.CustomerTokenHash(text)
	if !ok {
		return nil, nil //nolint:nilnil // what was never a token and what is none any more look alike
	}
	return dataloader.From(ctx).CustomerByToken.LoadOne(ctx, commerce.CustomerTokenKey{Store: store.ID, Hash: hash})
}

// customerOrders are a page of what each customer has ordered.
func customerOrders(ctx context.Context, customers []*commerce.Customer, args commerce.PageArgs, words string, key *model.OrderSortKeys, reverse bool) ([]*model.OrderConnection, error) {
	page, err := orderPage(args, key, reverse)
	if err != nil {
		return nil, err
	}
	return counted(ctx, &dataloader.From(ctx).CustomerOrders, mapped(customers, func(c *commerce.Customer) commerce.CustomerOrderListKey {
		return commerce.CustomerOrderListKey{Store: c.StoreID, Contact: c.Contact, Own: c.Own, Page: page, Words: words}
	}))
}

// customerOrderCounts are how many orders the customers have.
func customerOrderCounts(ctx context.Context, customers []*commerce.Customer) ([]int, error) {
	lists, err := loadEach(ctx, &dataloader.From(ctx).CustomerOrders, customers, func(c *commerce.Customer) commerce.CustomerOrderListKey {
		k := commerce.CustomerOrderListKey{Store: c.StoreID, Contact: c.Contact, Own: c.Own}
		return k.Counting()
	})
	return mapped(lists, func(l commerce.List[*commerce.Order]) int { return l.Total }), err
}
