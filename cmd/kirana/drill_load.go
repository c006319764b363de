package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kirana-commerce/kirana/demo"
)

// searchLoad searches stores, and remembers how each search was answered.
type searchLoad struct {
	url     string
	clients int
	client  http.Client

	mu     sync.Mutex
	phases []*searchPhase
	// counts are how many products each search without a text found first.
	counts map[string]int
}

// searchPhase is what happened between two events of a drill.
type searchPhase struct {
	name      string
	began     time.Time
	latencies []time.Duration
	degraded  int
	failed    int
	differ    int
	// first and last are when the first and the last degraded answer of the phase came.
	first, last time.Time
	faults      []string
}

// maxFaults is how many faults are kept as texts.
const maxFaults = 20

func newSearchLoad(url string, clients int) *searchLoad {
	return &searchLoad{
		url: url, clients: clients, counts: map[string]int{}, phases: []*searchPhase{{name: "calm", began: time.Now()}},
		client: http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: clients}},
	}
}

// searched is one search, and what came of it.
type searched struct {
	store, text string
	filters     string
}

const drillSearchDocument = `query($text: String!, $filters: [ProductFilter!]) { search(query: $text, first: 20, productFilters: $filters) {
	totalCount productFilters { id values { label count } } nodes { ... on Product { id title availableForSale } } } }`

// random is a search as shoppers make them: mostly with words, some with a slip, some by filters alone.
func random(r *rand.Rand) searched {
	texts := []string{"cotton", "kurta", "rice", "usb cable", "silk", "dal", "charger", "cottn kurta", "saree", "basmati rice", "tea", "red"}
	filters := []string{`[]`, `[{"available":true}]`, `[{"price":{"max":1000}}]`, `[{"variantOption":{"name":"Size","value":"M"}},{"available":true}]`}
	stores := []string{drillStore}
	for _, s := range demo.Stores() {
		stores = append(stores, s.Handle)
	}
	s := searched{store: stores[r.IntN(len(stores))], filters: filters[r.IntN(len(filters))]}
	if r.IntN(4) > 0 {
		s.text = texts[r.IntN(len(texts))]
	}
	return s
}

// found is an answer to a search.
type found struct {
	Data *struct {
		Search *struct {
			TotalCount int `json:"totalCount"`
		} `json:"search"`
	} `json:"data"`
	Errors     []json.RawMessage `json:"errors"`
	Extensions struct {
		Degraded []string `json:"degraded"`
	} `json:"extensions"`
}

// ask sends a search. It fails on anything but a whole answer.
func (l *searchLoad) ask(ctx context.Context, s searched) (found, error) {
	var f found
	body, err := json.Marshal(map[string]any{"query": drillSearchDocument, "variables": map[string]any{"text": s.text, "filters": json.RawMessage(s.filters)}})
	if err != nil {
		return f, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+"/stores/"+s.store+"/graphql", bytes.NewReader(body))
	if err != nil {
		return f, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := l.client.Do(request)
	if err != nil {
		return f, err
	}
	text, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil || response.StatusCode != http.StatusOK || len(f.Errors) > 0 || f.Data == nil || f.Data.Search == nil {
		return f, fmt.Errorf("status %d: %.300s", response.StatusCode, text)
	}
	return f, nil
}

// settle waits until a store's products can all be found, in the engine.
func (l *searchLoad) settle(ctx context.Context, store string, products int) error {
	const patience = 3 * time.Minute
	var last error
	for begun := time.Now(); time.Since(begun) < patience; {
		f, err := l.ask(ctx, searched{store: store, filters: "[]"})
		switch {
		case err != nil:
			last = err
		case f.Data.Search.TotalCount == products && len(f.Extensions.Degraded) == 0:
			return nil
		default:
			last = fmt.Errorf("%d of %d products are found", f.Data.Search.TotalCount, products)
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil { //nolint:mnd // often enough to lose no time
			return err
		}
	}
	return fmt.Errorf("the stores cannot be searched after %s: %w", patience, last)
}

// begin lets the clients search until the function is called, which waits for them.
func (l *searchLoad) begin(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	l.next("calm")
	var clients sync.WaitGroup
	for n := range l.clients {
		r := rand.New(rand.NewPCG(uint64(n), 1)) //nolint:gosec // what is searched for is no secret
		clients.Go(func() {
			for ctx.Err() == nil {
				l.one(ctx, random(r))
			}
		})
	}
	return sync.OnceFunc(func() {
		cancel()
		clients.Wait()
	})
}

// one makes a search and writes down what came of it. One that the end of the drill cuts short counts for nothing.
func (l *searchLoad) one(ctx context.Context, s searched) {
	begun := time.Now()
	f, err := l.ask(ctx, s)
	if ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.phases[len(l.phases)-1] // a search belongs to the time at which it was answered
	p.latencies = append(p.latencies, time.Since(begun))
	if err != nil {
		p.failed++
		p.fault("%s: %q %s: %s", s.store, s.text, s.filters, err)
		return
	}
	if len(f.Extensions.Degraded) > 0 {
		p.degraded++
		p.last = time.Now()
		if p.first.IsZero() {
			p.first = p.last
		}
	}
	if s.text != "" {
		return // which words are near to which is the engine's own to say; docs/search.md
	}
	key := s.store + s.filters
	if before, known := l.counts[key]; !known {
		l.counts[key] = f.Data.Search.TotalCount
	} else if before != f.Data.Search.TotalCount {
		p.differ++
		p.fault("%s %s: %d products were %d before", s.store, s.filters, f.Data.Search.TotalCount, before)
	}
}

func (p *searchPhase) fault(format string, args ...any) {
	if len(p.faults) < maxFaults {
		p.faults = append(p.faults, strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " "))
	}
}

// next begins another phase, and returns when.
func (l *searchLoad) next(name string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &searchPhase{name: name, began: time.Now()}
	l.phases = append(l.phases, p)
	return p.began
}

// quantile is the latency that a share of the searches of a phase stay within, in milliseconds.
func (p *searchPhase) quantile(share float64) float64 {
	if len(p.latencies) == 0 {
		return 0
	}
	slices.Sort(p.latencies)
	return milliseconds(p.latencies[min(int(share*float64(len(p.latencies))), len(p.latencies)-1)])
}
