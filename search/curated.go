package search

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/kirana-commerce/kirana/commerce"
)

// A store's synonyms and rules are read again after curationAge, so that a change is live everywhere within seconds. Those of
// as many stores are remembered; a store without any takes a few dozen bytes.
const (
	curationAge    = 2 * time.Second
	curationStores = 10_000
)

// Curated searches as the merchants of the stores have decided: with their synonyms and rules. It is safe for concurrent use.
type Curated struct {
	finder Finder
	reader commerce.CurationReader
	now    func() time.Time
	known  *lru.Cache[commerce.StoreID, knownCuration]
}

// knownCuration is what a store's merchant had decided at a moment.
type knownCuration struct {
	curation *commerce.SearchCuration
	read     time.Time
	// has is a position of the log: everything before it was seen.
	has commerce.LogPosition
}

var _ Finder = (*Curated)(nil)

// NewCurated makes a search with a finder and what merchants have decided. now tells which rules count.
func NewCurated(finder Finder, reader commerce.CurationReader, now func() time.Time) *Curated {
	known, err := lru.New[commerce.StoreID, knownCuration](curationStores)
	if err != nil {
		panic("search: " + err.Error()) // only for a size below 1
	}
	return &Curated{finder, reader, now, known}
}

// SearchProducts answers the queries as the searcher does.
func (c *Curated) SearchProducts(ctx context.Context, queries []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	curated, err := c.curate(ctx, queries)
	if err != nil {
		return nil, err
	}
	return c.finder.SearchProducts(ctx, curated)
}

// ExplainSearch explains the search as it is answered.
func (c *Curated) ExplainSearch(ctx context.Context, q commerce.SearchQuery, id commerce.ProductID, due *commerce.ProductDocument) (commerce.SearchMatch, error) {
	curated, err := c.curate(ctx, []commerce.SearchQuery{q})
	if err != nil {
		return commerce.SearchMatch{}, err
	}
	match, err := c.finder.ExplainSearch(ctx, curated[0], id, due)
	match.Placement = curated[0].Placement
	return match, err
}

// curate is the queries with what the stores' merchants have decided.
func (c *Curated) curate(ctx context.Context, queries []commerce.SearchQuery) ([]commerce.SearchQuery, error) {
	curations, err := c.of(ctx, queries)
	if err != nil {
		return nil, err
	}
	curated, now := make([]commerce.SearchQuery, len(queries)), c.now()
	for i, q := range queries {
		if curation := curations[q.Store]; curation != nil {
			q.Synonyms, q.Placement, q.Filters = &curation.Synonyms, curation.Place(q, now), curation.Facets
		}
		curated[i] = q
	}
	return curated, nil
}

// of reads what the merchants of the queries' stores have decided, unless that was done a moment ago.
func (c *Curated) of(ctx context.Context, queries []commerce.SearchQuery) (map[commerce.StoreID]*commerce.SearchCuration, error) {
	found, now, seen := make(map[commerce.StoreID]*commerce.SearchCuration, len(queries)), c.now(), commerce.PositionOf(ctx)
	var missing []commerce.StoreID
	for _, q := range queries {
		if _, looked := found[q.Store]; looked {
			continue
		}
		known, ok := c.known.Get(q.Store)
		if found[q.Store] = known.curation; !ok || now.Sub(known.read) >= curationAge || known.has < seen {
			missing = append(missing, q.Store)
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	read, err := c.reader.Curations(ctx, missing)
	for store, curation := range read {
		found[store] = curation
		c.known.Add(store, knownCuration{curation, now, seen})
	}
	return found, err
}
