package scalar

import (
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/plan"
)

// AppendDate renders a day.
func AppendDate(b []byte, d commerce.Day) []byte { return plan.AppendText(b, d.String()) }

// MarshalDate renders a day.
func MarshalDate(d commerce.Day) graphql.Marshaler { return appended(AppendDate, d) }

// UnmarshalDate reads a day.
func UnmarshalDate(v any) (commerce.Day, error) {
	s, _ := v.(string)
	d, ok := commerce.ParseDay(s)
	if !ok {
		return 0, fmt.Errorf(`"%.40v" is not a day: write it as "2026-11-22"`, v)
	}
	return d, nil
}

// AppendSearchEventKind renders what a buyer has done.
func AppendSearchEventKind(b []byte, k commerce.SearchEventKind) []byte {
	return plan.AppendText(b, k)
}

// MarshalSearchEventKind renders what a buyer has done.
func MarshalSearchEventKind(k commerce.SearchEventKind) graphql.Marshaler {
	return appended(AppendSearchEventKind, k)
}

// UnmarshalSearchEventKind reads what a buyer has done.
func UnmarshalSearchEventKind(v any) (commerce.SearchEventKind, error) {
	return enum(v, commerce.SearchEventKind.Valid)
}
