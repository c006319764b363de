package main

import (
	"context"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/generated"
	"github.com/kirana-commerce/kirana/graph/plan"
	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/resolvers"
)

// operation is a document ready to be executed over and over.
func operation(b *testing.B, schema *plan.Schema, text string) (*graphql.OperationContext, *plan.Operation) {
	b.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(schema.Schema(), text, rules.NewDefaultRules())
	require.Empty(b, errs)
	oc := &graphql.OperationContext{
		Doc: doc, Operation: doc.Operations[0], Variables: map[string]any{},
		RecoverFunc: func(_ context.Context, value any) error { return gqlerror.Errorf("%v", value) },
	}
	return oc, schema.Prepare(doc, doc.Operations[0])
}

// BenchmarkPlan is the query engine alone: no HTTP, no parsing, readers that cost nearly nothing.
func BenchmarkPlan(b *testing.B) {
	world := newMemory()
	schema := generated.NewPlan(generated.Config{Resolvers: &resolvers.Resolver{Stores: world}})
	for _, doc := range memoryDocuments() {
		b.Run("execute/"+doc.title, func(b *testing.B) {
			oc, op := operation(b, schema, doc.text)
			base := auth.With(b.Context(), auth.Request{BaseURL: "http://kirana"})
			var data []byte
			b.ReportAllocs()
			for b.Loop() {
				ctx := dataloader.With(graphql.WithResponseContext(base, graphql.DefaultErrorPresenter, oc.RecoverFunc), dataloader.New(world.readers()))
				p, err := op.Plan(oc)
				require.NoError(b, err)
				ctx = graphql.WithOperationContext(ctx, oc)
				data = p.Execute(ctx, oc, data[:0])
			}
			b.SetBytes(int64(len(data)))
		})
	}
	b.Run("compile/storefront list", func(b *testing.B) {
		oc, _ := operation(b, schema, listDocument)
		b.ReportAllocs()
		for b.Loop() {
			_, err := schema.Prepare(oc.Doc, oc.Operation).Plan(oc)
			require.NoError(b, err)
		}
	})
}
