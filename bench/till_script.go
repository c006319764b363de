package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lib/pq"
)

// varying is what is another in every run of a transaction: what was heard in its place, and how a script has it.
type varying struct {
	heard string
	// text is an expression of SQL for it as text. number is one for it as a number, where it is one.
	text, number string
}

// transactionScript writes a transaction that was heard as pgbench runs it over and over, each time with other values in the places of
// those that vary. Every parameter has the type that Postgres found for it, so that the statements mean what they meant.
type transactionScript struct {
	vary      []varying
	names     *regexp.Regexp
	text      strings.Builder
	variables []string
}

func newTransactionScript(head string, vary []varying) *transactionScript {
	quoted := make([]string, len(vary))
	for i, v := range vary {
		quoted[i] = regexp.QuoteMeta(v.heard)
	}
	t := &transactionScript{vary: vary, names: regexp.MustCompile(strings.Join(quoted, "|"))}
	t.text.WriteString(head)
	return t
}

// add appends a statement. end is what ends it: a semicolon, or where pgbench is to keep what it answers.
func (t *transactionScript) add(n int, s statement, types []string, end string) {
	t.text.WriteString(placeholder.ReplaceAllStringFunc(strings.TrimSpace(s.text), func(p string) string {
		i, err := strconv.Atoi(p[1:])
		if err != nil || i > len(s.parameters) {
			return p
		}
		if s.null[i-1] {
			return "NULL::" + types[i-1]
		}
		return t.expression(fmt.Sprintf("s%dp%d", n, i), s.parameters[i-1], types[i-1])
	}) + end + "\n")
}

// expression is a parameter's value in SQL, with what varies in it. The rest is variables, whatever is in it.
func (t *transactionScript) expression(name, value, kind string) string {
	for _, v := range t.vary {
		if v.heard == value && v.number != "" && kind == "int8" {
			return v.number + "::int8"
		}
	}
	var parts []string
	literal := func(text string) {
		if text == "" { // which no variable of pgbench can be
			return
		}
		part := fmt.Sprintf("%sx%d", name, len(parts))
		t.define(part, text)
		parts = append(parts, ":"+part+"::text")
	}
	at := 0
	for _, found := range t.names.FindAllStringIndex(value, -1) {
		literal(value[at:found[0]])
		for _, v := range t.vary {
			if v.heard == value[found[0]:found[1]] {
				parts = append(parts, v.text)
			}
		}
		at = found[1]
	}
	literal(value[at:])
	if len(parts) == 0 {
		parts = []string{"''"}
	}
	return "(" + strings.Join(parts, " || ") + ")::" + kind
}

// define gives a variable its value, once however often its parameter stands in a statement.
func (t *transactionScript) define(name, value string) {
	definition := name + "=" + value
	if !slices.Contains(t.variables, definition) {
		t.variables = append(t.variables, "-D", definition)
	}
}

// parameterTypes are the types that Postgres finds for the parameters of a statement.
func parameterTypes(ctx context.Context, conn *sql.Conn, s statement) (types []string, err error) {
	if len(s.parameters) == 0 {
		return nil, nil
	}
	if _, err := conn.ExecContext(ctx, "PREPARE heard AS "+s.text); err != nil {
		return nil, fmt.Errorf("prepare what was heard: %w: %s", err, s.text)
	}
	err = conn.QueryRowContext(ctx, `
SELECT array_agg(t.typname ORDER BY p.n) FROM pg_prepared_statements s, unnest(s.parameter_types::oid[]) WITH ORDINALITY AS p (type, n)
JOIN pg_type t ON t.oid = p.type WHERE s.name = 'heard'`).Scan((*pq.StringArray)(&types))
	if err == nil && len(types) != len(s.parameters) {
		err = fmt.Errorf("%d types of %d parameters: %s", len(types), len(s.parameters), s.text)
	}
	_, endErr := conn.ExecContext(ctx, "DEALLOCATE heard")
	return types, errors.Join(err, endErr)
}

// transactionOf is the transaction among statements in which one of them contains a text. Other connections may have spoken meanwhile.
func transactionOf(statements []statement, with string) ([]statement, error) {
	at := slices.IndexFunc(statements, func(s statement) bool { return strings.Contains(s.text, with) })
	if at < 0 {
		return nil, fmt.Errorf("no statement with %s was heard", with)
	}
	session, begun, transaction := statements[at].session, false, []statement(nil)
	for i, s := range statements {
		word := strings.ToUpper(strings.TrimSpace(s.text))
		switch {
		case s.session != session:
			continue
		case strings.HasPrefix(word, "BEGIN"):
			begun, transaction = true, nil
		}
		transaction = append(transaction, s)
		if begun && i > at && strings.HasPrefix(word, "COMMIT") {
			return transaction, nil
		}
	}
	return nil, fmt.Errorf("no transaction with %s was heard", with)
}
