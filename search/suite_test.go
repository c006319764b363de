package search_test

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(searchtest.Main{M: m}) }

// newSearcher is an Engine over an index of its own that holds docs.
func newSearcher(tb testing.TB, docs []commerce.ProductDocument) commerce.ProductSearcher {
	tb.Helper()
	url := searchtest.Server(tb)
	return open(tb, url, search.Options{Alias: searchtest.NewIndex(tb, url, docs), Timeout: time.Minute})
}

func open(tb testing.TB, url string, o search.Options) *search.Engine {
	tb.Helper()
	e, err := search.Open(url, o)
	require.NoError(tb, err)
	tb.Cleanup(e.Close)
	return e
}

func TestEngine(t *testing.T) {
	t.Parallel()
	searchtest.Run(t, newSearcher)
}

// TestAnalysis checks what the analyzers make of scripts: words of every script stay whole, their
// stems are the same in every number, neighbours are joined.
func TestAnalysis(t *testing.T) {
	t.Parallel()
	url := searchtest.Server(t)
	alias := searchtest.NewIndex(t, url, nil)
	tests := []struct {
		analyzer, text string
		want           []string
	}{
		{"words", "Crème brûlée T-Shirt ÆON", []string{"creme", "brulee", "t", "shirt", "aeon"}},
		{"words", "काजू कतली १२ क़लम", []string{"काजू", "कतली", "12", "क़लम"}},
		{"words", "தமிழ் ಕನ್ನಡ বাংলা", []string{"தமிழ்", "ಕನ್ನಡ", "বাংলা"}},
		{"words", "🍎 !!! ...", []string{"🍎"}},
		{"words_query", strings.Repeat("a ", 40), slices.Repeat([]string{"a"}, 16)},
		{"stems", "Mangoes boxes shoes kurtas Men's mens", []string{"mango", "box", "shoe", "kurta", "men", "men"}},
		{"stems", "मसाले मसाला मसालों साड़ियाँ साड़ी", []string{"मसाल", "मसाल", "मसाल", "साड", "साड"}},
		{"stems", "الكتاب كتاب أحمد احمد", []string{"كتاب", "كتاب", "احمد", "احمد"}},
		{"joined", "USB-C Power Banks", []string{"usbc", "cpower", "powerbank"}},
		{"joined", "中文字", []string{"中文", "文字"}},
		{"prefix", "चाय", []string{"च", "चा", "चाय"}},
		{"prefix_query", "chaabcdefghijklmnopqrstuvwxyz", []string{"chaabcdefghijklmnopq"}},
	}
	for _, tt := range tests {
		body, err := json.Marshal(map[string]string{"analyzer": tt.analyzer, "text": tt.text})
		require.NoError(t, err)
		var got struct{ Tokens []struct{ Token string } }
		require.NoError(t, json.Unmarshal(searchtest.Call(t, http.MethodPost, url+"/"+alias+"/_analyze", body), &got))
		var tokens []string
		for _, token := range got.Tokens {
			tokens = append(tokens, token.Token)
		}
		require.Equal(t, tt.want, tokens, "%s of %q", tt.analyzer, tt.text)
	}
}

// TestForgedCursors: a cursor that the builder lets through is none that the engine refuses.
func TestForgedCursors(t *testing.T) {
	t.Parallel()
	s := newSearcher(t, []commerce.ProductDocument{{Ref: commerce.ProductRef{Store: 1, ID: 1}, Title: "Mug", PublishedAt: time.UnixMilli(0), CreatedAt: time.UnixMilli(0)}})
	numbers := []string{"0", "-0", "-1", "9223372036854775807", "-9223372036854775808", "253402300799999", "-253402300799999", "1.5", "1e3", "1e38", "1e-400", "-3.5e38", "true", "null", `"x"`}
	values := map[commerce.SortKey][]string{
		commerce.SearchSortTitle: {`""`, `"\u0000"`, `"` + strings.Repeat("x", 40_000) + `"`, `"\ud800"`},
	}
	names := map[commerce.SortKey]string{
		commerce.SearchSortTitle: "title_sort", commerce.SearchSortPrice: "price_min",
		commerce.SearchSortCreatedAt: "created_at", commerce.SearchSortBestSelling: "popularity", commerce.SearchSortRelevance: "_score",
	}
	accepted := 0
	for key, name := range names {
		for _, value := range append(numbers, values[key]...) {
			for mode, id := range map[commerce.UnavailableMode]int64{commerce.UnavailableShow: math.MinInt64, commerce.UnavailableLast: math.MaxInt64} {
				bound := `["` + name + `",` + value + `]`
				if mode == commerce.UnavailableLast {
					bound = `["available,` + name + `",` + strconv.FormatInt(id, 10) + `,` + value + `]`
				}
				order := commerce.Ordering{Key: key}
				page := commerce.Page{Ordering: order, Limit: 3, Bounded: true, Bound: commerce.Cursor{Ordering: order, Value: bound, ID: id}}
				q := commerce.SearchQuery{Store: 1, Currency: "INR", Text: "mug", Unavailable: mode, Page: page}
				_, err := s.SearchProducts(t.Context(), []commerce.SearchQuery{q})
				if err == nil {
					accepted++
					continue
				}
				require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err), "%.60s: %v", bound, err)
			}
		}
	}
	require.Greater(t, accepted, 30)
}

func TestPublicationTime(t *testing.T) {
	t.Parallel()
	url := searchtest.Server(t)
	publication := time.Date(2026, time.May, 1, 8, 0, 0, 0, time.UTC)
	alias := searchtest.NewIndex(t, url, []commerce.ProductDocument{{Ref: commerce.ProductRef{Store: 1, ID: 1}, Title: "Mug", PublishedAt: publication}})
	for offset, want := range map[time.Duration]int{-time.Millisecond: 0, 0: 1, time.Millisecond: 1} {
		e := open(t, url, search.Options{Alias: alias, Now: func() time.Time { return publication.Add(offset) }})
		results, err := e.SearchProducts(t.Context(), []commerce.SearchQuery{{
			Store: 1, Currency: "INR", WantTotal: true, WantFacets: true, Page: commerce.FirstPage(1, commerce.Ordering{Key: commerce.SearchSortPrice}),
		}})
		require.NoError(t, err)
		require.Equal(t, want, results[0].Total)
		require.Len(t, results[0].Hits.Items, want)
		if want == 0 {
			require.Empty(t, results[0].Facets)
		}
	}
}

func TestPing(t *testing.T) {
	t.Parallel()
	url := searchtest.Server(t)
	require.NoError(t, open(t, url, search.Options{Alias: searchtest.NewIndex(t, url, nil)}).Ping(t.Context()))
	missing := open(t, url, search.Options{Alias: "no-such-index"})
	require.Equal(t, commerce.CodeUnavailable, commerce.CodeOf(missing.Ping(t.Context())))
	for n := range 2 {
		q := commerce.SearchQuery{Store: 1, Page: commerce.FirstPage(1, commerce.Ordering{Key: commerce.SearchSortPrice})}
		_, err := missing.SearchProducts(t.Context(), slices.Repeat([]commerce.SearchQuery{q}, n+1))
		require.Equal(t, commerce.CodeUnavailable, commerce.CodeOf(err), "%v", err)
	}
}

// TestRoutingIsRequired: a document that no routed search would find is refused.
func TestRoutingIsRequired(t *testing.T) {
	t.Parallel()
	url := searchtest.Server(t)
	alias := searchtest.NewIndex(t, url, nil)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url+"/"+alias+"/_doc/1-1", strings.NewReader(`{"store_id":"1"}`))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
}
