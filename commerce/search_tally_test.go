package commerce

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// shelf keeps counts in memory, while it does not fail.
type shelf struct {
	mu     sync.Mutex
	kept   SearchCounts
	failed bool
}

var errShelf = errors.New("the shelf is away")

func (s *shelf) CountSearches(ctx context.Context, counts SearchCounts) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed {
		return errShelf
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for k, f := range counts {
		s.kept.Add(k, f)
	}
	return nil
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// browsed is a search as clients make it.
func browsed(store StoreID, text string, hits int) (SearchQuery, SearchResult) {
	q := SearchQuery{Store: store, Text: text, Page: FirstPage(20, Ordering{Key: SearchSortRelevance})}
	return q, SearchResult{Hits: List[ProductRef]{Items: make([]Item[ProductRef], hits)}}
}

// Whatever is searched for, whenever it is flushed, and whether that works: in the end every search has been counted once, for its
// store, its day and its text, as if each had been written at once.
func TestSearchTallyAgainstAnOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(0, 0)
		s, want := &shelf{kept: SearchCounts{}}, SearchCounts{}
		tally := NewSearchTally(s, quiet(), func() time.Time { return now })
		t.Repeat(map[string]func(*rapid.T){
			"search": func(t *rapid.T) {
				store := StoreID(rapid.IntRange(1, 3).Draw(t, "store"))
				text := rapid.SampledFrom([]string{"tea", "TEA ", "te  a", "a@b.in", "98765 43210", strings.Repeat("ç", 120)}).Draw(t, "text")
				hits := rapid.IntRange(0, 1).Draw(t, "hits")
				tally.Note(browsed(store, text, hits))
				want.Add(SearchKey{store, DayOf(now), CountedText(text)}, SearchFigures{Searches: 1, ZeroResults: 1 - hits})
			},
			"wait":  func(t *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour) },
			"flush": func(*rapid.T) { _ = tally.Flush(context.Background()) },
			"fail":  func(*rapid.T) { s.failed = !s.failed },
		})
		s.failed = false
		require.NoError(t, tally.Flush(context.Background()))
		require.Equal(t, want, s.kept)
		require.NoError(t, tally.Flush(context.Background()))
		require.Equal(t, want, s.kept, "once")
	})
}

// A tally never has more keys than it may: what is too much counts for its day, and else is told to be lost.
func TestSearchTallyIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tally := NewSearchTally(&shelf{}, quiet(), func() time.Time { return time.Unix(0, 0) })
		tally.most = rapid.IntRange(0, 5).Draw(t, "most")
		n := rapid.IntRange(0, 50).Draw(t, "searches")
		for range n {
			tally.Note(browsed(StoreID(rapid.IntRange(1, 3).Draw(t, "store")), rapid.StringMatching(`[a-d]|a@b`).Draw(t, "text"), 1))
		}
		counts, lost := tally.take()
		require.LessOrEqual(t, len(counts), tally.most)
		for f := range maps.Values(counts) {
			lost += f.Searches
		}
		require.Equal(t, n, lost, "what is not counted is told")
	})
}

// Only the first page of a text with no filters is a search that somebody has just made.
func TestSearchTallyCountsTheFirstPage(t *testing.T) {
	t.Parallel()
	yes := true
	filtered, err := NewSelection("filters", []ProductFilter{{Available: &yes}}, "INR")
	require.NoError(t, err)
	none, err := NewSelection("filters", nil, "INR")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(*SearchQuery)
		counts int
	}{
		"the first page": {func(*SearchQuery) {}, 1},
		"no filters":     {func(q *SearchQuery) { q.Selection = none }, 1},
		"filters":        {func(q *SearchQuery) { q.Selection = filtered }, 0},
		"a collection":   {func(q *SearchQuery) { q.Selection.Collection = 7 }, 0},
		"a further page": {func(q *SearchQuery) { q.Page.Bounded = true }, 0},
		"from the end":   {func(q *SearchQuery) { q.Page.Backward = true }, 0},
		"no results":     {func(q *SearchQuery) { q.Page.Limit = 0 }, 0},
		"no text":        {func(q *SearchQuery) { q.Text = " - " }, 0},
	} {
		tally := NewSearchTally(&shelf{}, quiet(), time.Now)
		q, result := browsed(1, "tea", 1)
		c.change(&q)
		tally.Note(q, result)
		counts, _ := tally.take()
		require.Len(t, counts, c.counts, name)
	}
}

// Searches are answered at the same time, while their counts are taken away.
func TestSearchTallyAtTheSameTime(t *testing.T) {
	t.Parallel()
	s := &shelf{kept: SearchCounts{}}
	tally := NewSearchTally(s, quiet(), func() time.Time { return time.Unix(0, 0) })
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 100 {
				tally.Note(browsed(1, "tea", 0))
				_ = tally.Flush(context.Background())
			}
		})
	}
	wait.Wait()
	require.NoError(t, tally.Flush(t.Context()))
	require.Equal(t, SearchCounts{{1, 0, "tea"}: {Searches: 800, ZeroResults: 800}}, s.kept)
}

// What is searched for is kept every few seconds, also what could not be kept before; who is told to end leaves no flush half done.
func TestSearchTallyRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{kept: SearchCounts{}, failed: true}
		tally := NewSearchTally(s, quiet(), time.Now)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- tally.Run(ctx) }()
		tally.Note(browsed(1, "tea", 1))
		<-time.After(SearchTallyEvery + time.Second)
		synctest.Wait()
		require.Empty(t, s.kept)
		s.mu.Lock()
		s.failed = false
		s.mu.Unlock()
		<-time.After(SearchTallyEvery)
		synctest.Wait()
		k := SearchKey{1, DayOf(time.Now()), "tea"}
		require.Equal(t, SearchCounts{k: {Searches: 1}}, s.kept)
		cancel()
		require.NoError(t, <-ended)
		tally.Note(browsed(1, "tea", 1))
		require.NoError(t, tally.Flush(ctx), "it is over, and counts all the same")
		require.Equal(t, SearchCounts{k: {Searches: 2}}, s.kept)
	})
	var none *SearchTally
	none.Note(browsed(1, "tea", 1))
}

func TestCountedText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                               "",
		"  Green\t TEA\n":                "green tea",
		"te\x00a\xff":                    "te a",
		"चाय 500 g":                      "चाय 500 g",
		"iphone 15 128 256":              "iphone 15 128 256",
		"1234567":                        "1234567",
		"12-34":                          "12-34",
		"asha@example.com":               "",
		"mail me: asha@shop.test":        "",
		"asha＠example.com":               "",
		"asha @ example . com":           "",
		"98765, 43210":                   "",
		"९८७६५*४३२१०":                    "",
		"a1b2c3d4e5f6g7h8i9":             "a1b2c3d4e5f6g7h8i9",
		"+91 98765 43210":                "",
		"call 9876543210 now":            "",
		"(080) 4567-8901":                "",
		"९८७६५ ४३२१०":                    "",
		"12345678":                       "",
		"4111 1111 1111 1111":            "",
		"4111-1111-1111-1111":            "",
		strings.Repeat("é", 101):         strings.Repeat("é", 100),
		strings.Repeat("x", 99) + " yz":  strings.Repeat("x", 99),
		strings.Repeat("x ", 60) + "a@b": "",
	} {
		require.Equal(t, want, CountedText(text), "%q", text)
	}
	rapid.Check(t, func(t *rapid.T) {
		once := CountedText(rapid.String().Draw(t, "text"))
		require.LessOrEqual(t, len([]rune(once)), MaxCountedText)
		require.True(t, storable(once))
		require.Equal(t, once, CountedText(once), "counted once more it is the same")
	})
}
