package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// The texts of gqlgen's executor, by which clients and tests know these faults.
var (
	errNull        = errors.New("must not be null")
	errNullElement = errors.New("the requested element is null which the schema does not allow")
	errNotFinite   = errors.New("cannot marshal infinite no NaN float values")
)

// errAbsent stands for a nil without a type, which a method or a directive may answer with.
var errAbsent = errors.New("absent")

// Absent is what Each's call returns when there is no value, as opposed to a nil that has a type.
func Absent() error { return errAbsent }

// errArguments stands for arguments that could not be decoded. They are decoded again where the error is told: its path
// leads to the argument through the place in the answer, which is not known before.
var errArguments = errors.New("arguments")

// itemError is an error of one item of a batch, or of a batch as a whole.
type itemError struct{ err error }

// Error is the text of the resolver's error.
func (e itemError) Error() string { return e.err.Error() }

// countError is a batched resolver that did not answer for each parent.
type countError struct {
	name          string
	what          string
	got, expected int
}

// Error is gqlgen's text without the index of a parent.
func (e countError) Error() string {
	return fmt.Sprintf("batch resolver %s returned %d %s for %d parents", e.name, e.got, e.what, e.expected)
}

// at is the text for the parent at a place in its list.
func (e countError) at(path ast.Path) error {
	if len(path) > 1 {
		if index, ok := path[len(path)-2].(ast.PathIndex); ok {
			return fmt.Errorf("index %d: %w", index, e)
		}
	}
	return fmt.Errorf("%w (index 0)", e)
}

// batchError is why the answer of a batched resolver as a whole cannot be used, nil when it can.
func batchError(info *fieldInfo, parents, results int, err error) error {
	var list graphql.BatchErrors
	if err != nil {
		var ok bool
		if list, ok = err.(graphql.BatchErrors); !ok { //nolint:errorlint // as gqlgen asks it
			return itemError{err}
		}
	}
	if results != parents {
		return countError{info.object + "." + info.field.Name, "results", results, parents}
	}
	if list != nil && len(list.Errors()) != parents {
		return countError{info.object + "." + info.field.Name, "errors", len(list.Errors()), parents}
	}
	return nil
}

// panicError is a panic of user code, as the recover function has presented it.
type panicError struct{ err error }

// Error is the text of the recover function.
func (e panicError) Error() string { return e.err.Error() }

// recovered hands a panic to the operation's recover function. It must be called while the panic is under way, for the
// sake of the stack.
func (r *run) recovered(value any) error { return panicError{r.oc.RecoverFunc(r.ctx, value)} }

func (r *run) reportPanic(value any) {
	ctx := r.fieldContext()
	r.tell(ctx, r.oc.RecoverFunc(ctx, value))
}

// pendingFault is an error with the context of its place.
type pendingFault struct {
	ctx   context.Context //nolint:containedctx // handed on as soon as the answer is appended
	err   error
	batch bool
	index int
	// late marks the error of a marshaler. gqlgen marshals after null has found its way up, so what is not shown is not told.
	late bool
}

// tell keeps an error for tellAll.
func (r *run) tell(ctx context.Context, err error) {
	r.faults = append(r.faults, pendingFault{ctx: ctx, err: err})
}

// tellLate keeps an error of a marshaler.
func (r *run) tellLate(ctx context.Context, err error) {
	r.faults = append(r.faults, pendingFault{ctx: ctx, err: err, late: true})
}

// drop ends a value that started when there were n faults, and became null because of one of them.
func (r *run) drop(n int) {
	if n < len(r.faults) {
		kept := slices.DeleteFunc(r.faults[n:], func(f pendingFault) bool { return f.late })
		r.faults = r.faults[:n+len(kept)]
	}
}

// tellHere keeps an error of the place that append has reached.
func (r *run) tellHere(err error) { r.tell(r.fieldContext(), err) }

// tellAll hands the errors to the response.
func (r *run) tellAll() {
	for _, f := range r.faults {
		if f.batch {
			graphql.AddBatchError(f.ctx, f.index, f.err)
		} else {
			r.oc.Error(f.ctx, f.err)
		}
	}
	r.faults = r.faults[:0]
}

// report tells why the field on top of the path has no value.
func (r *run) report(info *fieldInfo, err error) {
	if err == errAbsent { //nolint:errorlint // the sentinel itself, never wrapped
		if info.nonNull {
			r.tellHere(errNull)
		}
		return
	}
	if err == errArguments { //nolint:errorlint // the sentinel itself, never wrapped
		r.reportArguments(info)
		return
	}
	ctx := r.fieldContext()
	switch e := err.(type) { //nolint:errorlint // the types of this package, never wrapped
	case panicError:
		r.tell(ctx, own(e.err))
	case itemError:
		r.faults = append(r.faults, pendingFault{ctx: ctx, err: e.err, batch: true, index: lastIndex(graphql.GetPath(ctx))})
		if info.nonNull && elsewhere(e.err) {
			r.tell(ctx, errNull)
		}
	case countError:
		path := graphql.GetPath(ctx)
		r.faults = append(r.faults, pendingFault{ctx: ctx, err: e.at(path), batch: true, index: lastIndex(path)})
	default:
		r.tell(ctx, graphql.AddFieldLocationToError(ctx, own(err)))
	}
}

// elsewhere reports whether an error says of itself that it belongs to another place of the answer. gqlgen then misses one
// for this place.
func elsewhere(err error) bool {
	e, ok := errors.AsType[*gqlerror.Error](err)
	return ok && e.Path != nil
}

// own is an error that may be given a path: one that several parents or aliases share must not keep that of the first.
func own(err error) error {
	switch e := err.(type) { //nolint:errorlint // a wrapped one is found, and changed, by gqlgen all the same
	case *gqlerror.Error:
		clone := *e
		return &clone
	case gqlerror.List:
		list := make(gqlerror.List, len(e))
		for i, each := range e {
			clone := *each
			list[i] = &clone
		}
		return list
	}
	return err
}

// lastIndex is the place of the parent in its list, 0 when it stands in none.
func lastIndex(path ast.Path) int {
	if len(path) > 1 {
		if index, ok := path[len(path)-2].(ast.PathIndex); ok {
			return int(index)
		}
	}
	return 0
}

// reportArguments decodes the arguments of the field on top of the path once more, in the context of its place.
func (r *run) reportArguments(info *fieldInfo) {
	r.path[len(r.path)-1].args = nil
	ctx := r.fieldContext()
	defer func() {
		if value := recover(); value != nil {
			r.tell(ctx, r.oc.RecoverFunc(ctx, value))
		}
	}()
	_, err := info.options.args(ctx, r.state, info.field.ArgumentMap(r.oc.Variables))
	r.tell(ctx, err)
}

// asType is what a chain of directives answered, as the type of the field.
func asType[V any](answer any, err error) (v V, _ error) {
	if err != nil {
		return v, err
	}
	if answer == nil {
		return v, errAbsent
	}
	v, ok := answer.(V)
	if !ok {
		return v, panicError{fmt.Errorf("unexpected type %T from middleware/directive chain, should be %T", answer, v)}
	}
	return v, nil
}
