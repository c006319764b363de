package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// mostPieces bounds what is looked at closely: with it, maxExpansions and the bound of synonyms, a request stays under the
// 1,024 clauses that the smallest engine accepts. The words behind it count as they are typed.
const mostPieces = 8

// shortestJoined keeps two letters that stand side by side from becoming a word.
const shortestJoined = 4

// synonymBoost puts what a synonym finds behind what the word itself finds.
const synonymBoost = 0.6

// nearQuery matches products that hold every piece of the text in a near form: another number or ending, joined to its
// neighbour or split, or as a synonym. A form that covers several pieces stands for each of them, so that no piece is
// left out and none needs a place of its own. nil when the text has no pieces.
func nearQuery(text string, synonyms commerce.Synonyms) object {
	pieces := textPieces(text)
	if len(pieces) == 0 {
		return nil
	}
	ways := make([]list, len(pieces))
	for i, piece := range pieces {
		ways[i] = list{stemmed(piece, 1)}
		if joined := letters(piece); utf8.RuneCountInString(joined) >= shortestJoined {
			ways[i] = append(ways[i], matchAll(fieldJoined, joined))
		}
		if i > 0 {
			if both := letters(pieces[i-1] + piece); utf8.RuneCountInString(both) >= shortestJoined {
				pair := stemmed(both, 1)
				ways[i-1], ways[i] = append(ways[i-1], pair), append(ways[i], pair)
			}
		}
	}
	for _, span := range synonyms.Spans(pieces) {
		for _, other := range span.Alternatives {
			for i := span.From; i < span.To; i++ {
				ways[i] = append(ways[i], stemmed(other, synonymBoost))
			}
		}
	}
	must := make(list, len(ways))
	for i, way := range ways {
		must[i] = object{"dis_max": object{"queries": way}}
	}
	return object{"bool": object{"must": must}}
}

// stemmed finds all words of a phrase, by their stems, in the short texts.
func stemmed(phrase string, boost float64) object {
	return object{"combined_fields": object{
		"query": phrase, "operator": "and", "boost": boost, "fields": list{fieldTitleStems + "^8", fieldStems + "^3"},
	}}
}

// stemmedAnywhere finds the stems of all words wherever in the product.
func stemmedAnywhere(text string) object {
	return object{"combined_fields": object{
		"query": strings.Join(textPieces(text), " "), "operator": "and",
		"fields": list{fieldTitleStems + "^8", fieldStems + "^3", fieldBodyStems},
	}}
}

func matchAll(field, text string) object {
	return object{"match": object{field: object{"query": text, "operator": "and"}}}
}

// textPieces is a text cut at its spaces, without the pieces that have no letter or digit, and without the words that
// say nothing, unless there are no others.
func textPieces(text string) []string {
	pieces := slices.DeleteFunc(strings.Fields(text), func(p string) bool { return letters(p) == "" })
	telling := slices.DeleteFunc(slices.Clone(pieces), func(p string) bool { return slices.Contains(idleWords(), strings.ToLower(p)) })
	if len(telling) > 0 {
		pieces = telling
	}
	return pieces[:min(len(pieces), mostPieces)]
}

// idleWords are words between words, in the languages that have analysis of their own.
func idleWords() []string {
	return []string{
		"for", "with", "the", "an", "of", "and", "in", "on", "to", "from", "by", "or",
		"ka", "ke", "ki", "का", "के", "की", "और", "में",
		"de", "del", "la", "el", "los", "las", "para", "con", "y",
	}
}

// letters is a text without what is neither letter nor digit.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}, text)
}
