// Package server is the HTTP server around the handlers of the system: routes, middleware, health, and the way out.
//
// It never knows what a handler answers, and never reads data.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/internal/lifecycle"
	"github.com/kirana-commerce/kirana/internal/telemetry"
)

// The time limits of connections. Those of requests are set by Options.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeSlack    = 10 * time.Second // to send an answer that took the whole RequestTimeout
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
)

// Options are what a server serves and how. A route whose handler is nil answers 404.
type Options struct {
	GraphQL    http.Handler
	Playground http.Handler
	Schema     http.Handler
	Pictures   http.Handler
	// Pages are the stores' pages: under /s/{handle}, and on a store's own host at its root.
	Pages   http.Handler
	Metrics http.Handler
	// Files takes the files of jobs in and hands them out. It finds out by itself who may.
	Files http.Handler
	// Stripe takes the messages of the provider of card payments in. It finds out by itself who sends them.
	Stripe http.Handler

	// Ready are the checks behind /readyz.
	Ready []Check
	// Role, when set, is named by /readyz: what the process does, of several that share one task.
	Role func() string
	// Logger takes the access log and faults. Required.
	Logger *slog.Logger
	// Now is the clock. Required.
	Now func() time.Time
	// Requests measures requests; nil for no measurement.
	Requests *telemetry.Requests

	// RequestTimeout ends a request's context. 15 s when 0.
	RequestTimeout time.Duration
	// DrainTimeout is how long requests under way may go on once the server is told to end. 10 s when 0.
	DrainTimeout time.Duration
	// DrainDelay is how long /readyz says so before new connections are refused, for load balancers to see it. 0 for not at all.
	DrainDelay time.Duration
	// PublicURL is the address clients reach the server under; empty for that of each request.
	PublicURL string
	// TrustProxy believes X-Forwarded-Proto, and the last hop of X-Forwarded-For.
	TrustProxy bool
	// BaseDomain is the domain under which each store has a host of its own, {handle}.<base domain>; empty for none.
	BaseDomain string
	// Viewers finds out who asks; nil when nobody can sign in.
	Viewers auth.Authenticator
	// Origins are the sites whose pages may use the API; nil for none but the server's own.
	Origins *Origins
}

// Server is an HTTP server. It is itself the handler of everything it serves.
type Server struct {
	o        Options
	mux      *http.ServeMux
	safe     http.Header
	streams  *streams
	draining atomic.Bool
}

// New makes a server.
func New(o Options) *Server {
	if o.RequestTimeout == 0 {
		o.RequestTimeout = 15 * time.Second
	}
	if o.DrainTimeout == 0 {
		o.DrainTimeout = 10 * time.Second
	}
	o.BaseDomain = strings.ToLower(o.BaseDomain)
	s := &Server{o: o, mux: http.NewServeMux(), safe: safeHeaders(), streams: newStreams()}
	s.routes()
	return s
}

// routes says who calls what, and what a second call of the same does.
func (s *Server) routes() {
	graphQL := s.forStore(s.forViewer(s.o.GraphQL))
	// Clients, without a current store or with one named by the header Kirana-Store or the host. A query can be sent again at
	// will; a mutation that got no answer may have been carried out.
	s.route("/graphql", s.shared(graphQL))
	// Clients of one store. As above.
	s.route("/stores/{handle}/graphql", s.shared(graphQL))
	// Clients written for Shopify's Storefront API, on a store's host or under its path. As above.
	s.route("/api/{version}/graphql.json", s.shared(s.ofVersion(graphQL)))
	s.route("/stores/{handle}/api/{version}/graphql.json", s.shared(s.ofVersion(graphQL)))
	// Buyers with a link, chat apps that draw its preview, and crawlers: the stores' pages, their files and what crawlers may
	// read. All only read, but for the forms of cart and checkout: a product that is added again is in the cart twice, and an
	// order that is placed again is the one there is.
	pages := s.forPages(s.o.Pages)
	s.route("/s/", pages)
	s.route("/assets/", pages)
	s.route("/robots.txt", pages)
	s.route("/", s.byHost(pages, nil)) // on a store's own host the pages have every address that nobody else has
	// People with a browser: the Playground's page, and its files. Both only read. A store's own host shows the store.
	s.route("/{$}", s.byHost(pages, s.o.Playground))
	s.route("/playground/", s.o.Playground)
	// Code generators and the Playground: the schema as text. Only reads.
	s.route("/schema.graphql", s.o.Schema)
	// Browsers and edge caches: the demo stores' pictures. The same address always gives the same picture.
	s.route("/pictures/", s.o.Pictures)
	// Merchants' browsers and programs: files on their way in, and what jobs have made. Sending a file again begins it anew.
	s.route("/uploads/", s.forViewer(s.o.Files))
	s.route("/jobs/", s.forViewer(s.o.Files))
	// Stripe: messages that a payment or a refund has changed. One that comes again changes nothing.
	s.route("/webhooks/stripe", s.o.Stripe)
	// Whoever restarts processes: answers as long as the process can answer at all. Only reads.
	s.route("/livez", getOnly(s.live))
	// Load balancers and `kirana smoke`: whether to send requests here. Each call runs the checks anew.
	s.route("/readyz", getOnly(s.ready))
	// Prometheus. Only reads. Keep it from the public at the edge.
	s.route("/metrics", s.o.Metrics)
}

func (s *Server) route(pattern string, h http.Handler) {
	if h != nil {
		s.mux.Handle(pattern, h)
	}
}

// Run serves the listener until ctx ends. Then /readyz turns 503, new connections are refused, streams are ended, and
// requests under way have DrainTimeout to finish: nil when they all did. Run closes the listener.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      s.o.RequestTimeout + writeSlack,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.o.Logger.Handler(), slog.LevelWarn),
		// Requests outlive ctx: its end begins the drain, it does not abort what is under way.
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	parts := lifecycle.NewGroup(ctx)
	parts.Go("serve", func(context.Context) error {
		if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	parts.Go("drain", func(ctx context.Context) error {
		<-ctx.Done()
		return s.drain(context.WithoutCancel(ctx), h)
	})
	return parts.Wait()
}

func (s *Server) drain(ctx context.Context, h *http.Server) error {
	s.draining.Store(true)
	if s.o.DrainDelay > 0 {
		<-time.After(s.o.DrainDelay)
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.DrainTimeout)
	defer cancel()
	s.streams.stop()
	err := h.Shutdown(ctx)
	if err == nil {
		err = s.streams.wait(ctx)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("requests were still under way after %s: %w", s.o.DrainTimeout, err), h.Close())
	}
	return nil
}
