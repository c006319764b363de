package graph

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// declarations checks the variables that an operation declares.
func (v *validation) declarations(op *ast.OperationDefinition) {
	for _, d := range op.VariableDefinitions {
		if v.full() {
			return
		}
		d.Definition = v.schema.Types[d.Type.Name()]
		switch {
		case d.Definition == nil:
			v.report("KnownTypeNames", d.Position, `Unknown type "%s".%s`, d.Type.Name(), v.suggestion(d.Type.Name(), v.typeNames))
		case !d.Definition.IsInputType():
			v.report("VariablesAreInputTypes", d.Position, `Variable "$%s" cannot be non-input type "%s".`, d.Variable, d.Type.String())
		case d.DefaultValue != nil:
			v.value(d.DefaultValue, d.Type, nil)
		}
		for _, directive := range d.Directives {
			for _, a := range directive.Arguments {
				if !constant(a.Value) {
					v.report("ConstValues", a.Position, `Argument "%s" of a variable's directive cannot be a variable.`, a.Name)
				}
			}
		}
		v.directives(d.Definition, d.Directives, ast.LocationVariableDefinition)
	}
	twice(op.VariableDefinitions, func(d *ast.VariableDefinition) string { return d.Variable }, func(d *ast.VariableDefinition) {
		v.report("UniqueVariableNames", d.Position, `There can be only one variable named "$%s".`, d.Variable)
	})
}

// variables settles for each operation what its own selection and all fragments in it do with its variables. The limit of
// operations bounds how often a fragment is looked at.
func (v *validation) variables() {
	for i, op := range v.doc.Operations {
		if v.full() {
			return
		}
		declared := make(map[string]*ast.VariableDefinition, len(op.VariableDefinitions))
		for _, d := range op.VariableDefinitions {
			if declared[d.Variable] == nil {
				declared[d.Variable] = d
			}
		}
		v.used(op, declared, v.asked[i].usages)
		for _, name := range v.reached(v.asked[i]) {
			v.used(op, declared, v.scopes[name].usages)
		}
		for _, d := range op.VariableDefinitions {
			if !d.Used {
				v.report("NoUnusedVariables", d.Position, `Variable "$%s" is never used%s.`, d.Variable, named(` in operation "%s"`, op))
			}
		}
	}
}

func named(format string, op *ast.OperationDefinition) string {
	if op.Name == "" {
		return ""
	}
	return fmt.Sprintf(format, op.Name)
}

// used checks the places of variables against what the operation declares.
func (v *validation) used(op *ast.OperationDefinition, declared map[string]*ast.VariableDefinition, usages []usage) {
	for _, u := range usages {
		if v.full() {
			return
		}
		d := declared[u.value.Raw]
		if d == nil {
			v.report("NoUndefinedVariables", u.value.Position, `Variable "$%s" is not defined%s.`, u.value.Raw, named(` by operation "%s"`, op))
			continue
		}
		d.Used = true
		if len(v.doc.Operations) == 1 { // else each operation has its own
			u.value.VariableDefinition = d
		}
		switch {
		case d.Definition == nil || u.expected == nil:
		case !allowed(d, u):
			v.report("VariablesInAllowedPosition", u.value.Position,
				`Variable "$%s" of type "%s" used in position expecting type "%s".`, d.Variable, d.Type.String(), u.expected.String())
		case u.oneOf != nil && !d.Type.NonNull:
			v.report("VariablesInAllowedPosition", u.value.Position,
				`Variable "$%s" is of type "%s" but must be non-nullable to be used for OneOf Input Object "%s".`, d.Variable, d.Type.String(), u.oneOf.Name)
		}
	}
}

// allowed is IsVariableUsageAllowed of the specification: null may come where a default stands in for it.
func allowed(d *ast.VariableDefinition, u usage) bool {
	if u.expected.NonNull && !d.Type.NonNull {
		if !u.hasDefault && (d.DefaultValue == nil || d.DefaultValue.Kind == ast.NullValue) {
			return false
		}
		nullable := *u.expected
		nullable.NonNull = false
		return narrower(d.Type, &nullable)
	}
	return narrower(d.Type, u.expected)
}

// narrower reports whether everything of type t can stand where the other is expected.
func narrower(t, other *ast.Type) bool {
	switch {
	case other.NonNull && !t.NonNull:
		return false
	case (t.Elem == nil) != (other.Elem == nil):
		return false
	case t.Elem != nil:
		return narrower(t.Elem, other.Elem)
	}
	return t.NamedType == other.NamedType
}

// reached lists the fragments that a scope spreads, themselves or by others, each once.
func (v *validation) reached(from *scope) []string {
	if len(from.spreads) == 0 {
		return nil
	}
	var names []string
	seen := map[string]struct{}{}
	visit := func(s *scope) {
		for _, spread := range s.spreads {
			if _, known := seen[spread.Name]; !known {
				seen[spread.Name] = struct{}{}
				names = append(names, spread.Name)
			}
		}
	}
	visit(from)
	for i := 0; i < len(names); i++ { // the list grows while it is read
		visit(v.scopes[names[i]])
	}
	return names
}

// spreads refuses fragments that nobody uses, and those that contain themselves.
func (v *validation) spreads() {
	if len(v.doc.Fragments) == 0 {
		return
	}
	used := &scope{}
	for _, s := range v.asked {
		used.spreads = append(used.spreads, s.spreads...)
	}
	seen := map[string]struct{}{}
	for _, name := range v.reached(used) {
		seen[name] = struct{}{}
	}
	c := circles{v: v, state: map[string]int{}}
	for _, f := range v.doc.Fragments {
		if _, ok := seen[f.Name]; !ok {
			v.report("NoUnusedFragments", f.Position, `Fragment "%s" is never used.`, f.Name)
		}
		c.visit(f.Name)
	}
}

// circles finds fragments that contain themselves.
type circles struct {
	v     *validation
	state map[string]int // the place in the path and one; below zero when left for good
	path  []string
}

func (c *circles) visit(name string) {
	if c.state[name] != 0 || c.v.full() {
		return
	}
	c.path = append(c.path, name)
	c.state[name] = len(c.path)
	for _, s := range c.v.scopes[name].spreads {
		if c.v.full() {
			return
		}
		if at := c.state[s.Name]; at > 0 {
			via := ""
			if between := c.path[at:]; len(between) > 0 {
				via = ` via "` + strings.Join(between, `", "`) + `"`
			}
			c.v.report("NoFragmentCycles", s.Position, `Cannot spread fragment "%s" within itself%s.`, s.Name, via)
			continue
		}
		c.visit(s.Name)
	}
	c.path = c.path[:len(c.path)-1]
	c.state[name] = -1
}
