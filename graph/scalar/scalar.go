// Package scalar renders and reads the schema's scalars and the enums that are domain types.
//
// It never knows objects, resolvers or requests.
package scalar

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
)

// MarshalGlobalID renders a global id.
func MarshalGlobalID(id commerce.GlobalID) graphql.Marshaler { return appended(id.Append) }

// UnmarshalGlobalID reads a global id.
func UnmarshalGlobalID(v any) (commerce.GlobalID, error) {
	s, _ := v.(string)
	id, ok := commerce.ParseGlobalID(s)
	if !ok {
		return id, fmt.Errorf("%q is not an id of this API", s)
	}
	return id, nil
}

// MarshalDecimal renders a decimal as text, never as a JSON number: clients would read that as a float.
func MarshalDecimal(d commerce.Decimal) graphql.Marshaler { return appended(d.Append) }

// UnmarshalDecimal refuses: no argument of the schema is a Decimal yet.
func UnmarshalDecimal(any) (commerce.Decimal, error) {
	return commerce.Decimal{}, errors.New("a Decimal cannot be given")
}

// MarshalDateTime renders a moment in UTC, to the microsecond that Postgres keeps.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return appended(func(b []byte) []byte {
		return t.UTC().Truncate(time.Microsecond).AppendFormat(b, time.RFC3339Nano)
	})
}

// UnmarshalDateTime reads RFC 3339 text.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("%q is not a time: write it as 2026-11-22T09:30:00Z", s)
	}
	return t.UTC(), nil
}

// MarshalCurrencyCode renders a currency.
func MarshalCurrencyCode(c commerce.Currency) graphql.Marshaler {
	return graphql.MarshalString(string(c))
}

// UnmarshalCurrencyCode reads a currency.
func UnmarshalCurrencyCode(v any) (commerce.Currency, error) {
	return enum(v, commerce.Currency.Valid)
}

// MarshalStoreStatus renders a store's status.
func MarshalStoreStatus(s commerce.StoreStatus) graphql.Marshaler {
	return graphql.MarshalString(string(s))
}

// UnmarshalStoreStatus reads a store's status.
func UnmarshalStoreStatus(v any) (commerce.StoreStatus, error) {
	return enum(v, func(s commerce.StoreStatus) bool {
		return s == commerce.StoreDraft || s == commerce.StorePublished
	})
}

// MarshalWeightUnit renders a unit of weight.
func MarshalWeightUnit(u commerce.WeightUnit) graphql.Marshaler {
	return graphql.MarshalString(string(u))
}

// UnmarshalWeightUnit reads a unit of weight.
func UnmarshalWeightUnit(v any) (commerce.WeightUnit, error) {
	return enum(v, func(u commerce.WeightUnit) bool {
		return u == commerce.WeightGrams || u.GramsPer() != 1
	})
}

// MarshalFilterType renders the type of a filter.
func MarshalFilterType(t commerce.FacetType) graphql.Marshaler {
	return graphql.MarshalString(string(t))
}

// UnmarshalFilterType reads the type of a filter.
func UnmarshalFilterType(v any) (commerce.FacetType, error) {
	return enum(v, func(t commerce.FacetType) bool {
		return t == commerce.FacetList || t == commerce.FacetBoolean || t == commerce.FacetPriceRange
	})
}

// MarshalMediaContentType renders a kind of media.
func MarshalMediaContentType(t commerce.MediaContentType) graphql.Marshaler {
	return graphql.MarshalString(string(t))
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

// appended marshals what fn appends as a JSON string. The texts it is used for need no escaping.
type appended func(b []byte) []byte

// MarshalGQL writes the quoted text.
func (fn appended) MarshalGQL(w io.Writer) {
	b := make([]byte, 1, 64)
	b[0] = '"'
	b = append(fn(b), '"')
	_, _ = w.Write(b) // a response buffer does not fail
}
