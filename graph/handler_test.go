package graph_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"net/url"
	"strconv"
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
		{name: "no UTF-8", body: "{\"query\":\"{a}\",\"variables\":{\"a\":\"\xff\"}}", status: 400, code: "BAD_USER_INPUT", says: "The body is not UTF-8."},
		{name: "a document nobody knows", body: `{"documentId":"sha256:hunter2"}`, status: 200, code: "PERSISTED_QUERY_NOT_FOUND", says: "PersistedQueryNotFound"},
		{name: "a text and a document nobody knows", body: `{"documentId":"sha256:hunter2","query":"{__typename}"}`, status: 200, code: "PERSISTED_QUERY_NOT_FOUND", says: "PersistedQueryNotFound"},
		{name: "a hash nobody knows", body: `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"hunter2000000000000000000000000000000000000000000000000000000000"}}}`, status: 200, code: "PERSISTED_QUERY_NOT_FOUND", says: "PersistedQueryNotFound"},
		{name: "a text and the hash of another", body: `{"query":"{__typename}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"ac8fbd4c2fa1e3abd1d6ef0e5f6d4bf3ee2c0aab7f80b1b3c2ee21cc9b0eb23b"}}}`, status: 200, code: "BAD_USER_INPUT", says: "provided sha does not match query"},
		{name: "no hash", body: `{"extensions":{"persistedQuery":null}}`, status: 400, code: "BAD_USER_INPUT", says: `The request has no "query".`},
		{name: "another type of document", body: `{"documentId":7}`, status: 400, code: "BAD_USER_INPUT", says: `"documentId" has the wrong type`},
		{name: "another type of extensions", body: `{"query":"{a}","extensions":"hunter2"}`, status: 400, code: "BAD_USER_INPUT", says: `"extensions" has the wrong type`},
		{name: "another type of operation name", body: `{"query":"{a}","operationName":["hunter2"]}`, status: 400, code: "BAD_USER_INPUT", says: `"operationName" has the wrong type`},
		{name: "another type, and no JSON after it", body: `{"query":7,`, status: 400, code: "BAD_USER_INPUT", says: "The body is not JSON."},
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
	get := func(query url.Values) string { return "/graphql?" + query.Encode() }
	const hash = `{"persistedQuery":{"version":1,"sha256Hash":"hunter2000000000000000000000000000000000000000000000000000000000"}}`
	typename := get(url.Values{"query": {"{__typename}"}})
	other := []string{"Sec-Fetch-Site", "cross-site"}
	for _, c := range []struct {
		method, target string
		header         []string
		texts          bool // whether GET may carry them
		status         int
		says, allow    string
	}{
		{method: "GET", target: get(url.Values{"query": {`query Q($h: String) { store(handle: $h) { name } }`}, "variables": {`{"h":"corner"}`}, "operationName": {"Q"}}), texts: true, status: 200, says: `{"data":{"store":{"name":"Corner"}}}`},
		{method: "GET", target: get(url.Values{"query": {"{"}}), texts: true, status: 200, says: "GRAPHQL_PARSE_FAILED"},
		{method: "GET", target: get(url.Values{"query": {"{__typename}"}, "variables": {"[1]"}}), status: 400, says: "The parameter variables is not a JSON object."},
		{method: "GET", target: get(url.Values{"query": {"{__typename}"}, "variables": {`{"a":1}}`}}), status: 400, says: "The parameter variables is not a JSON object."},
		{method: "GET", target: get(url.Values{"query": {"{__typename}"}, "variables": {"{\"a\":\"\xff\"}"}}), status: 400, says: "The parameter variables is not a JSON object."},
		{method: "GET", target: get(url.Values{"query": {"{__typename}"}, "extensions": {"hunter2"}}), status: 400, says: "The parameter extensions is not a JSON object."},
		{method: "GET", target: get(url.Values{"query": {"\xff"}}), status: 400, says: "The query is not UTF-8."},
		{method: "GET", target: get(url.Values{"documentId": {"\xff"}}), status: 400, says: "The query is not UTF-8."},
		{method: "GET", target: "/graphql?query=%zz", status: 400, says: "not encoded"},
		{method: "GET", target: "/graphql", status: 400, says: "The request has no"},
		{method: "GET", target: get(url.Values{"query": {"mutation { __typename }"}}), texts: true, status: 405, says: "GET is for queries alone", allow: "POST"},
		{method: "GET", target: "/graphql?documentId=" + strings.Repeat("x", 8<<10), status: 414, says: "The address is too long"},
		// Who may send GET.
		{method: "GET", target: typename, status: 405, says: "Send this query with POST.", allow: "POST"},
		{method: "GET", target: typename, header: []string{"Kirana-Require-Preflight", "1"}, status: 405, says: "with POST", allow: "POST"},
		{method: "GET", target: get(url.Values{"query": {"{__typename}"}, "extensions": {hash}}), status: 405, says: "with POST", allow: "POST"},
		{method: "GET", target: get(url.Values{"documentId": {"hunter2"}}), header: other, status: 200, says: "PERSISTED_QUERY_NOT_FOUND"},
		{method: "GET", target: get(url.Values{"extensions": {hash}}), header: other, status: 200, says: "PERSISTED_QUERY_NOT_FOUND"},
		{method: "GET", target: typename, texts: true, status: 200, says: `"Query"`},
		{method: "GET", target: typename, texts: true, header: []string{"Sec-Fetch-Site", "same-origin"}, status: 200, says: `"Query"`},
		{method: "GET", target: typename, texts: true, header: []string{"Sec-Fetch-Site", "none"}, status: 200, says: `"Query"`},
		{method: "GET", target: typename, texts: true, header: other, status: 400, says: "Kirana-Require-Preflight"},
		{method: "GET", target: typename, texts: true, header: []string{"Sec-Fetch-Site", "same-site"}, status: 400, says: "Kirana-Require-Preflight"},
		{method: "GET", target: typename, texts: true, header: []string{"Origin", "http://example.com"}, status: 200, says: `"Query"`},
		{method: "GET", target: typename, texts: true, header: []string{"Origin", "https://friend.example"}, status: 200, says: `"Query"`},
		{method: "GET", target: typename, texts: true, header: []string{"Origin", "https://evil.example"}, status: 400, says: "Kirana-Require-Preflight"},
		{method: "GET", target: typename, texts: true, header: []string{"Origin", "null"}, status: 400, says: "Kirana-Require-Preflight"},
		{method: "GET", target: typename, texts: true, header: append(other, "Kirana-Require-Preflight", "1"), status: 200, says: `"Query"`},
		{method: "GET", target: typename, texts: true, header: append(other, "Apollo-Require-Preflight", "true"), status: 200, says: `"Query"`},
		{method: "GET", target: typename, texts: true, header: append(other, "X-Apollo-Operation-Name", "Q"), status: 200, says: `"Query"`},
		{method: "GET", target: typename, texts: true, header: append(other, "Content-Type", "application/json"), status: 200, says: `"Query"`},
		{method: "GET", target: typename, texts: true, header: append(other, "Content-Type", "text/plain"), status: 400, says: "Kirana-Require-Preflight"},
		{method: "DELETE", target: "/graphql", status: 405, says: "with POST", allow: "GET, OPTIONS, POST"},
		{method: "HEAD", target: "/graphql", status: 405, allow: "GET, OPTIONS, POST"},
		{method: "OPTIONS", target: "/graphql", status: 204, allow: "GET, OPTIONS, POST"},
	} {
		t.Run(c.method+" "+c.says, func(t *testing.T) {
			t.Parallel()
			b := setup(t, &world{}, graph.Options{GetQueries: c.texts, AllowOrigin: func(o string) bool { return o == "https://friend.example" }})
			r := httptest.NewRequestWithContext(t.Context(), c.method, c.target, nil)
			for i := 0; i < len(c.header); i += 2 {
				r.Header.Set(c.header[i], c.header[i+1])
			}
			w := httptest.NewRecorder()
			b.handler.ServeHTTP(w, r)
			require.Equal(t, c.status, w.Code, w.Body.String())
			require.Contains(t, w.Body.String(), c.says)
			require.NotContains(t, w.Body.String(), "hunter2")
			require.Equal(t, c.allow, w.Header().Get("Allow"))
		})
	}
}

func TestNegotiation(t *testing.T) {
	t.Parallel()
	b := setup(t, &world{}, graph.Options{})
	const plain, modern = "application/json", "application/graphql-response+json"
	for accept, want := range map[string]string{
		"":                                  plain,
		" ":                                 plain,
		"*/*":                               plain,
		"text/html, application/*;q=0.5":    plain,
		"application/json":                  plain,
		"APPLICATION/JSON":                  plain,
		"application/graphql-response+json": modern,
		"application/graphql-response+json, application/json;q=0.9":           modern,
		"application/graphql-response+json,application/json":                  modern,
		"application/json, application/graphql-response+json":                 plain,
		"application/graphql-response+json;q=0.5, application/json":           plain,
		"application/graphql-response+json;q=0, */*;q=0.1":                    plain,
		"application/json;q=0, */*;q=0.1":                                     modern,
		"*/*, application/json;q=0.2":                                         modern, // the closer range counts, not the larger number
		"application/*;q=0.1, */*, application/graphql-response+json;q=0.5":   modern,
		"*/*, application/graphql-response+json":                              modern,
		"application/json; charset=utf-8":                                     plain,
		`application/graphql-response+json; charset="UTF-8"; q=1.0`:           modern,
		"application/graphql-response+json; charset=latin1, application/json": plain,
		"nonsense;;;, application/graphql-response+json":                      modern,
		"application/json;q=abc, application/graphql-response+json;q=0.1":     modern,
		"text/html":                       "",
		"application/json;q=0":            "",
		"application/json;charset=latin1": "",
		"*/*;q=0":                         "",
		"application/json;q=NaN":          "",
	} {
		w, _ := b.post(t, storeName, "Accept", accept)
		if want == "" {
			require.Equal(t, 406, w.Code, accept)
			continue
		}
		require.Equal(t, 200, w.Code, accept)
		require.Equal(t, want+"; charset=utf-8", w.Header().Get("Content-Type"), accept)
		require.Equal(t, "Accept, Accept-Encoding", w.Header().Get("Vary"))
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	b := setup(t, &world{}, graph.Options{Introspection: true})
	long := `{"query":"{ __schema { types { name fields { name description } } } }"}`
	want, _ := b.post(t, long)
	require.Greater(t, want.Body.Len(), 1<<10)
	for _, c := range []struct {
		accept string
		body   string
		zipped bool
	}{
		{"gzip", long, true},
		{"gzip", long, true}, // with the memory of the first
		{"deflate, GZIP;q=0.5, br", long, true},
		{"x-gzip", long, true},
		{"*", long, true},
		{"*;q=0.1, identity;q=0.1", long, true},
		{"", long, false},
		{"br", long, false},
		{"gzip;q=0", long, false},
		{"gzip;q=0, *", long, false},
		{"identity, gzip;q=0.5", long, false},
		{"gzip", storeName, false},
	} {
		r := postRequest(t, c.body, "Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		require.Equal(t, 200, w.Code)
		require.Equal(t, strconv.Itoa(w.Body.Len()), w.Header().Get("Content-Length"))
		require.Equal(t, "Accept, Accept-Encoding", w.Header().Get("Vary"))
		if !c.zipped {
			require.Empty(t, w.Header().Get("Content-Encoding"), c.accept)
			continue
		}
		require.Equal(t, "gzip", w.Header().Get("Content-Encoding"), c.accept)
		z, err := gzip.NewReader(w.Body)
		require.NoError(t, err)
		text, err := io.ReadAll(z)
		require.NoError(t, err)
		require.Equal(t, want.Body.String(), string(text))
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
	for _, example := range graph.Examples()[0].Documents {
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
