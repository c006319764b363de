package resolver

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo"
	"github.com/kirana-commerce/kirana/graph/plan/plantest/zoo/generated"
)

func directives() generated.DirectiveRoot {
	return generated.DirectiveRoot{
		AtMost: atMost, Auth: auth, Gate: gate, Member: member, Quiet: quiet, Shout: shout, Suffix: suffix, Trim: trim, Twice: twice, Upper: upper,
		Bites: func(context.Context, any, graphql.Resolver) (any, error) { panic("the resolver broke") },
		Never: func(context.Context, any, graphql.Resolver) (any, error) { return nil, nil },
		Wrong: func(context.Context, any, graphql.Resolver) (any, error) { return 3.5, nil },
	}
}

// texts changes a text, pointed to or not, and leaves all else as it is.
func texts(value any, change func(string) string) any {
	switch text := value.(type) {
	case string:
		return change(text)
	case *string:
		if text != nil {
			return new(change(*text))
		}
	}
	return value
}

func atMost(ctx context.Context, _ any, next graphql.Resolver, limit int) (any, error) {
	value, err := next(ctx)
	if number, ok := value.(int); ok && number > limit {
		return nil, fmt.Errorf("%d is more than %d", number, limit)
	}
	if number, ok := value.(*int); ok && number != nil && *number > limit {
		return nil, fmt.Errorf("%d is more than %d", *number, limit)
	}
	return value, err
}

func auth(ctx context.Context, _ any, next graphql.Resolver, scope string) (any, error) {
	if scope == "secret" {
		return nil, errors.New("this is secret")
	}
	return next(ctx)
}

func gate(ctx context.Context, _ any, next graphql.Resolver, open bool) (any, error) {
	if !open {
		return nil, errors.New("the gate is closed")
	}
	return next(ctx)
}

func member(ctx context.Context, obj any, next graphql.Resolver) (any, error) {
	if k, ok := obj.(*zoo.Keeper); !ok || k.Number%3 == 0 {
		return nil, errors.New("not for this one")
	}
	return next(ctx)
}

func quiet(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // that is what quiet means
	}
	return value, nil
}

func shout(ctx context.Context, _ any, next graphql.Resolver, mark *string) (any, error) {
	value, err := next(ctx)
	end := ""
	if mark != nil {
		end = *mark
	}
	return texts(value, func(text string) string { return strings.ToUpper(text) + end }), err
}

func suffix(ctx context.Context, _ any, next graphql.Resolver, text string, times *int) (any, error) {
	value, err := next(ctx)
	n := 1
	if times != nil {
		n = *times
	}
	return texts(value, func(before string) string { return before + strings.Repeat(text, n) }), err
}

func trim(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	return texts(value, strings.TrimSpace), err
}

func twice(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	if _, err := next(ctx); err != nil {
		return nil, err
	}
	return next(ctx)
}

func upper(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	return texts(value, strings.ToUpper), err
}
