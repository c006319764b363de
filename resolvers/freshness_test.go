package resolvers

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// An answer says how old its oldest search may be, once for all of them, and nothing while nobody knows.
func TestFreshnessOfAnAnswer(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	told := func(lags ...time.Duration) string {
		ctx := graphql.WithResponseContext(t.Context(), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
		r := &Resolver{Now: func() time.Time { return now }}
		var all sync.WaitGroup
		for _, lag := range lags {
			all.Go(func() {
				present := now.Add(-lag)
				if lag == 0 {
					present = time.Time{}
				}
				r.tellFreshness(ctx, present)
			})
		}
		all.Wait()
		text, err := json.Marshal(graphql.GetExtensions(ctx))
		require.NoError(t, err)
		return string(text)
	}
	require.JSONEq(t, `{}`, told())
	require.JSONEq(t, `{}`, told(0))
	require.JSONEq(t, `{"freshness": {"lagMs": 301}}`, told(300*time.Millisecond+time.Microsecond))
	require.JSONEq(t, `{"freshness": {"lagMs": 300}}`, told(200*time.Millisecond, 300*time.Millisecond, 100*time.Millisecond))
	require.True(t, (&Resolver{}).present().IsZero(), "nobody measures")
}

// An answer that was not the search engine's says so, and how old it may be by itself.
func TestDegradedAnswer(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	for want, results := range map[string][]commerce.SearchResult{
		`{}`:                                 {{}, {}},
		`{"degraded": ["search"]}`:           {{Degraded: true}, {}},
		`{"degraded": ["search", "paging"]}`: {{Degraded: true}, {Drifts: true}, {Degraded: true}},
		`{"freshness": {"lagMs": 40}}`:       {{AsOf: now.Add(-40 * time.Millisecond)}},
		`{"degraded": ["search"], "freshness": {"lagMs": 90}}`: {
			{AsOf: now.Add(-40 * time.Millisecond), Degraded: true}, {AsOf: now.Add(-90 * time.Millisecond), Degraded: true},
		},
	} {
		ctx := graphql.WithResponseContext(t.Context(), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
		(&Resolver{Now: func() time.Time { return now }}).tellSearches(ctx, time.Time{}, results)
		text, err := json.Marshal(graphql.GetExtensions(ctx))
		require.NoError(t, err)
		require.JSONEq(t, want, string(text))
	}
	ctx := graphql.WithResponseContext(t.Context(), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
	(&Resolver{Now: func() time.Time { return now }}).tellSearches(ctx, now.Add(-time.Second), []commerce.SearchResult{{Age: 2 * time.Second}})
	text, err := json.Marshal(graphql.GetExtensions(ctx))
	require.NoError(t, err)
	require.JSONEq(t, `{"freshness": {"lagMs": 3000}}`, string(text), "a page of a walk is as old as its view")
}
