package resolvers

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
)

// setSearchRule makes or replaces a search rule. An id of another store names nothing.
func (r *Resolver) setSearchRule(ctx context.Context, id *string, expected *int, in commerce.SearchRuleInput) (*commerce.SearchRule, []*commerce.Refusal, error) {
	return change(ctx, func(by commerce.Author, store *commerce.Store) (*commerce.SearchRule, error) {
		var rule commerce.SearchRuleID
		if id != nil {
			if rule = commerce.SearchRuleID(commerce.OwnID(store.ID, commerce.KindSearchRule, *id)); rule == 0 {
				return nil, commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "The store has no such search rule.")
			}
		}
		return r.SearchRuleEditor.SetSearchRule(ctx, by, store.ID, rule, expected, in)
	})
}

// ruleCollections are the collections that rules are for, nil for everywhere.
func ruleCollections(ctx context.Context, rules []*commerce.SearchRule) ([]*commerce.Collection, error) {
	var refs []commerce.CollectionRef
	var of []int
	for i, r := range rules {
		if r.Collection != 0 {
			refs, of = append(refs, commerce.CollectionRef{Store: r.StoreID, ID: r.Collection}), append(of, i)
		}
	}
	found, err := dataloader.From(ctx).CollectionByID.Load(ctx, refs)
	if err != nil {
		return nil, err
	}
	collections := make([]*commerce.Collection, len(rules))
	for n, c := range found {
		collections[of[n]] = c
	}
	return collections, nil
}

// ruleProducts are products that rules name, without those that were deleted.
func ruleProducts(ctx context.Context, rules []*commerce.SearchRule, ids func(*commerce.SearchRule) []commerce.ProductID) ([][]*commerce.Product, error) {
	var refs []commerce.ProductRef
	for _, r := range rules {
		for _, id := range ids(r) {
			refs = append(refs, commerce.ProductRef{Store: r.StoreID, ID: id})
		}
	}
	found, err := dataloader.From(ctx).ProductByID.Load(ctx, refs)
	if err != nil {
		return nil, err
	}
	products := make([][]*commerce.Product, len(rules))
	for i, r := range rules {
		n := len(ids(r))
		products[i] = make([]*commerce.Product, 0, n)
		for _, p := range found[:n] {
			if p != nil {
				products[i] = append(products[i], p)
			}
		}
		found = found[n:]
	}
	return products, nil
}
