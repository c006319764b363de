package commerce

import (
	"cmp"
	"slices"
	"time"
)

// MaxTaxRate is the highest rate of tax: ten times the price.
const MaxTaxRate = 10 * RateOne

// TaxSettings are which taxes a store collects.
type TaxSettings struct {
	StoreID StoreID
	// PricesIncludeTax says that prices contain the tax; else it is added to them.
	PricesIncludeTax bool
	// TaxDelivery says that delivery is taxed, at the rate of the place.
	TaxDelivery bool
	// Country and Province are where the store is: what is fetched is taxed there, and so is what goes nobody knows where.
	Country  CountryCode
	Province string
	// Rates are those of places. A place without one has no tax.
	Rates []TaxRate
	// Version counts the merchant's changes. It is 0 while nothing was set: then there is no tax.
	Version   int
	UpdatedAt *time.Time
}

// Tenant is the store.
func (s *TaxSettings) Tenant() StoreID { return s.StoreID }

// TaxRate is the tax of a country or, with a province, of that part of it. The rate of a province stands in place of its country's.
type TaxRate struct {
	Country  CountryCode
	Province string
	// Title is what the tax is called: GST, VAT.
	Title string
	Rate  Rate
}

// Percentage is the rate in per cent.
func (r TaxRate) Percentage() Decimal { return r.Rate.Percentage() }

// rateAt finds the rate that is closest to a place; nil without one.
func rateAt(rates []TaxRate, at place) *TaxRate {
	var found *TaxRate
	closest := farAway
	for i, r := range rates {
		if d := at.distance(r.Country, r.Province); d < closest {
			found, closest = &rates[i], d
		}
	}
	return found
}

// on is the tax of an amount: what it contains, or what is added to it. Rounded half up to the currency's minor unit.
func (s *TaxSettings) on(amount int64, rate *TaxRate) int64 {
	switch {
	case rate == nil:
		return 0
	case s.PricesIncludeTax:
		return rate.Rate.within(amount)
	}
	return rate.Rate.of(amount)
}

// place is where a basket is taxed: where it goes, or at the store when it is fetched or goes nobody knows where.
func (s *TaxSettings) place(b *Basket, delivery *DeliveryOption) place {
	to := b.destination()
	if to == (place{}) || delivery != nil && delivery.Method == DeliveryPickup {
		return newPlace(s.Country, s.Province)
	}
	return to
}

// tax finds the tax of every line and of delivery, each rounded for itself, and adds them up.
func (p *pricing) tax() {
	s, q := &p.settings.Tax, p.quote
	at := s.place(p.basket, q.Delivery)
	general := rateAt(s.Rates, at)
	for i := range q.Lines {
		from, line := &p.basket.Lines[i], &q.Lines[i]
		rate := rateAt(from.TaxRates, at)
		if rate == nil {
			rate = general
		}
		if !from.Taxable {
			rate = nil
		}
		line.taxed(rate, s.on(line.Subtotal-line.Discount, rate), q.TaxIncluded)
		p.addTax(rate, line.Tax)
	}
	if q.Delivery != nil && s.TaxDelivery {
		q.DeliveryTax = s.on(q.Delivery.Price-q.Delivery.Discount, general)
		p.addTax(general, q.DeliveryTax)
	}
	slices.SortFunc(q.Taxes, func(a, b QuoteTax) int { return cmp.Or(cmp.Compare(b.Rate, a.Rate), cmp.Compare(a.Title, b.Title)) })
}

// taxed notes the tax of a line.
func (l *QuoteLine) taxed(rate *TaxRate, tax int64, included bool) {
	if rate != nil {
		l.TaxTitle, l.TaxRate = rate.Title, rate.Rate
	}
	l.Tax = tax
	l.Total = l.Subtotal - l.Discount
	if !included {
		l.Total += tax
	}
}

// addTax adds up taxes of the same name and rate.
func (p *pricing) addTax(rate *TaxRate, tax int64) {
	if rate == nil || tax == 0 {
		return
	}
	q := p.quote
	q.Tax += tax
	i := slices.IndexFunc(q.Taxes, func(t QuoteTax) bool { return t.Title == rate.Title && t.Rate == rate.Rate })
	if i < 0 {
		i = len(q.Taxes)
		q.Taxes = append(q.Taxes, QuoteTax{Title: rate.Title, Rate: rate.Rate})
	}
	q.Taxes[i].Amount += tax
}
