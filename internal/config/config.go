// Package config is the settings of a process: one struct, read from flags and the environment, checked as a whole.
//
// It never reads the environment itself: the command line parser does, for cmd.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// Config is every setting. Each has a row in docs/config.md.
type Config struct {
	Addr                string        `name:"addr" env:"KIRANA_ADDR" default:"127.0.0.1:8080" help:"Address to listen on, as host:port. Port 0 takes any free one."`
	DatabaseURL         string        `name:"database-url" env:"DATABASE_URL" help:"The Postgres primary, as postgres://user:password@host:port/database?sslmode=…. Secret." secret:""`
	DatabaseReplicaURLs []string      `name:"database-replica-urls" env:"DATABASE_REPLICA_URLS" sep:"," help:"Postgres replicas to read from, separated by commas. Secret." secret:""`
	ElasticsearchURL    string        `name:"elasticsearch-url" env:"ELASTICSEARCH_URL" help:"The search engine, as http://host:port, with user:password@ where it asks for them. Secret." secret:""`
	Search              string        `name:"search" env:"KIRANA_SEARCH" enum:"auto,elasticsearch,postgres" default:"auto" help:"What answers searches: auto asks Elasticsearch and, while it does not answer, Postgres; elasticsearch or postgres alone."`
	PublicURL           string        `name:"public-url" env:"KIRANA_PUBLIC_URL" help:"Address clients reach the server under, for links in answers. Empty: that of each request."`
	Introspection       string        `name:"introspection" env:"KIRANA_INTROSPECTION" enum:"always,signed-in,never" default:"${introspection}" help:"Who may read the schema through the API: always everybody, signed-in merchants and API keys, or never anybody."`
	Documents           string        `name:"documents" env:"KIRANA_DOCUMENTS" help:"Folder of persisted documents: manifests (*.json) and documents (*.graphql). Empty: none."`
	DocumentsOnly       bool          `name:"documents-only" env:"KIRANA_DOCUMENTS_ONLY" help:"Serve persisted documents alone."`
	LogLevel            slog.Level    `name:"log-level" env:"KIRANA_LOG_LEVEL" default:"${log_level}" help:"The least important messages to log: DEBUG, INFO, WARN or ERROR."`
	ReplicaMaxLag       time.Duration `name:"replica-max-lag" env:"KIRANA_REPLICA_MAX_LAG" default:"1s" help:"How far a replica may be behind and still be read from."`
	RequestTimeout      time.Duration `name:"request-timeout" env:"KIRANA_REQUEST_TIMEOUT" default:"15s" help:"How long one request may take."`
	BaseDomain          string        `name:"base-domain" env:"KIRANA_BASE_DOMAIN" help:"Domain under which each store has a host of its own, as {handle}.<domain>. Empty: none has."`
	CORSOrigins         []string      `name:"cors-origins" env:"KIRANA_CORS_ORIGINS" sep:"," default:"${cors_origins}" help:"Sites whose pages may use the API, such as https://shop.example.com, separated by commas; * for all, loopback for those on this machine."`
	GetQueries          bool          `name:"get-queries" env:"KIRANA_GET_QUERIES" help:"Let clients send queries as text with GET. Without it GET is for registered documents alone."`
	Jobs                int           `name:"jobs" env:"KIRANA_JOBS" default:"1" help:"How many imports and exports this process works on at the same time. 0 leaves them to other processes."`
	WebhooksLoopback    bool          `name:"webhooks-loopback" env:"KIRANA_WEBHOOKS_LOOPBACK" default:"${webhooks_loopback}" help:"Let webhooks be sent to this machine, also without https. For development alone."`
	SMTPURL             string        `name:"smtp-url" env:"KIRANA_SMTP_URL" help:"The mail server that sends customers their codes, as smtp://user:password@host:587?from=shop@example.com, or smtps:// where TLS comes first. Empty: none. Secret." secret:""`
	VerifyEvery         time.Duration `name:"verify-every" env:"KIRANA_VERIFY_EVERY" default:"24h" help:"How often whoever indexes holds the whole search index against the database, a page now and a page then. 0 never."`
	TrustProxy          bool          `name:"trust-proxy" env:"KIRANA_TRUST_PROXY" help:"Believe the headers X-Forwarded-Proto and X-Forwarded-For. Only behind a proxy that sets them itself."`

	StripeKey            string `name:"stripe-key" env:"KIRANA_STRIPE_KEY" help:"Secret key of the platform's account at Stripe. Empty: no payments by card. Secret." secret:""`
	StripeWebhookSecret  string `name:"stripe-webhook-secret" env:"KIRANA_STRIPE_WEBHOOK_SECRET" help:"What Stripe signs its messages to /webhooks/stripe with. Secret." secret:""`
	StripePublishableKey string `name:"stripe-publishable-key" env:"KIRANA_STRIPE_PUBLISHABLE_KEY" help:"Key of the platform's account at Stripe for browsers."`
	StripeURL            string `name:"stripe-url" env:"KIRANA_STRIPE_URL" help:"Where Stripe is, for tests. Empty: Stripe's own address."`
}

// The values of Introspection that let everybody read the schema, or those whom the server knows.
const (
	IntrospectionAlways   = "always"
	IntrospectionSignedIn = "signed-in"
)

// The values of Search.
const (
	SearchAuto     = "auto"
	SearchPostgres = "postgres"
)

// Vars are what the defaults of Config refer to. A command overrides one with kong's set tag:
// `embed:"" set:"introspection=always"`.
func Vars() kong.Vars {
	return kong.Vars{"introspection": "signed-in", "log_level": "INFO", "cors_origins": "", "webhooks_loopback": "false"}
}

// Introspects reports whether everybody may read the schema.
func (c *Config) Introspects() bool { return c.Introspection == IntrospectionAlways }

// Cards reports whether payments by card are taken.
func (c *Config) Cards() bool { return c.StripeKey != "" }

// IntrospectsSignedIn reports whether merchants and API keys may read the schema, and nobody else.
func (c *Config) IntrospectsSignedIn() bool { return c.Introspection == IntrospectionSignedIn }

// Check reports everything that is wrong at once. No message contains a secret. It is not called Validate, because kong
// calls a method of that name while it parses, before `kirana dev` can fill in the addresses of its own servers.
func (c *Config) Check() error {
	var errs []error
	report := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	_, port, err := net.SplitHostPort(c.Addr)
	report(err != nil || port == "", "--addr (KIRANA_ADDR): %q is not host:port, such as 127.0.0.1:8080", c.Addr)
	report(c.DatabaseURL == "", "--database-url (DATABASE_URL) is missing: name the Postgres primary, or run `kirana dev`, which brings its own")
	report(c.DatabaseURL != "" && !isURL(c.DatabaseURL, "postgres", "postgresql"), "--database-url (DATABASE_URL): not an address of the form postgres://user:password@host:port/database")
	for i, replica := range c.DatabaseReplicaURLs {
		report(!isURL(replica, "postgres", "postgresql"), "--database-replica-urls (DATABASE_REPLICA_URLS): number %d is not an address of the form postgres://user:password@host:port/database", i+1)
	}
	report(c.ElasticsearchURL == "" && c.Search != SearchPostgres, "--elasticsearch-url (ELASTICSEARCH_URL) is missing: name the search engine, do without one (--search postgres), or run `kirana dev`, which brings its own")
	report(c.ElasticsearchURL != "" && !isURL(c.ElasticsearchURL, "http", "https"), "--elasticsearch-url (ELASTICSEARCH_URL): not an address of the form http://host:port")
	report(c.PublicURL != "" && !isURL(c.PublicURL, "http", "https"), "--public-url (KIRANA_PUBLIC_URL): %q is not an address of the form https://shop.example.com", c.PublicURL)
	report(c.SMTPURL != "" && !isURL(c.SMTPURL, "smtp", "smtps"), "--smtp-url (KIRANA_SMTP_URL): not an address of the form smtp://user:password@host:587?from=shop@example.com")
	report(c.DocumentsOnly && c.Documents == "", "--documents-only (KIRANA_DOCUMENTS_ONLY) needs --documents (KIRANA_DOCUMENTS), the folder of the documents")
	report(c.BaseDomain != "" && !isDomain(c.BaseDomain), "--base-domain (KIRANA_BASE_DOMAIN): %q is not a domain, such as shops.example.com", c.BaseDomain)
	for _, origin := range c.CORSOrigins {
		report(!isOrigin(origin), "--cors-origins (KIRANA_CORS_ORIGINS): %q is not an origin of the form https://shop.example.com, nor * or loopback", origin)
	}
	set := 0
	for _, text := range []string{c.StripeKey, c.StripeWebhookSecret, c.StripePublishableKey} {
		if text != "" {
			set++
		}
	}
	report(set != 0 && set != 3, "payments by card need all of --stripe-key (KIRANA_STRIPE_KEY), --stripe-webhook-secret (KIRANA_STRIPE_WEBHOOK_SECRET) and --stripe-publishable-key (KIRANA_STRIPE_PUBLISHABLE_KEY)")
	report(c.StripeURL != "" && !isURL(c.StripeURL, "http", "https"), "--stripe-url (KIRANA_STRIPE_URL): %q is not an address of the form https://api.stripe.com", c.StripeURL)
	report(c.ReplicaMaxLag <= 0, "--replica-max-lag (KIRANA_REPLICA_MAX_LAG): %s is not more than 0", c.ReplicaMaxLag)
	report(c.VerifyEvery < 0, "--verify-every (KIRANA_VERIFY_EVERY): %s is less than 0", c.VerifyEvery)
	report(c.Jobs < 0, "--jobs (KIRANA_JOBS): %d is less than 0", c.Jobs)
	report(c.RequestTimeout <= 0, "--request-timeout (KIRANA_REQUEST_TIMEOUT): %s is not more than 0", c.RequestTimeout)
	return errors.Join(errs...)
}

func isURL(text string, schemes ...string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return false
	}
	return slices.Contains(schemes, u.Scheme)
}

// isDomain reports whether a text is a domain alone, without a scheme, a port or a path.
func isDomain(text string) bool {
	u, err := url.Parse("http://" + text)
	return err == nil && u.Hostname() == text && !strings.HasPrefix(text, ".") && !strings.HasSuffix(text, ".")
}

// isOrigin reports whether a text is what browsers send as Origin, or one of the words for several.
func isOrigin(text string) bool {
	if text == "*" || text == "loopback" {
		return true
	}
	u, err := url.Parse(text)
	return err == nil && isURL(text, "http", "https") && !strings.Contains(text, "*") && text == u.Scheme+"://"+u.Host
}

// LogValue shows the settings without their secrets.
func (c *Config) LogValue() slog.Value {
	replicas := make([]string, len(c.DatabaseReplicaURLs))
	for i, r := range c.DatabaseReplicaURLs {
		replicas[i] = redact(r)
	}
	return slog.GroupValue(
		slog.String("addr", c.Addr),
		slog.String("database_url", redact(c.DatabaseURL)),
		slog.String("database_replica_urls", strings.Join(replicas, ",")),
		slog.String("elasticsearch_url", redact(c.ElasticsearchURL)),
		slog.String("search", c.Search),
		slog.String("public_url", c.PublicURL),
		slog.String("introspection", c.Introspection),
		slog.String("documents", c.Documents),
		slog.Bool("documents_only", c.DocumentsOnly),
		slog.String("log_level", c.LogLevel.String()),
		slog.Duration("replica_max_lag", c.ReplicaMaxLag),
		slog.Duration("request_timeout", c.RequestTimeout),
		slog.String("base_domain", c.BaseDomain),
		slog.String("cors_origins", strings.Join(c.CORSOrigins, ",")),
		slog.Bool("get_queries", c.GetQueries),
		slog.Int("jobs", c.Jobs),
		slog.Bool("webhooks_loopback", c.WebhooksLoopback),
		slog.String("smtp_url", redact(c.SMTPURL)),
		slog.Duration("verify_every", c.VerifyEvery),
		slog.Bool("trust_proxy", c.TrustProxy),
		slog.String("stripe_key", hide(c.StripeKey)),
		slog.String("stripe_webhook_secret", hide(c.StripeWebhookSecret)),
		slog.String("stripe_publishable_key", c.StripePublishableKey),
		slog.String("stripe_url", redact(c.StripeURL)),
	)
}

// redact leaves of an address what is safe to log: passwords can also stand in the query.
func redact(text string) string {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return ""
	case err != nil || u.Host == "":
		return "(unreadable)"
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// hide leaves of a secret that there is one.
func hide(text string) string {
	if text == "" {
		return ""
	}
	return "(hidden)"
}
