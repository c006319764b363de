// Package codegen is a gqlgen plugin that writes a plan.Table: for each object of the schema a table of its fields, each with
// the accessor and the encoder, or the resolver and its argument decoder, that gqlgen's own executor would use.
//
// It never decides what a field is bound to: gqlgen has, by the time it runs. What it cannot express is left out of the
// table, and gqlgen's executor answers it.
package codegen

import (
	_ "embed" // the template
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/99designs/gqlgen/plugin"
	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed table.gotpl
var tableTemplate string

// planPath is the import path of the package whose tables are written.
const planPath = "github.com/kirana-commerce/kirana/graph/plan"

// Plugin writes plan.generated.go beside the generated executor.
type Plugin struct {
	// InMemory are resolvers that never wait, as Type.field: calling them is not worth a goroutine.
	InMemory []string
}

var _ plugin.CodeGenerator = Plugin{}

// Name names the plugin to gqlgen.
func (Plugin) Name() string { return "plan" }

// GenerateCode writes the file.
func (p Plugin) GenerateCode(data *codegen.Data) error {
	if data.Config.UseFunctionSyntaxForExecutionContext {
		return errors.New("plan: use_function_syntax_for_execution_context is not supported")
	}
	inMemory, err := resolversNamed(data.Objects, p.InMemory)
	if err != nil {
		return err
	}
	w := &writer{data: data, inMemory: inMemory, enums: generatedEnums(data.Config)}
	return templates.Render(templates.Options{
		PackageName:     data.Config.Exec.Package,
		Template:        tableTemplate,
		Filename:        filepath.Join(data.Config.Exec.Dir(), "plan.generated.go"),
		Data:            data,
		GeneratedHeader: true,
		Packages:        data.Config.Packages,
		Funcs: map[string]any{
			"plan":    func() string { return templates.CurrentImports.Lookup(planPath) },
			"objects": w.objects,
			"table":   w.table,
			"field":   w.field,
			"ident":   ident,
			"inert":   func() []string { return inert(data.Config) },
		},
	})
}

// writer turns what gqlgen knows of the schema into Go expressions.
type writer struct {
	data     *codegen.Data
	inMemory map[string]bool
	enums    map[string]bool // the types modelgen has written, by full name
}

// resolversNamed checks names given as Type.field, so that one that is misspelt, or no resolver any more, is not ignored.
func resolversNamed(objects codegen.Objects, names []string) (map[string]bool, error) {
	named := make(map[string]bool, len(names))
	for _, name := range names {
		object, field, _ := strings.Cut(name, ".")
		i := slices.IndexFunc(objects, func(o *codegen.Object) bool { return o.Name == object })
		if i < 0 || !slices.ContainsFunc(objects[i].Fields, func(f *codegen.Field) bool { return f.Name == field && f.IsResolver }) {
			return nil, fmt.Errorf("plan: %s is no resolver of the schema", name)
		}
		named[name] = true
	}
	return named, nil
}

// objects are those that get a table: introspection's have none.
func (w *writer) objects() []*codegen.Object {
	var list []*codegen.Object
	for _, o := range w.data.Objects {
		if !o.BuiltIn && (o.Root || hasTable(o)) {
			list = append(list, o)
		}
	}
	return list
}

// table makes the empty table of an object.
func (w *writer) table(o *codegen.Object) string {
	parent := "plan.Root"
	if !o.Root {
		parent = ref(o.Reference())
	}
	names := []string{fmt.Sprintf("%q", o.Name)}
	for _, def := range o.Implements {
		names = append(names, fmt.Sprintf("%q", def.Name))
	}
	return fmt.Sprintf("plan.NewObject[%s](%s)", parent, strings.Join(names, ", "))
}

// inert are the directives of operations and fields that gqlgen is told not to call.
func inert(cfg *config.Config) []string {
	var names []string
	for name, def := range cfg.Schema.Directives {
		executable := slices.ContainsFunc(def.Locations, func(l ast.DirectiveLocation) bool {
			return l == ast.LocationQuery || l == ast.LocationMutation || l == ast.LocationSubscription || l == ast.LocationField
		})
		if executable && cfg.Directives[name].SkipRuntime {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ident is a schema's name as part of a Go identifier.
func ident(name string) string { return templates.UcFirst(name) }

// generatedEnums are the enums that modelgen has written: their values are names, which need no escape.
func generatedEnums(cfg *config.Config) map[string]bool {
	enums := make(map[string]bool)
	pkg := cfg.Packages.Load(cfg.Model.ImportPath())
	if pkg == nil || pkg.Types == nil {
		return enums
	}
	file, err := filepath.Abs(cfg.Model.Filename)
	if err != nil {
		return enums
	}
	for _, name := range pkg.Types.Scope().Names() {
		if object := pkg.Types.Scope().Lookup(name); pkg.Fset.Position(object.Pos()).Filename == file {
			enums[pkg.PkgPath+"."+name] = true
		}
	}
	return enums
}
