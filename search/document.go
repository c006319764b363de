package search

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// optionSeparator stands between the name and the value of an option in its token. No keyboard types it.
const optionSeparator = "␟"

// longestTitleSort bounds the titles' sort keys, in bytes: what differs later sorts by id.
const longestTitleSort = 512

// DocumentID is the id of a product's document: "<store>-<product>".
func DocumentID(ref commerce.ProductRef) string {
	b := strconv.AppendInt(make([]byte, 0, 40), int64(ref.Store), 10)
	return string(strconv.AppendInt(append(b, '-'), int64(ref.ID), 10))
}

// Routing is the routing value of everything that belongs to a store, documents and requests alike.
func Routing(store commerce.StoreID) string { return strconv.FormatInt(int64(store), 10) }

// AppendDocument appends the JSON source of a product's document. version is the document's external version; it is a
// field as well, since Elasticsearch cannot sort or filter by the version itself. The hash is that of everything before the
// two: who compares a document with the database need not read it. Prices are minor units, times milliseconds since 1970.
func AppendDocument(b []byte, d *commerce.ProductDocument, version int64) []byte {
	begin := len(b)
	b = appendContent(b, d)
	hash := contentHash(b[begin:])
	b = appendNumber(b, fieldVersion, version)
	b = appendNumber(b, fieldHash, hash)
	return append(b, '}')
}

// DocumentHash is the hash that a product's document carries, whatever its version.
func DocumentHash(d *commerce.ProductDocument) int64 { return contentHash(appendContent(nil, d)) }

// contentHash is the first 64 bits of SHA-256, as the signed number that the engine can hold.
func contentHash(content []byte) int64 {
	sum := sha256.Sum256(content)
	return int64(binary.BigEndian.Uint64(sum[:8])) // all bits are kept, the first one as the sign
}

// appendContent appends what of a document follows from the database alone, without the closing brace.
func appendContent(b []byte, d *commerce.ProductDocument) []byte {
	b = append(b, `{"`+fieldStore+`":"`...)
	b = strconv.AppendInt(b, int64(d.Ref.Store), 10)
	b = append(b, `","`+fieldProduct+`":`...)
	b = strconv.AppendInt(b, int64(d.Ref.ID), 10)
	b = appendText(b, fieldTitle, d.Title)
	b = appendString(appendKey(b, fieldTitleSort), cut(d.Title, longestTitleSort)) // even when empty: every product has a place
	b = appendText(b, fieldVendor, d.Vendor)
	b = appendText(b, fieldProductType, d.ProductType)
	b = appendTexts(b, fieldTags, d.Tags)
	b = appendText(b, fieldBody, d.Body)
	b = appendCollections(b, d.Collections)
	b = appendTexts(b, fieldAttributes, attributeTokens(d.Attributes))
	b = appendNumber(b, fieldPublishedAt, d.PublishedAt.UnixMilli())
	b = appendNumber(b, fieldCreatedAt, d.CreatedAt.UnixMilli())
	b = appendNumber(b, fieldPopularity, int64(d.Popularity))
	b = appendSummary(b, d.Currency, d.Variants)
	return appendVariants(b, d.Variants)
}

// appendSummary appends what searches and sorts see of the variants without looking into each.
func appendSummary(b []byte, currency commerce.Currency, variants []commerce.DocumentVariant) []byte {
	var low, high int64
	available, unavailable := false, false
	skus, barcodes, values, options, labels, steps := newTextSet(), newTextSet(), newTextSet(), newTextSet(), newTextSet(), newTextSet()
	for i := range variants {
		v := &variants[i]
		if i == 0 {
			low, high = v.PriceMinor, v.PriceMinor
		}
		low, high = min(low, v.PriceMinor), max(high, v.PriceMinor)
		available, unavailable = available || v.Available, unavailable || !v.Available
		addSteps(steps, currency, v.PriceMinor)
		skus.add(v.SKU)
		barcodes.add(v.Barcode)
		for _, o := range v.Options {
			if showsAsFilter(o.Name, o.Value) {
				values.add(o.Value)
				options.add(optionToken(o.Name, o.Value))
				labels.add(optionLabel(o.Name, o.Value))
			}
		}
	}
	b = appendNumber(b, fieldPriceMin, low)
	b = appendNumber(b, fieldPriceMax, high)
	b = append(b, `,"`+fieldAvailable+`":`...)
	b = strconv.AppendBool(b, available)
	b = append(b, `,"`+fieldUnavailable+`":`...)
	b = strconv.AppendBool(b, unavailable)
	b = appendTexts(b, fieldOptions, options.texts)
	b = appendTexts(b, fieldOptionLabels, labels.texts)
	b = appendTexts(b, fieldPriceSteps, steps.texts)
	b = appendTexts(b, fieldSKU, skus.texts)
	b = appendTexts(b, fieldBarcode, barcodes.texts)
	return appendTexts(b, fieldOptionValues, values.texts)
}

// addSteps adds the buckets of a price, one of each grid.
func addSteps(to *textSet, currency commerce.Currency, price int64) {
	for grid := range commerce.PriceGrids {
		to.add(priceStep(grid, commerce.PriceBucketOf(commerce.PriceGrid(grid, currency), price)))
	}
}

// priceStep is the token of a bucket of a grid.
func priceStep(grid, bucket int) string { return strconv.Itoa(grid*mostBuckets + bucket) }

// mostBuckets is more than a grid has.
const mostBuckets = 1000

// bucketOf takes the token of a bucket apart.
func bucketOf(step string) (grid, bucket int, ok bool) {
	n, err := strconv.Atoi(step)
	return n / mostBuckets, n % mostBuckets, err == nil && n >= 0 && n < commerce.PriceGrids*mostBuckets
}

func appendVariants(b []byte, variants []commerce.DocumentVariant) []byte {
	b = append(b, `,"`+fieldVariants+`":[`...)
	for i := range variants {
		v := &variants[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"price":`...)
		b = strconv.AppendInt(b, v.PriceMinor, 10)
		b = append(b, `,"available":`...)
		b = strconv.AppendBool(b, v.Available)
		b = append(appendOptions(b, v.Options), '}')
	}
	return append(b, ']')
}

func appendOptions(b []byte, options []commerce.SelectedOption) []byte {
	b = appendKey(b, "options")
	b = append(b, '[')
	first := true
	for _, o := range options {
		if !showsAsFilter(o.Name, o.Value) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendString(b, optionToken(o.Name, o.Value))
	}
	return append(b, ']')
}

// attributeTokens are values of metafields as they are indexed and compared.
func attributeTokens(attributes []commerce.DocumentAttribute) []string {
	tokens := make([]string, len(attributes))
	for i, a := range attributes {
		tokens[i] = attributeToken(a.Namespace, a.Key, a.Value)
	}
	return tokens
}

// attributeToken is a value of a metafield behind its name, in which neither part has a full stop or a separator.
func attributeToken(namespace, key, value string) string {
	return namespace + "." + key + optionSeparator + value
}

// optionToken is how an option value is indexed and compared.
func optionToken(name, value string) string {
	return optionKey(name) + optionSeparator + commerce.OptionKey(value)
}

// optionLabel is how the merchant spelt an option value.
func optionLabel(name, value string) string {
	return strings.TrimSpace(withoutSeparator(name)) + optionSeparator + strings.TrimSpace(value)
}

// splitOption takes a token or label apart. The name has no separator, so the first one ends it.
func splitOption(token string) (name, value string) {
	name, value, _ = strings.Cut(token, optionSeparator)
	return name, value
}

func optionKey(name string) string { return commerce.OptionKey(withoutSeparator(name)) }

func withoutSeparator(name string) string { return strings.ReplaceAll(name, optionSeparator, " ") }

// showsAsFilter reports whether an option value can be filtered by: the placeholder of products without options cannot,
// nor can a name or value without text.
func showsAsFilter(name, value string) bool {
	n, v := optionKey(name), commerce.OptionKey(value)
	placeholder := n == commerce.OptionKey(commerce.DefaultOptionName) && v == commerce.OptionKey(commerce.DefaultOptionValue)
	return n != "" && v != "" && !placeholder
}

// textSet keeps distinct texts in the order they came.
type textSet struct {
	texts []string
	seen  map[string]bool
}

func newTextSet() *textSet { return &textSet{seen: map[string]bool{}} }

func (s *textSet) add(text string) {
	if text != "" && !s.seen[text] {
		s.seen[text] = true
		s.texts = append(s.texts, text)
	}
}

func appendCollections(b []byte, ids []commerce.CollectionID) []byte {
	b = appendKey(b, fieldCollections)
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = strconv.AppendInt(b, int64(id), 10)
		b = append(b, '"')
	}
	return append(b, ']')
}

// appendText leaves empty texts out: a product without a vendor has no vendor to count.
func appendText(b []byte, field, text string) []byte {
	if text == "" {
		return b
	}
	return appendString(appendKey(b, field), text)
}

func appendTexts(b []byte, field string, texts []string) []byte {
	b = appendKey(b, field)
	b = append(b, '[')
	first := true
	for _, text := range texts {
		if text == "" {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendString(b, text)
	}
	return append(b, ']')
}

func appendNumber(b []byte, field string, n int64) []byte {
	return strconv.AppendInt(appendKey(b, field), n, 10)
}

func appendKey(b []byte, field string) []byte {
	b = append(b, ',', '"')
	b = append(b, field...)
	return append(b, '"', ':')
}

// appendString appends s as a JSON string. Bytes that are no UTF-8 become U+FFFD, as encoding/json would have it.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c, size := rune(s[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(s[i:])
		}
		if c >= ' ' && c != '"' && c != '\\' && (c != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		b = append(b, s[start:i]...)
		b = appendEscaped(b, c)
		i += size
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

func appendEscaped(b []byte, c rune) []byte {
	const digits = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(b, '\\', byte(c))
	case utf8.RuneError:
		return append(b, "\ufffd"...)
	}
	return append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
}

// cut takes at most n bytes of s and splits no character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
