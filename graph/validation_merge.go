package graph

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// merge checks that what stands in one place of the answer means one thing: "Field Selection Merging", section 5.3.2 of the
// specification. It follows Simon Adameit's algorithm ("GraphQL: Overlapping fields can be merged fast", XING 2019,
// https://tech.xing.com/graphql-overlapping-fields-can-be-merged-fast-ea6e92e0a01), as Sangria and graphql-java do. The
// specification compares the fields of one name in pairs, and what is below each pair again in pairs. But to have the same
// shape, and to be the same field with the same arguments, are equivalences: it is enough to compare each field with the
// first of its group, put what is below all of them together, and go down once.
//
// There are two descents. The first wants one field and the same arguments of those that a single thing can have: things
// have one type, so fields of different object types are looked at apart, each with those of the interfaces. The second
// wants one shape of all fields of one name.
//
// The limits of fields and depth bound the descents except where selections on many object types stand inside each other;
// a budget ends those. Of fragments, each is written out once where it stands.
func (v *validation) merge() {
	m := merger{validation: v, budget: v.fields * stepsPerField, arguments: map[*ast.Field]string{}}
	for _, look := range []func(*group){m.meaning, m.shape} {
		m.alone = map[*ast.Field]struct{}{}
		for _, op := range v.doc.Operations {
			m.descend([]ast.SelectionSet{op.SelectionSet}, look)
		}
		if len(v.faults) > 0 {
			return // a field that is another one has another shape as well
		}
	}
}

// stepsPerField is the work that each field may make: both descents look at it once for each type it is met with.
const stepsPerField = 10

// merger merges the selections of one document.
type merger struct {
	*validation
	budget    int
	arguments map[*ast.Field]string
	alone     map[*ast.Field]struct{} // fields that stood alone in their place, and have been looked at
	place     []string                // the names of the groups of several fields that led here, without a gap
	refused   bool
}

// group is the fields of one name in one place of the answer.
type group struct {
	name   string
	fields []*ast.Field
}

// descend groups the fields of some selections and looks at each group.
func (m *merger) descend(sets []ast.SelectionSet, look func(*group)) {
	c := collector{index: map[string]int{}}
	for _, set := range sets {
		c.collect(set)
	}
	m.budget -= c.steps
	for i := range c.groups {
		g := &c.groups[i]
		switch {
		case m.full() || m.refused:
			return
		case m.budget < 0:
			m.refuse("Merging the document's fields takes too many steps. Use fewer types and fragments inside each other.")
			return
		case len(g.fields) > m.repeats:
			m.refuse("The document asks %d times for %q in one place, at most %d.", len(g.fields), g.name, m.repeats)
			return
		}
		if len(g.fields) == 1 {
			if _, known := m.alone[g.fields[0]]; known {
				continue
			}
			m.alone[g.fields[0]] = struct{}{}
			kept := m.place
			m.place = nil
			look(g)
			m.place = kept
			continue
		}
		m.place = append(m.place, g.name)
		look(g)
		m.place = m.place[:len(m.place)-1]
	}
}

// refuse ends everything: what has been found so far may be a part of the truth.
func (m *merger) refuse(format string, args ...any) {
	m.refused = true
	m.faults = append(m.faults[:0], fault(codeMaxCost, format, args...))
}

// shape wants the fields of a group to look alike, whatever things they belong to, and goes down.
func (m *merger) shape(g *group) {
	first := g.fields[0]
	for _, f := range g.fields[1:] {
		if !m.sameShape(first.Definition.Type, f.Definition.Type) {
			m.conflict(f, `they return conflicting types "`+first.Definition.Type.String()+`" and "`+f.Definition.Type.String()+`"`)
			return
		}
	}
	m.below(g.fields, nil, m.shape)
}

func (m *merger) sameShape(a, b *ast.Type) bool {
	switch {
	case a.NonNull != b.NonNull || (a.Elem == nil) != (b.Elem == nil):
		return false
	case a.Elem != nil:
		return m.sameShape(a.Elem, b.Elem)
	}
	leaf := m.schema.Types[a.NamedType].IsLeafType() || m.schema.Types[b.NamedType].IsLeafType()
	return !leaf || a.NamedType == b.NamedType
}

// meaning wants the fields of a group that one thing can have to be the same, and goes down for each type of thing.
func (m *merger) meaning(g *group) {
	if len(g.fields) == 1 {
		m.below(g.fields, nil, m.meaning)
		return
	}
	var anywhere []*ast.Field
	var types []*ast.Definition
	of := map[*ast.Definition][]*ast.Field{}
	for _, f := range g.fields {
		parent := f.ObjectDefinition
		if parent.Kind != ast.Object {
			anywhere = append(anywhere, f)
			continue
		}
		if of[parent] == nil {
			types = append(types, parent)
		}
		of[parent] = append(of[parent], f)
	}
	if len(types) == 0 {
		if m.same(g, anywhere[0], anywhere[1:]) {
			m.below(anywhere, nil, m.meaning)
		}
		return
	}
	for _, parent := range types {
		fields := of[parent]
		if !m.same(g, fields[0], fields[1:]) || !m.same(g, fields[0], anywhere) {
			return
		}
		m.below(fields, anywhere, m.meaning)
	}
}

// same reports the first that differs.
func (m *merger) same(g *group, first *ast.Field, others []*ast.Field) bool {
	m.budget -= len(others)
	for _, f := range others {
		switch {
		case f.Name != first.Name:
			if slices.Index(g.fields, f) < slices.Index(g.fields, first) { // those of interfaces come last here
				first, f = f, first
			}
			m.conflict(f, `"`+first.Name+`" and "`+f.Name+`" are different fields`)
			return false
		case m.argumentsOfField(f) != m.argumentsOfField(first):
			m.conflict(f, "they have differing arguments")
			return false
		case keyAsWritten(f) != keyAsWritten(first):
			m.conflict(f, "they have differing idempotency keys")
			return false
		}
	}
	return true
}

// below goes down into what two lists of fields select.
func (m *merger) below(fields, more []*ast.Field, look func(*group)) {
	sets := make([]ast.SelectionSet, 0, len(fields)+len(more))
	for _, list := range [][]*ast.Field{fields, more} {
		for _, f := range list {
			if len(f.SelectionSet) > 0 {
				sets = append(sets, f.SelectionSet)
			}
		}
	}
	if len(sets) > 0 {
		m.descend(sets, look)
	}
}

func (m *merger) conflict(second *ast.Field, reason string) {
	inner := m.place[1:]
	if len(inner) > 0 {
		reason = `subfields "` + strings.Join(inner, `" conflict because subfields "`) + `" conflict because ` + reason
	}
	m.report("OverlappingFieldsCanBeMerged", second.Position,
		`Fields "%s" conflict because %s. Use different aliases on the fields to fetch both if this was intentional.`, m.place[0], reason)
}

// argumentsOfField renders the arguments of a field so that equal ones are equal as text, in whatever order they are given.
func (m *merger) argumentsOfField(f *ast.Field) string {
	if len(f.Arguments) == 0 {
		return ""
	}
	text, known := m.arguments[f]
	if !known {
		parts := make([]string, len(f.Arguments))
		for i, a := range f.Arguments {
			parts[i] = a.Name + ":" + string(appendCanonical(nil, a.Value))
		}
		slices.Sort(parts)
		text = strings.Join(parts, ",")
		m.arguments[f] = text
	}
	return text
}

// collector puts the fields of selections into groups, in their order.
type collector struct {
	groups  []group
	index   map[string]int
	spreads map[string]struct{}
	steps   int
}

func (c *collector) collect(set ast.SelectionSet) {
	for _, selection := range set {
		c.steps++
		switch s := selection.(type) {
		case *ast.Field:
			i, known := c.index[s.Alias]
			if !known {
				i = len(c.groups)
				c.index[s.Alias] = i
				c.groups = append(c.groups, group{name: s.Alias})
			}
			c.groups[i].fields = append(c.groups[i].fields, s)
		case *ast.InlineFragment:
			c.collect(s.SelectionSet)
		case *ast.FragmentSpread:
			if _, known := c.spreads[s.Name]; known {
				continue
			}
			if c.spreads == nil {
				c.spreads = map[string]struct{}{}
			}
			c.spreads[s.Name] = struct{}{}
			c.collect(s.Definition.SelectionSet)
		}
	}
}
