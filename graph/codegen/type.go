package codegen

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

// typ is the plan.Type of a reference.
func (w *writer) typ(t *config.TypeReference) string {
	expr := w.nullable(t)
	if t.GQL.NonNull {
		return "plan.NonNull(" + expr + ")"
	}
	return expr
}

func (w *writer) nullable(t *config.TypeReference) string {
	switch {
	case t.IsPtrToSlice(), t.IsPtrToIntf(), t.IsPtrToPtr() && t.Marshaler == nil && !t.IsMarshaler:
		return "plan.Nilable(" + w.typ(t.Elem()) + ")"
	case t.IsSlice():
		return "plan.List(" + w.typ(t.Elem()) + ")"
	case t.Definition.IsAbstractType():
		return w.abstract(t)
	case t.Definition.IsCompositeType():
		return w.composite(t)
	case t.Definition.Kind == ast.Enum:
		return "plan.Enum(" + w.leaf(t) + ")"
	}
	return w.leaf(t)
}

func (w *writer) object(name string) *codegen.Object {
	i := slices.IndexFunc(w.data.Objects, func(o *codegen.Object) bool { return o.Name == name })
	if i < 0 || !hasTable(w.data.Objects[i]) {
		return nil
	}
	return w.data.Objects[i]
}

func (w *writer) unsupported(t types.Type) string {
	return fmt.Sprintf("plan.Unsupported[%s]()", ref(t))
}

func (w *writer) composite(t *config.TypeReference) string {
	o := w.object(t.Definition.Name)
	switch {
	case o == nil:
	case types.Identical(t.GO, o.Reference()):
		return "plan.Pointer(o." + ident(o.Name) + ")"
	case types.Identical(t.GO, o.Type):
		return "plan.Value(o." + ident(o.Name) + ")"
	}
	return w.unsupported(t.GO)
}

// abstract is an interface or union, its cases in the order of gqlgen's type switch.
func (w *writer) abstract(t *config.TypeReference) string {
	i, known := w.data.Interfaces[t.Definition.Name]
	if !known || !types.IsInterface(t.GO) {
		return w.unsupported(t.GO)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "plan.Abstract[%s](%q", ref(t.GO), t.Definition.Name)
	for _, impl := range i.Implementors {
		if impl.IsAbstractType() {
			continue // its objects stand in the list themselves, before it
		}
		o := w.object(impl.Name)
		if o == nil {
			return w.unsupported(t.GO)
		}
		pointer := ref(o.Reference())
		fmt.Fprintf(&b, ",\nplan.CaseOf(o.%s, func(v %s) (*%s, bool) {\n", ident(o.Name), ref(t.GO), ref(o.Type))
		if types.Identical(impl.Type, o.Reference()) {
			fmt.Fprintf(&b, "p, ok := v.(%s)\nreturn p, ok\n})", pointer)
		} else {
			fmt.Fprintf(&b, "if p, ok := v.(%s); ok {\nreturn &p, true\n}\nreturn nil, false\n})", ref(impl.Type))
		}
	}
	b.WriteString(",\n)")
	return b.String()
}

// leaf is a scalar or enum.
func (w *writer) leaf(t *config.TypeReference) string {
	if t.IsPtr() && (t.IsMarshaler && !pointerMarshals(t) || !t.IsMarshaler && !t.IsTargetNilable()) {
		return "plan.Nilable(" + w.present(t.Elem(), t) + ")"
	}
	expr := w.present(t, t)
	if !t.IsNilable() {
		return expr
	}
	expr = fmt.Sprintf("plan.Maybe(%s, func(v %s) bool { return v == nil })", expr, ref(t.GO))
	if types.IsInterface(t.GO) {
		expr = "plan.Untyped(" + expr + ")"
	}
	return expr
}

// pointerMarshals reports whether the methods of a marshaler need the pointer.
func pointerMarshals(t *config.TypeReference) bool {
	pointer, _ := t.GO.(*types.Pointer)
	for _, name := range []string{"MarshalGQL", "MarshalGQLContext"} {
		if method, _, _ := types.LookupFieldOrMethod(pointer.Elem(), false, nil, name); method != nil {
			return false
		}
	}
	return true
}

// present is a leaf whose value is there. origin is the reference that gqlgen has written code for: t, or a pointer to it.
func (w *writer) present(t, origin *config.TypeReference) string {
	if t.Marshaler != nil && t.IsContext && isGqlgen(t.Marshaler, "MarshalFloatContext") && !t.IsNilable() {
		return fmt.Sprintf("plan.Float[%s]()", ref(t.GO))
	}
	if appender := w.appender(t); appender != "" {
		return fmt.Sprintf("plan.Scalar(%s)", instantiated(appender, t))
	}
	value := "v"
	switch {
	case t.IsMarshaler:
	case t.IsTargetNilable() && !t.IsNilable():
		value = "&v"
	case !t.IsTargetNilable() && t.IsNilable():
		value = "*v"
	}
	switch {
	case t.IsMarshaler:
	case t.HasEnumValues():
		value = fmt.Sprintf("%s(%s[%s])", templates.Call(t.Marshaler), origin.EnumMarshalVar(false), value)
	case t.CastType != nil:
		value = fmt.Sprintf("%s(%s(%s))", templates.Call(t.Marshaler), ref(t.CastType), value)
	default:
		value = fmt.Sprintf("%s(%s)", templates.Call(t.Marshaler), value)
	}
	if t.IsContext {
		return fmt.Sprintf("plan.MarshaledContext(func(v %s) graphql.ContextMarshaler { return %s })", ref(t.GO), value)
	}
	return fmt.Sprintf("plan.Marshaled(func(v %s) graphql.Marshaler { return %s })", ref(t.GO), value)
}

// instantiated is an appender as a value: a generic one needs its type.
func instantiated(appender string, t *config.TypeReference) string {
	if strings.HasPrefix(appender, "plan.") && appender != "plan.AppendString" {
		return fmt.Sprintf("%s[%s]", appender, ref(t.GO))
	}
	return appender
}

// appender is the function that appends a value without a marshaler, "" when there is none: one of package plan's for what
// gqlgen's own functions marshal, AppendGQL for a type that has it, and AppendX beside a MarshalX of the project's.
func (w *writer) appender(t *config.TypeReference) string {
	if t.HasEnumValues() || t.IsContext || t.IsSlice() || t.Definition.IsCompositeType() {
		return ""
	}
	named, _ := t.GO.(*types.Named)
	if t.IsMarshaler {
		switch {
		case named == nil:
		case hasAppendGQL(named):
			return fmt.Sprintf("(func(b []byte, v %s) []byte { return v.AppendGQL(b) })", ref(t.GO))
		case w.enums[named.Obj().Pkg().Path()+"."+named.Obj().Name()] && isText(t.GO):
			return "plan.AppendText"
		}
		return ""
	}
	if t.Marshaler == nil || t.IsNilable() {
		return ""
	}
	if own := ownAppender(t); own != "" {
		return own
	}
	return builtInAppender(t)
}

func builtInAppender(t *config.TypeReference) string {
	basic, _ := t.GO.Underlying().(*types.Basic)
	if basic == nil {
		return ""
	}
	of := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return isGqlgen(t.Marshaler, name) })
	}
	switch info := basic.Info(); {
	case of("MarshalString", "MarshalID") && info&types.IsString != 0:
		if types.Identical(t.GO, types.Typ[types.String]) {
			return "plan.AppendString"
		}
		return "plan.AppendText"
	case of("MarshalInt", "MarshalInt8", "MarshalInt16", "MarshalInt32", "MarshalInt64") && info&types.IsInteger != 0 && info&types.IsUnsigned == 0:
		return "plan.AppendInt"
	case of("MarshalBoolean") && info&types.IsBoolean != 0:
		return "plan.AppendBool"
	case of("MarshalFloat") && basic.Kind() == types.Float64:
		return "plan.AppendFloat"
	}
	return ""
}

// ownAppender finds AppendX beside the MarshalX that a scalar is bound to, if it takes the field's type.
func ownAppender(t *config.TypeReference) string {
	name, is := strings.CutPrefix(t.Marshaler.Name(), "Marshal")
	if !is || isGqlgen(t.Marshaler, t.Marshaler.Name()) {
		return ""
	}
	fn, ok := t.Marshaler.Pkg().Scope().Lookup("Append" + name).(*types.Func)
	if !ok {
		return ""
	}
	s := fn.Signature()
	bytes := types.NewSlice(types.Typ[types.Byte])
	if s.Params().Len() != 2 || s.Results().Len() != 1 || !types.Identical(s.Params().At(0).Type(), bytes) ||
		!types.Identical(s.Params().At(1).Type(), t.GO) || !types.Identical(s.Results().At(0).Type(), bytes) {
		return ""
	}
	return templates.Call(fn)
}

func hasAppendGQL(named *types.Named) bool {
	method, _, _ := types.LookupFieldOrMethod(named, false, nil, "AppendGQL")
	return method != nil
}

func isText(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsString != 0
}

func isGqlgen(fn *types.Func, name string) bool {
	return fn.Name() == name && fn.Pkg().Path() == "github.com/99designs/gqlgen/graphql"
}
