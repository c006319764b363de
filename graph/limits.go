package graph

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/kirana-commerce/kirana/commerce"
)

// Limits bounds what one request may ask. Everything but BodyBytes is answered with code MAX_COST_EXCEEDED.
type Limits struct {
	// BodyBytes bounds the body of a request, in bytes; a larger one is refused with HTTP 413.
	BodyBytes int64
	// DocumentBytes bounds the document's text, in bytes. With CachedDocuments it bounds the memory of the cache.
	DocumentBytes int
	// Tokens bounds the document's words, numbers, texts and punctuation.
	Tokens int
	// Depth bounds how deep fields stand inside each other. Introspection is exempt.
	Depth int
	// Aliases bounds the renamed fields, RootFields the fields of the outermost level, Fields all of them. Each use of a
	// fragment counts anew.
	Aliases, RootFields, Fields int
	// Cost bounds the points of a document: one for each field, times the sizes of the lists it stands in.
	Cost int
	// CachedDocuments is how many checked documents are remembered.
	CachedDocuments int
}

// DefaultLimits lets the documents of large storefronts through: they are about ten levels deep and ask a few thousand points.
func DefaultLimits() Limits {
	return Limits{
		BodyBytes: 256 << 10, DocumentBytes: 32 << 10, Tokens: 2000,
		Depth: 15, Aliases: 50, RootFields: 20, Fields: 2000,
		Cost: 50_000, CachedDocuments: 1000,
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
		{&l.Depth, d.Depth},
		{&l.Aliases, d.Aliases},
		{&l.RootFields, d.RootFields},
		{&l.Fields, d.Fields},
		{&l.Cost, d.Cost},
		{&l.CachedDocuments, d.CachedDocuments},
	} {
		if *f.set == 0 {
			*f.set = f.other
		}
	}
	if l.BodyBytes == 0 {
		l.BodyBytes = d.BodyBytes
	}
	return l
}

// survey measures a document in one linear pass, before validation and cost, whose effort can grow much faster than the
// document. A document that passed once is in the cache and is not measured again.
type survey struct {
	limits        Limits
	known         graphql.Cache[*ast.QueryDocument]
	introspection bool
}

// ExtensionName names the extension to gqlgen.
func (survey) ExtensionName() string { return "Survey" }

// Validate accepts every schema: what is measured does not depend on it.
func (survey) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters refuses what is over a limit. It changes nothing.
func (s survey) MutateOperationParameters(ctx context.Context, p *graphql.RawParams) *gqlerror.Error {
	if !storable(p.Variables) {
		return fault(commerce.CodeBadUserInput, "A variable contains the character U+0000, which no text may.")
	}
	if len(p.Query) > s.limits.DocumentBytes {
		return fault(codeMaxCost, "The document has %d bytes, at most %d.", len(p.Query), s.limits.DocumentBytes)
	}
	if _, ok := s.known.Get(ctx, p.Query); ok {
		return nil
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: p.Query}, s.limits.Tokens)
	if err != nil {
		if strings.Contains(err.Error(), "exceeded token limit") {
			return fault(codeMaxCost, "The document has more than %d tokens.", s.limits.Tokens)
		}
		return nil // the executor parses again and says where the fault is
	}
	m := measurer{doc: doc, fragments: make(map[string]extent)}
	for _, op := range doc.Operations {
		for _, v := range op.VariableDefinitions {
			m.value(v.DefaultValue)
		}
		m.directives(op.Directives)
		if err := s.refuse(m.set(op.SelectionSet)); err != nil {
			return err
		}
	}
	return s.refuseContent(m)
}

func (s survey) refuse(e extent) *gqlerror.Error {
	for _, l := range []struct {
		got, limit int
		format     string
	}{
		{e.depth, s.limits.Depth, "Fields stand %d levels deep inside each other, at most %d."},
		{e.aliases, s.limits.Aliases, "The document renames %d fields, at most %d."},
		{e.roots, s.limits.RootFields, "The document asks for %d fields on its outermost level, at most %d."},
		{e.fields, s.limits.Fields, "The document asks for %d fields, at most %d."},
	} {
		if l.got > l.limit {
			return fault(codeMaxCost, l.format, l.got, l.limit)
		}
	}
	return nil
}

func (s survey) refuseContent(m measurer) *gqlerror.Error {
	switch {
	case m.badNumber != "":
		return fault(commerce.CodeBadUserInput, "The number %.40s is out of range.", m.badNumber)
	case m.badText:
		return fault(commerce.CodeBadUserInput, "The document contains the character U+0000, which no text may.")
	case m.introspects && !s.introspection:
		return fault(codeValidation, "Introspection is off. The schema is served at /schema.graphql.")
	}
	return nil
}

func fault(code commerce.Code, format string, args ...any) *gqlerror.Error {
	return &gqlerror.Error{Message: fmt.Sprintf(format, args...), Extensions: map[string]any{"code": string(code)}}
}

// extent is how much a selection asks for, its fragments written out.
type extent struct{ depth, aliases, roots, fields int }

// measurer measures selections. Each fragment is measured once, so that the effort stays linear however often it is used.
type measurer struct {
	doc         *ast.QueryDocument
	fragments   map[string]extent
	badNumber   string
	badText     bool
	introspects bool
}

func (m *measurer) set(set ast.SelectionSet) extent {
	var sum extent
	for _, selection := range set {
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
	if e, known := m.fragments[name]; known {
		return e
	}
	m.fragments[name] = extent{} // ends a circle; validation refuses it
	def := m.doc.Fragments.ForName(name)
	if def == nil {
		return extent{}
	}
	m.directives(def.Directives)
	e := m.set(def.SelectionSet)
	m.fragments[name] = e
	return e
}

// add sums up, and stops counting far above any limit: fragments of fragments double with each level.
func (e *extent) add(other extent) {
	const enough = math.MaxInt32
	e.depth = max(e.depth, other.depth)
	e.aliases = min(e.aliases+other.aliases, enough)
	e.roots = min(e.roots+other.roots, enough)
	e.fields = min(e.fields+other.fields, enough)
}

func (m *measurer) directives(list ast.DirectiveList) {
	for _, d := range list {
		m.arguments(d.Arguments)
	}
}

func (m *measurer) arguments(list ast.ArgumentList) {
	for _, a := range list {
		m.value(a.Value)
	}
}

// value looks for what the executor cannot take: it panics on numbers it cannot hold, and databases refuse U+0000.
func (m *measurer) value(v *ast.Value) {
	if v == nil {
		return
	}
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
