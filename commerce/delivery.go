package commerce

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// DeliveryMethodType says how goods reach the buyer.
type DeliveryMethodType string

// The ways that there are: sent to an address, fetched from a location, or, for what is no thing, not at all.
const (
	DeliveryShipping DeliveryMethodType = "SHIPPING"
	DeliveryPickup   DeliveryMethodType = "PICK_UP"
	DeliveryNone     DeliveryMethodType = "NONE"
)

// DeliverySettings are how a store brings goods to its buyers.
type DeliverySettings struct {
	StoreID StoreID
	// Pickups are the open locations where buyers can fetch what they ordered, free of charge.
	Pickups []PickupLocation
	Zones   []DeliveryZone
	// Version counts the merchant's changes. It is 0 while nothing was set: then goods are fetched from the store's default location.
	Version   int
	UpdatedAt *time.Time
}

// Tenant is the store.
func (s *DeliverySettings) Tenant() StoreID { return s.StoreID }

// PickupLocation is a location where buyers can fetch what they ordered.
type PickupLocation struct {
	StoreID  StoreID
	Location LocationID
	// Name is the location's.
	Name string
	// Description tells buyers more, such as the hours. Empty without one.
	Description string
}

// Ref is the key of the location.
func (p PickupLocation) Ref() LocationRef { return LocationRef{p.StoreID, p.Location} }

// DeliveryZone is a part of the world with rates of its own.
type DeliveryZone struct {
	Name  string
	Areas []DeliveryArea
	// RestOfWorld says that the zone is also for wherever no zone is.
	RestOfWorld bool
	Rates       []DeliveryRate
}

// DeliveryArea is a country or, with provinces, these parts of it.
type DeliveryArea struct {
	Country   CountryCode
	Provinces []string
}

// DeliveryRate is one way of sending goods to a zone, and what it costs.
type DeliveryRate struct {
	Currency Currency
	// Handle names the rate within the store, and stays when the rate is called something else.
	Handle, Title, Description string
	// PriceMinor is the price of every basket, unless there are weight bands.
	PriceMinor int64
	// WeightBands are prices by weight, the lightest first. What is heavier than the last is not sent at this rate.
	WeightBands []WeightBand
	// FreeFromMinor is the subtotal, before discounts, from which on delivery is free. Nil when it never is.
	FreeFromMinor *int64
}

// Price is the price of every basket, nil when there are weight bands.
func (r *DeliveryRate) Price() *Money {
	if len(r.WeightBands) > 0 {
		return nil
	}
	return &Money{r.PriceMinor, r.Currency}
}

// FreeFrom is the subtotal from which on delivery is free, nil when it never is.
func (r *DeliveryRate) FreeFrom() *Money { return optionalMoney(r.FreeFromMinor, r.Currency) }

func optionalMoney(minor *int64, c Currency) *Money {
	if minor == nil {
		return nil
	}
	return &Money{*minor, c}
}

// WeightBand is the price of what is no heavier than a weight.
type WeightBand struct {
	Currency   Currency
	UpToGrams  int
	PriceMinor int64
}

// Price is the band's price.
func (b *WeightBand) Price() Money { return Money{b.PriceMinor, b.Currency} }

// DeliveryOption is what a buyer can choose. Amounts are in minor units of the store's currency.
type DeliveryOption struct {
	// Handle names the option within the store: it stays the same while the store offers it.
	Handle, Title, Description string
	Method                     DeliveryMethodType
	// Location is where to fetch the goods, 0 unless that is the method.
	Location LocationID
	// Price is what delivery costs, Discount what a discount takes off it.
	Price, Discount int64
}

const (
	handleNone     = "none"
	handlePickup   = "pickup-"
	handleShipping = "shipping-"
)

// options are the ways in which a basket of this subtotal and weight can reach its buyer at a place.
func (s *DeliverySettings) options(to place, subtotal, milligrams int64) []DeliveryOption {
	options := make([]DeliveryOption, 0, len(s.Pickups)+1)
	if zone := s.zone(to); zone != nil {
		for _, r := range zone.Rates {
			if price, ok := r.price(subtotal, milligrams); ok {
				options = append(options, DeliveryOption{
					Handle: handleShipping + r.Handle, Title: r.Title, Description: r.Description, Method: DeliveryShipping, Price: price,
				})
			}
		}
	}
	for _, p := range s.Pickups {
		options = append(options, DeliveryOption{
			Handle: handlePickup + strconv.FormatInt(int64(p.Location), 10), Title: p.Name, Description: p.Description,
			Method: DeliveryPickup, Location: p.Location,
		})
	}
	return options
}

// zone is the zone of a place, nil without one: one with its province before one with its country, before the rest of the world.
func (s *DeliverySettings) zone(of place) *DeliveryZone {
	if of.country == "" {
		return nil
	}
	var found *DeliveryZone
	closest := farAway
	for i := range s.Zones {
		if d := s.Zones[i].distance(of); d < closest {
			found, closest = &s.Zones[i], d
		}
	}
	return found
}

func (z *DeliveryZone) distance(of place) int {
	closest := farAway
	if z.RestOfWorld {
		closest = restOfWorld
	}
	for _, a := range z.Areas {
		if len(a.Provinces) == 0 {
			closest = min(closest, of.distance(a.Country, ""))
		}
		for _, p := range a.Provinces {
			closest = min(closest, of.distance(a.Country, p))
		}
	}
	return closest
}

// price is what the rate asks of a basket, and whether it is for one so heavy.
func (r *DeliveryRate) price(subtotal, milligrams int64) (int64, bool) {
	price, ok := r.PriceMinor, true
	if len(r.WeightBands) > 0 {
		i := slices.IndexFunc(r.WeightBands, func(b WeightBand) bool { return milligrams <= int64(b.UpToGrams)*milligramsPerGram })
		if ok = i >= 0; ok {
			price = r.WeightBands[i].PriceMinor
		}
	}
	if r.FreeFromMinor != nil && subtotal >= *r.FreeFromMinor {
		price = 0
	}
	return price, ok
}

// place is where something goes or comes from: a country and, perhaps, a province of it.
type place struct {
	country  CountryCode
	province string
}

// newPlace is a place as it is compared: nowhere when the country is not known.
func newPlace(country CountryCode, province string) place {
	country = CountryCode(strings.ToUpper(string(country)))
	if country == "" || country == CountryUnknown {
		return place{}
	}
	return place{country, ProvinceCode(province)}
}

// ProvinceCode is a province's code as it is compared.
func ProvinceCode(text string) string { return strings.ToUpper(strings.TrimSpace(text)) }

// How far a rule is from a place.
const (
	sameProvince = iota
	sameCountry
	restOfWorld
	farAway
)

// distance is how far from the place a rule for a country, or for a province of one, is.
func (p place) distance(country CountryCode, province string) int {
	switch {
	case country != p.country:
		return farAway
	case province == "":
		return sameCountry
	case province == p.province:
		return sameProvince
	}
	return farAway
}

// chosen finds the option that a buyer chose. Who chose none has chosen all the same when there is only one, and no address could bring
// another.
func (b *Basket) chosen(options []DeliveryOption, s *DeliverySettings) *DeliveryOption {
	final := b.destination() != (place{}) || len(s.Zones) == 0
	if len(options) == 1 && (b.Delivery == "" && final || options[0].Method == DeliveryNone) {
		return &options[0]
	}
	i := slices.IndexFunc(options, func(o DeliveryOption) bool { return o.Handle == b.Delivery })
	if i < 0 {
		return nil
	}
	return &options[i]
}
