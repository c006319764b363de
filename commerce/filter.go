package commerce

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// FacetType says how a filter is shown and chosen.
type FacetType string

// The types of filters.
const (
	FacetList       FacetType = "LIST"
	FacetPriceRange FacetType = "PRICE_RANGE"
	FacetBoolean    FacetType = "BOOLEAN"
)

// The ids of the filters. An option's filter id is FilterOptionPrefix and the option's name in lower case, a metafield's
// MetafieldFilterID.
const (
	FilterAvailability = "filter.v.availability"
	FilterPrice        = "filter.v.price"
	FilterVendor       = "filter.p.vendor"
	FilterProductType  = "filter.p.product_type"
	FilterTag          = "filter.p.tag"
	FilterOptionPrefix = "filter.v.option."

	FilterMetafieldPrefix = "filter.p.m."
)

// MaxFacetValues bounds the values a filter lists, most frequent first.
const MaxFacetValues = 250

// MaxFilters bounds the filters of one search.
const MaxFilters = 100

// Facet is one filter of a search: its values and how many products each would leave, the filter's own selection ignored.
type Facet struct {
	ID     string
	Label  string
	Type   FacetType
	Values []FacetValue
	// Prices is how the prices are spread; nil for other filters, and when nobody asked.
	Prices *PriceSpread
}

// FacetValue is one value of a filter.
type FacetValue struct {
	ID       string
	Label    string
	Count    int
	Input    ProductFilter
	Selected bool
	// Swatch is the colour of the value, nil for one that has none.
	Swatch *Colour
}

// InputJSON is the value's Input as the JSON text that clients echo back.
func (v FacetValue) InputJSON() string { return v.Input.JSON() }

// ProductFilter is one condition, as clients send it: exactly one of its fields is set.
// Its JSON text is what a FilterValue's input holds and what a client echoes back.
type ProductFilter struct {
	Available     *bool                `json:"available,omitempty"`
	Price         *PriceRangeFilter    `json:"price,omitempty"`
	ProductType   *string              `json:"productType,omitempty"`
	ProductVendor *string              `json:"productVendor,omitempty"`
	Tag           *string              `json:"tag,omitempty"`
	VariantOption *VariantOptionFilter `json:"variantOption,omitempty"`

	ProductMetafield *MetafieldFilter `json:"productMetafield,omitempty"`
}

// PriceRangeFilter keeps variants with Min ≤ price ≤ Max, in the currency's major unit. Max nil is no upper bound.
type PriceRangeFilter struct {
	Min *float64 `json:"min,omitempty"`
	Max *float64 `json:"max,omitempty"`
}

// VariantOptionFilter keeps variants whose option Name has Value; case does not matter.
type VariantOptionFilter struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// PriceFilter is the condition that a price lies in a range.
func PriceFilter(r PriceRange, c Currency) ProductFilter {
	return ProductFilter{Price: &PriceRangeFilter{Min: major(r.Min, c), Max: major(r.Max, c)}}
}

// major is an amount in the unit in which filters are written.
func major(minor int64, c Currency) *float64 {
	f := float64(minor) / math.Pow10(c.Digits())
	return &f
}

// MetafieldFilter keeps products whose metafield has the value, or has it in its list.
type MetafieldFilter struct {
	Namespace string `json:"namespace"`
	Key       string `json:"key"`
	Value     string `json:"value"`
}

// JSON is the filter as the text a client can echo back.
func (f ProductFilter) JSON() string {
	b, err := json.Marshal(f)
	if err != nil { // strings, booleans and finite floats always marshal
		return "{}"
	}
	return string(b)
}

// PriceRange is a price condition in minor units, both ends included.
type PriceRange struct{ Min, Max int64 }

// OptionSelection is the chosen values of one option, by its lower-case name.
type OptionSelection struct {
	Name   string
	Values []SelectedValue
}

// MetafieldSelection is the chosen values of one metafield of products.
type MetafieldSelection struct {
	Namespace, Key string
	Values         []string
}

// SelectedValue is one chosen option value: Key compares, Label is how the client spelt it.
type SelectedValue struct{ Key, Label string }

// Selection is the conditions of a search, grouped: within a group any one suffices, between groups all must hold.
// Availability, Prices and Options must hold for one and the same variant.
type Selection struct {
	Availability []bool
	Prices       []PriceRange
	Vendors      []string
	ProductTypes []string
	Tags         []string
	Options      []OptionSelection
	Metafields   []MetafieldSelection
	// Collection, when not 0, keeps the products of one collection. It is no facet.
	Collection CollectionID
}

// empty reports whether nothing is selected, whatever there is to select.
func (s *Selection) empty() bool { return reflect.ValueOf(s).Elem().IsZero() }

// NewSelection groups filters as clients send them. argument is the name of the GraphQL argument for messages.
// Code BAD_USER_INPUT.
func NewSelection(argument string, filters []ProductFilter, c Currency) (Selection, error) {
	var s Selection
	if len(filters) > MaxFilters {
		return s, BadInput(argument, "%d filters are too many: at most %d.", len(filters), MaxFilters)
	}
	for i, f := range filters {
		if f.keys() != 1 {
			return s, BadInput(argument, "filter %d must have exactly one of available, price, productType, productVendor, tag, variantOption and productMetafield.", i)
		}
		if err := s.add(argument, i, f, c); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (f ProductFilter) keys() int {
	n := 0
	for _, set := range []bool{
		f.Available != nil, f.Price != nil, f.ProductType != nil,
		f.ProductVendor != nil, f.Tag != nil, f.VariantOption != nil, f.ProductMetafield != nil,
	} {
		if set {
			n++
		}
	}
	return n
}

func (s *Selection) add(argument string, i int, f ProductFilter, c Currency) error {
	switch {
	case f.Available != nil:
		s.Availability = appendNew(s.Availability, *f.Available)
	case f.ProductVendor != nil:
		s.Vendors = appendNew(s.Vendors, *f.ProductVendor)
	case f.ProductType != nil:
		s.ProductTypes = appendNew(s.ProductTypes, *f.ProductType)
	case f.Tag != nil:
		s.Tags = appendNew(s.Tags, *f.Tag)
	case f.VariantOption != nil:
		if OptionKey(f.VariantOption.Name) == "" {
			return BadInput(argument, "filter %d: variantOption.name is empty.", i)
		}
		s.addOption(f.VariantOption.Name, f.VariantOption.Value)
	case f.ProductMetafield != nil:
		m := *f.ProductMetafield
		if !metafieldNamespace.MatchString(m.Namespace) || !metafieldKey.MatchString(m.Key) {
			return BadInput(argument, "filter %d: productMetafield needs a namespace and a key of letters, digits, - and _.", i)
		}
		if s.addMetafield(m); len(s.Metafields) > MaxSearchMetafields {
			return BadInput(argument, "filter %d: %d metafields are too many: at most %d.", i, len(s.Metafields), MaxSearchMetafields)
		}
	default:
		r, err := f.Price.minor(argument, i, c)
		if err != nil {
			return err
		}
		s.Prices = appendNew(s.Prices, r)
	}
	return nil
}

func (s *Selection) addOption(name, value string) {
	v := SelectedValue{Key: OptionKey(value), Label: value}
	for i := range s.Options {
		if s.Options[i].Name == OptionKey(name) {
			for _, known := range s.Options[i].Values {
				if known.Key == v.Key {
					return
				}
			}
			s.Options[i].Values = append(s.Options[i].Values, v)
			return
		}
	}
	s.Options = append(s.Options, OptionSelection{Name: OptionKey(name), Values: []SelectedValue{v}})
}

func (s *Selection) addMetafield(f MetafieldFilter) {
	for i := range s.Metafields {
		if m := &s.Metafields[i]; m.Namespace == f.Namespace && m.Key == f.Key {
			m.Values = appendNew(m.Values, f.Value)
			return
		}
	}
	s.Metafields = append(s.Metafields, MetafieldSelection{f.Namespace, f.Key, []string{f.Value}})
}

func (p PriceRangeFilter) minor(argument string, i int, c Currency) (PriceRange, error) {
	r := PriceRange{Max: maxMinor}
	ok := true
	if p.Min != nil {
		r.Min, ok = MinorFromFloat(*p.Min, c)
	}
	if p.Max != nil && ok {
		r.Max, ok = MinorFromFloat(*p.Max, c)
	}
	if !ok || r.Min > r.Max {
		return r, BadInput(argument, "filter %d: price needs 0 ≤ min ≤ max.", i)
	}
	return r, nil
}

func appendNew[T comparable](list []T, v T) []T {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

// OptionKey is the form in which option names and values compare: trimmed, lower case.
func OptionKey(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// The option every product without options has in catalogue files; it never shows as a filter.
const (
	DefaultOptionName  = "Title"
	DefaultOptionValue = "Default Title"
)

// HandleOf is the handle that a title makes, empty when it has no letter or digit: its Slug, as far as there is room.
func HandleOf(title string) string { return strings.TrimRight(cutBytes(Slug(title), MaxHandle), "-") }

// Slug turns a filter value into the last part of its id: letters and digits of any script in lower case, joined by hyphens.
func Slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		// Marks belong to the letter before them: without them Hindi and Thai words would fall apart.
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
