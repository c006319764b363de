package search

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/kirana-commerce/kirana/commerce"
)

// How long what is known of the live index holds: that it is of an older definition, and nothing, because it could not be asked.
const (
	olderFor   = 5 * time.Second
	unaskedFor = time.Second
)

// vintage knows whether the live index has all fields that searches use. One that an earlier program has made has not: the engine refuses to score
// by a field that an index lacks, and counts nothing by it. From the start of this program until its own index is live, searches do without:
// nothing is known of what sells, options are named by their keys, and every facet on variants is counted inside these.
type vintage struct {
	has    atomic.Bool   // for good: no later index is without them
	asking chan struct{} // held by whoever asks
	state  atomic.Pointer[vintageState]
}

// newestField is one of the fields that the last change of the definition has added.
const newestField = fieldPriceSteps

type vintageState struct {
	older bool
	until time.Time
}

func newVintage() *vintage { return &vintage{asking: make(chan struct{}, 1)} }

// older reports whether these queries have to do with an older index. Nobody but the first who asks waits for the answer; where there
// is none, the index is taken for one of today.
func (e *Engine) older(ctx context.Context, now time.Time, queries ...commerce.SearchQuery) bool {
	matters := false
	for i := range queries {
		matters = matters || queries[i].WantFacets || searchText(queries[i]) != ""
	}
	if !matters || e.vintage.has.Load() {
		return false
	}
	known := e.vintage.state.Load()
	if known == nil {
		select {
		case e.vintage.asking <- struct{}{}:
		case <-ctx.Done():
			return false
		}
	} else if now.Before(known.until) {
		return known.older
	} else {
		select {
		case e.vintage.asking <- struct{}{}:
		default:
			return known.older
		}
	}
	defer func() { <-e.vintage.asking }()
	return e.learnVintage(ctx, now)
}

// learnVintage asks the engine, unless somebody has just done so.
func (e *Engine) learnVintage(ctx context.Context, now time.Time) bool {
	if e.vintage.has.Load() {
		return false
	}
	if known := e.vintage.state.Load(); known != nil && now.Before(known.until) {
		return known.older
	}
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	indexes := map[string]struct {
		Mappings map[string]struct{} `json:"mappings"`
	}{}
	err := e.do(ctx, esapi.IndicesGetFieldMappingRequest{Index: []string{e.alias}, Fields: []string{newestField}}, &indexes)
	if err != nil || len(indexes) == 0 {
		e.vintage.state.Store(&vintageState{until: now.Add(unaskedFor)})
		return false
	}
	for _, index := range indexes {
		if _, has := index.Mappings[newestField]; !has {
			e.vintage.state.Store(&vintageState{older: true, until: now.Add(olderFor)})
			return true
		}
	}
	e.vintage.has.Store(true)
	return false
}
