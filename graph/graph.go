// Package graph puts the guarded GraphQL handler together: schema and resolvers behind limits, with one error presenter.
// It also holds what is shown of the schema: the SDL and the Playground.
//
// It never reads data: resolvers do, through what they are given.
package graph

//go:generate go run ./codegen/generate -in-memory Collection.description,FilterValue.swatch,Image.url,MenuItem.url,Product.description,Shop.brand,Shop.paymentSettings,Shop.primaryDomain,Store.shop,Store.url

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/generated"
	"github.com/kirana-commerce/kirana/internal/persisted"
)

// Options are what a handler needs besides the resolvers.
type Options struct {
	// Logger takes the faults whose text clients must not see. Required.
	Logger *slog.Logger
	// Introspection lets clients read the schema through the API, and adds spelling suggestions to validation errors.
	Introspection bool
	// MayIntrospect says who may read the schema where not everybody may. Nil for nobody.
	MayIntrospect func(context.Context) bool
	// PerResponse adds to the context what lives as long as one response, such as its dataloaders. It is called once for
	// each operation that is executed, never for one that is refused.
	// writes tells a mutation: what it reads must be as new as what it wrote.
	PerResponse func(ctx context.Context, writes bool) context.Context
	// Position is where the log of the database is: clients get it after a mutation, as a token. Nil: they get none.
	Position func(context.Context) (commerce.LogPosition, error)
	// RequestID finds the id of the request in its context, for logs and for clients to quote. Nil for none.
	RequestID func(context.Context) string
	// Documents are the persisted documents, which clients ask for by id. Nil for none.
	Documents *persisted.Set
	// PersistedOnly refuses every other document, with code PERSISTED_QUERY_REQUIRED.
	PersistedOnly bool
	// MayRegister says who may have a document remembered under its hash, by Apollo's protocol. Nil for nobody.
	MayRegister func(context.Context) bool
	// Limits bounds what one request may ask; a zero field stands for that of DefaultLimits.
	Limits Limits
	// GetQueries lets clients send the text of a query with GET. Without it GET is for registered documents alone.
	GetQueries bool
	// AllowOrigin reports whether pages of another origin may use the API. Nil for none.
	AllowOrigin func(origin string) bool
	// LongLived frees a context from the time limit of its request, for subscriptions. It still ends with the client's
	// connection and with the server. Nil: there is no limit.
	LongLived func(context.Context) (context.Context, context.CancelFunc)
	// Renew finds out anew who asks, before each operation of a websocket, and now and then while it is open. auth.ErrInvalidToken ends
	// the connection. Nil: whoever opened it stays who they are.
	Renew func(context.Context) (context.Context, error)
	// Timeout bounds queries and mutations that come over a websocket; others have the limit of their request. 0 for none.
	Timeout time.Duration
}

// NewHandler serves GraphQL over HTTP: POST with a JSON body, GET for persisted documents, server-sent events and
// websockets for subscriptions. Every answer, a refused request too, is in GraphQL's own shape, and every error in it has
// an extensions.code. It fails on a persisted document that cannot be served.
func NewHandler(root generated.ResolverRoot, o Options) (http.Handler, error) {
	return newHandler(generated.NewPlan(generated.Config{Schema: publicSchema(), Resolvers: root, Directives: directives()}), o)
}

func newHandler(schema graphql.ExecutableSchema, o Options) (*handler, error) {
	exec := newExecutor(schema, o)
	if o.Documents != nil {
		if err := exec.documents.persist(o.Documents); err != nil {
			return nil, err
		}
	}
	return &handler{
		exec: exec, limits: exec.limits, present: exec.present,
		getQueries: o.GetQueries, allowOrigin: o.AllowOrigin, longLived: o.LongLived, renew: o.Renew, timeout: o.Timeout,
	}, nil
}
