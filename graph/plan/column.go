package plan

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
)

// column is a field whose values are read for all parents of its selection before the answer is appended. Fields that ask
// the same share it.
type column[P, V any] struct {
	info  *fieldInfo
	slot  int
	below []codec[V]
	waits bool
	// serial reports that this is a field of a mutation, which is intercepted.
	serial bool
	// steady reports that the arguments are the same for every response, args is what they were decoded to.
	steady bool
	args   atomic.Pointer[map[string]any]
	fetch  func(r *run, d *cells[V], parents []P)
}

// cells are the values of a column in one response, in the order of the parents.
type cells[V any] struct {
	values []V
	// err is why there are no values at all, errs why some are missing; nil when none is.
	err  error
	errs []error
	args map[string]any
	// field is what the resolver's context tells it of the field.
	field graphql.FieldContext
}

// share makes another field read this column.
func (c *column[P, V]) share(info *fieldInfo, below codec[V]) compiled[P] {
	c.below = append(c.below, below)
	merged := *c.info
	merged.field.Selections = append(slices.Clip(merged.field.Selections), info.field.Selections...)
	c.info = &merged
	return compiled[P]{value: c.readerOf(info, below), columnar: true}
}

// gather reads the values, and then what stands below them.
func (c *column[P, V]) gather(r *run, parents []P) {
	d := &cells[V]{}
	r.columns[c.slot] = d
	c.fetch(r, d, parents)
	var values []V
	for _, below := range c.below {
		if below.gather != nil {
			if values == nil {
				values = d.present()
			}
			if len(values) > 0 {
				below.gather(r, values)
			}
		}
	}
}

// begin decodes the arguments and makes the context of the call. It fails when the arguments cannot be decoded or the
// request is over; what there is to report is in d.
func (c *column[P, V]) begin(r *run, d *cells[V]) (context.Context, Call, bool) {
	if err := r.ctx.Err(); err != nil {
		d.err = err
		return nil, Call{}, false
	}
	d.field = graphql.FieldContext{
		Object: c.info.object, Field: c.info.field, IsMethod: c.info.options.method, IsResolver: c.info.options.resolver,
	}
	ctx := graphql.WithFieldContext(r.ctx, &d.field)
	if decode := c.info.options.args; decode != nil {
		var err error
		if d.args, err = c.decode(ctx, r, decode); err != nil {
			d.err = errArguments
			return nil, Call{}, false
		}
		d.field.Args = d.args
	}
	return ctx, Call{State: r.state, Args: d.args}, true
}

func (c *column[P, V]) decode(ctx context.Context, r *run, decode ArgsFunc) (args map[string]any, err error) {
	if known := c.args.Load(); known != nil {
		return *known, nil
	}
	defer func() {
		if value := recover(); value != nil {
			err = r.recovered(value)
		}
	}()
	args, err = decode(ctx, r.state, c.info.field.ArgumentMap(r.oc.Variables))
	if err == nil && c.steady {
		c.keep(args)
	}
	return args, err
}

// keep remembers arguments for all responses to come.
func (c *column[P, V]) keep(args map[string]any) { c.args.Store(&args) }

func (c *column[P, V]) reader(below codec[V]) func(*run, []byte, P, int) ([]byte, bool) {
	return c.readerOf(c.info, below)
}

// readerOf appends the value that belongs to the at-th parent.
func (c *column[P, V]) readerOf(info *fieldInfo, below codec[V]) func(*run, []byte, P, int) ([]byte, bool) {
	return func(r *run, b []byte, _ P, at int) ([]byte, bool) {
		d, _ := r.columns[c.slot].(*cells[V])
		r.path = append(r.path, step{field: info, args: d.args})
		if d.err != nil || d.errs != nil {
			if err := d.errorAt(at); err != nil {
				r.report(info, err)
				return r.settle(b, failed)
			}
		}
		b, o := below.append(r, b, d.values[at])
		return r.settle(b, o)
	}
}

// errorAt is why the i-th parent has no value.
func (d *cells[V]) errorAt(i int) error {
	if d.err != nil {
		return d.err
	}
	if d.errs == nil {
		return nil
	}
	return d.errs[i]
}

func (d *cells[V]) fail(i, n int, err error) {
	if d.errs == nil {
		d.errs = make([]error, n)
	}
	d.errs[i] = err
}

// put takes the answer for the i-th of n parents.
func (d *cells[V]) put(i, n int, answer func() (V, error)) {
	v, err := answer()
	if d.values[i] = v; err != nil {
		d.fail(i, n, err)
	}
}

// catch is put for an answer that may panic.
func (d *cells[V]) catch(r *run, i, n int, answer func() (V, error)) {
	defer func() {
		if value := recover(); value != nil {
			d.fail(i, n, r.recovered(value))
		}
	}()
	d.put(i, n, answer)
}

// present is the values that append will walk into.
func (d *cells[V]) present() []V {
	switch {
	case d.err != nil:
		return nil
	case d.errs == nil:
		return d.values
	}
	present := make([]V, 0, len(d.values))
	for i, v := range d.values {
		if d.errs[i] == nil {
			present = append(present, v)
		}
	}
	return present
}

// answer takes what a batched resolver returns, and holds it against what gqlgen demands of one.
func (d *cells[V]) answer(r *run, info *fieldInfo, parents int, call func() ([]V, error)) {
	defer func() {
		if value := recover(); value != nil {
			d.err = r.recovered(value)
		}
	}()
	values, err := call()
	d.values, d.err = values, batchError(info, parents, len(values), err)
	if list, ok := err.(graphql.BatchErrors); ok && d.err == nil { //nolint:errorlint // as gqlgen asks it: a wrapped one is an error like any other
		for i, each := range list.Errors() {
			if each != nil {
				d.fail(i, len(values), itemError{each})
			}
		}
	}
}
