package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/graph"
	"github.com/kirana-commerce/kirana/internal/config"
)

// clicked is an event of somebody who has opened a product.
func clicked(product, text string, position int) object {
	return object{"kind": "CLICK", "text": text, "productId": product, "position": position}
}

const analysed = `query($from: Date!, $to: Date!) { store { searchAnalytics(from: $from, to: $to) {
	searches zeroResults clicks cartAdds orders clickThroughRate averageClickPosition
	missed: texts(first: 1, sortKey: ZERO_RESULTS) { totalCount nodes { text zeroResults } }
	texts(first: 10) { totalCount nodes { text searches zeroResults clicks cartAdds orders clickThroughRate averageClickPosition } }
} } }`

// lately are days around the present one.
func lately() object {
	day := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	return object{"from": day(-1), "to": day(1)}
}

// A merchant reads what buyers searched for, on the API and on the pages, and what they did with it.
func TestSearchAnalytics(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t, func(c *config.Config) { c.Search = config.SearchPostgres }), t}
	s.open("storePublish")
	buyer := s.as("").in(s.mine.store)
	search := func(document string) { require.Empty(t, buyer.ask(t, document, nil).codes()) }
	search(`{ search(query: " TEA ", first: 5) { nodes { __typename } } }`)
	search(`{ store { search(query: "tea", first: 5) { totalCount } } }`)
	search(`{ search(query: "Café  crème", first: 5) { nodes { __typename } } }`)
	search(`{ search(query: "asha@example.com", first: 5) { nodes { __typename } } }`)
	// What is no new search for a text.
	search(`{ search(query: "tea", last: 5) { nodes { __typename } } }`)
	search(`{ search(query: "tea", first: 0) { totalCount } }`)
	search(`{ search(query: "", first: 5) { nodes { __typename } } }`)
	search(`{ search(query: "tea", first: 5, productFilters: [{available: true}]) { nodes { __typename } } }`)
	search(`{ search(query: "tea", first: 5, types: [PAGE]) { nodes { __typename } } }`)
	search(`{ predictiveSearch(query: "te") { products { id } } }`)
	page := httptest.NewRecorder()
	s.handler.ServeHTTP(page, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/s/"+s.mine.store+"/search?q=tea", nil))
	require.Contains(t, page.Body.String(), "/p/tea")
	require.NoError(t, s.service.searches.Flush(t.Context()))

	tea := s.mine.products(t)[0]
	var payload struct{ Recorded int }
	events := []any{
		clicked(tea, "Tea", 2), clicked(tea, "tea", 1),
		object{"kind": "CART_ADD", "text": "tea", "productId": tea},
		object{"kind": "ORDER", "text": "tea", "productId": tea, "position": 1},
		clicked(tea, "+91 98765 43210", 3),
	}
	buyer.run(t, "searchEventsRecord", object{"events": events}, "recorded", &payload)
	require.Equal(t, 5, payload.Recorded)

	require.JSONEq(t, `{"data":{"store":{"searchAnalytics":{
		"searches":5,"zeroResults":2,"clicks":3,"cartAdds":1,"orders":1,"clickThroughRate":0.6,"averageClickPosition":2,
		"missed":{"totalCount":1,"nodes":[{"text":"café crème","zeroResults":1}]},
		"texts":{"totalCount":2,"nodes":[
			{"text":"tea","searches":3,"zeroResults":0,"clicks":2,"cartAdds":1,"orders":1,"clickThroughRate":0.6666666666666666,"averageClickPosition":1.5},
			{"text":"café crème","searches":1,"zeroResults":1,"clicks":0,"cartAdds":0,"orders":0,"clickThroughRate":0,"averageClickPosition":null}]}}}}}`,
		s.mine.ask(t, analysed, lately()).text)
	require.JSONEq(t, `{"data":{"store":{"searchAnalytics":{
		"searches":0,"zeroResults":0,"clicks":0,"cartAdds":0,"orders":0,"clickThroughRate":null,"averageClickPosition":null,
		"missed":{"totalCount":0,"nodes":[]},"texts":{"totalCount":0,"nodes":[]}}}}}`, s.theirs.ask(t, analysed, lately()).text)
	for _, table := range []string{"search_days", "search_texts", "idempotency_keys"} {
		kept := s.cell(t, `SELECT coalesce(jsonb_agg(to_jsonb(x)), '[]')::text FROM `+table+` x`)
		require.NotContains(t, kept, "asha")
		require.NotContains(t, kept, "98765")
	}
	for _, who := range []client{buyer, s.theirs.in(s.mine.store), s.mine.key(t, "orders:read")} {
		require.NotContains(t, who.ask(t, analysed, lately()).text, "searches")
	}
	examples := graph.Examples()[1].Documents
	example := slices.IndexFunc(examples, func(text string) bool { return strings.Contains(text, "searchAnalytics {") })
	require.JSONEq(t, `{"store":{"searchAnalytics":{
		"searches":5,"zeroResults":2,"clickThroughRate":0.6,"missing":{"totalCount":1,"nodes":[{"text":"café crème","zeroResults":1}]},
		"texts":{"nodes":[{"text":"tea","searches":3,"clicks":2,"cartAdds":1,"orders":1,"averageClickPosition":1.5},
			{"text":"café crème","searches":1,"clicks":0,"cartAdds":0,"orders":0,"averageClickPosition":null}]}}}}`, data(t, s.mine.ask(t, examples[example], nil)))
	require.Equal(t, []string{"BAD_USER_INPUT"}, s.mine.ask(t, analysed, object{"from": "2026-01-02", "to": "2026-01-01"}).codes())
}

// A process that ends has counted all that it answered.
func TestSearchesAreCountedInTheEnd(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t, func(c *config.Config) { c.Search = config.SearchPostgres }), t}
	require.Empty(t, s.mine.ask(t, `{ search(query: "tea", first: 5) { nodes { __typename } } }`, nil).codes())
	require.Equal(t, "0", s.cell(t, `SELECT count(*)::text FROM search_texts`), "no search waits for a write")
	require.NoError(t, s.service.close())
	require.Equal(t, "tea 1", s.cell(t, `SELECT text || ' ' || searches FROM search_texts`))
}

// Everything that can be wrong with events, with path and code; and nothing is written.
func TestSearchEventRefusals(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	s.open("storePublish")
	buyer := s.as("").in(s.mine.store)
	tea, foreign := s.mine.products(t)[0], s.theirs.products(t)[0]
	gone := strings.TrimRight(tea, "0123456789") + "99"
	s.exec(t, `INSERT INTO products (store_id, handle, title, status) SELECT store_id, 'secret', 'Secret', 'DRAFT' FROM products WHERE id = 1`)
	draft := s.mine.products(t)[1]
	before := s.tables(t)
	good := clicked(tea, "tea", 1)
	for name, c := range map[string]struct {
		events []any
		want   []string
	}{
		"none":         {[]any{}, []string{"input.events BLANK"}},
		"too many":     {slices.Repeat([]any{good}, 101), []string{"input.events TOO_MANY"}},
		"blank":        {[]any{good, clicked(tea, " \t", 1)}, []string{"input.events.1.text BLANK"}},
		"too long":     {[]any{clicked(tea, strings.Repeat("x", 501), 1)}, []string{"input.events.0.text TOO_LONG"}},
		"foreign":      {[]any{good, good, clicked(foreign, "tea", 1)}, []string{"input.events.2.productId NOT_FOUND"}},
		"gone":         {[]any{good, clicked(gone, "tea", 1)}, []string{"input.events.1.productId NOT_FOUND"}},
		"draft":        {[]any{clicked(draft, "tea", 1), good}, []string{"input.events.0.productId NOT_FOUND"}},
		"no product":   {[]any{clicked("nonsense", "tea", 1)}, []string{"input.events.0.productId NOT_FOUND"}},
		"no position":  {[]any{object{"kind": "CLICK", "text": "tea", "productId": tea}}, []string{"input.events.0.position BLANK"}},
		"position 0":   {[]any{clicked(tea, "tea", 0)}, []string{"input.events.0.position INVALID"}},
		"position far": {[]any{clicked(tea, "tea", 10_001)}, []string{"input.events.0.position INVALID"}},
		"several":      {[]any{clicked("", "", -1)}, []string{"input.events.0.text BLANK", "input.events.0.productId NOT_FOUND", "input.events.0.position INVALID"}},
	} {
		r := buyer.ask(t, mutationText("searchEventsRecord", "recorded"), input("events", c.events))
		require.Equal(t, c.want, r.refusals(t, "searchEventsRecord"), name)
		require.Contains(t, r.text, `"recorded":0`)
	}
	kind := object{"kind": "LOOK", "text": "tea", "productId": tea}
	require.NotEmpty(t, buyer.ask(t, mutationText("searchEventsRecord", ""), input("events", []any{kind})).codes(), "an unknown kind is none of the schema")
	require.Equal(t, before, s.tables(t))
}

// An address that sends too much to a store waits; others do not, nor does it in another store.
func TestSearchEventsAreThrottled(t *testing.T) {
	t.Parallel()
	s := trial{newStocked(t), t}
	s.open("storePublish")
	require.Empty(t, s.theirs.ask(t, `mutation { storePublish { userErrors { code } } }`, nil).codes())
	flood := s.as("").in(s.mine.store).from("203.0.113.9")
	record := func(c client, product string) []string {
		return c.ask(t, mutationText("searchEventsRecord", ""), input("events", []any{clicked(product, "tea", 1)})).codes()
	}
	tea, theirs := s.mine.products(t)[0], s.theirs.products(t)[0]
	require.Empty(t, record(flood, tea))
	require.Equal(t, "2", s.cell(t, `SELECT count(*)::text FROM sign_in_throttles WHERE failures = 1 AND blocked_until = '-infinity' AND failed_at > now() - interval '1 minute'
		AND forget_at < now() + interval '2 minutes'`), "the pair and the address")
	s.exec(t, `UPDATE sign_in_throttles SET failures = 300, forget_at = now() + interval '1 hour', failed_at = now() + interval '1 hour' WHERE failures = 1`)
	require.Empty(t, record(flood, tea), "the last that passes")
	require.Equal(t, []string{"THROTTLED"}, record(flood, tea))
	require.Empty(t, record(flood.from("203.0.113.10"), tea), "another address")
	require.Empty(t, record(flood.in(s.theirs.store), theirs), "another store")
}
