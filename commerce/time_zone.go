package commerce

import (
	"strings"
	"time"
	_ "time/tzdata" // machines without a table of time zones know them too
)

// DefaultTimeZone is where people read dates who buy in a currency: that of the currency's country, as far as the country has one zone, else UTC.
func DefaultTimeZone(c Currency) string {
	switch c {
	case "INR":
		return "Asia/Kolkata"
	case "BDT":
		return "Asia/Dhaka"
	case "LKR":
		return "Asia/Colombo"
	case "NPR":
		return "Asia/Kathmandu"
	case "PKR":
		return "Asia/Karachi"
	case "AED":
		return "Asia/Dubai"
	case "SGD":
		return "Asia/Singapore"
	case "JPY":
		return "Asia/Tokyo"
	case "KES":
		return "Africa/Nairobi"
	case "NGN":
		return "Africa/Lagos"
	case "ZAR":
		return "Africa/Johannesburg"
	case "GBP":
		return "Europe/London"
	}
	return "UTC"
}

// validTimeZone reports whether a name is one of the IANA database's.
func validTimeZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "" && !strings.EqualFold(name, "local")
}

// Zone is where the store's people read dates.
func (s *Store) Zone() *time.Location {
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return time.UTC // the name was known when it was set
	}
	return zone
}
