package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// longestGuessed is the longest word that is compared, in letters: of much longer ones the engine cannot tell what is near.
const longestGuessed = 32

// mostSuggestions bounds the texts that are tried, othersEach the other spellings of one word among them.
const (
	mostSuggestions = 6
	othersEach      = 2
)

// puzzling reports whether a search that finds so many products asks for a suggestion.
func puzzling(q commerce.SearchQuery, found int) bool {
	return q.WantSuggestion && found < commerce.FewResults && searchText(q) != ""
}

// typedWord is a word of a text, as it was typed and as it compares.
type typedWord struct {
	text, key string
	last      bool // which may be the beginning of a word
}

func typedWords(q commerce.SearchQuery) []typedWord { return firstWords(q, mostPieces) }

// firstWords are the first words of a text, at most so many.
func firstWords(q commerce.SearchQuery, most int) []typedWord {
	typed := spelt(searchText(q))
	typed = typed[:min(len(typed), most)]
	all := make([]typedWord, len(typed))
	for i, text := range typed {
		all[i] = typedWord{text, folded(text), q.Prefix && i == len(typed)-1}
	}
	return all
}

// slips is how many letters of a word may be wrong for another one to be meant. A number is what it is, and words between words say too
// little to be taken for others.
func (w typedWord) slips() int {
	letters := utf8.RuneCountInString(w.key)
	switch {
	case letters < 3 || letters > longestGuessed || strings.ContainsFunc(w.key, unicode.IsDigit) || slices.Contains(idleWords(), w.key):
		return 0
	case letters < 5:
		return 1
	}
	return 2
}

// spelling is a word of the store's products that may have been meant.
type spelling struct {
	key, text string
	slips     int
	products  int // that have it, as far as they were looked at
}

// guess is what is known of a typed word: that products have it, or what else it may be.
type guess struct {
	word      typedWord
	known     bool
	spellings []spelling
}

// likeliest puts the likeliest spellings first: those with the fewest slips, then those that begin with the same letter, which is rarely
// mistyped, then those that most products have.
func (g *guess) likeliest() {
	first, _ := utf8.DecodeRuneInString(g.word.key)
	other := func(s spelling) int {
		if r, _ := utf8.DecodeRuneInString(s.key); r == first {
			return 0
		}
		return 1
	}
	slices.SortFunc(g.spellings, func(a, b spelling) int {
		return cmp.Or(cmp.Compare(a.slips, b.slips), cmp.Compare(other(a), other(b)), cmp.Compare(b.products, a.products), cmp.Compare(a.key, b.key))
	})
}

// suggestions are the texts that may have been meant, the likeliest first: what products have stays, what else was typed is spelt like
// something they have, or left out. None when there is nothing to put right, or nothing is left.
func suggestions(guesses []guess) []string {
	for i := range guesses {
		guesses[i].likeliest()
	}
	choice := make([]int, len(guesses))
	text, right := compose(guesses, choice)
	if right || text == "" {
		return []string{}
	}
	texts := []string{text}
	for i, g := range guesses {
		for n := 1; n <= othersEach && n < len(g.spellings) && !g.known && len(texts) < mostSuggestions; n++ {
			choice[i] = n
			other, _ := compose(guesses, choice)
			texts = append(texts, other)
		}
		choice[i] = 0
	}
	return slices.DeleteFunc(texts, func(text string) bool { return len(text) > commerce.MaxSearchText })
}

// compose is the text of a choice among the spellings of each word, and whether it is what was typed.
func compose(guesses []guess, choice []int) (text string, right bool) {
	var all []string
	right = true
	for i, g := range guesses {
		switch {
		case g.known:
			all = append(all, g.word.text)
		case len(g.spellings) > 0:
			all, right = append(all, g.spellings[choice[i]].text), false
		default:
			right = false
		}
	}
	return strings.Join(all, " "), right
}

// retyped is the search for another text, for its count alone. What rules put first is no answer to it.
func retyped(q commerce.SearchQuery, text string) commerce.SearchQuery {
	q.Text, q.WantTotal, q.WantFacets, q.WantSuggestion = text, true, false, false
	q.Placement = commerce.Placement{Hidden: q.Placement.Hidden}
	q.Page = commerce.FirstPage(0, q.Page.Ordering)
	return q
}

// like tells for words whether they may have been meant, and with how many slips: none for what a word is the beginning of.
func (w typedWord) like() func(key string) (slips int, is bool) {
	typed, allowed := []rune(w.key), w.slips()
	var rows [3][]int
	var letters []rune
	return func(key string) (int, bool) {
		if w.last && strings.HasPrefix(key, w.key) {
			return 0, true
		}
		letters = letters[:0]
		for _, r := range key {
			letters = append(letters, r)
		}
		for n := 1; n <= allowed; n++ {
			if near(typed, letters, n, &rows) {
				return n, true
			}
		}
		return 0, false
	}
}
