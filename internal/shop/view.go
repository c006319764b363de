package shop

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// view is what a search page shows. Its address says all of it, so that every view can be shared.
type view struct {
	text string
	// sort is one of the words of sorts, empty for the best match.
	sort string
	// collection is the handle of the collection that is searched in, empty for the whole store.
	collection string
	// low and high bound the price, as they were typed.
	low, high string
	// chosen are the chosen values of filters, sorted, each once.
	chosen []choice
	// after and before are cursors to go on from.
	after, before string
}

// choice is one value of a filter, as the address names it: vendor=Tata, o.size=M.
type choice struct{ name, value string }

// The names in the query of an address.
const (
	paramText       = "q"
	paramSort       = "sort"
	paramCollection = "c"
	paramLow        = "min"
	paramHigh       = "max"
	paramAfter      = "after"
	paramBefore     = "before"

	paramAvailable = "available"
	paramVendor    = "vendor"
	paramType      = "type"
	paramTag       = "tag"
	paramOption    = "o." // and the option's name, in lower case
	paramMetafield = "m." // and the metafield's namespace and key, with a full stop between
)

// The values of available.
const (
	valueYes = "1"
	valueNo  = "0"
)

// The orders of a search, in the words of an address.
const (
	sortBest      = ""
	sortNewest    = "newest"
	sortCheap     = "price"
	sortExpensive = "price-desc"
	sortTitle     = "title"
)

// The bounds of the texts in an address, in bytes.
const (
	maxValue  = commerce.MaxLabel
	maxAmount = 20
	maxCursor = 4096
)

// parseView reads the query of an address. It takes any: what means nothing is left out, what is too long is cut, so that
// a mistyped link still opens.
func parseView(q url.Values) view {
	v := view{
		text: tidy(q.Get(paramText), commerce.MaxSearchText), collection: tidy(q.Get(paramCollection), commerce.MaxHandle),
		low: tidy(q.Get(paramLow), maxAmount), high: tidy(q.Get(paramHigh), maxAmount),
		after: cursor(q.Get(paramAfter)), before: cursor(q.Get(paramBefore)),
	}
	switch word := q.Get(paramSort); word {
	case sortNewest, sortCheap, sortExpensive, sortTitle:
		v.sort = word
	}
	if v.after != "" {
		v.before = ""
	}
	for name, values := range q {
		for _, value := range values {
			if c, ok := newChoice(name, value); ok {
				v.chosen = append(v.chosen, c)
			}
		}
	}
	slices.SortFunc(v.chosen, compareChoices)
	v.chosen = fewMetafields(slices.CompactFunc(v.chosen, choice.same))
	v.chosen = v.chosen[:min(len(v.chosen), commerce.MaxFilters-1)] // one is for the price
	return v
}

// fewMetafields leaves out the choices of more metafields than a search takes.
func fewMetafields(chosen []choice) []choice {
	names := map[string]bool{}
	return slices.DeleteFunc(chosen, func(c choice) bool {
		if strings.HasPrefix(c.name, paramMetafield) {
			names[c.name] = true
			return len(names) > commerce.MaxSearchMetafields
		}
		return false
	})
}

// newChoice reads one pair of a query. It reports false for a pair that is no value of a filter.
func newChoice(name, value string) (choice, bool) {
	c := choice{name, tidy(value, maxValue)}
	switch {
	case c.value == "":
		return c, false
	case name == paramAvailable:
		return c, c.value == valueYes || c.value == valueNo
	case name == paramVendor || name == paramType || name == paramTag:
		return c, true
	}
	if metafield, is := strings.CutPrefix(name, paramMetafield); is {
		return c, commerce.IsFilterID(commerce.FilterMetafieldPrefix + metafield)
	}
	option, ok := strings.CutPrefix(name, paramOption)
	option = tidy(commerce.OptionKey(option), maxValue)
	c.name = paramOption + option
	return c, ok && option != ""
}

// choiceOf is the value of a filter as an address names it. It reports false for a price, which has names of its own.
func choiceOf(f commerce.ProductFilter) (choice, bool) {
	switch {
	case f.Available != nil && *f.Available:
		return choice{paramAvailable, valueYes}, true
	case f.Available != nil:
		return choice{paramAvailable, valueNo}, true
	case f.ProductVendor != nil:
		return newChoice(paramVendor, *f.ProductVendor)
	case f.ProductType != nil:
		return newChoice(paramType, *f.ProductType)
	case f.Tag != nil:
		return newChoice(paramTag, *f.Tag)
	case f.ProductMetafield != nil:
		return newChoice(paramMetafield+f.ProductMetafield.Namespace+"."+f.ProductMetafield.Key, f.ProductMetafield.Value)
	case f.VariantOption != nil:
		return newChoice(paramOption+f.VariantOption.Name, f.VariantOption.Value)
	}
	return choice{}, false
}

// filter is the condition that the choice stands for.
func (c choice) filter() commerce.ProductFilter {
	switch c.name {
	case paramAvailable:
		yes := c.value == valueYes
		return commerce.ProductFilter{Available: &yes}
	case paramVendor:
		return commerce.ProductFilter{ProductVendor: &c.value}
	case paramType:
		return commerce.ProductFilter{ProductType: &c.value}
	case paramTag:
		return commerce.ProductFilter{Tag: &c.value}
	}
	if metafield, is := strings.CutPrefix(c.name, paramMetafield); is {
		namespace, key, _ := strings.Cut(metafield, ".")
		return commerce.ProductFilter{ProductMetafield: &commerce.MetafieldFilter{Namespace: namespace, Key: key, Value: c.value}}
	}
	return commerce.ProductFilter{VariantOption: &commerce.VariantOptionFilter{Name: strings.TrimPrefix(c.name, paramOption), Value: c.value}}
}

// key is what choices compare by: options compare without regard to case, as search does.
func (c choice) key() string {
	if strings.HasPrefix(c.name, paramOption) {
		return commerce.OptionKey(c.value)
	}
	return c.value
}

func (c choice) same(other choice) bool { return c.name == other.name && c.key() == other.key() }

func compareChoices(a, b choice) int {
	return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.key(), b.key()), cmp.Compare(a.value, b.value))
}

// query is the view as the query of an address, which parseView reads back.
func (v view) query() string {
	q := make(url.Values)
	for name, value := range map[string]string{
		paramText: v.text, paramSort: v.sort, paramCollection: v.collection,
		paramLow: v.low, paramHigh: v.high, paramAfter: v.after, paramBefore: v.before,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for _, c := range v.chosen {
		q.Add(c.name, c.value)
	}
	return q.Encode()
}

// address is the path of the view below its store's base.
func (v view) address(base string) string {
	if q := v.query(); q != "" {
		return base + "/search?" + q
	}
	return base + "/search"
}

// with is the first page of the view with one more value chosen.
func (v view) with(c choice) view {
	if v.has(c) {
		return v.first()
	}
	v = v.first()
	v.chosen = append(slices.Clone(v.chosen), c)
	slices.SortFunc(v.chosen, compareChoices)
	return v
}

// without is the first page of the view with one value less.
func (v view) without(c choice) view {
	v = v.first()
	v.chosen = slices.DeleteFunc(slices.Clone(v.chosen), c.same)
	return v
}

func (v view) has(c choice) bool { return slices.ContainsFunc(v.chosen, c.same) }

// first is the first page of the view.
func (v view) first() view {
	v.after, v.before = "", ""
	return v
}

// plain reports whether the view is the whole store from its start.
func (v view) plain() bool { return v.query() == "" }

// tidy makes any text one that can be searched for and shown: valid, of one line, at most n bytes.
func tidy(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	for len(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return strings.TrimSpace(s)
}

// cursor keeps what can be a cursor. Whether it is one is for the list to say.
func cursor(s string) string {
	if len(s) > maxCursor || strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
		return ""
	}
	return s
}
