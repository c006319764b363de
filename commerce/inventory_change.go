package commerce

import (
	"math"
	"time"
)

// Limits of one change of stock.
const (
	MaxInventoryLines    = 250
	maxInventoryQuantity = 1_000_000_000
	maxReference         = 2048 // bytes
)

// The codes of refusals that are about stock alone.
const (
	// RefusalCompareStale says that the quantity is no longer what the caller took it for.
	RefusalCompareStale    RefusalCode = "COMPARE_QUANTITY_STALE"
	RefusalCompareRequired RefusalCode = "COMPARE_QUANTITY_REQUIRED"
	// RefusalNotEnoughStock keeps the stock of a variant at or above 0 that does not sell on without.
	RefusalNotEnoughStock   RefusalCode = "NOT_ENOUGH_STOCK"
	RefusalLocationInactive RefusalCode = "LOCATION_INACTIVE"
)

// InventorySetQuantitiesInput sets quantities, whatever they were, or only if they are what the caller takes them for.
type InventorySetQuantitiesInput struct {
	Name                  InventoryQuantityName
	Reason                InventoryReason
	ReferenceDocumentURI  *string
	IgnoreCompareQuantity bool
	Quantities            []*InventoryQuantityInput
}

// InventoryQuantityInput is a quantity to set.
type InventoryQuantityInput struct {
	VariantID, LocationID string
	Quantity              int
	CompareQuantity       *int
}

// InventoryAdjustQuantitiesInput adds to quantities.
type InventoryAdjustQuantitiesInput struct {
	Reason               InventoryReason
	Name                 InventoryQuantityName
	ReferenceDocumentURI *string
	Changes              []*InventoryChangeInput
}

// InventoryChangeInput is what to add to a quantity, or, below 0, to take away.
type InventoryChangeInput struct {
	VariantID, LocationID string
	Delta                 int
}

// StockChange is a change of stock that may be carried out, as far as can be told without looking.
type StockChange struct {
	// Action is the name of the mutation.
	Action    string
	Name      InventoryQuantityName
	Reason    InventoryReason
	Reference string
	Lines     []StockLine
}

// StockLine changes one level.
type StockLine struct {
	Variant  VariantID
	Location LocationID
	// Quantity is what to set, else what to add.
	Set      bool
	Quantity int
	// Compare is what a quantity to be set has to be before, nil when it does not matter.
	Compare *int

	path []any
}

// Change is the input as a change of the store's stock. Refusals.
func (in InventorySetQuantitiesInput) Change(store StoreID) (StockChange, error) {
	lines := make([]StockLine, len(in.Quantities))
	c := newStockCheck(store, "quantities", len(lines), in.Reason, in.ReferenceDocumentURI)
	for i, q := range in.Quantities {
		if i == MaxInventoryLines {
			break
		}
		line := StockLine{Set: true, Quantity: q.Quantity, Compare: q.CompareQuantity}
		if in.IgnoreCompareQuantity {
			line.Compare = nil
		} else if q.CompareQuantity == nil {
			c.refused.Add(RefusalCompareRequired, []any{"input", "quantities", i, "compareQuantity"},
				"Say what the quantity has to be before, or that it does not matter, with ignoreCompareQuantity.")
		}
		lines[i] = c.line(i, line, q.VariantID, q.LocationID, "quantity")
	}
	return StockChange{"inventorySetQuantities", in.Name, in.Reason, c.reference, lines}, c.refused.Err()
}

// Change is the input as a change of the store's stock. Refusals.
func (in InventoryAdjustQuantitiesInput) Change(store StoreID) (StockChange, error) {
	lines := make([]StockLine, len(in.Changes))
	c := newStockCheck(store, "changes", len(lines), in.Reason, in.ReferenceDocumentURI)
	for i, q := range in.Changes {
		if i == MaxInventoryLines {
			break
		}
		lines[i] = c.line(i, StockLine{Quantity: q.Delta}, q.VariantID, q.LocationID, "delta")
	}
	return StockChange{"inventoryAdjustQuantities", in.Name, in.Reason, c.reference, lines}, c.refused.Err()
}

// stockCheck collects what is wrong with an input that changes stock.
type stockCheck struct {
	refused   Refusals
	store     StoreID
	list      string
	reference string
	seen      map[levelKey]bool
}

type levelKey struct {
	variant  VariantID
	location LocationID
}

func newStockCheck(store StoreID, list string, lines int, reason InventoryReason, reference *string) *stockCheck {
	c := &stockCheck{store: store, list: list, seen: make(map[levelKey]bool, lines)}
	if !reason.merchants() {
		c.refused.Add(RefusalReserved, []any{"input", "reason"}, "%s is a reason that only the system gives.", reason)
	}
	if reference != nil {
		c.reference = *reference
	}
	switch path := []any{"input", "referenceDocumentUri"}; {
	case len(c.reference) > maxReference:
		c.refused.Add(RefusalTooLong, path, "The reference is longer than %d bytes.", maxReference)
	case !storable(c.reference):
		c.refused.Add(RefusalInvalid, path, "The reference is not UTF-8 text without zero bytes.")
	}
	switch path := []any{"input", list}; {
	case lines == 0:
		c.refused.Add(RefusalBlank, path, "Nothing is to be changed.")
	case lines > MaxInventoryLines:
		c.refused.Add(RefusalTooMany, path, "%d changes are too many: at most %d in one call.", lines, MaxInventoryLines)
	}
	return c
}

// line reads the ids of a line and checks what needs no look at the stock.
func (c *stockCheck) line(i int, l StockLine, variant, location, quantity string) StockLine {
	path := []any{"input", c.list, i}
	l.path = path
	v, known := ParseGlobalID(variant)
	if !known || v.Kind != KindProductVariant || v.Store != c.store {
		c.refused.Add(RefusalNotFound, append(path[:3:3], "variantId"), "The store has no such variant.")
	}
	at, found := ParseGlobalID(location)
	if !found || at.Kind != KindLocation || at.Store != c.store {
		c.refused.Add(RefusalNotFound, append(path[:3:3], "locationId"), "The store has no such location.")
	}
	if l.Quantity < -maxInventoryQuantity || l.Quantity > maxInventoryQuantity {
		c.refused.Add(RefusalInvalid, append(path[:3:3], quantity), "%d is beyond a billion.", l.Quantity)
	}
	l.Variant, l.Location = VariantID(v.ID), LocationID(at.ID)
	if known && found && c.seen[levelKey{l.Variant, l.Location}] {
		c.refused.Add(RefusalDuplicate, path, "This variant at this location is in the list already.")
	}
	c.seen[levelKey{l.Variant, l.Location}] = true
	return l
}

// StockFound is what a change of stock meets, locked until it is written.
type StockFound struct {
	Variants map[VariantID]VariantStock
	// Locations are whether stock can be at a location.
	Locations map[LocationID]bool
	Levels    map[VariantID]map[LocationID]InventoryLevel
}

// VariantStock is what counts of a variant when its stock changes.
type VariantStock struct {
	// Quantity is what is available over all locations.
	Quantity int
	Policy   InventoryPolicy
}

// InventoryAdjustmentGroup is what one mutation did to stock.
type InventoryAdjustmentGroup struct {
	CreatedAt            time.Time
	Reason               InventoryReason
	ReferenceDocumentURI *string
	Changes              []*InventoryChange
}

// InventoryChange is what a mutation did to one level.
type InventoryChange struct {
	StoreID    StoreID
	VariantID  VariantID
	LocationID LocationID
	Name       InventoryQuantityName
	// Delta is what was added.
	Delta int
	// QuantityAfterChange is the quantity of that name.
	QuantityAfterChange int
	// OnHand is what lies there after the change.
	OnHand int
}

// Tenant is the store whose stock changed.
func (c *InventoryChange) Tenant() StoreID { return c.StoreID }

// Variant is the key of what changed.
func (c *InventoryChange) Variant() VariantRef { return VariantRef{c.StoreID, c.VariantID} }

// Location is the key of where it changed.
func (c *InventoryChange) Location() LocationRef { return LocationRef{c.StoreID, c.LocationID} }

// Apply tells what the change does to the stock that was found: the levels that become different, in the order of the lines.
// Refusals.
func (c StockChange) Apply(store StoreID, found StockFound) ([]*InventoryChange, error) {
	var r Refusals
	changes := make([]*InventoryChange, 0, len(c.Lines))
	totals := make(map[VariantID]int, len(c.Lines))
	for _, l := range c.Lines {
		change := l.apply(&r, c.Name, found)
		if change == nil || change.Delta == 0 {
			continue
		}
		change.StoreID = store
		changes = append(changes, change)
		total := found.Variants[l.Variant].Quantity + totals[l.Variant] + change.Delta
		if total < math.MinInt32 || total > math.MaxInt32 {
			r.Add(RefusalInvalid, l.path, "The stock of the variant over all locations would be %d, which is beyond two billion.", total)
		}
		totals[l.Variant] += change.Delta
	}
	return changes, r.Err()
}

// apply tells what the line does to its level, nil when it is refused.
func (l StockLine) apply(r *Refusals, name InventoryQuantityName, found StockFound) *InventoryChange {
	variant, known := found.Variants[l.Variant]
	if !known {
		r.Add(RefusalNotFound, l.at("variantId"), "The store has no such variant.")
	}
	active, exists := found.Locations[l.Location]
	switch {
	case !exists:
		r.Add(RefusalNotFound, l.at("locationId"), "The store has no such location.")
	case !active:
		r.Add(RefusalLocationInactive, l.at("locationId"), "The location is closed: no stock can be there.")
	}
	if !known || !active {
		return nil
	}
	level := found.Levels[l.Variant][l.Location]
	before := level.OnHand
	if name == InventoryAvailable {
		before = level.Available()
	}
	if l.Compare != nil && *l.Compare != before {
		r.Add(RefusalCompareStale, l.at("compareQuantity"), "The quantity is %d now, not %d.", before, *l.Compare)
		return nil
	}
	delta := l.Quantity
	if l.Set {
		delta -= before
	}
	change := &InventoryChange{
		VariantID: l.Variant, LocationID: l.Location, Name: name, Delta: delta, QuantityAfterChange: before + delta, OnHand: level.OnHand + delta,
	}
	l.checkOnHand(r, change, variant.Policy)
	return change
}

// checkOnHand refuses stock below 0, unless it rises or the variant sells on without, and more than can be counted.
func (l StockLine) checkOnHand(r *Refusals, c *InventoryChange, policy InventoryPolicy) {
	field := "delta"
	if l.Set {
		field = "quantity"
	}
	switch {
	case c.OnHand < math.MinInt32 || c.OnHand > math.MaxInt32:
		r.Add(RefusalInvalid, l.at(field), "The stock would be %d, which is beyond two billion.", c.OnHand)
	case c.OnHand < 0 && c.Delta < 0 && policy != InventoryContinue:
		r.Add(RefusalNotEnoughStock, l.at(field), "The stock would be %d, and the variant does not sell on without stock.", c.OnHand)
	}
}

func (l StockLine) at(field string) []any { return append(l.path[:3:3], field) }
