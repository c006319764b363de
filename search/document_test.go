package search

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestAppendDocument(t *testing.T) {
	t.Parallel()
	d := &commerce.ProductDocument{
		Ref: commerce.ProductRef{Store: 7, ID: 42}, Currency: "INR", Title: `A "cup"` + "\n", Body: "tea\\milk", Vendor: "Tata", ProductType: "Mug",
		Tags: []string{"new", "", "hot"}, Collections: []commerce.CollectionID{1, 12},
		Attributes:  []commerce.DocumentAttribute{{Namespace: "custom", Key: "fabric", Value: "Silk"}},
		PublishedAt: time.UnixMilli(1_700_000_000_123), CreatedAt: time.UnixMilli(-5), Popularity: 84_500,
		Variants: []commerce.DocumentVariant{
			{SKU: "A-1", PriceMinor: 900, Options: []commerce.SelectedOption{{Name: " Size ", Value: "M "}, {Name: "Title", Value: "default title"}}},
			{SKU: "A-1", Barcode: "890", PriceMinor: 500, Available: true, Options: []commerce.SelectedOption{{Name: "a␟b", Value: "c␟d"}, {Name: "x", Value: " "}}},
		},
	}
	b := AppendDocument([]byte("before "), d, 1<<56+3)
	require.JSONEq(t, `{
		"hash": `+strconv.FormatInt(DocumentHash(d), 10)+`, "store_id": "7", "product_id": 42, "title": "A \"cup\"\n", "title_sort": "A \"cup\"\n", "vendor": "Tata", "product_type": "Mug",
		"tags": ["new", "hot"], "body": "tea\\milk", "collections": ["1", "12"], "attrs": ["custom.fabric␟Silk"], "published_at": 1700000000123, "created_at": -5, "popularity": 84500,
		"version": 72057594037927939, "price_min": 500, "price_max": 900, "available": true, "unavailable": true,
		"options": ["size␟m", "a b␟c␟d"], "option_labels": ["Size␟M", "a b␟c␟d"], "price_steps": ["1", "1001", "2003", "3007", "4015", "5034", "3006", "4011", "5026"], "sku": ["A-1"], "barcode": ["890"],
		"option_values": ["M ", "c␟d"],
		"variants": [
			{"price": 900, "available": false, "options": ["size␟m"]},
			{"price": 500, "available": true, "options": ["a b␟c␟d"]}
		]}`, strings.TrimPrefix(string(b), "before "))
	name, value := splitOption("a b␟c␟d")
	require.Equal(t, []string{"a b", "c␟d"}, []string{name, value})
}

func TestAppendDocumentOfNothing(t *testing.T) {
	t.Parallel()
	d := &commerce.ProductDocument{Ref: commerce.ProductRef{Store: 1, ID: 2}, PublishedAt: time.UnixMilli(0), CreatedAt: time.UnixMilli(0)}
	b := AppendDocument(nil, d, 1)
	require.JSONEq(t, `{"hash": `+strconv.FormatInt(DocumentHash(d), 10)+`, "store_id": "1", "product_id": 2, "title_sort": "", "tags": [], "collections": [], "attrs": [], "published_at": 0, "created_at": 0, "popularity": 0,
		"version": 1, "price_min": 0, "price_max": 0, "available": false, "unavailable": false, "options": [], "option_labels": [], "price_steps": [], "sku": [], "barcode": [], "option_values": [], "variants": []}`, string(b))
}

// TestDocumentHash: two documents have one hash when they differ in nothing but their version.
func TestDocumentHash(t *testing.T) {
	t.Parallel()
	made := func(change func(*commerce.ProductDocument)) *commerce.ProductDocument {
		d := &commerce.ProductDocument{
			Ref: commerce.ProductRef{Store: 7, ID: 42}, Title: "Cup", Tags: []string{"a", "b"}, Variants: []commerce.DocumentVariant{{SKU: "s"}},
		}
		change(d)
		return d
	}
	stored := func(d *commerce.ProductDocument, version int64) (hash int64) {
		var source struct{ Hash int64 }
		require.NoError(t, json.Unmarshal(AppendDocument([]byte(nil), d, version), &source))
		return source.Hash
	}
	plain := made(func(*commerce.ProductDocument) {})
	require.Equal(t, DocumentHash(plain), stored(plain, 1))
	require.Equal(t, DocumentHash(plain), stored(plain, 1<<60))
	require.Equal(t, DocumentHash(plain), DocumentHash(made(func(d *commerce.ProductDocument) { d.RowVersion = 9 })), "not a part of the document")
	seen := map[int64]string{DocumentHash(plain): "plain"}
	for name, change := range map[string]func(*commerce.ProductDocument){
		"another product": func(d *commerce.ProductDocument) { d.Ref.ID++ },
		"another store":   func(d *commerce.ProductDocument) { d.Ref.Store++ },
		"a title":         func(d *commerce.ProductDocument) { d.Title = "cup" },
		"one tag":         func(d *commerce.ProductDocument) { d.Tags = []string{"ab"} },
		"turned tags":     func(d *commerce.ProductDocument) { d.Tags = []string{"b", "a"} },
		"a metafield": func(d *commerce.ProductDocument) {
			d.Attributes = []commerce.DocumentAttribute{{Namespace: "a", Key: "b", Value: "c"}}
		},
		"availability": func(d *commerce.ProductDocument) { d.Variants[0].Available = true },
		"sales":        func(d *commerce.ProductDocument) { d.Popularity++ },
		"two variants": func(d *commerce.ProductDocument) { d.Variants = append(d.Variants, d.Variants[0]) },
	} {
		hash := DocumentHash(made(change))
		require.NotContains(t, seen, hash, name)
		seen[hash] = name
	}
}

func TestDocumentID(t *testing.T) {
	t.Parallel()
	require.Equal(t, "7-42", DocumentID(commerce.ProductRef{Store: 7, ID: 42}))
	require.NotEqual(t, DocumentID(commerce.ProductRef{Store: 1, ID: 23}), DocumentID(commerce.ProductRef{Store: 12, ID: 3}))
	require.Equal(t, "7", Routing(7))
}

func TestCut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "abc": "abc", "abcd": "abc", "aका": "a", "काa": "क"} {
		require.Equal(t, want, cut(text, 3), text)
	}
}

// TestFieldsAreMapped: strict mappings refuse a document with a field they do not know.
func TestFieldsAreMapped(t *testing.T) {
	t.Parallel()
	var doc map[string]json.RawMessage
	d := &commerce.ProductDocument{Title: "t", Vendor: "v", ProductType: "p", Body: "b"}
	require.NoError(t, json.Unmarshal(AppendDocument(nil, d, 1), &doc))
	properties := mappings()["properties"].(object)
	for field := range doc {
		require.Contains(t, properties, field)
	}
	for field := range properties {
		if !slices.Contains(shortCopies(), any(field)) { // filled by the engine
			require.Contains(t, doc, field)
		}
	}
}

// FuzzAppendString: whatever the text, the result is what encoding/json reads back as the text, broken bytes replaced.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\\n\x00\x1f\x7f", "\xff\xc0\xaf", "क\u2028🍎", "\ufffd", "a\xed\xa0\x80b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got, want string
		require.NoError(t, json.Unmarshal(appendString(nil, s), &got))
		require.NoError(t, json.Unmarshal(encode(s), &want))
		require.Equal(t, want, got)
	})
}

func BenchmarkAppendDocument(b *testing.B) {
	d := &commerce.ProductDocument{
		Ref: commerce.ProductRef{Store: 7, ID: 42}, Title: "Cotton kurta with hand-printed blocks", Body: strings.Repeat("words of a description ", 30),
		Vendor: "Tata", ProductType: "Kurta", Tags: []string{"new", "cotton"}, Variants: make([]commerce.DocumentVariant, 4),
	}
	for i := range d.Variants {
		d.Variants[i] = commerce.DocumentVariant{SKU: "K-" + Routing(commerce.StoreID(i)), PriceMinor: 99_900, Available: true, Options: []commerce.SelectedOption{
			{Name: "Size", Value: "M"}, {Name: "Colour", Value: "Red"},
		}}
	}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendDocument(buf[:0], d, 1)
	}
}
