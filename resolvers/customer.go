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

// changeCustomer carries out a mutation of the customer of the current store whose token it is. When it was carried out before, they and
// the address are found as they are now: by the token again, which is the right.
func changeCustomer(ctx context.Context, token string, do func(commerce.CustomerTokenKey) (*commerce.ChangedCustomer, error)) (*commerce.ChangedCustomer, []*commerce.Refusal, error) {
	done, refused, err := changeVisited(ctx, func(store *commerce.Store) (*commerce.ChangedCustomer, error) {
		hash, _ := auth.CustomerTokenHash(token) // a hash of zeros is nobody's
		return do(commerce.CustomerTokenKey{Store: store.ID, Hash: hash})
	})
	switch {
	case err != nil || done == nil:
		return &commerce.ChangedCustomer{}, refused, err
	case done.Customer != nil:
		return done, refused, nil
	}
	if done.Customer, err = customerByToken(ctx, token); err != nil || done.Customer == nil || done.AddressID == 0 {
		return done, refused, err
	}
	key := commerce.CustomerAddressKey{CustomerPartKey: done.Customer.Part(), ID: done.AddressID}
	done.Address, err = dataloader.From(ctx).CustomerAddress.LoadOne(ctx, key)
	return done, refused, err
}

// savedAddress is the number of the address of the current store's customers that the id names, 0, which nobody has, for any other text.
func savedAddress(store commerce.StoreID, id string) commerce.CustomerAddressID {
	return commerce.CustomerAddressID(commerce.OwnID(store, commerce.KindMailingAddress, id))
}

// customerAddresses are a page of each customer's addresses.
func customerAddresses(ctx context.Context, customers []*commerce.Customer, args commerce.PageArgs, reverse bool) ([]*model.MailingAddressConnection, error) {
	page, err := commerce.NewPage(args, commerce.Ordering{Key: commerce.CustomerAddressSortID, Reverse: reverse})
	if err != nil {
		return nil, err
	}
	return counted(ctx, &dataloader.From(ctx).AddressList, mapped(customers, func(c *commerce.Customer) commerce.CustomerAddressListKey {
		return commerce.CustomerAddressListKey{CustomerPartKey: c.Part(), Page: page}
	}))
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

// storeCustomers are a page of those who have signed in to each store.
func storeCustomers(ctx context.Context, stores []*commerce.Store, args commerce.PageArgs, words string, key *model.CustomerSortKeys, reverse bool) ([]*model.CustomerConnection, error) {
	order := commerce.Ordering{Key: commerce.CustomerSortID, Reverse: reverse}
	switch value(key, model.CustomerSortKeysID) {
	case model.CustomerSortKeysID:
	case model.CustomerSortKeysName:
		order.Key = commerce.CustomerSortName
	case model.CustomerSortKeysUpdatedAt:
		order.Key = commerce.CustomerSortUpdatedAt
	}
	page, err := commerce.NewPage(args, order)
	if err != nil {
		return nil, err
	}
	return counted(ctx, &dataloader.From(ctx).CustomerList, mapped(stores, func(s *commerce.Store) commerce.CustomerListKey {
		return commerce.CustomerListKey{Store: s.ID, Page: page, Words: words}
	}))
}

// storeCustomer is the customer with the id in the store whose it is, and nobody in the others.
func storeCustomer(ctx context.Context, stores []*commerce.Store, id string) ([]*commerce.Customer, error) {
	g, err := parseID(id, commerce.KindCustomer)
	if err != nil {
		return nil, err
	}
	return loadEach(ctx, &dataloader.From(ctx).CustomerByID, stores, func(s *commerce.Store) commerce.CustomerKey {
		ref := commerce.CustomerRef{Store: s.ID}
		if g.Store == s.ID {
			ref.ID = commerce.CustomerID(g.ID)
		}
		return commerce.CustomerKey{CustomerRef: ref}
	})
}

// customersOf are the customers who have proved what orders were placed under.
func customersOf(ctx context.Context, orders []*commerce.Order) ([]*commerce.Customer, error) {
	return loadEach(ctx, &dataloader.From(ctx).CustomerOf, orders, func(o *commerce.Order) commerce.CustomerContactKey {
		return commerce.CustomerContactKey{Store: o.StoreID, CustomerContact: commerce.CustomerContact{Email: o.Contact.Email, Phone: o.Contact.Phone}}
	})
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
