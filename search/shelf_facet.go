package search

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// shelfView is a shelf as one search sees it.
type shelfView struct {
	*Shelf

	q commerce.SearchQuery
	// product and variant are the groups of the selection, by the facet each belongs to.
	product []productTest
	variant []variantTest
	// scope is what the search sees before a filter is chosen, hits what is left of it.
	scope []seen
	hits  []shelfHit
}

type productTest struct {
	facet string
	holds func(*item) bool
}

type variantTest struct {
	facet string
	holds func(*shelfVariant) bool
}

// seen is a product of the scope with the tests that it fails, as bits; each variant has its own.
type seen struct {
	shelfHit

	fails    uint64
	variants []uint64
}

// met reports whether the product meets all conditions but those of some bits.
func (p *seen) met(product, variant uint64, tested bool) bool {
	return p.fails&^product == 0 && (!tested || slices.ContainsFunc(p.variants, func(fails uint64) bool { return fails&^variant == 0 }))
}

func (s *Shelf) view(q commerce.SearchQuery, now time.Time) *shelfView {
	v := &shelfView{Shelf: s, q: q}
	v.tests()
	score, within := s.scorer(q), s.within(q)
	for i := range s.items {
		it := &s.items[i]
		if !inScope(it, q, now) || !within(it) {
			continue
		}
		points, found := score(it)
		if !found {
			continue
		}
		p := seen{shelfHit: shelfHit{it, float64(float32(points))}} // as exact as a cursor
		v.test(&p)
		v.scope = append(v.scope, p)
		if p.met(0, 0, len(v.variant) > 0) {
			v.hits = append(v.hits, p.shelfHit)
		}
	}
	return v
}

func inScope(it *item, q commerce.SearchQuery, now time.Time) bool {
	c := q.Selection.Collection
	return it.ref.Store == q.Store && it.published <= now.UnixMilli() && (c == 0 || slices.Contains(it.collections, c)) &&
		!slices.Contains(q.Placement.Hidden, it.ref.ID)
}

// tests turns the selection into tests, at most one for each filter, of which there are at most commerce.MaxFilters in fewer groups.
func (v *shelfView) tests() {
	s := v.q.Selection
	one := func(facet string, chosen []string, of func(*item) []int32) {
		if len(chosen) > 0 {
			numbers := v.terms.known(chosen)
			v.product = append(v.product, productTest{facet, func(it *item) bool { return meet(of(it), numbers) }})
		}
	}
	one(commerce.FilterVendor, s.Vendors, vendorOf)
	one(commerce.FilterProductType, s.ProductTypes, kindOf)
	one(commerce.FilterTag, s.Tags, tagsOf)
	for _, m := range s.Metafields {
		one(commerce.MetafieldFilterID(m.Namespace, m.Key), metafieldTokens(m), attributesOf)
	}
	if len(s.Availability) > 0 {
		v.variant = append(v.variant, variantTest{commerce.FilterAvailability, func(on *shelfVariant) bool { return slices.Contains(s.Availability, on.available) }})
	}
	if v.q.Unavailable == commerce.UnavailableHide { // belongs to no facet, so it narrows them all
		v.variant = append(v.variant, variantTest{"", func(on *shelfVariant) bool { return on.available }})
	}
	if len(s.Prices) > 0 {
		v.variant = append(v.variant, variantTest{commerce.FilterPrice, func(on *shelfVariant) bool {
			return slices.ContainsFunc(s.Prices, func(r commerce.PriceRange) bool { return r.Min <= on.price && on.price <= r.Max })
		}})
	}
	for _, o := range s.Options {
		chosen := v.terms.known(optionTokens(o))
		v.variant = append(v.variant, variantTest{commerce.FilterOptionPrefix + o.Name, func(on *shelfVariant) bool { return meet(on.options, chosen) }})
	}
}

func vendorOf(it *item) []int32 { return it.vendor }
func kindOf(it *item) []int32   { return it.kind }
func tagsOf(it *item) []int32   { return it.tags }

func attributesOf(it *item) []int32 { return it.attributes }

// meet reports whether two lists have a number in common.
func meet(a, b []int32) bool {
	return slices.ContainsFunc(a, func(n int32) bool { return slices.Contains(b, n) })
}

func (v *shelfView) test(p *seen) {
	for i, t := range v.product {
		if !t.holds(p.item) {
			p.fails |= 1 << i
		}
	}
	p.variants = make([]uint64, len(p.item.variants))
	for n := range p.item.variants {
		for i, t := range v.variant {
			if !t.holds(&p.item.variants[n]) {
				p.variants[n] |= 1 << min(i, 63) // more options than a variant can have meet on no product
			}
		}
	}
}

// bits are those of a facet's tests, 0 where nothing is chosen of it.
func (v *shelfView) bits(facet string) (product, variant uint64) {
	if facet == "" {
		return 0, 0
	}
	for i, t := range v.product {
		if t.facet == facet {
			product = 1 << i
		}
	}
	for i, t := range v.variant {
		if t.facet == facet {
			variant = 1 << min(i, 63)
		}
	}
	return product, variant
}

// counts are what the engine's aggregations would be: see aggregations.
func (v *shelfView) counts() facetCounts {
	named := map[string]facetCount{
		aggVendor:       v.countProducts(commerce.FilterVendor, v.q.Selection.Vendors, vendorOf, anything),
		aggProductType:  v.countProducts(commerce.FilterProductType, v.q.Selection.ProductTypes, kindOf, anything),
		aggTags:         v.countProducts(commerce.FilterTag, v.q.Selection.Tags, tagsOf, anything),
		aggAvailability: v.countAvailability(), aggPrice: v.countPrices(),
		aggOptions: {Values: buckets{v.top(v.countOptions(""), maxOptionValues, anything)}},
	}
	v.countMetafields(named)
	for i, o := range v.q.Selection.Options {
		prefix, chosen := optionKey(o.Name)+optionSeparator, optionTokens(o)
		counts := v.countOptions(commerce.FilterOptionPrefix + o.Name)
		named[aggOption+strconv.Itoa(i)] = facetCount{
			Values:   buckets{v.top(counts, commerce.MaxFacetValues, func(token string) bool { return strings.HasPrefix(token, prefix) })},
			Selected: buckets{v.top(counts, len(chosen), func(token string) bool { return slices.Contains(chosen, token) })},
		}
	}
	return facetCounts{Named: named, Labels: v.labels()}
}

// labels counts how products spell their options, whatever is chosen.
func (v *shelfView) labels() buckets {
	counts, last := make([]int, len(v.terms.texts)), make([]*item, len(v.terms.texts))
	for i := range v.scope {
		it := v.scope[i].item
		for _, on := range it.variants {
			for _, n := range on.labels {
				if last[n] != it { // a product counts once
					last[n] = it
					counts[n]++
				}
			}
		}
	}
	return buckets{v.top(counts, maxOptionSpellings, anything)}
}

// countMetafields counts the values of each metafield that is shown.
func (v *shelfView) countMetafields(into map[string]facetCount) {
	for i, m := range shownMetafields(v.q) {
		prefix := attributeToken(m.Namespace, m.Key, "")
		chosen := metafieldTokens(commerce.MetafieldSelection{Namespace: m.Namespace, Key: m.Key, Values: chosenOf(v.q, m)})
		into[aggMetafield+strconv.Itoa(i)] = v.countProducts(m.FilterID(), chosen, attributesOf, func(token string) bool { return strings.HasPrefix(token, prefix) })
	}
}

func (v *shelfView) countProducts(facet string, selected []string, of func(*item) []int32, include func(text string) bool) facetCount {
	counts := make([]int, len(v.terms.texts))
	own, _ := v.bits(facet)
	for i := range v.scope {
		p := &v.scope[i]
		if !p.met(own, 0, len(v.variant) > 0) {
			continue
		}
		for _, n := range of(p.item) {
			counts[n]++
		}
	}
	return facetCount{
		Values:   buckets{v.top(counts, commerce.MaxFacetValues, include)},
		Selected: buckets{v.top(counts, len(selected), func(text string) bool { return slices.Contains(selected, text) })},
	}
}

// matching calls each for the variants that meet all conditions but the facet's own, product by product.
func (v *shelfView) matching(facet string, each func(p *seen, variants []*shelfVariant)) {
	_, own := v.bits(facet)
	var left []*shelfVariant
	for i := range v.scope {
		p := &v.scope[i]
		if p.fails != 0 {
			continue
		}
		left = left[:0]
		for n, fails := range p.variants {
			if fails&^own == 0 {
				left = append(left, &p.item.variants[n])
			}
		}
		if len(left) > 0 {
			each(p, left)
		}
	}
}

func (v *shelfView) countAvailability() facetCount {
	var can, cannot int
	v.matching(commerce.FilterAvailability, func(_ *seen, variants []*shelfVariant) {
		if slices.ContainsFunc(variants, func(on *shelfVariant) bool { return on.available }) {
			can++
		}
		if slices.ContainsFunc(variants, func(on *shelfVariant) bool { return !on.available }) {
			cannot++
		}
	})
	return facetCount{Values: buckets{[]bucket{{Count: can}, {Count: cannot}}}}
}

func (v *shelfView) countPrices() facetCount {
	var c facetCount
	v.matching(commerce.FilterPrice, func(_ *seen, variants []*shelfVariant) {
		for _, on := range variants {
			price := float64(on.price)
			if c.Products.Count == 0 && on == variants[0] {
				c.Low.Value, c.High.Value = price, price
			}
			c.Low.Value, c.High.Value = min(c.Low.Value, price), max(c.High.Value, price)
		}
		c.Products.Count++
	})
	if v.q.WantSpread {
		c.Spread = v.countSpread()
	}
	return c
}

// countSpread counts the products in every bucket of every grid of prices.
func (v *shelfView) countSpread() spreadCounts {
	spread := make(spreadCounts, commerce.PriceGrids)
	for grid := range commerce.PriceGrids {
		edges := commerce.PriceGrid(grid, v.q.Currency)
		counts, last := make([]bucket, len(edges)-1), make([]*seen, len(edges)-1)
		v.matching(commerce.FilterPrice, func(p *seen, variants []*shelfVariant) {
			for _, on := range variants {
				if n := commerce.PriceBucketOf(edges, on.price); last[n] != p { // a product counts once
					last[n] = p
					counts[n].Count++
				}
			}
		})
		spread[strconv.Itoa(grid)] = buckets{counts}
	}
	return spread
}

// countOptions counts the products of each option value, by its number.
func (v *shelfView) countOptions(facet string) []int {
	counts := make([]int, len(v.terms.texts))
	last := make([]*seen, len(v.terms.texts))
	v.matching(facet, func(p *seen, variants []*shelfVariant) {
		for _, on := range variants {
			for _, n := range on.options {
				if last[n] != p { // a product counts once
					last[n] = p
					counts[n]++
				}
			}
		}
	})
	return counts
}

func anything(string) bool { return true }

// top are the values that most products have, in the engine's order.
func (v *shelfView) top(counts []int, most int, include func(text string) bool) []bucket {
	var all []bucket
	for n, count := range counts {
		if text := v.terms.texts[n]; count > 0 && include(text) {
			all = append(all, bucket{Key: text, Count: count})
		}
	}
	slices.SortFunc(all, func(a, b bucket) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Key, b.Key)) })
	return all[:min(len(all), most)]
}
