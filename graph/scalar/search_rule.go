package scalar

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/plan"
)

// AppendSearchBoostField renders what a boost goes by.
func AppendSearchBoostField(b []byte, f commerce.SearchBoostField) []byte {
	return plan.AppendText(b, f)
}

// MarshalSearchBoostField renders what a boost goes by.
func MarshalSearchBoostField(f commerce.SearchBoostField) graphql.Marshaler {
	return appended(AppendSearchBoostField, f)
}

// UnmarshalSearchBoostField reads what a boost goes by.
func UnmarshalSearchBoostField(v any) (commerce.SearchBoostField, error) {
	return enum(v, commerce.SearchBoostField.Valid)
}
