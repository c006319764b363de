package commerce_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// Each line stands in the order that people expect.
func TestSizesStandInTheirOrder(t *testing.T) {
	t.Parallel()
	for name, line := range map[string][]string{
		"clothes":       {"3XS", "XXS", "xs", "S", "S/M", "M", "L", "X-Large", "XXL", "3XL", "4xl", "10XL", "Free Size"},
		"written out":   {"Extra Small", "Small", "Medium", "Large", "Extra Large", "XXL"},
		"mass":          {"250mg", "1 g", "100 gms", "1/2 kg", "750 Gram", "1 kg", "1.5 kg", "1 1/2 kgs.", "5kg", "10 Kg", "100 kg"},
		"Hindi":         {"२५० ग्राम", "500 ग्राम", "१ किलो", "५ किलो"},
		"ounces":        {"8 oz", "250 g", "1 lb", "500 g"},
		"volume":        {"20 ml", "250 ml", "75 cl", "1 l", "1,5 l", "2 Ltr", "10 litres"},
		"shoes":         {"6", "6.5", "7", "10", "11"},
		"shoes by land": {"UK 6", "UK 7", "UK 10"},
		"ages":          {"0-3 months", "3-6 Months", "12 months", "1-2 years", "2 years", "2-3 years", "2 – 4 yrs", "10-11 years", "10 to 12 years"},
		"length":        {"5 mm", "2 cm", "1 inch", "10 cm", `6"`, "1 ft", "1 m", "5 metres"},
		"sides":         {"10 x 12 cm", "10x20cm", "20 x 5 cm"},
		"storage":       {"512 MB", "64 GB", "128GB", "1 TB"},
		"packs":         {"Pack of 2", "3 pcs", "Pack of 10"},
		"cups":          {"32A", "34A", "32B"}, // all of one letter together
		"below zero":    {"-10", "-9.5", "0", "9"},
		"days":          {"2025-12-31", "2026-01-02", "2026-11-22"},
		"thousands":     {"999", "1,000", "1,00,000"},
		"kinds":         {"XL", "42", "500 g", "1 l"}, // each kind together
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, text := range line {
				size, is := commerce.ParseSize(text)
				require.True(t, is, "%q is a size", text)
				for _, before := range line[:i] {
					smaller, _ := commerce.ParseSize(before)
					require.LessOrEqual(t, smaller.Compare(size), 0, "%q does not come after %q", before, text)
					require.GreaterOrEqual(t, size.Compare(smaller), 0, "%q does not come before %q", text, before)
				}
			}
			first, _ := commerce.ParseSize(line[0])
			last, _ := commerce.ParseSize(line[len(line)-1])
			require.Negative(t, first.Compare(last))
		})
	}
}

func TestEqualSizes(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"XXL", "2XL"},
		{"x-large", "XL"},
		{"1 kg", "1000 g"},
		{"1000 ml", "1 litre"},
		{"1 TB", "1000 GB"},
		{"Size 8", "8"},
		{"24 months", "2 yrs"},
		{"1/2 kg", "500g"},
		{"८", "8"},
		{"UK 8", "8 uk"},
		{"2–3 Y", "2-3 years"},
		{"one size", "Free size"},
		{"0.5 l", "0,5 l"},
	} {
		a, isA := commerce.ParseSize(pair[0])
		b, isB := commerce.ParseSize(pair[1])
		require.True(t, isA && isB, "%v", pair)
		require.Zero(t, a.Compare(b), "%v", pair)
	}
}

func TestWhatIsNoSize(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "Red", "Cotton", "7 Up", "3M Tape", "x", "xx", "-", "/", "1/0", "1/", "kg", "500 g x 2", "1..2", "S/Red", "Sx", "3XXL", "99XL", "1 2 3 4", "1-2-3-4",
		"UK", "UK 8 kg", "12 kg 5 l", "\xff", "8\x00", "५ रुपये", "8 red", "classic xl", "1e5",
	} {
		_, is := commerce.ParseSize(text)
		require.False(t, is, "%q", text)
	}
}

// drawValue is a filter's value: of sizes and other texts, few enough to meet.
func drawValue(t *rapid.T, label string) commerce.ValueRank {
	key := rapid.OneOf(
		rapid.SampledFrom([]string{"XS", "S", "m", "XXL", "2XL", "Free size", "Red", "blue", "UK 6", "6", "8 UK", "32b", "2-3 years", "1/2 kg", "५ किलो"}),
		rapid.StringMatching(`[0-9]{1,3}([.,][0-9]{1,2})? ?(g|kg|ml|l|cm|years|gb|xl|[a-d])?`),
		rapid.StringMatching(`[0-9]{1,2} ?[-x] ?[0-9]{1,2} (cm|months|years)`), rapid.String(),
	).Draw(t, label)
	return commerce.RankValue(key, rapid.IntRange(0, 3).Draw(t, label+"'s count"), rapid.Uint64().Draw(t, "by size")%4 > 0)
}

func TestValuesAreTotallyOrdered(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawValue(t, "a"), drawValue(t, "b"), drawValue(t, "c")
		require.Zero(t, a.Compare(a), "reflexive")
		require.Equal(t, sign(a.Compare(b)), -sign(b.Compare(a)), "antisymmetric")
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 {
			require.LessOrEqual(t, a.Compare(c), 0, "transitive")
		}
		if a.Compare(b) == 0 {
			require.Equal(t, a, b, "only what is the same has the same place")
		}
	})
}

func sign(order int) int { return max(-1, min(1, order)) }

// Sizes come first, then what most products have, then by name.
func TestRankValue(t *testing.T) {
	t.Parallel()
	values := []struct {
		key   string
		count int
	}{{"blue", 2}, {"l", 1}, {"red", 9}, {"2xl", 1}, {"xxl", 5}, {"s", 3}, {"amber", 2}}
	order := func(bySize bool) []string {
		slices.SortFunc(values, func(a, b struct {
			key   string
			count int
		},
		) int {
			return commerce.RankValue(a.key, a.count, bySize).Compare(commerce.RankValue(b.key, b.count, bySize))
		})
		keys := make([]string, len(values))
		for i, v := range values {
			keys[i] = v.key
		}
		return keys
	}
	require.Equal(t, []string{"s", "l", "xxl", "2xl", "red", "amber", "blue"}, order(true))
	require.Equal(t, []string{"red", "xxl", "s", "amber", "blue", "2xl", "l"}, order(false))
}
