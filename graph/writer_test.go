package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"
)

// writer writes documents at random. Half of them are meant to be right, apart from fields that do not merge; in the others
// about one thing in rare is wrong.
type writer struct {
	t         *rapid.T
	schema    *ast.Schema
	b         strings.Builder
	right     bool
	fragments []string // their types
}

const rare = 25

func writeDocument(t *rapid.T, schema *ast.Schema) string {
	w := &writer{t: t, schema: schema, right: rapid.Bool().Draw(t, "right")}
	if !w.right {
		for range w.upTo(4) {
			w.fragments = append(w.fragments, w.one("Dog", "Cat", "Node", "Named", "Pet", "Query"))
		}
	}
	for i := range 1 + w.upTo(3)/3 {
		w.operation(i)
	}
	for i := 0; i < len(w.fragments); i++ { // one may want another
		fmt.Fprintf(&w.b, " fragment F%d on %s", i, w.fragments[i])
		w.set(schema.Types[w.fragments[i]], 2)
	}
	return w.b.String()
}

func (w *writer) upTo(n int) int { return rapid.IntRange(0, n).Draw(w.t, "n") }

func (w *writer) one(words ...string) string { return rapid.SampledFrom(words).Draw(w.t, "word") }

// pick is for what is too long to be logged.
func pick[T any](w *writer, list []T) T { return list[w.upTo(len(list)-1)] }

func (w *writer) wrong() bool { return !w.right && w.upTo(rare) == rare }

// spread names a fragment: any, or a new one that fits.
func (w *writer) spread(on *ast.Definition) {
	if !w.right {
		fmt.Fprintf(&w.b, " ...F%d", w.upTo(max(len(w.fragments)-1, 0)))
		return
	}
	possible := w.schema.GetPossibleTypes(on)
	if len(w.fragments) == 6 {
		w.b.WriteString(" __typename")
		return
	}
	w.fragments = append(w.fragments, pick(w, append(slices.Clip(possible), on)).Name)
	fmt.Fprintf(&w.b, " ...F%d", len(w.fragments)-1)
}

func (w *writer) operation(i int) {
	if i > 0 || w.right || w.upTo(2) == 0 {
		fmt.Fprintf(&w.b, "query Q%d", i)
		if !w.right && w.upTo(1) == 0 {
			fmt.Fprintf(&w.b, "($a: %s%s, $b: %s)", w.one("Int", "Int!", "ID", "[ID!]", "Filter", "String"), w.one("", " = null", " = 1"), w.one("Boolean!", "Boolean", "Color"))
		}
	}
	w.set(w.schema.Query, 3)
}

func (w *writer) set(on *ast.Definition, depth int) {
	w.b.WriteString(" {")
	for range 1 + w.upTo(3) {
		switch w.upTo(9) {
		case 0:
			w.spread(on)
		case 1, 2:
			w.inline(on, depth)
		default:
			w.field(on, depth)
		}
	}
	w.b.WriteString(" }")
}

func (w *writer) inline(on *ast.Definition, depth int) {
	if depth == 0 {
		w.b.WriteString(" __typename")
		return
	}
	below := on
	w.b.WriteString(" ...")
	if possible := w.schema.GetPossibleTypes(on); len(possible) > 0 && w.upTo(3) > 0 {
		below = pick(w, possible)
		w.b.WriteString(" on " + below.Name)
	}
	w.directive()
	w.set(below, depth-1)
}

func (w *writer) field(on *ast.Definition, depth int) {
	if len(on.Fields) == 0 {
		w.b.WriteString(" " + w.one("__typename", "a: __typename"))
		return
	}
	f := pick(w, on.Fields)
	of := w.schema.Types[f.Type.Name()]
	if strings.HasPrefix(f.Name, "__") || depth == 0 && !of.IsLeafType() {
		w.b.WriteString(" __typename")
		return
	}
	w.b.WriteString(" " + w.one("", "", "", "", "a: ", f.Name+"2: ") + f.Name)
	w.arguments(f.Arguments)
	w.directive()
	if of.IsLeafType() == w.wrong() {
		w.set(of, max(depth-1, 0))
	}
}

func (w *writer) directive() {
	switch n := w.upTo(8); {
	case w.right && n < 2:
		w.b.WriteString(w.one(" @include(if: true)", ` @tag(name: "a") @tag(name: "b", n: 2)`))
	case w.right:
	case n == 0:
		w.b.WriteString(" @include(if: " + w.one("true", "$b", "1") + ")")
	case n == 1:
		w.b.WriteString(w.one(" @once", ` @tag(name: "a")`, " @tag", " @once @once", " @none"))
	}
}

func (w *writer) arguments(defs ast.ArgumentDefinitionList) {
	var given []string
	for _, def := range defs {
		if def.Type.NonNull != w.wrong() && def.DefaultValue == nil || w.upTo(5) == 0 {
			given = append(given, def.Name+": "+w.value(def.Type, 2))
		}
	}
	if w.wrong() {
		given = append(given, "none: 1")
	}
	if len(given) > 0 {
		w.b.WriteString("(" + strings.Join(given, ", ") + ")")
	}
}

func (w *writer) value(of *ast.Type, depth int) string {
	switch {
	case w.wrong():
		return w.one("1", "1.5", `"a"`, "RED", "null", "true", "[1]", "[[1]]", "{a: 1}", "{}", "$c", "99999999999")
	case !w.right && w.upTo(8) == 0:
		return w.one("$a", "$b")
	case of.Elem != nil:
		if depth == 0 || w.upTo(3) == 0 {
			return "[]"
		}
		return "[" + w.value(of.Elem, depth-1) + ", " + w.value(of.Elem, depth-1) + "]"
	}
	def := w.schema.Types[of.NamedType]
	switch def.Kind {
	case ast.Enum:
		return w.one("RED", "GREEN")
	case ast.InputObject:
		return w.object(def, depth)
	default: // a scalar
	}
	switch of.NamedType {
	case "Int", "ID":
		return w.one("1", "2")
	case "Float":
		return w.one("1", "2.5")
	case "Boolean":
		return w.one("true", "false")
	case "Any":
		return w.one("1", `{a: [1], b: "c"}`, `{b: "c", a: [1]}`, "[RED]")
	}
	return w.one(`"a"`, `"b"`, `"""a"""`)
}

func (w *writer) object(def *ast.Definition, depth int) string {
	var given []string
	for _, f := range def.Fields {
		if f.Type.NonNull && f.DefaultValue == nil || w.upTo(4) == 0 && depth > 0 {
			given = append(given, f.Name+": "+w.value(f.Type, depth-1))
		}
	}
	oneOf := def.Directives.ForName("oneOf") != nil
	switch {
	case oneOf:
		given = []string{w.one(`a: "x"`, "b: 1")}
	case w.wrong():
		given = append(given, w.one(`a: "x"`, "need: true", "none: 1"))
	}
	return "{" + strings.Join(given, ", ") + "}"
}
