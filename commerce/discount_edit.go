package commerce

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Limits of discounts.
const (
	MaxDiscounts     = 20_000 // of a store
	MaxDiscountCode  = 255    // characters
	MaxDiscountItems = 250    // products or collections that one discount names
	maxDiscountUnits = 1_000_000
)

// DiscountCodeInput is what a discount is to be, all of it.
type DiscountCodeInput struct {
	Code                       string
	Type                       DiscountType
	Percentage, Amount         *DecimalText
	Items, BuysItems           *DiscountItemsInput
	BuysQuantity, GetsQuantity *int
	UsesPerOrder               *int
	MinimumSubtotal            *DecimalText
	MinimumQuantity            *int
	StartsAt, EndsAt           *time.Time
	UsageLimit                 *int
	OncePerCustomer            *bool
	CombinesWith               *DiscountCombination
}

// DiscountItemsInput names products and collections by their global ids.
type DiscountItemsInput struct {
	ProductIDs, CollectionIDs []string
}

// DiscountEditor changes a store's discounts. Refusals come as errors; then nothing was written.
type DiscountEditor interface {
	AddDiscount(ctx context.Context, by Author, store *Store, in DiscountCodeInput, now time.Time) (*Discount, error)
	// EditDiscount replaces a discount, but for how often it was used. expected is the version that the merchant has seen, nil for any.
	EditDiscount(ctx context.Context, by Author, store *Store, id DiscountID, expected *int, in DiscountCodeInput) (*Discount, error)
	DeleteDiscount(ctx context.Context, by Author, ref DiscountIDRef) error
}

// DiscountReader reads the discounts of the viewer's own stores. A key without one is missing from the answer.
type DiscountReader interface {
	DiscountsByID(ctx context.Context, refs []DiscountIDRef) (map[DiscountIDRef]*Discount, error)
	DiscountLists(ctx context.Context, keys []DiscountListKey) (map[DiscountListKey]List[*Discount], error)
}

// DiscountListKey asks for one page of a store's discounts, of those that the query asks for.
type DiscountListKey struct {
	Store StoreID
	Page  Page
	Words string
}

// Counting asks for the number of items of the list.
func (k DiscountListKey) Counting() DiscountListKey {
	k.Page = k.Page.Counting()
	return k
}

// The orders of a store's discounts.
const (
	DiscountSortID        SortKey = "ID"
	DiscountSortCode      SortKey = "CODE"
	DiscountSortCreatedAt SortKey = "CREATED_AT"
)

// discountCheck collects what is wrong with a discount.
type discountCheck struct {
	refused Refusals
	store   *Store
	in      *DiscountCodeInput
}

// discountPath is the way to a value of a discount in the mutations' argument.
func discountPath(field ...any) []any { return append([]any{"input", "discountCode"}, field...) }

func (c *discountCheck) add(code RefusalCode, field, format string, args ...any) {
	c.refused.Add(code, discountPath(field), format, args...)
}

// Discount is the discount that the input asks for, which starts at a moment unless the input says otherwise. Whether the store has what it names is for whoever can look. Refusals.
func (in DiscountCodeInput) Discount(store *Store, startsAt time.Time) (*Discount, error) {
	c := discountCheck{store: store, in: &in}
	d := &Discount{
		StoreID: store.ID, Currency: store.Currency, Code: c.code(), Type: in.Type, StartsAt: startsAt, EndsAt: in.EndsAt, UsageLimit: in.UsageLimit,
		UsesPerOrder: in.UsesPerOrder, MinimumQuantity: in.MinimumQuantity, OncePerCustomer: in.OncePerCustomer != nil && *in.OncePerCustomer,
	}
	if in.StartsAt != nil {
		d.StartsAt = *in.StartsAt
	}
	if in.CombinesWith != nil {
		d.CombinesWith = *in.CombinesWith
	}
	d.MinimumSubtotalMinor = checkAmount(&c.refused, in.MinimumSubtotal, store.Currency, discountPath("minimumSubtotal"))
	d.Items, d.Buys = c.items(in.Items, "items"), c.items(in.BuysItems, "buysItems")
	c.value(d)
	c.sets(d)
	c.limits(d)
	return d, c.refused.Err()
}

// code is the code without the space around it.
func (c *discountCheck) code() string {
	code := strings.TrimSpace(c.in.Code)
	switch {
	case code == "":
		c.add(RefusalBlank, "code", "A discount needs a code for buyers to enter.")
	case Characters(MaxDiscountCode).Exceeded(code):
		c.add(RefusalTooLong, "code", "The code is longer than %s.", Characters(MaxDiscountCode))
	case !storable(code) || strings.ContainsFunc(code, unicode.IsControl):
		c.add(RefusalInvalid, "code", "The code is not one line of UTF-8 text.")
	}
	return code
}

// value reads what is taken off: a percentage or an amount, where the type has one.
func (c *discountCheck) value(d *Discount) {
	in := c.in
	rated, priced := d.Type == DiscountPercentage || d.Type == DiscountBuyXGetY, d.Type == DiscountFixedAmount
	switch {
	case rated && in.Percentage == nil && d.Type == DiscountPercentage:
		c.add(RefusalBlank, "percentage", "How many per cent are taken off?")
	case !rated && in.Percentage != nil:
		c.add(RefusalInvalid, "percentage", "%s has no percentage.", d.Type)
	case rated:
		d.Rate = RateOne // of what is given away
		if in.Percentage != nil {
			c.percentage(d)
		}
	}
	switch {
	case priced && in.Amount == nil:
		c.add(RefusalBlank, "amount", "How much is taken off?")
	case !priced && in.Amount != nil:
		c.add(RefusalInvalid, "amount", "%s has no amount.", d.Type)
	case priced:
		if d.AmountMinor = *checkAmount(&c.refused, in.Amount, c.store.Currency, discountPath("amount")); d.AmountMinor == 0 && c.refused == nil {
			c.add(RefusalInvalid, "amount", "A discount takes something off.")
		}
	}
}

func (c *discountCheck) percentage(d *Discount) {
	var err error
	d.Rate, err = ParsePercentage(*c.in.Percentage, RateOne)
	if err == nil && d.Rate == 0 {
		c.add(RefusalInvalid, "percentage", "A discount takes something off.")
	}
	if err != nil {
		c.add(RefusalInvalid, "percentage", "%s.", err)
	}
}

// sets checks what belongs to BUY_X_GET_Y alone, and what does not belong to it.
func (c *discountCheck) sets(d *Discount) {
	in, sets := c.in, d.Type == DiscountBuyXGetY
	for _, f := range []struct {
		name     string
		value    *int
		required bool
	}{{"buysQuantity", in.BuysQuantity, sets}, {"getsQuantity", in.GetsQuantity, sets}, {"usesPerOrder", in.UsesPerOrder, false}} {
		switch {
		case f.value == nil && f.required:
			c.add(RefusalBlank, f.name, "%s needs to know how many.", d.Type)
		case f.value != nil && !sets:
			c.add(RefusalInvalid, f.name, "Only BUY_X_GET_Y has this.")
		case f.value != nil && (*f.value < 1 || *f.value > maxDiscountUnits):
			c.add(RefusalInvalid, f.name, "%d is outside 1 to %d.", *f.value, maxDiscountUnits)
		}
	}
	if in.BuysQuantity != nil && in.GetsQuantity != nil {
		d.BuysQuantity, d.GetsQuantity = *in.BuysQuantity, *in.GetsQuantity
	}
	switch {
	case !sets && in.BuysItems != nil:
		c.add(RefusalInvalid, "buysItems", "Only BUY_X_GET_Y has this.")
	case sets && in.MinimumSubtotal != nil:
		c.add(RefusalInvalid, "minimumSubtotal", "BUY_X_GET_Y has no minimum but buysQuantity.")
	case sets && in.MinimumQuantity != nil:
		c.add(RefusalInvalid, "minimumQuantity", "BUY_X_GET_Y has no minimum but buysQuantity.")
	case d.Type == DiscountFreeShipping && !d.Items.All():
		c.add(RefusalInvalid, "items", "Delivery is free for the whole order or not at all.")
	}
}

// limits checks the numbers and moments that bound the discount's use.
func (c *discountCheck) limits(d *Discount) {
	c.count("minimumQuantity", d.MinimumQuantity)
	c.count("usageLimit", d.UsageLimit)
	c.moment("startsAt", &d.StartsAt)
	c.moment("endsAt", d.EndsAt)
	if d.EndsAt != nil && !d.EndsAt.After(d.StartsAt) {
		c.add(RefusalInvalid, "endsAt", "The discount ends before it starts.")
	}
}

func (c *discountCheck) count(field string, n *int) {
	if n != nil && (*n < 1 || *n > math.MaxInt32) {
		c.add(RefusalInvalid, field, "%d is outside 1 to %d.", *n, math.MaxInt32)
	}
}

func (c *discountCheck) moment(field string, at *time.Time) {
	if at != nil && (at.Year() < 2000 || at.Year() > 9999) {
		c.add(RefusalInvalid, field, "The year %d is outside 2000 to 9999.", at.Year())
	}
}

// items reads the ids of what a discount is about.
func (c *discountCheck) items(in *DiscountItemsInput, field string) DiscountItems {
	items := DiscountItems{StoreID: c.store.ID}
	if in == nil {
		return items
	}
	if len(in.ProductIDs)+len(in.CollectionIDs) == 0 {
		c.add(RefusalBlank, field, "Name a product or a collection, or leave this out for everything.")
	}
	for _, id := range c.ids(in.ProductIDs, KindProduct, field, "productIds") {
		items.Products = append(items.Products, ProductID(id))
	}
	for _, id := range c.ids(in.CollectionIDs, KindCollection, field, "collectionIds") {
		items.Collections = append(items.Collections, CollectionID(id))
	}
	return items
}

func (c *discountCheck) ids(texts []string, kind Kind, path ...any) []int64 {
	path = discountPath(path...)
	if len(texts) > MaxDiscountItems {
		c.refused.Add(RefusalTooMany, path, "%d are too many: %d are the most.", len(texts), MaxDiscountItems)
		return nil
	}
	ids := make([]int64, len(texts))
	seen := map[int64]bool{}
	for i, text := range texts {
		id := OwnID(c.store.ID, kind, text)
		switch at := append(slices.Clip(path), i); {
		case id == 0:
			c.refused.Add(RefusalNotFound, at, "The store has no such %s.", kind)
		case seen[id]:
			c.refused.Add(RefusalDuplicate, at, "This is in the list already.")
		}
		seen[id] = true
		ids[i] = id
	}
	return ids
}
