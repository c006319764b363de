package commerce

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// The codes of refusals that are about completing a cart. Those that the Storefront API has are as it has them.
const (
	RefusalPriceChanged    RefusalCode = "PRICE_CHANGED"
	RefusalOutOfStock      RefusalCode = "MERCHANDISE_OUT_OF_STOCK"
	RefusalEmptyCart       RefusalCode = "INVALID_PAYMENT_EMPTY_CART"
	RefusalDeliveryOption  RefusalCode = "INVALID_DELIVERY_OPTION"
	RefusalContactRequired RefusalCode = "CONTACT_REQUIRED"
)

// MoneyInput is an amount as a client gives it.
type MoneyInput struct {
	Amount       DecimalText
	CurrencyCode Currency
}

// ContactInput is how the merchant reaches whoever buys; nil keeps what the cart knows.
type ContactInput struct {
	Name, Email, Phone *string
}

// CartCompleteInput is what a buyer says who places an order. What is nil is as the cart has it.
type CartCompleteInput struct {
	CartID          string
	ExpectedTotal   *MoneyInput
	Contact         *ContactInput
	ShippingAddress *MailingAddressInput
	DeliveryOption  *string
	Payment         *CartPaymentInput
}

// CartPaymentInput is how the buyer pays.
type CartPaymentInput struct{ Method PaymentMethod }

// Checkout is a cart on its way to becoming an order.
type Checkout struct {
	Cart  *Cart
	Name  string
	Input *CartCompleteInput
	// Payment is how the buyer pays.
	Payment PaymentMethod
}

// NewCheckout takes what the buyer says into the cart. Refusals.
func NewCheckout(cart *Cart, in *CartCompleteInput) (*Checkout, error) {
	c := &Checkout{Cart: cart, Input: in, Payment: PaymentCashOnDelivery}
	e := cartEdit{Cart: cart}
	if in.Contact != nil {
		path := []any{"input", "contact"}
		SetCartBuyer(path, &CartBuyerIdentityInput{Email: in.Contact.Email, Phone: in.Contact.Phone}).apply(&e)
		c.Name = value(e.refusals.addressField(under(path, "name"), in.Contact.Name))
	}
	if in.ShippingAddress != nil {
		e.Places = []*CartPlace{{Selected: true, Address: *in.ShippingAddress.address(&e.refusals, []any{"input", "shippingAddress"})}}
	}
	if in.DeliveryOption != nil {
		e.selectDelivery([]any{"input", "deliveryOption"}, *in.DeliveryOption)
	}
	if in.Payment != nil {
		c.Payment = in.Payment.Method
	}
	if e.Buyer.Email == "" && e.Buyer.Phone == "" {
		e.refusals.Add(RefusalContactRequired, []any{"input", "contact"}, "Give an e-mail address or a phone number, so that the merchant can reach you.")
	}
	return c, e.refusals.Err()
}

// Check refuses what cannot become an order at this price.
func (c *Checkout) Check(p *PricedCart) error {
	var r Refusals
	q := p.Quote
	switch {
	case len(p.Lines) == 0:
		r.Add(RefusalEmptyCart, []any{"input", "cartId"}, "The cart is empty: put something into it first.")
		return r
	case q.Delivery == nil && len(q.Options) == 0:
		r.Add(RefusalDeliveryOption, []any{"input", "shippingAddress"}, "The store does not deliver there.")
		return r
	case q.Delivery == nil:
		r.Add(RefusalDeliveryOption, []any{"input", "deliveryOption"}, "Choose a way of delivery: %s.", optionNames(q.Options))
		return r
	}
	if q.Delivery.Method == DeliveryShipping {
		c.Cart.Address().complete(&r, []any{"input", "shippingAddress"}, c.Name)
	}
	c.checkTotal(&r, q)
	return r.Err()
}

// CheckCard refuses to pay by card where the store has no account for that.
func (c *Checkout) CheckCard(account string) error {
	if account != "" {
		return nil
	}
	return Refuse(RefusalPaymentMethod, []any{"input", "payment", "method"}, "The store does not take cards: pay in another way.")
}

func optionNames(options []DeliveryOption) string {
	names := make([]string, len(options))
	for i, o := range options {
		names[i] = o.Handle + " (" + o.Title + ")"
	}
	return strings.Join(names, ", ")
}

func (c *Checkout) checkTotal(r *Refusals, q *Quote) {
	path := []any{"input", "expectedTotal"}
	want := c.Input.ExpectedTotal
	total := q.Money(q.Total)
	if want.CurrencyCode != q.Currency {
		r.Add(RefusalInvalid, under(path, "currencyCode"), "The store sells in %s.", q.Currency)
		return
	}
	minor, err := want.Amount.Minor(q.Currency)
	switch {
	case err != nil:
		r.Add(RefusalInvalid, under(path, "amount"), "%s", err.Error())
	case minor != q.Total:
		r.Add(RefusalPriceChanged, path, "The cart costs %s %s now, not %s. Show the buyer the new total, and send it as expectedTotal when they agree.",
			total.Amount(), q.Currency, want.Amount)
	}
}

// Sold is what a variant is called and looks like.
type Sold struct{ Title, ImageURL string }

// Order is what the cart becomes, without its number.
func (c *Checkout) Order(p *PricedCart, id OrderID, sold map[VariantID]Sold) (*Order, []*OrderLine) {
	q := p.Quote
	o := &Order{
		StoreID: c.Cart.StoreID, ID: id, Key: NewKey(), Currency: q.Currency, FinancialStatus: FinancialPending, FulfillmentStatus: FulfillmentNone,
		Contact:   Contact{Name: cmp.Or(c.Name, value(c.Cart.Address().Name())), Email: c.Cart.Buyer.Email, Phone: c.Cart.Buyer.Phone},
		BuyerNote: c.Cart.Note, Attributes: c.Cart.Attributes, PaymentMethod: c.Payment, TaxesIncluded: q.TaxIncluded,
		Delivery:      OrderDelivery{Price: q.Delivery.Price, Discount: q.Delivery.Discount, Handle: q.Delivery.Handle, Title: q.Delivery.Title, Method: q.Delivery.Method, Location: q.Delivery.Location},
		SubtotalMinor: q.Subtotal, DiscountMinor: q.Discount, DeliveryMinor: q.DeliveryTotal, TaxMinor: q.Tax, TotalMinor: q.Total,
	}
	if q.Delivery.Method == DeliveryShipping {
		o.Address = c.Cart.Address()
	}
	for i := range q.Codes {
		if code := &q.Codes[i]; code.Applies() {
			o.Discounts = append(o.Discounts, OrderDiscount{ID: code.Discount.ID, Code: code.Discount.Code, Amount: code.Amount})
		}
	}
	for _, t := range q.Taxes {
		o.Taxes = append(o.Taxes, OrderTax(t))
	}
	lines := make([]*OrderLine, len(p.Lines))
	for i, l := range p.Lines {
		lines[i] = &OrderLine{
			Order: o.Ref(), ID: int64(i + 1), Currency: q.Currency, Product: l.Sold.ProductID, Variant: l.Sold.ID,
			Title: sold[l.Sold.ID].Title, VariantTitle: l.Sold.Title(), ImageURL: sold[l.Sold.ID].ImageURL, SKU: value(l.Sold.SKU),
			Attributes: l.Attributes, Quantity: l.Quantity, PriceMinor: l.Sold.PriceMinor, SubtotalMinor: l.Quote.Subtotal,
			DiscountMinor: l.Quote.Discount, TaxMinor: l.Quote.Tax, TotalMinor: l.Quote.Total, RequiresShipping: l.Sold.RequiresShipping,
			Stocked: l.Sold.InventoryTracked,
		}
	}
	return o, lines
}

// StockLevel is the stock of a variant at an open location.
type StockLevel struct {
	Variant   VariantID
	Location  LocationID
	Available int
	// Default marks the location that goods are promised at which nobody has.
	Default bool
}

// Reservation is stock promised to a line of an order.
type Reservation struct {
	Line     int64
	Location LocationID
	Variant  VariantID
	Quantity int
}

// Reserve promises stock to the lines of an order: at the location where it is fetched as far as it goes, then at the others in the
// order of levels. What sells on without stock is promised at the default location. Code MERCHANDISE_OUT_OF_STOCK when there is not
// enough.
func Reserve(p *PricedCart, lines []*OrderLine, levels []StockLevel, fetchedAt LocationID) ([]Reservation, error) {
	s := newReserving(levels, fetchedAt, len(lines))
	for _, l := range p.Lines {
		s.left[l.Variant] = l.Sold.InventoryQuantity
	}
	var r Refusals
	for i, line := range lines {
		v := p.Lines[i].Sold
		switch {
		case !line.Stocked:
		case v.InventoryPolicy != InventoryContinue && s.left[v.ID] < line.Quantity:
			r.AddSoldOut(line.Title)
		default:
			if err := s.promise(line); err != nil {
				return nil, err
			}
		}
	}
	return s.promised, r.Err()
}

// AddSoldOut says that there are not as many units as the cart has.
func (r *Refusals) AddSoldOut(title string) {
	r.Add(RefusalOutOfStock, []any{"input", "cartId"}, "%q is sold out, or there are fewer left than the cart has.", title)
}

// reserving is stock on its way to the lines of an order.
type reserving struct {
	levels []StockLevel
	// left is what can be sold of a variant at all locations together: what one owes, another cannot give.
	left     map[VariantID]int
	promised []Reservation
}

func newReserving(levels []StockLevel, fetchedAt LocationID, variants int) *reserving {
	slices.SortStableFunc(levels, func(a, b StockLevel) int { return compareBool(b.Location == fetchedAt, a.Location == fetchedAt) })
	return &reserving{levels: levels, left: make(map[VariantID]int, variants)}
}

func (s *reserving) promise(line *OrderLine) error {
	s.left[line.Variant] -= line.Quantity
	missing, last := line.Quantity, -1
	for i := range s.levels {
		l := &s.levels[i]
		if l.Variant != line.Variant {
			continue
		}
		if l.Default {
			last = i
		}
		if take := min(missing, l.Available); take > 0 {
			s.take(line, l, take)
			missing -= take
		}
	}
	if missing == 0 {
		return nil
	}
	if last < 0 {
		return fmt.Errorf("variant %d of store %d has no stock at the default location", line.Variant, line.Order.Store)
	}
	s.take(line, &s.levels[last], missing)
	return nil
}

func (s *reserving) take(line *OrderLine, l *StockLevel, units int) {
	l.Available -= units
	for i := range s.promised {
		if p := &s.promised[i]; p.Line == line.ID && p.Location == l.Location {
			p.Quantity += units
			return
		}
	}
	s.promised = append(s.promised, Reservation{line.ID, l.Location, line.Variant, units})
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// CartCompleter turns carts into orders. What is wrong comes back as Refusals, and then nothing was written. A cart that has become an
// order before answers with that order.
type CartCompleter interface {
	CompleteCart(ctx context.Context, key CartKey, in *CartCompleteInput) (*Order, error)
}
