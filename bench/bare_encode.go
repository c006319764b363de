package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// appendList appends the whole answer to listDocument.
func appendList(b []byte, store commerce.StoreID, products []bareProduct, more bool) []byte {
	b = append(b, `{"data":{"store":{"products":{"nodes":[`...)
	for i, p := range products {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendProduct(b, store, p)
	}
	b = append(b, `],"pageInfo":{"hasNextPage":`...)
	b = strconv.AppendBool(b, more)
	b = append(b, `,"endCursor":`...)
	if n := len(products); n > 0 {
		id := products[n-1].id
		cursor := commerce.Cursor{Ordering: commerce.Ordering{Key: commerce.ProductSortID}, Value: strconv.FormatInt(id, 10), ID: id}
		b = appendText(b, cursor.String())
	} else {
		b = append(b, `null`...)
	}
	return append(b, `}}}}}`...)
}

func appendProduct(b []byte, store commerce.StoreID, p bareProduct) []byte {
	b = appendID(append(b, `{"id":`...), commerce.KindProduct, store, p.id)
	b = appendText(append(b, `,"handle":`...), p.handle)
	b = appendText(append(b, `,"title":`...), p.title)
	b = appendText(append(b, `,"vendor":`...), p.vendor)
	b = appendText(append(b, `,"productType":`...), p.productType)
	b = append(b, `,"tags":[`...)
	for i, tag := range p.tags {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, tag)
	}
	b = append(b, `],"publishedAt":"`...)
	b = p.publishedAt.UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(append(b, `","variants":{"nodes":[`...), p.variants...)
	b = append(append(b, `]},"media":{"nodes":[`...), p.media...)
	return append(b, `]}}`...)
}

func appendVariant(b []byte, store commerce.StoreID, id int64, sku string, price commerce.Money, available bool, names, values []string) []byte {
	if len(b) > 0 {
		b = append(b, ',')
	}
	b = appendID(append(b, `{"id":`...), commerce.KindProductVariant, store, id)
	b = appendText(append(b, `,"title":`...), strings.Join(values, " / "))
	b = appendTextOrNull(append(b, `,"sku":`...), sku)
	b = strconv.AppendBool(append(b, `,"availableForSale":`...), available)
	b = price.Amount().Append(append(b, `,"price":{"amount":"`...))
	b = append(append(b, `","currencyCode":"`...), price.Currency...)
	b = append(b, `"},"selectedOptions":[`...)
	for i := range min(len(names), len(values)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(append(b, `{"name":`...), names[i])
		b = appendText(append(b, `,"value":`...), values[i])
		b = append(b, '}')
	}
	return append(b, `]}`...)
}

func appendMedia(b []byte, store commerce.StoreID, id int64, url, alt string) []byte {
	if len(b) > 0 {
		b = append(b, ',')
	}
	b = appendID(append(b, `{"id":`...), commerce.KindMediaImage, store, id)
	b = appendTextOrNull(append(b, `,"alt":`...), alt)
	b = appendText(append(b, `,"mediaContentType":"IMAGE","image":{"url":`...), url)
	b = appendTextOrNull(append(b, `,"altText":`...), alt)
	return append(b, `}}`...)
}

func appendID(b []byte, kind commerce.Kind, store commerce.StoreID, id int64) []byte {
	b = commerce.GlobalID{Kind: kind, Store: store, ID: id}.Append(append(b, '"'))
	return append(b, '"')
}

// appendTextOrNull shows a text that the merchant left empty as null.
func appendTextOrNull(b []byte, s string) []byte {
	if strings.TrimSpace(s) == "" {
		return append(b, `null`...)
	}
	return appendText(b, s)
}

// appendText appends a JSON string.
func appendText(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}
