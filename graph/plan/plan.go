package plan

import (
	"context"
	"errors"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// ErrUnsupported is the answer of Compile to an operation that the table does not cover. It is for gqlgen's executor.
var ErrUnsupported = errors.New("plan: the table does not cover the operation")

// errCondition is the answer of Compile to variables that are no use as the conditions of @skip and @include. Others may be.
var errCondition = errors.New("plan: a condition is null")

// Plan is a compiled operation. It is read only, but for the arguments it remembers, and serves any number of responses at
// the same time.
type Plan struct {
	table     *Table
	operation ast.Operation
	root      string
	selection *selection[Root]

	columns, cursors, cells int
	pool                    sync.Pool
}

// Compile compiles an operation of a valid document for those responses whose variables decide its @skip and @include as
// those of oc do. It reads oc.Doc, oc.Operation and oc.Variables. Whatever the error, gqlgen's executor can run the operation.
func Compile(table *Table, oc *graphql.OperationContext) (p *Plan, err error) {
	object := table.root(oc.Operation.Operation)
	if object == nil || directed(oc.Operation.Directives, table.Inert) {
		return nil, ErrUnsupported
	}
	defer func() {
		if recover() != nil {
			// CollectFields panics at a condition that is null. gqlgen's executor knows what to do when it comes to it.
			p, err = nil, errCondition
		}
	}()
	// CollectFields remembers in its context; a plan's must not outlive this call.
	c := &compiler{inert: table.Inert, oc: &graphql.OperationContext{Doc: oc.Doc, Operation: oc.Operation, Variables: oc.Variables}}
	selection := object.compile(&scope{c: c, serialBelow: oc.Operation.Operation == ast.Mutation}, oc.Operation.SelectionSet)
	if c.unsupported || oc.Operation.Operation == ast.Subscription && len(selection.fields) != 1 {
		return nil, ErrUnsupported
	}
	return &Plan{
		table: table, operation: oc.Operation.Operation, root: object.name, selection: selection,
		columns: c.columns, cursors: c.cursors, cells: c.cells,
	}, nil
}

// Execute runs a query or mutation and appends its data to b: an object, or null. Errors go to the context's response, as
// with gqlgen's executor.
func (p *Plan) Execute(ctx context.Context, oc *graphql.OperationContext, b []byte) []byte {
	r := p.begin(ctx, oc)
	if p.operation == ast.Mutation {
		b = r.mutate(b)
	} else {
		p.selection.gather(r, []Root{{}})
		r.wait()
		b = r.append(b)
	}
	p.end(r) // not after a panic: what is left of that run must not meet another response
	return b
}

// append appends the data of a run whose columns are filled.
func (r *run) append(b []byte) []byte {
	data, ok := r.tryAppend(b)
	if !ok {
		// Something panicked. Once more, with an eye on every field: the columns are what they were.
		r.careful = true
		r.faults = r.faults[:0]
		clear(r.cursors)
		r.path = r.path[:0]
		data = orNull(r.plan.selection.append(r, b, Root{}))
	}
	r.tellAll()
	return data
}

func (r *run) tryAppend(b []byte) (_ []byte, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return orNull(r.plan.selection.append(r, b, Root{})), true
}

func orNull(b []byte, o outcome) []byte {
	if o != written {
		return append(b, "null"...)
	}
	return b
}

// mutate runs the fields of a mutation one after the other, each with all that is below it: the next one may change what
// this one has shown.
func (r *run) mutate(b []byte) []byte {
	start, whole := len(b), true
	s := r.plan.selection
	b = append(b, '{')
	r.careful = true
	for i := range s.fields {
		if f := &s.fields[i]; f.gather != nil {
			f.gather(r, []Root{{}})
			r.wait()
		}
		b = append(b, s.fields[i].key...)
		var ok bool
		if b, ok = s.appendField(r, b, Root{}, i, 0); !ok {
			whole = false
		}
		r.tellAll()
	}
	if !whole {
		return append(b[:start], "null"...)
	}
	return append(b, '}')
}

// begin takes what a response needs out of the pool.
func (p *Plan) begin(ctx context.Context, oc *graphql.OperationContext) *run {
	r, ok := p.pool.Get().(*run)
	if !ok {
		r = &run{
			plan: p, columns: make([]any, p.columns), cursors: make([]int, p.cursors), cells: make([]any, p.cells),
			path: make([]step, 0, 32),
		}
	}
	r.ctx, r.oc = ctx, oc
	r.state = p.table.State(oc)
	return r
}

// end gives it back, with nothing of the response left in it.
func (p *Plan) end(r *run) {
	clear(r.columns)
	clear(r.cursors)
	clear(r.cells)
	clear(r.path[:cap(r.path)])
	clear(r.faults)
	r.path, r.faults = r.path[:0], r.faults[:0]
	r.ctx, r.oc, r.state, r.careful = nil, nil, nil, false
	r.crashed.Store(nil)
	p.pool.Put(r)
}

// Schema is a gqlgen schema whose operations run on plans where the table covers them.
type Schema struct {
	graphql.ExecutableSchema
	table *Table
}

// Wrap puts plans before the generated executor of a schema. Of the interceptors of single fields (AroundFields,
// AroundRootFields), what runs on a plan calls OperationContext.ResolverMiddleware alone, and that for the fields of a mutation.
func Wrap(generated graphql.ExecutableSchema, table *Table) *Schema {
	return &Schema{ExecutableSchema: generated, table: table}
}

// Exec runs the context's operation, compiling it anew. Servers keep an Operation for each document instead.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	return s.exec(ctx, oc, func() (*Plan, error) { return Compile(s.table, oc) })
}

// ExecOperation runs the context's operation on the plans of a prepared one.
func (s *Schema) ExecOperation(ctx context.Context, o *Operation) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	return s.exec(ctx, oc, func() (*Plan, error) { return o.Plan(oc) })
}

func (s *Schema) exec(ctx context.Context, oc *graphql.OperationContext, compile func() (*Plan, error)) graphql.ResponseHandler {
	p, err := compile()
	switch {
	case err != nil:
		return s.ExecutableSchema.Exec(ctx)
	case p.operation == ast.Subscription:
		return p.subscribe(ctx, oc)
	}
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		return &graphql.Response{Data: p.Execute(ctx, oc, nil)}
	}
}
