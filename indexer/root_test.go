package indexer

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

// A set holds each product that was added once, however many there are, and one of many gives them back page by page.
func TestRootSet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		runs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [3]int64 {
			return [3]int64{rapid.Int64Range(1, 3).Draw(t, "store"), rapid.Int64Range(1, 5000).Draw(t, "first"), rapid.Int64Range(1, 1500).Draw(t, "n")}
		}), 0, 5).Draw(t, "runs")
		want, s := make(map[commerce.ProductRef]struct{}), newRootSet()
		for _, r := range runs {
			for i := range r[2] {
				want[ref(r[0], r[1]+i)] = struct{}{}
				s.add(ref(r[0], r[1]+i))
			}
		}
		few := rapid.IntRange(0, mostFew).Draw(t, "few")
		if !s.seal(few) {
			require.LessOrEqual(t, len(want), few)
			require.Equal(t, want, s.few)
			return
		}
		require.Equal(t, len(want), s.len())
		page := rapid.IntRange(1, 4000).Draw(t, "page")
		for left := s.len(); left > 0; left = s.len() {
			taken := s.take(page)
			require.Len(t, taken, min(page, left))
			for _, r := range taken {
				if _, due := want[r]; !due {
					t.Fatalf("%v was not added, or was taken before", r)
				}
				delete(want, r)
			}
		}
		require.Empty(t, want)
		require.Empty(t, s.many)
	})
}

// A transaction that touches a million products of a store takes less memory than a list of a few thousand.
func TestAMillionProductsAreFewBytes(t *testing.T) {
	t.Parallel()
	s := newRootSet()
	for id := range int64(1_000_000) {
		s.add(ref(1, 3*id))
		require.LessOrEqual(t, len(s.few), mostFew)
	}
	require.True(t, s.seal(mostFew))
	require.Equal(t, 1_000_000, s.len())
	require.Empty(t, s.few)
	require.Less(t, s.many[1].GetSizeInBytes(), uint64(1<<20))
}
