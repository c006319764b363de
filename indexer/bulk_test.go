package indexer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// fakeEngine answers bulk requests as a script says: real engines do not fail on demand.
type fakeEngine struct {
	bulk *bulkWriter
	mu   sync.Mutex
	// requests holds the ids of each bulk request, calls all others, which are answered as done.
	requests [][]string
	calls    []string
	paths    []string // of the bulk requests
	counts   map[string]int
	letters  []commerce.DeadLetter
	dropped  []commerce.ProductRef
	fault    error // of the database that keeps the dead letters
}

func (f *fakeEngine) AddDeadLetter(_ context.Context, l commerce.DeadLetter) (bool, error) {
	f.letters = append(f.letters, l)
	return true, f.fault
}

func (f *fakeEngine) DropDeadLetters(_ context.Context, _ string, refs []commerce.ProductRef) (int, error) {
	f.dropped = append(f.dropped, refs...)
	return 0, f.fault
}

func (f *fakeEngine) RefusedBy(context.Context, string, []commerce.ProductRef) ([]commerce.ProductRef, error) {
	return nil, f.fault
}

func (f *fakeEngine) DropDeadIndex(context.Context, string) error { return f.fault }

func (f *fakeEngine) CountDeadLetters(context.Context) (map[string]int, error) {
	return map[string]int{"products-g1": len(f.letters)}, f.fault
}

func (f *fakeEngine) Fresh(time.Duration)             {}
func (f *fakeEngine) GateRetry()                      {}
func (f *fakeEngine) InFlight(int)                    {}
func (f *fakeEngine) DeadLetters(int)                 {}
func (f *fakeEngine) Documents(outcome string, n int) { f.counts[outcome] += n }

// script answers the nth request, counted from 1.
type script func(n int, w http.ResponseWriter, ids []string)

func newFakeEngine(t *testing.T, s script) *fakeEngine {
	t.Helper()
	f := &fakeEngine{counts: map[string]int{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		w.Header().Set("Content-Type", "application/json")
		if !strings.HasSuffix(r.URL.Path, "/_bulk") {
			f.call(w, r)
			return
		}
		ids := idsOf(t, r.Body)
		f.mu.Lock()
		f.requests = append(f.requests, ids)
		f.paths = append(f.paths, r.URL.Path)
		n := len(f.requests)
		f.mu.Unlock()
		s(n, w, ids)
	}))
	engine, err := newEngine(server.URL)
	require.NoError(t, err)
	t.Cleanup(func() {
		engine.http.CloseIdleConnections()
		server.Close()
	})
	x := &Indexer{c: Config{Observer: f, DeadLetters: f, Logger: slog.New(slog.DiscardHandler)}, es: engine}
	f.bulk = &bulkWriter{x: x, index: "products-g1", alias: "products-g1-write", limit: maxBody, dead: newDeadLetters(x)}
	return f
}

func (f *fakeEngine) call(w io.Writer, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, r.Method+" "+r.URL.Path)
	_, _ = io.WriteString(w, `{}`)
}

// idsOf reads the ids of a bulk request of removals.
func idsOf(t *testing.T, body io.Reader) []string {
	t.Helper()
	var ids []string
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		var line struct {
			Delete struct {
				ID string `json:"_id"`
			}
		}
		if json.Unmarshal(lines.Bytes(), &line) == nil {
			ids = append(ids, line.Delete.ID)
		}
	}
	return ids
}

// answers writes an answer with a status for each id.
func answers(w io.Writer, ids []string, status func(id string) int) {
	entries := make([]string, len(ids))
	for i, id := range ids {
		s := status(id)
		fault := ""
		if s >= http.StatusMultipleChoices && s != http.StatusNotFound {
			fault = `,"error":{"type":"some_exception","reason":"because"}`
		}
		entries[i] = fmt.Sprintf(`{"delete":{"status":%d%s}}`, s, fault)
	}
	_, _ = fmt.Fprintf(w, `{"items":[%s]}`, strings.Join(entries, ","))
}

func all(status int) func(string) int { return func(string) int { return status } }

func ok(_ int, w http.ResponseWriter, ids []string) { answers(w, ids, all(http.StatusOK)) }

// once is a script whose first answer is a fault.
func once(fault script) script {
	return func(n int, w http.ResponseWriter, ids []string) {
		if n == 1 {
			fault(n, w, ids)
			return
		}
		ok(n, w, ids)
	}
}

func status(code int) script {
	return func(_ int, w http.ResponseWriter, _ []string) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"error":{"type":"some_exception"}}`)
	}
}

// only answers one id with a status and all others with success.
func only(id string, code int) func(string) int {
	return func(other string) int {
		if other == id {
			return code
		}
		return http.StatusOK
	}
}

func removals(n int) []item {
	items := make([]item, n)
	for i := range items {
		ref := commerce.ProductRef{Store: 1, ID: commerce.ProductID(i + 1)}
		items[i] = newItem(ref, nil, 1)
	}
	return items
}

func TestBulkSurvivesPassingFaults(t *testing.T) {
	t.Parallel()
	everything := []string{"1-1", "1-2", "1-3", "1-4"}
	for name, tc := range map[string]struct {
		script script
		want   [][]string
		counts map[string]int
	}{
		"no fault": {ok, [][]string{everything}, map[string]int{"deleted": 4}},
		"an item the engine is too busy for goes again, alone": {
			once(func(_ int, w http.ResponseWriter, ids []string) {
				answers(w, ids, only("1-3", http.StatusTooManyRequests))
			}),
			[][]string{everything, {"1-3"}},
			map[string]int{"deleted": 4},
		},
		"an item that met a fault of the engine goes again, alone": {
			once(func(_ int, w http.ResponseWriter, ids []string) {
				answers(w, ids, only("1-1", http.StatusServiceUnavailable))
			}),
			[][]string{everything, {"1-1"}},
			map[string]int{"deleted": 4},
		},
		"too busy": {once(status(http.StatusTooManyRequests)), [][]string{everything, everything}, map[string]int{"deleted": 4}},
		"away":     {once(status(http.StatusServiceUnavailable)), [][]string{everything, everything}, map[string]int{"deleted": 4}},
		"the connection is cut before the answer": {
			once(func(int, http.ResponseWriter, []string) { panic(http.ErrAbortHandler) }),
			[][]string{everything, everything},
			map[string]int{"deleted": 4},
		},
		"the connection is cut within the answer": {
			once(func(_ int, w http.ResponseWriter, _ []string) {
				_, _ = io.WriteString(w, `{"items":[{"delete":{"status":200}},`)
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}), [][]string{everything, everything}, map[string]int{"deleted": 4},
		},
		"the answer is cut short": {
			once(func(_ int, w http.ResponseWriter, _ []string) { _, _ = io.WriteString(w, `{"items":[{"delete":{"st`) }),
			[][]string{everything, everything},
			map[string]int{"deleted": 4},
		},
		"an answer for others": {
			once(func(_ int, w http.ResponseWriter, ids []string) { answers(w, ids[1:], all(http.StatusOK)) }),
			[][]string{everything, everything},
			map[string]int{"deleted": 4},
		},
		"a later version is there": {
			func(_ int, w http.ResponseWriter, ids []string) { answers(w, ids, only("1-2", http.StatusConflict)) },
			[][]string{everything},
			map[string]int{"deleted": 3, "stale": 1},
		},
		"a document that was not there": {
			func(_ int, w http.ResponseWriter, ids []string) { answers(w, ids, all(http.StatusNotFound)) },
			[][]string{everything},
			map[string]int{"deleted": 4},
		},
		"a document that the engine rejects does not keep the others out": {
			func(_ int, w http.ResponseWriter, ids []string) { answers(w, ids, only("1-2", http.StatusBadRequest)) },
			[][]string{everything, {"1-2"}},
			map[string]int{"deleted": 3, "rejected": 1},
		},
		"a request too large is halved": {
			func(n int, w http.ResponseWriter, ids []string) {
				if len(ids) > 1 {
					status(http.StatusRequestEntityTooLarge)(n, w, ids)
					return
				}
				ok(n, w, ids)
			},
			[][]string{everything, {"1-1", "1-2"}, {"1-1"}, {"1-2"}, {"1-3", "1-4"}, {"1-3"}, {"1-4"}},
			map[string]int{"deleted": 4},
		},
		"a document too large is given up": {
			func(n int, w http.ResponseWriter, ids []string) {
				if ids[0] == "1-1" {
					status(http.StatusRequestEntityTooLarge)(n, w, ids)
					return
				}
				ok(n, w, ids)
			},
			[][]string{everything, {"1-1", "1-2"}, {"1-1"}, {"1-2"}, {"1-3", "1-4"}},
			map[string]int{"deleted": 3, "rejected": 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeEngine(t, tc.script)
			require.NoError(t, f.bulk.write(t.Context(), removals(4)))
			require.Equal(t, tc.want, f.requests)
			require.Equal(t, tc.counts, f.counts)
		})
	}
}

// TestBulkGivesNothingUp: what is about the index, not about a document, ends the run, and nothing counts as written.
func TestBulkGivesNothingUp(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		script   script
		requests int
		want     int // the refusal's status
	}{
		"the index is gone": {func(_ int, w http.ResponseWriter, _ []string) {
			_, _ = io.WriteString(w, `{"items":[{"delete":{"status":404,"error":{"type":"index_not_found_exception","reason":"no such index"}}}]}`)
		}, 1, http.StatusNotFound},
		"the index is read-only": {func(_ int, w http.ResponseWriter, ids []string) { answers(w, ids, all(http.StatusForbidden)) }, 1, http.StatusForbidden},
		"not allowed":            {status(http.StatusUnauthorized), 1, http.StatusUnauthorized},
		"a request it cannot read, like any other": {
			status(http.StatusBadRequest), 2, http.StatusBadRequest,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeEngine(t, tc.script)
			err := f.bulk.write(t.Context(), removals(1))
			r, is := errors.AsType[*refusal](err)
			require.True(t, is, "%v", err)
			require.Equal(t, tc.want, r.status)
			require.Len(t, f.requests, tc.requests)
			require.Empty(t, f.counts)
		})
	}
}

func TestBulkEndsWhenTheEngineStaysAway(t *testing.T) {
	t.Parallel()
	f := newFakeEngine(t, status(http.StatusServiceUnavailable))
	require.ErrorIs(t, f.bulk.write(t.Context(), removals(1)), errBusy)
	require.Len(t, f.requests, bulkAttempts+1, "and one to see whether the engine works")
	require.Empty(t, f.letters)
}

func TestBulkEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	f := newFakeEngine(t, func(_ int, w http.ResponseWriter, ids []string) {
		cancel()
		answers(w, ids, all(http.StatusTooManyRequests))
	})
	require.ErrorIs(t, f.bulk.write(ctx, removals(1)), context.Canceled)
}

func TestRequestsAreBounded(t *testing.T) {
	t.Parallel()
	f := newFakeEngine(t, ok)
	items := removals(5)
	f.bulk.limit = 2 * len(items[0].lines)
	require.NoError(t, f.bulk.write(t.Context(), items))
	require.Equal(t, [][]string{{"1-1", "1-2"}, {"1-3", "1-4"}, {"1-5"}}, f.requests)
	require.Equal(t, 1, fit(items, 1), "a request has at least one document")
}
