package commerce

import (
	"slices"
	"strings"
	"time"
)

// DiscountID identifies a discount within its store.
type DiscountID int64

// DiscountRef names a discount by its code within a store, as DiscountKey spells it.
type DiscountRef struct {
	Store StoreID
	Code  string
}

// DiscountKey is a code as codes are compared: without regard to capital letters, nor to the space around it.
func DiscountKey(code string) string { return strings.ToLower(strings.TrimSpace(code)) }

// DiscountType says what a discount takes off.
type DiscountType string

// The types of discounts.
const (
	DiscountPercentage   DiscountType = "PERCENTAGE"
	DiscountFixedAmount  DiscountType = "FIXED_AMOUNT"
	DiscountFreeShipping DiscountType = "FREE_SHIPPING"
	DiscountBuyXGetY     DiscountType = "BUY_X_GET_Y"
)

// Valid reports whether there is such a type.
func (t DiscountType) Valid() bool {
	return t == DiscountPercentage || t == DiscountFixedAmount || t == DiscountFreeShipping || t == DiscountBuyXGetY
}

// DiscountClass is what a discount is about, for the question of what it combines with.
type DiscountClass string

// The classes, in the order in which they are taken off.
const (
	DiscountOfProducts DiscountClass = "PRODUCT"
	DiscountOfOrder    DiscountClass = "ORDER"
	DiscountOfShipping DiscountClass = "SHIPPING"
)

// Valid reports whether there is such a class.
func (c DiscountClass) Valid() bool {
	return c == DiscountOfProducts || c == DiscountOfOrder || c == DiscountOfShipping
}

// DiscountProblem says why a code does not count, in the words of the Storefront API's warnings of carts.
type DiscountProblem string

// The problems of codes.
const (
	// DiscountNotHonoured says that the code does not combine with an earlier one, or has nothing left to take off.
	DiscountNotHonoured        DiscountProblem = "DISCOUNT_CODE_NOT_HONOURED"
	DiscountInactive           DiscountProblem = "DISCOUNT_CURRENTLY_INACTIVE"
	DiscountUsedByCustomer     DiscountProblem = "DISCOUNT_CUSTOMER_USAGE_LIMIT_REACHED"
	DiscountCustomerMissing    DiscountProblem = "DISCOUNT_ELIGIBLE_CUSTOMER_MISSING"
	DiscountNotFound           DiscountProblem = "DISCOUNT_NOT_FOUND"
	DiscountNoEntitledLines    DiscountProblem = "DISCOUNT_NO_ENTITLED_LINE_ITEMS"
	DiscountNoEntitledShipping DiscountProblem = "DISCOUNT_NO_ENTITLED_SHIPPING_LINES"
	DiscountPurchaseNotInRange DiscountProblem = "DISCOUNT_PURCHASE_NOT_IN_RANGE"
	DiscountQuantityNotInRange DiscountProblem = "DISCOUNT_QUANTITY_NOT_IN_RANGE"
	DiscountUsageLimitReached  DiscountProblem = "DISCOUNT_USAGE_LIMIT_REACHED"
)

func discountProblems() []DiscountProblem {
	return []DiscountProblem{
		DiscountNotHonoured, DiscountInactive, DiscountUsedByCustomer, DiscountCustomerMissing, DiscountNotFound, DiscountNoEntitledLines,
		DiscountNoEntitledShipping, DiscountPurchaseNotInRange, DiscountQuantityNotInRange, DiscountUsageLimitReached,
	}
}

// DiscountUseError says that an order cannot use a discount after all, since somebody else was faster. Whoever gets it gives the
// transaction up.
type DiscountUseError struct {
	Discount DiscountID
	Problem  DiscountProblem
}

// Error names the problem.
func (e *DiscountUseError) Error() string { return string(e.Problem) }

// Discount is what a code takes off an order.
type Discount struct {
	StoreID  StoreID
	ID       DiscountID
	Currency Currency
	// Code is as the merchant writes it.
	Code string
	Type DiscountType
	// Rate is the percentage, of the units that are given away for BUY_X_GET_Y.
	Rate Rate
	// AmountMinor is the fixed amount, taken off once.
	AmountMinor int64
	// Items are what it is taken off; for BUY_X_GET_Y what is given away.
	Items DiscountItems
	// Buys are what has to be bought for BUY_X_GET_Y, BuysQuantity how many units of it for each GetsQuantity of Items.
	Buys                       DiscountItems
	BuysQuantity, GetsQuantity int
	// UsesPerOrder is how many times BUY_X_GET_Y counts in one order, nil without a limit.
	UsesPerOrder *int
	// MinimumSubtotalMinor and MinimumQuantity are what has to be bought of Items, before discounts. Nil without.
	MinimumSubtotalMinor *int64
	MinimumQuantity      *int
	// StartsAt is the first moment at which the code counts, EndsAt the first at which it no longer does. Nil without an end.
	StartsAt time.Time
	EndsAt   *time.Time
	// UsageLimit is how many orders may use it in all, nil without a limit; UsageCount how many have.
	UsageLimit *int
	UsageCount int
	// OncePerCustomer says that it counts in one order of every buyer.
	OncePerCustomer bool
	CombinesWith    DiscountCombination
	// Version counts the merchant's changes.
	Version              int
	CreatedAt, UpdatedAt time.Time
}

// DiscountIDRef is the full key of a discount.
type DiscountIDRef struct {
	Store StoreID
	ID    DiscountID
}

// Ref is the discount's full key.
func (d *Discount) Ref() DiscountIDRef { return DiscountIDRef{d.StoreID, d.ID} }

// NodeID is the discount's global id.
func (d *Discount) NodeID() GlobalID { return d.Ref().NodeID() }

// NodeID is the global id of the discount with this key.
func (r DiscountIDRef) NodeID() GlobalID {
	return GlobalID{Kind: KindDiscountCode, Store: r.Store, ID: int64(r.ID)}
}

// IsNode marks Discount as a node of the API.
func (*Discount) IsNode() {}

// Percentage is how many per cent are taken off, nil where there is none.
func (d *Discount) Percentage() *Decimal {
	if d.Rate == 0 {
		return nil
	}
	return new(d.Rate.Percentage())
}

// Amount is the fixed amount, nil where there is none.
func (d *Discount) Amount() *Money {
	if d.Type != DiscountFixedAmount {
		return nil
	}
	return &Money{d.AmountMinor, d.Currency}
}

// MinimumSubtotal is what has to be bought at least, nil without a minimum.
func (d *Discount) MinimumSubtotal() *Money { return optionalMoney(d.MinimumSubtotalMinor, d.Currency) }

// Tenant is the store whose discount it is.
func (d *Discount) Tenant() StoreID { return d.StoreID }

// DiscountItems are things of a basket: all, or some products and all those of some collections.
type DiscountItems struct {
	StoreID     StoreID
	Products    []ProductID
	Collections []CollectionID
}

// All reports whether it is all things.
func (i *DiscountItems) All() bool { return len(i.Products)+len(i.Collections) == 0 }

// ProductIDs are the global ids of the products.
func (i *DiscountItems) ProductIDs() []GlobalID { return globalIDs(i.StoreID, KindProduct, i.Products) }

// CollectionIDs are the global ids of the collections.
func (i *DiscountItems) CollectionIDs() []GlobalID {
	return globalIDs(i.StoreID, KindCollection, i.Collections)
}

func globalIDs[T ~int64](store StoreID, kind Kind, ids []T) []GlobalID {
	global := make([]GlobalID, len(ids))
	for i, id := range ids {
		global[i] = GlobalID{Kind: kind, Store: store, ID: int64(id)}
	}
	return global
}

// has reports whether the units of a line are among them.
func (i *DiscountItems) has(l *BasketLine) bool {
	return i.All() || slices.Contains(i.Products, l.Product) ||
		slices.ContainsFunc(i.Collections, func(c CollectionID) bool { return slices.Contains(l.Collections, c) })
}

// DiscountCombination says with discounts of which classes a discount may be in one order. Two combine when both allow it.
type DiscountCombination struct {
	ProductDiscounts, OrderDiscounts, ShippingDiscounts bool
}

func (c DiscountCombination) with(class DiscountClass) bool {
	switch class {
	case DiscountOfProducts:
		return c.ProductDiscounts
	case DiscountOfOrder:
		return c.OrderDiscounts
	case DiscountOfShipping:
	}
	return c.ShippingDiscounts
}

// CollectionRefs are the collections that the discount is about.
func (d *Discount) CollectionRefs() []CollectionRef {
	refs := make([]CollectionRef, 0, len(d.Items.Collections)+len(d.Buys.Collections))
	for _, c := range slices.Concat(d.Items.Collections, d.Buys.Collections) {
		refs = append(refs, CollectionRef{d.StoreID, c})
	}
	return refs
}

// Class is what the discount is about: delivery, the whole order, or some products.
func (d *Discount) Class() DiscountClass {
	switch {
	case d.Type == DiscountFreeShipping:
		return DiscountOfShipping
	case d.Type != DiscountBuyXGetY && d.Items.All():
		return DiscountOfOrder
	}
	return DiscountOfProducts
}

// combines reports whether two discounts may be in one order. There is one delivery to be free, so of its class there is one.
func (d *Discount) combines(other *Discount) bool {
	class := d.Class()
	return d.ID != other.ID && d.CombinesWith.with(other.Class()) && other.CombinesWith.with(class) &&
		(class != DiscountOfShipping || other.Class() != class)
}

// idle tells why the discount cannot be used now, whatever is in the basket.
func (d *Discount) idle(b *Basket) DiscountProblem {
	switch {
	case b.Now.Before(d.StartsAt) || d.EndsAt != nil && !b.Now.Before(*d.EndsAt):
		return DiscountInactive
	case d.UsageLimit != nil && d.UsageCount >= *d.UsageLimit:
		return DiscountUsageLimitReached
	case d.OncePerCustomer && b.Used[d.ID]:
		return DiscountUsedByCustomer
	}
	return ""
}
