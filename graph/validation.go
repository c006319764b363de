package graph

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// rules is the validation of the GraphQL specification, section 5, as a single walk: every operation and every fragment is
// visited once, whatever spreads it, and what depends on who spreads it is settled afterwards from short lists. gqlparser
// ships the same rules, but walks each fragment again for every operation and every other fragment that reaches it, and
// compares overlapping fields in pairs: its effort grows with the square of the document and faster.
//
// The walk also notes in the tree what the executor reads there: the definitions of fields, arguments and types.
type rules struct {
	schema  *ast.Schema
	suggest bool
	fields  int // of a document at most, fragments written out; the merge's budget is a multiple of it
	repeats int
}

// maxFaults is how many faults a client is told at once.
const maxFaults = 10

func newRules(schema *ast.Schema, limits Limits, suggest bool) *rules {
	return &rules{schema: schema, suggest: suggest, fields: limits.Fields, repeats: limits.Repeats}
}

// validate reports what is wrong with a document that measure let pass.
func (r *rules) validate(doc *ast.QueryDocument, fragments map[string]*ast.FragmentDefinition) gqlerror.List {
	v := &validation{rules: r, doc: doc, fragments: fragments, scopes: map[string]*scope{}, overlaps: map[typePair]bool{}}
	v.operations()
	v.fragmentDefinitions()
	v.spreads()
	v.variables()
	if len(v.faults) == 0 {
		v.introspection()
		v.merge()
	}
	if len(v.faults) > maxFaults {
		v.faults = append(v.faults[:maxFaults], fault(codeValidation, "There are more faults than the %d shown.", maxFaults))
	}
	return v.faults
}

// validation validates one document.
type validation struct {
	*rules
	doc       *ast.QueryDocument
	fragments map[string]*ast.FragmentDefinition
	faults    gqlerror.List
	asked     []*scope          // of the operations, in their order
	scopes    map[string]*scope // of the fragments
	scope     *scope            // the one that is walked
	overlaps  map[typePair]bool

	introspected []*ast.Field
}

// scope is an operation or a fragment, with what can be judged only where it is used.
type scope struct {
	spreads []*ast.FragmentSpread
	usages  []usage
}

// usage is a place where a variable stands.
type usage struct {
	value      *ast.Value
	expected   *ast.Type // nil where nothing is known of the place
	hasDefault bool
	oneOf      *ast.Definition // the input object of which the variable is the only field
}

// report adds a fault. The rule's name tells the presenter what kind it is.
func (v *validation) report(rule string, at *ast.Position, format string, args ...any) {
	if v.full() {
		return
	}
	f := fault(codeValidation, format, args...)
	f.Rule = rule
	core.At(at)(f)
	v.faults = append(v.faults, f)
}

// full reports whether there are more faults than anybody is told. The walk ends then.
func (v *validation) full() bool { return len(v.faults) > maxFaults }

// suggestion continues a fault's text with what the client may have meant.
func (v *validation) suggestion(typed string, options func() []string) string {
	const longest = 64 // the distance between texts takes the product of their lengths
	if !v.suggest || len(typed) > longest || v.full() {
		return ""
	}
	near := core.SuggestionList(typed, options())
	if len(near) == 0 {
		return ""
	}
	return " Did you mean " + core.QuotedOrList(near...) + "?"
}

// twice calls found for everything whose name was there before.
func twice[T any](list []T, name func(T) string, found func(T)) {
	if len(list) < 2 {
		return
	}
	seen := make(map[string]struct{}, len(list))
	for _, e := range list {
		if _, known := seen[name(e)]; known {
			found(e)
		}
		seen[name(e)] = struct{}{}
	}
}

func (v *validation) operations() {
	twice(v.doc.Operations, func(op *ast.OperationDefinition) string { return op.Name }, func(op *ast.OperationDefinition) {
		if op.Name != "" {
			v.report("UniqueOperationNames", op.Position, `There can be only one operation named "%s".`, op.Name)
		}
	})
	for _, op := range v.doc.Operations {
		if op.Name == "" && len(v.doc.Operations) > 1 {
			v.report("LoneAnonymousOperation", op.Position, "This anonymous operation must be the only defined operation.")
		}
		v.scope = &scope{}
		v.asked = append(v.asked, v.scope)
		v.operation(op)
	}
}

func (v *validation) operation(op *ast.OperationDefinition) {
	root, location := v.schema.Query, ast.LocationQuery
	switch op.Operation {
	case ast.Mutation:
		root, location = v.schema.Mutation, ast.LocationMutation
	case ast.Subscription:
		root, location = v.schema.Subscription, ast.LocationSubscription
	case ast.Query:
	}
	if root == nil {
		v.report("KnownRootType", op.Position, `Schema does not support operation type "%s"`, op.Operation)
	}
	v.declarations(op)
	v.directives(root, op.Directives, location)
	v.set(root, op.SelectionSet)
	if op.Operation == ast.Subscription && root != nil {
		v.singleField(op)
	}
}

func (v *validation) fragmentDefinitions() {
	twice(v.doc.Fragments, func(f *ast.FragmentDefinition) string { return f.Name }, func(f *ast.FragmentDefinition) {
		v.report("UniqueFragmentNames", f.Position, `There can be only one fragment named "%s".`, f.Name)
	})
	for _, f := range v.doc.Fragments {
		v.scope = &scope{}
		if _, known := v.scopes[f.Name]; !known {
			v.scopes[f.Name] = v.scope
		}
		v.fragmentDefinition(f)
	}
}

func (v *validation) fragmentDefinition(f *ast.FragmentDefinition) {
	if len(f.VariableDefinition) > 0 {
		v.report("FragmentVariables", f.Position, `Fragment "%s" cannot declare variables.`, f.Name)
	}
	f.Definition = v.schema.Types[f.TypeCondition]
	switch {
	case f.Definition == nil:
		v.report("KnownTypeNames", f.Position, `Unknown type "%s".%s`, f.TypeCondition, v.suggestion(f.TypeCondition, v.typeNames))
	case !f.Definition.IsCompositeType():
		v.report("FragmentsOnCompositeTypes", f.Position, `Fragment "%s" cannot condition on non composite type "%s".`, f.Name, f.TypeCondition)
	}
	v.directives(f.Definition, f.Directives, ast.LocationFragmentDefinition)
	v.set(f.Definition, f.SelectionSet)
}

func (v *validation) typeNames() []string {
	names := make([]string, 0, len(v.schema.Types))
	for name := range v.schema.Types {
		names = append(names, name)
	}
	return names
}

// singleField holds subscriptions to one field of their own type.
func (v *validation) singleField(op *ast.OperationDefinition) {
	var first string
	seen := map[string]bool{}
	more := false
	name := "Anonymous Subscription"
	if op.Name != "" {
		name = fmt.Sprintf("Subscription %q", op.Name)
	}
	var walk func(ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				if first == "" {
					first = s.Alias
				}
				if s.Alias != first && !more {
					more = true
					v.report("SingleFieldSubscriptions", s.Position, "%s must select only one top level field.", name)
				}
				if len(s.Name) > 1 && s.Name[:2] == "__" {
					v.report("SingleFieldSubscriptions", s.Position, "%s must not select an introspection top level field.", name)
				}
			case *ast.InlineFragment:
				walk(s.SelectionSet)
			case *ast.FragmentSpread:
				if s.Definition != nil && !seen[s.Name] {
					seen[s.Name] = true
					walk(s.Definition.SelectionSet)
				}
			}
		}
	}
	walk(op.SelectionSet)
}
