package cdc

import "strconv"

// Relation is a published table as it was when the changes that follow it were made.
type Relation struct {
	ID        uint32 // the table's object id in the database
	Namespace string // schema; empty for pg_catalog
	Name      string
	Columns   []Column // the published columns only, in table order
}

// Column is a published column of a [Relation].
type Column struct {
	Name string
	Key  bool   // part of the replica identity
	OID  uint32 // object id of the data type
}

// Index is the place of the named column in Columns and in every tuple of the relation, or -1 when it is not published.
func (r *Relation) Index(name string) int {
	for i := range r.Columns {
		if r.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// Tuple is one version of a row: for every published column a text, a null, or the mark that a large value did not
// change and was not sent. The zero Tuple is the absent row. Its memory is valid only during the handler's call.
// Every accessor takes any index; outside the row there is nothing, so the -1 of [Relation.Index] needs no check.
type Tuple struct {
	values []value
}

type value struct {
	data []byte
	kind valueKind
}

type valueKind byte

// The numbers are the protocol's own marks, so decoding needs no translation.
const (
	kindNull      valueKind = 'n'
	kindUnchanged valueKind = 'u'
	kindText      valueKind = 't'
)

// Len is the number of columns, 0 for an absent row.
func (t Tuple) Len() int { return len(t.values) }

// Text is column i as the server's text output, UTF-8; false when it is null, unchanged or not there.
func (t Tuple) Text(i int) ([]byte, bool) {
	if !t.is(i, kindText) {
		return nil, false
	}
	return t.values[i].data, true
}

// Int64 is column i as a whole number; false when it is null, unchanged, not there or not a 64-bit whole number.
func (t Tuple) Int64(i int) (int64, bool) {
	if !t.is(i, kindText) {
		return 0, false
	}
	n, err := strconv.ParseInt(string(t.values[i].data), 10, 64)
	return n, err == nil
}

// Null reports whether column i is null.
func (t Tuple) Null(i int) bool { return t.is(i, kindNull) }

// Unchanged reports whether column i holds a large (TOASTed) value that this UPDATE did not touch, so that the log does
// not carry it.
func (t Tuple) Unchanged(i int) bool { return t.is(i, kindUnchanged) }

func (t Tuple) is(i int, kind valueKind) bool {
	return i >= 0 && i < len(t.values) && t.values[i].kind == kind
}
