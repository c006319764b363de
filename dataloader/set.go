// Package dataloader batches reads and remembers them for the length of one response: every key is read once, the keys of
// one field together, at most 1,000 in one go.
//
// It never waits for a timer to collect keys: the query engine asks for all parents of a field at once. And it never lives longer
// than a response: a set that did would serve stale data, and one store's data to another.
package dataloader

import (
	"context"
	"maps"
	"sync"

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

	Merchants commerce.MerchantReader
	Staff     commerce.StaffReader
	APIKeys   commerce.APIKeyReader
	Audit     commerce.AuditReader
	Webhooks  commerce.WebhookReader
	// Synonyms, SearchRules and SearchFacets are what merchants decide about searches.
	Synonyms     commerce.SynonymReader
	SearchRules  commerce.SearchRuleReader
	SearchFacets commerce.SearchFacetReader
	Labels       commerce.LabelReader
	Choices      commerce.VariantChooser
	Pages        commerce.TextPageReader
	Menus        commerce.MenuReader

	// SearchAnalytics reads of the stores alone in which the viewer may see what is searched for.
	SearchAnalytics commerce.SearchAnalyticsReader

	// Inventory and Locations read of the stores alone in which the viewer may see stock.
	Inventory  commerce.InventoryReader
	Locations  commerce.LocationReader
	Metafields commerce.MetafieldReader
	// Recommendations finds products that are like others.
	Recommendations commerce.RecommendationReader

	Jobs commerce.JobReader

	Carts  commerce.CartReader
	Pricer commerce.CartPricer
	Orders commerce.OrderReader
	// Customers reads of the stores alone in which the viewer may see who buys.
	Customers commerce.CustomerReader
	// CustomerAddresses shows customers what is theirs, and others of the stores in which the viewer may see who buys.
	CustomerAddresses commerce.CustomerAddressReader
	// CustomerOrders shows customers what is theirs, and others what the viewer may see.
	CustomerOrders commerce.CustomerOrderReader
	// Payments is for whoever shows an order, to buyers too.
	Payments commerce.PaymentReader
	// Prices is for whoever quotes; Discounts reads of the stores alone in which the viewer may make discounts.
	Prices    commerce.PriceReader
	Discounts commerce.DiscountReader
	// Outcomes are read for mutations alone.
	Outcomes commerce.OutcomeReader
}

// Set is the loaders of one response.
type Set struct {
	StoreByID          Loader[commerce.StoreID, *commerce.Store]
	StoreByHandle      Loader[string, *commerce.Store]
	ProductByID        Loader[commerce.ProductRef, *commerce.Product]
	ProductByHandle    Loader[commerce.HandleRef, *commerce.Product]
	ProductList        Loader[commerce.ProductListKey, commerce.List[*commerce.Product]]
	OptionByID         Loader[commerce.OptionRef, *commerce.ProductOption]
	ProductOptions     Loader[commerce.ProductRef, []*commerce.ProductOption]
	ProductSummary     Loader[commerce.ProductRef, commerce.ProductSummary]
	VariantByID        Loader[commerce.VariantRef, *commerce.ProductVariant]
	VariantList        Loader[commerce.ProductPageKey, commerce.List[*commerce.ProductVariant]]
	VariantImage       Loader[commerce.VariantRef, *commerce.MediaImage]
	MediaByID          Loader[commerce.MediaRef, *commerce.MediaImage]
	MediaList          Loader[commerce.ProductPageKey, commerce.List[*commerce.MediaImage]]
	CollectionByID     Loader[commerce.CollectionRef, *commerce.Collection]
	CollectionByHandle Loader[commerce.HandleRef, *commerce.Collection]
	CollectionList     Loader[commerce.CollectionListKey, commerce.List[*commerce.Collection]]
	CollectionProducts Loader[commerce.CollectionPageKey, commerce.List[*commerce.Product]]
	ProductCollections Loader[commerce.ProductPageKey, commerce.List[*commerce.Collection]]
	RelatedProducts    Loader[commerce.ProductRef, []*commerce.Product]
	ProductTags        Loader[commerce.LabelListKey, []string]
	ProductTypes       Loader[commerce.LabelListKey, []string]
	VariantChoice      Loader[commerce.ChoiceKey, *commerce.ProductVariant]
	AdjacentVariants   Loader[commerce.ChoiceKey, []*commerce.ProductVariant]
	FirstVariants      Loader[commerce.ProductRef, map[commerce.SelectedOption]*commerce.ProductVariant]
	PageByID           Loader[commerce.PageRef, *commerce.TextPage]
	PageByHandle       Loader[commerce.HandleRef, *commerce.TextPage]
	PageList           Loader[commerce.TextPageListKey, commerce.List[*commerce.TextPage]]
	MenuByID           Loader[commerce.MenuRef, *commerce.Menu]
	MenuByHandle       Loader[commerce.HandleRef, *commerce.Menu]

	MerchantByID   Loader[commerce.MerchantID, *commerce.Merchant]
	StaffByID      Loader[commerce.StaffRef, *commerce.StaffMember]
	StaffOf        Loader[commerce.StoreID, []*commerce.StaffMember]
	InvitationByID Loader[commerce.InvitationRef, *commerce.StaffInvitation]
	InvitationsOf  Loader[commerce.StoreID, []*commerce.StaffInvitation]
	APIKeyByID     Loader[commerce.APIKeyRef, *commerce.APIKey]
	APIKeyList     Loader[commerce.StorePageKey, commerce.List[*commerce.APIKey]]
	AuditLog       Loader[commerce.StorePageKey, commerce.List[*commerce.AuditEntry]]
	WebhooksOf     Loader[commerce.StoreID, []*commerce.WebhookSubscription]
	SynonymsOf     Loader[commerce.StoreID, *commerce.StoreSynonyms]
	SearchRulesOf  Loader[commerce.StoreID, []*commerce.SearchRule]
	SearchFigures  Loader[commerce.SearchPeriod, *commerce.SearchAnalytics]
	SearchTextList Loader[commerce.SearchTextListKey, commerce.List[*commerce.SearchText]]
	SearchFacetsOf Loader[commerce.StoreID, *commerce.StoreSearchFacets]

	LocationByID     Loader[commerce.LocationRef, *commerce.Location]
	LocationList     Loader[commerce.LocationListKey, commerce.List[*commerce.Location]]
	VariantLevels    Loader[commerce.VariantRef, []*commerce.InventoryLevel]
	LevelList        Loader[commerce.InventoryLevelListKey, commerce.List[*commerce.InventoryLevel]]
	InventoryHistory Loader[commerce.InventoryHistoryKey, commerce.List[*commerce.InventoryHistoryEntry]]
	Metafield        Loader[commerce.MetafieldKey, *commerce.Metafield]
	MetafieldByID    Loader[commerce.MetafieldRef, *commerce.Metafield]

	CartByKey Loader[commerce.CartKey, *commerce.Cart]
	CartPrice Loader[*commerce.Cart, *commerce.PricedCart]

	OrderByKey   Loader[commerce.OrderKey, *commerce.Order]
	OrderList    Loader[commerce.OrderListKey, commerce.List[*commerce.Order]]
	OrderLines   Loader[commerce.OrderRef, []*commerce.OrderLine]
	OrderEvents  Loader[commerce.OrderRef, []*commerce.OrderEvent]
	CardRefunds  Loader[commerce.OrderRef, []*commerce.CardRefund]
	Fulfillments Loader[commerce.OrderRef, []*commerce.Fulfillment]
	Refunds      Loader[commerce.OrderRef, []*commerce.Refund]
	CustomerData Loader[commerce.CustomerDataKey, *commerce.CustomerData]

	CustomerByToken Loader[commerce.CustomerTokenKey, *commerce.Customer]
	CustomerOrders  Loader[commerce.CustomerOrderListKey, commerce.List[*commerce.Order]]
	CustomerOf      Loader[commerce.CustomerContactKey, *commerce.Customer]
	CustomerList    Loader[commerce.CustomerListKey, commerce.List[*commerce.Customer]]
	CustomerByID    Loader[commerce.CustomerKey, *commerce.Customer]
	CustomerAddress Loader[commerce.CustomerAddressKey, *commerce.MailingAddress]
	AddressList     Loader[commerce.CustomerAddressListKey, commerce.List[*commerce.MailingAddress]]

	PaymentSettings Loader[commerce.StoreID, *commerce.StorePaymentSettings]

	JobByID          Loader[commerce.JobRef, *commerce.Job]
	JobList          Loader[commerce.StorePageKey, commerce.List[*commerce.Job]]
	JobRejectionList Loader[commerce.JobRejectionKey, commerce.List[*commerce.JobRejection]]

	PriceSettings   Loader[commerce.StoreID, *commerce.PriceSettings]
	ProductTaxRates Loader[commerce.ProductRef, []commerce.TaxRate]
	DiscountByCode  Loader[commerce.DiscountRef, *commerce.Discount]
	DiscountByID    Loader[commerce.DiscountIDRef, *commerce.Discount]
	DiscountList    Loader[commerce.DiscountListKey, commerce.List[*commerce.Discount]]
	Outcome         Loader[commerce.OutcomeKey, commerce.Outcome]

	readers Readers
	renew   func() Readers // nil where the readers stay what they are
	listed  listed
	next    *Set // stands in for this one since a mutation changed what it may know
}

// New makes the loaders of one response. It is called for each, so the functions below capture nothing.
func New(r Readers) *Set {
	s := &Set{readers: r}
	s.StoreByID.init(s, func(ctx context.Context, s *Set, ids []commerce.StoreID) (map[commerce.StoreID]*commerce.Store, error) {
		return s.readers.Stores.StoresByID(ctx, ids)
	})
	s.StoreByHandle.init(s, func(ctx context.Context, s *Set, handles []string) (map[string]*commerce.Store, error) {
		return s.readers.Stores.StoresByHandle(ctx, handles)
	})
	s.OptionByID.init(s, func(ctx context.Context, s *Set, refs []commerce.OptionRef) (map[commerce.OptionRef]*commerce.ProductOption, error) {
		return s.readers.Options.OptionsByID(ctx, refs)
	})
	s.ProductOptions.init(s, func(ctx context.Context, s *Set, refs []commerce.ProductRef) (map[commerce.ProductRef][]*commerce.ProductOption, error) {
		return s.readers.Options.ProductOptions(ctx, refs)
	})
	s.VariantByID.init(s, func(ctx context.Context, s *Set, refs []commerce.VariantRef) (map[commerce.VariantRef]*commerce.ProductVariant, error) {
		return s.readers.Variants.VariantsByID(ctx, refs)
	})
	s.VariantList.init(s, func(ctx context.Context, s *Set, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant], error) {
		return s.readers.Variants.VariantLists(ctx, keys)
	})
	s.VariantImage.init(s, func(ctx context.Context, s *Set, refs []commerce.VariantRef) (map[commerce.VariantRef]*commerce.MediaImage, error) {
		return s.readers.Media.VariantImages(ctx, refs)
	})
	s.MediaByID.init(s, func(ctx context.Context, s *Set, refs []commerce.MediaRef) (map[commerce.MediaRef]*commerce.MediaImage, error) {
		return s.readers.Media.MediaByID(ctx, refs)
	})
	s.MediaList.init(s, func(ctx context.Context, s *Set, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.MediaImage], error) {
		return s.readers.Media.MediaLists(ctx, keys)
	})
	s.jobs()
	s.till()
	s.customers()
	s.prices()
	s.products()
	s.collections()
	s.office()
	s.choices()
	s.content()
	s.inventory()
	s.Metafield.init(s, func(ctx context.Context, s *Set, keys []commerce.MetafieldKey) (map[commerce.MetafieldKey]*commerce.Metafield, error) {
		return s.readers.Metafields.Metafields(ctx, keys)
	})
	s.MetafieldByID.init(s, func(ctx context.Context, s *Set, refs []commerce.MetafieldRef) (map[commerce.MetafieldRef]*commerce.Metafield, error) {
		return s.readers.Metafields.MetafieldsByID(ctx, refs)
	})
	s.Outcome.init(s, func(ctx context.Context, s *Set, keys []commerce.OutcomeKey) (map[commerce.OutcomeKey]commerce.Outcome, error) {
		return s.readers.Outcomes.Outcomes(ctx, keys)
	})
	return s
}

// Knowing makes a store known that the viewer may see and that was read for this request, nil for none. It is forgotten with
// everything else: after a mutation it may be another.
func (s *Set) Knowing(store *commerce.Store) *Set {
	if store != nil {
		s.StoreByID.prime(store.ID, store)
		s.StoreByHandle.prime(store.Handle, store)
	}
	return s
}

func (s *Set) products() {
	s.ProductByID.init(s, productsByID)
	s.ProductByHandle.init(s, func(ctx context.Context, s *Set, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Product, error) {
		return s.readers.Products.ProductsByHandle(ctx, refs)
	})
	s.ProductList.init(s, func(ctx context.Context, s *Set, keys []commerce.ProductListKey) (map[commerce.ProductListKey]commerce.List[*commerce.Product], error) {
		lists, err := s.readers.Products.ProductLists(ctx, keys)
		note(&s.listed, keys, lists)
		return lists, err
	})
	s.ProductSummary.init(s, func(ctx context.Context, s *Set, refs []commerce.ProductRef) (map[commerce.ProductRef]commerce.ProductSummary, error) {
		return s.readers.Products.ProductSummaries(ctx, refs)
	})
}

// choices makes the loaders of what merchants call their products, and of variants by their options.
func (s *Set) choices() {
	s.RelatedProducts.init(s, func(ctx context.Context, s *Set, refs []commerce.ProductRef) (map[commerce.ProductRef][]*commerce.Product, error) {
		return s.readers.Recommendations.RelatedProducts(ctx, refs)
	})
	s.ProductTags.init(s, func(ctx context.Context, s *Set, keys []commerce.LabelListKey) (map[commerce.LabelListKey][]string, error) {
		return s.readers.Labels.ProductTags(ctx, keys)
	})
	s.ProductTypes.init(s, func(ctx context.Context, s *Set, keys []commerce.LabelListKey) (map[commerce.LabelListKey][]string, error) {
		return s.readers.Labels.ProductTypes(ctx, keys)
	})
	s.VariantChoice.init(s, func(ctx context.Context, s *Set, keys []commerce.ChoiceKey) (map[commerce.ChoiceKey]*commerce.ProductVariant, error) {
		return s.readers.Choices.ChosenVariants(ctx, keys)
	})
	s.AdjacentVariants.init(s, func(ctx context.Context, s *Set, keys []commerce.ChoiceKey) (map[commerce.ChoiceKey][]*commerce.ProductVariant, error) {
		return s.readers.Choices.AdjacentVariants(ctx, keys)
	})
	s.FirstVariants.init(s, func(ctx context.Context, s *Set, refs []commerce.ProductRef) (map[commerce.ProductRef]map[commerce.SelectedOption]*commerce.ProductVariant, error) {
		return s.readers.Choices.FirstVariants(ctx, refs)
	})
}

func (s *Set) collections() {
	s.CollectionByID.init(s, func(ctx context.Context, s *Set, refs []commerce.CollectionRef) (map[commerce.CollectionRef]*commerce.Collection, error) {
		return s.readers.Collections.CollectionsByID(ctx, refs)
	})
	s.CollectionByHandle.init(s, func(ctx context.Context, s *Set, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Collection, error) {
		return s.readers.Collections.CollectionsByHandle(ctx, refs)
	})
	s.CollectionList.init(s, func(ctx context.Context, s *Set, keys []commerce.CollectionListKey) (map[commerce.CollectionListKey]commerce.List[*commerce.Collection], error) {
		return s.readers.Collections.CollectionLists(ctx, keys)
	})
	s.CollectionProducts.init(s, func(ctx context.Context, s *Set, keys []commerce.CollectionPageKey) (map[commerce.CollectionPageKey]commerce.List[*commerce.Product], error) {
		lists, err := s.readers.Collections.CollectionProducts(ctx, keys)
		note(&s.listed, keys, lists)
		return lists, err
	})
	s.ProductCollections.init(s, func(ctx context.Context, s *Set, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.Collection], error) {
		return s.readers.Collections.ProductCollections(ctx, keys)
	})
}

func (s *Set) inventory() {
	s.LocationByID.init(s, func(ctx context.Context, s *Set, refs []commerce.LocationRef) (map[commerce.LocationRef]*commerce.Location, error) {
		return s.readers.Locations.LocationsByID(ctx, refs)
	})
	s.LocationList.init(s, func(ctx context.Context, s *Set, keys []commerce.LocationListKey) (map[commerce.LocationListKey]commerce.List[*commerce.Location], error) {
		return s.readers.Locations.LocationLists(ctx, keys)
	})
	s.VariantLevels.init(s, func(ctx context.Context, s *Set, refs []commerce.VariantRef) (map[commerce.VariantRef][]*commerce.InventoryLevel, error) {
		return s.readers.Inventory.VariantLevels(ctx, refs)
	})
	s.LevelList.init(s, func(ctx context.Context, s *Set, keys []commerce.InventoryLevelListKey) (map[commerce.InventoryLevelListKey]commerce.List[*commerce.InventoryLevel], error) {
		return s.readers.Inventory.LevelLists(ctx, keys)
	})
	s.InventoryHistory.init(s, func(ctx context.Context, s *Set, keys []commerce.InventoryHistoryKey) (map[commerce.InventoryHistoryKey]commerce.List[*commerce.InventoryHistoryEntry], error) {
		return s.readers.Inventory.InventoryHistories(ctx, keys)
	})
}

func (s *Set) jobs() {
	s.JobByID.init(s, func(ctx context.Context, s *Set, refs []commerce.JobRef) (map[commerce.JobRef]*commerce.Job, error) {
		return s.readers.Jobs.JobsByID(ctx, refs)
	})
	s.JobList.init(s, func(ctx context.Context, s *Set, keys []commerce.StorePageKey) (map[commerce.StorePageKey]commerce.List[*commerce.Job], error) {
		return s.readers.Jobs.JobLists(ctx, keys)
	})
	s.JobRejectionList.init(s, func(ctx context.Context, s *Set, keys []commerce.JobRejectionKey) (map[commerce.JobRejectionKey]commerce.List[*commerce.JobRejection], error) {
		return s.readers.Jobs.JobRejections(ctx, keys)
	})
}

// listed are the products that came in lists. A variant's product is mostly one of them.
type listed struct {
	mu    sync.Mutex
	lists [][]commerce.Item[*commerce.Product]
}

func note[K comparable](l *listed, keys []K, lists map[K]commerce.List[*commerce.Product]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		if items := lists[k].Items; len(items) > 0 {
			l.lists = append(l.lists, items)
		}
	}
}

// take finds products by their ids, and tells which are missing.
func (l *listed) take(refs []commerce.ProductRef) (found map[commerce.ProductRef]*commerce.Product, missing []commerce.ProductRef) {
	found = make(map[commerce.ProductRef]*commerce.Product, len(refs))
	l.mu.Lock()
	for _, items := range l.lists {
		for _, item := range items {
			found[item.Node.Ref()] = item.Node
		}
	}
	l.mu.Unlock()
	for _, ref := range refs {
		if found[ref] == nil {
			missing = append(missing, ref)
		}
	}
	return found, missing
}

// productsByID reads the products that no list has brought along.
func productsByID(ctx context.Context, s *Set, refs []commerce.ProductRef) (map[commerce.ProductRef]*commerce.Product, error) {
	found, missing := s.listed.take(refs)
	if len(missing) == 0 {
		return found, nil
	}
	read, err := s.readers.Products.ProductsByID(ctx, missing)
	maps.Copy(found, read)
	return found, err
}

type contextKey struct{}

// With returns a context that carries the set.
func With(ctx context.Context, s *Set) context.Context {
	return context.WithValue(ctx, contextKey{}, s)
}

// Forget makes From return new loaders: a mutation has changed what these may know. The fields of a mutation are carried out
// one after the other, so nobody is reading while one of them ends.
func (s *Set) Forget() {
	s = s.latest()
	readers := s.readers
	if s.renew != nil {
		readers = s.renew()
	}
	s.next = New(readers)
	s.next.renew = s.renew
}

// Renewing makes Forget ask for new readers: what a mutation has changed can be what the viewer may see.
func (s *Set) Renewing(readers func() Readers) *Set {
	s.renew = readers
	return s
}

func (s *Set) latest() *Set {
	for s.next != nil {
		s = s.next
	}
	return s
}

// From returns the context's set. It panics when there is none: that is a mistake in wiring, not in a request.
func From(ctx context.Context) *Set {
	s, ok := ctx.Value(contextKey{}).(*Set)
	if !ok {
		panic("dataloader: the context carries no Set; the handler must add one to each response")
	}
	return s.latest()
}
