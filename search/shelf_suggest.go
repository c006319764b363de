package search

import (
	"time"

	"github.com/kirana-commerce/kirana/commerce"
)

// learn notes how the words of a text are written.
func (s *Shelf) learn(text string) {
	for _, word := range spelt(text) {
		if key := folded(word); key != word {
			if n := s.lexicon.number(key); s.spelt[n] == "" {
				s.spelt[n] = word
			}
		}
	}
}

// suggestion is a text that finds more than was found, "" for none.
func (s *Shelf) suggestion(q commerce.SearchQuery, found int, now time.Time) string {
	var guesses []guess
	for _, w := range typedWords(q) {
		guesses = append(guesses, s.guess(w, q, now))
	}
	for _, text := range suggestions(guesses) {
		if len(s.view(retyped(q, text), now).hits) > found {
			return text
		}
	}
	return ""
}

// guess looks for a word, and for words like it, in the products that the search could find.
func (s *Shelf) guess(w typedWord, q commerce.SearchQuery, now time.Time) guess {
	g := guess{word: w}
	exact, stored := s.lexicon.numbers[w.key]
	slips, like := map[int32]int{}, w.like()
	for n, other := range s.lexicon.texts {
		if some, is := like(other); is {
			slips[int32(n)] = some
		}
	}
	products := map[int32]int{}
	for i := range s.items {
		it := &s.items[i]
		if !inScope(it, q, now) {
			continue
		}
		if stored && it.texts.has(exact) {
			return guess{word: w, known: true}
		}
		for _, n := range it.texts.short {
			if some, is := slips[n]; is && (some > 0 || has(it.texts.title, n)) {
				products[n]++
			}
		}
	}
	for n, count := range products {
		text := s.lexicon.texts[n]
		g.spellings = append(g.spellings, spelling{text, s.written(n), slips[n], count})
	}
	return g
}

// written is a word with its accents.
func (s *Shelf) written(n int32) string {
	if text := s.spelt[n]; text != "" {
		return text
	}
	return s.lexicon.texts[n]
}
