package commerce

import "strings"

// RefundOrder gives money back for units, or an amount as it is. Units that have not left are taken out of the order; those that
// have come back into stock, or, without restock, do not.
func RefundOrder(in *RefundCreateInput) OrderEdit {
	return func(o *WholeOrder) (*OrderChange, error) {
		if !o.FinancialStatus.May(FinancialPartiallyRefunded) {
			return nil, Refuse(RefusalOrderState, []any{"input", "orderId"}, "%s is %s: there is nothing to give back.", o.Name(), o.FinancialStatus)
		}
		var r Refusals
		note, err := orderNote(in.Note)
		if err != nil {
			r, _ = RefusalsOf(err)
		}
		c := &OrderChange{Kind: OrderRefunded, Refund: &Refund{Order: o.Ref(), Note: note, Lines: []*RefundLine{}}}
		due := o.refundLines(&r, c, in.LineItems)
		amount := o.refundAmount(&r, in, due)
		if len(r) > 0 {
			return nil, r
		}
		o.giveBack(amount)
		c.Refund.Amount = o.money(amount)
		c.Detail = strings.TrimSpace(c.Refund.Amount.shown() + " " + note)
		o.settle()
		return c, nil
	}
}

// giveBack counts money that goes back.
func (o *WholeOrder) giveBack(amount int64) {
	o.RefundedMinor += amount
	o.FinancialStatus = FinancialPartiallyRefunded
	if o.RefundedMinor == o.PaidMinor {
		o.FinancialStatus = FinancialRefunded
	}
}

// refundLines takes the units of a refund out of their lines, and returns what was paid for them.
func (o *WholeOrder) refundLines(r *Refusals, c *OrderChange, lines []*RefundLineInput) int64 {
	var due int64
	seen := make(map[int64]bool, len(lines))
	for i, one := range lines {
		path := []any{"input", "lineItems", i}
		l := o.lineWith(r, under(path, "id"), one.ID)
		switch {
		case l == nil:
		case seen[l.ID]:
			r.Add(RefusalDuplicate, under(path, "id"), "The line stands twice.")
		case one.Quantity < 1:
			r.Add(RefusalInvalid, under(path, "quantity"), "Refund at least 1: %d is less.", one.Quantity)
		case one.Quantity > l.CurrentQuantity():
			r.Add(RefusalExceeded, under(path, "quantity"), "%d units are left to refund.", l.CurrentQuantity())
		default:
			due += o.refundLine(c, l, one)
		}
		if l != nil {
			seen[l.ID] = true
		}
	}
	return due
}

func (o *WholeOrder) refundLine(c *OrderChange, l *OrderLine, in *RefundLineInput) int64 {
	restock := in.Restock == nil || *in.Restock
	before, _ := divided(l.TotalMinor, int64(l.Refunded), int64(l.Quantity))
	l.Refunded += in.Quantity
	after, _ := divided(l.TotalMinor, int64(l.Refunded), int64(l.Quantity))
	waiting := min(l.Open(), in.Quantity)
	o.remove(c, l, waiting, restock)
	if back := in.Quantity - waiting; back > 0 && restock && l.Stocked {
		c.Stock = append(c.Stock, StockMove{Line: l.ID, Variant: l.Variant, OnHand: back})
	}
	c.Refund.Lines = append(c.Refund.Lines, &RefundLine{Line: l.ID, Quantity: in.Quantity, Restocked: restock && l.Stocked})
	return after - before
}

// refundAmount is what goes back: what the merchant says, or what was paid for the units, as far as it is there.
func (o *WholeOrder) refundAmount(r *Refusals, in *RefundCreateInput, due int64) int64 {
	path := []any{"input", "amount"}
	left := o.PaidMinor - o.RefundedMinor
	if in.Amount == nil {
		if len(in.LineItems) == 0 {
			r.Add(RefusalBlank, path, "Say which units, or which amount.")
		}
		return min(due, left)
	}
	if in.Amount.CurrencyCode != o.Currency {
		r.Add(RefusalInvalid, under(path, "currencyCode"), "The order is in %s.", o.Currency)
		return 0
	}
	amount, err := in.Amount.Amount.Minor(o.Currency)
	switch {
	case err != nil:
		r.Add(RefusalInvalid, under(path, "amount"), "%s", err.Error())
	case amount < 0 || amount == 0 && len(in.LineItems) == 0:
		r.Add(RefusalInvalid, under(path, "amount"), "Give back more than nothing.")
	case amount > left:
		r.Add(RefusalExceeded, under(path, "amount"), "%s are left to give back.", o.money(left).shown())
	}
	return amount
}
