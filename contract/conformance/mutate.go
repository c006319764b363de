package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// mutator makes documents out of documents: it takes a published one and changes a few of its words, groups or characters.
// What comes out is close to what clients send, valid or broken in one place, which is where two validators can differ.
type mutator struct {
	rng   *rand.Rand
	seeds []request
	// names are those of the schema and of all seeds, values and fragments what can be put where one is expected.
	names, values, fragments []string
}

// request is a document with the variables it is tried with.
type request struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables,omitempty"`
	store     string
}

func newMutator(seed uint64, seeds []request, schema string) *mutator {
	m := &mutator{rng: rand.New(rand.NewPCG(seed, 0)), seeds: seeds} //nolint:gosec // a seed names the run
	for _, text := range append([]string{schema}, texts(seeds)...) {
		list := tokens(text)
		for i, word := range list {
			if isName(word) {
				m.names = append(m.names, word)
			}
			if i > 0 && list[i-1] == "fragment" {
				m.fragments = append(m.fragments, word)
			}
		}
	}
	m.values = []string{
		"0", "-1", "1.5", "9999999999", `"text"`, `"""block"""`, "true", "null", "EXACT", "[ ]", `[ "a" ]`, "{ }", "{ tag : 1 }",
		`{ tag : "a" , tag : "b" }`, "$id", "$first", "$handle", "$nothing",
	}
	return m
}

func texts(seeds []request) []string {
	list := make([]string, len(seeds))
	for i, s := range seeds {
		list[i] = s.Query
	}
	return list
}

// tokens splits a text into its tokens, as they are written. It ends at the first that is none.
func tokens(text string) []string {
	var list []string
	runes, l := []rune(text), lexer.New(&ast.Source{Input: text})
	for {
		t, err := l.ReadToken()
		if err != nil || t.Kind == lexer.EOF {
			return list
		}
		if t.Kind != lexer.Comment {
			list = append(list, string(runes[t.Pos.Start:t.Pos.End]))
		}
	}
}

func isName(word string) bool { return word[0] == '_' || unicode.IsLetter(rune(word[0])) }

// next makes the next document; some are seeds as they are.
func (m *mutator) next() request {
	r := pick(m, m.seeds)
	list := tokens(r.Query)
	for range m.rng.IntN(4) {
		list = m.change(list)
	}
	r.Query = strings.Join(list, " ")
	if m.rng.IntN(20) == 0 {
		r.Query = m.misspell(r.Query)
	}
	return r
}

func pick[T any](m *mutator, list []T) T { return list[m.rng.IntN(len(list))] }

// change makes one change. Nine in ten keep the text a document, and leave it to the rules whether it is a valid one.
func (m *mutator) change(list []string) []string {
	if len(list) == 0 {
		return list
	}
	if m.rng.IntN(10) == 0 {
		return m.word(list)
	}
	return pick(m, []func([]string) []string{
		m.rename, m.rename, m.value, m.leaveOut, m.repeat, m.exchange, m.field, m.argument, m.directive, m.spread, m.define,
	})(list)
}

// word leaves a word out, says it twice, or puts it where another was. Most texts are no documents after that.
func (m *mutator) word(list []string) []string {
	i, j := m.rng.IntN(len(list)), m.rng.IntN(len(list))
	switch m.rng.IntN(4) {
	case 0:
		return slices.Delete(list, i, i+1)
	case 1:
		return slices.Insert(list, i, list[i])
	case 2:
		return slices.Insert(list, i, pick(m, tokens(pick(m, m.seeds).Query)))
	default:
		list[i], list[j] = list[j], list[i]
		return list
	}
}

// rename puts another name in the place of one: of the same document, which makes fields collide, or of any.
func (m *mutator) rename(list []string) []string {
	if i, ok := m.place(list, func(i int) bool { return isName(list[i]) }); ok {
		other := pick(m, m.names)
		if j, ok := m.place(list, func(j int) bool { return isName(list[j]) }); ok && m.rng.IntN(2) == 0 {
			other = list[j]
		}
		list[i] = other
	}
	return list
}

// value puts another value after a colon or an equals sign.
func (m *mutator) value(list []string) []string {
	i, ok := m.place(list, func(i int) bool { return i+1 < len(list) && (list[i] == ":" || list[i] == "=") })
	if !ok {
		return list
	}
	end := groupEnd(list, i+1)
	if list[i+1] == "$" {
		end = min(end+1, len(list))
	}
	return slices.Replace(list, i+1, end, tokens(pick(m, m.values))...)
}

// leaveOut leaves out a group of brackets, half of the times with the name it belongs to.
func (m *mutator) leaveOut(list []string) []string {
	from, to := m.group(list)
	if from > 0 && m.rng.IntN(2) == 0 {
		from--
	}
	return slices.Delete(list, from, to)
}

// repeat says the fields or arguments of a group twice.
func (m *mutator) repeat(list []string) []string {
	from, to := m.group(list)
	if to-from < 3 {
		return list
	}
	return slices.Insert(list, from+1, slices.Clone(list[from+1:to-1])...)
}

// exchange puts a group of another document, or of this one, in the place of a group.
func (m *mutator) exchange(list []string) []string {
	from, to := m.group(list)
	other := slices.Clone(list)
	if m.rng.IntN(2) == 0 {
		other = tokens(pick(m, m.seeds).Query)
	}
	a, b := m.group(other)
	return slices.Replace(list, from, to, other[a:b]...)
}

// field selects one more field, under its own name or that of another field of the document.
func (m *mutator) field(list []string) []string {
	field := []string{pick(m, []string{"id", "title", "handle", "__typename", pick(m, m.names)})}
	if i, ok := m.place(list, func(i int) bool { return isName(list[i]) }); ok && m.rng.IntN(2) == 0 {
		field = []string{list[i], ":", field[0]}
	}
	return m.insertAfter(list, "{", field)
}

// argument gives one more argument or variable.
func (m *mutator) argument(list []string) []string {
	argument := append([]string{pick(m, []string{"first", "id", "if", pick(m, m.names)}), ":"}, tokens(pick(m, m.values))...)
	if m.rng.IntN(3) == 0 {
		argument = append([]string{"$"}, pick(m, []string{"id", "first", pick(m, m.names)}), ":", pick(m, []string{"ID", "Int", "Product", pick(m, m.names)}))
	}
	return m.insertAfter(list, "(", argument)
}

// directive puts one before a group.
func (m *mutator) directive(list []string) []string {
	i, ok := m.place(list, func(i int) bool { return list[i] == "{" })
	if !ok {
		return list
	}
	return slices.Insert(list, i, tokens(pick(m, []string{
		"@include(if: true)", "@skip(if: false)", "@include(if: $withImages)", "@skip", "@include(if: 1)", "@nothing", `@deprecated(reason: "x")`,
	}))...)
}

// spread uses a fragment: of this document, which can make a circle, or of any.
func (m *mutator) spread(list []string) []string {
	name := pick(m, m.fragments)
	if i, ok := m.place(list, func(i int) bool { return i > 0 && list[i-1] == "fragment" }); ok && m.rng.IntN(3) > 0 {
		name = list[i]
	}
	if m.rng.IntN(3) == 0 {
		return m.insertAfter(list, "{", []string{"...", "on", pick(m, []string{"Product", "Node", "Store", pick(m, m.names)}), "{", "id", "}"})
	}
	return m.insertAfter(list, "{", []string{"...", name})
}

// define adds a definition: what another document or this one defines, or a piece of a schema.
func (m *mutator) define(list []string) []string {
	switch m.rng.IntN(5) {
	case 0:
		return append(list, tokens(pick(m, m.seeds).Query)...)
	case 1:
		return append(list, list...)
	case 2:
		return append(list, tokens(pick(m, []string{"type A { b: Int }", "extend type Query { a: Int }", "scalar A", "directive @a on FIELD"}))...)
	case 3:
		return append(list, tokens("fragment "+pick(m, m.fragments)+" on "+pick(m, []string{"Product", "Money", pick(m, m.names)})+" { id }")...)
	default:
		return append(list, tokens(pick(m, []string{"mutation M { a }", "subscription S { a }", "query Q { __typename }", "{ __typename }"}))...)
	}
}

func (m *mutator) insertAfter(list []string, word string, what []string) []string {
	i, ok := m.place(list, func(i int) bool { return list[i] == word })
	if !ok {
		return list
	}
	return slices.Insert(list, i+1, what...)
}

// place is one of the places that fit.
func (m *mutator) place(list []string, fits func(int) bool) (int, bool) {
	var places []int
	for i := range list {
		if fits(i) {
			places = append(places, i)
		}
	}
	if len(places) == 0 {
		return 0, false
	}
	return pick(m, places), true
}

// group finds a balanced group of brackets; it is empty when there is none.
func (m *mutator) group(list []string) (from, to int) {
	from, ok := m.place(list, func(i int) bool { return strings.Contains("({[", list[i]) })
	if !ok {
		return 0, 0
	}
	return from, groupEnd(list, from)
}

// groupEnd is where the word or the balanced group that begins at from has ended.
func groupEnd(list []string, from int) int {
	depth := 0
	for to := from; to < len(list); to++ {
		switch {
		case strings.Contains("({[", list[to]):
			depth++
		case strings.Contains(")}]", list[to]):
			depth--
		}
		if depth <= 0 {
			return to + 1
		}
	}
	return len(list)
}

// misspell changes one character, which is what a lexer has to tell apart.
func (m *mutator) misspell(text string) string {
	runes := []rune(text)
	if len(runes) == 0 {
		return text
	}
	i := m.rng.IntN(len(runes))
	return string(runes[:i]) + pick(m, []string{
		"", "\"", "\\u00e9", "\\u12", "\\", "é", "\u2028", "\ufeff", "#", "0", "01", "1e5", ".", "..", "-", "_", "\r\n", "\t", "\x00", "$", "@", "!", ",", "%",
	}) + string(runes[i+m.rng.IntN(2):])
}
