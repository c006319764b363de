package codegen

import (
	"fmt"
	"go/types"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
)

// field is the entry of a field in the table of its object, "" for one that is left to gqlgen's executor.
func (w *writer) field(f *codegen.Field) string {
	switch {
	case f.IsReserved():
		return w.island(f)
	case f.TypeReference.IsRoot, f.IsMap(), f.HasFederationRequiresArg(), f.UsesSubscriptionContext():
		return ""
	case f.Object.Stream:
		return w.stream(f)
	case f.IsBatch() && !f.Object.Root:
		return w.batch(f)
	case f.IsResolver, f.HasDirectives(), f.HasHaser, f.VOkFunc, f.IsMethod() && (!f.NoErr || f.MethodHasContext || len(f.Args) > 0):
		return w.each(f)
	}
	return w.get(f)
}

// island is introspection: gqlgen's code answers it.
func (w *writer) island(f *codegen.Field) string {
	return fmt.Sprintf("plan.Island(%q, %t, func(ctx context.Context, x plan.Call, field graphql.CollectedField) graphql.Marshaler {\nreturn x.State.(*executionContext)._%s_%s(ctx, field)\n})",
		f.Name, f.TypeReference.GQL.NonNull, f.Object.Name, f.Name)
}

// get reads a value that stands in the parent.
func (w *writer) get(f *codegen.Field) string {
	value := "obj." + f.GoFieldName
	if f.IsMethod() {
		value += "()"
	}
	if appender := w.appender(f.TypeReference); appender != "" && f.TypeReference.GQL.NonNull && !f.TypeReference.IsNilable() && !f.TypeReference.IsSlice() {
		return fmt.Sprintf("plan.Leaf(%q, func(b []byte, obj %s) []byte { return %s(b, %s) })", f.Name, parent(f), appender, value)
	}
	t, goType := w.typ(f.TypeReference), f.TypeReference.GO
	if target, addressable := w.pointed(f); addressable {
		// A struct inside its parent is read where it stands.
		t, goType, value = target, types.NewPointer(goType), "&"+value
	}
	return fmt.Sprintf("plan.Get(%q, %s, func(obj %s) %s { return %s }%s)", f.Name, t, parent(f), ref(goType), value, w.options(f))
}

// pointed is the type of a pointer to the field, when the field is an object by value.
func (w *writer) pointed(f *codegen.Field) (string, bool) {
	t := f.TypeReference
	if f.IsMethod() || t.IsNilable() || t.IsSlice() || !t.Definition.IsCompositeType() || t.Definition.IsAbstractType() {
		return "", false
	}
	o := w.object(t.Definition.Name)
	if o == nil {
		return "", false
	}
	expr := fmt.Sprintf("plan.Pointer(o.%s)", ident(t.Definition.Name))
	if t.GQL.NonNull {
		expr = "plan.NonNull(" + expr + ")"
	}
	return expr, true
}

// each answers for one parent at a time.
func (w *writer) each(f *codegen.Field) string {
	result := ref(f.TypeReference.GO)
	call := fmt.Sprintf("func(ctx context.Context, x plan.Call, obj %s) (_ %s, err error) {\n%s\n}", parent(f), result, w.single(f))
	if f.HasDirectives() {
		return fmt.Sprintf("plan.EachDirected(%q, %s, %s, %s%s)", f.Name, w.typ(f.TypeReference), w.directives(f), call, w.options(f))
	}
	return fmt.Sprintf("plan.Each(%q, %s, %s%s)", f.Name, w.typ(f.TypeReference), call, w.options(f))
}

// single is the body of a call for one parent, as gqlgen's template singleFieldDefinition has it.
func (w *writer) single(f *codegen.Field) string {
	var b strings.Builder
	if f.HasHaser {
		fmt.Fprintf(&b, "if !obj.%s() {\nvar none %s\nreturn none, plan.Absent()\n}\n", f.HaserMethodName, ref(f.TypeReference.GO))
	}
	args := arguments(f.CallArgs())
	switch {
	case f.IsResolver:
		fmt.Fprintf(&b, "ec := x.State.(*executionContext)\nreturn ec.Resolvers.%s", arguments(f.ShortInvocation()))
	case f.IsVariable():
		fmt.Fprintf(&b, "return obj.%s, nil", f.GoFieldName)
	case f.VOkFunc:
		fmt.Fprintf(&b, "v, ok := obj.%s(%s)\nif !ok {\nreturn v, plan.Absent()\n}\nreturn v, nil", f.GoFieldName, args)
	case f.NoErr:
		fmt.Fprintf(&b, "return obj.%s(%s), nil", f.GoFieldName, args)
	default:
		fmt.Fprintf(&b, "return obj.%s(%s)", f.GoFieldName, args)
	}
	return b.String()
}

// batch answers for all parents at once.
func (w *writer) batch(f *codegen.Field) string {
	call := fmt.Sprintf("func(ctx context.Context, x plan.Call, parents []%s) ([]%s, error) {\nec := x.State.(*executionContext)\nreturn ec.Resolvers.%s().%s(%s)\n}",
		parent(f), ref(f.TypeReference.GO), ident(f.Object.Name), f.GoFieldName, arguments(f.BatchCallArgs("parents", "")))
	if f.HasDirectives() {
		return fmt.Sprintf("plan.BatchDirected(%q, %s, %s, %s%s)", f.Name, w.typ(f.TypeReference), w.directives(f), call, w.options(f))
	}
	return fmt.Sprintf("plan.Batch(%q, %s, %s%s)", f.Name, w.typ(f.TypeReference), call, w.options(f))
}

// stream opens a subscription. One behind directives is left to gqlgen's executor.
func (w *writer) stream(f *codegen.Field) string {
	if f.HasDirectives() {
		return ""
	}
	call := fmt.Sprintf("func(ctx context.Context, x plan.Call) (<-chan %s, error) {\nec := x.State.(*executionContext)\nreturn ec.Resolvers.%s\n}",
		ref(f.TypeReference.GO), arguments(f.ShortInvocation()))
	return fmt.Sprintf("plan.Stream(%q, %s, %s%s)", f.Name, w.typ(f.TypeReference), call, w.options(f))
}

// arguments are gqlgen's expressions for the arguments of a call, read from the call instead of the field's context.
func arguments(expr string) string { return strings.ReplaceAll(expr, "fc.Args[", "x.Args[") }

// options are what else there is to say of a field.
func (w *writer) options(f *codegen.Field) string {
	var b strings.Builder
	switch {
	case f.IsResolver || f.IsBatch():
		b.WriteString(", plan.Resolver()")
	case f.IsMethod():
		b.WriteString(", plan.Method()")
	}
	if len(f.Args) > 0 {
		fmt.Fprintf(&b, ", plan.Args(func(ctx context.Context, state any, raw map[string]any) (map[string]any, error) {\nreturn state.(*executionContext).%s(ctx, raw)\n})", f.ArgsFunc())
	}
	for _, a := range f.Args {
		if len(a.ImplDirectives()) > 0 {
			b.WriteString(", plan.Varying()")
			break
		}
	}
	if !f.IsResolver && !f.IsBatch() || w.inMemory[f.Object.Name+"."+f.Name] {
		b.WriteString(", plan.InMemory()")
	}
	return b.String()
}

// directives is the chain of a field's directives, as gqlgen's template implDirectives has it.
func (w *writer) directives(f *codegen.Field) string {
	var b strings.Builder
	fmt.Fprintf(&b, "func(ctx context.Context, x plan.Call, obj %s, directive0 graphql.Resolver) (any, error) {\nec := x.State.(*executionContext)\n_ = ec\n", parent(f))
	in := "obj"
	if f.Object.Root {
		in = "nil"
	}
	list := f.ImplDirectives()
	for i, d := range list {
		fmt.Fprintf(&b, "directive%d := func(ctx context.Context) (any, error) {\n", i+1)
		for _, a := range d.Args {
			value := a.Value
			if value == nil {
				value = a.Default
			}
			if value != nil {
				fmt.Fprintf(&b, "%s, err := ec.%s(ctx, %s)\nif err != nil {\nreturn nil, err\n}\n", a.VarName, a.TypeReference.UnmarshalFunc(), templates.Dump(value))
			}
		}
		if !d.IsBuiltIn() {
			fmt.Fprintf(&b, "if %s == nil {\nreturn nil, errors.New(%s)\n}\n", d.CallPath(), strconv.Quote("directive "+d.Name+" is not implemented"))
		}
		fmt.Fprintf(&b, "return %s(%s)\n}\n", d.CallPath(), d.ResolveArgs(in, i))
	}
	fmt.Fprintf(&b, "return directive%d(ctx)\n}", len(list))
	return b.String()
}

// parent is the Go type of the field's parents.
func parent(f *codegen.Field) string {
	if f.Object.Root {
		return "plan.Root"
	}
	return ref(f.Object.Reference())
}

// hasTable reports whether the object is a struct, or a pointer to one: a map or a Go interface has no fields to list.
func hasTable(o *codegen.Object) bool { return o.Type != nil && !config.IsNilable(o.Type) }

func ref(t types.Type) string { return templates.CurrentImports.LookupType(t) }
