package graph_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/graph"
)

const storeName = `{"query":"{ store(handle: \"corner\") { name } }"}`

func TestPost(t *testing.T) {
	t.Parallel()
	b := setup(t, &world{}, graph.Options{})
	const secret = "hunter2"
	for _, c := range []struct {
		name, body string
		header     []string
		status     int
		code, says string
	}{
		{name: "a query", body: storeName, status: 200},
		{name: "in UTF-8", body: storeName, header: []string{"Content-Type", "application/json; charset=UTF-8"}, status: 200},
		{name: "with nulls", body: `{"query":"{__typename}","variables":null,"operationName":null,"extensions":null}`, status: 200},
		{name: "with what nobody knows", body: `{"query":"{__typename}","token":"hunter2","extensions":{"a":1}}`, status: 200},
		{name: "not JSON", body: "query=" + secret, status: 400, code: "BAD_USER_INPUT", says: "The body is not JSON."},
		{name: "nothing", body: "", status: 400, code: "BAD_USER_INPUT", says: "The body is not JSON."},
		{name: "half of it", body: `{"query":"hunter2`, status: 400, code: "BAD_USER_INPUT", says: "The body is not JSON."},
		{name: "more than one", body: storeName + storeName, status: 400, code: "BAD_USER_INPUT", says: "The body is not JSON."},
		{name: "a bracket too many", body: storeName + "}", status: 400, code: "BAD_USER_INPUT", says: "The body is not JSON."},
		{name: "a batch", body: "[" + storeName + "]", status: 400, code: "BAD_USER_INPUT", says: "The body must be a single JSON object."},
		{name: "null", body: "null", status: 400, code: "BAD_USER_INPUT", says: `The request has no "query".`},
		{name: "without a query", body: `{"variables":{"a":"hunter2"}}`, status: 400, code: "BAD_USER_INPUT", says: `The request has no "query".`},
		{name: "another type of query", body: `{"query":{"hunter2":1}}`, status: 400, code: "BAD_USER_INPUT", says: `"query" has the wrong type`},
		{name: "another type of variables", body: `{"query":"{a}","variables":["hunter2"]}`, status: 400, code: "BAD_USER_INPUT", says: `"variables" has the wrong type`},
		{name: "a form", body: "query=x", header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 415, code: "BAD_USER_INPUT", says: "application/json"},
		{name: "text", body: storeName, header: []string{"Content-Type", "text/plain"}, status: 415, code: "BAD_USER_INPUT", says: "application/json"},
		{name: "no type", body: storeName, header: []string{"Content-Type", ""}, status: 415, code: "BAD_USER_INPUT", says: "application/json"},
		{name: "other letters", body: storeName, header: []string{"Content-Type", "application/json; charset=latin1"}, status: 415, code: "BAD_USER_INPUT", says: "UTF-8"},
		{name: "too large", body: `{"query":"{a}","variables":{"a":"` + strings.Repeat("x", 256<<10) + `"}}`, status: 413, code: "BAD_USER_INPUT", says: "The body is too large."},
		{name: "wants a page", body: storeName, header: []string{"Accept", "text/html"}, status: 406, code: "BAD_USER_INPUT", says: "Accept application/json"},
		{name: "does not parse", body: `{"query":"{"}`, status: 200, code: "GRAPHQL_PARSE_FAILED", says: "Expected Name"},
		{name: "is not valid", body: `{"query":"{ hunter }"}`, status: 200, code: "GRAPHQL_VALIDATION_FAILED", says: `Cannot query field "hunter" on type "Query".`},
		{name: "no such operation", body: `{"query":"query A {__typename}","operationName":"B"}`, status: 200, code: "GRAPHQL_VALIDATION_FAILED", says: "operation B not found"},
		{
			name: "is not valid, to a client that reads the status", body: `{"query":"{ hunter }"}`, header: []string{"Accept", "application/graphql-response+json"},
			status: 400, code: "GRAPHQL_VALIDATION_FAILED", says: "Cannot query field",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, a := b.post(t, c.body, c.header...)
			require.Equal(t, c.status, w.Code)
			require.NotContains(t, w.Body.String(), secret)
			if c.code == "" {
				require.Empty(t, a.Errors)
				require.NotEmpty(t, a.Data)
				return
			}
			require.Len(t, a.Errors, 1)
			require.Equal(t, c.code, a.Errors[0].Extensions["code"])
			require.Contains(t, a.Errors[0].Message, c.says)
			require.NotContains(t, w.Body.String(), `"data"`)
		})
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	b := setup(t, &world{}, graph.Options{})
	get := func(query url.Values) string { return "/graphql?" + query.Encode() }
	for _, c := range []struct {
		method, target string
		status         int
		says           string
	}{
		{"GET", get(url.Values{"query": {`query Q($h: String) { store(handle: $h) { name } }`}, "variables": {`{"h":"corner"}`}, "operationName": {"Q"}}), 200, `{"data":{"store":{"name":"Corner"}}}`},
		{"GET", get(url.Values{"query": {"{"}}), 200, "GRAPHQL_PARSE_FAILED"},
		{"GET", get(url.Values{"query": {"{__typename}"}, "variables": {"[1]"}}), 400, "The parameter variables is not a JSON object."},
		{"GET", get(url.Values{"query": {"{__typename}"}, "extensions": {"hunter2"}}), 400, "The parameter extensions is not a JSON object."},
		{"GET", get(url.Values{"query": {"\xff"}}), 400, "The query is not UTF-8."},
		{"GET", "/graphql?query=%zz", 400, "not encoded"},
		{"GET", "/graphql", 400, "The request has no"},
		{"GET", get(url.Values{"query": {"mutation { __typename }"}}), 200, "GRAPHQL_VALIDATION_FAILED"},
		{"DELETE", "/graphql", 405, "with POST"},
		{"HEAD", "/graphql", 405, ""},
		{"OPTIONS", "/graphql", 204, ""},
	} {
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), c.method, c.target, nil))
		require.Equal(t, c.status, w.Code, c.target)
		require.Contains(t, w.Body.String(), c.says)
		require.NotContains(t, w.Body.String(), "hunter2")
		if c.status == http.StatusMethodNotAllowed || c.method == "OPTIONS" {
			require.Equal(t, "GET, OPTIONS, POST", w.Header().Get("Allow"))
		}
	}
}

func TestNegotiation(t *testing.T) {
	t.Parallel()
	b := setup(t, &world{}, graph.Options{})
	for accept, want := range map[string]string{
		"":                                  "application/json",
		"*/*":                               "application/json",
		"text/html, application/*;q=0.5":    "application/json",
		"application/json":                  "application/json",
		"application/graphql-response+json": "application/graphql-response+json",
		"application/graphql-response+json, application/json;q=0.9": "application/graphql-response+json",
		"application/graphql-response+json;q=0.5, application/json": "application/json",
		"application/graphql-response+json;q=0, */*;q=0.1":          "application/json",
		"nonsense;;;, application/graphql-response+json":            "application/graphql-response+json",
	} {
		w, _ := b.post(t, storeName, "Accept", accept)
		require.Equal(t, 200, w.Code, accept)
		require.Equal(t, want+"; charset=utf-8", w.Header().Get("Content-Type"), accept)
		require.Equal(t, "Accept", w.Header().Get("Vary"))
	}
}

func TestNothingIsLoadedForRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t, &world{}, graph.Options{Limits: graph.Limits{Cost: 10}})
	b.ask(t, "{", "")
	b.ask(t, "{ nothing }", "")
	b.ask(t, `query($n: Int!) { stores(first: $n) { nodes { id } } }`, "")
	b.ask(t, `{ stores(first: 100) { nodes { id } } }`, "")
	require.Zero(t, *b.responses)
	b.ask(t, `{ a: store(handle: "corner") { id } b: store(handle: "none") { id } }`, "")
	require.Equal(t, 1, *b.responses)
}

// TestGone is about requests that ended before their execution began.
func TestGone(t *testing.T) {
	t.Parallel()
	b := setup(t, &world{}, graph.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w, a := b.send(t, postRequest(t, storeName).WithContext(ctx))
	require.Equal(t, 503, w.Code)
	require.Equal(t, "The request took too long.", a.Errors[0].Message)
	require.Equal(t, map[string]any{"code": "UNAVAILABLE", "requestId": "id-1"}, a.Errors[0].Extensions)
}

// FuzzDocument sends any document and variables, which reach the parser, the limits and the resolvers more often than
// those in a whole body that is made up.
func FuzzDocument(f *testing.F) {
	for _, example := range graph.Examples() {
		f.Add(example, "{}")
	}
	f.Add(`query($f: [ProductFilter!], $n: Int, $s: SearchSortKeys) { store(handle: "corner") { search(query: "a", first: $n, productFilters: $f, sortKey: $s) { totalCount } } }`,
		`{"f":{"price":{"min":1e3}},"n":1,"s":"price"}`)
	f.Add(`query($i: [ID!]!, $b: Boolean = true) { nodes(ids: $i) @include(if: $b) { ... on Product { title @skip(if: $b) } __typename } }`, `{"i":["gid://kirana/Product/1/1",2,null]}`)
	f.Add("{ ...A ...B } fragment A on Query { ...B } fragment B on Query { ...A }", "{}")
	f.Add("query A { __typename } query B { __typename }", "{}")
	f.Add("subscription { a }", "{}")
	b := setup(f, &world{}, graph.Options{Introspection: true})
	f.Fuzz(func(t *testing.T, query, variables string) {
		text, err := json.Marshal(query)
		require.NoError(t, err)
		_, a := b.post(t, `{"query":`+string(text)+`,"variables":`+variables+`}`)
		for _, e := range a.Errors {
			require.NotContains(t, []any{"INTERNAL", "UNAVAILABLE"}, e.Extensions["code"], "%s: %s", query, b.log.String())
		}
	})
}

// FuzzBody sends any body: nothing in it may make the server fail, and the answer is always GraphQL's own.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		storeName, "", "{", "[]", `{"query":1}`, `{"query":"{","variables":{"a":[null,{"b":1e999}]}}`,
		`{"query":"query($f:[ProductFilter!],$n:Int){store(handle:\"corner\"){search(query:\"a\",first:$n,productFilters:$f){totalCount}}}","variables":{"f":{"price":{"min":1e3}},"n":"1"}}`,
		`{"query":"{stores(first:99999999999999999999){nodes{id}}}"}`, `{"query":"{node(id:\"gid://kirana/Product/1/1\"){...on Product{title}}}"}`,
		`{"query":"{...A} fragment A on Query{...A}"}`, `{"query":"{store(handle:\"\\u0000\"){id}}"}`, `{"query":"{__schema{types{name}}}"}`,
		`{"query":"query($i:ID!){node(id:$i){id}}","variables":{"i":1.5}}`, `{"query":"{stores(first:1)@skip(if:$x){nodes{id}}}"}`,
	} {
		f.Add(seed)
	}
	b := setup(f, &world{}, graph.Options{Introspection: true})
	f.Fuzz(func(t *testing.T, body string) {
		w, a := b.post(t, body)
		require.Contains(t, []int{200, 400}, w.Code)
		for _, e := range a.Errors {
			require.NotContains(t, []any{"INTERNAL", "UNAVAILABLE"}, e.Extensions["code"], "%s: %s", body, b.log.String())
		}
	})
}
