package plan

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// List is a list of values. A nil list is empty where a list must be there.
func List[E any](elem Type[E]) Type[[]E] {
	return Type[[]E]{scalar: elem.scalar, list: true, compile: func(s *scope, selections ast.SelectionSet) codec[[]E] {
		l := &list[E]{elem: elem.compile(s, selections), nonNull: elem.nonNull, indexed: !elem.scalar}
		c := codec[[]E]{append: l.append, waits: l.elem.waits}
		if l.elem.gather != nil {
			c.gather = l.gather
		}
		return c
	}}
}

type list[E any] struct {
	elem    codec[E]
	nonNull bool
	indexed bool
}

func (l *list[E]) append(r *run, b []byte, values []E) ([]byte, outcome) {
	if values == nil {
		return b, absent
	}
	start, faults, whole, told := len(b), len(r.faults), true, false
	b = append(b, '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		if l.indexed {
			r.path = append(r.path, step{index: i})
		}
		var o outcome
		b, o = l.appendOne(r, b, v)
		if o != written {
			if o == absent && l.nonNull && !told {
				r.tellHere(errNullElement)
				told = !l.indexed // without an index the next one would say the same of the same path
			}
			whole = whole && !l.nonNull
			b = append(b, "null"...)
		}
		if l.indexed {
			r.path = r.path[:len(r.path)-1]
		}
	}
	if !whole {
		r.drop(faults)
		return b[:start], failed
	}
	return append(b, ']'), written
}

// appendOne appends one element. In a careful run, a panic makes it an error of its own.
func (l *list[E]) appendOne(r *run, b []byte, v E) (data []byte, o outcome) {
	if !r.careful {
		return l.elem.append(r, b, v)
	}
	start, depth := len(b), len(r.path)
	defer func() {
		if value := recover(); value != nil {
			r.path = r.path[:depth]
			r.reportPanic(value)
			data, o = b[:start], failed
		}
	}()
	return l.elem.append(r, b, v)
}

// gather reads for the elements of all lists at once.
func (l *list[E]) gather(r *run, lists [][]E) {
	if len(lists) == 1 {
		l.elem.gather(r, lists[0])
		return
	}
	n := 0
	for _, values := range lists {
		n += len(values)
	}
	all := make([]E, 0, n)
	for _, values := range lists {
		all = append(all, values...)
	}
	l.elem.gather(r, all)
}
