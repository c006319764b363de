package graph

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// Limits bounds what one request may ask. What a document has too much of is answered with code MAX_COST_EXCEEDED.
type Limits struct {
	// BodyBytes bounds the body of a request, in bytes; a larger one is refused with HTTP 413.
	BodyBytes int64
	// ViewerBodyBytes is BodyBytes for a viewer who is known: a product with all its variants is larger than any question.
	ViewerBodyBytes int64
	// DocumentBytes bounds the document's text, in bytes.
	DocumentBytes int
	// Tokens bounds the document's words, numbers, texts and punctuation.
	Tokens int
	// Operations, Fragments, Variables and Directives bound how many of each the document writes down.
	Operations, Fragments, Variables, Directives int
	// DirectivesInPlace bounds how many directives stand at one field, fragment, variable or operation.
	DirectivesInPlace int
	// Depth bounds how deep fields stand inside each other. Introspection is exempt.
	Depth int
	// Aliases bounds the renamed fields, RootFields the fields of the outermost level, Fields all of them. Each use of a
	// fragment counts anew.
	Aliases, RootFields, Fields int
	// Repeats bounds how often one name may stand in the answer's place of one field: selections to be merged into one.
	Repeats int
	// Cost bounds the points of a document: one for each field, times the sizes of the lists it stands in.
	Cost int
	// CacheBytes bounds the memory of the prepared documents that are remembered.
	CacheBytes int
	// Compiles bounds how many documents are prepared at the same time, CompileWait how long one waits for its turn. A
	// request that waits longer is answered with code OVERLOADED.
	Compiles    int
	CompileWait time.Duration
}

// DefaultLimits lets the documents of large storefronts through: they are about ten levels deep and ask a few thousand points.
func DefaultLimits() Limits {
	return Limits{
		BodyBytes: 256 << 10, ViewerBodyBytes: 4 << 20, DocumentBytes: 32 << 10, Tokens: 2000,
		Operations: 20, Fragments: 100, Variables: 100, Directives: 50, DirectivesInPlace: 8,
		Depth: 15, Aliases: 50, RootFields: 20, Fields: 2000, Repeats: 100,
		Cost: 50_000, CacheBytes: 64 << 20,
		Compiles: runtime.GOMAXPROCS(0), CompileWait: time.Second,
	}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	for _, f := range []struct {
		set   *int
		other int
	}{
		{&l.DocumentBytes, d.DocumentBytes},
		{&l.Tokens, d.Tokens},
		{&l.Operations, d.Operations},
		{&l.Fragments, d.Fragments},
		{&l.Variables, d.Variables},
		{&l.Directives, d.Directives},
		{&l.DirectivesInPlace, d.DirectivesInPlace},
		{&l.Depth, d.Depth},
		{&l.Aliases, d.Aliases},
		{&l.RootFields, d.RootFields},
		{&l.Fields, d.Fields},
		{&l.Repeats, d.Repeats},
		{&l.Cost, d.Cost},
		{&l.CacheBytes, d.CacheBytes},
		{&l.Compiles, d.Compiles},
	} {
		if *f.set == 0 {
			*f.set = f.other
		}
	}
	if l.BodyBytes == 0 {
		l.BodyBytes = d.BodyBytes
	}
	if l.ViewerBodyBytes == 0 {
		l.ViewerBodyBytes = d.ViewerBodyBytes
	}
	if l.CompileWait == 0 {
		l.CompileWait = d.CompileWait
	}
	return l
}

// bodyBytes is how large the body of a request may be.
func (l Limits) bodyBytes(ctx context.Context) int64 {
	if auth.From(ctx).Viewer != nil {
		return l.ViewerBodyBytes
	}
	return l.BodyBytes
}

// excess is one thing of which a document has more than it may.
type excess struct {
	got, limit int
	format     string
}

func refuseExcess(list ...excess) *gqlerror.Error {
	for _, l := range list {
		if l.got > l.limit {
			return fault(codeMaxCost, l.format, l.got, l.limit)
		}
	}
	return nil
}

// measure refuses a parsed document that is over a limit, in one pass over its text: whatever comes after it, validation
// above all, can rely on the bounds. It returns how many nodes it has seen, which the document's memory grows with, and whether
// the document reads the schema.
func (l Limits) measure(doc *ast.QueryDocument, fragments map[string]*ast.FragmentDefinition) (nodes int, introspects bool, _ *gqlerror.Error) {
	m := measurer{fragments: fragments, known: make(map[string]extent, len(fragments))}
	var most extent
	variables := 0
	for _, op := range doc.Operations {
		variables += len(op.VariableDefinitions)
		for _, v := range op.VariableDefinitions {
			m.nodes++
			m.value(v.DefaultValue)
			m.directives(v.Directives)
		}
		m.directives(op.Directives)
		most.most(m.set(op.SelectionSet))
	}
	for _, def := range doc.Fragments {
		m.fragment(def.Name) // also those that nobody uses: their numbers and texts are looked at
	}
	if err := refuseExcess(
		excess{len(doc.Operations), l.Operations, "The document has %d operations, at most %d."},
		excess{len(doc.Fragments), l.Fragments, "The document has %d fragments, at most %d."},
		excess{variables, l.Variables, "The document declares %d variables, at most %d."},
		excess{m.annotations, l.Directives, "The document has %d directives, at most %d."},
		excess{m.stacked, l.DirectivesInPlace, "The document has %d directives in one place, at most %d."},
		excess{most.depth, l.Depth, "Fields stand %d levels deep inside each other, at most %d."},
		excess{most.aliases, l.Aliases, "The document renames %d fields, at most %d."},
		excess{most.roots, l.RootFields, "The document asks for %d fields on its outermost level, at most %d."},
		excess{most.fields, l.Fields, "The document asks for %d fields, at most %d."},
	); err != nil {
		return m.nodes, m.introspects, err
	}
	return m.nodes, m.introspects, m.refuseContent()
}

func fault(code commerce.Code, format string, args ...any) *gqlerror.Error {
	return &gqlerror.Error{Message: fmt.Sprintf(format, args...), Extensions: map[string]any{"code": string(code)}}
}

// extent is how much a selection asks for, its fragments written out.
type extent struct{ depth, aliases, roots, fields int }

// measurer measures selections. Each fragment is measured once, so that the effort stays linear however often it is used.
type measurer struct {
	fragments   map[string]*ast.FragmentDefinition
	known       map[string]extent
	nodes       int
	annotations int // directives, all over the document
	stacked     int // directives in the place that has the most
	badNumber   string
	badText     bool
	introspects bool
}

func (m *measurer) refuseContent() *gqlerror.Error {
	switch {
	case m.badNumber != "":
		return fault(commerce.CodeBadUserInput, "The number %.40s is out of range.", m.badNumber)
	case m.badText:
		return fault(commerce.CodeBadUserInput, "The document contains the character U+0000, which no text may.")
	}
	return nil
}

func (m *measurer) set(set ast.SelectionSet) extent {
	var sum extent
	for _, selection := range set {
		m.nodes++
		switch s := selection.(type) {
		case *ast.Field:
			sum.add(m.field(s))
		case *ast.InlineFragment:
			m.directives(s.Directives)
			sum.add(m.set(s.SelectionSet))
		case *ast.FragmentSpread:
			m.directives(s.Directives)
			sum.add(m.fragment(s.Name))
		}
	}
	return sum
}

func (m *measurer) field(f *ast.Field) extent {
	m.arguments(f.Arguments)
	m.directives(f.Directives)
	e := m.set(f.SelectionSet)
	e.depth, e.roots, e.fields = e.depth+1, 1, e.fields+1
	if f.Alias != f.Name {
		e.aliases++
	}
	if f.Name == "__schema" || f.Name == "__type" {
		m.introspects = true
		e.depth = 1
	}
	return e
}

func (m *measurer) fragment(name string) extent {
	if e, known := m.known[name]; known {
		return e
	}
	m.known[name] = extent{} // ends a circle; validation refuses it
	def := m.fragments[name]
	if def == nil {
		return extent{}
	}
	m.directives(def.Directives)
	e := m.set(def.SelectionSet)
	m.known[name] = e
	return e
}

// enough is far above any limit, where counting stops: fragments of fragments double with each level.
const enough = math.MaxInt32

// add sums up.
func (e *extent) add(other extent) {
	e.depth = max(e.depth, other.depth)
	e.aliases = min(e.aliases+other.aliases, enough)
	e.roots = min(e.roots+other.roots, enough)
	e.fields = min(e.fields+other.fields, enough)
}

// most keeps the larger of each: one operation of a document is executed, whichever asks for most.
func (e *extent) most(other extent) {
	e.depth = max(e.depth, other.depth)
	e.aliases = max(e.aliases, other.aliases)
	e.roots = max(e.roots, other.roots)
	e.fields = max(e.fields, other.fields)
}

func (m *measurer) directives(list ast.DirectiveList) {
	m.annotations += len(list)
	m.stacked = max(m.stacked, len(list))
	for _, d := range list {
		m.nodes++
		m.arguments(d.Arguments)
	}
}

func (m *measurer) arguments(list ast.ArgumentList) {
	for _, a := range list {
		m.nodes++
		m.value(a.Value)
	}
}

// value looks for what the executor cannot take: it panics on numbers it cannot hold, and databases refuse U+0000.
func (m *measurer) value(v *ast.Value) {
	if v == nil {
		return
	}
	m.nodes++
	var err error
	switch v.Kind {
	case ast.IntValue:
		_, err = strconv.ParseInt(v.Raw, 10, 64)
	case ast.FloatValue:
		_, err = strconv.ParseFloat(v.Raw, 64)
	case ast.StringValue, ast.BlockValue:
		m.badText = m.badText || strings.ContainsRune(v.Raw, 0)
	default: // nothing that could be wrong
	}
	if err != nil {
		m.badNumber = v.Raw
	}
	for _, child := range v.Children {
		m.value(child.Value)
	}
}

// storable reports whether every text in a variable's value can be stored and searched for.
func storable(v any) bool {
	switch v := v.(type) {
	case string:
		return !strings.ContainsRune(v, 0)
	case []any:
		for _, e := range v {
			if !storable(e) {
				return false
			}
		}
	case map[string]any:
		for _, e := range v {
			if !storable(e) {
				return false
			}
		}
	}
	return true
}
