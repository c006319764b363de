package graph

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// answersOne is a handler around a schema that has one field to read and one to write, and calls ran for each operation that it runs.
func answersOne(t *testing.T, o Options, ran func()) *handler {
	t.Helper()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: "type Query { a: Int } type Mutation { a: Int }"})
	o.Logger = slog.New(slog.DiscardHandler)
	h, err := newHandler(&graphql.ExecutableSchemaMock{
		SchemaFunc: func() *ast.Schema { return schema },
		ExecFunc: func(context.Context) graphql.ResponseHandler {
			ran()
			return graphql.OneShot(&graphql.Response{Data: []byte(`{"a":1}`)})
		},
	}, o)
	require.NoError(t, err)
	return h
}

// TestGetChangesNothing asks a schema that has a mutation, as the project's own has none so far.
func TestGetChangesNothing(t *testing.T) {
	t.Parallel()
	changed := 0
	h := answersOne(t, Options{GetQueries: true}, func() { changed++ })

	const mutation = "mutation { a }"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query="+url.QueryEscape(mutation), nil))
	require.Equal(t, 405, w.Code)
	require.Equal(t, http.MethodPost, w.Header().Get("Allow"))
	require.JSONEq(t, `{"errors":[{"message":"GET is for queries alone: send this operation with POST.","extensions":{"code":"BAD_USER_INPUT"}}]}`, w.Body.String())
	require.Zero(t, changed)

	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(`{"query":"`+mutation+`"}`))
	r.Header.Set("Content-Type", "application/json")
	w = httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, 200, w.Code)
	require.JSONEq(t, `{"data":{"a":1}}`, w.Body.String())
	require.Equal(t, 1, changed)
}
