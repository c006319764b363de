package plan

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
)

// run is one response in the making. While fields are gathered, goroutines share it and write to columns of their own;
// everything else belongs to the goroutine that appends.
type run struct {
	ctx   context.Context //nolint:containedctx // a run lives as long as its context and no longer
	oc    *graphql.OperationContext
	plan  *Plan
	state any

	columns []any // *cells of some type each
	cursors []int
	cells   []any // pointers to a value of some type each
	path    []step

	// faults wait until the answer is appended: what a panic interrupts is appended, and tells its faults, once more.
	faults []pendingFault

	// careful makes every field recover from panics for itself. A run becomes careful when one happened, and appends anew.
	careful bool
	group   sync.WaitGroup
	crashed atomic.Pointer[any]
}

// step is one element of a path: a field, or a place in a list.
type step struct {
	field *fieldInfo
	args  map[string]any
	index int
}

func (s *step) context() *graphql.FieldContext {
	if s.field == nil {
		index := s.index
		return &graphql.FieldContext{Index: &index}
	}
	return &graphql.FieldContext{
		Object: s.field.object, Field: s.field.field, Args: s.args,
		IsMethod: s.field.options.method, IsResolver: s.field.options.resolver,
	}
}

// gather reads the columns of a selection. Of the fields that wait, all but one get a goroutine; the last one and those
// that do not wait keep this one busy.
func (s *selection[P]) gather(r *run, parents []P) {
	if len(parents) == 0 {
		return
	}
	for i, at := range s.slow {
		if i < len(s.slow)-1 {
			r.spawn(func() { s.fields[at].gather(r, parents) })
		}
	}
	for _, at := range s.quick {
		s.fields[at].gather(r, parents)
	}
	if n := len(s.slow); n > 0 {
		s.fields[s.slow[n-1]].gather(r, parents)
	}
}

// spawn runs fn in a goroutine of its own. What user code does wrong is caught where it is called; a panic that comes
// through here is a fault of this package, and goes on in the goroutine of the run.
func (r *run) spawn(fn func()) {
	r.group.Go(func() {
		defer func() {
			if value := recover(); value != nil {
				r.crashed.CompareAndSwap(nil, &value)
			}
		}()
		fn()
	})
}

// wait waits for all goroutines of the run.
func (r *run) wait() {
	r.group.Wait()
	if value := r.crashed.Load(); value != nil {
		panic(*value)
	}
}

// append appends an object.
func (s *selection[P]) append(r *run, b []byte, p P) ([]byte, outcome) {
	at := 0
	if s.cursor >= 0 {
		at = r.cursors[s.cursor]
		r.cursors[s.cursor]++
	}
	start, faults, whole := len(b), len(r.faults), true
	b = append(b, '{')
	for i := range s.fields {
		f := &s.fields[i]
		b = append(b, f.key...)
		if f.leaf != nil && !r.careful {
			b = f.leaf(b, p)
			continue
		}
		var ok bool
		if b, ok = s.appendField(r, b, p, i, at); !ok {
			whole = false
		}
	}
	if !whole {
		r.drop(faults)
		return b[:start], failed
	}
	return append(b, '}'), written
}

func (s *selection[P]) appendField(r *run, b []byte, p P, i, at int) ([]byte, bool) {
	if r.careful {
		return s.appendCarefully(r, b, p, i, at)
	}
	f := &s.fields[i]
	depth := len(r.path)
	b, ok := f.value(r, b, p, at)
	r.path = r.path[:depth]
	return b, ok
}

// appendCarefully appends a field and makes a panic in it an error of it.
func (s *selection[P]) appendCarefully(r *run, b []byte, p P, i, at int) (data []byte, ok bool) {
	f := &s.fields[i]
	start, depth := len(b), len(r.path)
	defer func() {
		if value := recover(); value != nil {
			r.path = append(r.path[:depth], step{field: s.infos[i], args: map[string]any{}})
			r.reportPanic(value)
			data, ok = r.settle(b[:start], failed)
			r.path = r.path[:depth]
		}
	}()
	if f.leaf != nil {
		return f.leaf(b, p), true
	}
	b, ok = f.value(r, b, p, at)
	r.path = r.path[:depth]
	return b, ok
}

// settle ends the field on top of the path: what is not there is null, or makes its parent null.
func (r *run) settle(b []byte, o outcome) ([]byte, bool) {
	if o == written {
		return b, true
	}
	info := r.path[len(r.path)-1].field
	if o == absent && info.nonNull {
		if info.untyped {
			r.tellHere(errNull)
		} else {
			r.tellHere(errNullElement)
		}
	}
	if info.nonNull {
		return b, false
	}
	return append(b, "null"...), true
}

// fill calls one for each parent, and makes a panic the error of that parent.
func fill[P, V any](r *run, d *cells[V], parents []P, one func(i int)) {
	for next := 0; next < len(parents); {
		next = fillFrom(r, d, next, len(parents), one)
	}
}

func fillFrom[V any](r *run, d *cells[V], next, n int, one func(i int)) (reached int) {
	defer func() {
		if value := recover(); value != nil {
			d.fail(next, n, r.recovered(value))
			reached = next + 1
		}
	}()
	for ; next < n; next++ {
		one(next)
	}
	return next
}

// maxWorkers bounds how many parents of a resolver that is not batched are asked for at the same time.
const maxWorkers = 32

// fillConcurrently is fill with several parents at the same time. d.errs must have its places.
func fillConcurrently[V any](r *run, d *cells[V], n int, one func(i int)) {
	var taken atomic.Int64
	var group sync.WaitGroup
	for range min(n, maxWorkers) {
		group.Go(func() {
			for i := int(taken.Add(1)) - 1; i < n; i = int(taken.Add(1)) - 1 {
				fillFrom(r, d, i, i+1, one)
			}
		})
	}
	group.Wait()
}
