package plan

import (
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Abstract is an interface or union of the schema: I is its Go interface. Of its cases the first that matches counts, so
// generated code lists them in the order of gqlgen's type switch.
func Abstract[I any](name string, cases ...Case[I]) Type[I] {
	return Type[I]{untyped: true, compile: func(s *scope, selections ast.SelectionSet) codec[I] {
		a := &abstract[I]{name: name}
		c := codec[I]{append: a.append}
		gathers := false
		for _, each := range cases {
			compiled := each.compile(s, selections)
			a.cases = append(a.cases, compiled)
			gathers = gathers || compiled.gather != nil
			c.waits = c.waits || compiled.waits
		}
		if gathers {
			c.gather = a.gather
		}
		return c
	}}
}

// Case is one object type that an interface or union can be.
type Case[I any] struct {
	compile func(s *scope, selections ast.SelectionSet) abstractCase[I]
}

// CaseOf is the case of an object type; match tells whether a value is one, and which.
func CaseOf[I, V any](o *Object[*V], match func(I) (*V, bool)) Case[I] {
	return Case[I]{compile: func(s *scope, selections ast.SelectionSet) abstractCase[I] {
		below := o.compile(s, selections)
		c := abstractCase[I]{waits: below.waits(), append: func(r *run, b []byte, v I) ([]byte, outcome, bool) {
			p, ok := match(v)
			if !ok {
				return b, failed, false
			}
			if p == nil {
				return b, failed, true // a nil that has a type is null without a word in gqlgen
			}
			b, o := below.append(r, b, p)
			return b, o, true
		}}
		if below.gathers() {
			c.gather = func(r *run, values []I) {
				parents := make([]*V, 0, len(values))
				for _, v := range values {
					if p, ok := match(v); ok && p != nil {
						parents = append(parents, p)
					}
				}
				if len(parents) > 0 {
					below.gather(r, parents)
				}
			}
		}
		return c
	}}
}

type abstractCase[I any] struct {
	append func(r *run, b []byte, v I) (_ []byte, _ outcome, matched bool)
	gather func(r *run, values []I)
	waits  bool
}

type abstract[I any] struct {
	name  string
	cases []abstractCase[I]
}

func (a *abstract[I]) append(r *run, b []byte, v I) ([]byte, outcome) {
	if any(v) == nil {
		return b, absent
	}
	for i := range a.cases {
		if b, o, matched := a.cases[i].append(r, b, v); matched {
			return b, o
		}
	}
	if m, ok := any(v).(graphql.Marshaler); ok {
		return appendMarshaler(b, m)
	}
	panic(fmt.Errorf("unexpected type %T; non-generated variants of %s must implement graphql.Marshaler", v, a.name))
}

func (a *abstract[I]) gather(r *run, values []I) {
	for i := range a.cases {
		if a.cases[i].gather != nil {
			a.cases[i].gather(r, values)
		}
	}
}
