// Package scalar renders and reads the schema's scalars and the enums that are domain types. Each has three functions: AppendX
// renders behind a buffer, for plans; MarshalX renders the same for gqlgen's executor; UnmarshalX reads.
//
// It never knows objects, resolvers or requests.
package scalar

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/plan"
)

// AppendGlobalID renders a global id.
func AppendGlobalID(b []byte, id commerce.GlobalID) []byte {
	return append(id.Append(append(b, '"')), '"')
}

// MarshalGlobalID renders a global id.
func MarshalGlobalID(id commerce.GlobalID) graphql.Marshaler { return appended(AppendGlobalID, id) }

// UnmarshalGlobalID reads a global id.
func UnmarshalGlobalID(v any) (commerce.GlobalID, error) {
	s, _ := v.(string)
	id, ok := commerce.ParseGlobalID(s)
	if !ok {
		return id, fmt.Errorf("%q is not an id of this API", s)
	}
	return id, nil
}

// AppendDecimal renders a decimal as text, never as a JSON number: clients would read that as a float.
func AppendDecimal(b []byte, d commerce.Decimal) []byte {
	return append(d.Append(append(b, '"')), '"')
}

// MarshalDecimal renders a decimal as text.
func MarshalDecimal(d commerce.Decimal) graphql.Marshaler { return appended(AppendDecimal, d) }

// UnmarshalDecimal refuses: no argument of the schema is a Decimal yet.
func UnmarshalDecimal(any) (commerce.Decimal, error) {
	return commerce.Decimal{}, errors.New("a Decimal cannot be given")
}

// AppendDateTime renders a moment in UTC, to the microsecond that Postgres keeps: what time.RFC3339Nano gives, in a fifth of
// the time, since a list of products has a few moments for each.
func AppendDateTime(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return append(t.Truncate(time.Microsecond).AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
	}
	hour, minute, second := t.Clock()
	b = appendDigits(append(b, '"'), year, 4)
	b = appendDigits(append(b, '-'), int(month), 2)
	b = appendDigits(append(b, '-'), day, 2)
	b = appendDigits(append(b, 'T'), hour, 2)
	b = appendDigits(append(b, ':'), minute, 2)
	b = appendDigits(append(b, ':'), second, 2)
	if micro := t.Nanosecond() / 1000; micro > 0 {
		b = bytes.TrimRight(appendDigits(append(b, '.'), micro, 6), "0")
	}
	return append(b, 'Z', '"')
}

// appendDigits appends n with at least so many digits, zeros first.
func appendDigits(b []byte, n, digits int) []byte {
	b = append(b, "000000"[:digits]...)
	for i := len(b) - 1; n > 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

// MarshalDateTime renders a moment.
func MarshalDateTime(t time.Time) graphql.Marshaler { return appended(AppendDateTime, t) }

// UnmarshalDateTime reads RFC 3339 text.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("%q is not a time: write it as 2026-11-22T09:30:00Z", s)
	}
	return t.UTC(), nil
}

// AppendCurrencyCode renders a currency.
func AppendCurrencyCode(b []byte, c commerce.Currency) []byte { return plan.AppendText(b, c) }

// MarshalCurrencyCode renders a currency.
func MarshalCurrencyCode(c commerce.Currency) graphql.Marshaler {
	return appended(AppendCurrencyCode, c)
}

// UnmarshalCurrencyCode reads a currency.
func UnmarshalCurrencyCode(v any) (commerce.Currency, error) {
	return enum(v, commerce.Currency.Valid)
}

// AppendStoreStatus renders a store's status.
func AppendStoreStatus(b []byte, s commerce.StoreStatus) []byte { return plan.AppendText(b, s) }

// MarshalStoreStatus renders a store's status.
func MarshalStoreStatus(s commerce.StoreStatus) graphql.Marshaler {
	return appended(AppendStoreStatus, s)
}

// UnmarshalStoreStatus reads a store's status.
func UnmarshalStoreStatus(v any) (commerce.StoreStatus, error) {
	return enum(v, func(s commerce.StoreStatus) bool {
		return s == commerce.StoreDraft || s == commerce.StorePublished
	})
}

// AppendRefusalCode renders the code of a refusal.
func AppendRefusalCode(b []byte, c commerce.RefusalCode) []byte { return plan.AppendText(b, c) }

// MarshalRefusalCode renders the code of a refusal.
func MarshalRefusalCode(c commerce.RefusalCode) graphql.Marshaler {
	return appended(AppendRefusalCode, c)
}

// UnmarshalRefusalCode refuses: no argument is a code.
func UnmarshalRefusalCode(any) (commerce.RefusalCode, error) {
	return "", errors.New("the code of a refusal cannot be given")
}

// AppendStaffRole renders a role.
func AppendStaffRole(b []byte, r commerce.Role) []byte { return plan.AppendText(b, r) }

// MarshalStaffRole renders a role.
func MarshalStaffRole(r commerce.Role) graphql.Marshaler { return appended(AppendStaffRole, r) }

// UnmarshalStaffRole reads a role.
func UnmarshalStaffRole(v any) (commerce.Role, error) {
	return enum(v, func(r commerce.Role) bool { return len(r.Scopes()) > 0 })
}

// AppendWeightUnit renders a unit of weight.
func AppendWeightUnit(b []byte, u commerce.WeightUnit) []byte { return plan.AppendText(b, u) }

// MarshalWeightUnit renders a unit of weight.
func MarshalWeightUnit(u commerce.WeightUnit) graphql.Marshaler { return appended(AppendWeightUnit, u) }

// UnmarshalWeightUnit reads a unit of weight.
func UnmarshalWeightUnit(v any) (commerce.WeightUnit, error) {
	return enum(v, func(u commerce.WeightUnit) bool {
		return u == commerce.WeightGrams || u.GramsPer() != 1
	})
}

// AppendFilterType renders the type of a filter.
func AppendFilterType(b []byte, t commerce.FacetType) []byte { return plan.AppendText(b, t) }

// MarshalFilterType renders the type of a filter.
func MarshalFilterType(t commerce.FacetType) graphql.Marshaler { return appended(AppendFilterType, t) }

// UnmarshalFilterType reads the type of a filter.
func UnmarshalFilterType(v any) (commerce.FacetType, error) {
	return enum(v, func(t commerce.FacetType) bool {
		return t == commerce.FacetList || t == commerce.FacetBoolean || t == commerce.FacetPriceRange
	})
}

// AppendMediaContentType renders a kind of media.
func AppendMediaContentType(b []byte, t commerce.MediaContentType) []byte {
	return plan.AppendText(b, t)
}

// MarshalMediaContentType renders a kind of media.
func MarshalMediaContentType(t commerce.MediaContentType) graphql.Marshaler {
	return appended(AppendMediaContentType, t)
}

// UnmarshalMediaContentType reads a kind of media.
func UnmarshalMediaContentType(v any) (commerce.MediaContentType, error) {
	return enum(v, func(t commerce.MediaContentType) bool { return t == commerce.MediaContentImage })
}

// enum reads a value of a closed set of names.
func enum[T ~string](v any, valid func(T) bool) (T, error) {
	s, _ := v.(string)
	if !valid(T(s)) {
		return "", fmt.Errorf("%q is not one of the values", s)
	}
	return T(s), nil
}

// appended marshals what an AppendX renders.
func appended[T any](fn plan.Appender[T], v T) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = w.Write(fn(make([]byte, 0, 64), v)) // a response buffer does not fail
	})
}
