package commerce

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTimeZones(t *testing.T) {
	t.Parallel()
	for _, c := range []Currency{"INR", "BDT", "LKR", "NPR", "PKR", "AED", "SGD", "JPY", "KES", "NGN", "ZAR", "GBP"} {
		require.True(t, validTimeZone(DefaultTimeZone(c)), c)
		require.NotEqual(t, "UTC", DefaultTimeZone(c))
	}
	require.Equal(t, "UTC", DefaultTimeZone("USD"))
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for zone, want := range map[string]string{"Asia/Kolkata": "17:30 IST", "UTC": "12:00 UTC", "": "12:00 UTC", "Asia/Nowhere": "12:00 UTC"} {
		require.Equal(t, want, noon.In((&Store{TimeZone: zone}).Zone()).Format("15:04 MST"), zone)
	}
}
