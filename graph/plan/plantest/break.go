package plantest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Break changes a valid document so that it is most likely valid no longer. It needs no schema, so a change that happens to
// be valid, such as a fragment's move to another type that matches, comes out now and then.
func Break(rng *rand.Rand, d Document) string {
	if rng.IntN(12) == 0 {
		return tear(rng, d.Query)
	}
	for range 20 {
		s := parsed(d.Query)
		if s == nil {
			break
		}
		pick(rng, breaks())(rng, s)
		if text := printed(s.doc); text != d.Query {
			return text
		}
	}
	return tear(rng, d.Query)
}

// tear takes some characters out of the text, or puts one in.
func tear(rng *rand.Rand, text string) string {
	at := rng.IntN(len(text))
	if rng.IntN(2) == 0 {
		return text[:at] + text[min(len(text), at+1+rng.IntN(3)):]
	}
	return text[:at] + pick(rng, []string{"{", "}", "(", ")", "$", "@", "...", "\"", "!", ":", "\\", "é"}) + text[at:]
}

// breaks are the ways to break a document. One that finds nothing to break leaves it as it is.
func breaks() []func(*rand.Rand, *scene) {
	return slices.Concat(breakFields(), breakArguments(), breakFragments(), breakOperations())
}

// some is one of a list, or nothing of an empty one.
func some[T any](rng *rand.Rand, list []T, do func(T)) {
	if len(list) > 0 {
		do(pick(rng, list))
	}
}

func breakFields() []func(*rand.Rand, *scene) {
	return []func(*rand.Rand, *scene){
		func(rng *rand.Rand, s *scene) { // a field that is not there
			some(rng, s.fields(), func(f *ast.Field) { f.Name += "X" })
		},
		func(rng *rand.Rand, s *scene) { // an object without selections
			some(rng, s.fields(), func(f *ast.Field) { f.SelectionSet = nil })
		},
		func(rng *rand.Rand, s *scene) { // selections below a leaf
			some(rng, s.fields(), func(f *ast.Field) {
				if len(f.SelectionSet) == 0 {
					f.SelectionSet = ast.SelectionSet{&ast.Field{Name: "id", Alias: "id"}}
				}
			})
		},
		func(rng *rand.Rand, s *scene) { // one key for two things
			some(rng, s.sets, func(set *ast.SelectionSet) {
				var fields []*ast.Field
				for _, selection := range *set {
					if f, ok := selection.(*ast.Field); ok {
						fields = append(fields, f)
					}
				}
				if len(fields) > 1 {
					fields[0].Alias = fields[len(fields)-1].Alias
				}
			})
		},
		func(rng *rand.Rand, s *scene) { // a field in another's place
			fields := s.fields()
			some(rng, fields, func(f *ast.Field) { f.Name = pick(rng, fields).Name })
		},
		func(rng *rand.Rand, s *scene) { // a directive that is not there, or not here, or twice
			some(rng, s.directives, func(list *ast.DirectiveList) {
				name := pick(rng, []string{"unknown", "deprecated", "include", "skip", "oneOf"})
				for range 1 + rng.IntN(2) {
					*list = append(*list, &ast.Directive{Name: name, Arguments: pick(rng, []ast.ArgumentList{
						nil, {{Name: "if", Value: &ast.Value{Kind: ast.BooleanValue, Raw: "true"}}}, {{Name: "if", Value: &ast.Value{Kind: ast.NullValue}}},
					})})
				}
			})
		},
	}
}

func breakArguments() []func(*rand.Rand, *scene) {
	return []func(*rand.Rand, *scene){
		func(rng *rand.Rand, s *scene) { // an argument that is not there
			some(rng, s.arguments, func(list *ast.ArgumentList) {
				*list = append(*list, &ast.Argument{Name: "unknown", Value: &ast.Value{Kind: ast.IntValue, Raw: "1"}})
			})
		},
		func(rng *rand.Rand, s *scene) { // no arguments, though there may have to be some
			some(rng, s.arguments, func(list *ast.ArgumentList) { *list = nil })
		},
		func(rng *rand.Rand, s *scene) { // an argument twice
			some(rng, s.arguments, func(list *ast.ArgumentList) {
				if len(*list) > 0 {
					*list = append(*list, (*list)[0])
				}
			})
		},
		func(rng *rand.Rand, s *scene) { // a value of another kind
			some(rng, s.values, func(v *ast.Value) {
				*v = *pick(rng, []*ast.Value{
					{Kind: ast.NullValue, Raw: "null"},
					{Kind: ast.IntValue, Raw: "99999999999"},
					{Kind: ast.IntValue, Raw: "1"},
					{Kind: ast.FloatValue, Raw: "1.5"},
					{Kind: ast.StringValue, Raw: "text"},
					{Kind: ast.EnumValue, Raw: "UNKNOWN"},
					{Kind: ast.BooleanValue, Raw: "true"},
					{Kind: ast.ListValue},
					{Kind: ast.ObjectValue},
					{Kind: ast.Variable, Raw: "undefined"},
				})
			})
		},
		func(rng *rand.Rand, s *scene) { // a member of an object that is not there, or twice
			objects := slices.DeleteFunc(slices.Clone(s.values), func(v *ast.Value) bool { return v.Kind != ast.ObjectValue })
			some(rng, objects, func(v *ast.Value) {
				name := "unknown"
				if len(v.Children) > 0 && rng.IntN(2) == 0 {
					name = v.Children[0].Name
				}
				v.Children = append(v.Children, &ast.ChildValue{Name: name, Value: &ast.Value{Kind: ast.NullValue, Raw: "null"}})
			})
		},
	}
}

func breakFragments() []func(*rand.Rand, *scene) {
	return []func(*rand.Rand, *scene){
		func(rng *rand.Rand, s *scene) { // a type that is not there, or cannot match, or has no fields
			some(rng, s.types, func(name *string) { *name = pick(rng, []string{"Unknown", "Query", "Int", "String", *name + "s"}) })
		},
		func(rng *rand.Rand, s *scene) { // a type from elsewhere
			some(rng, s.types, func(name *string) { *name = *pick(rng, s.types) })
		},
		func(rng *rand.Rand, s *scene) { // a fragment that is not there
			some(rng, s.sets, func(set *ast.SelectionSet) { *set = append(*set, &ast.FragmentSpread{Name: "Unknown"}) })
		},
		func(rng *rand.Rand, s *scene) { // a fragment that contains itself, at once or by another
			some(rng, s.doc.Fragments, func(f *ast.FragmentDefinition) {
				pick(rng, s.doc.Fragments).SelectionSet = append(f.SelectionSet, &ast.FragmentSpread{Name: f.Name})
			})
		},
		func(rng *rand.Rand, s *scene) { // a fragment that nothing spreads, or one name for two
			name := "Unused"
			some(rng, s.doc.Fragments, func(f *ast.FragmentDefinition) { name = pick(rng, []string{name, f.Name}) })
			s.doc.Fragments = append(s.doc.Fragments, &ast.FragmentDefinition{
				Name: name, TypeCondition: "Query", SelectionSet: ast.SelectionSet{&ast.Field{Name: typename, Alias: typename}},
			})
		},
	}
}

func breakOperations() []func(*rand.Rand, *scene) {
	define := func(rng *rand.Rand, s *scene, change func(*ast.VariableDefinition)) {
		some(rng, s.doc.Operations[0].VariableDefinitions, change)
	}
	return []func(*rand.Rand, *scene){
		func(rng *rand.Rand, s *scene) { // a variable under another name
			define(rng, s, func(v *ast.VariableDefinition) { v.Variable += "X" })
		},
		func(rng *rand.Rand, s *scene) { // a variable of another type
			define(rng, s, func(v *ast.VariableDefinition) {
				v.Type = pick(rng, []*ast.Type{
					ast.NamedType("Int", nil), ast.NamedType("String", nil), ast.NamedType("Boolean", nil), ast.NamedType("Unknown", nil),
					ast.NamedType("Query", nil), ast.ListType(v.Type, nil), ast.NonNullListType(v.Type, nil),
				})
			})
		},
		func(rng *rand.Rand, s *scene) { // a variable that may be missing
			define(rng, s, func(v *ast.VariableDefinition) { v.Type.NonNull, v.DefaultValue = false, nil })
		},
		func(_ *rand.Rand, s *scene) { // a variable that nothing uses, or one name for two
			op := s.doc.Operations[0]
			op.VariableDefinitions = append(op.VariableDefinitions, &ast.VariableDefinition{Variable: "v1", Type: ast.NamedType("Int", nil)})
		},
		func(rng *rand.Rand, s *scene) { // another kind of operation
			op := s.doc.Operations[0]
			op.Operation = pick(rng, []ast.Operation{ast.Query, ast.Mutation, ast.Subscription})
		},
		func(rng *rand.Rand, s *scene) { // a second operation, with no name or the same
			second := *s.doc.Operations[0]
			second.Name = pick(rng, []string{"", second.Name, fmt.Sprint(strings.TrimSpace(second.Name), "2")})
			s.doc.Operations = append(s.doc.Operations, &second)
		},
	}
}
