package plan

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// Stream is a field of Subscription: a resolver opens it, and the selection runs for every event.
func Stream[V any](name string, t Type[V], call func(ctx context.Context, x Call) (<-chan V, error), list ...Option) Field[Root] {
	o := newOptions(list)
	return Field[Root]{name: name, compile: func(s *scope, info *fieldInfo) compiled[Root] {
		info.options, info.nonNull, info.untyped = o, t.nonNull, t.untyped
		below := t.compile(s, info.field.Selections)
		c := &column[Root, V]{info: info, slot: s.newColumn(), below: []codec[V]{below}}
		return compiled[Root]{value: c.reader(below), columnar: true, open: func(r *run) receiver { return c.open(r, call) }}
	}}
}

// receiver waits for the next event and gathers what its selection needs; false when there are no more.
type receiver func(r *run) bool

// open calls the resolver; nil when it refused, which has been told.
func (c *column[P, V]) open(r *run, call func(ctx context.Context, x Call) (<-chan V, error)) receiver {
	d := &cells[V]{}
	events := c.channel(r, d, call)
	if d.err != nil {
		r.path = append(r.path, step{field: c.info, args: d.args})
		r.report(c.info, d.err)
		r.tellAll()
		return nil
	}
	return func(r *run) bool {
		select {
		case v, ok := <-events:
			if !ok {
				return false
			}
			values := []V{v}
			r.columns[c.slot] = &cells[V]{values: values}
			if gather := c.below[0].gather; gather != nil {
				gather(r, values)
				r.wait()
			}
			return true
		case <-r.ctx.Done():
			return false
		}
	}
}

func (c *column[P, V]) channel(r *run, d *cells[V], call func(ctx context.Context, x Call) (<-chan V, error)) (events <-chan V) {
	defer func() {
		if value := recover(); value != nil {
			d.err = r.recovered(value)
		}
	}()
	ctx, x, ok := c.begin(r, d)
	if ok {
		events, d.err = call(ctx, x)
	}
	return events
}

// subscribe opens the stream of a subscription and answers with one response for each event.
func (p *Plan) subscribe(ctx context.Context, oc *graphql.OperationContext) graphql.ResponseHandler {
	r := p.begin(ctx, oc)
	receive := p.selection.fields[0].open(r)
	p.end(r)
	if receive == nil {
		return func(context.Context) *graphql.Response { return nil }
	}
	return func(ctx context.Context) *graphql.Response {
		r := p.begin(ctx, oc)
		defer p.end(r)
		if !receive(r) {
			return nil
		}
		return &graphql.Response{Data: r.append(nil)}
	}
}
