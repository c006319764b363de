package search

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// shapes are queries that together use every clause the builder knows.
func shapes() []commerce.SearchQuery {
	var all []commerce.SearchQuery
	for _, key := range []commerce.SortKey{
		commerce.SearchSortRelevance, commerce.SearchSortPrice, commerce.SearchSortTitle, commerce.SearchSortCreatedAt,
		commerce.SearchSortBestSelling,
	} {
		for _, mode := range []commerce.UnavailableMode{commerce.UnavailableShow, commerce.UnavailableLast, commerce.UnavailableHide} {
			for i := range 16 {
				q := commerce.SearchQuery{
					Store: commerce.StoreID(40 + i), Currency: "INR", Unavailable: mode, Prefix: i&1 > 0, WantFacets: i&2 > 0, WantTotal: i&4 > 0,
					Page: commerce.FirstPage(i, commerce.Ordering{Key: key, Reverse: i&1 > 0}),
				}
				q.Page.Backward = i&2 > 0
				if i&4 > 0 {
					q.Text = "red shirt"
				}
				if i&8 > 0 {
					q.Selection = everySelection()
				}
				if i&3 == 3 {
					q.WantSpread = true
					q.Filters = &commerce.StoreSearchFacets{Metafields: []commerce.SearchMetafield{{Namespace: "custom", Key: "watts"}}}
				}
				if i&7 == 7 {
					q.Filters.Filters = []string{commerce.FilterTag, "filter.v.option.size", "filter.p.m.custom.watts"}
				}
				all = append(all, q)
			}
		}
	}
	return all
}

func everySelection() commerce.Selection {
	return commerce.Selection{
		Availability: []bool{true}, Prices: []commerce.PriceRange{{Min: 1, Max: 2}, {Min: 5, Max: 9}}, Vendors: []string{"Acme"},
		ProductTypes: []string{"Mug", "Cup"}, Tags: []string{"new"}, Collection: 3,
		Metafields: []commerce.MetafieldSelection{{Namespace: "custom", Key: "fabric", Values: []string{"Silk", "Cotton"}}},
		Options: []commerce.OptionSelection{
			{Name: "size", Values: []commerce.SelectedValue{{Key: "m", Label: "M"}, {Key: "l", Label: "L"}}},
			{Name: "colour", Values: []commerce.SelectedValue{{Key: "red", Label: "Red"}}},
		},
	}
}

// bodyOf is a request's body as the engine reads it.
func bodyOf(t require.TestingT, r request) map[string]any {
	var body map[string]any
	require.NoError(t, json.Unmarshal(encode(r.body), &body))
	return body
}

// tenancyFault says how a request could see another store than the given one, nil when it cannot.
func tenancyFault(store commerce.StoreID, routing string, body map[string]any) error {
	if routing != fmt.Sprint(int64(store)) {
		return fmt.Errorf("routing %q instead of the store's", routing)
	}
	want := map[string]any{"term": map[string]any{"store_id": fmt.Sprint(int64(store))}}
	query, _ := body["query"].(map[string]any)
	boolean, _ := query["bool"].(map[string]any)
	filters, _ := boolean["filter"].([]any)
	if !slices.ContainsFunc(filters, func(f any) bool { return fmt.Sprint(f) == fmt.Sprint(want) }) {
		return fmt.Errorf("no filter %v around the whole query", want)
	}
	for _, key := range keysOf(body) {
		switch key {
		case "global", "suggest", "rescore", "knn", "retriever", "indices_boost", "query_string", "simple_query_string", "script", "script_fields", "wrapper":
			return fmt.Errorf("%s looks beyond the query or interprets text", key)
		}
	}
	return nil
}

// keysOf is every key anywhere in a JSON value.
func keysOf(v any) []string {
	var keys []string
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			keys = append(append(keys, key), keysOf(inner)...)
		}
	case []any:
		for _, inner := range v {
			keys = append(keys, keysOf(inner)...)
		}
	}
	return keys
}

func TestEveryRequestStaysInItsStore(t *testing.T) {
	t.Parallel()
	for _, q := range shapes() {
		r, err := newRequest(q, noon, false)
		require.NoError(t, err)
		require.NoError(t, tenancyFault(q.Store, r.routing, bodyOf(t, r)), "%+v", q)
	}
}

// What is read for suggestions stays in the store, too, and sees only what buyers can.
func TestSuggestionsStayInTheirStore(t *testing.T) {
	t.Parallel()
	for _, q := range shapes() {
		for _, w := range typedWords(q) {
			probes := wordProbes(q, noon, 0, 0, w)
			require.Len(t, probes, 1+w.slips()+map[bool]int{true: 1}[w.last])
			for _, p := range probes {
				require.NoError(t, tenancyFault(q.Store, p.routing, bodyOf(t, p.request)), "%+v", q)
				require.Contains(t, fmt.Sprint(p.body), fieldPublishedAt)
			}
		}
		r, err := newRequest(retyped(q, "other"), noon, false)
		require.NoError(t, err)
		require.NoError(t, tenancyFault(q.Store, r.routing, bodyOf(t, r)), "%+v", q)
	}
}

// What is shown of a text that is being typed stays in the store, too.
func TestTiersStayInTheirStore(t *testing.T) {
	t.Parallel()
	for _, q := range shapes() {
		for _, clause := range tiers("red shirt") {
			r := newTier(q, noon, clause)
			require.NoError(t, tenancyFault(q.Store, r.routing, bodyOf(t, r)), "%+v", q)
			require.Contains(t, fmt.Sprint(r.body), fieldPublishedAt)
		}
	}
}

// TestTenancyFault shows that the check above can fail.
func TestTenancyFault(t *testing.T) {
	t.Parallel()
	q := shapes()[14]
	tests := []struct {
		name   string
		change func(*request)
		want   string
	}{
		{"no routing", func(r *request) { r.routing = "" }, "routing"},
		{"another store's routing", func(r *request) { r.routing = "1" }, "routing"},
		{"no query", func(r *request) { delete(r.body, "query") }, "no filter"},
		{"no store filter", func(r *request) { r.body["query"] = allOf(scope(q, noon)[1:]...) }, "no filter"},
		{"another store's filter", func(r *request) { r.body["query"] = allOf(term(fieldStore, "1")) }, "no filter"},
		{"one way of several", func(r *request) { r.body["query"] = anyOf(scope(q, noon)...) }, "no filter"},
		{"an aggregation over everything", func(r *request) { r.body["aggs"] = object{"all": object{"global": object{}}} }, "global"},
		{"query syntax", func(r *request) { r.body["post_filter"] = object{"query_string": object{"query": "x"}} }, "query_string"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := newRequest(q, noon, false)
			require.NoError(t, err)
			r.body = maps.Clone(r.body)
			tt.change(&r)
			require.ErrorContains(t, tenancyFault(q.Store, r.routing, bodyOf(t, r)), tt.want)
		})
	}
}

func TestOnlyWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, q := range shapes() {
		r, err := newRequest(q, noon, false)
		require.NoError(t, err)
		body := bodyOf(t, r)
		require.Equal(t, q.WantTotal, body["track_total_hits"])
		require.InDelta(t, q.Page.Limit+1, body["size"], 0)
		keys := keysOf(body)
		require.Equal(t, q.WantFacets, slices.Contains(keys, "aggs"))
		chosen := q.WantFacets && len(newConditions(q).except("")) > 0
		require.Equal(t, chosen, slices.Contains(keys, "post_filter"), "without facets the filters come first")
	}
}

func TestTooLongText(t *testing.T) {
	t.Parallel()
	q := shapes()[0]
	q.Text = strings.Repeat("a", commerce.MaxSearchText+1)
	_, err := newRequest(q, noon, false)
	require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err))
}

// FuzzText: no text of a shopper leaves its place in a request, whatever is in it.
func FuzzText(f *testing.F) {
	for _, text := range []string{"red shirt", "", " ", `"}},"query":{"match_all":{}}`, "\xff\x00", "काजू", "title:x OR *", "a\u2028b", "-.,"} {
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, prefix bool) {
		q := shapes()[14]
		q.Text, q.Prefix = text, prefix
		r, err := newRequest(q, noon, false)
		if len(text) > commerce.MaxSearchText {
			require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err))
			return
		}
		require.NoError(t, err)
		body := bodyOf(t, r)
		require.NoError(t, tenancyFault(q.Store, r.routing, body))
		q.Text = "plain words"
		if searchText(commerce.SearchQuery{Text: text}) == "" {
			q.Text = ""
		}
		plain, err := newRequest(q, noon, false)
		require.NoError(t, err)
		require.Subset(t, keysOf(bodyOf(t, plain)), keysOf(body), "a text made a clause of its own")
	})
}

// FuzzCursorValue: a cursor's value is refused or becomes as many sort values as the order has.
func FuzzCursorValue(f *testing.F) {
	for _, value := range []string{`["_score",1.5]`, `["price_min",7]`, `["title_sort","a"]`, `["available,created_at",1,-5]`, `[`, ``, `["price_min",1e99]`, `["_score",1e99]`, `{}`} {
		f.Add(value, int64(1), uint8(0))
		f.Add(value, int64(-1), uint8(14))
	}
	all := shapes()
	f.Fuzz(func(t *testing.T, value string, id int64, shape uint8) {
		q := all[int(shape)%len(all)]
		q.Page.Bounded, q.Page.Bound = true, commerce.Cursor{Ordering: q.Page.Ordering, Value: value, ID: id}
		r, err := newRequest(q, noon, false)
		if err != nil {
			require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err))
			return
		}
		require.Len(t, bodyOf(t, r)["search_after"], len(r.fields))
	})
}

// TestCursorsSurvive: what a hit's sort values become is what the next request starts from.
func TestCursorsSurvive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		q := rapid.SampledFrom(shapes()).Draw(rt, "query")
		fields, err := sortFields(q)
		require.NoError(rt, err)
		id := rapid.Int64().Draw(rt, "id")
		var values []json.RawMessage
		for _, f := range fields[:len(fields)-1] {
			values = append(values, drawSortValue(rt, f.name))
		}
		q.Page.Bounded = true
		q.Page.Bound = commerce.Cursor{Ordering: q.Page.Ordering, Value: cursorValue(layout(fields), values), ID: id}
		after, _, err := searchAfter(q, fields, nil)
		require.NoError(rt, err)
		want := append(slices.Clone(values), encode(id))
		require.JSONEq(rt, string(encode(want)), string(encode(after)))
	})
}

func drawSortValue(t *rapid.T, field string) json.RawMessage {
	switch field {
	case fieldTitleSort:
		return encode(rapid.String().Draw(t, "title"))
	case fieldScore:
		return encode(rapid.Float32().Draw(t, "score"))
	}
	return encode(rapid.Int64().Draw(t, "number"))
}
