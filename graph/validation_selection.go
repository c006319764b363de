package graph

import (
	"cmp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// set walks a selection of things of a type; nil where the type is unknown, which was reported.
func (v *validation) set(parent *ast.Definition, set ast.SelectionSet) {
	for _, selection := range set {
		if v.full() {
			return
		}
		switch s := selection.(type) {
		case *ast.Field:
			v.field(parent, s)
		case *ast.InlineFragment:
			v.inline(parent, s)
		case *ast.FragmentSpread:
			v.spread(parent, s)
		}
	}
}

func (v *validation) field(parent *ast.Definition, f *ast.Field) {
	f.ObjectDefinition = parent
	f.Definition = fieldOf(parent, f.Name)
	var below *ast.Definition
	switch {
	case f.Definition != nil:
		below = v.schema.Types[f.Definition.Type.Name()]
		v.leaf(f, below)
		v.argumentsOf(f)
	case parent != nil:
		v.report("FieldsOnCorrectType", f.Position, `Cannot query field "%s" on type "%s".%s`, f.Name, parent.Name, v.fieldSuggestion(parent, f.Name))
	}
	v.arguments(argumentsOf(f.Definition), f.Arguments)
	v.directives(below, f.Directives, ast.LocationField)
	if parent != nil && parent != v.schema.Mutation && f.Directives.ForName(directiveIdempotent) != nil {
		v.report("IdempotentMutations", f.Position, `Directive "@%s" may only be used on a field of Mutation.`, directiveIdempotent)
	}
	if f.Name == "__schema" || f.Name == "__type" {
		v.introspected = append(v.introspected, f)
	}
	v.set(below, f.SelectionSet)
}

func argumentsOf(def *ast.FieldDefinition) ast.ArgumentDefinitionList {
	if def == nil {
		return nil
	}
	return def.Arguments
}

func fieldOf(parent *ast.Definition, name string) *ast.FieldDefinition {
	switch {
	case parent == nil || !parent.IsCompositeType():
		return nil
	case name == "__typename":
		return &ast.FieldDefinition{Name: name, Type: ast.NonNullNamedType("String", nil)}
	}
	return parent.Fields.ForName(name)
}

func (v *validation) leaf(f *ast.Field, of *ast.Definition) {
	switch {
	case of == nil:
	case of.IsLeafType() && len(f.SelectionSet) > 0:
		v.report("ScalarLeafs", f.Position, `Field "%s" must not have a selection since type "%s" has no subfields.`, f.Name, of.Name)
	case !of.IsLeafType() && len(f.SelectionSet) == 0:
		suggestion := ""
		if v.suggest {
			suggestion = ` Did you mean "` + f.Name + ` { ... }"?`
		}
		v.report("ScalarLeafs", f.Position, `Field "%s" of type "%s" must have a selection of subfields.%s`, f.Name, f.Definition.Type.String(), suggestion)
	}
}

// fieldSuggestion names the types below an abstract one that have the field, else the fields with a similar name.
func (v *validation) fieldSuggestion(parent *ast.Definition, name string) string {
	if !v.suggest {
		return ""
	}
	if on := v.typesWith(parent, name); len(on) > 0 {
		return " Did you mean to use an inline fragment on " + core.QuotedOrList(on...) + "?"
	}
	return v.suggestion(name, func() []string {
		names := make([]string, len(parent.Fields))
		for i, f := range parent.Fields {
			names[i] = f.Name
		}
		return names
	})
}

// typesWith lists what the things of an abstract type can be that has the field: interfaces first, those with most
// types in front.
func (v *validation) typesWith(parent *ast.Definition, name string) []string {
	if !parent.IsAbstractType() {
		return nil
	}
	var names []string
	uses := map[string]int{}
	for _, possible := range v.schema.GetPossibleTypes(parent) {
		if possible.Fields.ForName(name) == nil {
			continue
		}
		names = append(names, possible.Name)
		for _, i := range possible.Interfaces {
			if def := v.schema.Types[i]; def != nil && def.Fields.ForName(name) != nil {
				if uses[i]++; uses[i] == 1 {
					names = append(names, i)
				}
			}
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(uses[b]-uses[a], cmp.Compare(a, b)) })
	return names
}

func (v *validation) inline(parent *ast.Definition, f *ast.InlineFragment) {
	f.ObjectDefinition = parent
	below := parent
	if f.TypeCondition != "" {
		below = v.schema.Types[f.TypeCondition]
		switch {
		case below == nil:
			v.report("KnownTypeNames", f.Position, `Unknown type "%s".%s`, f.TypeCondition, v.suggestion(f.TypeCondition, v.typeNames))
		case !below.IsCompositeType():
			v.report("FragmentsOnCompositeTypes", f.Position, `Fragment cannot condition on non composite type "%s".`, f.TypeCondition)
		case !v.overlap(parent, below):
			v.report("PossibleFragmentSpreads", f.Position,
				`Fragment cannot be spread here as objects of type "%s" can never be of type "%s".`, parent.Name, f.TypeCondition)
		}
	}
	v.directives(below, f.Directives, ast.LocationInlineFragment)
	v.set(below, f.SelectionSet)
}

func (v *validation) spread(parent *ast.Definition, s *ast.FragmentSpread) {
	s.ObjectDefinition = parent
	s.Definition = v.fragments[s.Name]
	var below *ast.Definition
	if s.Definition == nil {
		v.report("KnownFragmentNames", s.Position, `Unknown fragment "%s".`, s.Name)
	} else {
		v.scope.spreads = append(v.scope.spreads, s)
		below = v.schema.Types[s.Definition.TypeCondition]
		if !v.overlap(parent, below) {
			v.report("PossibleFragmentSpreads", s.Position,
				`Fragment "%s" cannot be spread here as objects of type "%s" can never be of type "%s".`, s.Name, parent.Name, s.Definition.TypeCondition)
		}
	}
	v.directives(below, s.Directives, ast.LocationFragmentSpread)
}

type typePair struct{ a, b *ast.Definition }

// overlap reports whether a thing can be of both types. It is true where one of them is not known or has no fields, about
// which other rules speak.
func (v *validation) overlap(a, b *ast.Definition) bool {
	if a == nil || b == nil || a == b || !a.IsCompositeType() || !b.IsCompositeType() {
		return true
	}
	pair := typePair{a, b}
	common, known := v.overlaps[pair]
	if !known {
		others := v.schema.GetPossibleTypes(b)
		common = slices.ContainsFunc(v.schema.GetPossibleTypes(a), func(d *ast.Definition) bool { return slices.Contains(others, d) })
		v.overlaps[pair] = common
	}
	return common
}

func (v *validation) directives(parent *ast.Definition, list ast.DirectiveList, location ast.DirectiveLocation) {
	for _, d := range list {
		d.Definition, d.ParentDefinition, d.Location = v.schema.Directives[d.Name], parent, location
		if d.Definition == nil {
			v.report("KnownDirectives", d.Position, `Unknown directive "@%s".`, d.Name)
			v.arguments(nil, d.Arguments)
			continue
		}
		if !slices.Contains(d.Definition.Locations, location) {
			v.report("KnownDirectives", d.Position, `Directive "@%s" may not be used on %s.`, d.Name, location)
		}
		v.argumentsOfDirective(d)
		v.arguments(d.Definition.Arguments, d.Arguments)
	}
	twice(list, func(d *ast.Directive) string { return d.Name }, func(d *ast.Directive) {
		if d.Definition != nil && !d.Definition.IsRepeatable {
			v.report("UniqueDirectivesPerLocation", d.Position, `The directive "@%s" can only be used once at this location.`, d.Name)
		}
	})
}

// introspection refuses to follow the lists of the schema round and round. No fragment contains itself by now, and the
// limit of fields bounds the walk.
func (v *validation) introspection() {
	for _, f := range v.introspected {
		if introspectionDepth(f.SelectionSet, 0) {
			v.report("MaxIntrospectionDepth", f.Position, "Maximum introspection depth exceeded")
		}
	}
}

// introspectionDepth reports whether three lists of the schema stand inside each other.
func introspectionDepth(set ast.SelectionSet, depth int) bool {
	const most = 3
	return slices.ContainsFunc(set, func(selection ast.Selection) bool {
		switch s := selection.(type) {
		case *ast.Field:
			below := depth
			switch s.Name {
			case "fields", "interfaces", "possibleTypes", "inputFields":
				below++
			}
			return below >= most || introspectionDepth(s.SelectionSet, below)
		case *ast.InlineFragment:
			return introspectionDepth(s.SelectionSet, depth)
		case *ast.FragmentSpread:
			return introspectionDepth(s.Definition.SelectionSet, depth)
		}
		return false
	})
}
