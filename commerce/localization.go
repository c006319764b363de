package commerce

// CountryCode is a country by its two letters in ISO 3166-1, or CountryUnknown.
type CountryCode string

// CountryUnknown stands where nobody knows the country.
const CountryUnknown CountryCode = "ZZ"

// LanguageCode is a language by its letters in ISO 639.
type LanguageCode string

// Country is the country whose currency it is: a currency's code begins with it. That of a currency of many countries, such as
// the euro, is CountryUnknown.
func (c Currency) Country() CountryCode {
	if !c.Valid() || c[0] == 'X' || c == "EUR" || c == "ANG" {
		return CountryUnknown
	}
	return CountryCode(c[:2])
}

// Code is the currency by its code.
func (c Currency) Code() Currency { return c }

// Imperial reports whether people of the country measure in pounds and miles.
func (c CountryCode) Imperial() bool { return c == "US" || c == "LR" || c == "MM" }

// Language is the language the store speaks. It is English for every store so far: the merchant's own texts are in whatever
// language the merchant wrote them.
func (s *Store) Language() LanguageCode { return "EN" }
