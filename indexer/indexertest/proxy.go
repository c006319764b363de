package indexertest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// Between is what happens between an indexer and its search engine.
type Between struct {
	// Before sees a request before the engine does, and may change its body or answer it.
	Before func(w http.ResponseWriter, r *http.Request, body *[]byte) (answered bool)
	// After sees the engine's answer before the indexer does, and may change it.
	After func(r *http.Response)
}

// Proxy is an HTTP proxy in front of a search engine.
type Proxy struct {
	// URL is where it listens.
	URL       string
	server    *http.Server
	transport *http.Transport
	served    chan struct{}
}

// NewProxy starts a proxy in front of the engine at an address.
func NewProxy(engine string, b Between) (*Proxy, error) {
	target, err := url.Parse(engine)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{URL: "http://" + listener.Addr().String(), transport: &http.Transport{MaxIdleConnsPerHost: 8}, served: make(chan struct{})}
	p.server = &http.Server{Handler: p.handler(target, b), ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() {
		defer close(p.served)
		_ = p.server.Serve(listener) // it ends when Close closes the listener
	}()
	return p, nil
}

func (p *Proxy) handler(target *url.URL, b Between) http.Handler {
	engine := httputil.NewSingleHostReverseProxy(target)
	engine.Transport, engine.ErrorLog = p.transport, slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	engine.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	if b.After != nil {
		engine.ModifyResponse = func(r *http.Response) error {
			b.After(r)
			return nil
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || b.Before != nil && b.Before(w, r, &body) {
			return
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		engine.ServeHTTP(w, r)
	})
}

// Close cuts all connections.
func (p *Proxy) Close() {
	_ = p.server.Close()
	<-p.served
	p.transport.CloseIdleConnections()
}

// IsBulk says that a request writes documents.
func IsBulk(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/_bulk") }

// Answer answers a request as the search engine would.
func Answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
