package plan

import (
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// compiler numbers what a plan keeps for each response.
type compiler struct {
	oc      *graphql.OperationContext
	inert   []string
	columns int
	cursors int
	cells   int
	// unsupported is set when the table lacks something the operation asks for.
	unsupported bool
}

// scope is the selection that is being compiled. Fields of it that ask the same share their column.
type scope struct {
	c *compiler
	// shared are the columns of this selection by what they ask, as *column of some type each.
	shared map[string]any
	// serial forbids sharing: each field of a mutation is carried out, also when two ask the same.
	serial, serialBelow bool
}

func (s *scope) newCell() int {
	s.c.cells++
	return s.c.cells - 1
}

func (s *scope) newColumn() int {
	s.c.columns++
	return s.c.columns - 1
}

// fieldInfo is what there is to know of one field of one selection.
type fieldInfo struct {
	object  string
	field   graphql.CollectedField
	options options
	nonNull bool
	untyped bool
}

// selection is the fields asked of one object type in one place of an operation.
type selection[P any] struct {
	fields []compiled[P]
	// cursor is the place of the count of parents that append has passed, -1 when no field reads a column.
	cursor int
	// quick are the fields whose gather does not wait, slow the others.
	quick, slow []int
	infos       []*fieldInfo
}

// compile makes the selection of an object.
func (o *Object[P]) compile(outer *scope, selections ast.SelectionSet) *selection[P] {
	s := &scope{c: outer.c, serial: outer.serialBelow}
	collected := s.c.collect(selections, o.satisfies)
	sel := &selection[P]{cursor: -1, fields: make([]compiled[P], 0, len(collected)), infos: make([]*fieldInfo, 0, len(collected))}
	for i, field := range collected {
		info := &fieldInfo{object: o.name, field: field}
		f := o.compileField(s, info)
		if s.c.unsupported {
			return sel
		}
		f.key = responseKey(i, field.Alias)
		sel.add(i, f, info)
	}
	if sel.cursor == 0 {
		sel.cursor = s.c.cursors
		s.c.cursors++
	}
	return sel
}

// collect merges the fields of a selection by response key. gqlgen's CollectFields does nearly all of it: it keeps fields
// apart that were asked of types which do not know each other, and lets its executor forget all but the first of them
// (specification, section 6.3.2).
func (c *compiler) collect(selections ast.SelectionSet, satisfies []string) []graphql.CollectedField {
	collected := graphql.CollectFields(c.oc, selections, satisfies)
	merged := make([]graphql.CollectedField, 0, len(collected))
next:
	for _, field := range collected {
		for i := range merged {
			if merged[i].Alias == field.Alias {
				merged[i].Selections = append(slices.Clip(merged[i].Selections), field.Selections...)
				continue next
			}
		}
		merged = append(merged, field)
	}
	return merged
}

func (o *Object[P]) compileField(s *scope, info *fieldInfo) compiled[P] {
	if info.field.IsDeferred() || directed(info.field.Directives, s.c.inert) {
		s.c.unsupported = true
		return compiled[P]{}
	}
	if info.field.Name == "__typename" {
		name := `"` + o.name + `"`
		return compiled[P]{leaf: func(b []byte, _ P) []byte { return append(b, name...) }}
	}
	f, known := o.fields[info.field.Name]
	if !known {
		s.c.unsupported = true
		return compiled[P]{}
	}
	return f.compile(s, info)
}

// add takes a field in. A cursor of 0 says for now that there has to be one.
func (s *selection[P]) add(at int, f compiled[P], info *fieldInfo) {
	s.fields = append(s.fields, f)
	s.infos = append(s.infos, info)
	if f.columnar {
		s.cursor = 0
	}
	switch {
	case f.gather == nil:
	case f.waits:
		s.slow = append(s.slow, at)
	default:
		s.quick = append(s.quick, at)
	}
}

func (s *selection[P]) gathers() bool { return len(s.quick)+len(s.slow) > 0 }
func (s *selection[P]) waits() bool   { return len(s.slow) > 0 }

// directed reports whether there are directives besides @skip and @include, which CollectFields has obeyed, and the inert ones.
func directed(list ast.DirectiveList, inert []string) bool {
	for _, d := range list {
		if d.Name != "skip" && d.Name != "include" && !slices.Contains(inert, d.Name) {
			return true
		}
	}
	return false
}

// responseKey is the key of the i-th field, with the comma before it and the colon behind it. A GraphQL name needs no escape.
func responseKey(i int, alias string) string {
	if i == 0 {
		return `"` + alias + `":`
	}
	return `,"` + alias + `":`
}

// question is what a field asks of its parents: two fields of one selection with the same question share the answer.
func question(f graphql.CollectedField) string {
	if len(f.Arguments) == 0 {
		return f.Name
	}
	args := make([]string, len(f.Arguments))
	for i, a := range f.Arguments {
		args[i] = a.Name + ":" + a.Value.String()
	}
	slices.Sort(args)
	return f.Name + "(" + strings.Join(args, ",") + ")"
}

// constant reports whether no argument of the field depends on a variable.
func constant(f graphql.CollectedField) bool {
	for _, a := range f.Arguments {
		if varies(a.Value) {
			return false
		}
	}
	return true
}

func varies(v *ast.Value) bool {
	if v.Kind == ast.Variable {
		return true
	}
	for _, child := range v.Children {
		if varies(child.Value) {
			return true
		}
	}
	return false
}
