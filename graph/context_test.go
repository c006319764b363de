package graph

import (
	"log/slog"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/graph/generated"
)

// @inContext is accepted on operations and costs nothing: such a document runs on a plan, with whatever variables.
func TestInContextRunsOnAPlan(t *testing.T) {
	t.Parallel()
	schema := generated.NewPlan(generated.Config{Schema: publicSchema(), Directives: directives()})
	e := newExecutor(schema, Options{Logger: slog.New(slog.DiscardHandler)})
	for query, variables := range map[string]map[string]any{
		`query @inContext(country: IN, language: HI) { shop { name } }`:                                                                   nil,
		`query ($c: CountryCode, $l: LanguageCode = PT_BR) @inContext(country: $c, language: $l) { products(first: 1) { nodes { id } } }`: {"c": "XK"},
		`query @inContext { menu(handle: "main-menu") { items { title items { title } } } }`:                                              nil,
		`mutation @inContext(language: EN) { pageDelete(input: {id: "x"}) { deletedPageId } }`:                                            nil,
	} {
		execution, faults := e.prepare(t.Context(), &graphql.RawParams{Query: query, Variables: variables}, "")
		require.Empty(t, faults, query)
		plan, err := execution.operation.plans.Plan(&execution.OperationContext)
		require.NoError(t, err, query)
		require.NotNil(t, plan)
	}
	_, faults := e.prepare(t.Context(), &graphql.RawParams{Query: `query @inContext(country: XX) { shop { name } }`}, "")
	require.NotEmpty(t, faults, "there is no such country")
}
