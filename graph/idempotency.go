package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/auth"
)

// The two ways to give a mutation a key. The directive is for one field of a document, the header for all of them.
const (
	directiveIdempotent  = "idempotent"
	headerIdempotencyKey = "Idempotency-Key"
)

// runField is what both executors run around the resolver of a field of Mutation, and gqlgen's around every other, too. It tells what
// carries a mutation out under which idempotency key it does. Code BAD_USER_INPUT for a key that is none.
func runField(ctx context.Context, next graphql.Resolver) (any, error) {
	field := graphql.GetFieldContext(ctx)
	if field.Object != "Mutation" {
		return next(ctx)
	}
	operation := graphql.GetOperationContext(ctx)
	key, place, given := clientKey(operation, field.Field.Field)
	if !given {
		return next(ctx)
	}
	k, err := commerce.KeyedMutation{
		Viewer: auth.From(ctx).Viewer, Name: field.Field.Name, Key: key, Place: place, Arguments: field.Field.ArgumentMap(operation.Variables),
	}.IdempotencyKey()
	if err != nil {
		return nil, err
	}
	return next(commerce.WithIdempotencyKey(ctx, k))
}

// clientKey is the key that a client gives a field, and for one of the header, which all fields have in common, the field's place in
// the answer. The directive comes before the header.
func clientKey(operation *graphql.OperationContext, f *ast.Field) (key, place string, given bool) {
	if d := f.Directives.ForName(directiveIdempotent); d != nil {
		key, _ = d.ArgumentMap(operation.Variables)["key"].(string)
		return key, "", true
	}
	values := operation.Headers.Values(headerIdempotencyKey)
	if len(values) == 0 {
		return "", "", false
	}
	// The header's draft standard puts the key into quotation marks, most clients do not.
	return strings.Trim(strings.Join(values, ","), `"`), f.Alias, true
}

// keyAsWritten is the key that a document gives a field, as it stands there.
func keyAsWritten(f *ast.Field) string {
	if d := f.Directives.ForName(directiveIdempotent); d != nil {
		return string(appendCanonical(nil, d.Arguments.ForName("key").Value))
	}
	return ""
}
