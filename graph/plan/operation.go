package plan

import (
	"errors"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// maxPlans bounds the plans that are kept of one operation. An operation with more combinations of its conditions than
// that compiles some of them anew for each response.
const maxPlans = 16

// Operation is a prepared operation: its plans, one for each combination of values that its @skip and @include have met.
// Merging depends on what is there, so a plan has no conditions left in it.
type Operation struct {
	table *Table
	// conditions are the variables that decide what is selected.
	conditions []string

	mu    sync.RWMutex
	plans map[string]*Plan
	err   error
}

// Prepare looks which variables decide the selections of an operation. Nothing is compiled yet.
func (s *Schema) Prepare(doc *ast.QueryDocument, op *ast.OperationDefinition) *Operation {
	f := finder{doc: doc, seen: make(map[string]bool)}
	f.selections(op.SelectionSet)
	return &Operation{table: s.table, conditions: f.conditions, plans: make(map[string]*Plan, 1)}
}

// Plan is the plan for the variables of oc, which must be about the operation that was prepared. ErrUnsupported when the
// table does not cover it.
func (o *Operation) Plan(oc *graphql.OperationContext) (*Plan, error) {
	key := o.key(oc.Variables)
	o.mu.RLock()
	p, err := o.plans[key], o.err
	o.mu.RUnlock()
	if p != nil || err != nil {
		return p, err
	}
	p, err = Compile(o.table, oc)
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		if errors.Is(err, ErrUnsupported) {
			o.err = err
		}
		return nil, err
	}
	if known := o.plans[key]; known != nil {
		return known, nil
	}
	if len(o.plans) < maxPlans {
		o.plans[key] = p
	}
	return p, nil
}

// key is the values of the conditions, one letter each: yes, no, or nothing that could be one.
func (o *Operation) key(variables map[string]any) string {
	if len(o.conditions) == 0 {
		return ""
	}
	key := make([]byte, len(o.conditions))
	for i, name := range o.conditions {
		switch yes, ok := variables[name].(bool); {
		case yes:
			key[i] = 'y'
		case ok:
			key[i] = 'n'
		default:
			key[i] = '-' // not the plan of false: gqlgen refuses such a field
		}
	}
	return string(key)
}

// finder finds the variables in the directives of selections, each fragment once.
type finder struct {
	doc        *ast.QueryDocument
	seen       map[string]bool
	conditions []string
}

func (f *finder) selections(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			f.directives(s.Directives)
			f.selections(s.SelectionSet)
		case *ast.InlineFragment:
			f.directives(s.Directives)
			f.selections(s.SelectionSet)
		case *ast.FragmentSpread:
			f.directives(s.Directives)
			f.fragment(s.Name)
		}
	}
}

func (f *finder) fragment(name string) {
	if def := f.doc.Fragments.ForName(name); def != nil && !f.seen["..."+name] {
		f.seen["..."+name] = true
		f.selections(def.SelectionSet)
	}
}

func (f *finder) directives(list ast.DirectiveList) {
	for _, d := range list {
		for _, a := range d.Arguments {
			if a.Value.Kind == ast.Variable && !f.seen[a.Value.Raw] {
				f.seen[a.Value.Raw] = true
				f.conditions = append(f.conditions, a.Value.Raw)
			}
		}
	}
}
