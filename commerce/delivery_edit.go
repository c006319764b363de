package commerce

import (
	"context"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Limits of a store's delivery settings.
const (
	MaxDeliveryZones    = 100
	MaxDeliveryRates    = 100 // of a zone
	MaxDeliveryAreas    = 250 // of a zone: more than there are countries
	MaxDeliveryProvince = 100 // of a country in a zone
	MaxWeightBands      = 50  // of a rate
	maxDeliveryText     = 255
)

// DeliverySettingsSetInput is what a store's delivery settings are to be, all of them.
type DeliverySettingsSetInput struct {
	// ExpectedVersion is what the merchant has seen; nil for whatever it is.
	ExpectedVersion *int
	Pickups         []*PickupLocationInput
	Zones           []*DeliveryZoneInput
}

// PickupLocationInput is a location where buyers can fetch what they ordered.
type PickupLocationInput struct {
	LocationID  string
	Description *string
}

// DeliveryZoneInput is a part of the world with rates of its own.
type DeliveryZoneInput struct {
	Name        string
	Areas       []*DeliveryAreaInput
	RestOfWorld *bool
	Rates       []*DeliveryRateInput
}

// DeliveryAreaInput is a country or, with provinces, these parts of it.
type DeliveryAreaInput struct {
	Country   CountryCode
	Provinces []string
}

// DeliveryRateInput is one way of sending goods to a zone.
type DeliveryRateInput struct {
	// Handle is nil to make one from the title.
	Handle      *string
	Title       string
	Description *string
	// Exactly one of Price and WeightBands says what it costs.
	Price       *DecimalText
	WeightBands []*WeightBandInput
	FreeFrom    *DecimalText
}

// WeightBandInput is the price of what is no heavier than a weight.
type WeightBandInput struct {
	UpToGrams int
	Price     DecimalText
}

// DeliveryEditor changes what delivery costs. Refusals come as errors; then nothing was written.
type DeliveryEditor interface {
	// SetDelivery replaces a store's delivery settings.
	SetDelivery(ctx context.Context, by Author, store *Store, in DeliverySettingsSetInput) (*DeliverySettings, error)
}

// Settings are the settings that the input asks for. Whether the store has the locations is for whoever can look. Refusals.
func (in DeliverySettingsSetInput) Settings(store *Store) (*DeliverySettings, error) {
	c := deliveryCheck{store: store, handles: map[string]bool{}, areas: map[place]bool{}}
	s := &DeliverySettings{StoreID: store.ID}
	c.atMost(len(in.Pickups), MaxLocations, "pickups")
	c.atMost(len(in.Zones), MaxDeliveryZones, "zones")
	if c.refused != nil {
		return nil, c.refused
	}
	c.keep(in)
	seen := map[LocationID]bool{}
	for i, p := range in.Pickups {
		id := LocationID(OwnID(store.ID, KindLocation, p.LocationID))
		switch path := []any{"input", "pickups", i, "locationId"}; {
		case id == 0:
			c.refused.Add(RefusalNotFound, path, "The store has no such location.")
		case seen[id]:
			c.refused.Add(RefusalDuplicate, path, "This location is in the list already.")
		}
		seen[id] = true
		s.Pickups = append(s.Pickups, PickupLocation{StoreID: store.ID, Location: id, Description: c.line(p.Description, "pickups", i, "description")})
	}
	for i, z := range in.Zones {
		s.Zones = append(s.Zones, c.zone(z, i))
	}
	return s, c.refused.Err()
}

// deliveryCheck collects what is wrong with delivery settings.
type deliveryCheck struct {
	refused Refusals
	store   *Store
	handles map[string]bool
	areas   map[place]bool
	world   bool
}

func (c *deliveryCheck) atMost(n, most int, path ...any) {
	if n > most {
		c.refused.Add(RefusalTooMany, append([]any{"input"}, path...), "%d are too many: %d are the most.", n, most)
	}
}

// keep notes the handles that were chosen, so that none is made that is one of them.
func (c *deliveryCheck) keep(in DeliverySettingsSetInput) {
	for i, z := range in.Zones {
		for j, r := range z.Rates {
			if r.Handle == nil {
				continue
			}
			path := []any{"input", "zones", i, "rates", j, "handle"}
			switch {
			case len(*r.Handle) > MaxHandle:
				c.refused.Add(RefusalTooLong, path, "The handle has %d bytes; %d are the most.", len(*r.Handle), MaxHandle)
			case !linkable(*r.Handle) || !storable(*r.Handle):
				c.refused.Add(RefusalInvalid, path, "%.80q cannot stand in a link: leave out spaces and / ? #.", *r.Handle)
			case c.handles[*r.Handle]:
				c.refused.Add(RefusalDuplicate, path, "Another rate has the handle %q.", *r.Handle)
			}
			c.handles[*r.Handle] = true
		}
	}
}

// line is a text of one line, trimmed.
func (c *deliveryCheck) line(text *string, path ...any) string {
	trimmed := strings.TrimSpace(value(text))
	checkLine(&c.refused, append([]any{"input"}, path...), trimmed, Characters(maxDeliveryText))
	return trimmed
}

// name is a line that cannot be empty.
func (c *deliveryCheck) name(text string, path ...any) string {
	trimmed := c.line(&text, path...)
	if trimmed == "" {
		c.refused.Add(RefusalBlank, append([]any{"input"}, path...), "This needs a name.")
	}
	return trimmed
}

func (c *deliveryCheck) zone(in *DeliveryZoneInput, i int) DeliveryZone {
	z := DeliveryZone{Name: c.name(in.Name, "zones", i, "name"), RestOfWorld: in.RestOfWorld != nil && *in.RestOfWorld}
	if z.RestOfWorld && c.world {
		c.refused.Add(RefusalDuplicate, []any{"input", "zones", i, "restOfWorld"}, "Another zone is for the rest of the world.")
	}
	c.world = c.world || z.RestOfWorld
	switch path := []any{"input", "zones", i, "areas"}; {
	case len(in.Areas) == 0 && !z.RestOfWorld:
		c.refused.Add(RefusalBlank, path, "A zone has a country, or is for the rest of the world.")
	case len(in.Areas) > MaxDeliveryAreas:
		c.refused.Add(RefusalTooMany, path, "%d areas are too many: a zone has %d at most.", len(in.Areas), MaxDeliveryAreas)
		return z
	}
	for j, a := range in.Areas {
		z.Areas = append(z.Areas, c.area(a, i, j))
	}
	if len(in.Rates) == 0 {
		c.refused.Add(RefusalBlank, []any{"input", "zones", i, "rates"}, "A zone needs a rate, or nothing can be sent there.")
	}
	if c.atMost(len(in.Rates), MaxDeliveryRates, "zones", i, "rates"); len(in.Rates) > MaxDeliveryRates {
		return z
	}
	for j, r := range in.Rates {
		z.Rates = append(z.Rates, c.rate(z.Name, r, "zones", i, "rates", j))
	}
	return z
}

// area takes a country, or provinces of one, that no other zone has.
func (c *deliveryCheck) area(in *DeliveryAreaInput, i, j int) DeliveryArea {
	a := DeliveryArea{Country: in.Country}
	path := []any{"input", "zones", i, "areas", j}
	checkCountry(&c.refused, in.Country, append(path, "country")...)
	if len(in.Provinces) > MaxDeliveryProvince {
		c.refused.Add(RefusalTooMany, append(path, "provinces"), "%d provinces are too many: %d are the most.", len(in.Provinces), MaxDeliveryProvince)
		return a
	}
	if len(in.Provinces) == 0 {
		c.take(place{in.Country, ""}, path)
	}
	for k, p := range in.Provinces {
		at := append(path[:5:5], "provinces", k)
		p = checkProvince(&c.refused, p, at...)
		a.Provinces = append(a.Provinces, p)
		c.take(place{in.Country, p}, at)
	}
	return a
}

func (c *deliveryCheck) take(at place, path []any) {
	if c.areas[at] {
		c.refused.Add(RefusalDuplicate, path, "This place is in a zone already.")
	}
	c.areas[at] = true
}

var provincePattern = regexp.MustCompile(`^[A-Z0-9-]{1,10}$`)

func checkCountry(r *Refusals, country CountryCode, path ...any) {
	if country == CountryUnknown {
		r.Add(RefusalInvalid, path, "%s is no country.", country)
	}
}

// checkProvince refuses what is no code of a province and spells the code as it is compared.
func checkProvince(r *Refusals, text string, path ...any) string {
	code := ProvinceCode(text)
	if !provincePattern.MatchString(code) {
		r.Add(RefusalInvalid, path, "%.40q is no code of a province: write the letters behind the country in ISO 3166-2, such as KL.", text)
	}
	return code
}

func (c *deliveryCheck) rate(zone string, in *DeliveryRateInput, path ...any) DeliveryRate {
	at := func(parts ...any) []any { return append(append([]any{}, path...), parts...) }
	r := DeliveryRate{
		Currency: c.store.Currency, Title: c.name(in.Title, at("title")...), Description: c.line(in.Description, at("description")...),
		FreeFromMinor: c.amount(in.FreeFrom, at("freeFrom")...),
	}
	if in.Handle != nil {
		r.Handle = *in.Handle
	} else {
		r.Handle = c.handle(zone + " " + r.Title)
	}
	price := c.amount(in.Price, at("price")...)
	switch {
	case in.Price == nil && len(in.WeightBands) == 0:
		c.refused.Add(RefusalBlank, append([]any{"input"}, at("price")...), "A rate needs a price, or weight bands with prices.")
	case in.Price != nil && len(in.WeightBands) > 0:
		c.refused.Add(RefusalInvalid, append([]any{"input"}, at("price")...), "A rate has a price, or weight bands with prices, not both.")
	case price != nil:
		r.PriceMinor = *price
	}
	if c.atMost(len(in.WeightBands), MaxWeightBands, at("weightBands")...); len(in.WeightBands) > MaxWeightBands {
		return r
	}
	for k, b := range in.WeightBands {
		if last := len(r.WeightBands) - 1; b.UpToGrams < 1 || b.UpToGrams > math.MaxInt32 || last >= 0 && b.UpToGrams <= r.WeightBands[last].UpToGrams {
			c.refused.Add(RefusalInvalid, append([]any{"input"}, at("weightBands", k, "upToGrams")...), "Weight bands stand from the lightest to the heaviest, each above the one before.")
		}
		band := WeightBand{Currency: c.store.Currency, UpToGrams: b.UpToGrams}
		if price := c.amount(&b.Price, at("weightBands", k, "price")...); price != nil {
			band.PriceMinor = *price
		}
		r.WeightBands = append(r.WeightBands, band)
	}
	return r
}

// amount reads an amount in the store's currency; nil for none.
func (c *deliveryCheck) amount(text *DecimalText, path ...any) *int64 {
	return checkAmount(&c.refused, text, c.store.Currency, append([]any{"input"}, path...))
}

// checkAmount reads an amount in a currency; nil for none.
func checkAmount(r *Refusals, text *DecimalText, currency Currency, path []any) *int64 {
	if text == nil {
		return nil
	}
	n, err := text.Minor(currency)
	if err != nil {
		r.Add(RefusalInvalid, path, "%s.", err)
	}
	return &n
}

// handle makes a handle from a title that no other rate has.
func (c *deliveryCheck) handle(title string) string {
	base := MadeHandle("rate", title)
	handle := base
	for n := 2; c.handles[handle]; n++ {
		handle = base + "-" + strconv.Itoa(n)
	}
	c.handles[handle] = true
	return handle
}
