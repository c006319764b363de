package plan

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Root is the parent of the fields of Query, Mutation and Subscription: there is none.
type Root struct{}

// Table says how a schema's objects become JSON. It is written once, by generated code, and only read afterwards.
type Table struct {
	// Query, Mutation and Subscription are the roots, nil where the schema has none.
	Query, Mutation, Subscription *Object[Root]
	// State makes what generated closures need for one response: gqlgen's execution context. They find it in Call.State.
	State func(*graphql.OperationContext) any
	// Inert are the directives of operations and fields that do nothing by themselves when one runs.
	Inert []string
}

// root is the object an operation starts from.
func (t *Table) root(op ast.Operation) *Object[Root] {
	switch op {
	case ast.Mutation:
		return t.Mutation
	case ast.Subscription:
		return t.Subscription
	default:
		return t.Query
	}
}

// Call is what the closures of a field's table get besides the parents.
type Call struct {
	// State is what Table.State made for this response.
	State any
	// Args are the field's arguments as gqlgen decodes them, nil when it takes none. They are shared between responses
	// when they do not depend on variables: nobody may change them.
	Args map[string]any
}

// Object is the table of one object type. P is its Go form, a pointer.
type Object[P any] struct {
	name      string
	satisfies []string
	fields    map[string]Field[P]
}

// NewObject starts the table of an object type: its name and the interfaces and unions it belongs to, by which fragments
// are matched. Fields are added before the table is used, so that types can refer to each other.
func NewObject[P any](name string, abstracts ...string) *Object[P] {
	return &Object[P]{name: name, satisfies: append([]string{name}, abstracts...), fields: make(map[string]Field[P])}
}

// Add adds fields. A field that is not in the table makes an operation that asks for it fall back to gqlgen's executor.
func (o *Object[P]) Add(fields ...Field[P]) {
	for _, f := range fields {
		o.fields[f.name] = f
	}
}

// Field is the entry of one field in the table of its parents, made by Leaf, Get, Each, Batch or Stream.
type Field[P any] struct {
	name    string
	compile func(s *scope, info *fieldInfo) compiled[P]
}

// compiled is a field of one selection, ready to run.
type compiled[P any] struct {
	// key is the response key with what JSON wants around it: `"title":`, or `,"title":` behind another one.
	key string
	// leaf appends a value that is always there. Only one of leaf and value is set.
	leaf func(b []byte, p P) []byte
	// value appends the value of p, the at-th parent of its selection; false when it is null and must not be.
	value func(r *run, b []byte, p P, at int) ([]byte, bool)
	// gather reads what the field needs for all parents at once; nil when value finds everything in the parent.
	gather func(r *run, parents []P)
	// waits reports whether gather may wait for I/O.
	waits bool
	// columnar reports that value reads a column, so that the selection has to count its parents.
	columnar bool
	// open opens the stream of a field of Subscription; nil for any other.
	open func(r *run) receiver
}

// Option changes how a field is resolved.
type Option func(*options)

type options struct {
	resolver, method bool
	inMemory         bool
	args             ArgsFunc
	varying          bool
}

// ArgsFunc decodes a field's arguments; gqlgen generates one for each field that has any.
type ArgsFunc func(ctx context.Context, state any, raw map[string]any) (map[string]any, error)

// Args says how the field's arguments are decoded. Those without variables are decoded once for all responses.
func Args(decode ArgsFunc) Option { return func(o *options) { o.args = decode } }

// Varying makes arguments be decoded for each response, because directives on them may decide anew.
func Varying() Option { return func(o *options) { o.varying = true } }

// Resolver says that user code of its own answers the field; so gqlgen's FieldContext tells it.
func Resolver() Option { return func(o *options) { o.resolver, o.method = true, true } }

// Method says that a method of the parent answers the field.
func Method() Option { return func(o *options) { o.method = true } }

// InMemory says that answering the field never waits, so that it is not worth a goroutine.
func InMemory() Option { return func(o *options) { o.inMemory = true } }

func newOptions(list []Option) options {
	var o options
	for _, set := range list {
		set(&o)
	}
	return o
}
