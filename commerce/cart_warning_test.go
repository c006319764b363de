package commerce_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// priceOf is what a cart costs that goes to Kerala, with discounts for codes.
func priceOf(t *testing.T, cart *commerce.Cart, discounts ...*commerce.Discount) *commerce.PricedCart {
	t.Helper()
	cart.Buyer.Country = "IN"
	facts := &commerce.CartFacts{Currency: "INR", Settings: aShop(commerce.TaxSettings{}), Now: noon, Discounts: map[string]*commerce.Discount{}, Used: map[commerce.DiscountID]bool{9: true}}
	facts.Sold = map[commerce.VariantID]*commerce.ProductVariant{}
	for id, price := range map[commerce.VariantID]int64{10: 40000, 20: 10000, 30: 5000} {
		facts.Sold[id] = &commerce.ProductVariant{StoreID: 1, ID: id, ProductID: commerce.ProductID(id / 10), PriceMinor: price, Currency: "INR", RequiresShipping: true}
	}
	for _, d := range discounts {
		facts.Discounts[commerce.DiscountKey(d.Code)] = d
	}
	priced, err := cart.Price(facts)
	require.NoError(t, err)
	return priced
}

// holding is a cart with codes and so many units of the variants 10, 20 and 30.
func holding(codes []string, quantities ...int) *commerce.Cart {
	c := emptyCart()
	c.DiscountCodes = codes
	for i, n := range quantities {
		if n > 0 {
			c.Lines = append(c.Lines, &commerce.CartLine{ID: int64(i + 1), Variant: commerce.VariantID(10 * (i + 1)), Quantity: n, Cart: c.Ref()})
		}
	}
	return c
}

// What a buyer hears of codes that they have given, each in words of its own, and of none that counts.
func TestWarningsOfGivenCodes(t *testing.T) {
	t.Parallel()
	ten := func(change func(*commerce.Discount)) *commerce.Discount {
		return with(percent(1, "TEN", 100_000), change)
	}
	for name, c := range map[string]struct {
		discount *commerce.Discount
		code     commerce.DiscountProblem
		says     string
	}{
		"counts":           {ten(func(*commerce.Discount) {}), "", ""},
		"not found":        {percent(1, "OTHER", 1), commerce.DiscountNotFound, `The store has no code "ten".`},
		"expired":          {ten(func(d *commerce.Discount) { d.EndsAt = new(noon) }), commerce.DiscountInactive, "not valid at this time"},
		"used up":          {ten(func(d *commerce.Discount) { d.UsageLimit = new(0) }), commerce.DiscountUsageLimitReached, "used up"},
		"used before":      {with(percent(9, "TEN", 100_000), func(d *commerce.Discount) { d.OncePerCustomer = true }), commerce.DiscountUsedByCustomer, "you have used it"},
		"for other things": {percent(1, "TEN", 100_000, 77), commerce.DiscountNoEntitledLines, "other things"},
		"too little": {
			ten(func(d *commerce.Discount) { d.Currency, d.MinimumSubtotalMinor = "INR", new(int64(40001)) }), commerce.DiscountPurchaseNotInRange, "counts from ₹400.01 on",
		},
		"too few":          {ten(func(d *commerce.Discount) { d.MinimumQuantity = new(2) }), commerce.DiscountQuantityNotInRange, "counts from 2 units on"},
		"too few for two":  {oneFree("TEN", 2), commerce.DiscountQuantityNotInRange, "gives 1 away for every 2"},
		"less than a unit": {percent(1, "TEN", 0), commerce.DiscountNotHonoured, "does not go together"},
	} {
		cart := holding([]string{"ten"}, 1)
		warnings := cart.CodeWarnings(nil, priceOf(t, cart, c.discount), true)
		if c.code == "" {
			require.Empty(t, warnings, name)
			continue
		}
		require.Len(t, warnings, 1, name)
		require.Equal(t, commerce.CartWarningCode(c.code), warnings[0].Code, name)
		require.True(t, warnings[0].Code.Valid(), name)
		require.Contains(t, warnings[0].Message, c.says, name)
		require.Equal(t, cart.NodeID(), warnings[0].Target, name)
	}
	cart := holding([]string{"first", "second", "SHIP"}, 1)
	cart.Delivery = "pickup-7"
	warnings := cart.CodeWarnings(nil, priceOf(t, cart, percent(1, "FIRST", 100_000), percent(2, "SECOND", 100_000), freeShipping(3, "ship")), true)
	require.Len(t, warnings, 2)
	require.Equal(t, []commerce.CartWarningCode{"DISCOUNT_CODE_NOT_HONOURED", "DISCOUNT_NO_ENTITLED_SHIPPING_LINES"}, []commerce.CartWarningCode{warnings[0].Code, warnings[1].Code})
}

// After any other change the buyer hears of what it has cost them, and of nothing that they know.
func TestWarningsOfCodesThatFallAway(t *testing.T) {
	t.Parallel()
	three := func() *commerce.Discount {
		return with(percent(1, "TEN", 100_000), func(d *commerce.Discount) { d.MinimumQuantity = new(3) })
	}
	codes := []string{"TEN"}
	for name, c := range map[string]struct {
		before, after *commerce.Cart
		discount      *commerce.Discount
		want          []commerce.CartWarningCode
	}{
		"still counts":       {holding(codes, 4), holding(codes, 3), three(), nil},
		"falls away":         {holding(codes, 3), holding(codes, 2), three(), []commerce.CartWarningCode{"DISCOUNT_QUANTITY_NOT_IN_RANGE"}},
		"did not count":      {holding(codes, 2), holding(codes, 1), three(), nil},
		"counts now":         {holding(codes, 2), holding(codes, 3), three(), nil},
		"nothing is left":    {holding(codes, 3), holding(codes), three(), []commerce.CartWarningCode{"DISCOUNT_NO_ENTITLED_LINE_ITEMS"}},
		"is taken away":      {holding(codes, 3), holding(nil, 1), three(), nil},
		"a gift that stays":  {holding(codes, 2, 1), holding(codes, 3, 1), oneFree("TEN", 2), nil},
		"a gift is gone":     {holding(codes, 2, 1), holding(codes, 1, 1), oneFree("TEN", 2), []commerce.CartWarningCode{"DISCOUNT_QUANTITY_NOT_IN_RANGE"}},
		"a gift given back":  {holding(codes, 3, 1), holding(codes, 3, 0), oneFree("TEN", 2), nil},
		"another line is it": {holding(codes, 2, 1), holding(codes, 2, 1, 1), oneFree("TEN", 2), []commerce.CartWarningCode{"DISCOUNT_QUANTITY_NOT_IN_RANGE"}},
	} {
		before, after := priceOf(t, c.before, c.discount), priceOf(t, c.after, c.discount)
		var got []commerce.CartWarningCode
		for _, w := range c.after.CodeWarnings(before, after, false) {
			got = append(got, w.Code)
			if name == "another line is it" {
				require.Equal(t, c.after.Lines[1].NodeID(), w.Target)
				require.Contains(t, w.Message, "not free any more")
			}
		}
		require.Equal(t, c.want, got, name)
	}
}

// A copy of a cart keeps what the cart was.
func TestCopiesOfCarts(t *testing.T) {
	t.Parallel()
	cart := holding([]string{"TEN"}, 1, 2)
	before := cart.Copy()
	_, err := commerce.CartChanges(
		updating(&commerce.CartLineUpdateInput{ID: cart.Lines[0].NodeID().String(), Quantity: new(3)}), commerce.SetCartDiscountCodes(nil, nil),
	).Apply(cart, map[commerce.VariantID]*commerce.ProductVariant{10: {StoreID: 1, ID: 10}})
	require.NoError(t, err)
	require.Equal(t, 3, cart.Lines[0].Quantity)
	require.Equal(t, holding([]string{"TEN"}, 1, 2), before)
}
