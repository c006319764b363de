package shop

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/kirana-commerce/kirana/commerce"
)

// typed is what a buyer has typed into the form of the checkout.
type typed struct {
	Name, Phone, Email                      string
	Address1, Address2, City, Zip, Province string
	Country, Delivery, Payment              string
	// Expected is the total that the buyer has seen.
	Expected string

	company string // the form does not ask for it, nor does it lose it
}

func (t *typed) address() *commerce.MailingAddressInput {
	a := &commerce.MailingAddressInput{
		LastName: &t.Name, Company: &t.company, Address1: &t.Address1, Address2: &t.Address2, City: &t.City, Zip: &t.Zip, ProvinceCode: &t.Province,
	}
	if t.Country != "" {
		a.CountryCode = new(commerce.CountryCode(t.Country))
	}
	return a
}

// input is what the buyer says, as the till takes it.
func (t *typed) input(c commerce.Currency) *commerce.CartCompleteInput {
	return &commerce.CartCompleteInput{
		ExpectedTotal:   &commerce.MoneyInput{Amount: commerce.DecimalText(t.Expected), CurrencyCode: c},
		Contact:         &commerce.ContactInput{Name: &t.Name, Email: &t.Email, Phone: &t.Phone},
		ShippingAddress: t.address(), DeliveryOption: &t.Delivery, Payment: &commerce.CartPaymentInput{Method: commerce.PaymentMethod(t.Payment)},
	}
}

// desk is a checkout at work: a cart with what its buyer has typed, what that costs, and what is wrong with it. The cart in
// the database stays as it is.
type desk struct {
	cart     *commerce.Cart
	typed    typed
	checkout *commerce.Checkout
	priced   *commerce.PricedCart
	refusals commerce.Refusals

	countries []country
	// byProvince says that delivery depends on more than the country.
	byProvince bool
}

// country is somewhere the store sends things.
type country struct {
	Code, Name string
	Chosen     bool
}

// desk works out what a cart costs for somebody who has typed this.
func (s *site) desk(v *visit, c *commerce.Cart, t typed) (*desk, error) {
	settings, err := s.o.Till.Settings.PriceSettings(v.Context(), []commerce.StoreID{v.store.ID})
	if err != nil {
		return nil, err
	}
	d := &desk{cart: c, typed: t}
	if found := settings[v.store.ID]; found != nil {
		d.countries = s.countriesOf(&found.Delivery)
		d.byProvince = slices.ContainsFunc(found.Delivery.Zones, func(z commerce.DeliveryZone) bool {
			return slices.ContainsFunc(z.Areas, func(a commerce.DeliveryArea) bool { return len(a.Provinces) > 0 })
		})
	}
	d.choose(v.store.Currency.Country())
	return d, d.work(s, v)
}

// choose chooses what the form always says something about: a country of those that there are, home where that is one, and a
// way to pay.
func (d *desk) choose(home commerce.CountryCode) {
	at := func(code string) int {
		return slices.IndexFunc(d.countries, func(c country) bool { return c.Code == code })
	}
	i := at(d.typed.Country)
	if i < 0 {
		i = max(at(string(home)), 0)
	}
	switch {
	case len(d.countries) > 0:
		d.countries[i].Chosen = true
		d.typed.Country = d.countries[i].Code
	case home == commerce.CountryUnknown:
		d.typed.Country = ""
	default:
		d.typed.Country = string(home)
	}
	if !commerce.PaymentMethod(d.typed.Payment).Valid() {
		d.typed.Payment = string(commerce.PaymentCashOnDelivery)
	}
}

// work takes what was typed into the cart and prices it.
func (d *desk) work(s *site, v *visit) (err error) {
	d.checkout, err = commerce.NewCheckout(d.cart, d.typed.input(v.store.Currency))
	d.refusals, _ = commerce.RefusalsOf(err)
	d.priced, err = s.price(v, d.cart)
	return err
}

// check finds what keeps the cart from becoming an order, all of it at once.
func (d *desk) check() {
	if d.typed.Name == "" {
		d.refusals = slices.Insert(d.refusals, 0, commerce.Refusal{Field: []string{"input", "contact", fieldName}, Code: commerce.RefusalAddressField})
	}
	more, _ := commerce.RefusalsOf(d.checkout.Check(d.priced))
	d.refusals = append(d.refusals, more...)
}

// countriesOf are the countries where a store sends things, by their names. None when it sends nothing.
func (s *site) countriesOf(d *commerce.DeliverySettings) []country {
	var found []country
	for _, z := range d.Zones {
		if z.RestOfWorld {
			return slices.Clone(s.countries)
		}
		for _, a := range z.Areas {
			code := string(a.Country)
			if !slices.ContainsFunc(found, func(c country) bool { return c.Code == code }) {
				found = append(found, country{Code: code, Name: regionName(code)})
			}
		}
	}
	slices.SortFunc(found, byName)
	return found
}

func byName(a, b country) int { return cmp.Compare(a.Name, b.Name) }

func regionName(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	return cmp.Or(display.English.Regions().Name(region), code)
}

// countryCodes are the countries that the API knows.
const countryCodes = `
AC AD AE AF AG AI AL AM AN AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI
KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY
MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC
VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`

// allCountries are those of the API, by their names. One that is no more has none.
func allCountries() []country {
	var all []country
	for code := range strings.FieldsSeq(countryCodes) {
		if name := regionName(code); name != code {
			all = append(all, country{Code: code, Name: name})
		}
	}
	slices.SortFunc(all, byName)
	return all
}

// fieldOf is the field of the form that the last step of a refusal's path is about, empty for the form as a whole.
func fieldOf(step string) string {
	switch step {
	case "name", "firstName", "lastName":
		return fieldName
	case "contact", "phone":
		return fieldPhone
	case "provinceCode":
		return fieldProvince
	case "countryCode", "shippingAddress":
		return fieldCountry
	case "deliveryOption", "deliveryOptionHandle":
		return fieldDelivery
	case fieldEmail, fieldAddress1, fieldAddress2, fieldCity, fieldZip:
		return step
	}
	return ""
}

// explain says what is wrong, beside the fields and all together.
func (c *checkout) explain(d *desk) {
	c.Faults = make(map[string]string)
	for _, r := range d.refusals {
		field := ""
		if len(r.Field) > 0 {
			field = fieldOf(r.Field[len(r.Field)-1])
		}
		text := c.words(r, field)
		if field == fieldCountry && !c.Sends || field == fieldDelivery && len(c.Options) == 0 {
			field = "" // the page has no such field
		}
		switch {
		case field == "":
			c.Problems = append(c.Problems, problemLink{Text: text})
		case c.Faults[field] == "":
			c.Faults[field] = text
			c.Problems = append(c.Problems, problemLink{field, text})
		}
	}
}

// words says why something was refused to somebody who buys.
func (c *checkout) words(r commerce.Refusal, field string) string {
	switch {
	case r.Code == commerce.RefusalContactRequired:
		return "Give a phone number or an e-mail address, so that the shop can reach you."
	case r.Code == commerce.RefusalAddressField:
		return map[string]string{
			fieldName: "Write your name.", fieldAddress1: "Write the house and the street.", fieldCity: "Write the town.", fieldCountry: "Choose the country.",
		}[field]
	case r.Code == commerce.RefusalDeliveryOption && field == fieldDelivery:
		return "Choose how you get it: what you chose before is not offered there."
	case r.Code == commerce.RefusalDeliveryOption && len(c.Options) == 0:
		return "The shop does not deliver there."
	case r.Code == commerce.RefusalEmptyCart:
		return "There is nothing in the cart."
	case len(r.Field) > 1 && r.Field[1] == "expectedTotal":
		return "The total is now " + c.Bill.Total + ". Look it over, then place the order again."
	}
	return r.Message
}
