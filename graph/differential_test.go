package graph_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/generated"
	"github.com/kirana-commerce/kirana/graph/plan/plantest"
	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/resolvers"
)

// inCorner runs a schema in the current store `corner`, each response with loaders of its own.
type inCorner struct {
	graphql.ExecutableSchema

	w *world
}

// Exec adds what the handler adds.
func (c inCorner) Exec(ctx context.Context) graphql.ResponseHandler {
	next := c.ExecutableSchema.Exec(ctx)
	return func(ctx context.Context) *graphql.Response {
		set := dataloader.New(dataloader.Readers{
			Stores: c.w, Products: c.w, Options: nothing{}, Variants: nothing{}, Media: nothing{}, Collections: nothing{},
			Labels: nothing{}, Choices: nothing{}, Pages: nothing{}, Menus: nothing{}, Metafields: nothing{},
		})
		return next(auth.With(dataloader.With(ctx, set), auth.Request{StoreHandle: "corner", BaseURL: "http://kirana"}))
	}
}

// catalogueValue chooses arguments that find something, most of the time.
func catalogueValue(rng *rand.Rand, coordinate string, typ *ast.Type) (any, bool) {
	one := func(values ...any) (any, bool) { return values[rng.IntN(len(values))], true }
	switch {
	case strings.HasSuffix(coordinate, "(first:)"):
		return json.Number(strconv.Itoa(rng.IntN(5))), true
	case strings.HasSuffix(coordinate, "(last:)"), strings.HasSuffix(coordinate, "(after:)"), strings.HasSuffix(coordinate, "(before:)"):
		return nil, rng.IntN(8) > 0
	case strings.HasSuffix(coordinate, "(handle:)"):
		return one("corner", "rice-1", "rice-2", "none", nil)
	case typ.Elem == nil && typ.NamedType == "ID":
		return one("gid://kirana/Store/1", "gid://kirana/Product/1/1", "gid://kirana/Product/1/3", "gid://kirana/Product/2/1", "nonsense")
	}
	return nil, false
}

// paged gives every list a size.
func paged(coordinate string) bool { return strings.HasSuffix(coordinate, "(first:)") }

// misplaced leaves out the lists of interfaces: gqlgen tells the faults of batched fields below them all at the first element,
// where the interface is declared in another file than the field. And it leaves out the directive of mutations.
func misplaced(coordinate string) bool {
	return coordinate == "@idempotent" || coordinate == "Query.nodes" || coordinate == "Query.search" || coordinate == "Store.search"
}

// TestFaultsOfNodesStandWhereTheyBelong is about what the comparison leaves out.
func TestFaultsOfNodesStandWhereTheyBelong(t *testing.T) {
	t.Parallel()
	w := &world{}
	got := inCorner{generated.NewPlan(generated.Config{Resolvers: &resolvers.Resolver{Stores: w, Searcher: w}}), w}
	out := plantest.Execute(t.Context(), got, plantest.Document{Query: `{ nodes(ids: ["gid://kirana/Store/1", "gid://kirana/Product/1/1", "gid://kirana/Product/2/1"]) {
		id ... on Product { title collections { nodes { id } } }
	} }`})
	require.Len(t, out.Responses, 1)
	require.JSONEq(t, `{"nodes":[{"id":"gid://kirana/Store/1"},null,null]}`, string(out.Responses[0].Data))
	require.Len(t, out.Responses[0].Errors, 1)
	require.Equal(t, ast.Path{ast.PathName("nodes"), ast.PathIndex(1), ast.PathName("collections")}, out.Responses[0].Errors[0].Path)
}

// TestPlansAnswerAsGqlgenDoes compares the two engines on the project's own schema and resolvers. TEST_DOCUMENTS says on how
// many documents. What gqlgen can do beyond this schema is compared in graph/plan/plantest.
func TestPlansAnswerAsGqlgenDoes(t *testing.T) {
	t.Parallel()
	documents := uint64(400)
	if text := os.Getenv("TEST_DOCUMENTS"); text != "" {
		var err error
		documents, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	w := &world{}
	config := generated.Config{Resolvers: &resolvers.Resolver{Stores: w, Searcher: w}}
	want, got := inCorner{generated.NewExecutableSchema(config), w}, inCorner{generated.NewPlan(config), w}
	answered := 0
	for i := uint64(0); i < documents || answered == 0 && i < 10*documents; i++ { // few made up documents find a product
		d := plantest.Generate(plantest.Seeded(40, i), want.Schema(), plantest.Options{Value: catalogueValue, Give: paged, Omit: misplaced, Introspection: true})
		require.Empty(t, plantest.Compare(t.Context(), want, got, d), "document %d of seed 40:\n%s\n%v", i, d.Query, d.Variables)
		if out := plantest.Execute(t.Context(), got, d); len(out.Responses) == 1 && strings.Contains(string(out.Responses[0].Data), "Rice") {
			answered++
		}
	}
	require.Positive(t, answered, "documents that found a product")
}

// Both engines tell how long a list is, on a page without items too, and once for those who share a name in the answer.
func TestTotalsInBothEngines(t *testing.T) {
	t.Parallel()
	w := &world{}
	config := generated.Config{Resolvers: &resolvers.Resolver{Stores: w, Searcher: w}}
	want, got := inCorner{generated.NewExecutableSchema(config), w}, inCorner{generated.NewPlan(config), w}
	d := plantest.Document{Query: `{
		products(first: 2) { totalCount nodes { title } } again: products(first: 0, sortKey: TITLE) { totalCount }
		nodes(ids: ["gid://kirana/Store/1", "gid://kirana/Store/2"]) { ... on Store { products(first: 1) { totalCount } pages(first: 1) { totalCount } } }
		store { ...counted products(first: 1) { totalCount pageInfo { hasNextPage } } }
	} fragment counted on Store { products(first: 1) { totalCount } collections(first: 1) { all: totalCount } }`}
	require.Empty(t, plantest.Compare(t.Context(), want, got, d))
	out := plantest.Execute(t.Context(), got, d)
	require.Len(t, out.Responses, 1)
	require.Empty(t, out.Responses[0].Errors)
	require.JSONEq(t, `{"products":{"totalCount":3,"nodes":[{"title":"Rice 1"},{"title":"Rice 2"}]},"again":{"totalCount":3},
		"nodes":[{"products":{"totalCount":3},"pages":{"totalCount":0}},null],
		"store":{"products":{"totalCount":3,"pageInfo":{"hasNextPage":true}},"collections":{"all":0}}}`, string(out.Responses[0].Data))
}

// FuzzPlans lets the fuzzer choose the documents.
func FuzzPlans(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	w := &world{}
	config := generated.Config{Resolvers: &resolvers.Resolver{Stores: w, Searcher: w}}
	want, got := inCorner{generated.NewExecutableSchema(config), w}, inCorner{generated.NewPlan(config), w}
	f.Fuzz(func(t *testing.T, seed, index uint64) {
		d := plantest.Generate(plantest.Seeded(seed, index), want.Schema(), plantest.Options{Value: catalogueValue, Give: paged, Omit: misplaced})
		require.Empty(t, plantest.Compare(t.Context(), want, got, d), "%s %v", d.Query, d.Variables)
	})
}
