package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// recorder stands between a server and Elasticsearch, and keeps the last search.
type recorder struct {
	mu   sync.Mutex
	path string
	body []byte
}

// beside measures searches, each next to the very request that it makes of Elasticsearch, sent to that from here.
func (b *searching) beside(s *system, r *results) error {
	requests, err := b.record(r.ctx, s)
	if err != nil {
		return err
	}
	var found, bare []time.Duration
	texts := searchTexts()
	whole := func(at int) error { _, err := s.post(r.ctx, fmt.Sprintf(searchDocument, texts[at])); return err }
	warm := b.Warm / 5 // the suggestions have warmed it up already
	for i := range warm + b.Requests {
		at := i % len(texts)
		ask := []func() error{func() error { return whole(at) }, func() error { return s.repeat(r.ctx, requests[at]) }}
		times := make([]time.Duration, len(ask))
		for n := range ask { // whoever comes second finds the caches warm
			which := (n + i/len(texts)) % len(ask)
			if times[which], err = took(ask[which]); err != nil {
				return err
			}
		}
		if i >= warm {
			found, bare = append(found, times[0]), append(bare, times[1])
		}
	}
	r.tell("text, facets, histogram, 20 products, p50", quantile(found, 0.50), "ms")
	r.atMost("text, facets, histogram, 20 products, p95", quantile(found, 0.95), "ms", searchP95)
	r.tell("the same request at Elasticsearch, p50", quantile(bare, 0.50), "ms")
	r.tell("the same request at Elasticsearch, p95", quantile(bare, 0.95), "ms")
	r.atMost("whole ÷ Elasticsearch, p50", quantile(found, 0.50)/quantile(bare, 0.50), "×", searchOverhead)
	return nil
}

func took(work func() error) (time.Duration, error) {
	began := time.Now()
	err := work()
	return time.Since(began), err
}

// record is what a server asks Elasticsearch for each text.
func (b *searching) record(ctx context.Context, s *system) ([]*recorder, error) {
	target, err := url.Parse(s.elastic.URL())
	if err != nil {
		return nil, err
	}
	var last recorder
	proxy := httputil.NewSingleHostReverseProxy(target)
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasSuffix(req.URL.Path, "/_search") {
			body, _ := io.ReadAll(req.Body) // what is cut short, Elasticsearch refuses
			req.Body = io.NopCloser(bytes.NewReader(body))
			last.mu.Lock()
			last.path, last.body = req.URL.RequestURI(), body
			last.mu.Unlock()
		}
		proxy.ServeHTTP(w, req)
	}))
	defer between.Close()
	aside, direct := *s, s.url
	defer func() { s.url = direct }()
	api, through, err := s.another(ctx, "--elasticsearch-url", between.URL)
	if err != nil {
		return nil, err
	}
	aside.url = through
	var all []*recorder
	for _, text := range searchTexts() {
		if _, err := aside.post(ctx, fmt.Sprintf(searchDocument, text)); err != nil {
			return nil, err
		}
		last.mu.Lock()
		all = append(all, &recorder{path: last.path, body: last.body})
		last.mu.Unlock()
	}
	fmt.Fprintf(os.Stderr, "a search is one request of %d bytes …\n", len(all[0].body))
	return all, api.stop()
}

// repeat sends a request to Elasticsearch and reads the answer to its end.
func (s *system) repeat(ctx context.Context, of *recorder) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.elastic.URL()+of.path, bytes.NewReader(of.body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("elasticsearch answered %s to a search that it has answered before", res.Status)
	}
	return nil
}
