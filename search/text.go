package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// The steps of relevance. A document's score is that of the best way it matches: the constant of the way, plus a
// measure of how rare and how prominent the words are (BM25), times what the product deserves (merit). BM25 gives a word at most
// ln(documents), about 17 for ten million, so maxWords words stay under 300, which is 375 with maxMerit, and under 37.5 where scaled by
// minorBoost: no step reaches the next.
const (
	scoreCode       = 1000.0
	scoreExact      = 200.0 // all words as typed, in the short texts
	scoreCodePrefix = 190.0
	scoreNear       = 152.0 // all words in a near form, in the short texts
	scoreAnywhere   = 114.0 // all words as typed, the description included
	scorePrefix     = 76.0
	scoreStems      = 38.0 // all words by their stems, the description included
	minorBoost      = 0.1
)

// looseMatch is how many of the words must be found when typos are forgiven: both of two, 75 % of more, rounded down.
const looseMatch = "2<75%"

// shortestCodePrefix keeps a first typed letter from matching every SKU that begins with it.
const shortestCodePrefix = 3

// maxExpansions bounds the spellings tried for one word. With maxWords it keeps a request under the 1,024 clauses that
// the smallest engine accepts.
const maxExpansions = 30

// textQuery matches what the shopper typed, best way first: an SKU or barcode; all words as typed in the short texts; in
// a near form; as typed wherever in the product; with prefix, the last word as the beginning of one in the title; by their
// stems wherever; the words with typos, in any short text. The text is only ever a value: no character of it is syntax.
func textQuery(words string, prefix bool, synonyms commerce.Synonyms, m merit) object {
	ways := list{
		constant(anyOf(term(fieldSKU, words), term(fieldBarcode, words)), scoreCode),
		step(m.scale(everyWord(words, 1, shortFields())), scoreExact),
		step(m.scale(everyWord(words, minorBoost, append(shortFields(), fieldBody))), scoreAnywhere),
		m.scale(object{"match": object{fieldWords: object{
			"query": words, "fuzziness": "AUTO", "prefix_length": 0, "max_expansions": maxExpansions,
			"minimum_should_match": looseMatch, "boost": minorBoost,
		}}}),
	}
	if near := nearQuery(words, synonyms); near != nil {
		ways = append(ways, step(m.scale(near), scoreNear), step(m.scale(stemmedAnywhere(words)), scoreStems))
	}
	if prefix {
		ways = append(ways, prefixWays(words, m)...)
	}
	return object{"dis_max": object{"queries": ways}}
}

// step lifts what a clause finds to a step of relevance.
func step(clause object, score float64) object {
	return object{"bool": object{"must": list{clause, constant(everything(), score)}}}
}

func prefixWays(words string, m merit) list {
	var ways list
	if head, tail := splitLastWord(words); tail != "" {
		must := list{object{"match": object{fieldTitlePrefix: object{"query": tail, "operator": "and", "boost": minorBoost}}}}
		if head != "" {
			must = append(must, everyWord(head, minorBoost, append(shortFields(), fieldBody)))
		}
		ways = append(ways, step(m.scale(object{"bool": object{"must": must}}), scorePrefix))
	}
	if utf8.RuneCountInString(words) >= shortestCodePrefix {
		ways = append(ways, constant(anyOf(prefixOf(fieldSKU, words), prefixOf(fieldBarcode, words)), scoreCodePrefix))
	}
	return ways
}

// everyWord finds each word in any of the fields, and scores the product as if its fields were one weighted text.
func everyWord(words string, boost float64, fields list) object {
	return object{"combined_fields": object{"query": words, "operator": "and", "boost": boost, "fields": fields}}
}

// shortFields is all texts of a product but its description.
func shortFields() list {
	return list{
		fieldTitle + "^8", fieldProductType + ".text^4", fieldVendor + ".text^4", fieldTags + ".text^3", fieldOptionValues + "^3",
	}
}

// splitLastWord cuts the word that is still being typed off a text. Punctuation at the end belongs to no word.
func splitLastWord(text string) (head, tail string) {
	text = strings.TrimRightFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	i := strings.LastIndexFunc(text, unicode.IsSpace)
	if i < 0 {
		return "", text
	}
	return strings.TrimSpace(text[:i]), strings.TrimLeftFunc(text[i:], unicode.IsSpace)
}

// searchText is the text of a query without the space around it; empty browses.
func searchText(q commerce.SearchQuery) string {
	return strings.TrimSpace(strings.ToValidUTF8(q.Text, "\ufffd"))
}

func term(field string, value any) object { return object{"term": object{field: value}} }

func terms[T any](field string, values []T) object { return object{"terms": object{field: values}} }

func prefixOf(field, beginning string) object {
	return object{"prefix": object{field: object{"value": beginning, "case_insensitive": true}}}
}

func everything() object { return object{"match_all": object{}} }

func allOf(clauses ...any) object {
	return object{"bool": object{"filter": append(list{}, clauses...)}}
}

func anyOf(clauses ...any) object {
	return object{"bool": object{"should": append(list{}, clauses...), "minimum_should_match": 1}}
}

func constant(clause object, score float64) object {
	return object{"constant_score": object{"filter": clause, "boost": score}}
}
