package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The clients of the drill tell an answer from the engine, one without it, a fault, and a filter that finds another number of
// products than before; and the drill passes with none of the last two alone, and only if it saw the second.
func TestDrillSearchReport(t *testing.T) {
	t.Parallel()
	const whole = `{"data":{"search":{"totalCount":3}}}`
	const degraded = `{"data":{"search":{"totalCount":3}},"extensions":{"degraded":["search"]}}`
	for _, c := range []struct {
		name                   string
		calm, away, back       string
		status                 int
		failed, differ, passes int
	}{
		{"as it must be", whole, degraded, whole, 200, 0, 0, 1},
		{"the engine was never missed", whole, whole, whole, 200, 0, 0, 0},
		{"degraded before", degraded, degraded, whole, 200, 0, 0, 0},
		{"an error", whole, `{"data":null,"errors":[{"message":"away"}]}`, whole, 200, 1, 0, 0},
		{"no answer", whole, `down`, whole, 503, 1, 0, 0},
		{"another count", whole, `{"data":{"search":{"totalCount":2}},"extensions":{"degraded":["search"]}}`, whole, 200, 0, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var answer atomic.Pointer[string]
			status := http.StatusOK
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var asked struct {
					Variables struct {
						Text    string
						Filters []any
					}
				}
				if json.NewDecoder(r.Body).Decode(&asked) != nil || r.URL.Path != "/stores/drill/graphql" || len(asked.Variables.Filters) != 1 {
					status = http.StatusBadRequest
				}
				w.WriteHeader(status)
				_, _ = w.Write([]byte(*answer.Load()))
			}))
			t.Cleanup(api.Close)
			l := newSearchLoad(api.URL, 1)
			search := func(text string) {
				answer.Store(&text)
				l.one(t.Context(), searched{store: "drill", filters: `[{"available":true}]`})
			}
			l.next("calm")
			search(c.calm)
			killed := l.next("away")
			status = c.status
			search(c.away)
			status = http.StatusOK
			returned := l.next("back")
			search(c.back)
			r := l.report(killed, returned, time.Second)
			require.Equal(t, []int{3, c.failed, c.differ}, []int{r.Searches, r.Failed, r.Differ}, r.Faults)
			require.Equal(t, c.passes == 1, r.passed())
			require.Len(t, r.Faults, c.failed+c.differ)
			require.NotZero(t, r.Phases[2].Max)
		})
	}
}

// A search that the end of the drill cuts short counts for nothing.
func TestDrillSearchEnds(t *testing.T) {
	t.Parallel()
	l := newSearchLoad("http://127.0.0.1:1", 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.one(ctx, searched{store: "drill", filters: "[]"})
	require.Empty(t, l.phases[0].latencies)
	require.Error(t, l.settle(ctx, "drill", 1))
	require.Zero(t, l.phases[0].quantile(0.5))
}
