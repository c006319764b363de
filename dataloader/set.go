// Package dataloader batches reads and remembers them for the length of one response: every key is read once, the keys of
// one field together, at most 1,000 in one go.
//
// It never waits for a timer to collect keys, and it never lives longer than a response: a set that did would serve stale
// data, and one store's data to another.
package dataloader

import (
	"context"

	"github.com/kirana-commerce/kirana/commerce"
)

// Readers are the sources a Set reads from.
type Readers struct {
	Stores      commerce.StoreReader
	Products    commerce.ProductReader
	Options     commerce.OptionReader
	Variants    commerce.VariantReader
	Media       commerce.MediaReader
	Collections commerce.CollectionReader
}

// Set is the loaders of one response.
type Set struct {
	StoreByID          *Loader[commerce.StoreID, *commerce.Store]
	StoreByHandle      *Loader[string, *commerce.Store]
	ProductByID        *Loader[commerce.ProductRef, *commerce.Product]
	ProductByHandle    *Loader[commerce.HandleRef, *commerce.Product]
	ProductList        *Loader[commerce.ProductListKey, commerce.List[*commerce.Product]]
	OptionByID         *Loader[commerce.OptionRef, *commerce.ProductOption]
	ProductOptions     *Loader[commerce.ProductRef, []*commerce.ProductOption]
	ProductSummary     *Loader[commerce.ProductRef, commerce.ProductSummary]
	VariantByID        *Loader[commerce.VariantRef, *commerce.ProductVariant]
	VariantList        *Loader[commerce.ProductPageKey, commerce.List[*commerce.ProductVariant]]
	VariantImage       *Loader[commerce.VariantRef, *commerce.MediaImage]
	MediaByID          *Loader[commerce.MediaRef, *commerce.MediaImage]
	MediaList          *Loader[commerce.ProductPageKey, commerce.List[*commerce.MediaImage]]
	CollectionByID     *Loader[commerce.CollectionRef, *commerce.Collection]
	CollectionByHandle *Loader[commerce.HandleRef, *commerce.Collection]
	CollectionList     *Loader[commerce.CollectionListKey, commerce.List[*commerce.Collection]]
	CollectionProducts *Loader[commerce.CollectionPageKey, commerce.List[*commerce.Product]]
	ProductCollections *Loader[commerce.ProductPageKey, commerce.List[*commerce.Collection]]

	stores      family[commerce.StoreID]
	products    family[commerce.ProductRef]
	variants    family[commerce.VariantRef]
	collections family[commerce.CollectionRef]
}

// New makes the loaders of one response.
func New(r Readers) *Set {
	s := &Set{}
	s.StoreByID = newLoader(r.Stores.StoresByID).withSiblings(s.stores.of)
	s.StoreByHandle = newLoader(r.Stores.StoresByHandle)
	s.ProductByID = newLoader(s.products.noteAll(r.Products.ProductsByID)).withSiblings(s.products.of)
	s.ProductByHandle = newLoader(r.Products.ProductsByHandle)
	s.ProductList = newLoader(noteLists(s, r.Products.ProductLists)).withSiblings(s.productListSiblings)
	s.OptionByID = newLoader(r.Options.OptionsByID)
	s.ProductOptions = newLoader(r.Options.ProductOptions).withSiblings(s.products.of)
	s.ProductSummary = newLoader(r.Products.ProductSummaries).withSiblings(s.products.of)
	s.VariantByID = newLoader(r.Variants.VariantsByID)
	s.VariantList = newLoader(s.variantLists(r.Variants)).withSiblings(s.productPageSiblings)
	s.VariantImage = newLoader(r.Media.VariantImages).withSiblings(s.variants.of)
	s.MediaByID = newLoader(r.Media.MediaByID)
	s.MediaList = newLoader(r.Media.MediaLists).withSiblings(s.productPageSiblings)
	s.CollectionByID = newLoader(r.Collections.CollectionsByID)
	s.CollectionByHandle = newLoader(r.Collections.CollectionsByHandle)
	s.CollectionList = newLoader(s.collectionLists(r.Collections)).withSiblings(s.collectionListSiblings)
	s.CollectionProducts = newLoader(noteLists(s, r.Collections.CollectionProducts)).withSiblings(s.collectionPageSiblings)
	s.ProductCollections = newLoader(s.productCollections(r.Collections)).withSiblings(s.productPageSiblings)
	return s
}

type contextKey struct{}

// With returns a context that carries the set.
func With(ctx context.Context, s *Set) context.Context {
	return context.WithValue(ctx, contextKey{}, s)
}

// From returns the context's set. It panics when there is none: that is a mistake in wiring, not in a request.
func From(ctx context.Context) *Set {
	s, ok := ctx.Value(contextKey{}).(*Set)
	if !ok {
		panic("dataloader: the context carries no Set; the handler must add one to each response")
	}
	return s
}
