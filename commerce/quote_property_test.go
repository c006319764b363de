package commerce_test

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// drawSettings are a store's settings, with a way to send things nearly everywhere.
func drawSettings(t *rapid.T) *commerce.PriceSettings {
	rates := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) commerce.TaxRate {
		return commerce.TaxRate{
			Country: rapid.SampledFrom([]commerce.CountryCode{"IN", "US"}).Draw(t, "country"), Province: rapid.SampledFrom([]string{"", "KL"}).Draw(t, "province"),
			Title: rapid.SampledFrom([]string{"GST", "VAT"}).Draw(t, "title"), Rate: commerce.Rate(rapid.Int64Range(0, int64(commerce.MaxTaxRate)).Draw(t, "rate")),
		}
	}), 0, 4).Draw(t, "rates")
	rate := commerce.DeliveryRate{Handle: "standard", Title: "Standard", PriceMinor: rapid.Int64Range(0, 10_000).Draw(t, "delivery")}
	if rapid.Bool().Draw(t, "sometimes free") {
		rate.FreeFromMinor = new(rapid.Int64Range(0, 100_000).Draw(t, "free from"))
	}
	return &commerce.PriceSettings{
		Tax: commerce.TaxSettings{
			PricesIncludeTax: rapid.Bool().Draw(t, "included"), TaxDelivery: rapid.Bool().Draw(t, "delivery is taxed"), Country: "IN", Rates: rates,
		},
		Delivery: commerce.DeliverySettings{
			Pickups: []commerce.PickupLocation{{StoreID: 1, Location: 7, Name: "Market Road"}},
			Zones:   []commerce.DeliveryZone{{Areas: []commerce.DeliveryArea{{Country: "IN"}}, Rates: []commerce.DeliveryRate{rate}}},
		},
	}
}

// drawLines are lines of a small catalogue: the variant decides the rest, as in a store.
func drawLines(t *rapid.T) []commerce.BasketLine {
	catalogue := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) commerce.BasketLine {
		l := commerce.BasketLine{
			UnitPrice:  rapid.OneOf(rapid.Int64Range(0, 200), rapid.Int64Range(0, 100_000_000)).Draw(t, "price"),
			Milligrams: rapid.Int64Range(0, 5_000_000).Draw(t, "weight"), Taxable: rapid.Bool().Draw(t, "taxable"),
			RequiresShipping: rapid.Bool().Draw(t, "sent"), Collections: []commerce.CollectionID{commerce.CollectionID(rapid.IntRange(1, 3).Draw(t, "collection"))},
		}
		if rapid.Bool().Draw(t, "own rate") {
			l.TaxRates = []commerce.TaxRate{{Country: "IN", Title: "GST", Rate: commerce.Rate(rapid.Int64Range(0, 400_000).Draw(t, "own"))}}
		}
		return l
	}), 1, 5).Draw(t, "catalogue")
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) commerce.BasketLine {
		i := rapid.IntRange(0, len(catalogue)-1).Draw(t, "variant")
		l := catalogue[i]
		l.Variant, l.Product = commerce.VariantID(i+1), commerce.ProductID(i/2+1)
		l.Quantity = rapid.OneOf(rapid.IntRange(1, 6), rapid.IntRange(1, 50_000)).Draw(t, "quantity")
		return l
	}), 1, 6).Draw(t, "lines")
}

func drawItems(t *rapid.T) commerce.DiscountItems {
	switch rapid.IntRange(0, 2).Draw(t, "items") {
	case 0:
		return commerce.DiscountItems{Products: []commerce.ProductID{commerce.ProductID(rapid.IntRange(1, 3).Draw(t, "product"))}}
	case 1:
		return commerce.DiscountItems{Collections: []commerce.CollectionID{commerce.CollectionID(rapid.IntRange(1, 3).Draw(t, "of"))}}
	}
	return commerce.DiscountItems{}
}

func drawDiscount(id int) *rapid.Generator[*commerce.Discount] {
	return rapid.Custom(func(t *rapid.T) *commerce.Discount {
		d := &commerce.Discount{
			ID: commerce.DiscountID(id), Code: fmt.Sprintf("Code%d", id), Items: drawItems(t),
			Type: rapid.SampledFrom([]commerce.DiscountType{
				commerce.DiscountPercentage, commerce.DiscountFixedAmount, commerce.DiscountFreeShipping, commerce.DiscountBuyXGetY,
			}).Draw(t, "type"),
			Rate:        commerce.Rate(rapid.Int64Range(1, int64(commerce.RateOne)).Draw(t, "rate")),
			AmountMinor: rapid.Int64Range(1, 100_000).Draw(t, "amount"), Buys: drawItems(t),
			BuysQuantity: rapid.IntRange(1, 4).Draw(t, "buys"), GetsQuantity: rapid.IntRange(1, 3).Draw(t, "gets"),
			CombinesWith: commerce.DiscountCombination{
				ProductDiscounts: rapid.Bool().Draw(t, "products"), OrderDiscounts: rapid.Bool().Draw(t, "orders"), ShippingDiscounts: rapid.Bool().Draw(t, "shipping"),
			},
		}
		if d.Type == commerce.DiscountFreeShipping {
			d.Items = commerce.DiscountItems{}
		}
		if rapid.Bool().Draw(t, "minimum") {
			d.MinimumSubtotalMinor = new(rapid.Int64Range(0, 100_000).Draw(t, "subtotal"))
		}
		return d
	})
}

func drawBasket(t *rapid.T) *commerce.Basket {
	discounts := make([]*commerce.Discount, rapid.IntRange(0, 4).Draw(t, "discounts"))
	for i := range discounts {
		discounts[i] = drawDiscount(i+1).Draw(t, "discount")
	}
	b := inIndia(drawLines(t), discounts...)
	b.Country = rapid.SampledFrom([]commerce.CountryCode{"", "IN", "US"}).Draw(t, "to")
	b.Delivery = rapid.SampledFrom([]string{"", "pickup-7", "shipping-standard"}).Draw(t, "chosen")
	return b
}

// checkAdds holds a quote against what it says of itself: everything adds up and nothing is below zero.
func checkAdds(t require.TestingT, b *commerce.Basket, q *commerce.Quote) {
	delivery, added := int64(0), q.Tax
	if q.Delivery != nil {
		delivery = q.Delivery.Price
	}
	if q.TaxIncluded {
		added = 0
	}
	require.Equal(t, q.Subtotal-q.Discount+delivery+added, q.Total)
	lines, tax, byCode := q.DeliveryTotal, q.DeliveryTax, map[commerce.DiscountID]int64{}
	for i, l := range q.Lines {
		require.Equal(t, b.Lines[i].UnitPrice*int64(b.Lines[i].Quantity), l.Subtotal)
		lines, tax = lines+l.Total, tax+l.Tax
		var off int64
		for _, a := range l.Allocations {
			require.Positive(t, a.Amount)
			off += a.Amount
			byCode[a.Discount.ID] += a.Amount
		}
		require.Equal(t, off, l.Discount)
		require.LessOrEqual(t, l.Discount, l.Subtotal)
		require.GreaterOrEqual(t, l.Tax, int64(0))
		if q.TaxIncluded {
			require.LessOrEqual(t, l.Tax, l.Subtotal-l.Discount, "the tax within a price is no more than the price")
		}
	}
	require.Equal(t, q.Total, lines, "the lines and delivery are the total")
	require.Equal(t, q.Tax, tax)
	for _, by := range q.Taxes {
		tax -= by.Amount
	}
	require.Zero(t, tax)
	checkCodes(t, q, byCode)
}

func checkCodes(t require.TestingT, q *commerce.Quote, byCode map[commerce.DiscountID]int64) {
	var off int64
	for _, c := range q.Codes {
		off += c.Amount
		require.GreaterOrEqual(t, c.Amount, int64(0))
		switch {
		case !c.Applies():
			require.Zero(t, c.Amount)
		case c.Discount.Type == commerce.DiscountFreeShipping:
			require.Zero(t, byCode[c.Discount.ID])
		case c.Discount.Type == commerce.DiscountFixedAmount:
			require.LessOrEqual(t, c.Amount, c.Discount.AmountMinor)
			fallthrough
		default:
			require.Equal(t, byCode[c.Discount.ID], c.Amount, "the allocations of a discount are the discount")
		}
	}
	require.Equal(t, q.Discount, off)
}

func TestQuoteAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := drawBasket(t)
		q, err := b.Quote(drawSettings(t))
		require.NoError(t, err)
		checkAdds(t, b, q)
	})
}

// How the buyer sorts the basket decides nothing: totals stay, and every line costs what it did.
func TestQuoteOrderOfLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, s := drawBasket(t), drawSettings(t)
		one, err := b.Quote(s)
		require.NoError(t, err)
		places := make([]int, len(b.Lines))
		for i := range places {
			places[i] = i
		}
		places = rapid.Permutation(places).Draw(t, "places")
		sorted := *b
		sorted.Lines = make([]commerce.BasketLine, len(b.Lines))
		for to, from := range places {
			sorted.Lines[to] = b.Lines[from]
		}
		other, err := sorted.Quote(s)
		require.NoError(t, err)
		type cost struct {
			variant         commerce.VariantID
			quantity        int
			discount, total int64
		}
		costs := func(b *commerce.Basket, q *commerce.Quote) []cost {
			all := make([]cost, len(q.Lines))
			for i, l := range q.Lines {
				all[i] = cost{b.Lines[i].Variant, b.Lines[i].Quantity, l.Discount, l.Total}
			}
			return all
		}
		require.ElementsMatch(t, costs(b, one), costs(&sorted, other))
		one.Lines, other.Lines = nil, nil
		require.Equal(t, one, other)
	})
}

// One more code never makes a basket dearer. Where tax is added, a remainder may go to a line of another rate; it is a minor unit for a line.
func TestQuoteOneMoreCode(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, s := drawBasket(t), drawSettings(t)
		without, err := b.Quote(s)
		require.NoError(t, err)
		d := drawDiscount(9).Draw(t, "one more")
		b.Codes = append(slices.Clone(b.Codes), d.Code)
		b.Discounts[commerce.DiscountKey(d.Code)] = d
		with, err := b.Quote(s)
		require.NoError(t, err)
		added := int64(0)
		if !with.TaxIncluded {
			added = int64(len(b.Lines)) * int64(commerce.MaxTaxRate/commerce.RateOne)
		}
		require.LessOrEqual(t, with.Total, without.Total+added)
		require.GreaterOrEqual(t, with.Discount, without.Discount)
	})
}

// rounded is a number rounded half up, worked out with fractions.
func rounded(r *big.Rat) int64 {
	r = new(big.Rat).Add(r, big.NewRat(1, 2))
	return new(big.Int).Div(r.Num(), r.Denom()).Int64()
}

// A single percentage and a single rate of tax, worked out with fractions.
func TestQuoteOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := drawLines(t)
		for i := range lines {
			lines[i].TaxRates = nil
		}
		off := rapid.Int64Range(0, int64(commerce.RateOne)).Draw(t, "off")
		rate := rapid.Int64Range(0, int64(commerce.MaxTaxRate)).Draw(t, "tax")
		included := rapid.Bool().Draw(t, "included")
		s := aShop(commerce.TaxSettings{PricesIncludeTax: included, Rates: []commerce.TaxRate{{Country: "IN", Rate: commerce.Rate(rate)}}})
		q, err := inIndia(lines, percent(1, "OFF", commerce.Rate(off))).Quote(s)
		require.NoError(t, err)
		var subtotal, discount int64
		for i, l := range q.Lines {
			subtotal += lines[i].UnitPrice * int64(lines[i].Quantity)
			discount += l.Discount
		}
		require.Equal(t, rounded(big.NewRat(subtotal, 1_000_000).Mul(big.NewRat(subtotal, 1_000_000), big.NewRat(off, 1))), discount)
		for i, l := range q.Lines {
			exact := new(big.Rat)
			if subtotal > 0 {
				exact.Mul(big.NewRat(discount, subtotal), big.NewRat(l.Subtotal, 1))
			}
			distance := new(big.Rat).Sub(exact, big.NewRat(l.Discount, 1))
			require.Negative(t, distance.Abs(distance).Cmp(big.NewRat(1, 1)), "a line's part is less than a minor unit from its share")
			whole := int64(1_000_000)
			if included {
				whole += rate
			}
			want := rounded(new(big.Rat).Mul(big.NewRat(l.Subtotal-l.Discount, 1), big.NewRat(rate, whole)))
			if !lines[i].Taxable {
				want = 0
			}
			require.Equal(t, want, l.Tax)
		}
	})
}

// Units that are given away, against trying every way to give some away.
func TestQuoteGiveawaysOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := drawLines(t)
		for i := range lines {
			lines[i].Quantity = rapid.IntRange(1, 3).Draw(t, "few")
		}
		d := drawDiscount(1).Draw(t, "discount")
		d.Type, d.Rate = commerce.DiscountBuyXGetY, commerce.RateOne
		q, err := inIndia(lines, d).Quote(aShop(commerce.TaxSettings{}))
		require.NoError(t, err)
		require.Equal(t, mostSetsCheapest(d, lines), q.Discount)
	})
}

// mostSetsCheapest looks at units one by one: each is given away, counts as bought, or is left out. Of the ways with the most sets
// it finds the least that can be given away.
func mostSetsCheapest(d *commerce.Discount, lines []commerce.BasketLine) int64 {
	in := func(items commerce.DiscountItems, l commerce.BasketLine) bool {
		return items.All() || slices.Contains(items.Products, l.Product) || len(items.Collections) > 0 && items.Collections[0] == l.Collections[0]
	}
	type counts struct{ bought, given int }
	least := map[counts]int64{{}: 0}
	for _, l := range lines {
		for range l.Quantity {
			next := map[counts]int64{}
			note := func(c counts, value int64) {
				if old, ok := next[c]; !ok || value < old {
					next[c] = value
				}
			}
			for c, value := range least {
				note(c, value)
				if in(d.Buys, l) && l.UnitPrice > 0 {
					note(counts{c.bought + 1, c.given}, value)
				}
				if in(d.Items, l) && l.UnitPrice > 0 {
					note(counts{c.bought, c.given + 1}, value+l.UnitPrice)
				}
			}
			least = next
		}
	}
	for sets := 20; sets > 0; sets-- {
		if value, ok := least[counts{sets * d.BuysQuantity, sets * d.GetsQuantity}]; ok {
			return value
		}
	}
	return 0
}
