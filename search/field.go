package search

import (
	"slices"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// textFields are the fields that hold the words of a text, without codes, which are compared whole.
func textFields(f commerce.SearchField) []string {
	switch f {
	case commerce.SearchFieldTitle:
		return []string{fieldTitle}
	case commerce.SearchFieldProductType:
		return []string{fieldProductType + ".text"}
	case commerce.SearchFieldVendor:
		return []string{fieldVendor + ".text"}
	case commerce.SearchFieldTag:
		return []string{fieldTags + ".text"}
	case commerce.SearchFieldOptions:
		return []string{fieldOptionValues}
	case commerce.SearchFieldBody:
		return []string{fieldBody}
	case commerce.SearchFieldSKU, commerce.SearchFieldBarcode:
	}
	return nil
}

// within finds products that have each word of a text in some fields, see commerce.SearchQuery.Fields: a filter beside the text's own
// query, which ranks. Spellings are looked up as terms that score nothing, so that they do not count among the clauses that a request may have.
// There is none where no fields are named.
func within(q commerce.SearchQuery) list {
	if len(q.Fields) == 0 || searchText(q) == "" {
		return nil
	}
	var each list
	for _, w := range firstWords(q, maxWords) {
		each = append(each, someOf(w.within(q.Fields)))
	}
	ways := codesWithin(q)
	if len(each) > 0 {
		ways = append(ways, allOf(each...))
	}
	return list{someOf(ways)}
}

// someOf is anyOf, also of no clauses, which find nothing.
func someOf(ways list) object {
	if len(ways) == 0 {
		return object{"match_none": object{}}
	}
	return anyOf(ways...)
}

// beginsIn reports whether a word of a field may begin with this one. Terms are looked through for beginnings, those of all stores: short
// ones are too many. Titles have theirs indexed.
func (w typedWord) beginsIn(f commerce.SearchField) bool {
	return w.last && (f == commerce.SearchFieldTitle || f != commerce.SearchFieldBody && utf8.RuneCountInString(w.key) >= shortestCodePrefix)
}

func (w typedWord) within(fields []commerce.SearchField) list {
	var ways list
	for _, f := range fields {
		for _, name := range textFields(f) {
			ways = append(ways, object{"fuzzy": object{name: object{
				"value": w.key, "fuzziness": "AUTO", "prefix_length": 0, "rewrite": "constant_score",
			}}})
			switch {
			case !w.beginsIn(f):
			case f == commerce.SearchFieldTitle:
				ways = append(ways, term(fieldTitlePrefix, cutRunes(w.key, longestPrefix)))
			default:
				ways = append(ways, object{"prefix": object{name: w.key}})
			}
		}
	}
	return ways
}

// codesWithin finds products that have the whole text as a code in the fields.
func codesWithin(q commerce.SearchQuery) list {
	var ways list
	text := searchText(q)
	for _, code := range []struct {
		field commerce.SearchField
		name  string
	}{{commerce.SearchFieldSKU, fieldSKU}, {commerce.SearchFieldBarcode, fieldBarcode}} {
		name := code.name
		if !slices.Contains(q.Fields, code.field) {
			continue
		}
		ways = append(ways, term(name, text))
		if q.Prefix && utf8.RuneCountInString(text) >= shortestCodePrefix {
			ways = append(ways, prefixOf(name, text))
		}
	}
	return ways
}
