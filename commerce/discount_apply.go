package commerce

import (
	"cmp"
	"slices"
	"sort"
)

// discount takes the discounts off: those of products, then those of the order, then those of delivery, within a class in the order in
// which their codes were entered. Each works on what the ones before left to pay.
func (p *pricing) discount() {
	p.honour()
	for _, class := range []DiscountClass{DiscountOfProducts, DiscountOfOrder, DiscountOfShipping} {
		for i := range p.quote.Codes {
			if c := &p.quote.Codes[i]; c.Applies() && c.Discount.Class() == class {
				p.apply(c)
			}
		}
	}
}

// honour decides which codes count: a later one gives way to the earlier ones that it does not combine with.
func (p *pricing) honour() {
	var honoured []*Discount
	codes := make([]QuoteCode, len(p.basket.Codes))
	for i, code := range p.basket.Codes {
		d := p.basket.Discounts[DiscountKey(code)]
		codes[i] = QuoteCode{Code: code, Discount: d, Problem: p.problem(d)}
		if !codes[i].Applies() {
			continue
		}
		if slices.ContainsFunc(honoured, func(o *Discount) bool { return !d.combines(o) }) {
			codes[i].Problem = DiscountNotHonoured
			continue
		}
		honoured = append(honoured, d)
	}
	p.quote.Codes = codes
}

// problem tells why a discount does not count in this basket, were it the only one.
func (p *pricing) problem(d *Discount) DiscountProblem {
	if d == nil {
		return DiscountNotFound
	}
	if problem := d.idle(p.basket); problem != "" {
		return problem
	}
	if d.Type == DiscountFreeShipping && !p.shippingCosts() {
		return DiscountNoEntitledShipping
	}
	var amount, units int64
	for i := range p.basket.Lines {
		if l := &p.basket.Lines[i]; d.Items.has(l) {
			amount += p.quote.Lines[i].Subtotal
			units += int64(l.Quantity)
		}
	}
	switch {
	case amount == 0 && d.Type != DiscountFreeShipping:
		return DiscountNoEntitledLines
	case d.Type == DiscountBuyXGetY:
		return p.setsProblem(d)
	case d.MinimumSubtotalMinor != nil && amount < *d.MinimumSubtotalMinor:
		return DiscountPurchaseNotInRange
	case d.MinimumQuantity != nil && units < int64(*d.MinimumQuantity):
		return DiscountQuantityNotInRange
	}
	return ""
}

// shippingCosts reports whether delivery costs something that can be taken off: what was chosen does, or something that can be
// chosen, or nobody knows yet what can.
func (p *pricing) shippingCosts() bool {
	costs := func(o DeliveryOption) bool { return o.Method == DeliveryShipping && o.Price > 0 }
	q := p.quote
	switch {
	case q.Delivery != nil:
		return costs(*q.Delivery)
	case p.basket.destination() == place{}:
		return q.NeedsDelivery && len(p.settings.Delivery.Zones) > 0
	}
	return slices.ContainsFunc(q.Options, costs)
}

// apply takes a discount off.
func (p *pricing) apply(c *QuoteCode) {
	switch d := c.Discount; d.Type {
	case DiscountFreeShipping:
		p.freeShipping(c)
		return
	case DiscountBuyXGetY:
		for i, units := range p.giveaways(d) {
			left := p.left(i)
			p.takeOff(c, i, d.Rate.of(share(left, units, int64(p.basket.Lines[i].Quantity))))
		}
	case DiscountPercentage, DiscountFixedAmount:
		p.spread(c)
	}
	if c.Amount == 0 {
		c.Problem = DiscountNotHonoured
	}
}

// spread takes an amount or a percentage off what is left of all entitled lines together, in proportion.
func (p *pricing) spread(c *QuoteCode) {
	d := c.Discount
	lines := make([]int, 0, len(p.order))
	left := make([]int64, 0, len(p.order))
	var whole int64
	for _, i := range p.order {
		if d.Items.has(&p.basket.Lines[i]) {
			lines = append(lines, i)
			left = append(left, p.left(i))
			whole += p.left(i)
		}
	}
	amount := min(d.AmountMinor, whole)
	if d.Type == DiscountPercentage {
		amount = d.Rate.of(whole)
	}
	for j, part := range allocate(amount, left) {
		p.takeOff(c, lines[j], part)
	}
}

// left is what is left to pay of a line.
func (p *pricing) left(i int) int64 { return p.quote.Lines[i].Subtotal - p.quote.Lines[i].Discount }

func (p *pricing) takeOff(c *QuoteCode, i int, amount int64) {
	if amount == 0 {
		return
	}
	l := &p.quote.Lines[i]
	l.Allocations = append(l.Allocations, QuoteAllocation{c.Discount, amount})
	l.Discount += amount
	c.Amount += amount
}

// freeShipping takes the price off every option that sends something, so that buyers see what each would cost.
func (p *pricing) freeShipping(c *QuoteCode) {
	for i := range p.quote.Options {
		if o := &p.quote.Options[i]; o.Method == DeliveryShipping {
			o.Discount = o.Price
		}
	}
	if p.quote.Delivery != nil {
		c.Amount = p.quote.Delivery.Discount
	}
}

// units counts the units of a basket by what a discount that gives units away takes them for: to be bought, to be given away, or both.
// What costs nothing is neither, or a free sample would be what is given away.
type units struct{ bought, given, either int64 }

func (p *pricing) units(d *Discount) units {
	var u units
	for i := range p.basket.Lines {
		l := &p.basket.Lines[i]
		switch buys, gets := d.Buys.has(l), d.Items.has(l); {
		case l.UnitPrice == 0:
		case buys && gets:
			u.either += int64(l.Quantity)
		case buys:
			u.bought += int64(l.Quantity)
		case gets:
			u.given += int64(l.Quantity)
		}
	}
	return u
}

// sets is how often the discount counts: a unit that is given away is not one that was bought for it.
func (u units) sets(d *Discount) int64 {
	x, y := int64(d.BuysQuantity), int64(d.GetsQuantity)
	most := (u.bought + u.given + u.either) / (x + y)
	if d.UsesPerOrder != nil {
		most = min(most, int64(*d.UsesPerOrder))
	}
	first := sort.Search(int(most), func(n int) bool {
		sets := int64(n) + 1
		return max(0, sets*x-u.bought)+max(0, sets*y-u.given) > u.either
	})
	return int64(first)
}

// setsProblem tells why nothing is given away.
func (p *pricing) setsProblem(d *Discount) DiscountProblem {
	switch u := p.units(d); {
	case u.bought+u.either == 0:
		return DiscountNoEntitledLines
	case u.sets(d) == 0:
		return DiscountQuantityNotInRange
	}
	return ""
}

// giveaways is how many units of each line are given away: the cheapest that can be, so that enough is left to be bought.
func (p *pricing) giveaways(d *Discount) map[int]int64 {
	u := p.units(d)
	sets := u.sets(d)
	wanted := sets * int64(d.GetsQuantity)
	spare := u.either - max(0, sets*int64(d.BuysQuantity)-u.bought)
	lines := slices.Clone(p.order)
	slices.SortStableFunc(lines, func(i, j int) int { return cmp.Compare(p.basket.Lines[i].UnitPrice, p.basket.Lines[j].UnitPrice) })
	given := make(map[int]int64)
	for _, i := range lines {
		l := &p.basket.Lines[i]
		if !d.Items.has(l) || l.UnitPrice == 0 {
			continue
		}
		n := min(wanted, int64(l.Quantity))
		if d.Buys.has(l) {
			n = min(n, spare)
			spare -= n
		}
		given[i] = n
		wanted -= n
	}
	return given
}
