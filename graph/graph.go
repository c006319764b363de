// Package graph puts the guarded GraphQL handler together: schema and resolvers behind limits, with one error presenter.
// It also holds what is shown of the schema: the SDL and the Playground.
//
// It never reads data: resolvers do, through what they are given.
package graph

//go:generate go run ./codegen/generate -in-memory Collection.description,Image.url,Product.description

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/graph/generated"
)

// Options are what a handler needs besides the resolvers.
type Options struct {
	// Logger takes the faults whose text clients must not see. Required.
	Logger *slog.Logger
	// Introspection lets clients read the schema through the API, and adds spelling suggestions to validation errors.
	Introspection bool
	// PerResponse adds to the context what lives as long as one response, such as its dataloaders. It is called once for
	// each operation that is executed, never for one that is refused.
	PerResponse func(context.Context) context.Context
	// RequestID finds the id of the request in its context, for logs and for clients to quote. Nil for none.
	RequestID func(context.Context) string
	// Limits bounds what one request may ask; a zero field stands for that of DefaultLimits.
	Limits Limits
}

// NewHandler serves GraphQL over HTTP: POST with a JSON body, GET for queries. Every answer, a refused request too, is in
// GraphQL's own shape, and every error in it has an extensions.code.
func NewHandler(root generated.ResolverRoot, o Options) http.Handler {
	return newHandler(generated.NewPlan(generated.Config{
		Schema: publicSchema(), Resolvers: root, Complexity: costs(),
	}), o)
}

func newHandler(schema graphql.ExecutableSchema, o Options) http.Handler {
	limits := o.Limits.orDefault()
	documents := lru.New[*ast.QueryDocument](limits.CachedDocuments)
	present := presenter{logger: o.Logger, requestID: o.RequestID, suggest: o.Introspection}
	exec := executor.New(schema)
	exec.SetQueryCache(documents)
	exec.SetParserTokenLimit(limits.Tokens)
	exec.SetDisableSuggestion(!o.Introspection)
	exec.SetErrorPresenter(present.error)
	exec.SetRecoverFunc(present.recovered)
	// The order matters: the survey refuses documents on which counting the cost, as validation before it, takes too long.
	exec.Use(survey{limits: limits, known: documents, introspection: o.Introspection})
	exec.Use(extension.FixedComplexityLimit(limits.Cost))
	if o.Introspection {
		exec.Use(extension.Introspection{})
	}
	exec.AroundResponses(perResponse(o.PerResponse))
	return &handler{exec: exec, bodyBytes: limits.BodyBytes, present: present}
}

// perResponse gives each response its own context. A refused operation has its errors by now and needs none.
func perResponse(add func(context.Context) context.Context) graphql.ResponseMiddleware {
	return func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		if graphql.GetErrors(ctx) != nil {
			return next(ctx)
		}
		if add != nil {
			ctx = add(ctx)
		}
		return next(withLedger(ctx))
	}
}
