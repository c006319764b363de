package resolvers

import (
	"net/url"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/model"
)

func shopOf(s *commerce.Store) *commerce.Shop { return &commerce.Shop{Store: s} }

// domain shows an address of our own making.
func domain(address string) *model.Domain {
	d := &model.Domain{URL: address}
	if u, err := url.Parse(address); err == nil {
		d.Host, d.SslEnabled = u.Host, u.Scheme == "https"
	}
	return d
}

// paymentSettings says how buyers of a shop pay. No payments are taken yet.
func paymentSettings(s *commerce.Shop) *model.PaymentSettings {
	currency := s.Store.Currency
	return &model.PaymentSettings{
		AcceptedCardBrands: []model.CardBrand{}, SupportedDigitalWallets: []model.DigitalWallet{},
		CountryCode: currency.Country(), CurrencyCode: currency, EnabledPresentmentCurrencies: []commerce.Currency{currency},
	}
}

// localization says where and in which language a store sells: in one country and one language.
func localization(s *commerce.Store) *model.Localization {
	code := s.Language()
	tag := language.Make(string(code))
	spoken := &model.Language{IsoCode: code, Name: display.English.Languages().Name(tag), EndonymName: display.Self.Name(tag)}
	country := country(s.Currency, spoken)
	return &model.Localization{
		AvailableCountries: []*model.Country{country}, AvailableLanguages: []*model.Language{spoken}, Country: country, Language: spoken,
	}
}

func country(c commerce.Currency, spoken *model.Language) *model.Country {
	code := c.Country()
	shown := &model.Country{
		AvailableLanguages: []*model.Language{spoken}, DefaultLanguage: spoken, Currency: c, IsoCode: code, Name: "Unknown region",
		UnitSystem: model.UnitSystemMetricSystem,
	}
	if region, err := language.ParseRegion(string(code)); err == nil && code != commerce.CountryUnknown {
		shown.Name = display.English.Regions().Name(region)
	}
	if code.Imperial() {
		shown.UnitSystem = model.UnitSystemImperialSystem
	}
	return shown
}
