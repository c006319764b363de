package search

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kirana-commerce/kirana/commerce"
)

// itemTexts are the words of a product by their numbers, each list sorted and without repeats: those of the fields that the engine
// searches.
type itemTexts struct {
	title, short, body         []int32 // as they are typed: short is all but the description, which is body
	stems, allStems, neighbour []int32
}

// read takes the words of a product up.
func (s *Shelf) read(d *commerce.ProductDocument, values []string) itemTexts {
	short := strings.Join(slices.Concat([]string{d.Title, d.Vendor, d.ProductType}, d.Tags, values), "\n")
	s.learn(short)
	t := itemTexts{
		title: s.numbers(words(d.Title)), short: s.numbers(words(short)), stems: s.numbers(stems(short)),
	}
	for _, text := range slices.Concat([]string{d.Title, d.Vendor, d.ProductType}, d.Tags, values) {
		t.neighbour = append(t.neighbour, s.numbers(neighbours(text))...)
	}
	slices.Sort(t.neighbour)
	t.body = s.numbers(words(d.Body))
	t.allStems = merged(t.stems, s.numbers(stems(d.Body)))
	return t
}

func (s *Shelf) numbers(texts []string) []int32 {
	all := make([]int32, len(texts))
	for i, text := range texts {
		all[i] = s.lexicon.number(text)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func merged(a, b []int32) []int32 {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

func has(numbers []int32, n int32) bool {
	_, found := slices.BinarySearch(numbers, n)
	return found
}

func hasAll(numbers, wanted []int32) bool {
	return !slices.ContainsFunc(wanted, func(n int32) bool { return !has(numbers, n) })
}

func (t *itemTexts) has(n int32) bool { return has(t.short, n) || has(t.body, n) }

func (t *itemTexts) hasAll(wanted []int32) bool {
	return !slices.ContainsFunc(wanted, func(n int32) bool { return !t.has(n) })
}

func (t *itemTexts) hasAllShort(wanted []int32) bool { return hasAll(t.short, wanted) }

func (t *itemTexts) hasAllStems(wanted []int32) bool { return hasAll(t.allStems, wanted) }

// known are the numbers of words, and whether the store has them all.
func (s *Shelf) known(texts []string) (numbers []int32, all bool) {
	all = len(texts) > 0
	for _, text := range texts {
		n, known := s.lexicon.numbers[text]
		if !known {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, all
}

// scorer tells how relevant a product is, and whether it is found at all: by the text, with what rules say. See textQuery and place.
func (s *Shelf) scorer(q commerce.SearchQuery) func(*item) (float64, bool) {
	text := searchText(q)
	placed := q.Page.Key == commerce.SearchSortRelevance && !q.Placement.Empty()
	base := func(*item) (float64, bool) { return 0, true }
	switch {
	case text != "":
		base = s.matcher(text, q.Prefix, synonymsOf(q))
	case placed:
		base = func(*item) (float64, bool) { return 1, true }
	}
	if !placed {
		return base
	}
	p := q.Placement
	return func(it *item) (float64, bool) {
		if i := slices.Index(p.Pinned, it.ref.ID); i >= 0 {
			return scorePin + pinStep*float64(len(p.Pinned)-i), true
		}
		score, found := base(it)
		return score * s.lift(p, it), found
	}
}

// lift is what rules multiply a product's relevance by.
func (s *Shelf) lift(p commerce.Placement, it *item) float64 {
	factor := 1.0
	for _, b := range p.Boosts {
		if s.boosted(b, it) {
			factor *= b.Factor
		}
	}
	factor = min(factor, commerce.MaxBoosted)
	if slices.Contains(p.Buried, it.ref.ID) {
		factor *= buried
	}
	return factor
}

func (s *Shelf) boosted(b commerce.SearchBoost, it *item) bool {
	n, known := s.terms.numbers[b.Value]
	if !known {
		return false
	}
	switch b.Field {
	case commerce.BoostVendor:
		return slices.Contains(it.vendor, n)
	case commerce.BoostProductType:
		return slices.Contains(it.kind, n)
	default: // there is no other
		return slices.Contains(it.tags, n)
	}
}

// way is one way in which a text can match, best first: its step of relevance, and what the words weigh, see textQuery.
type way func(*item) (step, weight float64, found bool)

// matcher scores products by the best way in which they match a text.
func (s *Shelf) matcher(text string, prefix bool, synonyms commerce.Synonyms) func(*item) (float64, bool) {
	ways, words := s.ways(text, prefix, synonyms), weighty(text)
	return func(it *item) (float64, bool) {
		best, found := 0.0, false
		for _, w := range ways {
			step, weight, is := w(it)
			if score := step + weight; is && (!found || score > best) {
				best, found = score, true
			}
		}
		return best + words*s.merit.of(it), found
	}
}

func (s *Shelf) ways(text string, prefix bool, synonyms commerce.Synonyms) []way {
	typed := words(text)
	typed = typed[:min(len(typed), maxWords)]
	ways := s.codeWays(text, prefix)
	if numbers, all := s.known(typed); all {
		ways = append(ways,
			s.every(numbers, scoreExact, (*itemTexts).hasAllShort),
			s.every(numbers, scoreAnywhere, (*itemTexts).hasAll))
	}
	if near := s.nearWay(text, synonyms); near != nil {
		ways = append(ways, near)
	}
	if numbers, all := s.known(stems(strings.Join(textPieces(text), " "))); all {
		ways = append(ways, s.every(numbers, scoreStems, (*itemTexts).hasAllStems))
	}
	if prefix {
		ways = append(ways, s.prefixWay(text))
	}
	return append(ways, s.looseWay(typed))
}

func (s *Shelf) codeWays(text string, prefix bool) []way {
	code := caselessText(text)
	ways := []way{func(it *item) (step, weight float64, found bool) {
		return scoreCode, 0, slices.Contains(it.skus, code) || slices.Contains(it.barcodes, code)
	}}
	if prefix && utf8.RuneCountInString(text) >= shortestCodePrefix {
		begins := func(one string) bool { return strings.HasPrefix(one, code) }
		ways = append(ways, func(it *item) (step, weight float64, found bool) {
			return scoreCodePrefix, 0, slices.ContainsFunc(it.skus, begins) || slices.ContainsFunc(it.barcodes, begins)
		})
	}
	return ways
}

// every finds products that have all words.
func (s *Shelf) every(numbers []int32, step float64, hasAll func(*itemTexts, []int32) bool) way {
	return func(it *item) (_, weight float64, found bool) {
		if !hasAll(&it.texts, numbers) {
			return 0, 0, false
		}
		return step, s.measure(&it.texts, numbers), true
	}
}

// measure is how rare and how prominent words are, under 10 for each: rare ones tell more, and a title more than a description.
func (s *Shelf) measure(t *itemTexts, numbers []int32) float64 {
	sum := 0.0
	for _, n := range numbers {
		place := 0.25
		switch {
		case has(t.title, n):
			place = 1
		case has(t.short, n):
			place = 0.6
		}
		sum += place * s.rarity(n)
	}
	return sum
}

// rarity is BM25's weight of a word: ln(1 + (N - n + 0.5) / (n + 0.5)), bounded.
func (s *Shelf) rarity(n int32) float64 {
	with := float64(s.frequency[n])
	return min(math.Log(1+(float64(len(s.items))-with+0.5)/(with+0.5)), 10)
}

// form is one form in which a piece of a text may stand in a product.
type form struct {
	numbers []int32
	weight  float64
	joined  bool
}

// nearWay finds products that have every piece of the text in a near form: see nearQuery. nil when a piece has none in the store.
func (s *Shelf) nearWay(text string, synonyms commerce.Synonyms) way {
	pieces := textPieces(text)
	if len(pieces) == 0 {
		return nil
	}
	forms := make([][]form, len(pieces))
	add := func(i int, phrase string, weight float64, joined bool) {
		if numbers, all := s.known(stems(phrase)); all {
			forms[i] = append(forms[i], form{numbers, weight, joined})
		}
	}
	for i, piece := range pieces {
		add(i, piece, 1, false)
		if joined := letters(piece); utf8.RuneCountInString(joined) >= shortestJoined {
			add(i, joined, 1, true)
		}
		if i > 0 {
			if both := letters(pieces[i-1] + piece); utf8.RuneCountInString(both) >= shortestJoined {
				add(i-1, both, 1, false)
				add(i, both, 1, false)
			}
		}
	}
	for _, span := range synonyms.Spans(pieces) {
		for _, other := range span.Alternatives {
			for i := span.From; i < span.To; i++ {
				add(i, other, synonymBoost, false)
			}
		}
	}
	if slices.ContainsFunc(forms, func(f []form) bool { return len(f) == 0 }) {
		return nil
	}
	return func(it *item) (step, weight float64, found bool) { return s.nearScore(it, forms) }
}

func (s *Shelf) nearScore(it *item, forms [][]form) (step, weight float64, found bool) {
	sum := 0.0
	for _, piece := range forms {
		best := -1.0
		for _, f := range piece {
			in := it.texts.stems
			if f.joined {
				in = it.texts.neighbour
			}
			if hasAll(in, f.numbers) {
				best = max(best, f.weight*s.measure(&it.texts, f.numbers))
			}
		}
		if best < 0 {
			return 0, 0, false
		}
		sum += best
	}
	return scoreNear, sum, true
}

// prefixWay finds products of which a word of the title begins with the last word typed, and that have the others anywhere.
func (s *Shelf) prefixWay(text string) way {
	none := func(*item) (step, weight float64, found bool) { return 0, 0, false }
	head, tail := splitLastWord(text)
	before, all := s.known(words(head))
	begun := words(tail)
	if len(begun) == 0 || head != "" && !all {
		return none
	}
	beginnings := make([]map[int32]bool, len(begun))
	for i, beginning := range begun {
		beginnings[i] = s.beginning(beginning)
	}
	return func(it *item) (step, weight float64, found bool) {
		for _, some := range beginnings {
			if !slices.ContainsFunc(it.texts.title, func(n int32) bool { return some[n] }) {
				return 0, 0, false
			}
		}
		return scorePrefix, 1 + s.measure(&it.texts, before), it.texts.hasAll(before)
	}
}

// beginning are the words of the store that begin so.
func (s *Shelf) beginning(letters string) map[int32]bool {
	letters = cutRunes(letters, longestPrefix)
	some := map[int32]bool{}
	for n, word := range s.lexicon.texts {
		if strings.HasPrefix(word, letters) {
			some[int32(n)] = true
		}
	}
	return some
}

// looseWay finds products with most of the words, in a spelling that is near, in their short texts: see looseMatch.
func (s *Shelf) looseWay(typed []string) way {
	needed := len(typed)
	if needed > 2 {
		needed = needed * 3 / 4
	}
	spellings := make([]map[int32]bool, len(typed))
	for i, word := range typed {
		spellings[i] = s.spellings(word)
	}
	return func(it *item) (step, weight float64, found bool) {
		n, sum := 0, 0.0
		for _, some := range spellings {
			best := -1.0
			for _, word := range it.texts.short {
				if some[word] {
					best = max(best, s.rarity(word))
				}
			}
			if best >= 0 {
				n++
				sum += best
			}
		}
		return 0, sum, n > 0 && n >= needed
	}
}

// spellings are the words of the store that are spelt like a word, or nearly so.
func (s *Shelf) spellings(word string) map[int32]bool {
	some := map[int32]bool{}
	wanted := []rune(word)
	allowed := edits(len(wanted))
	var rows [3][]int
	var buffer []rune
	for n, other := range s.lexicon.texts {
		buffer = buffer[:0]
		for _, r := range other {
			buffer = append(buffer, r)
		}
		if near(wanted, buffer, allowed, &rows) {
			some[int32(n)] = true
		}
	}
	return some
}
