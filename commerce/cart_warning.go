package commerce

import (
	"fmt"
	"slices"
)

// CodeWarnings are what a buyer should know of the discount codes after a change of a cart. before is what it cost before, nil when it
// had no codes. given says that the change has set the codes: the buyer hears of every one that does not count. After any other change
// they hear of those that counted before, and of lines that were free and are no longer.
func (c *Cart) CodeWarnings(before, after *PricedCart, given bool) []*CartWarning {
	var warnings []*CartWarning
	for i := range after.Quote.Codes {
		code := &after.Quote.Codes[i]
		counted := before.counts(code.Code)
		switch {
		case !code.Applies() && (given || counted):
			warnings = append(warnings, &CartWarning{Code: CartWarningCode(code.Problem), Message: code.explain(), Target: c.NodeID()})
		case code.Applies() && counted && code.Discount.Type == DiscountBuyXGetY:
			warnings = append(warnings, lostGifts(code, before, after)...)
		}
	}
	return warnings
}

// counts reports whether a code counted in the cart.
func (p *PricedCart) counts(code string) bool {
	return p != nil && slices.ContainsFunc(p.Quote.Codes, func(c QuoteCode) bool { return DiscountKey(c.Code) == DiscountKey(code) && c.Applies() })
}

// lostGifts tells of the lines that a code gave away and has let go of.
func lostGifts(code *QuoteCode, before, after *PricedCart) []*CartWarning {
	var warnings []*CartWarning
	for _, was := range before.Lines {
		i := slices.IndexFunc(after.Lines, func(l *PricedLine) bool { return l.ID == was.ID })
		if i < 0 || !was.Quote.freeBy(code.Discount) || after.Lines[i].Quote.takesPart(code.Discount) {
			continue
		}
		warnings = append(warnings, &CartWarning{
			Code: CartWarningCode(DiscountQuantityNotInRange), Target: was.NodeID(),
			Message: fmt.Sprintf("This is not free any more: the code %q gives away what costs least, for as much as is bought.", code.Code),
		})
	}
	return warnings
}

// takesPart reports whether a discount takes something off the line, freeBy whether nothing is left to pay then.
func (l *QuoteLine) takesPart(d *Discount) bool {
	return slices.ContainsFunc(l.Allocations, func(a QuoteAllocation) bool { return a.Discount.ID == d.ID })
}

func (l *QuoteLine) freeBy(d *Discount) bool { return l.takesPart(d) && l.Discount == l.Subtotal }

// explain says in words why a code does not count.
func (c *QuoteCode) explain() string {
	switch c.Problem {
	case DiscountNotFound:
		return fmt.Sprintf("The store has no code %.100q.", c.Code)
	case DiscountInactive:
		return fmt.Sprintf("The code %q is not valid at this time.", c.Code)
	case DiscountUsageLimitReached:
		return fmt.Sprintf("The code %q is used up.", c.Code)
	case DiscountUsedByCustomer:
		return fmt.Sprintf("The code %q counts once for every customer, and you have used it before.", c.Code)
	case DiscountCustomerMissing:
		return fmt.Sprintf("The code %q counts once the store knows your e-mail address or your phone number.", c.Code)
	case DiscountNoEntitledLines:
		return fmt.Sprintf("The code %q is for other things than those in the cart.", c.Code)
	case DiscountNoEntitledShipping:
		return fmt.Sprintf("The code %q is for delivery, and there is nothing to pay for it.", c.Code)
	case DiscountPurchaseNotInRange:
		return fmt.Sprintf("The code %q counts from %s on.", c.Code, Money{*c.Discount.MinimumSubtotalMinor, c.Discount.Currency}.shown())
	case DiscountQuantityNotInRange:
		if d := c.Discount; d.Type == DiscountBuyXGetY {
			return fmt.Sprintf("The code %q gives %d away for every %d that are bought: the cart has too few.", c.Code, d.GetsQuantity, d.BuysQuantity)
		}
		return fmt.Sprintf("The code %q counts from %d units on.", c.Code, *c.Discount.MinimumQuantity)
	case DiscountNotHonoured:
	}
	return fmt.Sprintf("The code %q does not go together with the others, or finds nothing to take off.", c.Code)
}
