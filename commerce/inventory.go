package commerce

import (
	"context"
	"time"
)

// InventoryReason says why stock changed.
type InventoryReason string

// The reasons that merchants give.
const (
	InventoryCorrection InventoryReason = "CORRECTION"
	InventoryCycleCount InventoryReason = "CYCLE_COUNT"
	InventoryDamaged    InventoryReason = "DAMAGED"
	InventoryReceived   InventoryReason = "RECEIVED"
	InventoryRestock    InventoryReason = "RESTOCK"
	InventoryShrinkage  InventoryReason = "SHRINKAGE"
	InventoryPromotion  InventoryReason = "PROMOTION"
	InventoryTransfer   InventoryReason = "TRANSFER"
	InventoryOther      InventoryReason = "OTHER"
)

// The reasons that are the system's own.
const (
	// InventoryOpening is the stock that there was before there was a ledger.
	InventoryOpening  InventoryReason = "OPENING"
	InventoryImported InventoryReason = "IMPORT"
	InventoryOrdered  InventoryReason = "ORDER"
	// InventoryDeleted takes away the stock of a variant that was deleted.
	InventoryDeleted InventoryReason = "DELETED"
)

// Valid reports whether there is such a reason.
func (r InventoryReason) Valid() bool { return r.merchants() || r.reserved() }

// merchants reports whether merchants may give the reason.
func (r InventoryReason) merchants() bool {
	switch r {
	case InventoryCorrection, InventoryCycleCount, InventoryDamaged, InventoryReceived, InventoryRestock, InventoryShrinkage,
		InventoryPromotion, InventoryTransfer, InventoryOther:
		return true
	case InventoryOpening, InventoryImported, InventoryOrdered, InventoryDeleted:
	}
	return false
}

// reserved reports whether only the system gives the reason.
func (r InventoryReason) reserved() bool {
	return r == InventoryOpening || r == InventoryImported || r == InventoryOrdered || r == InventoryDeleted
}

// InventoryQuantityName says which of a level's quantities is meant.
type InventoryQuantityName string

// The quantities that can be set. What is on hand is available unless it is reserved.
const (
	InventoryOnHand    InventoryQuantityName = "ON_HAND"
	InventoryAvailable InventoryQuantityName = "AVAILABLE"
)

// Valid reports whether there is such a quantity.
func (n InventoryQuantityName) Valid() bool { return n == InventoryOnHand || n == InventoryAvailable }

// InventoryLevel is the stock of a variant at a location.
type InventoryLevel struct {
	StoreID    StoreID
	VariantID  VariantID
	LocationID LocationID
	// OnHand counts the units that lie there, Reserved those of them that are promised to orders.
	OnHand, Reserved int
	UpdatedAt        time.Time
}

// Available counts the units that can still be sold. It is below 0 when more are promised than there are.
func (l *InventoryLevel) Available() int { return l.OnHand - l.Reserved }

// Tenant is the store whose stock it is.
func (l *InventoryLevel) Tenant() StoreID { return l.StoreID }

// Variant is the key of what lies there.
func (l *InventoryLevel) Variant() VariantRef { return VariantRef{l.StoreID, l.VariantID} }

// Location is the key of where it lies.
func (l *InventoryLevel) Location() LocationRef { return LocationRef{l.StoreID, l.LocationID} }

// InventoryLevelListKey asks for one page of a store's levels, of those whose product's title or SKU contains each of the words.
type InventoryLevelListKey struct {
	Store StoreID
	Page  Page
	Words string
}

// Counting asks for the number of items of the list.
func (k InventoryLevelListKey) Counting() InventoryLevelListKey {
	k.Page = k.Page.Counting()
	return k
}

// InventoryHistoryKey asks for one page of what happened to a variant's stock.
type InventoryHistoryKey struct {
	Variant VariantRef
	Page    Page
}

// Counting asks for the number of items of the list.
func (k InventoryHistoryKey) Counting() InventoryHistoryKey {
	k.Page = k.Page.Counting()
	return k
}

// The orders of a store's levels and of a variant's history.
const (
	InventorySortVariant SortKey = "VARIANT_ID"
	InventorySortID      SortKey = "ID"
)

// InventoryHistoryEntry is one change of a level, as the ledger keeps it.
type InventoryHistoryEntry struct {
	StoreID    StoreID
	ID         int64
	LocationID LocationID
	CreatedAt  time.Time
	Reason     InventoryReason
	// ReferenceDocumentURI names the document behind the change, nil without one.
	ReferenceDocumentURI *string
	// DeltaOnHand and DeltaReserved are what was added.
	DeltaOnHand, DeltaReserved int
	// OnHand and Reserved are the quantities after the change.
	OnHand, Reserved int
	Author           InventoryAuthor
}

// Available counts the units that could be sold after the change.
func (e *InventoryHistoryEntry) Available() int { return e.OnHand - e.Reserved }

// Tenant is the store whose stock it was.
func (e *InventoryHistoryEntry) Tenant() StoreID { return e.StoreID }

// Location is the key of where the stock changed.
func (e *InventoryHistoryEntry) Location() LocationRef { return LocationRef{e.StoreID, e.LocationID} }

// InventoryAuthorKind says what kind of author changed stock.
type InventoryAuthorKind string

// The kinds of authors.
const (
	InventoryByMerchant InventoryAuthorKind = "MERCHANT"
	InventoryByKey      InventoryAuthorKind = "API_KEY"
	InventoryBySystem   InventoryAuthorKind = "SYSTEM"
)

// Valid reports whether there is such a kind.
func (k InventoryAuthorKind) Valid() bool {
	return k == InventoryByMerchant || k == InventoryByKey || k == InventoryBySystem
}

// InventoryAuthor is who changed stock.
type InventoryAuthor struct {
	Author
	// Name is the merchant's, nil for others.
	Name *string
}

// Kind is what kind of author it is: the system when it is nobody, as with an import at the command line.
func (a InventoryAuthor) Kind() InventoryAuthorKind {
	switch {
	case a.Merchant != 0:
		return InventoryByMerchant
	case a.Key != 0:
		return InventoryByKey
	}
	return InventoryBySystem
}

// InventoryReader reads the stock of the viewer's own stores. A key without any is missing from the answer.
type InventoryReader interface {
	VariantLevels(ctx context.Context, refs []VariantRef) (map[VariantRef][]*InventoryLevel, error)
	LevelLists(ctx context.Context, keys []InventoryLevelListKey) (map[InventoryLevelListKey]List[*InventoryLevel], error)
	InventoryHistories(ctx context.Context, keys []InventoryHistoryKey) (map[InventoryHistoryKey]List[*InventoryHistoryEntry], error)
}

// InventoryWriter changes stock. Refusals come back as the error, and mean that nothing was written.
type InventoryWriter interface {
	ChangeStock(ctx context.Context, by Author, store *Store, change StockChange) (*InventoryAdjustmentGroup, error)
}

// InventoryDifference is a quantity that its ledger does not explain, or a variant's that is not the sum of its levels.
type InventoryDifference struct {
	Store    string     `json:"store"`
	Variant  VariantID  `json:"variant"`
	Location LocationID `json:"location,omitempty"` // none for the sum over all locations
	// What is on_hand, reserved or inventory_quantity.
	What     string `json:"what"`
	Stored   int64  `json:"stored"`
	Expected int64  `json:"expected"`
}
