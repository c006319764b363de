package search

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/kirana-commerce/kirana/commerce"
)

// unavailable is how clients are told which part does not answer.
const unavailable = "Search"

// Options tune an Engine. The zero value is what production runs with.
type Options struct {
	// Alias is the index or alias to read, Alias when empty.
	Alias string
	// Timeout bounds a call, its retry included. 0 is 3 seconds.
	Timeout time.Duration
	// Now is the clock that publication times are compared with, time.Now when nil.
	Now func() time.Time
	// Key is what cursors are signed with, the same in all processes that answer each other's. Nil makes one for this Engine alone. While it
	// fails, pages by relevance drift.
	Key func(ctx context.Context) ([]byte, error)
}

// Engine answers searches from Elasticsearch. It implements commerce.ProductSearcher and is safe for concurrent use.
type Engine struct {
	alias   string
	timeout time.Duration
	now     func() time.Time
	http    *http.Transport
	api     esapi.Transport
	key     signingKey
	vintage *vintage
}

var _ commerce.ProductSearcher = (*Engine)(nil)

// Open makes an Engine for the server at url, such as http://127.0.0.1:9200. User and password may stand in the URL.
// It does not connect: Ping tells whether the server is there.
func Open(address string, o Options) (*Engine, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("search: the Elasticsearch URL is not of the form http://host:port")
	}
	e := &Engine{
		alias: cmp.Or(o.Alias, Alias), timeout: cmp.Or(o.Timeout, 3*time.Second), now: o.Now, key: signingKey{read: o.Key}, vintage: newVintage(),
		http: &http.Transport{
			MaxIdleConns: 256, MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second,
			// The answers come from next door: unpacking them would cost more than carrying them.
			DisableCompression: true,
		},
	}
	if e.now == nil {
		e.now = time.Now //nolint:forbidigo // the default of an injected clock
	}
	// One more try meets the restart of a node or a connection closed while idle; more would add load to an engine
	// that has too much of it.
	e.api, err = elastictransport.NewClient(
		elastictransport.WithURLs(u), elastictransport.WithTransport(e.http), elastictransport.WithMaxRetries(1))
	if err != nil {
		return nil, fmt.Errorf("search: set up the Elasticsearch client: %w", err)
	}
	return e, nil
}

// Close ends the idle connections. The Engine stays usable.
func (e *Engine) Close() { e.http.CloseIdleConnections() }

// Ping reports whether the engine answers and has an index to search. Code UNAVAILABLE.
func (e *Engine) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	res, err := esapi.IndicesExistsRequest{Index: []string{e.alias}}.Do(ctx, e.api)
	if err != nil {
		return commerce.Unavailable(unavailable, fmt.Errorf("ask Elasticsearch for %s: %w", e.alias, err))
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return commerce.Unavailable(unavailable, fmt.Errorf("no index behind %s: Elasticsearch answered %s", e.alias, res.Status()))
	}
	return nil
}

// SearchProducts answers the queries in one round trip, and in one more where one query turns the first page by relevance. Where very many
// products match what is being typed it takes one more, or two if few titles go on with it; the first search of all waits for what the live
// index has, too. Pages in the other orders neither repeat nor miss products that do not change; those by relevance do not either, unless the
// result says that it drifts.
// Code UNAVAILABLE when the engine does not answer in time or has no index, BAD_USER_INPUT for a text, order or cursor
// that cannot be used.
func (e *Engine) SearchProducts(ctx context.Context, queries []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	if len(queries) == 0 {
		return []commerce.SearchResult{}, nil
	}
	requests := make([]request, len(queries))
	now := e.now()
	older := e.older(ctx, now, queries...)
	for i, q := range queries {
		var err error
		if requests[i], err = newPageRequest(q, now, older, e.key.of(ctx, q)); err != nil {
			return nil, err
		}
	}
	responses, err := e.pages(ctx, queries, requests, now)
	if err != nil {
		return nil, err
	}
	results := make([]commerce.SearchResult, len(queries))
	for i, q := range queries {
		if results[i], err = responses[i].result(q, &requests[i], now); err != nil {
			return nil, err
		}
	}
	return results, e.suggest(ctx, queries, responses, results)
}

// pages asks for a page of each query. Of several at a time none is walked, so that the number of requests does not depend on them.
func (e *Engine) pages(ctx context.Context, queries []commerce.SearchQuery, requests []request, now time.Time) ([]response, error) {
	if len(queries) == 1 && requests[0].later && walked(queries[0]) {
		page, err := e.turn(ctx, queries[0], &requests[0], now)
		return []response{page}, err
	}
	for i := range requests {
		if requests[i].later && requests[i].walk.View != "" {
			requests[i].walk = walk{}
			requests[i].build(queries[i], now, false)
		}
	}
	responses, err := e.ask(ctx, requests)
	if err == nil {
		err = e.typed(ctx, queries, requests, responses, now)
	}
	for i := range responses {
		responses[i].drifts = requests[i].later && walked(queries[i])
	}
	return responses, err
}

func (e *Engine) ask(ctx context.Context, requests []request) ([]response, error) {
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	var responses []response
	var err error
	if len(requests) == 1 {
		responses = make([]response, 1)
		err = e.do(ctx, e.one(requests[0], answered()...), &responses[0])
	} else {
		several := struct{ Responses []response }{}
		err = e.do(ctx, e.several(requests), &several)
		responses = several.Responses
	}
	if err != nil {
		return nil, err
	}
	if len(responses) != len(requests) {
		return nil, fmt.Errorf("search: %d answers to %d searches", len(responses), len(requests))
	}
	for i := range responses {
		if err := responses[i].fault(); err != nil {
			return nil, err
		}
	}
	return responses, nil
}

// searchRequest is a request for those parts of an answer that are named, for all where none is. What a part of the shards finds is no answer.
func searchRequest(body object, parts ...string) esapi.SearchRequest {
	whole := false
	return esapi.SearchRequest{Body: bytes.NewReader(encode(body)), AllowPartialSearchResults: &whole, FilterPath: parts}
}

// one is the request of one search.
func (e *Engine) one(r request, parts ...string) esapi.Request {
	s := searchRequest(r.body, parts...)
	s.Index, s.Routing = []string{e.alias}, []string{r.routing}
	return s
}

func (e *Engine) several(requests []request) esapi.Request {
	var body bytes.Buffer
	for _, r := range requests {
		body.Write(encode(object{"index": e.alias, "routing": r.routing, "allow_partial_search_results": false}))
		body.WriteByte('\n')
		body.Write(encode(r.body))
		body.WriteByte('\n')
	}
	return esapi.MsearchRequest{Body: bytes.NewReader(body.Bytes()), FilterPath: answeredEach()}
}

// do sends a request and reads the answer into out.
func (e *Engine) do(ctx context.Context, r esapi.Request, out any) error {
	res, err := r.Do(ctx, e.api)
	if err != nil {
		return commerce.Unavailable(unavailable, fmt.Errorf("search in %s: %w", e.alias, err))
	}
	defer func() { _ = res.Body.Close() }()
	if res.IsError() {
		text, err := io.ReadAll(io.LimitReader(res.Body, longestFault))
		return faultOf(res.StatusCode, text, err)
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return commerce.Unavailable(unavailable, fmt.Errorf("read Elasticsearch's answer: %w", err))
	}
	return nil
}

// fault is what went wrong with one search of a request that itself went well.
func (r *verdict) fault() error {
	switch {
	case len(r.Error) > 0:
		return faultOf(r.Status, r.Error[:min(len(r.Error), longestFault)], nil)
	case r.TimedOut || r.Shards.Failed > 0:
		return commerce.Unavailable(unavailable, fmt.Errorf("only a part of the index answered (timed out: %t, failed shards: %d)", r.TimedOut, r.Shards.Failed))
	}
	return nil
}

// longestFault bounds what of an error's text goes into logs, in bytes.
const longestFault = 2048

// What the engine says of a request that it cannot take, and of all that it does not answer as it should.
var (
	errRefused  = errors.New("search: the engine refused a request")
	errAnswered = errors.New("search: the engine answered with a fault")
)

// faultOf tells a request that the engine refuses, which is a fault of this package and will not go away, from every
// other answer, which is the engine's state and will.
func faultOf(status int, text []byte, readErr error) error {
	err := errors.Join(fmt.Errorf("the engine answered %d: %s", status, bytes.ToValidUTF8(text, nil)), readErr)
	err = fmt.Errorf("%w: %w", errAnswered, err)
	if status == http.StatusBadRequest {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	return commerce.Unavailable(unavailable, err)
}
