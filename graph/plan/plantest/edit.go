package plantest

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// scene is a parsed document, and all places in it where something can be changed.
type scene struct {
	doc        *ast.QueryDocument
	sets       []*ast.SelectionSet
	arguments  []*ast.ArgumentList
	directives []*ast.DirectiveList
	values     []*ast.Value
	types      []*string // conditions of fragments
}

// parsed is the scene of a document, or nil if it cannot be parsed.
func parsed(query string) *scene {
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		return nil
	}
	s := &scene{doc: doc}
	for _, op := range doc.Operations {
		s.directives = append(s.directives, &op.Directives)
		s.walk(&op.SelectionSet)
		for _, v := range op.VariableDefinitions {
			s.value(v.DefaultValue)
		}
	}
	for _, f := range doc.Fragments {
		s.types = append(s.types, &f.TypeCondition)
		s.walk(&f.SelectionSet)
	}
	for _, list := range s.directives {
		for _, d := range *list {
			s.list(&d.Arguments)
		}
	}
	return s
}

func (s *scene) walk(set *ast.SelectionSet) {
	s.sets = append(s.sets, set)
	for _, selection := range *set {
		switch selection := selection.(type) {
		case *ast.Field:
			s.directives = append(s.directives, &selection.Directives)
			s.list(&selection.Arguments)
			if len(selection.SelectionSet) > 0 {
				s.walk(&selection.SelectionSet)
			}
		case *ast.InlineFragment:
			s.directives = append(s.directives, &selection.Directives)
			if selection.TypeCondition != "" {
				s.types = append(s.types, &selection.TypeCondition)
			}
			s.walk(&selection.SelectionSet)
		case *ast.FragmentSpread:
			s.directives = append(s.directives, &selection.Directives)
		}
	}
}

func (s *scene) list(arguments *ast.ArgumentList) {
	s.arguments = append(s.arguments, arguments)
	for _, a := range *arguments {
		s.value(a.Value)
	}
}

func (s *scene) value(v *ast.Value) {
	if v == nil {
		return
	}
	s.values = append(s.values, v)
	for _, child := range v.Children {
		s.value(child.Value)
	}
}

// fields are all fields that are selected.
func (s *scene) fields() []*ast.Field {
	var fields []*ast.Field
	for _, set := range s.sets {
		for _, selection := range *set {
			if f, ok := selection.(*ast.Field); ok {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// used tells the names of the fragments that are spread and of the variables that are named.
func (s *scene) used() (fragments, variables map[string]bool) {
	fragments, variables = map[string]bool{}, map[string]bool{}
	for _, set := range s.sets {
		for _, selection := range *set {
			if spread, ok := selection.(*ast.FragmentSpread); ok {
				fragments[spread.Name] = true
			}
		}
	}
	for _, v := range s.values {
		if v.Kind == ast.Variable {
			variables[v.Raw] = true
		}
	}
	return fragments, variables
}
