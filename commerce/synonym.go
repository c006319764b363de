package commerce

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
)

//go:embed synonyms.txt
var starterSynonyms string

// The bounds of synonyms: of a rule, of what one search may grow by.
const (
	maxSynonymTerms = 20
	maxSynonymWords = 4
	maxSynonymBytes = 100
	maxAlternatives = 24
)

// Synonyms are what else a shopper may mean by a term: the starter set, or a store's own. They are values and never
// syntax: what they lead to is searched for word by word. The zero value has none.
type Synonyms struct{ sets []map[string][]string }

// With is both: what one set leads to, and then what another does.
func (s Synonyms) With(other Synonyms) Synonyms { return Synonyms{slices.Concat(s.sets, other.sets)} }

// Span is words [From, To) of a text, and the terms that stand for them as well.
type Span struct {
	From, To     int
	Alternatives []string
}

// StarterSynonyms is the set that every store begins with.
func StarterSynonyms() Synonyms { return starter() }

var starter = sync.OnceValue(func() Synonyms { //nolint:gochecknoglobals // it never changes
	s, err := ParseSynonyms(starterSynonyms)
	if err != nil {
		panic("commerce: the starter synonyms: " + err.Error()) // a test reads them
	}
	return s
})

// ParseSynonyms reads rules, one a line: "a, b, c" where each term finds the others, or "a, b => c, d" where the terms on
// the left find those on the right as well. Empty lines and those that begin with # are left out. The error says which
// rule is wrong and why.
func ParseSynonyms(text string) (Synonyms, error) {
	others := map[string][]string{}
	line := 0
	for rule := range strings.Lines(text) {
		line++
		rule = strings.TrimSpace(rule)
		if rule == "" || rule[0] == '#' {
			continue
		}
		if err := addSynonyms(others, rule); err != nil {
			return Synonyms{}, fmt.Errorf("synonyms, line %d: %w", line, err)
		}
	}
	return Synonyms{[]map[string][]string{others}}, nil
}

// addSynonyms reads one rule.
func addSynonyms(others map[string][]string, rule string) error {
	left, right, oneWay := strings.Cut(rule, "=>")
	from, err := synonymTerms(left)
	if err != nil {
		return err
	}
	to := from
	if oneWay {
		if to, err = synonymTerms(right); err != nil {
			return err
		}
	} else if len(from) < 2 {
		return fmt.Errorf("%q has nothing to be a synonym of", rule)
	}
	for _, term := range from {
		for _, other := range to {
			if key := synonymKey(term); key != synonymKey(other) && !slices.Contains(others[key], other) {
				others[key] = append(others[key], other)
			}
		}
	}
	return nil
}

func synonymTerms(list string) ([]string, error) {
	terms := strings.Split(list, ",")
	if len(terms) > maxSynonymTerms {
		return nil, fmt.Errorf("more than %d terms", maxSynonymTerms)
	}
	for i, term := range terms {
		terms[i] = strings.Join(strings.Fields(term), " ")
		switch words := len(strings.Fields(term)); {
		case words == 0 || synonymKey(term) == "":
			return nil, fmt.Errorf("a term of %q is empty", list)
		case words > maxSynonymWords || len(term) > maxSynonymBytes:
			return nil, fmt.Errorf("the term %q is longer than %d words or %d bytes", terms[i], maxSynonymWords, maxSynonymBytes)
		}
	}
	return terms, nil
}

// Spans is where the terms stand in a text of words, longest first at each word, with at most a bounded number of alternatives
// altogether.
func (s Synonyms) Spans(words []string) []Span {
	keys := make([]string, len(words))
	for i, word := range words {
		keys[i] = synonymKey(word)
	}
	var spans []Span
	left := maxAlternatives
	for from := range words {
		for to := min(len(words), from+maxSynonymWords); to > from && left > 0; to-- {
			others := s.alternatives(strings.Join(keys[from:to], " "))
			if others = others[:min(len(others), left)]; len(others) > 0 {
				spans = append(spans, Span{From: from, To: to, Alternatives: others})
				left -= len(others)
			}
		}
	}
	return spans
}

func (s Synonyms) alternatives(key string) []string {
	var all []string
	for _, others := range s.sets {
		for _, other := range others[key] {
			if !slices.Contains(all, other) {
				all = append(all, other)
			}
		}
	}
	return all
}

// synonymKey is what terms are compared by: letters and digits in lower case, each word without the s of a plural.
func synonymKey(term string) string {
	words := strings.FieldsFunc(strings.ToLower(term), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\u200d' && r != '\u200c'
	})
	for i, w := range words {
		if len(w) > 3 && !strings.HasSuffix(w, "ss") {
			words[i] = strings.TrimSuffix(w, "s")
		}
	}
	return strings.Join(words, " ")
}
