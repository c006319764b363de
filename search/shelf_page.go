package search

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
)

// sortValue is one value that products are sorted by: each field uses one part.
type sortValue struct {
	whole  int64
	number float64
	text   string
}

func (v sortValue) compare(other sortValue) int {
	return cmp.Or(cmp.Compare(v.whole, other.whole), cmp.Compare(v.number, other.number), cmp.Compare(v.text, other.text))
}

// page is the hits of the query's page in order, and one more.
func (v *shelfView) page(fields []sortField) ([]shelfHit, error) {
	hits := v.hits
	if v.q.Page.Bounded {
		after, _, err := searchAfter(v.q, fields, nil)
		if err != nil {
			return nil, err
		}
		bound := sortValues(after, fields)
		hits = slices.DeleteFunc(slices.Clone(hits), func(h shelfHit) bool {
			return compareHit(h, bound, fields) <= 0
		})
	}
	slices.SortFunc(hits, func(a, b shelfHit) int {
		for _, f := range fields {
			if c := directed(a.value(f.name).compare(b.value(f.name)), f); c != 0 {
				return c
			}
		}
		return 0
	})
	return hits[:min(len(hits), v.q.Page.Limit+1)], nil
}

func directed(order int, f sortField) int {
	if f.desc {
		return -order
	}
	return order
}

func compareHit(h shelfHit, bound []sortValue, fields []sortField) int {
	for i, f := range fields {
		if c := directed(h.value(f.name).compare(bound[i]), f); c != 0 {
			return c
		}
	}
	return 0
}

// sortValues reads what searchAfter has let through.
func sortValues(after list, fields []sortField) []sortValue {
	values := make([]sortValue, len(fields))
	for i, f := range fields {
		switch v := after[i].(type) {
		case string:
			values[i].text = v
		case int64:
			values[i].whole = v
		case json.Number:
			values[i] = sortNumber(v, f)
		}
	}
	return values
}

func sortNumber(n json.Number, f sortField) sortValue {
	if f.name == fieldScore {
		score, _ := strconv.ParseFloat(n.String(), 32) // sortable has tried
		return sortValue{number: score}
	}
	whole, _ := strconv.ParseInt(n.String(), 10, 64)
	return sortValue{whole: whole}
}
