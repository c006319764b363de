package plantest_test

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/graph/plan/plantest"
)

// survey counts in how many documents each feature is.
func survey(doc *ast.QueryDocument, op *ast.OperationDefinition, d plantest.Document, counts map[string]int) {
	s := &surveyor{seen: map[string]bool{}, spreads: map[string]int{}, variables: map[string]int{}}
	s.seen[string(op.Operation)] = true
	s.note("second operation", len(doc.Operations) > 1)
	s.note("operation directive", len(op.Directives) > 0)
	s.note(fmt.Sprintf("depth %d", depth(op.SelectionSet)), true)
	s.set(op.SelectionSet, false)
	for _, f := range doc.Fragments {
		s.set(f.SelectionSet, true)
	}
	for _, v := range op.VariableDefinitions {
		value, sent := d.Variables[v.Variable]
		s.note("variable", true)
		s.note("variable with default", v.DefaultValue != nil)
		s.note("variable left out", !sent)
		s.note("variable null", sent && value == nil)
		s.note("variable twice", s.variables[v.Variable] > 1)
	}
	for feature := range s.seen {
		counts[feature]++
	}
}

type surveyor struct {
	seen               map[string]bool
	spreads, variables map[string]int
}

func (s *surveyor) note(feature string, is bool) {
	if is {
		s.seen[feature] = true
	}
}

func (s *surveyor) set(set ast.SelectionSet, inFragment bool) {
	keys, calls := map[string]int{}, map[string]string{}
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			keys[selection.Alias]++
			s.note("selection below two equal keys", keys[selection.Alias] > 1 && len(selection.SelectionSet) > 0)
			call := selection.Name + fmt.Sprint(selection.ArgumentMap(nil))
			other, called := calls[call]
			s.note("equal arguments under two aliases", called && other != selection.Alias && len(selection.Arguments) > 0)
			calls[call] = selection.Alias
			s.field(selection, inFragment)
		case *ast.InlineFragment:
			s.directives(selection.Directives)
			if selection.TypeCondition == "" {
				s.note("inline without type", true)
			} else {
				s.note("inline on "+strings.ToLower(string(selection.ObjectDefinition.Kind)), true)
			}
			s.set(selection.SelectionSet, inFragment)
		case *ast.FragmentSpread:
			s.spreads[selection.Name]++
			s.note("spread", true)
			s.note("spread twice", s.spreads[selection.Name] > 1)
			s.note("spread inside of a fragment", inFragment)
			s.directives(selection.Directives)
		}
	}
}

func (s *surveyor) field(f *ast.Field, inFragment bool) {
	s.note("alias", f.Alias != f.Name)
	s.note("typename", f.Name == "__typename")
	s.note("introspection", f.Name == "__schema" || f.Name == "__type")
	s.directives(f.Directives)
	for _, a := range f.Arguments {
		s.note("argument", true)
		list := f.Definition.Arguments.ForName(a.Name).Type.Elem != nil
		s.note("single value for a list", list && a.Value.Kind != ast.ListValue && a.Value.Kind != ast.NullValue && a.Value.Kind != ast.Variable)
		s.value(a.Value, false)
	}
	s.set(f.SelectionSet, inFragment)
}

func (s *surveyor) directives(list ast.DirectiveList) {
	for _, d := range list {
		s.note(d.Name, d.Name == "include" || d.Name == "skip")
		s.note("field directive", d.Name == "shout")
		for _, a := range d.Arguments {
			s.note("condition by variable", a.Name == "if" && a.Value.Kind == ast.Variable)
			s.value(a.Value, false)
		}
	}
}

func (s *surveyor) value(v *ast.Value, inside bool) {
	switch v.Kind {
	case ast.Variable:
		s.variables[v.Raw]++
		s.note("variable inside of a literal", inside)
	case ast.NullValue:
		s.note("literal null", true)
	case ast.ListValue:
		s.note("literal list", true)
	case ast.ObjectValue:
		s.note("literal object", true)
	case ast.EnumValue:
		s.note("literal enum", true)
	default: // the text of a scalar
	}
	for _, child := range v.Children {
		s.value(child.Value, true)
	}
}
