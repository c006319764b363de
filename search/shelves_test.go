package search_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

// stock is a store that grows by a mug with every reading.
type stock struct {
	mu    sync.Mutex
	log   commerce.LogPosition // where it is
	reads int
	many  int
	err   error
	gate  chan struct{} // when set, a reading waits for it
}

func (s *stock) StoreDocuments(_ context.Context, store commerce.StoreID, limit int) ([]*commerce.ProductDocument, commerce.LogPosition, error) {
	s.mu.Lock()
	s.reads++
	n, err, gate, log := s.reads+s.many, s.err, s.gate, s.log
	s.mu.Unlock()
	if gate != nil {
		<-gate
	}
	docs := make([]*commerce.ProductDocument, min(n, limit))
	for i := range docs {
		docs[i] = &commerce.ProductDocument{Ref: commerce.ProductRef{Store: store, ID: commerce.ProductID(i + 1)}, Title: "Mug"}
	}
	return docs, log, err
}

func mugs(store commerce.StoreID) []commerce.SearchQuery {
	return []commerce.SearchQuery{{Store: store, Currency: "INR", Text: "mug", WantTotal: true, Page: commerce.FirstPage(1, commerce.Ordering{Key: commerce.SearchSortRelevance})}}
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// A store is read again when a search finds its shelf older than a second; while somebody reads, others go on with what there is.
func TestShelves(t *testing.T) {
	t.Parallel()
	c := &clock{at: time.Unix(1_800_000_000, 0)}
	s := &stock{}
	shelves := search.NewShelves(s, c.now)
	total := func() int {
		results, err := shelves.SearchProducts(t.Context(), mugs(1))
		require.NoError(t, err)
		require.False(t, results[0].AsOf.IsZero())
		return results[0].Total
	}
	require.Equal(t, 1, total())
	require.Equal(t, 1, total(), "kept")
	c.pass(time.Second)
	require.Equal(t, 2, total(), "read again")

	c.pass(time.Second)
	s.gate = make(chan struct{})
	first := make(chan int)
	go func() { first <- total() }()
	require.Eventually(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.reads == 3 }, time.Minute, time.Millisecond)
	require.Equal(t, 2, total(), "somebody reads")
	c.pass(2 * time.Minute) // what there is, is too old by now
	second := make(chan int)
	go func() { second <- total() }()
	close(s.gate)
	require.Equal(t, 3, <-first)
	require.GreaterOrEqual(t, <-second, 3)

	s.err = errors.New("away")
	c.pass(time.Hour)
	_, err := shelves.SearchProducts(t.Context(), mugs(1))
	require.ErrorIs(t, err, s.err)
	s.err, s.many = nil, 20_000
	_, err = shelves.SearchProducts(t.Context(), mugs(2))
	require.Equal(t, commerce.CodeUnavailable, commerce.CodeOf(err), "too large a store")
	reads := s.reads
	_, err = shelves.SearchProducts(t.Context(), mugs(2))
	require.Equal(t, commerce.CodeUnavailable, commerce.CodeOf(err))
	require.Equal(t, reads, s.reads, "and it is not read again at once")
}

// A shelf that lacks what whoever asks has seen is made anew, however young it is.
func TestShelvesHaveWhatWasSeen(t *testing.T) {
	t.Parallel()
	c, s := &clock{at: time.Unix(1_800_000_000, 0)}, &stock{log: 100}
	shelves := search.NewShelves(s, c.now)
	for _, step := range []struct {
		seen, log commerce.LogPosition
		reads     int
		why       string
	}{
		{0, 100, 1, "the first"},
		{99, 100, 1, "it has that"},
		{100, 100, 2, "a commit at the very position may not have been visible"},
		{100, 100, 2, "it was visible to who had seen it"},
		{101, 130, 3, "younger than the shelf"},
		{129, 130, 3, "read with it"},
		{0, 500, 3, "nobody has seen anything"},
		{400, 500, 4, ""},
	} {
		s.mu.Lock()
		s.log = step.log
		s.mu.Unlock()
		_, err := shelves.SearchProducts(commerce.WithPosition(t.Context(), step.seen), mugs(1))
		require.NoError(t, err)
		require.Equal(t, step.reads, s.reads, "%+v", step)
	}
}

// Many stores are searched at the same time, and no more products are kept than may be.
func TestShelvesOfManyStores(t *testing.T) {
	t.Parallel()
	s := &stock{many: 9_000}
	shelves := search.NewShelves(s, time.Now)
	var group sync.WaitGroup
	for store := range commerce.StoreID(30) {
		group.Go(func() {
			results, err := shelves.SearchProducts(t.Context(), mugs(store+1))
			if err != nil || results[0].Total < 9_000 {
				t.Errorf("store %d: %v", store+1, err)
			}
		})
	}
	group.Wait()
}

// engine is a search engine that may be away.
type engine struct {
	mu    sync.Mutex
	asked int
	err   error
}

func (e *engine) SearchProducts(_ context.Context, queries []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked++
	return make([]commerce.SearchResult, len(queries)), e.err
}

func (e *engine) ExplainSearch(context.Context, commerce.SearchQuery, commerce.ProductID, *commerce.ProductDocument) (commerce.SearchMatch, error) {
	return commerce.SearchMatch{Rank: 7}, e.err
}

// Every search is answered while the engine is away, and says so; a wrong search is wrong on both.
func TestStandin(t *testing.T) {
	t.Parallel()
	e := &engine{}
	var mu sync.Mutex
	var changes []bool
	s := search.NewStandin(e, search.NewShelves(&stock{}, time.Now), func(asked bool) { mu.Lock(); defer mu.Unlock(); changes = append(changes, asked) })
	find := func() commerce.SearchResult {
		results, err := s.SearchProducts(t.Context(), mugs(1))
		require.NoError(t, err)
		return results[0]
	}
	require.Zero(t, find().Total, "the engine's answer")
	e.err = commerce.BadInput("query", "too long")
	for range 10 {
		_, err := s.SearchProducts(t.Context(), mugs(1))
		require.ErrorIs(t, err, e.err)
	}
	e.err = commerce.Unavailable("Search", errors.New("refused"))
	for range 10 {
		got := find()
		require.True(t, got.Degraded)
		require.Positive(t, got.Total)
	}
	require.Equal(t, 1+10+3, e.asked, "after three failures it is left alone")
	match, err := s.ExplainSearch(t.Context(), mugs(1)[0], 1, nil)
	require.NoError(t, err)
	require.Equal(t, 1, match.Rank)
	e.mu.Lock()
	e.err = nil
	e.mu.Unlock()
	require.Eventually(t, func() bool { return !find().Degraded }, time.Minute, 50*time.Millisecond, "it comes back by itself")
	require.Zero(t, find().Total)
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, []bool{false, true}, changes)

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	e.mu.Lock()
	e.err = commerce.Unavailable("Search", context.Canceled)
	e.mu.Unlock()
	_, err = s.SearchProducts(gone, mugs(1))
	require.Error(t, err, "a client that has gone is not answered")
}
