package commerce

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"
	"time"
)

// CartLife is how long a cart stays that nobody changes.
const CartLife = 30 * 24 * time.Hour

// CartKey names a cart by its number and its secret: who knows both may see and change it.
type CartKey struct {
	Store StoreID
	ID    CartID
	Key   string
}

// ParseCartID reads the global id of a cart. It reports false for every other text.
func ParseCartID(text string) (CartKey, bool) {
	g, ok := ParseGlobalID(text)
	return CartKey{g.Store, CartID(g.ID), g.Key}, ok && g.Kind == KindCart && g.Key != ""
}

// NewKey makes the secret of a cart or an order: 130 random bits, fit for an address.
func NewKey() string { return rand.Text() }

// Cart is what a buyer means to buy. It holds no price: what it costs is worked out whenever somebody looks, and fixed by the order
// that comes of it. It is always read and written whole.
type Cart struct {
	StoreID StoreID
	ID      CartID
	// Key is the secret in the cart's id.
	Key       string
	CreatedAt time.Time
	UpdatedAt time.Time
	// OrderID is the order that the cart has become, 0 for one that can still be changed.
	OrderID OrderID

	CartContent
}

// CartContent is what the buyer puts together.
type CartContent struct {
	Lines []*CartLine `json:"lines,omitempty"`
	// LastLine is the highest number that a line of the cart ever had.
	LastLine   int64       `json:"lastLine,omitempty"`
	Note       string      `json:"note,omitempty"`
	Attributes []Attribute `json:"attributes,omitempty"`
	Buyer      CartBuyer   `json:"buyer,omitzero"`
	// DiscountCodes are as the buyer wrote them, each once.
	DiscountCodes []string `json:"discountCodes,omitempty"`
	// Places are where the goods can go; one of them is selected. LastPlace is the highest number that one of them ever had.
	Places    []*CartPlace `json:"places,omitempty"`
	LastPlace int64        `json:"lastPlace,omitempty"`
	// Delivery is the handle of the way of delivery that the buyer chose.
	Delivery string `json:"delivery,omitempty"`
}

// Attribute is something that the shop's own pages know about a cart or a line: a greeting, a gift wrap.
type Attribute struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// CartBuyer is who buys, as far as they have said.
type CartBuyer struct {
	// Customer is the customer who has shown a token, 0 for nobody.
	Customer CustomerID  `json:"customer,omitempty"`
	Email    string      `json:"email,omitempty"`
	Phone    string      `json:"phone,omitempty"`
	Country  CountryCode `json:"country,omitempty"`
}

// CartLine is some units of a variant.
type CartLine struct {
	// ID is the line's number in its cart. It is never given twice.
	ID         int64       `json:"id"`
	Variant    VariantID   `json:"variant"`
	Quantity   int         `json:"quantity"`
	Attributes []Attribute `json:"attributes,omitempty"`

	// Cart is given to the line when its cart is read.
	Cart CartKey `json:"-"`
}

// NodeID is the cart's global id, which carries its secret.
func (c *Cart) NodeID() GlobalID {
	return GlobalID{Kind: KindCart, Store: c.StoreID, ID: int64(c.ID), Key: c.Key}
}

// IsNode marks Cart as a node of the API.
func (*Cart) IsNode() {}

// Tenant is the store that the cart is of.
func (c *Cart) Tenant() StoreID { return c.StoreID }

// Ref names the cart.
func (c *Cart) Ref() CartKey { return CartKey{c.StoreID, c.ID, c.Key} }

// ShownNote is the note, nil without one.
func (c *Cart) ShownNote() *string { return optional(c.Note) }

// AttributeOf is the attribute with the key, nil without one.
func (c *Cart) AttributeOf(key string) *Attribute { return attributeOf(c.Attributes, key) }

// Variants are the variants of the lines, each once.
func (c *Cart) Variants() []VariantID {
	seen := make(map[VariantID]bool, len(c.Lines))
	var ids []VariantID
	for _, l := range c.Lines {
		if !seen[l.Variant] {
			seen[l.Variant] = true
			ids = append(ids, l.Variant)
		}
	}
	return ids
}

// Number tells the lines of a cart that was read which cart they are of.
func (c *Cart) Number() {
	for _, l := range c.Lines {
		l.Cart = c.Ref()
	}
	for _, p := range c.Places {
		p.Cart = c.Ref()
	}
}

// Address is where the goods are to go, nil while nobody has said.
func (c *Cart) Address() *MailingAddress {
	for _, p := range c.Places {
		if p.Selected {
			return &p.Address
		}
	}
	return nil
}

// GroupID is the global id of the cart's delivery group.
func (c *Cart) GroupID() GlobalID {
	return GlobalID{Kind: KindCartGroup, Store: c.StoreID, ID: int64(c.ID)}
}

// part is the global id of something in the cart. It names the cart, and does not give its secret away.
func (k CartKey) part(kind Kind, n int64) GlobalID {
	return GlobalID{Kind: kind, Store: k.Store, ID: n, Key: strconv.FormatInt(int64(k.ID), 10)}
}

// NodeID is the line's global id.
func (l *CartLine) NodeID() GlobalID { return l.Cart.part(KindCartLine, l.ID) }

// IsNode marks CartLine as a node of the API.
func (*CartLine) IsNode() {}

// VariantRef is the full key of what is bought.
func (l *CartLine) VariantRef() VariantRef { return VariantRef{l.Cart.Store, l.Variant} }

// AttributeOf is the attribute with the key, nil without one.
func (l *CartLine) AttributeOf(key string) *Attribute { return attributeOf(l.Attributes, key) }

func attributeOf(attributes []Attribute, key string) *Attribute {
	for i := range attributes {
		if attributes[i].Key == key {
			return &attributes[i]
		}
	}
	return nil
}

// CartIdentity is who buys, as far as they have said, as the cart shows it.
type CartIdentity struct {
	CartBuyer

	store StoreID
}

// Identity is who buys.
func (c *Cart) Identity() *CartIdentity { return &CartIdentity{c.Buyer, c.StoreID} }

// CustomerKey finds the customer, for whoever knows the cart's secret: their addresses and orders are not among what it shows.
func (i *CartIdentity) CustomerKey() CustomerKey {
	return CustomerKey{CustomerRef{i.store, i.Customer}, true}
}

// ShownEmail is the e-mail address, nil where it is not known.
func (b CartBuyer) ShownEmail() *string { return optional(b.Email) }

// ShownPhone is the phone number, nil where it is not known.
func (b CartBuyer) ShownPhone() *string { return optional(b.Phone) }

// CountryCode is the country, nil where it is not known.
func (b CartBuyer) CountryCode() *CountryCode {
	if b.Country == "" {
		return nil
	}
	return &b.Country
}

// Copy is the cart as it is now, whatever is changed about it then.
func (c *Cart) Copy() *Cart {
	copied := *c
	copied.Lines, copied.Places = copies(c.Lines), copies(c.Places)
	return &copied
}

func copies[T any](list []*T) []*T {
	var copied []*T
	for _, one := range list {
		copied = append(copied, new(*one))
	}
	return copied
}

// CartWarningCode says what a buyer should know of a change that was carried out all the same.
type CartWarningCode string

// The warnings about stock. Those about discount codes are called as their DiscountProblem.
const (
	CartWarningNotEnoughStock CartWarningCode = "MERCHANDISE_NOT_ENOUGH_STOCK"
	CartWarningOutOfStock     CartWarningCode = "MERCHANDISE_OUT_OF_STOCK"
)

// CartWarning is something that a buyer should know of a change that was carried out all the same.
type CartWarning struct {
	Code    CartWarningCode
	Message string
	// Target is the line that the warning is about; the variant when there is no line, the cart when it is about a code.
	Target GlobalID
}

// ChangedCart is a cart after a change, with what the buyer should know.
type ChangedCart struct {
	// ID is the cart's global id, which finds it again.
	ID       GlobalID
	Cart     *Cart `json:"-"`
	Warnings []*CartWarning
}

// Valid reports whether there is such a warning.
func (c CartWarningCode) Valid() bool {
	return c == CartWarningNotEnoughStock || c == CartWarningOutOfStock || slices.Contains(discountProblems(), DiscountProblem(c))
}

// CartLineSortID is the order of a cart's lines: in which they came.
const CartLineSortID SortKey = "ID"

// CartReader reads carts. A key without one, or whose cart has become an order, is missing from the answer.
type CartReader interface {
	Carts(ctx context.Context, keys []CartKey) (map[CartKey]*Cart, error)
}

// CartEditor makes and changes carts. What is wrong comes back as Refusals, and then nothing was written.
type CartEditor interface {
	CreateCart(ctx context.Context, store *Store, change CartChange) (*ChangedCart, error)
	ChangeCart(ctx context.Context, key CartKey, change CartChange) (*ChangedCart, error)
}
