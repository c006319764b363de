package db

import (
	"fmt"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// once begins the text of a statement that is not kept prepared: what a query asks gives the text its shape, and there is no end
// of shapes.
const once = "/* once */"

// queryable is a list whose query may say more than words.
type queryable struct {
	list

	orders map[commerce.SortKey]sorting
	render renderer
	fields map[string]queryField
	types  commerce.QueryFields
}

// queryField is how a field of a query is asked for: expr is the SQL of its value. With from, the field has many values,
// those of the rows that from yields.
type queryField struct {
	typ        commerce.QueryType
	expr, from string
}

// wordField is the name of what words are looked for in.
const wordField = ""

func newQueryable(orders map[commerce.SortKey]sorting, fields map[string]queryField, render renderer) queryable {
	return newQueryableOf(1, orders, fields, render)
}

// newQueryableOf is newQueryable for a list that has so many parameters of its own.
func newQueryableOf(own int, orders map[commerce.SortKey]sorting, fields map[string]queryField, render renderer) queryable {
	l := newViewedList(orders, own, ` AND `+fields[wordField].expr+` ILIKE ALL ($%d::text[])`, render)
	q := queryable{list: l, orders: orders, render: render, fields: fields, types: commerce.QueryFields{}}
	for name, f := range fields {
		if name != wordField {
			q.types[name] = f.typ
		}
	}
	return q
}

// read is list.read. A query of words alone has statements that are kept.
func (q queryable) read(a asked, own ...any) (string, []any, error) {
	c, err := q.types.Parse(a.words)
	if err != nil {
		return "", nil, err
	}
	if c == nil {
		a.words = ""
		return q.list.read(a, own...)
	}
	if words, plain := c.Words(); plain && !strings.ContainsAny(strings.Join(words, ""), " \t\n\r\v\f\"\\") {
		a.words = strings.Join(words, " ")
		return q.list.read(a, own...)
	}
	s, ok := q.orders[a.page.Key]
	if !ok && !a.page.Count {
		return "", nil, fmt.Errorf("there is no order %q for this list", a.page.Key)
	}
	w := &queryWriter{fields: q.fields, args: own}
	where := " AND " + w.condition(c)
	r := a.reading()
	r.words = false // they are among the conditions
	text := once + r.render(s, len(w.args), "", func(r reading, s sorting, rest, orderBy string) string {
		return q.render(r, s, where+rest, orderBy)
	})
	args, err := statement{parse: s.parse}.paged(a.page, w.args)
	return text, args, err
}

// queryWriter writes the SQL of a condition from fixed parts. What the client wrote is in parameters alone.
type queryWriter struct {
	fields map[string]queryField
	args   []any
}

func (w *queryWriter) bind(v any, typ string) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d::%s", len(w.args), typ)
}

func (w *queryWriter) condition(c *commerce.Condition) string {
	parts := make([]string, len(c.Of))
	for i, one := range c.Of {
		parts[i] = w.condition(one)
	}
	switch c.Join {
	case commerce.JoinAll:
		return "(" + strings.Join(parts, " AND ") + ")"
	case commerce.JoinAny:
		return "(" + strings.Join(parts, " OR ") + ")"
	case commerce.JoinNot:
		return "NOT " + parts[0]
	}
	f := w.fields[c.Term.Field]
	compared := w.term(f, c.Term)
	if f.from != "" {
		return "EXISTS (SELECT 1 FROM " + f.from + " AND " + compared + ")"
	}
	return "(" + compared + ")"
}

func (w *queryWriter) term(f queryField, t commerce.Term) string {
	operator := t.Compare
	if operator == "" {
		operator = "="
	}
	switch {
	case t.Field == wordField && t.Prefix: // of any word
		return `' ' || ` + f.expr + ` ILIKE ` + w.bind("% "+pattern(t.Value)+"%", "text")
	case t.Field == wordField, f.typ == commerce.QueryTitle && !t.Prefix:
		return f.expr + ` ILIKE ` + w.bind("%"+pattern(t.Value)+"%", "text")
	case t.Prefix:
		return f.expr + ` <> '' AND ` + f.expr + ` ILIKE ` + w.bind(pattern(t.Value)+"%", "text")
	}
	switch f.typ {
	case commerce.QueryInt:
		return f.expr + " " + operator + " " + w.bind(t.Value, "bigint")
	case commerce.QueryDecimal:
		return f.expr + " " + operator + " " + w.bind(t.Value, "numeric") + " * " + w.minorUnits()
	case commerce.QueryTime:
		return w.time(f.expr, t)
	case commerce.QueryStatus:
		return f.expr + " = " + w.bind(t.Value, "text")
	case commerce.QueryText, commerce.QueryTitle:
	}
	return "lower(" + f.expr + ") = lower(" + w.bind(searchable(t.Value), "text") + ")"
}

// minorUnits is how many minor units the currency of store s has.
func (w *queryWriter) minorUnits() string {
	itself := func(code string) string { return code }
	return "CASE WHEN s.currency = ANY(" + w.bind(texts(commerce.CurrenciesOf(0), itself), "text[]") + ") THEN 1 WHEN s.currency = ANY(" +
		w.bind(texts(commerce.CurrenciesOf(3), itself), "text[]") + ") THEN 1000 ELSE 100 END"
}

// time compares with a day or a moment: what is after a day is after its end.
func (w *queryWriter) time(expr string, t commerce.Term) string {
	from, to, _ := t.Span()
	moment := from.Equal(to)
	switch {
	case t.Compare == "" && moment:
		return expr + " = " + w.bind(from, "timestamptz")
	case t.Compare == "":
		return expr + " >= " + w.bind(from, "timestamptz") + " AND " + expr + " < " + w.bind(to, "timestamptz")
	case t.Compare == ">" && !moment:
		return expr + " >= " + w.bind(to, "timestamptz")
	case t.Compare == "<=" && !moment:
		return expr + " < " + w.bind(to, "timestamptz")
	}
	return expr + " " + t.Compare + " " + w.bind(from, "timestamptz")
}
