// Package graph puts the guarded GraphQL handler together: schema and resolvers behind limits, with one error presenter.
// It also holds what is shown of the schema: the SDL and the Playground.
//
// It never reads data: resolvers do, through what they are given.
package graph

//go:generate go tool gqlgen generate

import (
	"context"
	"log/slog"
	"net/http"
	"time"

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
	// GetQueries lets clients send the text of a query with GET. Without it GET is for registered documents alone.
	GetQueries bool
	// AllowOrigin reports whether pages of another origin may use the API. Nil for none.
	AllowOrigin func(origin string) bool
	// LongLived frees a context from the time limit of its request, for subscriptions. It still ends with the client's
	// connection and with the server. Nil: there is no limit.
	LongLived func(context.Context) (context.Context, context.CancelFunc)
	// Timeout bounds queries and mutations that come over a websocket; others have the limit of their request. 0 for none.
	Timeout time.Duration
}

// NewHandler serves GraphQL over HTTP: POST with a JSON body, GET for registered documents, server-sent events and
// websockets for subscriptions. Every answer, a refused request too, is in GraphQL's own shape, and every error in it has
// an extensions.code.
func NewHandler(root generated.ResolverRoot, o Options) http.Handler {
	return newHandler(generated.NewExecutableSchema(generated.Config{
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
	return &handler{
		exec: exec, limits: limits, present: present,
		getQueries: o.GetQueries, allowOrigin: o.AllowOrigin, longLived: o.LongLived, timeout: o.Timeout,
	}
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
