package commerce_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func with(d *commerce.Discount, change func(*commerce.Discount)) *commerce.Discount {
	change(d)
	return d
}

// Why a code does not count, in the words of the Storefront API.
func TestDiscountProblems(t *testing.T) {
	t.Parallel()
	rice, tea := units(10, 2, 40000), units(20, 1, 10000)
	tea.Collections = []commerce.CollectionID{5}
	gift := units(30, 3, 0)
	later, one, five, most := noon.Add(time.Second), 1, 5, int64(80001)
	lines := []commerce.BasketLine{rice, tea, gift}
	ten := func() *commerce.Discount { return percent(1, "TEN", 100_000) }
	for name, c := range map[string]struct {
		discount *commerce.Discount
		want     commerce.DiscountProblem
	}{
		"counts":           {ten(), ""},
		"not found":        {nil, commerce.DiscountNotFound},
		"too early":        {with(ten(), func(d *commerce.Discount) { d.StartsAt = later }), commerce.DiscountInactive},
		"begins now":       {with(ten(), func(d *commerce.Discount) { d.StartsAt = noon }), ""},
		"ends now":         {with(ten(), func(d *commerce.Discount) { d.EndsAt = new(noon) }), commerce.DiscountInactive},
		"ends in a moment": {with(ten(), func(d *commerce.Discount) { d.EndsAt = &later }), ""},
		"used up":          {with(ten(), func(d *commerce.Discount) { d.UsageLimit, d.UsageCount = &five, 5 }), commerce.DiscountUsageLimitReached},
		"not yet used up":  {with(ten(), func(d *commerce.Discount) { d.UsageLimit, d.UsageCount = &five, 4 }), ""},
		"used by the buyer": {
			with(percent(9, "TEN", 100_000), func(d *commerce.Discount) { d.OncePerCustomer = true }), commerce.DiscountUsedByCustomer,
		},
		"used by the buyer, who may again": {percent(9, "TEN", 100_000), ""},
		"for other products":               {percent(1, "X", 100_000, 77), commerce.DiscountNoEntitledLines},
		"for what costs nothing":           {percent(1, "X", 100_000, 3), commerce.DiscountNoEntitledLines},
		"for a collection":                 {with(ten(), func(d *commerce.Discount) { d.Items.Collections = []commerce.CollectionID{5} }), ""},
		"for another collection": {
			with(ten(), func(d *commerce.Discount) { d.Items.Collections = []commerce.CollectionID{6} }), commerce.DiscountNoEntitledLines,
		},
		"too little": {
			with(percent(1, "X", 100_000, 1), func(d *commerce.Discount) { d.MinimumSubtotalMinor = &most }), commerce.DiscountPurchaseNotInRange,
		},
		"enough":       {with(ten(), func(d *commerce.Discount) { d.MinimumSubtotalMinor = &most }), ""},
		"too few":      {with(percent(1, "X", 100_000, 1), func(d *commerce.Discount) { d.MinimumQuantity = &five }), commerce.DiscountQuantityNotInRange},
		"many":         {with(ten(), func(d *commerce.Discount) { d.MinimumQuantity = &five }), ""},
		"free sending": {freeShipping(1, "SHIP"), ""},
		"free sending, too little": {
			with(freeShipping(1, "SHIP"), func(d *commerce.Discount) { d.MinimumSubtotalMinor = new(int64(90001)) }), commerce.DiscountPurchaseNotInRange,
		},
		"less than a minor unit": {percent(1, "X", 1, 2), commerce.DiscountNotHonoured},
		"sets":                   {oneFree("X", 2), ""},
		"too few for a set":      {oneFree("X", 3), commerce.DiscountQuantityNotInRange},
		"nothing that has to be bought": {
			with(oneFree("X", 1), func(d *commerce.Discount) { d.Buys.Products = []commerce.ProductID{77} }), commerce.DiscountNoEntitledLines,
		},
		"nothing that is given away": {
			with(oneFree("X", 1), func(d *commerce.Discount) { d.Items.Products = []commerce.ProductID{77} }), commerce.DiscountNoEntitledLines,
		},
		"one set is enough": {with(oneFree("X", 1), func(d *commerce.Discount) { d.UsesPerOrder = &one }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := inIndia(lines)
			b.Codes = []string{" ten"}
			b.Used = map[commerce.DiscountID]bool{9: true}
			if c.discount != nil {
				b.Discounts["ten"] = c.discount
			}
			q, err := b.Quote(aShop(commerce.TaxSettings{}))
			require.NoError(t, err)
			require.Len(t, q.Codes, 1)
			require.Equal(t, c.want, q.Codes[0].Problem)
			require.Equal(t, c.want == "", q.Codes[0].Applies())
			require.Equal(t, c.want == "", q.Codes[0].Amount > 0)
			require.Equal(t, q.Codes[0].Amount, q.Discount)
		})
	}
}

// Delivery that is free is taken off once it is known that it costs something.
func TestDiscountOfDelivery(t *testing.T) {
	t.Parallel()
	file := units(20, 1, 100)
	file.RequiresShipping = false
	sent := []commerce.BasketLine{units(10, 1, 10000)}
	for name, c := range map[string]struct {
		country  commerce.CountryCode
		delivery string
		lines    []commerce.BasketLine
		want     commerce.DiscountProblem
		amount   int64
	}{
		"sent":                         {"IN", "shipping-standard", sent, "", 4000},
		"fetched":                      {"IN", "pickup-7", sent, commerce.DiscountNoEntitledShipping, 0},
		"not yet chosen":               {"IN", "", sent, "", 0},
		"nobody knows where":           {"", "", sent, "", 0},
		"nowhere to be sent":           {"US", "", sent, commerce.DiscountNoEntitledShipping, 0},
		"nothing to send":              {"IN", "", []commerce.BasketLine{file}, commerce.DiscountNoEntitledShipping, 0},
		"nothing to send, anywhere":    {"", "", []commerce.BasketLine{file}, commerce.DiscountNoEntitledShipping, 0},
		"an empty basket":              {"IN", "", nil, commerce.DiscountNoEntitledShipping, 0},
		"free already by its subtotal": {"IN", "shipping-standard", []commerce.BasketLine{units(10, 5, 10000)}, commerce.DiscountNoEntitledShipping, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := aShop(commerce.TaxSettings{})
			s.Delivery.Zones[0].Rates[0].FreeFromMinor = new(int64(50000))
			b := inIndia(c.lines, freeShipping(1, "SHIP"))
			b.Country, b.Delivery = c.country, c.delivery
			q, err := b.Quote(s)
			require.NoError(t, err)
			require.Equal(t, c.want, q.Codes[0].Problem)
			require.Equal(t, c.amount, q.Codes[0].Amount)
			for _, o := range q.Options {
				if o.Method == commerce.DeliveryShipping && q.Codes[0].Applies() {
					require.Equal(t, o.Price, o.Discount, "buyers see what each way would cost")
				}
			}
		})
	}
}

// Codes count in the order in which they were entered, as far as they combine; both have to allow it.
func TestDiscountCombination(t *testing.T) {
	t.Parallel()
	lines := []commerce.BasketLine{units(10, 1, 10000), units(20, 1, 10000)}
	order := func(id commerce.DiscountID, code string, with commerce.DiscountCombination) *commerce.Discount {
		d := percent(id, code, 100_000)
		d.CombinesWith = with
		return d
	}
	product := func(id commerce.DiscountID, code string, with commerce.DiscountCombination) *commerce.Discount {
		d := percent(id, code, 500_000, 1)
		d.CombinesWith = with
		return d
	}
	orders, products := commerce.DiscountCombination{OrderDiscounts: true}, commerce.DiscountCombination{ProductDiscounts: true}
	for name, c := range map[string]struct {
		discounts []*commerce.Discount
		count     []bool
		discount  int64
	}{
		"neither allows it":            {[]*commerce.Discount{order(1, "A", commerce.DiscountCombination{}), product(2, "B", commerce.DiscountCombination{})}, []bool{true, false}, 2000},
		"the other way round":          {[]*commerce.Discount{product(2, "B", commerce.DiscountCombination{}), order(1, "A", commerce.DiscountCombination{})}, []bool{true, false}, 5000},
		"one allows it":                {[]*commerce.Discount{order(1, "A", products), product(2, "B", commerce.DiscountCombination{})}, []bool{true, false}, 2000},
		"both allow it":                {[]*commerce.Discount{order(1, "A", products), product(2, "B", orders)}, []bool{true, true}, 5000 + 1500},
		"of one class":                 {[]*commerce.Discount{order(1, "A", orders), order(2, "B", orders)}, []bool{true, true}, 2000 + 1800},
		"of one class, not allowed":    {[]*commerce.Discount{order(1, "A", products), order(2, "B", products)}, []bool{true, false}, 2000},
		"twice the same":               {[]*commerce.Discount{order(1, "A", orders), order(1, "A", orders)}, []bool{true, false}, 2000},
		"two for one delivery":         {[]*commerce.Discount{combining(freeShipping(1, "A")), combining(freeShipping(2, "B"))}, []bool{true, false}, 4000},
		"a third that suits the first": {[]*commerce.Discount{order(1, "A", orders), product(2, "B", orders), order(3, "C", orders)}, []bool{true, false, true}, 2000 + 1800},
		"nothing is left for the last": {[]*commerce.Discount{combining(amountOff(1, "A", 20000)), combining(order(2, "B", orders))}, []bool{true, false}, 20000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, err := inIndia(lines, c.discounts...).Quote(aShop(commerce.TaxSettings{}))
			require.NoError(t, err)
			for i, count := range c.count {
				require.Equal(t, count, q.Codes[i].Applies(), q.Codes[i].Code)
				if !count {
					require.Equal(t, commerce.DiscountNotHonoured, q.Codes[i].Problem)
				}
			}
			require.Equal(t, c.discount, q.Discount)
		})
	}
}

// What is given away for what is bought.
func TestDiscountBuyXGetY(t *testing.T) {
	t.Parallel()
	half := oneFree("X", 1)
	half.Rate = 500_000
	of := func(d *commerce.Discount, buys, gets []commerce.ProductID) *commerce.Discount {
		d.Buys.Products, d.Items.Products = buys, gets
		return d
	}
	for name, c := range map[string]struct {
		discount *commerce.Discount
		lines    []commerce.BasketLine
		want     []int64
	}{
		"two of three":             {oneFree("X", 2), []commerce.BasketLine{units(10, 3, 500)}, []int64{500}},
		"one short of a second":    {oneFree("X", 2), []commerce.BasketLine{units(10, 5, 500)}, []int64{500}},
		"twice":                    {oneFree("X", 2), []commerce.BasketLine{units(10, 6, 500)}, []int64{1000}},
		"twice, once an order":     {with(oneFree("X", 2), func(d *commerce.Discount) { d.UsesPerOrder = new(1) }), []commerce.BasketLine{units(10, 6, 500)}, []int64{500}},
		"half of one, half up":     {half, []commerce.BasketLine{units(10, 2, 501)}, []int64{251}},
		"the cheapest":             {oneFree("X", 1), []commerce.BasketLine{units(10, 1, 900), units(20, 2, 300), units(30, 1, 600)}, []int64{0, 600, 0}},
		"one thing for another":    {of(oneFree("X", 1), []commerce.ProductID{1}, []commerce.ProductID{2}), []commerce.BasketLine{units(10, 3, 900), units(20, 2, 1000)}, []int64{0, 2000}},
		"what is bought is kept":   {of(oneFree("X", 2), []commerce.ProductID{1}, nil), []commerce.BasketLine{units(10, 2, 100), units(20, 1, 1000)}, []int64{0, 1000}},
		"no more than can be kept": {of(oneFree("X", 2), []commerce.ProductID{1}, nil), []commerce.BasketLine{units(10, 5, 100), units(20, 1, 1000)}, []int64{100, 1000}},
		"a billion":                {oneFree("X", 1), []commerce.BasketLine{units(10, 1_000_000_000, 3)}, []int64{1_500_000_000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, err := inIndia(c.lines, c.discount).Quote(aShop(commerce.TaxSettings{}))
			require.NoError(t, err)
			got := make([]int64, len(q.Lines))
			for i, l := range q.Lines {
				got[i] = l.Discount
			}
			require.Equal(t, c.want, got, q.Codes[0].Problem)
		})
	}
}
