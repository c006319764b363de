package search

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/kirana-commerce/kirana/commerce"
)

// How long what is known of the live index holds: that it has no popularities, and nothing, because it could not be asked.
const (
	unrankedFor = 5 * time.Second
	unaskedFor  = time.Second
)

// ranking knows whether the live index has popularities. One that another definition has made has none, and the engine refuses to score by a
// field that an index does not have: from the start of this program until its own index is live, scores do without.
type ranking struct {
	has    atomic.Bool   // for good: no later index is without
	asking chan struct{} // held by whoever asks
	state  atomic.Pointer[rankingState]
}

type rankingState struct {
	unranked bool
	until    time.Time
}

func newRanking() *ranking { return &ranking{asking: make(chan struct{}, 1)} }

// unranked reports whether the scores of these queries have to do without popularities. Nobody but the first asks waits for the answer; where there
// is none, the index is taken for one that has them.
func (e *Engine) unranked(ctx context.Context, now time.Time, queries ...commerce.SearchQuery) bool {
	texts := false
	for i := range queries {
		texts = texts || searchText(queries[i]) != ""
	}
	if !texts || e.ranking.has.Load() {
		return false
	}
	known := e.ranking.state.Load()
	if known == nil {
		select {
		case e.ranking.asking <- struct{}{}:
		case <-ctx.Done():
			return false
		}
	} else if now.Before(known.until) {
		return known.unranked
	} else {
		select {
		case e.ranking.asking <- struct{}{}:
		default:
			return known.unranked
		}
	}
	defer func() { <-e.ranking.asking }()
	return e.learnRanking(ctx, now)
}

// learnRanking asks the engine, unless somebody has just done so.
func (e *Engine) learnRanking(ctx context.Context, now time.Time) bool {
	if e.ranking.has.Load() {
		return false
	}
	if known := e.ranking.state.Load(); known != nil && now.Before(known.until) {
		return known.unranked
	}
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	indexes := map[string]struct {
		Mappings map[string]struct{} `json:"mappings"`
	}{}
	err := e.do(ctx, esapi.IndicesGetFieldMappingRequest{Index: []string{e.alias}, Fields: []string{fieldPopularity}}, &indexes)
	if err != nil || len(indexes) == 0 {
		e.ranking.state.Store(&rankingState{until: now.Add(unaskedFor)})
		return false
	}
	for _, index := range indexes {
		if _, has := index.Mappings[fieldPopularity]; !has {
			e.ranking.state.Store(&rankingState{unranked: true, until: now.Add(unrankedFor)})
			return true
		}
	}
	e.ranking.has.Store(true)
	return false
}
