package resolvers

import (
	"context"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/markup"
)

// collectionProductKeys asks for the same page of each collection, in the order that its merchant chose unless the client chose one.
func collectionProductKeys(collections []*commerce.Collection, args commerce.PageArgs, key *model.ProductCollectionSortKeys, reverse *bool) ([]commerce.CollectionPageKey, error) {
	keys := make([]commerce.CollectionPageKey, len(collections))
	for i, c := range collections {
		page, err := collectionProductPage(args, c.SortOrder, key, reverse)
		if err != nil {
			return nil, err
		}
		keys[i] = commerce.CollectionPageKey{Collection: c.Ref(), Page: page}
	}
	return keys, nil
}

// collectionEdit reads what a collection is to be.
func collectionEdit(store commerce.StoreID, input model.CollectionSetInput) commerce.CollectionEdit {
	image, seo := value(input.Image, model.CollectionImageInput{}), value(input.Seo, model.SEOInput{})
	e := commerce.CollectionEdit{
		Handle: input.Handle, Title: strings.TrimSpace(input.Title), DescriptionHTML: markup.Clean(value(input.DescriptionHTML, "")),
		ImageURL: image.URL, ImageAlt: value(image.Alt, ""), SEOTitle: value(seo.Title, ""), SEODescription: value(seo.Description, ""),
		SortOrder: value(input.SortOrder, ""), Published: input.Published,
	}
	if input.ID != nil {
		e.ID = new(collectionRef(store, *input.ID).ID)
	}
	if input.RuleSet != nil {
		e.Rules = &commerce.CollectionRuleSet{
			AppliedDisjunctively: input.RuleSet.AppliedDisjunctively,
			Rules:                mapped(input.RuleSet.Rules, func(r *commerce.CollectionRule) commerce.CollectionRule { return *r }),
		}
	}
	return e
}

// collectionRef is the store's own collection that an id names, and one that there is not for every other text.
func collectionRef(store commerce.StoreID, id string) commerce.CollectionRef {
	return commerce.CollectionRef{Store: store, ID: commerce.CollectionID(commerce.OwnID(store, commerce.KindCollection, id))}
}

// ownProducts are the store's own products that ids name.
func ownProducts(store commerce.StoreID, ids []string) []commerce.ProductID {
	return mapped(ids, func(id string) commerce.ProductID {
		return commerce.ProductID(commerce.OwnID(store, commerce.KindProduct, id))
	})
}

// changeCollection carries out a mutation of a collection of the current store and returns the collection as it is then.
func changeCollection(ctx context.Context, do func(by commerce.Author, store *commerce.Store) (commerce.CollectionRef, error)) (*commerce.Collection, []*commerce.Refusal, error) {
	ref, refused, err := change(ctx, do)
	if err != nil || len(refused) > 0 {
		return nil, refused, err
	}
	c, err := dataloader.From(ctx).CollectionByID.LoadOne(ctx, ref)
	return c, refused, err
}

// collectionMoves reads the moves of a collection's products.
func collectionMoves(store commerce.StoreID, moves []*model.CollectionMoveInput) []commerce.CollectionMove {
	return mapped(moves, func(m *model.CollectionMoveInput) commerce.CollectionMove {
		return commerce.CollectionMove{Product: commerce.ProductID(commerce.OwnID(store, commerce.KindProduct, m.ID)), To: m.NewPosition}
	})
}
