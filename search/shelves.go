package search

import (
	"context"
	"fmt"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/kirana-commerce/kirana/commerce"
)

// The bounds of shelves. A shelf is made anew when a search finds it older than shelfAge, or than shelfShare times what making it took, so
// that a large store does not keep a processor busy; while somebody does, others go on with the old one, up to shelfPatience. A
// product takes about 2 kB.
const (
	shelfAge       = time.Second
	shelfShare     = 20
	shelfPatience  = time.Minute
	maxShelf       = 20_000  // products of one store
	maxShelves     = 100_000 // products in all
	shelvesAtOnce  = 2       // that are made at the same time
	maxShelfStores = 10_000
)

// Shelves answers searches from the database, without the engine: each store's products are read into a shelf, which is kept for
// moments. It is safe for concurrent use.
type Shelves struct {
	reader commerce.StoreDocumentReader
	now    func() time.Time
	making chan struct{}

	mu       sync.Mutex
	known    *lru.Cache[commerce.StoreID, *keptShelf]
	products int // on all that are known
}

var _ Finder = (*Shelves)(nil)

// keptShelf is the shelf of one store.
type keptShelf struct {
	turn chan struct{} // who holds it may make the shelf anew

	mu       sync.Mutex
	shelf    *Shelf
	tooLarge bool
	asOf     time.Time
	took     time.Duration
	// has is a position of the log: everything before it is on the shelf.
	has commerce.LogPosition
}

// NewShelves makes shelves of what a reader reads.
func NewShelves(reader commerce.StoreDocumentReader, now func() time.Time) *Shelves {
	known, err := lru.New[commerce.StoreID, *keptShelf](maxShelfStores)
	if err != nil {
		panic("search: " + err.Error()) // only for a size below 1
	}
	return &Shelves{reader: reader, now: now, making: make(chan struct{}, shelvesAtOnce), known: known}
}

// SearchProducts answers the queries. Code UNAVAILABLE for a store that is too large, and when the database does not answer;
// BAD_USER_INPUT as the engine's.
func (s *Shelves) SearchProducts(ctx context.Context, queries []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	results := make([]commerce.SearchResult, len(queries))
	for i, q := range queries {
		shelf, asOf, err := s.of(ctx, q.Store)
		if err != nil {
			return nil, err
		}
		if results[i], err = shelf.Search(q, s.now()); err != nil {
			return nil, err
		}
		results[i].AsOf = asOf
	}
	return results, nil
}

// ExplainSearch explains a search as it is answered here.
func (s *Shelves) ExplainSearch(ctx context.Context, q commerce.SearchQuery, id commerce.ProductID, _ *commerce.ProductDocument) (commerce.SearchMatch, error) {
	shelf, _, err := s.of(ctx, q.Store)
	if err != nil {
		return commerce.SearchMatch{}, err
	}
	return shelf.Explain(q, id, s.now())
}

// of is the shelf of a store, and as of when it is.
func (s *Shelves) of(ctx context.Context, store commerce.StoreID) (*Shelf, time.Time, error) {
	k := s.kept(store)
	seen := commerce.PositionOf(ctx)
	if shelf, asOf, err := k.look(s.now(), store, seen, 0); shelf != nil || err != nil {
		return shelf, asOf, err
	}
	select {
	case k.turn <- struct{}{}:
	default: // somebody is at it
		if shelf, asOf, err := k.look(s.now(), store, seen, shelfPatience); shelf != nil || err != nil {
			return shelf, asOf, err
		}
		select {
		case k.turn <- struct{}{}:
		case <-ctx.Done():
			return nil, time.Time{}, commerce.Unavailable(unavailable, ctx.Err())
		}
	}
	defer func() { <-k.turn }()
	if shelf, asOf, err := k.look(s.now(), store, seen, 0); shelf != nil || err != nil { // made while this one waited
		return shelf, asOf, err
	}
	return s.renew(ctx, k, store)
}

// kept is the place of a store's shelf.
func (s *Shelves) kept(store commerce.StoreID) *keptShelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, known := s.known.Get(store)
	if !known {
		k = &keptShelf{turn: make(chan struct{}, 1)}
		s.known.Add(store, k)
	}
	return k
}

// look is the shelf as far as it is fresh enough, or not older than patience, and has what whoever asks has seen.
func (k *keptShelf) look(now time.Time, store commerce.StoreID, seen commerce.LogPosition, patience time.Duration) (*Shelf, time.Time, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if age := now.Sub(k.asOf); k.asOf.IsZero() || k.has < seen && !k.tooLarge || age >= max(shelfAge, shelfShare*k.took, patience) {
		return nil, k.asOf, nil
	}
	if k.tooLarge {
		return nil, k.asOf, tooLarge(store)
	}
	return k.shelf, k.asOf, nil
}

func tooLarge(store commerce.StoreID) error {
	return commerce.Unavailable(unavailable, fmt.Errorf("store %d has more than %d products: without the search engine it is not searched", store, maxShelf))
}

// renew reads the store and makes its shelf.
func (s *Shelves) renew(ctx context.Context, k *keptShelf, store commerce.StoreID) (*Shelf, time.Time, error) {
	select {
	case s.making <- struct{}{}:
		defer func() { <-s.making }()
	case <-ctx.Done():
		return nil, time.Time{}, commerce.Unavailable(unavailable, ctx.Err())
	}
	began := s.now()
	docs, position, err := s.reader.StoreDocuments(ctx, store, maxShelf+1)
	if err != nil {
		return nil, time.Time{}, err
	}
	shelf := NewShelf(docs[:min(len(docs), maxShelf)])
	s.keep(k, store, func() {
		k.shelf, k.tooLarge, k.asOf, k.took = shelf, len(docs) > maxShelf, began, s.now().Sub(began)
		// A commit at the very position may not have been visible yet; what the one who asks has seen was.
		k.has = max(position-1, commerce.PositionOf(ctx))
		if k.tooLarge {
			k.shelf = nil
		}
	})
	if len(docs) > maxShelf {
		return nil, began, tooLarge(store)
	}
	return shelf, began, nil
}

// keep changes a shelf, and lets go of those that nobody has asked for, for longest, while there are too many products.
func (s *Shelves) keep(k *keptShelf, store commerce.StoreID, change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k.mu.Lock()
	before := k.size()
	change()
	s.products += k.size() - before
	k.mu.Unlock()
	s.known.Add(store, k)
	for s.products > maxShelves && s.known.Len() > 1 {
		if _, gone, ok := s.known.RemoveOldest(); ok {
			gone.mu.Lock()
			s.products -= gone.size()
			gone.shelf, gone.asOf = nil, time.Time{}
			gone.mu.Unlock()
		}
	}
}

func (k *keptShelf) size() int {
	if k.shelf == nil {
		return 0
	}
	return len(k.shelf.items)
}
