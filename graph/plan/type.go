package plan

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Type says how values of one Go type become JSON. Types are put together from the constructors of this package: a list of
// non-null pointers to an object is List(NonNull(Pointer(object))).
type Type[V any] struct {
	compile func(s *scope, selections ast.SelectionSet) codec[V]
	// nonNull is GraphQL's exclamation mark.
	nonNull bool
	// scalar reports that lists of it have no indices in the paths of errors, as in gqlgen.
	scalar bool
	// untyped reports that a nil of V is a nil without a type, about which gqlgen says something else.
	untyped bool
	// list reports that a nil of V is empty where it must be there.
	list bool
}

// codec is a type with the selection below it, ready to run.
type codec[V any] struct {
	append func(r *run, b []byte, v V) ([]byte, outcome)
	// gather reads what the fields below need, for all values at once and in the order in which append meets them; nil
	// when there is nothing to read.
	gather func(r *run, values []V)
	waits  bool
}

// outcome is what became of a value.
type outcome uint8

const (
	written outcome = iota
	// absent is a value that is nil; whether it may be is for the one who asked to say.
	absent
	// failed is a value that is null because something went wrong in it, which has been reported.
	failed
)

// leafType is a type without anything below it.
func leafType[V any](fn func(r *run, b []byte, v V) ([]byte, outcome)) Type[V] {
	return Type[V]{scalar: true, compile: func(*scope, ast.SelectionSet) codec[V] { return codec[V]{append: fn} }}
}

// Scalar is a scalar whose values are always there and always have a form.
func Scalar[V any](fn Appender[V]) Type[V] {
	return leafType(func(_ *run, b []byte, v V) ([]byte, outcome) { return fn(b, v), written })
}

// Marshaled is a scalar that has a Marshal function or method of gqlgen's alone.
func Marshaled[V any](marshal func(V) graphql.Marshaler) Type[V] {
	return leafType(func(_ *run, b []byte, v V) ([]byte, outcome) { return appendMarshaler(b, marshal(v)) })
}

// MarshaledContext is a scalar whose Marshal function wants a context and may fail: then the value is null in its place.
func MarshaledContext[V any](marshal func(V) graphql.ContextMarshaler) Type[V] {
	return leafType(func(r *run, b []byte, v V) ([]byte, outcome) {
		m, ctx := marshal(v), r.fieldContext()
		if m == graphql.ContextMarshaler(graphql.Null) || m == nil {
			return b, absent
		}
		w := writer{b}
		if err := m.MarshalGQLContext(ctx, &w); err != nil {
			r.tellLate(ctx, err)
			return append(b, "null"...), written
		}
		return w.b, written
	})
}

// Float is a number that has a form in JSON unless it is infinite or none at all.
func Float[F ~float64]() Type[F] {
	return leafType(func(r *run, b []byte, v F) ([]byte, outcome) {
		if f := float64(v); f-f != 0 {
			r.tellLate(r.fieldContext(), errNotFinite)
			return append(b, "null"...), written
		}
		return AppendFloat(b, v), written
	})
}

// Enum makes a type an enum: lists of it have indices in the paths of errors.
func Enum[V any](t Type[V]) Type[V] {
	t.scalar = false
	return t
}

// Untyped says that V is an interface, whose nil has no type.
func Untyped[V any](t Type[V]) Type[V] {
	t.untyped = true
	return t
}

// NonNull says that a value must be there.
func NonNull[V any](t Type[V]) Type[V] {
	t.nonNull = true
	if nullable := t.compile; t.list {
		t.compile = func(s *scope, selections ast.SelectionSet) codec[V] {
			c := nullable(s, selections)
			appendList := c.append
			c.append = func(r *run, b []byte, v V) ([]byte, outcome) {
				b, o := appendList(r, b, v)
				if o == absent {
					return append(b, "[]"...), written
				}
				return b, o
			}
			return c
		}
	}
	return t
}

// Maybe is a type some of whose values are nil without being pointers, such as maps.
func Maybe[V any](t Type[V], isNil func(V) bool) Type[V] {
	inner := t.compile
	t.compile = func(s *scope, selections ast.SelectionSet) codec[V] {
		c := inner(s, selections)
		appendValue := c.append
		c.append = func(r *run, b []byte, v V) ([]byte, outcome) {
			if isNil(v) {
				return b, absent
			}
			return appendValue(r, b, v)
		}
		return c
	}
	return t
}

// Unsupported is a type that the table does not know: operations that ask for it run on gqlgen's executor.
func Unsupported[V any]() Type[V] {
	return Type[V]{compile: func(s *scope, _ ast.SelectionSet) codec[V] {
		s.c.unsupported = true
		return codec[V]{}
	}}
}

// Nilable is a pointer to values of a type.
func Nilable[V any](t Type[V]) Type[*V] {
	return Type[*V]{scalar: t.scalar, compile: func(s *scope, selections ast.SelectionSet) codec[*V] {
		inner := t.compile(s, selections)
		c := codec[*V]{waits: inner.waits, append: func(r *run, b []byte, v *V) ([]byte, outcome) {
			if v == nil {
				return b, absent
			}
			return inner.append(r, b, *v)
		}}
		if inner.gather != nil {
			c.gather = func(r *run, values []*V) {
				present := make([]V, 0, len(values))
				for _, v := range values {
					if v != nil {
						present = append(present, *v)
					}
				}
				inner.gather(r, present)
			}
		}
		return c
	}}
}

// Pointer is an object by pointer.
func Pointer[V any](o *Object[*V]) Type[*V] {
	return Type[*V]{compile: func(s *scope, selections ast.SelectionSet) codec[*V] {
		below := o.compile(s, selections)
		c := codec[*V]{waits: below.waits(), append: func(r *run, b []byte, v *V) ([]byte, outcome) {
			if v == nil {
				return b, absent
			}
			return below.append(r, b, v)
		}}
		if below.gathers() {
			c.gather = func(r *run, values []*V) { below.gather(r, withoutNil(values)) }
		}
		return c
	}}
}

// withoutNil leaves out what append will not walk into. Most lists have nothing to leave out and are not copied.
func withoutNil[V any](values []*V) []*V {
	for i, v := range values {
		if v == nil {
			present := append(make([]*V, 0, len(values)), values[:i]...)
			for _, v := range values[i:] {
				if v != nil {
					present = append(present, v)
				}
			}
			return present
		}
	}
	return values
}

// Value is an object by value. Its fields are read through a pointer to one cell for each place in the operation, which is
// filled with value after value: a selection never stands below itself.
func Value[V any](o *Object[*V]) Type[V] {
	return Type[V]{compile: func(s *scope, selections ast.SelectionSet) codec[V] {
		below, cell := o.compile(s, selections), s.newCell()
		c := codec[V]{waits: below.waits(), append: func(r *run, b []byte, v V) ([]byte, outcome) {
			p, ok := r.cells[cell].(*V)
			if !ok {
				p = new(V)
				r.cells[cell] = p
			}
			*p = v
			return below.append(r, b, p)
		}}
		if below.gathers() {
			c.gather = func(r *run, values []V) {
				parents := make([]*V, len(values))
				for i := range values {
					parents[i] = &values[i]
				}
				below.gather(r, parents)
			}
		}
		return c
	}}
}

// appendMarshaler lets a marshaler of gqlgen's write behind b.
func appendMarshaler(b []byte, m graphql.Marshaler) ([]byte, outcome) {
	if m == graphql.Null || m == nil {
		return b, absent
	}
	w := writer{b}
	m.MarshalGQL(&w)
	return w.b, written
}

type writer struct{ b []byte }

// Write appends. It never fails.
func (w *writer) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

// WriteString appends without a copy; io.WriteString looks for it.
func (w *writer) WriteString(s string) (int, error) {
	w.b = append(w.b, s...)
	return len(s), nil
}

// fieldContext is the context of the place that append has reached, as gqlgen's executor would have made it: for errors
// and for the few marshalers that ask for one.
func (r *run) fieldContext() context.Context {
	ctx := r.ctx
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: r.plan.root})
	for i := range r.path {
		ctx = graphql.WithFieldContext(ctx, r.path[i].context()) //nolint:fatcontext // the chain of parents is what is wanted
	}
	return ctx
}
