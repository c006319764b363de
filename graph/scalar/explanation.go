package scalar

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/plan"
)

// AppendSearchCause renders why a search does not find a product.
func AppendSearchCause(b []byte, c commerce.SearchCause) []byte { return plan.AppendText(b, c) }

// MarshalSearchCause renders why a search does not find a product.
func MarshalSearchCause(c commerce.SearchCause) graphql.Marshaler {
	return appended(AppendSearchCause, c)
}

// UnmarshalSearchCause reads why a search does not find a product. No argument takes it.
func UnmarshalSearchCause(v any) (commerce.SearchCause, error) {
	return enum(v, func(c commerce.SearchCause) bool { return slices.Contains(commerce.SearchCauses(), c) })
}
