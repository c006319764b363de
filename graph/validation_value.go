package graph

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// argumentsOf reports the arguments of a known field that it does not have, has twice, or needs.
func (v *validation) argumentsOf(f *ast.Field) {
	if len(f.Arguments) == 0 && len(f.Definition.Arguments) == 0 {
		return
	}
	for _, a := range f.Arguments {
		if v.full() {
			return
		}
		if f.Definition.Arguments.ForName(a.Name) == nil && f.ObjectDefinition != nil {
			v.report("KnownArgumentNames", f.Position, `Unknown argument "%s" on field "%s.%s".%s`,
				a.Name, f.ObjectDefinition.Name, f.Name, v.argumentSuggestion(a.Name, f.Definition.Arguments))
		}
	}
	v.uniqueArguments(f.Arguments)
	for _, def := range f.Definition.Arguments {
		if missing(def, f.Arguments) {
			v.report("ProvidedRequiredArguments", f.Position,
				`Field "%s" argument "%s" of type "%s" is required, but it was not provided.`, f.Name, def.Name, def.Type.String())
		}
	}
}

func (v *validation) argumentsOfDirective(d *ast.Directive) {
	for _, a := range d.Arguments {
		if v.full() {
			return
		}
		if d.Definition.Arguments.ForName(a.Name) == nil {
			v.report("KnownArgumentNames", d.Position, `Unknown argument "%s" on directive "@%s".%s`,
				a.Name, d.Name, v.argumentSuggestion(a.Name, d.Definition.Arguments))
		}
	}
	v.uniqueArguments(d.Arguments)
	for _, def := range d.Definition.Arguments {
		if missing(def, d.Arguments) {
			v.report("ProvidedRequiredArguments", d.Position,
				`Directive "@%s" argument "%s" of type "%s" is required, but it was not provided.`, d.Name, def.Name, def.Type.String())
		}
	}
}

func missing(def *ast.ArgumentDefinition, given ast.ArgumentList) bool {
	return def.Type.NonNull && def.DefaultValue == nil && given.ForName(def.Name) == nil
}

func (v *validation) uniqueArguments(list ast.ArgumentList) {
	twice(list, func(a *ast.Argument) string { return a.Name }, func(a *ast.Argument) {
		v.report("UniqueArgumentNames", a.Position, `There can be only one argument named "%s".`, a.Name)
	})
}

func (v *validation) argumentSuggestion(typed string, defs ast.ArgumentDefinitionList) string {
	return v.suggestion(typed, func() []string {
		names := make([]string, len(defs))
		for i, def := range defs {
			names[i] = def.Name
		}
		return names
	})
}

// arguments walks the values that are given to a field or a directive.
func (v *validation) arguments(defs ast.ArgumentDefinitionList, given ast.ArgumentList) {
	for _, a := range given {
		if v.full() {
			return
		}
		if def := defs.ForName(a.Name); def != nil {
			v.value(a.Value, def.Type, def.DefaultValue)
		} else {
			v.value(a.Value, nil, nil)
		}
	}
}

// value walks a value that stands where a type is expected; nil where nothing is known of the place. byDefault is what the
// place means when it is left out.
func (v *validation) value(value *ast.Value, expected *ast.Type, byDefault *ast.Value) {
	if v.full() {
		return
	}
	var def *ast.Definition
	if expected != nil {
		def = v.schema.Types[expected.Name()]
		value.ExpectedType, value.Definition = expected, def
		value.ExpectedTypeHasDefault = byDefault != nil && byDefault.Kind != ast.NullValue
	}
	switch {
	case value.Kind == ast.Variable:
		v.scope.usages = append(v.scope.usages, usage{value: value, expected: expected, hasDefault: byDefault != nil})
		return
	case def != nil && custom(def) && value.Kind == ast.ListValue && expected.Elem == nil:
		nullable := *expected // a list of them may stand for one, and a variable in it has the type of one
		nullable.NonNull = false
		for _, child := range value.Children {
			v.value(child.Value, &nullable, nil)
		}
		return
	case def != nil && def.Name == "Decimal" && (value.Kind == ast.IntValue || value.Kind == ast.FloatValue):
		value.Kind = ast.StringValue // from here on it would be read as a float
		return
	case def == nil || custom(def) && value.Kind != ast.NullValue && (expected.Elem == nil || value.Kind != ast.ListValue):
		v.unknown(value)
		return
	case value.Kind == ast.NullValue:
		if expected.NonNull {
			v.report(ruleValues, value.Position, `Expected value of type "%s", found null.`, expected.String())
		}
		return
	case value.Kind == ast.ListValue && expected.Elem != nil:
		for _, child := range value.Children {
			v.value(child.Value, expected.Elem, nil)
		}
		return
	}
	for expected.Elem != nil { // one value stands for a list of one
		expected = expected.Elem
	}
	v.single(value, expected, def)
}

const ruleValues = "ValuesOfCorrectType"

// unknown walks a value whose shape is nobody's business, or was reported: only its variables matter.
func (v *validation) unknown(value *ast.Value) {
	if value.Kind == ast.ObjectValue {
		v.uniqueFields(value)
	}
	for _, child := range value.Children {
		v.value(child.Value, nil, nil)
	}
}

func (v *validation) uniqueFields(value *ast.Value) {
	twice([]*ast.ChildValue(value.Children), func(c *ast.ChildValue) string { return c.Name }, func(c *ast.ChildValue) {
		v.report("UniqueInputFieldNames", c.Position, `There can be only one input field named "%s".`, c.Name)
	})
}

// custom reports whether a scalar is of the schema's own, which decodes its values itself.
func custom(def *ast.Definition) bool { return def.Kind == ast.Scalar && !builtIn(def.Name) }

func builtIn(scalar string) bool {
	switch scalar {
	case "Int", "Float", "String", "Boolean", "ID":
		return true
	}
	return false
}

// single checks a value that is no list, no variable and not null against a type that is no list.
func (v *validation) single(value *ast.Value, expected *ast.Type, def *ast.Definition) {
	switch {
	case def.Kind == ast.InputObject && value.Kind == ast.ObjectValue:
		v.object(value, def)
		return
	case def.Kind == ast.Enum && value.Kind == ast.EnumValue:
		if def.EnumValues.ForName(value.Raw) == nil {
			v.report(ruleValues, value.Position, `Value "%s" does not exist in "%s" enum.%s`, value.Raw, expected.String(), v.enumSuggestion(value.Raw, def))
		}
		return
	case def.Kind != ast.Scalar || !fits(value, def.Name):
		v.misfit(value, expected, def)
	}
	v.unknown(value)
}

// fits reports whether the text of the document has the form of a built-in scalar.
func fits(value *ast.Value, scalar string) bool {
	switch value.Kind {
	case ast.IntValue:
		if scalar == "Int" {
			_, err := strconv.ParseInt(value.Raw, 10, 32)
			return err == nil
		}
		return scalar == "Float" || scalar == "ID"
	case ast.FloatValue:
		return scalar == "Float"
	case ast.StringValue, ast.BlockValue:
		return scalar == "String" || scalar == "ID"
	case ast.BooleanValue:
		return scalar == "Boolean"
	default: // nothing that a scalar could be written as
		return false
	}
}

func (v *validation) misfit(value *ast.Value, expected *ast.Type, def *ast.Definition) {
	if v.full() {
		return
	}
	text := shown(value)
	switch {
	case def.Kind == ast.Enum:
		v.report(ruleValues, value.Position, `Enum "%s" cannot represent non-enum value: %s.%s`, expected.String(), text, v.enumSuggestion(value.Raw, def))
	case def.Kind != ast.Scalar:
		v.report(ruleValues, value.Position, `Expected value of type "%s", found %s.`, expected.String(), text)
	case def.Name == "Int":
		if _, err := strconv.ParseInt(value.Raw, 10, 32); value.Kind == ast.IntValue && errors.Is(err, strconv.ErrRange) {
			v.report(ruleValues, value.Position, "Int cannot represent non 32-bit signed integer value: %s", text)
			return
		}
		v.report(ruleValues, value.Position, "Int cannot represent non-integer value: %s", text)
	case def.Name == "Float":
		v.report(ruleValues, value.Position, "Float cannot represent non numeric value: %s", text)
	case def.Name == "String":
		v.report(ruleValues, value.Position, "String cannot represent a non string value: %s", text)
	case def.Name == "Boolean":
		v.report(ruleValues, value.Position, "Boolean cannot represent a non boolean value: %s", text)
	default:
		v.report(ruleValues, value.Position, "ID cannot represent a non-string and non-integer value: %s", text)
	}
}

func (v *validation) enumSuggestion(typed string, def *ast.Definition) string {
	if typed == "" {
		return ""
	}
	return v.suggestion(typed, func() []string {
		names := make([]string, len(def.EnumValues))
		for i, e := range def.EnumValues {
			names[i] = e.Name
		}
		return names
	})
}

// object walks the fields of an input object.
func (v *validation) object(value *ast.Value, def *ast.Definition) {
	given := make(map[string]struct{}, len(value.Children))
	oneOf := def.Directives.ForName("oneOf") != nil
	for _, child := range value.Children {
		if v.full() {
			return
		}
		given[child.Name] = struct{}{}
		field := def.Fields.ForName(child.Name)
		if field == nil {
			v.report(ruleValues, child.Position, `Field "%s" is not defined by type "%s".%s`, child.Name, def.Name, v.inputSuggestion(child.Name, def))
			v.value(child.Value, nil, nil)
			continue
		}
		v.value(child.Value, field.Type, field.DefaultValue)
		if oneOf && child.Value.Kind == ast.Variable {
			v.scope.usages[len(v.scope.usages)-1].oneOf = def
		}
	}
	v.uniqueFields(value)
	for _, field := range def.Fields {
		if _, ok := given[field.Name]; !ok && field.Type.NonNull && field.DefaultValue == nil {
			v.report(ruleValues, value.Position, `Field "%s.%s" of required type "%s" was not provided.`, def.Name, field.Name, field.Type.String())
		}
	}
	switch {
	case !oneOf:
	case len(value.Children) != 1:
		v.report(ruleValues, value.Position, `OneOf Input Object "%s" must specify exactly one key.`, def.Name)
	case value.Children[0].Value.Kind == ast.NullValue:
		v.report(ruleValues, value.Position, `Field "%s.%s" must be non-null.`, def.Name, value.Children[0].Name)
	}
}

func (v *validation) inputSuggestion(typed string, def *ast.Definition) string {
	return v.suggestion(typed, func() []string {
		names := make([]string, len(def.Fields))
		for i, f := range def.Fields {
			names[i] = f.Name
		}
		return names
	})
}

// constant reports whether there is no variable in a value.
func constant(value *ast.Value) bool {
	return value.Kind != ast.Variable && !slices.ContainsFunc(value.Children, func(c *ast.ChildValue) bool { return !constant(c.Value) })
}

// shown renders the beginning of a value for a fault's text.
func shown(value *ast.Value) string {
	const most = 100
	b := appendValue(nil, value, most)
	if len(b) > most {
		b = append(b[:strings.LastIndexFunc(string(b[:most+1]), func(rune) bool { return true })], "…"...)
	}
	return string(b)
}

// appendValue renders a value as in a document, and stops soon after b has more than most bytes.
func appendValue(b []byte, value *ast.Value, most int) []byte {
	switch value.Kind {
	case ast.Variable:
		return append(append(b, '$'), value.Raw...)
	case ast.StringValue, ast.BlockValue:
		return strconv.AppendQuote(b, value.Raw)
	case ast.ListValue, ast.ObjectValue:
	default:
		return append(b, value.Raw...)
	}
	brackets := "[]"
	if value.Kind == ast.ObjectValue {
		brackets = "{}"
	}
	b = append(b, brackets[0])
	for i, child := range value.Children {
		if len(b) > most {
			return b
		}
		if i > 0 {
			b = append(b, ',')
		}
		if value.Kind == ast.ObjectValue {
			b = append(append(b, child.Name...), ':')
		}
		b = appendValue(b, child.Value, most)
	}
	return append(b, brackets[1])
}

// appendCanonical renders a value so that equal ones are equal as text: the fields of objects in the order of their names.
func appendCanonical(b []byte, value *ast.Value) []byte {
	switch value.Kind {
	case ast.ListValue:
		b = append(b, '[')
		for _, child := range value.Children {
			b = append(appendCanonical(b, child.Value), ',')
		}
		return append(b, ']')
	case ast.ObjectValue:
		fields := slices.Clone(value.Children)
		slices.SortStableFunc(fields, func(x, y *ast.ChildValue) int { return strings.Compare(x.Name, y.Name) })
		b = append(b, '{')
		for _, child := range fields {
			b = append(append(b, child.Name...), ':')
			b = append(appendCanonical(b, child.Value), ',')
		}
		return append(b, '}')
	case ast.Variable:
		return append(append(b, '$'), value.Raw...)
	case ast.BlockValue:
		return strconv.AppendQuote(append(b, '"', '"'), value.Raw)
	case ast.StringValue:
		return strconv.AppendQuote(b, value.Raw)
	default: // one spelling each
		return append(b, value.Raw...)
	}
}
