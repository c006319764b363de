package shop

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// browse is a page of search results with what can narrow them.
type browse struct {
	view view

	Action string
	// Text and Collection go along with the form of the filters.
	Text, Collection string
	// Within is the name of the collection that is searched in, WithinOff the address of the same search without it.
	Within, WithinOff string
	Sorts             []sortChoice
	Price             *priceFilter
	Filters           []filter
	// Kept are chosen values that no filter shows; they go along with the form too.
	Kept []field
	// Chips are the chosen values, each with the address that removes it.
	Chips []chip
	// Clear leads to the same search without any of them.
	Clear string
	Count string
	Cards []card
	Pager pager
	// Plain says that search does not answer, and that the store's list stands in for it.
	Plain bool
	// Faults sums up what is wrong with what was typed.
	Faults []string
}

type sortChoice struct {
	Word, Label string
	Selected    bool
}

type field struct{ Name, Value string }

// filter is the values of one filter, the chosen ones first.
type filter struct {
	Label string
	// Values are seen at once, Rest when asked for.
	Values, Rest []filterValue
}

type filterValue struct {
	field

	Label    string
	Count    int
	Selected bool
}

type chip struct{ Label, Path string }

// priceFilter is the two fields for the bounds of the price.
type priceFilter struct {
	Symbol, Low, High string
	// LowHint and HighHint are what there is.
	LowHint, HighHint   string
	LowFault, HighFault string
}

// The most values that a filter shows at once, and at all: who wants a rarer one searches for it.
const (
	valuesAtOnce = 6
	valuesAtAll  = 40
)

// browse makes the page of a search: 5 readings, and one more for a search within a collection.
func (s *site) browse(v *visit) (*page, error) {
	b := &browse{view: parseView(v.URL.Query()), Action: v.base + "/search"}
	within, err := s.within(v, b)
	if err != nil {
		return nil, err
	}
	found, list, err := s.search(v, b, within)
	if err != nil {
		return nil, err
	}
	if b.Cards, err = s.cards(v, nodes(list)); err != nil {
		return nil, err
	}
	b.describe(v, found)
	return v.browsePage(b), nil
}

func (v *visit) browsePage(b *browse) *page {
	title := "All products"
	switch {
	case b.view.text != "":
		title = "“" + b.view.text + "”"
	case b.Within != "":
		title = b.Within
	case len(b.view.chosen) == 1 && b.view.chosen[0].name != paramAvailable:
		title = b.view.chosen[0].value
	}
	p := v.newPage("browse", title)
	p.Canonical, p.Hidden, p.Content = v.url+"/search", !b.view.plain(), b
	p.Description = cut(v.store.Description)
	p.Search.Text, p.Search.Quiet = b.view.text, true
	if len(b.Cards) > 0 {
		p.Preview.Image = absolute(v, b.Cards[0].Image.Src)
	}
	return p
}

// within finds the collection that is searched in, 0 for none. One that there is not is not searched in.
func (s *site) within(v *visit, b *browse) (commerce.CollectionID, error) {
	if b.view.collection == "" {
		return 0, nil
	}
	c, err := s.findCollection(v, b.view.collection)
	if err != nil {
		return 0, err
	}
	if c == nil {
		b.view.collection = ""
		return 0, nil
	}
	whole := b.view.first()
	whole.collection = ""
	b.Collection, b.Within, b.WithinOff = c.Handle, c.Title, whole.address(v.base)
	return c.ID, nil
}

// search asks for a page of results and reads the products themselves, which the index may be late with. While search does
// not answer, the store's list stands in: it knows words, but no filters.
func (s *site) search(v *visit, b *browse, within commerce.CollectionID) (commerce.SearchResult, commerce.List[*commerce.Product], error) {
	var none commerce.List[*commerce.Product]
	selection, err := b.selection(v.store.Currency)
	if err != nil {
		return commerce.SearchResult{}, none, err
	}
	selection.Collection = within
	found, err := retried(listPage(b.view.after, b.view.before, b.view.order()), func(page commerce.Page) (commerce.SearchResult, error) {
		query := commerce.SearchQuery{
			Store: v.store.ID, Currency: v.store.Currency, Text: b.view.text, Prefix: true, Unavailable: commerce.UnavailableLast,
			Selection: selection, Page: page, WantTotal: true, WantFacets: true,
		}
		results, err := s.o.Searcher.SearchProducts(v.Context(), []commerce.SearchQuery{query})
		if err != nil {
			return commerce.SearchResult{}, err
		}
		s.o.Searches.Note(query, results[0])
		return results[0], nil
	})
	if commerce.CodeOf(err) == commerce.CodeUnavailable {
		s.o.Logger.WarnContext(v.Context(), "search is away: a page shows the plain list", "error", err.Error())
		b.Plain = true
		list, err := s.plainList(v, b)
		b.Pager = newPager(list, b.view.at(v.base))
		return commerce.SearchResult{}, list, err
	}
	if err != nil {
		return found, none, err
	}
	b.Pager = newPager(found.Hits, b.view.at(v.base)) // the hits' own places: a page of which nothing is left still leads on
	list, err := s.hydrate(v, found.Hits)
	return found, list, err
}

// at makes the address of the view at a cursor.
func (v view) at(base string) func(after, before string) string {
	return func(after, before string) string {
		v.after, v.before = after, before
		return v.address(base)
	}
}

// hydrate reads the products of hits. One that buyers may not see any more is left out.
func (s *site) hydrate(v *visit, hits commerce.List[commerce.ProductRef]) (commerce.List[*commerce.Product], error) {
	list := commerce.List[*commerce.Product]{Order: hits.Order, HasNext: hits.HasNext, HasPrevious: hits.HasPrevious}
	if len(hits.Items) == 0 {
		return list, nil
	}
	products, err := s.o.Products.ProductsByID(v.Context(), nodes(hits))
	if err != nil {
		return list, err
	}
	for _, hit := range hits.Items {
		if p := products[hit.Node]; p != nil {
			list.Items = append(list.Items, commerce.Item[*commerce.Product]{Node: p, Value: hit.Value, ID: hit.ID})
		}
	}
	return list, nil
}

// plainList reads the list of the store's products that contain the words of a search.
func (s *site) plainList(v *visit, b *browse) (commerce.List[*commerce.Product], error) {
	order := b.view.order()
	if order.Key == commerce.SearchSortRelevance {
		order = commerce.Ordering{Key: commerce.ProductSortCreatedAt, Reverse: true}
	}
	return retried(listPage(b.view.after, b.view.before, order), func(page commerce.Page) (commerce.List[*commerce.Product], error) {
		key := commerce.ProductListKey{Store: v.store.ID, Page: page, Words: b.view.text}
		lists, err := s.o.Products.ProductLists(v.Context(), []commerce.ProductListKey{key})
		return lists[key], err
	})
}

// order is the order of the results.
func (v view) order() commerce.Ordering {
	switch v.sort {
	case sortNewest:
		return commerce.Ordering{Key: commerce.SearchSortCreatedAt, Reverse: true}
	case sortCheap:
		return commerce.Ordering{Key: commerce.SearchSortPrice}
	case sortExpensive:
		return commerce.Ordering{Key: commerce.SearchSortPrice, Reverse: true}
	case sortTitle:
		return commerce.Ordering{Key: commerce.SearchSortTitle}
	}
	return commerce.Ordering{Key: commerce.SearchSortRelevance}
}

// filters are the conditions of the chosen values.
func (v view) filters() []commerce.ProductFilter {
	all := make([]commerce.ProductFilter, len(v.chosen))
	for i, c := range v.chosen {
		all[i] = c.filter()
	}
	return all
}

// selection is the conditions of the view. Bounds of the price that are none narrow nothing, and are named beside their
// fields; two that were mixed up are put right.
func (b *browse) selection(c commerce.Currency) (commerce.Selection, error) {
	filters := b.view.filters()
	low, lowOK := bound(b.view.low, c)
	high, highOK := bound(b.view.high, c)
	b.Price = &priceFilter{Symbol: symbol(c), Low: b.view.low, High: b.view.high}
	if b.Price.Symbol == "" {
		b.Price.Symbol = string(c)
	}
	if !lowOK {
		b.Price.LowFault = "The lowest price is not an amount. Write it as 250."
		b.Faults = append(b.Faults, b.Price.LowFault)
	}
	if !highOK {
		b.Price.HighFault = "The highest price is not an amount. Write it as 250."
		b.Faults = append(b.Faults, b.Price.HighFault)
	}
	if low != nil && high != nil && *low > *high {
		low, high = high, low
		b.Price.Low, b.Price.High = b.view.high, b.view.low
	}
	if low != nil || high != nil {
		filters = append(filters, commerce.ProductFilter{Price: &commerce.PriceRangeFilter{Min: low, Max: high}})
	}
	return commerce.NewSelection("productFilters", filters, c)
}

// describe fills in what stands around the results.
func (b *browse) describe(v *visit, found commerce.SearchResult) {
	b.Text = b.view.text
	b.sorts()
	listed, names := make(map[choice]bool), make(map[string]string)
	for _, f := range found.Facets {
		if option, ok := strings.CutPrefix(f.ID, commerce.FilterOptionPrefix); ok {
			names[paramOption+option] = f.Label
		}
		if metafield, ok := strings.CutPrefix(f.ID, commerce.FilterMetafieldPrefix); ok {
			names[paramMetafield+metafield] = f.Label
		}
		if f.Type == commerce.FacetPriceRange {
			b.Price.hint(f, v.store.Currency)
			continue
		}
		b.Filters = append(b.Filters, newFilter(f, b.view, listed))
	}
	for _, c := range b.view.chosen {
		if !listed[choice{c.name, c.key()}] {
			b.Kept = append(b.Kept, field{c.name, c.value})
		}
		b.Chips = append(b.Chips, chip{c.label(names[c.name]), b.view.without(c).address(v.base)})
	}
	b.priceChip(v)
	if len(b.Chips) > 0 {
		b.Clear = view{text: b.view.text, sort: b.view.sort, collection: b.view.collection}.address(v.base)
	}
	if !b.Plain {
		b.Count = count(found.Total)
	}
}

func count(n int) string {
	if n == 1 {
		return "1 product"
	}
	return grouped(strconv.Itoa(n), "") + " products"
}

// sorts are the orders to choose from. Without a text nothing matches better than anything else.
func (b *browse) sorts() {
	best := sortChoice{Word: sortBest, Label: "Best match"}
	if b.view.text == "" {
		best.Label = "Newest"
	}
	b.Sorts = []sortChoice{best}
	if b.view.text != "" || b.view.sort == sortNewest {
		b.Sorts = append(b.Sorts, sortChoice{Word: sortNewest, Label: "Newest"})
	}
	if b.view.text == "" && b.view.sort == sortNewest {
		b.Sorts = b.Sorts[1:]
	}
	b.Sorts = append(b.Sorts,
		sortChoice{Word: sortCheap, Label: "Price, low to high"}, sortChoice{Word: sortExpensive, Label: "Price, high to low"},
		sortChoice{Word: sortTitle, Label: "Name, A to Z"})
	for i := range b.Sorts {
		b.Sorts[i].Selected = b.Sorts[i].Word == b.view.sort
	}
}

// priceChip removes both bounds of the price at once.
func (b *browse) priceChip(v *visit) {
	var label string
	switch low, high := b.Price.Low, b.Price.High; {
	case low == "" && high == "" || b.Price.LowFault != "" || b.Price.HighFault != "":
		return
	case low == "":
		label = "up to " + b.Price.Symbol + high
	case high == "":
		label = "from " + b.Price.Symbol + low
	default:
		label = b.Price.Symbol + low + " to " + b.Price.Symbol + high
	}
	without := b.view.first()
	without.low, without.high = "", ""
	b.Chips = append(b.Chips, chip{label, without.address(v.base)})
}

// hint says between which prices there is something.
func (p *priceFilter) hint(f commerce.Facet, c commerce.Currency) {
	r := f.Values[0].Input.Price
	for _, side := range []struct {
		bound *float64
		hint  *string
	}{{r.Min, &p.LowHint}, {r.Max, &p.HighHint}} {
		if side.bound == nil {
			continue
		}
		if minor, ok := commerce.MinorFromFloat(*side.bound, c); ok {
			*side.hint = amount(commerce.Money{Minor: minor, Currency: c})
		}
	}
}

// newFilter shows a filter's values, the chosen ones first, and notes which they are.
func newFilter(f commerce.Facet, v view, listed map[choice]bool) filter {
	shown := filter{Label: f.Label}
	for _, one := range f.Values {
		c, ok := choiceOf(one.Input)
		if !ok || !one.Selected && len(shown.Values) >= valuesAtAll {
			continue
		}
		listed[choice{c.name, c.key()}] = true
		shown.Values = append(shown.Values, filterValue{
			field: field{c.name, c.value}, Label: one.Label, Count: one.Count, Selected: one.Selected || v.has(c),
		})
	}
	slices.SortStableFunc(shown.Values, func(a, b filterValue) int {
		switch {
		case a.Selected == b.Selected:
			return 0
		case a.Selected:
			return -1
		}
		return 1
	})
	at := len(shown.Values)
	if at > valuesAtOnce+1 { // one alone would take no more room than the word that hides it
		at = valuesAtOnce
		for at < len(shown.Values) && shown.Values[at].Selected {
			at++
		}
	}
	shown.Values, shown.Rest = shown.Values[:at], shown.Values[at:]
	return shown
}

// label is a chosen value as a person reads it, after the name of its option or metafield as the merchant writes it.
func (c choice) label(name string) string {
	switch {
	case c.name == paramAvailable && c.value == valueYes:
		return "In stock"
	case c.name == paramAvailable:
		return "Out of stock"
	case strings.HasPrefix(c.name, paramOption):
		return cmp.Or(name, strings.TrimPrefix(c.name, paramOption)) + ": " + c.value
	case strings.HasPrefix(c.name, paramMetafield):
		return cmp.Or(name, c.name[strings.LastIndexByte(c.name, '.')+1:]) + ": " + c.value
	}
	return c.value
}
