package commerce

import (
	"context"
	"strings"
)

// Limits of a store's taxes.
const (
	MaxTaxRates        = 1000
	MaxProductTaxRates = 50  // of a product
	MaxTaxedProducts   = 250 // in one mutation
)

// TaxSettingsSetInput is what a store's tax settings are to be, all of them.
type TaxSettingsSetInput struct {
	// ExpectedVersion is what the merchant has seen; nil for whatever it is.
	ExpectedVersion  *int
	PricesIncludeTax bool
	TaxDelivery      bool
	Country          CountryCode
	Province         *string
	Rates            []*TaxRateInput
}

// TaxRateInput is the tax of a country or of a province.
type TaxRateInput struct {
	Country    CountryCode
	Province   *string
	Title      string
	Percentage DecimalText
}

// ProductTaxRatesSetInput is which rates products have of their own.
type ProductTaxRatesSetInput struct {
	Products []*ProductTaxRatesInput
}

// ProductTaxRatesInput is which rates a product has of its own, all of them.
type ProductTaxRatesInput struct {
	ProductID string
	Rates     []*TaxRateInput
}

// ProductTaxRates are the rates that a product has of its own.
type ProductTaxRates struct {
	StoreID StoreID
	Product ProductID
	Rates   []TaxRate
}

// Ref is the product's full key.
func (p *ProductTaxRates) Ref() ProductRef { return ProductRef{p.StoreID, p.Product} }

// TaxEditor changes which taxes stores collect. Refusals come as errors; then nothing was written.
type TaxEditor interface {
	// SetTaxes replaces a store's tax settings.
	SetTaxes(ctx context.Context, by Author, store *Store, in TaxSettingsSetInput) (*TaxSettings, error)
	// SetProductTaxRates replaces the rates of some products, in their order.
	SetProductTaxRates(ctx context.Context, by Author, store *Store, in ProductTaxRatesSetInput) ([]*ProductTaxRates, error)
}

// Settings are the settings that the input asks for. Refusals.
func (in TaxSettingsSetInput) Settings(store StoreID) (*TaxSettings, error) {
	s := &TaxSettings{StoreID: store, PricesIncludeTax: in.PricesIncludeTax, TaxDelivery: in.TaxDelivery, Country: in.Country}
	var r Refusals
	checkCountry(&r, in.Country, "input", "country")
	if in.Province != nil && *in.Province != "" {
		s.Province = checkProvince(&r, *in.Province, "input", "province")
	}
	s.Rates = checkTaxRates(&r, in.Rates, MaxTaxRates, "input", "rates")
	return s, r.Err()
}

// Taxed are the products' rates that the input asks for. Whether the store has the products is for whoever can look. Refusals.
func (in ProductTaxRatesSetInput) Taxed(store StoreID) ([]*ProductTaxRates, error) {
	var r Refusals
	switch path := []any{"input", "products"}; {
	case len(in.Products) == 0:
		r.Add(RefusalBlank, path, "Name at least one product.")
	case len(in.Products) > MaxTaxedProducts:
		r.Add(RefusalTooMany, path, "%d products are too many at once: %d are the most.", len(in.Products), MaxTaxedProducts)
		return nil, r
	}
	taxed := make([]*ProductTaxRates, len(in.Products))
	seen := map[ProductID]bool{}
	for i, p := range in.Products {
		id := ProductID(OwnID(store, KindProduct, p.ProductID))
		switch path := []any{"input", "products", i, "productId"}; {
		case id == 0:
			r.Add(RefusalNotFound, path, "The store has no such product.")
		case seen[id]:
			r.Add(RefusalDuplicate, path, "This product is in the list already.")
		}
		seen[id] = true
		taxed[i] = &ProductTaxRates{StoreID: store, Product: id, Rates: checkTaxRates(&r, p.Rates, MaxProductTaxRates, "input", "products", i, "rates")}
	}
	return taxed, r.Err()
}

// checkTaxRates reads rates of which no place has two.
func checkTaxRates(r *Refusals, in []*TaxRateInput, most int, path ...any) []TaxRate {
	if len(in) > most {
		r.Add(RefusalTooMany, path, "%d rates are too many: %d are the most.", len(in), most)
		return nil
	}
	rates := make([]TaxRate, len(in))
	seen := map[place]bool{}
	for i, one := range in {
		at := func(field string) []any { return append(append([]any{}, path...), i, field) }
		rate := TaxRate{Country: one.Country, Title: strings.TrimSpace(one.Title)}
		checkCountry(r, one.Country, at("country")...)
		if one.Province != nil && *one.Province != "" {
			rate.Province = checkProvince(r, *one.Province, at("province")...)
		}
		checkLine(r, at("title"), rate.Title, Characters(maxDeliveryText))
		if rate.Title == "" {
			r.Add(RefusalBlank, at("title"), "A tax needs a name, such as GST: it stands on invoices.")
		}
		var err error
		if rate.Rate, err = ParsePercentage(one.Percentage, MaxTaxRate); err != nil {
			r.Add(RefusalInvalid, at("percentage"), "%s.", err)
		}
		if where := (place{rate.Country, rate.Province}); seen[where] {
			r.Add(RefusalDuplicate, at("country")[:len(path)+1], "This place has a rate already.")
		} else {
			seen[where] = true
		}
		rates[i] = rate
	}
	return rates
}
