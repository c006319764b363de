package commerce_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func rate(handle string, price int64) commerce.DeliveryRate {
	return commerce.DeliveryRate{Handle: handle, Title: handle, PriceMinor: price}
}

// The ways to a buyer: those of the zone that is closest, and the locations.
func TestDeliveryOptions(t *testing.T) {
	t.Parallel()
	bands := rate("parcel", 0)
	bands.WeightBands = []commerce.WeightBand{{UpToGrams: 500, PriceMinor: 3000}, {UpToGrams: 5000, PriceMinor: 9000}}
	free := rate("standard", 4000)
	freeFrom := int64(50000)
	free.FreeFromMinor = &freeFrom
	s := commerce.DeliverySettings{
		Pickups: []commerce.PickupLocation{{StoreID: 1, Location: 7, Name: "Market Road", Description: "From 9 to 6"}},
		Zones: []commerce.DeliveryZone{
			{Name: "world", RestOfWorld: true, Rates: []commerce.DeliveryRate{rate("world", 90000)}},
			{Name: "India", Areas: []commerce.DeliveryArea{{Country: "IN"}, {Country: "NP", Provinces: []string{"P3"}}}, Rates: []commerce.DeliveryRate{free, bands}},
			{Name: "South", Areas: []commerce.DeliveryArea{{Country: "IN", Provinces: []string{"KL", "TN"}}}, Rates: []commerce.DeliveryRate{rate("south", 2000)}},
		},
	}
	for name, c := range map[string]struct {
		country  commerce.CountryCode
		province string
		units    int // of half a kilogram, at 100.00
		want     map[string]int64
	}{
		"a province with a zone":         {"IN", "KL", 1, map[string]int64{"shipping-south": 2000}},
		"in small letters":               {"in", " kl ", 1, map[string]int64{"shipping-south": 2000}},
		"a country, the lightest":        {"IN", "MH", 1, map[string]int64{"shipping-standard": 4000, "shipping-parcel": 3000}},
		"a country, no province":         {"IN", "", 1, map[string]int64{"shipping-standard": 4000, "shipping-parcel": 3000}},
		"one unit above a band":          {"IN", "MH", 2, map[string]int64{"shipping-standard": 4000, "shipping-parcel": 9000}},
		"free from an amount":            {"IN", "MH", 5, map[string]int64{"shipping-standard": 0, "shipping-parcel": 9000}},
		"too heavy for a rate":           {"IN", "MH", 11, map[string]int64{"shipping-standard": 0}},
		"a province of another country":  {"NP", "P3", 1, map[string]int64{"shipping-standard": 4000, "shipping-parcel": 3000}},
		"a province in no zone":          {"NP", "P1", 1, map[string]int64{"shipping-world": 90000}},
		"a province of the same letters": {"US", "KL", 1, map[string]int64{"shipping-world": 90000}},
		"nobody knows where":             {"", "KL", 1, map[string]int64{}},
		"an unknown country":             {"ZZ", "", 1, map[string]int64{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := inIndia([]commerce.BasketLine{units(10, c.units, 10000)})
			b.Country, b.Province = c.country, c.province
			q, err := b.Quote(&commerce.PriceSettings{Delivery: s})
			require.NoError(t, err)
			require.True(t, q.NeedsDelivery)
			found := map[string]int64{}
			for _, o := range q.Options[:len(q.Options)-1] {
				require.Equal(t, commerce.DeliveryShipping, o.Method)
				found[o.Handle] = o.Price
			}
			require.Equal(t, c.want, found)
			require.Equal(t, commerce.DeliveryOption{
				Handle: "pickup-7", Title: "Market Road", Description: "From 9 to 6", Method: commerce.DeliveryPickup, Location: 7,
			}, q.Options[len(q.Options)-1])
		})
	}
}

// What was chosen counts while it is offered; where there is no choice, it is made.
func TestDeliveryChosen(t *testing.T) {
	t.Parallel()
	shop := aShop(commerce.TaxSettings{})
	pickup := &commerce.PriceSettings{Delivery: commerce.DeliverySettings{Pickups: shop.Delivery.Pickups}}
	file := units(10, 1, 100)
	file.RequiresShipping = false
	for name, c := range map[string]struct {
		settings *commerce.PriceSettings
		country  commerce.CountryCode
		chosen   string
		lines    []commerce.BasketLine
		want     string
		needs    bool
	}{
		"one of two":                           {shop, "IN", "pickup-7", []commerce.BasketLine{units(10, 1, 1)}, "pickup-7", true},
		"none of two":                          {shop, "IN", "", []commerce.BasketLine{units(10, 1, 1)}, "", true},
		"what is no longer offered":            {shop, "IN", "shipping-express", []commerce.BasketLine{units(10, 1, 1)}, "", true},
		"what is not offered there":            {shop, "US", "shipping-standard", []commerce.BasketLine{units(10, 1, 1)}, "", true},
		"the only one":                         {shop, "US", "", []commerce.BasketLine{units(10, 1, 1)}, "pickup-7", true},
		"the only one until an address brings": {shop, "", "", []commerce.BasketLine{units(10, 1, 1)}, "", true},
		"the only one there will be":           {pickup, "", "", []commerce.BasketLine{units(10, 1, 1)}, "pickup-7", true},
		"nothing to send":                      {shop, "", "", []commerce.BasketLine{file}, "none", false},
		"nothing to send, once chosen":         {shop, "IN", "shipping-standard", []commerce.BasketLine{file}, "none", false},
		"something to send among others":       {shop, "IN", "shipping-standard", []commerce.BasketLine{file, units(20, 1, 1)}, "shipping-standard", true},
		"an empty basket":                      {shop, "IN", "", nil, "", false},
		"no way at all":                        {&commerce.PriceSettings{}, "IN", "", []commerce.BasketLine{units(10, 1, 1)}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := inIndia(c.lines)
			b.Country, b.Delivery = c.country, c.chosen
			q, err := b.Quote(c.settings)
			require.NoError(t, err)
			require.Equal(t, c.needs, q.NeedsDelivery)
			if c.want == "" {
				require.Nil(t, q.Delivery)
				require.Equal(t, q.Subtotal, q.Total)
				return
			}
			require.NotNil(t, q.Delivery)
			require.Equal(t, c.want, q.Delivery.Handle)
		})
	}
}
