package scalar_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/generated"
	"github.com/kirana-commerce/kirana/graph/scalar"
)

// fataler is a test of any kind.
type fataler interface {
	require.TestingT
	Helper()
}

// rendered is what a client reads: the text inside the JSON string.
func rendered(t fataler, m graphql.Marshaler) string {
	t.Helper()
	var b bytes.Buffer
	m.MarshalGQL(&b)
	var text string
	require.NoError(t, json.Unmarshal(b.Bytes(), &text), b.String())
	return text
}

func TestGlobalID(t *testing.T) {
	t.Parallel()
	id := commerce.GlobalID{Kind: commerce.KindProduct, Store: 7, ID: 12}
	text := rendered(t, scalar.MarshalGlobalID(id))
	require.Equal(t, "gid://kirana/Product/7/12", text)
	got, err := scalar.UnmarshalGlobalID(text)
	require.NoError(t, err)
	require.Equal(t, id, got)
	for _, bad := range []any{"", "7", "gid://kirana/Product/7/012", 7, int64(7), nil, []byte(text), json.Number("7")} {
		_, err := scalar.UnmarshalGlobalID(bad)
		require.Error(t, err, "%v", bad)
	}
	_, err = scalar.UnmarshalGlobalID("7")
	require.EqualError(t, err, `"7" is not an id of this API`)
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	scalar.MarshalDecimal(commerce.Decimal{Unscaled: 5000, Digits: 2}).MarshalGQL(&b)
	require.Equal(t, `"50.00"`, b.String(), "text, not a number")
	require.Equal(t, "-92233720368547758.08", rendered(t, scalar.MarshalDecimal(commerce.Decimal{Unscaled: math.MinInt64, Digits: 2})))
	_, err := scalar.UnmarshalDecimal("50.00")
	require.Error(t, err)
}

func TestDateTime(t *testing.T) {
	t.Parallel()
	india := time.FixedZone("IST", 5*3600+1800)
	for _, c := range []struct {
		moment time.Time
		want   string
	}{
		{time.Date(2026, 11, 22, 15, 0, 0, 0, india), "2026-11-22T09:30:00Z"},
		{time.Date(2026, 11, 22, 9, 30, 0, 123456789, time.UTC), "2026-11-22T09:30:00.123456Z"},
		{time.Date(2026, 11, 22, 9, 30, 0, 100000000, time.UTC), "2026-11-22T09:30:00.1Z"},
		{time.Date(2026, 11, 22, 9, 30, 0, 999, time.UTC), "2026-11-22T09:30:00Z"},
		{time.Unix(0, 0), "1970-01-01T00:00:00Z"},
	} {
		require.Equal(t, c.want, rendered(t, scalar.MarshalDateTime(c.moment)))
	}
	got, err := scalar.UnmarshalDateTime("2026-11-22T15:00:00+05:30")
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC), got)
	for _, bad := range []any{"", "2026-11-22", "2026-11-22 09:30:00", "2026-11-22T09:30:00", "2026-02-30T00:00:00Z", "now", 1764000000, nil} {
		_, err := scalar.UnmarshalDateTime(bad)
		require.Error(t, err, "%v", bad)
	}
	_, err = scalar.UnmarshalDateTime("now")
	require.EqualError(t, err, `"now" is not a time: write it as 2026-11-22T09:30:00Z`)
}

func TestDate(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"1970-01-01", "1969-12-31", "2026-11-22", "2024-02-29", "0000-01-01", "9999-12-31"} {
		day, err := scalar.UnmarshalDate(text)
		require.NoError(t, err)
		require.Equal(t, text, rendered(t, scalar.MarshalDate(day)))
	}
	for _, bad := range []any{"", "2026-2-1", "2026-02-30", "2026-11-22T00:00:00Z", "today", 20260101, nil} {
		_, err := scalar.UnmarshalDate(bad)
		require.Error(t, err, "%v", bad)
	}
}

func TestDateTimeRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		moment := time.UnixMicro(rapid.Int64Range(-62135596800e6, 253402300799e6).Draw(t, "microseconds"))
		got, err := scalar.UnmarshalDateTime(rendered(t, scalar.MarshalDateTime(moment)))
		require.NoError(t, err)
		require.True(t, moment.Equal(got), "%v became %v", moment, got)
	})
}

func FuzzUnmarshalDateTime(f *testing.F) {
	f.Add("2026-11-22T09:30:00Z")
	f.Add("2026-11-22T15:00:00.123456789+05:30")
	f.Add("0000-01-01T00:00:00-23:59")
	f.Fuzz(func(t *testing.T, text string) {
		moment, err := scalar.UnmarshalDateTime(text)
		if err != nil {
			return
		}
		require.Equal(t, time.UTC, moment.Location())
		require.NotEmpty(t, rendered(t, scalar.MarshalDateTime(moment)))
	})
}

// requireEnum demands that exactly the values of the schema's enum are read, and that they are rendered as they are read.
func requireEnum[T ~string](t *testing.T, name string, marshal func(T) graphql.Marshaler, unmarshal func(any) (T, error)) {
	t.Helper()
	definition := generated.NewExecutableSchema(generated.Config{}).Schema().Types[name]
	require.NotNil(t, definition, name)
	require.NotEmpty(t, definition.EnumValues, name)
	for _, v := range definition.EnumValues {
		got, err := unmarshal(v.Name)
		require.NoError(t, err)
		require.Equal(t, v.Name, string(got))
		require.Equal(t, v.Name, rendered(t, marshal(got)))
	}
	for _, bad := range []any{"", "OTHER", definition.EnumValues[0].Name + " ", nil, 1, true} {
		got, err := unmarshal(bad)
		require.Error(t, err, "%s: %v", name, bad)
		require.Empty(t, got)
	}
}

func TestEnums(t *testing.T) {
	t.Parallel()
	requireEnum(t, "CurrencyCode", scalar.MarshalCurrencyCode, scalar.UnmarshalCurrencyCode)
	requireEnum(t, "StoreStatus", scalar.MarshalStoreStatus, scalar.UnmarshalStoreStatus)
	requireEnum(t, "WeightUnit", scalar.MarshalWeightUnit, scalar.UnmarshalWeightUnit)
	requireEnum(t, "FilterType", scalar.MarshalFilterType, scalar.UnmarshalFilterType)
	requireEnum(t, "JobKind", scalar.MarshalJobKind, scalar.UnmarshalJobKind)
	requireEnum(t, "JobState", scalar.MarshalJobState, scalar.UnmarshalJobState)
	requireEnum(t, "ProductsImportFormat", scalar.MarshalImportFormat, scalar.UnmarshalImportFormat)
	requireEnum(t, "ProductVariantInventoryPolicy", scalar.MarshalInventoryPolicy, scalar.UnmarshalInventoryPolicy)
	requireEnum(t, "InventoryAuthorKind", scalar.MarshalInventoryAuthorKind, scalar.UnmarshalInventoryAuthorKind)
	requireEnum(t, "SearchBoostField", scalar.MarshalSearchBoostField, scalar.UnmarshalSearchBoostField)
	requireEnum(t, "SearchEventKind", scalar.MarshalSearchEventKind, scalar.UnmarshalSearchEventKind)
	requireEnum(t, "DiscountClass", scalar.MarshalDiscountClass, scalar.UnmarshalDiscountClass)
	requireEnum(t, "CartWarningCode", scalar.MarshalCartWarningCode, scalar.UnmarshalCartWarningCode)
	requireEnum(t, "DeliveryMethodType", scalar.MarshalDeliveryMethodType, scalar.UnmarshalDeliveryMethodType)
	requireEnum(t, "CartDeliveryGroupType", scalar.MarshalCartDeliveryGroupType, scalar.UnmarshalCartDeliveryGroupType)
	requireEnum(t, "OrderFinancialStatus", scalar.MarshalFinancialStatus, scalar.UnmarshalFinancialStatus)
	requireEnum(t, "OrderFulfillmentStatus", scalar.MarshalFulfillmentStatus, scalar.UnmarshalFulfillmentStatus)
	requireEnum(t, "CustomerRetentionReason", scalar.MarshalCustomerRetention, scalar.UnmarshalCustomerRetention)
	requireEnum(t, "CardPaymentStatus", scalar.MarshalCardStatus, scalar.UnmarshalCardStatus)
	requireEnum(t, "CardRefundReason", scalar.MarshalCardRefundReason, scalar.UnmarshalCardRefundReason)
	requireEnum(t, "CardRefundStatus", scalar.MarshalCardRefundState, scalar.UnmarshalCardRefundState)
	requireEnum(t, "OrderDisputeStatus", scalar.MarshalDisputeStatus, scalar.UnmarshalDisputeStatus)
	requireEnum(t, "SearchReasonCode", scalar.MarshalSearchCause, scalar.UnmarshalSearchCause)
	requireEnum(t, "OrderEventKind", scalar.MarshalOrderEventKind, scalar.UnmarshalOrderEventKind)
}

// What the schema lists is known before these are asked.
func TestCodes(t *testing.T) {
	t.Parallel()
	country, err := scalar.UnmarshalCountryCode("IN")
	require.NoError(t, err)
	require.Equal(t, "IN", rendered(t, scalar.MarshalCountryCode(country)))
	language, err := scalar.UnmarshalLanguageCode("HI")
	require.NoError(t, err)
	require.Equal(t, "HI", rendered(t, scalar.MarshalLanguageCode(language)))
	for _, bad := range []any{"", 7, nil} {
		_, err := scalar.UnmarshalCountryCode(bad)
		require.Error(t, err)
		_, err = scalar.UnmarshalLanguageCode(bad)
		require.Error(t, err)
	}
	_, err = scalar.UnmarshalRefusalCode("TAKEN")
	require.EqualError(t, err, "the code of a refusal cannot be given")
	price, err := scalar.UnmarshalDecimalText("50.00")
	require.NoError(t, err)
	require.Equal(t, "50.00", rendered(t, scalar.MarshalDecimalText(price)))
}

// The schema names kinds of media that stores cannot have yet.
func TestMediaContentType(t *testing.T) {
	t.Parallel()
	definition := generated.NewExecutableSchema(generated.Config{}).Schema().Types["MediaContentType"]
	require.NotNil(t, definition.EnumValues.ForName(rendered(t, scalar.MarshalMediaContentType(commerce.MediaContentImage))))
	got, err := scalar.UnmarshalMediaContentType("IMAGE")
	require.NoError(t, err)
	require.Equal(t, commerce.MediaContentImage, got)
	_, err = scalar.UnmarshalMediaContentType("VIDEO")
	require.EqualError(t, err, `"VIDEO" is not one of the values`)
}
