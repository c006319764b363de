package commerce

import (
	"cmp"
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxPredictions is the most things of a type that a predictive search returns, and how many when nobody says.
	MaxPredictions = 10
	// PredictionPool is how many products suggestions are made from: enough for ten that differ, few enough to read at each letter.
	PredictionPool = 30
	// maxTypedWords bounds the words of a predictive search, as the search engine bounds them.
	maxTypedWords = 16
	// longestSuggestion is in characters. A title longer than that is no search.
	longestSuggestion = 40
)

// QuerySuggestion is a text to search for.
type QuerySuggestion struct {
	Text  string
	typed []string
}

// StyledText is the text as HTML, with what was typed marked.
func (s *QuerySuggestion) StyledText() string {
	var b strings.Builder
	for i, word := range strings.Fields(s.Text) {
		if i > 0 {
			b.WriteByte(' ')
		}
		n := 0
		for _, typed := range s.typed {
			if strings.HasPrefix(word, typed) {
				n = max(n, len(typed))
			}
		}
		if n > 0 {
			b.WriteString("<mark>" + html.EscapeString(word[:n]) + "</mark>")
		}
		b.WriteString(html.EscapeString(word[n:]))
	}
	return b.String()
}

// TrackingParameters are none: what becomes of suggestions is not followed.
func (*QuerySuggestion) TrackingParameters() *string { return nil }

// TypedWords are the words of what a shopper has typed so far, in small letters: letters, digits, and what belongs to them.
func TypedWords(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(strings.ToValidUTF8(text, " ")), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	return words[:min(len(words), maxTypedWords)]
}

// BeginsWith is the query of a list for what has a word for each of these that begins so, empty for none.
func BeginsWith(words []string) string {
	all := &Condition{Join: JoinAll}
	for _, w := range words {
		all.Of = append(all.Of, &Condition{Term: Term{Value: w, Prefix: true}})
	}
	switch len(words) {
	case 0:
		return ""
	case 1:
		return all.Of[0].String()
	}
	return all.String()
}

// SuggestQueries makes texts that go on with what was typed, at most limit, from the products that were found for it: their
// types, vendors, tags and the words of their titles around the one that is being typed. Those that more products have come
// first. When nothing begins with the last word, it was misspelt: then the titles' first words are suggested.
func SuggestQueries(text string, products []*Product, limit int) []*QuerySuggestion {
	typed := TypedWords(text)
	if len(typed) == 0 {
		return []*QuerySuggestion{}
	}
	s := suggester{typed: typed, counts: make(map[string]int)}
	for _, p := range products {
		s.add(p)
	}
	if len(s.counts) == 0 {
		for _, p := range products[:min(len(products), limit)] {
			title := strings.Fields(strings.ToLower(p.Title))
			s.note(strings.Join(title[:min(len(title), 2)], " "))
		}
	}
	return s.best(limit)
}

// suggester counts the products for each suggestion.
type suggester struct {
	typed  []string
	counts map[string]int
}

func (s *suggester) last() string { return s.typed[len(s.typed)-1] }

func (s *suggester) add(p *Product) {
	found := make(map[string]struct{})
	for _, value := range append([]string{p.ProductType, p.Vendor}, p.Tags...) {
		words := strings.Fields(strings.ToLower(value))
		if slices.ContainsFunc(words, s.goesOn) {
			found[s.withRest(words)] = struct{}{}
		}
	}
	title := strings.Fields(strings.ToLower(p.Title))
	for i, word := range title {
		if !s.goesOn(word) {
			continue
		}
		found[s.withRest(title[i:i+1])] = struct{}{}
		found[s.withRest(title[max(i-1, 0):i+1])] = struct{}{}
		found[s.withRest(title[i:min(i+2, len(title))])] = struct{}{}
	}
	for text := range found {
		s.note(text)
	}
}

func (s *suggester) goesOn(word string) bool { return strings.HasPrefix(word, s.last()) }

// withRest puts the words that were typed before the last one in front, those that are not among words.
func (s *suggester) withRest(words []string) string {
	var rest []string
	for _, typed := range s.typed[:len(s.typed)-1] {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, typed) }) {
			rest = append(rest, typed)
		}
	}
	return strings.Join(append(rest, words...), " ")
}

// note counts a text that says more than was typed.
func (s *suggester) note(text string) {
	text = strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	if text != "" && text != strings.Join(s.typed, " ") && utf8.RuneCountInString(text) <= longestSuggestion {
		s.counts[text]++
	}
}

func (s *suggester) best(limit int) []*QuerySuggestion {
	texts := make([]string, 0, len(s.counts))
	for text := range s.counts {
		texts = append(texts, text)
	}
	slices.SortFunc(texts, func(a, b string) int {
		return cmp.Or(cmp.Compare(s.counts[b], s.counts[a]), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	suggestions := make([]*QuerySuggestion, min(len(texts), limit))
	for i := range suggestions {
		suggestions[i] = &QuerySuggestion{Text: texts[i], typed: s.typed}
	}
	return suggestions
}

// Share takes from lists of these lengths until at most limit things are left, from the longest first, of equals from the last.
func Share(limit int, lengths ...int) []int {
	left := slices.Clone(lengths)
	total := 0
	for _, n := range left {
		total += n
	}
	for ; total > limit; total-- {
		longest := 0
		for i, n := range left {
			if n >= left[longest] {
				longest = i
			}
		}
		left[longest]--
	}
	return left
}
