package resolvers

import (
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/generated"
)

// predicting asks for a predictive search in the store corner.
func predicting(t *testing.T, f *finder, arguments, fields string) *graphql.Response {
	t.Helper()
	exec := executor.New(generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{Stores: &world{}, Searcher: f}}))
	ctx := graphql.StartOperationTrace(request(t, &world{}, "corner"))
	operation, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: `{ predictiveSearch(query: "p", limit: 3` + arguments + `) { ` + fields + ` } }`})
	require.Empty(t, errs)
	handler, ctx := exec.DispatchOperation(ctx, operation)
	return handler(ctx)
}

// What no field asks for is not read, nor what the types leave out.
func TestPredictionsReadWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		arguments, fields string
		limit             int // of the search, 0 for none
	}{
		"products":                     {"", "products { id }", 3},
		"suggestions need more":        {"", "products { id } queries { text }", commerce.PredictionPool},
		"suggestions alone":            {", types: [QUERY]", "products { id } queries { text }", commerce.PredictionPool},
		"a field that no type fits to": {", types: [PRODUCT]", "queries { text }", 0},
		"nothing":                      {"", "__typename", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &finder{results: []commerce.SearchResult{{Hits: hits(4, 3, 2)}}}
			answer := predicting(t, f, tc.arguments, tc.fields)
			require.Empty(t, answer.Errors)
			if tc.limit == 0 {
				require.Empty(t, f.asked)
				return
			}
			require.Len(t, f.asked, 1)
			require.Equal(t, tc.limit, f.asked[0].Page.Limit)
			require.True(t, f.asked[0].Prefix)
			require.False(t, f.asked[0].WantTotal || f.asked[0].WantFacets)
			if tc.arguments == "" {
				require.Equal(t, 2, strings.Count(string(answer.Data), "gid://"), "what the database does not show any more is left out")
			}
		})
	}
}

// Only texts of products narrow a search for products, and texts that products have not keep it from being made.
func TestPredictionsLookAtFields(t *testing.T) {
	t.Parallel()
	for fields, want := range map[string][]commerce.SearchField{
		"null":                 nil,
		"[]":                   nil,
		"[TITLE, AUTHOR]":      {commerce.SearchFieldTitle},
		"[TAG, VENDOR, TAG]":   {commerce.SearchFieldTag, commerce.SearchFieldVendor},
		"[BODY, VARIANTS_SKU]": {commerce.SearchFieldBody, commerce.SearchFieldSKU},
		"[VARIANTS_TITLE]":     {commerce.SearchFieldOptions},
		"[PRODUCT_TYPE]":       {commerce.SearchFieldProductType},
		"[VARIANTS_BARCODE]":   {commerce.SearchFieldBarcode},
	} {
		f := &finder{results: []commerce.SearchResult{{Hits: hits(4)}}}
		require.Empty(t, predicting(t, f, ", searchableFields: "+fields, "products { id }").Errors)
		require.Len(t, f.asked, 1, fields)
		require.Equal(t, want, f.asked[0].Fields, fields)
	}
	f := &finder{}
	require.Empty(t, predicting(t, f, ", searchableFields: [AUTHOR]", "products { id } queries { text } collections { id } pages { id }").Errors)
	require.Empty(t, f.asked)
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
		_, err := (&Resolver{Searcher: f}).predictStores(request(t, &world{}, "corner"), stores(), tc.args)
		requireRefusal(t, err, tc.argument, tc.reason)
		require.Nil(t, f.asked)
	}
	require.Len(t, predicting(t, &finder{err: errDown}, "", "products { id }").Errors, 1)
}
