package commerce

import (
	"context"
	"time"
)

// DefaultHoldHours is how long an order of a store that has said nothing else waits for a transfer.
const DefaultHoldHours = 24

// RefusalPaymentAfterLapse is the code of a payment that came when the order had lapsed and the stock was gone.
const RefusalPaymentAfterLapse RefusalCode = "PAYMENT_AFTER_LAPSE"

// StockHold is stock that is held for an order until its payment is due.
type StockHold struct {
	Quantity  int
	ExpiresAt time.Time
}

// CardHold is how long an order waits for a payment by card, which takes the time to type a number.
const CardHold = 30 * time.Minute

// Waits reports whether a new order waits for a payment before anything leaves. Cash comes when the goods are handed over.
func (o *Order) Waits() bool { return o.PaymentMethod != PaymentCashOnDelivery && o.TotalMinor > 0 }

// awaitsPayment reports whether the order waits for its payment now.
func (o *Order) awaitsPayment() bool {
	return o.Waits() && o.FinancialStatus == FinancialPending && o.CancelledAt == nil
}

// Lapsed reports whether the order was canceled because its payment did not come in time.
func (o *Order) Lapsed() bool { return o.CancelReason != nil && *o.CancelReason == CancelPaymentLapsed }

// StockHold is what is held for the line until the order is paid; nil when the order waits for no payment, or the line's stock is not
// counted.
func (l *OrderLine) StockHold() *StockHold {
	if l.PaymentDueAt == nil || !l.Stocked || l.Open() == 0 {
		return nil
	}
	return &StockHold{Quantity: l.Open(), ExpiresAt: *l.PaymentDueAt}
}

// LapseOrder cancels an order whose payment did not come in time: what was promised is free again.
func LapseOrder(o *WholeOrder) *OrderChange { return o.cancel(CancelPaymentLapsed, "", true) }

// reopen takes a lapse back. Nothing of the order had left by then, so it is whole again.
func (o *WholeOrder) reopen() {
	o.CancelledAt, o.CancelReason = nil, nil
	for _, l := range o.Lines {
		l.Removed = 0
	}
}

// PromiseAgain promises free stock to an order that had lapsed, as Reserve does to a new one. stock has the variants that are still
// there. Refusals with the code PAYMENT_AFTER_LAPSE when there is not enough.
func (o *WholeOrder) PromiseAgain(stock map[VariantID]VariantStock, levels []StockLevel) ([]Reservation, error) {
	s := newReserving(levels, o.Delivery.Location, len(stock))
	for id, v := range stock {
		s.left[id] = v.Quantity
	}
	var r Refusals
	for _, l := range o.Lines {
		v, there := stock[l.Variant]
		switch {
		case !l.Stocked:
		case !there || v.Policy != InventoryContinue && s.left[l.Variant] < l.Quantity:
			r.Add(RefusalPaymentAfterLapse, []any{"input", "id"},
				"%s was not paid in time, and by now %q is sold out, or there are fewer left than it needs. Give the money back to the buyer.", o.Name(), l.Title)
		default:
			if err := s.promise(l); err != nil {
				return nil, err
			}
		}
	}
	return s.promised, r.Err()
}

// HoldSweeper gives back what is held for orders whose payment did not come in time.
type HoldSweeper interface {
	// LapseHolds cancels every order whose payment is overdue, and tells how many there were. What others work on is left to them.
	LapseHolds(ctx context.Context) (int, error)
}
