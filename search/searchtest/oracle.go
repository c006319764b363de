package searchtest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// Oracle answers searches without a text by looking at every document, by the definitions and nothing else: a filter
// value's count is the number of products that are left when its filter's selection is that value alone. It is slow and
// simple, and shares no code with a searcher.
//
// Two things are left to other tests: the order of titles with letters outside ASCII that fold to it, and the ids of
// values that have the same slug.
type Oracle struct {
	docs []commerce.ProductDocument
	now  time.Time
}

// NewOracle makes an oracle over the documents of any number of stores, as seen at now.
func NewOracle(docs []commerce.ProductDocument, now time.Time) *Oracle { return &Oracle{docs, now} }

// Products is all products a query finds, in the query's order; the page's limit, bound and reading direction do not
// matter.
func (o *Oracle) Products(q commerce.SearchQuery) []commerce.ProductRef {
	var found []*commerce.ProductDocument
	for i := range o.docs {
		if o.inScope(q, &o.docs[i]) && selected(&o.docs[i], q.Selection, q.Unavailable) {
			found = append(found, &o.docs[i])
		}
	}
	slices.SortFunc(found, func(a, b *commerce.ProductDocument) int {
		if q.Unavailable == commerce.UnavailableLast && available(a) != available(b) {
			if available(a) {
				return -1
			}
			return 1
		}
		if q.Page.Reverse {
			a, b = b, a
		}
		if q.Page.Key == commerce.SearchSortRelevance {
			return cmp.Or(cmp.Compare(lift(q.Placement, b), lift(q.Placement, a)), compare(q.Page.Key, a, b))
		}
		return compare(q.Page.Key, a, b)
	})
	refs := make([]commerce.ProductRef, len(found))
	for i, d := range found {
		refs[i] = d.Ref
	}
	return refs
}

// compare orders by a key in its own direction. Relevance without a text is the newest first.
func compare(key commerce.SortKey, a, b *commerce.ProductDocument) int {
	var order int
	switch key {
	case commerce.SearchSortPrice:
		order = cmp.Compare(cheapest(a), cheapest(b))
	case commerce.SearchSortTitle:
		order = cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	case commerce.SearchSortCreatedAt:
		order = a.CreatedAt.Compare(b.CreatedAt)
	case commerce.SearchSortBestSelling:
		a, b = b, a
		order = cmp.Compare(a.Popularity, b.Popularity)
	default:
		a, b = b, a
		order = a.CreatedAt.Compare(b.CreatedAt)
	}
	return cmp.Or(order, cmp.Compare(a.Ref.ID, b.Ref.ID))
}

func cheapest(d *commerce.ProductDocument) int64 {
	price := d.Variants[0].PriceMinor
	for _, v := range d.Variants {
		price = min(price, v.PriceMinor)
	}
	return price
}

func available(d *commerce.ProductDocument) bool {
	return slices.ContainsFunc(d.Variants, func(v commerce.DocumentVariant) bool { return v.Available })
}

// inScope is what a query sees before any filter is chosen.
func (o *Oracle) inScope(q commerce.SearchQuery, d *commerce.ProductDocument) bool {
	c := q.Selection.Collection
	return d.Ref.Store == q.Store && !slices.Contains(q.Placement.Hidden, d.Ref.ID) && !d.PublishedAt.After(o.now) && (c == 0 || slices.Contains(d.Collections, c))
}

func selected(d *commerce.ProductDocument, s commerce.Selection, mode commerce.UnavailableMode) bool {
	return among(s.Vendors, d.Vendor) && among(s.ProductTypes, d.ProductType) && amongAny(s.Tags, d.Tags) && attributesSelected(d, s.Metafields) &&
		slices.ContainsFunc(d.Variants, func(v commerce.DocumentVariant) bool { return variantSelected(v, s, mode) })
}

func variantSelected(v commerce.DocumentVariant, s commerce.Selection, mode commerce.UnavailableMode) bool {
	if mode == commerce.UnavailableHide && !v.Available {
		return false
	}
	if len(s.Availability) > 0 && !slices.Contains(s.Availability, v.Available) {
		return false
	}
	if len(s.Prices) > 0 && !slices.ContainsFunc(s.Prices, func(r commerce.PriceRange) bool {
		return r.Min <= v.PriceMinor && v.PriceMinor <= r.Max
	}) {
		return false
	}
	for _, chosen := range s.Options {
		if !slices.ContainsFunc(v.Options, func(o commerce.SelectedOption) bool {
			return !hidden(o) && commerce.OptionKey(o.Name) == chosen.Name &&
				slices.ContainsFunc(chosen.Values, func(c commerce.SelectedValue) bool { return c.Key == commerce.OptionKey(o.Value) })
		}) {
			return false
		}
	}
	return true
}

// among and amongAny hold when nothing is chosen. A product without a vendor or type has none that could be chosen.
func among(chosen []string, value string) bool {
	return len(chosen) == 0 || value != "" && slices.Contains(chosen, value)
}

func amongAny(chosen, values []string) bool {
	return len(chosen) == 0 || slices.ContainsFunc(values, func(v string) bool { return v != "" && slices.Contains(chosen, v) })
}

func hidden(o commerce.SelectedOption) bool {
	name, value := commerce.OptionKey(o.Name), commerce.OptionKey(o.Value)
	return name == "" || value == "" || name == "title" && value == "default title"
}

// Facets is the filters of a query with all their values and counts.
func (o *Oracle) Facets(q commerce.SearchQuery) []commerce.Facet {
	c := o.counter(q)
	all := []commerce.Facet{c.availability(), c.price()}
	all = append(all, c.options()...)
	all = append(all, c.metafields()...)
	all = append(all, c.productType(), c.vendor(), c.tag())
	all = arranged(slices.DeleteFunc(all, func(f commerce.Facet) bool { return len(f.Values) == 0 }), q.Filters)
	for _, f := range all { // the options of random catalogues that are of colours
		for i, v := range f.Values {
			if c, known := map[string]commerce.Colour{"red": {R: 0xd5}, "लाल": {R: 0xd5}}[strings.ToLower(v.Label)]; known && (f.ID == "filter.v.option.colour (uk)" || f.ID == "filter.v.option.रंग") {
				f.Values[i].Swatch = &c
			}
		}
	}
	return all
}

// counter counts the products of one query's scope.
type counter struct {
	q    commerce.SearchQuery
	docs []commerce.ProductDocument
}

func (o *Oracle) counter(q commerce.SearchQuery) counter {
	return counter{q: q, docs: slices.DeleteFunc(slices.Clone(o.docs), func(d commerce.ProductDocument) bool { return !o.inScope(q, &d) })}
}

// left is how many products a selection leaves.
func (c counter) left(s commerce.Selection) int {
	n := 0
	for i := range c.docs {
		if selected(&c.docs[i], s, c.q.Unavailable) {
			n++
		}
	}
	return n
}

func (c counter) availability() commerce.Facet {
	f := commerce.Facet{ID: commerce.FilterAvailability, Label: "Availability", Type: commerce.FacetBoolean}
	for _, choice := range []bool{true, false} {
		s := c.q.Selection
		s.Availability = []bool{choice}
		v := commerce.FacetValue{
			ID: f.ID + ".1", Label: "In stock", Count: c.left(s),
			Input: commerce.ProductFilter{Available: &choice}, Selected: slices.Contains(c.q.Selection.Availability, choice),
		}
		if !choice {
			v.ID, v.Label = f.ID+".0", "Out of stock"
		}
		f.Values = append(f.Values, v)
	}
	f.Values = kept(f.Values, label, false)
	return f
}

func (c counter) price() commerce.Facet {
	f := commerce.Facet{ID: commerce.FilterPrice, Label: "Price", Type: commerce.FacetPriceRange}
	chosen := c.q.Selection.Prices
	s := c.q.Selection
	s.Prices = nil
	prices := c.prices(s)
	if len(prices) == 0 {
		for _, r := range chosen {
			prices = append(prices, r.Min, r.Max)
		}
	}
	if len(prices) == 0 {
		return f
	}
	f.Values = []commerce.FacetValue{{
		ID: f.ID, Label: f.Label, Count: c.left(s), Selected: len(chosen) > 0,
		Input: commerce.ProductFilter{Price: &commerce.PriceRangeFilter{Min: c.major(slices.Min(prices)), Max: c.major(slices.Max(prices))}},
	}}
	return f
}

// prices are those of all variants that a selection leaves.
func (c counter) prices(s commerce.Selection) []int64 {
	var prices []int64
	for i := range c.docs {
		for _, v := range c.docs[i].Variants {
			if selected(&c.docs[i], s, c.q.Unavailable) && variantSelected(v, s, c.q.Unavailable) {
				prices = append(prices, v.PriceMinor)
			}
		}
	}
	return prices
}

func (c counter) major(minor int64) *float64 {
	amount := commerce.Money{Minor: minor, Currency: c.q.Currency}.Amount().String()
	f, err := strconv.ParseFloat(amount, 64)
	if err != nil {
		panic("searchtest: an amount that is no number: " + err.Error())
	}
	return &f
}

// plain counts a filter over a field of the product. of names a document's values, only narrows a selection to one.
func (c counter) plain(id, name string, chosen []string, of func(commerce.ProductDocument) []string,
	only func(*commerce.Selection, []string), input func(*string) commerce.ProductFilter,
) commerce.Facet {
	candidates := slices.Clone(chosen)
	for _, d := range c.docs {
		candidates = append(candidates, of(d)...)
	}
	f := commerce.Facet{ID: id, Label: name, Type: commerce.FacetList}
	for _, value := range distinct(candidates) {
		s := c.q.Selection
		only(&s, []string{value})
		f.Values = append(f.Values, commerce.FacetValue{
			ID: id + "." + commerce.Slug(value), Label: value, Count: c.left(s), Input: input(&value), Selected: slices.Contains(chosen, value),
		})
	}
	f.Values = kept(f.Values, label, false)
	return f
}

func (c counter) productType() commerce.Facet {
	return c.plain(commerce.FilterProductType, "Product type", c.q.Selection.ProductTypes,
		func(d commerce.ProductDocument) []string { return []string{d.ProductType} },
		func(s *commerce.Selection, v []string) { s.ProductTypes = v },
		func(v *string) commerce.ProductFilter { return commerce.ProductFilter{ProductType: v} })
}

func (c counter) vendor() commerce.Facet {
	return c.plain(commerce.FilterVendor, "Vendor", c.q.Selection.Vendors,
		func(d commerce.ProductDocument) []string { return []string{d.Vendor} },
		func(s *commerce.Selection, v []string) { s.Vendors = v },
		func(v *string) commerce.ProductFilter { return commerce.ProductFilter{ProductVendor: v} })
}

func (c counter) tag() commerce.Facet {
	return c.plain(commerce.FilterTag, "Tag", c.q.Selection.Tags,
		func(d commerce.ProductDocument) []string { return d.Tags },
		func(s *commerce.Selection, v []string) { s.Tags = v },
		func(v *string) commerce.ProductFilter { return commerce.ProductFilter{Tag: v} })
}

func label(v commerce.FacetValue) string { return v.Label }

// kept drops what nothing matches and nobody chose, orders by size where bySize says so, by count and then key, and cuts.
func kept(values []commerce.FacetValue, key func(commerce.FacetValue) string, bySize bool) []commerce.FacetValue {
	values = slices.DeleteFunc(values, func(v commerce.FacetValue) bool { return v.Count == 0 && !v.Selected })
	slices.SortFunc(values, func(a, b commerce.FacetValue) int {
		byCount := cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(key(a), key(b)))
		first, isA := commerce.ParseSize(a.Label)
		second, isB := commerce.ParseSize(b.Label)
		switch {
		case !bySize || !isA && !isB:
			return byCount
		case isA && isB:
			return cmp.Or(first.Compare(second), byCount)
		case isA:
			return -1
		}
		return 1
	})
	if len(values) > commerce.MaxFacetValues {
		panic("searchtest: the oracle does not know which of too many values stay")
	}
	return values
}

func distinct(texts []string) []string {
	texts = slices.DeleteFunc(texts, func(s string) bool { return s == "" })
	slices.Sort(texts)
	return slices.Compact(texts)
}
