package importer

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

const notUTF8 = "the text is not UTF-8: save the file as \"CSV UTF-8\" and try again"

// maxNumber is the length in bytes up to which a text is looked at as a number, so that messages can quote it.
const maxNumber = 40

// maxQuantity bounds stock either way; it fits the integers of the database.
const maxQuantity = 1_000_000_000

// maxGrams bounds weights at a thousand tonnes.
const maxGrams = 1_000_000_000

// text returns a copy of the trimmed text of a cell.
func (d *draft) text(c column, most commerce.TextSize) string { return d.checked(c, d.r.cell(c), most) }

// checked returns a copy of a text from column c, empty and refused when the database could not hold it.
func (d *draft) checked(c column, text string, most commerce.TextSize) string {
	if !d.fits(c, text, most) {
		return ""
	}
	return strings.Clone(text)
}

// fits refuses a text from column c that the database could not hold.
func (d *draft) fits(c column, text string, most commerce.TextSize) bool {
	switch {
	case most.Exceeded(text):
		d.reject(c, "the text is longer than %s", most)
	case !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0:
		d.reject(c, notUTF8)
	default:
		return true
	}
	return false
}

// yes reads TRUE or FALSE.
func (d *draft) yes(c column, empty bool) bool {
	switch text := d.r.cell(c); {
	case text == "":
		return empty
	case strings.EqualFold(text, "true"):
		return true
	case !strings.EqualFold(text, "false"):
		d.reject(c, "%.40q is neither TRUE nor FALSE", text)
	}
	return false
}

// price reads the price, which no variant can do without: an empty one is not free of charge.
func (d *draft) price() int64 {
	if d.r.cell(colPrice) == "" {
		d.reject(colPrice, "the variant has no price")
		return 0
	}
	return d.money(colPrice)
}

func (d *draft) compareAt() *int64 {
	if d.r.cell(colCompareAt) == "" {
		return nil
	}
	return new(d.money(colCompareAt))
}

// money reads an amount of the store's currency.
func (d *draft) money(c column) int64 {
	text := d.r.cell(c)
	if len(text) > maxNumber {
		d.reject(c, "%.40q… is not a price", text)
		return 0
	}
	minor, err := commerce.ParseMinor(text, d.r.store.Currency)
	if err != nil {
		d.reject(c, "%s", err)
	}
	return minor
}

func (d *draft) quantity() int {
	text := d.r.cell(colQuantity)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n > maxQuantity || n < -maxQuantity {
		d.reject(colQuantity, "%.40q is not a number of units", text)
		return 0
	}
	return n
}

// policy reads deny and continue; the newer column asks a question, which TRUE and FALSE answer too.
func (d *draft) policy() commerce.InventoryPolicy {
	switch text := d.r.cell(colPolicy); strings.ToLower(text) {
	case "", "deny", "false":
		return commerce.InventoryDeny
	case "continue", "true":
		return commerce.InventoryContinue
	default:
		d.reject(colPolicy, "%.40q is no inventory policy: write deny or continue", text)
		return ""
	}
}

func (d *draft) grams() float64 {
	text := d.r.cell(colGrams)
	if text == "" {
		return 0
	}
	grams, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, ".0123456789") != "" || grams > maxGrams {
		d.reject(colGrams, "%.40q is not a weight in grams", text)
		return 0
	}
	return grams
}

// weightUnit reads the unit weights are shown in; the weight itself is in grams whatever it says.
func (d *draft) weightUnit() commerce.WeightUnit {
	switch text := d.r.cell(colWeightUnit); strings.ToLower(text) {
	case "", "g":
		return commerce.WeightGrams
	case "kg":
		return commerce.WeightKilograms
	case "oz":
		return commerce.WeightOunces
	case "lb":
		return commerce.WeightPounds
	default:
		d.reject(colWeightUnit, "%.40q is no unit of weight: write g, kg, oz or lb", text)
		return ""
	}
}
