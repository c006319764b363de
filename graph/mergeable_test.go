package graph

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// mergeable is "Field Selection Merging" as the specification writes it down, pair by pair, for every selection of a
// document without other faults.
func mergeable(schema *ast.Schema, doc *ast.QueryDocument) bool {
	p := pairs{schema: schema, doc: doc}
	for _, op := range doc.Operations {
		if !p.everywhere(op.SelectionSet) {
			return false
		}
	}
	for _, f := range doc.Fragments {
		if !p.everywhere(f.SelectionSet) {
			return false
		}
	}
	return true
}

type pairs struct {
	schema *ast.Schema
	doc    *ast.QueryDocument
}

func (p pairs) everywhere(set ast.SelectionSet) bool {
	if !p.canMerge(p.visit(set, map[string]bool{})) {
		return false
	}
	for _, selection := range set {
		ok := true
		switch s := selection.(type) {
		case *ast.Field:
			ok = p.everywhere(s.SelectionSet)
		case *ast.InlineFragment:
			ok = p.everywhere(s.SelectionSet)
		}
		if !ok {
			return false
		}
	}
	return true
}

func (p pairs) visit(set ast.SelectionSet, seen map[string]bool) []*ast.Field {
	var fields []*ast.Field
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			fields = append(fields, s)
		case *ast.InlineFragment:
			fields = append(fields, p.visit(s.SelectionSet, seen)...)
		case *ast.FragmentSpread:
			if !seen[s.Name] {
				seen[s.Name] = true
				fields = append(fields, p.visit(p.doc.Fragments.ForName(s.Name).SelectionSet, seen)...)
			}
		}
	}
	return fields
}

func (p pairs) merged(a, b *ast.Field) []*ast.Field {
	seen := map[string]bool{}
	return append(p.visit(a.SelectionSet, seen), p.visit(b.SelectionSet, seen)...)
}

// canMerge is FieldsInSetCanMerge.
func (p pairs) canMerge(fields []*ast.Field) bool {
	for i, a := range fields {
		for _, b := range fields[i+1:] {
			if a.Alias != b.Alias {
				continue
			}
			if !p.sameShape(a, b) {
				return false
			}
			if a.ObjectDefinition == b.ObjectDefinition || a.ObjectDefinition.Kind != ast.Object || b.ObjectDefinition.Kind != ast.Object {
				if a.Name != b.Name || !sameArguments(a.Arguments, b.Arguments) || !p.canMerge(p.merged(a, b)) {
					return false
				}
			}
		}
	}
	return true
}

// sameShape is SameResponseShape.
func (p pairs) sameShape(a, b *ast.Field) bool {
	x, y := p.typeOf(a), p.typeOf(b)
	for x.NonNull || y.NonNull || x.Elem != nil || y.Elem != nil {
		if x.NonNull != y.NonNull || (x.Elem == nil) != (y.Elem == nil) {
			return false
		}
		if x.Elem == nil {
			break
		}
		x, y = x.Elem, y.Elem
	}
	if p.schema.Types[x.Name()].IsLeafType() || p.schema.Types[y.Name()].IsLeafType() {
		return x.Name() == y.Name()
	}
	fields := p.merged(a, b)
	for i, c := range fields {
		for _, d := range fields[i+1:] {
			if c.Alias == d.Alias && !p.sameShape(c, d) {
				return false
			}
		}
	}
	return true
}

// typeOf knows that a type always has a name, which gqlparser takes for a text that may be null.
func (p pairs) typeOf(f *ast.Field) *ast.Type {
	if f.Name == "__typename" {
		return ast.NonNullNamedType("String", nil)
	}
	return f.Definition.Type
}

func sameArguments(a, b ast.ArgumentList) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		y := b.ForName(x.Name)
		if y == nil || !sameValue(x.Value, y.Value) {
			return false
		}
	}
	return true
}

func sameValue(a, b *ast.Value) bool {
	if a.Kind != b.Kind || a.Raw != b.Raw || len(a.Children) != len(b.Children) {
		return false
	}
	for i, x := range a.Children {
		y := b.Children[i].Value
		if a.Kind == ast.ObjectValue {
			if y = b.Children.ForName(x.Name); y == nil {
				return false
			}
		}
		if !sameValue(x.Value, y) {
			return false
		}
	}
	return true
}
