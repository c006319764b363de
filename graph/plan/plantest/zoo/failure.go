package zoo

import (
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Single gives the value, or fails as it is told. Number says which of several items this is.
func Single[T any](how How, number int, value T) (T, error) {
	var nothing T
	switch how {
	case HowWhole:
		return nothing, errors.New("the call failed")
	case HowPanic:
		panic("the resolver broke")
	case HowNothing:
		return nothing, nil
	case HowHoles:
		if number%2 == 0 {
			return nothing, nil
		}
	default:
		if err := itemError(how, number); err != nil {
			return nothing, err
		}
	}
	return value, nil
}

// Batch gives a value for each parent, or fails as it is told. What fails is chosen by the number of a parent and never by
// its place among the others, which depends on the engine. A parent can be nil: gqlgen hands the holes of lists over.
func Batch[P, T any](how How, parents []*P, number func(*P) int, value func(*P) T) ([]T, error) {
	switch how {
	case HowWhole:
		return nil, errors.New("the call failed")
	case HowPanic:
		panic("the resolver broke")
	default: // item by item
	}
	results, errs := make([]T, len(parents)), make(graphql.BatchErrorList, len(parents))
	failed := false
	for i, parent := range parents {
		if parent == nil || how == HowNothing || how == HowHoles && number(parent)%2 == 0 {
			continue
		}
		if errs[i] = itemError(how, number(parent)); errs[i] == nil {
			results[i] = value(parent)
		}
		failed = failed || errs[i] != nil
	}
	switch {
	case how == HowShort:
		return results[:len(results)-1], nil
	case how == HowFewErrors:
		return results, errs[:len(errs)-1]
	case failed:
		return results, errs
	}
	return results, nil
}

// itemError is a new error each time: gqlgen writes the path into the errors it gets.
func itemError(how How, number int) error {
	switch how {
	case HowItems:
		if number%2 == 1 {
			return errors.New("the item failed")
		}
	case HowSeveral:
		return gqlerror.List{{Message: "the item failed"}, {Message: "and failed again"}}
	case HowRich:
		err := &gqlerror.Error{Message: "the item failed richly", Extensions: map[string]any{"code": "RICH", "number": number}}
		if number%3 == 0 {
			err.Path = ast.Path{ast.PathName("elsewhere"), ast.PathIndex(number)}
			err.Locations = []gqlerror.Location{{Line: 7, Column: number}}
		}
		return err
	default: // nothing is wrong with it
	}
	return nil
}
