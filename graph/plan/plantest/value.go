package plantest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Besides what JSON decodes to, a value that is made up can be one of these.
type (
	enumName string
	variable string
	object   []member
	member   struct {
		name  string
		value any
	}
)

// place is where a value stands. A literal can be, or contain, a variable.
type place struct {
	coordinate string
	typ        *ast.Type
	hasDefault bool
	literal    bool
	depth      int
}

// argumentList gives a field its arguments: often those it had elsewhere, so that fields merge and aliases share.
func (g *generator) argumentList(coordinate string, definitions ast.ArgumentDefinitionList) ast.ArgumentList {
	if len(definitions) == 0 {
		return nil
	}
	if known := g.arguments[coordinate]; len(known) > 0 && g.chance(50) {
		return pick(g.rng, known)
	}
	var list ast.ArgumentList
	for _, def := range definitions {
		at := fmt.Sprintf("%s(%s:)", coordinate, def.Name)
		if required := def.Type.NonNull && def.DefaultValue == nil; !required && !g.o.Give(at) && !g.chance(40) {
			continue
		}
		value := g.value(place{
			coordinate: at, typ: def.Type, hasDefault: def.DefaultValue != nil, literal: true,
		})
		list = append(list, &ast.Argument{Name: def.Name, Value: literal(value)})
	}
	g.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	g.arguments[coordinate] = append(g.arguments[coordinate], list)
	return list
}

// conditions are @include and @skip, or more often none.
func (g *generator) conditions() ast.DirectiveList {
	var list ast.DirectiveList
	for _, name := range []string{"include", "skip"} {
		if !g.chance(6) {
			continue
		}
		value := g.value(place{coordinate: "@" + name + "(if:)", typ: ast.NonNullNamedType("Boolean", nil), literal: true})
		list = append(list, &ast.Directive{Name: name, Arguments: ast.ArgumentList{{Name: "if", Value: literal(value)}}})
	}
	return list
}

// executable adds one of the schema's own directives for a location, or more often none.
func (g *generator) executable(list ast.DirectiveList, location ast.DirectiveLocation, percent int) ast.DirectiveList {
	if !g.chance(percent) {
		return list
	}
	var names []string
	for name, def := range g.schema.Directives {
		switch name {
		case "include", "skip", "defer":
			continue
		}
		if slices.Contains(def.Locations, location) && !g.o.Omit("@"+name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return list
	}
	slices.Sort(names)
	def := g.schema.Directives[pick(g.rng, names)]
	return append(list, &ast.Directive{Name: def.Name, Arguments: g.argumentList("@"+def.Name, def.Arguments)})
}

// value makes up a value for a place.
func (g *generator) value(at place) any {
	if at.literal && !g.o.Literals && g.chance(25) {
		return variable(g.variable(at))
	}
	if !at.typ.NonNull && !g.o.Literals && g.chance(10) {
		return nil
	}
	if value, ok := g.o.Value(g.rng, at.coordinate, at.typ); ok {
		return g.named(value, at.typ)
	}
	if at.typ.Elem != nil {
		return g.list(at)
	}
	def := g.schema.Types[at.typ.NamedType]
	if def.Kind == ast.InputObject {
		return g.object(def, at)
	}
	if value, ok := g.o.Value(g.rng, def.Name, at.typ); ok {
		return g.named(value, at.typ)
	}
	return g.leaf(def)
}

// named turns the text of a value that was handed in into the name of an enum, if it is one.
func (g *generator) named(value any, typ *ast.Type) any {
	if text, ok := value.(string); ok && g.schema.Types[typ.Name()].Kind == ast.Enum {
		return enumName(text)
	}
	return value
}

func (g *generator) list(at place) any {
	elem := at
	elem.typ, elem.hasDefault, elem.depth = at.typ.Elem, false, at.depth+1
	if at.typ.Elem.Elem == nil && at.depth == 0 && g.chance(30) {
		single := *elem.typ // a single value stands for a list of one
		single.NonNull = true
		elem.typ, elem.literal = &single, false
		return g.value(elem)
	}
	list := make([]any, g.rng.IntN(4))
	for i := range list {
		list[i] = g.value(elem)
	}
	return list
}

func (g *generator) object(def *ast.Definition, at place) any {
	var members object
	chosen := -1
	if def.Directives.ForName("oneOf") != nil {
		chosen = g.rng.IntN(len(def.Fields))
	}
	for i, f := range def.Fields {
		required := f.Type.NonNull && f.DefaultValue == nil
		if chosen >= 0 && i != chosen || chosen < 0 && !required && (at.depth > 2 || !g.chance(25)) {
			continue
		}
		typ := *f.Type
		typ.NonNull = typ.NonNull || chosen >= 0
		members = append(members, member{f.Name, g.value(place{
			coordinate: def.Name + "." + f.Name, typ: &typ, hasDefault: f.DefaultValue != nil, literal: at.literal, depth: at.depth + 1,
		})})
	}
	return members
}

func (g *generator) leaf(def *ast.Definition) any {
	if def.Kind == ast.Enum {
		return enumName(pick(g.rng, def.EnumValues).Name)
	}
	switch def.Name {
	case "Int":
		return json.Number(pick(g.rng, []string{"0", "1", "2", "3", "5", "-1", "7", "2147483647", "-2147483648"}))
	case "Float":
		return json.Number(pick(g.rng, []string{"0", "1", "-0.5", "2.25", "1e3", "1.5E-7", "100"}))
	case "Boolean":
		return g.chance(50)
	case "ID":
		return pick(g.rng, []any{json.Number("1"), "1", "a", "", json.Number("42")})
	}
	return pick(g.rng, []string{"", "a", "x y", "é😀", "<b>&\"q\"", "line\nbreak", "12", "#x"})
}

// variable makes up a variable that may stand at a place, or takes one that is there already.
func (g *generator) variable(at place) string {
	typ, needsDefault := *at.typ, false
	switch {
	case !typ.NonNull:
		typ.NonNull = g.chance(15)
	case at.hasDefault:
		typ.NonNull = g.chance(60)
	case g.chance(20):
		typ.NonNull, needsDefault = false, true
	}
	for _, v := range g.variables {
		if v.Type.String() == typ.String() && (!needsDefault || v.DefaultValue != nil && v.DefaultValue.Kind != ast.NullValue) && g.chance(40) {
			return v.Variable
		}
	}
	v := &ast.VariableDefinition{Variable: fmt.Sprintf("v%d", len(g.variables)+1), Type: &typ}
	g.variables = append(g.variables, v)
	in := place{coordinate: at.coordinate, typ: &typ}
	if needsDefault || g.chance(20) {
		filled := typ
		filled.NonNull = typ.NonNull || needsDefault
		v.DefaultValue = literal(g.value(place{coordinate: at.coordinate, typ: &filled}))
	}
	if optional := !typ.NonNull || v.DefaultValue != nil; !optional || g.chance(75) {
		g.values[v.Variable] = decoded(g.value(in))
	}
	return v.Variable
}

// literal is a value as it is written in a document.
func literal(value any) *ast.Value {
	switch value := value.(type) {
	case nil:
		return &ast.Value{Kind: ast.NullValue, Raw: "null"}
	case variable:
		return &ast.Value{Kind: ast.Variable, Raw: string(value)}
	case enumName:
		return &ast.Value{Kind: ast.EnumValue, Raw: string(value)}
	case bool:
		return &ast.Value{Kind: ast.BooleanValue, Raw: fmt.Sprint(value)}
	case json.Number:
		if strings.ContainsAny(string(value), ".eE") {
			return &ast.Value{Kind: ast.FloatValue, Raw: string(value)}
		}
		return &ast.Value{Kind: ast.IntValue, Raw: string(value)}
	case string:
		return &ast.Value{Kind: ast.StringValue, Raw: value}
	case []any:
		list := &ast.Value{Kind: ast.ListValue}
		for _, elem := range value {
			list.Children = append(list.Children, &ast.ChildValue{Value: literal(elem)})
		}
		return list
	case map[string]any:
		var members object
		for _, name := range slices.Sorted(maps.Keys(value)) {
			members = append(members, member{name, value[name]})
		}
		return literal(members)
	case object:
		obj := &ast.Value{Kind: ast.ObjectValue}
		for _, m := range value {
			obj.Children = append(obj.Children, &ast.ChildValue{Name: m.name, Value: literal(m.value)})
		}
		return obj
	}
	panic(fmt.Sprintf("%T is no value of a document: give nil, bool, json.Number, string, []any or map[string]any", value))
}

// decoded is a value as it arrives in a request's variables.
func decoded(value any) any {
	switch value := value.(type) {
	case enumName:
		return string(value)
	case []any:
		list := make([]any, len(value))
		for i := range value {
			list[i] = decoded(value[i])
		}
		return list
	case object:
		fields := map[string]any{}
		for _, m := range value {
			fields[m.name] = decoded(m.value)
		}
		return fields
	}
	return value
}
