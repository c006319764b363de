package search

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// Shelf is the products of one store, in memory, made of the documents that the engine would index: it answers the same searches with
// the same filters, counts, orders and cursors, without the engine. It looks at every product, so it is for stores of some ten thousand. A shelf
// does not change; it is safe for concurrent use.
type Shelf struct {
	items []item
	// terms are the values that are counted, and the words that are searched, by their numbers.
	terms, lexicon lexicon
	// frequency is in how many products each word stands, by its number.
	frequency []int
	// spelt is how words of short texts are written, by their numbers, where that is not the folded word.
	spelt map[int32]string
	// merit is as of the search.
	merit merit
}

// lexicon gives texts numbers.
type lexicon struct {
	texts   []string
	numbers map[string]int32
}

func newLexicon() lexicon { return lexicon{numbers: map[string]int32{}} }

func (l *lexicon) number(text string) int32 {
	if n, known := l.numbers[text]; known {
		return n
	}
	n := int32(len(l.texts))
	l.texts = append(l.texts, text)
	l.numbers[text] = n
	return n
}

// item is one product.
type item struct {
	ref                commerce.ProductRef
	published, created int64 // milliseconds since 1970
	price              int64 // the lowest
	popularity         commerce.Popularity
	title              string
	available          bool
	vendor, kind, tags []int32 // numbers of terms
	attributes         []int32
	collections        []commerce.CollectionID
	variants           []shelfVariant
	skus, barcodes     []string
	texts              itemTexts
}

// shelfVariant is one variant, with its options as numbers of terms.
type shelfVariant struct {
	price           int64
	available       bool
	options, labels []int32
}

// known are the numbers of those texts that have one.
func (l *lexicon) known(texts []string) []int32 {
	var numbers []int32
	for _, text := range texts {
		if n, is := l.numbers[text]; is {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// NewShelf makes the shelf of documents that are all of one store.
func NewShelf(docs []*commerce.ProductDocument) *Shelf {
	s := &Shelf{items: make([]item, len(docs)), terms: newLexicon(), lexicon: newLexicon(), spelt: map[int32]string{}}
	for i, d := range docs {
		s.items[i] = s.item(d)
	}
	s.frequency = make([]int, len(s.lexicon.texts))
	for i := range s.items {
		for _, word := range merged(s.items[i].texts.short, s.items[i].texts.body) {
			s.frequency[word]++
		}
	}
	return s
}

func (s *Shelf) item(d *commerce.ProductDocument) item {
	it := item{
		ref: d.Ref, published: d.PublishedAt.UnixMilli(), created: d.CreatedAt.UnixMilli(), popularity: d.Popularity,
		title:  caselessText(cut(d.Title, longestTitleSort)),
		vendor: s.addTerm(nil, d.Vendor), kind: s.addTerm(nil, d.ProductType), collections: d.Collections, variants: make([]shelfVariant, len(d.Variants)),
	}
	for _, tag := range d.Tags {
		it.tags = s.addTerm(it.tags, tag)
	}
	for _, token := range attributeTokens(d.Attributes) {
		it.attributes = s.addTerm(it.attributes, token)
	}
	values := newTextSet()
	for i, v := range d.Variants {
		it.variants[i] = s.variant(v, values)
		if i == 0 || v.PriceMinor < it.price {
			it.price = v.PriceMinor
		}
		it.available = it.available || v.Available
		it.skus, it.barcodes = appendCaseless(it.skus, v.SKU), appendCaseless(it.barcodes, v.Barcode)
	}
	it.texts = s.read(d, values.texts)
	return it
}

func (s *Shelf) variant(v commerce.DocumentVariant, values *textSet) shelfVariant {
	on := shelfVariant{price: v.PriceMinor, available: v.Available}
	for _, o := range v.Options {
		if !showsAsFilter(o.Name, o.Value) {
			continue
		}
		values.add(o.Value)
		on.options = s.addTerm(on.options, optionToken(o.Name, o.Value))
		on.labels = s.addTerm(on.labels, optionLabel(o.Name, o.Value))
	}
	return on
}

// addTerm adds the number of a value that is counted, once, unless the engine would not keep it.
func (s *Shelf) addTerm(to []int32, text string) []int32 {
	if text == "" || len(text) > longestKeyword && utf8.RuneCountInString(text) > longestKeyword {
		return to
	}
	if n := s.terms.number(text); !slices.Contains(to, n) {
		return append(to, n)
	}
	return to
}

func appendCaseless(to []string, text string) []string {
	if text = caselessText(text); text != "" && !slices.Contains(to, text) {
		return append(to, text)
	}
	return to
}

// on is the shelf as of a moment.
func (s *Shelf) on(now time.Time) *Shelf {
	then := *s
	then.merit = merit{day: dayOf(now)}
	return &then
}

// Search answers one search in the shelf's store, as of now. Code BAD_USER_INPUT for a text, order or cursor that cannot be used.
func (s *Shelf) Search(q commerce.SearchQuery, now time.Time) (commerce.SearchResult, error) {
	fields, err := checkedFields(q)
	if err != nil {
		return commerce.SearchResult{}, err
	}
	then := s.on(now)
	view := then.view(q, now)
	var answer response
	answer.Hits.Total.Value = len(view.hits)
	if q.WantFacets {
		answer.Aggregations = view.counts()
	}
	page, err := view.page(fields)
	if err != nil {
		return commerce.SearchResult{}, err
	}
	for _, hit := range page {
		answer.Hits.Hits = append(answer.Hits.Hits, responseHit{Sort: hit.values(fields)})
	}
	result, err := answer.result(q, &request{fields: fields, later: q.Page.Bounded}, now)
	if err == nil && puzzling(q, len(view.hits)) {
		result.Suggestion = then.suggestion(q, len(view.hits), now)
	}
	return result, err
}

// shelfHit is a product that a search finds.
type shelfHit struct {
	*item

	score float64
}

// value is what the engine sorts by.
func (h shelfHit) value(field string) sortValue {
	switch field {
	case fieldScore:
		return sortValue{number: h.score}
	case fieldAvailable:
		if h.available {
			return sortValue{whole: 1}
		}
		return sortValue{}
	case fieldCreatedAt:
		return sortValue{whole: h.created}
	case fieldPriceMin:
		return sortValue{whole: h.price}
	case fieldPopularity:
		return sortValue{whole: int64(h.popularity)}
	case fieldTitleSort:
		return sortValue{text: h.title}
	default: // the product's id
		return sortValue{whole: int64(h.ref.ID)}
	}
}

func (h shelfHit) values(fields []sortField) []json.RawMessage {
	values := make([]json.RawMessage, len(fields))
	for i, f := range fields {
		switch v := h.value(f.name); f.name {
		case fieldScore:
			values[i] = strconv.AppendFloat(nil, v.number, 'g', -1, 32)
		case fieldTitleSort:
			values[i] = appendString(nil, v.text)
		default:
			values[i] = strconv.AppendInt(nil, v.whole, 10)
		}
	}
	return values
}
