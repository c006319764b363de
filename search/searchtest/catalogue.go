package searchtest

import (
	"time"

	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// The stores of random catalogues. They hold products with equal ids, so that a missing store filter shows.
const (
	storeA commerce.StoreID = 7
	storeB commerce.StoreID = 8
)

// currencyOf is the currency of a store, for good: grids of prices depend on its digits.
func currencyOf(store commerce.StoreID) commerce.Currency {
	if store == storeB {
		return "KWD"
	}
	return "INR"
}

// birth is when the oldest products of random catalogues were made.
var birth = time.Date(2026, time.January, 5, 9, 30, 0, 0, time.UTC)

// The values of random catalogues are few, so that filters meet, and nasty: other case, signs that mean something in
// patterns, other scripts.
var (
	someWords   = []string{"red", "Kurta", "shirt", "Cotton", "चाय", "mug", "Large", "कुर्ता"}
	someVendors = []string{"", "Acme", "Acme Ltd.", "Tata & Sons", "दुकान"}
	someTypes   = []string{"", "Kurta", "Mug", "a|b"}
	someTags    = []string{"new", "sale 50%", "eco.*", "रेशम"}
	someOptions = []string{"Size", "size", "Colour (UK)", "Title", "a.b*|[c]", "रंग"}
	someValues  = []string{"S", "s", "M", "XL", "Default Title", "Red", "RED", "5.5", "लाल", "2XL", "XXL", "500 g", "1 kg"}
)

// Catalogues generates the documents of two stores, perStore each.
func Catalogues(perStore int) *rapid.Generator[[]commerce.ProductDocument] {
	return rapid.Custom(func(t *rapid.T) []commerce.ProductDocument {
		var docs []commerce.ProductDocument
		for _, store := range []commerce.StoreID{storeA, storeB} {
			for i := range perStore {
				docs = append(docs, drawProduct(t, commerce.ProductRef{Store: store, ID: commerce.ProductID(i + 1)}))
			}
		}
		return docs
	})
}

func drawProduct(t *rapid.T, ref commerce.ProductRef) commerce.ProductDocument {
	d := commerce.ProductDocument{
		Ref:         ref,
		Currency:    currencyOf(ref.Store),
		Title:       rapid.SampledFrom(someWords).Draw(t, "title") + " " + rapid.SampledFrom(someWords).Draw(t, "title"),
		Vendor:      rapid.SampledFrom(someVendors).Draw(t, "vendor"),
		ProductType: rapid.SampledFrom(someTypes).Draw(t, "type"),
		Tags:        rapid.SliceOfNDistinct(rapid.SampledFrom(someTags), 0, 3, rapid.ID).Draw(t, "tags"),
		Collections: rapid.SliceOfNDistinct(rapid.SampledFrom([]commerce.CollectionID{1, 2, 12}), 0, 2, rapid.ID).Draw(t, "collections"),
		CreatedAt:   birth.Add(time.Duration(rapid.IntRange(-3, 9).Draw(t, "age")) * 24 * time.Hour),
		PublishedAt: birth,
		Popularity:  commerce.Popularity(max(0, rapid.IntRange(-3, 5).Draw(t, "popularity"))),
	}
	if rapid.IntRange(0, 9).Draw(t, "publication") == 0 {
		d.PublishedAt = birth.AddDate(1000, 0, 0)
	}
	d.Attributes = drawAttributes(t)
	names := rapid.SliceOfNDistinct(rapid.SampledFrom(someOptions), 0, commerce.MaxOptions, commerce.OptionKey).Draw(t, "options")
	for range rapid.IntRange(1, 5).Draw(t, "variants") {
		d.Variants = append(d.Variants, drawVariant(t, names))
	}
	return d
}

func drawVariant(t *rapid.T, names []string) commerce.DocumentVariant {
	v := commerce.DocumentVariant{
		SKU:        rapid.StringMatching(`[A-C]{2}-[0-9]`).Draw(t, "sku"),
		PriceMinor: drawPrice(t),
		Available:  rapid.Bool().Draw(t, "available"),
	}
	for _, name := range names {
		v.Options = append(v.Options, commerce.SelectedOption{Name: name, Value: rapid.SampledFrom(someValues).Draw(t, "value")})
	}
	return v
}

func drawPrice(t *rapid.T) int64 {
	return rapid.SampledFrom([]int64{0, 99, 100, 4999, 5000, 129_999, 1_000_000_000_000_000}).Draw(t, "price")
}

// Queries generates searches without a text in the stores of Catalogues: any selection, order, direction and treatment
// of what is sold out, with total and facets. The page is the first, of some size.
func Queries() *rapid.Generator[commerce.SearchQuery] {
	return rapid.Custom(func(t *rapid.T) commerce.SearchQuery {
		order := commerce.Ordering{
			Key: rapid.SampledFrom([]commerce.SortKey{
				commerce.SearchSortRelevance, commerce.SearchSortPrice, commerce.SearchSortTitle, commerce.SearchSortCreatedAt,
				commerce.SearchSortBestSelling,
			}).Draw(t, "sort key"),
			Reverse: rapid.Bool().Draw(t, "reverse"),
		}
		store := rapid.SampledFrom([]commerce.StoreID{storeA, storeB}).Draw(t, "store")
		return commerce.SearchQuery{
			Store: store, Currency: currencyOf(store),
			Unavailable: rapid.SampledFrom([]commerce.UnavailableMode{
				commerce.UnavailableShow, commerce.UnavailableLast, commerce.UnavailableHide,
			}).Draw(t, "unavailable"),
			Selection:  drawSelection(t),
			Placement:  drawPlacement(t),
			Filters:    drawFilters(t),
			Page:       commerce.FirstPage(rapid.IntRange(1, 9).Draw(t, "page size"), order),
			WantTotal:  true,
			WantFacets: true,
			WantSpread: rapid.Bool().Draw(t, "spread"),
		}
	})
}

func drawSelection(t *rapid.T) commerce.Selection {
	s := commerce.Selection{
		Availability: few(t, "availability", []bool{true, false}),
		Vendors:      few(t, "vendors", append([]string{"Nobody"}, someVendors[1:]...)),
		ProductTypes: few(t, "types", append([]string{"Nothing"}, someTypes[1:]...)),
		Tags:         few(t, "tags", append([]string{"None"}, someTags...)),
		Metafields:   drawMetafieldSelection(t),
	}
	if rapid.IntRange(0, 3).Draw(t, "in a collection") == 0 {
		s.Collection = rapid.SampledFrom([]commerce.CollectionID{1, 2, 3}).Draw(t, "collection")
	}
	for range max(0, rapid.IntRange(-3, 2).Draw(t, "price ranges")) {
		a, b := drawPrice(t), drawPrice(t)
		s.Prices = append(s.Prices, commerce.PriceRange{Min: min(a, b), Max: max(a, b)})
	}
	names := rapid.SliceOfNDistinct(rapid.SampledFrom(append([]string{"No Option"}, someOptions...)), 1, 3, commerce.OptionKey)
	if oneIn(t, 2, "by options") {
		for _, name := range names.Draw(t, "options") {
			s.Options = append(s.Options, drawOption(t, name))
		}
	}
	return s
}

// oneIn is true once in n draws. Uniform bits, because the library draws small numbers far more often than large ones.
func oneIn(t *rapid.T, n uint64, label string) bool { return rapid.Uint64().Draw(t, label)%n == 0 }

func drawOption(t *rapid.T, name string) commerce.OptionSelection {
	o := commerce.OptionSelection{Name: commerce.OptionKey(name)}
	values := rapid.SliceOfNDistinct(rapid.SampledFrom(append([]string{"Infrared"}, someValues...)), 1, 2, commerce.OptionKey)
	for _, v := range values.Draw(t, "chosen values") {
		o.Values = append(o.Values, commerce.SelectedValue{Key: commerce.OptionKey(v), Label: v})
	}
	return o
}

// few draws no value most of the time, else one or two: searches that find nothing prove little.
func few[T comparable](t *rapid.T, label string, from []T) []T {
	if !oneIn(t, 4, "by "+label) {
		return nil
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, 2, rapid.ID).Draw(t, label)
}
