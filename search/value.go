package search

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// facets lists the filters of an answer in the store's order, or else: availability, price, the options by name, the
// metafields, then the product's own fields. A filter without a value to choose is left out.
func facets(q commerce.SearchQuery, counts *facetCounts) []commerce.Facet {
	s, named := q.Selection, counts.Named
	all := []commerce.Facet{
		availabilityFacet(s.Availability, named[aggAvailability]),
		priceFacet(q, named[aggPrice]),
	}
	all = append(all, optionFacets(s.Options, named, newSpellings(counts.Labels.Buckets))...)
	all = append(all, metafieldFacets(q, named)...)
	all = append(all,
		productFacet(commerce.FilterProductType, "Product type", named[aggProductType], s.ProductTypes, func(v *string) commerce.ProductFilter {
			return commerce.ProductFilter{ProductType: v}
		}),
		productFacet(commerce.FilterVendor, "Vendor", named[aggVendor], s.Vendors, func(v *string) commerce.ProductFilter {
			return commerce.ProductFilter{ProductVendor: v}
		}),
		productFacet(commerce.FilterTag, "Tag", named[aggTags], s.Tags, func(v *string) commerce.ProductFilter {
			return commerce.ProductFilter{Tag: v}
		}),
	)
	all = slices.DeleteFunc(all, func(f commerce.Facet) bool { return len(f.Values) == 0 })
	all = q.Filters.Arrange(all)
	addSwatches(q, all)
	return all
}

// addSwatches gives the values of options and metafields their colours.
func addSwatches(q commerce.SearchQuery, all []commerce.Facet) {
	swatch := q.Filters.Swatcher()
	colours := map[string]bool{} // the metafields whose values are colours, whatever they are called
	for _, m := range shownMetafields(q) {
		colours[m.FilterID()] = strings.HasSuffix(m.Type, string(commerce.MetafieldColor))
	}
	for _, f := range all {
		name := f.Label
		switch {
		case colours[f.ID]:
			name = "colour"
		case !strings.HasPrefix(f.ID, commerce.FilterOptionPrefix) && !strings.HasPrefix(f.ID, commerce.FilterMetafieldPrefix):
			continue
		}
		for i := range f.Values {
			f.Values[i].Swatch = swatch(name, f.Values[i].Label)
		}
	}
}

func availabilityFacet(selected []bool, count facetCount) commerce.Facet {
	f := commerce.Facet{ID: commerce.FilterAvailability, Label: "Availability", Type: commerce.FacetBoolean}
	for i, b := range count.Values.Buckets {
		available := i == 0 // the order in which countAvailability asks
		v := commerce.FacetValue{
			ID: f.ID + ".1", Label: "In stock", Count: b.products(),
			Input: commerce.ProductFilter{Available: &available}, Selected: slices.Contains(selected, available),
		}
		if !available {
			v.ID, v.Label = f.ID+".0", "Out of stock"
		}
		if v.Count > 0 || v.Selected {
			f.Values = append(f.Values, v)
		}
	}
	slices.SortStableFunc(f.Values, func(a, b commerce.FacetValue) int { return cmp.Compare(b.Count, a.Count) })
	return f
}

// priceFacet has one value: the range from the lowest to the highest price under the other filters, and how many
// products that leaves. Where nothing is left, a selected range stands for itself.
func priceFacet(q commerce.SearchQuery, count facetCount) commerce.Facet {
	selected := q.Selection.Prices
	f := commerce.Facet{ID: commerce.FilterPrice, Label: "Price", Type: commerce.FacetPriceRange}
	low, high := int64(count.Low.Value), int64(count.High.Value)
	if q.WantSpread {
		f.Prices = priceSpread(q, count)
	}
	if count.Products.Count == 0 {
		if len(selected) == 0 {
			return f
		}
		low, high = selected[0].Min, selected[0].Max
		for _, r := range selected[1:] {
			low, high = min(low, r.Min), max(high, r.Max)
		}
	}
	f.Values = []commerce.FacetValue{{
		ID: f.ID, Label: f.Label, Count: count.Products.Count, Selected: len(selected) > 0,
		Input: commerce.PriceFilter(commerce.PriceRange{Min: low, Max: high}, q.Currency),
	}}
	return f
}

func priceSpread(q commerce.SearchQuery, count facetCount) *commerce.PriceSpread {
	s := &commerce.PriceSpread{
		Currency: q.Currency, Low: int64(count.Low.Value), High: int64(count.High.Value), Products: count.Products.Count > 0, Chosen: q.Selection.Prices,
	}
	for grid := range s.Counts {
		s.Counts[grid] = make([]int, len(commerce.PriceGrid(grid, q.Currency))-1)
		for i, b := range count.Spread[strconv.Itoa(grid)].Buckets {
			s.Counts[grid][i] = b.products()
		}
	}
	for _, b := range count.Steps.Buckets {
		if grid, bucket, ok := bucketOf(b.Key); ok && bucket < len(s.Counts[grid]) {
			s.Counts[grid][bucket] = b.products()
		}
	}
	return s
}

func productFacet(id, label string, count facetCount, selected []string, input func(*string) commerce.ProductFilter) commerce.Facet {
	var values []keyed
	add := func(value string, n int) {
		values = append(values, keyed{key: value, FacetValue: commerce.FacetValue{
			Label: value, Count: n, Input: input(&value), Selected: slices.Contains(selected, value),
		}})
	}
	for _, b := range slices.Concat(count.Values.Buckets, count.Selected.Buckets) {
		add(b.Key, b.products())
	}
	for _, value := range selected {
		add(value, 0)
	}
	return commerce.Facet{ID: id, Label: label, Type: commerce.FacetList, Values: listed(id, values, false)}
}

// metafieldFacets lists the metafields that are shown. Their values can be sizes, too.
func metafieldFacets(q commerce.SearchQuery, counts map[string]facetCount) []commerce.Facet {
	var all []commerce.Facet
	for i, m := range shownMetafields(q) {
		f := commerce.Facet{ID: m.FilterID(), Label: m.Label, Type: commerce.FacetList}
		if commerce.MetafieldType(m.Type) == commerce.MetafieldBoolean {
			f.Type = commerce.FacetBoolean
		}
		chosen, count := chosenOf(q, m), counts[aggMetafield+strconv.Itoa(i)]
		var values []keyed
		add := func(value string, n int) {
			values = append(values, keyed{key: value, FacetValue: commerce.FacetValue{
				Label: metafieldLabel(f.Type, value), Count: n, Selected: slices.Contains(chosen, value),
				Input: commerce.ProductFilter{ProductMetafield: &commerce.MetafieldFilter{Namespace: m.Namespace, Key: m.Key, Value: value}},
			}})
		}
		for _, b := range slices.Concat(count.Values.Buckets, count.Selected.Buckets) {
			_, value := splitOption(b.Key)
			add(value, b.products())
		}
		for _, value := range chosen {
			add(value, 0)
		}
		f.Values = listed(f.ID, values, true)
		all = append(all, f)
	}
	return all
}

// metafieldLabel is what people read for a value.
func metafieldLabel(of commerce.FacetType, value string) string {
	switch {
	case of == commerce.FacetBoolean && value == "true":
		return "Yes"
	case of == commerce.FacetBoolean && value == "false":
		return "No"
	}
	return value
}

// optionFacets lists the options in the order of their names. A selected option has counts of its own; the others
// share one answer.
func optionFacets(selected []commerce.OptionSelection, counts map[string]facetCount, spelt spellings) []commerce.Facet {
	values := map[string][]keyed{}
	add := func(name, value, label string, n int, chosen bool) {
		if showsAsFilter(name, value) {
			values[name] = append(values[name], keyed{key: value, FacetValue: spelt.value(name, value, label, n, chosen)})
		}
	}
	chosen := map[string]bool{}
	for i, o := range selected {
		chosen[o.Name] = true
		count := counts[aggOption+strconv.Itoa(i)]
		picked := func(key string) bool {
			return slices.ContainsFunc(o.Values, func(v commerce.SelectedValue) bool { return v.Key == key })
		}
		for _, b := range slices.Concat(count.Values.Buckets, count.Selected.Buckets) {
			_, value := splitOption(b.Key)
			add(o.Name, value, value, b.products(), picked(value))
		}
		for _, v := range o.Values {
			add(o.Name, v.Key, strings.TrimSpace(v.Label), 0, true)
		}
	}
	for _, b := range counts[aggOptions].Values.Buckets {
		if name, value := splitOption(b.Key); !chosen[name] {
			add(name, value, value, b.products(), false)
		}
	}
	var all []commerce.Facet
	for _, name := range slices.Sorted(maps.Keys(values)) {
		id := commerce.FilterOptionPrefix + name
		all = append(all, commerce.Facet{ID: id, Label: spelt.name(name), Type: commerce.FacetList, Values: listed(id, values[name], true)})
	}
	return all
}

// keyed is a value with the form in which it compares.
type keyed struct {
	key string
	commerce.FacetValue

	rank commerce.ValueRank // while they are sorted
}

// listed drops repeated keys (the first says the count), keeps the most frequent values and every selected one, orders them, sizes first
// where values can be sizes, and names them.
func listed(facet string, values []keyed, bySize bool) []commerce.FacetValue {
	seen := map[string]bool{}
	values = slices.DeleteFunc(values, func(v keyed) bool {
		again := seen[v.key]
		seen[v.key] = true
		return again
	})
	sortKeyed(values, false)
	surplus := len(values) - commerce.MaxFacetValues
	for i := len(values) - 1; i >= 0 && surplus > 0; i-- {
		if !values[i].Selected {
			values = slices.Delete(values, i, i+1)
			surplus--
		}
	}
	if bySize {
		sortKeyed(values, true)
	}
	name(facet, values)
	out := make([]commerce.FacetValue, len(values))
	for i, v := range values {
		out[i] = v.FacetValue
	}
	return out
}

// sortKeyed puts values in order. Each is looked at once, however often it is compared.
func sortKeyed(values []keyed, bySize bool) {
	for i := range values {
		values[i].rank = commerce.RankValue(values[i].key, values[i].Count, bySize)
	}
	slices.SortFunc(values, func(a, b keyed) int { return a.rank.Compare(b.rank) })
}

// name gives each value the id <facet>.<slug>. Of values with the same slug ("A+" and "A-") the first by key has it;
// the others, and values without letters and digits, carry a number made of their key.
func name(facet string, values []keyed) {
	first := map[string]string{}
	for _, v := range values {
		slug := commerce.Slug(v.key)
		if key, taken := first[slug]; !taken || v.key < key {
			first[slug] = v.key
		}
	}
	for i, v := range values {
		slug := commerce.Slug(v.key)
		if slug == "" || first[slug] != v.key {
			slug = strings.TrimLeft(slug+"-"+fingerprint(v.key), "-")
		}
		values[i].ID = facet + "." + slug
	}
}

func fingerprint(s string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s)) // a hash never fails
	return fmt.Sprintf("%08x", h.Sum32())
}

// spellings knows the most frequent spelling of each option name and of each option value.
type spellings struct{ names, values map[string]string }

func newSpellings(labels []bucket) spellings {
	names, values := tally{}, tally{}
	for _, b := range labels {
		n, v := splitOption(b.Key)
		names.add(optionKey(n), n, b.Count)
		values.add(optionToken(n, v), v, b.Count)
	}
	return spellings{names.winners(), values.winners()}
}

func (s spellings) name(key string) string {
	if spelt, ok := s.names[key]; ok {
		return spelt
	}
	return key
}

// value makes the facet value of an option value; label is for values that no product spells.
func (s spellings) value(name, key, label string, count int, selected bool) commerce.FacetValue {
	if spelt, ok := s.values[optionToken(name, key)]; ok {
		label = spelt
	}
	return commerce.FacetValue{
		Label: label, Count: count, Selected: selected,
		Input: commerce.ProductFilter{VariantOption: &commerce.VariantOptionFilter{Name: s.name(name), Value: label}},
	}
}

// tally counts the spellings of keys.
type tally map[string]map[string]int

func (t tally) add(key, spelling string, n int) {
	if t[key] == nil {
		t[key] = map[string]int{}
	}
	t[key][spelling] += n
}

// winners is the most frequent spelling of each key, the first in byte order among equals.
func (t tally) winners() map[string]string {
	best := make(map[string]string, len(t))
	for key, counts := range t {
		for spelling, n := range counts {
			if b, ok := best[key]; !ok || n > counts[b] || n == counts[b] && spelling < b {
				best[key] = spelling
			}
		}
	}
	return best
}
