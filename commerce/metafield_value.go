package commerce

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MetafieldType says what the value of a metafield is, in the words of Shopify's clients.
type MetafieldType string

// The types there are. With list. in front, each but json is a list of such values.
const (
	MetafieldLine       MetafieldType = "single_line_text_field"
	MetafieldText       MetafieldType = "multi_line_text_field"
	MetafieldInteger    MetafieldType = "number_integer"
	MetafieldDecimal    MetafieldType = "number_decimal"
	MetafieldBoolean    MetafieldType = "boolean"
	MetafieldDate       MetafieldType = "date"
	MetafieldDateTime   MetafieldType = "date_time"
	MetafieldJSON       MetafieldType = "json"
	MetafieldURL        MetafieldType = "url"
	MetafieldColor      MetafieldType = "color"
	MetafieldProduct    MetafieldType = "product_reference"
	MetafieldVariant    MetafieldType = "variant_reference"
	MetafieldCollection MetafieldType = "collection_reference"
)

const (
	listPrefix = "list."
	// MaxMetafieldValue bounds a value, in bytes.
	MaxMetafieldValue = 64 << 10
	// MaxMetafieldList bounds the elements of a list.
	MaxMetafieldList = 128
	// MaxMetafields bounds the metafields of one thing.
	MaxMetafields = 250
	// MaxFilterValue bounds the value of a metafield that products can be filtered by, in bytes, as a whole: a list of some hundred names.
	MaxFilterValue = 8 << 10
)

// element is the type of one value; list says that there may be several.
func (t MetafieldType) element() (of MetafieldType, list bool) {
	one, list := strings.CutPrefix(string(t), listPrefix)
	return MetafieldType(one), list
}

// Valid reports whether there is such a type.
func (t MetafieldType) Valid() bool {
	of, list := t.element()
	return of.canonical() != nil && (!list || of != MetafieldJSON)
}

// FilterMetafieldTypes are the types of metafields that products can be filtered by, and the lists of them.
func FilterMetafieldTypes() []MetafieldType {
	var all []MetafieldType
	for _, of := range []MetafieldType{MetafieldLine, MetafieldInteger, MetafieldDecimal, MetafieldBoolean, MetafieldDate, MetafieldColor} {
		all = append(all, of, listPrefix+of)
	}
	return all
}

// filters reports whether products can be filtered by metafields of the type.
func (t MetafieldType) filters() bool { return slices.Contains(FilterMetafieldTypes(), t) }

// refersTo is the kind of thing that a value of the type names.
func (t MetafieldType) refersTo() (Kind, bool) {
	switch t {
	case MetafieldProduct:
		return KindProduct, true
	case MetafieldVariant:
		return KindProductVariant, true
	case MetafieldCollection:
		return KindCollection, true
	default:
		return "", false
	}
}

// canonical is the function that brings a value of the type into its one form; nil for a type that there is not.
func (t MetafieldType) canonical() func(string) (string, error) {
	switch t {
	case MetafieldLine:
		return canonicalLine
	case MetafieldText:
		return canonicalText
	case MetafieldInteger:
		return canonicalInteger
	case MetafieldDecimal:
		return canonicalDecimal
	case MetafieldBoolean:
		return canonicalBoolean
	case MetafieldDate:
		return canonicalDate
	case MetafieldDateTime:
		return canonicalDateTime
	case MetafieldJSON:
		return canonicalJSON
	case MetafieldURL:
		return canonicalURL
	case MetafieldColor:
		return canonicalColor
	case MetafieldProduct, MetafieldVariant, MetafieldCollection:
		kind, _ := t.refersTo()
		return func(text string) (string, error) { return canonicalReference(kind, text) }
	}
	return nil
}

// Canonical brings a value of the type into the one form in which it is stored, or says what is wrong with it, in words for the
// merchant. What it returns it leaves as it is.
func (t MetafieldType) Canonical(value string) (string, error) {
	if !t.Valid() {
		return "", fmt.Errorf("%.40q is no type of metafields", t)
	}
	if !storable(value) {
		return "", errors.New("the value is not UTF-8 text without zero bytes")
	}
	of, list := t.element()
	read := of.canonical()
	if list {
		read = func(text string) (string, error) { return canonicalList(of, text) }
	}
	if value, err := read(value); err != nil || len(value) <= MaxMetafieldValue {
		return value, err
	}
	return "", fmt.Errorf("the value has more than %d bytes", MaxMetafieldValue)
}

// CanonicalIn is Canonical for a value in a store: what refers to another store is refused. Whether the store has what a value refers
// to is for whoever can look; a reference outlives what it refers to.
func (t MetafieldType) CanonicalIn(store StoreID, value string) (string, error) {
	value, err := t.Canonical(value)
	if err != nil {
		return "", err
	}
	m := Metafield{Type: t, Value: value}
	for _, id := range m.References() {
		if id.Store != store {
			return "", errors.New("the value refers to another store: a reference cannot be taken along")
		}
	}
	return value, nil
}

func canonicalLine(text string) (string, error) {
	switch {
	case text == "":
		return "", errors.New("the value is empty: delete the metafield instead")
	case strings.ContainsAny(text, "\n\r"):
		return "", errors.New("the value has several lines: use multi_line_text_field")
	}
	return text, nil
}

func canonicalText(text string) (string, error) {
	if text == "" {
		return "", errors.New("the value is empty: delete the metafield instead")
	}
	return text, nil
}

// canonicalInteger takes the integers that are exact in every client's language.
func canonicalInteger(text string) (string, error) {
	const most = 1<<53 - 1
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < -most || n > most {
		return "", fmt.Errorf("%.40q is no whole number between -%d and %d", text, most, most)
	}
	return strconv.FormatInt(n, 10), nil
}

var metafieldDecimal = regexp.MustCompile(`^(-?)0*([0-9]{1,13})(?:\.([0-9]{1,9}))?$`)

func canonicalDecimal(text string) (string, error) {
	m := metafieldDecimal.FindStringSubmatch(text)
	if m == nil {
		return "", fmt.Errorf("%.40q is no decimal number of at most 13 digits before the point and 9 behind it", text)
	}
	number := m[2]
	if fraction := strings.TrimRight(m[3], "0"); fraction != "" {
		number += "." + fraction
	}
	if number == "0" {
		return number, nil
	}
	return m[1] + number, nil
}

func canonicalBoolean(text string) (string, error) {
	if text != "true" && text != "false" {
		return "", fmt.Errorf("%.40q is neither true nor false", text)
	}
	return text, nil
}

func canonicalDate(text string) (string, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return "", fmt.Errorf("%.40q is no date: write it as 2026-11-22", text)
	}
	return day.Format(time.DateOnly), nil
}

// canonicalDateTime takes a moment without a zone as one in UTC.
func canonicalDateTime(text string) (string, error) {
	moment, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		moment, err = time.Parse("2006-01-02T15:04:05", text)
	}
	if moment = moment.UTC(); err != nil || moment.Year() < 0 || moment.Year() > 9999 {
		return "", fmt.Errorf("%.40q is no moment: write it as 2026-11-22T09:30:00Z", text)
	}
	return moment.Format(time.RFC3339Nano), nil
}

func canonicalJSON(text string) (string, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		return "", fmt.Errorf("the value is no JSON: %w", err)
	}
	return b.String(), nil
}

func canonicalURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || !slices.Contains([]string{"https", "http", "mailto", "sms", "tel"}, u.Scheme) || (u.Host == "" && u.Opaque == "") || strings.ContainsAny(text, " \t\r\n") {
		return "", fmt.Errorf("%.40q is no address that begins with https:, http:, mailto:, sms: or tel", text)
	}
	return text, nil
}

var metafieldColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func canonicalColor(text string) (string, error) {
	if !metafieldColor.MatchString(text) {
		return "", fmt.Errorf("%.40q is no colour: write it as #fafafa", text)
	}
	return strings.ToLower(text), nil
}

func canonicalReference(kind Kind, text string) (string, error) {
	if id, ok := ParseGlobalID(text); !ok || id.Kind != kind {
		return "", fmt.Errorf("%.100q is not the id of a %s", text, kind)
	}
	return text, nil
}

// canonicalList reads a JSON list. Its elements are texts, or, where the type has them, JSON's own numbers and booleans.
func canonicalList(of MetafieldType, text string) (string, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal([]byte(text), &elements); err != nil || elements == nil {
		return "", errors.New(`the value is no list: write it as ["a", "b"]`)
	}
	if len(elements) > MaxMetafieldList {
		return "", fmt.Errorf("the list has %d elements; %d are the most", len(elements), MaxMetafieldList)
	}
	read, bare := of.canonical(), of == MetafieldInteger || of == MetafieldDecimal || of == MetafieldBoolean
	parts := make([]string, len(elements))
	for i, raw := range elements {
		element := string(raw)
		if raw[0] == '"' {
			if err := json.Unmarshal(raw, &element); err != nil {
				return "", fmt.Errorf("element %d: %w", i, err)
			}
		} else if !bare {
			return "", fmt.Errorf("element %d is no text", i)
		}
		one, err := read(element)
		if err == nil && !storable(one) {
			err = errors.New("it has a zero byte")
		}
		if err != nil {
			return "", fmt.Errorf("element %d: %w", i, err)
		}
		if parts[i] = one; !bare {
			parts[i] = jsonText(one)
		}
	}
	return "[" + strings.Join(parts, ",") + "]", nil
}

// jsonText is a text as JSON writes it, without references for what HTML would mind.
func jsonText(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a text can be encoded
	return strings.TrimSuffix(b.String(), "\n")
}
