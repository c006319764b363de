package graph

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/commerce"
)

// A field costs a point. One that returns many things costs a point, and the points of one thing for each thing that is
// asked for: the page size of first or last, the buckets of a histogram, the number of ids or identifiers. The sizes are found by the arguments' names, so a new field
// needs no entry here; one that is asked without a size has one. A mutation costs a point more for each element of each list that it is given: the variants of a product,
// their options.

// unsized is how many things a field returns that is asked without a size.
func unsized(object, field string) int {
	switch {
	case object == "Product" && field == "options":
		return commerce.MaxOptions
	case object == "Product" && field == "adjacentVariants":
		return commerce.MaxPageSize
	case field == "productRecommendations":
		return commerce.MaxRecommendations
	}
	return 1
}

// price is the cost of a selection as a function of the variables. A selection whose sizes are all written in the document
// is a number.
type price struct {
	points int
	lists  []list
}

// list is a part of a price that is multiplied by a size.
type list struct {
	size size
	of   *price
}

// size is how many things a field is asked for: the largest of its parts.
type size struct {
	least int
	parts []part
}

// part is an argument that a request gives the value of.
type part struct {
	variable string
	other    int  // when the request leaves the variable out, or says null
	count    bool // the number of elements instead of the value
	whole    bool // the number of elements of all lists in the value
}

// at is the price for the variables of a request.
func (p *price) at(variables map[string]any) int {
	sum := p.points
	for _, l := range p.lists {
		sum = plus(sum, times(l.size.at(variables), l.of.at(variables)))
	}
	return sum
}

func (s size) at(variables map[string]any) int {
	n := s.least
	for _, p := range s.parts {
		n = max(n, p.at(variables))
	}
	return n
}

func (p part) at(variables map[string]any) int {
	value := variables[p.variable]
	switch {
	case value == nil:
		return p.other
	case p.whole:
		return elements(value)
	case p.count:
		elements, isList := value.([]any)
		if !isList {
			return 1 // one value stands for a list of one
		}
		return len(elements)
	}
	return bounded(number(value))
}

// elements counts the elements of all lists in a value of a request.
func elements(value any) int {
	n := 0
	switch v := value.(type) {
	case []any:
		n = len(v)
		for _, element := range v {
			n += elements(element)
		}
	case map[string]any:
		for _, field := range v {
			n += elements(field)
		}
	}
	return n
}

// number reads what a variable of type Int can hold after coercion. Anything else is refused by the argument's decoder.
func number(value any) int64 {
	switch v := value.(type) {
	case int64:
		return v
	case int:
		return int64(v)
	case float64:
		return int64(min(v, math.MaxInt32))
	case json.Number:
		n, _ := v.Int64()
		return n
	case string:
		n, _ := strconv.ParseInt(v, 10, 64)
		return n
	}
	return 0
}

// bounded takes a page size out of bounds for the nearest in bounds: it is refused later, by whoever can say so best.
func bounded(n int64) int { return int(min(max(n, 1), commerce.MaxPageSize)) }

// pricer prices the selections of one document. Each fragment is priced once.
type pricer struct{ fragments map[string]*price }

func newPricer() pricer { return pricer{fragments: map[string]*price{}} }

func (p pricer) set(set ast.SelectionSet) price {
	var sum price
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			sum.add(p.field(s))
		case *ast.InlineFragment:
			sum.add(p.set(s.SelectionSet))
		case *ast.FragmentSpread:
			known := p.fragments[s.Name]
			if known == nil {
				priced := p.set(s.Definition.SelectionSet)
				known = &priced
				p.fragments[s.Name] = known
			}
			sum.add(*known)
		}
	}
	return sum
}

// field prices a field with what is below it. The schema itself is free: it is the same for everybody and bounded.
func (p pricer) field(f *ast.Field) price {
	if f.Name == "__schema" {
		return price{}
	}
	of := p.set(f.SelectionSet)
	if f.ObjectDefinition.Name == "Mutation" {
		for _, a := range f.Arguments {
			of.given(a.Value)
		}
	}
	n := sizeOf(f)
	if len(n.parts) > 0 {
		return price{points: 1, lists: []list{{size: n, of: &of}}}
	}
	whole := price{points: plus(1, times(n.least, of.points))}
	if n.least == 1 {
		whole.lists = of.lists
		return whole
	}
	if len(of.lists) > 0 {
		whole.lists = []list{{size: n, of: &price{lists: of.lists}}}
	}
	return whole
}

func (p *price) add(other price) {
	p.points = plus(p.points, other.points)
	p.lists = append(p.lists, other.lists...)
}

// given adds a point for each element of each list in an argument.
func (p *price) given(v *ast.Value) {
	switch v.Kind {
	case ast.Variable:
		p.add(price{lists: []list{{size: size{parts: []part{{variable: v.Raw, whole: true}}}, of: &price{points: 1}}}})
		return
	case ast.ListValue:
		p.points = plus(p.points, len(v.Children))
	default: // what is below may be a list
	}
	for _, child := range v.Children {
		p.given(child.Value)
	}
}

// sizeOf finds how many things a field is asked for.
func sizeOf(f *ast.Field) size {
	s := size{}
	sized, otherwise := false, unsized(f.ObjectDefinition.Name, f.Name)
	for _, def := range f.Definition.Arguments {
		count := (def.Name == "ids" || def.Name == "identifiers") && def.Type.Elem != nil
		if !count && !isSize(def) {
			continue
		}
		value := def.DefaultValue
		if given := f.Arguments.ForName(def.Name); given != nil {
			value = given.Value
		}
		switch {
		case value == nil || value.Kind == ast.NullValue:
			continue
		case value.Kind == ast.Variable:
			other := otherwise
			if def.DefaultValue != nil {
				other = literal(def.DefaultValue, count)
			}
			s.parts = append(s.parts, part{variable: value.Raw, other: other, count: count})
		default:
			s.least = max(s.least, literal(value, count))
		}
		sized = true
	}
	if !sized {
		s.least = otherwise
	}
	return s
}

func isSize(def *ast.ArgumentDefinition) bool {
	return (def.Name == "first" || def.Name == "last" || def.Name == "buckets") && def.Type.NamedType == "Int"
}

// literal is the size that a value of the document stands for.
func literal(v *ast.Value, count bool) int {
	switch {
	case count && v.Kind == ast.ListValue:
		return len(v.Children)
	case count:
		return 1
	}
	n, _ := strconv.ParseInt(v.Raw, 10, 64)
	return bounded(n)
}

// plus and times never overflow: a sum that wraps round would be cheap.
func plus(a, b int) int { return min(a+b, enough) }

func times(n, points int) int {
	if points > 0 && n > enough/points {
		return enough
	}
	return n * points
}
