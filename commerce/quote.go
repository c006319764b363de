package commerce

// Quote is what a basket costs, and why. Amounts are in minor units of the currency, none is below zero, and they add up:
// Total = Subtotal - Discount + Delivery's price + Tax when it is added, which is also the sum of the lines' totals and DeliveryTotal.
type Quote struct {
	Currency Currency
	// Lines are those of the basket, in its order.
	Lines []QuoteLine
	// NeedsDelivery says that something has to be brought to the buyer. Without a Delivery then, nothing can be ordered yet.
	NeedsDelivery bool
	// Options are the ways to bring it, for the place that is known so far.
	Options []DeliveryOption
	// Delivery is the option that was chosen; nil while none is, or when the chosen one is not offered.
	Delivery *DeliveryOption
	// Codes are those of the basket, in its order.
	Codes []QuoteCode
	// Taxes is Tax by name and rate.
	Taxes []QuoteTax
	// TaxIncluded says that prices contain the tax; else it is added to them.
	TaxIncluded bool

	// Subtotal is the price of all lines before discounts; Discount is what is taken off them and off delivery.
	Subtotal, Discount int64
	// DeliveryTax is the tax of delivery, and a part of Tax. DeliveryTotal is what the buyer pays for delivery.
	DeliveryTax, DeliveryTotal int64
	// Tax is that of all lines and of delivery.
	Tax int64
	// Total is what the buyer pays.
	Total int64
}

// QuoteLine is what a line costs.
type QuoteLine struct {
	// Subtotal is the price of all units; Discount is what the allocations take off it.
	Subtotal, Discount int64
	Allocations        []QuoteAllocation
	// TaxTitle and TaxRate are those of the tax, empty without one.
	TaxTitle string
	TaxRate  Rate
	Tax      int64
	// Total is what the buyer pays for the line: with the tax, included or added.
	Total int64
}

// QuoteAllocation is what one discount takes off a line.
type QuoteAllocation struct {
	Discount *Discount
	Amount   int64
}

// QuoteCode is what became of a code that the buyer entered.
type QuoteCode struct {
	// Code is as the buyer entered it.
	Code string
	// Discount is what was found for it, nil when nothing was.
	Discount *Discount
	// Problem says why it does not count, empty when it does.
	Problem DiscountProblem
	// Amount is what it takes off, lines and chosen delivery together.
	Amount int64
}

// Applies reports whether the code counts.
func (c *QuoteCode) Applies() bool { return c.Problem == "" }

// QuoteTax is a tax with its name, its rate and its amount.
type QuoteTax struct {
	Title  string
	Rate   Rate
	Amount int64
}

// Money is one of the quote's amounts.
func (q *Quote) Money(minor int64) Money { return Money{minor, q.Currency} }

// Quote tells what the basket costs in a store that has these settings. The order of its lines decides nothing.
// Code BAD_USER_INPUT (ErrBasketTooLarge).
func (b *Basket) Quote(s *PriceSettings) (*Quote, error) {
	p, err := newPricing(b, s)
	if err != nil {
		return nil, err
	}
	p.deliver()
	p.discount()
	p.tax()
	return p.quote, p.sum()
}

// deliver finds the ways to the buyer, and the one that was chosen.
func (p *pricing) deliver() {
	q := p.quote
	switch q.NeedsDelivery = p.needs; {
	case p.needs:
		q.Options = p.settings.Delivery.options(p.basket.destination(), q.Subtotal, p.milligrams)
	case len(q.Lines) > 0:
		q.Options = []DeliveryOption{{Handle: handleNone, Title: "No delivery", Method: DeliveryNone}}
	}
	q.Delivery = p.basket.chosen(q.Options, &p.settings.Delivery)
}

// sum adds up what was found. Code BAD_USER_INPUT.
func (p *pricing) sum() error {
	q := p.quote
	for i := range q.Lines {
		q.Discount += q.Lines[i].Discount
		q.Total += q.Lines[i].Total
	}
	if d := q.Delivery; d != nil {
		q.Discount += d.Discount
		q.DeliveryTotal = d.Price - d.Discount
		if !q.TaxIncluded {
			q.DeliveryTotal += q.DeliveryTax
		}
	}
	if q.Total += q.DeliveryTotal; q.Total > maxMinor {
		return ErrBasketTooLarge
	}
	return nil
}
