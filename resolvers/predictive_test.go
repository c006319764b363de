package resolvers

import (
	"context"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/model"
)

// choosing is the context of a field of which the client has selected fields.
func choosing(t *testing.T, w *world, fields ...string) context.Context {
	t.Helper()
	var set ast.SelectionSet
	for _, name := range fields {
		set = append(set, &ast.Field{Name: name, Alias: name})
	}
	ctx := graphql.WithOperationContext(request(t, w, "corner"), &graphql.OperationContext{Doc: &ast.QueryDocument{}})
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Field: graphql.CollectedField{Field: &ast.Field{}, Selections: set}})
}

// What no field asks for is not read, nor what the types leave out.
func TestPredictionsReadWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	query, product := model.PredictiveSearchTypeQuery, model.PredictiveSearchTypeProduct
	for name, tc := range map[string]struct {
		fields []string
		types  []model.PredictiveSearchType
		limit  int // of the search, 0 for none
	}{
		"products":                     {[]string{"products"}, nil, 3},
		"suggestions need more":        {[]string{"products", "queries"}, nil, commerce.PredictionPool},
		"suggestions alone":            {[]string{"queries"}, []model.PredictiveSearchType{query}, commerce.PredictionPool},
		"a field that no type fits to": {[]string{"queries"}, []model.PredictiveSearchType{product}, 0},
		"nothing":                      {[]string{"__typename"}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &finder{results: []commerce.SearchResult{{Hits: hits(4, 3, 2)}, {}}}
			got, err := (&Resolver{Searcher: f}).predictStores(choosing(t, &world{}, tc.fields...), stores(), predictiveArgs{text: "p", limit: new(3), types: tc.types})
			require.NoError(t, err)
			require.Len(t, got, 2)
			if tc.limit == 0 {
				require.Empty(t, f.asked)
				return
			}
			require.Len(t, f.asked, 2, "one search in each store")
			require.Equal(t, tc.limit, f.asked[0].Page.Limit)
			require.True(t, f.asked[0].Prefix)
			require.False(t, f.asked[0].WantTotal || f.asked[0].WantFacets)
			if tc.types == nil {
				require.Len(t, got[0].Products, 2, "what the database does not show any more is left out")
			}
		})
	}
}

func TestPredictionsRefuse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args             predictiveArgs
		argument, reason string
	}{
		{predictiveArgs{text: "a", limit: new(0)}, "limit", "0 is not between 1 and 10."},
		{predictiveArgs{text: "a", limit: new(11)}, "limit", "11 is not between 1 and 10."},
		{predictiveArgs{text: strings.Repeat("a", 501)}, "query", "501 bytes are too long for a search: at most 500."},
	} {
		f := &finder{}
		_, err := (&Resolver{Searcher: f}).predictStores(choosing(t, &world{}, "products"), stores(), tc.args)
		requireRefusal(t, err, tc.argument, tc.reason)
		require.Nil(t, f.asked)
	}
	f := &finder{err: errDown}
	_, err := (&Resolver{Searcher: f}).predictStores(choosing(t, &world{}, "products"), stores(), predictiveArgs{text: "a"})
	require.ErrorIs(t, err, errDown)
}
