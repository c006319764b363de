package search

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

const fieldScore = "_score"

// sortField is one field of an order, in the direction in which the request reads.
type sortField struct {
	name string
	desc bool
}

func (f sortField) direction() string {
	if f.desc {
		return "desc"
	}
	return "asc"
}

// checkedFields is the order of a search that can be answered. Code BAD_USER_INPUT.
func checkedFields(q commerce.SearchQuery) ([]sortField, error) {
	if len(q.Text) > commerce.MaxSearchText {
		return nil, commerce.BadInput("query", "the text is longer than %d bytes.", commerce.MaxSearchText)
	}
	return sortFields(q)
}

// sortFields is the order in which a request reads its page. The last field is the product's id, which makes every
// order total. Available products come first whatever the direction of the order; paging backwards turns all of it.
func sortFields(q commerce.SearchQuery) ([]sortField, error) {
	fields, err := orderFields(q)
	if err != nil {
		return nil, err
	}
	if q.Page.Reverse {
		turn(fields)
	}
	if q.Unavailable == commerce.UnavailableLast {
		fields = append([]sortField{{fieldAvailable, true}}, fields...)
	}
	if q.Page.Backward {
		turn(fields)
	}
	return fields, nil
}

// orderFields is an order in its own direction. Without a text all products are as relevant, unless a rule says otherwise: then the newest
// come first.
func orderFields(q commerce.SearchQuery) ([]sortField, error) {
	switch q.Page.Key {
	case commerce.SearchSortRelevance:
		if searchText(q) == "" {
			return []sortField{{fieldScore, true}, {fieldCreatedAt, true}, {fieldProduct, true}}, nil
		}
		return []sortField{{fieldScore, true}, {fieldProduct, false}}, nil
	case commerce.SearchSortPrice:
		return []sortField{{fieldPriceMin, false}, {fieldProduct, false}}, nil
	case commerce.SearchSortTitle:
		return []sortField{{fieldTitleSort, false}, {fieldProduct, false}}, nil
	case commerce.SearchSortCreatedAt:
		return []sortField{{fieldCreatedAt, false}, {fieldProduct, false}}, nil
	case commerce.SearchSortBestSelling: // turned round as in the lists of products: of what sells as well, the newest first
		return []sortField{{fieldPopularity, true}, {fieldProduct, true}}, nil
	default: // orders of other lists
	}
	return nil, commerce.BadInput("sortKey", "%q is no order of search results.", q.Page.Key)
}

func turn(fields []sortField) {
	for i := range fields {
		fields[i].desc = !fields[i].desc
	}
}

func sortClause(fields []sortField) list {
	clause := make(list, len(fields))
	for i, f := range fields {
		direction := f.direction()
		clause[i] = object{f.name: direction}
		if f.name == fieldPopularity { // an index of an older definition has none
			clause[i] = object{f.name: object{"order": direction, "unmapped_type": "long"}}
		}
	}
	return clause
}

// layout names what a cursor's values mean. A cursor of another layout (of an order that went by other fields, in an
// earlier program or for another text) is refused rather than misread.
func layout(fields []sortField) string {
	names := make([]string, len(fields)-1)
	for i := range names {
		names[i] = fields[i].name
	}
	return strings.Join(names, ",")
}

// cursorValue renders the sort values of a hit, all but the id, as a JSON array that begins with their layout.
func cursorValue(layout string, values []json.RawMessage) string {
	b := append(make([]byte, 0, 64), '[')
	b = appendString(b, layout)
	for _, v := range values {
		b = append(append(b, ','), v...)
	}
	return string(append(b, ']'))
}

// searchAfter turns a cursor back into the sort values to go on from, and the walk that it is on. Only values the engine accepts get through.
// Code BAD_USER_INPUT.
func searchAfter(q commerce.SearchQuery, fields []sortField, key []byte) (list, walk, error) {
	argument := "after"
	if q.Page.Backward {
		argument = "before"
	}
	decoder := json.NewDecoder(strings.NewReader(q.Page.Bound.Value))
	decoder.UseNumber()
	after, ok := cursorValues(decoder, fields)
	var w walk
	if ok && walked(q) {
		w, ok = readWalk(q, key, decoder)
	}
	if !ok || decoder.More() {
		return nil, w, commerce.BadInput(argument, "this is not a cursor of this search. Use an endCursor or startCursor of the same query in the same order.")
	}
	return append(after, q.Page.Bound.ID), w, nil
}

func cursorValues(from *json.Decoder, fields []sortField) (list, bool) {
	var parts []any
	if from.Decode(&parts) != nil || len(parts) != len(fields) || parts[0] != layout(fields) {
		return nil, false
	}
	for i, part := range parts[1:] {
		if !sortable(fields[i].name, part) {
			return nil, false
		}
	}
	return parts[1:], true
}

// sortable reports whether the engine can compare a field with the value.
func sortable(field string, value any) bool {
	if field == fieldTitleSort {
		_, ok := value.(string)
		return ok
	}
	number, ok := value.(json.Number)
	if !ok {
		return false
	}
	if field == fieldScore {
		_, err := strconv.ParseFloat(number.String(), 32)
		return err == nil
	}
	_, err := strconv.ParseInt(number.String(), 10, 64)
	return err == nil
}
