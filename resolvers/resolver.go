// Package resolvers translates between the GraphQL shape and the domain: decode the arguments, one call, return.
// Every field resolver takes all parents and returns all results.
//
// It never holds rules, SQL or search requests.
package resolvers

import (
	"context"
	"sync"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// Resolver is the root of all resolvers.
type Resolver struct {
	// Stores reads the directory of stores; everything else is read through the response's dataloaders.
	Stores commerce.StoreReader
	// Searcher answers searches. Explainer says why one does not find a product, and Documents what the index should have of it.
	Searcher  commerce.ProductSearcher
	Explainer commerce.SearchExplainer
	Documents commerce.DocumentReader
	// StoreEditor opens and changes stores.
	StoreEditor commerce.StoreEditor
	// ProductEditor changes products.
	ProductEditor commerce.ProductEditor

	// Accounts signs merchants up, in and out.
	Accounts *auth.Accounts
	// Access gives people and programs rights in stores.
	Access *auth.Access

	// MenuWriter and PageWriter change what stands beside the catalogue.
	MenuWriter commerce.MenuWriter
	PageWriter commerce.TextPageWriter

	// Inventory changes stock, Locations where it is.
	Inventory commerce.InventoryWriter
	Locations commerce.LocationWriter
	// CollectionEditor changes collections.
	CollectionEditor commerce.CollectionEditor
	// MetafieldEditor changes metafields.
	MetafieldEditor commerce.MetafieldEditor

	// Carts makes and changes carts, Till turns them into orders.
	Carts commerce.CartEditor
	Till  commerce.CartCompleter
	// Orders changes orders.
	Orders commerce.OrderEditor
	// Customers forgets who has bought.
	Customers commerce.CustomerEraser
	// CustomerEditor lets customers change what is known of them.
	CustomerEditor commerce.CustomerEditor
	// Visitors signs customers in.
	Visitors *auth.Customers
	// DeliveryEditor, TaxEditor and DiscountEditor change what baskets cost beyond the catalogue.
	DeliveryEditor commerce.DeliveryEditor
	TaxEditor      commerce.TaxEditor
	DiscountEditor commerce.DiscountEditor
	// PaymentEditor changes how buyers pay by transfer.
	PaymentEditor commerce.PaymentEditor
	// Cards takes payments by card.
	Cards *commerce.CardDesk

	// WebhookEditor changes who is told of events. WebhookLoopback lets that be on this machine, for development alone.
	WebhookEditor   commerce.WebhookEditor
	WebhookLoopback bool

	// SynonymEditor, SearchRuleEditor and SearchFacetEditor change what merchants decide about searches.
	SynonymEditor     commerce.SynonymEditor
	SearchRuleEditor  commerce.SearchRuleEditor
	SearchFacetEditor commerce.SearchFacetEditor

	// Searches counts searches that are answered; nil counts none. SearchEvents keeps what clients tell of them, whom Gate lets pass.
	Searches     *commerce.SearchTally
	SearchEvents commerce.SearchEventKeeper
	Gate         *auth.Gate

	// Jobs takes jobs and their files in.
	Jobs commerce.JobEditor
	// Now is the clock by which links expire.
	Now func() time.Time

	// Present is the moment, by the same clock, up to which a search that begins now finds everything: zero while nobody knows.
	// Answers with a search in them say how long ago that is. Nil says nothing.
	Present func() time.Time
	telling sync.Mutex
}

// currentStore is the store that the request is about. Codes STORE_REQUIRED and STORE_NOT_FOUND.
func currentStore(ctx context.Context) (*commerce.Store, error) {
	handle := auth.From(ctx).StoreHandle
	if handle == "" {
		return nil, commerce.ErrStoreRequired
	}
	store, err := dataloader.From(ctx).StoreByHandle.LoadOne(ctx, handle)
	if err != nil {
		return nil, err
	}
	if store == nil {
		return nil, commerce.ErrStoreNotFound
	}
	return store, nil
}

// only returns the single element of the answer to a single parent.
func only[T any](values []T, err error) (T, error) {
	if err != nil {
		var zero T
		return zero, err
	}
	return values[0], nil
}

// parseID reads the argument id, of one kind. Code BAD_USER_INPUT.
func parseID(text string, kind commerce.Kind) (commerce.GlobalID, error) {
	id, ok := commerce.ParseGlobalID(text)
	if !ok || id.Kind != kind {
		return id, commerce.BadInput("id", "%.100q is not the id of a %s.", text, kind)
	}
	return id, nil
}

// one checks that a thing is asked for by exactly one of handle and id. Code BAD_USER_INPUT.
func one(handle, id *string) error {
	if (handle == nil) == (id == nil) {
		return commerce.BadInput("handle", "give exactly one of handle and id.")
	}
	return nil
}

// value is what p points to, or the fallback.
func value[T any](p *T, fallback T) T {
	if p == nil {
		return fallback
	}
	return *p
}

// forCurrent resolves a catalogue field of Query as that of the current store.
func forCurrent[T any](ctx context.Context, resolve func([]*commerce.Store) ([]T, error)) (T, error) {
	store, err := currentStore(ctx)
	if err != nil {
		var zero T
		return zero, err
	}
	return only(resolve([]*commerce.Store{store}))
}

// mapped shows each parent as something else.
func mapped[P, T any](parents []P, show func(P) T) []T {
	shown := make([]T, len(parents))
	for i, p := range parents {
		shown[i] = show(p)
	}
	return shown
}

// loadEach loads what belongs to each parent.
func loadEach[P any, K comparable, T any](ctx context.Context, l *dataloader.Loader[K, T], parents []P, key func(P) K) ([]T, error) {
	return l.Load(ctx, mapped(parents, key))
}
