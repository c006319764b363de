package relevance

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"github.com/kirana-commerce/kirana/commerce"
)

// How long a word has to be for its misspellings to be measured, in letters: shorter ones are other words too often.
const (
	shortestOnce  = 4
	shortestTwice = 6
)

// pairsPerWord is how many pairs of edits are tried on a word.
const pairsPerWord = 6

// OneEdit is every word of the titles with one letter missing, doubled up, replaced or swapped with the next, at every
// position, the first included. What is asked for are the products with the right word in their title.
func OneEdit(c Catalogue, seed uint64) []Query {
	return misspell(c, seed, shortestOnce, func(random *rand.Rand, word string) []string {
		var wrong []string
		for kind := range editKinds {
			for i := range len(word) {
				wrong = append(wrong, edit(random, word, kind, i))
			}
		}
		return wrong
	})
}

// TwoEdits is words of the titles with two edits of any kinds at any positions.
func TwoEdits(c Catalogue, seed uint64) []Query {
	return misspell(c, seed, shortestTwice, func(random *rand.Rand, word string) []string {
		wrong := make([]string, pairsPerWord)
		for i := range wrong {
			once := edit(random, word, random.IntN(editKinds), random.IntN(len(word)))
			wrong[i] = edit(random, once, random.IntN(editKinds), random.IntN(len(once)))
		}
		return wrong
	})
}

// misspell makes queries of the misspellings that are no words of the store themselves.
func misspell(c Catalogue, seed uint64, shortest int, misspellings func(*rand.Rand, string) []string) []Query {
	random := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // misspellings, no secret
	var queries []Query
	for _, w := range titleWords(c) {
		if len(w.word) < shortest {
			continue
		}
		for _, wrong := range misspellings(random, w.word) {
			if !w.known[wrong] {
				queries = append(queries, Query{w.store, wrong, w.products})
			}
		}
	}
	return queries
}

// titleWord is a word of some titles of a store, with all words of that store.
type titleWord struct {
	store    commerce.StoreID
	word     string
	products map[commerce.ProductID]int
	known    map[string]bool
}

// titleWords is the words of ASCII letters in titles, by store and alphabet.
func titleWords(c Catalogue) []titleWord {
	type key struct {
		store commerce.StoreID
		word  string
	}
	words := map[key]titleWord{}
	known := map[commerce.StoreID]map[string]bool{}
	for i := range c.Docs {
		d := &c.Docs[i]
		if known[d.Ref.Store] == nil {
			known[d.Ref.Store] = map[string]bool{}
		}
		for _, word := range asciiWords(strings.Join(append([]string{d.Title, d.ProductType, d.Vendor, d.Body}, d.Tags...), " ")) {
			known[d.Ref.Store][word] = true
		}
		for _, word := range asciiWords(d.Title) {
			k := key{d.Ref.Store, word}
			if words[k].word == "" {
				words[k] = titleWord{d.Ref.Store, word, map[commerce.ProductID]int{}, known[d.Ref.Store]}
			}
			words[k].products[d.Ref.ID] = best
		}
	}
	var all []titleWord
	for _, w := range words {
		all = append(all, w)
	}
	slices.SortFunc(all, func(a, b titleWord) int {
		if a.store != b.store {
			return int(a.store - b.store)
		}
		return strings.Compare(a.word, b.word)
	})
	return all
}

func asciiWords(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	return slices.DeleteFunc(words, func(w string) bool {
		return strings.ContainsFunc(w, func(r rune) bool { return r > unicode.MaxASCII })
	})
}

// editKinds counts what edit can do to a word: leave out a letter, put one in, replace one, swap two.
const editKinds = 4

func edit(random *rand.Rand, word string, kind, at int) string {
	letter := string(rune('a' + random.IntN(26)))
	switch kind {
	case 0:
		return word[:at] + word[at+1:]
	case 1:
		return word[:at] + letter + word[at:]
	case 2:
		return word[:at] + letter + word[at+1:]
	default:
		at = min(at, len(word)-2)
		return word[:at] + word[at+1:at+2] + word[at:at+1] + word[at+2:]
	}
}
