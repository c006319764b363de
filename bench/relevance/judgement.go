package relevance

import (
	"bufio"
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

//go:embed judgements.txt
var judgements string

// Query is what a shopper types, and the products that are good answers to it.
type Query struct {
	Store  commerce.StoreID
	Text   string
	Grades map[commerce.ProductID]int // 1 to 3; what is missing is no answer
}

// Judged reads the judged queries on the shipped catalogues.
func Judged(shipped Catalogue) ([]Query, error) {
	var queries []Query
	lines := bufio.NewScanner(strings.NewReader(judgements))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		var err error
		switch {
		case line == "" || line[0] == '#':
		case line[0] >= '0' && line[0] <= '9' && len(queries) > 0:
			err = queries[len(queries)-1].grade(shipped, line)
		default:
			queries, err = appendQuery(queries, shipped, line)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d of the judgements: %w", n, err)
		}
	}
	return queries, lines.Err()
}

func appendQuery(queries []Query, shipped Catalogue, line string) ([]Query, error) {
	store, rest, _ := strings.Cut(line, ": ")
	text, intent, ok := strings.Cut(rest, " — ")
	id := shipped.stores[store]
	if !ok || intent == "" || id == 0 {
		return nil, fmt.Errorf("%q is not of the form store: text — intent", line)
	}
	return append(queries, Query{Store: id, Text: text, Grades: map[commerce.ProductID]int{}}), nil
}

// grade adds a line of "grade handle …: why".
func (q *Query) grade(shipped Catalogue, line string) error {
	judged, why, _ := strings.Cut(line, ": ")
	words := strings.Fields(judged)
	grade, err := strconv.Atoi(words[0])
	if err != nil || grade < 1 || grade > best || why == "" || len(words) < 2 {
		return fmt.Errorf("%q is not of the form grade handle …: why", line)
	}
	for _, handle := range words[1:] {
		ref, ok := shipped.handles[handleKey{q.Store, handle}]
		if !ok {
			return fmt.Errorf("no published product %s in the store of %q", handle, q.Text)
		}
		if q.Grades[ref] != 0 {
			return fmt.Errorf("%s is judged twice for %q", handle, q.Text)
		}
		q.Grades[ref] = grade
	}
	return nil
}
