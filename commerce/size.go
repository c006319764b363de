package commerce

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Size is a text that people order by what it means: a size of clothes, a number, an amount with its unit, a span of ages. The zero value
// is no size.
type Size struct {
	// kind is what is measured. Sizes of different kinds do not compare by value: all of one kind stand together.
	kind sizeKind
	// of tells kinds apart that are open: the region of shoe sizes, the letter behind a number.
	of string
	// values are one number, the two ends of a span, or the sides of something.
	values []float64
}

// sizeKind is what a size measures, in the order in which kinds stand.
type sizeKind int

const (
	notASize sizeKind = iota
	sizeOfClothes
	sizeNumber
	sizeOfShoes
	sizeCount
	sizeMass
	sizeVolume
	sizeLength
	sizeStorage
	sizePower
	sizeCharge
	sizeAge
)

// sizeUnit is a unit: what it measures, and how many of the kind's smallest it is.
type sizeUnit struct {
	kind sizeKind
	of   float64
}

const (
	inGrams, inMillilitres, inMillimetres = 1_000, 1_000, 10 // of a milligram, a microlitre and a tenth of a millimetre
	ounce, pound                          = 28_349.523125, 453_592.37
	inch, foot                            = 254, 3048
	month                                 = 30.4375 // days
)

// unitOf is the unit that a word names, in lower case and without a full stop.
func unitOf(word string) (sizeUnit, bool) {
	switch word {
	case "":
		return sizeUnit{sizeNumber, 1}, true
	case "mg":
		return sizeUnit{sizeMass, 1}, true
	case "g", "gm", "gms", "gr", "gram", "grams", "ग्राम":
		return sizeUnit{sizeMass, inGrams}, true
	case "kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "किलो", "किग्रा":
		return sizeUnit{sizeMass, 1000 * inGrams}, true
	case "oz", "ounce", "ounces":
		return sizeUnit{sizeMass, ounce}, true
	case "lb", "lbs", "pound", "pounds":
		return sizeUnit{sizeMass, pound}, true
	case "ml", "millilitre", "millilitres", "milliliter", "milliliters", "मिली":
		return sizeUnit{sizeVolume, inMillilitres}, true
	case "cl":
		return sizeUnit{sizeVolume, 10 * inMillilitres}, true
	case "l", "lt", "ltr", "ltrs", "litre", "litres", "liter", "liters", "लीटर":
		return sizeUnit{sizeVolume, 1000 * inMillilitres}, true
	}
	return otherUnit(word)
}

func otherUnit(word string) (sizeUnit, bool) {
	switch word {
	case "mm":
		return sizeUnit{sizeLength, inMillimetres}, true
	case "cm", "cms":
		return sizeUnit{sizeLength, 10 * inMillimetres}, true
	case "m", "mtr", "mtrs", "metre", "metres", "meter", "meters":
		return sizeUnit{sizeLength, 1000 * inMillimetres}, true
	case "in", "inch", "inches", `"`, "″", "”":
		return sizeUnit{sizeLength, inch}, true
	case "ft", "foot", "feet", "'", "′", "’":
		return sizeUnit{sizeLength, foot}, true
	case "kb":
		return sizeUnit{sizeStorage, 1}, true
	case "mb":
		return sizeUnit{sizeStorage, 1e3}, true
	case "gb":
		return sizeUnit{sizeStorage, 1e6}, true
	case "tb":
		return sizeUnit{sizeStorage, 1e9}, true
	case "w", "watt", "watts":
		return sizeUnit{sizePower, 1}, true
	case "kw":
		return sizeUnit{sizePower, 1e3}, true
	case "mah":
		return sizeUnit{sizeCharge, 1}, true
	case "pc", "pcs", "piece", "pieces", "pack", "packs", "count", "ct", "nos":
		return sizeUnit{sizeCount, 1}, true
	case "day", "days":
		return sizeUnit{sizeAge, 1}, true
	case "week", "weeks", "wk", "wks":
		return sizeUnit{sizeAge, 7}, true
	case "month", "months", "mo", "mos", "mth", "mths":
		return sizeUnit{sizeAge, month}, true
	case "y", "yr", "yrs", "year", "years":
		return sizeUnit{sizeAge, 12 * month}, true
	}
	return sizeUnit{}, false
}

// ParseSize reads a text as a size. It reports false for every text that has no place among sizes.
func ParseSize(text string) (Size, bool) {
	if len(text) > 64 { // nobody writes a size like this
		return Size{}, false
	}
	text = strings.Join(strings.Fields(strings.ToLower(text)), " ")
	if s, is := clothesSize(text); is {
		return s, true
	}
	return measuredSize(text)
}

// Compare orders sizes: of one kind by their values, a span by its lower end first.
func (s Size) Compare(other Size) int {
	return cmp.Or(cmp.Compare(s.kind, other.kind), cmp.Compare(s.of, other.of), slices.Compare(s.values, other.values))
}

// The places of sizes that are no number of steps from medium.
const freeSize = 1_000

// clothesSize reads XS, M, 3XL and the like, written out too, and two of them as S/M.
func clothesSize(text string) (Size, bool) {
	first, second, two := strings.Cut(text, "/")
	if !two {
		first, second, two = strings.Cut(text, " - ")
	}
	low, is := clothesStep(strings.TrimSpace(first))
	if !is || !two {
		return Size{sizeOfClothes, "", []float64{low}}, is
	}
	high, is := clothesStep(strings.TrimSpace(second))
	return Size{sizeOfClothes, "", []float64{low, high}}, is
}

// clothesStep is how many steps a size lies above medium.
func clothesStep(text string) (float64, bool) {
	switch text {
	case "m", "med", "medium":
		return 0, true
	case "free size", "freesize", "free", "one size", "onesize", "os":
		return freeSize, true
	}
	text = strings.NewReplacer("extra", "x", "small", "s", "large", "l", "-", "", " ", "").Replace(text)
	digits := strings.TrimRightFunc(text, unicode.IsLetter)
	letters := text[len(digits):]
	if letters == "" {
		return 0, false
	}
	end := letters[len(letters)-1]
	steps := len(letters) - 1
	if strings.Trim(letters[:steps], "x") != "" || end != 's' && end != 'l' {
		return 0, false
	}
	if digits != "" {
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || n > 20 || steps != 1 { // 3XL, and not 3L, which is an amount, nor 3XXL
			return 0, false
		}
		steps = n
	}
	if end == 's' {
		return -1 - float64(steps), true
	}
	return 1 + float64(steps), true
}

// measuredSize reads a number, a span or sides, with the unit behind the last one or behind each, or a region of shoe sizes around it.
func measuredSize(text string) (Size, bool) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "size "))
	if below, is := strings.CutPrefix(text, "-"); is {
		value, is := plainNumber(below)
		return Size{sizeNumber, "", []float64{-value}}, is
	}
	if n, is := strings.CutPrefix(text, "pack of "); is {
		text = n + " pack"
	}
	text, region := shoeRegion(text)
	var s Size
	var units []string
	for {
		value, rest, ok := leadingNumber(text)
		if !ok {
			return Size{}, false
		}
		s.values = append(s.values, value)
		unit, more, separated := cutUnit(rest)
		units = append(units, unit)
		if !separated {
			break
		}
		text = more
	}
	if len(s.values) > 3 {
		return Size{}, false
	}
	return s.in(units, region)
}

// in gives the numbers their units; one without takes that of the next.
func (s Size) in(units []string, region string) (Size, bool) {
	last := units[len(units)-1]
	unit, is := unitOf(last)
	if !is && len(s.values) == 1 && len(last) == 1 && unicode.IsLetter(rune(last[0])) { // 34b
		return Size{sizeNumber, last, s.values}, region == ""
	}
	for i := len(units) - 1; i >= 0 && is; i-- {
		own := unit
		if units[i] != "" {
			own, is = unitOf(units[i])
		}
		is = is && own.kind == unit.kind
		s.values[i] *= own.of
	}
	s.kind = unit.kind
	if region != "" {
		s.kind, s.of, is = sizeOfShoes, region, is && unit.kind == sizeNumber
	}
	return s, is
}

// shoeRegion takes the region off a size such as UK 6 or 38 EU.
func shoeRegion(text string) (rest, region string) {
	for _, region := range []string{"uk/ind", "uk", "us", "eu", "eur", "ind", "jp"} {
		if rest, is := strings.CutPrefix(text, region+" "); is {
			return rest, region
		}
		if rest, is := strings.CutSuffix(text, " "+region); is {
			return rest, region
		}
	}
	return text, ""
}

// cutUnit cuts the unit off what stands behind a number, up to what separates it from the next number.
func cutUnit(text string) (unit, more string, separated bool) {
	text = strings.TrimLeft(text, " ")
	end := strings.IndexFunc(text, func(r rune) bool { return r == '-' || r == '–' || r == '×' || r == '*' || unicode.IsDigit(r) })
	if end < 0 {
		return strings.TrimRight(text, ". "), "", false
	}
	unit, more = text[:end], strings.TrimLeft(text[end:], "-–×* ")
	unit = strings.TrimSpace(unit)
	for _, word := range []string{"x", "to"} { // 10 x 12 cm, 2 to 3 years
		if unit == word {
			unit = ""
		} else if cut, is := strings.CutSuffix(unit, " "+word); is {
			unit = cut
		}
	}
	return strings.TrimRight(unit, ". "), more, true
}

// leadingNumber reads the number that a text begins with: 1,000 or 2.5 or 2,5, 1/2 or 1 1/2, in any script's digits.
func leadingNumber(text string) (value float64, rest string, ok bool) {
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsDigit(r) && r != '.' && r != ',' })
	if end < 0 {
		end = len(text)
	}
	value, ok = plainNumber(strings.TrimRight(text[:end], ".,"))
	rest = text[end:]
	if part, is := strings.CutPrefix(rest, "/"); is && ok {
		under, after, fine := leadingNumber(part)
		return value / under, after, fine && under > 0
	}
	if part, is := strings.CutPrefix(rest, " "); is && ok && strings.Contains(part, "/") {
		if fraction, after, fine := leadingNumber(part); fine && fraction < 1 {
			return value + fraction, after, true
		}
	}
	return value, rest, ok
}

func plainNumber(text string) (float64, bool) {
	digits := strings.Map(asciiDigit, text)
	whole, fraction, decimal := strings.Cut(digits, ",")
	switch {
	case !decimal:
	case len(fraction) == 3 && whole != "0", strings.Contains(fraction, ","), strings.Contains(digits, "."): // thousands, lakhs
		digits = strings.ReplaceAll(digits, ",", "")
	default:
		digits = whole + "." + fraction
	}
	value, err := strconv.ParseFloat(digits, 64)
	return value, err == nil && len(digits) > 0 && unicode.IsDigit(rune(digits[0]))
}

// asciiDigit is a digit of any script as 0 to 9: in each, nine follow its zero.
func asciiDigit(r rune) rune {
	if r < unicode.MaxASCII || !unicode.IsDigit(r) {
		return r
	}
	value := rune(0)
	for unicode.IsDigit(r-value-1) && value < 9 {
		value++
	}
	return '0' + value
}
