package commerce

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"
)

// Basket is what somebody wants to buy, with all that decides what it costs. Amounts are in minor units of the store's currency.
type Basket struct {
	Currency Currency
	Lines    []BasketLine
	// Country and Province are where the basket goes, empty while nobody has said.
	Country  CountryCode
	Province string
	// Delivery is the handle of the option that the buyer chose, empty for none.
	Delivery string
	// Codes are the discount codes that the buyer entered, in that order.
	Codes []string
	// Discounts are what was found for the codes, by DiscountKey.
	Discounts map[string]*Discount
	// Used are the discounts that the buyer used in earlier orders. Nobody knows of any while the buyer is not known.
	Used map[DiscountID]bool
	Now  time.Time
}

// BasketLine is a number of units of one variant. Lines of one variant are alike but for their quantity.
type BasketLine struct {
	Product  ProductID
	Variant  VariantID
	Quantity int
	// UnitPrice is the price of one unit.
	UnitPrice int64
	// Milligrams is the weight of one unit.
	Milligrams       int64
	Taxable          bool
	RequiresShipping bool
	// Collections are those that the product is in. Only those matter that some discount of the basket is about.
	Collections []CollectionID
	// TaxRates are the product's own, which stand in place of the store's.
	TaxRates []TaxRate
}

const milligramsPerGram = 1000

// NewBasketLine is a number of units of a variant as it is sold now.
func NewBasketLine(v *ProductVariant, quantity int) BasketLine {
	l := BasketLine{
		Product: v.ProductID, Variant: v.ID, Quantity: quantity, UnitPrice: v.PriceMinor, Taxable: v.Taxable, RequiresShipping: v.RequiresShipping,
	}
	if weight := v.WeightGrams * milligramsPerGram; weight > 0 { // and a number
		l.Milligrams = int64(math.Round(min(weight, maxMinor)))
	}
	return l
}

// ErrBasketTooLarge refuses a basket that costs or weighs more than can be counted: 10^15 minor units, as for a single price, or a
// million tonnes. Code BAD_USER_INPUT.
var ErrBasketTooLarge = &Error{Code: CodeBadUserInput, Message: "The basket is too large: no order can be so dear or so heavy."}

// PriceSettings are what a store has decided about what baskets cost.
type PriceSettings struct {
	// Currency is the store's.
	Currency Currency
	// ReadAt is when they were read, by the clock of the database: the one by which discounts begin and end.
	ReadAt   time.Time
	Delivery DeliverySettings
	Tax      TaxSettings
}

// PriceReader reads what prices depend on beyond the catalogue. Whoever quotes may read it, for buyers too.
type PriceReader interface {
	// PriceSettings has an answer for every store that there is.
	PriceSettings(ctx context.Context, stores []StoreID) (map[StoreID]*PriceSettings, error)
	// DiscountsByCode finds discounts; a code without one is missing from the answer.
	DiscountsByCode(ctx context.Context, codes []DiscountRef) (map[DiscountRef]*Discount, error)
	// CollectionsOf tells in which of some collections products are; a product that is in none is missing from the answer.
	CollectionsOf(ctx context.Context, products []ProductRef, collections []CollectionRef) (map[ProductRef][]CollectionID, error)
	// ProductTaxRates are the rates that products have of their own; a product without any is missing from the answer.
	ProductTaxRates(ctx context.Context, products []ProductRef) (map[ProductRef][]TaxRate, error)
}

// destination is where the basket goes, nowhere while nobody has said.
func (b *Basket) destination() place { return newPlace(b.Country, b.Province) }

// pricing is a quote on its way.
type pricing struct {
	basket   *Basket
	settings *PriceSettings
	quote    *Quote
	// order is the lines in an order of their own, so that a remainder does not go elsewhere when the buyer sorts the basket.
	order []int
	// needs says that something has to be brought to the buyer, which weighs so much.
	needs      bool
	milligrams int64
}

// newPricing adds up the lines. Code BAD_USER_INPUT.
func newPricing(b *Basket, s *PriceSettings) (*pricing, error) {
	p := &pricing{basket: b, settings: s, quote: &Quote{Currency: b.Currency, Lines: make([]QuoteLine, len(b.Lines)), TaxIncluded: s.Tax.PricesIncludeTax}}
	for i := range b.Lines {
		if err := p.add(i); err != nil {
			return nil, err
		}
	}
	p.order = sortedBy(len(b.Lines), func(i, j int) int {
		x, y := &b.Lines[i], &b.Lines[j]
		return cmp.Or(cmp.Compare(x.Variant, y.Variant), cmp.Compare(x.Quantity, y.Quantity))
	})
	return p, nil
}

func (p *pricing) add(i int) error {
	l := &p.basket.Lines[i]
	if l.Quantity < 1 || l.UnitPrice < 0 || l.Milligrams < 0 {
		return fmt.Errorf("line %d of a basket: %d units at %d of %d milligrams", i, l.Quantity, l.UnitPrice, l.Milligrams)
	}
	amount, ok := times(l.UnitPrice, int64(l.Quantity))
	if ok {
		p.quote.Lines[i].Subtotal = amount
		p.quote.Subtotal += amount
		ok = p.quote.Subtotal <= maxMinor
	}
	if l.RequiresShipping && ok {
		var weight int64
		p.needs = true
		weight, ok = times(l.Milligrams, int64(l.Quantity))
		p.milligrams += weight
		ok = ok && p.milligrams <= maxMinor
	}
	if !ok {
		return ErrBasketTooLarge
	}
	return nil
}
