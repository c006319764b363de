package search

import (
	"context"
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/kirana-commerce/kirana/commerce"
)

// After breakerFailures in a row the engine is not asked for breakerPause; then one search tries it.
const (
	breakerFailures = 3
	breakerPause    = 2 * time.Second
)

// Finder finds products, and says why it does not.
type Finder interface {
	commerce.ProductSearcher
	commerce.SearchExplainer
}

// Standin answers from the engine, and while that does not answer from somewhere else, which its answers say. It comes back to the engine
// by itself. It is safe for concurrent use.
type Standin struct {
	engine, other Finder
	breaker       *gobreaker.CircuitBreaker[any]
}

var _ Finder = (*Standin)(nil)

// NewStandin makes a search that changes from the engine to another, and back. onChange hears of each change, whether the engine is asked
// from now on; it must not block.
func NewStandin(engine, other Finder, onChange func(asked bool)) *Standin {
	return &Standin{engine, other, gobreaker.NewCircuitBreaker[any](gobreaker.Settings{
		Name: "search engine", MaxRequests: 1, Timeout: breakerPause,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= breakerFailures },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if from == gobreaker.StateClosed || to == gobreaker.StateClosed { // and not when a try has failed
				onChange(to == gobreaker.StateClosed)
			}
		},
		IsSuccessful: func(err error) bool { return !away(err) },
	})}
}

// away reports whether an error is the engine's state, and no fault of the search. A client that goes away says nothing about the engine.
func away(err error) bool {
	return err != nil && commerce.CodeOf(err) == commerce.CodeUnavailable && !errors.Is(err, context.Canceled)
}

// SearchProducts answers the queries.
func (s *Standin) SearchProducts(ctx context.Context, queries []commerce.SearchQuery) ([]commerce.SearchResult, error) {
	results, err := ask(ctx, s, func(f Finder) ([]commerce.SearchResult, error) { return f.SearchProducts(ctx, queries) })
	return results, err
}

// ExplainSearch explains a search as it is answered now.
func (s *Standin) ExplainSearch(ctx context.Context, q commerce.SearchQuery, id commerce.ProductID, due *commerce.ProductDocument) (commerce.SearchMatch, error) {
	return ask(ctx, s, func(f Finder) (commerce.SearchMatch, error) { return f.ExplainSearch(ctx, q, id, due) })
}

// ask asks the engine, and the other when that is away.
func ask[T any](ctx context.Context, s *Standin, question func(Finder) (T, error)) (T, error) {
	answer, err := s.breaker.Execute(func() (any, error) { return question(s.engine) })
	open := errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests)
	if !open && !away(err) || ctx.Err() != nil {
		known, _ := answer.(T)
		return known, err
	}
	instead, err := question(s.other)
	if results, are := any(instead).([]commerce.SearchResult); are {
		for i := range results {
			results[i].Degraded = true
		}
	}
	return instead, err
}
