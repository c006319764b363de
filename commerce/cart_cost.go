package commerce

import "context"

// Merchandise is something that can be bought.
type Merchandise interface{ IsMerchandise() }

// IsMerchandise marks ProductVariant as something that can be bought.
func (*ProductVariant) IsMerchandise() {}

// BaseCartLine is a line of a cart.
type BaseCartLine interface {
	IsNode()
	IsBaseCartLine()
}

// PricedCart is a cart with what it costs now.
type PricedCart struct {
	// Lines are those whose merchandise buyers can see.
	Lines []*PricedLine
	Cost  CartCost
	Codes []*CartDiscountCode
}

// Quantity is the units of all lines.
func (p *PricedCart) Quantity() int {
	n := 0
	for _, l := range p.Lines {
		n += l.CartLine.Quantity
	}
	return n
}

// PricedLine is a line of a cart with what it costs now.
type PricedLine struct {
	*CartLine

	// Sold is what is bought.
	Sold *ProductVariant
	Cost CartLineCost
}

// IsBaseCartLine marks PricedLine as a line of a cart.
func (*PricedLine) IsBaseCartLine() {}

// Merchandise is what is bought.
func (l *PricedLine) Merchandise() Merchandise { return l.Sold }

// CartLineCost is what a line costs.
type CartLineCost struct {
	AmountPerQuantity          Money
	CompareAtAmountPerQuantity *Money
	// SubtotalAmount is before discounts, TotalAmount behind them.
	SubtotalAmount, TotalAmount Money
}

// CartCost is what a cart costs.
type CartCost struct {
	// SubtotalAmount is that of the lines behind discounts, before delivery and added tax.
	SubtotalAmount, TotalAmount Money
	// TotalTaxAmount is nil where there is no tax.
	TotalTaxAmount *Money
	// TotalAmountEstimated says that the total may still change with the address and the way of delivery.
	TotalAmountEstimated bool
}

// CheckoutChargeAmount is what the buyer would be charged.
func (c *CartCost) CheckoutChargeAmount() Money { return c.TotalAmount }

// SubtotalAmountEstimated is whether the subtotal may still change.
func (*CartCost) SubtotalAmountEstimated() bool { return false }

// TotalDutyAmount is nil: there are no duties.
func (*CartCost) TotalDutyAmount() *Money { return nil }

// CartDiscountCode is a code that a buyer gave.
type CartDiscountCode struct {
	Code       string
	Applicable bool
}

// AppliedGiftCard is a gift card that pays for a cart. There are none.
type AppliedGiftCard struct {
	ID                  GlobalID
	AmountUsed, Balance Money
	LastCharacters      string
}

// IsNode marks AppliedGiftCard as a node of the API.
func (*AppliedGiftCard) IsNode() {}

// AppliedGiftCards are none.
func (*Cart) AppliedGiftCards() []*AppliedGiftCard { return []*AppliedGiftCard{} }

// CartPricer works out what carts cost now, by what buyers can see.
type CartPricer interface {
	PriceCarts(ctx context.Context, carts []*Cart) (map[*Cart]*PricedCart, error)
}
