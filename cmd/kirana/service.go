package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/graph"
	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/internal/cdc"
	"github.com/kirana-commerce/kirana/internal/config"
	"github.com/kirana-commerce/kirana/internal/events"
	"github.com/kirana-commerce/kirana/internal/job"
	"github.com/kirana-commerce/kirana/internal/message"
	"github.com/kirana-commerce/kirana/internal/persisted"
	"github.com/kirana-commerce/kirana/internal/server"
	"github.com/kirana-commerce/kirana/internal/shop"
	"github.com/kirana-commerce/kirana/internal/telemetry"
	"github.com/kirana-commerce/kirana/resolvers"
	"github.com/kirana-commerce/kirana/search"
)

// service is the parts that serve and index share.
type service struct {
	config   config.Config
	logger   *slog.Logger
	registry *telemetry.Registry
	db       *db.DB
	engine   *search.Engine
	searcher *search.Curated
	// searches counts those that are answered.
	searches *commerce.SearchTally
	jobs     *job.Runner
	relay    *events.Relay
	webhooks *events.Webhooks
	cards    *commerce.CardDesk
	// senders bring customers their codes: the first that reaches them.
	senders message.Senders
	age     *indexer.Age
}

// newService connects to what the configuration names. Nothing is asked of the servers yet.
func newService(c config.Config, logger *slog.Logger) (*service, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	registry := telemetry.NewRegistry()
	metrics := telemetry.NewDatabase(registry)
	d, err := db.Open(c.DatabaseURL, c.DatabaseReplicaURLs, db.Options{
		MaxLag: c.ReplicaMaxLag, Cards: c.Cards(), Logger: logger, OnStatement: metrics.Statement,
		OnLag: func(replica int, lag time.Duration) { metrics.ReplicaLag(strconv.Itoa(replica), lag) },
	})
	if err != nil {
		return nil, err
	}
	var engine *search.Engine
	if c.Search != config.SearchPostgres {
		if engine, err = search.Open(c.ElasticsearchURL, search.Options{Key: d.SearchKey}); err != nil {
			return nil, err
		}
	}
	cards := cardDesk(&c, d)
	options := job.Options{
		Queue: d, Results: d, Files: d, Sweeper: d, Holds: d, Catalogue: d, Sales: d, Workers: c.Jobs, Logger: logger, Now: time.Now, Metrics: telemetry.NewJobs(registry),
	}
	if cards.Open() {
		options.Cards = cards
	}
	s := &service{config: c, logger: logger, registry: registry, db: d, engine: engine, jobs: job.New(options), cards: cards}
	s.age = indexer.NewAge(d.Freshness(indexer.DefaultSlot), logger, time.Now)
	s.searches = commerce.NewSearchTally(d, logger, time.Now)
	s.findWith()
	s.tellOfEvents()
	if c.SMTPURL != "" {
		mail, err := message.NewMail(c.SMTPURL)
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.senders = append(s.senders, mail)
	}
	return s, nil
}

// tellOfEvents makes what tells merchants and their programs of what happens in their stores.
func (s *service) tellOfEvents() {
	metrics := telemetry.NewEvents(s.registry)
	s.webhooks = events.NewWebhooks(events.WebhookOptions{
		Queue: s.db, Loopback: s.config.WebhooksLoopback, Logger: s.logger, Now: time.Now, Metrics: metrics,
	})
	s.relay = events.NewRelay(events.Options{
		Outbox: s.db, Notifiers: []commerce.Notifier{s.webhooks, events.Sales{Ranker: s.db}, events.Log{Logger: s.logger}}, Logger: s.logger, Metrics: metrics,
	})
}

// close ends all connections, when the searches that were answered have been counted.
func (s *service) close() error {
	if err := s.searches.Flush(context.Background()); err != nil {
		s.logger.Warn("the last searches cannot be counted", "error", err)
	}
	if s.engine != nil {
		s.engine.Close()
	}
	return s.db.Close()
}

// perResponse gives a response its dataloaders. They read as the viewer may see it, and what a mutation answers as it was
// written. A mutation can open stores to its viewer.
func (s *service) perResponse(ctx context.Context, writes bool) context.Context {
	ctx = s.notAhead(ctx)
	request := auth.From(ctx)
	if writes {
		request.Viewer = request.Viewer.Copy()
		ctx = auth.With(ctx, request)
	}
	viewer := request.Viewer
	set := dataloader.New(readersFor(s.db, viewer, writes))
	if writes {
		set.Renewing(func() dataloader.Readers { return readersFor(s.db, viewer, writes) })
	}
	if viewer != nil {
		set.Knowing(viewer.Current)
	}
	return dataloader.With(ctx, set)
}

// notAhead keeps what whoever asks says to have seen to what there is. A token from a log that was lost, or a made-up one, would have every
// read wait for what never comes: it means everything up to now.
func (s *service) notAhead(ctx context.Context) context.Context {
	seen := commerce.PositionOf(ctx)
	if seen == 0 || seen <= s.age.Flushed() {
		return ctx
	}
	if end, err := s.db.Position(ctx); err == nil && end < seen {
		return commerce.WithPosition(ctx, end)
	}
	return ctx
}

// readersFor are the database as a viewer may see it.
func readersFor(d *db.DB, viewer *commerce.Viewer, fresh bool) dataloader.Readers {
	v := d.ViewOf(viewer.StoresWith(commerce.ScopeCatalogRead), fresh)
	stock := d.ViewOf(viewer.StoresWith(commerce.ScopeInventoryRead), fresh)
	orders := d.ViewOf(viewer.StoresWith(commerce.ScopeOrdersRead), fresh)
	customers := d.ViewOf(viewer.StoresWith(commerce.ScopeCustomersRead), fresh)
	readers := dataloader.Readers{
		Stores: v, Products: v, Options: v, Variants: v, Media: v, Collections: v, Labels: v, Recommendations: v, Choices: v, Pages: v, Menus: v, Synonyms: v, SearchRules: v, SearchFacets: v,
		SearchAnalytics: v,
		Carts:           v, Pricer: d.ViewOf(nil, fresh),
		Orders: orders, CustomerOrders: orders,
		Customers: customers, CustomerAddresses: customers,
		Payments: v,
		Prices:   v, Discounts: d.ViewOf(viewer.StoresWith(commerce.ScopeCatalogWrite), fresh),
		Metafields: v, Jobs: v, Inventory: stock, Locations: stock, Outcomes: v,
	}
	if viewer != nil {
		// Whoever works in a store sees that it is there, also without the right to read its catalogue. What a viewer may do comes
		// from the primary, so the stores do, too: a standby may not know yet that they are.
		own := d.ViewOf(viewer.Stores(), true)
		readers.Stores, readers.Merchants, readers.Staff, readers.APIKeys, readers.Audit = own, own, own, own, own
		readers.Webhooks = own
	}
	return readers
}

// documents reads the persisted documents, if there are any.
func (s *service) documents() (*persisted.Set, error) {
	if s.config.Documents == "" {
		return nil, nil //nolint:nilnil // no folder was named, which is no fault
	}
	set, err := persisted.Load(os.DirFS(s.config.Documents))
	if err != nil {
		return nil, fmt.Errorf("%s (--documents or KIRANA_DOCUMENTS): %w", s.config.Documents, err)
	}
	return set, nil
}

// server puts the API together. It fails on a persisted document that cannot be served.
func (s *service) server() (*server.Server, error) {
	documents, err := s.documents()
	if err != nil {
		return nil, err
	}
	origins := server.NewOrigins(s.config.CORSOrigins)
	handler, err := graph.NewHandler(s.resolvers(), graph.Options{
		Logger: s.logger, Introspection: s.config.Introspects(), MayIntrospect: s.mayIntrospect(), RequestID: server.RequestID,
		PerResponse: s.perResponse, Position: s.db.Position,
		Documents: documents, PersistedOnly: s.config.DocumentsOnly,
		GetQueries: s.config.GetQueries, AllowOrigin: origins.Allowed, LongLived: server.LongLived, Renew: server.Renew, Timeout: s.config.RequestTimeout,
	})
	if err != nil {
		return nil, err
	}
	return server.New(server.Options{
		GraphQL: handler, Playground: graph.Playground(), Schema: graph.Schema(), Pictures: shop.Pictures(), Pages: s.pages(), Files: s.files(),
		Metrics: s.registry.Handler(), Requests: telemetry.NewRequests(s.registry),
		Ready:  s.checks(),
		Logger: s.logger, Now: time.Now, RequestTimeout: s.config.RequestTimeout, PublicURL: s.config.PublicURL, TrustProxy: s.config.TrustProxy,
		BaseDomain: s.config.BaseDomain, Origins: origins, Stripe: s.stripe(),
		Viewers: auth.Bearers{Credentials: s.db, Now: time.Now},
	}), nil
}

// checks are what has to answer for the API to be ready.
func (s *service) checks() []server.Check {
	checks := []server.Check{{Name: "database", Check: s.db.Ping}}
	if s.engine != nil {
		checks = append(checks, server.Check{Name: "search", Check: s.engine.Ping, Spare: s.config.Search == config.SearchAuto})
	}
	return checks
}

// mayIntrospect says who may read the schema where that depends on who asks.
func (s *service) mayIntrospect() func(context.Context) bool {
	if !s.config.IntrospectsSignedIn() {
		return nil
	}
	return func(ctx context.Context) bool { return auth.From(ctx).Viewer != nil }
}

// resolvers are the API's, with what they read and change.
func (s *service) resolvers() *resolvers.Resolver {
	return &resolvers.Resolver{
		Stores: s.db, Searcher: s.searcher, Explainer: s.searcher, Documents: s.db,
		StoreEditor: s.db, ProductEditor: s.db, CollectionEditor: s.db, MetafieldEditor: s.db,
		MenuWriter: s.db, PageWriter: s.db,
		Inventory: s.db, Locations: s.db, Carts: s.db, Till: s.db, Orders: s.db, Customers: s.db, CustomerEditor: s.db,
		DeliveryEditor: s.db, TaxEditor: s.db, DiscountEditor: s.db,
		PaymentEditor: s.db, Cards: s.cards,
		SynonymEditor: s.db, SearchRuleEditor: s.db, SearchFacetEditor: s.db,
		Searches: s.searches, SearchEvents: s.db, Gate: &auth.Gate{Throttles: s.db, Now: time.Now},
		WebhookEditor: s.db, WebhookLoopback: s.config.WebhooksLoopback,
		Visitors: &auth.Customers{Codes: s.db, Throttles: s.db, Sender: s.senders, Now: time.Now},
		Accounts: s.accounts(), Access: &auth.Access{Staff: s.db, Keys: s.db, Now: time.Now},
		Jobs: job.Editor{JobEditor: s.db, Runner: s.jobs}, Now: time.Now, Present: s.age.Present,
	}
}

// files takes the files of jobs in and hands them out.
func (s *service) files() http.Handler {
	f := &job.Files{Uploads: s.db, Logger: s.logger, Now: time.Now, LongLived: server.LongLived}
	f.Jobs = func(store commerce.StoreID) commerce.JobReader { return s.db.ViewOf([]commerce.StoreID{store}, true) }
	return f.Handler()
}

// accounts signs merchants in. Checking a password takes a processor for a while, so as many are checked at the same time as
// there are.
func (s *service) accounts() *auth.Accounts {
	return &auth.Accounts{Accounts: s.db, Sessions: s.db, Throttles: s.db, Passwords: auth.NewHasher(runtime.GOMAXPROCS(0)), Now: time.Now}
}

// pages are what share links open, and what people buy through.
func (s *service) pages() http.Handler {
	fresh := s.db.ViewOf(nil, true)
	return shop.New(shop.Options{
		Till: shop.Till{
			Carts: fresh, Pricer: fresh, Settings: fresh, Orders: fresh, Payments: fresh, Products: fresh, Media: fresh, Editor: s.db,
			Completer: s.db, Cards: s.cards,
		},
		Stores: s.db, Products: s.db, Options: s.db, Variants: s.db, Media: s.db, Collections: s.db, Texts: s.db, Searcher: s.searcher, Searches: s.searches,
		Logger: s.logger, RequestID: server.RequestID,
	})
}

// indexer makes the indexer. onSearchable, when set, hears how far it has come.
func (s *service) indexer(onSearchable func(cdc.Position)) (*indexer.Indexer, error) {
	if s.engine == nil {
		return nil, errors.New("--search postgres (KIRANA_SEARCH) leaves nothing to index: name a search engine and search with it")
	}
	guards, err := s.guards()
	if err != nil {
		return nil, err
	}
	metrics := telemetry.NewIndex(s.registry)
	return indexer.New(indexer.Config{
		DatabaseURL: s.config.DatabaseURL, ElasticsearchURL: s.config.ElasticsearchURL,
		Documents: s.db, Walks: s.db, State: s.db, DeadLetters: s.db, Catalogue: s.db, Redo: s.db, Log: s.db.Freshness(indexer.DefaultSlot),
		Logger: s.logger, Observer: metrics, Watcher: metrics, OnSearchable: onSearchable, Beside: guards, Now: time.Now,
	})
}

// addrSettings choose the address of the API.
const addrSettings = "--addr or KIRANA_ADDR"

// listen opens an address to serve on, which settings choose.
func listen(ctx context.Context, addr, settings string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (%s chooses another address): %w", addr, settings, err)
	}
	return l, nil
}
