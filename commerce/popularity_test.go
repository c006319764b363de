package commerce_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// Time alone changes no popularity: units that decay come to the same whenever they are counted.
func TestPopularityDoesNotAge(t *testing.T) {
	t.Parallel()
	sold := time.Date(2026, time.November, 27, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(rt *rapid.T) {
		units := float64(rapid.IntRange(1, 1_000_000).Draw(rt, "units"))
		halvings := rapid.IntRange(0, 40).Draw(rt, "half-lives")
		later := sold.Add(time.Duration(halvings) * commerce.PopularityHalfLife)
		require.InDelta(rt, int(commerce.NewPopularity(units, sold)), int(commerce.NewPopularity(units/float64(int64(1)<<halvings), later)), 1)
	})
	require.Zero(t, commerce.NewPopularity(0, sold))
	require.EqualValues(t, 1, commerce.NewPopularity(1e-30, sold), "sold, though long ago")
	require.Equal(t, commerce.PopularityAt(2, sold), commerce.PopularityAt(1, sold)+commerce.PopularityUnit)
}

func TestMaterialPopularity(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 27, 0, 0, 0, 0, time.UTC)
	at := func(units float64) commerce.Popularity { return commerce.NewPopularity(units, now) }
	for _, c := range []struct {
		stored, now float64
		want        bool
	}{{0, 0, false}, {0, 1, true}, {1, 0, true}, {1, 1, false}, {1, 2, true}, {100, 109, false}, {100, 111, true}, {111, 100, true}, {109, 100, false}} {
		require.Equal(t, c.want, at(c.now).Materially(at(c.stored)), "%v to %v", c.stored, c.now)
	}
}
