package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// within reports which products have the text in the fields that the query names: see the engine's.
func (s *Shelf) within(q commerce.SearchQuery) func(*item) bool {
	if len(q.Fields) == 0 || searchText(q) == "" {
		return func(*item) bool { return true }
	}
	reader := fieldReader{Shelf: s, words: map[int32][]int32{}}
	var tests []func(*item) bool
	for _, w := range firstWords(q, maxWords) {
		tests = append(tests, reader.test(w, q.Fields))
	}
	code := caselessText(searchText(q))
	begins := q.Prefix && utf8.RuneCountInString(searchText(q)) >= shortestCodePrefix
	is := func(one string) bool { return one == code || begins && strings.HasPrefix(one, code) }
	return func(it *item) bool {
		fails := func(test func(*item) bool) bool { return !test(it) }
		return len(tests) > 0 && !slices.ContainsFunc(tests, fails) ||
			slices.Contains(q.Fields, commerce.SearchFieldSKU) && slices.ContainsFunc(it.skus, is) ||
			slices.Contains(q.Fields, commerce.SearchFieldBarcode) && slices.ContainsFunc(it.barcodes, is)
	}
}

// fieldReader reads the words of terms as they are needed.
type fieldReader struct {
	*Shelf

	words map[int32][]int32 // by the number of a term
}

// test reports whether a product has a word in one of the fields.
func (r *fieldReader) test(w typedWord, fields []commerce.SearchField) func(*item) bool {
	like, begun := r.spellings(w.key), map[int32]bool{}
	if w.last {
		begun = r.beginning(w.key)
	}
	return func(it *item) bool {
		return slices.ContainsFunc(fields, func(f commerce.SearchField) bool {
			return slices.ContainsFunc(r.wordsOf(it, f), func(n int32) bool { return like[n] || begun[n] && w.beginsIn(f) })
		})
	}
}

// wordsOf is the words of a field of a product.
func (r *fieldReader) wordsOf(it *item, f commerce.SearchField) []int32 {
	switch f {
	case commerce.SearchFieldTitle:
		return it.texts.title
	case commerce.SearchFieldBody:
		return it.texts.body
	case commerce.SearchFieldProductType:
		return r.of(it.kind)
	case commerce.SearchFieldVendor:
		return r.of(it.vendor)
	case commerce.SearchFieldTag:
		return r.of(it.tags)
	case commerce.SearchFieldOptions:
		var all []int32
		for i := range it.variants {
			all = append(all, r.of(it.variants[i].labels)...)
		}
		return all
	case commerce.SearchFieldSKU, commerce.SearchFieldBarcode:
	}
	return nil
}

// of is the words of terms: of an option, those of its value.
func (r *fieldReader) of(terms []int32) []int32 {
	var all []int32
	for _, n := range terms {
		known, is := r.words[n]
		if !is {
			text := r.terms.texts[n]
			if _, value := splitOption(text); value != "" {
				text = value
			}
			known, _ = r.known(words(text))
			r.words[n] = known
		}
		all = append(all, known...)
	}
	return all
}
