package indexer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/elastic/go-elasticsearch/v8"
	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// callTimeout bounds every request to the engine, so that a connection that went silent ends the run instead of hanging it.
// It stays far below index.gc_deletes: a request that arrives late still meets the tombstone of a removal.
const callTimeout = 30 * time.Second

// engine is the search engine as the indexer uses it.
type engine struct {
	http *http.Transport
	api  *elasticsearch.Client
}

func newEngine(address string) (*engine, error) {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: 90 * time.Second, DisableCompression: true}
	api, err := elasticsearch.NewClient(elasticsearch.Config{
		Addresses: []string{address}, Transport: t,
		// Retries are the bulk writer's: it knows which items of a request are still to be written.
		DisableRetry: true,
	})
	if err != nil {
		return nil, fmt.Errorf("indexer: search engine address: %w", err)
	}
	return &engine{http: t, api: api}, nil
}

// call makes a request and reads the answer into out; when out is nil the answer only has to say that it was done. A refused
// request is a *refusal.
func (e *engine) call(ctx context.Context, req esapi.Request, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	res, err := req.Do(ctx, e.api)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.IsError() {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
		return &refusal{status: res.StatusCode, text: string(text)}
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if out != nil {
		return json.Unmarshal(text, out)
	}
	return done(text)
}

// done reads the answer to a request that changes something: no shard may have failed, and every node must know of it.
func done(text []byte) error {
	verdict := struct {
		Acknowledged bool `json:"acknowledged"`
		Shards       struct {
			Failed int `json:"failed"`
		} `json:"_shards"`
	}{Acknowledged: true} // what concerns shards alone does not say it
	if err := json.Unmarshal(text, &verdict); err != nil {
		return err
	}
	if !verdict.Acknowledged || verdict.Shards.Failed > 0 {
		return fmt.Errorf("the search engine did only a part of what it was told: %s", text)
	}
	return nil
}

// refusal is an answer of the engine that is no success.
type refusal struct {
	status int
	kind   string // the engine's word for it, empty when the whole request was refused
	text   string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("search engine answered %d %s: %s", r.status, http.StatusText(r.status), r.text)
}

// passing reports whether the same request may succeed later: the engine was busy, or away.
func (r *refusal) passing() bool {
	return r.status == http.StatusTooManyRequests || r.status >= http.StatusInternalServerError
}

// divides reports whether the request was refused for what is in it, so that a smaller part may be taken.
func (r *refusal) divides() bool {
	return r.status == http.StatusRequestEntityTooLarge || r.status == http.StatusBadRequest
}

// name is the kind of the refusal, for people who look for others like it.
func (r *refusal) name() string { return orDefault(r.kind, fmt.Sprintf("http_%d", r.status)) }
