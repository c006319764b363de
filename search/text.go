package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// The steps of relevance. A document's score is the constant of the best way in which it matches, plus a
// measure of how rare and how prominent the words are (BM25), plus what the product deserves (merit). BM25 gives a word at most
// ln(documents), about 17 for ten million, so maxWords words stay under 300; maxMerit is under 50: no step reaches the next.
const (
	scoreCode       = 2800.0
	scoreExact      = 2100.0 // all words as typed, in the short texts
	scoreCodePrefix = 2000.0
	scoreNear       = 1600.0 // all words in a near form, in the short texts
	scoreAnywhere   = 1200.0 // all words as typed, the description included
	scorePrefix     = 800.0
	scoreStems      = 400.0 // all words by their stems, the description included
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
func textQuery(words string, prefix bool, synonyms commerce.Synonyms) object {
	ways := list{
		constant(anyOf(term(fieldSKU, words), term(fieldBarcode, words)), scoreCode),
		step(everyWord(words, shortFields()), scoreExact),
		step(everyWord(words, append(shortFields(), fieldBody)), scoreAnywhere),
		object{"match": object{fieldWords: object{
			"query": words, "fuzziness": "AUTO", "prefix_length": 0, "max_expansions": maxExpansions,
			"minimum_should_match": looseMatch,
		}}},
	}
	if near := nearQuery(words, synonyms); near != nil {
		ways = append(ways, step(near, scoreNear), step(stemmedAnywhere(words), scoreStems))
	}
	if prefix {
		ways = append(ways, prefixWays(words)...)
	}
	return object{"dis_max": object{"queries": ways}}
}

// step lifts what a clause finds to a step of relevance.
func step(clause object, score float64) object {
	return object{"bool": object{"must": list{clause, constant(everything(), score)}}}
}

func prefixWays(words string) list {
	var ways list
	if begun := beginning(words); begun != nil {
		ways = append(ways, step(begun, scorePrefix))
	}
	if utf8.RuneCountInString(words) >= shortestCodePrefix {
		ways = append(ways, constant(anyOf(prefixOf(fieldSKU, words), prefixOf(fieldBarcode, words)), scoreCodePrefix))
	}
	return ways
}

// beginning finds products that have all words, of which the last one begins a word of the title. nil where there is none.
func beginning(words string) object {
	head, tail := splitLastWord(words)
	if tail == "" {
		return nil
	}
	must := list{matchAll(fieldTitlePrefix, tail)}
	if head != "" {
		must = append(must, everyWord(head, append(shortFields(), fieldBody)))
	}
	return object{"bool": object{"must": must}}
}

// everyWord finds each word in any of the fields, and scores the product as if its fields were one weighted text.
func everyWord(words string, fields list) object {
	return object{"combined_fields": object{"query": words, "operator": "and", "fields": fields}}
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

func exists(field string) object { return object{"exists": object{"field": field}} }

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
