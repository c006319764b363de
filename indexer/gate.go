package indexer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/cdc"
	"github.com/kirana-commerce/kirana/search"
)

// ErrRefused is wrapped by the verdict of a gate that keeps a generation from going live. Any other error says that there is no
// verdict yet.
var ErrRefused = errors.New("the index does not say what the database says")

// Candidate is a generation that was filled and is about to go live. It is written all the while.
type Candidate struct {
	Index string // its name
	x     *Indexer
	waits chan<- wait
}

// LogPosition is a position behind everything that is committed now.
func (c *Candidate) LogPosition(ctx context.Context) (int64, error) {
	log, err := c.x.c.State.LogState(ctx, c.x.c.Slot)
	return log.Flushed, err
}

// WaitSearchable returns once every commit up to position can be found in the candidate.
func (c *Candidate) WaitSearchable(ctx context.Context, position int64) (commerce.IndexState, error) {
	found := make(chan struct{})
	select {
	case c.waits <- wait{cdc.Position(position), found}:
	case <-ctx.Done():
		return commerce.IndexState{}, ctx.Err()
	}
	select {
	case <-found:
		return commerce.IndexState{Searchable: position}, nil
	case <-ctx.Done():
		return commerce.IndexState{}, ctx.Err()
	}
}

// checking is a check under way, in a goroutine of its own: it may take long, and the writer writes on.
type checking struct {
	open    bool
	verdict chan error
	end     context.CancelFunc
}

// recheckPause is the time until a refused generation is looked at again. Meanwhile it is written, and may be repaired.
const recheckPause = time.Minute

// check lets the gate look at the generation that was filled.
func (w *writer) check(ctx context.Context) error {
	if err := w.x.refresh(ctx, w.filled.bulk.alias); err != nil {
		return err
	}
	within, cancel := context.WithCancel(ctx)
	w.gate.open, w.gate.end = true, cancel
	c := &Candidate{Index: w.filled.gen.name(), x: w.x, waits: w.waits}
	go func() { w.gate.verdict <- w.x.c.Gate(within, c) }()
	return nil
}

// endCheck gives a check up that is still under way.
func (w *writer) endCheck() {
	if w.gate.open {
		w.gate.end()
		<-w.gate.verdict //nolint:errcheck // nobody waits for it any more
		w.gate.open = false
	}
}

// judge takes the verdict in.
func (w *writer) judge(ctx context.Context, verdict error) error {
	w.gate.open = false
	w.gate.end()
	switch {
	case verdict == nil:
		return w.goLive(ctx)
	case !errors.Is(verdict, ErrRefused):
		return fmt.Errorf("check the index: %w", verdict)
	}
	w.x.c.Logger.ErrorContext(ctx, "the new index does not go live; searches read the old one", "index", w.filled.gen.name(), "reason", verdict)
	if err := w.x.c.Walks.EndWalk(ctx, w.x.c.Slot, w.filled.gen.number, verdict.Error()); err != nil {
		return fmt.Errorf("note that the index is refused: %w", err)
	}
	w.recheck = time.After(recheckPause)
	return nil
}

const (
	// countPage is the number of stores that are counted at once.
	countPage = 1000
	// recounts is how often stores whose counts differ are counted again: they may be in motion.
	recounts = 5
	// A generation may lack a few documents that the engine refuses, which are noted as dead letters: fewDead of them, or one in
	// deadShare. More say that something is wrong with the generation.
	fewDead, deadShare = 10, 100
)

// countGate is the gate when the configuration has none: every store has as many documents as products that can be found.
func (x *Indexer) countGate(ctx context.Context, c *Candidate) error {
	products, dead := 0, 0
	for after, n := commerce.StoreID(0), countPage; n == countPage; {
		counts, err := x.c.Counts.CountForIndex(ctx, c.Index, after, countPage)
		if err != nil {
			return fmt.Errorf("count products: %w", err)
		}
		for _, of := range counts {
			products += of.Products
			dead += of.Dead
			after = of.Store
		}
		if n = len(counts); n == 0 {
			break
		}
		if err := x.countStores(ctx, c, counts); err != nil {
			return err
		}
	}
	if dead > fewDead && dead > products/deadShare {
		return fmt.Errorf("%w: the search engine refuses %d documents of %d", ErrRefused, dead, products)
	}
	return nil
}

// countStores compares the counts of some stores. What differs is counted again on both sides after the index has come to the
// moment of the difference.
func (x *Indexer) countStores(ctx context.Context, c *Candidate, counts []commerce.GenerationCount) error {
	for try := 0; ; try++ {
		documents, err := x.documentCounts(ctx, c.Index, counts)
		if err != nil {
			return err
		}
		differ := differing(counts, documents)
		if len(differ) == 0 {
			return nil
		}
		if try == recounts {
			d := differ[0]
			return fmt.Errorf("%w: %d stores differ in their number of documents; store %d has %d for %d products", ErrRefused,
				len(differ), d.Store, documents[d.Store], d.Products)
		}
		if counts, err = x.again(ctx, c, differ); err != nil {
			return err
		}
	}
}

// differing are the stores that have more documents than products, or fewer than can be explained.
func differing(counts []commerce.GenerationCount, documents map[commerce.StoreID]int) []commerce.GenerationCount {
	var differ []commerce.GenerationCount
	for _, of := range counts {
		if n := documents[of.Store]; n > of.Products || n < of.Products-of.Dead {
			differ = append(differ, of)
		}
	}
	return differ
}

// again counts the products of stores once more, and waits until the index has them.
func (x *Indexer) again(ctx context.Context, c *Candidate, stores []commerce.GenerationCount) ([]commerce.GenerationCount, error) {
	counts := make([]commerce.GenerationCount, len(stores))
	for i, of := range stores {
		found, err := x.c.Counts.CountForIndex(ctx, c.Index, of.Store-1, 1)
		if err != nil {
			return nil, fmt.Errorf("count products: %w", err)
		}
		counts[i].Store = of.Store
		if len(found) > 0 && found[0].Store == of.Store {
			counts[i] = found[0]
		}
	}
	position, err := c.LogPosition(ctx)
	if err == nil {
		_, err = c.WaitSearchable(ctx, position)
	}
	return counts, err
}

// documentCounts counts the documents of stores, where their searches look.
func (x *Indexer) documentCounts(ctx context.Context, index string, of []commerce.GenerationCount) (map[commerce.StoreID]int, error) {
	routing, stores := make([]string, len(of)), make(map[string]commerce.StoreID, len(of))
	for i, s := range of {
		routing[i] = search.Routing(s.Store)
		stores[routing[i]] = s.Store
	}
	var answer struct {
		Aggregations struct {
			Stores struct {
				Buckets []struct {
					Key   string `json:"key"`
					Count int    `json:"doc_count"`
				} `json:"buckets"`
			} `json:"stores"`
		} `json:"aggregations"`
	}
	whole := false
	req := esapi.SearchRequest{
		Index: []string{index}, Routing: routing, AllowPartialSearchResults: &whole, Body: strings.NewReader(search.StoreCounts(routing)),
	}
	if err := x.es.call(ctx, req, &answer); err != nil {
		return nil, fmt.Errorf("count documents: %w", err)
	}
	counts := make(map[commerce.StoreID]int, len(of))
	for _, b := range answer.Aggregations.Stores.Buckets {
		counts[stores[b.Key]] = b.Count
	}
	return counts, nil
}
