package shop

import (
	"math"
	"strconv"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// price is what a product or a variant costs, in words.
type price struct {
	// Text is empty for what has no price.
	Text string
	// Was is the price before a reduction, empty without one.
	Was string
}

// symbol is how a price is written where the currency is at home, empty for the code.
func symbol(c commerce.Currency) string {
	switch c {
	case "INR":
		return "₹"
	case "USD":
		return "$"
	case "EUR":
		return "€"
	case "GBP":
		return "£"
	case "JPY":
		return "¥"
	case "BDT":
		return "৳"
	case "NGN":
		return "₦"
	case "KRW":
		return "₩"
	case "VND":
		return "₫"
	case "PHP":
		return "₱"
	case "ILS":
		return "₪"
	case "UAH":
		return "₴"
	case "GHS":
		return "₵"
	}
	return ""
}

// amount is a sum as it stands on a price tag: ₹1,29,900, $42.90, KWD 1.250. A sum without minor units shows none.
func amount(m commerce.Money) string {
	whole, fraction, _ := strings.Cut(m.Amount().String(), ".")
	text := grouped(whole, m.Currency)
	if strings.Trim(fraction, "0") != "" {
		text += "." + fraction
	}
	if s := symbol(m.Currency); s != "" {
		return s + text
	}
	return string(m.Currency) + "\u00a0" + text
}

// grouped sets commas: by threes, and above the thousands by twos where people count in lakhs.
func grouped(digits string, c commerce.Currency) string {
	size := 3
	if len(digits) <= size {
		return digits
	}
	head, tail := digits[:len(digits)-size], digits[len(digits)-size:]
	switch c {
	case "INR", "PKR", "BDT", "NPR", "LKR":
		size = 2
	}
	for len(head) > size {
		tail = head[len(head)-size:] + "," + tail
		head = head[:len(head)-size]
	}
	return head + "," + tail
}

// productPrice is the price of a product in a grid: that of its cheapest variant.
func productPrice(s commerce.ProductSummary, c commerce.Currency) price {
	if s.VariantsCount == 0 {
		return price{}
	}
	text := amount(commerce.Money{Minor: s.PriceMin, Currency: c})
	if s.PriceMin != s.PriceMax {
		return price{Text: "from " + text} // which variants are reduced is for the product's page
	}
	p := price{Text: text}
	if s.CompareAtMin > s.PriceMin && s.CompareAtMin == s.CompareAtMax {
		p.Was = amount(commerce.Money{Minor: s.CompareAtMin, Currency: c})
	}
	return p
}

// variantPrice is the price of one variant.
func variantPrice(v *commerce.ProductVariant) price {
	p := price{Text: amount(v.Price())}
	if was := v.CompareAtPrice(); was != nil && was.Minor > v.PriceMinor {
		p.Was = amount(*was)
	}
	return p
}

// few is how many units are few enough to be counted out.
const few = 5

// stock is what a buyer wants to know of a variant's stock.
func stock(v *commerce.ProductVariant) string {
	n := v.QuantityAvailable()
	switch {
	case !v.AvailableForSale():
		return "Sold out"
	case v.CurrentlyNotInStock():
		return "Out of stock just now, sent when it is back"
	case n != nil && *n <= few:
		return strconv.Itoa(*n) + " left"
	}
	return "In stock"
}

// note is the word about stock that a product needs in a grid: none while it can be bought.
func note(s commerce.ProductSummary) string {
	switch {
	case s.VariantsCount == 0:
		return "Not for sale yet"
	case !s.AvailableForSale:
		return "Sold out"
	}
	return ""
}

// bound reads a price that was typed as a bound. It reports false for a text that is none.
func bound(text string, c commerce.Currency) (*float64, bool) {
	if text == "" {
		return nil, true
	}
	minor, err := commerce.ParseMinor(text, c)
	if err != nil {
		return nil, false
	}
	f := float64(minor) / math.Pow10(c.Digits())
	return &f, true
}
