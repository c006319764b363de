package commerce

import (
	"strconv"
	"strings"
)

// StoreID identifies a store, the tenant. It is the first part of every key.
type StoreID int64

// ProductID identifies a product within its store.
type ProductID int64

// VariantID identifies a product variant within its store.
type VariantID int64

// MediaID identifies a picture of a product within its store.
type MediaID int64

// OptionID identifies a product option within its store.
type OptionID int64

// CollectionID identifies a collection within its store.
type CollectionID int64

// MerchantID identifies a merchant, who may work in several stores.
type MerchantID int64

// SessionID identifies the session of a merchant who has signed in.
type SessionID int64

// APIKeyID identifies an API key within its store.
type APIKeyID int64

// MenuID identifies a menu within its store.
type MenuID int64

// PageID identifies a page of text within its store.
type PageID int64

// MenuRef is the full key of a menu.
type MenuRef struct {
	Store StoreID
	ID    MenuID
}

// PageRef is the full key of a page of text.
type PageRef struct {
	Store StoreID
	ID    PageID
}

// LocationID identifies a location within its store.
type LocationID int64

// JobID identifies a job within its store.
type JobID int64

// UploadID identifies a file within its store.
type UploadID int64

// ProductRef is the full key of a product.
type ProductRef struct {
	Store StoreID
	ID    ProductID
}

// VariantRef is the full key of a variant.
type VariantRef struct {
	Store StoreID
	ID    VariantID
}

// MediaRef is the full key of a product's picture.
type MediaRef struct {
	Store StoreID
	ID    MediaID
}

// OptionRef is the full key of a product option.
type OptionRef struct {
	Store StoreID
	ID    OptionID
}

// CollectionRef is the full key of a collection.
type CollectionRef struct {
	Store StoreID
	ID    CollectionID
}

// LocationRef is the full key of a location.
type LocationRef struct {
	Store StoreID
	ID    LocationID
}

// JobRef is the full key of a job.
type JobRef struct {
	Store StoreID
	ID    JobID
}

// UploadRef is the full key of a file.
type UploadRef struct {
	Store StoreID
	ID    UploadID
}

// CartID identifies a cart within its store.
type CartID int64

// OrderID identifies an order within its store.
type OrderID int64

// CustomerID identifies a customer within its store.
type CustomerID int64

// CustomerRef is the full key of a customer.
type CustomerRef struct {
	Store StoreID
	ID    CustomerID
}

// OrderRef is the full key of an order.
type OrderRef struct {
	Store StoreID
	ID    OrderID
}

// HandleRef names something by its handle within a store.
type HandleRef struct {
	Store  StoreID
	Handle string
}

// Kind is the type name inside a global id; it equals the GraphQL type's name.
type Kind string

// The kinds that have global ids.
const (
	KindStore          Kind = "Store"
	KindProduct        Kind = "Product"
	KindProductVariant Kind = "ProductVariant"
	KindProductOption  Kind = "ProductOption"
	KindCollection     Kind = "Collection"
	KindMediaImage     Kind = "MediaImage"

	KindMerchant        Kind = "Merchant"
	KindSession         Kind = "Session"
	KindAPIKey          Kind = "ApiKey"
	KindStaffMember     Kind = "StaffMember"
	KindStaffInvitation Kind = "StaffInvitation"
	KindShop            Kind = "Shop"
	KindMenu            Kind = "Menu"
	KindMenuItem        Kind = "MenuItem"
	KindPage            Kind = "Page"

	KindLocation  Kind = "Location"
	KindMetafield Kind = "Metafield"

	KindJob    Kind = "Job"
	KindUpload Kind = "Upload"

	KindCart         Kind = "Cart"
	KindCartLine     Kind = "CartLine"
	KindCartAddress  Kind = "CartSelectableAddress"
	KindCartGroup    Kind = "CartDeliveryGroup"
	KindOrder        Kind = "Order"
	KindOrderLine    Kind = "OrderLineItem"
	KindFulfillment  Kind = "Fulfillment"
	KindRefund       Kind = "Refund"
	KindDiscountCode Kind = "DiscountCode"

	KindWebhookSubscription Kind = "WebhookSubscription"
	KindCustomer            Kind = "Customer"
	KindMailingAddress      Kind = "MailingAddress"

	KindSearchRule Kind = "SearchRule"
)

const globalIDPrefix = "gid://kirana/"

// GlobalID names one node of the whole API: gid://kirana/Product/<store>/<id>, and gid://kirana/Store/<id> for a store or what
// belongs to none, such as a merchant. Clients treat it as opaque. For a store, Store and ID are the same number; what belongs
// to none has no Store. What whoever knows its secret may see carries it: gid://kirana/Cart/<store>/<id>?key=<key>.
type GlobalID struct {
	Kind  Kind
	Store StoreID
	ID    int64
	// Key is the secret of a cart or an order; in the id of something inside one, what tells it from others. Other ids have none.
	Key string
}

// String renders the id as clients see it.
func (g GlobalID) String() string { return string(g.Append(nil)) }

// Append appends the id's text to b, so that a list of ids costs no allocation each.
func (g GlobalID) Append(b []byte) []byte {
	b = append(b, globalIDPrefix...)
	b = append(b, g.Kind...)
	b = append(b, '/')
	if !g.Kind.alone() {
		b = strconv.AppendInt(b, int64(g.Store), 10)
		b = append(b, '/')
	}
	b = strconv.AppendInt(b, g.ID, 10)
	if g.Key != "" {
		b = append(b, g.Kind.parameter()...)
		b = append(b, g.Key...)
	}
	return b
}

// parameter is what stands before the key in the ids of a kind, empty where there is none.
func (k Kind) parameter() string {
	switch k { //nolint:exhaustive // the others have no key
	case KindCart, KindOrder:
		return "?key="
	case KindCartLine, KindCartAddress:
		return "?cart="
	case KindOrderLine:
		return "?line="
	}
	return ""
}

// ParseGlobalID reads an id that String rendered. It reports false for every other text, also for another spelling
// of the same numbers, so that one node has one id.
func ParseGlobalID(s string) (GlobalID, bool) {
	rest, ok := strings.CutPrefix(s, globalIDPrefix)
	if !ok {
		return GlobalID{}, false
	}
	kind, rest, _ := strings.Cut(rest, "/")
	if !knownKind(Kind(kind)) {
		return GlobalID{}, false
	}
	g := GlobalID{Kind: Kind(kind)}
	if p := g.Kind.parameter(); p != "" {
		rest, g.Key, _ = strings.Cut(rest, p)
	}
	store, id, _ := strings.Cut(rest, "/")
	if g.Kind.alone() {
		store, id = "1", rest // no store to be wrong
	}
	n, err := strconv.ParseInt(store, 10, 64)
	if err != nil {
		return GlobalID{}, false
	}
	if g.ID, err = strconv.ParseInt(id, 10, 64); err != nil {
		return GlobalID{}, false
	}
	switch {
	case g.Kind == KindStore:
		g.Store = StoreID(g.ID)
	case !g.Kind.alone():
		g.Store = StoreID(n)
	}
	return g, n > 0 && g.ID > 0 && g.String() == s
}

// alone reports whether things of the kind belong to no store, so that their number says it all.
func (k Kind) alone() bool { return k == KindStore || k == KindMerchant || k == KindSession }

// OwnID is the number of the store's own thing that a client's id names; 0, which nothing has, for every other text. Store 0 stands
// for what belongs to no store.
func OwnID(store StoreID, kind Kind, text string) int64 {
	g, ok := ParseGlobalID(text)
	if !ok || g.Kind != kind || g.Store != store {
		return 0
	}
	return g.ID
}

// ownIDs are the numbers of the store's own things that a client's ids name, without those that name none.
func ownIDs[ID ~int64](store StoreID, kind Kind, texts []string) []ID {
	ids := make([]ID, 0, len(texts))
	for _, text := range texts {
		if id := OwnID(store, kind, text); id != 0 {
			ids = append(ids, ID(id))
		}
	}
	return ids
}

// OwnOrderID is OwnID of an order. Its secret, which a buyer's id carries, does not matter to those who need none.
func OwnOrderID(store StoreID, text string) int64 {
	text, _, _ = strings.Cut(text, KindOrder.parameter())
	return OwnID(store, KindOrder, text)
}

func knownKind(k Kind) bool {
	switch k {
	case KindStore, KindProduct, KindProductVariant, KindProductOption, KindCollection, KindMediaImage,
		KindShop, KindMenu, KindMenuItem, KindPage:
		return true
	case KindMerchant, KindSession, KindAPIKey, KindStaffMember, KindStaffInvitation:
		return true
	case KindLocation, KindMetafield, KindJob, KindUpload:
		return true
	case KindWebhookSubscription:
		return true
	case KindCart, KindCartLine, KindCartAddress, KindCartGroup, KindOrder, KindOrderLine, KindFulfillment, KindRefund, KindDiscountCode:
		return true
	case KindCustomer, KindMailingAddress, KindSearchRule:
		return true
	}
	return false
}
