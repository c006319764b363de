package commerce

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// Limits of what staff writes about orders.
const (
	maxOrderNote    = 5000 // characters
	maxTrackingText = 255  // characters
	maxTrackingURL  = 2048 // bytes
)

// The codes of refusals that are about orders alone.
const (
	RefusalOrderState RefusalCode = "ORDER_STATE"
	RefusalExceeded   RefusalCode = "EXCEEDED"
)

// OrderCancelInput cancels an order.
type OrderCancelInput struct {
	ID      string
	Reason  OrderCancelReason
	Restock *bool
	Note    *string
}

// FulfillmentCreateInput says what of an order has left.
type FulfillmentCreateInput struct {
	OrderID   string
	LineItems []*OrderLineInput
	Tracking  *TrackingInput
}

// OrderLineInput is units of a line of an order.
type OrderLineInput struct {
	ID       string
	Quantity int
}

// TrackingInput is how a parcel can be followed.
type TrackingInput struct{ Company, Number, URL *string }

// RefundCreateInput gives money back.
type RefundCreateInput struct {
	OrderID   string
	LineItems []*RefundLineInput
	Amount    *MoneyInput
	Note      *string
}

// RefundLineInput is units of a line that are refunded.
type RefundLineInput struct {
	ID       string
	Quantity int
	Restock  *bool
}

// OrderUpdateInput is what is to be different about an order; nil keeps what there is.
type OrderUpdateInput struct {
	ID              string
	Contact         *ContactInput
	ShippingAddress *MailingAddressInput
	Note            *string
}

// WholeOrder is an order with its lines and the stock that is promised to it, for those who change it.
type WholeOrder struct {
	*Order

	Lines    []*OrderLine
	Reserved []Reservation
}

// StockMove is what a change of an order does to the stock at a location: units added to those on hand, and to those promised to the
// line.
type StockMove struct {
	Line             int64
	Location         LocationID
	Variant          VariantID
	OnHand, Promised int
}

// OrderChange is what a change of an order writes beside the order and its lines.
type OrderChange struct {
	Kind OrderEventKind
	// Detail says what it was about, in words.
	Detail      string
	Stock       []StockMove
	Fulfillment *Fulfillment
	Refund      *Refund
	// Return says that the codes of the order may be used again.
	Return bool
	// Again says that the order has lapsed and comes back to life: it needs stock, and its codes count again.
	Again bool
}

// OrderEdit changes an order that nobody else can change meanwhile. Refusals.
type OrderEdit func(*WholeOrder) (*OrderChange, error)

// OrderEditor changes orders. What is wrong comes back as Refusals, and then nothing was written.
type OrderEditor interface {
	EditOrder(ctx context.Context, by Author, store *Store, id OrderID, action string, edit OrderEdit) (*EditedOrder, error)
}

// EditedOrder is an order after a change, with what left or what went back by it.
type EditedOrder struct {
	Order       *Order `json:"-"`
	Ref         OrderRef
	Fulfillment *Fulfillment
	Refund      *Refund
}

// Number tells the lines of what left or went back which order they are of.
func (e *EditedOrder) Number() {
	if e.Fulfillment != nil {
		e.Fulfillment.Number()
	}
	if e.Refund != nil {
		e.Refund.Number()
	}
}

func wrongState(format string, args ...any) error {
	return Refuse(RefusalOrderState, []any{"input", "id"}, format, args...)
}

// ConfirmOrder accepts an order.
func ConfirmOrder(o *WholeOrder) (*OrderChange, error) {
	switch {
	case o.CancelledAt != nil:
		return nil, wrongState("%s was canceled.", o.Name())
	case o.ConfirmedAt != nil:
		return nil, wrongState("%s is confirmed already.", o.Name())
	}
	return &OrderChange{Kind: OrderConfirmed}, nil
}

// MarkOrderAsPaid notes that the buyer has paid. A payment that came when the order had lapsed brings it back to life, if there is stock
// for it.
func MarkOrderAsPaid(o *WholeOrder) (*OrderChange, error) {
	c := &OrderChange{Kind: OrderPaid, Detail: o.TotalPrice().shown(), Again: o.Lapsed()}
	switch {
	case c.Again:
		o.reopen()
	case o.CancelledAt != nil:
		return nil, wrongState("%s was canceled: give the money back to the buyer.", o.Name())
	}
	if !o.FinancialStatus.May(FinancialPaid) {
		return nil, wrongState("%s is %s: it cannot be paid.", o.Name(), o.FinancialStatus)
	}
	o.FinancialStatus, o.PaidMinor, o.PaymentDueAt = FinancialPaid, o.TotalMinor, nil
	return c, nil
}

// CancelOrder cancels an order of which nothing has left: what was promised is free again, or, without restock, gone; what was
// paid goes back.
func CancelOrder(in *OrderCancelInput) OrderEdit {
	return func(o *WholeOrder) (*OrderChange, error) {
		switch {
		case o.CancelledAt != nil:
			return nil, wrongState("%s is canceled already.", o.Name())
		case o.FulfillmentStatus != FulfillmentNone:
			return nil, wrongState("Something of %s has left: give money back with refundCreate.", o.Name())
		case in.Reason == CancelPaymentLapsed:
			return nil, Refuse(RefusalInvalid, []any{"input", "reason"}, "Only an order that nobody pays in time gets the reason %s, by itself.", in.Reason)
		}
		note, err := orderNote(in.Note)
		if err != nil {
			return nil, err
		}
		return o.cancel(in.Reason, note, in.Restock == nil || *in.Restock), nil
	}
}

func (o *WholeOrder) cancel(reason OrderCancelReason, note string, restock bool) *OrderChange {
	o.CancelReason, o.PaymentDueAt = &reason, nil
	c := &OrderChange{Kind: OrderCancelled, Detail: strings.TrimSpace(string(reason) + " " + note), Return: true}
	var lines []*RefundLine
	for _, l := range o.Lines {
		if n := l.Open(); n > 0 {
			lines = append(lines, &RefundLine{Line: l.ID, Quantity: n, Restocked: restock && l.Stocked})
			o.remove(c, l, n, restock)
		}
	}
	left := o.PaidMinor - o.RefundedMinor
	if left == 0 {
		if o.FinancialStatus.May(FinancialVoided) {
			o.FinancialStatus = FinancialVoided
		}
		return c
	}
	for _, line := range lines {
		o.lineOf(line.Line).Refunded += line.Quantity
	}
	o.FinancialStatus, o.RefundedMinor = FinancialRefunded, o.PaidMinor
	c.Refund = &Refund{Order: o.Ref(), Amount: o.money(left), Note: note, Lines: orEmpty(lines)}
	return c
}

func orderNote(note *string) (string, error) {
	var r Refusals
	r.text("input.note", "note", value(note), Characters(maxOrderNote))
	return value(note), r.Err()
}

// remove takes units out of an order that have not left. They are free again, or gone.
func (o *WholeOrder) remove(c *OrderChange, l *OrderLine, units int, restock bool) {
	l.Removed += units
	o.release(l, units, func(r *Reservation, taken int) {
		m := StockMove{Line: l.ID, Location: r.Location, Variant: l.Variant, Promised: -taken}
		if !restock {
			m.OnHand = -taken
		}
		c.Stock = append(c.Stock, m)
	})
}

// release takes units off what is promised to a line.
func (o *WholeOrder) release(l *OrderLine, units int, take func(*Reservation, int)) {
	for i := range o.Reserved {
		r := &o.Reserved[i]
		if taken := min(units, r.Quantity); r.Line == l.ID && taken > 0 {
			take(r, taken)
			r.Quantity -= taken
			units -= taken
		}
	}
}

func (o *WholeOrder) lineOf(id int64) *OrderLine {
	return o.Lines[slices.IndexFunc(o.Lines, func(l *OrderLine) bool { return l.ID == id })]
}

// lineWith is the line with the global id, nil when the order has none.
func (o *WholeOrder) lineWith(r *Refusals, path []any, id string) *OrderLine {
	i := slices.IndexFunc(o.Lines, func(l *OrderLine) bool { return l.NodeID().String() == id })
	if i < 0 {
		r.Add(RefusalNotFound, path, "%s has no line with the id %.100q.", o.Name(), id)
		return nil
	}
	return o.Lines[i]
}

// FulfillOrder notes that goods have left. Without lines, all that had not.
func FulfillOrder(in *FulfillmentCreateInput) OrderEdit {
	return func(o *WholeOrder) (*OrderChange, error) {
		if o.CancelledAt != nil {
			return nil, Refuse(RefusalOrderState, []any{"input", "orderId"}, "%s was canceled.", o.Name())
		}
		var r Refusals
		f := in.Tracking.fulfillment(&r)
		f.Order = o.Ref()
		if in.LineItems == nil {
			for _, l := range o.Lines {
				if l.Open() > 0 {
					f.Lines = append(f.Lines, &FulfillmentLine{Line: l.ID, Quantity: l.Open()})
				}
			}
		}
		for i, one := range in.LineItems {
			path := []any{"input", "lineItems", i}
			if l := o.lineWith(&r, under(path, "id"), one.ID); l != nil {
				f.add(&r, path, l, one.Quantity)
			}
		}
		if len(r) == 0 && len(f.Lines) == 0 {
			r.Add(RefusalOrderState, []any{"input", "orderId"}, "Nothing of %s is left to send.", o.Name())
		}
		if len(r) > 0 {
			return nil, r
		}
		return o.fulfill(f), nil
	}
}

func (f *Fulfillment) add(r *Refusals, path []any, l *OrderLine, units int) {
	for _, other := range f.Lines {
		if other.Line == l.ID {
			r.Add(RefusalDuplicate, under(path, "id"), "The line stands twice.")
			return
		}
	}
	switch {
	case units < 1:
		r.Add(RefusalInvalid, under(path, "quantity"), "Send at least 1: %d is less.", units)
	case units > l.Open():
		r.Add(RefusalExceeded, under(path, "quantity"), "%d units are left to send.", l.Open())
	default:
		f.Lines = append(f.Lines, &FulfillmentLine{Line: l.ID, Quantity: units})
	}
}

// fulfillment checks how a parcel can be followed.
func (in *TrackingInput) fulfillment(r *Refusals) *Fulfillment {
	f := &Fulfillment{Lines: []*FulfillmentLine{}}
	if in == nil {
		return f
	}
	r.text("input.tracking.company", "company", value(in.Company), Characters(maxTrackingText))
	r.text("input.tracking.number", "number", value(in.Number), Characters(maxTrackingText))
	r.text("input.tracking.url", "url", value(in.URL), Bytes(maxTrackingURL))
	if u := value(in.URL); u != "" && !strings.HasPrefix(u, "https://") && !strings.HasPrefix(u, "http://") {
		r.Add(RefusalInvalid, []any{"input", "tracking", "url"}, "%.100q is no address: it begins with https://.", u)
	}
	f.TrackingCompany, f.TrackingNumber, f.TrackingURL = optional(value(in.Company)), optional(value(in.Number)), optional(value(in.URL))
	return f
}

func (o *WholeOrder) fulfill(f *Fulfillment) *OrderChange {
	c := &OrderChange{Kind: OrderFulfilled, Fulfillment: f}
	o.PaymentDueAt = nil // the merchant trusts the buyer
	units := 0
	for _, line := range f.Lines {
		l := o.lineOf(line.Line)
		units += line.Quantity
		l.Fulfilled += line.Quantity
		o.release(l, line.Quantity, func(r *Reservation, taken int) {
			c.Stock = append(c.Stock, StockMove{Line: l.ID, Location: r.Location, Variant: l.Variant, OnHand: -taken, Promised: -taken})
		})
	}
	o.settle()
	c.Detail = strings.TrimSpace(strconv.Itoa(units) + " " + value(f.TrackingCompany) + " " + value(f.TrackingNumber))
	return c
}

// settle finds out how much of the order has left.
func (o *WholeOrder) settle() {
	left, open := 0, 0
	for _, l := range o.Lines {
		left += l.Fulfilled
		open += l.Open()
	}
	switch {
	case left == 0:
		o.FulfillmentStatus = FulfillmentNone
	case open == 0:
		o.FulfillmentStatus = FulfillmentDone
	default:
		o.FulfillmentStatus = FulfillmentPartial
	}
}

// UpdateOrder changes how to reach the buyer, where the goods go, and the note. The address stays once something has left.
func UpdateOrder(in *OrderUpdateInput) OrderEdit {
	return func(o *WholeOrder) (*OrderChange, error) {
		var r Refusals
		var parts []string
		if in.Contact != nil {
			path := []any{"input", "contact"}
			if in.Contact.Name != nil {
				o.Contact.Name = value(r.addressField(under(path, "name"), in.Contact.Name))
			}
			if in.Contact.Email != nil {
				o.Contact.Email = r.email(under(path, "email"), *in.Contact.Email)
			}
			if in.Contact.Phone != nil {
				o.Contact.Phone = r.phone(under(path, "phone"), *in.Contact.Phone)
			}
			parts = append(parts, "contact")
		}
		if in.Note != nil {
			r.text("input.note", "note", *in.Note, Characters(maxOrderNote))
			o.BuyerNote = *in.Note
			parts = append(parts, "note")
		}
		if in.ShippingAddress != nil {
			o.move(&r, in.ShippingAddress)
			parts = append(parts, "shippingAddress")
		}
		if o.CancelledAt != nil {
			r.Add(RefusalOrderState, []any{"input", "id"}, "%s was canceled.", o.Name())
		}
		return &OrderChange{Kind: OrderEdited, Detail: strings.Join(parts, ", ")}, r.Err()
	}
}

func (o *WholeOrder) move(r *Refusals, in *MailingAddressInput) {
	path := []any{"input", "shippingAddress"}
	switch {
	case o.FulfillmentStatus != FulfillmentNone:
		r.Add(RefusalOrderState, path, "Something of %s has left: its address stays.", o.Name())
	case o.Delivery.Method != DeliveryShipping:
		r.Add(RefusalOrderState, path, "Nothing of %s is sent.", o.Name())
	default:
		o.Address = in.address(r, path)
		o.Address.complete(r, path, o.Contact.Name)
	}
}
