package config_test

import (
	"bytes"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/internal/config"
)

// cli is a command line as cmd makes it: two commands with the same settings and one other default.
type cli struct {
	Serve struct {
		config.Config `embed:""`
	} `cmd:""`
	Dev struct {
		config.Config `embed:"" set:"introspection=always" set:"cors_origins=loopback"` //nolint:staticcheck // kong takes several
	} `cmd:""`
}

func parse(t *testing.T, args ...string) (cli, error) {
	t.Helper()
	var c cli
	p, err := kong.New(&c, config.Vars())
	require.NoError(t, err)
	_, err = p.Parse(args)
	return c, err
}

// TestDocumentation holds docs/config.md and Config equal.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/config.md")
	require.NoError(t, err)
	var rows []string
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "| `--") {
			rows = append(rows, strings.TrimSpace(line))
		}
	}
	var want []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[config.Config]()) {
		def := "none"
		switch d := f.Tag.Get("default"); {
		case d == "${introspection}":
			def = "`" + config.Vars()["introspection"] + "` (`kirana dev`: `always`)"
		case d == "${log_level}":
			def = "`" + config.Vars()["log_level"] + "` (`kirana dev`: `WARN`)"
		case d == "${webhooks_loopback}":
			def = "`" + config.Vars()["webhooks_loopback"] + "` (`kirana dev`: `true`)"
		case d == "${cors_origins}":
			def = "none (`kirana dev`: `loopback`)"
		case d != "":
			def = "`" + d + "`"
		case f.Type.Kind() == reflect.Bool:
			def = "`false`"
		}
		want = append(want, "| `--"+f.Tag.Get("name")+"` | `"+f.Tag.Get("env")+"` | "+def+" | "+f.Tag.Get("help")+" |")
	}
	require.Equal(t, want, rows)
}

func TestDefaults(t *testing.T) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[config.Config]()) {
		t.Setenv(f.Tag.Get("env"), "")
		require.NoError(t, os.Unsetenv(f.Tag.Get("env")))
	}
	c, err := parse(t, "serve")
	require.NoError(t, err)
	require.Equal(t, config.Config{
		Addr: "127.0.0.1:8080", Search: "auto", Introspection: "signed-in", LogLevel: slog.LevelInfo, ReplicaMaxLag: time.Second, RequestTimeout: 15 * time.Second, Jobs: 1, VerifyEvery: 24 * time.Hour,
	}, c.Serve.Config)
	require.False(t, c.Serve.Introspects())
	require.True(t, c.Serve.IntrospectsSignedIn())

	c, err = parse(t, "dev")
	require.NoError(t, err)
	require.True(t, c.Dev.Introspects())
	require.False(t, c.Dev.IntrospectsSignedIn())
	require.Equal(t, []string{"loopback"}, c.Dev.CORSOrigins)
}

func TestEnvironmentAndFlags(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://a:b@db/kirana")
	t.Setenv("DATABASE_REPLICA_URLS", "postgres://r1/kirana,postgres://r2/kirana")
	t.Setenv("KIRANA_LOG_LEVEL", "DEBUG")
	t.Setenv("KIRANA_TRUST_PROXY", "true")
	t.Setenv("KIRANA_CORS_ORIGINS", "https://a.example,http://b.example:3000")
	t.Setenv("KIRANA_REQUEST_TIMEOUT", "20s")
	c, err := parse(t, "serve", "--request-timeout=3s", "--introspection=always")
	require.NoError(t, err)
	got := c.Serve.Config
	require.Equal(t, "postgres://a:b@db/kirana", got.DatabaseURL)
	require.Equal(t, []string{"postgres://r1/kirana", "postgres://r2/kirana"}, got.DatabaseReplicaURLs)
	require.Equal(t, slog.LevelDebug, got.LogLevel)
	require.True(t, got.TrustProxy)
	require.Equal(t, 3*time.Second, got.RequestTimeout)
	require.Equal(t, []string{"https://a.example", "http://b.example:3000"}, got.CORSOrigins)

	_, err = parse(t, "serve", "--introspection=sometimes")
	require.ErrorContains(t, err, "--introspection must be one of")
}

func valid() config.Config {
	return config.Config{
		Addr: "127.0.0.1:0", DatabaseURL: "postgres://kirana:hunter2@db:5432/kirana?sslmode=disable&password=hunter2",
		DatabaseReplicaURLs: []string{"postgresql://kirana:hunter2@replica/kirana"}, ElasticsearchURL: "https://elastic:hunter2@search:9200",
		PublicURL: "https://shop.example.com", Introspection: "never", ReplicaMaxLag: time.Second, RequestTimeout: time.Second,
		BaseDomain: "shops.example.com", CORSOrigins: []string{"https://shop.example.com", "http://localhost:3000", "*", "loopback"},
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*config.Config)
		want   []string
	}{
		{name: "valid", change: func(*config.Config) {}},
		{name: "no replicas, no public address", change: func(c *config.Config) { c.DatabaseReplicaURLs, c.PublicURL = nil, "" }},
		{name: "address without a port", change: func(c *config.Config) { c.Addr = "localhost" }, want: []string{`--addr (KIRANA_ADDR): "localhost" is not host:port`}},
		{name: "nothing", change: func(c *config.Config) { *c = config.Config{} }, want: []string{
			"--addr", "--database-url (DATABASE_URL) is missing", "--elasticsearch-url (ELASTICSEARCH_URL) is missing", "--replica-max-lag", "--request-timeout",
		}},
		{name: "no domain", change: func(c *config.Config) { c.BaseDomain = "https://shops.example.com" }, want: []string{"--base-domain"}},
		{name: "a domain with a port", change: func(c *config.Config) { c.BaseDomain = "shops.example.com:80" }, want: []string{"--base-domain"}},
		{name: "a domain with a dot before it", change: func(c *config.Config) { c.BaseDomain = ".example.com" }, want: []string{"--base-domain"}},
		{name: "no origins", change: func(c *config.Config) {
			c.CORSOrigins = []string{"shop.example.com", "https://shop.example.com/", "https://*.example.com", "ftp://shop.example.com", "null"}
		}, want: []string{
			`--cors-origins (KIRANA_CORS_ORIGINS): "shop.example.com"`, `--cors-origins (KIRANA_CORS_ORIGINS): "https://shop.example.com/"`,
			`--cors-origins (KIRANA_CORS_ORIGINS): "https://*.example.com"`, `--cors-origins (KIRANA_CORS_ORIGINS): "ftp://`, `--cors-origins (KIRANA_CORS_ORIGINS): "null"`,
		}},
		{name: "other kinds of addresses", change: func(c *config.Config) {
			c.DatabaseURL, c.DatabaseReplicaURLs = "host=db password=hunter2", []string{"postgres://ok/kirana", "mysql://hunter2@db/kirana"}
			c.ElasticsearchURL, c.PublicURL = "hunter2:9200", "shop.example.com"
		}, want: []string{"--database-url", "--database-replica-urls (DATABASE_REPLICA_URLS): number 2", "--elasticsearch-url", "--public-url"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			settings := valid()
			c.change(&settings)
			err := settings.Check()
			if len(c.want) == 0 {
				require.NoError(t, err)
				return
			}
			lines := strings.Split(err.Error(), "\n")
			require.Len(t, lines, len(c.want))
			for i, want := range c.want {
				require.True(t, strings.HasPrefix(lines[i], want), lines[i])
			}
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestLogHidesSecrets(t *testing.T) {
	t.Parallel()
	settings := valid()
	settings.StripeKey, settings.StripeWebhookSecret = "sk_live_hunter2", "whsec_hunter2"
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("settings", "config", &settings)
	require.NotContains(t, b.String(), "hunter2")
	require.Contains(t, b.String(), "postgres://db:5432/kirana")
	for _, f := range reflect.VisibleFields(reflect.TypeFor[config.Config]()) {
		require.Contains(t, b.String(), `"`+strings.ReplaceAll(f.Tag.Get("name"), "-", "_")+`"`)
	}
}
