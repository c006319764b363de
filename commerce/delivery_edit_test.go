package commerce_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// handles are those of the rates that an input makes, in its order.
func handles(t require.TestingT, in commerce.DeliverySettingsSetInput) []string {
	s, err := in.Settings(&commerce.Store{ID: 1, Currency: "INR"})
	require.NoError(t, err)
	var all []string
	for _, z := range s.Zones {
		for _, r := range z.Rates {
			all = append(all, r.Handle)
		}
	}
	return all
}

func rateInput(title string, handle *string) *commerce.DeliveryRateInput {
	return &commerce.DeliveryRateInput{Title: title, Handle: handle, Price: new(commerce.DecimalText("1"))}
}

// A rate without a handle gets one from its zone and title, in any script, which no other has: also not one that is chosen further down.
func TestDeliveryRateHandles(t *testing.T) {
	t.Parallel()
	zone := &commerce.DeliveryZoneInput{Name: "India", RestOfWorld: new(true)}
	for _, title := range []string{"Standard", "Standard", "डाक", "Standard!"} {
		zone.Rates = append(zone.Rates, rateInput(title, nil))
	}
	zone.Rates = append(zone.Rates, rateInput("Express", new("india-standard")), rateInput("Air", new("india-standard-3")))
	require.Equal(t, []string{"india-standard-2", "india-standard-4", "india-डाक", "india-standard-5", "india-standard", "india-standard-3"},
		handles(t, commerce.DeliverySettingsSetInput{Zones: []*commerce.DeliveryZoneInput{zone}}))
}

// Whatever the titles are, handles are different, and the same input makes the same ones.
func TestDeliveryRateHandlesDiffer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		title := rapid.StringMatching(`[a-zक-ह!]{1,2}( [ab])?`)
		in := commerce.DeliverySettingsSetInput{Zones: []*commerce.DeliveryZoneInput{
			{Name: title.Draw(t, "zone"), RestOfWorld: new(true)}, {Name: title.Draw(t, "other zone"), Areas: []*commerce.DeliveryAreaInput{{Country: "IN"}}},
		}}
		for _, z := range in.Zones {
			for range rapid.IntRange(1, 6).Draw(t, "rates") {
				z.Rates = append(z.Rates, rateInput(title.Draw(t, "title"), nil))
			}
		}
		all := handles(t, in)
		seen := map[string]bool{}
		for _, h := range all {
			require.False(t, seen[h], h)
			seen[h] = true
		}
		require.Equal(t, all, handles(t, in))
	})
}
