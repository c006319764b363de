package plantest

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Minimise cuts a document down as long as it still differs: selections, arguments, directives, fragments and variables go,
// whatever stands in a fragment or a field moves up. It asks differs of valid and of broken documents alike.
func Minimise(d Document, differs func(Document) bool) Document {
	for {
		smaller, ok := cutOnce(d, differs)
		if !ok {
			return d
		}
		d = smaller
	}
}

// cutOnce tries all cuts once, one after the other, each on what the ones before left.
func cutOnce(d Document, differs func(Document) bool) (Document, bool) {
	cut := false
	for n := 0; ; {
		candidate, ok := cutAt(d, n)
		switch {
		case !ok:
			return d, cut
		case candidate.Query != d.Query && differs(candidate):
			d, cut = candidate, true
		default:
			n++
		}
	}
}

// cutAt makes the nth possible cut, and says whether there is one.
func cutAt(d Document, n int) (Document, bool) {
	s := parsed(d.Query)
	if s == nil {
		return d, false
	}
	cuts := s.cuts()
	if n >= len(cuts) {
		return d, false
	}
	cuts[n]()
	return tidied(Document{Query: printed(s.doc), OperationName: d.OperationName, Variables: d.Variables}), true
}

// cuts are all ways to make a document smaller, the largest pieces first.
func (s *scene) cuts() []func() {
	var cuts []func()
	for i := range s.doc.Operations {
		if len(s.doc.Operations) > 1 {
			cuts = append(cuts, func() { s.doc.Operations = slices.Delete(s.doc.Operations, i, i+1) })
		}
	}
	for _, set := range s.sets {
		for i, selection := range *set {
			if len(*set) > 1 {
				cuts = append(cuts, func() { *set = slices.Delete(*set, i, i+1) })
			}
			if inner := s.inside(selection); inner != nil {
				cuts = append(cuts, func() { *set = slices.Replace(*set, i, i+1, inner...) })
			}
		}
	}
	for _, list := range s.directives {
		for i := range *list {
			cuts = append(cuts, func() { *list = slices.Delete(*list, i, i+1) })
		}
	}
	for _, list := range s.arguments {
		for i := range *list {
			cuts = append(cuts, func() { *list = slices.Delete(*list, i, i+1) })
		}
	}
	for _, v := range s.values {
		for i := range v.Children {
			cuts = append(cuts, func() { v.Children = slices.Delete(v.Children, i, i+1) })
		}
	}
	for _, f := range s.fields() {
		if f.Alias != f.Name {
			cuts = append(cuts, func() { f.Alias = f.Name })
		}
	}
	return cuts
}

// inside is what could stand in a selection's place.
func (s *scene) inside(selection ast.Selection) ast.SelectionSet {
	switch selection := selection.(type) {
	case *ast.InlineFragment:
		return selection.SelectionSet
	case *ast.FragmentSpread:
		if f := s.doc.Fragments.ForName(selection.Name); f != nil {
			return ast.SelectionSet{&ast.InlineFragment{TypeCondition: f.TypeCondition, Directives: selection.Directives, SelectionSet: f.SelectionSet}}
		}
	case *ast.Field:
		return selection.SelectionSet
	}
	return nil
}

// tidied drops the fragments and variables that nothing uses any more.
func tidied(d Document) Document {
	for {
		s := parsed(d.Query)
		if s == nil {
			return d
		}
		fragments, variables := s.used()
		before := len(s.doc.Fragments)
		s.doc.Fragments = slices.DeleteFunc(s.doc.Fragments, func(f *ast.FragmentDefinition) bool { return !fragments[f.Name] })
		for _, op := range s.doc.Operations {
			op.VariableDefinitions = slices.DeleteFunc(op.VariableDefinitions, func(v *ast.VariableDefinition) bool { return !variables[v.Variable] })
		}
		d.Query = printed(s.doc)
		if len(s.doc.Fragments) == before {
			d.Variables = maps.Clone(d.Variables)
			maps.DeleteFunc(d.Variables, func(name string, _ any) bool { return !variables[name] })
			return d
		}
	}
}
