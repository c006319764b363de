package scalar

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/plan"
)

// AppendCartWarningCode renders what a buyer should know.
func AppendCartWarningCode(b []byte, c commerce.CartWarningCode) []byte {
	return plan.AppendText(b, c)
}

// MarshalCartWarningCode renders what a buyer should know.
func MarshalCartWarningCode(c commerce.CartWarningCode) graphql.Marshaler {
	return appended(AppendCartWarningCode, c)
}

// UnmarshalCartWarningCode reads what a buyer should know. No argument takes it.
func UnmarshalCartWarningCode(v any) (commerce.CartWarningCode, error) {
	return enum(v, func(commerce.CartWarningCode) bool { return true })
}
