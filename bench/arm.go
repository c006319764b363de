package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/graph"
	"github.com/kirana-commerce/kirana/graph/generated"
	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/internal/server"
	"github.com/kirana-commerce/kirana/internal/shop"
	"github.com/kirana-commerce/kirana/internal/telemetry"
	"github.com/kirana-commerce/kirana/resolvers"
)

// arm is one of the servers that are compared, in a process of its own so that its CPU time can be told from the load's.
// The command engine starts it; it ends when its standard input does, and so never outlives who started it.
type arm struct {
	Engine string `arg:"" enum:"gqlgen,kirana,bare" help:"What answers the documents."`
	Source string `arg:"" help:"memory, or the URL of a Postgres."`
}

// Run serves until standard input ends.
func (a *arm) Run(r *results) error {
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	s, done, err := a.server(ctx)
	if err != nil {
		return err
	}
	defer done() //nolint:errcheck // the process ends
	listener, err := listen(ctx)
	if err != nil {
		return err
	}
	admin, err := listen(ctx)
	if err != nil {
		return err
	}
	counters := &http.Server{Handler: http.HandlerFunc(tellCounters), ReadHeaderTimeout: time.Second}
	go func() { _ = counters.Serve(admin) }() // until the process ends
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	fmt.Fprintln(r.out, "ready", listener.Addr(), admin.Addr())
	return s.Run(ctx, listener)
}

// listen opens any free port of this machine.
func listen(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", "127.0.0.1:0")
}

// runner serves a listener until its context ends.
type runner interface {
	Run(ctx context.Context, l net.Listener) error
}

// server puts the arm together; done releases what it holds.
func (a *arm) server(ctx context.Context) (s runner, done func() error, err error) {
	registry := telemetry.NewRegistry()
	logger := telemetry.NewLogger(os.Stderr, slog.LevelWarn)
	if a.Source == "memory" {
		m := newMemory()
		s, err = a.graphQL(&resolvers.Resolver{Stores: m}, m.readers(), registry, logger) //nolint:contextcheck // fields get that of their request
		return s, func() error { return nil }, err
	}
	if a.Engine == "bare" {
		b, err := newBare(ctx, a.Source)
		if err != nil {
			return nil, nil, err
		}
		return plain{b}, b.close, nil
	}
	d, err := db.Open(a.Source, nil, db.Options{Logger: logger, OnStatement: telemetry.NewDatabase(registry).Statement})
	if err != nil {
		return nil, nil, err
	}
	readers := dataloader.Readers{Stores: d, Products: d, Options: d, Variants: d, Media: d, Collections: d}
	s, err = a.graphQL(&resolvers.Resolver{Stores: d}, readers, registry, logger) //nolint:contextcheck // fields get that of their request
	return s, d.Close, err
}

func (a *arm) graphQL(root *resolvers.Resolver, readers dataloader.Readers, registry *telemetry.Registry, logger *slog.Logger) (runner, error) {
	perResponse := func(ctx context.Context) context.Context { return dataloader.With(ctx, dataloader.New(readers)) }
	if a.Engine == "gqlgen" {
		return plain{gqlgenHandler(root, perResponse)}, nil
	}
	return kiranaServer(root, perResponse, registry, logger)
}

// gqlgenHandler is what a project has that runs gqlgen as its makers mean it to be run: the generated executor, their
// transport, and a cache of documents. It has no limits, no log and no metrics.
func gqlgenHandler(root generated.ResolverRoot, perResponse func(context.Context) context.Context) http.Handler {
	h := handler.New(generated.NewExecutableSchema(generated.Config{Resolvers: root}))
	h.AddTransport(transport.POST{})
	h.SetQueryCache(lru.New[*ast.QueryDocument](1000))
	h.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		return next(perResponse(ctx))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(auth.With(r.Context(), auth.Request{BaseURL: "http://" + r.Host})))
	})
}

// kiranaServer is the API as `kirana serve` has it: with limits, middleware, access log (below the level) and metrics.
func kiranaServer(root generated.ResolverRoot, perResponse func(context.Context) context.Context, registry *telemetry.Registry, logger *slog.Logger) (*server.Server, error) {
	handler, err := graph.NewHandler(root, graph.Options{Logger: logger, RequestID: server.RequestID, PerResponse: func(ctx context.Context, _ bool) context.Context { return perResponse(ctx) }})
	return server.New(server.Options{
		GraphQL: handler, Playground: graph.Playground(), Schema: graph.Schema(), Pictures: shop.Pictures(),
		Metrics: registry.Handler(), Requests: telemetry.NewRequests(registry), Logger: logger, Now: time.Now,
	}), err
}

// plain serves a handler with net/http alone.
type plain struct{ http.Handler }

// Run serves until the context ends.
func (p plain) Run(ctx context.Context, l net.Listener) error {
	s := &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// counters are what a server has used since it started.
type counters struct {
	CPU     time.Duration `json:"cpu"`
	Mallocs uint64        `json:"mallocs"`
}

// tellCounters says what this process has used.
func tellCounters(w http.ResponseWriter, _ *http.Request) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	_ = json.NewEncoder(w).Encode(counters{ // who asked sees that it is cut off
		CPU: time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), Mallocs: stats.Mallocs,
	})
}
