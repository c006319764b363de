package plan

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// Leaf is a field whose value stands in its parent, is always there and has nothing below it: the fast way.
func Leaf[P any](name string, appendValue func(b []byte, p P) []byte) Field[P] {
	return Field[P]{name: name, compile: func(_ *scope, info *fieldInfo) compiled[P] {
		info.nonNull = true
		return compiled[P]{leaf: appendValue}
	}}
}

// Get is a field whose value stands in its parent. It is read while the answer is appended, unless something below it has
// to be read for all parents first.
func Get[P, V any](name string, t Type[V], get func(P) V, list ...Option) Field[P] {
	o := newOptions(list)
	return Field[P]{name: name, compile: func(s *scope, info *fieldInfo) compiled[P] {
		info.options, info.nonNull, info.untyped = o, t.nonNull, t.untyped
		below := t.compile(s, info.field.Selections)
		if below.gather == nil {
			return compiled[P]{value: func(r *run, b []byte, p P, _ int) ([]byte, bool) {
				r.path = append(r.path, step{field: info})
				b, o := below.append(r, b, get(p))
				return r.settle(b, o)
			}}
		}
		c := &column[P, V]{info: info, slot: s.newColumn(), below: []codec[V]{below}}
		c.fetch = func(r *run, d *cells[V], parents []P) {
			d.values = make([]V, len(parents))
			fill(r, d, parents, func(i int) { d.values[i] = get(parents[i]) })
		}
		return compiled[P]{value: c.reader(below), gather: c.gather, waits: below.waits, columnar: true}
	}}
}

// Each is a field that is answered for one parent at a time, by something that can fail: a resolver that is not batched, or
// a method with an error, a context or arguments.
func Each[P, V any](name string, t Type[V], call func(ctx context.Context, x Call, p P) (V, error), list ...Option) Field[P] {
	return resolved(name, t, list, func(c *column[P, V], r *run, d *cells[V], parents []P) {
		ctx, x, ok := c.begin(r, d)
		if !ok {
			return
		}
		d.values = make([]V, len(parents))
		if len(parents) == 1 {
			d.catch(r, 0, 1, func() (V, error) {
				if c.serial && r.oc.ResolverMiddleware != nil {
					return asType[V](r.oc.ResolverMiddleware(ctx, untyped(func(ctx context.Context) (V, error) { return call(ctx, x, parents[0]) })))
				}
				return call(ctx, x, parents[0])
			})
			return
		}
		one := func(i int) { d.put(i, len(parents), func() (V, error) { return call(ctx, x, parents[i]) }) }
		if c.info.options.resolver && !c.info.options.inMemory && len(parents) > 1 {
			d.errs = make([]error, len(parents)) // so that workers write to places of their own
			fillConcurrently(r, d, len(parents), one)
			return
		}
		fill(r, d, parents, one)
	})
}

// Batch is a field that a batched resolver answers: all parents in, all results out, in their order.
func Batch[P, V any](name string, t Type[V], call func(ctx context.Context, x Call, parents []P) ([]V, error), list ...Option) Field[P] {
	return resolved(name, t, list, func(c *column[P, V], r *run, d *cells[V], parents []P) {
		ctx, x, ok := c.begin(r, d)
		if ok {
			d.answer(r, c.info, len(parents), func() ([]V, error) { return call(ctx, x, parents) })
		}
	})
}

// Directives runs the directives of a field around next, for one parent. Generated code chains them as gqlgen does.
type Directives[P any] func(ctx context.Context, x Call, p P, next graphql.Resolver) (any, error)

// EachDirected is Each behind directives.
func EachDirected[P, V any](name string, t Type[V], directives Directives[P], call func(ctx context.Context, x Call, p P) (V, error), list ...Option) Field[P] {
	return Each(name, t, func(ctx context.Context, x Call, p P) (V, error) {
		return asType[V](directives(ctx, x, p, untyped(func(ctx context.Context) (V, error) { return call(ctx, x, p) })))
	}, list...)
}

// untyped is a call as directives and interceptors know it.
func untyped[V any](call func(ctx context.Context) (V, error)) graphql.Resolver {
	return func(ctx context.Context) (any, error) {
		v, err := call(ctx)
		if err == errAbsent { //nolint:errorlint // the sentinel of this package, never wrapped
			return nil, nil
		}
		return v, err
	}
}

// BatchDirected is Batch behind directives, which are asked for each parent. The resolver is called once, for all parents,
// when the first directive lets one through, and not at all when none does.
func BatchDirected[P, V any](name string, t Type[V], directives Directives[P], call func(ctx context.Context, x Call, parents []P) ([]V, error), list ...Option) Field[P] {
	return resolved(name, t, list, func(c *column[P, V], r *run, d *cells[V], parents []P) {
		ctx, x, ok := c.begin(r, d)
		if !ok {
			return
		}
		var answers *cells[V]
		values := make([]V, len(parents))
		fill(r, d, parents, func(i int) {
			v, err := asType[V](directives(ctx, x, parents[i], func(ctx context.Context) (any, error) {
				if answers == nil {
					answers = &cells[V]{}
					answers.answer(r, c.info, len(parents), func() ([]V, error) { return call(ctx, x, parents) })
				}
				if failure := answers.errorAt(i); failure != nil {
					d.fail(i, len(parents), failure) // told for itself: directives see nil, as gqlgen's do
					return nil, nil
				}
				return answers.values[i], nil
			}))
			if values[i] = v; err != nil && d.errorAt(i) == nil {
				d.fail(i, len(parents), err)
			}
		})
		d.values = values
	})
}

// resolved is the common part of all fields whose values come from a call.
func resolved[P, V any](name string, t Type[V], list []Option, fetch func(c *column[P, V], r *run, d *cells[V], parents []P)) Field[P] {
	o := newOptions(list)
	return Field[P]{name: name, compile: func(s *scope, info *fieldInfo) compiled[P] {
		info.options, info.nonNull, info.untyped = o, t.nonNull, t.untyped
		below := t.compile(s, info.field.Selections)
		key := question(info.field)
		if c, ok := s.shared[key].(*column[P, V]); ok {
			return c.share(info, below)
		}
		c := &column[P, V]{info: info, slot: s.newColumn(), below: []codec[V]{below}, waits: !o.inMemory, steady: !o.varying && constant(info.field), serial: s.serial}
		c.fetch = func(r *run, d *cells[V], parents []P) { fetch(c, r, d, parents) }
		if s.shared == nil {
			s.shared = make(map[string]any)
		}
		if !s.serial {
			s.shared[key] = c
		}
		return compiled[P]{value: c.reader(below), gather: c.gather, waits: c.waits || below.waits, columnar: true}
	}}
}

// Island is a field of Query that gqlgen's generated code answers as a whole, with all that is below it: __schema and
// __type, which read nothing but the schema.
func Island(name string, nonNull bool, marshal func(ctx context.Context, x Call, field graphql.CollectedField) graphql.Marshaler) Field[Root] {
	return Field[Root]{name: name, compile: func(_ *scope, info *fieldInfo) compiled[Root] {
		info.nonNull = nonNull
		return compiled[Root]{value: func(r *run, b []byte, _ Root, _ int) ([]byte, bool) {
			ctx := r.fieldContext() // before the field is on the path: gqlgen puts it there
			r.path = append(r.path, step{field: info})
			b, o := appendMarshaler(b, marshal(ctx, Call{State: r.state}, info.field))
			if o == absent {
				o = failed // gqlgen has told why, if there is something to tell
			}
			return r.settle(b, o)
		}}
	}}
}
