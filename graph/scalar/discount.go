package scalar

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/plan"
)

// AppendDiscountType renders the type of a discount.
func AppendDiscountType(b []byte, t commerce.DiscountType) []byte { return plan.AppendText(b, t) }

// MarshalDiscountType renders the type of a discount.
func MarshalDiscountType(t commerce.DiscountType) graphql.Marshaler {
	return appended(AppendDiscountType, t)
}

// UnmarshalDiscountType reads the type of a discount.
func UnmarshalDiscountType(v any) (commerce.DiscountType, error) {
	return enum(v, commerce.DiscountType.Valid)
}

// AppendDiscountClass renders the class of a discount.
func AppendDiscountClass(b []byte, c commerce.DiscountClass) []byte { return plan.AppendText(b, c) }

// MarshalDiscountClass renders the class of a discount.
func MarshalDiscountClass(c commerce.DiscountClass) graphql.Marshaler {
	return appended(AppendDiscountClass, c)
}

// UnmarshalDiscountClass reads the class of a discount.
func UnmarshalDiscountClass(v any) (commerce.DiscountClass, error) {
	return enum(v, commerce.DiscountClass.Valid)
}
