package commerce_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// A line of so many units at a price, taxed and sent.
func units(variant commerce.VariantID, quantity int, price int64) commerce.BasketLine {
	return commerce.BasketLine{
		Product: commerce.ProductID(variant / 10), Variant: variant, Quantity: quantity, UnitPrice: price, Milligrams: 500_000, Taxable: true, RequiresShipping: true,
	}
}

// inIndia is a basket that goes to Kerala, with codes for discounts.
func inIndia(lines []commerce.BasketLine, discounts ...*commerce.Discount) *commerce.Basket {
	b := &commerce.Basket{
		Currency: "INR", Lines: lines, Country: "IN", Province: "KL", Delivery: "shipping-standard", Now: noon,
		Discounts: map[string]*commerce.Discount{},
	}
	for _, d := range discounts {
		b.Codes = append(b.Codes, d.Code)
		b.Discounts[commerce.DiscountKey(d.Code)] = d
	}
	return b
}

// aShop sends within India and fetches at one location.
func aShop(tax commerce.TaxSettings) *commerce.PriceSettings {
	return &commerce.PriceSettings{
		Tax: tax,
		Delivery: commerce.DeliverySettings{
			Pickups: []commerce.PickupLocation{{StoreID: 1, Location: 7, Name: "Market Road"}},
			Zones: []commerce.DeliveryZone{{
				Name: "India", Areas: []commerce.DeliveryArea{{Country: "IN"}},
				Rates: []commerce.DeliveryRate{{Handle: "standard", Title: "Standard", PriceMinor: 4000}},
			}},
		},
	}
}

var gst = commerce.TaxRate{Country: "IN", Title: "GST", Rate: 180_000}

func percent(id commerce.DiscountID, code string, rate commerce.Rate, products ...commerce.ProductID) *commerce.Discount {
	return &commerce.Discount{ID: id, Code: code, Type: commerce.DiscountPercentage, Rate: rate, Items: commerce.DiscountItems{Products: products}}
}

func amountOff(id commerce.DiscountID, code string, amount int64) *commerce.Discount {
	return &commerce.Discount{ID: id, Code: code, Type: commerce.DiscountFixedAmount, AmountMinor: amount}
}

func freeShipping(id commerce.DiscountID, code string) *commerce.Discount {
	return &commerce.Discount{ID: id, Code: code, Type: commerce.DiscountFreeShipping}
}

// oneFree gives one unit away for so many that are bought.
func oneFree(code string, buy int) *commerce.Discount {
	return &commerce.Discount{ID: 1, Code: code, Type: commerce.DiscountBuyXGetY, Rate: commerce.RateOne, BuysQuantity: buy, GetsQuantity: 1}
}

// combining lets a discount be in one order with any other.
func combining(d *commerce.Discount) *commerce.Discount {
	d.CombinesWith = commerce.DiscountCombination{ProductDiscounts: true, OrderDiscounts: true, ShippingDiscounts: true}
	return d
}

// quoted is what counts of a quote in a table.
type quoted struct {
	Subtotal, Discount, Tax, Total int64
	// Lines are the lines' discounts, taxes and totals.
	Lines [][3]int64
}

func summary(q *commerce.Quote) quoted {
	s := quoted{q.Subtotal, q.Discount, q.Tax, q.Total, nil}
	for _, l := range q.Lines {
		s.Lines = append(s.Lines, [3]int64{l.Discount, l.Tax, l.Total})
	}
	return s
}

// Cases computed by hand; those of docs/pricing.md are among them.
func TestQuote(t *testing.T) {
	t.Parallel()
	rice := units(10, 2, 42000)
	rice.TaxRates = []commerce.TaxRate{{Country: "IN", Title: "GST", Rate: 50_000}}
	tea := units(20, 1, 9999)
	book := units(30, 1, 25000)
	book.Taxable = false
	yen := func(lines ...commerce.BasketLine) *commerce.Basket {
		return &commerce.Basket{Currency: "JPY", Lines: lines, Country: "JP", Now: noon, Delivery: "pickup-7"}
	}
	included := commerce.TaxSettings{PricesIncludeTax: true, Country: "IN", Rates: []commerce.TaxRate{gst}}
	added := commerce.TaxSettings{Country: "IN", Rates: []commerce.TaxRate{gst}}
	taxedDelivery, taxedOnTop := included, added
	taxedDelivery.TaxDelivery, taxedOnTop.TaxDelivery = true, true
	consumption := commerce.TaxSettings{Country: "JP", Rates: []commerce.TaxRate{{Country: "JP", Title: "Consumption tax", Rate: 100_000}}}
	kuwait := inIndia([]commerce.BasketLine{units(10, 1, 1005)}, percent(1, "SPRING", 25_000))
	kuwait.Currency, kuwait.Country, kuwait.Delivery = "KWD", "KW", "pickup-7"
	vat := commerce.TaxSettings{Country: "KW", Rates: []commerce.TaxRate{{Country: "KW", Title: "VAT", Rate: 50_000}}}
	for name, c := range map[string]struct {
		basket *commerce.Basket
		tax    commerce.TaxSettings
		want   quoted
	}{
		"nothing":     {inIndia(nil), included, quoted{}},
		"no tax":      {inIndia([]commerce.BasketLine{tea}), commerce.TaxSettings{}, quoted{9999, 0, 0, 13999, [][3]int64{{0, 0, 9999}}}},
		"not taxable": {inIndia([]commerce.BasketLine{book}), added, quoted{25000, 0, 0, 29000, [][3]int64{{0, 0, 25000}}}},
		// 10 % of 939.99 is 93.999, so 94.00: 84.00 and a ninth of a paisa to rice, 9.99 and nine tenths to tea. 5 % within 756.00 is 36.00,
		// 18 % within 89.99 is 13.727.
		"rupees, included, own rate, percentage": {
			inIndia([]commerce.BasketLine{rice, tea}, percent(1, "TEN", 100_000)), included,
			quoted{93999, 9400, 4973, 88599, [][3]int64{{8400, 3600, 75600}, {1000, 1373, 8999}}},
		},
		// 18 % of 99.99 is 17.998; of delivery 7.20.
		"rupees, added, delivery taxed": {
			inIndia([]commerce.BasketLine{tea}), taxedOnTop, quoted{9999, 0, 2520, 16519, [][3]int64{{0, 1800, 11799}}},
		},
		// 18 % within 40.00 is 6.10.
		"rupees, included, delivery taxed": {
			inIndia([]commerce.BasketLine{tea}), taxedDelivery, quoted{9999, 0, 2135, 13999, [][3]int64{{0, 1525, 9999}}},
		},
		"rupees, delivery is free and has no tax": {
			inIndia([]commerce.BasketLine{tea}, freeShipping(1, "SHIP")), taxedOnTop, quoted{9999, 4000, 1800, 11799, [][3]int64{{0, 1800, 11799}}},
		},
		// 10 % of 999 is 99.9, of 105 is 10.5. Of both together it would be 110.4.
		"yen, rounded by line": {yen(units(10, 3, 333), units(20, 1, 105)), consumption, quoted{1104, 0, 111, 1215, [][3]int64{{0, 100, 1099}, {0, 11, 116}}}},
		// 2.5 % of 1.005 is 0.025125; 5 % of 0.980 is 0.049.
		"dinars": {kuwait, vat, quoted{1005, 25, 49, 1029, [][3]int64{{25, 49, 1029}}}},
		"an amount above the price": {
			inIndia([]commerce.BasketLine{tea}, amountOff(1, "FIFTY", 500000)), added, quoted{9999, 9999, 0, 4000, [][3]int64{{9999, 0, 0}}},
		},
		// A third of 1.00 each; the paisa left over goes to the first variant.
		"an amount over equal lines": {
			inIndia([]commerce.BasketLine{units(30, 1, 1000), units(10, 1, 1000), units(20, 1, 1000)}, amountOff(1, "ONE", 100)),
			commerce.TaxSettings{},
			quoted{3000, 100, 0, 6900, [][3]int64{{33, 0, 967}, {34, 0, 966}, {33, 0, 967}}},
		},
		// 20 % of tea, 99.99, is 20.00. 50.00 off the 79.99 and 840.00 that are left is 4.35 and 45.65. Delivery is free.
		"a product's, the order's and delivery's": {
			inIndia([]commerce.BasketLine{units(10, 2, 42000), tea}, combining(freeShipping(1, "SHIP")), combining(amountOff(2, "FIFTY", 5000)), combining(percent(3, "TEA", 200_000, 2))),
			commerce.TaxSettings{},
			quoted{93999, 11000, 0, 86999, [][3]int64{{4565, 0, 79435}, {2435, 0, 7564}}},
		},
		// Buy two, get one: of five units the cheapest one.
		"the cheapest is given away": {
			inIndia([]commerce.BasketLine{units(10, 2, 5000), units(20, 3, 3000)}, oneFree("THREE", 2)),
			commerce.TaxSettings{},
			quoted{19000, 3000, 0, 20000, [][3]int64{{0, 0, 10000}, {3000, 0, 6000}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := aShop(c.tax)
			if len(c.basket.Lines) == 0 {
				c.basket.Delivery = ""
			}
			q, err := c.basket.Quote(s)
			require.NoError(t, err)
			require.Equal(t, c.want, summary(q))
		})
	}
}

// The order's taxes by name and rate, dearest rate first: what an invoice shows.
func TestQuoteTaxes(t *testing.T) {
	t.Parallel()
	reduced := units(10, 1, 10500)
	reduced.TaxRates = []commerce.TaxRate{{Country: "IN", Title: "GST", Rate: 50_000}, {Country: "IN", Province: "TN", Title: "GST", Rate: 10_000}}
	zero := units(20, 1, 10000)
	zero.TaxRates = []commerce.TaxRate{{Country: "IN", Title: "GST"}}
	s := aShop(commerce.TaxSettings{
		PricesIncludeTax: true, TaxDelivery: true, Country: "IN", Province: "KL",
		Rates: []commerce.TaxRate{gst, {Country: "IN", Province: "KL", Title: "GST and cess", Rate: 190_000}},
	})
	lines := []commerce.BasketLine{reduced, zero, units(30, 2, 5950), units(31, 1, 11900)}
	for name, c := range map[string]struct {
		country  commerce.CountryCode
		province string
		delivery string
		want     []commerce.QuoteTax
	}{
		"its province":            {"IN", "kl ", "shipping-standard", []commerce.QuoteTax{{"GST and cess", 190_000, 1900 + 1900 + 639}, {"GST", 50_000, 500}}},
		"its country":             {"IN", "MH", "shipping-standard", []commerce.QuoteTax{{"GST", 180_000, 1815 + 1815 + 610}, {"GST", 50_000, 500}}},
		"a product's in a part":   {"in", "TN", "shipping-standard", []commerce.QuoteTax{{"GST", 180_000, 1815 + 1815 + 610}, {"GST", 10_000, 104}}},
		"abroad":                  {"US", "NY", "", nil},
		"fetched":                 {"IN", "MH", "pickup-7", []commerce.QuoteTax{{"GST and cess", 190_000, 1900 + 1900}, {"GST", 50_000, 500}}},
		"nobody knows where":      {"", "", "", []commerce.QuoteTax{{"GST and cess", 190_000, 1900 + 1900}, {"GST", 50_000, 500}}},
		"fetched by one from far": {"US", "NY", "pickup-7", []commerce.QuoteTax{{"GST and cess", 190_000, 1900 + 1900}, {"GST", 50_000, 500}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := inIndia(lines)
			b.Country, b.Province, b.Delivery = c.country, c.province, c.delivery
			if name == "abroad" {
				b.Delivery = "gone"
			}
			q, err := b.Quote(s)
			require.NoError(t, err)
			require.Equal(t, c.want, q.Taxes)
		})
	}
}

// What is too much to be counted is refused, and never a number.
func TestQuoteOfTooMuch(t *testing.T) {
	t.Parallel()
	added := aShop(commerce.TaxSettings{Country: "IN", Rates: []commerce.TaxRate{gst}})
	heavy := units(10, 1_000_000_000, 0)
	heavy.Milligrams = 1_000_001
	half := units(10, 600_000_000, 0)
	half.Milligrams = 1_000_000
	for name, c := range map[string]struct {
		lines []commerce.BasketLine
		fails bool
	}{
		"a billion units":                        {[]commerce.BasketLine{units(10, 1_000_000_000, math.MaxInt64)}, true},
		"a price near the end":                   {[]commerce.BasketLine{units(10, 1, math.MaxInt64)}, true},
		"a product that wraps around to little":  {[]commerce.BasketLine{units(10, 4, math.MaxInt64/2+1)}, true},
		"lines that are too much together":       {[]commerce.BasketLine{units(10, 1, mostMinor), units(20, 1, 1)}, true},
		"the tax is what makes it too much":      {[]commerce.BasketLine{units(10, 1, mostMinor)}, true},
		"the most with its tax":                  {[]commerce.BasketLine{units(10, 1, 847_457_627_115_254)}, false},
		"a billion units that weigh a great lot": {[]commerce.BasketLine{heavy}, true},
		"lines that weigh a great lot together":  {[]commerce.BasketLine{half, half}, true},
		"a billion cheap units":                  {[]commerce.BasketLine{{Variant: 1, Quantity: 1_000_000_000, UnitPrice: 100}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, err := inIndia(c.lines).Quote(added)
			if !c.fails {
				require.NoError(t, err)
				require.LessOrEqual(t, q.Total, int64(mostMinor))
				return
			}
			require.ErrorIs(t, err, commerce.ErrBasketTooLarge)
		})
	}
	_, err := inIndia([]commerce.BasketLine{units(10, 1, mostMinor), units(20, 1, 1)}, percent(1, "ALL", commerce.RateOne)).Quote(added)
	require.ErrorIs(t, err, commerce.ErrBasketTooLarge, "also where a discount takes all of it off")
	for _, l := range []commerce.BasketLine{units(1, 0, 1), units(1, -1, 1), units(1, 1, -1), {Variant: 1, Quantity: 1, Milligrams: -1}} {
		_, err := inIndia([]commerce.BasketLine{l}).Quote(added)
		require.Error(t, err)
		require.Equal(t, commerce.CodeInternal, commerce.CodeOf(err), "this is a mistake of whoever asks, not of a buyer")
	}
}

// A line takes of a variant what its price depends on; weights are whole milligrams.
func TestNewBasketLine(t *testing.T) {
	t.Parallel()
	v := &commerce.ProductVariant{StoreID: 1, ProductID: 2, ID: 3, PriceMinor: 500, Taxable: true, RequiresShipping: true}
	for grams, want := range map[float64]int64{
		0: 0, 250: 250_000, 0.0004: 0, 0.0006: 1, 453.59237: 453_592, -5: 0, math.Inf(1): mostMinor, math.MaxFloat64: mostMinor, math.NaN(): 0,
	} {
		v.WeightGrams = grams
		require.Equal(t, commerce.BasketLine{
			Product: 2, Variant: 3, Quantity: 7, UnitPrice: 500, Milligrams: want, Taxable: true, RequiresShipping: true,
		}, commerce.NewBasketLine(v, 7), "%g", grams)
	}
}

// A cart of 500 lines with three codes.
func BenchmarkQuote(b *testing.B) {
	lines := make([]commerce.BasketLine, 500)
	for i := range lines {
		lines[i] = units(commerce.VariantID(10*i+10), i%5+1, int64(1000+i))
	}
	basket := inIndia(lines, combining(percent(1, "SOME", 100_000, 1, 2, 3)), combining(percent(2, "ALL", 50_000)), combining(freeShipping(3, "SHIP")))
	s := aShop(commerce.TaxSettings{PricesIncludeTax: true, Country: "IN", Rates: []commerce.TaxRate{gst}})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := basket.Quote(s); err != nil {
			b.Fatal(err)
		}
	}
}
