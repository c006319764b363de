package search_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
	"github.com/kirana-commerce/kirana/search/searchtest"
)

// named makes n products of store 1 from an id on. Each title has another length, so that nearly every product has a score of its own.
func named(name string, from, n int) []commerce.ProductDocument {
	docs := make([]commerce.ProductDocument, n)
	for i := range docs {
		docs[i] = commerce.ProductDocument{
			Ref:   commerce.ProductRef{Store: 1, ID: commerce.ProductID(from + i)},
			Title: name + strings.Repeat(" more", i%60), PublishedAt: time.UnixMilli(0), CreatedAt: time.UnixMilli(0),
			Variants: []commerce.DocumentVariant{{PriceMinor: 100, Available: i%2 == 0}},
		}
	}
	return docs
}

func mugPages(limit int) commerce.SearchQuery {
	return commerce.SearchQuery{
		Store: 1, Currency: "INR", Text: "mug", Unavailable: commerce.UnavailableShow, WantTotal: true, WantFacets: true,
		Page: commerce.FirstPage(limit, commerce.Ordering{Key: commerce.SearchSortRelevance}),
	}
}

// pages is a client that turns pages.
type pages struct {
	t *testing.T
	e *search.Engine
	q commerce.SearchQuery
	// seen says how often products were shown.
	seen map[commerce.ProductID]int
	last commerce.SearchResult
}

func newPages(t *testing.T, e *search.Engine, q commerce.SearchQuery) *pages {
	t.Helper()
	return &pages{t: t, e: e, q: q, seen: make(map[commerce.ProductID]int)}
}

// next reads a page, and reports whether there is another.
func (p *pages) next() bool {
	p.t.Helper()
	results, err := p.e.SearchProducts(p.t.Context(), []commerce.SearchQuery{p.q})
	require.NoError(p.t, err)
	p.last = results[0]
	hits := p.last.Hits
	for _, hit := range hits.Items {
		p.seen[hit.Node.ID]++
	}
	more, edge := hits.HasNext, len(hits.Items)-1
	if p.q.Page.Backward {
		more, edge = hits.HasPrevious, 0
	}
	if more {
		p.turnTo(hits.CursorAt(edge))
	}
	return more
}

func (p *pages) turnTo(cursor string) {
	p.t.Helper()
	bound, ok := commerce.ParseCursor(cursor, p.q.Page.Ordering)
	require.True(p.t, ok)
	p.q.Page.Bounded, p.q.Page.Bound = true, bound
}

// TestWalk: a walk by relevance shows every product once, whatever changes meanwhile. Kettles that come and go change how rare mugs are.
func TestWalk(t *testing.T) {
	t.Parallel()
	const products, kettles = 300, 500
	url := searchtest.Server(t)
	for name, change := range map[string]struct {
		limit               int
		backward, forgetful bool
		mode                commerce.UnavailableMode
	}{
		"forwards":          {limit: 20},
		"backwards":         {limit: 20, backward: true},
		"one at a time":     {limit: 7, mode: commerce.UnavailableLast},
		"what a walk mends": {limit: 20, forgetful: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alias := searchtest.NewIndex(t, url, append(named("Mug", 1, products), named("Kettle", 10_000, kettles)...))
			q := mugPages(change.limit)
			q.Page.Backward = change.backward
			if change.mode != "" {
				q.Unavailable = change.mode
			}
			p := newPages(t, open(t, url, search.Options{Alias: alias, Timeout: time.Minute}), q)
			for n := 0; p.next(); n++ {
				if change.forgetful {
					p.q.Page.Bound.Value, _, _ = strings.Cut(p.q.Page.Bound.Value, "{")
				}
				require.Equal(t, change.forgetful && n > 0, p.last.Drifts, "page %d", n)
				require.Equal(t, products, p.last.Total, "page %d", n)
				require.Equal(t, products/2, p.last.Facets[0].Values[0].Count, "page %d: facets count what was seen", n)
				searchtest.Load(t, url, alias, named("Kettle", 20_000+n*kettles, kettles))
				searchtest.Call(t, http.MethodPost, url+"/"+alias+"/_refresh", nil)
			}
			if change.forgetful {
				require.Less(t, len(p.seen), products, "without a walk, products are missed")
				return
			}
			require.Len(t, p.seen, products)
			for id, times := range p.seen {
				require.Equal(t, 1, times, "product %d", id)
			}
		})
	}
}

// TestWalkIsOfOneMoment: what changes after the second page was asked for does not change the pages, which say how old they are.
func TestWalkIsOfOneMoment(t *testing.T) {
	t.Parallel()
	url := searchtest.Server(t)
	alias := searchtest.NewIndex(t, url, named("Mug", 1, 40))
	now := time.Date(2026, time.May, 1, 23, 59, 0, 0, time.UTC)
	e := open(t, url, search.Options{Alias: alias, Timeout: time.Minute, Now: func() time.Time { return now }})
	p := newPages(t, e, mugPages(10))
	require.True(t, p.next())
	require.True(t, p.next())
	require.Zero(t, p.last.Age)
	now = now.Add(2 * time.Minute) // another day, on which everything is less new
	late := named("Mug", 100, 1)
	late[0].PublishedAt = now
	searchtest.Load(t, url, alias, late)
	searchtest.Call(t, http.MethodPost, url+"/"+alias+"/_refresh", nil)
	for p.next() {
		require.Equal(t, 2*time.Minute, p.last.Age)
	}
	require.Len(t, p.seen, 40)
}

// TestWalkLapses: a walk whose point in time is gone goes on, says so once, and is a walk again.
func TestWalkLapses(t *testing.T) {
	t.Parallel()
	url := searchtest.Server(t)
	alias := searchtest.NewIndex(t, url, named("Mug", 1, 60))
	e := open(t, url, search.Options{Alias: alias, Timeout: time.Minute})
	whole := newPages(t, e, mugPages(10))
	for whole.next() {
	}
	require.Len(t, whole.seen, 60)
	for name, lapse := range map[string]func(cursor string) string{
		"lapsed": func(cursor string) string {
			view := cursor[strings.Index(cursor, `"view":"`)+len(`"view":"`):]
			view, _, _ = strings.Cut(view, `"`)
			searchtest.Call(t, http.MethodDelete, url+"/_pit", fmt.Appendf(nil, `{"id":%q}`, view))
			return cursor
		},
		"garbled": func(cursor string) string { return strings.Replace(cursor, `"view":"`, `"view":"x`, 1) },
	} {
		p := newPages(t, e, mugPages(10))
		require.True(t, p.next())
		require.True(t, p.next(), name)
		p.q.Page.Bound.Value = lapse(p.q.Page.Bound.Value)
		require.True(t, p.next(), name)
		require.True(t, p.last.Drifts, name)
		for p.next() {
			require.False(t, p.last.Drifts, name)
		}
		require.Equal(t, whole.seen, p.seen, "%s: nothing changed, so nothing is lost", name)
	}
}

// TestWalkTurnsRound: from any page a client gets to the one before, also where a page has one product, whose two cursors are one.
func TestWalkTurnsRound(t *testing.T) {
	t.Parallel()
	url := searchtest.Server(t)
	e := open(t, url, search.Options{Alias: searchtest.NewIndex(t, url, named("Mug", 1, 40)), Timeout: time.Minute})
	ids := func(l commerce.List[commerce.ProductRef]) (all []commerce.ProductID) {
		for _, hit := range l.Items {
			all = append(all, hit.Node.ID)
		}
		return all
	}
	for _, limit := range []int{1, 2, 7} {
		var read [][]commerce.ProductID
		p := newPages(t, e, mugPages(limit))
		var starts []string
		for range 4 {
			require.True(t, p.next())
			read, starts = append(read, ids(p.last.Hits)), append(starts, p.last.Hits.CursorAt(0))
		}
		for at := 3; at > 0; at-- {
			p.q.Page.Backward = true
			p.turnTo(starts[at])
			p.next()
			require.Equal(t, read[at-1], ids(p.last.Hits), "%d at a time, the page before %d", limit, at)
			require.Equal(t, limit == 1, p.last.Drifts, "%d at a time: a cursor that leads on is none that leads back", limit)
		}
	}
	first := newPages(t, e, mugPages(10))
	require.True(t, first.next())
	page := ids(first.last.Hits)
	first.q.Page.Backward, first.q.Page.Limit = true, 5
	first.next()
	require.Equal(t, page[4:9], ids(first.last.Hits), "before the end of the first page")
}

// TestWalkIsSigned: only processes that sign with the same key know each other's walks.
func TestWalkIsSigned(t *testing.T) {
	t.Parallel()
	url := searchtest.Server(t)
	alias := searchtest.NewIndex(t, url, named("Mug", 1, 40))
	with := func(key string, err error) *search.Engine {
		return open(t, url, search.Options{Alias: alias, Timeout: time.Minute, Key: func(context.Context) ([]byte, error) { return []byte(key), err }})
	}
	p := newPages(t, with("one", nil), mugPages(10))
	require.True(t, p.next())
	for name, c := range map[string]struct {
		engine *search.Engine
		drifts bool
	}{
		"the same key": {with("one", nil), false}, "another key": {with("other", nil), true}, "no key": {with("", errors.New("away")), true},
		"a key of its own": {open(t, url, search.Options{Alias: alias, Timeout: time.Minute}), true},
	} {
		q := newPages(t, c.engine, p.q)
		q.next()
		require.Equal(t, c.drifts, q.last.Drifts, name)
	}
	p.e = with("", errors.New("away"))
	p.q.Page.Bounded = false
	require.True(t, p.next())
	require.NotContains(t, p.q.Page.Bound.Value, "{", "nothing to sign with")
}

// TestWalkElsewhere: a walk's cursor shows nothing of another store, and is no cursor of another search.
func TestWalkElsewhere(t *testing.T) {
	t.Parallel()
	url := searchtest.Server(t)
	docs := named("Mug", 1, 60)
	for i := range docs[:30] {
		docs[i].Ref.Store = 2
	}
	e := open(t, url, search.Options{Alias: searchtest.NewIndex(t, url, docs), Timeout: time.Minute})
	own := newPages(t, e, mugPages(10))
	own.next()
	own.next()
	other := newPages(t, e, own.q)
	other.q.Store = 2
	other.next()
	for id := range other.seen {
		require.LessOrEqual(t, id, commerce.ProductID(30), "a product of the other store")
	}

	several := []commerce.SearchQuery{own.q, own.q}
	results, err := e.SearchProducts(t.Context(), several)
	require.NoError(t, err)
	for _, res := range results {
		require.Len(t, res.Hits.Items, 10)
		require.True(t, res.Drifts, "several at a time are no walk")
	}

	for name, change := range map[string]func(q *commerce.SearchQuery){
		"another text's layout": func(q *commerce.SearchQuery) { q.Text = "" },
		"too much was seen": func(q *commerce.SearchQuery) {
			q.Page.Bound.Value = `["_score",1]{"seen":[` + strings.Repeat("1,", commerce.MaxPageSize) + `1]}`
		},
		"a long name": func(q *commerce.SearchQuery) {
			q.Page.Bound.Value = `["_score",1]{"view":"` + strings.Repeat("A", 2001) + `"}`
		},
		"no ids":  func(q *commerce.SearchQuery) { q.Page.Bound.Value = `["_score",1]{"seen":["1"]}` },
		"more":    func(q *commerce.SearchQuery) { q.Page.Bound.Value = `["_score",1]{"seen":[1]}{}` },
		"no walk": func(q *commerce.SearchQuery) { q.Page.Bound.Value = `["_score",1] 7` },
	} {
		q := own.q
		change(&q)
		_, err := e.SearchProducts(t.Context(), []commerce.SearchQuery{q})
		require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err), "%s: %v", name, err)
	}
}
