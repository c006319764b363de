package commerce

import (
	"context"
	"time"
)

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
	// Options are the ways of delivery, Delivery the chosen one, nil while none is. Group has them in Storefront's shape, nil while the
	// address is not known.
	Options  []*CartDeliveryOption
	Delivery *CartDeliveryOption
	Group    *CartDeliveryGroup
	// Quote is where the amounts come from.
	Quote *Quote
}

// Quantity is the units of all lines.
func (p *PricedCart) Quantity() int {
	n := 0
	for _, l := range p.Lines {
		n += l.Quantity
	}
	return n
}

// PricedLine is a line of a cart with what it costs now.
type PricedLine struct {
	*CartLine

	// Sold is what is bought.
	Sold  *ProductVariant
	Cost  CartLineCost
	Quote *QuoteLine
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

// CartDeliveryGroup is how the goods of a cart reach the buyer.
type CartDeliveryGroup struct {
	NodeID                 GlobalID
	DeliveryAddress        *MailingAddress
	DeliveryOptions        []*CartDeliveryOption
	SelectedDeliveryOption *CartDeliveryOption
	// Lines are those that are brought.
	Lines []*PricedLine
}

// CartDeliveryGroupType is a kind of purchase.
type CartDeliveryGroupType string

// GroupType is what kind of purchase it is.
func (*CartDeliveryGroup) GroupType() CartDeliveryGroupType { return "ONE_TIME_PURCHASE" }

// CartDeliveryOption is a way in which a cart can reach the buyer.
type CartDeliveryOption struct {
	Handle             string
	Title, Description *string
	DeliveryMethodType DeliveryMethodType
	EstimatedCost      Money
}

// Code is the handle.
func (o *CartDeliveryOption) Code() *string { return &o.Handle }

// group is how the goods reach the buyer; nil when nothing is brought, or while nobody has said where to.
func (p *PricedCart) group(c *Cart) *CartDeliveryGroup {
	if !p.Quote.NeedsDelivery || c.Address() == nil {
		return nil
	}
	g := &CartDeliveryGroup{
		NodeID: c.GroupID(), DeliveryAddress: c.Address(), DeliveryOptions: p.Options, SelectedDeliveryOption: p.Delivery,
	}
	for _, l := range p.Lines {
		if l.Sold.RequiresShipping {
			g.Lines = append(g.Lines, l)
		}
	}
	return g
}

// CartFacts are what the price of a cart depends on beyond the cart.
type CartFacts struct {
	Currency Currency
	// Sold are the variants that buyers can see among those of the cart.
	Sold     map[VariantID]*ProductVariant
	Settings *PriceSettings
	// Discounts are what was found for the cart's codes, by DiscountKey.
	Discounts map[string]*Discount
	// Collections are those of the products that some discount is about.
	Collections map[ProductID][]CollectionID
	// TaxRates are the rates that products have of their own.
	TaxRates map[ProductID][]TaxRate
	// Used are the discounts that the buyer used in earlier orders.
	Used map[DiscountID]bool
	Now  time.Time
}

// Price works out what the cart costs. Code BAD_USER_INPUT for a cart that is too large to be counted.
func (c *Cart) Price(f *CartFacts) (*PricedCart, error) {
	b := Basket{Currency: f.Currency, Delivery: c.Delivery, Codes: c.DiscountCodes, Discounts: f.Discounts, Used: f.Used, Now: f.Now}
	b.Country = c.Buyer.Country
	if a := c.Address(); a != nil {
		b.Province = value(a.ProvinceCode)
		if a.Country != nil {
			b.Country = *a.Country
		}
	}
	p := &PricedCart{}
	for _, l := range c.Lines {
		v := f.Sold[l.Variant]
		if v == nil {
			continue
		}
		line := NewBasketLine(v, l.Quantity)
		line.Collections, line.TaxRates = f.Collections[v.ProductID], f.TaxRates[v.ProductID]
		b.Lines = append(b.Lines, line)
		p.Lines = append(p.Lines, &PricedLine{CartLine: l, Sold: v})
	}
	q, err := b.Quote(f.Settings)
	if err != nil {
		return nil, err
	}
	p.take(q)
	p.Group = p.group(c)
	return p, nil
}

// take shows a quote as clients ask for it.
func (p *PricedCart) take(q *Quote) {
	p.Quote = q
	off := q.Discount
	if q.Delivery != nil {
		off -= q.Delivery.Discount
	}
	p.Cost = CartCost{
		SubtotalAmount: q.Money(q.Subtotal - off), TotalAmount: q.Money(q.Total), TotalAmountEstimated: q.NeedsDelivery && q.Delivery == nil,
	}
	if q.Tax > 0 {
		tax := q.Money(q.Tax)
		p.Cost.TotalTaxAmount = &tax
	}
	for i, l := range p.Lines {
		line := &q.Lines[i]
		l.Quote = line
		l.Cost = CartLineCost{
			AmountPerQuantity: l.Sold.Price(), CompareAtAmountPerQuantity: l.Sold.CompareAtPrice(),
			SubtotalAmount: q.Money(line.Subtotal), TotalAmount: q.Money(line.Subtotal - line.Discount),
		}
	}
	for i := range q.Options {
		o := &q.Options[i]
		shown := &CartDeliveryOption{
			Handle: o.Handle, Title: optional(o.Title), Description: optional(o.Description), DeliveryMethodType: o.Method, EstimatedCost: q.Money(o.Price - o.Discount),
		}
		if p.Options = append(p.Options, shown); o == q.Delivery {
			p.Delivery = shown
		}
	}
	for i := range q.Codes {
		p.Codes = append(p.Codes, &CartDiscountCode{Code: q.Codes[i].Code, Applicable: q.Codes[i].Applies()})
	}
}

// CartPricer works out what carts cost now, by what buyers can see.
type CartPricer interface {
	PriceCarts(ctx context.Context, carts []*Cart) (map[*Cart]*PricedCart, error)
}
