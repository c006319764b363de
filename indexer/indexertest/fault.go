package indexertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The faults of requests, by the names they are counted under.
const (
	faultDelay  = "request delayed"
	faultLost   = "request lost"
	faultUnsaid = "answer lost"
	faultTwice  = "request sent again, late"
	faultBusy   = "answered 429"
	faultAway   = "answered 503"
	faultCut    = "answer cut off"
	faultFewer  = "answer with too few items"
	faultItems  = "items refused with 429 or 503"
)

// Faults makes a search engine misbehave. Its Trap knows the edges of requests.
type Faults struct {
	Trap
	engine string
	ctx    context.Context //nolint:containedctx // that of the requests which are sent again on their own
	end    context.CancelFunc
	late   sync.WaitGroup
	client *http.Client

	mu     sync.Mutex
	chance *rand.Rand
	oneIn  int
	slow   time.Duration
	refuse bool
	counts map[string]int
}

// NewFaults makes the faults for the engine at an address. None happens before Often.
func NewFaults(engine string, seed uint64) *Faults {
	f := &Faults{
		engine: engine, counts: make(map[string]int), client: &http.Client{Transport: &http.Transport{}},
		chance: rand.New(rand.NewPCG(seed, 0)),
	}
	f.ctx, f.end = context.WithCancel(context.Background())
	return f
}

// Close ends the requests that are still to be sent again.
func (f *Faults) Close() {
	f.end()
	f.late.Wait()
	f.client.CloseIdleConnections()
}

// Often says that one request in n has a fault; 0 is none.
func (f *Faults) Often(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.oneIn = n
}

// Slow makes every bulk request take at least d.
func (f *Faults) Slow(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slow = d
}

// Refuse has the next bulk request answered with some of its items refused.
func (f *Faults) Refuse() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = true
}

// Count notes a fault.
func (f *Faults) Count(kind string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts[kind]++
}

// Counts is how often each fault happened.
func (f *Faults) Counts() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.counts)
}

// Proxy is a proxy in front of the engine that has the faults.
func (f *Faults) Proxy() (*Proxy, error) {
	return NewProxy(f.engine, Between{Before: f.before, After: f.after})
}

// draw is the fault of a request, if any, and a number to vary it by.
func (f *Faults) draw(bulk bool) (kind string, n uint64, slow time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if bulk {
		slow = f.slow
	}
	if bulk && f.refuse {
		f.refuse = false
		f.counts[faultItems]++
		return faultItems, f.chance.Uint64(), slow
	}
	if f.oneIn == 0 || f.chance.IntN(f.oneIn) > 0 {
		return "", 0, slow
	}
	kinds := []string{faultDelay, faultLost, faultUnsaid, faultBusy, faultAway}
	if bulk {
		kinds = append(kinds, faultTwice, faultCut, faultFewer, faultItems, faultItems)
	}
	kind = kinds[f.chance.IntN(len(kinds))]
	f.counts[kind]++
	return kind, f.chance.Uint64(), slow
}

// planned is what is to happen to the answer of a request.
type planned struct {
	kind string
	// held are the items that the engine was not given, with the status they are refused with.
	held map[int]int
}

// plannedKey is where a request carries it.
type plannedKey struct{}

// edgeOf are the edges of a request.
func edgeOf(r *http.Request) (before, after Edge) {
	switch {
	case IsBulk(r):
		return BeforeBulk, AfterBulk
	case strings.HasSuffix(r.URL.Path, "/_refresh"):
		return BeforeRefresh, AfterRefresh
	case strings.HasSuffix(r.URL.Path, "/_aliases"):
		return BeforeAlias, AfterAlias
	default:
		return "", ""
	}
}

func (f *Faults) before(w http.ResponseWriter, r *http.Request, body *[]byte) (answered bool) {
	edge, _ := edgeOf(r)
	if f.At(edge) != nil {
		panic(http.ErrAbortHandler)
	}
	kind, n, slow := f.draw(IsBulk(r))
	f.wait(r.Context(), slow)
	p := planned{kind: kind}
	switch kind {
	case faultDelay:
		f.wait(r.Context(), time.Duration(n%400)*time.Millisecond)
	case faultLost:
		panic(http.ErrAbortHandler)
	case faultBusy:
		Answer(w, http.StatusTooManyRequests, `{}`)
		return true
	case faultAway:
		Answer(w, http.StatusServiceUnavailable, `{}`)
		return true
	case faultTwice:
		f.again(r, bytes.Clone(*body), time.Duration(n%700)*time.Millisecond)
	case faultItems:
		*body, p.held = holdBack(*body, n)
		if len(*body) == 0 {
			Answer(w, http.StatusOK, string(withRefusals([]byte(`{"items":[]}`), p.held)))
			return true
		}
	}
	*r = *r.WithContext(context.WithValue(r.Context(), plannedKey{}, p))
	return false
}

// wait takes time.
func (f *Faults) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-f.ctx.Done():
	}
}

// again sends a request once more after a while, as a writer may that was thought dead.
func (f *Faults) again(r *http.Request, body []byte, after time.Duration) {
	method, url := r.Method, f.engine+r.URL.RequestURI() // read here: the request changes on its way to the engine
	f.late.Go(func() {
		f.wait(f.ctx, after)
		req, err := http.NewRequestWithContext(f.ctx, method, url, bytes.NewReader(body))
		if err != nil {
			return
		}
		req.Header.Set("Content-Type", "application/x-ndjson")
		if res, err := f.client.Do(req); err == nil { // what becomes of it is nobody's business
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	})
}

func (f *Faults) after(r *http.Response) {
	_, edge := edgeOf(r.Request)
	if f.At(edge) != nil {
		panic(http.ErrAbortHandler)
	}
	p, _ := r.Request.Context().Value(plannedKey{}).(planned)
	if p.kind == faultUnsaid {
		panic(http.ErrAbortHandler)
	}
	change, ok := map[string]func([]byte) []byte{
		faultCut:   func(b []byte) []byte { return b[:len(b)/2] },
		faultFewer: withoutLast,
		faultItems: func(b []byte) []byte { return withRefusals(b, p.held) },
	}[p.kind]
	if !ok || r.StatusCode != http.StatusOK {
		return
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_ = r.Body.Close()
	text = change(text)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	r.Header.Set("Content-Length", fmt.Sprint(len(text)))
}
