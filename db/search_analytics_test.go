package db_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

func day(text string) commerce.Day {
	d, _ := commerce.ParseDay(text)
	return d
}

func period(store commerce.StoreID, from, to string) commerce.SearchPeriod {
	return commerce.SearchPeriod{Store: store, From: day(from), To: day(to)}
}

// searched are counts of as many searches for each text.
func searched(store commerce.StoreID, day commerce.Day, n int, texts ...string) commerce.SearchCounts {
	counts := commerce.SearchCounts{}
	for _, text := range texts {
		counts.Add(commerce.SearchKey{Store: store, Day: day, Text: text}, commerce.SearchFigures{Searches: n})
	}
	return counts
}

// teas are texts such as tea 1.
func teas(n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = "tea " + strconv.Itoa(i)
	}
	return texts
}

// Whatever is counted, in whatever batches, is found again: by day, by text, in every order, and in no other store.
func TestSearchesAgainstAnOracle(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	first := day("2026-01-01")
	stores := []commerce.StoreID{openStore(t, d.DB, "alpha").ID, openStore(t, d.DB, "beta").ID}
	all, n := commerce.SearchCounts{}, rapid.IntRange(0, 3)
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(1, 3).Draw(t, "batches") {
			batch := commerce.SearchCounts{}
			for range rapid.IntRange(0, 8).Draw(t, "counts") {
				k := commerce.SearchKey{
					Store: rapid.SampledFrom(append(stores, 99)).Draw(t, "store"), Day: first + commerce.Day(n.Draw(t, "day")),
					Text: rapid.SampledFrom([]string{"", "tea", "चाय", "rice", "Rice", "a", "b"}).Draw(t, "text"),
				}
				f := commerce.SearchFigures{
					Searches: n.Draw(t, "searches"), ZeroResults: n.Draw(t, "zero"), Clicks: n.Draw(t, "clicks"), CartAdds: n.Draw(t, "carts"),
					Orders: n.Draw(t, "orders"), Positions: n.Draw(t, "positions"),
				}
				batch.Add(k, f)
				if k.Store != 99 { // which is not there
					all.Add(k, f)
				}
			}
			require.NoError(t, d.CountSearches(t.Context(), batch))
		}
		p := commerce.SearchPeriod{Store: rapid.SampledFrom(stores).Draw(t, "asked"), From: first + commerce.Day(n.Draw(t, "from")), To: first + commerce.Day(n.Draw(t, "to"))}
		key := rapid.SampledFrom(db.Orders()["SearchTextLists"]).Draw(t, "key")
		requireSearches(t, d.DB, all, p, commerce.Ordering{Key: key, Reverse: rapid.Bool().Draw(t, "reverse")})
	})
}

// requireSearches holds what is read of a period against all that was counted.
func requireSearches(t *rapid.T, d *db.DB, all commerce.SearchCounts, p commerce.SearchPeriod, order commerce.Ordering) {
	t.Helper()
	sum, texts := commerce.SearchFigures{}, map[string]commerce.SearchFigures{}
	for k, f := range all {
		if k.Store == p.Store && k.Day >= p.From && k.Day <= p.To {
			sum = sum.Plus(f)
			texts[k.Text] = texts[k.Text].Plus(f)
		}
	}
	delete(texts, "")
	value := map[commerce.SortKey]func(commerce.SearchFigures) int{
		commerce.SearchTextSortSearches: func(f commerce.SearchFigures) int { return f.Searches }, commerce.SearchTextSortZeroResults: func(f commerce.SearchFigures) int { return f.ZeroResults },
		commerce.SearchTextSortClicks: func(f commerce.SearchFigures) int { return f.Clicks }, commerce.SearchTextSortCartAdds: func(f commerce.SearchFigures) int { return f.CartAdds },
		commerce.SearchTextSortOrders: func(f commerce.SearchFigures) int { return f.Orders },
	}[order.Key]
	var want, got []commerce.SearchText
	for text, f := range texts {
		if order.Key != commerce.SearchTextSortZeroResults || f.ZeroResults > 0 {
			want = append(want, commerce.SearchText{Text: text, SearchFigures: f})
		}
	}
	own, nobody := d.ViewOf([]commerce.StoreID{p.Store}, true), d.ViewOf([]commerce.StoreID{p.Store + 1, p.Store - 1}, true)
	key := commerce.SearchTextListKey{SearchPeriod: p, Page: commerce.FirstPage(100, order)}
	lists, err := own.SearchTextLists(t.Context(), []commerce.SearchTextListKey{key})
	require.NoError(t, err)
	for _, item := range lists[key].Items {
		got = append(got, *item.Node)
	}
	require.ElementsMatch(t, want, got)
	sorted := slices.IsSortedFunc(got, func(a, b commerce.SearchText) int {
		if order.Reverse {
			a, b = b, a
		}
		return cmp.Compare(value(a.SearchFigures), value(b.SearchFigures))
	})
	require.True(t, sorted, "%v", got)
	figures, err := own.SearchFigures(t.Context(), []commerce.SearchPeriod{p})
	require.NoError(t, err)
	require.Equal(t, map[commerce.SearchPeriod]*commerce.SearchAnalytics{p: {Period: p, SearchFigures: sum}}, figures)

	lists, err = nobody.SearchTextLists(t.Context(), []commerce.SearchTextListKey{key})
	require.NoError(t, err)
	require.Empty(t, lists[key])
	figures, err = nobody.SearchFigures(t.Context(), []commerce.SearchPeriod{p})
	require.NoError(t, err)
	require.Empty(t, figures)
}

// A day has so many texts and no more, those that were searched for most when there was room; all else counts for the day.
func TestADayHasSoManyTexts(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other, today := openStore(t, d.DB, "alpha").ID, openStore(t, d.DB, "beta").ID, day("2026-01-01")
	counts := searched(store, today, 2, teas(commerce.MaxCountedTexts-2)...)
	require.NoError(t, d.CountSearches(t.Context(), counts))
	counts = searched(store, today, 1, "tea 7", "rare", "rarer", "")
	counts.Add(commerce.SearchKey{Store: store, Day: today, Text: "wanted"}, commerce.SearchFigures{Searches: 2})
	counts.Add(commerce.SearchKey{Store: store, Day: today + 1, Text: "rarer"}, commerce.SearchFigures{Searches: 1})
	counts.Add(commerce.SearchKey{Store: other, Day: today, Text: "rarer"}, commerce.SearchFigures{Searches: 1})
	require.NoError(t, d.CountSearches(t.Context(), counts))
	require.Equal(t, [][]string{{"1", "10000", "3"}}, queryRows(t, d, `SELECT store_id, count(*), max(searches) FROM search_texts WHERE store_id = 1 AND day = '2026-01-01' GROUP BY 1`))
	require.Equal(t, [][]string{{"rare"}, {"tea 7"}, {"wanted"}}, queryRows(t, d, `SELECT text FROM search_texts WHERE store_id = 1 AND day = '2026-01-01' AND (searches = 3 OR text NOT LIKE 'tea%') ORDER BY text`))
	require.Equal(t, [][]string{{"1", "2026-01-01T00:00:00Z", "20002"}, {"1", "2026-01-02T00:00:00Z", "1"}, {"2", "2026-01-01T00:00:00Z", "1"}},
		queryRows(t, d, `SELECT store_id, day, searches FROM search_days ORDER BY 1, 2`))
	require.NoError(t, d.CountSearches(t.Context(), searched(store, today, 1, "late")))
	require.Equal(t, [][]string{{"10000"}}, queryRows(t, d, `SELECT count(*) FROM search_texts WHERE store_id = 1 AND day = '2026-01-01'`))
}

// Servers count at the same time, the same stores in any order: nobody waits for ever, nothing is lost, and no day gets too many texts.
func TestSearchesAreCountedAtTheSameTime(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other, today := openStore(t, d.DB, "alpha").ID, openStore(t, d.DB, "beta").ID, day("2026-01-01")
	require.NoError(t, d.CountSearches(t.Context(), searched(store, today, 1, teas(commerce.MaxCountedTexts-10)...)))
	var wait sync.WaitGroup
	for server := range 8 {
		wait.Go(func() {
			for i := range 10 {
				counts := searched(store, today, 1, "tea 1", fmt.Sprintf("new %d", server*10+i))
				for k, f := range searched(other, today, 1, "rice", fmt.Sprintf("own %d", server)) {
					counts.Add(k, f)
				}
				if err := d.CountSearches(t.Context(), counts); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	require.Equal(t, [][]string{{"1", "10150"}, {"2", "160"}}, queryRows(t, d, `SELECT store_id, searches FROM search_days ORDER BY 1`))
	require.Equal(t, [][]string{{"1", "10000", "81"}, {"2", "9", "80"}}, queryRows(t, d, `SELECT store_id, count(*), max(searches) FROM search_texts GROUP BY 1 ORDER BY 1`))
}

// However many stores and texts are counted, it takes two statements; and whoever gives up has counted nothing.
func TestCountingTakesTwoStatements(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	var statements atomic.Int64
	counting, err := db.Open(d.URL, nil, db.Options{OnStatement: func(string) { statements.Add(1) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, counting.Close()) })
	var took []int64
	for i := range 2 {
		counts := commerce.SearchCounts{}
		for range 1 + 20*i {
			store := openStore(t, d.DB, fmt.Sprintf("store-%d", i*100+len(counts))).ID
			for k, f := range searched(store, day("2026-01-01"), 1, teas(1+20*i)...) {
				counts.Add(k, f)
			}
		}
		statements.Store(0)
		require.NoError(t, counting.CountSearches(t.Context(), counts))
		took = append(took, statements.Load())
	}
	require.Equal(t, took[0], took[1])
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	before := queryRows(t, d, `SELECT sum(searches) FROM search_days`)
	require.Error(t, d.CountSearches(ctx, searched(1, day("2026-01-01"), 1, "tea")))
	require.Equal(t, before, queryRows(t, d, `SELECT sum(searches) FROM search_days`))
}

// Of what buyers cannot find nothing is counted, nor is anything said of whether it is there.
func TestRecordSearchEvents(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "alpha"), openStore(t, d.DB, "beta")
	draft := product("draft")
	draft.Status = commerce.ProductDraft
	upsert(t, d.DB, store, product("tea"), draft, product("later"))
	upsert(t, d.DB, other, product("theirs"))
	run(t, d, `UPDATE products SET published_at = now() + interval '1 day' WHERE handle = 'later'`)
	record := func(products ...int) (int, error) {
		in := make([]*commerce.SearchEventInput, len(products))
		for i, p := range products {
			in[i] = &commerce.SearchEventInput{Kind: commerce.SearchClick, Text: "Tea", ProductID: fmt.Sprintf("gid://kirana/Product/%d/%d", store.ID, p), Position: new(i + 1)}
		}
		events, err := commerce.NewSearchEvents(store.ID, day("2026-01-01"), in)
		require.NoError(t, err)
		return d.RecordSearchEvents(t.Context(), events)
	}
	n, err := record(1, 2, 3, 4, 99)
	require.Zero(t, n)
	var refused []string
	var r commerce.Refusals
	require.ErrorAs(t, err, &r)
	for _, one := range r {
		require.Equal(t, r[0].Message, one.Message)
		refused = append(refused, strings.Join(one.Field, ".")+" "+string(one.Code))
	}
	require.Equal(t, []string{
		"input.events.1.productId NOT_FOUND", "input.events.2.productId NOT_FOUND", "input.events.3.productId NOT_FOUND", "input.events.4.productId NOT_FOUND",
	}, refused)
	require.Equal(t, [][]string{{"0", "0"}}, queryRows(t, d, `SELECT (SELECT count(*) FROM search_days), (SELECT count(*) FROM search_texts)`))
	n, err = record(1, 1)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Equal(t, [][]string{{"1", "tea", "0", "2", "3"}}, queryRows(t, d, `SELECT store_id, text, searches, clicks, positions FROM search_texts`))
}

// Whoever makes events up, with as many texts as they like, leaves room for what is searched for; texts that are there go on counting.
func TestMadeUpEventsLeaveRoom(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, today := openStore(t, d.DB, "alpha").ID, day("2026-01-01")
	tell := func(texts ...string) {
		events := commerce.SearchEvents{Store: store, Counts: commerce.SearchCounts{}}
		for _, text := range texts {
			events.Counts.Add(commerce.SearchKey{Store: store, Day: today, Text: text}, commerce.SearchFigures{Clicks: 1})
		}
		_, err := d.RecordSearchEvents(t.Context(), events)
		require.NoError(t, err)
	}
	const kept = `SELECT count(*), sum(clicks), sum(searches) FROM search_texts`
	tell(teas(commerce.MaxCountedTexts + 1)...)
	require.Equal(t, [][]string{{"5000", "5000", "0"}}, queryRows(t, d, kept))
	require.NoError(t, d.CountSearches(t.Context(), searched(store, today, 1, "kettle")))
	require.Equal(t, [][]string{{"5001", "5000", "1"}}, queryRows(t, d, kept))
	tell("kettle", "made up")
	require.Equal(t, [][]string{{"5001", "5001", "1"}}, queryRows(t, d, kept))
	require.Equal(t, [][]string{{"10003", "1"}}, queryRows(t, d, `SELECT clicks, searches FROM search_days`))
}

// Days are kept for so long, with their texts, and go with their store.
func TestSearchesAreForgotten(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other, today := openStore(t, d.DB, "alpha").ID, openStore(t, d.DB, "beta").ID, commerce.DayOf(time.Now())
	for _, ago := range []commerce.Day{0, commerce.SearchAnalyticsDays - 2, commerce.SearchAnalyticsDays + 1, 1000} {
		for _, s := range []commerce.StoreID{store, other} {
			require.NoError(t, d.CountSearches(t.Context(), searched(s, today-ago, 1, "tea", "rice")))
		}
	}
	require.NoError(t, d.CountSearches(t.Context(), searched(store, 0, 1, teas(6000)...)))
	require.NoError(t, d.Sweep(t.Context()))
	require.Equal(t, [][]string{{"4", "8"}}, queryRows(t, d, `SELECT (SELECT count(*) FROM search_days), (SELECT count(*) FROM search_texts)`))
	run(t, d, `DELETE FROM stores WHERE id = $1`, int64(store))
	require.Equal(t, [][]string{{"2", "4"}}, queryRows(t, d, `SELECT (SELECT count(*) FROM search_days), (SELECT count(*) FROM search_texts)`))
}
