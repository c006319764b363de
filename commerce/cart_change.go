package commerce

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a cart.
const (
	MaxCartLines      = 500
	MaxLineQuantity   = 1_000_000
	maxCartAttributes = 50
	maxAttributeKey   = 255  // characters
	maxAttributeValue = 2048 // characters
	maxCartNote       = 5000 // characters
	maxDiscountCodes  = 10
	maxDiscountCode   = 255 // characters
	maxDeliveryHandle = 255 // bytes
	// maxCartText bounds all attributes of a cart and its lines, in bytes: a cart is read and written whole.
	maxCartText = 64 << 10
)

// The codes of refusals that are about carts, as the Storefront API has them.
const (
	RefusalMaximumExceeded RefusalCode = "MAXIMUM_EXCEEDED"
	RefusalLessThan        RefusalCode = "LESS_THAN"
	RefusalNoteTooLong     RefusalCode = "NOTE_TOO_LONG"
	RefusalCartTooLarge    RefusalCode = "CART_TOO_LARGE"
	RefusalAddressID       RefusalCode = "INVALID_DELIVERY_ADDRESS_ID"
	RefusalDeliveryGroup   RefusalCode = "INVALID_DELIVERY_GROUP"
	RefusalMerchandise     RefusalCode = "INVALID_MERCHANDISE_LINE"
)

// CartLineInput is what a line is to be.
type CartLineInput struct {
	MerchandiseID string
	Quantity      *int
	Attributes    []*Attribute
}

// CartLineUpdateInput is what is to be different about a line; nil keeps what there is.
type CartLineUpdateInput struct {
	ID            string
	MerchandiseID *string
	Quantity      *int
	Attributes    []*Attribute
}

// CartChange is what a mutation does to a cart.
type CartChange struct {
	// Merchandise are the ids of the variants that the change brings in, as the client gave them.
	Merchandise []string
	// GivesCodes says that the change sets the discount codes.
	GivesCodes bool
	// Token is that of the customer who is to be the buyer, or whose addresses are copied, nil for none; Visitor is the customer, nil when
	// it opens nothing.
	Token   *TokenHash
	Visitor *CartVisitor
	// Copied are the ids of the addresses that the change copies, as the client gave them; Saved those that the visitor keeps.
	Copied []string
	Saved  map[CustomerAddressID]*MailingAddress

	apply func(*cartEdit)
}

// Variants are those that the change brings in.
func (c CartChange) Variants(store StoreID) []VariantID {
	return ownIDs[VariantID](store, KindProductVariant, c.Merchandise)
}

// Addresses are those that the change copies.
func (c CartChange) Addresses(store StoreID) []CustomerAddressID {
	return ownIDs[CustomerAddressID](store, KindMailingAddress, c.Copied)
}

// Apply changes the cart. known are the variants that buyers can see among those of the cart and of the change. A cart after
// refusals is of no use.
func (c CartChange) Apply(cart *Cart, known map[VariantID]*ProductVariant) ([]*CartWarning, error) {
	e := cartEdit{Cart: cart, known: known, visitor: c.Visitor, saved: c.Saved}
	c.apply(&e)
	if len(e.refusals) == 0 {
		e.checkSize()
	}
	return e.warnings, e.refusals.Err()
}

// CartChanges does one change after the other.
func CartChanges(changes ...CartChange) CartChange {
	all := CartChange{apply: func(e *cartEdit) {
		for _, c := range changes {
			c.apply(e)
		}
	}}
	for _, c := range changes {
		all.Merchandise = append(all.Merchandise, c.Merchandise...)
		all.Copied = append(all.Copied, c.Copied...)
		all.GivesCodes = all.GivesCodes || c.GivesCodes
		if c.Token != nil {
			all.Token = c.Token
		}
	}
	return all
}

// AddCartLines adds units. Equal lines become one. path leads to the list.
func AddCartLines(path []any, lines []*CartLineInput) CartChange {
	if len(lines) > MaxCartLines {
		return tooManyLines(path, len(lines))
	}
	c := CartChange{apply: func(e *cartEdit) {
		for i, in := range lines {
			e.add(under(path, i), in)
		}
	}}
	for _, in := range lines {
		c.Merchandise = append(c.Merchandise, in.MerchandiseID)
	}
	return c
}

// UpdateCartLines changes lines; a quantity of 0 takes a line out. path leads to the list.
func UpdateCartLines(path []any, lines []*CartLineUpdateInput) CartChange {
	if len(lines) > MaxCartLines {
		return tooManyLines(path, len(lines))
	}
	c := CartChange{apply: func(e *cartEdit) {
		for i, in := range lines {
			e.update(under(path, i), in)
		}
	}}
	for _, in := range lines {
		if in.MerchandiseID != nil {
			c.Merchandise = append(c.Merchandise, *in.MerchandiseID)
		}
	}
	return c
}

// RemoveCartLines takes lines out. path leads to the list.
func RemoveCartLines(path []any, ids []string) CartChange {
	if len(ids) > MaxCartLines {
		return tooManyLines(path, len(ids))
	}
	return CartChange{apply: func(e *cartEdit) {
		for i, id := range ids {
			if line := e.line(under(path, i), id); line != nil {
				e.remove(line)
			}
		}
	}}
}

// tooManyLines refuses a list that is longer than any cart, before anybody looks at what is in it.
func tooManyLines(path []any, n int) CartChange {
	return CartChange{apply: func(e *cartEdit) {
		e.refusals.Add(RefusalMaximumExceeded, path, "%d lines are too many: a cart has %d at most.", n, MaxCartLines)
	}}
}

// SetCartNote writes the note. path leads to it.
func SetCartNote(path []any, note string) CartChange {
	return CartChange{apply: func(e *cartEdit) {
		if n := utf8.RuneCountInString(note); n > maxCartNote {
			e.refusals.Add(RefusalNoteTooLong, path, "The note has %d characters: %d are the most.", n, maxCartNote)
		}
		e.refusals.storable(path, note)
		e.Note = note
	}}
}

// SetCartAttributes replaces the attributes of the cart. path leads to the list.
func SetCartAttributes(path []any, attributes []*Attribute) CartChange {
	return CartChange{apply: func(e *cartEdit) { e.Attributes = e.attributes(path, attributes) }}
}

// SetCartDiscountCodes replaces the codes. Whether they apply is another matter. path leads to the list.
func SetCartDiscountCodes(path []any, codes []string) CartChange {
	return CartChange{GivesCodes: true, apply: func(e *cartEdit) {
		e.DiscountCodes = nil
		for i, code := range codes {
			code = strings.TrimSpace(code)
			at := under(path, i)
			e.refusals.storable(at, code)
			if Characters(maxDiscountCode).Exceeded(code) {
				e.refusals.Add(RefusalInvalid, at, "A discount code has %s at most.", Characters(maxDiscountCode))
			}
			same := func(other string) bool { return strings.EqualFold(other, code) }
			if code == "" || slices.ContainsFunc(e.DiscountCodes, same) {
				continue
			}
			if e.DiscountCodes = append(e.DiscountCodes, code); len(e.DiscountCodes) > maxDiscountCodes {
				e.refusals.Add(RefusalMaximumExceeded, path, "These are too many codes: %d are the most.", maxDiscountCodes)
				return
			}
		}
	}}
}

// CartSelectedDeliveryOptionInput is the choice of a way of delivery.
type CartSelectedDeliveryOptionInput struct{ DeliveryGroupID, DeliveryOptionHandle string }

// SelectCartDelivery chooses a way of delivery. Whether it is offered is another matter: that depends on the address. path leads to
// the list.
func SelectCartDelivery(path []any, in []*CartSelectedDeliveryOptionInput) CartChange {
	return CartChange{apply: func(e *cartEdit) {
		for i, one := range in {
			if one.DeliveryGroupID != e.GroupID().String() {
				e.refusals.Add(RefusalDeliveryGroup, under(path, i, "deliveryGroupId"), "The cart has no delivery group with the id %.100q.", one.DeliveryGroupID)
			}
			e.selectDelivery(under(path, i, "deliveryOptionHandle"), one.DeliveryOptionHandle)
		}
	}}
}

func (e *cartEdit) selectDelivery(path []any, handle string) {
	e.refusals.storable(path, handle)
	if len(handle) > maxDeliveryHandle {
		e.refusals.Add(RefusalDeliveryOption, path, "There is no such way of delivery.")
	}
	e.Delivery = handle
}

// cartEdit is a cart under change.
type cartEdit struct {
	*Cart

	known    map[VariantID]*ProductVariant
	visitor  *CartVisitor
	saved    map[CustomerAddressID]*MailingAddress
	refusals Refusals
	warnings []*CartWarning
}

func (e *cartEdit) add(path []any, in *CartLineInput) {
	quantity := 1
	if in.Quantity != nil {
		quantity = *in.Quantity
	}
	attributes := e.attributes(under(path, "attributes"), in.Attributes)
	v := e.variant(under(path, "merchandiseId"), in.MerchandiseID)
	if quantity < 1 {
		e.refusals.Add(RefusalLessThan, under(path, "quantity"), "Add at least 1: %d is less.", quantity)
		return
	}
	if v == nil {
		return
	}
	line := e.equal(v.ID, attributes, nil)
	had := 0
	if line != nil {
		had = line.Quantity
	}
	if quantity > MaxLineQuantity-had {
		e.tooMany(under(path, "quantity"))
		return
	}
	if line == nil {
		line = &CartLine{ID: e.LastLine + 1, Variant: v.ID, Attributes: attributes, Cart: e.Ref()}
	}
	e.fill(line, v, had+quantity)
	if had > 0 {
		e.dropEmpty(line)
		return
	}
	if line.Quantity == 0 {
		return
	}
	e.LastLine++
	e.Lines = append(e.Lines, line)
	if len(e.Lines) > MaxCartLines {
		e.refusals.Add(RefusalMaximumExceeded, path, "A cart has %d lines at most.", MaxCartLines)
	}
}

func (e *cartEdit) update(path []any, in *CartLineUpdateInput) {
	line := e.line(under(path, "id"), in.ID)
	if line == nil {
		return
	}
	if in.MerchandiseID != nil {
		v := e.variant(under(path, "merchandiseId"), *in.MerchandiseID)
		if v == nil {
			return
		}
		line.Variant = v.ID
	}
	if in.Attributes != nil {
		line.Attributes = e.attributes(under(path, "attributes"), in.Attributes)
	}
	quantity := line.Quantity
	if in.Quantity != nil {
		quantity = *in.Quantity
	}
	same := e.equal(line.Variant, line.Attributes, line)
	if same != nil && quantity > 0 {
		quantity += same.Quantity
	}
	switch {
	case quantity < 0:
		e.refusals.Add(RefusalLessThan, under(path, "quantity"), "A line has 0 units or more: %d is less.", quantity)
	case quantity > MaxLineQuantity:
		e.tooMany(under(path, "quantity"))
	case quantity == 0:
		e.remove(line)
	default:
		e.merge(line, same, quantity)
	}
}

// merge gives the line its units. An equal one goes into it.
func (e *cartEdit) merge(line, same *CartLine, quantity int) {
	if same != nil {
		e.remove(same)
	}
	v := e.known[line.Variant]
	if v == nil { // nobody can buy it now: it stays in the cart, where it does not show, until it is back
		line.Quantity = quantity
		return
	}
	e.fill(line, v, quantity)
	e.dropEmpty(line)
}

// dropEmpty takes a line out that was filled and found nothing.
func (e *cartEdit) dropEmpty(line *CartLine) {
	if line.Quantity == 0 {
		e.remove(line)
	}
}

// fill gives the line as many of the wanted units as there are, beside those in the cart's other lines.
func (e *cartEdit) fill(line *CartLine, v *ProductVariant, wanted int) {
	line.Quantity = wanted
	if !v.InventoryTracked || v.InventoryPolicy == InventoryContinue {
		return
	}
	left := v.InventoryQuantity
	for _, other := range e.Lines {
		if other != line && other.Variant == v.ID {
			left -= other.Quantity
		}
	}
	switch {
	case left >= wanted:
	case left <= 0:
		line.Quantity = 0
		e.warn(CartWarningOutOfStock, v.NodeID(), "This is sold out.")
	default:
		line.Quantity = left
		e.warn(CartWarningNotEnoughStock, line.NodeID(), "There are fewer than you asked for: the line has as many as there are.")
	}
}

func (e *cartEdit) warn(code CartWarningCode, target GlobalID, message string) {
	e.warnings = append(e.warnings, &CartWarning{Code: code, Message: message, Target: target})
}

func (e *cartEdit) tooMany(path []any) {
	e.refusals.Add(RefusalMaximumExceeded, path, "A line has %d units at most.", MaxLineQuantity)
}

// variant is the variant with the id, nil when buyers can see none in the store.
func (e *cartEdit) variant(path []any, id string) *ProductVariant {
	v := e.known[VariantID(OwnID(e.StoreID, KindProductVariant, id))]
	if v == nil {
		e.refusals.Add(RefusalInvalid, path, "The store sells no merchandise with the id %.100q.", id)
	}
	return v
}

// line is the line with the id, nil when the cart has none.
func (e *cartEdit) line(path []any, id string) *CartLine {
	for _, l := range e.Lines {
		if l.NodeID().String() == id {
			return l
		}
	}
	e.refusals.Add(RefusalMerchandise, path, "The cart has no line with the id %.100q. Ask for the cart again: somebody may have taken it out.", id)
	return nil
}

func (e *cartEdit) remove(line *CartLine) {
	e.Lines = slices.DeleteFunc(e.Lines, func(l *CartLine) bool { return l == line })
}

// equal is another line than this with the same variant and the same attributes.
func (e *cartEdit) equal(v VariantID, attributes []Attribute, but *CartLine) *CartLine {
	for _, l := range e.Lines {
		if l != but && l.Variant == v && slices.Equal(l.Attributes, attributes) {
			return l
		}
	}
	return nil
}

// attributes checks attributes and puts them into the order of their keys, so that equal ones are equal lists.
func (e *cartEdit) attributes(path []any, in []*Attribute) []Attribute {
	sorted := make([]Attribute, len(in))
	for i, a := range in {
		sorted[i] = *a
	}
	slices.SortStableFunc(sorted, func(a, b Attribute) int { return cmp.Compare(a.Key, b.Key) })
	if len(in) > maxCartAttributes {
		e.refusals.Add(RefusalMaximumExceeded, path, "%d attributes are too many: %d are the most.", len(in), maxCartAttributes)
		return nil
	}
	for i, a := range in {
		key, value := under(path, i, "key"), under(path, i, "value")
		e.refusals.storable(key, a.Key)
		e.refusals.storable(value, a.Value)
		if a.Key == "" || Characters(maxAttributeKey).Exceeded(a.Key) {
			e.refusals.Add(RefusalInvalid, key, "The key of an attribute has 1 to %s.", Characters(maxAttributeKey))
		}
		if Characters(maxAttributeValue).Exceeded(a.Value) {
			e.refusals.Add(RefusalInvalid, value, "The value of an attribute has %s at most.", Characters(maxAttributeValue))
		}
		if i > 0 && sorted[i].Key == sorted[i-1].Key {
			e.refusals.Add(RefusalInvalid, path, "The key %.80q stands twice.", sorted[i].Key)
		}
	}
	return sorted
}

func (r *Refusals) storable(path []any, text string) {
	if !storable(text) {
		r.Add(RefusalInvalid, path, "%.80q is not UTF-8 text without zero bytes.", text)
	}
}

// checkSize refuses a cart whose texts are too long together.
func (e *cartEdit) checkSize() {
	size := textSize(e.Attributes)
	for _, l := range e.Lines {
		size += textSize(l.Attributes)
	}
	if size > maxCartText {
		e.refusals.Add(RefusalCartTooLarge, nil, "The attributes of the cart and its lines have %d bytes: %d are the most.", size, maxCartText)
	}
}

// under is the way on from path.
func under(path []any, parts ...any) []any { return slices.Concat(path, parts) }

func textSize(attributes []Attribute) int {
	n := 0
	for _, a := range attributes {
		n += len(a.Key) + len(a.Value)
	}
	return n
}

// orEmpty is the list, empty in place of nil.
func orEmpty[S ~[]T, T any](list S) S {
	if list == nil {
		return S{}
	}
	return list
}
